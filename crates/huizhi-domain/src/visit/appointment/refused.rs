//! Why somebody does not get what they ask for.

use jiff::civil::Date;

use super::{AppointmentNumber, State};
use crate::visit::Free;

/// Why a place is not given, or an appointment not changed. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No place is left.
    #[error("no place is left")]
    Full {
        /// The nearest that are free, the nearest first: same office and service.
        alternatives: Vec<Free>,
    },
    /// There is no such slot, service or appointment.
    #[error("there is no such slot or appointment")]
    Unknown,
    /// It has begun.
    #[error("it has begun")]
    Past,
    /// The day can't be booked now.
    #[error("days from {from} to {to} can be booked")]
    NotYet {
        /// The first day that can.
        from: Date,
        /// The last.
        to: Date,
    },
    /// It was possible until so many minutes before the start.
    #[error("it was possible until {minutes} minutes before the start")]
    TooLate {
        /// The minutes.
        minutes: i64,
    },
    /// The person has an appointment on that day.
    #[error("the person has an appointment on that day")]
    SameDay {
        /// Its number, where the same account made it.
        number: Option<AppointmentNumber>,
    },
    /// The person has as many as may be had.
    #[error("the person has {most} appointments in {days} days")]
    Limit {
        /// How many may be had.
        most: i64,
        /// In how many days; 0: at the same time.
        days: i64,
    },
    /// The person missed too many.
    #[error("the person missed too many and may book again from {until}")]
    Banned {
        /// The first day on which they may book again.
        until: Date,
    },
    /// It stands where this can't be done.
    #[error("the appointment is {0}")]
    State(State),
    /// The hold is over.
    #[error("the hold is over")]
    Lapsed,
    /// It is somebody else's, the code is wrong, or the session is over.
    #[error("it is not theirs")]
    NotYours,
    /// The waiting room has not let them in.
    #[error("the waiting room has not let them in")]
    Waiting,
}

impl Refused {
    /// Its word in message keys and in the interface for machines.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Full { .. } => "full",
            Self::Unknown => "unknown",
            Self::Past => "past",
            Self::NotYet { .. } => "not-yet",
            Self::TooLate { .. } => "too-late",
            Self::SameDay { .. } => "same-day",
            Self::Limit { .. } => "limit",
            Self::Banned { .. } => "banned",
            Self::State(_) => "state",
            Self::Lapsed => "lapsed",
            Self::NotYours => "not-yours",
            Self::Waiting => "waiting",
        }
    }
}

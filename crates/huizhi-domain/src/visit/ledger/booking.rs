//! What a ledger speaks of: slots and their places, bookings, and who wants what.

use jiff::civil::Date;

use crate::audit::Actor;
use crate::clock::Moment;
use crate::id::{AccountId, AppointmentId, OfficeId, PersonId, StaffId};
use crate::visit::{Appointment, AppointmentNumber, Rights, Slot, State, VisitHappening};
use crate::words::Lang;

/// A slot of an office's service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The office.
    pub office: OfficeId,
    /// The service.
    pub service: String,
    /// When.
    pub slot: Slot,
}

/// The places of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// When it begins.
    pub starts_at: Moment,
    /// How long it is.
    pub length_min: i32,
    /// Public places.
    pub capacity: i32,
    /// How many of them are taken.
    pub taken: i32,
    /// Places that only the desk gives.
    pub staff_capacity: i32,
    /// How many of those are taken.
    pub staff_taken: i32,
}

/// An appointment with what only the service knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// The appointment.
    pub appointment: Appointment,
    /// The keyed hash of its person's number.
    pub person_key: Vec<u8>,
    /// The minutes of the slots in which it has, or had, a place.
    pub minutes: Vec<i32>,
    /// Whether its places are the desk's.
    pub desk: bool,
    /// Until when the places of a cancelled one are kept for the waiting list.
    pub frees_at: Option<Moment>,
    /// The keyed hash of its code.
    pub code: Vec<u8>,
    /// Wrong codes, on the day that follows.
    pub tries: i32,
    /// The day of those tries.
    pub tries_day: Option<Date>,
    /// When they arrived.
    pub arrived_at: Option<Moment>,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// How often it was changed: who writes compares it.
    pub version: i64,
}

impl Booking {
    /// Whether places are counted for it.
    #[must_use]
    pub const fn has_places(&self) -> bool {
        match self.appointment.state {
            State::Held | State::Booked | State::Arrived | State::Done | State::Missed => true,
            State::Cancelled => self.frees_at.is_some(),
            State::Lapsed | State::Stranded => false,
        }
    }

    /// From when on something is due with it: its hold ends, its place comes back, or, at once, it looks for a place.
    #[must_use]
    pub const fn due_at(&self) -> Option<Moment> {
        match self.appointment.state {
            State::Held => self.appointment.hold_until,
            State::Cancelled => self.frees_at,
            State::Stranded => Some(Moment(0)),
            _ => None,
        }
    }

    /// The slots in which it has, or had, a place.
    pub fn spots(&self) -> impl Iterator<Item = Spot> + '_ {
        let it = &self.appointment;
        self.minutes.iter().map(move |minute| Spot {
            office: it.office,
            service: it.service.clone(),
            slot: Slot { day: it.slot.day, minute: *minute },
        })
    }
}

/// What somebody wants to book.
#[derive(Clone, Debug)]
pub struct New {
    /// The id that it gets.
    pub id: AppointmentId,
    /// The number that it gets.
    pub number: AppointmentNumber,
    /// Where and when.
    pub spot: Spot,
    /// What for.
    pub business: String,
    /// How many consecutive places.
    pub units: i32,
    /// Whether it is held only.
    pub held: bool,
    /// The account that asks.
    pub account: Option<AccountId>,
    /// For whom of the account.
    pub person: Option<PersonId>,
    /// The keyed hash of the person's number.
    pub person_key: Vec<u8>,
    /// Which places may be given.
    pub rights: Rights,
    /// The language of who asks.
    pub lang: Lang,
    /// The keyed hash of the code.
    pub code: Vec<u8>,
    /// The keyed hash of the request's key.
    pub once: Option<Vec<u8>>,
    /// The keyed hash of the session's token.
    pub session: Option<Vec<u8>>,
    /// Who asks, for the log.
    pub actor: Actor,
}

/// In whose name something is changed, with the code as a keyed hash.
#[derive(Clone, Debug)]
pub enum Hand {
    /// An account.
    Account(AccountId, Actor),
    /// Who typed a code.
    Code(Vec<u8>, Actor),
    /// A member of staff.
    Staff(StaffId),
    /// The service by itself.
    Service,
}

impl Hand {
    /// Who it is, for the log.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        match self {
            Self::Account(_, actor) | Self::Code(_, actor) => *actor,
            Self::Staff(staff) => Actor::Staff(*staff),
            Self::Service => Actor::Service,
        }
    }

    /// Whether the deadlines of citizens hold for them.
    pub(super) const fn is_public(&self) -> bool {
        matches!(self, Self::Account(..) | Self::Code(..))
    }
}

/// What somebody is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Of which appointment.
    pub appointment: AppointmentId,
    /// Who.
    pub account: AccountId,
    /// What.
    pub happening: VisitHappening,
    /// At what time the visit is, or was to be.
    pub slot: Slot,
}

//! What is told of an appointment.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::{AccountId, AppointmentId, MessageId};
use crate::order::UnknownWord;
use crate::visit::Slot;

/// What happened to an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VisitHappening {
    /// It was booked, or got a place again.
    Booked,
    /// It is at another time.
    Moved,
    /// It was cancelled.
    Cancelled,
    /// Its place was taken away by a change of hours.
    Stranded,
    /// Nobody came.
    Missed,
    /// It is soon.
    Reminder,
    /// A place of the waiting list is offered.
    Offered,
}

impl VisitHappening {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Booked, Self::Moved, Self::Cancelled, Self::Stranded, Self::Missed, Self::Reminder, Self::Offered];

    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Moved => "moved",
            Self::Cancelled => "cancelled",
            Self::Stranded => "stranded",
            Self::Missed => "missed",
            Self::Reminder => "reminder",
            Self::Offered => "offered",
        }
    }
}

impl FromStr for VisitHappening {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A message about an appointment. It carries no name and no number: what it is about is looked up when it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VisitMessage {
    /// Its id.
    pub id: MessageId,
    /// The appointment.
    pub appointment: AppointmentId,
    /// Whom it is for. Who booked without an account has no inbox.
    pub account: AccountId,
    /// What happened.
    pub happening: VisitHappening,
    /// The time of the visit that it told of, which stays when the appointment is moved; messages of before it was kept have none.
    pub slot: Option<Slot>,
    /// When.
    pub at: Moment,
    /// When it was read.
    pub read_at: Option<Moment>,
}

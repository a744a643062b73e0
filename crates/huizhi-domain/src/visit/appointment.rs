//! An appointment (预约): somebody's places at an office, from the first hold to the visit.
//!
//! ```text
//! held ─► booked ─► arrived ─► done
//!  │        │ ▲         └────► missed
//!  │        │ └─► stranded
//!  │        ├─► missed
//!  │        └─► cancelled
//!  └─► lapsed, cancelled
//! ```

mod number;
mod refused;

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Slot;
use crate::applicant::{IdNumber, PersonName};
use crate::clock::Moment;
use crate::id::{AccountId, AppointmentId, OfficeId, PersonId, StaffId};
use crate::order::UnknownWord;
use crate::words::Lang;

pub use number::{AppointmentNumber, NotANumber};
pub use refused::Refused;

/// Where an appointment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Kept for a few minutes, while somebody checks what they typed.
    Held,
    /// 已预约.
    Booked,
    /// They are here.
    Arrived,
    /// They were served.
    Done,
    /// Nobody came.
    Missed,
    /// Given back.
    Cancelled,
    /// A hold that ended.
    Lapsed,
    /// Its place was taken away by a change of hours. It gets the next that is free.
    Stranded,
}

impl State {
    /// All of them, in the order of the journey.
    pub const ALL: [Self; 8] = [
        Self::Held,
        Self::Booked,
        Self::Arrived,
        Self::Done,
        Self::Missed,
        Self::Cancelled,
        Self::Lapsed,
        Self::Stranded,
    ];

    /// Its word in the database, in message keys and in the interface for machines.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Booked => "booked",
            Self::Arrived => "arrived",
            Self::Done => "done",
            Self::Missed => "missed",
            Self::Cancelled => "cancelled",
            Self::Lapsed => "lapsed",
            Self::Stranded => "stranded",
        }
    }

    /// Whether it uses up its person's day: one each.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Held | Self::Booked | Self::Arrived | Self::Done)
    }

    /// Whether it is still to come.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Held | Self::Booked)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for State {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// An appointment, without who it is for: that is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Appointment {
    /// Its id.
    pub id: AppointmentId,
    /// Its number, by which people name it.
    pub number: AppointmentNumber,
    /// Where.
    pub office: OfficeId,
    /// The service whose places it has.
    pub service: String,
    /// What for.
    pub business: String,
    /// When, on the office's wall.
    pub slot: Slot,
    /// When.
    pub starts_at: Moment,
    /// How many consecutive places it has.
    pub units: i32,
    /// Where it stands.
    pub state: State,
    /// Until when it is held. A hold ends at exactly this moment.
    pub hold_until: Option<Moment>,
    /// The account that made it.
    pub account: Option<AccountId>,
    /// For whom of the account.
    pub person: Option<PersonId>,
    /// When it was made.
    pub made_at: Moment,
    /// When it was changed last.
    pub changed_at: Moment,
    /// The language of whoever made it.
    pub lang: Lang,
}

impl Appointment {
    /// Where it stands at a moment: a hold whose time is over has lapsed, whether or not somebody wrote that down.
    #[must_use]
    pub fn state_at(&self, now: Moment) -> State {
        match (self.state, self.hold_until) {
            (State::Held, Some(until)) if until <= now => State::Lapsed,
            (state, _) => state,
        }
    }
}

/// Who comes. Kept sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visitor {
    /// The name.
    pub name: PersonName,
    /// The number of the identity document.
    pub number: IdNumber,
    /// The birth date.
    pub birth: Date,
}

/// In whose name an appointment is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The account that made it.
    Account(AccountId),
    /// Who shows its number and its code, signed in or not.
    Code {
        /// The six digits as they were typed.
        code: String,
    },
    /// A member of staff.
    Staff(StaffId),
    /// The service by itself.
    Service,
}

/// Which places may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// The public ones.
    Public,
    /// The desk's own too, and without the limits that keep people at home from gathering places.
    Desk,
    /// An offer of the waiting list: returned places, while they wait for it.
    List,
}

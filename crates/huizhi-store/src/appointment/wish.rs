//! What is asked of the worker, and what it is decided with.

use std::sync::Arc;

use huizhi_domain::audit::Actor;
use huizhi_domain::calendar::Calendar;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::AppointmentId;
use huizhi_domain::visit::ledger::{Hand, New};
use huizhi_domain::visit::{Slot, State};

use crate::Keys;
use crate::random::Random;

/// What somebody wants of appointments.
#[derive(Clone)]
pub enum Wish {
    /// A place.
    Book(Box<New>, Sealed),
    /// That a hold becomes a booking.
    Confirm(AppointmentId, Hand),
    /// To give it back.
    Cancel(AppointmentId, Hand),
    /// Another time.
    Move(AppointmentId, Slot, Hand),
    /// That it be noted what came of it.
    Visit(AppointmentId, State, Actor),
    /// To see it.
    Show(AppointmentId, Hand),
}

impl Wish {
    /// The appointment that it is about.
    pub const fn named(&self) -> Option<AppointmentId> {
        match self {
            Self::Book(..) => None,
            Self::Confirm(id, _)
            | Self::Cancel(id, _)
            | Self::Move(id, ..)
            | Self::Visit(id, ..)
            | Self::Show(id, _) => Some(*id),
        }
    }
}

/// What of a new appointment only its row has.
#[derive(Clone)]
pub struct Sealed {
    /// The keyed hash of name and last four characters of the number.
    pub who_key: Vec<u8>,
    /// Who comes, and the code.
    pub details: Vec<u8>,
    /// The keyed hash of the request's key.
    pub once: Option<Vec<u8>>,
}

/// What a batch is decided with.
pub struct Terms {
    /// When.
    pub now: Moment,
    /// What the clock on the offices' walls shows.
    pub wall: Slot,
    /// Working days.
    pub calendar: Arc<Calendar>,
    /// What the log is signed with.
    pub keys: Arc<Keys>,
    /// Randomness for ids.
    pub random: Arc<Random>,
}

//! What a batch of wishes is decided on: slots with their places, bookings that matter for them, and the rules of the offices. The
//! store reads it, asks for one wish after the other, and writes what changed, all in one transaction. Pure: the same ledger and the
//! same wishes give the same answers.

mod book;
mod change;
mod places;
mod plan;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::{Appointment, AppointmentNumber, BookingPolicy, Rights, Slot, State, VisitHappening};
use crate::audit::{Actor, Entry};
use crate::calendar::Calendar;
use crate::clock::Moment;
use crate::id::{AccountId, AppointmentId, OfficeId, PersonId, StaffId};
use crate::words::Lang;

pub use plan::Planned;

/// Wrong codes a day after which no code is compared any more: of a million, five are no chance worth having.
const MOST_TRIES: i32 = 5;

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
    const fn is_public(&self) -> bool {
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
}

/// Something as it was read, and as it is now.
#[derive(Clone, Debug)]
struct Kept<T> {
    was: Option<T>,
    is: T,
}

/// The ledger.
#[derive(Clone, Debug)]
pub struct Ledger {
    now: Moment,
    wall: Slot,
    calendar: Arc<Calendar>,
    policies: BTreeMap<OfficeId, BookingPolicy>,
    default_policy: BookingPolicy,
    places: BTreeMap<Spot, Kept<Place>>,
    bookings: BTreeMap<AppointmentId, Kept<Booking>>,
    by_person: BTreeMap<Vec<u8>, Vec<AppointmentId>>,
    stranded: Vec<AppointmentId>,
    once: BTreeMap<Vec<u8>, AppointmentId>,
    sessions: BTreeMap<Vec<u8>, AccountId>,
    told: Vec<Told>,
    entries: Vec<Entry>,
}

impl Ledger {
    /// An empty ledger at a moment; `wall` is what the clock on the offices' walls shows.
    #[must_use]
    pub fn new(now: Moment, wall: Slot, calendar: Arc<Calendar>) -> Self {
        Self {
            now,
            wall,
            calendar,
            policies: BTreeMap::new(),
            default_policy: BookingPolicy::default(),
            places: BTreeMap::new(),
            bookings: BTreeMap::new(),
            by_person: BTreeMap::new(),
            stranded: Vec::new(),
            once: BTreeMap::new(),
            sessions: BTreeMap::new(),
            told: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// Notes the rules of an office. Others have the default.
    pub fn know_policy(&mut self, office: OfficeId, policy: BookingPolicy) {
        self.policies.insert(office, policy);
    }

    /// Notes a slot.
    pub fn know_place(&mut self, spot: Spot, place: Place) {
        self.places.insert(spot, Kept { was: Some(place), is: place });
    }

    /// Notes a booking.
    pub fn know(&mut self, booking: Booking) {
        let id = booking.appointment.id;
        if self.bookings.contains_key(&id) {
            return;
        }
        self.by_person.entry(booking.person_key.clone()).or_default().push(id);
        if booking.appointment.state == State::Stranded {
            self.stranded.push(id);
        }
        self.bookings.insert(id, Kept { was: Some(booking.clone()), is: booking });
    }

    /// Notes which booking a request's key made.
    pub fn know_once(&mut self, key: Vec<u8>, id: AppointmentId) {
        self.once.insert(key, id);
    }

    /// Notes a session that lives, and whose it is.
    pub fn know_session(&mut self, token: Vec<u8>, account: AccountId) {
        self.sessions.insert(token, account);
    }

    /// A booking as it is now.
    #[must_use]
    pub fn booking(&self, id: AppointmentId) -> Option<&Booking> {
        self.bookings.get(&id).map(|kept| &kept.is)
    }

    /// Every booking that is known, as it is now.
    pub fn bookings(&self) -> impl Iterator<Item = &Booking> {
        self.bookings.values().map(|kept| &kept.is)
    }

    /// A slot as it is now.
    #[must_use]
    pub fn place(&self, spot: &Spot) -> Option<Place> {
        self.places.get(spot).map(|kept| kept.is)
    }

    /// The rules of an office.
    #[must_use]
    pub fn policy(&self, office: OfficeId) -> &BookingPolicy {
        self.policies.get(&office).unwrap_or(&self.default_policy)
    }

    /// Bookings that are new.
    pub fn made(&self) -> impl Iterator<Item = &Booking> {
        self.bookings.values().filter(|kept| kept.was.is_none()).map(|kept| &kept.is)
    }

    /// Bookings that are changed; their version is the one that was read.
    pub fn changed(&self) -> impl Iterator<Item = &Booking> {
        self.bookings.values().filter(|kept| kept.was.as_ref().is_some_and(|was| *was != kept.is)).map(|kept| &kept.is)
    }

    /// Slots that are changed: as they were, where they are not new, and as they are.
    pub fn changed_places(&self) -> impl Iterator<Item = (&Spot, Option<Place>, Place)> {
        self.places
            .iter()
            .filter(|(_, kept)| kept.was.is_none_or(|was| was != kept.is))
            .map(|(spot, kept)| (spot, kept.was, kept.is))
    }

    /// Who is to be told what.
    #[must_use]
    pub fn told(&self) -> &[Told] {
        &self.told
    }

    /// What the log has to say.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Writes an entry for the log, and a message where there is an account that reads it.
    fn note(&mut self, id: AppointmentId, actor: Actor, action: &str, happening: Option<VisitHappening>) {
        let Some(kept) = self.bookings.get(&id) else { return };
        let it = &kept.is.appointment;
        let mut detail = Map::new();
        detail.insert("office".to_owned(), Value::from(it.office.to_string()));
        if let Some(was) = kept.was.as_ref().filter(|was| was.appointment.slot != it.slot) {
            detail.insert("from".to_owned(), Value::from(was.appointment.slot.to_string()));
        }
        detail.insert("slot".to_owned(), Value::from(it.slot.to_string()));
        if let (Some(happening), Some(account)) = (happening, it.account) {
            self.told.push(Told { appointment: id, account, happening });
        }
        self.entries.push(Entry { at: self.now, actor, action: action.to_owned(), subject: id.to_string(), detail });
    }
}

#[cfg(test)]
mod tests;

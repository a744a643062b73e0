//! What a batch of wishes is decided on: slots with their places, bookings that matter for them, and the rules of the offices. The
//! store reads it, asks for one wish after the other, and writes what changed, all in one transaction. Pure: the same ledger and the
//! same wishes give the same answers.

mod book;
mod booking;
mod change;
mod places;
mod plan;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{BookingPolicy, Slot, State, VisitHappening};
use crate::audit::{Actor, Entry};
use crate::calendar::Calendar;
use crate::clock::Moment;
use crate::id::{AccountId, AppointmentId, OfficeId};

pub use booking::{Booking, Hand, New, Place, Spot, Told};
pub use plan::Planned;

/// Wrong codes a day after which no code is compared any more: of a million, five are no chance worth having.
const MOST_TRIES: i32 = 5;

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
            self.told.push(Told { appointment: id, account, happening, slot: it.slot });
        }
        self.entries.push(Entry { at: self.now, actor, action: action.to_owned(), subject: id.to_string(), detail });
    }
}

#[cfg(test)]
mod tests;

//! Decisions without a database: every refusal, and each deadline to the millisecond.

mod change;
mod limits;
mod plan;

use std::sync::Arc;

use jiff::civil::date;

use super::*;
use crate::clock::{Zone, midnight};
use crate::id::StaffId;
use crate::seal::tests::Dice;
use crate::visit::{AppointmentNumber, Refused, Rights};
use crate::words::Lang;

/// 2026-11-25 10:00 in China, a Wednesday.
const NOW: Moment = Moment(1_795_572_000_000);

const MINUTE_MS: i64 = 60_000;

/// A ledger of one office, whose ids are drawn.
struct Desk {
    ledger: Ledger,
    office: OfficeId,
    dice: Dice,
}

/// A minute of a day of 2026.
fn at(month: i8, day: i8, minute: i32) -> Slot {
    Slot { day: date(2026, month, day), minute }
}

/// Tomorrow at nine.
fn tomorrow() -> Slot {
    at(11, 26, 540)
}

/// Rules that limit nothing but the places.
fn free_policy() -> BookingPolicy {
    BookingPolicy { same_day: true, earliest_min: 0, most_open: 0, misses: 0, ..BookingPolicy::default() }
}

fn ledger_at(now: Moment) -> Ledger {
    let wall = Slot { day: now.day(Zone::CHINA), minute: now.minute(Zone::CHINA) };
    Ledger::new(now, wall, Arc::new(Calendar::built_in().unwrap()))
}

impl Desk {
    fn open(policy: BookingPolicy) -> Self {
        let mut dice = Dice(7);
        let office = OfficeId::new(NOW, &mut dice);
        let mut ledger = ledger_at(NOW);
        ledger.know_policy(office, policy);
        Self { ledger, office, dice }
    }

    /// An office with places in the hours of tomorrow, half an hour each.
    fn with(policy: BookingPolicy, places: i32) -> Self {
        let mut desk = Self::open(policy);
        for minute in [540, 570, 600] {
            desk.place(at(11, 26, minute), places, 0);
        }
        desk
    }

    fn spot(&self, slot: Slot) -> Spot {
        Spot { office: self.office, service: "id-card".to_owned(), slot }
    }

    fn place(&mut self, slot: Slot, places: i32, staff: i32) {
        let starts_at = midnight(slot.day, Zone::CHINA).after_s(i64::from(slot.minute) * 60);
        let place =
            Place { starts_at, length_min: 30, capacity: places, taken: 0, staff_capacity: staff, staff_taken: 0 };
        let spot = self.spot(slot);
        self.ledger.know_place(spot, place);
    }

    fn asked(&mut self, person: &str, slot: Slot) -> New {
        New {
            id: AppointmentId::new(NOW, &mut self.dice),
            number: AppointmentNumber::draw(&mut self.dice),
            spot: self.spot(slot),
            business: "id-renewal".to_owned(),
            units: 1,
            held: false,
            account: None,
            person: None,
            person_key: person.as_bytes().to_vec(),
            rights: Rights::Public,
            lang: Lang::Zh,
            code: b"right".to_vec(),
            once: None,
            session: None,
            actor: Actor::Citizen,
        }
    }

    fn book(&mut self, person: &str, slot: Slot) -> Result<AppointmentId, Refused> {
        let new = self.asked(person, slot);
        self.ledger.book(new)
    }

    fn hold(&mut self, person: &str, slot: Slot) -> Result<AppointmentId, Refused> {
        let new = New { held: true, ..self.asked(person, slot) };
        self.ledger.book(new)
    }

    fn taken(&self, slot: Slot) -> i32 {
        self.ledger.place(&self.spot(slot)).unwrap().taken
    }

    fn state(&self, id: AppointmentId) -> State {
        self.ledger.booking(id).unwrap().appointment.state
    }

    /// The same at another moment, as the next batch reads it.
    fn later(&mut self, now: Moment) {
        let old = std::mem::replace(&mut self.ledger, ledger_at(now));
        for (office, policy) in old.policies {
            self.ledger.know_policy(office, policy);
        }
        for (spot, kept) in old.places {
            self.ledger.know_place(spot, kept.is);
        }
        for kept in old.bookings.into_values() {
            self.ledger.know(kept.is);
        }
        self.ledger.settle();
    }

    /// Each count is what the bookings give.
    fn reconciles(&self) -> bool {
        self.ledger.places.iter().all(|(spot, kept)| {
            let having = |desk: bool| {
                let has = |it: &&Booking| it.has_places() && it.desk == desk && it.spots().any(|its| its == *spot);
                self.ledger.bookings().filter(has).count() as i32
            };
            let it = kept.is;
            it.taken == having(false)
                && it.staff_taken == having(true)
                && (0..=it.capacity).contains(&it.taken)
                && (0..=it.staff_capacity).contains(&it.staff_taken)
        })
    }
}

fn account(seed: u64) -> AccountId {
    AccountId::new(NOW, &mut Dice(seed))
}

#[test]
fn a_booking_is_noted_told_and_counted() {
    let mut desk = Desk::with(free_policy(), 2);
    let new = New { account: Some(account(1)), ..desk.asked("a", tomorrow()) };
    let id = desk.ledger.book(new).unwrap();
    assert_eq!((desk.taken(tomorrow()), desk.state(id)), (1, State::Booked));
    assert_eq!(desk.ledger.made().count(), 1);
    let actions: Vec<&str> = desk.ledger.entries().iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["appointment.booked"]);
    let happening = VisitHappening::Booked;
    let told = Told { appointment: id, account: account(1), happening, slot: tomorrow() };
    assert_eq!(desk.ledger.told(), [told]);
}

#[test]
fn a_refused_wish_changes_nothing() {
    let mut desk = Desk::with(free_policy(), 1);
    desk.book("a", tomorrow()).unwrap();
    desk.later(NOW);
    assert!(matches!(desk.book("b", tomorrow()), Err(Refused::Full { .. })));
    assert!(matches!(desk.book("b", at(11, 26, 555)), Err(Refused::Unknown)));
    assert_eq!(desk.ledger.changed_places().count() + desk.ledger.made().count(), 0);
    assert_eq!(desk.ledger.changed().count(), 0);
    assert!(desk.ledger.entries().is_empty());
}

#[test]
fn the_places_are_given_and_not_one_more() {
    let mut desk = Desk::with(free_policy(), 3);
    let given = (0..10).filter(|n| desk.book(&n.to_string(), tomorrow()).is_ok()).count();
    assert_eq!((given, desk.taken(tomorrow())), (3, 3));
    assert!(desk.reconciles());
}

#[test]
fn several_units_take_the_whole_run_or_nothing() {
    let mut desk = Desk::with(free_policy(), 1);
    let three = New { units: 3, ..desk.asked("a", tomorrow()) };
    let id = desk.ledger.book(three).unwrap();
    assert_eq!(desk.ledger.booking(id).unwrap().minutes, [540, 570, 600]);
    let two = New { units: 2, ..desk.asked("b", tomorrow()) };
    assert!(matches!(desk.ledger.book(two), Err(Refused::Full { .. })), "the second is taken");
    desk.ledger.cancel(id, &Hand::Service).unwrap();
    assert_eq!([540, 570, 600].map(|minute| desk.taken(at(11, 26, minute))), [0, 0, 0]);
    let broken = New { units: 4, ..desk.asked("b", tomorrow()) };
    assert!(matches!(desk.ledger.book(broken), Err(Refused::Full { .. })), "the run ends after three");
    desk.book("c", at(11, 26, 570)).unwrap();
    let over = New { units: 2, ..desk.asked("d", tomorrow()) };
    assert!(matches!(desk.ledger.book(over), Err(Refused::Full { .. })), "one in the middle is taken");
    assert!(desk.reconciles());
}

#[test]
fn the_desks_places_are_the_desks() {
    let mut desk = Desk::open(free_policy());
    desk.place(tomorrow(), 1, 1);
    desk.book("a", tomorrow()).unwrap();
    assert!(matches!(desk.book("b", tomorrow()), Err(Refused::Full { .. })));
    let at_desk = New { rights: Rights::Desk, ..desk.asked("b", tomorrow()) };
    let id = desk.ledger.book(at_desk).unwrap();
    assert!(desk.ledger.booking(id).unwrap().desk);
    let more = New { rights: Rights::Desk, ..desk.asked("c", tomorrow()) };
    assert!(matches!(desk.ledger.book(more), Err(Refused::Full { .. })));
    assert!(desk.reconciles());
}

#[test]
fn the_same_request_is_answered_as_the_first_time() {
    let mut desk = Desk::with(free_policy(), 5);
    let ask = |desk: &mut Desk| {
        let new = New { once: Some(b"key".to_vec()), ..desk.asked("a", tomorrow()) };
        desk.ledger.book(new)
    };
    let first = ask(&mut desk).unwrap();
    assert_eq!(ask(&mut desk), Ok(first));
    assert_eq!(desk.taken(tomorrow()), 1);
}

#[test]
fn a_session_that_is_over_books_nothing() {
    let mut desk = Desk::with(free_policy(), 5);
    let with = |desk: &mut Desk, token: &[u8]| {
        let new = New { account: Some(account(1)), session: Some(token.to_vec()), ..desk.asked("a", tomorrow()) };
        desk.ledger.book(new)
    };
    assert_eq!(with(&mut desk, b"gone"), Err(Refused::NotYours));
    desk.ledger.know_session(b"other".to_vec(), account(2));
    assert_eq!(with(&mut desk, b"other"), Err(Refused::NotYours));
    desk.ledger.know_session(b"mine".to_vec(), account(1));
    assert!(with(&mut desk, b"mine").is_ok());
}

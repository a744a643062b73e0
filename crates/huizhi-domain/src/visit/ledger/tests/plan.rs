//! Changes of hours.

use super::*;
use crate::visit::schedule::PlannedSlot;

fn planned(desk: &mut Desk, slot: Slot, places: i32) -> Planned {
    let starts_at = midnight(slot.day, Zone::CHINA).after_s(i64::from(slot.minute) * 60);
    let slot = PlannedSlot { slot, starts_at, length_min: 30, places, staff_places: 0 };
    let office = desk.office;
    desk.ledger.plan(office, "id-card", &[slot])
}

/// Three people at one slot, one after the other, and a hold of a fourth.
fn full() -> (Desk, [AppointmentId; 3], AppointmentId) {
    let mut desk = Desk::open(free_policy());
    desk.place(tomorrow(), 4, 0);
    let ids = [0, 1, 2].map(|minute| {
        desk.later(NOW.after_ms(minute));
        desk.book(&minute.to_string(), tomorrow()).unwrap()
    });
    desk.later(NOW.after_ms(3));
    let held = desk.hold("held", tomorrow()).unwrap();
    (desk, ids, held)
}

#[test]
fn slots_are_made_once() {
    let mut desk = Desk::open(free_policy());
    assert_eq!(planned(&mut desk, tomorrow(), 3).made, 1);
    desk.later(NOW);
    assert_eq!(planned(&mut desk, tomorrow(), 3), Planned::default());
    assert_eq!(desk.ledger.changed_places().count(), 0);
    assert_eq!(planned(&mut desk, tomorrow(), 5).changed, 1);
    assert_eq!(planned(&mut desk, at(11, 26, 600), 0), Planned::default(), "a slot without places is none");
}

#[test]
fn holds_go_before_bookings_and_the_newest_before_the_oldest() {
    let (mut desk, [first, second, third], held) = full();
    let done = planned(&mut desk, tomorrow(), 3);
    assert_eq!((done.dropped, done.stranded), (vec![held], Vec::new()));
    let done = planned(&mut desk, tomorrow(), 1);
    assert_eq!(done.stranded, [third, second]);
    assert_eq!([first, second, third].map(|id| desk.state(id)), [State::Booked, State::Stranded, State::Stranded]);
    assert!(desk.reconciles());
    assert_eq!(planned(&mut desk, tomorrow(), 1), Planned::default(), "twice changes nothing");
}

#[test]
fn the_oldest_gets_the_next_place_first() {
    let (mut desk, [first, second, third], _) = full();
    planned(&mut desk, tomorrow(), 0);
    assert_eq!(desk.state(first), State::Stranded);
    desk.later(NOW.after_ms(4));
    let done = planned(&mut desk, tomorrow(), 1);
    assert_eq!(done.supported, [first]);
    desk.later(NOW.after_ms(5));
    desk.ledger.cancel(first, &Hand::Service).unwrap();
    assert_eq!([second, third].map(|id| desk.state(id)), [State::Booked, State::Stranded], "a cancellation helps, too");
    desk.later(NOW.after_ms(6));
    assert_eq!(planned(&mut desk, tomorrow(), 9).supported, [third]);
    assert!(desk.reconciles());
}

#[test]
fn who_has_booked_another_on_that_day_gets_no_second() {
    let (mut desk, [first, ..], _) = full();
    desk.place(at(11, 26, 600), 1, 0);
    planned(&mut desk, tomorrow(), 0);
    desk.later(NOW.after_ms(4));
    desk.book("0", at(11, 26, 600)).unwrap();
    desk.later(NOW.after_ms(5));
    let done = planned(&mut desk, tomorrow(), 9);
    assert!(!done.supported.contains(&first));
    assert_eq!(desk.state(first), State::Stranded);
}

#[test]
fn who_was_stranded_may_move_to_another_slot() {
    let (mut desk, [first, ..], _) = full();
    desk.place(at(11, 26, 600), 1, 0);
    planned(&mut desk, tomorrow(), 0);
    let code = Hand::Code(b"right".to_vec(), Actor::Citizen);
    assert_eq!(desk.ledger.shift(first, at(11, 26, 600), &code), Ok(first));
    assert_eq!(desk.state(first), State::Booked);
    assert!(desk.reconciles());
}

#[test]
fn who_is_there_keeps_the_place() {
    let mut desk = Desk::open(free_policy());
    desk.place(tomorrow(), 2, 0);
    let id = desk.book("a", tomorrow()).unwrap();
    desk.ledger.visited(id, State::Arrived, Actor::Service).unwrap();
    let done = planned(&mut desk, tomorrow(), 0);
    assert!(done.stranded.is_empty());
    assert_eq!(desk.ledger.place(&desk.spot(tomorrow())).unwrap().capacity, 1, "as many places as people");
}

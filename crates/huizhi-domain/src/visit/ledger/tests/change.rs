//! Holds, cancellations, moves and visits.

use super::*;

const HOLD_MS: i64 = 10 * MINUTE_MS;

#[test]
fn a_hold_can_be_confirmed_until_its_last_millisecond() {
    let mut desk = Desk::with(free_policy(), 1);
    let id = desk.hold("a", tomorrow()).unwrap();
    desk.later(NOW.after_ms(HOLD_MS - 1));
    assert!(matches!(desk.book("b", tomorrow()), Err(Refused::Full { .. })), "it is held");
    assert_eq!(desk.ledger.confirm(id, &Hand::Service), Ok(id));
    assert_eq!(desk.ledger.confirm(id, &Hand::Service), Err(Refused::State(State::Booked)), "once");
}

#[test]
fn a_hold_ends_at_exactly_its_time_and_its_place_is_free() {
    let mut desk = Desk::with(free_policy(), 1);
    let id = desk.hold("a", tomorrow()).unwrap();
    desk.later(NOW.after_ms(HOLD_MS));
    assert_eq!(desk.state(id), State::Lapsed);
    assert_eq!(desk.ledger.confirm(id, &Hand::Service), Err(Refused::Lapsed));
    assert!(desk.book("b", tomorrow()).is_ok(), "the place is another's");
    assert!(desk.book("a", at(11, 26, 600)).is_ok(), "and the day is the person's again");
    assert!(desk.reconciles());
}

#[test]
fn what_is_not_theirs_is_not_changed() {
    let mut desk = Desk::with(free_policy(), 1);
    let new = New { account: Some(account(1)), ..desk.asked("a", tomorrow()) };
    let id = desk.ledger.book(new).unwrap();
    let other = Hand::Account(account(2), Actor::Citizen);
    assert_eq!(desk.ledger.cancel(id, &other), Err(Refused::NotYours));
    let unknown = AppointmentId::new(NOW, &mut Dice(1000));
    assert_eq!(desk.ledger.confirm(unknown, &Hand::Service), Err(Refused::Unknown));
    assert_eq!(desk.ledger.cancel(id, &Hand::Account(account(1), Actor::Citizen)), Ok(id));
}

#[test]
fn wrong_codes_are_counted_and_then_none_is_compared_until_tomorrow() {
    let mut desk = Desk::with(free_policy(), 1);
    let id = desk.book("a", tomorrow()).unwrap();
    let code = |code: &[u8]| Hand::Code(code.to_vec(), Actor::Citizen);
    for _ in 0..MOST_TRIES {
        assert_eq!(desk.ledger.cancel(id, &code("张小明".as_bytes())), Err(Refused::NotYours));
    }
    assert_eq!(desk.ledger.cancel(id, &code(b"right")), Err(Refused::NotYours), "not compared any more");
    desk.later(midnight(date(2026, 11, 26), Zone::CHINA));
    assert_eq!(desk.ledger.cancel(id, &code(b"right")), Ok(id));
}

#[test]
fn cancelling_has_its_deadline_and_its_end() {
    let mut desk = Desk::with(BookingPolicy { cancel_min: 120, ..free_policy() }, 3);
    let ids = ["a", "b", "c"].map(|person| desk.book(person, tomorrow()).unwrap());
    let starts = desk.ledger.booking(ids[0]).unwrap().appointment.starts_at;
    let code = Hand::Code(b"right".to_vec(), Actor::Citizen);
    desk.later(starts.after_ms(-120 * MINUTE_MS));
    assert_eq!(desk.ledger.cancel(ids[0], &code), Ok(ids[0]), "two hours before");
    assert_eq!(desk.taken(tomorrow()), 2);
    assert_eq!(desk.ledger.cancel(ids[0], &code), Err(Refused::State(State::Cancelled)), "once");
    desk.later(starts.after_ms(-120 * MINUTE_MS + 1));
    assert_eq!(desk.ledger.cancel(ids[1], &code), Err(Refused::TooLate { minutes: 120 }));
    let staff = Hand::Staff(StaffId::new(NOW, &mut Dice(3)));
    assert_eq!(desk.ledger.cancel(ids[1], &staff), Ok(ids[1]), "the desk may");
    desk.later(starts);
    assert_eq!(desk.ledger.cancel(ids[2], &staff), Err(Refused::Past), "nobody may, once it has begun");
    desk.ledger.visited(ids[2], State::Arrived, Actor::Service).unwrap();
    assert_eq!(desk.ledger.cancel(ids[2], &staff), Err(Refused::State(State::Arrived)));
}

#[test]
fn a_returned_place_cools_down_and_only_the_waiting_list_gets_it() {
    let mut desk = Desk::with(BookingPolicy { cool_down_min: 30, ..free_policy() }, 2);
    let ids = ["a", "b"].map(|person| desk.book(person, tomorrow()).unwrap());
    for id in ids {
        desk.ledger.cancel(id, &Hand::Service).unwrap();
    }
    assert_eq!(desk.taken(tomorrow()), 2, "kept back");
    assert!(matches!(desk.book("c", tomorrow()), Err(Refused::Full { .. })));
    let listed = New { rights: Rights::List, ..desk.asked("c", tomorrow()) };
    desk.ledger.book(listed).unwrap();
    assert_eq!(desk.taken(tomorrow()), 2);
    assert!(desk.reconciles());
    desk.later(NOW.after_ms(30 * MINUTE_MS - 1));
    assert!(matches!(desk.book("d", tomorrow()), Err(Refused::Full { .. })));
    desk.later(NOW.after_ms(30 * MINUTE_MS));
    assert!(desk.book("d", tomorrow()).is_ok(), "everybody's at exactly its time");
    assert!(desk.reconciles());
}

#[test]
fn a_move_takes_the_new_place_and_gives_the_old_one_back_or_neither() {
    let mut desk = Desk::with(free_policy(), 1);
    let (nine, ten) = (tomorrow(), at(11, 26, 600));
    let id = desk.book("a", nine).unwrap();
    let before = desk.ledger.booking(id).unwrap().appointment.clone();
    let other = desk.book("b", ten).unwrap();
    assert!(matches!(desk.ledger.shift(id, ten, &Hand::Service), Err(Refused::Full { .. })));
    assert_eq!((desk.taken(nine), desk.taken(ten)), (1, 1));
    assert_eq!(desk.ledger.booking(id).unwrap().appointment, before);
    desk.ledger.cancel(other, &Hand::Service).unwrap();
    assert_eq!(desk.ledger.shift(id, ten, &Hand::Service), Ok(id));
    assert_eq!((desk.taken(nine), desk.taken(ten)), (0, 1));
    let after = &desk.ledger.booking(id).unwrap().appointment;
    assert_eq!((after.slot, &after.number), (ten, &before.number));
    assert!(desk.reconciles());
}

#[test]
fn a_move_has_the_deadline_of_changes_and_the_rules_of_bookings() {
    let mut desk = Desk::with(BookingPolicy { change_min: 2 * 24 * 60, ..free_policy() }, 1);
    let id = desk.book("a", tomorrow()).unwrap();
    let code = Hand::Code(b"right".to_vec(), Actor::Citizen);
    assert_eq!(desk.ledger.shift(id, at(11, 26, 600), &code), Err(Refused::TooLate { minutes: 2880 }));
    desk.ledger.know_policy(desk.office, BookingPolicy { change_min: 0, ..free_policy() });
    desk.place(at(12, 8, 540), 1, 0);
    assert!(matches!(desk.ledger.shift(id, at(12, 8, 540), &code), Err(Refused::NotYet { .. })));
    assert_eq!(desk.ledger.shift(id, at(11, 26, 555), &code), Err(Refused::Unknown));
    assert_eq!(desk.ledger.shift(id, tomorrow(), &code), Ok(id), "it is there already");
}

#[test]
fn a_visit_goes_its_way() {
    let mut desk = Desk::with(free_policy(), 3);
    let ids = ["a", "b"].map(|person| desk.book(person, tomorrow()).unwrap());
    let held = desk.hold("c", tomorrow()).unwrap();
    let visited = |desk: &mut Desk, id, state| desk.ledger.visited(id, state, Actor::Service);
    assert_eq!(visited(&mut desk, held, State::Arrived), Err(Refused::State(State::Held)));
    assert_eq!(visited(&mut desk, ids[0], State::Missed), Err(Refused::State(State::Booked)), "it has not begun");
    assert_eq!(visited(&mut desk, ids[0], State::Cancelled), Err(Refused::State(State::Booked)));
    visited(&mut desk, ids[0], State::Arrived).unwrap();
    assert_eq!(visited(&mut desk, ids[0], State::Arrived), Err(Refused::State(State::Arrived)), "once");
    visited(&mut desk, ids[0], State::Done).unwrap();
    let late = desk.ledger.policy(desk.office).late_after_min * MINUTE_MS;
    let starts = desk.ledger.booking(ids[1]).unwrap().appointment.starts_at;
    desk.later(starts.after_ms(late - 1));
    assert_eq!(desk.ledger.miss_all(), 0);
    desk.later(starts.after_ms(late));
    assert_eq!(desk.ledger.miss_all(), 1);
    assert_eq!(ids.map(|id| desk.state(id)), [State::Done, State::Missed]);
}

//! When and how often somebody may book.

use super::*;

#[test]
fn what_has_begun_can_not_be_booked_by_anybody() {
    let mut desk = Desk::open(free_policy());
    desk.place(at(11, 25, 600), 1, 1);
    desk.place(at(11, 25, 601), 1, 1);
    assert_eq!(desk.book("a", at(11, 25, 600)), Err(Refused::Past), "it begins now");
    let at_desk = New { rights: Rights::Desk, ..desk.asked("a", at(11, 25, 600)) };
    assert_eq!(desk.ledger.book(at_desk), Err(Refused::Past));
    assert!(desk.book("a", at(11, 25, 601)).is_ok());
}

#[test]
fn days_outside_the_window_say_which_are_inside() {
    let mut desk = Desk::open(BookingPolicy::default());
    for slot in [at(11, 25, 900), at(12, 2, 540), at(12, 3, 540)] {
        desk.place(slot, 1, 0);
    }
    let window = Refused::NotYet { from: date(2026, 11, 26), to: date(2026, 12, 2) };
    assert_eq!(desk.book("a", at(11, 25, 900)), Err(window.clone()), "not for today");
    assert_eq!(desk.book("a", at(12, 3, 540)), Err(window), "the sixth working day");
    assert!(desk.book("a", at(12, 2, 540)).is_ok(), "the fifth");
}

#[test]
fn the_window_of_the_furthest_day_opens_at_its_minute() {
    let policy = BookingPolicy { release_at: Some(600), ..free_policy() };
    let mut desk = Desk::open(policy);
    desk.place(at(12, 2, 540), 1, 0);
    desk.later(Moment(NOW.0 - 1));
    let before = Refused::NotYet { from: date(2026, 11, 25), to: date(2026, 12, 1) };
    assert_eq!(desk.book("a", at(12, 2, 540)), Err(before));
    desk.later(NOW);
    assert!(desk.book("a", at(12, 2, 540)).is_ok());
}

#[test]
fn the_least_time_ahead_holds_to_the_millisecond() {
    let policy = BookingPolicy { same_day: true, earliest_min: 60, ..free_policy() };
    let mut desk = Desk::open(policy);
    desk.place(at(11, 25, 660), 2, 0);
    assert!(desk.book("a", at(11, 25, 660)).is_ok(), "exactly an hour");
    desk.later(NOW.after_ms(1));
    assert_eq!(desk.book("b", at(11, 25, 660)), Err(Refused::TooLate { minutes: 60 }));
}

#[test]
fn one_appointment_a_day_wherever_it_is() {
    let mut desk = Desk::with(free_policy(), 9);
    let mine = New { account: Some(account(1)), ..desk.asked("a", tomorrow()) };
    let number = mine.number.clone();
    desk.ledger.book(mine).unwrap();
    let elsewhere = OfficeId::new(NOW, &mut Dice(99));
    let place = desk.ledger.place(&desk.spot(tomorrow())).unwrap();
    desk.ledger.know_place(Spot { office: elsewhere, ..desk.spot(tomorrow()) }, place);
    let there = New { spot: Spot { office: elsewhere, ..desk.spot(tomorrow()) }, ..desk.asked("a", tomorrow()) };
    assert_eq!(desk.ledger.book(there), Err(Refused::SameDay { number: None }), "to others its number is not said");
    let again = New { account: Some(account(1)), ..desk.asked("a", at(11, 26, 600)) };
    assert_eq!(desk.ledger.book(again), Err(Refused::SameDay { number: Some(number) }));
    let at_desk = New { rights: Rights::Desk, ..desk.asked("a", at(11, 26, 600)) };
    assert!(matches!(desk.ledger.book(at_desk), Err(Refused::SameDay { .. })));
}

#[test]
fn who_chooses_another_time_gives_up_the_hold() {
    let mut desk = Desk::with(free_policy(), 1);
    let hold = |desk: &mut Desk, slot| {
        let new = New { held: true, account: Some(account(1)), ..desk.asked("a", slot) };
        desk.ledger.book(new)
    };
    let first = hold(&mut desk, tomorrow()).unwrap();
    let second = hold(&mut desk, at(11, 26, 600)).unwrap();
    assert_eq!((desk.state(first), desk.state(second)), (State::Lapsed, State::Held));
    assert_eq!((desk.taken(tomorrow()), desk.taken(at(11, 26, 600))), (0, 1));
    let third = hold(&mut desk, at(11, 26, 600)).unwrap();
    assert_eq!((desk.state(second), desk.state(third)), (State::Lapsed, State::Held), "the last place is their own");
    desk.book("b", tomorrow()).unwrap();
    assert!(matches!(hold(&mut desk, tomorrow()), Err(Refused::Full { .. })));
    assert_eq!(desk.state(third), State::Held, "who finds nothing keeps what they have");
    assert!(desk.reconciles());
}

#[test]
fn limits_of_week_month_and_at_the_same_time() {
    let mut desk = Desk::open(BookingPolicy { most_open: 2, ..free_policy() });
    // Thursday and Friday, and the Monday and Tuesday of the next week.
    let days = [at(11, 26, 540), at(11, 27, 540), at(11, 30, 540), at(12, 1, 540)];
    for slot in days {
        desk.place(slot, 9, 0);
    }
    let [thursday, friday, monday, tuesday] = days;
    desk.book("a", thursday).unwrap();
    desk.book("a", monday).unwrap();
    assert_eq!(desk.book("a", friday), Err(Refused::Limit { most: 2, days: 0 }));
    desk.ledger.know_policy(desk.office, BookingPolicy { most_week: 1, ..free_policy() });
    assert_eq!(desk.book("a", friday), Err(Refused::Limit { most: 1, days: 7 }));
    desk.ledger.know_policy(desk.office, BookingPolicy { most_month: 2, ..free_policy() });
    assert_eq!(desk.book("a", friday), Err(Refused::Limit { most: 2, days: 30 }), "two in November");
    assert!(desk.book("a", tuesday).is_ok(), "December is another month");
    let at_desk = New { rights: Rights::Desk, ..desk.asked("a", friday) };
    assert!(desk.ledger.book(at_desk).is_ok(), "the desk knows why");
}

#[test]
fn who_missed_too_many_waits_until_the_ban_is_over() {
    let policy = BookingPolicy { misses: 2, misses_within_days: 90, ban_days: 10, days_ahead: 20, ..free_policy() };
    let mut desk = Desk::open(policy);
    for slot in [at(11, 25, 660), at(11, 26, 660), at(12, 2, 540), at(12, 8, 540)] {
        desk.place(slot, 9, 0);
    }
    let first = desk.book("a", at(11, 25, 660)).unwrap();
    let second = desk.book("a", at(11, 26, 660)).unwrap();
    desk.later(NOW.after_s(3600));
    desk.ledger.visited(first, State::Missed, Actor::Service).unwrap();
    assert!(desk.book("a", at(12, 2, 540)).is_ok(), "one is no habit");
    desk.later(NOW.after_s(26 * 3600));
    desk.ledger.visited(second, State::Missed, Actor::Service).unwrap();
    let until = date(2026, 12, 6);
    assert_eq!(desk.book("a", at(12, 8, 540)), Err(Refused::Banned { until }));
    let last_second = midnight(until, Zone::CHINA);
    desk.later(last_second.after_ms(-1));
    assert_eq!(desk.book("a", at(12, 8, 540)), Err(Refused::Banned { until }));
    desk.later(last_second);
    assert!(desk.book("a", at(12, 8, 540)).is_ok(), "it lapses by itself");
}

//! Deadlines, moves, and how often somebody may come.

use huizhi_domain::visit::{BookingPolicy, By, Refused, Rights, Slot, State};
use huizhi_store::Ask;

use super::{DAY, Hall, NINE, SERVICE, TEN, account, at, free_policy, planned};
use crate::on_both;

const MINUTE_MS: i64 = 60_000;
/// From ten o'clock to nine on the next day.
const TO_NINE_MS: i64 = 23 * 60 * MINUTE_MS;

#[test]
fn invariant_09_a_cancelled_place_is_free_at_once_and_what_is_past_stays() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 1).await;
        let first = hall.book(&bench, 1, at(NINE)).await.unwrap();
        let code = |given: &huizhi_store::Given| By::Code { code: given.code.clone() };
        let gone = bench.store.cancel_appointment(first.appointment.id, code(&first)).await.unwrap().unwrap();
        assert_eq!((gone.state, hall.left(&bench).await), (State::Cancelled, vec![1, 1, 1]));
        let again = bench.store.cancel_appointment(first.appointment.id, code(&first)).await.unwrap();
        assert_eq!(again, Err(Refused::State(State::Cancelled)));
        let second = hall.book(&bench, 1, at(NINE)).await.unwrap();
        bench.clock.pass_ms(TO_NINE_MS - 120 * MINUTE_MS + 1);
        let late = bench.store.cancel_appointment(second.appointment.id, code(&second)).await.unwrap();
        assert_eq!(late, Err(Refused::TooLate { minutes: 120 }));
        let moved = bench.store.move_appointment(second.appointment.id, at(TEN), code(&second)).await.unwrap();
        assert_eq!(moved, Err(Refused::TooLate { minutes: 120 }));
        bench.clock.pass_ms(120 * MINUTE_MS);
        let past = bench.store.cancel_appointment(second.appointment.id, By::Staff(hall.staff)).await.unwrap();
        assert_eq!(past, Err(Refused::Past));
        bench.store.set_visit_state(second.appointment.id, State::Arrived, Some(hall.staff)).await.unwrap().unwrap();
        let there = bench.store.cancel_appointment(second.appointment.id, By::Staff(hall.staff)).await.unwrap();
        assert_eq!(there, Err(Refused::State(State::Arrived)));
    });
}

#[test]
fn invariant_09_a_returned_place_waits_for_the_waiting_list_until_its_time() {
    on_both(|bench| async move {
        let rules = BookingPolicy { cool_down_min: 30, ..free_policy() };
        let hall = Hall::open(&bench, rules, 1).await;
        for minute in [NINE, TEN] {
            let given = hall.book(&bench, 1, at(minute)).await.unwrap();
            bench.store.cancel_appointment(given.appointment.id, By::Service).await.unwrap().unwrap();
        }
        assert_eq!(hall.left(&bench).await, [0, 1, 0]);
        assert!(matches!(hall.book(&bench, 2, at(NINE)).await, Err(Refused::Full { .. })));
        let offer = Ask { rights: Rights::List, ..hall.ask(3, at(NINE)) };
        bench.store.book(offer).await.unwrap().unwrap();
        bench.clock.pass_ms(30 * MINUTE_MS - 1);
        assert_eq!(hall.left(&bench).await, [0, 1, 0]);
        bench.clock.pass_ms(1);
        assert_eq!(hall.left(&bench).await, [0, 1, 1], "at exactly its time it is everybody's");
        hall.book(&bench, 2, at(TEN)).await.unwrap();
        assert_eq!(bench.store.expire_holds().await.unwrap(), 0);
    });
}

#[test]
fn invariant_10_a_move_is_whole_and_keeps_number_code_and_history() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 1).await;
        let me = account(&bench, "13800138000").await;
        let given = bench.store.book(Ask { account: Some(me), ..hall.ask(1, at(NINE)) }).await.unwrap().unwrap();
        let id = given.appointment.id;
        let other = hall.book(&bench, 2, at(TEN)).await.unwrap();
        let full = bench.store.move_appointment(id, at(TEN), By::Account(me)).await.unwrap();
        assert!(matches!(full, Err(Refused::Full { .. })));
        assert_eq!(bench.store.appointment(id).await.unwrap(), Some(given.appointment.clone()), "nothing happened");
        let stranger = By::Code { code: "none".to_owned() };
        let theirs = bench.store.move_appointment(id, at(NINE + 30), stranger).await.unwrap();
        assert_eq!(theirs, Err(Refused::NotYours));
        bench.store.cancel_appointment(other.appointment.id, By::Service).await.unwrap().unwrap();
        let moved = bench.store.move_appointment(id, at(TEN), By::Account(me)).await.unwrap().unwrap();
        assert_eq!((&moved.appointment.number, &moved.code), (&given.appointment.number, &given.code));
        assert_eq!((moved.appointment.slot, hall.left(&bench).await), (at(TEN), vec![1, 1, 0]));
        let page = bench.store.log_entries(0, 1000).await.unwrap();
        let texts: Vec<String> = page.into_iter().map(|(_, bytes)| String::from_utf8(bytes).unwrap()).collect();
        let moves: Vec<&String> = texts.iter().filter(|it| it.contains("appointment.moved")).collect();
        assert_eq!(moves.len(), 1);
        assert!(moves[0].contains("2026-11-26T09:00") && moves[0].contains("2026-11-26T10:00"), "{}", moves[0]);
    });
}

#[test]
fn invariant_11_one_a_day_at_whichever_office_and_as_many_as_the_rules_say() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, BookingPolicy::default(), 5).await;
        let (friday, monday) = (DAY.tomorrow().unwrap(), jiff::civil::date(2026, 11, 30));
        let days = [friday, monday].map(|day| Slot { day, minute: NINE });
        let slots = days.map(|slot| planned(slot, 5, 0));
        bench.store.plan_slots(hall.office, SERVICE, &slots).await.unwrap();
        let first = hall.book(&bench, 1, at(NINE)).await.unwrap().appointment;
        assert_eq!(hall.book(&bench, 1, at(TEN)).await, Err(Refused::SameDay { number: None }));
        assert_eq!(hall.book(&bench, 1, days[0]).await, Err(Refused::Limit { most: 1, days: 0 }));
        hall.rules(&bench, BookingPolicy { most_week: 1, ..free_policy() }).await;
        assert_eq!(hall.book(&bench, 1, days[0]).await, Err(Refused::Limit { most: 1, days: 7 }));
        hall.book(&bench, 1, days[1]).await.unwrap();
        bench.store.cancel_appointment(first.id, By::Service).await.unwrap().unwrap();
        hall.book(&bench, 1, days[0]).await.unwrap();
    });
}

#[test]
fn invariant_11_who_missed_too_many_waits_and_the_ban_lapses() {
    on_both(|bench| async move {
        let rules = BookingPolicy { misses: 1, ban_days: 3, ..free_policy() };
        let hall = Hall::open(&bench, rules, 5).await;
        let missed = hall.book(&bench, 1, at(NINE)).await.unwrap().appointment;
        let wednesday = Slot { day: jiff::civil::date(2026, 12, 2), minute: NINE };
        bench.store.plan_slots(hall.office, SERVICE, &[planned(wednesday, 5, 0)]).await.unwrap();
        // Late is half an hour after the start.
        bench.clock.pass_ms(TO_NINE_MS + 30 * MINUTE_MS - 1);
        assert_eq!(bench.store.mark_missed().await.unwrap(), 0);
        bench.clock.pass_ms(1);
        assert_eq!(bench.store.mark_missed().await.unwrap(), 1);
        assert_eq!(bench.store.mark_missed().await.unwrap(), 0);
        assert_eq!(bench.store.appointment(missed.id).await.unwrap().unwrap().state, State::Missed);
        let until = jiff::civil::date(2026, 11, 29);
        assert_eq!(hall.book(&bench, 1, wednesday).await, Err(Refused::Banned { until }));
        hall.book(&bench, 2, wednesday).await.unwrap();
        bench.clock.pass_ms(3 * 24 * 60 * MINUTE_MS);
        hall.book(&bench, 1, wednesday).await.unwrap();
    });
}

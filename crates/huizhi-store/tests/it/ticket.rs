//! The hall: arrivals, calls, and what two do at the same moment.

use std::collections::BTreeSet;

use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::OfficeId;
use huizhi_domain::staff::{Role, Staff};
use huizhi_domain::visit::check_in::CheckInError;
use huizhi_domain::visit::schedule::PlannedSlot;
use huizhi_domain::visit::ticket::{Act, Desk, Outcome, Ticket, TicketError, TicketState};
use huizhi_domain::visit::{Appointment, Rights, Slot, State, Visitor};
use huizhi_domain::words::Lang;
use huizhi_store::{Arrival, Ask, CheckedIn, WalkIn};
use jiff::civil::date;

use crate::{Bench, on_both};

const DAY_MS: i64 = 24 * 3_600_000;
const MINUTE_MS: i64 = 60_000;

/// Somebody whose number ends in another sequence.
fn visitor(n: u32) -> Visitor {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("44130119900307{n:03}");
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = "10X98765432".as_bytes()[(sum % 11) as usize] as char;
    Visitor {
        name: PersonName::parse("甲乙丙").unwrap(),
        number: IdNumber::parse(&format!("{body}{check}"), date(2026, 11, 25)).unwrap(),
        birth: date(1990, 3, 7),
    }
}

/// A clerk, and the clock at ten minutes before the appointments that were booked the day before: tomorrow at ten, and at half past.
async fn booked(bench: &Bench, count: u32) -> (Staff, OfficeId, Vec<Appointment>) {
    let clerk = bench.staff("clerk", Role::Clerk).await;
    let office = clerk.office.unwrap();
    let at = bench.store.now().after_ms(DAY_MS);
    let slot = |minute: i32, after: i64| PlannedSlot {
        slot: Slot { day: date(2026, 11, 26), minute },
        starts_at: at.after_ms(after * MINUTE_MS),
        length_min: 30,
        places: 20,
        staff_places: 0,
    };
    bench.store.plan_slots(office, "id-card", &[slot(600, 0), slot(630, 30)]).await.unwrap();
    let mut made = Vec::new();
    for n in 0..count {
        let ask = Ask {
            office,
            service: "id-card".to_owned(),
            business: "id-renewal".to_owned(),
            slot: Slot { day: date(2026, 11, 26), minute: if n % 2 == 0 { 600 } else { 630 } },
            units: 1,
            visitor: visitor(n),
            account: None,
            person: None,
            rights: Rights::Public,
            lang: Lang::Zh,
            once: None,
            session: None,
        };
        made.push(bench.store.book(ask).await.unwrap().unwrap().appointment);
    }
    bench.clock.pass_ms(DAY_MS - 10 * MINUTE_MS);
    (clerk, office, made)
}

fn arrival(clerk: &Staff, appointment: &Appointment, at: Moment, key: Option<&str>) -> Arrival {
    Arrival {
        appointment: appointment.id,
        office: clerk.office.unwrap(),
        at,
        key: key.map(str::to_owned),
        served: false,
        staff: clerk.id,
    }
}

fn desk(bench: &Bench, office: OfficeId, window: &str) -> Desk {
    Desk { office, window: window.to_owned(), today: bench.store.today() }
}

async fn walk_in(bench: &Bench, clerk: &Staff) -> Ticket {
    let walk_in = WalkIn {
        office: clerk.office.unwrap(),
        service: "id-card".to_owned(),
        business: "id-renewal".to_owned(),
        key: None,
        staff: clerk.id,
    };
    bench.store.walk_in(walk_in).await.unwrap()
}

async fn state(bench: &Bench, appointment: &Appointment) -> State {
    bench.store.appointment(appointment.id).await.unwrap().unwrap().state
}

#[test]
fn invariant_15_only_todays_appointment_of_the_own_office_is_checked_in_and_called() {
    on_both(|bench| async move {
        let (clerk, office, made) = booked(&bench, 2).await;
        let store = &bench.store;
        let now = store.now();
        let other = store.add_office("441300", "惠阳窗口", "惠阳").await.unwrap().id;
        let elsewhere = Arrival { office: other, ..arrival(&clerk, &made[0], now, None) };
        assert_eq!(store.check_in(elsewhere).await.unwrap(), Err(CheckInError::Office(office)));
        for days in [-1, 1] {
            let at = now.after_ms(days * DAY_MS);
            let said = store.check_in(arrival(&clerk, &made[0], at, None)).await.unwrap();
            assert_eq!(said, Err(CheckInError::Day(date(2026, 11, 26))));
        }
        let early = store.check_in(arrival(&clerk, &made[1], now, None)).await.unwrap();
        assert_eq!(early, Err(CheckInError::TooEarly(made[1].starts_at.after_ms(-15 * MINUTE_MS))));
        assert_eq!(state(&bench, &made[1]).await, State::Booked, "what was refused changed nothing");

        let ticket = store.check_in(arrival(&clerk, &made[0], now, None)).await.unwrap().unwrap().ticket().clone();
        assert_eq!((ticket.label().as_str(), state(&bench, &made[0]).await), ("A001", State::Arrived));
        let call = async |desk: &Desk| store.act_on_ticket(ticket.id, Act::Call, desk, clerk.id).await.unwrap();
        assert_eq!(call(&desk(&bench, other, "1")).await, Err(TicketError::Office));
        let tomorrow = Desk { today: date(2026, 11, 27), ..desk(&bench, office, "1") };
        assert_eq!(call(&tomorrow).await, Err(TicketError::Day(date(2026, 11, 26))));
        assert!(call(&desk(&bench, office, "1")).await.is_ok());
        assert_eq!(call(&desk(&bench, office, "2")).await, Err(TicketError::Elsewhere("1".to_owned())));
    });
}

#[test]
fn invariant_15_nobody_is_missed_but_by_the_act_for_it_and_a_skipped_one_keeps_its_place() {
    on_both(|bench| async move {
        let (clerk, office, made) = booked(&bench, 1).await;
        let store = &bench.store;
        store.check_in(arrival(&clerk, &made[0], store.now(), None)).await.unwrap().unwrap();
        for _ in 0..5 {
            walk_in(&bench, &clerk).await;
            bench.clock.pass_ms(1000);
        }
        let one = desk(&bench, office, "1");
        let first = store.call_next(&one, None, clerk.id).await.unwrap().unwrap().unwrap();
        assert_eq!(first.appointment, Some(made[0].id), "an appointment at its time goes first");
        let skip = Act::Skip { behind: None };
        let skipped = store.act_on_ticket(first.id, skip, &one, clerk.id).await.unwrap().unwrap();
        assert_eq!(skipped.state, TicketState::Skipped);
        let order: Vec<String> = store.hall(office, store.today()).await.unwrap().iter().map(Ticket::label).collect();
        assert_eq!(order, ["B002", "B003", "B004", "A001", "B005", "B006"], "three go first");

        store.act_on_ticket(first.id, Act::Call, &one, clerk.id).await.unwrap().unwrap();
        store.act_on_ticket(first.id, Act::Recall, &one, clerk.id).await.unwrap().unwrap();
        for act in [Act::Recall, Act::Skip { behind: None }] {
            let more = store.act_on_ticket(first.id, act, &one, clerk.id).await.unwrap();
            assert_eq!(more, Err(TicketError::NoMoreCalls(3)));
        }
        assert_eq!(state(&bench, &made[0]).await, State::Arrived);
        let missed = store.act_on_ticket(first.id, Act::Miss, &one, clerk.id).await.unwrap().unwrap();
        assert_eq!((missed.state, missed.calls), (TicketState::Missed, 3));
        assert_eq!(state(&bench, &made[0]).await, State::Missed);
        let again = store.act_on_ticket(first.id, Act::Call, &one, clerk.id).await.unwrap();
        assert_eq!(again, Err(TicketError::State(TicketState::Missed)));
    });
}

#[test]
fn a_visit_is_completed_and_the_appointment_with_it() {
    on_both(|bench| async move {
        let (clerk, office, made) = booked(&bench, 1).await;
        let store = &bench.store;
        let pass = store.read_pass(&store.visit_pass(&made[0])).unwrap();
        assert_eq!((pass.id, pass.t.as_str()), (made[0].id, "2026-11-26T10:00"));
        let ticket = store.check_in(arrival(&clerk, &made[0], store.now(), None)).await.unwrap().unwrap();
        assert_eq!(store.ticket_of(made[0].id).await.unwrap().as_ref(), Some(ticket.ticket()));
        let one = desk(&bench, office, "1");
        let called = store.call_next(&one, Some("id-card"), clerk.id).await.unwrap().unwrap().unwrap();
        store.act_on_ticket(called.id, Act::Serve, &one, clerk.id).await.unwrap().unwrap();
        let done = store.act_on_ticket(called.id, Act::Finish(Outcome::Done), &one, clerk.id).await.unwrap().unwrap();
        assert_eq!((done.outcome, done.done_at), (Some(Outcome::Done), Some(store.now())));
        assert_eq!(state(&bench, &made[0]).await, State::Done);
        assert_eq!(store.tickets_on(office, store.today()).await.unwrap(), [done]);
        assert!(store.check_log(&[]).await.unwrap().is_ok());
    });
}

#[test]
fn who_is_sent_to_a_window_that_nobody_works_at_is_called_by_any() {
    on_both(|bench| async move {
        let (clerk, office, _) = booked(&bench, 0).await;
        let store = &bench.store;
        let (one, five) = (desk(&bench, office, "1"), desk(&bench, office, "5"));
        let send = async |id, window: &str| {
            let act = Act::Transfer { service: "id-card".to_owned(), window: Some(window.to_owned()) };
            store.act_on_ticket(id, act, &one, clerk.id).await.unwrap().unwrap()
        };
        let (first, second) = (walk_in(&bench, &clerk).await, walk_in(&bench, &clerk).await);
        store.act_on_ticket(first.id, Act::Call, &one, clerk.id).await.unwrap().unwrap();
        send(first.id, "99").await;
        let called = store.call_next(&one, None, clerk.id).await.unwrap().unwrap().unwrap();
        assert_eq!((called.id, called.for_window), (first.id, None));

        store.act_on_ticket(second.id, Act::Call, &five, clerk.id).await.unwrap().unwrap();
        assert_eq!(store.working_windows(office).await.unwrap().len(), 2);
        send(first.id, "5").await;
        assert_eq!(store.call_next(&one, None, clerk.id).await.unwrap(), Ok(None), "window 5 is at work");
        let call = async || store.act_on_ticket(first.id, Act::Call, &one, clerk.id).await.unwrap();
        assert_eq!(call().await, Err(TicketError::Elsewhere("5".to_owned())));
        let done = Act::Finish(Outcome::Done);
        store.act_on_ticket(second.id, done, &five, clerk.id).await.unwrap().unwrap();
        bench.clock.pass_ms(30 * MINUTE_MS);
        assert_eq!(store.working_windows(office).await.unwrap(), Vec::<String>::new());
        assert!(call().await.is_ok(), "the window was left");
    });
}

#[test]
fn two_windows_that_ask_at_once_get_two_people() {
    on_both(|bench| async move {
        let clerk = bench.staff("clerk", Role::Clerk).await;
        let office = clerk.office.unwrap();
        for _ in 0..8 {
            walk_in(&bench, &clerk).await;
        }
        let windows = (1..=10).map(|n| {
            let (store, desk, staff) = (bench.store.clone(), desk(&bench, office, &n.to_string()), clerk.id);
            tokio::spawn(async move { store.call_next(&desk, None, staff).await.unwrap().unwrap() })
        });
        let windows: Vec<_> = windows.collect();
        let mut called = Vec::new();
        for window in windows {
            called.extend(window.await.unwrap());
        }
        let different: BTreeSet<String> = called.iter().map(Ticket::label).collect();
        assert_eq!((called.len(), different.len()), (8, 8), "eight wait, ten ask");

        let one = desk(&bench, office, called[0].window.as_deref().unwrap());
        let twice = bench.store.call_next(&one, None, clerk.id).await.unwrap();
        assert_eq!(twice, Err(TicketError::Busy(called[0].label())));
    });
}

#[test]
fn numbers_never_repeat_and_a_form_that_is_sent_twice_gives_one() {
    on_both(|bench| async move {
        let clerk = bench.staff("clerk", Role::Clerk).await;
        let office = clerk.office.unwrap();
        let given = (0..12).map(|n| {
            let walk_in = WalkIn {
                office,
                service: "id-card".to_owned(),
                business: "id-renewal".to_owned(),
                key: Some(format!("form {}", n / 2)),
                staff: clerk.id,
            };
            let store = bench.store.clone();
            tokio::spawn(async move { store.walk_in(walk_in).await })
        });
        let given: Vec<_> = given.collect();
        for given in given {
            // Of two at the very same moment one may be told that the other was first.
            let _ = given.await.unwrap();
        }
        let tickets = bench.store.tickets_on(office, bench.store.today()).await.unwrap();
        let ordinals: BTreeSet<i32> = tickets.iter().map(|it| it.ordinal).collect();
        assert_eq!((tickets.len(), ordinals.len()), (6, 6));
        bench.clock.pass_ms(DAY_MS);
        assert_eq!(walk_in(&bench, &clerk).await.ordinal, 1, "a new day begins at one");
    });
}

#[test]
fn ten_arrivals_that_are_sent_twice_are_ten() {
    on_both(|bench| async move {
        let (clerk, office, made) = booked(&bench, 20).await;
        let store = &bench.store;
        let at = store.now();
        // The line comes back three hours later, when the service takes them for missed.
        bench.clock.pass_ms(180 * MINUTE_MS);
        store.mark_missed().await.unwrap();
        let ten: Vec<Appointment> = made.iter().step_by(2).cloned().collect();
        assert_eq!(state(&bench, &ten[0]).await, State::Missed);
        let sent = ten.iter().chain(&ten).enumerate().map(|(n, appointment)| {
            let key = format!("key {}", n % 10);
            let (store, arrival) = (store.clone(), arrival(&clerk, appointment, at, Some(&key)));
            tokio::spawn(async move { store.check_in(arrival).await.unwrap().unwrap() })
        });
        let sent: Vec<_> = sent.collect();
        let mut new = 0;
        for sent in sent {
            new += usize::from(matches!(sent.await.unwrap(), CheckedIn::Now(_)));
        }
        assert_eq!(new, 10, "the other ten were told before");
        let tickets = store.tickets_on(office, store.today()).await.unwrap();
        assert_eq!(tickets.len(), 10);
        assert!(tickets.iter().all(|it| it.arrived_at == at && it.state == TicketState::Waiting));
        for appointment in &ten {
            assert_eq!(state(&bench, appointment).await, State::Arrived);
        }

        let served = Arrival { served: true, ..arrival(&clerk, &ten[0], at, Some("key 0")) };
        let done = store.check_in(served.clone()).await.unwrap().unwrap().ticket().clone();
        assert_eq!((done.state, done.outcome), (TicketState::Done, Some(Outcome::Done)));
        assert_eq!(store.check_in(served).await.unwrap().unwrap(), CheckedIn::Before(done));
        assert_eq!(state(&bench, &ten[0]).await, State::Done);
    });
}

#[test]
fn an_arrival_that_is_told_after_its_day_is_over_and_called_by_nobody() {
    on_both(|bench| async move {
        let (clerk, office, made) = booked(&bench, 1).await;
        let store = &bench.store;
        let at = store.now();
        bench.clock.pass_ms(18 * 60 * MINUTE_MS);
        let said = store.check_in(arrival(&clerk, &made[0], at, Some("key"))).await.unwrap().unwrap();
        assert_eq!((said.ticket().state, said.ticket().outcome), (TicketState::Done, Some(Outcome::Offline)));
        assert_eq!(state(&bench, &made[0]).await, State::Done);
        assert!(store.hall(office, store.today()).await.unwrap().is_empty());
    });
}

#[test]
fn who_came_without_an_appointment_fills_gaps_and_is_overtaken_for_half_an_hour_at_most() {
    on_both(|bench| async move {
        let (clerk, office, made) = booked(&bench, 2).await;
        let store = &bench.store;
        // At ten minutes to ten somebody without an appointment, and then the appointment of ten.
        let early = walk_in(&bench, &clerk).await;
        store.check_in(arrival(&clerk, &made[0], store.now(), None)).await.unwrap().unwrap();
        // At a quarter past ten the one of half past, who should wait for somebody who has been here since ten to.
        bench.clock.pass_ms(25 * MINUTE_MS);
        store.check_in(arrival(&clerk, &made[1], store.now(), None)).await.unwrap().unwrap();
        let late = walk_in(&bench, &clerk).await;
        let order: Vec<String> = store.hall(office, store.today()).await.unwrap().iter().map(Ticket::label).collect();
        assert_eq!(order, ["A002".to_owned(), early.label(), "A003".to_owned(), late.label()]);
    });
}

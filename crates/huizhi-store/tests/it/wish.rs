//! The waiting list: exactly what was given back is offered, the longest waiting first, and nobody is told more often than they can bear.

use huizhi_domain::id::{AccountId, AppointmentId, OfficeId, WishId};
use huizhi_domain::person::{Details, Relation};
use huizhi_domain::visit::wish::{OFFER_EVERY_MS, OFFER_MS, Wish, WishState};
use huizhi_domain::visit::{BookingPolicy, By, Refused, Slot, State, VisitHappening};
use huizhi_domain::words::Lang;
use huizhi_store::{NewWish, Wished};
use jiff::civil::{Date, date};

use crate::release::{SERVICE, ask, citizen, number, office, visitor};
use crate::{Bench, on_both};

const MINUTE_MS: i64 = 60_000;
/// A day of which everything is taken.
const MINUTE: i32 = 540;

fn full() -> Date {
    date(2026, 12, 1)
}

fn slot() -> Slot {
    Slot { day: full(), minute: MINUTE }
}

/// Returned places wait ten minutes for the list.
fn rules() -> BookingPolicy {
    BookingPolicy { cool_down_min: 10, ..BookingPolicy::default() }
}

/// Somebody with an appointment.
struct Booked(AccountId, AppointmentId);

/// A full slot: its office, and who has its places.
async fn sold_out(bench: &Bench, rules: BookingPolicy, places: i32) -> (OfficeId, Vec<Booked>) {
    let office = office(bench, rules, full(), &[MINUTE], places).await;
    let mut booked = Vec::new();
    for of in 0..places as usize {
        let account = citizen(bench, of).await;
        let given = bench.store.book(ask(office, slot(), of, account)).await.unwrap().unwrap();
        booked.push(Booked(account, given.appointment.id));
    }
    (office, booked)
}

async fn give_back(bench: &Bench, booked: &Booked) {
    bench.store.cancel_appointment(booked.1, By::Account(booked.0)).await.unwrap().unwrap();
}

/// Somebody who waits.
async fn waits(bench: &Bench, office: OfficeId, of: usize) -> (AccountId, WishId) {
    let account = citizen(bench, of).await;
    let it = visitor(of);
    let details = Details { name: it.name, number: it.number, birth: it.birth, proof: None };
    let person = bench.store.add_person(account, Relation::Myself, &details).await.unwrap();
    let new = NewWish {
        account,
        person,
        person_key: bench.store.person_key(&number(of)),
        office,
        service: SERVICE.to_owned(),
        business: "id-renewal".to_owned(),
        from: full(),
        to: full().tomorrow().unwrap(),
        times: "08:00-12:00".parse().unwrap(),
        lang: Lang::Zh,
    };
    bench.clock.pass_ms(1);
    let Wished::Added(id) = bench.store.add_wish(new.clone()).await.unwrap() else { panic!("they wait already") };
    assert_eq!(bench.store.add_wish(new).await.unwrap(), Wished::Already, "one wish a person and service");
    (account, id)
}

async fn wish(bench: &Bench, (account, id): (AccountId, WishId)) -> Wish {
    bench.store.wish_of(account, id).await.unwrap().unwrap()
}

async fn told(bench: &Bench, account: AccountId) -> usize {
    let messages = bench.store.visit_messages_of(account).await.unwrap();
    messages.iter().filter(|it| it.happening == VisitHappening::Offered).count()
}

#[test]
fn invariant_02_many_workers_hand_out_exactly_what_was_given_back_to_the_longest_waiting() {
    on_both(|bench| async move {
        let (office, booked) = sold_out(&bench, rules(), 6).await;
        let mut line = Vec::new();
        for of in 100..110 {
            line.push(waits(&bench, office, of).await);
        }
        assert_eq!(bench.store.wishes_before(&wish(&bench, line[9]).await).await.unwrap(), 9);
        assert_eq!(bench.store.offer_places().await.unwrap(), 0, "nothing is free");
        for it in &booked[..4] {
            give_back(&bench, it).await;
        }
        let public = bench.store.book(ask(office, slot(), 99, citizen(&bench, 99).await)).await.unwrap();
        assert!(matches!(public, Err(Refused::Full { .. })), "what was given back waits for the list");
        let mut workers = Vec::new();
        for store in [bench.store.clone(), bench.store.clone(), bench.again().await, bench.again().await] {
            workers.push(tokio::spawn(async move { store.offer_places().await }));
        }
        let mut offered = 0;
        for worker in workers {
            offered += worker.await.unwrap().unwrap();
        }
        // A worker that found another at the head of the line left it to that one.
        offered += bench.store.offer_places().await.unwrap();
        assert_eq!(offered, 4);
        assert_eq!(bench.store.offer_places().await.unwrap(), 0);
        for (place, it) in line.iter().enumerate() {
            let state = if place < 4 { WishState::Offered } else { WishState::Waiting };
            assert_eq!(wish(&bench, *it).await.state, state, "{place}");
            assert_eq!(told(&bench, it.0).await, usize::from(place < 4), "{place}");
        }
        let held = bench.store.appointments_on(office, full()).await.unwrap();
        assert_eq!(held.iter().filter(|it| it.state == State::Held).count(), 4);
        let free = bench.store.free(office, SERVICE, full(), full()).await.unwrap();
        assert_eq!((free[0].capacity, free[0].left()), (6, 0), "none too many");
        bench.store.check_log(&[]).await.unwrap().unwrap();
    });
}

#[test]
fn an_offer_is_taken_refused_or_lapses_and_then_it_is_the_next_ones() {
    on_both(|bench| async move {
        let (office, booked) = sold_out(&bench, rules(), 1).await;
        let (first, second) = (waits(&bench, office, 100).await, waits(&bench, office, 101).await);
        let third = waits(&bench, office, 102).await;
        give_back(&bench, &booked[0]).await;
        assert_eq!(bench.store.offer_places().await.unwrap(), 1);
        let offered = wish(&bench, first).await;
        let held = bench.store.appointment(offered.appointment.unwrap()).await.unwrap().unwrap();
        assert_eq!(held.hold_until, Some(bench.store.now().after_ms(OFFER_MS)), "time to read of it");
        assert!(bench.store.refuse_offer(first.0, first.1).await.unwrap());
        assert!(!bench.store.refuse_offer(first.0, first.1).await.unwrap());
        assert_eq!(bench.store.offer_places().await.unwrap(), 1);
        assert_eq!(wish(&bench, first).await.state, WishState::Waiting);
        assert_eq!(wish(&bench, second).await.state, WishState::Offered);
        bench.clock.pass_ms(OFFER_MS);
        bench.store.expire_holds().await.unwrap();
        assert_eq!(bench.store.settle_wishes().await.unwrap(), 1);
        assert_eq!(wish(&bench, second).await.state, WishState::Waiting);
        assert_eq!(bench.store.offer_places().await.unwrap(), 1);
        let others = bench.store.take_offer(second.0, third.1).await;
        assert!(others.is_err(), "not what is offered to somebody else");
        let given = bench.store.take_offer(third.0, third.1).await.unwrap().unwrap();
        assert_eq!(given.appointment.state, State::Booked);
        assert_eq!(wish(&bench, third).await.state, WishState::Taken);
    });
}

#[test]
fn invariant_20_three_notices_at_most_and_one_a_day() {
    on_both(|bench| async move {
        let (office, booked) = sold_out(&bench, rules(), 1).await;
        let one = waits(&bench, office, 100).await;
        give_back(&bench, &booked[0]).await;
        for notice in 1..=3 {
            assert_eq!(bench.store.offer_places().await.unwrap(), 1, "{notice}");
            assert_eq!(told(&bench, one.0).await, notice);
            assert!(bench.store.refuse_offer(one.0, one.1).await.unwrap());
            assert_eq!(bench.store.offer_places().await.unwrap(), 0, "not twice a day");
            bench.clock.pass_ms(OFFER_EVERY_MS - MINUTE_MS);
            assert_eq!(bench.store.offer_places().await.unwrap(), 0, "{notice}");
            bench.clock.pass_ms(MINUTE_MS);
        }
        assert_eq!(wish(&bench, one).await.state, WishState::Lapsed, "who lets three pass does not need it");
        assert_eq!(bench.store.offer_places().await.unwrap(), 0);
        assert_eq!(told(&bench, one.0).await, 3);
    });
}

#[test]
fn invariant_20_not_to_who_comes_within_seven_days_and_not_for_what_was_cancelled() {
    on_both(|bench| async move {
        let rules = BookingPolicy { most_open: 0, ..rules() };
        let office = office(&bench, rules, full(), &[MINUTE, MINUTE + 15], 1).await;
        let (soon, left) = (waits(&bench, office, 100).await, waits(&bench, office, 101).await);
        let theirs = Slot { day: full(), minute: MINUTE + 15 };
        let given = bench.store.book(ask(office, theirs, 100, soon.0)).await.unwrap().unwrap();
        assert!(bench.store.leave_wish(left.0, left.1).await.unwrap());
        assert!(!bench.store.leave_wish(left.0, left.1).await.unwrap());
        assert_eq!(bench.store.offer_places().await.unwrap(), 0, "a place is free, and nobody needs it");
        assert_eq!((told(&bench, soon.0).await, told(&bench, left.0).await), (0, 0));
        give_back(&bench, &Booked(soon.0, given.appointment.id)).await;
        assert_eq!(bench.store.offer_places().await.unwrap(), 1, "who has none any more is asked");
    });
}

#[test]
fn who_leaves_gives_back_what_was_offered_and_an_erasure_leaves_no_wish() {
    on_both(|bench| async move {
        let (office, booked) = sold_out(&bench, rules(), 1).await;
        let (first, second) = (waits(&bench, office, 100).await, waits(&bench, office, 101).await);
        give_back(&bench, &booked[0]).await;
        assert_eq!(bench.store.offer_places().await.unwrap(), 1);
        assert!(bench.store.leave_wish(first.0, first.1).await.unwrap());
        assert_eq!(bench.store.offer_places().await.unwrap(), 1);
        assert_eq!(wish(&bench, second).await.state, WishState::Offered);
        bench.store.erase_all_of(first.0).await.unwrap();
        assert!(bench.store.wishes_of(first.0).await.unwrap().is_empty());
        assert!(bench.store.wish_of(second.0, first.1).await.unwrap().is_none(), "nobody sees another's");
    });
}

#[test]
fn at_night_nobody_is_asked_and_a_wish_ends_with_its_last_day() {
    on_both(|bench| async move {
        let (office, booked) = sold_out(&bench, BookingPolicy { cool_down_min: 0, ..rules() }, 1).await;
        let one = waits(&bench, office, 100).await;
        bench.clock.pass_ms(11 * 60 * MINUTE_MS);
        give_back(&bench, &booked[0]).await;
        assert_eq!(bench.store.offer_places().await.unwrap(), 0, "nine in the evening");
        bench.clock.pass_ms(7 * 24 * 60 * MINUTE_MS);
        assert_eq!(bench.store.settle_wishes().await.unwrap(), 0, "its last day");
        bench.clock.pass_ms(24 * 60 * MINUTE_MS);
        assert_eq!(bench.store.settle_wishes().await.unwrap(), 1);
        assert_eq!(wish(&bench, one).await.state, WishState::Lapsed);
    });
}

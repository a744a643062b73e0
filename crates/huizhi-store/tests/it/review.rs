//! The review.

use huizhi_domain::message::Happening;
use huizhi_domain::order::OrderState;
use huizhi_domain::review::{LEASE_MS, Opinion, ReviewError, Seat, UNDO_MS};
use huizhi_domain::staff::Role;
use huizhi_domain::words::Lang;
use huizhi_store::{NewOrder, StoreError};

use crate::{free, on_both, reject};

const HALF_AN_HOUR: i64 = 30 * 60_000;

#[test]
fn a_claim_keeps_others_out_until_its_lease_lapses() {
    on_both(|bench| async move {
        let (order, photo) = bench.waiting("a").await;
        let (one, two) = (bench.staff("one", Role::Reviewer).await, bench.staff("two", Role::Reviewer).await);
        assert_eq!(bench.store.claim(&one).await.unwrap().unwrap().photo.id, photo);
        assert_eq!(bench.store.claim(&one).await.unwrap().unwrap().photo.id, photo, "the own one comes again");
        assert!(bench.store.claim(&two).await.unwrap().is_none());
        assert!(bench.store.case(&two, photo).await.unwrap().is_none());
        bench.clock.pass_ms(LEASE_MS - 1);
        bench.store.renew(&one, photo).await.unwrap();
        bench.clock.pass_ms(LEASE_MS);
        assert!(bench.store.withdraw(order.id).await.is_err(), "still in review until somebody looks at the lease");
        assert_eq!(bench.store.claim(&two).await.unwrap().unwrap().photo.id, photo);
        let late = bench.store.decide(&one, photo, Opinion::Accept).await;
        assert!(matches!(late, Err(StoreError::Review(ReviewError::NotHeld))));
    });
}

#[test]
fn the_photo_after_this_one_is_held_ahead_and_comes_next() {
    on_both(|bench| async move {
        let (_, first) = bench.waiting("a").await;
        bench.clock.pass_ms(1000);
        let (_, next) = bench.waiting("b").await;
        let (one, two) = (bench.staff("one", Role::Reviewer).await, bench.staff("two", Role::Reviewer).await);
        assert_eq!(bench.store.claim(&one).await.unwrap().unwrap().photo.id, first);
        for _ in 0..2 {
            let ahead = bench.store.claim_ahead(&one, first).await.unwrap().unwrap();
            assert_eq!(ahead.photo.id, next, "asked twice, one photo is ahead");
        }
        assert!(bench.store.claim(&two).await.unwrap().is_none());
        bench.clock.pass_ms(60_000);
        bench.store.decide(&one, first, Opinion::Accept).await.unwrap();
        let case = bench.store.claim(&one).await.unwrap().unwrap();
        assert_eq!(case.photo.id, next);
        assert_eq!(case.held_since, bench.store.now(), "looked at from now on, not since it was fetched");
        bench.store.leave(&one, next, "left", 0).await.unwrap();
        assert_eq!(bench.store.claim(&two).await.unwrap().unwrap().photo.id, next);
    });
}

#[test]
fn the_citizen_is_told_after_ten_seconds_and_not_before() {
    on_both(|bench| async move {
        let (order, photo) = bench.waiting("a").await;
        let one = bench.staff("one", Role::Reviewer).await;
        bench.store.claim(&one).await.unwrap();
        let first = bench.store.decide(&one, photo, reject("X01")).await.unwrap();
        bench.clock.pass_ms(UNDO_MS - 1);
        assert_eq!(bench.store.settle_due().await.unwrap(), 0);
        assert_eq!(bench.store.undo(&one, first.id).await.unwrap(), photo);
        let second = bench.store.decide(&one, photo, reject("X03")).await.unwrap();
        bench.clock.pass_ms(UNDO_MS);
        let late = bench.store.undo(&one, second.id).await;
        assert!(matches!(late, Err(StoreError::Review(ReviewError::TooLate))));
        assert_eq!(bench.store.settle_due().await.unwrap(), 1);
        assert_eq!(bench.store.settle_due().await.unwrap(), 0);
        let told = bench.store.messages_of(order.id).await.unwrap();
        assert_eq!(told.last().unwrap().happening, Happening::Rejected);
        assert_eq!(told.last().unwrap().codes, ["X03"]);
        assert_eq!(told.len(), 2);
    });
}

#[test]
fn a_rejected_photo_keeps_its_place_in_the_queue() {
    on_both(|bench| async move {
        let one = bench.staff("one", Role::Reviewer).await;
        let (early, _) = bench.waiting("a").await;
        bench.clock.pass_ms(1000);
        bench.decide_next(&one, reject("L03")).await;
        bench.clock.pass_ms(1000);
        bench.waiting("b").await;
        let again = bench.judged(&early, "c", "fits").await;
        let order = bench.store.submit(early.id, again, None, free(), false).await.unwrap();
        assert_eq!((order.state, order.price_fen), (OrderState::Waiting, 0));
        let case = bench.store.claim(&one).await.unwrap().unwrap();
        assert_eq!(case.photo.id, again, "the older order comes first");
        assert_eq!(case.earlier.len(), 1);
    });
}

#[test]
fn children_are_looked_at_by_two_who_do_not_see_each_other_and_the_lead_settles() {
    on_both(|bench| async move {
        let (one, two) = (bench.staff("one", Role::Reviewer).await, bench.staff("two", Role::Reviewer).await);
        let lead = bench.staff("lead", Role::Lead).await;
        let order = bench.draft().await;
        let photo = bench.judged(&order, "a", "fits").await;
        bench.store.submit(order.id, photo, None, free(), true).await.unwrap();
        bench.decide_next(&one, Opinion::Accept).await;
        assert!(bench.store.claim(&one).await.unwrap().is_none(), "nobody looks twice");
        let case = bench.store.claim(&two).await.unwrap().unwrap();
        assert_eq!((case.seat, case.child, case.opinions.len()), (Seat::Second, true, 0));
        bench.decide_next(&two, reject("X01")).await;
        assert!(bench.store.claim(&two).await.unwrap().is_none());
        let case = bench.store.claim(&lead).await.unwrap().unwrap();
        assert_eq!((case.seat, case.opinions.len()), (Seat::Lead, 2));
        bench.decide_next(&lead, Opinion::Accept).await;
        assert_eq!(bench.store.order(order.id).await.unwrap().unwrap().state, OrderState::Approved);
        let board = bench.store.board(huizhi_domain::clock::Moment(0)).await.unwrap();
        assert_eq!((board.decided, board.second_looks, board.disagreements), (3, 1, 1));
    });
}

#[test]
fn an_appeal_is_heard_once_by_somebody_else() {
    on_both(|bench| async move {
        let (one, two) = (bench.staff("one", Role::Reviewer).await, bench.staff("two", Role::Reviewer).await);
        let (order, photo) = bench.waiting("a").await;
        bench.decide_next(&one, reject("X01")).await;
        bench.store.appeal(order.id).await.unwrap();
        assert!(bench.store.claim(&one).await.unwrap().is_none());
        assert_eq!(bench.decide_next(&two, reject("X01")).await, photo);
        assert_eq!(bench.store.order(order.id).await.unwrap().unwrap().state, OrderState::Rejected);
        assert!(bench.store.appeal(order.id).await.is_err());
        let rejections = bench.store.messages_of(order.id).await.unwrap();
        assert_eq!(rejections.iter().filter(|it| it.happening == Happening::Rejected).count(), 2);
    });
}

#[test]
fn many_reviewers_at_once_never_hold_the_same_photo() {
    on_both(|bench| async move {
        for n in 0..6 {
            bench.waiting(&format!("face {n}")).await;
        }
        let mut tasks = Vec::new();
        for n in 0..12 {
            let (store, staff) = (bench.store.clone(), bench.staff(&format!("r{n}"), Role::Reviewer).await);
            tasks.push(tokio::spawn(async move { store.claim(&staff).await.unwrap().map(|case| case.photo.id) }));
        }
        let mut held = Vec::new();
        for task in tasks {
            held.extend(task.await.unwrap());
        }
        held.sort();
        held.dedup();
        assert_eq!(held.len(), 6);
    });
}

#[test]
fn a_photo_that_was_given_back_goes_to_others_first() {
    on_both(|bench| async move {
        let (one, two) = (bench.staff("one", Role::Reviewer).await, bench.staff("two", Role::Reviewer).await);
        let (_, first) = bench.waiting("a").await;
        bench.clock.pass_ms(1);
        let (_, second) = bench.waiting("b").await;
        bench.store.claim(&one).await.unwrap();
        bench.store.leave(&one, first, "known-person", HALF_AN_HOUR).await.unwrap();
        assert_eq!(bench.store.claim(&one).await.unwrap().unwrap().photo.id, second);
        assert_eq!(bench.store.claim(&two).await.unwrap().unwrap().photo.id, first);
        bench.store.leave(&two, first, "unsure", HALF_AN_HOUR).await.unwrap();
        bench.store.leave(&one, second, "pause", 0).await.unwrap();
        assert_eq!(bench.store.claim(&one).await.unwrap().unwrap().photo.id, second, "a pause keeps nothing away");
        bench.store.leave(&one, second, "pause", 0).await.unwrap();
        bench.clock.pass_ms(HALF_AN_HOUR);
        assert_eq!(bench.store.claim(&one).await.unwrap().unwrap().photo.id, first, "nothing waits for ever");
    });
}

#[test]
fn a_probe_is_seen_once_by_each_and_nobody_is_told() {
    on_both(|bench| async move {
        let new = NewOrder { document: "cn-resident-id".to_owned(), city: "441300".to_owned(), lang: Lang::Zh };
        let id = bench.store.add_probe(new, b"a probe", &reject("X01")).await.unwrap();
        bench.judge(id, "probe", "fits").await;
        assert_eq!(bench.store.queue().await.unwrap().waiting, 0, "a probe does not lengthen the queue");
        for (login, opinion) in [("one", Opinion::Accept), ("two", reject("X01"))] {
            let reviewer = bench.staff(login, Role::Reviewer).await;
            // One claim in a hundred brings a probe; an empty queue brings nothing else.
            let mut case = None;
            while case.is_none() {
                case = bench.store.claim(&reviewer).await.unwrap();
            }
            assert_eq!(case.unwrap().photo.id, id);
            bench.decide_next(&reviewer, opinion).await;
            for _ in 0..200 {
                assert!(bench.store.claim(&reviewer).await.unwrap().is_none());
            }
        }
        let board = bench.store.board(huizhi_domain::clock::Moment(0)).await.unwrap();
        assert_eq!((board.probes_seen, board.probes_right, board.decided), (2, 1, 0));
        assert_eq!(bench.issue().await, 0);
    });
}

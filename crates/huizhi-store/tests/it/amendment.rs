//! Amendments: versions, two persons, going back, and the figures of the dashboard.

use std::collections::BTreeMap;

use huizhi_domain::amendment::{AmendError, Amendment, Kind, State, Target};
use huizhi_domain::calendar::Calendar;
use huizhi_domain::id::StaffId;
use huizhi_domain::review::Opinion;
use huizhi_domain::staff::Role;
use huizhi_domain::visit::Businesses;
use huizhi_store::{NewAmendment, StoreError};

use crate::{Bench, free, on_both, reject};

fn target(kind: Kind, name: &str) -> Target {
    Target::new(kind, name).unwrap()
}

fn new(target: &Target, text: Option<&str>, on: i64, by: Option<StaffId>) -> NewAmendment {
    NewAmendment { target: target.clone(), text: text.map(str::to_owned), note: "why".to_owned(), on, by }
}

async fn live(bench: &Bench, target: &Target) -> Option<Amendment> {
    let all = bench.store.amendments().await.unwrap();
    all.into_iter().find(|it| it.target == *target && it.state == State::Live)
}

#[test]
fn what_takes_two_persons_waits_for_the_second_and_all_versions_stay() {
    on_both(|bench| async move {
        let store = &bench.store;
        let one = bench.staff("one", Role::Admin).await.id;
        let two = bench.staff("two", Role::Operator).await.id;
        let policy = target(Kind::Policy, "guangdong");
        let before = store.amendment_stamp().await.unwrap();
        assert_eq!(store.amend(new(&policy, Some("a"), 0, Some(one))).await.unwrap(), 1);
        assert!(store.amendment_stamp().await.unwrap() > before);
        assert!(live(&bench, &policy).await.is_none(), "it waits");
        let again = store.amend(new(&policy, Some("b"), 1, Some(two))).await;
        assert!(matches!(again, Err(StoreError::Amend(AmendError::Waits))), "{again:?}");
        let own = store.agree_to_amendment(&policy, 1, one).await;
        assert!(matches!(own, Err(StoreError::Amend(AmendError::SamePerson))), "{own:?}");
        store.agree_to_amendment(&policy, 1, two).await.unwrap();
        let held = live(&bench, &policy).await.unwrap();
        assert_eq!((held.text.as_deref(), held.agreed_by, held.live_at), (Some("a"), Some(two), Some(store.now())));
        let twice = store.agree_to_amendment(&policy, 1, two).await;
        assert!(matches!(twice, Err(StoreError::Amend(AmendError::Over))), "{twice:?}");

        // Refused, and handed in by the operator at the machine.
        store.amend(new(&policy, Some("c"), 1, Some(two))).await.unwrap();
        store.refuse_amendment(&policy, 2, one).await.unwrap();
        store.amend(new(&policy, None, 2, None)).await.unwrap();
        store.agree_to_amendment(&policy, 3, one).await.unwrap();
        let versions = store.amendment_versions(&policy).await.unwrap();
        let states: Vec<(i64, State)> = versions.iter().map(|it| (it.version, it.state)).collect();
        assert_eq!(states, [(3, State::Live), (2, State::Refused), (1, State::Former)]);
        assert_eq!(live(&bench, &policy).await.unwrap().text, None, "what comes with the program holds again");
        let unknown = store.agree_to_amendment(&policy, 9, one).await;
        assert!(matches!(unknown, Err(StoreError::Absent(_))), "{unknown:?}");
        store.check_log(&[]).await.unwrap().unwrap();
    });
}

#[test]
fn what_one_may_change_holds_at_once_and_nobody_writes_over_another() {
    on_both(|bench| async move {
        let store = &bench.store;
        let one = bench.staff("one", Role::Admin).await.id;
        let words = target(Kind::Words, "en.order");
        store.amend(new(&words, Some("a = 1"), 0, Some(one))).await.unwrap();
        assert_eq!(live(&bench, &words).await.unwrap().version, 1);
        let late = store.amend(new(&words, Some("a = 2"), 0, Some(one))).await;
        assert!(matches!(late, Err(StoreError::Amend(AmendError::Moved))), "{late:?}");
        store.amend(new(&words, Some("a = 3"), 1, Some(one))).await.unwrap();
        let back = store.amendment_versions(&words).await.unwrap().pop().unwrap();
        assert_eq!((back.version, back.state), (1, State::Former));
        store.amend(new(&words, back.text.as_deref(), 2, Some(one))).await.unwrap();
        let held = live(&bench, &words).await.unwrap();
        assert_eq!((held.version, held.text.as_deref()), (3, Some("a = 1")));
        // Another process sees the same.
        let other = bench.again().await;
        assert_eq!(other.amendment_stamp().await.unwrap(), store.amendment_stamp().await.unwrap());
        assert_eq!(other.amendments().await.unwrap(), store.amendments().await.unwrap());
        store.go_by(Calendar::built_in().unwrap(), Businesses::built_in().unwrap());
    });
}

#[test]
fn the_dashboard_counts_what_became_of_orders_and_not_what_each_reviewer_said() {
    on_both(|bench| async move {
        let store = &bench.store;
        let today = store.now().day(store.zone());
        let after = today.tomorrow().unwrap();
        let (one, two) = (bench.staff("one", Role::Reviewer).await, bench.staff("two", Role::Reviewer).await);
        let lead = bench.staff("lead", Role::Lead).await;
        let figures = async || {
            let found = store.dashboard(today, after).await.unwrap().remove("441300").unwrap_or_default();
            (found.accepted, found.rejected, found.codes)
        };
        // Two disagree, and the lead approves: one order, and no reason that anybody was told.
        let order = bench.draft().await;
        let photo = bench.judged(&order, "a", "fits").await;
        store.submit(order.id, photo, None, free(), true).await.unwrap();
        bench.decide_next(&one, Opinion::Accept).await;
        bench.decide_next(&two, reject("O02")).await;
        assert_eq!(figures().await, (0, 0, BTreeMap::new()), "it is open");
        bench.decide_next(&lead, Opinion::Accept).await;
        assert_eq!(figures().await, (1, 0, BTreeMap::new()));
        // One is sent back, and handed in again.
        let (order, _) = bench.waiting("b").await;
        bench.decide_next(&one, reject("O06")).await;
        let told = BTreeMap::from([("O06".to_owned(), 1)]);
        assert_eq!(figures().await, (1, 1, told.clone()));
        let again = bench.judged(&order, "c", "fits").await;
        store.submit(order.id, again, None, free(), false).await.unwrap();
        assert_eq!(figures().await, (1, 0, told), "it is open again, and the reason was told");
    });
}

#[test]
fn the_dashboard_counts_orders_decisions_and_receipts_by_city_and_day() {
    on_both(|bench| async move {
        let store = &bench.store;
        let today = store.now().day(store.zone());
        let reviewer = bench.staff("reviewer", Role::Reviewer).await;
        let empty = store.dashboard(today, today).await.unwrap();
        assert!(empty.is_empty(), "{empty:?}");
        bench.draft().await;
        bench.waiting("a").await;
        bench.clock.pass_ms(20 * 60_000);
        bench.decide_next(&reviewer, Opinion::Accept).await;
        assert_eq!(bench.issue().await, 1);
        let after = today.tomorrow().unwrap();
        let found = store.dashboard(today, after).await.unwrap();
        let here = &found["441300"];
        assert!(here.orders[&today] >= 1, "a draft is no order: {here:?}");
        assert_eq!((here.accepted, here.rejected), (1, 0));
        assert_eq!(here.wait().half_s, Some(20 * 60));
        assert_eq!((here.issued, here.used, here.unused), (1, 0, 0));
        assert!(here.codes.is_empty(), "{here:?}");
        // Two hundred days later nobody has used it.
        bench.clock.pass_ms(200 * 24 * 3_600_000);
        let found = store.dashboard(today, today).await.unwrap();
        assert_eq!(found["441300"].unused, 1);
        let later = store.dashboard(after, after).await.unwrap();
        assert!(later.is_empty(), "{later:?}");
    });
}

//! Cases that we decide for a peer. The peer is played.

use huizhi_domain::id::AttemptId;
use huizhi_domain::peer::body::{CaseBody, CaseName, CaseStanding, DecisionBody, Heard, Outcome, read, text};
use huizhi_domain::receipt::Issuer;
use huizhi_domain::review::{Opinion, ReviewError};
use huizhi_domain::staff::{Role, Staff};
use huizhi_store::{NewCase, Result, StoreError};

use crate::{Bench, on_both, reject};

const FIRST: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn city() -> Issuer {
    "GZ".parse().unwrap()
}

fn case(attempt: &str, round: i32) -> CaseBody {
    CaseBody {
        attempt: attempt.parse().unwrap(),
        round,
        document: "cn-resident-id".to_owned(),
        city: "440100".to_owned(),
        rules: "2026.1".to_owned(),
        child: false,
        queued_at: huizhi_domain::clock::Moment(1_795_571_000_000),
        verdict: "fits".to_owned(),
        codes: vec!["O01".to_owned()],
        reason: None,
        before: (round > 1).then(|| reject("X01")),
    }
}

fn name(said: &CaseBody) -> CaseName {
    CaseName { attempt: said.attempt, round: said.round }
}

async fn give(bench: &Bench, said: &CaseBody) -> Result<CaseStanding> {
    let (text, report) = (text(said), b"{\"findings\":[]}");
    let new = NewCase {
        peer: city(),
        said: said.clone(),
        text: &text,
        preview: b"preview",
        id_photo: b"id photo",
        report,
        head: None,
    };
    bench.store.take_case(new).await
}

/// Reviewers say the same until the case is decided; chance may ask for two.
async fn decide(bench: &Bench, staff: &[Staff], opinion: Opinion) {
    for one in staff {
        while bench.store.claim(one).await.unwrap().is_some() {
            bench.decide_next(one, opinion.clone()).await;
        }
    }
}

async fn reviewers(bench: &Bench) -> Vec<Staff> {
    vec![bench.staff("one", Role::Reviewer).await, bench.staff("two", Role::Reviewer).await]
}

fn files(bench: &Bench) -> usize {
    std::fs::read_dir(bench.folder.path().join("blobs")).unwrap().count()
}

#[test]
fn a_case_given_twice_is_one_and_its_decision_is_listed_until_it_is_acknowledged() {
    on_both(|bench| async move {
        let staff = reviewers(&bench).await;
        let said = case(FIRST, 1);
        for _ in 0..2 {
            assert_eq!(give(&bench, &said).await.unwrap().state, "open");
        }
        assert_eq!((bench.store.queue().await.unwrap().waiting, files(&bench)), (1, 2));
        let other = CaseBody { child: true, ..said.clone() };
        assert!(matches!(give(&bench, &other).await, Err(StoreError::Conflict(_))), "another case of the same name");
        assert_eq!(files(&bench), 2);
        let found = bench.store.claim(&staff[0]).await.unwrap().unwrap();
        assert_eq!(found.order.city, "440100");
        assert!(bench.store.applicant(found.order.id).await.unwrap().is_none());
        bench.store.leave(&staff[0], found.photo.id, "pause", 0).await.unwrap();
        decide(&bench, &staff, Opinion::Accept).await;
        let listed = bench.store.decisions_for(city(), 50).await.unwrap();
        assert_eq!(listed, bench.store.decisions_for(city(), 50).await.unwrap());
        let decision: DecisionBody = read(&listed[0]).unwrap();
        assert_eq!((listed.len(), decision.attempt, &decision.opinion), (1, said.attempt, &Opinion::Accept));
        assert_eq!(decision.case, give(&bench, &said).await.unwrap().case);
        assert_eq!(bench.issue().await, 0, "no receipt here");
        assert!(bench.store.messages_of(found.order.id).await.unwrap().is_empty(), "and nobody to tell");
        assert_eq!(bench.store.expire_orders().await.unwrap(), 0);
        let heard = |digest: &str| Heard {
            attempt: said.attempt,
            round: 1,
            decision: digest.to_owned(),
            outcome: Outcome::Applied,
        };
        assert_eq!(bench.store.close_cases(city(), vec![heard("another")], None).await.unwrap(), 0);
        let digest = DecisionBody::digest(&listed[0]);
        assert_eq!(bench.store.close_cases("ZZ".parse().unwrap(), vec![heard(&digest)], None).await.unwrap(), 0);
        assert_eq!(bench.store.close_cases(city(), vec![heard(&digest)], None).await.unwrap(), 1);
        assert_eq!(bench.store.close_cases(city(), vec![heard(&digest)], None).await.unwrap(), 0);
        assert_eq!((bench.store.decisions_for(city(), 50).await.unwrap().len(), files(&bench)), (0, 0));
        assert_eq!(give(&bench, &said).await.unwrap().state, "acknowledged");
    });
}

#[test]
fn a_recall_takes_the_case_from_whoever_holds_it_and_keeps_out_one_that_comes_later() {
    on_both(|bench| async move {
        let staff = reviewers(&bench).await;
        let said = case(FIRST, 1);
        give(&bench, &said).await.unwrap();
        let held = bench.store.claim(&staff[0]).await.unwrap().unwrap().photo.id;
        assert_eq!(bench.store.recall_case(city(), name(&said), None).await.unwrap().state, "recalled");
        let late = bench.store.decide(&staff[0], held, Opinion::Accept).await;
        assert!(matches!(late, Err(StoreError::Review(ReviewError::NotHeld))), "{late:?}");
        assert_eq!((files(&bench), give(&bench, &said).await.unwrap().state.as_str()), (0, "recalled"));

        // While the ten seconds run.
        let said = case("01ARZ3NDEKTSV4RRFFQ69G5FAW", 1);
        give(&bench, &said).await.unwrap();
        let held = bench.store.claim(&staff[0]).await.unwrap().unwrap().photo.id;
        bench.store.decide(&staff[0], held, Opinion::Accept).await.unwrap();
        bench.store.recall_case(city(), name(&said), None).await.unwrap();
        bench.clock.pass_ms(20_000);
        assert_eq!(bench.store.settle_due().await.unwrap(), 0);
        assert!(bench.store.decisions_for(city(), 50).await.unwrap().is_empty());

        // After it was decided, and before it came.
        let said = case("01ARZ3NDEKTSV4RRFFQ69G5FAX", 1);
        give(&bench, &said).await.unwrap();
        decide(&bench, &staff, Opinion::Accept).await;
        assert_eq!(bench.store.decisions_for(city(), 50).await.unwrap().len(), 1);
        bench.store.recall_case(city(), name(&said), None).await.unwrap();
        assert!(bench.store.decisions_for(city(), 50).await.unwrap().is_empty());
        let said = case("01ARZ3NDEKTSV4RRFFQ69G5FAY", 1);
        let standing = bench.store.recall_case(city(), name(&said), None).await.unwrap();
        assert_eq!((standing.state.as_str(), standing.case.as_str()), ("recalled", ""));
        assert_eq!(give(&bench, &said).await.unwrap().state, "recalled");
        assert_eq!((files(&bench), bench.store.queue().await.unwrap().waiting), (0, 0));
    });
}

#[test]
fn an_appeal_comes_back_to_the_desk_and_not_to_who_decided() {
    on_both(|bench| async move {
        let staff = reviewers(&bench).await;
        let lead = bench.staff("lead", Role::Lead).await;
        give(&bench, &case(FIRST, 1)).await.unwrap();
        decide(&bench, &staff, reject("X01")).await;
        let first = bench.store.decisions_for(city(), 50).await.unwrap().remove(0);
        let said = case(FIRST, 2);
        assert_eq!(give(&bench, &said).await.unwrap().state, "open");
        let attempt: AttemptId = FIRST.parse().unwrap();
        let heard = Heard { attempt, round: 1, decision: DecisionBody::digest(&first), outcome: Outcome::Applied };
        assert_eq!(bench.store.close_cases(city(), vec![heard], None).await.unwrap(), 1);
        assert_eq!(files(&bench), 2, "the photos of the open round stay");
        assert!(bench.store.claim(&staff[0]).await.unwrap().is_none());
        let three = bench.staff("three", Role::Reviewer).await;
        bench.decide_next(&three, Opinion::Accept).await;
        assert!(bench.store.decisions_for(city(), 50).await.unwrap().is_empty(), "overturning is the lead's");
        bench.decide_next(&lead, Opinion::Accept).await;
        let listed = bench.store.decisions_for(city(), 50).await.unwrap();
        let decision: DecisionBody = read(&listed[0]).unwrap();
        assert_eq!((listed.len(), decision.round, decision.opinion), (1, 2, Opinion::Accept));
        // One whose first round was elsewhere.
        let said = case("01ARZ3NDEKTSV4RRFFQ69G5FAW", 2);
        assert_eq!(give(&bench, &said).await.unwrap().state, "open");
        bench.decide_next(&three, reject("X01")).await;
        assert_eq!(bench.store.decisions_for(city(), 50).await.unwrap().len(), 2);
    });
}

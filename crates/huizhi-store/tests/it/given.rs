//! Cases that a peer decides for us. The peer is played.

use huizhi_domain::clock::Moment;
use huizhi_domain::id::AttemptId;
use huizhi_domain::message::Happening;
use huizhi_domain::order::OrderState;
use huizhi_domain::peer::body::{DecisionBody, GIVE, Outcome, text};
use huizhi_domain::peer::case::{GivenState, SILENT_MS};
use huizhi_domain::peer::envelope::digest;
use huizhi_domain::peer::{Centre, Peer, PeerKey, Right};
use huizhi_domain::receipt::{Issuer, Signer};
use huizhi_domain::review::Opinion;
use huizhi_domain::staff::Role;
use huizhi_store::{Back, CaseErrand, StoreError};

use crate::{Bench, on_both, reject};

fn centre() -> Issuer {
    "GD".parse().unwrap()
}

/// A province that reviews for 惠州市.
async fn province(bench: &Bench) {
    let key = PeerKey::new(Signer::new(&[7; 32]).public(), Moment(0), None).unwrap();
    let (code, address) = (centre(), "https://gd.example".to_owned());
    let peer = Peer { code, name: "广东".to_owned(), address, rights: vec![Right::ReviewForUs], keys: vec![key] };
    bench.store.put_peer(&peer).await.unwrap();
    bench.store.set_centre("441300", Centre::Remote(code)).await.unwrap();
}

fn decision(errand: &CaseErrand, opinion: Opinion) -> (String, DecisionBody) {
    let (attempt, round, case) = (errand.attempt, errand.round, errand.digest.clone());
    let said = DecisionBody { attempt, round, case, opinion, decided_at: Moment(5) };
    (text(&said), said)
}

async fn apply(bench: &Bench, errand: &CaseErrand, opinion: Opinion) -> Option<Outcome> {
    let (text, said) = decision(errand, opinion);
    bench.store.apply_decision(centre(), &text, said, None).await.unwrap()
}

/// The one errand that is due.
async fn errand(bench: &Bench) -> CaseErrand {
    let mut due = bench.store.claim_errands(16).await.unwrap();
    assert_eq!(due.len(), 1, "{due:?}");
    due.remove(0)
}

async fn logged(bench: &Bench, action: &str) -> usize {
    let entries = bench.store.log_entries(0, 10_000).await.unwrap();
    let action = format!("\"action\":\"{action}\"");
    entries.iter().filter(|(_, entry)| String::from_utf8_lossy(entry).contains(&action)).count()
}

async fn state(bench: &Bench, id: AttemptId) -> OrderState {
    let of = bench.store.photo(id).await.unwrap().unwrap().order;
    bench.store.order(of).await.unwrap().unwrap().state
}

#[test]
fn a_submitted_photo_goes_to_the_citys_centre_and_its_decision_is_followed_once() {
    on_both(|bench| async move {
        province(&bench).await;
        let (order, photo) = bench.waiting("a").await;
        let one = bench.staff("one", Role::Reviewer).await;
        assert!(bench.store.claim(&one).await.unwrap().is_none(), "it is not for the own desk");
        assert_eq!(bench.store.queue().await.unwrap().waiting, 0);
        let due = errand(&bench).await;
        assert_eq!((due.attempt, due.round, due.state), (photo, 1, GivenState::ToGive));
        let case = bench.store.case_to_give(photo).await.unwrap();
        assert_eq!(digest(GIVE, &case.body), due.digest, "what is sent is what the log says");
        assert_eq!(case.id_photo, b"id photo a");
        assert!(bench.store.claim_errands(16).await.unwrap().is_empty(), "somebody has it in hand");
        bench.store.errand_failed(&due, "time-out").await.unwrap();
        assert!(bench.store.claim_errands(16).await.unwrap().is_empty(), "after a pause");
        bench.clock.pass_ms(1500);
        let again = errand(&bench).await;
        assert_eq!(again.tries, 2);
        bench.store.errand_done(&again, None).await.unwrap();
        bench.store.errand_done(&again, None).await.unwrap();
        assert_eq!((logged(&bench, "case.given").await > 0, logged(&bench, "case.arrived").await), (true, 1));

        let other = CaseErrand { digest: "another case".to_owned(), ..again.clone() };
        assert_eq!(apply(&bench, &other, Opinion::Accept).await, Some(Outcome::Unknown));
        let nobodys: AttemptId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let other = CaseErrand { attempt: nobodys, ..again.clone() };
        assert_eq!(apply(&bench, &other, Opinion::Accept).await, Some(Outcome::Unknown));
        assert_eq!(state(&bench, photo).await, OrderState::Waiting);
        for _ in 0..2 {
            assert_eq!(apply(&bench, &again, Opinion::Accept).await, Some(Outcome::Applied));
        }
        assert_eq!(apply(&bench, &again, reject("X01")).await, Some(Outcome::Unknown), "decided otherwise");
        assert_eq!(bench.store.order(order.id).await.unwrap().unwrap().state, OrderState::Approved);
        assert_eq!((bench.issue().await, bench.issue().await), (1, 0));
        assert_eq!((logged(&bench, "case.applied").await, logged(&bench, "order.approved").await), (1, 1));
        let heard = bench.store.to_acknowledge(centre()).await.unwrap();
        assert_eq!(heard.len(), 1);
        assert_eq!(heard[0].decision, DecisionBody::digest(&decision(&again, Opinion::Accept).0));
        bench.store.acknowledged(centre(), heard).await.unwrap();
        assert!(bench.store.to_acknowledge(centre()).await.unwrap().is_empty());
        assert!(bench.store.peers_to_ask().await.unwrap().is_empty());
    });
}

#[test]
fn a_decision_that_comes_before_the_word_that_the_case_arrived_is_followed_too() {
    on_both(|bench| async move {
        province(&bench).await;
        let (_, photo) = bench.waiting("a").await;
        let due = errand(&bench).await;
        assert_eq!(bench.store.peers_to_ask().await.unwrap(), [centre()]);
        assert!(bench.store.peers_to_ask().await.unwrap().is_empty(), "somebody asks");
        assert_eq!(apply(&bench, &due, reject("X01")).await, Some(Outcome::Applied));
        bench.store.errand_done(&due, None).await.unwrap();
        bench.clock.pass_ms(90_000);
        assert!(bench.store.claim_errands(16).await.unwrap().is_empty());
        assert_eq!(state(&bench, photo).await, OrderState::Rejected);
        let of = bench.store.photo(photo).await.unwrap().unwrap().order;
        let told = bench.store.messages_of(of).await.unwrap();
        assert_eq!(told.iter().filter(|it| it.happening == Happening::Rejected && it.codes == ["X01"]).count(), 1);
    });
}

#[test]
fn a_withdrawn_order_is_recalled_and_a_late_decision_changes_nothing() {
    on_both(|bench| async move {
        province(&bench).await;
        let (order, _) = bench.waiting("a").await;
        let given = errand(&bench).await;
        bench.store.errand_done(&given, None).await.unwrap();
        bench.store.withdraw(order.id).await.unwrap();
        assert_eq!(apply(&bench, &given, Opinion::Accept).await, None, "it will hear of the recall");
        let recall = errand(&bench).await;
        assert_eq!(recall.state, GivenState::ToRecall);
        bench.store.errand_done(&recall, None).await.unwrap();
        assert_eq!(apply(&bench, &given, Opinion::Accept).await, Some(Outcome::Dropped));
        assert_eq!(bench.store.order(order.id).await.unwrap().unwrap().state, OrderState::Withdrawn);
        assert_eq!(bench.issue().await, 0);
        // One of which nothing was said is not taken back.
        let (order, _) = bench.waiting("b").await;
        bench.store.withdraw(order.id).await.unwrap();
        assert!(bench.store.claim_errands(16).await.unwrap().is_empty());
    });
}

#[test]
fn the_operator_takes_cases_of_a_silent_peer_back_to_the_own_desk() {
    on_both(|bench| async move {
        province(&bench).await;
        let (order, photo) = bench.waiting("a").await;
        let given = errand(&bench).await;
        bench.store.errand_done(&given, None).await.unwrap();
        bench.store.line_is(centre(), Some("time-out")).await.unwrap();
        let at = bench.store.at_peer(&order).await.unwrap().unwrap();
        assert!(!at.is_silent(bench.store.now()));
        bench.clock.pass_ms(SILENT_MS);
        bench.store.line_is(centre(), Some("time-out")).await.unwrap();
        let at = bench.store.at_peer(&order).await.unwrap().unwrap();
        assert!(at.is_silent(bench.store.now()) && at.name == "广东");
        let queues = bench.store.peer_queues().await.unwrap();
        assert_eq!((queues.len(), queues[0].given, queues[0].fault.as_deref()), (1, 1, Some("time-out")));
        let busy = bench.store.remove_peer(centre()).await;
        assert!(matches!(busy, Err(StoreError::InUse(_))), "{busy:?}");
        assert_eq!(bench.store.take_back(Back::City("440100".to_owned())).await.unwrap(), 0);
        assert_eq!(bench.store.take_back(Back::Peer(centre())).await.unwrap(), 1);
        assert_eq!(bench.store.take_back(Back::Order(order.id)).await.unwrap(), 0);
        assert!(bench.store.at_peer(&order).await.unwrap().is_none());
        let one = bench.staff("one", Role::Reviewer).await;
        assert_eq!(bench.decide_next(&one, Opinion::Accept).await, photo);
        assert_eq!(apply(&bench, &given, reject("X01")).await, None);
        assert_eq!(bench.issue().await, 1);
    });
}

#[test]
fn an_appeal_goes_to_who_decided_first() {
    on_both(|bench| async move {
        province(&bench).await;
        let (order, _) = bench.waiting("a").await;
        let given = errand(&bench).await;
        bench.store.errand_done(&given, None).await.unwrap();
        apply(&bench, &given, reject("X01")).await;
        bench.store.set_centre("441300", Centre::BuiltIn).await.unwrap();
        bench.store.appeal(order.id).await.unwrap();
        let again = errand(&bench).await;
        assert_eq!((again.round, again.state), (2, GivenState::ToGive));
        let case = bench.store.case_to_give(given.attempt).await.unwrap();
        assert!(case.body.contains("\"before\":{\"says\":\"reject\""), "{}", case.body);
        assert_eq!(digest(GIVE, &case.body), again.digest);
        assert_eq!(apply(&bench, &again, Opinion::Accept).await, Some(Outcome::Applied));
        assert_eq!(bench.issue().await, 1);
        // And one that the own desk rejected stays with it.
        let one = bench.staff("one", Role::Reviewer).await;
        let (order, _) = bench.waiting("b").await;
        bench.decide_next(&one, reject("X01")).await;
        bench.store.set_centre("441300", Centre::Remote(centre())).await.unwrap();
        bench.store.appeal(order.id).await.unwrap();
        assert!(bench.store.at_peer(&bench.store.order(order.id).await.unwrap().unwrap()).await.unwrap().is_none());
    });
}

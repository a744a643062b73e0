//! Photos of one service's receipts at another's windows: what either side writes down.

use huizhi_domain::message::Happening;
use huizhi_domain::peer::body::{Asked, Given};
use huizhi_domain::receipt::{FetchError, RESERVED_MS, ReceiptNumber, Taker};
use huizhi_domain::review::Opinion;
use huizhi_domain::staff::{Role, Staff};
use huizhi_store::{ElsewhereState, PeerAsks, Said, StoreError, Window};

use crate::{Bench, on_both};

const CARD: &str = "cn-resident-id";

fn asked(number: &ReceiptNumber, office: &str, act: &str) -> Asked {
    Asked {
        number: number.reveal().to_owned(),
        document: CARD.to_owned(),
        purpose: "renewal".to_owned(),
        office: office.to_owned(),
        office_name: format!("窗口 {office}"),
        clerk: "clerk".to_owned(),
        act: act.to_owned(),
    }
}

fn asks(asked: &Asked) -> PeerAsks<'_> {
    PeerAsks { peer: "GZ".parse().unwrap(), asked, digest: "digest", head: None }
}

async fn issued(bench: &Bench) -> (ReceiptNumber, huizhi_domain::id::OrderId) {
    let reviewer = bench.staff("one", Role::Reviewer).await;
    let (order, _) = bench.waiting("a").await;
    bench.decide_next(&reviewer, Opinion::Accept).await;
    bench.issue().await;
    (bench.store.receipt_of(order.id).await.unwrap().unwrap().number, order.id)
}

/// A well-formed number of another issuer.
fn foreign() -> ReceiptNumber {
    let alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut pairs = alphabet.chars().flat_map(|a| alphabet.chars().map(move |b| format!("GZ0000000000000000{a}{b}")));
    pairs.find_map(|text| text.parse().ok()).unwrap()
}

fn window(clerk: &Staff) -> Window {
    Window { staff: clerk.id, office: clerk.office.unwrap(), purpose: "renewal".to_owned() }
}

fn taken(error: StoreError) -> Taker {
    let StoreError::Fetch(FetchError::Taken(used)) = error else { panic!("{error}") };
    used.by
}

#[test]
fn a_peer_uses_a_photo_once_however_often_and_late_it_says_so() {
    on_both(|bench| async move {
        let (number, order) = issued(&bench).await;
        let clerk = bench.staff("clerk", Role::Clerk).await;
        let mine = asked(&number, "1", "act-1");
        let fetched = bench.store.reserve_for(&number, &asks(&mine)).await.unwrap();
        assert_eq!(fetched.photo, b"id photo a");
        // The same office may ask again, another of the peer's and ours may not.
        bench.store.reserve_for(&number, &asks(&mine)).await.unwrap();
        let other = asked(&number, "2", "act-2");
        assert!(matches!(taken(bench.store.reserve_for(&number, &asks(&other)).await.err().unwrap()), Taker::Peer(_)));
        assert!(bench.store.reserve(&number, CARD, &window(&clerk)).await.is_err());
        assert!(bench.store.consume(&number, CARD, &window(&clerk)).await.is_err());
        // The line was down for an hour.
        bench.clock.pass_ms(6 * RESERVED_MS);
        let used = bench.store.consume_for(&number, &asks(&mine)).await.unwrap();
        bench.clock.pass_ms(1000);
        assert_eq!(bench.store.consume_for(&number, &asks(&mine)).await.unwrap(), used);
        let told = bench.store.messages_of(order).await.unwrap();
        assert_eq!(told.iter().filter(|it| it.happening == Happening::ReceiptUsed).count(), 1);
        for error in [
            bench.store.reserve_for(&number, &asks(&mine)).await.err().unwrap(),
            bench.store.reserve(&number, CARD, &window(&clerk)).await.err().unwrap(),
        ] {
            let Taker::Peer(office) = taken(error) else { panic!() };
            assert_eq!((office.peer.to_string().as_str(), office.name.as_str()), ("GZ", "窗口 1"));
        }
    });
}

#[test]
fn who_took_the_photo_in_between_keeps_it_and_what_is_given_back_is_free() {
    on_both(|bench| async move {
        let (number, _) = issued(&bench).await;
        let clerk = bench.staff("clerk", Role::Clerk).await;
        let mine = asked(&number, "1", "act-1");
        bench.store.reserve_for(&number, &asks(&mine)).await.unwrap();
        // Another's name for the reservation gives nothing back.
        bench.store.release_for(&number, &asks(&asked(&number, "1", "act-2"))).await.unwrap();
        assert!(bench.store.reserve(&number, CARD, &window(&clerk)).await.is_err());
        bench.store.release_for(&number, &asks(&mine)).await.unwrap();
        bench.store.reserve(&number, CARD, &window(&clerk)).await.unwrap();
        assert!(matches!(taken(bench.store.consume_for(&number, &asks(&mine)).await.err().unwrap()), Taker::Office(_)));
        bench.store.consume(&number, CARD, &window(&clerk)).await.unwrap();
        assert!(matches!(taken(bench.store.consume_for(&number, &asks(&mine)).await.err().unwrap()), Taker::Office(_)));
    });
}

#[test]
fn a_use_is_told_until_the_peer_knows_and_by_one_at_a_time() {
    on_both(|bench| async move {
        let store = &bench.store;
        let clerk = bench.staff("clerk", Role::Clerk).await;
        let (window, office) = (window(&clerk), store.office(clerk.office.unwrap()).await.unwrap().unwrap());
        let number = foreign();
        let asked = store.asked_elsewhere(&number, CARD, &window, &office, None);
        let given = |until| Given {
            receipt: "1".to_owned(),
            document: CARD.to_owned(),
            applicant: None,
            valid_until: "2027-01-24".to_owned(),
            reserved_until: until,
        };
        let said = Said { digest: "d", head: None };
        let until = store.now().after_ms(RESERVED_MS);
        store.fetched_elsewhere(&number, &window, &asked, &given(until), said).await.unwrap();
        let held = store.elsewhere(&number, CARD).await.unwrap().unwrap();
        assert_eq!(
            (held.state, store.asked_of(&held).unwrap().number.as_str()),
            (ElsewhereState::Held, number.reveal())
        );
        // Asked again by the same office it is the same reservation.
        assert_eq!(store.asked_elsewhere(&number, CARD, &window, &office, Some(&held)).act, asked.act);
        store.fetched_elsewhere(&number, &window, &asked, &given(until), said).await.unwrap();
        let used = store.use_elsewhere(&held, &window).await.unwrap();
        assert!(matches!(store.use_elsewhere(&held, &window).await, Err(StoreError::Absent(_))), "once");
        assert!(store.claim_elsewhere(8).await.unwrap().is_empty(), "whoever wrote it down tells it first");
        store.postpone_elsewhere(&used, "connect").await.unwrap();
        bench.clock.pass_ms(3000);
        let again = bench.again().await;
        let (one, other) = (store.claim_elsewhere(8).await.unwrap(), again.claim_elsewhere(8).await.unwrap());
        assert_eq!((one.len(), other.len(), one[0].fault.as_deref()), (1, 0, Some("connect")));
        // It dies; another follows after two minutes.
        bench.clock.pass_ms(121_000);
        let followed = again.claim_elsewhere(8).await.unwrap().remove(0);
        assert_eq!(store.open_elsewhere(office.id).await.unwrap().len(), 1);
        let at = store.now();
        store.consumed_elsewhere(&followed, at, said).await.unwrap();
        store.refused_elsewhere(&one[0], "taken-used", said).await.unwrap();
        let settled = store.elsewhere(&number, CARD).await.unwrap().unwrap();
        assert_eq!(
            (settled.state, settled.used_at),
            (ElsewhereState::Consumed, Some(at)),
            "who comes late changes nothing"
        );
        assert!(store.asked_of(&settled).is_err(), "the number is gone");
        assert!(store.open_elsewhere(office.id).await.unwrap().is_empty());
    });
}

#[test]
fn what_a_window_holds_too_long_or_gives_back_is_forgotten() {
    on_both(|bench| async move {
        let store = &bench.store;
        let clerk = bench.staff("clerk", Role::Clerk).await;
        let (window, office) = (window(&clerk), store.office(clerk.office.unwrap()).await.unwrap().unwrap());
        for gives_back in [true, false] {
            let number = foreign();
            let asked = store.asked_elsewhere(&number, CARD, &window, &office, None);
            let given = Given {
                receipt: "1".to_owned(),
                document: CARD.to_owned(),
                applicant: None,
                valid_until: "2027-01-24".to_owned(),
                reserved_until: store.now().after_ms(RESERVED_MS),
            };
            store.fetched_elsewhere(&number, &window, &asked, &given, Said { digest: "d", head: None }).await.unwrap();
            let held = store.elsewhere(&number, CARD).await.unwrap().unwrap();
            if gives_back {
                store.release_elsewhere(&held, &window).await.unwrap();
            } else {
                bench.clock.pass_ms(RESERVED_MS);
                assert!(matches!(store.use_elsewhere(&held, &window).await, Err(StoreError::Absent(_))), "too late");
                store.lapse_elsewhere().await.unwrap();
            }
            assert_eq!(store.elsewhere(&number, CARD).await.unwrap(), None);
        }
    });
}

//! Peers and their envelopes.

use huizhi_domain::clock::Moment;
use huizhi_domain::peer::envelope::EnvelopeError;
use huizhi_domain::peer::{Peer, PeerKey, Right};
use huizhi_store::StoreError;

use crate::{Bench, on_both};

/// The store as its own peer, under other characters it would be refused; its envelopes are for itself.
async fn itself(bench: &Bench) -> Peer {
    let key = PeerKey::new(bench.store.keys().signer.public(), Moment(0), None).unwrap();
    let (code, address) = (bench.store.issuer(), "https://centre.example".to_owned());
    let peer = Peer {
        code,
        name: "中心".to_owned(),
        address,
        rights: vec![Right::ReviewForUs, Right::Receipts],
        keys: vec![key],
    };
    bench.store.put_peer(&peer).await.unwrap();
    peer
}

#[test]
fn a_peer_is_kept_with_its_keys_and_what_was_agreed_on() {
    on_both(|bench| async move {
        let mut peer = itself(&bench).await;
        assert_eq!(bench.store.peer(peer.code).await.unwrap(), Some(peer.clone()));
        assert!(bench.store.peer_with(peer.code, Right::WeReviewForIt).await.unwrap().is_none());
        peer.rights = vec![Right::WeReviewForIt];
        peer.address = "https://other.example".to_owned();
        bench.store.put_peer(&peer).await.unwrap();
        assert_eq!(bench.store.peer_with(peer.code, Right::WeReviewForIt).await.unwrap(), Some(peer.clone()));
        let ended = PeerKey { until: Some(Moment(5)), ..peer.keys[0].clone() };
        bench.store.put_peer_key(peer.code, &ended).await.unwrap();
        assert_eq!(bench.store.peer(peer.code).await.unwrap().unwrap().keys, std::slice::from_ref(&ended));
        let nobody = bench.store.put_peer_key("ZZ".parse().unwrap(), &ended).await;
        assert!(matches!(nobody, Err(StoreError::Absent("peer"))));
        bench.store.remove_peer(peer.code).await.unwrap();
        assert!(bench.store.peers().await.unwrap().is_empty());
    });
}

#[test]
fn an_envelope_is_heard_once_whichever_process_hears_it_and_is_forgotten_when_its_time_is_over() {
    on_both(|bench| async move {
        let peer = itself(&bench).await;
        let asked = bench.store.question(peer.code, "hello", "{}".to_owned(), &[("photo", b"face")]).await.unwrap();
        let heard = bench.store.hear(&asked.message).await.unwrap().unwrap();
        assert_eq!(heard.file("photo"), Some(&b"face"[..]));
        let again = bench.again().await;
        for store in [&bench.store, &again] {
            assert_eq!(store.hear(&asked.message).await.unwrap().err(), Some(EnvelopeError::Replayed));
        }
        bench.clock.pass_ms(179_000);
        bench.store.forget_envelopes().await.unwrap();
        assert_eq!(again.hear(&asked.message).await.unwrap().err(), Some(EnvelopeError::Replayed));
        bench.clock.pass_ms(2_000);
        bench.store.forget_envelopes().await.unwrap();
        assert!(matches!(again.hear(&asked.message).await.unwrap().err(), Some(EnvelopeError::Over(_))));
    });
}

//! A service hears envelopes in process, and is asked over a real connection.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use huizhi_domain::clock::{Clock, Moment};
use huizhi_domain::peer::body::{HELLO, Hello, text};
use huizhi_domain::peer::envelope::REFUSED;
use huizhi_domain::peer::{Card, Peer, PeerKey, Right};
use huizhi_outside::{Outside, OutsideSettings};
use huizhi_store::{Keys, Question, Store};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::ask;
use crate::citizen::tests::{Says, Service};
use crate::routes::routes;

/// Another service: its store, with the clock of the first.
struct Other {
    store: Store,
    _folder: TempDir,
}

struct Same(Store, i64);

impl Clock for Same {
    fn now(&self) -> Moment {
        self.0.now().after_ms(self.1)
    }
}

impl Other {
    async fn new(service: &Service, ahead_ms: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::in_folder(&folder.path().join("keys")).unwrap();
        let clock = Arc::new(Same(service.app.store.clone(), ahead_ms));
        let store = Store::embedded(&folder.path().join("data"), keys, clock, "GZ".parse().unwrap()).await.unwrap();
        Self { store, _folder: folder }
    }
}

/// Makes one known to the other.
async fn know(store: &Store, card: &Card, rights: &[Right]) -> Peer {
    use base64::Engine as _;
    let key = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&card.key).unwrap();
    let key = PeerKey::new(key.try_into().unwrap(), Moment(0), None).unwrap();
    let peer = Peer {
        code: card.code,
        name: card.name.clone(),
        address: card.address.clone(),
        rights: rights.to_vec(),
        keys: vec![key],
    };
    store.put_peer(&peer).await.unwrap();
    peer
}

/// Both know each other; the service is at an address.
async fn met(service: &Service, other: &Other, address: &str) -> Peer {
    know(&service.app.store, &other.store.card("广州", "https://gz.example"), &[Right::WeReviewForIt]).await;
    know(&other.store, &service.app.store.card("惠州", address), &[Right::ReviewForUs]).await
}

async fn post(router: &Router, kind: &str, message: Vec<u8>) -> (StatusCode, Vec<u8>) {
    let request = Request::builder().method("POST").uri(format!("/peer/v1/{kind}")).body(Body::from(message)).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    (status, to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
}

fn hello() -> String {
    text(&Hello { version: "test".to_owned(), clock_ms: 1 })
}

async fn question(other: &Other, kind: &str, body: String) -> Question {
    other.store.question("HZ".parse().unwrap(), kind, body, &[]).await.unwrap()
}

fn code(body: &[u8]) -> String {
    let problem: Value = serde_json::from_slice(body).unwrap();
    problem["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_question_is_answered_signed_and_the_same_envelope_is_not_heard_twice() {
    let service = Service::new(Says::Fits).await;
    let other = Other::new(&service, 0).await;
    let peer = met(&service, &other, "https://hz.example").await;
    let router = routes(service.app.clone());
    let asked = question(&other, HELLO, hello()).await;
    let (status, message) = post(&router, HELLO, asked.message.clone()).await;
    assert_eq!(status, StatusCode::OK);
    let heard = other.store.hear_answer(&peer, &asked.envelope, &message).unwrap();
    assert_eq!(heard.envelope.kind, HELLO);
    assert!(heard.head().is_some(), "the log's head goes with it");
    let (status, body) = post(&router, HELLO, asked.message).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "replayed"));
    // An answer fits no other question.
    let another = question(&other, HELLO, hello()).await;
    assert_eq!(other.store.hear_answer(&peer, &another.envelope, &message).err().unwrap().word(), "other-question");
}

#[tokio::test]
async fn envelopes_that_do_not_open_and_questions_that_were_not_agreed_on_are_told_apart() {
    let service = Service::new(Says::Fits).await;
    let other = Other::new(&service, 0).await;
    let router = routes(service.app.clone());
    let asked = question(&other, HELLO, hello()).await;
    let (status, body) = post(&router, HELLO, asked.message).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::FORBIDDEN, "unknown-peer"));
    let peer = met(&service, &other, "https://hz.example").await;
    let (status, body) = post(&router, HELLO, b"nonsense\n".to_vec()).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::BAD_REQUEST, "form"));
    let asked = question(&other, HELLO, hello()).await;
    let (status, body) = post(&router, "cases/give", asked.message).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::BAD_REQUEST, "other-kind"));
    let asked = question(&other, "receipts/fetch", hello()).await;
    let (status, message) = post(&router, "receipts/fetch", asked.message).await;
    let heard = other.store.hear_answer(&peer, &asked.envelope, &message).unwrap();
    assert_eq!((status, heard.envelope.kind.as_str()), (StatusCode::OK, REFUSED));
    assert!(heard.envelope.body.contains("not-agreed"));
    let ahead = Other::new(&service, 200_000).await;
    know(&service.app.store, &ahead.store.card("广州", "https://gz.example"), &[]).await;
    let asked = question(&ahead, HELLO, hello()).await;
    let (status, body) = post(&router, HELLO, asked.message).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::FORBIDDEN, "ahead"));
}

#[tokio::test]
async fn the_operators_hello_goes_over_the_guarded_client_and_the_line_is_noted() {
    let service = Service::new(Says::Fits).await;
    let other = Other::new(&service, 0).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(axum::serve(listener, routes(service.app.clone())).into_future());
    let peer = met(&service, &other, &format!("http://127.0.0.1:{port}")).await;
    let closed = Outside::new(OutsideSettings::default(), None).unwrap();
    let refused = ask::hello(&other.store, &closed.peers, &peer).await.err().unwrap();
    assert_eq!(refused.code(), "address.scheme");
    let allow = format!("[[allow]]\nhost = \"127.0.0.1\"\nport = {port}\nhttp = true\nprivate = true\n");
    let open = Outside::new(OutsideSettings::from_toml(&allow).unwrap(), None).unwrap();
    let line = other.store.peers().await.unwrap().remove(0);
    assert_eq!(line.fault.as_deref(), Some("address.scheme"));
    assert!(line.down_since.is_some());
    let said = ask::hello(&other.store, &open.peers, &peer).await.unwrap();
    assert_eq!(said.clock_ms, service.app.store.now().0);
    let line = other.store.peers().await.unwrap().remove(0);
    assert!(line.down_since.is_none() && line.heard_at.is_some());
}

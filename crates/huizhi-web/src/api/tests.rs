//! The shops' interface in process, on a real database. Only the engine is played.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Request, StatusCode};
use huizhi_domain::clock::Moment;
use huizhi_domain::partner::Scope;
use huizhi_domain::review::Opinion;
use huizhi_store::NewKey;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::openapi::described::is_described;
use crate::citizen::tests::{NUMBER, PHOTO, Says, Service};
use crate::notify::servers::Gateway;
use crate::routes::routes;

/// A photo shop with a key.
#[derive(Clone)]
struct Shop {
    router: Router,
    key: String,
}

struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Answered {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    fn is(&self, status: u16, code: &str) {
        let said = String::from_utf8_lossy(&self.bytes);
        assert_eq!(self.status.as_u16(), status, "{said}");
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json", "{said}");
        assert_eq!(self.json()["code"], code, "{said}");
    }
}

async fn shop_with(service: &Service, name: &str, scopes: &[Scope], rate: u32) -> Shop {
    let store = &service.app.store;
    let partner = store.add_partner(name).await.unwrap();
    let new = NewKey { scopes: scopes.iter().copied().collect::<BTreeSet<_>>(), rate, expires_at: None };
    let (_, text) = store.add_key(partner.id, new).await.unwrap();
    Shop { router: routes(service.app.clone()), key: text.reveal() }
}

async fn shop(service: &Service, name: &str) -> Shop {
    shop_with(service, name, &Scope::ALL, 10_000).await
}

impl Shop {
    async fn send(&self, method: &str, path: &str, once: &str, media: &str, body: impl Into<Body>) -> Answered {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}")).body(body.into()).unwrap();
        let headers = request.headers_mut();
        if !self.key.is_empty() {
            headers.insert(AUTHORIZATION, format!("Bearer {}", self.key).parse().unwrap());
        }
        if !once.is_empty() {
            headers.insert("idempotency-key", once.parse().unwrap());
        }
        if !media.is_empty() {
            headers.insert(CONTENT_TYPE, media.parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        is_described(method, &format!("/api/v1{path}"), parts.status, &parts.headers, &bytes);
        Answered { status: parts.status, headers: parts.headers, bytes }
    }

    async fn get(&self, path: &str) -> Answered {
        self.send("GET", path, "", "", Body::empty()).await
    }

    async fn write(&self, method: &str, path: &str, once: &str, body: &Value) -> Answered {
        self.send(method, path, once, "application/json", body.to_string()).await
    }

    /// Begins an order with consent; gives its path.
    async fn begin(&self, once: &str) -> String {
        let begun = self.write("POST", "/orders", once, &begin()).await;
        assert_eq!(begun.status, StatusCode::CREATED, "{}", String::from_utf8_lossy(&begun.bytes));
        format!("/orders/{}", begun.json()["id"].as_str().unwrap())
    }

    /// Sends a photo and waits until it is judged; gives its id.
    async fn judged(&self, service: &Service, order: &str, once: &str) -> String {
        let sent = self.send("POST", &format!("{order}/photos"), once, "image/jpeg", PHOTO).await;
        assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", String::from_utf8_lossy(&sent.bytes));
        let id = sent.json()["id"].as_str().unwrap().to_owned();
        loop {
            let rung = service.app.shared.judged.notified();
            if self.get(&format!("{order}/photos/{id}")).await.json()["state"] != "received" {
                return id;
            }
            let _ = tokio::time::timeout(Duration::from_millis(50), rung).await;
        }
    }

    /// Begins, sends a photo, fills in and submits; gives the order's path.
    async fn submit(&self, service: &Service, name: &str) -> String {
        let order = self.begin(&format!("{name}-1")).await;
        let photo = self.judged(service, &order, &format!("{name}-2")).await;
        let put = self.write("PUT", &format!("{order}/applicant"), &format!("{name}-3"), &applicant()).await;
        assert_eq!(put.status, StatusCode::OK, "{}", String::from_utf8_lossy(&put.bytes));
        let body = json!({ "photo": photo });
        let sent = self.write("POST", &format!("{order}/submit"), &format!("{name}-4"), &body).await;
        assert_eq!(sent.json()["state"], "waiting", "{}", String::from_utf8_lossy(&sent.bytes));
        order
    }
}

fn begin() -> Value {
    json!({
        "document": "cn-resident-id", "city": "441300", "reference": "counter 3, no. 17",
        "consent": { "version": "2026-11", "by": "applicant" },
    })
}

fn applicant() -> Value {
    json!({ "name": "张小明", "id_number": NUMBER })
}

#[tokio::test]
async fn a_shop_gets_a_receipt_for_a_citizen() {
    let service = Service::new(Says::Fits).await;
    let shop = shop(&service, "shop").await;
    let documents = shop.get("/documents/cn-resident-id").await.json();
    assert_eq!(documents["consent"]["version"], "2026-11");
    let cities = shop.get("/cities?q=%E6%83%A0%E5%B7%9E&document=cn-resident-id").await.json();
    assert_eq!(
        (&cities["cities"][0]["code"], &cities["cities"][0]["policy"]["receipt"]),
        (&json!("441300"), &json!("accepted"))
    );
    let order = shop.submit(&service, "a").await;
    service.review(Opinion::Accept).await;
    let seen = shop.get(&order).await.json();
    assert_eq!((&seen["state"], &seen["receipt"]), (&json!("approved"), &json!("valid")));
    assert_eq!(seen["reference"], "counter 3, no. 17");
    assert!(!seen.to_string().contains(NUMBER) && !seen.to_string().contains("张小明"));
    let receipt = shop.get(&format!("{order}/receipt")).await.json();
    assert!(receipt["number"].as_str().unwrap().starts_with("HZ"), "{receipt}");
    let photo = shop.get(&format!("{order}/receipt/photo.jpg")).await;
    assert_eq!(photo.headers[CONTENT_TYPE], "image/jpeg");
    let told = shop.get("/messages").await.json();
    assert_eq!(told["messages"][0]["happening"], "submitted");
    let next = told["next"].as_str().unwrap().to_owned();
    let rest = shop.get(&format!("/messages?after={next}")).await.json();
    assert!(rest["messages"].as_array().unwrap().iter().all(|it| it["id"].as_str().unwrap() > next.as_str()));
}

#[tokio::test]
async fn each_write_sent_twice_at_once_has_one_effect_and_one_answer() {
    let service = Service::new(Says::Fits).await;
    let shop = shop(&service, "shop").await;
    let twice = async |method: &str, path: &str, once: &str, body: Value| {
        let (one, two) = tokio::join!(shop.write(method, path, once, &body), shop.write(method, path, once, &body));
        assert!(one.status.is_success(), "{}", String::from_utf8_lossy(&one.bytes));
        assert_eq!((one.status, &one.bytes), (two.status, &two.bytes));
        let replayed = [&one, &two].iter().filter(|it| it.headers.contains_key("idempotency-replayed")).count();
        assert_eq!(replayed, 1);
        one
    };
    let order = twice("POST", "/orders", "1", begin()).await.json();
    assert_eq!(shop.get("/orders").await.json()["orders"].as_array().unwrap().len(), 1);
    let order = format!("/orders/{}", order["id"].as_str().unwrap());
    let path = format!("{order}/photos");
    let send = || shop.send("POST", &path, "2", "image/jpeg", PHOTO);
    let (one, two) = tokio::join!(send(), send());
    assert_eq!((one.status, &one.bytes), (StatusCode::ACCEPTED, &two.bytes));
    let photo = shop.judged(&service, &order, "2b").await;
    assert_eq!(one.json()["id"], photo.as_str(), "the same file is the same photo");
    let another = shop.send("POST", &path, "2c", "image/jpeg", b"\xFF\xD8\xFF another".as_slice()).await.json();
    twice("DELETE", &format!("{path}/{}", another["id"].as_str().unwrap()), "2d", Value::Null).await;
    twice("PUT", &format!("{order}/applicant"), "3", applicant()).await;
    twice("POST", &format!("{order}/submit"), "4", json!({ "photo": photo })).await;
    twice("POST", &format!("{order}/withdraw"), "5", json!({})).await;
    let told = service.app.store.messages_of(order[8..].parse().unwrap()).await.unwrap();
    assert_eq!(told.len(), 2, "submitted and withdrawn, once each");
    let order = shop.submit(&service, "b").await;
    service.review(Opinion::Reject { codes: vec!["O02".to_owned()], note: String::new() }).await;
    twice("POST", &format!("{order}/appeal"), "6", json!({})).await;
    let told = service.app.store.messages_of(order[8..].parse().unwrap()).await.unwrap();
    assert_eq!(told.len(), 3, "submitted, rejected and appealed, once each");
    let gateway = Gateway::start(vec![(204, "")]).await;
    assert!(service.app.shared.outside.set(gateway.outside("")).is_ok());
    let address = format!("http://127.0.0.1:{}/", gateway.port);
    let hook = twice("POST", "/hooks", "7", json!({ "address": address })).await.json();
    assert_eq!(shop.get("/hooks").await.json()["hooks"].as_array().unwrap().len(), 1);
    let hook = format!("/hooks/{}", hook["id"].as_str().unwrap());
    twice("POST", &format!("{hook}/secret"), "8", json!({})).await;
    twice("POST", &format!("{hook}/test"), "9", json!({})).await;
    assert_eq!(gateway.asked().len(), 1);
    twice("DELETE", &hook, "10", Value::Null).await;
}

#[tokio::test]
async fn a_writes_key_is_asked_for_and_belongs_to_one_request() {
    let service = Service::new(Says::Fits).await;
    let shop = shop(&service, "shop").await;
    shop.write("POST", "/orders", "", &begin()).await.is(400, "idempotency-key-missing");
    shop.write("POST", "/orders", "with space", &begin()).await.is(400, "idempotency-key-malformed");
    shop.write("POST", "/orders", &"k".repeat(256), &begin()).await.is(400, "idempotency-key-malformed");
    shop.begin("k").await;
    let mut other = begin();
    other["reference"] = json!("another");
    shop.write("POST", "/orders", "k", &other).await.is(422, "idempotency-key-reused");
    // A refusal changes nothing and is not kept.
    let order = shop.begin("k2").await;
    let wrong = json!({ "name": "", "id_number": NUMBER });
    let path = format!("{order}/applicant");
    shop.write("PUT", &path, "k3", &wrong).await.is(422, "invalid");
    assert_eq!(shop.write("PUT", &path, "k3", &applicant()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn nobody_gets_in_without_a_key_that_may() {
    let service = Service::new(Says::Fits).await;
    let owner = shop(&service, "owner").await;
    let order = owner.begin("k").await;
    let photo = owner.judged(&service, &order, "p").await;
    let other = shop(&service, "other").await;
    let powerless = shop_with(&service, "powerless", &[], 10_000).await;
    let stranger = Shop { key: String::new(), ..other.clone() };
    let of_order = [
        ("GET", order.clone()),
        ("GET", format!("{order}/messages")),
        ("GET", format!("{order}/receipt")),
        ("GET", format!("{order}/receipt/a4.pdf")),
        ("GET", format!("{order}/photos/{photo}")),
        ("GET", format!("{order}/photos/{photo}/preview.jpg")),
        ("DELETE", format!("{order}/photos/{photo}")),
        ("POST", format!("{order}/photos")),
        ("PUT", format!("{order}/applicant")),
        ("POST", format!("{order}/submit")),
        ("POST", format!("{order}/withdraw")),
        ("POST", format!("{order}/appeal")),
    ];
    let others = [
        ("GET", "/orders"),
        ("POST", "/orders"),
        ("GET", "/messages"),
        ("GET", "/documents"),
        ("GET", "/documents/cn-resident-id"),
        ("GET", "/cities?q=hz"),
    ];
    let all = of_order.iter().map(|(method, path)| (*method, path.as_str())).chain(others);
    for (method, path) in all {
        stranger.write(method, path, "x", &json!({})).await.is(401, "key");
        if !["/documents", "/cities"].iter().any(|open| path.starts_with(open)) {
            powerless.write(method, path, "x", &json!({})).await.is(403, "scope");
        }
    }
    for (method, path) in &of_order {
        other.write(method, path, "x", &json!({})).await.is(404, "absent");
        let unknown = path.replacen(&order, "/orders/01ARZ3NDEKTSV4RRFFQ69G5FAV", 1);
        other.write(method, &unknown, "x", &json!({})).await.is(404, "absent");
        let crooked = path.replacen(&order, "/orders/x", 1);
        other.write(method, &crooked, "x", &json!({})).await.is(404, "absent");
    }
    assert_eq!(other.get("/orders").await.json()["orders"], json!([]));
    assert_eq!(owner.get(&format!("{order}/photos/{photo}/preview.jpg")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn ended_revoked_and_unknown_keys_are_the_same() {
    let service = Service::new(Says::Fits).await;
    let store = &service.app.store;
    let partner = store.add_partner("shop").await.unwrap();
    let new = |expires_at| NewKey { scopes: Scope::ALL.into(), rate: 100, expires_at };
    let (_, ended) = store.add_key(partner.id, new(Some(Moment(1)))).await.unwrap();
    let (revoked, revoked_text) = store.add_key(partner.id, new(None)).await.unwrap();
    let router = routes(service.app.clone());
    let with = |key: String| Shop { router: router.clone(), key };
    assert_eq!(with(revoked_text.reveal()).get("/orders").await.status, StatusCode::OK);
    store.revoke_key(revoked.id).await.unwrap();
    let mut unknown = ended.reveal();
    unknown.replace_range(31.., &"0".repeat(32));
    let mut said = BTreeSet::new();
    for key in [ended.reveal(), revoked_text.reveal(), unknown, "nonsense".to_owned()] {
        let refused = with(key).get("/orders").await;
        refused.is(401, "key");
        said.insert(refused.bytes);
    }
    assert_eq!(said.len(), 1);
    for _ in 0..16 {
        with("nonsense".to_owned()).get("/orders").await.is(401, "key");
    }
    let refused = with("nonsense".to_owned()).get("/orders").await;
    refused.is(429, "unknown-keys");
    assert!(refused.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn a_key_may_ask_so_often_a_minute() {
    let service = Service::new(Says::Fits).await;
    let shop = shop_with(&service, "shop", &Scope::ALL, 2).await;
    let first = shop.get("/orders").await;
    assert_eq!(first.headers["ratelimit-policy"], "\"key\";q=2;w=60");
    assert!(first.headers["ratelimit"].to_str().unwrap().starts_with("\"key\";r=1;t="));
    shop.get("/orders").await;
    let refused = shop.get("/orders").await;
    refused.is(429, "rate");
    assert!(refused.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn every_error_is_a_problem() {
    let service = Service::new(Says::Review).await;
    let shop = shop(&service, "shop").await;
    shop.get("/nothing").await.is(404, "absent");
    let refused = shop.send("PATCH", "/orders", "x", "", Body::empty()).await;
    refused.is(405, "method");
    assert!(refused.headers["allow"].to_str().unwrap().contains("POST"));
    shop.send("POST", "/orders", "x", "application/json", "{").await.is(400, "json");
    shop.send("POST", "/orders", "x", "text/plain", "{}").await.is(415, "json");
    shop.write("POST", "/orders", "x", &json!({ "document": 3 })).await.is(422, "json");
    shop.send("POST", "/orders", "x", "application/json", vec![b' '; 70_000]).await.is(413, "too-large");
    let wrong = shop.write("POST", "/orders", "x", &json!({ "document": "no", "city": "1" })).await;
    wrong.is(422, "invalid");
    assert_eq!(wrong.json()["errors"][0]["field"], "document");
    shop.get("/orders?limit=0").await.is(422, "invalid");
    shop.get("/orders?state=lost").await.is(422, "invalid");
    shop.get("/orders?cursor=%FF").await.is(422, "invalid");
    let mut without = begin();
    without.as_object_mut().unwrap().remove("consent");
    let id = shop.write("POST", "/orders", "y", &without).await.json()["id"].as_str().unwrap().to_owned();
    let (order, photos) = (format!("/orders/{id}"), format!("/orders/{id}/photos"));
    shop.send("POST", &photos, "z", "image/jpeg", PHOTO).await.is(409, "consent-missing");
    shop.send("POST", &photos, "z", "image/jpeg", "GIF89a").await.is(415, "photo-type");
    shop.send("POST", &photos, "z", "image/jpeg", vec![0xFF; 16 << 20]).await.is(413, "too-large");
    let put = format!("{order}/applicant");
    shop.write("PUT", &put, "a", &applicant()).await.is(422, "invalid");
    let child = json!({
        "name": "张小小", "id_number": "44130220190307002X", "consent": { "version": "2026-11", "by": "applicant" },
    });
    let refused = shop.write("PUT", &put, "a", &child).await;
    assert_eq!(refused.json()["errors"][0]["field"], "consent.by", "{}", refused.json());
    let mut full = applicant();
    full["consent"] = json!({ "version": "2026-11", "by": "applicant" });
    assert_eq!(shop.write("PUT", &put, "a", &full).await.json()["applicant"]["complete"], true);
    let photo = shop.judged(&service, &order, "b").await;
    let submit = format!("{order}/submit");
    let refused = shop.write("POST", &submit, "c", &json!({ "photo": photo })).await;
    refused.is(422, "invalid");
    assert_eq!(refused.json()["errors"][0]["field"], "reason.kind");
    shop.write("POST", &format!("{order}/appeal"), "d", &json!({})).await.is(409, "wrong-state");
    let report = shop.get(&format!("{order}/photos/{photo}?lang=en")).await.json();
    assert_eq!(report["findings"][0]["code"], "pose.tilted");
    assert!(report["findings"][0]["title"].as_str().unwrap().is_ascii());
}

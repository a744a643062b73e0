//! Hooks from the shop's side: set up, called, signed, and left alone.

use std::collections::BTreeSet;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use huizhi_domain::audit::Actor;
use huizhi_domain::id::PartnerId;
use huizhi_domain::partner::Scope;
use huizhi_domain::words::Lang;
use huizhi_outside::hook::sign;
use huizhi_store::{ApplicantRecord, Judgement, NewKey, NewOrder};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::api::openapi::described::is_described;
use crate::citizen::tests::{Says, Service};
use crate::notify::servers::{Gateway, tell_due};
use crate::routes::routes;

struct Shop {
    partner: PartnerId,
    router: Router,
    key: String,
}

impl Shop {
    async fn new(service: &Service, name: &str) -> Self {
        let partner = service.app.store.add_partner(name).await.unwrap().id;
        let new = NewKey { scopes: BTreeSet::from(Scope::ALL), rate: 10_000, expires_at: None };
        let (_, key) = service.app.store.add_key(partner, new).await.unwrap();
        Self { partner, router: routes(service.app.clone()), key: key.reveal() }
    }

    async fn send(&self, method: &str, path: &str, once: &str, body: &Value) -> (StatusCode, Value) {
        let path = format!("/api/v1{path}");
        let request = Request::builder()
            .method(method)
            .uri(&path)
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/json")
            .header("idempotency-key", once)
            .body(Body::from(if body.is_null() { String::new() } else { body.to_string() }));
        let response = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        is_described(method, &path, parts.status, &parts.headers, &bytes);
        (parts.status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn get(&self, path: &str) -> Value {
        self.send("GET", path, "-", &Value::Null).await.1
    }

    /// An order of the shop that is submitted, which is told.
    async fn submit(&self, service: &Service) {
        let store = service.app.store.by(Actor::Partner(self.partner), None);
        let new = NewOrder { document: "cn-resident-id".to_owned(), city: "441300".to_owned(), lang: Lang::Zh };
        let order = store.begin_order_of(new, self.partner, None).await.unwrap();
        let mut applicant = ApplicantRecord::default();
        applicant.name = Some("张小明".to_owned());
        store.set_applicant(order.id, &applicant).await.unwrap();
        let photo = store.receive_photo(order.id, b"photo").await.unwrap();
        let judgement = Judgement {
            verdict: "fits".to_owned(),
            codes: Vec::new(),
            report: json!({}),
            preview: b"preview".to_vec(),
            id_photo: Some(b"made".to_vec()),
        };
        store.judged(photo, judgement).await.unwrap();
        let terms = huizhi_domain::order::Terms { price_fen: 0, rules: "1".to_owned() };
        store.submit(order.id, photo, None, terms, false).await.unwrap();
    }
}

#[tokio::test]
async fn a_hook_is_set_up_once_and_its_secret_shown_once() {
    let service = Service::new(Says::Fits).await;
    let (shop, other) = (Shop::new(&service, "shop").await, Shop::new(&service, "other").await);
    let body = json!({ "address": "https://shop.example/hook?token=1", "happenings": ["rejected"] });
    let (status, made) = shop.send("POST", "/hooks", "a", &body).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let (_, again) = shop.send("POST", "/hooks", "a", &body).await;
    assert_eq!(again, made);
    let hooks = shop.get("/hooks").await;
    assert_eq!(hooks["hooks"].as_array().unwrap().len(), 1);
    assert!(hooks["hooks"][0].get("secret").is_none() && hooks["hooks"][0]["state"] == "active");
    let path = format!("/hooks/{}", made["id"].as_str().unwrap());
    let (_, renewed) = shop.send("POST", &format!("{path}/secret"), "b", &Value::Null).await;
    assert!(renewed["secret"].as_str().unwrap().starts_with("whsec_") && renewed["secret"] != made["secret"]);
    // Another shop sees none of it.
    for (method, path) in [("GET", path.clone()), ("GET", format!("{path}/deliveries")), ("DELETE", path.clone())] {
        assert_eq!(other.send(method, &path, "c", &Value::Null).await.0, StatusCode::NOT_FOUND, "{method} {path}");
    }
    assert_eq!(shop.send("DELETE", &path, "d", &Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(shop.send("DELETE", &path, "d", &Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(shop.send("GET", &path, "-", &Value::Null).await.0, StatusCode::NOT_FOUND);
    // The first request once more gives the answer of then, and makes no other.
    assert_eq!(shop.send("POST", "/hooks", "a", &body).await, (StatusCode::CREATED, made));
    assert_eq!(shop.get("/hooks").await["hooks"], json!([]));
}

#[tokio::test]
async fn addresses_inside_and_more_than_ten_hooks_are_refused() {
    let service = Service::new(Says::Fits).await;
    let shop = Shop::new(&service, "shop").await;
    for address in ["https://127.0.0.1/", "http://shop.example/", "https://[::ffff:10.0.0.1]/", "https://db/", "x"] {
        let (status, said) = shop.send("POST", "/hooks", address, &json!({ "address": address })).await;
        assert_eq!((status.as_u16(), &said["errors"][0]["field"]), (422, &json!("address")), "{address}: {said}");
    }
    for count in 0..=10 {
        let body = json!({ "address": format!("https://shop.example/{count}") });
        let (status, _) = shop.send("POST", "/hooks", &count.to_string(), &body).await;
        assert_eq!(status.as_u16(), if count < 10 { 201 } else { 409 });
    }
}

/// What a receiver answers, and what is made of it.
#[tokio::test]
async fn a_hook_is_called_until_it_takes_the_event_or_is_gone() {
    for (answers, state, error) in [
        (vec![(200, "ok")], "sent", Value::Null),
        (vec![(204, "")], "sent", Value::Null),
        (vec![(500, "no"), (503, "no"), (200, "ok")], "sent", Value::Null),
        (vec![(302, "elsewhere"), (200, "ok")], "sent", Value::Null),
        (vec![(404, "no"), (200, "ok")], "sent", Value::Null),
        (vec![(429, "slowly"), (200, "ok")], "sent", Value::Null),
        (vec![(410, "gone")], "refused", json!("gone")),
    ] {
        let service = Service::new(Says::Fits).await;
        let shop = Shop::new(&service, "shop").await;
        let tries = answers.len();
        let gateway = Gateway::start(answers.clone()).await;
        let outside = gateway.outside("");
        assert!(service.app.shared.outside.set(outside.clone()).is_ok());
        let body = json!({ "address": format!("http://127.0.0.1:{}/hook", gateway.port) });
        let (status, hook) = shop.send("POST", "/hooks", "a", &body).await;
        assert_eq!(status, StatusCode::CREATED, "{hook}");
        let path = format!("/hooks/{}", hook["id"].as_str().unwrap());
        shop.submit(&service).await;
        tell_due(&service.app, &outside).await.unwrap();
        if answers[0].0 == 429 {
            let due = shop.get(&format!("{path}/deliveries")).await["deliveries"][0].clone();
            let pause_s = due["next_at"].as_i64().unwrap() - service.app.store.now().0 / 1000;
            assert!((600..=750).contains(&pause_s), "{due}");
        }
        for _ in 1..tries {
            service.pass_ms(3_600_000);
            tell_due(&service.app, &outside).await.unwrap();
        }
        let told = shop.get(&format!("{path}/deliveries")).await["deliveries"][0].clone();
        println!("hook {answers:?} → {} after {} tries, {}", told["state"], told["tries"], told["error"]);
        assert_eq!((&told["state"], &told["tries"], &told["error"]), (&json!(state), &json!(tries), &error), "{told}");
        let asked = gateway.asked();
        assert_eq!(asked.len(), tries, "a redirect is not followed");
        let ids: BTreeSet<&str> = asked.iter().map(|it| it.headers["webhook-id"].to_str().unwrap()).collect();
        assert_eq!(ids.into_iter().collect::<Vec<_>>(), [told["message"].as_str().unwrap()], "one id for all tries");
        for it in &asked {
            let seconds = it.headers["webhook-timestamp"].to_str().unwrap().parse().unwrap();
            let id = it.headers["webhook-id"].to_str().unwrap();
            let signed = sign(hook["secret"].as_str().unwrap(), id, seconds, it.body.as_bytes());
            assert_eq!(it.headers["webhook-signature"].to_str().unwrap(), signed.unwrap());
            assert!(it.body.contains("order.submitted") && !it.body.contains("小明"), "{}", it.body);
        }
        assert_eq!(shop.get(&path).await["state"], if state == "refused" { "gone" } else { "active" });
    }
}

/// What a shop sees when it tries its hook out, by what the address does.
#[tokio::test]
async fn a_hook_is_tried_out_and_nothing_follows() {
    for (answer, status, received, error) in [
        ((200, "ok"), 200, true, Value::Null),
        ((302, "elsewhere"), 302, false, json!("http-302")),
        ((500, "no"), 500, false, json!("http-500")),
        ((410, "gone"), 410, false, json!("gone")),
    ] {
        let service = Service::new(Says::Fits).await;
        let (shop, other) = (Shop::new(&service, "shop").await, Shop::new(&service, "other").await);
        let gateway = Gateway::start(vec![answer]).await;
        let outside = gateway.outside("");
        assert!(service.app.shared.outside.set(outside.clone()).is_ok());
        let body = json!({ "address": format!("http://127.0.0.1:{}/hook", gateway.port) });
        let (_, hook) = shop.send("POST", "/hooks", "a", &body).await;
        let path = format!("/hooks/{}", hook["id"].as_str().unwrap());
        let (_, said) = shop.send("POST", &format!("{path}/test"), "b", &Value::Null).await;
        println!("{said}");
        assert_eq!((&said["status"], &said["received"], &said["error"]), (&json!(status), &json!(received), &error));
        // Sent again it is the same answer, and no second event.
        assert_eq!(shop.send("POST", &format!("{path}/test"), "b", &Value::Null).await.1, said);
        let asked = gateway.asked();
        assert_eq!(asked.len(), 1);
        let heard = &asked[0];
        let seconds = heard.headers["webhook-timestamp"].to_str().unwrap().parse().unwrap();
        let id = said["message"].as_str().unwrap();
        let signed = sign(hook["secret"].as_str().unwrap(), id, seconds, heard.body.as_bytes()).unwrap();
        assert_eq!(heard.headers["webhook-id"].to_str().unwrap(), id);
        assert_eq!(heard.headers["webhook-signature"].to_str().unwrap(), signed);
        let event: Value = serde_json::from_str(&heard.body).unwrap();
        assert_eq!((&event["type"], &event["data"]["hook"]), (&json!("test"), &hook["id"]));
        assert_eq!(shop.get(&path).await["state"], "active");
        assert_eq!(shop.get(&format!("{path}/deliveries")).await["deliveries"], json!([]));
        assert_eq!(tell_due(&service.app, &outside).await.unwrap(), 0);
        assert_eq!(other.send("POST", &format!("{path}/test"), "c", &Value::Null).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_hook_is_tried_out_ten_times_a_minute_and_not_once_it_is_gone() {
    let service = Service::new(Says::Fits).await;
    let shop = Shop::new(&service, "shop").await;
    let gateway = Gateway::start(vec![(204, ""); 10]).await;
    assert!(service.app.shared.outside.set(gateway.outside("")).is_ok());
    let body = json!({ "address": format!("http://127.0.0.1:{}/hook", gateway.port) });
    let (_, hook) = shop.send("POST", "/hooks", "a", &body).await;
    let path = format!("/hooks/{}/test", hook["id"].as_str().unwrap());
    for count in 0..=10 {
        let (status, said) = shop.send("POST", &path, &count.to_string(), &Value::Null).await;
        assert_eq!(status.as_u16(), if count < 10 { 200 } else { 429 }, "{said}");
    }
    assert_eq!(gateway.asked().len(), 10);
    service.app.store.hook_gone(hook["id"].as_str().unwrap().parse().unwrap()).await.unwrap();
    let (status, said) = shop.send("POST", &path, "late", &Value::Null).await;
    assert_eq!((status, &said["code"]), (StatusCode::CONFLICT, &json!("hook-gone")));
}

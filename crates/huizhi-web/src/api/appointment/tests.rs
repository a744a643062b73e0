//! Appointments over the interface, in process, on a real database.

use std::collections::BTreeSet;

use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Request};
use huizhi_domain::account::{Assurance, How};
use huizhi_domain::clock::{Zone, midnight};
use huizhi_domain::partner::Scope;
use huizhi_domain::person::{Details, Relation};
use huizhi_domain::visit::schedule::PlannedSlot;
use huizhi_store::NewKey;
use jiff::civil::date;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::api::asker::OF_A_NETWORK;
use crate::api::openapi::described::is_described;
use crate::citizen::tests::{NUMBER, Says, Service};
use crate::routes::routes;

const OTHER: &str = "11010519491231002X";
const THIRD: &str = "44130220190307002X";

/// The service with an office that has two times with one place each, on the next day.
struct World {
    service: Service,
    office: String,
}

struct Answered {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answered {
    fn is(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.body);
    }

    fn number(&self) -> String {
        assert!([200, 201].contains(&self.status), "{} {}", self.status, self.body);
        self.body["number"].as_str().unwrap().to_owned()
    }
}

impl World {
    async fn new() -> Self {
        let service = Service::new(Says::Fits).await;
        let office = service.app.store.offices().await.unwrap().remove(0).id;
        let day = date(2026, 11, 26);
        let planned = [510, 525].map(|minute| PlannedSlot {
            slot: Slot { day, minute },
            starts_at: midnight(day, Zone::CHINA).after_s(i64::from(minute) * 60),
            length_min: 15,
            places: 1,
            staff_places: 0,
        });
        service.app.store.plan_slots(office, "id-card", &planned).await.unwrap();
        Self { service, office: office.to_string() }
    }

    /// Somebody whose account may book: the token of their session.
    async fn citizen(&self, assurance: Assurance) -> String {
        let store = &self.service.app.store;
        let account = store.add_account(None, None, Lang::Zh).await.unwrap();
        store.assure(account, assurance).await.unwrap();
        let token = format!("{:0>43}", account.to_string());
        store.begin_account_session(account, How::Code, &token, None, "other/other").await.unwrap();
        token
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answered {
        let path = format!("/api/v1{path}");
        let text = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let mut request = Request::builder().method(method).uri(&path).body(text).unwrap();
        for (name, value) in headers {
            let name: axum::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        if body.is_some() {
            request.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
        }
        let (parts, body) = routes(self.service.app.clone()).oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        is_described(method, &path, parts.status, &parts.headers, &bytes);
        assert_eq!(parts.headers["cache-control"], "no-store", "{path}");
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Answered { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    async fn get(&self, path: &str) -> Answered {
        self.send("GET", path, &[], None).await
    }

    fn asked(&self, slot: &str, number: &str) -> Value {
        let visitor = json!({ "name": "张小明", "id_number": number });
        json!({ "office": self.office, "business": "id-renewal", "slot": slot, "visitor": visitor })
    }

    async fn book(&self, token: &str, key: &str, body: &Value) -> Answered {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", key)];
        self.send("POST", "/appointments", &headers, Some(body)).await
    }
}

const FIRST: &str = "2026-11-26T08:30";
const SECOND: &str = "2026-11-26T08:45";

#[tokio::test]
async fn a_citizen_books_sees_moves_and_cancels() {
    let world = World::new().await;
    let token = world.citizen(Assurance::NumberChecked).await;
    let bearer = format!("Bearer {token}");
    let own = [("authorization", bearer.as_str())];
    let booked = world.book(&token, "1", &world.asked(FIRST, NUMBER)).await;
    let path = format!("/appointments/{}", booked.number());
    assert_eq!((booked.status, &booked.body["state"], &booked.body["slot"]), (201, &json!("booked"), &json!(FIRST)));
    assert_eq!(booked.headers["location"], format!("/api/v1{}", path.replace('-', "")));
    assert!(!booked.body.to_string().contains(NUMBER) && booked.body["pass"].is_string());
    let seen = world.send("GET", &path, &own, None).await;
    assert_eq!(seen.body, booked.body);
    for _ in 0..2 {
        let moved = world.send("POST", &format!("{path}/move"), &own, Some(&json!({ "to": SECOND }))).await;
        assert_eq!((moved.status, &moved.body["slot"]), (200, &json!(SECOND)), "{}", moved.body);
        assert_eq!((&moved.body["number"], &moved.body["code"]), (&booked.body["number"], &booked.body["code"]));
    }
    for _ in 0..2 {
        let gone = world.send("DELETE", &path, &own, None).await;
        assert_eq!((gone.status, &gone.body["state"], &gone.body["code"]), (200, &json!("cancelled"), &Value::Null));
    }
    world.send("POST", &format!("{path}/move"), &own, Some(&json!({ "to": FIRST }))).await.is(409, "state");
    assert_eq!(world.book(&token, "2", &world.asked(SECOND, NUMBER)).await.status, 201);
    assert!(world.service.app.store.audit_slots(&[]).await.unwrap().holds());
}

#[tokio::test]
async fn only_its_owner_or_who_knows_the_code_gets_at_it() {
    let world = World::new().await;
    let token = world.citizen(Assurance::NumberChecked).await;
    let booked = world.book(&token, "1", &world.asked(FIRST, NUMBER)).await;
    let (path, code) = (format!("/appointments/{}", booked.number()), booked.body["code"].as_str().unwrap().to_owned());
    let other = format!("Bearer {}", world.citizen(Assurance::NumberChecked).await);
    let all = [("GET", path.clone()), ("DELETE", path.clone()), ("POST", format!("{path}/move"))];
    for (method, path) in &all {
        let body = json!({ "to": SECOND });
        let body = (*method == "POST").then_some(&body);
        world.send(method, path, &[], body).await.is(401, "no-session");
        world.send(method, path, &[("authorization", other.as_str())], body).await.is(404, "absent");
        world.send(method, path, &[("appointment-code", "wrong")], body).await.is(403, "not-yours");
    }
    // Three wrong ones were counted; five a day are compared.
    let right = [("appointment-code", code.as_str())];
    assert_eq!(world.send("GET", &path, &right, None).await.number(), booked.number());
    let unknown = path.replace(&booked.number(), "00000000");
    world.send("GET", &unknown, &right, None).await.is(403, "not-yours");
    world.send("GET", "/appointments/nonsense", &right, None).await.is(404, "absent");
    assert_eq!(world.send("DELETE", &path, &right, None).await.status, 200);
}

#[tokio::test]
async fn a_booking_that_is_sent_again_is_the_same_booking() {
    let world = World::new().await;
    let token = world.citizen(Assurance::NumberChecked).await;
    let first = world.book(&token, "k", &world.asked(FIRST, NUMBER)).await;
    assert!(!first.headers.contains_key("idempotency-replayed"));
    world.service.pass_ms(10);
    let again = world.book(&token, "k", &world.asked(FIRST, NUMBER)).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    world.book(&token, "k", &world.asked(SECOND, NUMBER)).await.is(422, "idempotency-key-reused");
    world.book(&token, "l", &world.asked(SECOND, NUMBER)).await.is(409, "same-day");
    let bearer = format!("Bearer {token}");
    let without = [("authorization", bearer.as_str())];
    let asked = world.asked(FIRST, OTHER);
    world.send("POST", "/appointments", &without, Some(&asked)).await.is(400, "idempotency-key-missing");
}

#[tokio::test]
async fn who_finds_no_place_is_told_where_there_is_one() {
    let world = World::new().await;
    let token = world.citizen(Assurance::NumberChecked).await;
    world.book(&token, "1", &world.asked(FIRST, NUMBER)).await.number();
    let full = world.book(&token, "2", &world.asked(FIRST, OTHER)).await;
    full.is(409, "full");
    assert_eq!(full.body["alternatives"][0]["slot"], SECOND, "{}", full.body);
    let kind = full.body["type"].as_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned();
    let described = world.get(&kind).await;
    assert_eq!((&described.body["code"], &described.body["remedy"]), (&json!("full"), &full.body["remedy"]));
    world.get("/problems/nonsense").await.is(404, "absent");
    world.book(&token, "3", &world.asked(SECOND, OTHER)).await.number();
    let none = world.book(&token, "4", &world.asked(SECOND, THIRD)).await;
    assert_eq!(none.body["alternatives"], json!([]));
    world.book(&token, "5", &world.asked("2026-11-26T09:00", THIRD)).await.is(404, "unknown");
    world.book(&token, "6", &world.asked("2026-11-25T08:30", THIRD)).await.is(404, "unknown");
}

#[tokio::test]
async fn nobody_books_who_may_not() {
    let world = World::new().await;
    let asked = world.asked(FIRST, NUMBER);
    let unknown = world.citizen(Assurance::SelfAsserted).await;
    world.book(&unknown, "1", &asked).await.is(403, "assurance");
    world.book("nonsense", "1", &asked).await.is(401, "no-session");
    world.send("POST", "/appointments", &[("idempotency-key", "1")], Some(&asked)).await.is(401, "no-session");
    let token = world.citizen(Assurance::NumberChecked).await;
    let wrong = json!({ "office": world.office, "business": "id-renewal", "slot": FIRST });
    world.book(&token, "1", &wrong).await.is(422, "invalid");
    for (field, value) in [
        ("office", json!("x")),
        ("business", json!("x")),
        ("business", json!("hmt-permit")),
        ("slot", json!("today")),
        ("lang", json!("fr")),
        ("person", json!("01ARZ3NDEKTSV4RRFFQ69G5FAV")),
        ("visitor", json!({ "name": "张小明", "id_number": "441302199003070025" })),
        ("visitor", json!({ "name": "", "id_number": NUMBER })),
        ("visitor", json!({ "name": "张小明", "id_number": "H12345678" })),
    ] {
        let mut asked = asked.clone();
        asked[field] = value;
        world.book(&token, "1", &asked).await.is(422, "invalid");
    }
    // Whose the token is is remembered; that the session is over is seen all the same.
    world.service.app.store.end_account_session(&token).await.unwrap();
    world.book(&token, "1", &asked).await.is(401, "no-session");
    assert_eq!(world.service.app.store.audit_slots(&[]).await.unwrap().appointments, 0);
}

#[tokio::test]
async fn a_person_of_the_account_is_booked_for_by_name() {
    let world = World::new().await;
    let token = world.citizen(Assurance::NumberChecked).await;
    let store = &world.service.app.store;
    let (account, _) = store.account_session(&token).await.unwrap().unwrap();
    let details = Details {
        name: PersonName::parse("张小明").unwrap(),
        number: IdNumber::parse(NUMBER, date(2026, 11, 25)).unwrap(),
        birth: date(1990, 3, 7),
        proof: None,
    };
    let person = store.add_person(account.id, Relation::Myself, &details).await.unwrap();
    let asked =
        json!({ "office": world.office, "business": "id-renewal", "slot": FIRST, "person": person.to_string() });
    let other = world.citizen(Assurance::NumberChecked).await;
    world.book(&other, "1", &asked).await.is(422, "invalid");
    world.book(&token, "1", &asked).await.number();
    let mine = store.appointments_of(account.id).await.unwrap();
    assert_eq!((mine.len(), mine[0].person), (1, Some(person)));
}

#[tokio::test]
async fn a_photo_shop_books_for_a_customer_with_a_key_that_may() {
    let world = World::new().await;
    let store = &world.service.app.store;
    let partner = store.add_partner("shop").await.unwrap();
    let key = async |scopes: BTreeSet<Scope>, rate| {
        store.add_key(partner.id, NewKey { scopes, rate, expires_at: None }).await.unwrap().1.reveal()
    };
    let (may, may_not) = (key(BTreeSet::from([Scope::AppointmentsWrite]), 2).await, key(BTreeSet::new(), 9).await);
    world.book(&may_not, "1", &world.asked(FIRST, NUMBER)).await.is(403, "scope");
    world.book("hz1_nonsense", "1", &world.asked(FIRST, NUMBER)).await.is(401, "key");
    let booked = world.book(&may, "1", &world.asked(FIRST, NUMBER)).await;
    let code = booked.body["code"].as_str().unwrap();
    let path = format!("/appointments/{}", booked.number());
    assert_eq!(world.send("GET", &path, &[("appointment-code", code)], None).await.status, 200);
    world.book(&may, "2", &world.asked(FIRST, OTHER)).await.is(409, "full");
    world.book(&may, "3", &world.asked(SECOND, OTHER)).await.is(429, "rate");
}

#[tokio::test]
async fn offices_and_places_are_seen_by_everybody_as_they_were_a_moment_ago() {
    let world = World::new().await;
    let offices = world.get("/offices?city=441300&service=id-card").await;
    assert_eq!(offices.body["offices"][0]["next"]["slot"], FIRST, "{}", offices.body);
    assert_eq!(world.get("/offices?city=440300").await.body["offices"], json!([]));
    assert_eq!(world.get("/offices").await.body["offices"][0]["next"], Value::Null);
    let path = format!("/offices/{}/slots?service=id-card", world.office);
    let slots = world.get(&path).await;
    assert_eq!(slots.body["bookable_from"], "2026-11-26");
    assert_eq!(slots.body["slots"].as_array().unwrap().len(), 2);
    let token = world.citizen(Assurance::NumberChecked).await;
    world.book(&token, "1", &world.asked(FIRST, NUMBER)).await.number();
    assert_eq!(world.get(&path).await.body, slots.body);
    world.service.pass_ms(1000);
    let later = world.get(&path).await.body;
    assert_eq!((&later["slots"][0]["left"], &later["slots"][1]["left"]), (&json!(0), &json!(1)));
    assert_eq!(world.get("/offices?city=441300&service=id-card").await.body["offices"][0]["next"]["slot"], SECOND);
    assert_eq!(world.get(&format!("{path}&from=2026-11-27")).await.body["slots"], json!([]));
    for wrong in ["&from=x", "&to=2026-13-01", "&what=else"] {
        world.get(&format!("{path}{wrong}")).await.is(422, "invalid");
    }
    world.get(&path.replace("id-card", "nothing")).await.is(422, "invalid");
    world.get("/offices?city=x").await.is(422, "invalid");
    world.get("/offices?service=x").await.is(422, "invalid");
    world.get("/offices/x/slots?service=id-card").await.is(404, "absent");
    world.get("/offices/01ARZ3NDEKTSV4RRFFQ69G5FAV/slots?service=id-card").await.is(404, "absent");
}

#[tokio::test]
async fn an_account_and_a_network_may_ask_so_often_a_minute() {
    let world = World::new().await;
    let token = world.citizen(Assurance::NumberChecked).await;
    let asked = json!({});
    for _ in 0..30 {
        world.book(&token, "1", &asked).await.is(422, "json");
    }
    let refused = world.book(&token, "1", &asked).await;
    refused.is(429, "rate");
    assert!(refused.headers.contains_key("retry-after"));
    // Somebody else is not in their way.
    world.book(&world.citizen(Assurance::NumberChecked).await, "1", &asked).await.is(422, "json");
    let (limits, now) = (&world.service.app.shared.machines.visitors, world.service.app.store.now());
    while limits.take("network 0.0.0.0", OF_A_NETWORK, now).granted {}
    world.get("/offices").await.is(429, "rate");
}

#[tokio::test]
async fn every_error_of_an_appointment_is_a_problem() {
    let world = World::new().await;
    let refused = world.send("PATCH", "/appointments", &[], None).await;
    refused.is(405, "method");
    assert!(refused.headers["allow"].to_str().unwrap().contains("POST"));
    let token = world.citizen(Assurance::NumberChecked).await;
    let long = json!({ "office": "x".repeat(70_000) });
    world.book(&token, "1", &long).await.is(413, "too-large");
    let headers = [("cookie", "account=x"), ("idempotency-key", "1"), ("sec-fetch-site", "cross-site")];
    world.send("POST", "/appointments", &headers, Some(&json!({}))).await.is(403, "cross-site");
}

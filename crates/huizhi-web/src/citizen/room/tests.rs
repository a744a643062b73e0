//! The waiting room as a browser without scripts sees it, and the gate behind it.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use huizhi_domain::account::{Assurance, Contact, How};
use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::clock::midnight;
use huizhi_domain::id::{AccountId, OfficeId, PersonId};
use huizhi_domain::person::{Details, Relation};
use huizhi_domain::staff::Role;
use huizhi_domain::visit::draw::{self, Drawn, Seed};
use huizhi_domain::visit::schedule::PlannedSlot;
use huizhi_domain::visit::{BookingPolicy, Slot};
use huizhi_domain::words::Lang;
use huizhi_store::NewStaff;
use jiff::civil::{Date, date};
use serde_json::Value;

use crate::Networks;
use crate::app::Settings;
use crate::citizen::tests::{Browser, Says, Service};
use crate::visit::gate;

pub const SERVICE: &str = "id-card";
const MINUTE_MS: i64 = 60_000;

fn number(of: usize) -> IdNumber {
    IdNumber::of_other_document(&format!("P{of:07}")).unwrap()
}

/// Somebody who may book, signed in.
pub async fn citizen(service: &Service, of: usize) -> (Browser, AccountId, PersonId) {
    let store = &service.app.store;
    let contact = Contact::parse(&format!("139{of:08}")).unwrap();
    let account = store.add_account(Some(&contact), None, Lang::Zh).await.unwrap();
    store.assure(account, Assurance::NumberChecked).await.unwrap();
    let token = format!("{of:0>43}");
    store.begin_account_session(account, How::Code, &token, None, "other/other").await.unwrap();
    let (name, birth) = (PersonName::parse("张小明").unwrap(), date(1990, 3, 7));
    let details = Details { name, number: number(of), birth, proof: None };
    let person = store.add_person(account, Relation::Myself, &details).await.unwrap();
    let mut browser = service.browser();
    browser.keep("account", &token);
    (browser, account, person)
}

/// The office, with rules and one place on a day.
pub async fn office(service: &Service, policy: BookingPolicy, day: Date, minute: i32) -> OfficeId {
    let store = &service.app.store;
    let office = store.offices().await.unwrap().remove(0).id;
    let new = NewStaff {
        login: "admin".to_owned(),
        name: "admin".to_owned(),
        role: Role::Admin,
        office: None,
        password: String::new(),
    };
    let admin = store.add_staff(new).await.unwrap().id;
    store.set_booking_policy(office, policy, admin).await.unwrap();
    let slot = PlannedSlot {
        slot: Slot { day, minute },
        starts_at: midnight(day, store.zone()).after_s(i64::from(minute) * 60),
        length_min: 15,
        places: 1,
        staff_places: 0,
    };
    store.plan_slots(office, SERVICE, &[slot]).await.unwrap();
    office
}

/// Given out at eleven.
fn day() -> Date {
    date(2026, 12, 2)
}

fn eleven() -> BookingPolicy {
    BookingPolicy { release_at: Some(660), ..BookingPolicy::default() }
}

async fn may_book(service: &Service, office: OfficeId, of: usize) -> bool {
    let key = service.app.store.person_key(&number(of));
    gate::let_in(&service.app, office, SERVICE, day(), &key).await.unwrap().is_ok()
}

/// The draw of the address of a room, as a program reads it.
async fn drawn(browser: &mut Browser, path: &str) -> (Seed, Vec<Drawn>) {
    let read: Value = serde_json::from_slice(&browser.get(&format!("{path}/draw.json")).await.bytes).unwrap();
    let rounds = read["rounds"].as_array().unwrap().iter().map(|round| Drawn {
        seed: round["seed"].as_str().unwrap().parse().unwrap(),
        entries: serde_json::from_value(round["entries"].clone()).unwrap(),
    });
    (read["commitment"].as_str().unwrap().parse().unwrap(), rounds.collect())
}

#[tokio::test]
async fn from_the_door_to_the_turn_without_hurry() {
    let service = Service::new(Says::Fits).await;
    let office = office(&service, eleven(), day(), 540).await;
    let path = gate::path(office, SERVICE, day());
    let (mut first, account, one) = citizen(&service, 1).await;
    let (mut second, _, two) = citizen(&service, 2).await;
    service.app.store.accept_notice(account, &service.app.notice.version()).await.unwrap();
    assert!(first.get(&path).await.text().contains("还没开始放号"));
    assert!(service.browser().get(&path).await.to().starts_with("/sign-in?to="));
    assert!(!may_book(&service, office, 1).await, "nobody gets past by coming early");
    service.pass_ms(20 * MINUTE_MS);
    first.get(&path).await;
    second.get(&path).await;
    service.pass_ms(10 * MINUTE_MS);
    service.app.store.open_rooms(&service.app.calendar).await.unwrap();
    assert!(first.get(&path).await.text().contains("候号厅已开放"));
    let times = format!("/visit/time?person={one}&business=id-renewal&office={office}");
    let page = first.get(&times).await;
    assert_eq!(page.status, StatusCode::OK, "{:?}", page.headers);
    let page = page.text();
    let door = format!("href=\"{path}?person={one}&amp;business=id-renewal&amp;office={office}\"");
    assert!(page.contains(&door) && page.contains("进候号厅"), "{page}");
    let refused = first.post(&path, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.tells("person", "请选给谁预约");
    let (one, two) = (one.to_string(), two.to_string());
    let fields = [("person", one.as_str()), ("business", "id-renewal")];
    let inside = first.post(&path, &fields).await.to();
    assert_eq!(inside, format!("{path}?person={one}&business=id-renewal"));
    assert_eq!(first.post(&path, &fields).await.to(), inside, "twice is once");
    assert!(first.get(&inside).await.text().contains("现在有 1 人在候号"), "oneself is counted");
    second.post(&path, &[("person", &two)]).await.to();
    let page = first.get(&inside).await.text();
    assert!(
        page.contains("您已进入候号厅") && page.contains("现在有 2 人在候号") && page.contains("什么都不用做"),
        "{page}"
    );
    assert!(first.get(&format!("{path}/draw")).await.text().contains("之后这里公布结果"));
    let (promised, before) = drawn(&mut service.browser(), &path).await;
    assert!(before.is_empty());
    service.pass_ms(20 * MINUTE_MS);
    first.get(&path).await;
    second.get(&path).await;
    service.pass_ms(10 * MINUTE_MS);
    assert_eq!(service.app.store.tend_rooms().await.unwrap(), 1, "one place, one turn");
    let (commitment, after) = drawn(&mut service.browser(), &path).await;
    assert_eq!((commitment, after[0].entries.len()), (promised, 2));
    assert_eq!(draw::check(&promised, &after), Ok(()));
    let has_turn = may_book(&service, office, 1).await;
    assert_ne!(has_turn, may_book(&service, office, 2).await);
    let (mut turn, mut waits, person) = if has_turn { (first, second, one) } else { (second, first, two) };
    let page = turn.get(&format!("{path}?person={person}&business=id-renewal")).await.text();
    let onward = format!("/visit/time?person={person}&amp;business=id-renewal&amp;office={office}&amp;day=2026-12-02");
    assert!(page.contains("轮到您了") && page.contains(&onward), "{page}");
    let page = waits.get(&path).await.text();
    assert!(page.contains("下一个就是您") && page.contains("data-poll"), "{page}");
    let entry = after[0].entries[1].to_string();
    let page = waits.get(&format!("{path}/draw?entry={entry}")).await.text();
    assert!(page.contains("排在第 <b>2</b>"), "{page}");
    assert_eq!(waits.post(&format!("{path}/leave"), &[]).await.to(), path);
    assert!(waits.get(&path).await.text().contains("候号厅已开放"));
}

#[tokio::test]
async fn who_is_not_sure_enough_is_sent_to_say_who_they_are() {
    let service = Service::new(Says::Fits).await;
    let office = office(&service, eleven(), day(), 540).await;
    let path = gate::path(office, SERVICE, day());
    let contact = Contact::parse("13800138000").unwrap();
    let account = service.app.store.add_account(Some(&contact), None, Lang::Zh).await.unwrap();
    let token = "a".repeat(43);
    service.app.store.begin_account_session(account, How::Code, &token, None, "other/other").await.unwrap();
    let mut browser = service.browser();
    browser.keep("account", &token);
    assert!(browser.post(&path, &[]).await.to().starts_with("/visit/level?to="));
}

#[tokio::test]
async fn the_gate_is_open_where_nothing_is_given_out_this_morning() {
    let service = Service::new(Says::Fits).await;
    let office = office(&service, BookingPolicy::default(), day(), 540).await;
    assert!(may_book(&service, office, 1).await);
    let (mut browser, ..) = citizen(&service, 1).await;
    for path in [gate::path(office, SERVICE, day()), format!("/visit/room/{office}/id-card/someday")] {
        assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn an_hour_after_the_opening_nobody_needs_a_turn() {
    let service = Service::new(Says::Fits).await;
    let office = office(&service, eleven(), day(), 540).await;
    service.pass_ms(60 * MINUTE_MS);
    assert!(!may_book(&service, office, 1).await);
    service.pass_ms(60 * MINUTE_MS);
    assert!(may_book(&service, office, 1).await);
}

#[tokio::test]
async fn invariant_19_who_asks_too_often_waits_and_nobody_solves_a_puzzle() {
    let service = Service::new(Says::Fits).await;
    let office = office(&service, eleven(), day(), 540).await;
    let path = gate::path(office, SERVICE, day());
    let ((mut bot, ..), (mut other, ..)) = (citizen(&service, 1).await, citizen(&service, 2).await);
    for _ in 0..60 {
        assert_eq!(bot.get(&path).await.status, StatusCode::OK);
    }
    let refused = bot.get(&path).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(other.get(&path).await.status, StatusCode::OK, "the same address, another person");
    service.pass_ms(MINUTE_MS);
    assert_eq!(bot.get(&path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn invariant_19_a_barred_network_is_refused_and_a_trusted_one_is_not_counted() {
    let networks =
        Networks { barred: vec!["192.0.2.0/24".parse().unwrap()], trusted: vec!["198.51.100.0/24".parse().unwrap()] };
    let settings = Settings { demo: true, behind_proxy: true, networks, ..Settings::default() };
    let service = Service::with(Says::Fits, settings).await;
    let office = office(&service, eleven(), day(), 540).await;
    let path = format!("{}/draw.json", gate::path(office, SERVICE, day()));
    let ask = async |address: &str| {
        let request = Request::get(path.as_str()).header("host", "localhost:8080").header("x-forwarded-for", address);
        service.browser().send(request.body(Body::empty()).unwrap()).await.status
    };
    assert_eq!(ask("192.0.2.7").await, StatusCode::TOO_MANY_REQUESTS);
    for _ in 0..601 {
        assert_eq!(ask("198.51.100.7").await, StatusCode::OK);
    }
    assert_eq!(ask("203.0.113.7").await, StatusCode::OK);
}

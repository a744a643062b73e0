//! The waiting list as a browser without scripts sees it.

use axum::http::StatusCode;
use huizhi_domain::visit::wish::OFFER_MS;
use huizhi_domain::visit::{BookingPolicy, State};
use jiff::civil::{Date, date};

use crate::citizen::room::tests::{citizen, office};
use crate::citizen::tests::{Says, Service};

fn day() -> Date {
    date(2026, 12, 1)
}

#[tokio::test]
async fn a_wish_is_made_offered_and_taken() {
    let service = Service::new(Says::Fits).await;
    let office = office(&service, BookingPolicy::default(), day(), 540).await.to_string();
    let (mut browser, account, person) = citizen(&service, 1).await;
    assert!(browser.get("/visit/list").await.text().contains("您没有在候补"));
    let form = browser.get(&format!("/visit/list?office={office}&business=id-renewal&day=2026-12-01")).await.text();
    assert!(form.contains("加入候补") && form.contains("value=\"2026-12-01\""), "{form}");
    let person = person.to_string();
    let from = format!("person={person}&business=id-renewal&office={office}&day=2026-12-01");
    let form = browser.get(&format!("/visit/list?{from}")).await.text();
    let back = format!("href=\"/visit/time?{}\"", from.replace('&', "&amp;"));
    assert!(form.contains(&back), "back to the chosen day: {form}");
    let mut fields = vec![("office", office.as_str()), ("from", "2026-12-02"), ("to", "2026-12-01")];
    let refused = browser.post("/visit/list", &fields).await;
    refused.tells("from", "请填今天起一个月以内的日子");
    refused.tells("person", "请选给谁预约");
    refused.tells("business", "请选办什么");
    fields[1].1 = "2026-12-01";
    fields.extend([("person", person.as_str()), ("business", "id-renewal"), ("times", "morning")]);
    assert_eq!(browser.post("/visit/list", &fields).await.to(), "/visit/list?told=joined");
    let page = browser.get("/visit/list?told=joined").await.text();
    assert!(page.contains("已加入候补"), "{page}");
    assert!(page.contains("您是第一个") && page.contains("上午"), "{page}");
    browser.post("/visit/list", &fields).await.tells("person", "这个人已经在候补这项业务");
    assert_eq!(service.app.store.offer_places().await.unwrap(), 1);
    let page = browser.get("/visit/list").await.text();
    assert!(page.contains("有号了，为您留着") && page.contains("2026年12月1日 09:00"), "{page}");
    let wish = service.app.store.wishes_of(account).await.unwrap().remove(0);
    let (mut stranger, ..) = citizen(&service, 2).await;
    for act in ["take", "leave"] {
        let answer = stranger.post(&format!("/visit/list/{}/{act}", wish.id), &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{act}");
    }
    let to = browser.post(&format!("/visit/list/{}/take", wish.id), &[]).await.to();
    assert_eq!(to, format!("/visit/{}", wish.appointment.unwrap()));
    let booked = service.app.store.appointment(wish.appointment.unwrap()).await.unwrap().unwrap();
    assert_eq!(booked.state, State::Booked);
    let again = browser.post(&format!("/visit/list/{}/take", wish.id), &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.text().contains("已经处理过") && again.text().contains("已经约上"));
    let export = browser.get("/account/data/export.json").await.text();
    assert!(export.contains("\"wishes\":[{") && export.contains(&wish.id.to_string()));
}

#[tokio::test]
async fn an_offer_that_is_refused_goes_to_the_next_at_once_and_one_that_is_late_is_over() {
    let service = Service::new(Says::Fits).await;
    let office = office(&service, BookingPolicy::default(), day(), 540).await.to_string();
    let mut line = Vec::new();
    for of in 1..3 {
        let (mut browser, account, person) = citizen(&service, of).await;
        let person = person.to_string();
        let fields = [
            ("office", office.as_str()),
            ("from", "2026-12-01"),
            ("to", "2026-12-03"),
            ("person", &person),
            ("business", "id-renewal"),
        ];
        browser.post("/visit/list", &fields).await.to();
        service.pass_ms(1);
        line.push((browser, service.app.store.wishes_of(account).await.unwrap().remove(0).id));
    }
    assert_eq!(service.app.store.offer_places().await.unwrap(), 1);
    let (mut second, later) = line.remove(1);
    let (mut first, refused) = line.remove(0);
    assert!(second.get("/visit/list").await.text().contains("您是第一个"));
    assert_eq!(first.post(&format!("/visit/list/{refused}/refuse"), &[]).await.to(), "/visit/list");
    assert!(first.get("/visit/list").await.text().contains("正在等"));
    assert!(second.get("/visit/list").await.text().contains("有号了"));
    for _ in 0..8 {
        service.pass_ms(OFFER_MS / 8);
        second.get("/visit/list").await;
    }
    let late = second.post(&format!("/visit/list/{later}/take"), &[]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text().contains("这个号留的时间已过"));
    assert_eq!(second.post(&format!("/visit/list/{later}/leave"), &[]).await.to(), "/visit/list");
    assert!(second.get("/visit/list").await.text().contains("已退出"));
}

#[tokio::test]
async fn an_office_without_a_list_has_none() {
    let service = Service::new(Says::Fits).await;
    let rules = BookingPolicy { waiting_list: false, ..BookingPolicy::default() };
    let office = office(&service, rules, day(), 540).await.to_string();
    let (mut browser, ..) = citizen(&service, 1).await;
    assert!(!browser.get(&format!("/visit/list?office={office}")).await.text().contains("加入候补</h2>"));
    let answer = browser.post("/visit/list", &[("office", &office)]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

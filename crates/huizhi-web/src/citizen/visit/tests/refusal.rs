//! What is refused, in plain words and with what can be done instead.

use axum::http::StatusCode;
use huizhi_domain::visit::State;

use super::{Citizen, FAR, service};
use crate::citizen::tests::NUMBER;

const MINUTE_MS: i64 = 60_000;

#[tokio::test]
async fn a_time_that_was_just_taken_offers_the_nearest_as_buttons() {
    let (service, office) = service().await;
    let mut first = Citizen::new(&service, "13800138000", NUMBER).await;
    let mut second = Citizen::new(&service, "13900139000", FAR).await;
    first.book(&office, "2026-12-01T08:30").await;
    let refused = second.choose(&office, "2026-12-01T08:30").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let page = refused.text();
    assert!(page.contains("这个时间刚被约走了") && page.contains("<title>错误： "), "{page}");
    assert!(page.contains("name=\"slot\" value=\"2026-12-01T08:50\""), "the nearest is a button");
    assert!(second.choose(&office, "2026-12-01T08:50").await.to().starts_with("/visit/check?held="));
    // A day without places says so and leads to the waiting list.
    let mut third = Citizen::new(&service, "13700137000", "441302198001010015").await;
    third.choose(&office, "2026-12-01T09:10").await.to();
    let page = third.browser.get(&format!("{}&day=2026-12-01", third.asked("time", &office))).await.text();
    assert!(page.contains("这一天已约满") && page.contains("/visit/list?person="), "{page}");
}

#[tokio::test]
async fn one_a_day_and_one_at_a_time() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "13800138000", NUMBER).await;
    let booked = citizen.book(&office, "2026-12-01T08:30").await;
    let refused = citizen.choose(&office, "2026-12-01T08:50").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let page = refused.text();
    assert!(page.contains("每人每天只能约一次") || page.contains("办完或取消后才能再约"), "{page}");
    assert!(citizen.browser.get(&booked).await.text().contains("预约成功"), "and the first stands");
    // Another day is one too many at the same time.
    let page = citizen.choose(&office, "2026-11-30T08:50").await.text();
    assert!(page.contains("办完或取消后才能再约"), "{page}");
}

#[tokio::test]
async fn days_that_cannot_be_booked_say_which_can() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "13800138000", NUMBER).await;
    for slot in ["2026-11-25T08:30", "2027-03-01T08:30"] {
        let refused = citizen.choose(&office, slot).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{slot}");
    }
    let page = citizen.choose(&office, "2026-12-01T08:37").await.text();
    assert!(page.contains("没有这个时间"), "{page}");
    // What is missing is asked first, and nothing that was chosen is lost.
    let fields = [("person", "nobody"), ("business", "id-renewal")];
    assert_eq!(citizen.browser.post("/visit/time", &fields).await.to(), "/visit/who?person=nobody&business=id-renewal");
    let person = citizen.person.to_string();
    let to = citizen.browser.post("/visit/time", &[("person", &person), ("business", "hmt-permit")]).await.to();
    assert_eq!(to, format!("/visit/business?person={person}&business=hmt-permit"), "D14: nothing to book");
}

#[tokio::test]
async fn a_hold_ends_by_itself_and_its_answers_stay() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "13800138000", NUMBER).await;
    let check = citizen.choose(&office, "2026-12-01T08:30").await.to();
    let held = check.strip_prefix("/visit/check?held=").unwrap().to_owned();
    service.pass_ms(10 * MINUTE_MS);
    let page = citizen.browser.get(&check).await.text();
    assert!(page.contains("保留的时间过了") && !page.contains("确认预约</button>"), "{page}");
    assert!(page.contains(&format!("office={}", office.id)), "back to the times of the same office");
    let late = citizen.browser.post("/visit/check", &[("held", &held)]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text().contains("位置已让给别人"));
    assert!(citizen.browser.get("/visit").await.text().contains("还没有预约"), "it never was one");
    citizen.book(&office, "2026-12-01T08:30").await;
}

#[tokio::test]
async fn who_chooses_another_time_gives_the_first_back() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "13800138000", NUMBER).await;
    let first = citizen.choose(&office, "2026-12-01T08:30").await.to();
    let second = citizen.choose(&office, "2026-12-01T08:50").await.to();
    assert_ne!(first, second);
    assert_eq!(citizen.choose(&office, "2026-12-01T08:50").await.to(), second, "pressed twice");
    let mut other = Citizen::new(&service, "13900139000", FAR).await;
    other.choose(&office, "2026-12-01T08:30").await.to();
    let held = second.strip_prefix("/visit/check?held=").unwrap().to_owned();
    assert_eq!(citizen.browser.post("/visit/drop", &[("held", &held)]).await.to(), "/visit");
    assert!(citizen.browser.get("/visit").await.text().contains("还没有预约"));
    let state = service.app.store.appointment(held.parse().unwrap()).await.unwrap().unwrap().state;
    assert_eq!(state, State::Cancelled);
}

#[tokio::test]
async fn a_move_keeps_the_old_time_until_the_new_one_is_had() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "13800138000", NUMBER).await;
    let mut other = Citizen::new(&service, "13900139000", FAR).await;
    let booked = citizen.book(&office, "2026-12-01T08:30").await;
    other.book(&office, "2026-12-01T08:50").await;
    let page = citizen.browser.get(&format!("{booked}/move?day=2026-12-01")).await.text();
    assert!(page.contains("原来的才让出") && page.contains("value=\"2026-12-01T09:10\""), "{page}");
    let full = citizen.browser.post(&format!("{booked}/move"), &[("slot", "2026-12-01T08:50")]).await;
    assert_eq!(full.status, StatusCode::CONFLICT);
    assert!(full.text().contains("这个时间刚被约走了") && full.text().contains("value=\"2026-12-01T09:10\""));
    assert!(citizen.browser.get(&booked).await.text().contains("星期二 08:30"), "nothing was lost");
    let done = citizen.browser.post(&format!("{booked}/move"), &[("slot", "2026-11-30T08:30")]).await.to();
    assert_eq!(done, format!("{booked}?told=moved"));
    let page = citizen.browser.get(&done).await.text();
    assert!(page.contains("时间改好了") && page.contains("2026年11月30日 星期一 08:30"), "{page}");
    let inbox = citizen.browser.get("/messages").await.text();
    assert!(inbox.contains("预约时间已改为2026年11月30日") && inbox.contains("预约成功：2026年12月1日"), "{inbox}");
}

#[tokio::test]
async fn cancelling_says_what_is_lost_and_until_when() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "13800138000", NUMBER).await;
    let booked = citizen.book(&office, "2026-11-26T08:50").await;
    let page = citizen.browser.get(&format!("{booked}/cancel")).await.text();
    assert!(page.contains("不能恢复") && page.contains("2026年11月26日 上午6:50前可以取消"), "{page}");
    assert!(page.contains(&format!("{booked}/move")), "another time is the better way");
    let done = citizen.browser.post(&format!("{booked}/cancel"), &[]).await.to();
    assert_eq!(done, format!("{booked}?told=cancelled"));
    assert_eq!(citizen.browser.post(&format!("{booked}/cancel"), &[]).await.to(), done, "pressed twice");
    let page = citizen.browser.get(&done).await.text();
    assert!(page.contains("预约已取消") && page.contains("重新预约"), "{page}");
    assert_eq!(citizen.browser.get(&format!("{booked}/cancel")).await.to(), booked);
    assert!(citizen.browser.get("/visit").await.text().contains("已取消"), "it was one");
    citizen.book(&office, "2026-11-26T08:50").await;
}

#[tokio::test]
async fn too_late_to_cancel_names_the_time_and_the_telephone() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "13800138000", NUMBER).await;
    let booked = citizen.book(&office, "2026-11-26T08:50").await;
    // Half past seven on the day; the session is a new one.
    service.pass_ms((21 * 60 + 30) * MINUTE_MS);
    let headers = axum::http::HeaderMap::new();
    let cookie = crate::account::begin(&service.app, &headers, citizen.account, crate::account::How::Password).await;
    let cookie = cookie.unwrap().to_str().unwrap().split(';').next().unwrap().to_owned();
    let (name, value) = cookie.split_once('=').unwrap();
    citizen.browser.keep(name, value);
    let page = citizen.browser.get(&booked).await.text();
    assert!(page.contains("不能在网上取消") && !page.contains(&format!("href=\"{booked}/cancel\"")), "{page}");
    let refused = citizen.browser.post(&format!("{booked}/cancel"), &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("要在开始前 2 小时以上才行"), "{}", refused.text());
    let refused = citizen.browser.post(&format!("{booked}/move"), &[("slot", "2026-11-30T08:30")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
}

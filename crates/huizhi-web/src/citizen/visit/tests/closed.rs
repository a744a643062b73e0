//! Days on which an office is closed: why, and what becomes of whoever had a time on them.

use huizhi_domain::office::Span;
use huizhi_domain::staff::{Office, Role};
use huizhi_store::{NewClosure, NewStaff, ScheduleEdit};
use jiff::civil::date;

use super::{Citizen, FAR, service};
use crate::citizen::tests::Service;

const REASON: &str = "线路检修停电";

/// Closes an office on 1 December 2026, or in hours of it.
async fn close(service: &Service, office: &Office, span: Option<Span>) {
    let store = &service.app.store;
    let login = "admin".to_owned();
    let new = NewStaff { name: login.clone(), login, role: Role::Admin, office: None, password: String::new() };
    let by = store.add_staff(new).await.unwrap().id;
    let day = date(2026, 12, 1);
    let closure = NewClosure { service: None, from: day, to: day, span, reason: REASON.to_owned() };
    store.apply_schedule(office.id, ScheduleEdit::Close(closure), by, &service.app.calendar).await.unwrap();
}

#[tokio::test]
async fn a_closed_day_says_why_and_offers_another_instead_of_the_waiting_list() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "13800138000", FAR).await;
    close(&service, &office, None).await;
    let page = citizen.browser.get(&format!("{}&day=2026-12-01", citizen.asked("time", &office))).await.text();
    assert_eq!(page.matches("不办理：线路检修停电").count(), 2, "the day, and its line in the list\n{page}");
    assert!(page.contains("请在下面另选一天") && !page.contains("已约满") && !page.contains("/visit/list"), "{page}");
    let page = citizen.browser.get(&format!("{}&day=2026-11-28", citizen.asked("time", &office))).await.text();
    assert!(page.contains("这一天不办理") && !page.contains("已约满"), "a weekend is not full: {page}");
}

#[tokio::test]
async fn a_day_that_is_closed_for_hours_says_which_and_gives_the_others() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "13800138000", FAR).await;
    close(&service, &office, Some(Span { opens: 8 * 60, closes: 8 * 60 + 45 })).await;
    let page = citizen.browser.get(&format!("{}&day=2026-12-01", citizen.asked("time", &office))).await.text();
    assert!(page.contains("08:00-08:45 不办理：线路检修停电"), "{page}");
    assert!(page.contains("2026-12-01T08:50") && !page.contains("2026-12-01T08:30"), "{page}");
}

#[tokio::test]
async fn who_lost_their_time_reads_why_and_is_led_to_another() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "13800138000", FAR).await;
    let booked = citizen.book(&office, "2026-12-01T08:30").await;
    close(&service, &office, None).await;
    let page = citizen.browser.get("/visit").await.text();
    assert!(page.contains("请重新选时间") && page.contains(&format!("href=\"{booked}/move\"")), "{page}");
    assert!(!page.contains("还没有预约") && !page.contains("以前的预约"), "{page}");
    let page = citizen.browser.get(&booked).await.text();
    assert!(page.contains("原因：线路检修停电") && page.contains(&format!("{booked}/move")), "{page}");
    let page = citizen.browser.get(&format!("{booked}/move")).await.text();
    assert!(
        page.contains("原来约的是") && page.contains("原因：线路检修停电") && !page.contains("前可以改时间"),
        "{page}"
    );
    let page = citizen.browser.get("/messages").await.text();
    assert!(page.contains("受理点取消了您的时间") && page.contains(REASON), "{page}");
    let to = citizen.browser.post(&format!("{booked}/move"), &[("slot", "2026-12-02T08:30")]).await.to();
    assert_eq!(to, format!("{booked}?told=moved"));
    assert!(!citizen.browser.get("/visit").await.text().contains("请重新选时间"));
}

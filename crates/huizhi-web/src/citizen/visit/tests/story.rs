//! From the tab to the confirmed appointment.

use axum::http::StatusCode;
use huizhi_domain::review::Opinion;

use super::{CHILD, Citizen, FAR, booked, service};
use crate::citizen::tests::{NUMBER, Says, Service};

const DAY_MS: i64 = 86_400_000;

#[tokio::test]
async fn strangers_choose_how_to_sign_in_and_come_back() {
    let (service, _) = service().await;
    let mut browser = service.browser();
    let page = browser.get("/visit").await.text();
    assert!(page.contains("/sign-in/face?to=%2Fvisit") && page.contains("/sign-in?to=%2Fvisit"), "{page}");
    assert!(browser.get("/").await.text().contains("href=\"/visit\""), "the first page leads there");
    for path in ["/visit/who", "/visit/business", "/visit/office", "/visit/time", "/visit/check", "/visit/level"] {
        assert!(browser.get(path).await.to().starts_with("/sign-in?to=%2Fvisit"), "{path}");
    }
}

#[tokio::test]
async fn who_is_not_known_well_enough_is_sent_to_give_their_number_and_back() {
    let (service, _) = service().await;
    let mut citizen = Citizen::unsure(&service, "13800138000", FAR).await;
    let browser = &mut citizen.browser;
    let to = browser.get("/visit/who").await.to();
    assert_eq!(to, "/visit/level?to=%2Fvisit%2Fwho");
    let page = browser.get(&to).await.text();
    assert!(page.contains("预约要第 3 级") && page.contains("王**") && !page.contains(FAR), "{page}");
    assert_eq!(browser.post("/visit/level", &[("to", "/visit/who")]).await.to(), "/visit/who");
    assert_eq!(browser.get("/visit/who").await.to(), "/visit/notice?to=%2Fvisit%2Fwho");
    assert_eq!(browser.get(&to).await.to(), "/visit/who", "once is enough");
    // A paper whose number carries no check proves nothing here.
    let mut guest = Citizen::unsure(&service, "13900139000", "H12345678").await;
    let page = guest.browser.get("/visit/level?to=%2Fvisit").await.text();
    assert!(page.contains("没有校验位"), "{page}");
    assert!(guest.browser.post("/visit/level", &[("to", "/visit")]).await.to().starts_with("/visit/level"));
    assert!(guest.browser.get("/visit/who").await.to().starts_with("/visit/level"));
}

#[tokio::test]
async fn the_notice_is_accepted_with_its_version_and_again_when_it_changes() {
    let (service, _) = service().await;
    let mut citizen = Citizen::unsure(&service, "13800138000", FAR).await;
    citizen.browser.post("/visit/level", &[]).await.to();
    service.app.store.accept_notice(citizen.account, "2020-01-01").await.unwrap();
    let page = citizen.browser.get("/visit/notice?to=%2Fvisit%2Fwho").await.text();
    assert!(page.contains("预约须知有变化") && page.contains("迟到"), "{page}");
    let version = service.app.notice.version();
    citizen.browser.post("/visit/notice", &[("version", &version)]).await.tells("accept", "请看过预约须知");
    let old = [("version", "2020-01-01"), ("accept", "1")];
    citizen.browser.post("/visit/notice", &old).await.tells("accept", "预约须知刚有变化");
    let fields = [("version", version.as_str()), ("accept", "1"), ("to", "/visit/who")];
    assert_eq!(citizen.browser.post("/visit/notice", &fields).await.to(), "/visit/who");
    assert_eq!(citizen.browser.get("/visit/who").await.status, StatusCode::OK);
    assert_eq!(service.app.store.accepted_notices(citizen.account).await.unwrap()[0].0, version);
}

#[tokio::test]
async fn from_who_to_the_page_that_is_kept() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "13800138000", FAR).await;
    let (person, id) = (citizen.person, office.id);
    let browser = &mut citizen.browser;
    let page = browser.get("/visit/who").await.text();
    assert!(page.contains("王大明") && page.contains(&format!("/visit/business?person={person}")), "{page}");
    let page = browser.get(&format!("/visit/business?person={person}")).await.text();
    assert!(page.contains("business=id-renewal") && !page.contains("business=hmt-permit"), "{page}");
    assert!(
        page.contains("这种居住证只发给港澳台居民") && !page.contains("不用预约"),
        "not sent to the counter in vain: {page}"
    );
    let page = browser.get(&format!("/visit/office?person={person}&business=id-renewal&district=441302")).await.text();
    assert!(page.contains("江北窗口") && page.contains("星期一至星期五 08:30–09:30"), "{page}");
    assert!(page.contains("2026年11月26日 星期四 08:30"), "the next free time");
    let time = format!("/visit/time?person={person}&business=id-renewal&office={id}");
    let page = browser.get(&time).await.text();
    assert!(page.contains("2026年12月1日 星期二") && page.contains("余 3"), "{page}");
    assert!(page.contains("2026年11月28日 星期六") && page.contains("不办理"), "a weekend is named");
    let page = browser.get(&format!("{time}&day=2026-12-01")).await.text();
    assert!(page.contains("value=\"2026-12-01T08:50\"") && page.contains("08:50–09:10"), "{page}");

    let check = citizen.choose(&office, "2026-12-01T08:50").await.to();
    let page = citizen.browser.get(&check).await.text();
    for part in ["王大明", "身份证到期换领", "江北窗口", "2026年12月1日 星期二 08:50", "已为您保留到", "户籍算在外省"]
    {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(!page.contains(FAR), "the number is masked");
    assert!(page.contains("还没有能用的照片回执") && page.contains("/photo/cn-resident-id/guide?city=441300"), "R14");
    let held = check.strip_prefix("/visit/check?held=").unwrap().to_owned();
    let told = citizen.browser.post("/visit/check", &[("held", &held), ("notices", "1")]).await.to();
    assert_eq!(told, format!("/visit/{held}?told=booked"));
    assert_eq!(citizen.browser.post("/visit/check", &[("held", &held)]).await.to(), told, "pressed twice");
    let page = citizen.browser.get(&told).await.text();
    let code = service.app.store.code_of(held.parse().unwrap()).await.unwrap().unwrap();
    let appointment = service.app.store.appointment(held.parse().unwrap()).await.unwrap().unwrap();
    for part in [appointment.number.to_string().as_str(), &code, "class=\"qr\"", "提前 15 分钟到", "接下来"] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let list = citizen.browser.get("/visit").await.text();
    assert!(list.contains(&format!("href=\"/visit/{held}\"")) && list.contains("已预约"), "{list}");
    assert!(list.contains("身份证到期换领 · 王大明<br>"), "whose it is: {list}");
    assert!(citizen.browser.get("/messages").await.text().contains("预约成功：2026年12月1日 星期二 08:50"));
    citizen.browser.post("/messages/read", &[]).await.to();
    assert!(!citizen.browser.get("/messages").await.text().contains("class=\"card unread\""));
}

#[tokio::test]
async fn a_calendar_is_told_what_stands_and_what_is_gone_and_nothing_of_a_hold() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "13800138000", FAR).await;
    let check = citizen.choose(&office, "2026-12-01T08:30").await.to();
    let held = check.strip_prefix("/visit/check?held=").unwrap().to_owned();
    let path = format!("/visit/{held}/calendar.ics");
    assert_eq!(citizen.browser.get(&path).await.status, StatusCode::NOT_FOUND, "a hold");
    citizen.browser.post("/visit/check", &[("held", &held)]).await.to();
    let file = citizen.browser.get(&path).await;
    assert!(file.headers["content-type"].to_str().unwrap().starts_with("text/calendar"));
    let text = file.text();
    assert!(text.contains("METHOD:PUBLISH") && text.contains("DTSTART;TZID=Asia/Shanghai:20261201T083000"), "{text}");
    assert!(!text.contains("王大明"), "a shared calendar names nobody");
    citizen.browser.post(&format!("/visit/{held}/cancel"), &[]).await.to();
    assert!(citizen.browser.get(&path).await.text().contains("METHOD:CANCEL"));
}

#[tokio::test]
async fn an_erasure_says_which_visits_it_cancels() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "13800138000", FAR).await;
    assert!(!citizen.browser.get("/account/erase").await.text().contains("的预约会取消"));
    citizen.book(&office, "2026-12-01T08:30").await;
    let page = citizen.browser.get("/account/erase").await.text();
    assert!(page.contains("2026年12月1日 星期二 08:30 的预约会取消"), "{page}");
    let done = citizen.browser.post("/account/erase", &[("step", "sure")]).await.text();
    assert!(done.contains("2026年12月1日 星期二 08:30 的预约已取消"), "{done}");
}

#[tokio::test]
async fn a_childs_visit_says_that_a_guardian_comes_along() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "13800138000", NUMBER).await;
    // The people's form leads back to where somebody was sent from.
    let page = citizen.browser.get("/visit/who").await.text();
    assert!(page.contains("/account/people?to=%2Fvisit%2Fwho"), "{page}");
    let fields = [
        ("relation", "child"),
        ("name", "王小明"),
        ("id_number", CHILD),
        ("proof", "household-book"),
        ("consent", "1"),
        ("to", "/visit/who"),
    ];
    assert_eq!(citizen.browser.post("/account/people", &fields).await.to(), "/visit/who");
    assert!(citizen.browser.get("/visit/who").await.text().contains("监护人要一起来"));
    let people = service.app.store.people(citizen.account).await.unwrap();
    let guardian = citizen.person;
    citizen.person = people.iter().find(|it| it.id != guardian).unwrap().id;
    let check = citizen.choose(&office, "2026-12-01T08:30").await.to();
    let page = citizen.browser.get(&check).await.text();
    assert!(page.contains("监护人须一起来"), "{page}");
    // The guardian may come on the same day for themselves: it is another person.
    citizen.person = guardian;
    citizen.choose(&office, "2026-12-01T08:50").await.to();
}

#[tokio::test]
async fn who_has_no_id_card_to_get_is_told_so_before_a_time_is_chosen() {
    let (service, _) = service().await;
    let mut citizen = Citizen::new(&service, "13800138000", "H12345678").await;
    let page = citizen.browser.get(&format!("/visit/business?person={}", citizen.person)).await.text();
    assert!(!page.contains("business=id-renewal"), "{page}");
    assert!(page.contains("不用预约"), "what is for them needs no booking");
}

#[tokio::test]
async fn a_receipt_that_is_valid_on_the_day_is_found_and_leads_to_booking() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "13800138000", NUMBER).await;
    let (order, _) = citizen.browser.submit().await;
    let check = citizen.choose(&office, "2026-12-01T08:30").await.to();
    let page = citizen.browser.get(&check).await.text();
    assert!(page.contains("照片回执正在办") && page.contains(&format!("href=\"{order}\"")), "{page}");
    service.review(Opinion::Accept).await;
    let page = citizen.browser.get(&check).await.text();
    assert!(page.contains("照片回执那天有效"), "{page}");
    assert!(citizen.browser.get(&format!("{order}/receipt")).await.text().contains("预约去窗口办理"), "R69");
    assert!(citizen.browser.get(&order).await.text().contains("预约去窗口办理"));
}

#[tokio::test]
async fn others_see_nothing_of_an_appointment() {
    let service = Service::new(Says::Fits).await;
    let office = service.app.store.offices().await.unwrap().remove(0);
    let mut citizen = Citizen::new(&service, "13800138000", NUMBER).await;
    let number = huizhi_domain::applicant::IdNumber::parse(NUMBER, service.app.today()).unwrap();
    let made = booked(&service.app.store, &office, citizen.account, Some(citizen.person), &number).await;
    let mut other = Citizen::new(&service, "13900139000", FAR).await;
    for path in ["", "/cancel", "/move", "/calendar.ics"] {
        let path = format!("/visit/{}{path}", made.id);
        assert_eq!(citizen.browser.get(&path).await.status, StatusCode::OK, "{path}");
        assert_eq!(other.browser.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let held = made.id.to_string();
    assert_eq!(other.browser.get(&format!("/visit/check?held={held}")).await.status, StatusCode::NOT_FOUND);
    for path in [format!("/visit/{held}/cancel"), format!("/visit/{held}/move")] {
        let fields = [("slot", "2026-12-01T08:50")];
        assert_eq!(other.browser.post(&path, &fields).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let all = citizen.browser.get("/account/data/export.json").await;
    let all: serde_json::Value = serde_json::from_slice(&all.bytes).unwrap();
    assert_eq!(all["notices"].as_array().unwrap().len(), 1, "which notice was accepted, and when");
    let erased = service.app.store.erase_all_of(other.account).await;
    assert!(erased.is_ok());
}

#[tokio::test]
async fn the_day_before_brings_one_reminder_and_only_to_who_booked_earlier() {
    let (service, office) = service().await;
    let mut early = Citizen::new(&service, "13800138000", NUMBER).await;
    let mut late = Citizen::new(&service, "13900139000", FAR).await;
    early.book(&office, "2026-12-01T08:30").await;
    let store = &service.app.store;
    assert_eq!(store.remind_of_visits().await.unwrap(), 0, "not before");
    service.pass_ms(4 * DAY_MS + 6 * 3_600_000);
    assert_eq!(store.remind_of_visits().await.unwrap(), 0, "two days before, in the afternoon");
    service.pass_ms(DAY_MS - 2 * 3_600_000);
    // Monday, 14:00. Sessions have ended meanwhile, so the second books without a page.
    let number = huizhi_domain::applicant::IdNumber::parse(FAR, service.app.today()).unwrap();
    let slot = "2026-12-01T08:50";
    let ask = huizhi_store::Ask {
        office: office.id,
        service: "id-card".to_owned(),
        business: "id-renewal".to_owned(),
        slot: slot.parse().unwrap(),
        units: 1,
        visitor: huizhi_domain::visit::Visitor {
            name: huizhi_domain::applicant::PersonName::parse("王大明").unwrap(),
            birth: number.birth().unwrap(),
            number,
        },
        account: Some(late.account),
        person: None,
        rights: huizhi_domain::visit::Rights::Public,
        lang: huizhi_domain::words::Lang::Zh,
        once: None,
        session: None,
    };
    store.book(ask).await.unwrap().unwrap();
    assert_eq!(store.remind_of_visits().await.unwrap(), 1, "who booked an hour ago needs none");
    assert_eq!(store.remind_of_visits().await.unwrap(), 0, "not twice");
    service.pass_ms(8 * 3_600_000);
    assert_eq!(store.remind_of_visits().await.unwrap(), 0, "not in the night");
    let told = store.visit_messages_of(early.account).await.unwrap();
    assert_eq!(told.iter().filter(|it| it.happening.word() == "reminder").count(), 1);
    service.pass_ms(DAY_MS);
    assert_eq!(store.remind_of_visits().await.unwrap(), 0, "not of the past");
    assert!(early.browser.get("/visit/who").await.to().starts_with("/sign-in"));
    assert!(late.browser.get("/visit/who").await.to().starts_with("/sign-in"));
}

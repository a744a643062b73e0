//! The people of an account, its consents, and its rights over its data.

use axum::http::{HeaderMap, StatusCode};
use huizhi_domain::account::Contact;
use huizhi_domain::consent::Purpose;
use huizhi_domain::id::AccountId;
use huizhi_domain::person::Relation;
use huizhi_domain::review::Opinion;
use huizhi_domain::words::Lang;

use super::{Browser, NUMBER, PHOTO, Says, Service};
use crate::account::{self, How};

/// Synthetic: born on 29 February 2016.
const CHILD: &str = "441302201602290010";
const PHONE: &str = "13800138000";
const PASSWORD: &str = "correct horse battery";

async fn signed_in(service: &Service, phone: &str, password: Option<&str>) -> (Browser, AccountId) {
    let contact = Contact::parse(phone).unwrap();
    let hash = password.map(|text| crate::hash_password(text).unwrap());
    let id = service.app.store.add_account(Some(&contact), hash, Lang::Zh).await.unwrap();
    let cookie = account::begin(&service.app, &HeaderMap::new(), id, How::Password).await.unwrap();
    let mut browser = service.browser();
    let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
    browser.cookies.insert(name.to_owned(), value.to_owned());
    (browser, id)
}

/// Adds the owner and a child of ten; gives the child's id.
async fn family(service: &Service, browser: &mut Browser, id: AccountId) -> String {
    let fields = [("relation", "myself"), ("name", "张大明"), ("id_number", NUMBER), ("consent", "1")];
    assert_eq!(browser.post("/account/people", &fields).await.to(), "/account/people?told=added");
    let fields = [("relation", "child"), ("name", "张小明"), ("id_number", CHILD), ("proof", "household-book")];
    assert_eq!(browser.post("/account/people", &fields).await.to(), "/account/people?told=added");
    let people = service.app.store.people(id).await.unwrap();
    people.iter().find(|it| it.relation == Relation::Child).unwrap().id.to_string()
}

#[tokio::test]
async fn strangers_are_sent_to_the_sign_in() {
    let service = Service::new(Says::Fits).await;
    let mut stranger = service.browser();
    for path in ["/account/people", "/account/consents", "/account/data", "/account/data/seen", "/account/erase"] {
        assert!(stranger.get(path).await.to().starts_with("/sign-in?to="), "{path}");
    }
}

#[tokio::test]
async fn nobody_is_kept_without_consent_and_mistakes_stand_on_top_and_beside() {
    let service = Service::new(Says::Fits).await;
    let (mut browser, id) = signed_in(&service, PHONE, None).await;
    let refused = browser.post("/account/people", &[("relation", "myself"), ("name", "张大明")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.tells("consent", "请勾选同意");
    refused.tells("id_number", "");
    assert!(service.app.store.people(id).await.unwrap().is_empty());
    family(&service, &mut browser, id).await;
    let page = browser.get("/account/people?told=added").await.text();
    assert!(page.contains("已添加") && !page.contains("<option value=\"myself\""), "there is one already: {page}");
    assert!(page.contains("张小明") && page.contains("未满 14 周岁") && page.contains("窗口还没看过"), "{page}");
    assert!(!page.contains(CHILD), "numbers are masked in the list");
    let second = [("relation", "myself"), ("name", "张大明"), ("id_number", NUMBER)];
    browser.post("/account/people", &second).await.tells("relation", "本人只能有一个");
}

#[tokio::test]
async fn a_childs_order_is_filled_in_and_its_guardian_consents_first() {
    let service = Service::new(Says::Fits).await;
    let (mut browser, id) = signed_in(&service, PHONE, None).await;
    let child = family(&service, &mut browser, id).await;
    let guide = "/photo/cn-resident-id/guide";
    assert!(browser.get(&format!("{guide}?city=441300")).await.text().contains("张小明"));
    let fields = [("city", "441300"), ("consent", "1"), ("person", child.as_str())];
    let refused = browser.post(guide, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "under 14, whatever was ticked");
    let fields = [("city", "441300"), ("consent", "1"), ("person", child.as_str()), ("guardian", "1")];
    let order = browser.post(guide, &fields).await.to();
    let order = order.strip_suffix("/take").unwrap();
    let person = child.parse().unwrap();
    assert!(service.app.store.consented_for(id, person, Purpose::FacePhoto).await.unwrap().is_some());
    assert!(browser.get("/account/consents").await.text().contains("您替家里人同意了"));
    let page = browser.get("/account/consents/face-photo").await.text();
    assert!(page.contains("/account/consents/face-photo?withdraw=1"), "it is withdrawn as easily: {page}");
    let to = browser.upload(&format!("{order}/photos"), "a.jpg", PHOTO).await.to();
    let photo = to.rsplit('/').next().unwrap();
    let form = browser.get(&format!("{order}/applicant?photo={photo}")).await.text();
    assert!(form.contains(CHILD) && form.contains("张小明"), "the child is filled in");
    assert!(form.contains("张大明") && form.contains(NUMBER), "and its guardian");
    let list = browser.get("/orders").await.text();
    assert!(list.contains("</b> · 张小明<br>"), "it says whose it is: {list}");
    // Another account's people are nobody here.
    let (mut other, _) = signed_in(&service, "13900139000", None).await;
    assert_eq!(other.get(&format!("/account/people/{child}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_order_can_still_be_given_to_somebody_when_the_form_comes() {
    let service = Service::new(Says::Fits).await;
    let (mut browser, id) = signed_in(&service, PHONE, None).await;
    family(&service, &mut browser, id).await;
    let people = service.app.store.people(id).await.unwrap();
    let myself = people.iter().find(|it| it.relation == Relation::Myself).unwrap().id;
    let order = browser.begin().await;
    let to = browser.upload(&format!("{order}/photos"), "a.jpg", PHOTO).await.to();
    let photo = to.rsplit('/').next().unwrap();
    let path = format!("{order}/applicant?photo={photo}");
    let form = browser.get(&path).await.text();
    assert!(form.contains("给谁办") && form.contains(&format!("person={myself}")) && !form.contains(NUMBER));
    let form = browser.get(&format!("{path}&person={myself}")).await.text();
    assert!(form.contains(NUMBER) && form.contains("已按张大明的资料填好"));
    let person = myself.to_string();
    let fields = [("photo", photo), ("person", person.as_str()), ("name", "张大明"), ("id_number", NUMBER)];
    browser.post(&format!("{order}/applicant"), &fields).await.to();
    let order = order.rsplit('/').next().unwrap().parse().unwrap();
    assert_eq!(service.app.store.person_of(order).await.unwrap().unwrap().id, myself);
}

#[tokio::test]
async fn consent_is_withdrawn_after_a_page_that_says_what_follows() {
    let service = Service::new(Says::Fits).await;
    let (mut browser, id) = signed_in(&service, PHONE, None).await;
    let (order, _) = browser.submit().await;
    assert!(service.app.store.consented(id, Purpose::FacePhoto).await.unwrap().is_some(), "given at the guide");
    let path = "/account/consents/face-photo";
    let page = browser.get(path).await.text();
    assert!(page.contains("不同意也不影响办证") && page.contains("已同意"));
    let page = browser.get(&format!("{path}?withdraw=1")).await.text();
    assert!(page.contains("照片立即删除") && page.contains("已经出的回执照常可用"));
    assert_eq!(browser.post(path, &[("wish", "withdraw")]).await.to(), "/account/consents?told=withdrawn");
    assert!(browser.get(&order).await.text().contains("撤回"), "the order went with it");
    assert_eq!(service.app.store.consented(id, Purpose::FacePhoto).await.unwrap(), None);
    assert_eq!(browser.post(path, &[("wish", "give")]).await.to(), "/account/consents?told=given");
    assert_eq!(browser.post(path, &[("wish", "")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(browser.get("/account/consents/anything").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn withdrawing_the_numbers_forgets_the_people() {
    let service = Service::new(Says::Fits).await;
    let (mut browser, id) = signed_in(&service, PHONE, None).await;
    family(&service, &mut browser, id).await;
    browser.post("/account/consents/identity-number", &[("wish", "withdraw")]).await.to();
    assert!(service.app.store.people(id).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_export_has_all_that_was_entered_and_who_looked() {
    let service = Service::new(Says::Fits).await;
    let (mut browser, id) = signed_in(&service, PHONE, None).await;
    family(&service, &mut browser, id).await;
    browser.submit().await;
    service.review(Opinion::Accept).await;
    let file = browser.get("/account/data/export.json").await;
    assert!(file.headers["content-disposition"].to_str().unwrap().contains("account.json"));
    let all: serde_json::Value = serde_json::from_slice(&file.bytes).unwrap();
    assert_eq!(all["contact"], PHONE);
    assert_eq!(all["account"]["id"], id.to_string());
    let people = all["people"].as_array().unwrap();
    assert!(people.iter().any(|it| it["details"]["name"] == "张小明" && it["details"]["number"]["number"] == CHILD));
    assert_eq!(all["orders"][0]["applicant"]["name"], "张小明");
    assert!(!all["orders"][0]["messages"].as_array().unwrap().is_empty());
    assert!(all["orders"][0]["receipt"]["number"].is_string());
    assert_eq!(all["sessions"].as_array().unwrap().len(), 1);
    let consents = all["consents"].as_array().unwrap();
    assert!(consents.iter().any(|it| it["purpose"] == "face-photo"));
    assert!(consents.iter().any(|it| it["purpose"] == "identity-number"));
    let looks = all["looks"].as_array().unwrap();
    assert!(looks.iter().any(|it| it["who"] == "reviewer" && it["action"] == "photo-decided"), "{looks:?}");
    let page = browser.get("/account/data/seen").await.text();
    assert!(page.contains("审核员") && page.contains("作出审核决定"), "{page}");
    assert!(!page.contains("one-1795"), "never who it was");
    assert!(browser.get("/account/data").await.text().contains(CHILD), "and a page to read");
}

#[tokio::test]
async fn an_erasure_asks_twice_and_ends_with_what_was_deleted() {
    let service = Service::new(Says::Fits).await;
    let (mut browser, id) = signed_in(&service, PHONE, Some(PASSWORD)).await;
    family(&service, &mut browser, id).await;
    browser.submit().await;
    service.review(Opinion::Accept).await;
    let page = browser.get("/account/erase").await.text();
    assert!(page.contains("1 张回执还有效") && !page.contains("永久删除"), "{page}");
    let page = browser.post("/account/erase", &[("step", "what")]).await.text();
    assert!(page.contains("永久删除") && page.contains("current-password"));
    let refused = browser.post("/account/erase", &[("step", "sure"), ("password", "something else")]).await;
    refused.tells("password", "密码不对");
    service.pass_ms(1_001);
    assert!(service.app.store.account(id).await.unwrap().is_some());
    let done = browser.post("/account/erase", &[("step", "sure"), ("password", PASSWORD)]).await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.text().contains("您的数据已经删除") && done.text().contains("1 张回执已作废"));
    assert!(service.app.store.account(id).await.unwrap().is_none());
    assert!(browser.get("/account/people").await.to().starts_with("/sign-in"), "the session is gone");
    assert!(service.app.store.check_log(&[]).await.unwrap().is_ok());
}

#[tokio::test]
async fn without_a_password_only_a_new_session_erases() {
    let service = Service::new(Says::Fits).await;
    let (mut browser, id) = signed_in(&service, PHONE, None).await;
    // The session is used in between, so that it lives.
    for _ in 0..2 {
        service.pass_ms(10 * 60_000);
        browser.get("/account/data").await;
    }
    let refused = browser.post("/account/erase", &[("step", "sure")]).await;
    refused.tells("erase", "为了确认是您本人");
    assert!(service.app.store.account(id).await.unwrap().is_some());
}

#[tokio::test]
async fn who_grew_up_takes_over_with_link_and_number() {
    let service = Service::new(Says::Fits).await;
    let (mut guardian, id) = signed_in(&service, PHONE, None).await;
    let (mut grown, own) = signed_in(&service, "13900139000", None).await;
    let child = family(&service, &mut guardian, id).await;
    let early = guardian.post(&format!("/account/people/{child}/hand-over"), &[]).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "a child of ten");
    // Four years later they may; sessions end meanwhile.
    service.pass_ms(4 * 366 * 86_400_000);
    let cookie = account::begin(&service.app, &HeaderMap::new(), id, How::Password).await.unwrap();
    let value = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap().1.to_owned();
    guardian.cookies.insert("account".to_owned(), value);
    let page = guardian.post(&format!("/account/people/{child}/hand-over"), &[]).await.text();
    let (_, link) = page.split_once("/account/take-over/").unwrap();
    let code: String = link.chars().take_while(char::is_ascii_alphanumeric).collect();
    let cookie = account::begin(&service.app, &HeaderMap::new(), own, How::Password).await.unwrap();
    let value = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap().1.to_owned();
    grown.cookies.insert("account".to_owned(), value);
    let path = format!("/account/take-over/{code}");
    assert!(grown.get(&path).await.text().contains("请填您自己的证件号码"));
    grown.post(&path, &[("id_number", NUMBER)]).await.tells("id_number", "号码不对");
    let done = grown.post(&path, &[("id_number", CHILD)]).await.text();
    assert!(done.contains("现在在您的账号里"), "{done}");
    assert_eq!(grown.get(&path).await.text().matches("这个链接不能用").count(), 1);
    assert_eq!(service.app.store.people(own).await.unwrap()[0].relation, Relation::Myself);
}

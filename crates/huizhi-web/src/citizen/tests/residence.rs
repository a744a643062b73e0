//! Where people live: declared by a form, confirmed by a landlord in another browser, and shown by a code.

use axum::http::{HeaderMap, StatusCode};
use huizhi_domain::account::{Assurance, Contact};
use huizhi_domain::id::AccountId;
use huizhi_domain::person::Relation;
use huizhi_domain::words::Lang;

use super::{Browser, NUMBER, Says, Service};
use crate::account::{self, How};

/// Synthetic: born in 2016, and in 1990.
const CHILD: &str = "441302201602290010";
const STREET: &str = "江北街道云山小区";

async fn signed_in(service: &Service, phone: &str) -> (Browser, AccountId) {
    let contact = Contact::parse(phone).unwrap();
    let id = service.app.store.add_account(Some(&contact), None, Lang::Zh).await.unwrap();
    let cookie = account::begin(&service.app, &HeaderMap::new(), id, How::Password).await.unwrap();
    let mut browser = service.browser();
    let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
    browser.keep(name, value);
    (browser, id)
}

/// Adds the owner and a child of ten; gives their ids.
async fn family(service: &Service, browser: &mut Browser, id: AccountId) -> (String, String) {
    let fields = [("relation", "myself"), ("name", "张大明"), ("id_number", NUMBER), ("consent", "1")];
    assert_eq!(browser.post("/account/people", &fields).await.to(), "/account/people?told=added");
    let fields = [("relation", "child"), ("name", "张小明"), ("id_number", CHILD), ("proof", "household-book")];
    assert_eq!(browser.post("/account/people", &fields).await.to(), "/account/people?told=added");
    let people = service.app.store.people(id).await.unwrap();
    let of = |relation| people.iter().find(|it| it.relation == relation).unwrap().id.to_string();
    (of(Relation::Myself), of(Relation::Child))
}

fn form<'a>(person: &'a str, dwelling: &'a str) -> [(&'a str, &'a str); 7] {
    [
        ("person", person),
        ("district", "441302"),
        ("street", STREET),
        ("house", "3 栋 501"),
        ("dwelling", dwelling),
        ("since", "2026-09-01"),
        ("truth", "1"),
    ]
}

/// Draws the landlord's link on a declaration's page; gives its path.
async fn link_of(browser: &mut Browser, path: &str) -> String {
    let page = browser.post(&format!("{path}/link"), &[]).await.text();
    let (_, rest) = page.split_once("<code>http://localhost:8080").unwrap_or_else(|| panic!("no link: {page}"));
    rest.split('<').next().unwrap().to_owned()
}

const YES: [(&str, &str); 4] = [("name", "房东乙"), ("phone", "13700137000"), ("truth", "1"), ("answer", "yes")];

#[tokio::test]
async fn strangers_are_sent_to_the_sign_in_and_who_has_nobody_is_told_what_to_do() {
    let service = Service::new(Says::Fits).await;
    let mut stranger = service.browser();
    for path in ["/residence", "/residence/declare"] {
        assert!(stranger.get(path).await.to().starts_with("/sign-in?to="), "{path}");
    }
    let (mut browser, _) = signed_in(&service, "13800138000").await;
    let page = browser.get("/residence").await.text();
    assert!(page.contains("还没有申报过") && page.contains("href=\"/account/people\""), "{page}");
    assert_eq!(browser.get("/residence/declare").await.to(), "/residence", "for whom is asked there");
}

#[tokio::test]
async fn mistakes_stand_on_top_and_beside_and_what_was_typed_stays() {
    let service = Service::new(Says::Fits).await;
    let (mut browser, id) = signed_in(&service, "13800138000").await;
    let (myself, _) = family(&service, &mut browser, id).await;
    let page = browser.get(&format!("/residence/declare?person={myself}")).await.text();
    assert!(page.contains("惠城区") && page.contains("张大明"), "{page}");
    assert!(page.contains("仲恺高新区") && page.contains("大亚湾"), "zones as the booking pages have them: {page}");
    let fields = [("person", myself.as_str()), ("street", STREET), ("since", "2026-11-26"), ("district", "110101")];
    let refused = browser.post("/residence/declare", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.tells("district", "请选所在的区、县");
    refused.tells("house", "请填楼栋和门牌");
    refused.tells("dwelling", "请选住的是什么房子");
    refused.tells("since", "日期不能在今天以后");
    refused.tells("truth", "请勾选内容真实");
    assert!(refused.text().contains(STREET));
    assert!(service.app.store.residences_of(id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_landlord_confirms_in_another_browser_and_the_code_is_shown() {
    let service = Service::new(Says::Fits).await;
    let (mut browser, id) = signed_in(&service, "13800138000").await;
    let (_, child) = family(&service, &mut browser, id).await;
    let path = browser.post("/residence/declare", &form(&child, "rented")).await.to();
    let page = browser.get(&path).await.text();
    assert!(
        page.contains("待确认")
            && page.contains("可以去这些办理点")
            && page.contains("江北窗口")
            && page.contains(STREET),
        "{page}"
    );
    browser.post("/residence/declare", &form(&child, "rented")).await.tells("person", "这个人已经有一次申报在等确认");
    let link = link_of(&mut browser, &path).await;
    assert!(browser.get(&link).await.text().contains("不能自己确认"), "not by who declared it");
    assert_eq!(browser.post(&link, &YES).await.status, StatusCode::FORBIDDEN);

    let mut landlord = service.browser();
    let page = landlord.get(&link).await.text();
    assert!(page.contains("张**") && page.contains(STREET), "{page}");
    assert!(!page.contains("张小明") && !page.contains(CHILD), "no more of the person than it takes");
    let refused = landlord.post(&link, &[("answer", "yes")]).await;
    refused.tells("name", "");
    refused.tells("phone", "");
    refused.tells("truth", "确认之前");
    landlord.post(&link, &[YES[0], YES[1], ("answer", "no")]).await.tells("refusal", "请选不确认的原因");
    let done = landlord.post(&link, &YES).await;
    assert!(done.status == StatusCode::OK && done.text().contains("已确认，谢谢"), "{}", done.text());
    assert_eq!(landlord.get(&link).await.status, StatusCode::GONE, "used once");

    let page = browser.get(&path).await.text();
    assert!(page.contains("有效") && page.contains("房东答复") && page.contains("2027年11月25日"), "{page}");
    assert!(!page.contains("13700137000"), "the landlord's number is the office's to see");
    let code = format!("{path}/code");
    let page = browser.get(&code).await.text();
    assert!(page.contains("同意并出示") && !page.contains("class=\"qr\""), "asked first: {page}");
    assert_eq!(browser.post(&code, &[]).await.to(), code);
    let page = browser.get(&code).await.text();
    assert!(page.contains("class=\"qr\"") && page.contains("data-poll="), "{page}");
    assert!(page.contains("惠城区") && page.contains("0010") && !page.contains(STREET) && !page.contains(CHILD));

    let declaration = path.rsplit('/').next().unwrap().parse().unwrap();
    let rules = service.app.residence.on(service.app.today());
    let drawn = service.app.store.residence_pass(id, declaration, rules).await.unwrap().unwrap();
    let scanned = format!("/rc/{}", drawn.token);
    let page = landlord.get(&scanned).await.text();
    assert!(page.contains("居住信息有效") && page.contains("张**") && !page.contains(STREET), "{page}");
    assert!(landlord.get(&format!("{scanned}A")).await.text().contains("不是我们的居住码"));
    service.pass_ms(rules.code_ms());
    assert!(landlord.get(&scanned).await.text().contains("这个码过时了"));

    let page = browser.get(&format!("{path}/cancel")).await.text();
    assert!(page.contains("居住码马上失效"), "{page}");
    assert_eq!(browser.post(&format!("{path}/cancel"), &[]).await.to(), path);
    assert!(browser.get("/residence").await.text().contains("已取消"));
    assert_eq!(browser.get(&code).await.to(), path, "no code without a residence");
}

#[tokio::test]
async fn a_no_is_told_with_its_reason_and_a_withdrawn_link_opens_nothing() {
    let service = Service::new(Says::Fits).await;
    let (mut browser, id) = signed_in(&service, "13800138000").await;
    let (myself, _) = family(&service, &mut browser, id).await;
    let path = browser.post("/residence/declare", &form(&myself, "employer")).await.to();
    let withdrawn = link_of(&mut browser, &path).await;
    assert_eq!(browser.post(&format!("{path}/link/withdraw"), &[]).await.to(), path);
    let mut agent = service.browser();
    assert_eq!(agent.get(&withdrawn).await.status, StatusCode::GONE);
    let link = link_of(&mut browser, &path).await;
    let no = [("role", "agent"), YES[0], YES[1], ("answer", "no"), ("refusal", "not-here")];
    assert!(agent.post(&link, &no).await.text().contains("已记下您不确认"));
    let page = browser.get(&path).await.text();
    assert!(page.contains("未通过") && page.contains("这个人不住在这里") && page.contains("中介或单位"), "{page}");
    let (mut other, _) = signed_in(&service, "13900139000").await;
    for of in [path.clone(), format!("{path}/code"), format!("{path}/cancel")] {
        assert_eq!(other.get(&of).await.status, StatusCode::NOT_FOUND, "{of}");
    }
}

#[tokio::test]
async fn ones_own_house_is_in_force_at_once_for_who_was_checked_and_waits_for_others() {
    let service = Service::new(Says::Fits).await;
    let (mut browser, id) = signed_in(&service, "13800138000").await;
    let (myself, child) = family(&service, &mut browser, id).await;
    let waits = browser.post("/residence/declare", &form(&child, "own")).await.to();
    let page = browser.get(&waits).await.text();
    assert!(page.contains("待确认") && !page.contains("生成链接"), "no landlord to ask: {page}");
    service.app.store.assure(id, Assurance::NumberChecked).await.unwrap();
    let own = browser.post("/residence/declare", &form(&myself, "own")).await.to();
    assert!(browser.get(&own).await.text().contains("自有住房，本人申报"));
    let all = browser.get("/account/data/export.json").await.text();
    assert!(all.contains("\"residences\"") && all.contains(STREET), "{all}");
    assert!(browser.get("/account/data").await.text().contains("居住信息：2 条"));
    let erase = browser.get("/account/erase").await.text();
    assert!(erase.contains("2 条居住信息申报和居住码会删除") && !erase.contains("咨询和我们的答复"), "{erase}");
}

#[tokio::test]
async fn strangers_can_not_try_links_without_end() {
    let service = Service::new(Says::Fits).await;
    let mut stranger = service.browser();
    for _ in 0..10 {
        assert_eq!(stranger.get("/r/nobodys").await.status, StatusCode::GONE);
    }
    assert_eq!(stranger.get("/r/nobodys").await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(stranger.post("/r/nobodys", &YES).await.status, StatusCode::TOO_MANY_REQUESTS);
}

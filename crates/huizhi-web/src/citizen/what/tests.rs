//! The 29 cases through the address that citizens have, and the way through the questions.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use huizhi_domain::account::{Contact, How};
use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::materials::cases::{Row, rows};
use huizhi_domain::person::{Details, Relation};
use huizhi_domain::review::Opinion;
use huizhi_domain::words::Lang;

use super::asked::Asked;
use crate::citizen::quoted;
use crate::citizen::tests::{Browser, NUMBER, Says, Service};

/// What stands in an attribute, each time.
fn attributes<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let before = format!("{name}=\"");
    text.split(before.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn holds(row: &Row, text: &str) {
    let (of, expected) = (format!("{} {:?}", row.id, row.situation), &row.expected);
    assert_eq!(attributes(text, "data-case"), [row.id.as_str()], "{of}");
    assert_eq!(attributes(text, "data-allowed"), [expected.allowed.as_str()], "{of}");
    assert_eq!(attributes(text, "data-item"), expected.items, "{of}");
    let fee: Vec<String> = expected.fee_fen.iter().map(ToString::to_string).collect();
    assert_eq!(attributes(text, "data-fee"), fee, "{of}");
    if let Some(validity) = &expected.validity {
        let said = match validity.split_once('-') {
            Some((count, "years")) => format!("<dd>{count} 年"),
            Some((count, "months")) => format!("<dd>{count} 个月"),
            _ => "<dd>长期有效".to_owned(),
        };
        assert!(text.contains(&said), "{of}: {said}");
    }
    let receipt = expected.items.iter().any(|item| item.starts_with("photo-receipt"));
    assert_eq!(receipt, expected.receipt != "none", "{of}");
    assert_eq!(text.contains("id=\"reuse\""), expected.receipt == "reuse", "{of}");
    assert_eq!(text.contains("href=\"/residence\""), expected.residence == "declaration", "{of}");
    assert_eq!(text.contains("id=\"book\""), expected.booking == "required", "{of}");
    assert_eq!(text.contains("id=\"no-booking\""), expected.booking == "not-needed", "{of}");
    assert_eq!(text.contains("未满 16 周岁，监护人必须陪同"), expected.guardian, "{of}");
    assert_eq!(text.contains("id=\"instead\""), expected.instead.is_some(), "{of}");
    assert!(text.contains("id=\"source-1\""), "{of}: no source");
    assert!(text.contains("2026-11 查看") && !text.contains("commercial"), "{of}: sources in the reader's language");
}

#[tokio::test]
async fn every_case_of_the_table_is_answered_at_its_address() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    let rows = rows().unwrap();
    assert!(rows.len() >= 29);
    for row in &rows {
        let seen = browser.get(&Asked::of(&row.situation).path(None)).await;
        assert_eq!(seen.status, StatusCode::OK, "{}", row.id);
        holds(row, &seen.text());
    }
}

#[tokio::test]
async fn questions_are_asked_one_at_a_time_and_going_back_loses_nothing() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    assert!(browser.get("/what").await.text().contains("给谁办？"));
    assert!(browser.get("/what?who=mainland").await.text().contains("要办什么？"));
    assert!(browser.get("/what?who=mainland&business=id-first").await.text().contains("户口在哪里？"));
    let age = browser.get("/what?who=mainland&business=id-first&home=elsewhere&day=2026-12-03").await.text();
    assert!(age.contains("多大年纪？"));
    for (name, value) in [("who", "mainland"), ("business", "id-first"), ("home", "elsewhere"), ("day", "2026-12-03")] {
        assert!(age.contains(&format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")), "{name}\n{age}");
    }
    let back = attributes(&age, "<a class=\"back\" href")[0].replace("&amp;", "&");
    assert_eq!(back, "/what?who=mainland&business=id-first&home=elsewhere&day=2026-12-03&ask=home");
    let home = browser.get(&back).await.text();
    assert!(
        home.contains("value=\"elsewhere\" aria-pressed=\"true\"")
            && home.contains("name=\"day\" value=\"2026-12-03\"")
    );
    let empty = browser.get("/what?who=mainland&business=id-first&home=here&birth=&age=&sent=age").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    empty.tells("birth", "请填出生日期或年龄。");
    let wrong = browser.get("/what?who=mainland&business=id-first&home=here&birth=1990-3&day=2026-12-03").await;
    wrong.tells("birth", "出生日期不对");
    // Today is 25 November 2026; no day of a visit is said yet.
    let unborn = browser.get("/what?who=mainland&business=id-first&home=here&birth=2026-11-26").await;
    assert_eq!(unborn.status, StatusCode::UNPROCESSABLE_ENTITY);
    unborn.tells("birth", "出生日期不能晚于今天");
    let typed = browser.get(&format!("/what?who=mainland&business=id-first&home=here&age={}", quoted("６７岁"))).await;
    assert_eq!(typed.status, StatusCode::OK, "an age as people type it");
    // The next working day after Wednesday, 25 November 2026.
    let day = browser.get("/what?who=mainland&business=id-first&home=here&birth=19900307").await.text();
    assert!(day.contains("哪天去？") && day.contains("value=\"2026-11-26\""), "{day}");
    assert!(browser.get("/what?who=nobody").await.text().contains("请从下面选一项：给谁办。"));
}

#[tokio::test]
async fn a_hong_kong_resident_is_told_that_an_id_card_is_not_for_them_and_what_is() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    let refused = browser.get("/what?who=hong-kong-macau&business=id-renewal").await.text();
    assert!(refused.contains("不能。居民身份证不发给港澳台居民") && refused.contains("您可以办的"), "{refused}");
    let instead = attributes(&refused, "id=\"instead\" href")[0].replace("&amp;", "&");
    let age = browser.get(&instead).await.text();
    assert!(age.contains("多大年纪？"), "{instead}");
    let permit = browser.get(&format!("{instead}&age=40")).await.text();
    assert!(permit.contains("可以，住满半年就能在惠州办居住证，不用预约。"), "{permit}");
    assert!(permit.contains("href=\"/photo/cn-hkmt-residence/guide?city=441300\""), "{permit}");
}

#[tokio::test]
async fn an_obstacle_is_a_link_to_the_answer_that_it_makes() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    let open = browser.get("/what?who=mainland&business=id-lost&home=province&age=30&day=2026-12-01").await.text();
    let path =
        "/what?who=mainland&amp;business=id-lost&amp;home=province&amp;age=30&amp;but=data-differ&amp;day=2026-12-01";
    assert!(open.replace("&#x3d;", "=").contains(path), "{open}");
    let refused = browser.get(&path.replace("&amp;", "&")).await.text();
    assert_eq!(attributes(&refused, "data-case"), ["REFUSE-1"]);
    // And it can be taken back.
    let taken_back = "/what?who=mainland&amp;business=id-lost&amp;home=province&amp;age=30&amp;day=2026-12-01\"";
    assert!(refused.contains("特殊情况") && refused.contains(taken_back), "{refused}");
}

#[tokio::test]
async fn a_receipt_that_is_held_is_said_with_whether_it_is_good_on_the_day() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    let (order, _) = browser.submit().await;
    service.review(Opinion::Accept).await;
    let path = "/what?who=mainland&business=id-renewal&home=here&birth=1990-03-07&day=";
    let soon = browser.get(&format!("{path}2026-12-01")).await.text();
    assert!(soon.contains("已有 张** 的回执") && soon.contains("那天可以用"), "{soon}");
    assert!(soon.contains(&format!("href=\"{order}/receipt\"")), "{soon}");
    assert!(!soon.contains("/photo/cn-resident-id/guide"), "{soon}");
    let late = browser.get(&format!("{path}2027-06-01")).await.text();
    assert!(late.contains("那天已经过期") && late.contains("/photo/cn-resident-id/guide"), "{late}");
    let stranger = service.browser().get(&format!("{path}2026-12-01")).await.text();
    assert!(!stranger.contains("的回执，有效到"));
}

/// Whether the answer says that there is a receipt for it.
async fn says_held(browser: &mut Browser, more: &str) -> bool {
    let path = "/what?who=mainland&business=id-renewal&home=here&day=2026-12-01";
    let text = browser.get(&format!("{path}{more}")).await.text();
    assert!(text.contains("data-item=\"photo-receipt"), "{text}");
    text.contains("的回执，有效到")
}

#[tokio::test]
async fn a_receipt_of_somebody_else_is_none_for_who_is_asked_about() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    browser.submit().await;
    service.review(Opinion::Accept).await;
    // Its applicant was born on 7 March 1990.
    assert!(says_held(&mut browser, "&age=36").await && says_held(&mut browser, "&birth=1990-03-07").await);
    assert!(!says_held(&mut browser, "&age=12").await && !says_held(&mut browser, "&birth=2014-02-08").await);

    // Somebody of the account who was born on the same day is another person still.
    let store = &service.app.store;
    let account = store.add_account(Some(&Contact::parse("a@example.cn").unwrap()), None, Lang::Zh).await.unwrap();
    let token = URL_SAFE_NO_PAD.encode([7; 32]);
    store.begin_account_session(account, How::Code, &token, None, "other/other").await.unwrap();
    let details = |number: &str| Details {
        name: PersonName::parse("张小明").unwrap(),
        number: IdNumber::parse(number, service.app.today()).unwrap(),
        birth: jiff::civil::date(1990, 3, 7),
        proof: None,
    };
    let own = store.add_person(account, Relation::Myself, &details(NUMBER)).await.unwrap();
    let twin = store.add_person(account, Relation::Ward, &details("H12345678")).await.unwrap();
    browser.keep("account", &token);
    assert!(says_held(&mut browser, &format!("&birth=1990-03-07&person={own}")).await);
    assert!(!says_held(&mut browser, &format!("&birth=1990-03-07&person={twin}")).await);
}

#[tokio::test]
async fn who_is_signed_in_need_not_say_again_who_and_how_old() {
    let service = Service::new(Says::Fits).await;
    let store = &service.app.store;
    let account = store.add_account(Some(&Contact::parse("a@example.cn").unwrap()), None, Lang::Zh).await.unwrap();
    let token = URL_SAFE_NO_PAD.encode([7; 32]);
    store.begin_account_session(account, How::Code, &token, None, "other/other").await.unwrap();
    let details = Details {
        name: PersonName::parse("张小明").unwrap(),
        number: IdNumber::parse(NUMBER, service.app.today()).unwrap(),
        birth: jiff::civil::date(1990, 3, 7),
        proof: None,
    };
    store.add_person(account, Relation::Myself, &details).await.unwrap();
    let mut browser = service.browser();
    browser.keep("account", &token);
    let text = browser.get("/what?business=id-lost").await.text();
    assert!(text.contains("张小明") && text.contains("birth=1990-03-07"), "{text}");
    assert!(!text.contains(NUMBER));
}

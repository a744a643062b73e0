//! Every channel against a server that behaves like the real one, errors included.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use huizhi_domain::clock::{Clock, Moment};
use huizhi_domain::order::Order;
use huizhi_domain::words::Lang;
use huizhi_outside::{Mailer, OutsideSettings};
use huizhi_store::{ApplicantRecord, Judgement, Keys, NewOrder, Store};
use tempfile::TempDir;

use super::servers::{Gateway, Server, tell_due};
use super::*;
use crate::app::{App, Settings};

/// A clock that is set forward by hand, from noon of 25 November 2026.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}

impl Hand {
    fn forward_s(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

/// A service with an order that was submitted by somebody with these addresses.
struct Case {
    app: App,
    order: Order,
    clock: Arc<Hand>,
    folder: TempDir,
}

impl Case {
    /// How a message's deliveries stand: channel, state, tries, code.
    async fn stands(&self) -> Vec<(&'static str, &'static str, i32, String)> {
        let mut stands = Vec::new();
        for message in self.app.store.messages_of(self.order.id).await.unwrap() {
            for it in self.app.store.deliveries_of(message.id).await.unwrap() {
                stands.push((it.channel.word(), it.state.word(), it.tries, it.error.unwrap_or_default()));
            }
        }
        stands
    }
}

async fn submitted(email: Option<&str>, phone: Option<&str>) -> Case {
    let clock = Arc::new(Hand(AtomicI64::new(1_795_572_000_000)));
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::in_folder(&folder.path().join("keys")).unwrap();
    let store =
        Store::embedded(&folder.path().join("data"), keys, Arc::clone(&clock) as Arc<dyn Clock>, "HZ".parse().unwrap())
            .await
            .unwrap();
    let visitor = store.visitor("browser");
    let new = NewOrder { document: "cn-resident-id".to_owned(), city: "441300".to_owned(), lang: Lang::Zh };
    let (order, _) = store.begin_order(new, &visitor).await.unwrap();
    let mut applicant = ApplicantRecord::default();
    applicant.name = Some("𠮷小明".to_owned());
    applicant.email = email.map(str::to_owned);
    applicant.phone = phone.map(str::to_owned);
    store.set_applicant(order.id, &applicant).await.unwrap();
    let photo = store.receive_photo(order.id, b"photo").await.unwrap();
    let judgement = Judgement {
        verdict: "fits".to_owned(),
        codes: Vec::new(),
        report: serde_json::json!({}),
        preview: b"preview".to_vec(),
        id_photo: Some(b"made".to_vec()),
    };
    store.judged(photo, judgement).await.unwrap();
    let terms = huizhi_domain::order::Terms { price_fen: 0, rules: "1".to_owned() };
    let order = store.submit(order.id, photo, None, terms, false).await.unwrap();
    Case { app: App::new(store, None, Settings::default()).unwrap(), order, clock, folder }
}

fn by_mail(server: &Server) -> Outside {
    let mailer = Mailer::new(&server.address, "回执 <huizhi@city.example>").unwrap();
    Outside::new(OutsideSettings::default(), Some(mailer)).unwrap()
}

#[tokio::test]
async fn a_message_is_mailed_once_and_names_nobody() {
    let case = submitted(Some("citizen@example.cn"), None).await;
    let server = Server::start(&[]).await;
    let outside = by_mail(&server);
    assert_eq!(tell_due(&case.app, &outside).await.unwrap(), 1);
    assert_eq!(tell_due(&case.app, &outside).await.unwrap(), 0);
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("To: citizen@example.cn"), "{}", mails[0]);
    assert!(!mails[0].contains("𠮷小明") && !mails[0].contains(&case.order.id.to_string()));
}

#[tokio::test]
async fn a_busy_server_gets_the_mail_later_and_a_wrong_address_is_given_up() {
    let case = submitted(Some("citizen@example.cn"), None).await;
    let server = Server::start(&["451 try again later"]).await;
    let outside = by_mail(&server);
    assert_eq!(tell_due(&case.app, &outside).await.unwrap(), 1);
    assert_eq!(case.stands().await, [("mail", "due", 1, "smtp-451".to_owned())]);
    assert_eq!(tell_due(&case.app, &outside).await.unwrap(), 0, "not before its time");
    case.clock.forward_s(10);
    assert_eq!(tell_due(&case.app, &outside).await.unwrap(), 1);
    assert_eq!(case.stands().await[0].1, "sent");
    assert_eq!(server.mails().len(), 1);

    let case = submitted(Some("nobody@example.cn"), None).await;
    let server = Server::start(&["550 no such user"]).await;
    tell_due(&case.app, &by_mail(&server)).await.unwrap();
    assert_eq!(case.stands().await, [("mail", "refused", 1, "smtp-550".to_owned())]);
    assert_eq!(case.app.store.messages_of(case.order.id).await.unwrap().len(), 1, "the inbox has it");
}

#[tokio::test]
async fn nobody_to_write_to_is_no_fault_and_a_dead_server_is_given_up_in_the_end() {
    let dead = Mailer::new("smtp://127.0.0.1:1", "huizhi@city.example").unwrap();
    let outside = Outside::new(OutsideSettings::default(), Some(dead)).unwrap();
    let case = submitted(None, None).await;
    assert_eq!(tell_due(&case.app, &outside).await.unwrap(), 0);
    assert!(case.stands().await.is_empty());

    let case = submitted(Some("citizen@example.cn"), None).await;
    let mut tries = 0;
    while tell_due(&case.app, &outside).await.unwrap() > 0 {
        tries += 1;
        case.clock.forward_s(2 * 86_400);
    }
    assert_eq!(tries, 10);
    assert_eq!(case.stands().await, [("mail", "given-up", 10, "connect".to_owned())]);
}

const SMS: &str = r#"
[sms]
address = "GATEWAY/send"
body = { to = "{phone}", sign = "回执", text = "{text}" }
success = { at = "/Code", equals = ["OK"], later = ["BUSY"] }
templates = { submitted = "", rejected = "" }
"#;

#[tokio::test]
async fn a_short_message_is_sent_once_by_whatever_the_gateway_says() {
    for (answers, tries, state, code) in [
        (vec![(200, r#"{"Code":"OK"}"#)], 1, "sent", ""),
        (vec![(500, "broken"), (200, r#"{"Code":"OK"}"#)], 2, "sent", ""),
        (vec![(200, r#"{"Code":"BUSY"}"#), (200, r#"{"Code":"OK"}"#)], 2, "sent", ""),
        (vec![(200, r#"{"Code":"BLACKLIST"}"#)], 1, "refused", "sms-BLACKLIST"),
        (vec![(400, "wrong")], 1, "refused", "http-400"),
    ] {
        let said = format!("{answers:?}");
        let gateway = Gateway::start(answers).await;
        let outside = gateway.outside(SMS);
        let case = submitted(None, Some("13800138000")).await;
        for _ in 0..tries {
            tell_due(&case.app, &outside).await.unwrap();
            case.clock.forward_s(3600);
        }
        tell_due(&case.app, &outside).await.unwrap();
        let stands = case.stands().await;
        println!("sms {said} → {} after {} tries, {}", stands[0].1, stands[0].2, stands[0].3);
        assert_eq!((stands[0].1, stands[0].2), (state, tries), "{said}: {stands:?}");
        if !code.is_empty() {
            assert_eq!(stands[0].3, code, "{said}");
        }
        assert_eq!(gateway.asked().len(), tries as usize, "{said}");
        let body = gateway.asked().remove(0).body;
        assert!(body.contains("13800138000") && body.contains("照片已提交") && !body.contains("小明"), "{body}");
    }
}

const WECHAT: &str = r#"
[wechat]
appid = "wx0123456789abcdef"
secret = { file = "SECRET" }
api = "GATEWAY"
page = "pages/order?o={secret}"
[wechat.templates.review-result]
id = "template-review"
fields = { document = "thing1", result = "phrase2", reason = "thing3", time = "time4" }
"#;

const TOKEN: (u16, &str) = (200, r#"{"access_token":"t1","expires_in":7200}"#);
const FRESH: (u16, &str) = (200, r#"{"access_token":"t2","expires_in":7200}"#);
const GOOD: (u16, &str) = (200, r#"{"errcode":0,"errmsg":"ok"}"#);

/// What WeChat answers one request after another, and what becomes of the delivery after how many rounds.
type Told = (&'static str, Vec<(u16, &'static str)>, i32, &'static str, &'static str);

fn wechat_cases() -> Vec<Told> {
    vec![
        ("taken", vec![TOKEN, GOOD], 1, "sent", ""),
        (
            "token ended early, 40001",
            vec![TOKEN, (200, r#"{"errcode":40001,"errmsg":"invalid credential"}"#), FRESH, GOOD],
            1,
            "sent",
            "",
        ),
        (
            "not allowed, 43101",
            vec![TOKEN, (200, r#"{"errcode":43101,"errmsg":"user refuse"}"#)],
            1,
            "refused",
            "wechat-43101",
        ),
        (
            "field wrong, 47003",
            vec![TOKEN, (200, r#"{"errcode":47003,"errmsg":"argument invalid! data.thing1.value is empty"}"#)],
            1,
            "refused",
            "wechat-47003",
        ),
        (
            "token refused twice, 42001",
            vec![
                TOKEN,
                (200, r#"{"errcode":42001,"errmsg":"expired"}"#),
                FRESH,
                (200, r#"{"errcode":40014,"errmsg":"invalid"}"#),
                GOOD,
            ],
            2,
            "sent",
            "",
        ),
        (
            "nobody, 40003",
            vec![TOKEN, (200, r#"{"errcode":40003,"errmsg":"invalid openid"}"#)],
            1,
            "refused",
            "wechat-40003",
        ),
        (
            "template wrong, 40037",
            vec![TOKEN, (200, r#"{"errcode":40037,"errmsg":"invalid template_id"}"#)],
            1,
            "refused",
            "wechat-40037",
        ),
        (
            "page wrong, 41030",
            vec![TOKEN, (200, r#"{"errcode":41030,"errmsg":"invalid page"}"#)],
            1,
            "refused",
            "wechat-41030",
        ),
        (
            "quota used up, 45009",
            vec![TOKEN, (200, r#"{"errcode":45009,"errmsg":"reach max api daily quota limit"}"#), GOOD],
            2,
            "sent",
            "",
        ),
        (
            "secret wrong, 40125",
            vec![(200, r#"{"errcode":40125,"errmsg":"invalid appsecret"}"#), TOKEN, GOOD],
            2,
            "sent",
            "",
        ),
        ("busy, -1", vec![TOKEN, (200, r#"{"errcode":-1,"errmsg":"system error"}"#), GOOD], 2, "sent", ""),
        ("broken answer", vec![TOKEN, (200, "<html>"), GOOD], 2, "sent", ""),
        ("server error", vec![TOKEN, (502, "bad gateway"), GOOD], 2, "sent", ""),
        ("no token", vec![(200, r#"{"errcode":-1,"errmsg":"busy"}"#), TOKEN, GOOD], 2, "sent", ""),
    ]
}

/// A rejected photo, told by WeChat: what is sent, and what is made of every answer.
#[tokio::test]
async fn wechat_is_told_once_or_the_inbox_alone_has_it() {
    for (name, answers, rounds, state, code) in wechat_cases() {
        let gateway = Gateway::start(answers).await;
        let case = submitted(None, None).await;
        let secret = case.folder.path().join("secret");
        std::fs::write(&secret, "hush").unwrap();
        let outside = gateway.outside(&WECHAT.replace("SECRET", &secret.display().to_string()));
        case.app.store.bind_wechat(case.order.id, "openid-1", &["review-result".to_owned()]).await.unwrap();
        reject(&case).await;
        for _ in 0..rounds {
            tell_due(&case.app, &outside).await.unwrap();
            case.clock.forward_s(4600);
        }
        assert_eq!(tell_due(&case.app, &outside).await.unwrap(), 0, "{name}");
        let stands = case.stands().await;
        println!("wechat {name:26} → {} after {} tries, {}", stands[0].1, stands[0].2, stands[0].3);
        assert_eq!((stands.len(), stands[0].1, stands[0].2), (1, state, rounds), "{name}: {stands:?}");
        if !code.is_empty() {
            assert_eq!(stands[0].3, code, "{name}");
        }
        let asked = gateway.asked();
        let sent = asked.iter().find(|it| it.path.contains("subscribe/send")).map(|it| it.body.clone()).unwrap();
        assert!(sent.contains("openid-1") && sent.contains("审核失败") && !sent.contains("小明"), "{sent}");
        let told = case.app.store.messages_of(case.order.id).await.unwrap();
        assert_eq!(told.len(), 2, "the inbox has it: {name}");
        if code == "wechat-43101" {
            assert_eq!(case.app.store.wechat_allows(case.order.id, "review-result").await.unwrap(), 0);
        }
    }
}

/// Reviewers send the photo back, and the time to undo is over. A second one looks where chance asks for it.
async fn reject(case: &Case) {
    use huizhi_domain::order::OrderState;
    use huizhi_domain::review::Opinion;
    use huizhi_domain::staff::Role;
    let store = &case.app.store;
    for login in ["shenhe1", "shenhe2"] {
        let new = huizhi_store::NewStaff {
            login: login.to_owned(),
            name: login.to_owned(),
            role: Role::Reviewer,
            office: None,
            password: "none".to_owned(),
        };
        let reviewer = store.add_staff(new).await.unwrap();
        let held = store.claim(&reviewer).await.unwrap().unwrap();
        let opinion = Opinion::Reject { codes: vec!["B01".to_owned()], note: String::new() };
        store.decide(&reviewer, held.photo.id, opinion).await.unwrap();
        case.clock.forward_s(11);
        store.settle_due().await.unwrap();
        if store.order(case.order.id).await.unwrap().unwrap().state == OrderState::Rejected {
            return;
        }
    }
    panic!("two reviewers sent it back and it is not rejected");
}

#[test]
fn every_event_has_its_words() {
    for happening in huizhi_domain::message::Happening::ALL {
        for lang in Lang::ALL {
            for part in ["subject", "text"] {
                let key = format!("mail-{part}-{}", happening.word());
                assert!(crate::words::words().pattern(lang, &key).is_some(), "{key} in {}", lang.tag());
            }
        }
    }
}

#[test]
fn a_wrong_server_is_named_without_its_password() {
    let error = Mailer::new("ftp://user:secret@host", "huizhi@city.example").err().unwrap().to_string();
    assert!(error.contains("host") && !error.contains("secret"), "{error}");
}

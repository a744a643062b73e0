//! Writing, answering, deleting and reporting, as a browser without scripts; and the check by another service.

use axum::http::StatusCode;
use huizhi_domain::account::{Contact, How};
use huizhi_domain::article::{ArticleId, SeedArticle, SeedText};
use huizhi_domain::clock::Moment;
use huizhi_domain::comment::{Checked, CommentState, Objection, Ruling};
use huizhi_domain::id::{CommentId, StaffId};
use huizhi_domain::staff::Role;
use huizhi_domain::words::Lang;
use huizhi_store::{Comment, NewStaff, Store};
use serde_json::json;

use super::check::check_due;
use crate::app::{Comments, Settings};
use crate::citizen::tests::{Browser, Says, Seen, Service};
use crate::notify::servers::Gateway;

pub const ARTICLE: ArticleId = ArticleId(9089);
pub const FORM: &str = "/comments/9089";
/// An address that must be in no answer.
pub const EMAIL: &str = "canary@example.cn";

/// An article in both languages that everybody reads.
pub async fn article(store: &Store) {
    let text =
        |lang, title: &str| SeedText { lang, title: title.to_owned(), excerpt: String::new(), body: "…".to_owned() };
    let seed = SeedArticle {
        name: "of-comments".to_owned(),
        id: ARTICLE,
        category: "sfz".to_owned(),
        author: "汇智".to_owned(),
        published_at: Moment(1_725_948_960_000),
        texts: vec![text(Lang::Zh, "照片回执过期了怎么办？"), text(Lang::En, "My receipt has expired. What now?")],
    };
    assert!(store.seed_article(seed).await.unwrap());
}

async fn moderator(store: &Store) -> StaffId {
    let new = NewStaff {
        login: "kefu".to_owned(),
        name: "客服".to_owned(),
        role: Role::Support,
        office: None,
        password: String::new(),
    };
    store.add_staff(new).await.unwrap().id
}

async fn post(browser: &mut Browser, path: &str, text: &str, to: &str) -> Seen {
    browser.post(path, &[("to", to), ("name", "惠州读者"), ("email", EMAIL), ("text", text)]).await
}

async fn newest(store: &Store, state: CommentState) -> Comment {
    store.comments_in(state, None, 1).await.unwrap().remove(0)
}

async fn show(store: &Store, id: CommentId, by: StaffId) {
    assert!(store.rule_on_comment(id, CommentState::Waiting, Ruling::Show, by).await.unwrap());
}

#[tokio::test]
async fn a_comment_waits_its_author_sees_it_and_may_take_it_back() {
    let service = Service::new(Says::Fits).await;
    let store = &service.app.store;
    article(store).await;
    let (mut author, mut other) = (service.browser(), service.browser());
    assert!(author.get(FORM).await.text().contains("照片回执过期了怎么办？"));
    let sent = post(&mut author, FORM, "请问可以自己拍吗？", "").await.to();
    assert_eq!(sent, format!("{FORM}?told=waits"));
    let page = author.get(&sent).await.text();
    assert!(
        page.contains("收到了，谢谢") && page.contains("等待审核") && page.contains("请问可以自己拍吗？"),
        "{page}"
    );
    assert!(!other.get(FORM).await.text().contains("请问可以自己拍吗？"), "nobody else sees it");
    let waiting = newest(store, CommentState::Waiting).await;
    let delete = format!("/comment/{}/delete", waiting.id);
    assert_eq!(other.post(&delete, &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(author.post(&delete, &[]).await.to(), format!("{FORM}?told=deleted"));
    assert!(store.find_comment(waiting.id).await.unwrap().is_none());
    assert_eq!(author.get("/comments/9090").await.status, StatusCode::NOT_FOUND);
    assert_eq!(author.get("/comments/x").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn faults_are_told_beside_their_fields_and_the_address_is_asked_for_again() {
    let service = Service::new(Says::Fits).await;
    let store = &service.app.store;
    article(store).await;
    let mut browser = service.browser();
    let seen = browser.post(FORM, &[]).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    seen.tells("name", "请填写名字");
    seen.tells("email", "请填写电子邮箱");
    seen.tells("text", "请写下您要说的话");
    let seen = post(&mut browser, FORM, "<b>打电话 13800138000</b>", "").await;
    seen.tells("text", "评论里有邮箱、手机号或身份证号");
    let page = seen.text();
    assert!(page.contains("惠州读者") && page.contains("&lt;b&gt;打电话"), "what was typed is kept: {page}");
    assert!(!page.contains("canary"), "but for the address: {page}");
    assert!(page.contains("请再填一次"));
    // A program fills in what people don't see, and is told what it wants to hear.
    let fields = [("name", "a"), ("email", EMAIL), ("text", "b"), ("website", "https://example.com")];
    assert_eq!(browser.post(FORM, &fields).await.to(), format!("{FORM}?told=waits"));
    assert_eq!(store.comments_waiting().await.unwrap().waiting, 0);
    for number in 0..10 {
        assert_eq!(post(&mut browser, FORM, &format!("第{number}条"), "").await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(post(&mut browser, FORM, "太多了", "").await.status, StatusCode::TOO_MANY_REQUESTS);
    service.pass_ms(30_000);
    assert_eq!(post(&mut browser, FORM, "过了一会", "").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_is_shown_is_answered_and_reported_in_the_language_of_its_page() {
    let service = Service::new(Says::Fits).await;
    let store = &service.app.store;
    article(store).await;
    let by = moderator(store).await;
    let (mut author, mut reader) = (service.browser(), service.browser());
    let path = "/en/comments/9089";
    post(&mut author, path, "Can I take it <script>myself</script>?", "").await.to();
    let first = newest(store, CommentState::Waiting).await;
    assert_eq!(first.lang, Lang::En);
    show(store, first.id, by).await;
    let page = reader.get(&format!("{path}?to={}", first.id)).await.text();
    assert!(page.contains("The comment you reply to") && page.contains("&lt;script&gt;"), "{page}");
    let to = first.id.to_string();
    post(&mut reader, path, "Yes, with a phone.", &to).await.to();
    let answer = newest(store, CommentState::Waiting).await;
    assert_eq!(answer.answers, Some(first.id));
    show(store, answer.id, by).await;
    let listed = super::list(&service.app, ARTICLE, Lang::En).await.unwrap();
    assert_eq!((listed.len(), listed[0].answers.len()), (1, 1));
    assert!(super::list(&service.app, ARTICLE, Lang::Zh).await.unwrap().is_empty());
    let again = post(&mut reader, path, "And me?", &answer.id.to_string()).await;
    assert!(again.status == StatusCode::UNPROCESSABLE_ENTITY && again.text().contains("And me?"));

    let report = format!("/comment/{to}/report");
    assert!(reader.get(&report).await.text().contains("What is wrong with it?"));
    let seen = reader.post(&report, &[("why", "dull")]).await;
    assert!(seen.status == StatusCode::UNPROCESSABLE_ENTITY && seen.text().contains("id=\"why-problem\""));
    assert!(reader.post(&report, &[("why", "wrong")]).await.text().contains("looks at this comment again"));
    assert_eq!(store.objections_to(first.id).await.unwrap(), [(Objection::Wrong, 1)]);
    let refuse = Ruling::Refuse(Objection::Wrong);
    assert!(store.rule_on_comment(first.id, CommentState::Shown, refuse, by).await.unwrap());
    assert_eq!(reader.get(&report).await.status, StatusCode::NOT_FOUND);
    assert!(author.get(path).await.text().contains("It is wrong and misleads"), "its author is told why");
    let left = super::list(&service.app, ARTICLE, Lang::En).await.unwrap();
    assert_eq!(left.len(), 1, "the answer stands alone");
}

#[tokio::test]
async fn an_address_is_in_no_answer() {
    let service = Service::new(Says::Fits).await;
    let store = &service.app.store;
    article(store).await;
    let by = moderator(store).await;
    let mut author = service.browser();
    post(&mut author, FORM, "第一条", "").await.to();
    let id = newest(store, CommentState::Waiting).await.id;
    show(store, id, by).await;
    let paths = [
        FORM.to_owned(),
        format!("{FORM}?told=waits"),
        format!("{FORM}?to={id}"),
        format!("/comment/{id}/report"),
        format!("/en{FORM}"),
    ];
    for path in paths {
        let seen = author.get(&path).await;
        assert_eq!(seen.status, StatusCode::OK, "{path}");
        assert!(!seen.text().contains("canary"), "{path}");
        assert!(seen.headers.iter().all(|(_, value)| !value.as_bytes().windows(6).any(|it| it == b"canary")));
    }
    let listed = super::list(&service.app, ARTICLE, Lang::Zh).await.unwrap();
    assert!(!serde_json::to_string(&listed).unwrap().contains("canary"));
}

const WECHAT: &str = r#"
[wechat]
appid = "wx0123456789abcdef"
secret = { file = "SECRET" }
api = "GATEWAY"
page = "pages/order?o={secret}"
check_as = "openid-of-the-editor"
templates = {}
"#;
const TOKEN: (u16, &str) = (200, r#"{"access_token":"t","expires_in":7200}"#);

fn said(suggest: &'static str) -> (u16, &'static str) {
    match suggest {
        "pass" => (200, r#"{"errcode":0,"errmsg":"ok","result":{"suggest":"pass","label":100},"trace_id":"1"}"#),
        _ => (200, r#"{"errcode":0,"errmsg":"ok","result":{"suggest":"risky","label":20001},"trace_id":"2"}"#),
    }
}

#[tokio::test]
async fn wechat_is_asked_afterwards_and_where_it_fails_a_person_decides() {
    let service = Service::new(Says::Fits).await;
    let store = &service.app.store;
    article(store).await;
    let gone = (200, r#"{"errcode":61010,"errmsg":"user access record expired"}"#);
    let answers = vec![TOKEN, said("pass"), said("risky"), gone, (500, "down")];
    let gateway = Gateway::start(answers).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "hush\n").unwrap();
    let mut browser = service.browser();
    for text in ["好的", "违规的", "没有人在线", "断线"] {
        service.pass_ms(1);
        post(&mut browser, FORM, text, "").await.to();
    }
    assert!(gateway.asked().is_empty(), "nobody waited for it");
    assert!(
        service.app.shared.outside.set(gateway.outside(&WECHAT.replace("SECRET", &file.display().to_string()))).is_ok()
    );
    assert_eq!(check_due(&service.app).await.unwrap(), 4);
    let visitor_sees = store.comments_in(CommentState::Waiting, None, 10).await.unwrap();
    let mut found: Vec<(String, Checked)> = visitor_sees.into_iter().map(|it| (it.text, it.checked)).collect();
    found.reverse();
    let expected = [("好的", Checked::Pass), ("没有人在线", Checked::Failed), ("断线", Checked::Failed)];
    assert_eq!(found, expected.map(|(text, checked)| (text.to_owned(), checked)));
    let aside = newest(store, CommentState::Spam).await;
    assert_eq!((aside.text.as_str(), aside.code.as_str()), ("违规的", "wechat-label-20001"));
    let asked = gateway.asked();
    assert!(asked[1].path.starts_with("/wxa/msg_sec_check?access_token=t"), "{}", asked[1].path);
    let body: serde_json::Value = serde_json::from_str(&asked[1].body).unwrap();
    assert_eq!((&body["scene"], &body["version"], &body["content"]), (&json!(2), &json!(2), &json!("好的")));
    assert!(asked.iter().all(|it| !it.body.contains("canary")), "the address stays here");
    assert_eq!(check_due(&service.app).await.unwrap(), 0);
}

#[tokio::test]
async fn without_a_service_the_list_of_words_is_all_and_puts_adverts_aside() {
    let service = Service::new(Says::Fits).await;
    let store = &service.app.store;
    article(store).await;
    let mut browser = service.browser();
    post(&mut browser, FORM, "专 业 办 证，价格优惠", "").await.to();
    post(&mut browser, FORM, "可以加微信吗", "").await.to();
    assert_eq!(check_due(&service.app).await.unwrap(), 2);
    let aside = newest(store, CommentState::Spam).await;
    assert_eq!((aside.found.as_deref(), aside.checked), (Some("advert"), Checked::Alone));
    let waits = newest(store, CommentState::Waiting).await;
    assert_eq!((waits.found.as_deref(), waits.checked), (Some("advert"), Checked::Alone));
}

#[tokio::test]
async fn an_operator_may_let_accounts_alone_write_or_nobody() {
    for (comments, said) in [(Comments::Accounts, "登录以后才能发表评论"), (Comments::Nobody, "现在不能发表评论")]
    {
        let service = Service::with(Says::Fits, Settings { comments, ..Settings::default() }).await;
        let store = &service.app.store;
        article(store).await;
        let mut browser = service.browser();
        let page = browser.get(FORM).await.text();
        assert!(page.contains(said) && !page.contains("name=\"email\""), "{page}");
        assert_eq!(post(&mut browser, FORM, "我还是想说", "").await.to(), FORM);
        assert_eq!(store.comments_waiting().await.unwrap().waiting, 0);
        let contact = Contact::parse("a@example.cn").unwrap();
        let account = store.add_account(Some(&contact), None, Lang::Zh).await.unwrap();
        store.begin_account_session(account, How::Code, "token", None, "").await.unwrap();
        browser.keep("account", "token");
        let taken = i64::from(comments == Comments::Accounts);
        post(&mut browser, FORM, "我登录了", "").await;
        assert_eq!(store.comments_waiting().await.unwrap().waiting, taken);
    }
}

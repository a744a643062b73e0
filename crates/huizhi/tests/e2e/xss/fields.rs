//! The fields of the service: payloads are stored through them, and what is said back, the pages of readers and of staff, is shown without the
//! policy that would stop a script, and then with it.

use std::collections::BTreeSet;

use huizhi_domain::applicant::PersonName;
use huizhi_domain::article::{ArticleId, SeedArticle, SeedText, permalink};
use huizhi_domain::clock::Moment;
use huizhi_domain::comment::{CommentForm, CommentState, Ruling, parse};
use huizhi_domain::id::{InquiryId, StaffId};
use huizhi_domain::staff::Role;
use huizhi_domain::support::Service;
use huizhi_domain::words::Lang;
use huizhi_store::{NewInquiry, NewStaff, SentComment, Store};

use super::{AT_ONCE, count, payloads, shown};
use crate::browser::{Browser, DESK, Driver};
use crate::client::{Answer, Client};
use crate::inside::Inside;
use crate::staff::run;

/// 2024-09-10 in China.
const BEGIN: i64 = 1_725_897_600_000;
const FIRST: i64 = 20_000;
pub(crate) const PASSWORD: &str = "correct horse battery";
/// Of what is typed one in so many is sent to what says it back at once.
const REFLECTED: usize = 3;
/// A visitor's token, as the service draws them: 32 bytes.
pub(crate) const TOKEN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// Who writes comments; nobody reads it.
pub(crate) const EMAIL: &str = "canary.7f3a@mailbox.example";

/// What the service was filled with.
pub(crate) struct Filled {
    /// Permalinks.
    pub(crate) articles: Vec<String>,
    /// The inquiry of the visitor with [`TOKEN`].
    pub(crate) inquiry: InquiryId,
    /// Comments that readers see.
    pub(crate) comments: usize,
}

/// Fills a store with articles, comments and an inquiry that say these texts.
pub(crate) async fn fill(store: Store, texts: Vec<String>) -> Filled {
    let editor = add_staff(&store, "bianji", Role::Editor).await;
    add_staff(&store, "kefu", Role::Support).await;
    let mut articles = Vec::new();
    for (number, text) in (0_i64..).zip(&texts) {
        let article = article(number, text);
        articles.push(permalink(&article.category, article.id, Lang::Zh));
        store.seed_article(article).await.unwrap();
    }
    let comments = comment(&store, editor, &texts).await;
    let inquiry = ask(&store, &texts).await;
    while store.refresh_search().await.unwrap() > 0 {}
    Filled { articles, inquiry, comments }
}

async fn add_staff(store: &Store, login: &str, role: Role) -> StaffId {
    let password = huizhi_web::hash_password(PASSWORD).unwrap();
    let new = NewStaff { login: login.to_owned(), name: login.to_owned(), role, office: None, password };
    store.add_staff(new).await.unwrap().id
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn article(number: i64, text: &str) -> SeedArticle {
    SeedArticle {
        name: format!("xss-{number}"),
        id: ArticleId(FIRST + number),
        category: "hz".to_owned(),
        author: cut(text, 60),
        published_at: Moment(BEGIN + number * 60_000),
        texts: vec![SeedText { lang: Lang::Zh, title: cut(text, 120), excerpt: cut(text, 300), body: text.to_owned() }],
    }
}

/// Comments under the first article: half of them are shown, the others wait for a moderator. Gives how many are shown.
async fn comment(store: &Store, editor: StaffId, texts: &[String]) -> usize {
    let visitor = store.visitor(TOKEN);
    let mut shown = 0;
    for (number, text) in texts.iter().map(String::as_str).enumerate() {
        let name = cut(text, 30);
        let Ok(comment) = parse(&CommentForm { name: &name, email: EMAIL, text }) else { continue };
        let sent = SentComment { article: ArticleId(FIRST), lang: Lang::Zh, answers: None, comment, found: None };
        let id = store.send_comment(&visitor, &sent).await.unwrap().unwrap();
        // What comes twice is one comment, and may be shown already.
        let ruled = number.is_multiple_of(2)
            && store.rule_on_comment(id, CommentState::Waiting, Ruling::Show, editor).await.unwrap();
        shown += usize::from(ruled);
    }
    shown
}

/// One inquiry in which all is said, some texts at a time.
async fn ask(store: &Store, texts: &[String]) -> InquiryId {
    let service = Service::built_in().unwrap();
    let mut said: Vec<String> = texts.chunks(texts.len().div_ceil(20).max(1)).map(|some| some.join("\n\n")).collect();
    let first = NewInquiry {
        visitor: store.visitor(TOKEN),
        order: None,
        topic: "photo".to_owned(),
        lang: Lang::Zh,
        text: said.remove(0),
        picture: None,
        due_at: Moment(BEGIN),
    };
    let id = store.ask_support(&first, &service).await.unwrap();
    for text in said {
        store.add_to_inquiry(id, &text, None, &service).await.unwrap();
    }
    id
}

#[test]
fn no_name_of_an_applicant_has_a_sign_of_markup() {
    let names = payloads::varied(super::IN_PROCESS).into_iter().filter_map(|text| PersonName::parse(&text).ok());
    for name in names {
        assert!(!name.as_str().contains(['<', '>', '"', '&', '=', '`']), "{}", name.as_str());
    }
}

#[test]
fn nothing_that_is_typed_runs_in_a_readers_or_a_staffs_page() {
    let Some(driver) = Driver::start() else { return };
    let mut texts = payloads::varied(count());
    // What is found while somebody types.
    texts.push("suggested<img src=x onerror=alert(1)>".to_owned());
    let (inside, filled) = Inside::start(|store| fill(store, texts.clone()));
    assert!(filled.comments > texts.len() / 4, "only {} comments were taken", filled.comments);
    let pages = pages(&inside, &filled, &texts);
    let carrying = pages.iter().filter(|(_, page)| page.contains("alert")).count();
    assert!(carrying > pages.len() / 3, "only {carrying} of {} pages have what was typed", pages.len());
    run(async {
        let browser = driver.open(DESK).await;
        browser.listen(true).await;
        browser.go("about:blank").await;
        for some in pages.chunks(AT_ONCE) {
            let bodies: Vec<String> = some.iter().map(|(_, page)| page.clone()).collect();
            let said = shown(&browser, &bodies).await;
            let names: BTreeSet<&str> = some.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(said, serde_json::json!({ "ran": 0, "odd": [] }), "{names:?}");
        }
        println!("{} pages shown, none ran", pages.len());
        browser.close().await;
        let browser = driver.open(DESK).await;
        browser.listen(false).await;
        as_they_are(&browser, &inside, &filled).await;
        browser.close().await;
    });
}

/// Pages with what was typed, by their addresses.
fn pages(inside: &Inside, filled: &Filled, texts: &[String]) -> Vec<(String, String)> {
    let mut visitor = Client::with_cookie(&inside.url, "visitor", TOKEN);
    let mut editor = Client::staff(&inside.url, "bianji", PASSWORD).unwrap();
    let mut support = Client::staff(&inside.url, "kefu", PASSWORD).unwrap();
    let (form, thread) = (format!("/comments/{FIRST}"), format!("/help/inquiries/{}", filled.inquiry));
    let mut pages = Vec::new();
    let mut keep = |path: &str, answer: Answer| {
        // Nobody looks at pictures here, which the service says.
        assert_ne!(answer.status, 500, "{path}");
        if answer.to.is_none() {
            pages.push((path.to_owned(), String::from_utf8(answer.body).unwrap()));
        }
    };
    let lists = ["/articles", "/hz/", "/en/hz/", form.as_str(), "/help/inquiries", thread.as_str()];
    for path in filled.articles.iter().map(String::as_str).chain(lists) {
        keep(path, visitor.ask(path).unwrap());
    }
    let (edited, answered) = (format!("/desk/articles/{FIRST}/zh-CN"), format!("/desk/inquiries/{}", filled.inquiry));
    let moderated = ["/desk/comments", "/desk/comments/list/shown", "/desk/comments/list/waiting"];
    let (preview, versions) = (format!("{edited}/preview"), format!("{edited}/versions"));
    let written = ["/desk/articles", edited.as_str(), preview.as_str(), versions.as_str()];
    for path in moderated.into_iter().chain(written) {
        keep(path, editor.ask(path).unwrap());
    }
    for path in ["/desk/inquiries", answered.as_str()] {
        keep(path, support.ask(path).unwrap());
    }
    for text in texts.iter().step_by(REFLECTED).map(String::as_str) {
        for path in ["/search?q=", "/photo/cn-resident-id/city?q=", "/what?who=", "/help/ask?text="] {
            let path = format!("{path}{}", encoded(text));
            keep(&path, visitor.ask(&path).unwrap());
        }
        // Without an address the form comes back, with what was typed.
        keep(&form, visitor.send(&form, &[("name", text), ("text", text), ("email", "")]).unwrap());
        keep("/verify", visitor.send("/verify", &[("number", text)]).unwrap());
        // What a picture's file is called, and its message.
        let named = text.replace(['"', '\r', '\n'], "'");
        let body = format!(
            "--e\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n{text}\r\n\
             --e\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"{named}\"\r\n\r\nx\r\n--e--\r\n"
        );
        let (path, kind) = ("/help/ask", "multipart/form-data; boundary=e");
        keep(path, visitor.send_bytes(path, kind, body.as_bytes()).unwrap());
    }
    pages
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat()
}

/// Pages as the service sends them, with their policy and their scripts. What the policy had to stop is printed: it should not be there at all.
async fn as_they_are(browser: &Browser, inside: &Inside, filled: &Filled) {
    let search = format!("/search?q={}", encoded("alert <img src=x onerror=alert(1)>"));
    let some = filled.articles.iter().step_by(filled.articles.len().div_ceil(12).max(1)).map(String::as_str);
    let mut stopped = Vec::new();
    for path in some.chain(["/hz/", "/articles", "/feed.xml", "/atom.xml", "/sitemap.xml", search.as_str()]) {
        browser.go(&format!("{}{path}", inside.url)).await;
        let said = browser.ask("return { ran: window.huizhiRan, stopped: window.huizhiStopped }").await;
        assert_eq!(said["ran"], 0, "{path}");
        stopped.extend(said["stopped"].as_array().into_iter().flatten().map(|it| format!("{path}: {it}")));
    }
    // While somebody types, a script of ours puts titles into the page.
    browser.go(&format!("{}/search", inside.url)).await;
    browser.fill("input[name='q']", "suggested").await;
    browser.find("[role='option']").await;
    let said = browser.ask("return { ran: window.huizhiRan, stopped: window.huizhiStopped, odd: window.huizhiOdd() }");
    let said = said.await;
    assert_eq!(said["ran"], 0, "{said}");
    assert_eq!(said["odd"], serde_json::json!([]), "{said}");
    stopped.extend(said["stopped"].as_array().into_iter().flatten().map(|it| format!("while typing: {it}")));
    println!("the policy stopped {}: {stopped:#?}", stopped.len());
}

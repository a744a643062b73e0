//! Settings through their pages: a changed policy is on the citizen's page at once, a faulty one is refused with its place, and undo brings the
//! former back.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Method;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use huizhi_domain::amendment::{Kind, State, Target};
use huizhi_domain::staff::Role;
use huizhi_domain::words::Lang;
use huizhi_store::NewAmendment;
use tower::ServiceExt as _;

use super::{Desks, Page, Somebody, request};
use crate::citizen::quoted;
use crate::live::Live;

const GUIDE: &str = "/photo/cn-resident-id/guide?city=441300";

/// The desks behind the swap that a running service has.
struct Running {
    desks: Desks,
    live: Live,
}

impl Running {
    async fn new() -> Self {
        let desks = Desks::new().await;
        let live = Live::from(desks.app.clone());
        Self { desks, live }
    }

    async fn send(&self, who: Option<&Somebody>, method: Method, path: &str, form: &[(&str, &str)]) -> Page {
        let pairs: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        let request = request(method, who, path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = self.live.router().oneshot(request.body(Body::from(pairs.join("&"))).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap().to_vec();
        Page { status, headers, text: String::from_utf8_lossy(&bytes).into_owned(), bytes }
    }

    async fn get(&self, who: Option<&Somebody>, path: &str) -> Page {
        self.send(who, Method::GET, path, &[]).await
    }

    async fn post(&self, who: &Somebody, path: &str, form: &[(&str, &str)]) -> Page {
        self.send(Some(who), Method::POST, path, form).await
    }

    fn text(&self, kind: Kind, name: &str) -> String {
        self.live.app().files.get(&Target::new(kind, name).unwrap()).unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_changed_price_is_on_the_citizens_page_when_a_second_person_agreed_and_undo_brings_the_former_back() {
    let running = Running::new().await;
    let (one, two) =
        (running.desks.somebody("one", Role::Admin).await, running.desks.somebody("two", Role::Operator).await);
    assert!(running.get(None, GUIDE).await.text.contains("Free of charge"));
    let address = "/desk/settings/place?city=Huizhou&document=cn-resident-id";
    let page = running.get(Some(&one), address).await;
    assert!(page.text.contains("value=\"60\"") && page.text.contains("guangdong.toml"), "{}", page.text);

    let of = [("city", "441300"), ("document", "cn-resident-id"), ("receipt", "yes"), ("moves", "no")];
    let wrong = [&of[..], &[("days", "many"), ("price", "-1")]].concat();
    let page = running.post(&one, "/desk/settings/place", &wrong).await;
    assert_eq!(page.status.as_u16(), 422);
    assert!(page.text.contains("id=\"days-fault\"") && page.text.contains("id=\"price-fault\""), "{}", page.text);
    let right = [&of[..], &[("days", "60"), ("price", "15")]].concat();
    let page = running.post(&one, "/desk/settings/place", &right).await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(page.text.contains("¥0.00</del>") && page.text.contains("¥15.00</ins>"), "{}", page.text);
    assert!(running.desks.store.amendments().await.unwrap().is_empty(), "a look changes nothing");

    let file = "/desk/settings/policy/guangdong";
    let text = running.text(Kind::Policy, "guangdong").replacen(
        "fields = [\"name\", \"id-number\"]\nsource = \"huizhou\"",
        "fields = [\"name\", \"id-number\"]\nprice_fen = 1500\nsource = \"huizhou\"",
        1,
    );
    let form = [("text", text.as_str()), ("on", "0"), ("act", "save")];
    let numbered = running.post(&one, file, &form).await;
    assert!(numbered.text.contains("count version up"), "orders note the number: {}", numbered.text);
    let text = text.replacen("version = 2", "version = 3", 1);
    let form = [("text", text.as_str()), ("note", "new tariff"), ("on", "0"), ("act", "save")];
    assert_eq!(running.post(&one, file, &form).await.to(), format!("{file}?told=waiting"));
    assert!(running.get(None, GUIDE).await.text.contains("Free of charge"), "one person is not enough");
    let own = running.post(&one, &format!("{file}/agree"), &[("version", "1")]).await;
    assert_eq!(own.status.as_u16(), 422);
    assert!(own.text.contains("Another person has to agree"), "{}", own.text);
    let page = running.get(Some(&two), file).await;
    assert!(page.text.contains("price_fen = 1500") && page.text.contains("new tariff"), "{}", page.text);
    assert!(
        page.text.contains("¥0.00</del>") && page.text.contains("¥15.00</ins>"),
        "what is agreed to: {}",
        page.text
    );
    let list = running.get(Some(&two), "/desk/settings").await;
    assert!(list.text.contains("0 changed · 1 waits for a second person"), "{}", list.text);
    let agreed = running.post(&two, &format!("{file}/agree"), &[("version", "1")]).await;
    assert_eq!(agreed.to(), format!("{file}?told=agreed"));
    let guide = running.get(None, GUIDE).await;
    assert!(guide.text.contains("¥15.00"), "at once: {}", guide.text);

    // Back to what comes with the program, which takes two as well.
    assert_eq!(
        running.post(&two, &format!("{file}/undo"), &[("version", "0")]).await.to(),
        format!("{file}?told=waiting")
    );
    assert_eq!(
        running.post(&one, &format!("{file}/agree"), &[("version", "2")]).await.to(),
        format!("{file}?told=agreed")
    );
    assert!(running.get(None, GUIDE).await.text.contains("Free of charge"));
    // And the dear one again.
    running.post(&one, &format!("{file}/undo"), &[("version", "1")]).await;
    running.post(&two, &format!("{file}/agree"), &[("version", "3")]).await;
    assert!(running.get(None, GUIDE).await.text.contains("¥15.00"));
}

#[tokio::test]
async fn a_faulty_text_is_refused_with_its_place_and_what_was_typed_stays() {
    let running = Running::new().await;
    let one = running.desks.somebody("one", Role::Admin).await;
    let calendar = "/desk/settings/calendar/2026";
    let faulty = running.text(Kind::Calendar, "2026").replacen("work = [", "work = [\"2026-13-01\", ", 1);
    for act in ["preview", "save"] {
        let form = [("text", faulty.as_str()), ("on", "0"), ("act", act)];
        let page = running.post(&one, calendar, &form).await;
        assert_eq!(page.status.as_u16(), 422, "{act}");
        assert!(page.text.contains("calendar 2026") && page.text.contains("2026-13-01"), "{}", page.text);
    }
    let words = "/desk/settings/words/en.guide";
    let form = [("text", "guide-free = Free.\nguide-price = Cheap"), ("on", "0"), ("act", "save")];
    let page = running.post(&one, words, &form).await;
    assert!(page.text.contains("line 2: guide-price: its values must be { $price }"), "{}", page.text);
    let same = running.text(Kind::Calendar, "2026");
    let form = [("text", same.as_str()), ("on", "0"), ("act", "save")];
    assert!(running.post(&one, calendar, &form).await.text.contains("Nothing is different"));
    assert!(running.desks.store.amendments().await.unwrap().is_empty());

    // Two who write at once: the second is told.
    let rest = same.replacen("[[holiday]]", "[[holiday]]\n# ours", 1);
    let form = [("text", rest.as_str()), ("on", "0"), ("act", "save")];
    assert_eq!(running.post(&one, calendar, &form).await.to(), format!("{calendar}?told=live"));
    let other = rest.replace("# ours", "# mine");
    let late = running.post(&one, calendar, &[("text", other.as_str()), ("on", "0"), ("act", "save")]).await;
    assert_eq!(late.status.as_u16(), 422);
    assert!(late.text.contains("changed the file meanwhile") && late.text.contains("# mine"), "{}", late.text);
    for path in ["/desk/settings/policy/..%2Fcountry", "/desk/settings/else/a", "/desk/settings/review/more"] {
        assert_eq!(running.get(Some(&one), path).await.status.as_u16(), 404, "{path}");
    }
}

#[tokio::test]
async fn another_process_is_followed_and_what_cant_be_read_is_skipped_and_told() {
    let running = Running::new().await;
    let one = running.desks.somebody("one", Role::Admin).await;
    let new = |name: &str, text: &str| NewAmendment {
        target: Target::new(Kind::Words, name).unwrap(),
        text: Some(text.to_owned()),
        note: String::new(),
        on: 0,
        by: None,
    };
    // As an update of the program may leave one behind.
    running.desks.store.amend(new("en.settings", "settings-no-such-message = x")).await.unwrap();
    running.desks.store.amend(new("en.dashboard", "dashboard-by-week = by seven days")).await.unwrap();
    assert!(running.live.refresh().await.unwrap());
    assert!(!running.live.refresh().await.unwrap(), "once");
    let said = running.live.app().words.say(Lang::En, "dashboard-by-week", &[]);
    assert_eq!(said, "by seven days");
    let page = running.get(Some(&one), "/desk/settings").await;
    assert!(
        page.text.contains("Some changes do not hold") && page.text.contains("settings-no-such-message"),
        "{}",
        page.text
    );
    // Bells and memories are the same ones.
    let (before, after) = (&running.desks.app, running.live.app());
    let rung = after.shared.bell.notified();
    before.shared.bell.notify_one();
    tokio::time::timeout(Duration::from_secs(5), rung).await.unwrap();
}

#[tokio::test]
async fn all_changes_are_one_text_that_can_be_brought_elsewhere() {
    let running = Running::new().await;
    let one = running.desks.somebody("one", Role::Admin).await;
    let text = running.text(Kind::Review, "pace").replace("approvals = ", "approvals = 1");
    let form = [("text", text.as_str()), ("on", "0"), ("act", "save")];
    let saved = running.post(&one, "/desk/settings/review/pace", &form).await;
    assert_eq!(saved.to(), "/desk/settings/review/pace?told=live");
    let export = running.get(Some(&one), "/desk/settings/export").await;
    assert_eq!(export.headers[CONTENT_DISPOSITION], "attachment; filename=\"huizhi-settings.toml\"");

    let other = Running::new().await;
    let two = other.desks.somebody("two", Role::Operator).await;
    let bundle = export.text.as_str();
    let look = other.post(&two, "/desk/settings/import", &[("bundle", bundle), ("act", "preview")]).await;
    assert!(look.text.contains("1 files are different") && look.text.contains("class=\"new\""), "{}", look.text);
    assert!(other.desks.store.amendments().await.unwrap().is_empty());
    let done = other.post(&two, "/desk/settings/import", &[("bundle", bundle), ("act", "save")]).await;
    assert!(done.text.contains("1 files were imported"), "{}", done.text);
    let held = other.desks.store.amendments().await.unwrap();
    assert_eq!((held.len(), held[0].state, held[0].text.as_deref()), (1, State::Live, Some(text.as_str())));
    let again = other.post(&two, "/desk/settings/import", &[("bundle", bundle), ("act", "save")]).await;
    assert!(again.text.contains("Nothing is different"), "{}", again.text);
    let form = [("bundle", "version = 1\n[[amendment]]\n"), ("act", "save")];
    let faulty = other.post(&two, "/desk/settings/import", &form).await;
    assert_eq!(faulty.status.as_u16(), 422);
    assert!(faulty.text.contains("line 2"), "{}", faulty.text);
}

#[tokio::test]
async fn settings_are_administrators_and_operators_and_the_dashboard_is_the_leads_too() {
    let running = Running::new().await;
    for role in Role::ALL {
        let who = running.desks.somebody(role.word(), role).await;
        let settings = running.get(Some(&who), "/desk/settings").await.status.as_u16();
        let may = matches!(role, Role::Admin | Role::Operator);
        assert_eq!(settings, if may { 200 } else { 404 }, "{role:?}");
        let dashboard = running.get(Some(&who), "/desk/dashboard").await.status.as_u16();
        assert_eq!(dashboard, if may || role == Role::Lead { 200 } else { 404 }, "{role:?}");
    }
}

#[tokio::test]
async fn the_dashboard_shows_and_downloads_what_was_counted() {
    let running = Running::new().await;
    let admin = running.desks.somebody("admin", Role::Admin).await;
    let reviewer = running.desks.somebody("reviewer", Role::Reviewer).await;
    let empty = running.get(Some(&admin), "/desk/dashboard").await;
    assert!(empty.text.contains("There is nothing in these days"), "{}", empty.text);
    running.desks.receipt("a", &reviewer.staff).await;
    let page = running.get(Some(&admin), "/desk/dashboard?span=week").await;
    for words in ["Huizhou", "100 %", "id=\"plot-receipts\"", "2026-11-25"] {
        assert!(page.text.contains(words), "{words}\n{}", page.text);
    }
    let sheet = |of: &str| format!("/desk/dashboard.csv?span=week&of={of}");
    let cities = running.get(Some(&admin), &sheet("cities")).await;
    assert!(cities.text.contains("Huizhou,") && cities.text.contains(",1,0,0\r\n"), "{}", cities.text);
    let orders = running.get(Some(&admin), &sheet("orders")).await;
    assert!(orders.text.contains("2026-11-24,0\r\n"), "{}", orders.text);
    assert_eq!(running.get(Some(&admin), &sheet("else")).await.status.as_u16(), 404);
    let wrong = running.get(Some(&admin), "/desk/dashboard?since=2026-11-02&until=2026-11-01").await;
    assert_eq!(wrong.status.as_u16(), 422);
}

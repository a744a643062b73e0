//! Who may ask what: every address that the sources write down, asked by everybody, of what is theirs and what is not.
//!
//! A new address fails the test until [`rule`] says who may ask it.

mod rule;
mod written;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION};
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use huizhi_domain::account::{Contact, How};
use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::partner::Scope;
use huizhi_domain::person::{Details, Relation};
use huizhi_domain::staff::{Office, Role};
use huizhi_domain::words::Lang;
use huizhi_store::{NewKey, NewStaff, Store};
use serde_json::json;
use tower::ServiceExt as _;

use crate::citizen::tests::{Browser, NUMBER, PHOTO, Says, Service};
use crate::routes::routes;
use rule::{Who, everybody, rule, staff};
use written::written;

/// A declaration of an account's person in the city of the office.
async fn declared(service: &Service, account: huizhi_domain::id::AccountId, person: &str) -> String {
    let store = &service.app.store;
    let today = store.now().day(store.zone());
    let form = huizhi_domain::residence::DeclarationForm {
        place: Some(("441300", "惠城区")),
        street: "江北街道",
        house: "1 号",
        dwelling: "rented",
        since: "2026-09-01",
        truth: true,
    };
    let new = huizhi_store::NewDeclaration {
        account,
        assurance: huizhi_domain::account::Assurance::SelfAsserted,
        person: store.person(account, person.parse().unwrap()).await.unwrap().unwrap(),
        declared: huizhi_domain::residence::parse(&form, today).unwrap(),
    };
    store.declare_residence(&new, service.app.residence.on(today)).await.unwrap().0.to_string()
}

/// An inquiry about an order, of a browser that is nobody's here: who holds the order reads it.
async fn inquiry(service: &Service, order: &str) -> String {
    let new = huizhi_store::NewInquiry {
        visitor: service.app.store.visitor("nobody's browser"),
        order: Some(order.parse().unwrap()),
        topic: "photo".to_owned(),
        lang: Lang::Zh,
        text: "要等多久？".to_owned(),
        picture: Some(PHOTO.to_vec()),
        due_at: service.app.store.now(),
    };
    service.app.store.ask_support(&new, &service.app.support).await.unwrap().to_string()
}

/// The service with something of everybody's in it.
struct World {
    service: Service,
    /// The addresses, put together once.
    router: Router,
    holder: Browser,
    other: Browser,
    tokens: BTreeMap<Who, String>,
    values: BTreeMap<&'static str, String>,
    shops_order: String,
    hook: String,
    /// The account's appointment.
    visit: String,
    /// An article that is being written.
    draft: String,
    asked: AtomicU32,
}

/// What stands in addresses that is the same in every world.
fn constant_values() -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("topic", "photo".to_owned()),
        ("place", "1".to_owned()),
        ("answer", "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned()),
        ("purpose", "notices".to_owned()),
        ("provider", "none".to_owned()),
        ("code", "nobodys-code".to_owned()),
        ("kind", "preview".to_owned()),
        ("picture", "preview".to_owned()),
        ("what", "withdraw".to_owned()),
        ("file", "receipt.pdf".to_owned()),
        ("decision", "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned()),
        ("closure", "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned()),
        ("document", "cn-resident-id".to_owned()),
        ("ticket", "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned()),
        ("service", "id-card".to_owned()),
        ("day", "2026-12-02".to_owned()),
        ("article", "9089".to_owned()),
        ("lang", "en".to_owned()),
        ("slug", "sfz".to_owned()),
        ("part", "1.xml".to_owned()),
        ("comment", "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned()),
        ("state", "waiting".to_owned()),
    ])
}

impl World {
    async fn new() -> Self {
        let service = Service::new(Says::Fits).await;
        let store = &service.app.store;
        let (mut holder, mut other) = (service.browser(), service.browser());
        let (order, photo) = holder.submit().await;
        other.submit().await;
        let here = store.offices().await.unwrap().remove(0);
        let elsewhere = store.add_office("110000", "东城窗口", "北京").await.unwrap();
        let mut tokens = BTreeMap::new();
        let mut draft = String::new();
        let sorts = Role::ALL.into_iter().map(|role| (staff(role), role, here.id));
        for (who, role, office) in sorts.chain([(Who::ClerkElsewhere, Role::Clerk, elsewhere.id)]) {
            let login = format!("{who:?}");
            let office = (role == Role::Clerk).then_some(office);
            let new = NewStaff { name: login.clone(), login, role, office, password: String::new() };
            let staff = store.add_staff(new).await.unwrap();
            let token = format!("{:0>43}", staff.id.to_string());
            store.begin_session(staff.id, &token).await.unwrap();
            if role == Role::Editor {
                draft = draft_of(store, staff.id).await;
            }
            if role.needs_second_factor() {
                let secret = store.totp_to_enrol(staff.id).await.unwrap().unwrap();
                store.enrol_totp(staff.id, &token, &secret.code(store.now())).await.unwrap();
            }
            tokens.insert(who, token);
        }
        let id = order.rsplit('/').next().unwrap().to_owned();
        let mut person = String::new();
        let mut session = String::new();
        let mut declaration = String::new();
        for (who, mail) in [(Who::Account, "a@example.cn"), (Who::OtherAccount, "b@example.cn")] {
            let contact = Contact::parse(mail).unwrap();
            let account = store.add_account(Some(&contact), None, Lang::Zh).await.unwrap();
            let token = URL_SAFE_NO_PAD.encode([if who == Who::Account { 1 } else { 2 }; 32]);
            let begun = store.begin_account_session(account, How::Code, &token, None, "other/other").await.unwrap();
            if who == Who::Account {
                session = begun.to_string();
                store.hold_order(&store.account_visitor(account), id.parse().unwrap()).await.unwrap();
                let details = Details {
                    name: PersonName::parse("张小明").unwrap(),
                    number: IdNumber::parse(NUMBER, store.now().day(store.zone())).unwrap(),
                    birth: jiff::civil::date(1990, 3, 7),
                    proof: None,
                };
                person = store.add_person(account, Relation::Myself, &details).await.unwrap().to_string();
                declaration = declared(&service, account, &person).await;
            }
            tokens.insert(who, token);
        }
        let mut shops_order = String::new();
        let mut hook = String::new();
        for (who, scopes) in [(Who::Shop, &Scope::ALL[..]), (Who::OtherShop, &Scope::ALL[..]), (Who::BareKey, &[])] {
            let partner = store.add_partner(&format!("{who:?}")).await.unwrap();
            let new = NewKey { scopes: scopes.iter().copied().collect(), rate: 100_000, expires_at: None };
            let key = store.add_key(partner.id, new).await.unwrap().1.reveal();
            if who == Who::Shop {
                let visitor = store.partner_visitor(partner.id);
                let new = huizhi_store::NewOrder {
                    document: "cn-resident-id".to_owned(),
                    city: "441300".to_owned(),
                    lang: Lang::Zh,
                };
                let made = store.begin_order(new, &visitor).await.unwrap().0.id;
                shops_order = made.to_string();
                store.receive_photo(made, PHOTO).await.unwrap();
                hook = "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned();
            }
            tokens.insert(who, key);
        }
        let inquiry = inquiry(&service, &id).await;
        let visit = visit(store, &here, &tokens[&Who::Account]).await;
        let mut values = constant_values();
        values.extend([
            ("person", person),
            ("declaration", declaration),
            ("inquiry", inquiry),
            ("session", session),
            ("office", here.id.to_string()),
            ("appointment", visit.clone()),
            ("order", id.clone()),
            ("id", id),
            ("attempt", photo.clone()),
            ("photo", photo),
        ]);
        let router = routes(service.app.clone());
        Self {
            service,
            router,
            holder,
            other,
            tokens,
            values,
            shops_order,
            hook,
            visit,
            draft,
            asked: AtomicU32::new(0),
        }
    }

    /// The address of something that is the holder's, the shop's, or of the city's office.
    fn sample(&self, path: &str) -> String {
        let mut made = path.replace("{*path}", "nowhere").replace("{*kind}", "hello");
        if path.starts_with("/api/v1/orders/") {
            made = made.replace("{id}", &self.shops_order);
        }
        if path.starts_with("/desk/articles/") {
            made = made.replace("{id}", &self.draft);
        }
        if path.starts_with("/desk/") {
            // Somebody of staff, a proposal, a terminal: none of these is there, which is no matter where nobody is let in.
            made = made.replace("{id}", "01ARZ3NDEKTSV4RRFFQ69G5FAV");
        }
        if path.starts_with("/visit/") {
            made = made.replace("{id}", &self.visit);
        }
        if path.starts_with("/api/v1/hooks/") {
            made = made.replace("{id}", &self.hook);
        }
        if path.starts_with("/api/v1/offices/") {
            made = made.replace("{id}", &self.values["office"]);
        }
        for (name, value) in &self.values {
            made = made.replace(&format!("{{{name}}}"), value);
        }
        made.replace("{number}", "00000000")
            .replace("{secret}", "nobodys-secret")
            .replace("{token}", "nobodys-token")
            .replace("{version}", "0")
            .replace("{name}", "none")
    }

    async fn ask(&self, who: Who, method: &str, path: &str) -> (StatusCode, String) {
        let machine = path.starts_with("/api/");
        let mut request = Request::builder()
            .method(method)
            .uri(self.sample(path))
            .header("host", "localhost:8080")
            .header("sec-fetch-site", "same-origin")
            .header("idempotency-key", format!("key-{}", self.asked.fetch_add(1, Ordering::Relaxed)));
        let cookies = |browser: &Browser| browser.cookies_text();
        request = match (who, self.tokens.get(&who)) {
            (Who::Holder, _) => request.header(COOKIE, cookies(&self.holder)),
            (Who::OtherHolder, _) => request.header(COOKIE, cookies(&self.other)),
            (Who::Staff(_) | Who::ClerkElsewhere, Some(token)) if path.starts_with("/api/v1/window") => {
                request.header(AUTHORIZATION, format!("Bearer {token}"))
            }
            (Who::Account | Who::OtherAccount, Some(token)) => request.header(COOKIE, format!("account={token}")),
            (Who::Staff(_) | Who::ClerkElsewhere, Some(token)) => request.header(COOKIE, format!("desk={token}")),
            (Who::Shop | Who::OtherShop | Who::BareKey, Some(key)) => {
                request.header(AUTHORIZATION, format!("Bearer {key}"))
            }
            _ => request,
        };
        let (media, body) = if machine {
            ("application/json", json!({}).to_string())
        } else {
            ("application/x-www-form-urlencoded", "fen=2000".to_owned())
        };
        let body = if method == "GET" { Body::empty() } else { Body::from(body) };
        let request = request.header(CONTENT_TYPE, media).body(body).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let to = answer.headers().get(LOCATION).map_or("", |to| to.to_str().unwrap());
        (answer.status(), to.to_owned())
    }
}

/// The number of an article that an editor writes, in both languages.
async fn draft_of(store: &Store, editor: huizhi_domain::id::StaffId) -> String {
    let article = store.new_article("sfz", "Editors", editor).await.unwrap();
    for lang in Lang::ALL {
        let new = huizhi_store::NewVersion {
            article,
            lang,
            title: "怎么办？".to_owned(),
            excerpt: String::new(),
            body: "这样办。".to_owned(),
            of_version: None,
            on_version: None,
        };
        store.save_version(new, editor).await.unwrap().unwrap();
    }
    article.to_string()
}

/// An appointment of an account, by its session's token.
async fn visit(store: &Store, office: &Office, token: &str) -> String {
    let (account, _) = store.account_session(token).await.unwrap().unwrap();
    let number = IdNumber::parse(NUMBER, store.now().day(store.zone())).unwrap();
    crate::citizen::visit::tests::booked(store, office, account.id, None, &number).await.id.to_string()
}

/// Whether an answer lets nobody in.
fn refused(status: StatusCode, to: &str) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)
        || status == StatusCode::SEE_OTHER && (to.starts_with("/desk/sign-in") || to.starts_with("/sign-in"))
}

#[tokio::test]
async fn nobody_succeeds_who_may_not() {
    let world = World::new().await;
    let written = written();
    let mut kept = false;
    let (mut asked, mut let_in, mut unexpected) = (0, 0, Vec::new());
    // Those who may are asked last: what they do changes the world.
    for may in [false, true] {
        if may {
            // Who ends a session that is not theirs gets the list of their own, and ends nothing: asked here, before the owner does.
            world.ask(Who::OtherAccount, "POST", "/account/sessions/{session}/end").await;
            let token = &world.tokens[&Who::Account];
            kept = world.service.app.store.account_session(token).await.unwrap().is_some();
        }
        for (method, path) in &written {
            let allowed = rule(path).unwrap_or_else(|| panic!("{method} {path}: say in `rule` who may"));
            for who in everybody() {
                if allowed.contains(&who) != may {
                    continue;
                }
                let (status, to) = world.ask(who, method, path).await;
                asked += 1;
                let refused = refused(status, &to);
                let_in += usize::from(may && !refused);
                if (!may && !refused) || status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
                    unexpected.push(format!("{who:?} {method} {path}: {status} {to}"));
                }
            }
        }
    }
    println!(
        "{} methods of addresses × {} who ask: {asked} questions, {let_in} let in, {} unexpected",
        written.len(),
        everybody().len(),
        unexpected.len()
    );
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    assert!(kept, "somebody ended another's session");
    // A test that refuses everybody would hold as well.
    assert!(let_in * 5 > asked, "{let_in} of {asked}");
    assert!(written.len() > 140, "{}", written.len());
}

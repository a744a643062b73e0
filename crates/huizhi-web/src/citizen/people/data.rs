//! What the service knows of an account: to read, and to take along (PIPL art. 45).

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::account::Account;
use huizhi_domain::person::{Person, ProofKind};
use huizhi_domain::support::Author;
use huizhi_store::Comment;
use serde::Serialize;
use serde_json::{Value, json};

use super::seen::looks;
use crate::account::SignedIn;
use crate::app::App;
use crate::citizen::export;
use crate::citizen::order::OrderLine;
use crate::error::PageError;
use crate::page::{Look, View};

/// What is known, to read.
#[derive(Serialize)]
pub struct DataView {
    contact: String,
    created_at: i64,
    assurance: u8,
    has_password: bool,
    has_face: bool,
    sessions: Vec<SessionRow>,
    people: Vec<PersonRow>,
    residences: usize,
    inquiries: usize,
    consents: Vec<ConsentRow>,
    orders: Vec<OrderLine>,
    looks: usize,
}

/// A session.
#[derive(Serialize)]
struct SessionRow {
    system: String,
    program: String,
    began_at: i64,
    seen_at: i64,
}

impl SessionRow {
    fn of(browser: &str, began_at: i64, seen_at: i64) -> Self {
        let (system, program) = browser.split_once('/').unwrap_or(("other", "other"));
        Self { system: system.to_owned(), program: program.to_owned(), began_at, seen_at }
    }
}

/// Somebody, in full: it is their data.
#[derive(Serialize)]
struct PersonRow {
    relation: &'static str,
    name: String,
    number: String,
    birth: String,
    proof: &'static str,
}

/// A consent that was given.
#[derive(Serialize)]
struct ConsentRow {
    title: String,
    version: String,
    given_at: i64,
    withdrawn_at: i64,
}

impl View for DataView {
    const TEMPLATE: &'static str = "citizen/people/data.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let at = 1_764_051_360_000;
        let full = Self {
            contact: "13800138000".to_owned(),
            created_at: at,
            assurance: 2,
            has_password: true,
            has_face: true,
            sessions: vec![SessionRow::of("iphone/wechat", at, at)],
            people: vec![PersonRow {
                relation: "child",
                name: "张小明".to_owned(),
                number: "H12345678".to_owned(),
                birth: "2016-02-29".to_owned(),
                proof: "household-book",
            }],
            residences: 2,
            inquiries: 1,
            consents: vec![ConsentRow {
                title: "…".to_owned(),
                version: "2026-11-28".to_owned(),
                given_at: at,
                withdrawn_at: at,
            }],
            orders: OrderLine::samples(),
            looks: 3,
        };
        let empty = Self {
            contact: String::new(),
            created_at: at,
            assurance: 5,
            has_password: false,
            has_face: false,
            sessions: Vec::new(),
            people: vec![PersonRow {
                relation: "myself",
                name: "张小明".to_owned(),
                number: "H12345678".to_owned(),
                birth: "1990-03-07".to_owned(),
                proof: "",
            }],
            residences: 0,
            inquiries: 0,
            consents: Vec::new(),
            orders: Vec::new(),
            looks: 0,
        };
        vec![full, empty]
    }
}

/// `/account/data`
pub async fn data(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
) -> Result<Response, PageError> {
    let orders = app.store.orders_of(&app.store.account_visitor(account.id)).await?;
    let consents = app.store.consents(account.id).await?;
    let sessions = app.store.sessions_of(account.id).await?;
    let contact = app.store.contact_of(account.id).await?;
    let view = DataView {
        contact: contact.map(|it| it.as_str().to_owned()).unwrap_or_default(),
        created_at: account.created_at.0,
        assurance: account.assurance.number(),
        has_password: account.has_password,
        has_face: account.has_face,
        sessions: sessions.into_iter().map(|it| SessionRow::of(&it.browser, it.began_at.0, it.seen_at.0)).collect(),
        people: app.store.people(account.id).await?.iter().map(row).collect(),
        residences: app.store.residences_of(account.id).await?.len(),
        inquiries: app.store.inquiries_of(&app.store.account_visitor(account.id)).await?.len(),
        consents: consents
            .into_iter()
            .map(|it| ConsentRow {
                title: app.consents.of(it.purpose).words(look.lang).title.clone(),
                version: it.version,
                given_at: it.given_at.0,
                withdrawn_at: it.withdrawn_at.map_or(0, |at| at.0),
            })
            .collect(),
        orders: orders.iter().map(|order| OrderLine::of(&app, &look, order)).collect(),
        looks: looks(&app, look.lang, account.id).await?.len(),
    };
    Ok(app.show(&look, &view)?.into_response())
}

fn row(person: &Person) -> PersonRow {
    PersonRow {
        relation: person.relation.word(),
        name: person.details.name.as_str().to_owned(),
        number: person.details.number.as_str().to_owned(),
        birth: person.details.birth.to_string(),
        proof: person.details.proof.map_or("", ProofKind::word),
    }
}

/// `/account/data/export.json`: all of it for programs, but the pictures, which have addresses in it.
pub async fn export(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
) -> Result<Response, PageError> {
    let all = whole(&app, &look, &account).await?;
    let disposition = [(CONTENT_DISPOSITION, "attachment; filename=\"account.json\"")];
    Ok((disposition, Json(all)).into_response())
}

async fn whole(app: &App, look: &Look, account: &Account) -> Result<Value, PageError> {
    let mut orders = Vec::new();
    for order in app.store.orders_of(&app.store.account_visitor(account.id)).await? {
        let mut of = export::of_order(app, &order).await?;
        if let (Value::Object(fields), Some(person)) = (&mut of, app.store.person_of(order.id).await?) {
            fields.insert("person".to_owned(), json!(person.id));
        }
        orders.push(of);
    }
    let sessions: Vec<Value> = app
        .store
        .sessions_of(account.id)
        .await?
        .iter()
        .map(|it| json!({ "browser": it.browser, "began_at": it.began_at, "seen_at": it.seen_at }))
        .collect();
    let people: Vec<Value> = app
        .store
        .people(account.id)
        .await?
        .iter()
        .map(|it| json!({ "id": it.id, "relation": it.relation, "details": it.details, "proof": it.proof() }))
        .collect();
    let mut appointments = Vec::new();
    for it in app.store.appointments_of(account.id).await? {
        let visitor = app.store.visitor_of(it.id).await?;
        appointments.push(json!({ "appointment": it, "visitor": visitor }));
    }
    // What a landlord said of themselves is not the account's to take along.
    let mut residences = app.store.residences_of(account.id).await?;
    for it in &mut residences {
        it.answerer = None;
    }
    let contact = app.store.contact_of(account.id).await?.map(|it| it.as_str().to_owned());
    let consents = app.store.consents(account.id).await?;
    let looks = looks(app, look.lang, account.id).await?;
    let notices = app.store.accepted_notices(account.id).await?;
    let notices: Vec<Value> =
        notices.iter().map(|(version, at)| json!({ "version": version, "accepted_at": at })).collect();
    let wishes = app.store.wishes_of(account.id).await?;
    let rooms: Vec<Value> = app
        .store
        .rooms_of(account.id)
        .await?
        .iter()
        .map(|(office, service, day)| json!({ "office": office, "service": service, "day": day.to_string() }))
        .collect();
    let inquiries = inquiries(app, account).await?;
    let links = app.store.links_of(account.id).await?;
    let links: Vec<Value> = links.iter().map(|it| json!({ "provider": it.provider, "since": it.since })).collect();
    Ok(json!({
        "account": account,
        "contact": contact,
        "sessions": sessions,
        "links": links,
        "people": people,
        "residences": residences,
        "consents": consents,
        "notices": notices,
        "orders": orders,
        "appointments": appointments,
        "looks": looks,
        "wishes": wishes,
        "rooms": rooms,
        "comments": comments(app, account).await?,
        "inquiries": inquiries,
    }))
}

/// What was written under articles. The address that was given with it is read by nobody, so that only whether it is kept is told.
async fn comments(app: &App, account: &Account) -> Result<Vec<Value>, PageError> {
    let written = app.store.comments_of(&app.store.account_visitor(account.id)).await?;
    let comment = |it: &Comment| {
        json!({
            "id": it.id,
            "article": it.article,
            "lang": it.lang,
            "name": it.name,
            "text": it.text,
            "state": it.state,
            "sent_at": it.posted_at,
            "email_kept": it.has_email,
        })
    };
    Ok(written.iter().map(comment).collect())
}

/// What was asked and answered, without what staff said among themselves or who of them it was.
async fn inquiries(app: &App, account: &Account) -> Result<Vec<Value>, PageError> {
    let mut all = Vec::new();
    for inquiry in app.store.inquiries_of(&app.store.account_visitor(account.id)).await? {
        let said = app.store.said_in(inquiry.id).await?;
        let said = said.iter().filter(|it| it.author != Author::Note);
        let said: Vec<Value> = said
            .map(|it| json!({ "author": it.author, "text": it.text, "at": it.at, "has_picture": it.has_picture }))
            .collect();
        all.push(json!({
            "id": inquiry.id, "order": inquiry.order, "topic": inquiry.topic, "state": inquiry.state,
            "asked_at": inquiry.asked_at, "rating": inquiry.rating, "said": said,
        }));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::DataView>();
    }
}

//! A photo shop's orders: begun for a citizen, given an applicant, submitted, withdrawn, appealed.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Json, Router, routing};
use huizhi_domain::order::{Order, OrderState, OverrideKind};
use huizhi_domain::partner::REFERENCE_MOST;
use huizhi_domain::policy::{Acceptance, Field};
use huizhi_domain::words::Lang;
use huizhi_store::{ApplicantRecord, NewOrder, OrderPage, Photo, PhotoState};
use serde::{Deserialize, Serialize};

use super::caller::{Caller, Held, OrdersRead, OrdersWrite, absent};
use super::once::{Answer, Hand, Sent, once};
use super::problem::{FieldProblem, Problem};
use super::{limit_of, seconds};
use crate::app::{App, in_lang};
use crate::citizen::applicant::{Typed, asked, checked, is_complete};
use crate::citizen::guide::{CONSENT_VERSION, by_guardian, has_consented, record_consent};
use crate::citizen::{check, order::rejection};
use crate::form::FormErrors;

/// The addresses of orders.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/orders", routing::get(list).post(begin))
        .route("/api/v1/orders/{id}", routing::get(one))
        .route("/api/v1/orders/{id}/applicant", routing::put(applicant))
        .route("/api/v1/orders/{id}/submit", routing::post(submit))
        .route("/api/v1/orders/{id}/withdraw", routing::post(withdraw))
        .route("/api/v1/orders/{id}/appeal", routing::post(appeal))
}

/// An order in a list.
#[derive(Serialize)]
struct OrderLine {
    id: String,
    document: String,
    city: String,
    lang: Lang,
    state: &'static str,
    reference: Option<String>,
    price_fen: i64,
    due_fen: i64,
    created_at: i64,
    changed_at: i64,
    /// Until when the shop may act; nothing lapses where it is absent.
    lapses_at: Option<i64>,
}

/// An order with its photos and what the review said.
#[derive(Serialize)]
struct OrderBody {
    #[serde(flatten)]
    line: OrderLine,
    applicant: ApplicantState,
    photos: Vec<PhotoLine>,
    /// The photo that was submitted last.
    submitted: Option<String>,
    /// How many stand before it in the queue.
    before: Option<i64>,
    rejection: Option<Rejected>,
    /// How the receipt stands, once it is issued.
    receipt: Option<&'static str>,
}

/// What is known of the applicant: which fields, never what is in them.
#[derive(Serialize)]
struct ApplicantState {
    asked: Vec<Field>,
    missing: Vec<Field>,
    complete: bool,
    /// To which version of its text somebody consented.
    consent: Option<String>,
}

#[derive(Serialize)]
struct PhotoLine {
    id: String,
    ordinal: i32,
    state: PhotoState,
    verdict: Option<String>,
}

#[derive(Serialize)]
struct Rejected {
    codes: Vec<RejectionCode>,
    note: String,
    can_appeal: bool,
}

#[derive(Serialize)]
struct RejectionCode {
    code: String,
    title: String,
    advice: String,
}

async fn line(app: &App, order: &Order) -> Result<OrderLine, Problem> {
    Ok(OrderLine {
        id: order.id.to_string(),
        document: order.document.clone(),
        city: order.city.clone(),
        lang: order.lang,
        state: order.state.word(),
        reference: app.store.reference(order.id).await?,
        price_fen: order.price_fen,
        due_fen: order.due_fen(),
        created_at: seconds(order.created_at),
        changed_at: seconds(order.changed_at),
        lapses_at: order.lapses_at().map(seconds),
    })
}

async fn body(app: &App, order: &Order) -> Result<OrderBody, Problem> {
    let photos = app.store.photos(order.id).await?;
    let record = app.store.applicant(order.id).await?.unwrap_or_default();
    let issued = app.store.receipt_of(order.id).await?;
    let waiting = matches!(order.state, OrderState::Waiting | OrderState::InReview);
    let sent = order.attempt.and_then(|id| photos.iter().find(|photo| photo.id == id));
    let line = line(app, order).await?;
    Ok(OrderBody {
        line,
        applicant: applicant_state(app, order, &record),
        submitted: sent.map(|photo| photo.id.to_string()),
        before: if waiting { app.store.before_in_queue(order).await? } else { None },
        rejection: (order.state == OrderState::Rejected).then(|| rejected(app, order.lang, sent)),
        receipt: issued.map(|issued| issued.receipt.standing(app.today()).word()),
        photos: photos
            .iter()
            .map(|photo| PhotoLine {
                id: photo.id.to_string(),
                ordinal: photo.ordinal,
                state: photo.state,
                verdict: photo.verdict.clone(),
            })
            .collect(),
    })
}

fn applicant_state(app: &App, order: &Order, record: &ApplicantRecord) -> ApplicantState {
    let fields = asked(app, order);
    let there = |field: &Field| match field {
        Field::Name => record.name.is_some(),
        Field::IdNumber => record.id_number.is_some(),
        Field::Phone => record.phone.is_some(),
        // Asked with the number that shows a minor, which is not taken without.
        Field::GuardianUnder16 => record.guardian_name.is_some() || record.id_number.is_some(),
    };
    ApplicantState {
        missing: fields.iter().filter(|field| !there(field)).copied().collect(),
        complete: is_complete(record, &fields),
        consent: record.consent_version.clone(),
        asked: fields.into_iter().collect(),
    }
}

fn rejected(app: &App, lang: Lang, photo: Option<&Photo>) -> Rejected {
    let (codes, note) = rejection(photo);
    let code = |code: String| {
        let known = app.rejection(&code);
        RejectionCode {
            title: known.map(|it| in_lang(&it.title, lang).to_owned()).unwrap_or_default(),
            advice: known.map(|it| in_lang(&it.fix, lang).to_owned()).unwrap_or_default(),
            code,
        }
    };
    let can_appeal = photo.is_some_and(|photo| photo.appealed_at.is_none());
    Rejected { codes: codes.into_iter().map(code).collect(), note, can_appeal }
}

/// The order as it stands now, as an answer.
async fn answer(hand: &Hand, order: &Order) -> Result<Answer, Problem> {
    let order = hand.store.order(order.id).await?.ok_or_else(absent)?;
    Ok(Answer::ok(&body(&hand.app, &order).await?))
}

/// Which orders.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Which {
    state: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

#[derive(Serialize)]
struct Orders {
    orders: Vec<OrderLine>,
    /// The cursor of the next page; `null` where this is the last.
    next: Option<String>,
}

async fn list(
    State(app): State<App>,
    caller: Caller<OrdersRead>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Orders>, Problem> {
    let Query(which) = which.map_err(|error| Problem::field("query", "unknown", error.body_text()))?;
    let state = which.state.map(|state| state.parse::<OrderState>()).transpose();
    let state = state.map_err(|error| Problem::field("state", "unknown", error.to_string()))?;
    let before = which.cursor.map(|cursor| cursor.parse()).transpose();
    let before =
        before.map_err(|_| Problem::field("cursor", "unknown", "take the cursor from next of the page before"))?;
    let limit = limit_of(which.limit.as_deref())?;
    // One more than asked says whether there is another page.
    let mut found = app.store.page_of_orders(&caller.visitor, OrderPage { state, before, limit: limit + 1 }).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let mut orders = Vec::new();
    for order in &found {
        orders.push(line(&app, order).await?);
    }
    Ok(Json(Orders { next: found.last().filter(|_| more).map(|order| order.id.to_string()), orders }))
}

async fn one(State(app): State<App>, held: Held<OrdersRead>) -> Result<Json<OrderBody>, Problem> {
    body(&app, &held.order).await.map(Json)
}

/// Who consented to the face being processed, and to which text.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Consent {
    version: String,
    by: By,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum By {
    Applicant,
    Guardian,
}

impl Consent {
    fn check(&self) -> Result<(), Problem> {
        if self.version == CONSENT_VERSION {
            return Ok(());
        }
        let detail = format!("show the text again: its version is {CONSENT_VERSION}, in /api/v1/documents/{{id}}");
        Err(Problem::field("consent.version", "consent-version", detail))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    document: String,
    city: String,
    #[serde(default)]
    lang: Lang,
    reference: Option<String>,
    consent: Option<Consent>,
}

impl Begin {
    fn check(&self, app: &App) -> Result<(), Problem> {
        let mut errors = Vec::new();
        let mut add = |field: &str, code: &str, detail: String| {
            errors.push(FieldProblem { field: field.to_owned(), code: code.to_owned(), detail });
        };
        if app.document(&self.document).is_none() {
            add("document", "unknown", "no such document; /api/v1/documents lists them".to_owned());
        }
        match app.policy(&self.city, &self.document) {
            None => add("city", "unknown", "no such city; /api/v1/cities?q= finds its code".to_owned()),
            Some(policy) if policy.receipt.value == Acceptance::None => {
                add(
                    "city",
                    "no-receipt",
                    "this city takes no receipt for this document; its counter takes the photo".to_owned(),
                );
            }
            Some(_) => {}
        }
        let long = |text: &String| text.chars().count() > REFERENCE_MOST;
        if self.reference.as_ref().is_some_and(long) {
            add("reference", "too-long", format!("a reference has at most {REFERENCE_MOST} characters"));
        }
        if !errors.is_empty() {
            return Err(Problem::invalid(&errors));
        }
        self.consent.as_ref().map_or(Ok(()), Consent::check)
    }
}

async fn begin(State(app): State<App>, caller: Caller<OrdersWrite>, sent: Sent) -> Result<Response, Problem> {
    let begin: Begin = sent.json()?;
    begin.check(&app)?;
    let partner = caller.partner.id;
    once(&app, &caller, &sent, async move |hand: Hand| {
        let order = if let Some(id) = hand.made.as_ref().and_then(|id| id.parse().ok()) {
            hand.store.order(id).await?.ok_or_else(absent)?
        } else {
            let new = NewOrder { document: begin.document, city: begin.city, lang: begin.lang };
            hand.once.begin_order_of(new, partner, begin.reference.as_deref()).await?
        };
        if let Some(consent) = begin.consent {
            let mut record = hand.store.applicant(order.id).await?.unwrap_or_default();
            if !has_consented(&record) {
                record_consent(&mut record, hand.store.now(), consent.by == By::Guardian);
                hand.store.set_applicant(order.id, &record).await?;
            }
        }
        let location = format!("/api/v1/orders/{}", order.id);
        Ok(answer(&hand, &order).await?.at(StatusCode::CREATED, location))
    })
    .await
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ApplicantBody {
    name: String,
    id_number: String,
    phone: String,
    email: String,
    guardian: Option<GuardianBody>,
    consent: Option<Consent>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GuardianBody {
    name: String,
    paper: String,
    id_number: String,
    phone: String,
}

/// What is to be mended, with the fields as the interface calls them.
fn field_problems(app: &App, lang: Lang, errors: &FormErrors) -> Problem {
    let field = |name: &str| match name {
        "guardian_consent" => "consent.by".to_owned(),
        "kind" => "reason.kind".to_owned(),
        "reason" => "reason.text".to_owned(),
        _ => name.replacen("guardian_", "guardian.", 1),
    };
    let errors = errors.iter().map(|error| FieldProblem {
        field: field(&error.field),
        code: error.key.clone(),
        detail: app.say(lang, &error.key, &[("value", &error.value)]),
    });
    Problem::invalid(&errors.collect::<Vec<_>>())
}

async fn applicant(State(app): State<App>, held: Held<OrdersWrite>, sent: Sent) -> Result<Response, Problem> {
    let given: ApplicantBody = sent.json()?;
    given.consent.as_ref().map_or(Ok(()), Consent::check)?;
    let Held { caller, order } = held;
    once(&app, &caller, &sent, async move |hand: Hand| {
        if hand.made.is_none() {
            let record = filled(&hand, &order, given).await?;
            hand.once.set_applicant(order.id, &record).await?;
        }
        answer(&hand, &order).await
    })
    .await
}

/// The applicant's record with what was given, checked as the citizen's form checks it.
async fn filled(hand: &Hand, order: &Order, given: ApplicantBody) -> Result<ApplicantRecord, Problem> {
    let mut record = hand.store.applicant(order.id).await?.unwrap_or_default();
    if let Some(consent) = &given.consent {
        record_consent(&mut record, hand.store.now(), consent.by == By::Guardian);
    } else if !has_consented(&record) {
        let detail = hand.app.say(order.lang, "guide-consent-missing", &[]);
        return Err(Problem::field("consent", "consent-missing", detail));
    }
    let guardian = given.guardian.unwrap_or_default();
    let typed = Typed {
        name: given.name,
        id_number: given.id_number,
        phone: given.phone,
        email: given.email,
        guardian_name: guardian.name,
        guardian_paper: guardian.paper,
        guardian_id_number: guardian.id_number,
        guardian_phone: guardian.phone,
        guardian_consent: if by_guardian(&record) { "1".to_owned() } else { String::new() },
        ..Typed::default()
    };
    checked(&hand.app, order, &typed, record).map_err(|errors| field_problems(&hand.app, order.lang, &errors))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Submission {
    photo: String,
    reason: Option<Reason>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    kind: OverrideKind,
    #[serde(default)]
    text: String,
}

async fn submit(State(app): State<App>, held: Held<OrdersWrite>, sent: Sent) -> Result<Response, Problem> {
    let submission: Submission = sent.json()?;
    let Held { caller, order } = held;
    once(&app, &caller, &sent, async move |hand: Hand| {
        if hand.made.is_none() {
            hand_in(&hand, &order, &submission).await?;
        }
        answer(&hand, &order).await
    })
    .await
}

async fn hand_in(hand: &Hand, order: &Order, submission: &Submission) -> Result<(), Problem> {
    let Hand { app, store, .. } = hand;
    let photos = store.photos(order.id).await?;
    let photo = photos.iter().find(|photo| photo.id.to_string() == submission.photo);
    let photo = photo.ok_or_else(|| Problem::field("photo", "unknown", "the order has no such photo"))?;
    if photo.state == PhotoState::Received {
        return Err(
            Problem::new(StatusCode::CONFLICT, "photo-waiting", "the photo is not judged yet; ask again").after_s(2)
        );
    }
    let record = store.applicant(order.id).await?.unwrap_or_default();
    let state = applicant_state(app, order, &record);
    if !state.complete {
        let detail = "the applicant is not complete: PUT /api/v1/orders/{id}/applicant first";
        let missing = serde_json::to_value(&state.missing).unwrap_or_default();
        return Err(Problem::new(StatusCode::CONFLICT, "applicant-incomplete", detail).with("missing", missing));
    }
    let (kind, text) = submission.reason.as_ref().map_or((None, ""), |it| (Some(it.kind), it.text.as_str()));
    let reason = check::reason(photo, kind, text).map_err(|errors| field_problems(app, order.lang, &errors))?;
    let gone = || Problem::new(StatusCode::CONFLICT, "city-gone", "the order's city issues this document no more");
    let terms = check::terms(app, order).ok_or_else(gone)?;
    hand.once.submit(order.id, photo.id, reason, terms, check::is_child(&record, app.today())).await?;
    Ok(())
}

async fn withdraw(State(app): State<App>, held: Held<OrdersWrite>, sent: Sent) -> Result<Response, Problem> {
    let Held { caller, order } = held;
    once(&app, &caller, &sent, async move |hand: Hand| {
        if hand.made.is_none() {
            hand.once.withdraw(order.id).await?;
        }
        answer(&hand, &order).await
    })
    .await
}

async fn appeal(State(app): State<App>, held: Held<OrdersWrite>, sent: Sent) -> Result<Response, Problem> {
    let Held { caller, order } = held;
    once(&app, &caller, &sent, async move |hand: Hand| {
        if hand.made.is_none() {
            hand.once.appeal(order.id).await?;
        }
        answer(&hand, &order).await
    })
    .await
}

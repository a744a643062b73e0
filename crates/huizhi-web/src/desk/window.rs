//! The window: one box, a photo, and one of two answers. The box takes a number however it was typed, a scanned code, or `1` and
//! `0` for the photo that it holds, so that a clerk never leaves the keyboard.

mod note;

use axum::extract::{Query, State};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::AppointmentId;
use huizhi_domain::person::{Proof, ProofStanding};
use huizhi_domain::receipt::{ReceiptNumber, Standing};
use huizhi_domain::staff::Office;
use huizhi_domain::words::Lang;
use serde::{Deserialize, Serialize};

pub use note::Note;
use note::{clock, mistyped, open, refused, used_note};

use super::fetch::{Asking, Got, PURPOSES, Refusal};
use super::frame::{self, Place};
use super::say;
use super::session::Clerk;
use super::typed::Typed;
use super::visit::{self, Card, Step};
use crate::app::App;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::{Look, View, day_text};

type Answer = Result<Response, PageError>;

/// As every page's, but the photo stands in the page itself: it has no address, because its number must not be in one.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
);

/// How long saying that a photo was used is the same saying: as long as a window holds one (`RESERVED_MS` in huizhi-store).
const AGAIN_MS: i64 = 10 * 60_000;

/// The window's address.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/window", routing::get(page).post(act))
}

/// The form: what is in the box, and the photo that the page holds.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Posting {
    number: String,
    document: String,
    purpose: String,
    held_number: String,
    held_document: String,
    held_purpose: String,
    /// Pressed where the clerk had the proof of guardianship in hand.
    proof_seen: String,
    /// The visit that the page shows.
    visit: String,
    /// What was pressed on its card.
    step: String,
    /// The step that `1` is on that card.
    next: String,
}

impl Posting {
    /// An empty window, with what was chosen.
    fn emptied(&self) -> String {
        let plain = |word: &str| -> String {
            word.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect()
        };
        format!("/desk/window?document={}&purpose={}", plain(&self.document), plain(&self.purpose))
    }
}

/// What the page before chose, so that a row of the same errands is not chosen again, or the visit that it leads to.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    document: String,
    purpose: String,
    visit: String,
    /// What was done with the visit; it is only shown.
    told: String,
}

#[derive(Clone, Debug, Default, Serialize)]
struct WindowView {
    typed: String,
    documents: Vec<Document>,
    chosen_document: String,
    purposes: [&'static str; PURPOSES.len()],
    chosen_purpose: String,
    fault: Option<Note>,
    told: Option<Note>,
    held: Option<Held>,
    visit: Option<Card>,
    /// What is open between the office and peers.
    open: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Document {
    id: String,
    name: String,
}

/// The photo that the window has.
#[derive(Clone, Debug, Serialize)]
struct Held {
    number: String,
    document_id: String,
    document: String,
    purpose: &'static str,
    applicant: Option<String>,
    /// Whether the visit on the card is somebody else's.
    is_other: bool,
    /// Who issued it, where it is not us.
    issuer: Option<String>,
    valid_until: String,
    reserved_until: String,
    photo: String,
    media: &'static str,
    file: String,
    /// The paper that shows who the guardian is; empty where the applicant is nobody's child or ward.
    proof: &'static str,
    proof_seen: bool,
}

impl View for WindowView {
    const TEMPLATE: &'static str = "desk/window.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let documents = vec![Document { id: "cn-resident-id".to_owned(), name: "document".to_owned() }];
        let empty = Self { documents, purposes: PURPOSES, ..Self::default() };
        let note = || Some(Note::sample());
        let held = |purpose, applicant: Option<&str>| Held {
            number: "HZ".to_owned(),
            document_id: "cn-resident-id".to_owned(),
            document: "document".to_owned(),
            purpose,
            applicant: applicant.map(str::to_owned),
            is_other: false,
            issuer: applicant.map(|_| "centre".to_owned()),
            valid_until: "day".to_owned(),
            reserved_until: "moment".to_owned(),
            photo: "AAAA".to_owned(),
            media: "image/jpeg",
            file: "photo.jpg".to_owned(),
            proof: if purpose == "first" { "household-book" } else { "other" },
            proof_seen: purpose == "change",
        };
        let cards = Card::samples().into_iter().flat_map(|card| {
            let shown = Self { visit: Some(card), ..empty.clone() };
            let photo = Held { is_other: true, ..held("change", Some("applicant")) };
            let with_photo = Self { held: Some(photo), ..shown.clone() };
            [shown.clone(), with_photo, Self { told: note(), ..shown.clone() }, Self { fault: note(), ..shown }]
        });
        let cards: Vec<Self> = cards.collect();
        let samples = vec![
            empty.clone(),
            Self { fault: note(), open: vec!["line".to_owned()], ..empty.clone() },
            Self { told: note(), ..empty.clone() },
            Self { held: Some(held("first", None)), ..empty.clone() },
            Self { held: Some(held("change", Some("applicant"))), ..empty },
        ];
        samples.into_iter().chain(cards).collect()
    }
}

async fn page(
    State(app): State<App>,
    clerk: Clerk,
    look: Look,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Answer {
    let view = WindowView { chosen_document: asked.document, chosen_purpose: asked.purpose, ..WindowView::default() };
    let (Ok(id), Some(office)) = (asked.visit.parse::<AppointmentId>(), &clerk.office) else {
        return show(&app, &clerk, &look, view).await;
    };
    let at = visit::At { app: &app, clerk: &clerk, office, headers: &headers, lang: look.lang };
    let seen = at.open(id, &asked.told).await?;
    // What they came for is what a receipt of theirs is fetched for.
    let (chosen_document, chosen_purpose) =
        seen.card.as_ref().map(|card| (card.document.clone(), card.purpose.to_owned())).unwrap_or_default();
    let view =
        WindowView { chosen_document, chosen_purpose, told: seen.told, visit: seen.card, ..WindowView::default() };
    show(&app, &clerk, &look, view).await
}

async fn show(app: &App, clerk: &Clerk, look: &Look, view: WindowView) -> Answer {
    let place = Place { staff: Some(&clerk.staff), office: clerk.office.as_ref(), here: "window" };
    let documents = clerk.office.as_ref().map(|office| documents(app, office, look.lang)).unwrap_or_default();
    let fault = view.fault.or_else(|| {
        let note = || Note::of(look.lang, "window-no-office", vec![say(look.lang, "window-no-office-line", &[])]);
        clerk.office.is_none().then(note)
    });
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let open = open(app, clerk, look.lang).await?;
    let view = WindowView { fault, documents, purposes: PURPOSES, open, ..view };
    let mut response = frame::show(app, look, place, view)?;
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    Ok(response)
}

/// The documents for which the office's city takes receipts.
fn documents(app: &App, office: &Office, lang: Lang) -> Vec<Document> {
    let ids = office.city.parse().map(|city| app.policies.documents_of(city)).unwrap_or_default();
    let mut documents: Vec<Document> =
        ids.into_iter().map(|id| Document { name: app.document_name(&id, lang), id }).collect();
    // The card that most people come for stands first.
    documents.sort_by_key(|document| document.id != "cn-resident-id");
    documents
}

async fn act(
    State(app): State<App>,
    clerk: Clerk,
    look: Look,
    headers: HeaderMap,
    Posted(form): Posted<Posting>,
) -> Answer {
    let chosen = WindowView {
        chosen_document: if form.document.is_empty() { form.held_document.clone() } else { form.document.clone() },
        chosen_purpose: if form.purpose.is_empty() { form.held_purpose.clone() } else { form.purpose.clone() },
        ..WindowView::default()
    };
    let Some(office) = &clerk.office else { return show(&app, &clerk, &look, chosen).await };
    let lang = look.lang;
    let at = visit::At { app: &app, clerk: &clerk, office, headers: &headers, lang };
    if let Some(seen) = visited(&at, &form).await? {
        if let Some(to) = &seen.to {
            return Ok(Redirect::to(to).into_response());
        }
        let typed = if seen.fault.is_some() && seen.card.is_none() { form.number } else { String::new() };
        let card = match seen.card {
            Some(card) => Some(card),
            None => kept(&at, &form.visit).await?,
        };
        let view = WindowView { told: seen.told, fault: seen.fault, visit: card, typed, ..chosen };
        return show(&app, &clerk, &look, view).await;
    }
    fetch(&at, &look, form, chosen).await
}

/// What a form is about a visit; `None` where it is about a receipt.
async fn visited(at: &visit::At<'_>, form: &Posting) -> Result<Option<visit::Seen>, PageError> {
    let shown = form.visit.parse::<AppointmentId>().ok();
    if let (Some(id), Some(step)) = (shown, Step::read(&form.step)) {
        return at.step(id, step).await.map(Some);
    }
    // While a photo is held, `1` and `0` are about it.
    let spoken_of = shown.filter(|_| form.held_number.is_empty());
    match (Typed::read(&form.number, spoken_of.is_some()), spoken_of, Step::read(&form.next)) {
        (Typed::Used, Some(id), Some(step)) => at.step(id, step).await.map(Some),
        (Typed::Release, Some(_), _) => Ok(Some(visit::Seen::at(form.emptied()))),
        (typed, ..) => at.typed(&typed).await,
    }
}

async fn fetch(at: &visit::At<'_>, look: &Look, form: Posting, chosen: WindowView) -> Answer {
    let visit::At { app, clerk, office, lang, .. } = *at;
    let visit = form.visit.parse::<AppointmentId>().ok();
    let held = form.held_number.parse::<ReceiptNumber>().ok();
    let asking = |document, purpose: &str| Asking {
        staff: &clerk.staff,
        office,
        document,
        purpose: PURPOSES.into_iter().find(|known| *known == purpose).unwrap_or(PURPOSES[0]),
        terminal: clerk.terminal,
    };
    if !form.proof_seen.is_empty()
        && let Some(number) = &held
        && let Some(person) = app.store.person_of_number(number).await?
    {
        app.store.saw_proof(person.id, office.id, clerk.staff.id).await?;
    }
    let of_held = asking(&form.held_document, &form.held_purpose);
    let answered = match (Typed::read(&form.number, held.is_some()), &held) {
        (Typed::Nothing, Some(number)) => hold(app, lang, &of_held, number, visit).await?,
        (Typed::Used, Some(number)) => match of_held.consume(app, number).await {
            Ok(used) => Answered::Said(used_note(app, lang, &used)),
            Err(refusal) => not_used(app, lang, refusal, &of_held, number).await?,
        },
        (Typed::Release, Some(number)) => match of_held.release(app, number).await {
            Ok(()) => {
                let document = app.document_name(of_held.document, lang);
                let line = say(lang, "window-done-released-line", &[("document", &document)]);
                Answered::Said(Note::of(lang, "window-done-released", vec![line]))
            }
            Err(refusal) => Answered::Refused(refused(app, lang, refusal, &of_held)?),
        },
        (Typed::Used | Typed::Release, None) => {
            let line = say(lang, "window-nothing-held-line", &[]);
            Answered::Refused(Note::of(lang, "window-nothing-held", vec![line]))
        }
        (Typed::Mistyped(error), _) => Answered::Mistyped(mistyped(lang, &error)),
        (Typed::Token(token), _) => token_note(app, lang, &token).await?,
        (Typed::Number(number), _) => hold(app, lang, &asking(&form.document, &form.purpose), &number, visit).await?,
        // Nothing; what is about a visit was answered before.
        _ => Answered::Said(Note::of(lang, "window-empty", Vec::new())),
    };
    let view = match answered {
        Answered::Said(told) => WindowView { told: Some(told), ..chosen },
        Answered::Refused(fault) => WindowView { fault: Some(fault), ..chosen },
        Answered::Mistyped(fault) => WindowView { fault: Some(fault), typed: form.number, ..chosen },
        Answered::Held(held) => WindowView { held: Some(*held), ..chosen },
    };
    let view = WindowView { visit: kept(at, &form.visit).await?, ..view };
    show(app, clerk, look, view).await
}

/// The card that was on the page: it stays until the clerk puts it away.
async fn kept(at: &visit::At<'_>, visit: &str) -> Result<Option<Card>, PageError> {
    match visit.parse::<AppointmentId>() {
        Ok(id) => Ok(at.open(id, "").await?.card),
        Err(_) => Ok(None),
    }
}

enum Answered {
    Said(Note),
    Refused(Note),
    Mistyped(Note),
    Held(Box<Held>),
}

/// A photo that is marked as used again by the same clerk a moment later, because the page was loaded again or pressed twice, is one that
/// they did mark, and none that the citizen used before.
async fn not_used(
    app: &App,
    lang: Lang,
    refusal: Refusal,
    asking: &Asking<'_>,
    number: &ReceiptNumber,
) -> Result<Answered, PageError> {
    if let Refusal::Used { at, .. } = &refusal
        && app.store.now().since_ms(*at) < AGAIN_MS
        && app.store.used_by(number, asking.document).await? == Some(asking.staff.id)
    {
        let document = app.document_name(asking.document, lang);
        let values: [(&str, &dyn std::fmt::Display); 3] =
            [("document", &document), ("at", &clock(app, *at)), ("name", &asking.staff.name)];
        let line = say(lang, "window-used-before-line", &values);
        return Ok(Answered::Said(Note::of(lang, "window-used-before", vec![line])));
    }
    Ok(Answered::Refused(refused(app, lang, refusal, asking)?))
}

async fn hold(
    app: &App,
    lang: Lang,
    asking: &Asking<'_>,
    number: &ReceiptNumber,
    visit: Option<AppointmentId>,
) -> Result<Answered, PageError> {
    match asking.fetch(app, number).await {
        Ok(got) => {
            let proof = app.store.person_of_number(number).await?.and_then(|person| person.proof());
            let visitor = match visit {
                Some(id) => app.store.visitor_of(id).await?,
                None => None,
            };
            let is_other = visitor.is_some_and(|visitor| got.is_other(&visitor));
            let held = Held { is_other, ..held(app, lang, asking, number, got, proof) };
            Ok(Answered::Held(Box::new(held)))
        }
        Err(refusal) => Ok(Answered::Refused(refused(app, lang, refusal, asking)?)),
    }
}

fn held(app: &App, lang: Lang, asking: &Asking<'_>, number: &ReceiptNumber, got: Got, proof: Option<Proof>) -> Held {
    Held {
        number: number.reveal().to_owned(),
        document_id: asking.document.to_owned(),
        document: app.document_name(asking.document, lang),
        purpose: PURPOSES.into_iter().find(|known| *known == asking.purpose).unwrap_or(PURPOSES[0]),
        applicant: got.applicant,
        is_other: false,
        issuer: got.peer,
        valid_until: day_text(lang, &got.valid_until.to_string()),
        reserved_until: clock(app, got.reserved_until),
        photo: BASE64.encode(&got.photo),
        media: "image/jpeg",
        // What a peer calls its record could be anything.
        file: format!("{}.jpg", got.receipt.chars().filter(char::is_ascii_alphanumeric).take(40).collect::<String>()),
        proof: proof.map_or("", |it| it.kind.word()),
        proof_seen: proof.is_some_and(|it| it.standing != ProofStanding::Claimed),
    }
}

/// What a scanned token proves: that the receipt is ours, for what, until when, and how it stands. The photo needs the number.
async fn token_note(app: &App, lang: Lang, token: &str) -> Result<Answered, PageError> {
    let Some((claims, standing)) = app.store.standing_of_token(token).await? else {
        let line = say(lang, "window-token-wrong-line", &[]);
        return Ok(Answered::Refused(Note::of(lang, "window-token-wrong", vec![line])));
    };
    let names: Vec<String> = claims.d.iter().map(|id| app.document_name(id, lang)).collect();
    let documents = names.join(if lang == Lang::Zh { "、" } else { ", " });
    let ends = Moment(claims.exp.saturating_mul(1000));
    let until = day_text(lang, &ends.after_ms(-1).day(app.store.zone()).to_string());
    let values: [(&str, &dyn std::fmt::Display); 2] = [("documents", &documents), ("until", &until)];
    // A receipt that is not on record stands as its token says: data may be older than it.
    let expired = (app.store.now() >= ends).then_some(Standing::Expired);
    Ok(match standing.filter(|standing| *standing != Standing::Valid).or(expired) {
        Some(standing) => {
            let lines = vec![say(lang, "window-token-was", &values), say(lang, "window-not-valid-line", &[])];
            Answered::Refused(Note::of(lang, &format!("window-not-valid-{}", standing.word()), lines))
        }
        None => Answered::Said(Note::of(lang, "window-token", vec![say(lang, "window-token-line", &values)])),
    })
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<WindowView>>();
    }
}

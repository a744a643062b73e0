//! The review desk: a photo at a time, held under a lease, decided with a key or a form.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Json, Router, routing};
use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AttemptId, DecisionId};
use huizhi_domain::review::{self, Decision, Opinion, ReviewError};
use huizhi_domain::staff::Staff;
use huizhi_store::{Case, PictureKind, StoreError};
use serde::{Deserialize, Serialize};

use super::case::{CaseView, Fault, Filled, QueueLine, Undo};
use super::code;
use super::frame::{self, Place};
use super::say;
use super::session::Reviewer;
use crate::app::App;
use crate::error::PageError;
use crate::form::Posted;
use crate::headers::PICTURE_POLICY;
use crate::page::{Look, View};

type Answer = Result<Response, PageError>;

/// Reasons for skipping, as the form has them, and for how many minutes the photo is somebody else's then: a person that they
/// know stays known, a picture that did not show may show later.
const SKIPS: [(&str, i64); 4] = [("known-person", A_SHIFT), ("unsure", 30), ("broken", 10), ("pause", 0)];

/// As long as a session lasts, in minutes.
const A_SHIFT: i64 = 8 * 60;

const MINUTE_MS: i64 = 60_000;

/// The desk's addresses.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/review", routing::get(queue))
        .route("/desk/review/claim", routing::post(claim))
        .route("/desk/review/undo/{decision}", routing::post(undo))
        .route("/desk/review/picture/{attempt}/{kind}", routing::get(picture))
        .route("/desk/review/{attempt}", routing::get(case))
        .route("/desk/review/{attempt}/accept", routing::post(accept))
        .route("/desk/review/{attempt}/reject", routing::post(reject))
        .route("/desk/review/{attempt}/second", routing::post(second))
        .route("/desk/review/{attempt}/skip", routing::post(skip))
        .route("/desk/review/{attempt}/ahead", routing::post(ahead))
        .route("/desk/review/{attempt}/renew", routing::post(renew))
        .route("/desk/review/{attempt}/leave", routing::post(leave))
}

/// What a page is told by the one before it. All of it is only shown; nothing follows from it.
#[derive(Debug, Default, Deserialize)]
struct Told {
    /// A word for the message on top.
    #[serde(rename = "told")]
    message: Option<String>,
    /// The decision before, of which photo, what it said, and when.
    after: Option<DecisionId>,
    of: Option<AttemptId>,
    accepted: Option<bool>,
    at: Option<i64>,
}

impl Told {
    fn undo(&self, now: Moment) -> Option<Undo> {
        Undo::of(self.after?, self.of?, self.accepted?, Moment(self.at?), now)
    }

    /// What the page says on top: its message key, and whether it is trouble.
    fn says(&self) -> Option<(&'static str, bool)> {
        match self.message.as_deref()? {
            "lost" => Some(("review-lost", true)),
            "same-person" => Some(("review-same-person", true)),
            "too-late" => Some(("review-too-late", true)),
            "undone" => Some(("review-undone", false)),
            "skipped" => Some(("review-skipped", false)),
            "asked" => Some(("review-asked", false)),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
struct QueueView {
    queue: QueueLine,
    told: Option<String>,
    told_is_trouble: bool,
    undo: Option<Undo>,
}

impl View for QueueView {
    const TEMPLATE: &'static str = "desk/queue.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let empty = Self { queue: QueueLine::sample(0), told: None, told_is_trouble: false, undo: None };
        let told = Self { told: Some("lost".to_owned()), told_is_trouble: true, ..empty.clone() };
        vec![
            empty,
            told,
            Self { queue: QueueLine::sample(3), undo: Undo::sample(), told: None, told_is_trouble: false },
        ]
    }
}

async fn queue(State(app): State<App>, Reviewer(staff): Reviewer, look: Look, Query(told): Query<Told>) -> Answer {
    let now = app.store.now();
    let message = told.says();
    let view = QueueView {
        queue: QueueLine::of(&app.store.queue().await?, now),
        told: message.map(|(key, _)| say(look.lang, key, &[])),
        told_is_trouble: message.is_some_and(|(_, trouble)| trouble),
        undo: told.undo(now),
    };
    frame::show(&app, &look, Place::of(&staff, "review"), view)
}

async fn claim(State(app): State<App>, Reviewer(staff): Reviewer) -> Answer {
    next(&app, &staff, String::new()).await
}

async fn case(
    State(app): State<App>,
    Reviewer(staff): Reviewer,
    look: Look,
    Path(attempt): Path<AttemptId>,
    Query(told): Query<Told>,
) -> Answer {
    let Some(case) = app.store.case(&staff, attempt).await? else { return Ok(to_queue("lost")) };
    let undo = told.undo(app.store.now()).map(|undo| undo.before(attempt));
    let message = told.says().map(|(key, _)| say(look.lang, key, &[]));
    show_case(&app, &look, &staff, &case, &Filled::default(), Shown { undo, told: message, fault: None }).await
}

/// What a case's page shows besides the case.
struct Shown {
    undo: Option<Undo>,
    told: Option<String>,
    fault: Option<Fault>,
}

#[derive(Clone, Debug, Serialize)]
struct ReviewView {
    case: CaseView,
    queue: QueueLine,
    undo: Option<Undo>,
    told: Option<String>,
    fault: Option<Fault>,
}

impl View for ReviewView {
    const TEMPLATE: &'static str = "desk/review.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |case| Self { case, queue: QueueLine::sample(3), undo: None, told: None, fault: None };
        let fault = |place| Some(Fault { text: "fault".to_owned(), place });
        let all: Vec<Self> = CaseView::samples().into_iter().map(view).collect();
        let mut faulty: Vec<Self> = ["#likely", "#note"]
            .into_iter()
            .flat_map(|place| all.iter().cloned().map(move |view| Self { fault: fault(place), ..view }))
            .collect();
        faulty.extend(all.iter().cloned().map(|view| Self {
            undo: Undo::sample(),
            told: Some("told".to_owned()),
            ..view
        }));
        faulty.extend(all);
        faulty
    }
}

async fn show_case(app: &App, look: &Look, staff: &Staff, case: &Case, filled: &Filled, shown: Shown) -> Answer {
    let frequent = app.shared.desk.frequent_codes(&app.store).await?;
    let view = ReviewView {
        case: CaseView::of(app, look.lang, case, &frequent, filled),
        queue: QueueLine::of(&app.store.queue().await?, app.store.now()),
        undo: shown.undo,
        told: shown.told,
        fault: shown.fault,
    };
    let faulty = view.fault.is_some();
    let mut response = frame::show(app, look, Place::of(staff, "review"), view)?;
    if faulty {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

async fn accept(State(app): State<App>, Reviewer(staff): Reviewer, Path(attempt): Path<AttemptId>) -> Answer {
    decide(&app, &staff, attempt, Opinion::Accept).await
}

/// The form repeats `code`, so it is read by pairs.
async fn reject(
    State(app): State<App>,
    Reviewer(staff): Reviewer,
    look: Look,
    Path(attempt): Path<AttemptId>,
    Posted(pairs): Posted<Vec<(String, String)>>,
) -> Answer {
    let mut filled = Filled::default();
    for (name, value) in pairs {
        match name.as_str() {
            "code" => filled.codes.push(value),
            "note" => filled.note = value,
            _ => {}
        }
    }
    let opinion = Opinion::Reject { codes: filled.codes.clone(), note: filled.note.clone() };
    let fault = match review::checked(opinion, &|code| code::is_for_reviewers(&app.rejections, code)) {
        Ok(opinion) => return decide(&app, &staff, attempt, opinion).await,
        Err(ReviewError::NoCode) => Fault { text: say(look.lang, "review-no-code", &[]), place: "#likely" },
        Err(ReviewError::UnknownCode(code)) => {
            Fault { text: say(look.lang, "review-unknown-code", &[("code", &code)]), place: "#likely" }
        }
        Err(ReviewError::NoteMissing) => Fault { text: say(look.lang, "review-note-missing", &[]), place: "#note" },
        Err(error) => return Ok(refused(&error)),
    };
    let Some(case) = app.store.case(&staff, attempt).await? else { return Ok(to_queue("lost")) };
    let shown = Shown { undo: None, told: None, fault: Some(fault) };
    show_case(&app, &look, &staff, &case, &filled, shown).await
}

async fn decide(app: &App, staff: &Staff, attempt: AttemptId, opinion: Opinion) -> Answer {
    match app.store.decide(staff, attempt, opinion).await {
        Ok(decision) => next(app, staff, after(&decision, attempt)).await,
        Err(StoreError::Review(error)) => Ok(refused(&error)),
        Err(error) => Err(error.into()),
    }
}

/// What the next page is told so that it can offer the undo.
fn after(decision: &Decision, attempt: AttemptId) -> String {
    let (accepted, at) = (decision.opinion.accepts(), decision.decided_at.0);
    format!("?after={}&of={attempt}&accepted={accepted}&at={at}", decision.id)
}

/// On to the next photo of the queue, or to the empty desk.
async fn next(app: &App, staff: &Staff, told: String) -> Answer {
    let Some(case) = app.store.claim(staff).await? else {
        return Ok(Redirect::to(&format!("/desk/review{told}")).into_response());
    };
    Ok(Redirect::to(&format!("/desk/review/{}{told}", case.photo.id)).into_response())
}

/// Takes the photo after this one, so that the script can have its pictures before it is shown: the change is then one answer long.
async fn ahead(State(app): State<App>, Reviewer(staff): Reviewer, Path(attempt): Path<AttemptId>) -> Answer {
    if app.store.case(&staff, attempt).await?.is_none() {
        return Ok(StatusCode::CONFLICT.into_response());
    }
    let Some(case) = app.store.claim_ahead(&staff, attempt).await? else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let at = |kind: PictureKind| format!("/desk/review/picture/{}/{}", case.photo.id, kind.word());
    let made = case.photo.has_id_photo.then(|| at(PictureKind::IdPhoto));
    let pictures: Vec<String> = [at(PictureKind::Preview)].into_iter().chain(made).collect();
    Ok(Json(serde_json::json!({ "attempt": case.photo.id, "pictures": pictures })).into_response())
}

async fn second(State(app): State<App>, Reviewer(staff): Reviewer, Path(attempt): Path<AttemptId>) -> Answer {
    match app.store.ask_second(&staff, attempt, A_SHIFT * MINUTE_MS).await {
        Ok(()) => next(&app, &staff, "?told=asked".to_owned()).await,
        Err(StoreError::Review(error)) => Ok(refused(&error)),
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
struct Skip {
    why: String,
}

async fn skip(
    State(app): State<App>,
    Reviewer(staff): Reviewer,
    Path(attempt): Path<AttemptId>,
    Posted(Skip { why }): Posted<Skip>,
) -> Answer {
    let (why, minutes) = SKIPS.into_iter().find(|(known, _)| *known == why).unwrap_or(SKIPS[1]);
    match app.store.leave(&staff, attempt, why, minutes * MINUTE_MS).await {
        Ok(()) if minutes == 0 => Ok(to_queue("skipped")),
        Ok(()) => next(&app, &staff, "?told=skipped".to_owned()).await,
        Err(StoreError::Review(error)) => Ok(refused(&error)),
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
struct Current {
    current: Option<AttemptId>,
}

async fn undo(
    State(app): State<App>,
    Reviewer(staff): Reviewer,
    Path(decision): Path<DecisionId>,
    Posted(Current { current }): Posted<Current>,
) -> Answer {
    match app.store.undo(&staff, decision).await {
        Ok(attempt) => {
            // One photo at a time: the one that came after goes back. It may be gone already, which is as good.
            if let Some(current) = current.filter(|current| *current != attempt) {
                match app.store.leave(&staff, current, "undo", 0).await {
                    Ok(()) | Err(StoreError::Review(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(Redirect::to(&format!("/desk/review/{attempt}?told=undone")).into_response())
        }
        Err(StoreError::Review(ReviewError::TooLate)) => match current {
            Some(current) => Ok(Redirect::to(&format!("/desk/review/{current}?told=too-late")).into_response()),
            None => Ok(to_queue("too-late")),
        },
        Err(StoreError::Review(error)) => Ok(refused(&error)),
        Err(error) => Err(error.into()),
    }
}

/// Keeps the photo for five more minutes. Scripts get the time that is left as JSON, forms their page again.
async fn renew(
    State(app): State<App>,
    Reviewer(staff): Reviewer,
    Path(attempt): Path<AttemptId>,
    headers: HeaderMap,
) -> Answer {
    let script = headers.get(ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"));
    match app.store.renew(&staff, attempt).await {
        Ok(until) if script => {
            Ok(Json(serde_json::json!({ "left_ms": until.since_ms(app.store.now()) })).into_response())
        }
        Ok(_) => Ok(Redirect::to(&format!("/desk/review/{attempt}")).into_response()),
        Err(StoreError::Review(_)) if script => Ok(StatusCode::CONFLICT.into_response()),
        Err(StoreError::Review(error)) => Ok(refused(&error)),
        Err(error) => Err(error.into()),
    }
}

/// The reviewer closed the page. A beacon has no reader, so it is told nothing.
async fn leave(State(app): State<App>, Reviewer(staff): Reviewer, Path(attempt): Path<AttemptId>, _: Bytes) -> Answer {
    match app.store.leave(&staff, attempt, "left", 0).await {
        Ok(()) | Err(StoreError::Review(_)) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
struct Of {
    of: Option<AttemptId>,
}

/// A picture of the held photo, or of one that came before it. Each view is in the log (security.md, row 35).
async fn picture(
    State(app): State<App>,
    Reviewer(staff): Reviewer,
    Path((attempt, kind)): Path<(AttemptId, String)>,
    Query(Of { of }): Query<Of>,
) -> Answer {
    let kind = [PictureKind::Preview, PictureKind::IdPhoto].into_iter().find(|it| it.word() == kind);
    let kind = kind.ok_or(PageError::Absent)?;
    let case = app.store.case(&staff, attempt).await?.ok_or(PageError::Absent)?;
    let id = of.unwrap_or(attempt);
    if id != attempt && case.earlier.iter().all(|earlier| earlier.id != id) {
        return Err(PageError::Absent);
    }
    let picture = app.store.picture(id, kind, Actor::Staff(staff.id)).await?.ok_or(PageError::Absent)?;
    let headers = [(CONTENT_TYPE, picture.media), (CONTENT_SECURITY_POLICY, PICTURE_POLICY)];
    Ok((headers, picture.bytes).into_response())
}

fn refused(error: &ReviewError) -> Response {
    to_queue(match error {
        ReviewError::SamePerson => "same-person",
        ReviewError::TooLate => "too-late",
        _ => "lost",
    })
}

fn to_queue(told: &str) -> Response {
    Redirect::to(&format!("/desk/review?told={told}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_pages_render_in_every_language() {
        crate::page::tests::renders::<Framed<QueueView>>();
        crate::page::tests::renders::<Framed<ReviewView>>();
    }
}

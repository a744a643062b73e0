//! What is done with an inquiry: it is taken, answered, handed over, closed, opened again.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{IntoResponse as _, Redirect, Response};
use huizhi_domain::id::StaffId;
use huizhi_domain::support::{LONGEST, Next, TextFault, text, unfilled};
use huizhi_store::{Answering, StoreError};
use serde::Deserialize;
use serde_json::json;

use super::super::say;
use super::one::{REASONS, Typed, colleagues, filled, found, show};
use super::{Answer, Supporter};
use crate::app::App;
use crate::form::Posted;
use crate::page::Look;

/// POST `/desk/inquiries/{inquiry}/take`
pub async fn take(State(app): State<App>, Supporter(staff): Supporter, Path(id): Path<String>) -> Answer {
    let inquiry = found(&app, &id).await?;
    match app.store.take_inquiry(inquiry.id, staff.id).await {
        Ok(()) => Ok(Redirect::to(&format!("/desk/inquiries/{}", inquiry.id)).into_response()),
        Err(error) => before(error),
    }
}

/// Somebody was first, or it is over.
fn before(error: StoreError) -> Answer {
    match error {
        StoreError::Support(_) | StoreError::Conflict(_) => Ok(told("before")),
        error => Err(error.into()),
    }
}

fn told(word: &str) -> Response {
    Redirect::to(&format!("/desk/inquiries?told={word}")).into_response()
}

/// What one of the page's forms says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Said {
    text: String,
    next: String,
    to: String,
    why: String,
    canned: String,
}

fn fault_of(look: &Look, fault: TextFault) -> String {
    match fault {
        TextFault::Empty => say(look.lang, "desk-inquiry-empty", &[]),
        TextFault::TooLong => say(look.lang, "help-text-long", &[("value", &LONGEST)]),
    }
}

/// POST `/desk/inquiries/{inquiry}/answer`
pub async fn answer(
    State(app): State<App>,
    Supporter(staff): Supporter,
    look: Look,
    Path(id): Path<String>,
    Posted(form): Posted<Said>,
) -> Answer {
    let inquiry = found(&app, &id).await?;
    let said = text(&form.text).map_err(|fault| fault_of(&look, fault)).and_then(|said| match unfilled(&said) {
        Some(place) => Err(say(look.lang, "desk-inquiry-unfilled", &[("place", &place)])),
        None => Ok(said),
    });
    let said = match said {
        Ok(said) => said,
        Err(fault) => {
            let typed = Typed { answer: form.text, next: form.next, ..Typed::default() };
            return show(&app, &staff, &look, &inquiry, typed, Some(fault)).await;
        }
    };
    let next = match form.next.as_str() {
        "reply" => Next::Reply,
        "close" => Next::Close,
        _ => Next::Nothing,
    };
    let answer = Answering { staff: staff.id, text: said, next };
    match app.store.answer_inquiry(inquiry.id, &answer).await {
        Ok(()) => Ok(told("answered")),
        Err(error) => before(error),
    }
}

/// POST `/desk/inquiries/{inquiry}/fill`: a canned answer after what was written. A script, which puts it where one writes, gets JSON.
pub async fn fill(
    State(app): State<App>,
    Supporter(staff): Supporter,
    look: Look,
    Path(id): Path<String>,
    headers: HeaderMap,
    Posted(form): Posted<Said>,
) -> Answer {
    let inquiry = found(&app, &id).await?;
    let canned = app.store.canned_answers().await?;
    let filled = match canned.iter().find(|it| it.id.to_string() == form.canned) {
        Some(canned) => filled(&app, &inquiry, canned).await?,
        None => String::new(),
    };
    if headers.get(ACCEPT).is_some_and(|kinds| kinds.as_bytes().starts_with(b"application/json")) {
        return Ok(Json(json!({ "text": filled })).into_response());
    }
    let answer = format!("{}\n\n{filled}", form.text.trim_end()).trim().to_owned();
    let typed = Typed { answer, next: form.next, ..Typed::default() };
    show(&app, &staff, &look, &inquiry, typed, None).await
}

/// POST `/desk/inquiries/{inquiry}/hand-over`
pub async fn hand_over(
    State(app): State<App>,
    Supporter(staff): Supporter,
    look: Look,
    Path(id): Path<String>,
    Posted(form): Posted<Said>,
) -> Answer {
    let inquiry = found(&app, &id).await?;
    let able = colleagues(&app, inquiry.staff).await?;
    let to = able.iter().find(|it| it.id == form.to).and_then(|it| it.id.parse::<StaffId>().ok());
    let to = to.ok_or_else(|| say(look.lang, "desk-inquiry-nobody", &[]));
    let said = to.and_then(|to| text(&form.text).map(|note| (to, note)).map_err(|fault| fault_of(&look, fault)));
    let (to, note) = match said {
        Ok(said) => said,
        Err(fault) => {
            let typed = Typed { to: form.to, note: form.text, ..Typed::default() };
            return show(&app, &staff, &look, &inquiry, typed, Some(fault)).await;
        }
    };
    match app.store.hand_over_inquiry(inquiry.id, staff.id, to, &note).await {
        Ok(()) => Ok(told("handed")),
        Err(error) => before(error),
    }
}

/// POST `/desk/inquiries/{inquiry}/close`: it is over without an answer, and its citizen reads why.
pub async fn close(
    State(app): State<App>,
    Supporter(staff): Supporter,
    look: Look,
    Path(id): Path<String>,
    Posted(form): Posted<Said>,
) -> Answer {
    let inquiry = found(&app, &id).await?;
    let why = REASONS.into_iter().find(|known| *known == form.why);
    let why = why.map(|why| say(inquiry.lang, &format!("desk-inquiry-why-{why}"), &[])).unwrap_or_default();
    let said = match text(&format!("{why}\n{}", form.text)) {
        Ok(said) => said,
        Err(fault) => {
            let fault = match fault {
                TextFault::Empty => say(look.lang, "desk-inquiry-no-why", &[]),
                TextFault::TooLong => fault_of(&look, fault),
            };
            let typed = Typed { why: form.why, reason: form.text, ..Typed::default() };
            return show(&app, &staff, &look, &inquiry, typed, Some(fault)).await;
        }
    };
    let answer = Answering { staff: staff.id, text: said, next: Next::Unanswered };
    match app.store.answer_inquiry(inquiry.id, &answer).await {
        Ok(()) => Ok(told("closed")),
        Err(error) => before(error),
    }
}

/// POST `/desk/inquiries/{inquiry}/open`
pub async fn open(State(app): State<App>, Supporter(staff): Supporter, Path(id): Path<String>) -> Answer {
    let inquiry = found(&app, &id).await?;
    match app.store.reopen_inquiry(inquiry.id, staff.id).await {
        Ok(()) => Ok(Redirect::to(&format!("/desk/inquiries/{}", inquiry.id)).into_response()),
        Err(error) => before(error),
    }
}

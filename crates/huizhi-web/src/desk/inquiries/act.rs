//! What is done with an inquiry: it is taken, answered, handed over, closed.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use huizhi_domain::audit::Actor;
use huizhi_domain::id::StaffId;
use huizhi_domain::support::{Ender, LONGEST, Next, TextFault, text, unfilled};
use huizhi_store::{Answering, StoreError};
use serde::Deserialize;

use super::super::say;
use super::one::{colleagues, found, show};
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

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    text: String,
    next: String,
    to: String,
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
    Posted(typed): Posted<Typed>,
) -> Answer {
    let inquiry = found(&app, &id).await?;
    let said = match text(&typed.text) {
        Ok(said) => said,
        Err(fault) => {
            let fault = Some(fault_of(&look, fault));
            return show(&app, &staff, &look, &inquiry, typed.text, fault).await;
        }
    };
    if let Some(place) = unfilled(&said) {
        let fault = Some(say(look.lang, "desk-inquiry-unfilled", &[("place", &place)]));
        return show(&app, &staff, &look, &inquiry, typed.text, fault).await;
    }
    let next = match typed.next.as_str() {
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

/// POST `/desk/inquiries/{inquiry}/hand-over`
pub async fn hand_over(
    State(app): State<App>,
    Supporter(staff): Supporter,
    look: Look,
    Path(id): Path<String>,
    Posted(typed): Posted<Typed>,
) -> Answer {
    let inquiry = found(&app, &id).await?;
    let able = colleagues(&app, inquiry.staff).await?;
    let to = able.iter().find(|it| it.id == typed.to).and_then(|it| it.id.parse::<StaffId>().ok());
    let Some(to) = to else {
        let fault = Some(say(look.lang, "desk-inquiry-nobody", &[]));
        return show(&app, &staff, &look, &inquiry, String::new(), fault).await;
    };
    let note = match text(&typed.text) {
        Ok(note) => note,
        Err(fault) => {
            let fault = Some(fault_of(&look, fault));
            return show(&app, &staff, &look, &inquiry, String::new(), fault).await;
        }
    };
    match app.store.hand_over_inquiry(inquiry.id, staff.id, to, &note).await {
        Ok(()) => Ok(told("handed")),
        Err(error) => before(error),
    }
}

/// POST `/desk/inquiries/{inquiry}/close`
pub async fn close(State(app): State<App>, Supporter(staff): Supporter, Path(id): Path<String>) -> Answer {
    let inquiry = found(&app, &id).await?;
    app.store.close_inquiry(inquiry.id, Ender::Staff, Actor::Staff(staff.id)).await?;
    Ok(told("closed"))
}

//! Arrivals that a desk noted while it had no line: the page that it shows meanwhile, the worker that keeps that page, and what it
//! sends when the line is back. What is sent twice is done once.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router, routing};
use huizhi_domain::clock::Moment;
use huizhi_domain::staff::Office;
use huizhi_domain::visit::Appointment;
use huizhi_store::{Arrival, CheckedIn, StoreError};
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::say;
use super::session::Clerk;
use super::typed::Typed;
use super::visit::why_not;
use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};
use crate::static_files;

/// The worker's own text; the files that it keeps are put before it.
const WORKER: &str = include_str!("../../static/desk-worker.js");

/// What the page without a line is made of.
const KEPT: [&str; 6] = ["desk.css", "desk.js", "desk-kept.js", "desk-line.js", "desk-offline.js", "seal.svg"];

/// Arrivals that are taken at once; a desk sends the rest after them.
const MOST: usize = 50;

/// How long after an arrival it may still be told: a day without a line, and the night after it.
const TOLD_WITHIN_MS: i64 = 24 * 3_600_000;

/// A clock at a desk may be this much before ours.
const AHEAD_MS: i64 = 2 * 60_000;

/// The addresses of desks without a line.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/arrivals", routing::post(take))
        .route("/desk/window/offline", routing::get(offline))
        .route("/desk/worker.js", routing::get(worker))
}

/// The worker. It is asked for anew each time: another version of a file is another text, which the browser sees.
async fn worker() -> Response {
    let files: Vec<&str> = KEPT.iter().filter_map(|name| static_files::url(name)).collect();
    let text = format!("const FILES = {};\n{WORKER}", serde_json::Value::from(files));
    let headers = [(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
    (headers, text).into_response()
}

/// The page without a line. It says nothing of anybody.
#[derive(Clone, Debug, Serialize)]
struct OfflineView {
    office: String,
    office_name: String,
    /// Minutes before the start from which one may check in.
    from_min: i64,
    /// Minutes after it until which one may.
    late_min: i64,
    /// Minutes east of UTC on the office's wall.
    zone_min: i16,
}

impl View for OfflineView {
    const TEMPLATE: &'static str = "desk/offline.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let office = "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned();
        vec![Self { office, office_name: "Jiangbei".to_owned(), from_min: 15, late_min: 30, zone_min: 480 }]
    }
}

async fn offline(State(app): State<App>, clerk: Clerk, look: Look) -> Result<Response, PageError> {
    let office = clerk.office.as_ref().ok_or(PageError::Absent)?;
    let policy = app.store.booking_policy(office.id).await?;
    let view = OfflineView {
        office: office.id.to_string(),
        office_name: office.name.clone(),
        from_min: policy.check_in_from_min,
        late_min: policy.late_after_min,
        zone_min: app.store.zone().0,
    };
    frame::show(&app, &look, Place { staff: None, office: None, here: "" }, view)
}

#[derive(Deserialize)]
struct Sent {
    arrivals: Vec<One>,
}

/// One arrival as a desk noted it.
#[derive(Deserialize)]
struct One {
    /// The desk's name for it.
    key: String,
    /// What was typed or scanned: a pass, or the number of an appointment.
    code: String,
    /// When, in milliseconds.
    at: i64,
    /// Whether they were served meanwhile.
    #[serde(default)]
    served: bool,
}

#[derive(Serialize)]
struct Answers {
    results: Vec<Said>,
}

#[derive(Serialize)]
struct Said {
    key: String,
    /// `arrived`, `before` or `refused`.
    state: &'static str,
    /// The number in the hall.
    number: Option<String>,
    /// Why it was refused, in a sentence.
    why: Option<String>,
}

async fn take(
    State(app): State<App>,
    clerk: Clerk,
    look: Look,
    Json(sent): Json<Sent>,
) -> Result<Json<Answers>, PageError> {
    let office = clerk.office.as_ref().ok_or(PageError::Absent)?;
    let mut results = Vec::new();
    for one in sent.arrivals.into_iter().take(MOST) {
        results.push(take_one(&app, &clerk, office, &look, one).await?);
    }
    Ok(Json(Answers { results }))
}

async fn take_one(app: &App, clerk: &Clerk, office: &Office, look: &Look, one: One) -> Result<Said, PageError> {
    let refused = |key: String, why: String| Said { key, state: "refused", number: None, why: Some(why) };
    let refuse = |key: String, word: &str| refused(key, say(look.lang, word, &[]));
    let (now, at) = (app.store.now(), Moment(one.at));
    if one.key.is_empty() || one.key.len() > 64 {
        return Ok(refuse(one.key, "arrival-no-form"));
    }
    if at > now.after_ms(AHEAD_MS) || at < now.after_ms(-TOLD_WITHIN_MS) {
        return Ok(refuse(one.key, "arrival-no-time"));
    }
    let Some(appointment) = appointment(app, &one.code).await? else {
        return Ok(refuse(one.key, "arrival-no-unknown"));
    };
    let arrival = Arrival {
        appointment: appointment.id,
        office: office.id,
        at: at.min(now),
        key: Some(one.key.clone()),
        served: one.served,
        staff: clerk.staff.id,
    };
    let said = match app.store.check_in(arrival.clone()).await {
        // The same was sent twice at the same moment: the second finds what the first did.
        Err(StoreError::Conflict(_)) => match app.store.check_in(arrival).await {
            Err(StoreError::Conflict(_)) => return Ok(refuse(one.key, "arrival-no-form")),
            said => said?,
        },
        said => said?,
    };
    Ok(match said {
        Ok(CheckedIn::Now(ticket)) => Said { key: one.key, state: "arrived", number: Some(ticket.label()), why: None },
        Ok(CheckedIn::Before(ticket)) => {
            Said { key: one.key, state: "before", number: Some(ticket.label()), why: None }
        }
        Err(why) => refused(one.key, why_not(app, look.lang, why)),
    })
}

/// The appointment of what was typed or scanned.
async fn appointment(app: &App, code: &str) -> Result<Option<Appointment>, PageError> {
    Ok(match Typed::read(code, false) {
        Typed::Appointment(number) => app.store.appointment_by_number(&number).await?,
        Typed::Pass(token) => match app.store.read_pass(&token) {
            Some(pass) => app.store.appointment(pass.id).await?,
            None => None,
        },
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<OfflineView>>();
    }

    #[test]
    fn everything_that_the_worker_keeps_is_there() {
        for name in KEPT {
            assert!(static_files::url(name).is_some(), "{name}");
        }
    }
}

//! The screen of a hall: numbers and windows for everybody to see and hear. It shows no names and needs no sign-in.

use std::fmt::Write as _;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router, routing};
use huizhi_domain::id::OfficeId;
use huizhi_domain::visit::ticket::{Ticket, is_number};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};

/// Numbers that a screen shows at most; more can't be read from the last row of chairs.
const SHOWN: usize = 6;

/// The screen's addresses.
pub fn routes() -> Router<App> {
    Router::new().route("/hall/{office}", routing::get(show)).route("/hall/{office}/now", routing::get(now))
}

/// Who is called, newest first, and how many wait.
#[derive(Clone, Debug, Serialize)]
struct Now {
    /// What this is known by: another one says something else.
    stamp: String,
    waiting: usize,
    calls: Vec<Call>,
}

/// Somebody who is called, or stands at a window.
#[derive(Clone, Debug, Serialize)]
struct Call {
    number: String,
    window: String,
    /// Whether that is a number, which is said with the word for a window.
    numbered: bool,
    state: &'static str,
    /// How often, so that a number that is called again is heard again.
    calls: i32,
}

#[derive(Clone, Debug, Serialize)]
struct ScreenView {
    office: String,
    name: String,
    now: Now,
}

impl View for ScreenView {
    const TEMPLATE: &'static str = "desk/screen.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let call = |state| Call { number: text("A007"), window: text("3"), numbered: true, state, calls: 1 };
        let empty = Now { stamp: text("0"), waiting: 0, calls: Vec::new() };
        let full = Now { calls: vec![call("called"), call("serving")], waiting: 12, ..empty.clone() };
        [empty, full]
            .map(|now| Self { office: text("01ARZ3NDEKTSV4RRFFQ69G5FAV"), name: text("Jiangbei"), now })
            .to_vec()
    }
}

async fn show(State(app): State<App>, look: Look, Path(id): Path<OfficeId>) -> Result<Response, PageError> {
    let office = app.store.office(id).await?.ok_or(PageError::Absent)?;
    let now = of(&app, id).await?;
    Ok(app.show(&look, &ScreenView { office: id.to_string(), name: office.name, now })?.into_response())
}

async fn now(State(app): State<App>, Path(id): Path<OfficeId>) -> Result<Json<Now>, PageError> {
    app.store.office(id).await?.ok_or(PageError::Absent)?;
    Ok(Json(of(&app, id).await?))
}

async fn of(app: &App, office: OfficeId) -> Result<Now, PageError> {
    let mut tickets = app.store.hall(office, app.store.today()).await?;
    let (stamp, waiting) = (stamp(&tickets), tickets.iter().filter(|it| it.state.waits()).count());
    tickets.retain(|it| it.state.is_held());
    tickets.sort_by_key(|it| std::cmp::Reverse(it.called_at));
    let calls = tickets.into_iter().take(SHOWN).map(|it| Call {
        number: it.label(),
        numbered: it.window.as_deref().is_some_and(is_number),
        window: it.window.unwrap_or_default(),
        state: it.state.word(),
        calls: it.calls,
    });
    Ok(Now { stamp, waiting, calls: calls.collect() })
}

/// What the state of a hall is known by: it changes with everything that is shown, and says nothing.
#[must_use]
pub fn stamp(tickets: &[Ticket]) -> String {
    let mut text = String::new();
    for it in tickets {
        // Writing to a String cannot fail.
        let _ = write!(text, "{} {} {} {:?};", it.id, it.state.word(), it.calls, it.window);
    }
    Sha256::digest(text.as_bytes()).iter().take(6).fold(String::new(), |mut stamp, byte| {
        let _ = write!(stamp, "{byte:02x}");
        stamp
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<ScreenView>();
    }
}

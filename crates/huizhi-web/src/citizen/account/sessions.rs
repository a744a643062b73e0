//! Where an account is signed in, and ending it there. What is ended is over with the next request.

use axum::extract::{Path, State};
use axum::response::{Html, Response};
#[cfg(test)]
use huizhi_domain::account::How;
use serde::{Deserialize, Serialize};

use super::super::see_other;
use super::sign_in::signed_out;
use crate::account::SignedIn;
use crate::app::App;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::{Look, View};

/// All sessions of an account.
#[derive(Serialize)]
pub struct SessionsView {
    sessions: Vec<Line>,
}

/// One of them.
#[derive(Serialize)]
struct Line {
    id: String,
    system: String,
    program: String,
    how: &'static str,
    began_at: i64,
    seen_at: i64,
    /// Whether it is the one that asks.
    here: bool,
}

impl View for SessionsView {
    const TEMPLATE: &'static str = "citizen/account/sessions.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let systems = ["iphone", "ipad", "android", "windows", "mac", "linux", "other"];
        let programs = ["wechat", "alipay", "edge", "firefox", "chrome", "safari", "other"];
        let line = |(at, how): (usize, How)| Line {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            system: systems[at % systems.len()].to_owned(),
            program: programs[at % programs.len()].to_owned(),
            how: how.word(),
            began_at: 1_764_051_360_000,
            seen_at: 1_764_051_360_000,
            here: at == 0,
        };
        vec![Self { sessions: How::ALL.into_iter().cycle().take(8).enumerate().map(line).collect() }]
    }
}

/// `/account/sessions`
pub async fn sessions(State(app): State<App>, look: Look, signed: SignedIn) -> Result<Html<String>, PageError> {
    let sessions = app.store.sessions_of(signed.account.id).await?;
    let lines = sessions.into_iter().map(|line| {
        let (system, program) = line.browser.split_once('/').unwrap_or(("other", "other"));
        Line {
            id: line.id.to_string(),
            system: system.to_owned(),
            program: program.to_owned(),
            how: line.how.word(),
            began_at: line.began_at.0,
            seen_at: line.seen_at.0,
            here: line.id == signed.session,
        }
    });
    app.show(&look, &SessionsView { sessions: lines.collect() })
}

/// Which are to end: `others`, or all.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Which {
    which: String,
}

/// POST `/account/sessions`
pub async fn end_some(
    State(app): State<App>,
    signed: SignedIn,
    Posted(form): Posted<Which>,
) -> Result<Response, PageError> {
    match form.which.as_str() {
        "others" => {
            app.store.end_sessions_of(signed.account.id, Some(signed.session)).await?;
            Ok(see_other("/account/sessions"))
        }
        "all" => {
            app.store.end_sessions_of(signed.account.id, None).await?;
            signed_out(&app, "")
        }
        _ => Err(PageError::Form),
    }
}

/// POST `/account/sessions/{session}/end`
pub async fn end_one(
    State(app): State<App>,
    signed: SignedIn,
    Path(session): Path<String>,
) -> Result<Response, PageError> {
    let session = session.parse().map_err(|_| PageError::Absent)?;
    app.store.end_session_of(signed.account.id, session).await?;
    if session == signed.session { signed_out(&app, "") } else { Ok(see_other("/account/sessions")) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::SessionsView>();
    }
}

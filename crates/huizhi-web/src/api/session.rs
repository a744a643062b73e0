//! Signing in by program: login and password once, then a key that lasts as long as a session at the desk.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use huizhi_domain::staff::{Office, Role, Staff};
use serde_json::json;

use super::problem::Problem;
use crate::app::{App, client};
use crate::desk::session::token as cookie_token;
use crate::desk::sign_in::{self, NotIn};
use crate::error::PageError;
use crate::gate::draw_token;

/// The addresses of sessions.
pub fn routes() -> Router<App> {
    Router::new().route("/api/v1/session", routing::post(begin).delete(end))
}

/// Begins a session for `Authorization: Basic`.
async fn begin(State(app): State<App>, headers: HeaderMap, extensions: Extensions) -> Result<Response, Problem> {
    let wrong = || Problem::new(StatusCode::UNAUTHORIZED, "credentials", "login or password is wrong");
    let (login, password) = basic(&headers).ok_or_else(wrong)?;
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| *peer);
    let client = client(&headers, peer, &app.settings);
    let checked = sign_in::check(&app, &client, None, &login, password).await;
    let staff = match checked.map_err(|error| sign_in_problem(&error))? {
        Ok(staff) => staff,
        Err(NotIn::Wrong) => return Err(wrong()),
        Err(NotIn::Wait(until)) => {
            let seconds = until.since_ms(app.store.now()).div_euclid(1000) + 1;
            let detail = "too many wrong tries for this login or from this network";
            return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "wait", detail).after_s(seconds));
        }
    };
    let token = draw_token().map_err(|_| broken())?;
    app.store.begin_session(staff.id, &token).await?;
    let body = json!({ "token": token, "idle_s": 15 * 60, "whole_s": 8 * 3600 });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

fn sign_in_problem(error: &PageError) -> Problem {
    match error {
        PageError::Busy => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "too many sign in at once").after_s(5),
        _ => broken(),
    }
}

fn broken() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "broken", "the service could not do this")
}

async fn end(State(app): State<App>, headers: HeaderMap) -> Result<StatusCode, Problem> {
    if let Some(token) = bearer(&headers) {
        app.store.end_session(&token).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let (named, value) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    named.eq_ignore_ascii_case(scheme).then(|| value.trim())
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let bytes = BASE64.decode(authorization(headers, "Basic")?).ok()?;
    let (login, password) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    Some((login.to_owned(), password.to_owned()))
}

/// The token of `Authorization: Bearer`.
pub fn bearer(headers: &HeaderMap) -> Option<String> {
    authorization(headers, "Bearer").map(str::to_owned)
}

/// A clerk with an office, by bearer key or by the session of their browser.
pub struct WindowClerk {
    /// The clerk.
    pub staff: Staff,
    /// Their office.
    pub office: Office,
}

impl FromRequestParts<App> for WindowClerk {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let none =
            || Problem::new(StatusCode::UNAUTHORIZED, "no-session", "sign in first; the key is unknown or has ended");
        let token = bearer(&parts.headers).or_else(|| cookie_token(&parts.headers)).ok_or_else(none)?;
        let staff = app.store.session(&token).await?.ok_or_else(none)?;
        if staff.role != Role::Clerk {
            return Err(Problem::new(StatusCode::FORBIDDEN, "role", "this is for clerks at windows"));
        }
        let office = match staff.office {
            Some(id) => app.store.office(id).await?,
            None => None,
        };
        let none = || Problem::new(StatusCode::FORBIDDEN, "no-office", "this account has no office");
        Ok(Self { office: office.ok_or_else(none)?, staff })
    }
}

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
use huizhi_domain::staff::{Duty, Office, Staff};
use huizhi_domain::totp::CodeAnswer;
use serde_json::json;

use super::problem::Problem;
use crate::app::{App, client};
use crate::desk::bound::{self, Bound};
use crate::desk::prove;
use crate::desk::session::{lacks, token as cookie_token};
use crate::desk::sign_in::{self, NotIn};
use crate::error::PageError;
use crate::gate::draw_token;

/// The header that carries a code of an authenticator.
const CODE: &str = "huizhi-code";

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
    second_factor(&app, &staff, &headers).await?;
    let token = draw_token().map_err(|_| broken())?;
    app.store.begin_session(staff.id, &token).await?;
    let body = json!({ "token": token, "idle_s": 15 * 60, "whole_s": 8 * 3600 });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// A password alone opens no more here than at the desk: who has a second factor sends a code of their authenticator with it.
async fn second_factor(app: &App, staff: &Staff, headers: &HeaderMap) -> Result<(), Problem> {
    let factors = app.store.factors(staff.id).await?;
    if !factors.totp && factors.passkeys == 0 {
        return if app.settings.needs_second_factor(staff.role) {
            let detail = "this account needs a second factor; sign in at /desk once and enrol one";
            Err(Problem::new(StatusCode::FORBIDDEN, "second-factor-none", detail))
        } else {
            Ok(())
        };
    }
    let key = prove::count_name(&staff.login);
    let now = app.store.now();
    let code = headers.get(CODE).and_then(|code| code.to_str().ok());
    let Some(code) = code.filter(|_| app.shared.desk.accounts.locked_until(&key, now).is_none()) else {
        let detail = "send a code of the authenticator too: Huizhi-Code: 123456";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "second-factor", detail));
    };
    if app.store.use_app_code(staff.id, code).await? == CodeAnswer::Right {
        app.shared.desk.accounts.succeeded(&key);
        return Ok(());
    }
    app.shared.desk.accounts.failed(&key, now);
    let detail = "the code is wrong, or was used before; wait for the next one";
    Err(Problem::new(StatusCode::UNAUTHORIZED, "second-factor", detail))
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
    /// What the terminal is to their fetching.
    pub terminal: Bound,
}

impl FromRequestParts<App> for WindowClerk {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let none =
            || Problem::new(StatusCode::UNAUTHORIZED, "no-session", "sign in first; the key is unknown or has ended");
        let token = bearer(&parts.headers).or_else(|| cookie_token(&parts.headers)).ok_or_else(none)?;
        let session = app.store.session_of(&token).await?.ok_or_else(none)?;
        // Half a sign-in at the desk is none here.
        if lacks(app, &session).is_some() {
            return Err(none());
        }
        let staff = session.staff;
        if !staff.role.may(Duty::Fetch) {
            return Err(Problem::new(StatusCode::FORBIDDEN, "role", "this is for clerks at windows"));
        }
        let office = match staff.office {
            Some(id) => app.store.office(id).await?,
            None => None,
        };
        let terminal = bound::of(app, &parts.headers, office.as_ref()).await?;
        let none = || Problem::new(StatusCode::FORBIDDEN, "no-office", "this account has no office");
        Ok(Self { office: office.ok_or_else(none)?, staff, terminal })
    }
}

//! Signing in and out. Wrong and unknown logins get one answer after the same work (security.md, row 21).

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Router, routing};
use huizhi_domain::clock::Moment;
use huizhi_domain::staff::Staff;
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::memory::network;
use super::say;
use super::session::{self, Signed, places};
use crate::app::{App, client};
use crate::error::PageError;
use crate::form::Posted;
use crate::gate::device::Device;
use crate::gate::draw_token;
use crate::page::{Look, View};

type Answer = Result<Response, PageError>;

/// The sign-in's addresses.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk", routing::get(home))
        .route("/desk/sign-in", routing::get(form).post(sign_in))
        .route("/desk/sign-out", routing::post(sign_out))
}

#[derive(Clone, Debug, Default, Serialize)]
struct SignInView {
    fault: Option<String>,
    told: Option<&'static str>,
    login: String,
    to: String,
}

impl View for SignInView {
    const TEMPLATE: &'static str = "desk/sign-in.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let with = |fault: Option<&str>, told| Self { fault: fault.map(str::to_owned), told, ..Self::default() };
        vec![with(None, None), with(Some("wrong"), None), with(None, Some("ended")), with(None, Some("signed-out"))]
    }
}

#[derive(Serialize)]
struct HomeView {}

impl View for HomeView {
    const TEMPLATE: &'static str = "desk/home.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        vec![Self {}]
    }
}

/// Where the role's work is.
async fn home(State(app): State<App>, Signed(staff): Signed, look: Look) -> Answer {
    match places(staff.role).first() {
        Some(place) => Ok(Redirect::to(&format!("/desk/{place}")).into_response()),
        None => frame::show(&app, &look, Place::of(&staff, ""), HomeView {}),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    to: String,
    told: String,
}

async fn form(State(app): State<App>, look: Look, Query(asked): Query<Asked>) -> Answer {
    let told = ["ended", "signed-out"].into_iter().find(|told| *told == asked.told);
    let view = SignInView { told, to: own(&asked.to).to_owned(), ..SignInView::default() };
    frame::show(&app, &look, Place { staff: None, office: None, here: "" }, view)
}

/// A page of ours to go on to; anything else is the desk's first page.
pub fn own(to: &str) -> &str {
    let ours = to.strip_prefix("/desk").is_some_and(|rest| {
        rest.is_empty() || (rest.starts_with('/') && !rest.contains("//") && !rest.contains(['\\', '\r', '\n']))
    });
    if ours { to } else { "/desk" }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Credentials {
    login: String,
    password: String,
    to: String,
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotIn {
    /// Login or password is wrong.
    Wrong,
    /// Too many tries; until when.
    Wait(Moment),
}

/// Checks a login and a password that came from a client's address, in a browser that the login is known in or not.
///
/// # Errors
/// The outer one is the store's, the inner one the person's.
pub async fn check(
    app: &App,
    client: &str,
    device: Option<&Device>,
    login: &str,
    password: String,
) -> Result<Result<Staff, NotIn>, PageError> {
    let (memory, now) = (&app.shared.desk, app.store.now());
    let (network, login) = (network(client), login.trim());
    let key = device.map_or_else(|| login.to_lowercase(), |device| device.count_name(login));
    let wait = memory.networks.waits_until(&network, now).or_else(|| memory.accounts.locked_until(&key, now));
    if let Some(until) = wait {
        return Ok(Err(NotIn::Wait(until)));
    }
    let (staff, hash) = app.store.staff_by_login(login).await?.unzip();
    // Always compared, so that an unknown login takes as long as a known one.
    let fits = memory.passwords.fit(hash, password).await.ok_or(PageError::Busy)?;
    if let Some(staff) = staff.filter(|_| fits) {
        memory.accounts.succeeded(&key);
        return Ok(Ok(staff));
    }
    memory.accounts.failed(&key, now);
    memory.networks.failed(&network, now);
    tracing::info!("a sign-in of staff failed");
    Ok(Err(NotIn::Wrong))
}

async fn sign_in(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    extensions: Extensions,
    Posted(form): Posted<Credentials>,
) -> Answer {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| *peer);
    let refuse = |status, fault: String| {
        let view =
            SignInView { fault: Some(fault), told: None, login: form.login.clone(), to: own(&form.to).to_owned() };
        let page = frame::show(&app, &look, Place { staff: None, office: None, here: "" }, view)?;
        Ok((status, page).into_response())
    };
    if form.login.trim().is_empty() || form.password.is_empty() {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, say(look.lang, "desk-sign-in-empty", &[]));
    }
    let client = client(&headers, peer, &app.settings);
    let device = Device::known(&app, &headers, form.login.trim());
    let staff = match check(&app, &client, device.as_ref(), &form.login, form.password.clone()).await? {
        Ok(staff) => staff,
        Err(NotIn::Wrong) => {
            return refuse(StatusCode::UNPROCESSABLE_ENTITY, say(look.lang, "desk-sign-in-wrong", &[]));
        }
        Err(NotIn::Wait(until)) => {
            // The second counts: the first pauses are shorter than a minute.
            let until = crate::page::moment(look.lang, until.after_ms(59_999));
            return refuse(StatusCode::TOO_MANY_REQUESTS, say(look.lang, "desk-sign-in-wait", &[("until", &until)]));
        }
    };
    if let Some(old) = session::token(&headers) {
        app.store.end_session(&old).await?;
    }
    let token = draw_token()?;
    // Where a second factor is due, the first page asks for it.
    app.store.begin_by_password(staff.id, &token).await?;
    let cookie = session::cookie(&app, &token).ok_or_else(|| PageError::broken("a cookie of the wrong form"))?;
    let mut response = ([(SET_COOKIE, cookie)], Redirect::to(own(&form.to))).into_response();
    if device.is_none()
        && let Some(known) = Device::cookie(&app, &staff.login)?
    {
        response.headers_mut().append(SET_COOKIE, known);
    }
    Ok(response)
}

async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Answer {
    if let Some(token) = session::token(&headers) {
        app.store.end_session(&token).await?;
    }
    let cookie = session::cookie(&app, "").ok_or_else(|| PageError::broken("a cookie of the wrong form"))?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/desk/sign-in?told=signed-out")).into_response())
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_pages_render_in_every_language() {
        crate::page::tests::renders::<Framed<SignInView>>();
        crate::page::tests::renders::<Framed<HomeView>>();
    }

    #[test]
    fn nobody_is_sent_elsewhere() {
        for to in
            ["https://evil.example", "//evil.example", "/desk//evil.example", "/desk\\evil", "/deskside", "/order", ""]
        {
            assert_eq!(own(to), "/desk", "{to}");
        }
        assert_eq!(own("/desk/review"), "/desk/review");
    }
}

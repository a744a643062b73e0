//! Who is signed in: the session's cookie, and the roles as types. A handler that takes a [`Reviewer`] cannot be reached by
//! anybody else: strangers are sent to the sign-in, staff of other roles find nothing there.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::{IntoResponse as _, Redirect, Response};
use huizhi_domain::staff::{Office, Role, Staff};

use crate::app::App;
use crate::error::PageError;
use crate::visitor;

const COOKIE: &str = "desk";

/// As long as the store lets a session live (security.md, row 20).
const WHOLE_S: u32 = 8 * 3600;

/// The cookie that keeps a session's token, or, with an empty one, deletes it.
#[must_use]
pub fn cookie(app: &App, token: &str) -> Option<HeaderValue> {
    visitor::set_cookie(&app.settings, COOKIE, token, Some(if token.is_empty() { 0 } else { WHOLE_S }))
}

/// The token of a request's cookie.
#[must_use]
pub fn token(headers: &HeaderMap) -> Option<String> {
    visitor::cookie(headers, COOKIE).filter(|token| !token.is_empty()).map(str::to_owned)
}

/// The member of staff who is signed in.
///
/// # Errors
/// The redirect to the sign-in where nobody is, or the store's error.
pub async fn signed_in(app: &App, parts: &Parts) -> Result<Staff, Response> {
    let token = token(&parts.headers);
    let had_one = token.is_some();
    if let Some(token) = token {
        match app.store.session(&token).await {
            Ok(Some(staff)) => return Ok(staff),
            Ok(None) => {}
            Err(error) => return Err(PageError::from(error).into_response()),
        }
    }
    let told = if had_one { "&told=ended" } else { "" };
    // Only pages can be come back to; what was being posted is not repeated by itself.
    let to = if parts.method == Method::GET { parts.uri.path() } else { "/desk" };
    Err(Redirect::to(&format!("/desk/sign-in?to={to}{told}")).into_response())
}

/// Where a role works, the first by default.
#[must_use]
pub const fn places(role: Role) -> &'static [&'static str] {
    match role {
        Role::Reviewer => &["review"],
        Role::Lead => &["review", "board"],
        Role::Clerk => &["window", "cashier"],
        Role::Support | Role::Editor | Role::Admin | Role::Operator => &[],
    }
}

/// Anybody of staff.
#[derive(Clone, Debug)]
pub struct Signed(pub Staff);

/// Somebody who decides on photos.
#[derive(Clone, Debug)]
pub struct Reviewer(pub Staff);

/// The lead.
#[derive(Clone, Debug)]
pub struct Lead(pub Staff);

/// A clerk at a window, and where that is.
#[derive(Clone, Debug)]
pub struct Clerk {
    /// The clerk.
    pub staff: Staff,
    /// Their office; a clerk without one can fetch and take nothing.
    pub office: Option<Office>,
}

impl FromRequestParts<App> for Signed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        signed_in(app, parts).await.map(Self)
    }
}

impl FromRequestParts<App> for Reviewer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let staff = signed_in(app, parts).await?;
        if staff.role.reviews() { Ok(Self(staff)) } else { Err(PageError::Absent.into_response()) }
    }
}

impl FromRequestParts<App> for Lead {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let staff = signed_in(app, parts).await?;
        if staff.role == Role::Lead { Ok(Self(staff)) } else { Err(PageError::Absent.into_response()) }
    }
}

impl FromRequestParts<App> for Clerk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let staff = signed_in(app, parts).await?;
        if staff.role != Role::Clerk {
            return Err(PageError::Absent.into_response());
        }
        let office = match staff.office {
            Some(id) => app.store.office(id).await.map_err(|error| PageError::from(error).into_response())?,
            None => None,
        };
        Ok(Self { staff, office })
    }
}

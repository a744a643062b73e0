//! Who is signed in: the session's cookie, and the roles as types. A handler that takes a [`Reviewer`] cannot be reached by
//! anybody else: strangers are sent to the sign-in, staff of other roles are told that they have no right to it.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::{IntoResponse as _, Redirect, Response};
use huizhi_domain::staff::{Duty, Office, Role, Staff};
use huizhi_store::{Second, Session, StoreError};

use super::bound::{self, Bound};
use super::refused::no_right;
use super::sign_in::own;
use crate::app::App;
use crate::error::PageError;
use crate::page::came_from;
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

/// How long a proof of who somebody is lets them do what can do much harm.
const PROOF_MS: i64 = 5 * 60_000;

/// The session of a request's cookie, however far its sign-in went, and the token.
///
/// # Errors
/// The redirect to the sign-in where there is none, or the store's error.
pub async fn begun(app: &App, parts: &Parts) -> Result<Begun, Response> {
    let token = token(&parts.headers);
    let had_one = token.is_some();
    if let Some(token) = token {
        match app.store.session_of(&token).await {
            Ok(Some(session)) => return Ok(Begun { session, token }),
            Ok(None) => {}
            Err(error) => return Err(PageError::from(error).into_response()),
        }
    }
    let told = if had_one { "&told=ended" } else { "" };
    Err(Redirect::to(&format!("/desk/sign-in?to={}{told}", back_to(parts))).into_response())
}

/// The session of somebody who is signed in.
async fn whole(app: &App, parts: &Parts) -> Result<Session, Response> {
    let Begun { session, .. } = begun(app, parts).await?;
    match lacks(app, &session) {
        Some(page) => Err(Redirect::to(&format!("{page}?to={}", back_to(parts))).into_response()),
        None => Ok(session),
    }
}

/// The member of staff who is signed in.
///
/// # Errors
/// The redirect to the sign-in where nobody is, or to what a sign-in still lacks; or the store's error.
pub async fn signed_in(app: &App, parts: &Parts) -> Result<Staff, Response> {
    whole(app, parts).await.map(|session| session.staff)
}

/// The page that a session has to go through before it opens anything: its second factor is to be shown, or enrolled.
#[must_use]
pub fn lacks(app: &App, session: &Session) -> Option<&'static str> {
    match session.second {
        Second::Due => Some("/desk/prove"),
        Second::None if app.settings.needs_second_factor(session.staff.role) => Some("/desk/second"),
        Second::None | Second::Shown => None,
    }
}

/// The office where somebody works, for who works at one.
///
/// # Errors
/// As the store.
pub async fn office_of(app: &App, staff: &Staff) -> Result<Option<Office>, StoreError> {
    match staff.office {
        Some(id) => app.store.office(id).await,
        None => Ok(None),
    }
}

/// Whether a session's owner proved a moment ago who they are.
#[must_use]
pub fn is_fresh(app: &App, session: &Session) -> bool {
    app.store.now().since_ms(session.proved_at) < PROOF_MS
}

/// Where somebody comes back to: the page, or, of what was being posted, the page that had the form; nothing is posted again by itself.
fn back_to(parts: &Parts) -> String {
    if parts.method == Method::GET {
        return parts.uri.path().to_owned();
    }
    // Only our own pages post (`origin.rs`), and they say which one it was.
    came_from(&parts.headers).map_or_else(|| "/desk".to_owned(), |from| own(from.path()).to_owned())
}

/// Where a role works, the first by default.
#[must_use]
pub const fn places(role: Role) -> &'static [&'static str] {
    match role {
        Role::Reviewer => &["review"],
        Role::Lead => &["review", "board", "terminals", "figures", "dashboard", "inquiries"],
        Role::Clerk => &["window", "hall", "residence", "cashier"],
        Role::Admin => &["staff", "offices", "terminals", "figures", "dashboard", "articles", "settings"],
        Role::Operator => &["figures", "dashboard", "settings"],
        Role::Editor => &["articles", "materials", "comments"],
        Role::Support => &["inquiries", "comments"],
    }
}

/// Somebody whose password was right, whatever else their sign-in lacks.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The session.
    pub session: Session,
    /// Its token.
    pub token: String,
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

/// Who gives others their rights.
#[derive(Clone, Debug)]
pub struct Admin {
    /// The administrator.
    pub staff: Staff,
    /// Whether they proved a moment ago who they are.
    pub fresh: bool,
}

/// An administrator who proved a moment ago who they are. Others are asked to, told that nothing was done yet, and come back to the page
/// that they acted on.
#[derive(Clone, Debug)]
pub struct ProvedAdmin(pub Staff);

/// Who registers terminals.
#[derive(Clone, Debug)]
pub struct Keeper {
    /// The lead or administrator.
    pub staff: Staff,
    /// Whether they proved a moment ago who they are.
    pub fresh: bool,
}

/// Who says when offices give places.
#[derive(Clone, Debug)]
pub struct Planner(pub Staff);

/// Who reads the figures of visits.
#[derive(Clone, Debug)]
pub struct FigureReader(pub Staff);

/// Who answers citizens.
#[derive(Clone, Debug)]
pub struct Supporter(pub Staff);

/// Who changes the data that the service goes by.
#[derive(Clone, Debug)]
pub struct Setter(pub Staff);

/// Who tries changes of the rules on what to bring.
#[derive(Clone, Debug)]
pub struct Editor(pub Staff);

/// Who says which comments are shown.
#[derive(Clone, Debug)]
pub struct Moderator(pub Staff);

/// Who writes articles, and publishes those of others.
#[derive(Clone, Debug)]
pub struct Author(pub Staff);

/// A clerk at a window, and where that is.
#[derive(Clone, Debug)]
pub struct Clerk {
    /// The clerk.
    pub staff: Staff,
    /// Their office; a clerk without one can fetch and take nothing.
    pub office: Option<Office>,
    /// What the terminal is to their fetching.
    pub terminal: Bound,
}

impl FromRequestParts<App> for Begun {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        begun(app, parts).await
    }
}

/// Who is signed in and may do something, and whether they proved a moment ago who they are; it is not there for others.
async fn with_duty(app: &App, parts: &Parts, duty: Duty) -> Result<(Staff, bool), Response> {
    let session = whole(app, parts).await?;
    let fresh = is_fresh(app, &session);
    if session.staff.role.may(duty) { Ok((session.staff, fresh)) } else { Err(no_right()) }
}

impl FromRequestParts<App> for Admin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        with_duty(app, parts, Duty::Staff).await.map(|(staff, fresh)| Self { staff, fresh })
    }
}

impl FromRequestParts<App> for ProvedAdmin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let (staff, proved) = with_duty(app, parts, Duty::Staff).await?;
        if proved {
            return Ok(Self(staff));
        }
        let back = back_to(parts);
        let to = if back == "/desk" { "/desk/staff" } else { back.as_str() };
        Err(Redirect::to(&format!("/desk/prove?to={to}&undone=1")).into_response())
    }
}

impl FromRequestParts<App> for Keeper {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        with_duty(app, parts, Duty::Terminals).await.map(|(staff, fresh)| Self { staff, fresh })
    }
}

impl FromRequestParts<App> for Planner {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        with_duty(app, parts, Duty::Offices).await.map(|(staff, _)| Self(staff))
    }
}

impl FromRequestParts<App> for FigureReader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        with_duty(app, parts, Duty::Figures).await.map(|(staff, _)| Self(staff))
    }
}

impl FromRequestParts<App> for Supporter {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        with_duty(app, parts, Duty::Support).await.map(|(staff, _)| Self(staff))
    }
}

impl FromRequestParts<App> for Setter {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        with_duty(app, parts, Duty::Settings).await.map(|(staff, _)| Self(staff))
    }
}

impl FromRequestParts<App> for Editor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        with_duty(app, parts, Duty::Materials).await.map(|(staff, _)| Self(staff))
    }
}

impl FromRequestParts<App> for Moderator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        with_duty(app, parts, Duty::Comments).await.map(|(staff, _)| Self(staff))
    }
}

impl FromRequestParts<App> for Author {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        with_duty(app, parts, Duty::Articles).await.map(|(staff, _)| Self(staff))
    }
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
        if staff.role.reviews() { Ok(Self(staff)) } else { Err(no_right()) }
    }
}

impl FromRequestParts<App> for Lead {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let staff = signed_in(app, parts).await?;
        if staff.role.may(Duty::Lead) { Ok(Self(staff)) } else { Err(no_right()) }
    }
}

impl FromRequestParts<App> for Clerk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let staff = signed_in(app, parts).await?;
        if !staff.role.may(Duty::Fetch) {
            return Err(no_right());
        }
        let office = office_of(app, &staff).await.map_err(|error| PageError::from(error).into_response())?;
        let terminal = bound::of(app, &parts.headers, office.as_ref()).await;
        let terminal = terminal.map_err(|error| PageError::from(error).into_response())?;
        Ok(Self { staff, office, terminal })
    }
}

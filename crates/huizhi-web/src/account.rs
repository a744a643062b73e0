//! Who of the citizens is signed in, and how one comes in: the session's cookie, the password that is compared, the browser that is known.

mod letter;
mod outbox;

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, Method};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::account::{Account, Contact, coarse_browser, normalised};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, SessionId};
use huizhi_store::Try;

use crate::app::{App, client};
use crate::citizen::{quoted, see_other};
use crate::desk::memory::network;
use crate::error::PageError;
use crate::gate::budget::{Budget, Network};
use crate::gate::device::Device;
use crate::gate::draw_token;
use crate::gate::password::Passwords;
use crate::visitor;

pub use huizhi_domain::account::How;
pub use letter::{Denied, send_code, tell_moved};
pub use outbox::Outbox;

const COOKIE: &str = "account";

/// As long as the store lets a session live (security.md, row 20).
const WHOLE_S: u32 = 12 * 3600;

/// Wrong passwords that a network may send an hour, in browsers that are not known: what a thousand accounts tried from one address are
/// noticed after.
const WRONG_PASSWORDS: usize = 60;

/// Codes that a network may have sent an hour, whoever they go to.
const CODES: usize = 30;

/// How long after a password or a code its owner may change what the account is entered with, ms.
const RECENT_MS: i64 = 15 * 60_000;

/// What is remembered of citizens who sign in; all of it may be lost. Wrong passwords by account are in the store.
#[derive(Debug)]
pub struct Memory {
    /// Passwords, a few at a time. Not those of the desks: citizens who are attacked must not keep staff out.
    pub passwords: Passwords,
    /// Wrong passwords by network.
    pub networks: Budget<Network>,
    /// Codes sent by network.
    pub codes: Budget<Network>,
    /// What a demonstration would have sent.
    pub outbox: Outbox,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            passwords: Passwords::default(),
            networks: Budget::an_hour(WRONG_PASSWORDS),
            codes: Budget::an_hour(CODES),
            outbox: Outbox::default(),
        }
    }
}

/// Who is signed in. Others are sent to the sign-in and come back after it.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The account.
    pub account: Account,
    /// The session. Not its token.
    pub session: SessionId,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        match session(app, &parts.headers).await {
            Ok(Some((account, session))) => Ok(Self { account, session }),
            Ok(None) => Err(sign_in_first(parts)),
            Err(error) => Err(error.into_response()),
        }
    }
}

/// Whether a session began a moment ago by something else than a face: who finds a telephone unlocked neither enrols another face nor takes the
/// account to another number.
///
/// # Errors
/// As the store.
pub async fn just_came(app: &App, signed: &SignedIn) -> Result<bool, PageError> {
    let sessions = app.store.sessions_of(signed.account.id).await?;
    let own = sessions.into_iter().find(|line| line.id == signed.session);
    let now = app.store.now();
    Ok(own.is_some_and(|line| line.how != How::Face && now.since_ms(line.began_at) < RECENT_MS))
}

/// The account of who is signed in, if anybody is.
#[derive(Clone, Debug)]
pub struct MaybeSignedIn(pub Option<Account>);

impl FromRequestParts<App> for MaybeSignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        Ok(Self(session(app, &parts.headers).await?.map(|(account, _)| account)))
    }
}

/// Account and session of a request's cookie. The session's row is read each time, so that an ended one is over at once.
///
/// # Errors
/// As the store.
pub async fn session(app: &App, headers: &HeaderMap) -> Result<Option<(Account, SessionId)>, PageError> {
    match token(headers) {
        Some(token) => Ok(app.store.account_session(&token).await?),
        None => Ok(None),
    }
}

/// The token of a request's cookie, whether its session lives or not.
#[must_use]
pub fn token(headers: &HeaderMap) -> Option<String> {
    visitor::cookie(headers, COOKIE).filter(|token| !token.is_empty()).map(str::to_owned)
}

/// Sends the browser to the sign-in, and back afterwards.
#[must_use]
pub fn sign_in_first(parts: &Parts) -> Response {
    let told = if token(&parts.headers).is_some() { "&told=ended" } else { "" };
    // Only pages can be come back to; what was being posted is not repeated by itself.
    let to = if parts.method == Method::GET { parts.uri.path() } else { "/account" };
    see_other(&format!("/sign-in?to={}{told}", quoted(to)))
}

/// Begins a session and gives its cookie. The session that the browser had before ends, so that nobody can have planted it; do the same
/// after a step-up or a change of the password.
///
/// # Errors
/// As the store, and where the machine gives no random numbers.
pub async fn begin(app: &App, headers: &HeaderMap, account: AccountId, how: How) -> Result<HeaderValue, PageError> {
    let new = draw_token()?;
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (old, browser) = (token(headers), coarse_browser(agent));
    app.store.begin_account_session(account, how, &new, old.as_deref(), &browser).await?;
    cookie(app, &new)
}

/// The cookie of a session's token; an empty one deletes it.
///
/// # Errors
/// [`PageError::Broken`] for a token that is none of ours.
pub fn cookie(app: &App, token: &str) -> Result<HeaderValue, PageError> {
    let keep_s = if token.is_empty() { 0 } else { WHOLE_S };
    let cookie = visitor::set_cookie(&app.settings, COOKIE, token, Some(keep_s));
    cookie.ok_or_else(|| PageError::broken("a cookie of the wrong form"))
}

/// Lets somebody in: a new session, a browser that is known from now on, and the page that they wanted.
///
/// # Errors
/// As [`begin`].
pub async fn enter(
    app: &App,
    headers: &HeaderMap,
    account: AccountId,
    how: How,
    to: &str,
) -> Result<Response, PageError> {
    let cookie = begin(app, headers, account, how).await?;
    let mut response = see_other(own(to));
    response.headers_mut().append(SET_COOKIE, cookie);
    if !known_device(app, headers, account)
        && let Some(known) = Device::account_cookie(app, headers, account)?
    {
        response.headers_mut().append(SET_COOKIE, known);
    }
    Ok(response)
}

/// Whether somebody signed in to this account in this browser before.
#[must_use]
pub fn known_device(app: &App, headers: &HeaderMap, account: AccountId) -> bool {
    Device::of_account(app, headers, account).is_some()
}

/// A page of ours to go on to; anything else is the account's own.
#[must_use]
pub fn own(to: &str) -> &str {
    let plain = to.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\&#".contains(&byte));
    if to.starts_with('/') && !to.contains("//") && plain { to } else { "/account" }
}

/// Who asks, for limits on how often.
#[must_use]
pub fn who(app: &App, headers: &HeaderMap, extensions: &Extensions) -> String {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    client(headers, peer, &app.settings)
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotIn {
    /// Contact or password is wrong.
    Wrong,
    /// Too many tries; until when.
    Wait(Moment),
}

/// Compares a password, from a client's address. A contact without an account costs the same and gets the same answer. A browser that is
/// known to the account has counts of its own: strangers can lock out strangers only.
///
/// # Errors
/// The outer one is the store's, the inner one the person's.
pub async fn check(
    app: &App,
    headers: &HeaderMap,
    client: &str,
    contact: &Contact,
    password: &str,
) -> Result<Result<AccountId, NotIn>, PageError> {
    let (memory, now, network) = (&app.shared.accounts, app.store.now(), network(client));
    let device = known_to(app, headers, contact).await?;
    if device.is_none()
        && let Some(until) = memory.networks.waits_until(&network, now)
    {
        return Ok(Err(NotIn::Wait(until)));
    }
    let name = device.as_ref().map(Device::name);
    if let Try::Wait(until) = app.store.try_password(contact, name).await? {
        return Ok(Err(NotIn::Wait(until)));
    }
    let (account, hash) = app.store.account_password(contact).await?.unzip();
    // Always compared, so that a contact without an account takes as long as one with.
    let fits =
        memory.passwords.fit(hash.flatten(), normalised(password).as_str().to_owned()).await.ok_or(PageError::Busy)?;
    if let Some(account) = account.filter(|_| fits) {
        app.store.right_password(contact, name).await?;
        return Ok(Ok(account));
    }
    memory.networks.failed(&network, now);
    tracing::info!("a sign-in of a citizen failed");
    Ok(Err(NotIn::Wrong))
}

/// The request's browser, if it is known to the contact's account. Without its cookie nothing is looked up.
async fn known_to(app: &App, headers: &HeaderMap, contact: &Contact) -> Result<Option<Device>, PageError> {
    if !Device::is_any(headers) {
        return Ok(None);
    }
    let account = app.store.account_by_contact(contact).await?;
    Ok(account.and_then(|id| Device::of_account(app, headers, id)))
}

#[cfg(test)]
mod tests;

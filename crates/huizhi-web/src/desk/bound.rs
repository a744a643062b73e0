//! Windows that are bound to a terminal: where an operator wants it so, a clerk fetches photos only at a registered terminal of their
//! office, and only while the office is open.

use axum::http::{HeaderMap, HeaderValue};
use huizhi_domain::id::TerminalId;
use huizhi_domain::staff::Office;
use huizhi_store::StoreError;

use crate::app::{App, Windows};
use crate::visitor;

const COOKIE: &str = "terminal";

/// Two years: longer than a counter keeps its machine unchanged is seldom.
const KEEP_S: u32 = 2 * 365 * 24 * 3600;

/// What a terminal is to a clerk's fetching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Windows are free.
    Free,
    /// It is one of the clerk's office, which is open.
    At(TerminalId),
    /// Nothing is fetched here.
    Not(Unbound),
}

/// Why nothing is fetched at a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbound {
    /// It is none of the clerk's office.
    Terminal,
    /// The office is closed.
    Closed,
}

impl Unbound {
    /// Its word in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Closed => "closed",
        }
    }
}

/// The secret of a request's terminal.
#[must_use]
pub fn secret(headers: &HeaderMap) -> Option<&str> {
    visitor::cookie(headers, COOKIE).filter(|secret| !secret.is_empty())
}

/// The cookie that keeps a terminal's secret.
#[must_use]
pub fn cookie(app: &App, secret: &str) -> Option<HeaderValue> {
    visitor::set_cookie(&app.settings, COOKIE, secret, Some(KEEP_S))
}

/// What the terminal of a request is to the fetching of a clerk of an office. Each request asks anew, so a terminal that is taken back
/// is so at once.
///
/// # Errors
/// As the store.
pub async fn of(app: &App, headers: &HeaderMap, office: Option<&Office>) -> Result<Bound, StoreError> {
    let Some(office) = office.filter(|_| app.settings.windows == Windows::Bound) else { return Ok(Bound::Free) };
    let terminal = match secret(headers) {
        Some(secret) => app.store.terminal(secret).await?,
        None => None,
    };
    let Some(terminal) = terminal.filter(|terminal| terminal.office == Some(office.id)) else {
        return Ok(Bound::Not(Unbound::Terminal));
    };
    let hours = app.store.office_hours(office.id).await?;
    if !hours.open_at(app.store.now(), app.store.zone()) {
        return Ok(Bound::Not(Unbound::Closed));
    }
    Ok(Bound::At(terminal.id))
}

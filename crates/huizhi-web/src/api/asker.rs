//! Who asks for places: a citizen by the token of their session, a photo shop by its key, and how often each may.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, StatusCode};
use huizhi_domain::account::{Account, Act};
use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::AccountId;
use huizhi_domain::partner::{Partner, Scope};
use huizhi_store::Store;

use super::caller::shop;
use super::problem::Problem;
use super::session::bearer;
use crate::account;
use crate::app::App;
use crate::desk::memory::network;

/// What the text of a photo shop's key begins with; no session's token does.
const KEY: &str = "hz1_";

/// Bookings that an account may ask for a minute: a household with every place gone before it gets one.
const OF_AN_ACCOUNT: u32 = 30;
/// Requests for places and appointments that a network may make a minute. Telephones share addresses by the hundred.
pub const OF_A_NETWORK: u32 = 1200;

/// How long it is remembered whose a token is, ms. Whether its session still lives is asked in the transaction that books, so that a booking
/// costs no second way to the database.
const REMEMBERED_MS: i64 = 60_000;
/// Tokens that are remembered at most; beyond, all are forgotten.
const MANY: usize = 100_000;

/// Whose tokens are. All of it may be lost.
#[derive(Debug, Default)]
pub struct Known(Mutex<HashMap<Vec<u8>, (AccountId, Moment)>>);

impl Known {
    fn get(&self, session: &[u8], now: Moment) -> Option<AccountId> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (account, at) = known.get(session)?;
        (0..REMEMBERED_MS).contains(&now.since_ms(*at)).then_some(*account)
    }

    fn keep(&self, session: Vec<u8>, account: AccountId, now: Moment) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MANY {
            known.clear();
        }
        known.insert(session, (account, now));
    }
}

/// Who asks for a place.
pub enum Asker {
    /// A citizen whose account may book.
    Citizen {
        /// The account.
        account: AccountId,
        /// What the session's token is found by; the store sees whether it lives.
        session: Vec<u8>,
    },
    /// A photo shop, for a customer.
    Shop(Partner),
}

impl Asker {
    /// The store in their name.
    pub fn store(&self, app: &App) -> Store {
        match self {
            Self::Citizen { .. } => app.store.clone(),
            Self::Shop(partner) => app.store.by(Actor::Partner(partner.id), None),
        }
    }

    /// What their idempotency keys are kept apart by.
    pub fn name(&self) -> String {
        match self {
            Self::Citizen { account, .. } => account.to_string(),
            Self::Shop(partner) => partner.id.to_string(),
        }
    }
}

impl FromRequestParts<App> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = token(&parts.headers).ok_or_else(no_session)?;
        if token.starts_with(KEY) {
            let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
            return shop(app, &parts.headers, peer, Scope::AppointmentsWrite).await.map(Self::Shop);
        }
        let (session, now) = (app.store.session_key(&token), app.store.now());
        let account = if let Some(account) = app.shared.machines.known.get(&session, now) {
            account
        } else {
            looks(app, &parts.headers, &parts.extensions)?;
            let account = signed_in(app, &token).await?;
            if !account.may(Act::Book) {
                return Err(not_assured());
            }
            app.shared.machines.known.keep(session.clone(), account.id, now);
            account.id
        };
        within(app, &format!("account {account}"), OF_AN_ACCOUNT)?;
        Ok(Self::Citizen { account, session })
    }
}

/// The token that comes with a request: of the header, or of the browser's cookie.
pub fn token(headers: &HeaderMap) -> Option<String> {
    bearer(headers).or_else(|| account::token(headers))
}

/// The account of a token whose session lives.
pub async fn signed_in(app: &App, token: &str) -> Result<Account, Problem> {
    let (account, _) = app.store.account_session(token).await?.ok_or_else(no_session)?;
    Ok(account)
}

/// Nobody is signed in.
pub fn no_session() -> Problem {
    let detail = "sign in first and send the session's token, Authorization: Bearer …; it is missing, unknown or over";
    Problem::new(StatusCode::UNAUTHORIZED, "no-session", detail)
}

fn not_assured() -> Problem {
    let detail = "this account may not book yet: somebody who knows its owner has to say who that is; /sign-in/with lists who can";
    Problem::new(StatusCode::FORBIDDEN, "assurance", detail)
}

/// Counts a request of a network.
pub fn looks(app: &App, headers: &HeaderMap, extensions: &Extensions) -> Result<(), Problem> {
    let network = network(&account::who(app, headers, extensions));
    within(app, &format!("network {network}"), OF_A_NETWORK)
}

fn within(app: &App, who: &str, most: u32) -> Result<(), Problem> {
    let left = app.shared.machines.visitors.take(who, most, app.store.now());
    if left.granted {
        return Ok(());
    }
    let detail = format!("at most {most} requests a minute; wait and send it again");
    Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate", detail).after_s(left.reset_s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_a_token_is_is_known_for_a_minute() {
        let known = Known::default();
        let account: AccountId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        known.keep(vec![1], account, Moment(5));
        assert_eq!(known.get(&[1], Moment(5 + REMEMBERED_MS - 1)), Some(account));
        assert_eq!(known.get(&[1], Moment(5 + REMEMBERED_MS)), None);
        assert_eq!((known.get(&[1], Moment(4)), known.get(&[2], Moment(5))), (None, None));
    }
}

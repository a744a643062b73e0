//! Browsers in which somebody signed in before.

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use huizhi_domain::id::AccountId;
use subtle::ConstantTimeEq as _;

use super::draw_token;
use crate::app::App;
use crate::error::PageError;
use crate::visitor;

/// Half a year: who stays away longer is told apart from strangers no more, and nothing else is lost.
const DEVICE_S: u32 = 182 * 24 * 3600;

/// Accounts that a browser may be known to at a time: a family shares a telephone.
const TOGETHER: usize = 4;

/// Of whom a browser is known. Each kind has a cookie of its own, so that a reviewer who is a citizen too loses neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Staff,
    Citizen,
}

impl Kind {
    const fn cookie(self) -> &'static str {
        match self {
            Self::Staff => "device",
            Self::Citizen => "known",
        }
    }

    fn seal(self, app: &App, nonce: &str, name: &str) -> String {
        BASE64.encode(app.store.keys().ring.index(self.cookie(), &format!("{nonce} {name}")))
    }

    /// The random name of a request's browser, and what says that it is known.
    fn read(self, headers: &HeaderMap) -> Option<(&str, Vec<&str>)> {
        let (nonce, seals) = visitor::cookie(headers, self.cookie())?.split_once('.')?;
        Some((nonce, seals.split('.').take(TOGETHER).collect()))
    }

    fn known(self, app: &App, headers: &HeaderMap, name: &str) -> Option<Device> {
        let (nonce, seals) = self.read(headers)?;
        let own = self.seal(app, nonce, name);
        let fits = seals.iter().any(|seal| bool::from(own.as_bytes().ct_eq(seal.as_bytes())));
        fits.then(|| Device(nonce.to_owned()))
    }

    /// The cookie of a browser that is known to one more, beside those whom it knew.
    fn remember(self, app: &App, headers: &HeaderMap, name: &str) -> Result<Option<HeaderValue>, PageError> {
        let (nonce, others) = match self.read(headers) {
            // What we did not draw is no name.
            Some((nonce, seals)) if BASE64.decode(nonce).is_ok_and(|bytes| bytes.len() == 32) => {
                (nonce.to_owned(), seals)
            }
            _ => (draw_token()?, Vec::new()),
        };
        let own = self.seal(app, &nonce, name);
        let others = others.into_iter().filter(|seal| *seal != own && seal.len() == own.len()).take(TOGETHER - 1);
        let seals: Vec<&str> = std::iter::once(own.as_str()).chain(others).collect();
        let value = format!("{nonce}.{}", seals.join("."));
        Ok(visitor::set_cookie(&app.settings, self.cookie(), &value, Some(DEVICE_S)))
    }
}

/// A browser in which a login was right before (OWASP, device cookies). Wrong passwords from elsewhere do not lock it out: it has
/// a count of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device(String);

impl Device {
    /// The device of a request, if it is known to this login of staff.
    #[must_use]
    pub fn known(app: &App, headers: &HeaderMap, login: &str) -> Option<Self> {
        Kind::Staff.known(app, headers, login)
    }

    /// The device of a request, if it is known to this account of a citizen.
    #[must_use]
    pub fn of_account(app: &App, headers: &HeaderMap, account: AccountId) -> Option<Self> {
        Kind::Citizen.known(app, headers, &account.to_string())
    }

    /// Whether a request's browser is known to any account at all.
    #[must_use]
    pub fn is_any(headers: &HeaderMap) -> bool {
        Kind::Citizen.read(headers).is_some()
    }

    /// Its random name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// What its wrong passwords are counted under.
    #[must_use]
    pub fn count_name(&self, login: &str) -> String {
        // No login has a line break: it comes from a field of one line.
        format!("{login}\n{}", self.0)
    }

    /// The cookie by which a browser is known to a login of staff from now on.
    ///
    /// # Errors
    /// [`PageError::Broken`] where the machine gives no random numbers.
    pub fn cookie(app: &App, login: &str) -> Result<Option<HeaderValue>, PageError> {
        // A desk's browser is one person's: whoever sat there before is told apart from strangers no more.
        Kind::Staff.remember(app, &HeaderMap::new(), login)
    }

    /// The cookie by which a browser is known to an account from now on, beside the accounts that it knew.
    ///
    /// # Errors
    /// As [`Self::cookie`].
    pub fn account_cookie(
        app: &App,
        headers: &HeaderMap,
        account: AccountId,
    ) -> Result<Option<HeaderValue>, PageError> {
        Kind::Citizen.remember(app, headers, &account.to_string())
    }
}

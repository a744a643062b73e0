//! Browsers in which somebody signed in before.

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use subtle::ConstantTimeEq as _;

use super::draw_token;
use crate::app::App;
use crate::error::PageError;
use crate::visitor;

const DEVICE: &str = "device";

/// Half a year: who stays away longer is told apart from strangers no more, and nothing else is lost.
const DEVICE_S: u32 = 182 * 24 * 3600;

/// A browser in which a login was right before (OWASP, device cookies). Wrong passwords from elsewhere do not lock it out: it has
/// a count of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device(String);

impl Device {
    /// The device of a request, if it is known to this login.
    #[must_use]
    pub fn known(app: &App, headers: &HeaderMap, login: &str) -> Option<Self> {
        let (nonce, seal) = visitor::cookie(headers, DEVICE)?.split_once('.')?;
        let seal = BASE64.decode(seal).ok()?;
        let fits = bool::from(device_seal(app, nonce, login).ct_eq(&seal));
        fits.then(|| Self(nonce.to_owned()))
    }

    /// What its wrong passwords are counted under.
    #[must_use]
    pub fn count_name(&self, login: &str) -> String {
        // No login has a line break: it comes from a field of one line.
        format!("{login}\n{}", self.0)
    }

    /// The cookie by which a browser is known to a login from now on.
    ///
    /// # Errors
    /// [`PageError::Broken`] where the machine gives no random numbers.
    pub fn cookie(app: &App, login: &str) -> Result<Option<HeaderValue>, PageError> {
        let nonce = draw_token()?;
        let seal = BASE64.encode(device_seal(app, &nonce, login));
        Ok(visitor::set_cookie(&app.settings, DEVICE, &format!("{nonce}.{seal}"), Some(DEVICE_S)))
    }
}

fn device_seal(app: &App, nonce: &str, login: &str) -> [u8; 32] {
    app.store.keys().ring.index("device", &format!("{nonce} {login}"))
}

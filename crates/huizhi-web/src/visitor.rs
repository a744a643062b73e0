//! Who holds orders without an account: a browser, by a random token in a cookie. The store knows only its keyed hash.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponseParts, ResponseParts};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use huizhi_domain::id::AttemptId;
use huizhi_domain::order::Order;
use huizhi_store::{Photo, Visitor};

use crate::app::{App, Settings};
use crate::error::PageError;

const TOKEN_BYTES: usize = 32;
/// A year: longer than any receipt is good, so that the owner finds it again.
const KEEP_S: u32 = 365 * 24 * 3600;

/// The value of a cookie, under its plain name or the name that `https` gives it.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| found.strip_prefix("__Host-").unwrap_or(found) == name)
        .map(|(_, value)| value)
}

/// A cookie for the whole service that no script can read. `keep_s` 0 deletes it, `None` ends with the browser.
#[must_use]
pub fn set_cookie(settings: &Settings, name: &str, value: &str, keep_s: Option<u32>) -> Option<HeaderValue> {
    let (prefix, secure) = if settings.is_https() { ("__Host-", "; Secure") } else { ("", "") };
    let age = keep_s.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    HeaderValue::from_str(&format!("{prefix}{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}")).ok()
}

/// Whoever opens a page, with or without a token.
#[derive(Clone)]
pub struct Guest(Option<String>);

impl<S: Sync> FromRequestParts<S> for Guest {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let token = cookie(&parts.headers, "visitor").filter(|token| {
            // What we did not draw ourselves is no token.
            URL_SAFE_NO_PAD.decode(token).is_ok_and(|bytes| bytes.len() == TOKEN_BYTES)
        });
        Ok(Self(token.map(str::to_owned)))
    }
}

impl Guest {
    /// The visitor of the token, if there is one.
    #[must_use]
    pub fn visitor(&self, app: &App) -> Option<Visitor> {
        self.0.as_deref().map(|token| app.store.visitor(token))
    }

    /// The visitor; one without a token gets one, and the cookie to keep it in.
    ///
    /// # Errors
    /// [`PageError::Broken`] where the machine gives no random bytes.
    pub fn settle(self, app: &App) -> Result<(Visitor, Keep), PageError> {
        if let Some(visitor) = self.visitor(app) {
            return Ok((visitor, Keep(None)));
        }
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes).map_err(PageError::broken)?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let visitor = app.store.visitor(&token);
        Ok((visitor, Keep(set_cookie(&app.settings, "visitor", &token, Some(KEEP_S)))))
    }
}

/// The cookie of a new visitor.
pub struct Keep(Option<HeaderValue>);

impl IntoResponseParts for Keep {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Self::Error> {
        if let Some(cookie) = self.0 {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    }
}

/// The order that the URL names, if the visitor holds it; 404 otherwise, whether it exists or not.
pub struct HeldOrder(pub Order);

impl FromRequestParts<App> for HeldOrder {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let id = param(parts, app, "id").await.ok_or(PageError::Absent)?;
        let guest = Guest::from_request_parts(parts, app).await.unwrap_or(Guest(None));
        let visitor = guest.visitor(app).ok_or(PageError::Absent)?;
        let id = id.parse().map_err(|_| PageError::Absent)?;
        app.store.order_of(&visitor, id).await?.map(Self).ok_or(PageError::Absent)
    }
}

/// A photo of the order that the URL names; 404 as for [`HeldOrder`].
pub struct HeldPhoto {
    /// The order.
    pub order: Order,
    /// Its photo.
    pub photo: Photo,
}

impl FromRequestParts<App> for HeldPhoto {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let HeldOrder(order) = HeldOrder::from_request_parts(parts, app).await?;
        let id = param(parts, app, "attempt").await.ok_or(PageError::Absent)?;
        let id: AttemptId = id.parse().map_err(|_| PageError::Absent)?;
        let photo = app.store.photo(id).await?.filter(|photo| photo.order == order.id).ok_or(PageError::Absent)?;
        Ok(Self { order, photo })
    }
}

async fn param(parts: &mut Parts, app: &App, name: &str) -> Option<String> {
    let params = RawPathParams::from_request_parts(parts, app).await.ok()?;
    params.iter().find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}

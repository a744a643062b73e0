//! Who holds orders: a browser, by a random token in a cookie, of which the store knows only a keyed hash; and the account that is signed in
//! in it. Pages ask here and nowhere else, so that both count everywhere.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, IntoResponseParts, Response, ResponseParts};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use huizhi_domain::id::{AccountId, AttemptId, MessageId, OrderId};
use huizhi_domain::message::Message;
use huizhi_domain::order::Order;
use huizhi_domain::support::Inquiry;
use huizhi_store::{Photo, Visitor};

use crate::account;
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

/// Whoever opens a page, with or without a token, signed in or not.
#[derive(Clone)]
pub struct Guest {
    token: Option<String>,
    account: Option<AccountId>,
}

impl FromRequestParts<App> for Guest {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let token = cookie(&parts.headers, "visitor").filter(|token| {
            // What we did not draw ourselves is no token.
            URL_SAFE_NO_PAD.decode(token).is_ok_and(|bytes| bytes.len() == TOKEN_BYTES)
        });
        let token = token.map(str::to_owned);
        let account = account::session(app, &parts.headers).await?.map(|(account, _)| account.id);
        Ok(Self { token, account })
    }
}

impl Guest {
    /// The visitor of the browser's token, if there is one.
    #[must_use]
    pub fn browser(&self, app: &App) -> Option<Visitor> {
        self.token.as_deref().map(|token| app.store.visitor(token))
    }

    /// Whether an account is signed in.
    #[must_use]
    pub const fn is_signed_in(&self) -> bool {
        self.account.is_some()
    }

    /// All as whom orders are held: the account that is signed in, and the browser.
    pub fn visitors(&self, app: &App) -> impl Iterator<Item = Visitor> {
        let account = self.account.map(|id| app.store.account_visitor(id));
        account.into_iter().chain(self.browser(app))
    }

    /// All orders, each once, newest first.
    ///
    /// # Errors
    /// As the store.
    pub async fn orders(&self, app: &App) -> Result<Vec<Order>, PageError> {
        let mut orders = Vec::new();
        for visitor in self.visitors(app) {
            orders.extend(app.store.orders_of(&visitor).await?);
        }
        orders.sort_by_key(|order| std::cmp::Reverse(order.id));
        orders.dedup_by_key(|order| order.id);
        Ok(orders)
    }

    /// An order, if it is held.
    ///
    /// # Errors
    /// As the store.
    pub async fn order(&self, app: &App, id: OrderId) -> Result<Option<Order>, PageError> {
        for visitor in self.visitors(app) {
            if let Some(order) = app.store.order_of(&visitor, id).await? {
                return Ok(Some(order));
            }
        }
        Ok(None)
    }

    /// The messages of all orders, each once.
    ///
    /// # Errors
    /// As the store.
    pub async fn messages(&self, app: &App) -> Result<Vec<Message>, PageError> {
        let mut messages = Vec::new();
        for visitor in self.visitors(app) {
            messages.extend(app.store.messages(&visitor).await?);
        }
        messages.sort_by_key(|message| std::cmp::Reverse(message.id));
        messages.dedup_by_key(|message| message.id);
        Ok(messages)
    }

    /// Marks a message as read, if it is of an order that is held.
    ///
    /// # Errors
    /// As the store.
    pub async fn read(&self, app: &App, id: MessageId) -> Result<(), PageError> {
        for visitor in self.visitors(app) {
            app.store.read(&visitor, id).await?;
        }
        Ok(())
    }

    /// The inquiries that are theirs, or about orders that they hold, each once, newest first.
    ///
    /// # Errors
    /// As the store.
    pub async fn inquiries(&self, app: &App) -> Result<Vec<Inquiry>, PageError> {
        let mut inquiries = Vec::new();
        for visitor in self.visitors(app) {
            inquiries.extend(app.store.inquiries_of(&visitor).await?);
        }
        inquiries.sort_by_key(|inquiry| std::cmp::Reverse(inquiry.id));
        inquiries.dedup_by_key(|inquiry| inquiry.id);
        Ok(inquiries)
    }

    /// As whom a new order is held: the account that is signed in, so that it stays when somebody else uses the browser; else the browser,
    /// which gets a token and the cookie to keep it in.
    ///
    /// # Errors
    /// [`PageError::Broken`] where the machine gives no random bytes.
    pub fn settle(self, app: &App) -> Result<(Visitor, Keep), PageError> {
        if let Some(visitor) = self.visitors(app).next() {
            return Ok((visitor, Keep(None)));
        }
        let (token, keep) = draw(app)?;
        Ok((app.store.visitor(&token), keep))
    }

    /// By what a visitor is known again where each counts once: the account that is signed in, else the browser's token, which it gets
    /// where it has none.
    ///
    /// # Errors
    /// As [`Self::settle`].
    pub fn known_by(self, app: &App) -> Result<(String, Keep), PageError> {
        match (self.account, self.token) {
            (Some(account), _) => Ok((format!("account {account}"), Keep(None))),
            (None, Some(token)) => Ok((token, Keep(None))),
            (None, None) => draw(app),
        }
    }
}

/// A new browser's token, and the cookie to keep it in.
fn draw(app: &App) -> Result<(String, Keep), PageError> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(PageError::broken)?;
    let token = URL_SAFE_NO_PAD.encode(bytes);
    let keep = Keep(set_cookie(&app.settings, "visitor", &token, Some(KEEP_S)));
    Ok((token, keep))
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

/// The order that the URL names, if the visitor holds it; 404 otherwise, whether it exists or not. Whose session has ended is sent to the
/// sign-in first: the order may be their account's.
pub struct HeldOrder(pub Order);

impl FromRequestParts<App> for HeldOrder {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let guest = Guest::from_request_parts(parts, app).await.map_err(PageError::into_response)?;
        match held(parts, app, &guest).await {
            Ok(order) => Ok(Self(order)),
            Err(PageError::Absent) if guest.account.is_none() && account::token(&parts.headers).is_some() => {
                Err(account::sign_in_first(parts))
            }
            Err(error) => Err(error.into_response()),
        }
    }
}

async fn held(parts: &mut Parts, app: &App, guest: &Guest) -> Result<Order, PageError> {
    let id = param(parts, app, "id").await.ok_or(PageError::Absent)?;
    let id = id.parse().map_err(|_| PageError::Absent)?;
    guest.order(app, id).await?.ok_or(PageError::Absent)
}

/// The inquiry that the URL names, if it is the visitor's; 404 and the sign-in as for [`HeldOrder`].
pub struct HeldInquiry {
    /// The inquiry.
    pub inquiry: Inquiry,
    /// Whose it is.
    pub guest: Guest,
}

impl FromRequestParts<App> for HeldInquiry {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let guest = Guest::from_request_parts(parts, app).await.map_err(PageError::into_response)?;
        let id = param(parts, app, "inquiry").await;
        let all = guest.inquiries(app).await.map_err(PageError::into_response)?;
        match all.into_iter().find(|inquiry| id.as_ref().is_some_and(|id| *id == inquiry.id.to_string())) {
            Some(inquiry) => Ok(Self { inquiry, guest }),
            None if guest.account.is_none() && account::token(&parts.headers).is_some() => {
                Err(account::sign_in_first(parts))
            }
            None => Err(PageError::Absent.into_response()),
        }
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
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let HeldOrder(order) = HeldOrder::from_request_parts(parts, app).await?;
        let photo = photo_of(parts, app, &order).await.map_err(PageError::into_response)?;
        Ok(Self { order, photo })
    }
}

async fn photo_of(parts: &mut Parts, app: &App, order: &Order) -> Result<Photo, PageError> {
    let id = param(parts, app, "attempt").await.ok_or(PageError::Absent)?;
    let id: AttemptId = id.parse().map_err(|_| PageError::Absent)?;
    app.store.photo(id).await?.filter(|photo| photo.order == order.id).ok_or(PageError::Absent)
}

/// A part of the address, by the name that the route gives it.
pub async fn param(parts: &mut Parts, app: &App, name: &str) -> Option<String> {
    let params = RawPathParams::from_request_parts(parts, app).await.ok()?;
    params.iter().find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}

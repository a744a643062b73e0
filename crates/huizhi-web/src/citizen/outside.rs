//! Signing in through others: providers of identities that the operator names, and WeChat. Always beside password and code, never instead
//! of them: no account comes about here, only links of accounts whose contact was proven.

pub mod link;
pub mod sign_in;

use std::sync::Arc;

use axum::http::header::{REFRESH, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::account::Assurance;
use huizhi_domain::id::AccountId;
use huizhi_domain::words::Lang;
use huizhi_outside::{Journey, Oidc, OidcError};
use huizhi_store::Linked;
use serde::Serialize;

use crate::app::App;
use crate::error::PageError;
use crate::gate::draw_token;
use crate::page::{Look, View};
use crate::visitor::{cookie, set_cookie};

/// What links to WeChat stand under, where providers have their id.
pub const WECHAT: &str = "wechat";

/// Which browser it is that went to a provider: nobody else's comes back with its state.
const BROWSER: &str = "outside";
/// What somebody who is known elsewhere and not here waits with.
const OFFER: &str = "offer";
/// As long as the store keeps either.
const KEEP_S: u32 = 600;

/// Browsers that an address may send to providers a minute: an office's network has one address.
const A_MINUTE: u32 = 60;

/// A provider as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct Way {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
}

/// The providers that one may sign in through; the template `citizen/outside/ways.html` shows them.
#[must_use]
pub fn ways(app: &App, lang: Lang) -> Vec<Way> {
    let all = app.shared.outside.get().map(|outside| outside.oidc.as_slice()).unwrap_or_default();
    all.iter().map(|provider| Way { id: provider.settings().id.clone(), name: shown(provider, lang) }).collect()
}

fn shown(provider: &Oidc, lang: Lang) -> String {
    let name = &provider.settings().name;
    match lang {
        Lang::Zh => name.zh.clone(),
        Lang::En => name.en.clone(),
    }
}

fn provider(app: &App, id: &str) -> Option<Arc<Oidc>> {
    let outside = app.shared.outside.get()?;
    outside.oidc.iter().find(|provider| provider.settings().id == id).cloned()
}

/// What a link's other side is called. One that the operator took away since has its id only.
fn name_of(app: &App, id: &str, lang: Lang) -> String {
    match provider(app, id) {
        Some(provider) => shown(&provider, lang),
        None if id == WECHAT => app.say(lang, "outside-wechat", &[]),
        None => id.to_owned(),
    }
}

/// Where a provider sends browsers back to.
fn back(app: &App, id: &str) -> String {
    app.settings.address(&format!("/sign-in/with/{id}"))
}

/// The page between here and the provider.
#[derive(Serialize)]
pub struct GoView {
    name: String,
    address: String,
}

impl View for GoView {
    const TEMPLATE: &'static str = "citizen/outside/go.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        vec![Self {
            name: "省统一身份认证".to_owned(), address: "https://id.example/authorize?state=a".to_owned()
        }]
    }
}

/// Sends a browser to a provider: to sign in, or to link the account that is given. By a page, not by a redirect: a form of ours may lead
/// nowhere else (`form-action`), and browsers hold redirects after it to that too.
async fn go(
    app: &App,
    look: &Look,
    headers: &HeaderMap,
    provider: &Oidc,
    whose: Option<AccountId>,
    to: &str,
) -> Result<Response, PageError> {
    let id = provider.settings().id.as_str();
    let state = draw_token()?;
    // Kept where there is one, so that two pages of one browser may be on their way.
    let browser = match cookie(headers, BROWSER).filter(|it| it.len() == state.len()) {
        Some(browser) => browser.to_owned(),
        None => draw_token()?,
    };
    let (nonce, verifier) = (app.store.nonce_of(&state), app.store.verifier_of(&state));
    let journey = Journey { state: &state, nonce: &nonce, verifier: &verifier };
    let address = match provider.address(&back(app, id), &journey, app.store.now()).await {
        Ok(address) => address,
        Err(error) => return failed(app, look, provider, why(id, &error), whose.is_some()),
    };
    app.store.leave_for(id, &state, &browser, whose, to).await?;
    let refresh = HeaderValue::from_str(&format!("0; url={address}")).map_err(PageError::broken)?;
    let mut response = app.show(look, &GoView { name: shown(provider, look.lang), address })?.into_response();
    response.headers_mut().insert(REFRESH, refresh);
    keep(app, &mut response, BROWSER, &browser, KEEP_S);
    Ok(response)
}

fn keep(app: &App, response: &mut Response, name: &str, value: &str, keep_s: u32) {
    if let Some(cookie) = set_cookie(&app.settings, name, value, Some(keep_s)) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// Why somebody does not get in through a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failed {
    /// They said no there.
    Denied,
    /// It took too long, was done before, or began in another browser.
    Again,
    /// The provider does not answer properly.
    Unreachable,
    /// What it says does not hold.
    Refused,
    /// It is linked to somebody else's account.
    OtherAccount,
    /// The account is linked to somebody else there.
    OtherSubject,
}

impl Failed {
    #[cfg(test)]
    const ALL: [Self; 6] =
        [Self::Denied, Self::Again, Self::Unreachable, Self::Refused, Self::OtherAccount, Self::OtherSubject];

    const fn word(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Again => "again",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::OtherAccount => "other-account",
            Self::OtherSubject => "other-subject",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::Denied => StatusCode::OK,
            Self::Again | Self::OtherAccount | Self::OtherSubject => StatusCode::CONFLICT,
            Self::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused => StatusCode::FORBIDDEN,
        }
    }

    const fn of_link(linked: Linked) -> Option<Self> {
        match linked {
            Linked::Done => None,
            Linked::OtherAccount => Some(Self::OtherAccount),
            Linked::OtherSubject => Some(Self::OtherSubject),
            Linked::Over => Some(Self::Again),
        }
    }
}

/// The page that says so. Password and code are one step away.
#[derive(Serialize)]
pub struct FailedView {
    name: String,
    why: &'static str,
    /// Whether it was a link that was to be made.
    linking: bool,
}

impl View for FailedView {
    const TEMPLATE: &'static str = "citizen/outside/failed.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |why: Failed, linking| Self { name: "省统一身份认证".to_owned(), why: why.word(), linking };
        Failed::ALL.iter().flat_map(|why| [view(*why, false), view(*why, true)]).collect()
    }
}

fn failed(app: &App, look: &Look, provider: &Oidc, why: Failed, linking: bool) -> Result<Response, PageError> {
    let view = FailedView { name: shown(provider, look.lang), why: why.word(), linking };
    Ok((why.status(), app.show(look, &view)?).into_response())
}

/// What an error of a provider is for who signs in; the operator reads more in the log.
fn why(provider: &str, error: &OidcError) -> Failed {
    tracing::warn!(provider, code = error.code(), %error, "nobody comes in through a provider");
    match error {
        OidcError::Code => Failed::Again,
        OidcError::Token(_) => Failed::Refused,
        _ => Failed::Unreachable,
    }
}

/// Takes a provider's word for name and number, where the operator lets it count.
async fn assure(app: &App, provider: &Oidc, account: AccountId) -> Result<(), PageError> {
    if provider.settings().checks_number {
        app.store.assure(account, Assurance::NumberChecked).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

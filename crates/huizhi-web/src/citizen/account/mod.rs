//! The citizen's account: made, signed in to, left, and set right again. One thing a page.

mod ask;
mod code;
mod contact;
mod home;
mod outbox;
mod password;
mod sessions;
mod sign_in;

#[cfg(test)]
mod tests;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::routing::{get, post};
use axum::{RequestPartsExt as _, Router};
use huizhi_domain::account::CodePurpose;
use huizhi_domain::clock::Moment;
use serde::Deserialize;

use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, moment};

/// All addresses of accounts.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/register", get(ask::form).post(ask::send))
        .route("/register/code", get(code::form).post(code::enter))
        .route("/recover", get(ask::form).post(ask::send))
        .route("/recover/code", get(code::form).post(code::enter))
        .route("/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .route("/sign-in/code", get(ask::form).post(ask::send))
        .route("/sign-in/code/enter", get(code::form).post(code::enter))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/account", get(home::home))
        .route("/account/orders", post(home::take_orders))
        .route("/account/sessions", get(sessions::sessions).post(sessions::end_some))
        .route("/account/sessions/{session}/end", post(sessions::end_one))
        .route("/account/password", get(password::form).post(password::change))
        .route("/account/contact", get(contact::form).post(contact::send))
        .route("/account/contact/code", get(contact::code_form).post(contact::enter))
        .route("/outbox", get(outbox::outbox))
}

/// What begins with a code: one page asks for whom, the next takes the code. The first three are known by their address; who asks for
/// another contact is signed in already.
#[derive(Clone, Copy, Debug)]
pub struct Way(pub CodePurpose);

impl Way {
    /// Where it is asked to whom the code goes.
    const fn asks(self) -> &'static str {
        match self.0 {
            CodePurpose::Register => "/register",
            CodePurpose::Recover => "/recover",
            CodePurpose::SignIn | CodePurpose::Face => "/sign-in/code",
            CodePurpose::Contact => "/account/contact",
        }
    }

    /// Where the code is typed.
    const fn takes(self) -> &'static str {
        match self.0 {
            CodePurpose::Register => "/register/code",
            CodePurpose::Recover => "/recover/code",
            CodePurpose::SignIn | CodePurpose::Face => "/sign-in/code/enter",
            CodePurpose::Contact => "/account/contact/code",
        }
    }

    /// The page before the first.
    const fn back(self) -> &'static str {
        match self.0 {
            CodePurpose::Contact => "/account",
            _ => "/sign-in",
        }
    }

    /// Whether a new password is set with the code.
    const fn sets_password(self) -> bool {
        matches!(self.0, CodePurpose::Register | CodePurpose::Recover)
    }
}

impl FromRequestParts<App> for Way {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, PageError> {
        let OriginalUri(uri) = parts.extract::<OriginalUri>().await.map_err(|_| PageError::Absent)?;
        let ways = [CodePurpose::Register, CodePurpose::Recover, CodePurpose::SignIn].map(Self);
        ways.into_iter().find(|way| [way.asks(), way.takes()].contains(&uri.path())).ok_or(PageError::Absent)
    }
}

/// What stands behind the `?` of these pages.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Where to go on afterwards.
    to: String,
    /// What was done before.
    told: String,
}

/// How long somebody waits, in the reader's words: minutes within the hour, for the first pauses are of seconds, and then until when.
fn until(app: &App, look: &Look, at: Moment) -> String {
    let minutes = (at.since_ms(app.store.now()) + 59_999) / 60_000;
    if minutes <= 60 {
        app.say(look.lang, "account-wait-minutes", &[("count", &minutes)])
    } else {
        moment(look.lang, at.after_ms(59_999))
    }
}

//! Changing the password: the old one is asked, and every other session ends.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use huizhi_domain::account::weakness;
use serde::{Deserialize, Serialize};

use super::super::see_other;
use super::code::hashed;
use super::until;
use crate::account::{How, NotIn, SignedIn, begin, check, who};
use crate::app::App;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};

/// Asks for both passwords.
#[derive(Default, Serialize)]
pub struct PasswordView {
    /// Whose it is, for the browser's own list of passwords.
    contact: String,
    /// Whether there is an old one; without one it is set with a code.
    has_password: bool,
    errors: FormErrors,
}

impl View for PasswordView {
    const TEMPLATE: &'static str = "citizen/account/password.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let mut errors = FormErrors::one("old", "account-old-wrong");
        errors.add_value("old", "account-sign-in-wait", "2025年11月25日 下午2:16");
        for weakness in huizhi_domain::account::Weakness::ALL {
            errors.add("password", weakness.key());
        }
        let view = |has_password, errors| Self { contact: "13800001234".to_owned(), has_password, errors };
        vec![view(true, FormErrors::default()), view(true, errors), view(false, FormErrors::default())]
    }
}

/// `/account/password`
pub async fn form(State(app): State<App>, look: Look, signed: SignedIn) -> Result<Html<String>, PageError> {
    let contact = app.store.contact_of(signed.account.id).await?;
    let contact = contact.map(|contact| contact.as_str().to_owned()).unwrap_or_default();
    let has_password = signed.account.has_password;
    app.show(&look, &PasswordView { contact, has_password, errors: FormErrors::default() })
}

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    old: String,
    password: String,
}

/// POST `/account/password`
pub async fn change(
    State(app): State<App>,
    look: Look,
    signed: SignedIn,
    headers: HeaderMap,
    extensions: Extensions,
    Posted(form): Posted<Typed>,
) -> Result<Response, PageError> {
    let id = signed.account.id;
    let contact = app.store.contact_of(id).await?.filter(|_| signed.account.has_password).ok_or(PageError::Absent)?;
    let mut errors = FormErrors::default();
    if form.old.is_empty() {
        errors.add("old", "account-password-empty");
    }
    if let Some(weakness) = weakness(&form.password, Some(&contact)) {
        errors.add("password", weakness.key());
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if errors.is_empty() {
        let client = who(&app, &headers, &extensions);
        match check(&app, &headers, &client, &contact, &form.old).await? {
            Ok(_) => {
                let hash = hashed(&app, &form.password).await?;
                app.store.change_password(id, hash).await?;
                let cookie = begin(&app, &headers, id, How::Password).await?;
                let mut response = see_other("/account?told=password");
                response.headers_mut().append(SET_COOKIE, cookie);
                return Ok(response);
            }
            Err(NotIn::Wrong) => errors.add("old", "account-old-wrong"),
            Err(NotIn::Wait(at)) => {
                status = StatusCode::TOO_MANY_REQUESTS;
                errors.add_value("old", "account-sign-in-wait", until(&app, &look, at));
            }
        }
    }
    let view = PasswordView { contact: contact.as_str().to_owned(), has_password: true, errors };
    Ok((status, app.show(&look, &view)?).into_response())
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::PasswordView>();
    }
}

//! Signing in by password, and out. Wrong passwords and contacts without an account get one answer after the same work.

use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::account::Contact;
use serde::{Deserialize, Serialize};

use super::super::outside::{Way, ways};
use super::super::{quoted, see_other};
use super::{Asked, until};
use crate::account::{self, How, MaybeSignedIn, NotIn, check, own, who};
use crate::app::App;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};

/// What may have happened before.
const TOLD: [&str; 2] = ["ended", "signed-out"];

/// The sign-in.
#[derive(Default, Serialize)]
pub struct SignInView {
    contact: String,
    to: String,
    /// One of [`TOLD`], or empty.
    told: &'static str,
    /// Who else says who somebody is.
    ways: Vec<Way>,
    errors: FormErrors,
}

impl View for SignInView {
    const TEMPLATE: &'static str = "citizen/account/sign-in.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let mut all = FormErrors::one("contact", "account-sign-in-wrong");
        all.add_value("contact", "account-sign-in-wait", "2025年11月25日 下午2:16");
        all.add("password", "account-password-empty");
        let told = TOLD.map(|told| Self { told, ..Self::default() });
        told.into_iter().chain([Self::default(), Self { errors: all, ..Self::default() }]).collect()
    }
}

/// `/sign-in`
pub async fn form(
    State(app): State<App>,
    look: Look,
    MaybeSignedIn(account): MaybeSignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    if account.is_some() {
        return Ok(see_other(own(&asked.to)));
    }
    let told = TOLD.into_iter().find(|told| *told == asked.told).unwrap_or_default();
    let view = SignInView { to: own(&asked.to).to_owned(), told, ways: ways(&app, look.lang), ..SignInView::default() };
    Ok(app.show(&look, &view)?.into_response())
}

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    contact: String,
    password: String,
    to: String,
}

/// POST `/sign-in`
pub async fn sign_in(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    extensions: Extensions,
    Posted(form): Posted<Typed>,
) -> Result<Response, PageError> {
    let refuse = |status, errors| {
        let (contact, to) = (form.contact.clone(), own(&form.to).to_owned());
        let page =
            app.show(&look, &SignInView { contact, to, ways: ways(&app, look.lang), errors, ..SignInView::default() })?;
        Ok((status, page).into_response())
    };
    let mut errors = FormErrors::default();
    let contact = Contact::parse(&form.contact).map_err(|error| errors.add("contact", error.key())).ok();
    if form.password.is_empty() {
        errors.add("password", "account-password-empty");
    }
    let Some(contact) = contact.filter(|_| errors.is_empty()) else {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, errors);
    };
    let client = who(&app, &headers, &extensions);
    match check(&app, &headers, &client, &contact, &form.password).await? {
        Ok(id) => account::enter(&app, &headers, id, How::Password, &form.to).await,
        Err(NotIn::Wrong) => {
            refuse(StatusCode::UNPROCESSABLE_ENTITY, FormErrors::one("contact", "account-sign-in-wrong"))
        }
        Err(NotIn::Wait(at)) => {
            let mut errors = FormErrors::default();
            errors.add_value("contact", "account-sign-in-wait", until(&app, &look, at));
            refuse(StatusCode::TOO_MANY_REQUESTS, errors)
        }
    }
}

/// POST `/sign-out`: who only wants to sign in again goes on to the page that asked for it.
pub async fn sign_out(
    State(app): State<App>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    if let Some(token) = account::token(&headers) {
        app.store.end_account_session(&token).await?;
    }
    signed_out(&app, &asked.to)
}

/// The way out: the cookie goes, and the sign-in says so.
pub fn signed_out(app: &App, to: &str) -> Result<Response, PageError> {
    let to = if to.is_empty() { String::new() } else { format!("to={}&", quoted(own(to))) };
    let mut response = see_other(&format!("/sign-in?{to}told=signed-out"));
    response.headers_mut().append(SET_COOKIE, account::cookie(app, "")?);
    Ok(response)
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::SignInView>();
    }
}

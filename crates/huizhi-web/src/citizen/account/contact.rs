//! Being reached elsewhere: another telephone or mailbox, which a code proves. Whoever had the old one is told there.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::account::{Code, CodePurpose};
use serde::Serialize;

use super::super::see_other;
use super::ask::{self, ASKED};
use super::{Way, code};
use crate::account::{How, SignedIn, begin, just_came, tell_moved, who};
use crate::app::App;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};
use crate::visitor::set_cookie;

const WAY: Way = Way(CodePurpose::Contact);

/// Where what is done is told.
const DONE: &str = "/account?told=contact";

/// Says that one has to sign in again first.
#[derive(Serialize)]
pub struct AgainView {}

impl View for AgainView {
    const TEMPLATE: &'static str = "citizen/account/again.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        vec![Self {}]
    }
}

/// `/account/contact`
pub async fn form(State(app): State<App>, look: Look, signed: SignedIn) -> Result<Response, PageError> {
    if !just_came(&app, &signed).await? {
        return Ok(app.show(&look, &AgainView {})?.into_response());
    }
    Ok(app.show(&look, &ask::view(WAY, "", "", FormErrors::default()))?.into_response())
}

/// POST `/account/contact`: sends the code.
pub async fn send(
    State(app): State<App>,
    look: Look,
    signed: SignedIn,
    headers: HeaderMap,
    extensions: Extensions,
    Posted(form): Posted<ask::Typed>,
) -> Result<Response, PageError> {
    if !just_came(&app, &signed).await? {
        return Ok(see_other(WAY.asks()));
    }
    let old = app.store.contact_of(signed.account.id).await?;
    let client = who(&app, &headers, &extensions);
    let same = |new: &_| (old.as_ref() == Some(new)).then_some("account-contact-same");
    ask::sent(&app, &look, WAY, &client, &form, same).await
}

/// `/account/contact/code`
pub async fn code_form(
    State(app): State<App>,
    look: Look,
    _: SignedIn,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let Some(contact) = code::asked_for(&app, &headers, WAY) else { return Ok(see_other(WAY.asks())) };
    Ok(app.show(&look, &code::view(WAY, &contact, "", FormErrors::default()))?.into_response())
}

/// POST `/account/contact/code`: from now on the account is reached, and signed in to, with the new contact.
pub async fn enter(
    State(app): State<App>,
    look: Look,
    signed: SignedIn,
    headers: HeaderMap,
    Posted(form): Posted<code::Typed>,
) -> Result<Response, PageError> {
    let Some(contact) = code::asked_for(&app, &headers, WAY) else { return Ok(see_other(WAY.asks())) };
    if !just_came(&app, &signed).await? {
        return Ok(see_other(WAY.asks()));
    }
    let id = signed.account.id;
    let old = app.store.contact_of(id).await?;
    let said = match Code::parse(&form.code) {
        None => Err("account-code-form"),
        Some(_) => code::said(app.store.change_contact(id, &contact, &form.code).await?),
    };
    if let Err(key) = said {
        let page = app.show(&look, &code::view(WAY, &contact, "", FormErrors::one("code", key)))?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    if let Some(old) = old {
        tell_moved(&app, look.lang, &old, &contact)?;
    }
    let mut response = see_other(DONE);
    let cookies = [Some(begin(&app, &headers, id, How::Code).await?), set_cookie(&app.settings, ASKED, "", Some(0))];
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::AgainView>();
    }
}

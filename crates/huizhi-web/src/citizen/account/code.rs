//! Where the code is typed, and with it a new password where one is set.

use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::account::{Code, CodePurpose, Contact, How, normalised, weakness};
use huizhi_domain::id::AccountId;
use huizhi_store::CodeAnswer;
use serde::{Deserialize, Serialize};

use super::super::{quoted, see_other};
use super::ask::ASKED;
use super::{Asked, Way};
use crate::account::{enter as let_in, own};
use crate::app::App;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};
use crate::visitor::{cookie, set_cookie};

/// Takes the code.
#[derive(Serialize)]
pub struct CodeView {
    kind: &'static str,
    action: &'static str,
    /// Where another code is asked for.
    again: String,
    /// To whom it went, masked.
    contact: String,
    sets_password: bool,
    /// What was typed, where it was not the code that was refused.
    typed: String,
    to: String,
    errors: FormErrors,
}

impl View for CodeView {
    const TEMPLATE: &'static str = "citizen/account/code.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let mut all = FormErrors::default();
        for key in ["account-code-form", "account-code-wrong", "account-code-over"] {
            all.add("code", key);
        }
        for weakness in huizhi_domain::account::Weakness::ALL {
            all.add("password", weakness.key());
        }
        let contact = Contact::parse("13800001234").unwrap();
        let ways = [CodePurpose::Register, CodePurpose::Recover, CodePurpose::SignIn, CodePurpose::Contact].map(Way);
        ways.into_iter()
            .flat_map(|way| [FormErrors::default(), all.clone()].map(|errors| view(way, &contact, "/account", errors)))
            .collect()
    }
}

/// The page of a way.
pub(super) fn view(way: Way, contact: &Contact, to: &str, errors: FormErrors) -> CodeView {
    CodeView {
        kind: way.0.word(),
        action: way.takes(),
        again: asks(way, to),
        contact: contact.masked(),
        sets_password: way.sets_password(),
        typed: String::new(),
        to: own(to).to_owned(),
        errors,
    }
}

/// To whom the code of a way went.
pub(super) fn asked_for(app: &App, headers: &HeaderMap, way: Way) -> Option<Contact> {
    app.store.open_asked(way.0, cookie(headers, ASKED)?)
}

/// `/register/code`, `/recover/code`, `/sign-in/code/enter`
pub async fn form(
    State(app): State<App>,
    look: Look,
    way: Way,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let Some(contact) = asked_for(&app, &headers, way) else { return Ok(ask_first(way, &asked.to)) };
    Ok(app.show(&look, &view(way, &contact, &asked.to, FormErrors::default()))?.into_response())
}

fn ask_first(way: Way, to: &str) -> Response {
    see_other(&asks(way, to))
}

/// The first page of a way, and where to go on afterwards.
fn asks(way: Way, to: &str) -> String {
    format!("{}?to={}", way.asks(), quoted(own(to)))
}

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub(super) code: String,
    password: String,
    to: String,
}

/// POST of the same: the code is used up with what it allows.
pub async fn enter(
    State(app): State<App>,
    look: Look,
    way: Way,
    headers: HeaderMap,
    Posted(form): Posted<Typed>,
) -> Result<Response, PageError> {
    let Some(contact) = asked_for(&app, &headers, way) else { return Ok(ask_first(way, &form.to)) };
    let mut errors = FormErrors::default();
    if Code::parse(&form.code).is_none() {
        errors.add("code", "account-code-form");
    }
    if way.sets_password()
        && let Some(weakness) = weakness(&form.password, Some(&contact))
    {
        errors.add("password", weakness.key());
    }
    if errors.is_empty() {
        match done(&app, &look, way, &contact, &form).await? {
            Ok(account) => {
                let mut response = let_in(&app, &headers, account, How::Code, &form.to).await?;
                if let Some(forget) = set_cookie(&app.settings, ASKED, "", Some(0)) {
                    response.headers_mut().append(SET_COOKIE, forget);
                }
                return Ok(response);
            }
            Err(key) => errors.add("code", key),
        }
    }
    let typed = if errors.concern("code") { String::new() } else { form.code };
    let page = app.show(&look, &CodeView { typed, ..view(way, &contact, &form.to, errors) })?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Uses the code; gives the account to let in, or the key of what is wrong with the code.
async fn done(
    app: &App,
    look: &Look,
    way: Way,
    contact: &Contact,
    form: &Typed,
) -> Result<Result<AccountId, &'static str>, PageError> {
    // No hash is made for a code that can't be right.
    if !app.store.code_waits(way.0, contact).await? {
        return Ok(Err("account-code-over"));
    }
    let (answer, account) = match way.0 {
        CodePurpose::Register => {
            let hash = hashed(app, &form.password).await?;
            let (answer, id) = app.store.register(contact, &form.code, hash, look.lang).await?;
            (answer, Some(id))
        }
        CodePurpose::Recover => {
            let hash = hashed(app, &form.password).await?;
            app.store.recover(contact, &form.code, hash).await?
        }
        CodePurpose::SignIn | CodePurpose::Face | CodePurpose::Contact => {
            let answer = app.store.use_code(way.0, contact, &form.code).await?;
            (answer, app.store.account_by_contact(contact).await?)
        }
    };
    // A code for a contact without an account went to nobody.
    Ok(said(answer).and(account.ok_or("account-code-wrong")))
}

/// The key of what is wrong with a code.
pub(super) const fn said(answer: CodeAnswer) -> Result<(), &'static str> {
    match answer {
        CodeAnswer::Right => Ok(()),
        CodeAnswer::Wrong => Err("account-code-wrong"),
        CodeAnswer::Over => Err("account-code-over"),
    }
}

/// The hash of a new password, whose strength was seen to.
pub async fn hashed(app: &App, password: &str) -> Result<String, PageError> {
    let hash =
        app.shared.accounts.passwords.hash(normalised(password).as_str().to_owned()).await.ok_or(PageError::Busy)?;
    hash.map_err(PageError::broken)
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::CodeView>();
    }
}

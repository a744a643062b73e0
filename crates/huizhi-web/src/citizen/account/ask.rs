//! To whom a code goes: the first page of registering, of signing in with a code, and of a forgotten password. Its answer is the same whether
//! there is an account or not.

use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
#[cfg(test)]
use huizhi_domain::account::CodePurpose;
use huizhi_domain::account::Contact;
use serde::{Deserialize, Serialize};

use super::super::{quoted, see_other};
use super::code::asked_for;
use super::{Asked, Way, until};
use crate::account::{Denied, own, send_code, who};
use crate::app::App;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};
use crate::visitor::set_cookie;

/// The cookie that says to whom the code went, sealed.
pub const ASKED: &str = "asked";

/// Asks for a telephone number or an e-mail address.
#[derive(Serialize)]
pub struct AskView {
    kind: &'static str,
    action: &'static str,
    back: &'static str,
    contact: String,
    to: String,
    errors: FormErrors,
}

impl View for AskView {
    const TEMPLATE: &'static str = "citizen/account/ask.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let mut all = FormErrors::default();
        for error in huizhi_domain::account::ContactError::ALL {
            all.add("contact", error.key());
        }
        all.add("contact", "account-code-no-way");
        all.add_value("contact", "account-code-wait", "2025年11月25日 下午2:16");
        all.add("contact", "account-code-spent");
        all.add("contact", "account-contact-same");
        let ways = [CodePurpose::Register, CodePurpose::Recover, CodePurpose::SignIn, CodePurpose::Contact].map(Way);
        ways.into_iter()
            .flat_map(|way| [FormErrors::default(), all.clone()].map(|errors| view(way, "", "/account", errors)))
            .collect()
    }
}

/// The page of a way.
pub(super) fn view(way: Way, contact: &str, to: &str, errors: FormErrors) -> AskView {
    let (contact, to) = (contact.to_owned(), own(to).to_owned());
    AskView { kind: way.0.word(), action: way.asks(), back: way.back(), contact, to, errors }
}

/// `/register`, `/recover`, `/sign-in/code`
pub async fn form(
    State(app): State<App>,
    look: Look,
    way: Way,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, PageError> {
    // Who asks for another code need not type again whom it goes to.
    let contact = asked_for(&app, &headers, way);
    let contact = contact.as_ref().map_or("", Contact::as_str);
    app.show(&look, &view(way, contact, &asked.to, FormErrors::default()))
}

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub(super) contact: String,
    to: String,
}

/// POST of the same: sends the code.
pub async fn send(
    State(app): State<App>,
    look: Look,
    way: Way,
    headers: HeaderMap,
    extensions: Extensions,
    Posted(form): Posted<Typed>,
) -> Result<Response, PageError> {
    sent(&app, &look, way, &who(&app, &headers, &extensions), &form, |_| None).await
}

/// Sends the code to what was typed, if it is a contact and nothing `speaks_against` it by its key.
pub(super) async fn sent(
    app: &App,
    look: &Look,
    way: Way,
    client: &str,
    form: &Typed,
    speaks_against: impl FnOnce(&Contact) -> Option<&'static str> + Send,
) -> Result<Response, PageError> {
    let refuse = |status, errors| {
        let page = app.show(look, &view(way, &form.contact, &form.to, errors))?;
        Ok((status, page).into_response())
    };
    let contact = match Contact::parse(&form.contact) {
        Ok(contact) => contact,
        Err(error) => {
            return refuse(StatusCode::UNPROCESSABLE_ENTITY, FormErrors::one("contact", error.key()));
        }
    };
    if let Some(key) = speaks_against(&contact) {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, FormErrors::one("contact", key));
    }
    match send_code(app, look.lang, client, way.0, &contact).await? {
        Ok(()) => {}
        Err(Denied::NoWay) => {
            return refuse(StatusCode::UNPROCESSABLE_ENTITY, FormErrors::one("contact", "account-code-no-way"));
        }
        Err(Denied::Wait(at)) => {
            let mut errors = FormErrors::default();
            errors.add_value("contact", "account-code-wait", until(app, look, at));
            return refuse(StatusCode::TOO_MANY_REQUESTS, errors);
        }
        Err(Denied::Spent) => {
            return refuse(StatusCode::TOO_MANY_REQUESTS, FormErrors::one("contact", "account-code-spent"));
        }
    }
    let mut response = see_other(&format!("{}?to={}", way.takes(), quoted(own(&form.to))));
    if let Some(cookie) = set_cookie(&app.settings, ASKED, &app.store.seal_asked(way.0, &contact), None) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::AskView>();
    }
}

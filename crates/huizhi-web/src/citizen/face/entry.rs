//! Step 1 of signing in by face: whose account. A browser that is known to it goes on at once; any other shows a code first, so that a
//! face alone lets nobody in. Contacts that no account has get the same pages.

use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use huizhi_domain::account::{CodePurpose, Contact};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::AccountId;
use huizhi_store::CodeAnswer;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use crate::account::{known_device, own, send_code, who};
use crate::app::App;
use crate::citizen::{quoted, see_other};
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};
use crate::visitor::{cookie, set_cookie};

const ENTRY: &str = "face-entry";
/// As long as a one-time code: time to try again after a flaw.
const ENTRY_S: u32 = 600;

/// Asks whose account, and then for the code.
#[derive(Serialize)]
pub struct EntryView {
    contact: String,
    /// Whether a code was sent.
    sent: bool,
    /// Where to go on to, plain and as a value of a query.
    to: String,
    going: String,
    errors: FormErrors,
}

impl View for EntryView {
    const TEMPLATE: &'static str = "citizen/face-entry.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |sent, errors| Self {
            contact: "somebody@example.com".to_owned(),
            sent,
            to: "/orders".to_owned(),
            going: "%2Forders".to_owned(),
            errors,
        };
        vec![
            view(false, FormErrors::default()),
            view(false, FormErrors::one("contact", "face-contact-wrong")),
            view(false, FormErrors::one("contact", "face-code-denied")),
            view(true, FormErrors::default()),
            view(true, FormErrors::one("code", "face-code-wrong")),
        ]
    }
}

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    contact: String,
    code: String,
    to: String,
}

/// `/sign-in/face`
pub async fn contact(State(app): State<App>, look: Look, Query(typed): Query<Typed>) -> Result<Response, PageError> {
    show(&app, &look, typed, false, FormErrors::default())
}

fn show(app: &App, look: &Look, typed: Typed, sent: bool, errors: FormErrors) -> Result<Response, PageError> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let to = own(&typed.to).to_owned();
    let view = EntryView { contact: typed.contact, sent, going: quoted(&to), to, errors };
    Ok((status, app.show(look, &view)?).into_response())
}

/// POST `/sign-in/face`
pub async fn send(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    extensions: Extensions,
    Posted(typed): Posted<Typed>,
) -> Result<Response, PageError> {
    let Ok(contact) = Contact::parse(&typed.contact) else {
        return show(&app, &look, typed, false, FormErrors::one("contact", "face-contact-wrong"));
    };
    let account = app.store.account_by_contact(&contact).await?;
    if let Some(account) = account
        && known_device(&app, &headers, account)
    {
        return Ok(enter(&app, account, &typed.to));
    }
    let client = who(&app, &headers, &extensions);
    match send_code(&app, look.lang, &client, CodePurpose::Face, &contact).await? {
        Ok(()) => show(&app, &look, typed, true, FormErrors::default()),
        Err(_) => show(&app, &look, typed, false, FormErrors::one("contact", "face-code-denied")),
    }
}

/// POST `/sign-in/face/code`
pub async fn code(State(app): State<App>, look: Look, Posted(typed): Posted<Typed>) -> Result<Response, PageError> {
    let wrong = || FormErrors::one("code", "face-code-wrong");
    let Ok(contact) = Contact::parse(&typed.contact) else { return show(&app, &look, typed, true, wrong()) };
    let answer = app.store.use_code(CodePurpose::Face, &contact, &typed.code).await?;
    match app.store.account_by_contact(&contact).await? {
        Some(account) if answer == CodeAnswer::Right => Ok(enter(&app, account, &typed.to)),
        _ => show(&app, &look, typed, true, wrong()),
    }
}

/// To the camera, with a cookie that says who got so far.
fn enter(app: &App, account: AccountId, to: &str) -> Response {
    let until = app.store.now().after_s(i64::from(ENTRY_S));
    let tag = BASE64.encode(tag(app, account, until));
    let mut response = see_other(&format!("/sign-in/face/look?to={}", quoted(own(to))));
    if let Some(cookie) = set_cookie(&app.settings, ENTRY, &format!("{account}.{}.{tag}", until.0), Some(ENTRY_S)) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The account that a browser got to the camera of; `None` where it did not, or too long ago.
#[must_use]
pub fn passed(app: &App, headers: &HeaderMap) -> Option<AccountId> {
    let mut parts = cookie(headers, ENTRY)?.split('.');
    let (account, until, seal) = (parts.next()?, parts.next()?, parts.next()?);
    let account: AccountId = account.parse().ok()?;
    let until = Moment(until.parse().ok()?);
    let seal = BASE64.decode(seal).ok()?;
    let fits = bool::from(tag(app, account, until).ct_eq(&seal));
    (fits && app.store.now() < until).then_some(account)
}

/// The cookie that forgets it.
#[must_use]
pub fn left(app: &App) -> Option<HeaderValue> {
    set_cookie(&app.settings, ENTRY, "", Some(0))
}

fn tag(app: &App, account: AccountId, until: Moment) -> [u8; 32] {
    app.store.keys().ring.index(ENTRY, &format!("{account} {}", until.0))
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::EntryView>();
    }
}

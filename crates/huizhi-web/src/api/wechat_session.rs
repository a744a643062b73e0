//! A mini-program of WeChat signs its user in: by who they are there, once their account is linked, or by the telephone number that WeChat
//! has of them. What WeChat gives for a session of its own (`session_key`) is dropped where it arrives.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::USER_AGENT;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::{Json, Router, routing};
use huizhi_domain::account::{Account, Contact, How, coarse_browser};
use huizhi_domain::id::AccountId;
use huizhi_domain::order::Order;
use huizhi_domain::words::Lang;
use huizhi_outside::Wechat;
use huizhi_store::{Linked, StoreError};
use serde::{Deserialize, Serialize};

use super::caller::absent;
use super::problem::{Body, Problem};
use super::session::bearer;
use super::wechat::of_code;
use crate::account::who;
use crate::app::App;
use crate::citizen::outside::WECHAT;
use crate::citizen::outside::link::plain;
use crate::gate::draw_token;

/// Sign-ins that an address may try a minute. Telephones share addresses; WeChat itself stops who tries more.
const A_MINUTE: u32 = 120;

/// Crockford's base 32: nothing in it looks like something else.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Signs of a code that is typed: 50 bits, for ten minutes.
const CODE_SIGNS: usize = 10;
/// As long as the store keeps an offer, s.
const CODE_S: i64 = 600;

/// The addresses for accounts of mini-programs' users.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/wechat/session", routing::get(seen).post(begin).delete(end))
        .route("/api/v1/wechat/phone", routing::post(by_phone))
}

/// What the mini-program sends after `wx.login`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    /// The code of `wx.login`.
    code: String,
}

/// What it sends after `getPhoneNumber`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Phone {
    /// The code of `getPhoneNumber`.
    code: String,
    /// What a sign-in that was not linked gave; then it is linked.
    #[serde(default)]
    link: String,
}

/// A session.
#[derive(Serialize)]
struct Begun {
    token: String,
    idle_s: i64,
    whole_s: i64,
    /// Whether the next sign-in needs no telephone number.
    linked: bool,
}

/// Whose session it is.
#[derive(Serialize)]
struct Seen {
    assurance: u8,
    orders: Vec<Line>,
}

/// An order of theirs.
#[derive(Serialize)]
struct Line {
    id: String,
    document: String,
    city: String,
    state: &'static str,
}

async fn begin(
    State(app): State<App>,
    headers: HeaderMap,
    extensions: Extensions,
    Body(login): Body<Login>,
) -> Result<(StatusCode, Json<Begun>), Problem> {
    let wechat = found(&app, &headers, &extensions)?;
    let openid = wechat.openid(&login.code).await.map_err(of_code)?;
    let Some(account) = app.store.linked(WECHAT, &openid).await? else {
        let code = draw_code()?;
        app.store.offer_link(&code, WECHAT, &openid).await?;
        let detail =
            "no account is linked to this user; link is to be typed at /account/links, or sent with a telephone number";
        let problem = Problem::new(StatusCode::NOT_FOUND, "not-linked", detail);
        return Err(problem.with("link", code).with("link_s", CODE_S));
    };
    begun(&app, &headers, account, true).await
}

async fn by_phone(
    State(app): State<App>,
    headers: HeaderMap,
    extensions: Extensions,
    Body(phone): Body<Phone>,
) -> Result<(StatusCode, Json<Begun>), Problem> {
    let wechat = found(&app, &headers, &extensions)?;
    let number = wechat.phone(&phone.code, app.store.now()).await.map_err(of_code)?;
    let unusable = |_| {
        let detail = "codes do not go to numbers of this country; sign in with an e-mail address";
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "phone-unusable", detail)
    };
    let contact = Contact::parse(&number).map_err(unusable)?;
    let account = of_contact(&app, &contact).await?;
    let linked = match plain(&phone.link) {
        link if link.is_empty() => false,
        link => app.store.link_offered(account, &link).await?.0 == Linked::Done,
    };
    begun(&app, &headers, account, linked).await
}

/// The account of a telephone number; a new one where there is none. Of two who make it at once, the second has the first one's.
async fn of_contact(app: &App, contact: &Contact) -> Result<AccountId, Problem> {
    if let Some(account) = app.store.account_by_contact(contact).await? {
        return Ok(account);
    }
    match app.store.add_account(Some(contact), None, Lang::Zh).await {
        Err(StoreError::Conflict(_)) => app.store.account_by_contact(contact).await?.ok_or_else(Problem::broken),
        made => Ok(made?),
    }
}

async fn begun(
    app: &App,
    headers: &HeaderMap,
    account: AccountId,
    linked: bool,
) -> Result<(StatusCode, Json<Begun>), Problem> {
    let token = draw_token()?;
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    app.store.begin_account_session(account, How::Outside, &token, None, &coarse_browser(agent)).await?;
    Ok((StatusCode::CREATED, Json(Begun { token, idle_s: 30 * 60, whole_s: 12 * 3600, linked })))
}

async fn seen(State(app): State<App>, headers: HeaderMap) -> Result<Json<Seen>, Problem> {
    let account = signed_in(&app, &headers).await?;
    let orders = app.store.orders_of(&app.store.account_visitor(account.id)).await?;
    let line = |order: Order| Line {
        id: order.id.to_string(),
        document: order.document,
        city: order.city,
        state: order.state.word(),
    };
    let orders = orders.into_iter().map(line).collect();
    Ok(Json(Seen { assurance: account.assurance.number(), orders }))
}

async fn end(State(app): State<App>, headers: HeaderMap) -> Result<StatusCode, Problem> {
    if let Some(token) = bearer(&headers) {
        app.store.end_account_session(&token).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn signed_in(app: &App, headers: &HeaderMap) -> Result<Account, Problem> {
    let none = || Problem::new(StatusCode::UNAUTHORIZED, "no-session", "sign in first; the session is unknown or over");
    let token = bearer(headers).ok_or_else(none)?;
    let (account, _) = app.store.account_session(&token).await?.ok_or_else(none)?;
    Ok(account)
}

fn found(app: &App, headers: &HeaderMap, extensions: &Extensions) -> Result<Arc<Wechat>, Problem> {
    let wechat = app.shared.outside.get().and_then(|outside| outside.wechat.clone()).ok_or_else(absent)?;
    let who = format!("wechat {}", who(app, headers, extensions));
    let left = app.shared.machines.journeys.take(&who, A_MINUTE, app.store.now());
    let problem = || Problem::of_status(StatusCode::TOO_MANY_REQUESTS).after_s(left.reset_s);
    if left.granted { Ok(wechat) } else { Err(problem()) }
}

fn draw_code() -> Result<String, Problem> {
    let mut bytes = [0; CODE_SIGNS];
    getrandom::fill(&mut bytes).map_err(|_| Problem::broken())?;
    // 32 divides 256: each sign is as likely as any other.
    Ok(bytes.iter().map(|byte| char::from(SIGNS[usize::from(byte % 32)])).collect())
}

#[cfg(test)]
mod tests;

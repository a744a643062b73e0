//! The links of an account to others: seen, added, removed.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::account::Account;
use huizhi_store::{Linked, Unlinked};
use serde::{Deserialize, Serialize};

use super::sign_in::limited;
use super::{Failed, OFFER, WECHAT, Way, assure, go, keep, name_of, provider, ways};
use crate::account::SignedIn;
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};
use crate::visitor::cookie;

/// Tries at a mini-program's code that an account has a minute. It has 50 bits and ten minutes.
const CODES_A_MINUTE: u32 = 10;

/// A link.
#[derive(Serialize)]
struct Line {
    id: String,
    name: String,
    since: i64,
}

/// The links of an account.
#[derive(Serialize)]
pub struct LinksView {
    links: Vec<Line>,
    /// Providers that it is not linked to.
    others: Vec<Way>,
    /// Whether a mini-program's code can be typed.
    wechat: bool,
    /// What was done last: `linked`, `unlinked`, or empty.
    told: &'static str,
    errors: FormErrors,
}

impl View for LinksView {
    const TEMPLATE: &'static str = "citizen/outside/links.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let way = || Way { id: "province".to_owned(), name: "省统一身份认证".to_owned() };
        let line = || Line { id: WECHAT.to_owned(), name: "微信".to_owned(), since: 1_764_051_360_000 };
        let view = |links, others, wechat, told, errors| Self { links, others, wechat, told, errors };
        vec![
            view(Vec::new(), Vec::new(), false, "", FormErrors::default()),
            view(vec![line()], vec![way()], false, "linked", FormErrors::default()),
            view(Vec::new(), vec![way()], true, "unlinked", FormErrors::default()),
            view(Vec::new(), Vec::new(), true, "", FormErrors::one("code", "outside-code-wrong")),
            view(Vec::new(), Vec::new(), true, "", FormErrors::one("code", "outside-code-other-account")),
            view(Vec::new(), Vec::new(), true, "", FormErrors::one("code", "outside-code-other-subject")),
            view(vec![line()], vec![way()], false, "", FormErrors::one("links", "outside-last-way")),
        ]
    }
}

/// What was done last.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Told {
    told: String,
}

/// `/account/links`
pub async fn links(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Query(told): Query<Told>,
) -> Result<Response, PageError> {
    let told = ["linked", "unlinked"].into_iter().find(|it| *it == told.told).unwrap_or_default();
    show(&app, &look, &account, told, FormErrors::default()).await
}

async fn show(
    app: &App,
    look: &Look,
    account: &Account,
    told: &'static str,
    errors: FormErrors,
) -> Result<Response, PageError> {
    let links = app.store.links_of(account.id).await?;
    let has = |id: &str| links.iter().any(|link| link.provider == id);
    let others = ways(app, look.lang).into_iter().filter(|way| !has(&way.id)).collect();
    let wechat = app.shared.outside.get().is_some_and(|outside| outside.wechat.is_some()) && !has(WECHAT);
    // What is wrong with a code stands beside its field.
    let wechat = wechat || errors.concern("code");
    let line = |id: &str, since| Line { id: id.to_owned(), name: name_of(app, id, look.lang), since };
    let links = links.iter().map(|link| line(&link.provider, link.since.0)).collect();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, app.show(look, &LinksView { links, others, wechat, told, errors })?).into_response())
}

/// The provider that was chosen.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    provider: String,
}

/// POST `/account/links`: goes to a provider to link it.
pub async fn add(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    SignedIn { account, .. }: SignedIn,
    Posted(chosen): Posted<Chosen>,
) -> Result<Response, PageError> {
    let provider = provider(&app, &chosen.provider).ok_or(PageError::Absent)?;
    limited(&app, &format!("account {}", account.id))?;
    go(&app, &look, &headers, &provider, Some(account.id), "/account/links").await
}

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    code: String,
}

/// POST `/account/links/code`: links who shows a code in the mini-program.
pub async fn code(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Posted(typed): Posted<Typed>,
) -> Result<Response, PageError> {
    let left = app.shared.machines.journeys.take(&format!("code {}", account.id), CODES_A_MINUTE, app.store.now());
    if !left.granted {
        return Err(PageError::TooMany);
    }
    let (linked, _) = app.store.link_offered(account.id, &plain(&typed.code)).await?;
    let key = match linked {
        Linked::Done => return Ok(see_other("/account/links?told=linked")),
        Linked::Over => "outside-code-wrong",
        Linked::OtherAccount => "outside-code-other-account",
        Linked::OtherSubject => "outside-code-other-subject",
    };
    show(&app, &look, &account, "", FormErrors::one("code", key)).await
}

/// A code as it was drawn, however it is typed: small and full-width letters, blanks, and what looks like a digit (Crockford's base 32).
#[must_use]
pub fn plain(typed: &str) -> String {
    // Full-width forms stand in the order of ASCII.
    let narrow = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    };
    let sign = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    typed.chars().map(narrow).filter(char::is_ascii_alphanumeric).take(32).map(sign).collect()
}

/// POST `/account/links/{provider}/remove`
pub async fn remove(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    match app.store.unlink(account.id, &id).await? {
        Unlinked::Done => Ok(see_other("/account/links?told=unlinked")),
        Unlinked::LastWay => show(&app, &look, &account, "", FormErrors::one("links", "outside-last-way")).await,
    }
}

/// Asks whether who was just known elsewhere is this account's citizen.
#[derive(Serialize)]
pub struct OfferView {
    /// Empty where nobody waits any more.
    name: String,
    /// Why it is not linked, or empty.
    why: &'static str,
}

impl View for OfferView {
    const TEMPLATE: &'static str = "citizen/outside/offer.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |name: &str, why| Self { name: name.to_owned(), why };
        let whys = Failed::ALL.iter().map(|why| view("省统一身份认证", why.word()));
        whys.chain([view("省统一身份认证", ""), view("", "")]).collect()
    }
}

/// `/account/links/offer`: who comes from the provider and has signed in.
pub async fn offer(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    SignedIn { .. }: SignedIn,
) -> Result<Response, PageError> {
    let provider = app.store.offered(cookie(&headers, OFFER).unwrap_or_default()).await?;
    let name = provider.map(|id| name_of(&app, &id, look.lang)).unwrap_or_default();
    Ok(app.show(&look, &OfferView { name, why: "" })?.into_response())
}

/// POST `/account/links/offer`
pub async fn take(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    SignedIn { account, .. }: SignedIn,
) -> Result<Response, PageError> {
    let token = cookie(&headers, OFFER).unwrap_or_default();
    let (linked, id) = app.store.link_offered(account.id, token).await?;
    let id = id.unwrap_or_default();
    let mut response = match Failed::of_link(linked) {
        None => {
            if let Some(provider) = provider(&app, &id) {
                assure(&app, &provider, account.id).await?;
            }
            see_other("/account/links?told=linked")
        }
        Some(why) => {
            let view = OfferView { name: name_of(&app, &id, look.lang), why: why.word() };
            (why.status(), app.show(&look, &view)?).into_response()
        }
    };
    keep(&app, &mut response, OFFER, "", 0);
    Ok(response)
}

//! Signing in through a provider: there, and back.

use axum::extract::{Path, Query, State};
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponse as _, Response};
use huizhi_outside::Journey;
use serde::{Deserialize, Serialize};

use super::{
    A_MINUTE, BROWSER, Failed, KEEP_S, OFFER, Way, assure, back, failed, go, keep, name_of, provider, ways, why,
};
use crate::account::{How, MaybeSignedIn, enter, own, who};
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::form::Posted;
use crate::gate::draw_token;
use crate::page::{Look, View};
use crate::visitor::cookie;

/// The providers.
#[derive(Serialize)]
pub struct WaysView {
    ways: Vec<Way>,
    to: String,
}

impl View for WaysView {
    const TEMPLATE: &'static str = "citizen/outside/with.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let way = Way { id: "province".to_owned(), name: "省统一身份认证".to_owned() };
        vec![Self { ways: vec![way], to: "/orders".to_owned() }, Self { ways: Vec::new(), to: "/account".to_owned() }]
    }
}

/// Where one goes afterwards.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Onward {
    to: String,
}

/// `/sign-in/with`
pub async fn list(State(app): State<App>, look: Look, Query(onward): Query<Onward>) -> Result<Response, PageError> {
    let view = WaysView { ways: ways(&app, look.lang), to: own(&onward.to).to_owned() };
    Ok(app.show(&look, &view)?.into_response())
}

/// POST `/sign-in/with/{provider}`
pub async fn leave(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    extensions: Extensions,
    Path(id): Path<String>,
    Posted(onward): Posted<Onward>,
) -> Result<Response, PageError> {
    let provider = provider(&app, &id).ok_or(PageError::Absent)?;
    limited(&app, &who(&app, &headers, &extensions))?;
    go(&app, &look, &headers, &provider, None, own(&onward.to)).await
}

/// Each browser on its way is a row, and may be a call.
pub(super) fn limited(app: &App, who: &str) -> Result<(), PageError> {
    let left = app.shared.machines.journeys.take(who, A_MINUTE, app.store.now());
    if left.granted { Ok(()) } else { Err(PageError::TooMany) }
}

/// What a provider sends back with the browser.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Back {
    state: String,
    code: String,
    error: Option<String>,
    /// RFC 9207: which provider says it.
    iss: Option<String>,
}

/// `/sign-in/with/{provider}`: comes back.
pub async fn come_back(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    MaybeSignedIn(signed_in): MaybeSignedIn,
    Path(id): Path<String>,
    Query(said): Query<Back>,
) -> Result<Response, PageError> {
    let provider = provider(&app, &id).ok_or(PageError::Absent)?;
    if said.state.is_empty() {
        return Ok(see_other("/sign-in/with"));
    }
    let browser = cookie(&headers, BROWSER).unwrap_or_default();
    let Some(passage) = app.store.come_back(&id, &said.state, browser).await? else {
        return failed(&app, &look, &provider, Failed::Again, false);
    };
    let linking = passage.account.is_some();
    let fail = |why| failed(&app, &look, &provider, why, linking);
    if let Some(error) = said.error {
        return fail(if error == "access_denied" { Failed::Denied } else { Failed::Unreachable });
    }
    if said.iss.is_some_and(|iss| iss != provider.settings().issuer) {
        return fail(Failed::Refused);
    }
    let (nonce, verifier) = (app.store.nonce_of(&said.state), app.store.verifier_of(&said.state));
    let journey = Journey { state: &said.state, nonce: &nonce, verifier: &verifier };
    let subject = match provider.subject(&said.code, &back(&app, &id), &journey, app.store.now()).await {
        Ok(subject) => subject,
        Err(error) => return fail(why(&id, &error)),
    };
    if let Some(account) = passage.account {
        // Whoever signed out meanwhile, or in as somebody else, begins anew.
        if signed_in.is_none_or(|it| it.id != account) {
            return fail(Failed::Again);
        }
        if let Some(why) = Failed::of_link(app.store.link(account, &id, &subject).await?) {
            return fail(why);
        }
        assure(&app, &provider, account).await?;
        return Ok(see_other("/account/links?told=linked"));
    }
    let Some(account) = app.store.linked(&id, &subject).await? else {
        let token = draw_token()?;
        app.store.offer_link(&token, &id, &subject).await?;
        let mut response = see_other(&format!("/sign-in/with/{id}/unknown"));
        keep(&app, &mut response, OFFER, &token, KEEP_S);
        return Ok(response);
    };
    assure(&app, &provider, account).await?;
    enter(&app, &headers, account, How::Outside, &passage.onward).await
}

/// Says to somebody who is known elsewhere that they are not here, yet.
#[derive(Serialize)]
pub struct UnknownView {
    name: String,
}

impl View for UnknownView {
    const TEMPLATE: &'static str = "citizen/outside/unknown.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        vec![Self { name: "省统一身份认证".to_owned() }]
    }
}

/// `/sign-in/with/{provider}/unknown`
pub async fn unknown(State(app): State<App>, look: Look, Path(id): Path<String>) -> Result<Response, PageError> {
    provider(&app, &id).ok_or(PageError::Absent)?;
    let view = UnknownView { name: name_of(&app, &id, look.lang) };
    Ok(app.show(&look, &view)?.into_response())
}

//! Proving who one is: by the second factor after the password, and once more before what can do much harm. Each proof draws a new
//! token, so that nobody who saw the old one goes on with it.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use huizhi_domain::totp::CodeAnswer;
use huizhi_store::{Purpose, Second, StoreError};
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::say;
use super::session::{self, Begun, office_of};
use super::sign_in::own;
use crate::app::App;
use crate::error::PageError;
use crate::form::Posted;
use crate::gate::draw_token;
use crate::gate::passkey::{Relying, Said};
use crate::page::{Look, View};

type Answer = Result<Response, PageError>;

/// The addresses of proofs.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/prove", routing::get(ask).post(prove))
        .route("/desk/prove/passkey", routing::post(by_passkey))
}

/// What wrong codes of somebody are counted under. No login has a line break.
#[must_use]
pub fn count_name(login: &str) -> String {
    format!("{}\nsecond", login.to_lowercase())
}

#[derive(Clone, Debug, Default, Serialize)]
struct ProveView {
    fault: Option<String>,
    to: String,
    /// The password was right just now, and the second factor is to follow.
    due: bool,
    /// What was posted before was not done.
    undone: bool,
    /// Codes are taken, of an authenticator or for recovery.
    code: bool,
    passkey: Option<PasskeyAsk>,
}

/// What a passkey is asked.
#[derive(Clone, Debug, Serialize)]
struct PasskeyAsk {
    challenge: String,
    relying: String,
    /// The names of somebody's keys, with spaces between.
    ids: String,
}

impl View for ProveView {
    const TEMPLATE: &'static str = "desk/prove.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let passkey =
            || Some(PasskeyAsk { challenge: "c".to_owned(), relying: "localhost".to_owned(), ids: "a b".to_owned() });
        let empty = Self { to: "/desk".to_owned(), ..Self::default() };
        vec![
            empty.clone(),
            Self { due: true, code: true, ..empty.clone() },
            Self { undone: true, code: true, ..empty.clone() },
            Self { due: true, passkey: passkey(), fault: Some("fault".to_owned()), ..empty.clone() },
            Self { code: true, passkey: passkey(), fault: Some("fault".to_owned()), ..empty },
        ]
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    to: String,
    undone: String,
}

async fn ask(State(app): State<App>, begun: Begun, look: Look, Query(asked): Query<Asked>) -> Answer {
    show(&app, &look, &begun, &asked.to, ProveView { undone: asked.undone == "1", ..ProveView::default() }).await
}

async fn show(app: &App, look: &Look, begun: &Begun, to: &str, view: ProveView) -> Answer {
    let staff = &begun.session.staff;
    let factors = app.store.factors(staff.id).await?;
    let due = begun.session.second == Second::Due;
    let view = ProveView {
        to: own(to).to_owned(),
        due,
        code: factors.totp || factors.recovery > 0,
        passkey: passkey_ask(app, begun).await?,
        ..view
    };
    let office = office_of(app, staff).await?;
    let place = Place { staff: (!due).then_some(staff), office: office.as_ref(), here: "" };
    frame::show(app, look, place, view)
}

async fn passkey_ask(app: &App, begun: &Begun) -> Result<Option<PasskeyAsk>, PageError> {
    let known = app.store.passkeys(begun.session.staff.id).await?;
    let Some(relying) = Relying::of(&app.settings.public_url).filter(|_| !known.is_empty()) else { return Ok(None) };
    let ids: Vec<String> = known.iter().map(|passkey| BASE64.encode(&passkey.id)).collect();
    let challenge = app.store.draw_challenge(&begun.token, Purpose::Prove).await?;
    Ok(Some(PasskeyAsk { challenge, relying: relying.id, ids: ids.join(" ") }))
}

async fn refuse(app: &App, look: &Look, begun: &Begun, to: &str, (status, key): (StatusCode, &'static str)) -> Answer {
    let view = ProveView { fault: Some(say(look.lang, key, &[])), ..ProveView::default() };
    let mut page = show(app, look, begun, to, view).await?;
    *page.status_mut() = status;
    Ok(page)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Proof {
    password: String,
    code: String,
    to: String,
}

async fn prove(State(app): State<App>, begun: Begun, look: Look, Posted(form): Posted<Proof>) -> Answer {
    let (staff, now) = (&begun.session.staff, app.store.now());
    let key = count_name(&staff.login);
    let wait = (StatusCode::TOO_MANY_REQUESTS, "prove-wait");
    if app.shared.desk.accounts.locked_until(&key, now).is_some() {
        return refuse(&app, &look, &begun, &form.to, wait).await;
    }
    let token = draw_token()?;
    let right = if !form.code.trim().is_empty() {
        match app.store.prove_by_code(staff.id, &form.code, &begun.token, &token).await? {
            CodeAnswer::Right => true,
            CodeAnswer::Wrong => false,
            CodeAnswer::Wait => return refuse(&app, &look, &begun, &form.to, wait).await,
        }
    } else if begun.session.second != Second::Due && !form.password.is_empty() {
        let hash = app.store.staff_by_login(&staff.login).await?.map(|(_, hash)| hash);
        let fits = app.shared.desk.passwords.fit(hash, form.password.clone()).await.ok_or(PageError::Busy)?;
        if fits {
            app.store.renew_session(staff.id, &begun.token, &token).await?;
        }
        fits
    } else {
        return refuse(&app, &look, &begun, &form.to, (StatusCode::UNPROCESSABLE_ENTITY, "prove-empty")).await;
    };
    if !right {
        app.shared.desk.accounts.failed(&key, now);
        tracing::info!("a proof of staff failed");
        return refuse(&app, &look, &begun, &form.to, (StatusCode::UNPROCESSABLE_ENTITY, "prove-wrong")).await;
    }
    app.shared.desk.accounts.succeeded(&key);
    go_on(&app, &token, &form.to)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Signature {
    to: String,
    #[serde(flatten)]
    said: Said,
}

async fn by_passkey(State(app): State<App>, begun: Begun, look: Look, Posted(form): Posted<Signature>) -> Answer {
    let failed = (StatusCode::UNPROCESSABLE_ENTITY, "prove-passkey-failed");
    let staff = begun.session.staff.id;
    let known = app.store.passkeys(staff).await?;
    let relying = Relying::of(&app.settings.public_url).ok_or(PageError::Absent)?;
    let (used, challenge) = match relying.proved(&form.said, &known) {
        Ok(proved) => proved,
        Err(error) => {
            tracing::info!(%error, "a passkey of staff was refused");
            return refuse(&app, &look, &begun, &form.to, failed).await;
        }
    };
    let token = draw_token()?;
    match app.store.prove_by_passkey(staff, &challenge, used, &begun.token, &token).await {
        Ok(true) => go_on(&app, &token, &form.to),
        Ok(false) => {
            tracing::warn!(%staff, "a passkey's counter did not grow: there may be two of it");
            refuse(&app, &look, &begun, &form.to, failed).await
        }
        Err(StoreError::Absent(_)) => {
            refuse(&app, &look, &begun, &form.to, (StatusCode::UNPROCESSABLE_ENTITY, "prove-passkey-late")).await
        }
        Err(error) => Err(error.into()),
    }
}

fn go_on(app: &App, token: &str, to: &str) -> Answer {
    let cookie = session::cookie(app, token).ok_or_else(|| PageError::broken("a cookie of the wrong form"))?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to(own(to))).into_response())
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<ProveView>>();
    }
}

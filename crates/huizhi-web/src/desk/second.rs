//! Enrolling a second factor: an authenticator by its code, or a passkey. The codes for recovery are shown once, with it.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use huizhi_domain::totp::CodeAnswer;
use huizhi_store::{Purpose, Second, StoreError};
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::say;
use super::session::{Begun, is_fresh, lacks, office_of};
use super::sign_in::own;
use crate::app::App;
use crate::citizen::receipt::qr;
use crate::error::PageError;
use crate::form::Posted;
use crate::gate::passkey::{Relying, Said};
use crate::page::{Look, View};

type Answer = Result<Response, PageError>;

/// Under which name apps keep the secret.
const ISSUER: &str = "Huizhi";

/// The addresses of enrolment.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/second", routing::get(ask).post(by_code))
        .route("/desk/second/passkey", routing::post(by_passkey))
}

#[derive(Clone, Debug, Default, Serialize)]
struct SecondView {
    fault: Option<String>,
    told: Option<String>,
    to: String,
    /// Nothing else opens before.
    must: bool,
    totp: bool,
    passkeys: i64,
    recovery: i64,
    /// Recovery codes that were drawn just now.
    codes: Vec<String>,
    setup: Option<Setup>,
    passkey: Option<PasskeyNew>,
}

/// An authenticator to be set up.
#[derive(Clone, Debug, Serialize)]
struct Setup {
    typed: String,
    qr_path: String,
    qr_side: usize,
}

/// What a new passkey is made for.
#[derive(Clone, Debug, Serialize)]
struct PasskeyNew {
    challenge: String,
    relying: String,
    /// Somebody's id, in base64url.
    user: String,
    login: String,
    name: String,
    /// Keys that are enrolled, with spaces between.
    ids: String,
}

impl View for SecondView {
    const TEMPLATE: &'static str = "desk/second.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let empty = Self { to: text("/desk"), ..Self::default() };
        let setup = || Some(Setup { typed: text("GEZD"), qr_path: text("M4 4h7v1h-7z"), qr_side: 45 });
        let passkey = || {
            Some(PasskeyNew {
                challenge: text("c"),
                relying: text("localhost"),
                user: text("dQ"),
                login: text("chen"),
                name: text("Chen"),
                ids: String::new(),
            })
        };
        vec![
            Self { must: true, setup: setup(), passkey: passkey(), ..empty.clone() },
            Self { setup: setup(), fault: Some(text("fault")), ..empty.clone() },
            Self { totp: true, recovery: 10, codes: vec![text("aaaaa-bbbbb")], ..empty.clone() },
            Self { passkeys: 1, told: Some(text("told")), setup: setup(), passkey: passkey(), ..empty },
        ]
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    to: String,
}

/// Where somebody goes first who may not enrol yet: the second factor that they have is shown, and the proof is a new one.
fn first(app: &App, begun: &Begun) -> Option<Response> {
    let ready = begun.session.second != Second::Due && is_fresh(app, &begun.session);
    (!ready).then(|| Redirect::to("/desk/prove?to=/desk/second").into_response())
}

async fn ask(State(app): State<App>, begun: Begun, look: Look, Query(asked): Query<Asked>) -> Answer {
    if let Some(first) = first(&app, &begun) {
        return Ok(first);
    }
    show(&app, &look, &begun, SecondView { to: asked.to, ..SecondView::default() }).await
}

async fn show(app: &App, look: &Look, begun: &Begun, view: SecondView) -> Answer {
    let staff = &begun.session.staff;
    let factors = app.store.factors(staff.id).await?;
    let setup = match app.store.totp_to_enrol(staff.id).await? {
        Some(secret) => {
            let (qr_path, qr_side) = qr(&secret.address(ISSUER, &staff.login))?;
            Some(Setup { typed: secret.typed(), qr_path, qr_side })
        }
        None => None,
    };
    let must = lacks(app, &begun.session).is_some() && view.codes.is_empty();
    let status = if view.fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = SecondView {
        to: own(&view.to).to_owned(),
        must,
        totp: factors.totp,
        passkeys: factors.passkeys,
        recovery: factors.recovery,
        setup,
        passkey: passkey_new(app, begun).await?,
        ..view
    };
    let office = office_of(app, staff).await?;
    let place = Place { staff: (!must).then_some(staff), office: office.as_ref(), here: "" };
    let mut page = frame::show(app, look, place, view)?;
    *page.status_mut() = status;
    Ok(page)
}

async fn passkey_new(app: &App, begun: &Begun) -> Result<Option<PasskeyNew>, PageError> {
    let Some(relying) = Relying::of(&app.settings.public_url) else { return Ok(None) };
    let staff = &begun.session.staff;
    let known = app.store.passkeys(staff.id).await?;
    let ids: Vec<String> = known.iter().map(|passkey| BASE64.encode(&passkey.id)).collect();
    Ok(Some(PasskeyNew {
        challenge: app.store.draw_challenge(&begun.token, Purpose::Enrol).await?,
        relying: relying.id,
        user: BASE64.encode(staff.id.to_string()),
        login: staff.login.clone(),
        name: staff.name.clone(),
        ids: ids.join(" "),
    }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Code {
    code: String,
    to: String,
}

async fn by_code(State(app): State<App>, begun: Begun, look: Look, Posted(form): Posted<Code>) -> Answer {
    if let Some(first) = first(&app, &begun) {
        return Ok(first);
    }
    let code: String = form.code.chars().filter(char::is_ascii_digit).collect();
    let view = SecondView { to: form.to, ..SecondView::default() };
    let fault = |key| Some(say(look.lang, key, &[]));
    let view = match app.store.enrol_totp(begun.session.staff.id, &begun.token, &code).await {
        Ok((CodeAnswer::Right, codes)) => SecondView { codes, ..view },
        Ok((CodeAnswer::Wrong, _)) => SecondView { fault: fault("second-code-wrong"), ..view },
        Ok((CodeAnswer::Wait, _)) => SecondView { fault: fault("prove-wait"), ..view },
        // It is enrolled by now, in another tab.
        Err(StoreError::Absent(_)) => view,
        Err(error) => return Err(error.into()),
    };
    show(&app, &look, &begun, view).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Key {
    to: String,
    #[serde(flatten)]
    said: Said,
}

async fn by_passkey(State(app): State<App>, begun: Begun, look: Look, Posted(form): Posted<Key>) -> Answer {
    if let Some(first) = first(&app, &begun) {
        return Ok(first);
    }
    let relying = Relying::of(&app.settings.public_url).ok_or(PageError::Absent)?;
    let view = SecondView { to: form.to, ..SecondView::default() };
    let fault = |key| Some(say(look.lang, key, &[]));
    let (new, challenge) = match relying.enrolled(&form.said) {
        Ok(enrolled) => enrolled,
        Err(error) => {
            tracing::info!(%error, "a new passkey of staff was refused");
            let view = SecondView { fault: fault("second-passkey-refused"), ..view };
            return show(&app, &look, &begun, view).await;
        }
    };
    let view = match app.store.enrol_passkey(begun.session.staff.id, &begun.token, &challenge, new).await {
        Ok(codes) => SecondView { codes, told: fault("second-passkey-done"), ..view },
        Err(StoreError::Absent(_)) => SecondView { fault: fault("prove-passkey-late"), ..view },
        Err(StoreError::Conflict(_)) => SecondView { fault: fault("second-passkey-known"), ..view },
        Err(error) => return Err(error.into()),
    };
    show(&app, &look, &begun, view).await
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<SecondView>>();
    }
}

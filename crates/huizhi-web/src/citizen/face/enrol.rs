//! A template is taken: from a film that passes the same rules as a sign-in, so that nobody enrols a picture.

use axum::Json;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::challenge::Flaw;
use huizhi_store::ChallengeFor;
use serde_json::json;

use super::camera::{CameraView, flawed, refused, steps};
use super::frames;
use super::home::may_enrol;
use crate::account::SignedIn;
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::gate::draw_token;
use crate::page::Look;

/// `/account/face/enrol`
pub async fn camera(State(app): State<App>, look: Look, signed: SignedIn) -> Result<Response, PageError> {
    if !may_enrol(&app, &signed).await? {
        return Ok(see_other("/account/face"));
    }
    Ok(app.show(&look, &CameraView::enrol())?.into_response())
}

/// POST `/account/face/challenge`
pub async fn ask(State(app): State<App>, look: Look, signed: SignedIn) -> Result<Response, PageError> {
    if !may_enrol(&app, &signed).await? {
        return Ok(refused(&app, &look, StatusCode::FORBIDDEN, "face-over"));
    }
    let nonce = draw_token()?;
    let challenge = app.store.begin_challenge(signed.account.id, ChallengeFor::Enrol, &nonce).await?;
    Ok(steps(&challenge, &nonce))
}

/// POST `/account/face/frames`
pub async fn receive(
    State(app): State<App>,
    look: Look,
    signed: SignedIn,
    form: Multipart,
) -> Result<Response, PageError> {
    let account = signed.account.id;
    if !may_enrol(&app, &signed).await? {
        return Ok(refused(&app, &look, StatusCode::FORBIDDEN, "face-over"));
    }
    let sent = match frames::read(form).await {
        Ok(sent) => sent,
        Err(error) => return Ok(refused(&app, &look, error.status(), error.key())),
    };
    let Some(taken) = app.store.take_challenge(account, ChallengeFor::Enrol, &sent.nonce).await? else {
        return Ok(refused(&app, &look, StatusCode::CONFLICT, "face-over"));
    };
    let looked = match frames::look(&app, &taken, sent, None).await? {
        Ok(looked) => looked,
        Err(error) => return Ok(refused(&app, &look, error.status(), error.key())),
    };
    match (looked.judged, looked.likeness) {
        (Ok(()), Some(likeness)) => {
            app.store.enrol_face(account, &likeness.to_bytes()).await?;
            Ok(Json(json!({ "next": "/account/face" })).into_response())
        }
        (Ok(()), None) => Ok(flawed(&app, &look, Flaw::NoFace)),
        (Err(flaw), _) => Ok(flawed(&app, &look, flaw)),
    }
}

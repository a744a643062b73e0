//! Step 2 and 3 of signing in by face: the camera, and the answer. Whoever gets here has shown a known browser or a code.

use axum::Json;
use axum::extract::{Multipart, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::account::How;
use huizhi_domain::challenge::Flaw;
use huizhi_domain::id::AccountId;
use huizhi_photo::likeness::Likeness;
use huizhi_store::ChallengeFor;
use serde::Deserialize;
use serde_json::json;

use super::camera::{CameraView, flawed, refused, steps};
use super::entry;
use super::frames::{self, FramesError};
use crate::account::{enter, own};
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::gate::draw_token;
use crate::page::Look;

/// Where to go on to.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Going {
    to: String,
}

/// `/sign-in/face/look`
pub async fn camera(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    Query(going): Query<Going>,
) -> Result<Response, PageError> {
    if entry::passed(&app, &headers).is_none() {
        return Ok(see_other("/sign-in/face"));
    }
    Ok(app.show(&look, &CameraView::sign_in(own(&going.to).to_owned()))?.into_response())
}

/// POST `/sign-in/face/challenge`: the steps, and the nonce that the film has to carry.
pub async fn ask(State(app): State<App>, look: Look, headers: HeaderMap) -> Result<Response, PageError> {
    let Some(account) = entry::passed(&app, &headers) else {
        return Ok(refused(&app, &look, StatusCode::FORBIDDEN, "face-over"));
    };
    let nonce = draw_token()?;
    let challenge = app.store.begin_challenge(account, ChallengeFor::SignIn, &nonce).await?;
    Ok(steps(&challenge, &nonce))
}

/// POST `/sign-in/face/frames`: the film. Who it is not, who has no template and who failed too often are told the same.
pub async fn receive(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, PageError> {
    let Some(account) = entry::passed(&app, &headers) else {
        return Ok(refused(&app, &look, StatusCode::FORBIDDEN, "face-over"));
    };
    let sent = match frames::read(form).await {
        Ok(sent) => sent,
        Err(error) => return Ok(refused(&app, &look, error.status(), error.key())),
    };
    let to = own(&sent.to).to_owned();
    let Some(taken) = app.store.take_challenge(account, ChallengeFor::SignIn, &sent.nonce).await? else {
        return Ok(refused(&app, &look, StatusCode::CONFLICT, "face-over"));
    };
    let template = template(&app, account).await?;
    let looked = match frames::look(&app, &taken, sent, template.as_ref()).await? {
        Ok(looked) => looked,
        Err(error) => {
            let counts = error == FramesError::Unreadable;
            app.store.face_refused(account, error.key(), counts || !taken.open).await?;
            return Ok(refused(&app, &look, error.status(), error.key()));
        }
    };
    let (flaw, rule) = match looked.judged {
        Err(flaw) => (flaw, flaw.word()),
        Ok(()) if !taken.open => (Flaw::OtherPerson, "locked"),
        Ok(()) if template.is_none() => (Flaw::OtherPerson, "no-template"),
        Ok(()) => {
            app.store.face_matched(account).await?;
            let entered = enter(&app, &headers, account, How::Face, &to).await?;
            let mut response = Json(json!({ "next": to })).into_response();
            let cookies = entered.headers().get_all(SET_COOKIE).iter().cloned();
            for cookie in cookies.chain(entry::left(&app)) {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
            return Ok(response);
        }
    };
    // What was not counted is not given back.
    app.store.face_refused(account, rule, flaw.counts() || !taken.open).await?;
    Ok(flawed(&app, &look, flaw))
}

async fn template(app: &App, account: AccountId) -> Result<Option<Likeness>, PageError> {
    let template = app.store.face_template(account).await?;
    Ok(template.and_then(|bytes| Likeness::from_bytes(&bytes)))
}

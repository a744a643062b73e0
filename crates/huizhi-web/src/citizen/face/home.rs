//! What signing in by face means, whether it is on, and the way to turn it off.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::consent::{ConsentTexts, ConsentWords, Purpose};
use serde::{Deserialize, Serialize};

use crate::account::{SignedIn, just_came};
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};

/// The page.
#[derive(Serialize)]
pub struct FaceView {
    /// When the template was taken, and last used, in ms; absent without one.
    enrolled_at: Option<i64>,
    used_at: Option<i64>,
    /// Whether the text as it is now was consented to.
    consented: bool,
    /// Whether the password or a code was shown a moment ago, which a new template needs.
    recent: bool,
    text: ConsentWords,
    version: String,
    errors: FormErrors,
}

impl View for FaceView {
    const TEMPLATE: &'static str = "citizen/face.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let texts = ConsentTexts::built_in().unwrap();
        let view = |enrolled_at: Option<i64>, recent, errors: FormErrors| Self {
            enrolled_at,
            used_at: enrolled_at,
            consented: errors.is_empty() && recent,
            recent,
            text: texts.of(Purpose::FaceSignIn).words(huizhi_domain::words::Lang::Zh).clone(),
            version: texts.version(Purpose::FaceSignIn),
            errors,
        };
        vec![
            view(None, false, FormErrors::default()),
            view(None, true, FormErrors::one("consent", "face-consent-needed")),
            view(None, true, FormErrors::default()),
            view(Some(1_795_572_000_000), true, FormErrors::default()),
            view(Some(1_795_572_000_000), false, FormErrors::default()),
        ]
    }
}

async fn consented(app: &App, signed: &SignedIn, texts: &ConsentTexts) -> Result<bool, PageError> {
    let given = app.store.consented(signed.account.id, Purpose::FaceSignIn).await?;
    Ok(given.is_some_and(|given| given.holds(texts)))
}

/// Whether a template may be taken now.
pub async fn may_enrol(app: &App, signed: &SignedIn) -> Result<bool, PageError> {
    Ok(just_came(app, signed).await? && consented(app, signed, &app.consents).await?)
}

async fn view(app: &App, look: &Look, signed: &SignedIn, errors: FormErrors) -> Result<FaceView, PageError> {
    let texts = &app.consents;
    let kept = app.store.face(signed.account.id).await?;
    Ok(FaceView {
        enrolled_at: kept.map(|kept| kept.enrolled_at.0),
        used_at: kept.map(|kept| kept.used_at.0),
        consented: consented(app, signed, texts).await?,
        recent: just_came(app, signed).await?,
        text: texts.of(Purpose::FaceSignIn).words(look.lang).clone(),
        version: texts.version(Purpose::FaceSignIn),
        errors,
    })
}

/// `/account/face`
pub async fn face(State(app): State<App>, look: Look, signed: SignedIn) -> Result<Response, PageError> {
    Ok(app.show(&look, &view(&app, &look, &signed, FormErrors::default()).await?)?.into_response())
}

/// The box that was ticked.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Consented {
    consent: String,
}

/// POST `/account/face`: the consent of its own, and on to the camera.
pub async fn consent(
    State(app): State<App>,
    look: Look,
    signed: SignedIn,
    Posted(form): Posted<Consented>,
) -> Result<Response, PageError> {
    if !just_came(&app, &signed).await? {
        return Ok(see_other("/account/face"));
    }
    let texts = &app.consents;
    if !consented(&app, &signed, texts).await? {
        if form.consent != "1" {
            let view = view(&app, &look, &signed, FormErrors::one("consent", "face-consent-needed")).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response());
        }
        let version = texts.version(Purpose::FaceSignIn);
        app.store.consent(signed.account.id, Purpose::FaceSignIn, &version).await?;
    }
    Ok(see_other("/account/face/enrol"))
}

/// POST `/account/face/remove`: withdraws the consent, and the template is gone when the answer comes.
pub async fn remove(State(app): State<App>, signed: SignedIn) -> Result<Response, PageError> {
    app.store.delete_face(signed.account.id).await?;
    app.store.withdraw_consent(signed.account.id, Purpose::FaceSignIn).await?;
    Ok(see_other("/account/face"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::FaceView>();
    }
}

//! The page with the camera, and what its script is answered. The script films and sends; nothing is judged in the browser.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::challenge::{Challenge, Flaw, Step};
use serde::Serialize;
use serde_json::json;

use crate::app::App;
use crate::citizen::quoted;
use crate::page::{Look, View};

/// The camera's page, for either use.
#[derive(Serialize)]
pub struct CameraView {
    /// Whether a template is to be taken; otherwise somebody signs in.
    enrol: bool,
    /// Where its forms go: `/sign-in/face` or `/account/face`.
    base: &'static str,
    /// Where to go on to, plain and as a value of a query.
    to: String,
    going: String,
    /// Words of all steps that may be asked.
    steps: [&'static str; 5],
}

impl CameraView {
    /// To sign in.
    #[must_use]
    pub fn sign_in(to: String) -> Self {
        let going = quoted(&to);
        Self { enrol: false, base: "/sign-in/face", to, going, steps: Step::ALL.map(Step::word) }
    }

    /// To enrol.
    #[must_use]
    pub fn enrol() -> Self {
        let steps = Step::ALL.map(Step::word);
        Self { enrol: true, base: "/account/face", to: String::new(), going: String::new(), steps }
    }
}

impl View for CameraView {
    const TEMPLATE: &'static str = "citizen/face-camera.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        vec![Self::sign_in("/orders".to_owned()), Self::enrol()]
    }
}

/// The steps, for the script to show one at a time.
pub fn steps(challenge: &Challenge, nonce: &str) -> Response {
    Json(json!({ "nonce": nonce, "steps": challenge.steps.map(Step::word) })).into_response()
}

/// A sentence for the script to show.
pub fn refused(app: &App, look: &Look, status: StatusCode, key: &str) -> Response {
    (status, Json(json!({ "error": app.say(look.lang, key, &[]) }))).into_response()
}

/// The sentence of a flaw. One status for all of them.
pub fn flawed(app: &App, look: &Look, flaw: Flaw) -> Response {
    let step = flaw.step().map(|step| app.say(look.lang, &format!("face-step-{}", step.word()), &[]));
    let step = step.unwrap_or_default();
    let text = app.say(look.lang, &format!("face-flaw-{}", flaw.word()), &[("step", &step)]);
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": text }))).into_response()
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::CameraView>();
    }
}

//! Signing in by face, beside the password and never instead of it. Frames go through memory to a jailed process; what is kept is the
//! sealed template of somebody who asked for it, and nothing of a sign-in.

pub mod camera;
pub mod enrol;
pub mod entry;
pub mod frames;
pub mod home;
pub mod sign_in;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// The pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/account/face", get(home::face).post(home::consent))
        .route("/account/face/remove", post(home::remove))
        .route("/account/face/enrol", get(enrol::camera))
        .route("/account/face/challenge", post(enrol::ask))
        .route("/sign-in/face", get(entry::contact).post(entry::send))
        .route("/sign-in/face/code", post(entry::code))
        .route("/sign-in/face/look", get(sign_in::camera))
        .route("/sign-in/face/challenge", post(sign_in::ask))
}

/// What takes films.
pub fn uploads() -> Router<App> {
    Router::new()
        .route("/account/face/frames", post(enrol::receive))
        .route("/sign-in/face/frames", post(sign_in::receive))
}

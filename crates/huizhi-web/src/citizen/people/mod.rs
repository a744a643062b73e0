//! The people of an account, what it consented to, and its rights over its data. Everybody here is signed in.

pub mod choice;
pub mod consent;
pub mod data;
pub mod erase;
pub mod people;
pub mod seen;
pub mod take_over;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// The addresses of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/account/people", get(people::people).post(people::add))
        .route("/account/people/{person}", get(people::edit).post(people::change))
        .route("/account/people/{person}/remove", post(people::remove))
        .route("/account/people/{person}/hand-over", post(people::hand_over))
        .route("/account/take-over/{code}", get(take_over::ask).post(take_over::take_over))
        .route("/account/consents", get(consent::consents))
        .route("/account/consents/{purpose}", get(consent::consent).post(consent::decide))
        .route("/account/data", get(data::data))
        .route("/account/data/export.json", get(data::export))
        .route("/account/data/seen", get(seen::seen))
        .route("/account/erase", get(erase::ask).post(erase::erase))
}

//! The people of an account, what it consented to, and its rights over its data. Everybody here is signed in.

pub mod choice;
pub mod consent;
pub mod data;
pub mod erase;
pub mod family;
pub mod order_person;
pub mod seen;
pub mod take_over;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// The addresses of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/account/people", get(family::people).post(family::add))
        .route("/account/people/{person}", get(family::edit).post(family::change))
        .route("/account/people/{person}/remove", post(family::remove))
        .route("/account/people/{person}/hand-over", post(family::hand_over))
        .route("/account/take-over/{code}", get(take_over::ask).post(take_over::take_over))
        .route("/account/consents", get(consent::consents))
        .route("/account/consents/{purpose}", get(consent::consent).post(consent::decide))
        .route("/account/data", get(data::data))
        .route("/account/data/export.json", get(data::export))
        .route("/account/data/seen", get(seen::seen))
        .route("/account/erase", get(erase::ask).post(erase::erase))
}

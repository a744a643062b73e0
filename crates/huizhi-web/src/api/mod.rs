//! The interface for machines: JSON in, JSON or `problem+json` out. `docs/api.md` describes it for photo shops,
//! `docs/window-api.md` for windows.

mod caller;
mod going;
mod key;
pub mod limit;
mod once;
pub mod problem;
mod session;
mod wechat;
mod wechat_session;
mod window;

mod hook;
mod materials;
mod message;
mod openapi;
mod order;
mod photo;
mod place;
mod receipt;

mod appointment;
mod asker;
mod kept;
mod office;
mod refusal;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::clock::Moment;
use tokio::sync::Notify;

use crate::app::App;
use limit::Limits;
use problem::Problem;

pub use problem::dressed;

/// What a page of a list holds where nobody says otherwise, and at most.
const PAGE: u32 = 50;
const PAGE_MOST: u32 = 200;

/// What is remembered of machines that ask. All of it may be lost.
#[derive(Debug, Default)]
pub struct Machines {
    /// Requests by key.
    keys: Limits,
    /// Unknown keys by address.
    strangers: Limits,
    /// Browsers and mini-programs that sign in through others, by address.
    pub journeys: Limits,
    /// Hooks that are tried out.
    tests: Limits,
    /// Who looks for places and books them, by account and by network.
    visitors: Limits,
    /// Whose the tokens are that booked a moment ago.
    known: asker::Known,
    /// Free places as they were a moment ago.
    places: kept::Kept,
    /// Rung when a write was answered.
    answered: Notify,
}

/// All addresses of the interface but those that take photos.
pub fn routes(app: &App) -> Router<App> {
    let shops = Router::new()
        .merge(place::routes())
        .merge(order::routes())
        .merge(photo::routes())
        .merge(receipt::routes())
        .merge(message::routes())
        .merge(hook::routes());
    Router::new()
        .merge(shops.route_layer(from_fn_with_state(app.clone(), caller::open)))
        .merge(session::routes())
        .merge(window::routes())
        .merge(key::routes())
        .merge(openapi::routes())
        .merge(materials::routes())
        .merge(office::routes())
        .merge(refusal::routes())
        .merge(wechat::routes())
        .merge(wechat_session::routes())
        .route("/api/{*path}", axum::routing::any(nowhere))
        .route_layer(from_fn(going::tell))
}

/// The addresses that take photos.
pub fn uploads(app: &App) -> Router<App> {
    photo::uploads().route_layer(from_fn_with_state(app.clone(), caller::open)).route_layer(from_fn(going::tell))
}

/// The addresses of appointments. They stand apart because many book at once: a request passes only what it needs.
pub fn appointments() -> Router<App> {
    let routes = appointment::routes();
    if going::GOING.iter().any(|going| going.route.starts_with("/api/v1/appointments")) {
        return routes.route_layer(from_fn(going::tell));
    }
    routes
}

/// Makes problems of bare errors, where nothing else is to be dressed.
pub async fn dress(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let plain = response.headers().get(CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    if is_error && plain { dressed(&response) } else { response }
}

async fn nowhere() -> Response {
    Problem::of_status(StatusCode::NOT_FOUND).into_response()
}

const fn seconds(at: Moment) -> i64 {
    at.0.div_euclid(1000)
}

/// How many of a list are asked for.
fn limit_of(text: Option<&str>) -> Result<u32, Problem> {
    let Some(text) = text else { return Ok(PAGE) };
    let limit = text.parse().ok().filter(|limit| (1..=PAGE_MOST).contains(limit));
    limit.ok_or_else(|| Problem::field("limit", "out-of-range", format!("limit is 1 to {PAGE_MOST}")))
}

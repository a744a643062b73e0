//! The waiting list (候补): waiting for a place that somebody gives back.

mod join;
mod list;
mod offer;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use huizhi_domain::office::Span;

use crate::app::App;
use crate::visit::crowd;

/// The list's page.
const HERE: &str = "/visit/list";

/// The addresses of these pages.
pub fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/visit/list", get(list::list).post(join::join))
        .route("/visit/list/{id}/leave", post(offer::leave))
        .route("/visit/list/{id}/take", post(offer::take))
        .route("/visit/list/{id}/refuse", post(offer::refuse))
        .route_layer(from_fn_with_state(app.clone(), crowd::guard))
}

/// Times of a day that a wish may name, by their words.
const TIMES: [(&str, Span); 3] = [
    ("any", Span { opens: 0, closes: 24 * 60 }),
    ("morning", Span { opens: 0, closes: 12 * 60 }),
    ("afternoon", Span { opens: 12 * 60, closes: 24 * 60 }),
];

//! The interface for machines: JSON in, JSON or `problem+json` out. `docs/window-api.md` describes it.

mod key;
mod problem;
mod session;
mod window;

use axum::Router;

use crate::app::App;

/// All addresses of the interface.
pub fn routes() -> Router<App> {
    Router::new().merge(session::routes()).merge(window::routes()).merge(key::routes())
}

//! The desks of staff: sign-in, review, the lead's board, the cashier, the window and the hall.

pub mod bound;
pub mod frame;
pub mod memory;
pub mod refused;
pub mod session;

pub mod sign_in;

mod invitation;
mod member;
pub mod prove;
mod roster;
mod second;
mod staff;
mod terminal;

mod case;
mod code;
mod finding;
mod review;
mod ruler;

mod board;
mod csv;

mod figures;
mod offices;
mod plot;

mod cashier;

mod comments;
mod inquiries;

mod materials;
mod residence;

pub mod articles;
mod dashboard;
mod settings;

pub mod elsewhere;
pub mod fetch;
pub mod typed;
mod window;
pub mod window_photo;

mod arrival;
mod hall;
mod named;
mod screen;
mod slip;
mod visit;

#[cfg(test)]
mod tests;

use std::fmt::Display;

use axum::Router;
use huizhi_domain::words::Lang;

use crate::app::App;
use crate::words::words;

/// All addresses of the desks.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(sign_in::routes())
        .merge(prove::routes())
        .merge(second::routes())
        .merge(staff::routes())
        .merge(member::routes())
        .merge(invitation::routes())
        .merge(terminal::routes())
        .merge(review::routes())
        .merge(board::routes())
        .merge(offices::routes())
        .merge(figures::routes())
        .merge(cashier::routes())
        .merge(window::routes())
        .merge(window_photo::routes())
        .merge(hall::routes())
        .merge(slip::routes())
        .merge(screen::routes())
        .merge(arrival::routes())
        .merge(residence::routes())
        .merge(materials::routes())
        .merge(comments::routes())
        .merge(inquiries::routes())
        .merge(articles::routes())
        .merge(settings::routes())
        .merge(dashboard::routes())
}

fn say(lang: Lang, key: &str, values: &[(&str, &dyn Display)]) -> String {
    words().say(lang, key, values)
}

/// What people call a thing by: the last six characters of its id.
fn short(id: impl Display) -> String {
    let id = id.to_string();
    id.get(id.len().saturating_sub(6)..).unwrap_or_default().to_owned()
}

/// What a business is called; its id where the list has it no more.
fn business_name(app: &App, lang: Lang, id: &str) -> String {
    app.businesses.get(id).map_or_else(|| id.to_owned(), |business| business.name.in_lang(lang).to_owned())
}

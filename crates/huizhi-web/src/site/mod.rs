//! The site: articles that answer a question and lead into the service, their lists, feeds, and what machines read of them.
//!
//! An article's language is its address's, whatever a cookie says: `/sfz/9089.html` is Chinese and `/en/sfz/9089.html` English, so that
//! a link that is passed on shows what was meant.

pub mod article;
pub mod block;
pub mod body;
pub mod category;
pub mod comment;
pub mod entry;
pub mod fact;
mod feed;
mod head;
mod keep;
mod like;
mod memory;
mod qr;
mod schema;
pub mod search;
mod sitemap;
mod xml;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use huizhi_domain::words::Lang;

use crate::app::App;
use crate::page::Look;

pub use keep::{HTML, keep};
pub use memory::Memory;

/// The addresses of the site. Those of the categories are made from the data, so that no other address is shadowed.
pub fn routes(app: &App) -> Router<App> {
    let mut routes = Router::new()
        .route("/articles", get(category::all))
        .route("/en/articles", get(category::all))
        .route("/search", get(search::search))
        .route("/en/search", get(search::search))
        .route("/search/suggest", get(search::suggest))
        .route("/en/search/suggest", get(search::suggest))
        .route("/like/{article}", post(like::like))
        .route("/qr/{slug}/{file}", get(qr::picture))
        .route("/feed.xml", get(feed::rss))
        .route("/en/feed.xml", get(feed::rss))
        .route("/atom.xml", get(feed::atom))
        .route("/en/atom.xml", get(feed::atom))
        .route("/sitemap.xml", get(sitemap::sitemap))
        .route("/sitemap/{part}", get(sitemap::part))
        .route("/robots.txt", get(sitemap::robots));
    for category in app.categories.all() {
        for lang in Lang::ALL {
            let list = category.address(lang);
            routes = routes
                .route(list.trim_end_matches('/'), get(category::slash))
                .route(&format!("{list}{{page}}"), get(article::article))
                .route(&list, get(category::category));
        }
    }
    routes
}

/// The language in front of an address.
const fn prefix(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "",
        Lang::En => "/en",
    }
}

/// The list of all articles.
#[must_use]
pub fn articles_path(lang: Lang) -> String {
    format!("{}/articles", prefix(lang))
}

/// How the reader wants the page, in the language of its address.
#[must_use]
pub fn by_address(look: Look) -> Look {
    let lang = if look.path.starts_with("/en/") { Lang::En } else { Lang::Zh };
    Look { lang, ..look }
}

/// The path of a page without its query, and the first part of it after the language: the category.
fn path_of(look: &Look) -> (&str, &str) {
    let path = look.path.split('?').next().unwrap_or_default();
    let rest = path.strip_prefix("/en/").unwrap_or_else(|| path.trim_start_matches('/'));
    (path, rest.split('/').next().unwrap_or_default())
}

/// Sends readers and machines to where a page has always been.
fn moved(path: &str) -> Response {
    let mut response = StatusCode::MOVED_PERMANENTLY.into_response();
    if let Ok(path) = HeaderValue::from_str(path) {
        response.headers_mut().insert(LOCATION, path);
    }
    response
}

/// The language that a page is not in.
const fn other(lang: Lang) -> Lang {
    match lang {
        Lang::Zh => Lang::En,
        Lang::En => Lang::Zh,
    }
}

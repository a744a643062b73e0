//! The first page, privacy, and the switches of language and size.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{Html, Response};
use huizhi_domain::order::OrderState;
use serde::{Deserialize, Serialize};

use super::order::OrderLine;
use super::see_other;
use crate::app::App;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::{Look, View};
use crate::site::entry::Entry;
use crate::visitor::{Guest, set_cookie};

/// The six documents that are asked for most; each has a short name and a drawing of its own.
pub const COMMONEST: [&str; 6] = [
    "cn-resident-id",
    "cn-residence-permit",
    "cn-exit-entry-567x390",
    "cn-driver-licence",
    "cn-ssc",
    "cn-hkmt-residence",
];

/// Articles on the first page: what a phone shows at once, so that the way to the service stays short.
const ARTICLES: i64 = 4;

/// How long the browser remembers language and size: a year.
const KEEP_S: u32 = 365 * 24 * 3600;

/// The first page.
#[derive(Serialize)]
pub struct HomeView {
    documents: [&'static str; 6],
    going_on: Option<OrderLine>,
    /// The newest questions that are answered.
    articles: Vec<Entry>,
}

impl View for HomeView {
    const TEMPLATE: &'static str = "citizen/home.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let lines = OrderLine::samples().into_iter().map(|line| (Some(line), Entry::samples()));
        let lines = lines.chain([(None, Vec::new())]);
        lines.map(|(going_on, articles)| Self { documents: COMMONEST, going_on, articles }).collect()
    }
}

/// `/`
pub async fn home(State(app): State<App>, look: Look, guest: Guest) -> Result<Html<String>, PageError> {
    let orders = guest.orders(&app).await?;
    let open = |state| !matches!(state, OrderState::Withdrawn | OrderState::Expired);
    let going_on = orders.iter().find(|order| open(order.state)).map(|order| OrderLine::of(&app, &look, order));
    let articles = app.store.articles_in(None, look.lang, None, ARTICLES).await?.iter().map(Entry::of).collect();
    app.show(&look, &HomeView { documents: COMMONEST, going_on, articles })
}

/// Who sees a photo, and how long it is kept.
#[derive(Serialize)]
pub struct PrivacyView {
    consent_version: &'static str,
}

impl View for PrivacyView {
    const TEMPLATE: &'static str = "citizen/privacy.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        vec![Self { consent_version: super::guide::CONSENT_VERSION }]
    }
}

/// `/privacy`
pub async fn privacy(State(app): State<App>, look: Look) -> Result<Html<String>, PageError> {
    app.show(&look, &PrivacyView { consent_version: super::guide::CONSENT_VERSION })
}

/// `/health`: 200 while the database answers.
pub async fn health(State(app): State<App>) -> Result<&'static str, PageError> {
    app.store.alive().await?;
    Ok("ok\n")
}

/// A switch that was pressed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Switch {
    lang: String,
    care: String,
    back: String,
}

/// POST `/lang` and `/care`: remembers how the reader wants pages and goes back to where they were.
pub async fn switch(State(app): State<App>, Posted(switch): Posted<Switch>) -> Response {
    let mut response = see_other(within(&switch.back));
    let mut keep = |name, value: &str| {
        if let Some(cookie) = set_cookie(&app.settings, name, value, Some(KEEP_S)) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    };
    if let Some(lang) = huizhi_domain::words::Lang::of_tag(&switch.lang) {
        keep("lang", lang.tag());
    }
    if ["0", "1"].contains(&switch.care.as_str()) {
        keep("care", &switch.care);
    }
    response
}

/// A path of ours, whatever was posted: never an address elsewhere.
fn within(path: &str) -> &str {
    let ours = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']);
    if ours { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::renders;

    #[test]
    fn pages_render() {
        renders::<HomeView>();
        renders::<PrivacyView>();
    }

    #[test]
    fn switches_lead_nowhere_else() {
        for path in ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "x", ""] {
            assert_eq!(within(path), "/");
        }
        assert_eq!(within("/orders?x=1"), "/orders?x=1");
    }
}

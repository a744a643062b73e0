//! Support (客服): help by topic first, then an inquiry, and what is said in it.

pub mod ask;
pub mod help;
pub mod list;
mod picture;
pub mod settings;
pub mod thread;

use axum::Router;
use axum::routing::{get, post};
use huizhi_domain::order::Order;
use huizhi_domain::words::Lang;
use serde::Serialize;

use crate::app::App;

/// The addresses of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/help", get(help::help))
        .route("/help/{topic}", get(help::topic))
        .route("/help/ask", get(ask::ask))
        .route("/help/inquiries", get(list::list))
        .route("/help/inquiries/{inquiry}", get(thread::thread))
        .route("/help/inquiries/{inquiry}/close", post(thread::close))
        .route("/help/inquiries/{inquiry}/rate", post(thread::rate))
        .route("/help/inquiries/{inquiry}/picture/{place}", get(thread::picture))
        .route("/support/wechat", get(help::wechat))
}

/// Those that take a picture.
pub fn uploads() -> Router<App> {
    Router::new().route("/help/ask", post(ask::receive)).route("/help/inquiries/{inquiry}", post(thread::add))
}

/// How support is reached, and whether somebody is there.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Reach {
    phone: String,
    email: String,
    hours: String,
    has_qr: bool,
    is_open: bool,
    /// From when on somebody is there.
    opens_at: i64,
}

impl Reach {
    /// As the operator set it, now.
    pub fn of(app: &App, lang: Lang) -> Self {
        let now = app.store.now();
        let opens_at = app.support.opens(now, &app.calendar, app.store.zone());
        let support = &app.settings.support;
        Self {
            phone: support.phone.clone(),
            email: support.email.clone(),
            hours: hours(app, lang),
            has_qr: support.wechat_qr.is_some(),
            is_open: opens_at == Some(now),
            opens_at: opens_at.unwrap_or(now).0,
        }
    }

    /// Open and not, with and without ways to be reached.
    #[cfg(test)]
    pub fn samples() -> [Self; 2] {
        let full = Self {
            phone: "0752-0000000".to_owned(),
            email: "help@id.example".to_owned(),
            hours: "9:00–17:30".to_owned(),
            has_qr: true,
            is_open: true,
            opens_at: 1_764_051_360_000,
        };
        [full, Self { hours: "9:00–17:30".to_owned(), ..Self::default() }]
    }
}

/// When somebody answers: in the operator's words, or by the hours of working days.
pub fn hours(app: &App, lang: Lang) -> String {
    if !app.settings.support.hours.is_empty() {
        return app.settings.support.hours.clone();
    }
    let spans: Vec<String> = app.support.open.iter().map(ToString::to_string).collect();
    let spans = spans.join(if lang == Lang::Zh { "、" } else { ", " });
    app.say(lang, "help-hours-working", &[("spans", &spans)])
}

/// A topic to choose.
#[derive(Clone, Debug, Serialize)]
pub struct TopicLine {
    id: String,
    name: String,
}

/// All topics.
pub fn topics(app: &App, lang: Lang) -> Vec<TopicLine> {
    let line = |topic: &huizhi_domain::support::Topic| TopicLine {
        id: topic.id.clone(),
        name: topic.name.in_lang(lang).to_owned(),
    };
    app.topics.all().map(line).collect()
}

/// What people call an order by: document, city, and the end of its number.
pub fn order_name(app: &App, order: &Order, lang: Lang) -> String {
    let id = order.id.to_string();
    let end = id.get(id.len().saturating_sub(6)..).unwrap_or_default();
    format!("{} · {} · {end}", app.document_name(&order.document, lang), app.city_name(&order.city, lang))
}

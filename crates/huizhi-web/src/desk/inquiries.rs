//! Citizens' inquiries at the desk: what waits, for how long, and how soon the first answers come.

mod act;
mod answers;
mod closed;
mod one;

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::response::Response;
use axum::{Router, routing};
use huizhi_domain::id::StaffId;
use huizhi_domain::order::Order;
use huizhi_domain::support::{Figures, Inquiry};
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::say;
use super::session::Supporter;
use crate::app::App;
use crate::citizen::support::{hours, order_name};
use crate::error::PageError;
use crate::page::{Look, View, moment};

type Answer = Result<Response, PageError>;

/// How far back the figures look: thirty days.
const FIGURES_MS: i64 = 30 * 86_400_000;

/// The addresses of inquiries.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/inquiries", routing::get(queue))
        .route("/desk/inquiries/answers", routing::get(answers::answers).post(answers::keep))
        .route("/desk/inquiries/answers/{answer}/drop", routing::post(answers::drop_one))
        .route("/desk/inquiries/closed", routing::get(closed::closed))
        .route("/desk/inquiries/{inquiry}", routing::get(one::one))
        .route("/desk/inquiries/{inquiry}/take", routing::post(act::take))
        .route("/desk/inquiries/{inquiry}/answer", routing::post(act::answer))
        .route("/desk/inquiries/{inquiry}/fill", routing::post(act::fill))
        .route("/desk/inquiries/{inquiry}/hand-over", routing::post(act::hand_over))
        .route("/desk/inquiries/{inquiry}/close", routing::post(act::close))
        .route("/desk/inquiries/{inquiry}/open", routing::post(act::open))
        .route("/desk/inquiries/{inquiry}/picture/{place}", routing::get(one::picture))
}

/// The queue.
#[derive(Clone, Debug, Default, Serialize)]
struct QueueView {
    told: Option<String>,
    hours: String,
    is_open: bool,
    figures: Figures,
    /// Inquiries that were closed without an answer.
    unanswered: i64,
    lines: Vec<Line>,
}

/// An inquiry in the queue.
#[derive(Clone, Debug, Serialize)]
struct Line {
    id: String,
    topic: String,
    order: String,
    lang: &'static str,
    state: &'static str,
    asked_at: String,
    /// Minutes in the hours of support for which it waits; `None` where it does not.
    waits_min: Option<i64>,
    /// By when its first answer was promised; empty once it is there.
    due_at: String,
    late: bool,
    staff: String,
    mine: bool,
}

impl View for QueueView {
    const TEMPLATE: &'static str = "desk/inquiries/queue.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use huizhi_domain::support::State as Stands;
        let line = |(at, state): (usize, &Stands)| Line {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            topic: "topic".to_owned(),
            order: if at == 0 { String::new() } else { "order".to_owned() },
            lang: "en",
            state: state.word(),
            asked_at: "then".to_owned(),
            waits_min: (*state == Stands::Open).then_some(20),
            due_at: if at == 0 { "soon".to_owned() } else { String::new() },
            late: at == 0,
            staff: if at == 1 { "Chen".to_owned() } else { String::new() },
            mine: at == 1,
        };
        let figures = Figures { waiting: 1, late: 1, answered: 3, in_time: 2, median_min: Some(30) };
        let lines = Stands::ALL.iter().enumerate().map(line).collect();
        let told = Some("told".to_owned());
        let hours = "hours".to_owned();
        vec![Self { told, hours, is_open: true, figures, unanswered: 1, lines }, Self::default()]
    }
}

/// What the page before did; nothing else is shown.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    told: String,
}

/// What acts did, by their words.
const TOLD: [&str; 4] = ["answered", "handed", "closed", "before"];

/// `/desk/inquiries`
async fn queue(State(app): State<App>, Supporter(staff): Supporter, look: Look, Query(asked): Query<Asked>) -> Answer {
    let word = TOLD.into_iter().find(|known| *known == asked.told);
    let now = app.store.now();
    let (calendar, zone) = (&app.calendar, app.store.zone());
    let since = now.after_ms(-FIGURES_MS);
    let first = app.store.first_answers(since).await?;
    let names = names(&app).await?;
    let mut lines = Vec::new();
    for inquiry in app.store.inquiry_queue().await? {
        let order = order_of(&app, &inquiry).await?;
        let unanswered = inquiry.first_answer_at.is_none();
        let waits = |since| app.support.worked_ms(since, now, calendar, zone) / 60_000;
        lines.push(Line {
            id: inquiry.id.to_string(),
            topic: app.topics.name(&inquiry.topic, look.lang).to_owned(),
            order: order.map(|order| order_name(&app, &order, look.lang)).unwrap_or_default(),
            lang: inquiry.lang.tag(),
            state: inquiry.state.word(),
            asked_at: moment(look.lang, inquiry.asked_at),
            waits_min: inquiry.waits_since.map(waits),
            due_at: if unanswered { moment(look.lang, inquiry.due_at) } else { String::new() },
            late: unanswered && inquiry.due_at < now,
            staff: inquiry.staff.map(|id| name_of(&names, id)).unwrap_or_default(),
            mine: inquiry.staff == Some(staff.id),
        });
    }
    let view = QueueView {
        told: word.map(|word| say(look.lang, &format!("desk-inquiry-told-{word}"), &[])),
        hours: hours(&app, look.lang),
        is_open: app.support.is_open(now, calendar, zone),
        figures: Figures::of(&first, now, &app.support, calendar, zone),
        unanswered: app.store.closed_unanswered(since).await?,
        lines,
    };
    frame::show(&app, &look, Place::of(&staff, "inquiries"), view)
}

/// What staff are called, by their ids.
async fn names(app: &App) -> Result<HashMap<StaffId, String>, PageError> {
    Ok(app.store.all_staff().await?.into_iter().map(|staff| (staff.id, staff.name)).collect())
}

fn name_of(names: &HashMap<StaffId, String>, id: StaffId) -> String {
    names.get(&id).cloned().unwrap_or_default()
}

/// The order that an inquiry is about.
async fn order_of(app: &App, inquiry: &Inquiry) -> Result<Option<Order>, PageError> {
    match inquiry.order {
        Some(order) => Ok(app.store.order(order).await?),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<QueueView>>();
    }
}

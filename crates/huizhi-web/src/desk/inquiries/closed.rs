//! Inquiries that are closed, newest first, each of which can be opened again.

use axum::extract::State;
use serde::Serialize;

use super::super::frame::{self, Place};
use super::{Answer, Supporter, name_of, names, order_of};
use crate::app::App;
use crate::citizen::support::order_name;
use crate::page::{Look, View, moment};

/// The list.
#[derive(Clone, Debug, Default, Serialize)]
struct ClosedView {
    lines: Vec<Line>,
}

/// An inquiry that is closed.
#[derive(Clone, Debug, Serialize)]
struct Line {
    id: String,
    topic: String,
    order: String,
    lang: &'static str,
    asked_at: String,
    closed_at: String,
    /// Who closed it: its citizen, staff, or the service.
    by: &'static str,
    answered: bool,
    staff: String,
}

impl View for ClosedView {
    const TEMPLATE: &'static str = "desk/inquiries/closed.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = |by: &huizhi_domain::support::Ender| Line {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            topic: "topic".to_owned(),
            order: "order".to_owned(),
            lang: "en",
            asked_at: "then".to_owned(),
            closed_at: "then".to_owned(),
            by: by.word(),
            answered: *by == huizhi_domain::support::Ender::Service,
            staff: "Chen".to_owned(),
        };
        vec![Self { lines: huizhi_domain::support::Ender::ALL.iter().map(line).collect() }, Self::default()]
    }
}

/// `/desk/inquiries/closed`
pub async fn closed(State(app): State<App>, Supporter(staff): Supporter, look: Look) -> Answer {
    let names = names(&app).await?;
    let mut lines = Vec::new();
    for inquiry in app.store.closed_inquiries().await? {
        let Some((closed_at, by)) = inquiry.closed else { continue };
        let order = order_of(&app, &inquiry).await?;
        lines.push(Line {
            id: inquiry.id.to_string(),
            topic: app.topics.name(&inquiry.topic, look.lang).to_owned(),
            order: order.map(|order| order_name(&app, &order, look.lang)).unwrap_or_default(),
            lang: inquiry.lang.tag(),
            asked_at: moment(look.lang, inquiry.asked_at),
            closed_at: moment(look.lang, closed_at),
            by: by.word(),
            answered: inquiry.first_answer_at.is_some(),
            staff: inquiry.staff.map(|id| name_of(&names, id)).unwrap_or_default(),
        });
    }
    frame::show(&app, &look, Place::of(&staff, "inquiries"), ClosedView { lines })
}

#[cfg(test)]
mod tests {
    use super::super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<ClosedView>>();
    }
}

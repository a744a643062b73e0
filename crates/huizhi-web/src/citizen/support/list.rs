//! The visitor's inquiries.

use axum::extract::State;
use axum::response::Html;
use huizhi_domain::support::Inquiry;
use serde::Serialize;

use super::order_name;
use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};
use crate::visitor::Guest;

/// All inquiries, newest first.
#[derive(Serialize)]
pub struct ListView {
    lines: Vec<Line>,
}

/// One of them.
#[derive(Serialize)]
struct Line {
    id: String,
    topic: String,
    order: String,
    state: &'static str,
    changed_at: i64,
    unread: bool,
}

impl View for ListView {
    const TEMPLATE: &'static str = "citizen/support/list.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use huizhi_domain::support::State as Stands;
        let line = |state: &Stands| Line {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            topic: "拍照和审核".to_owned(),
            order: if *state == Stands::Open { String::new() } else { "居民身份证".to_owned() },
            state: state.word(),
            changed_at: 1_764_051_360_000,
            unread: *state == Stands::Answered,
        };
        vec![Self { lines: Stands::ALL.iter().map(line).collect() }, Self { lines: Vec::new() }]
    }
}

/// `/help/inquiries`
pub async fn list(State(app): State<App>, look: Look, guest: Guest) -> Result<Html<String>, PageError> {
    let orders = guest.orders(&app).await?;
    let line = |inquiry: &Inquiry| Line {
        id: inquiry.id.to_string(),
        topic: app.topics.name(&inquiry.topic, look.lang).to_owned(),
        order: orders
            .iter()
            .find(|order| Some(order.id) == inquiry.order)
            .map(|order| order_name(&app, order, look.lang))
            .unwrap_or_default(),
        state: inquiry.state.word(),
        changed_at: inquiry.changed_at.0,
        unread: inquiry.is_unread(),
    };
    let lines = guest.inquiries(&app).await?.iter().map(line).collect();
    app.show(&look, &ListView { lines })
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::ListView>();
    }
}

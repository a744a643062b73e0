//! The slip of a ticket: the number, large, for a small printer.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::{Router, routing};
use huizhi_domain::id::TicketId;
use serde::Serialize;

use super::business_name;
use super::frame::{self, Place};
use super::session::Clerk;
use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View, moment};

/// The slip's address.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/hall/slip/{ticket}", routing::get(slip))
}

#[derive(Clone, Debug, Serialize)]
struct SlipView {
    label: String,
    office: String,
    business: String,
    at: String,
    /// How many should be called before them.
    before: usize,
}

impl View for SlipView {
    const TEMPLATE: &'static str = "desk/slip.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let first = Self {
            label: text("B008"),
            office: text("Jiangbei"),
            business: text("business"),
            at: text("then"),
            before: 0,
        };
        vec![Self { before: 3, ..first.clone() }, first]
    }
}

async fn slip(
    State(app): State<App>,
    clerk: Clerk,
    look: Look,
    Path(id): Path<TicketId>,
) -> Result<Response, PageError> {
    let office = clerk.office.as_ref().ok_or(PageError::Absent)?;
    let ticket = app.store.ticket(id).await?.filter(|it| it.office == office.id).ok_or(PageError::Absent)?;
    let hall = app.store.hall(office.id, ticket.day).await?;
    let before = hall.iter().take_while(|it| it.id != ticket.id).filter(|it| it.state.waits()).count();
    let view = SlipView {
        label: ticket.label(),
        office: office.name.clone(),
        business: business_name(&app, look.lang, &ticket.business),
        at: moment(look.lang, ticket.arrived_at),
        before: if ticket.state.waits() { before } else { 0 },
    };
    frame::show(&app, &look, Place { staff: Some(&clerk.staff), office: Some(office), here: "hall" }, view)
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<SlipView>>();
    }
}

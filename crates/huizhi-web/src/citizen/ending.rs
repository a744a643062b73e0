//! What can't be undone: withdrawing an order, deleting its photos. A page of its own says what is lost; and the appeal, which
//! costs nothing.

use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use huizhi_domain::order::{Order, OrderState};
use serde::Serialize;

use super::see_other;
use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};
use crate::visitor::HeldOrder;

/// The page before the step.
#[derive(Serialize)]
pub struct EndingView {
    id: String,
    /// `withdraw` or `delete`.
    what: &'static str,
    document_name: String,
    city_name: String,
    refund_fen: i64,
    /// Whether an unused receipt is revoked with the photos.
    receipt: bool,
}

impl View for EndingView {
    const TEMPLATE: &'static str = "citizen/ending.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |what, more: bool| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            what,
            document_name: "居民身份证".to_owned(),
            city_name: "惠州市".to_owned(),
            refund_fen: i64::from(more) * 1500,
            receipt: more,
        };
        vec![view("withdraw", true), view("withdraw", false), view("delete", true), view("delete", false)]
    }
}

fn may(app: &App, order: &Order, what: &str) -> bool {
    match what {
        "withdraw" => order.clone().withdraw(app.store.now()).is_ok(),
        // While a reviewer holds it, the photo is looked at; afterwards it can go.
        _ => order.state != OrderState::InReview,
    }
}

fn named(what: &str) -> Result<&'static str, PageError> {
    match what {
        "withdraw" => Ok("withdraw"),
        "delete" => Ok("delete"),
        _ => Err(PageError::Absent),
    }
}

/// `/order/{id}/{withdraw|delete}`
pub async fn ask(
    State(app): State<App>,
    look: Look,
    HeldOrder(order): HeldOrder,
    Path((_, what)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let what = named(&what)?;
    if !may(&app, &order, what) {
        return Ok(see_other(&format!("/order/{}", order.id)));
    }
    let view = EndingView {
        id: order.id.to_string(),
        what,
        document_name: app.document_name(&order.document, look.lang),
        city_name: app.city_name(&order.city, look.lang),
        refund_fen: order.refund_fen(),
        receipt: order.state == OrderState::Approved,
    };
    let page: Html<String> = app.show(&look, &view)?;
    Ok(page.into_response())
}

/// POST `/order/{id}/{withdraw|delete}`
pub async fn end(
    State(app): State<App>,
    HeldOrder(order): HeldOrder,
    Path((_, what)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let what = named(&what)?;
    // A second press finds it done.
    let done = matches!(order.state, OrderState::Withdrawn | OrderState::Expired);
    if !done {
        if what == "withdraw" {
            app.store.withdraw(order.id).await?;
        } else {
            app.store.delete_photos(order.id).await?;
        }
    }
    Ok(see_other(&format!("/order/{}", order.id)))
}

/// POST `/order/{id}/appeal`: asks for another pair of eyes, once an attempt (D26).
pub async fn appeal(State(app): State<App>, HeldOrder(order): HeldOrder) -> Result<Response, PageError> {
    if order.state == OrderState::Rejected {
        app.store.appeal(order.id).await?;
    }
    Ok(see_other(&format!("/order/{}", order.id)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::EndingView>();
    }
}

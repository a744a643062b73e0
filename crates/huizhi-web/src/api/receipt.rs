//! The receipt of a shop's order: its number for the citizen, and the paper to print.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::{Json, Router, routing};
use huizhi_domain::receipt::Standing;
use serde::Serialize;

use super::caller::{Held, ReceiptsRead, absent};
use super::problem::Problem;
use super::seconds;
use crate::app::App;
use crate::citizen::receipt::{code, draw};
use crate::citizen::take::picture_response;

/// The addresses of receipts.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/orders/{id}/receipt", routing::get(one))
        .route("/api/v1/orders/{id}/receipt/{file}", routing::get(file))
}

#[derive(Serialize)]
struct ReceiptBody {
    number: String,
    token: String,
    /// What the QR code says: where the token is verified.
    verify_url: String,
    state: &'static str,
    documents: Vec<String>,
    uses: Vec<UseBody>,
    issued_at: i64,
    /// The last day on which a window takes it.
    valid_until: String,
}

#[derive(Serialize)]
struct UseBody {
    document: String,
    consumed_at: i64,
}

async fn one(State(app): State<App>, held: Held<ReceiptsRead>) -> Result<Json<ReceiptBody>, Problem> {
    let issued = app.store.receipt_of(held.order.id).await?.ok_or_else(absent)?;
    let receipt = &issued.receipt;
    let used = |it: &huizhi_domain::receipt::Use| {
        Some(UseBody { document: it.document.clone(), consumed_at: seconds(it.consumed_at?) })
    };
    Ok(Json(ReceiptBody {
        number: issued.number.grouped(),
        verify_url: code(&app, &issued),
        token: issued.token.clone(),
        state: receipt.standing(app.today()).word(),
        documents: receipt.documents.clone(),
        uses: receipt.uses.iter().filter_map(used).collect(),
        issued_at: seconds(receipt.issued_at),
        valid_until: receipt.valid_until.to_string(),
    }))
}

async fn file(
    State(app): State<App>,
    held: Held<ReceiptsRead>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Response, Problem> {
    let Path((_, file)) = path.map_err(|_| absent())?;
    let order = held.order;
    let issued = app.store.receipt_of(order.id).await?.ok_or_else(absent)?;
    if issued.receipt.standing(app.today()) == Standing::Revoked {
        return Err(absent());
    }
    let photo = app.store.receipt_photo(order.id).await?.ok_or_else(absent)?;
    if file == "photo.jpg" {
        return Ok(picture_response(photo, "image/jpeg", "attachment; filename=\"photo.jpg\""));
    }
    Ok(draw(&app, order.lang, &order, &issued, photo, file).await?)
}

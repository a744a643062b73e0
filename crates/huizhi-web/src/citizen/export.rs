//! What the service knows of an order, for its owner to take along (D28; PIPL art. 45).

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::order::Order;
use huizhi_store::{ApplicantRecord, Issued, Photo};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::PageError;
use crate::visitor::HeldOrder;

/// `/order/{id}/data`: everything but the pictures, which have addresses of their own.
pub async fn data(State(app): State<App>, HeldOrder(order): HeldOrder) -> Result<Response, PageError> {
    let disposition = [(CONTENT_DISPOSITION, "attachment; filename=\"order.json\"")];
    Ok((disposition, Json(of_order(&app, &order).await?)).into_response())
}

/// What the service knows of an order.
///
/// # Errors
/// As the store.
pub async fn of_order(app: &App, order: &Order) -> Result<Value, PageError> {
    let photos = app.store.photos(order.id).await?;
    let messages = app.store.messages_of(order.id).await?;
    let applicant = app.store.applicant(order.id).await?;
    let receipt = app.store.receipt_of(order.id).await?;
    Ok(json!({
        "order": order,
        "applicant": applicant.as_ref().map(of_applicant),
        "photos": photos.iter().map(|photo| of_photo(order, photo)).collect::<Vec<Value>>(),
        "receipt": receipt.as_ref().map(of_receipt),
        "messages": messages,
    }))
}

fn of_applicant(record: &ApplicantRecord) -> Value {
    json!(record)
}

fn of_photo(order: &Order, photo: &Photo) -> Value {
    let at = format!("/order/{}/photo/{}", order.id, photo.id);
    json!({
        "id": photo.id,
        "state": photo.state,
        "verdict": photo.verdict,
        "report": photo.report,
        "error": photo.error,
        "reason": photo.reason,
        "outcome": photo.outcome,
        "created_at": photo.created_at,
        "submitted_at": photo.submitted_at,
        "appealed_at": photo.appealed_at,
        "preview": format!("{at}/preview"),
        "id_photo": photo.has_id_photo.then(|| format!("{at}/id-photo")),
    })
}

fn of_receipt(issued: &Issued) -> Value {
    json!({ "record": issued.receipt, "number": issued.number.grouped(), "token": issued.token })
}

//! Step 3: the photo comes in, by camera or from the album.

use std::time::Duration;

use axum::Json;
use axum::extract::{Multipart, Path, State};
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::audit::Actor;
use huizhi_domain::id::AttemptId;
use huizhi_domain::order::{OrderError, OrderState, PHOTOS_AT_ONCE};
use huizhi_store::{PhotoState, PictureKind, StoreError};
use serde::Serialize;
use serde_json::json;
use tokio::time::Instant;

use super::guide::{by_guardian, has_consented};
use super::report::is_open;
use super::{quoted, see_other};
use crate::app::App;
use crate::error::PageError;
use crate::form::FormErrors;
use crate::headers::PICTURE_POLICY;
use crate::page::{Look, View};
use crate::upload;
use crate::visitor::{Guest, HeldOrder, HeldPhoto};

/// How long a posted photo waits for its report before the page says that it is being looked at (issue 3).
const WAIT: Duration = Duration::from_secs(4);
const MOST_MIB: usize = upload::MOST_BYTES / (1024 * 1024);
/// Where another process judges, nobody rings the bell here.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Camera and album.
#[derive(Serialize)]
pub struct TakeView {
    id: String,
    document_name: String,
    city_name: String,
    /// Whether the review rejected a photo before.
    again: bool,
    /// Whether photos lie side by side already, and whether as many may be submitted as there may be.
    any: bool,
    full: bool,
    most: usize,
    most_mib: usize,
    /// QR code of the order's link, for whoever sits at a desk and has the camera in the pocket (R28).
    qr_path: String,
    qr_side: usize,
    errors: FormErrors,
}

impl View for TakeView {
    const TEMPLATE: &'static str = "citizen/take.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |again, any, full, errors| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            document_name: "居民身份证".to_owned(),
            city_name: "惠州市".to_owned(),
            again,
            any,
            full,
            most: PHOTOS_AT_ONCE,
            most_mib: 15,
            qr_path: "M4 4h7v1h-7z".to_owned(),
            qr_side: 45,
            errors,
        };
        let keys = ["upload-missing", "upload-empty", "upload-too-big", "upload-wrong-type", "upload-broken"];
        let faulty = keys.iter().map(|key| view(true, true, false, FormErrors::one("photo", *key)));
        let full = view(false, true, true, FormErrors::one("photo", "upload-too-many"));
        [view(false, false, false, FormErrors::default()), full].into_iter().chain(faulty).collect()
    }
}

async fn view(app: &App, look: &Look, order: &huizhi_domain::order::Order) -> Result<TakeView, PageError> {
    let mut photos = app.store.photos(order.id).await?;
    photos.retain(is_open);
    let link = app.settings.address(&format!("/o/{}", app.store.secret_of(order.id).await?));
    let (qr_path, qr_side) = super::receipt::qr(&link)?;
    Ok(TakeView {
        id: order.id.to_string(),
        document_name: app.document_name(&order.document, look.lang),
        city_name: app.city_name(&order.city, look.lang),
        again: order.state == OrderState::Rejected,
        any: !photos.is_empty(),
        full: photos.iter().filter(|photo| !photo.is_unusable()).count() >= PHOTOS_AT_ONCE,
        most: PHOTOS_AT_ONCE,
        most_mib: MOST_MIB,
        qr_path,
        qr_side,
        errors: FormErrors::default(),
    })
}

/// `/photo/{document}/take`: where the photo of the order that was begun last is taken; without one, the guide comes first.
pub async fn of_document(
    State(app): State<App>,
    guest: Guest,
    Path(document): Path<String>,
) -> Result<Response, PageError> {
    app.document(&document).ok_or(PageError::Absent)?;
    let orders = guest.orders(&app).await?;
    let found = orders.iter().find(|order| order.document == document && order.takes_photos());
    Ok(see_other(&match found {
        Some(order) => format!("/order/{}/take", order.id),
        None => format!("/photo/{}/city", quoted(&document)),
    }))
}

/// `/order/{id}/take`
pub async fn take(State(app): State<App>, look: Look, HeldOrder(order): HeldOrder) -> Result<Response, PageError> {
    if !order.takes_photos() {
        return Ok(see_other(&format!("/order/{}", order.id)));
    }
    Ok(app.show(&look, &view(&app, &look, &order).await?)?.into_response())
}

/// POST `/order/{id}/photos`: takes a photo in. A script gets JSON, a form the next page.
pub async fn receive(
    State(app): State<App>,
    look: Look,
    HeldOrder(order): HeldOrder,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, PageError> {
    let script = headers.get(ACCEPT).is_some_and(|kinds| kinds.as_bytes().starts_with(b"application/json"));
    let record = app.store.applicant(order.id).await?;
    // Without consent no face is looked at (D27, D31); pages of ours ask for it before they show a camera.
    let child = app.store.person_of(order.id).await?.is_some_and(|it| it.needs_guardian_consent(app.today()));
    if !record.is_some_and(|record| has_consented(&record) && (!child || by_guardian(&record))) {
        return Ok(see_other(&format!("/photo/{}/guide?city={}", quoted(&order.document), order.city)));
    }
    let refuse = async |key: &'static str, status: StatusCode| -> Result<Response, PageError> {
        if script {
            let text = app.say(look.lang, key, &[("value", &MOST_MIB)]);
            return Ok((status, Json(json!({ "error": text }))).into_response());
        }
        let mut errors = FormErrors::default();
        errors.add_value("photo", key, MOST_MIB.to_string());
        let view = TakeView { errors, ..view(&app, &look, &order).await? };
        Ok((status, app.show(&look, &view)?).into_response())
    };
    let bytes = match upload::photo(form).await {
        Ok(bytes) => bytes,
        Err(error) => return refuse(error.key(), error.status()).await,
    };
    let attempt = match app.store.receive_photo(order.id, &bytes).await {
        Ok(attempt) => attempt,
        Err(StoreError::Order(OrderError::TooManyPhotos)) => {
            return refuse("upload-too-many", StatusCode::CONFLICT).await;
        }
        Err(error) => return Err(error.into()),
    };
    app.shared.bell.notify_one();
    wait_for(&app, attempt).await?;
    let next = format!("/order/{}/photo/{attempt}", order.id);
    Ok(if script { Json(json!({ "next": next })).into_response() } else { see_other(&next) })
}

/// Waits a moment for what the engine says of a photo.
///
/// # Errors
/// As the store.
pub async fn wait_for(app: &App, attempt: AttemptId) -> Result<(), PageError> {
    let end = Instant::now() + WAIT;
    while Instant::now() < end {
        let rung = app.shared.judged.notified();
        let photo = app.store.photo(attempt).await?;
        if photo.is_none_or(|photo| photo.state != PhotoState::Received) {
            return Ok(());
        }
        // Whichever comes first; both lead to another look.
        let _ = tokio::time::timeout(LOOK_AGAIN, rung).await;
    }
    Ok(())
}

/// `/order/{id}/photo/{attempt}/{kind}`: the preview or the made photo, for its owner.
pub async fn picture(
    State(app): State<App>,
    HeldPhoto { photo, .. }: HeldPhoto,
    Path((_, _, kind)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let kind = match kind.as_str() {
        "preview" => PictureKind::Preview,
        "id-photo" => PictureKind::IdPhoto,
        _ => return Err(PageError::Absent),
    };
    let picture = app.store.picture(photo.id, kind, Actor::Citizen).await?.ok_or(PageError::Absent)?;
    Ok(picture_response(picture.bytes, picture.media, "inline"))
}

/// A picture that came from a stranger: nothing in it may run, whatever it is.
pub fn picture_response(bytes: Vec<u8>, media: &'static str, disposition: &'static str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(disposition));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PICTURE_POLICY));
    response
}

/// POST `/order/{id}/photo/{attempt}/drop`: throws a photo away, to make room for another.
pub async fn drop_photo(State(app): State<App>, HeldPhoto { order, photo }: HeldPhoto) -> Result<Response, PageError> {
    app.store.drop_photo(order.id, photo.id).await?;
    Ok(see_other(&format!("/order/{}/take", order.id)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::TakeView>();
    }
}

//! Beside step 5: a picture of a name that no font can print, photographed or drawn with a finger.

use axum::Json;
use axum::extract::{Multipart, Query, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use huizhi_domain::order::Order;
use huizhi_sandbox::SandboxError;
use huizhi_store::ApplicantRecord;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::take::picture_response;
use super::{quoted, see_other};
use crate::app::App;
use crate::error::PageError;
use crate::form::FormErrors;
use crate::page::{Look, View};
use crate::upload;
use crate::visitor::HeldOrder;

/// Where a picture of the name is made.
#[derive(Serialize)]
pub struct NameView {
    id: String,
    photo: String,
    /// The characters that cannot be printed.
    missing: String,
    has_picture: bool,
    errors: FormErrors,
}

impl View for NameView {
    const TEMPLATE: &'static str = "citizen/name.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |has_picture, errors| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            photo: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            missing: "\u{323AE}".to_owned(),
            has_picture,
            errors,
        };
        let faulty =
            ["name-picture-none", "name-picture-unreadable"].map(|key| view(true, FormErrors::one("photo", key)));
        [view(false, FormErrors::default()), view(true, FormErrors::default())].into_iter().chain(faulty).collect()
    }
}

/// The photo that was chosen, to go on with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    photo: String,
}

/// Whether a name has a character that cannot be printed.
pub fn needs_picture(app: &App, record: &ApplicantRecord) -> bool {
    record.name.as_ref().is_some_and(|name| !app.fonts.missing(name).is_empty())
}

/// The picture of the name, PNG.
pub fn picture_of(record: &ApplicantRecord) -> Option<Vec<u8>> {
    BASE64.decode(record.name_picture.as_ref()?).ok()
}

/// The page's address.
pub fn path(order: &Order, photo: &str) -> String {
    format!("/order/{}/name?photo={}", order.id, quoted(photo))
}

fn view(order: &Order, record: &ApplicantRecord, app: &App, photo: String, errors: FormErrors) -> NameView {
    NameView {
        id: order.id.to_string(),
        photo,
        missing: record.name.as_ref().map(|name| app.fonts.missing(name).into_iter().collect()).unwrap_or_default(),
        has_picture: record.name_picture.is_some(),
        errors,
    }
}

/// `/order/{id}/name?photo=`
pub async fn name(
    State(app): State<App>,
    look: Look,
    HeldOrder(order): HeldOrder,
    Query(chosen): Query<Chosen>,
) -> Result<Response, PageError> {
    let record = app.store.applicant(order.id).await?.unwrap_or_default();
    if !order.takes_photos() || !needs_picture(&app, &record) {
        return Ok(see_other(&format!("/order/{}", order.id)));
    }
    Ok(app.show(&look, &view(&order, &record, &app, chosen.photo, FormErrors::default()))?.into_response())
}

/// POST `/order/{id}/name?photo=`: takes the picture. A script gets JSON, a form the page again.
pub async fn receive(
    State(app): State<App>,
    look: Look,
    HeldOrder(order): HeldOrder,
    Query(chosen): Query<Chosen>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, PageError> {
    let mut record = app.store.applicant(order.id).await?.unwrap_or_default();
    if !order.takes_photos() || !needs_picture(&app, &record) {
        return Ok(see_other(&format!("/order/{}", order.id)));
    }
    let script = headers.get(ACCEPT).is_some_and(|kinds| kinds.as_bytes().starts_with(b"application/json"));
    let (key, status) = match upload::photo(form).await {
        Ok(bytes) => match written(&app, bytes).await? {
            Ok(picture) => {
                record.name_picture = Some(BASE64.encode(picture));
                app.store.set_applicant(order.id, &record).await?;
                let next = path(&order, &chosen.photo);
                return Ok(if script { Json(json!({ "next": next })).into_response() } else { see_other(&next) });
            }
            Err(key) => (key, StatusCode::UNPROCESSABLE_ENTITY),
        },
        Err(error) => (error.key(), error.status()),
    };
    let most_mib = (upload::MOST_BYTES / (1024 * 1024)).to_string();
    if script {
        let text = app.say(look.lang, key, &[("value", &most_mib)]);
        return Ok((status, Json(json!({ "error": text }))).into_response());
    }
    let mut errors = FormErrors::default();
    errors.add_value("photo", key, most_mib);
    Ok((status, app.show(&look, &view(&order, &record, &app, chosen.photo, errors))?).into_response())
}

/// The writing of a picture, or the key of what is wrong with it.
async fn written(app: &App, bytes: Vec<u8>) -> Result<Result<Vec<u8>, &'static str>, PageError> {
    let workers = app.workers.as_ref().ok_or(PageError::Busy)?;
    match workers.ink(bytes).await {
        Ok(Some(picture)) => Ok(Ok(picture)),
        Ok(None) => Ok(Err("name-picture-none")),
        Err(SandboxError::Busy { .. }) => Err(PageError::Busy),
        Err(error) if error.is_the_files() => Ok(Err("name-picture-unreadable")),
        Err(error) => Err(PageError::broken(error)),
    }
}

/// POST `/order/{id}/name/drop?photo=`: throws the picture away.
pub async fn drop_picture(
    State(app): State<App>,
    HeldOrder(order): HeldOrder,
    Query(chosen): Query<Chosen>,
) -> Result<Response, PageError> {
    let mut record = app.store.applicant(order.id).await?.unwrap_or_default();
    if order.takes_photos() && record.name_picture.take().is_some() {
        app.store.set_applicant(order.id, &record).await?;
    }
    Ok(see_other(&path(&order, &chosen.photo)))
}

/// `/order/{id}/name/picture`
pub async fn picture(State(app): State<App>, HeldOrder(order): HeldOrder) -> Result<Response, PageError> {
    let record = app.store.applicant(order.id).await?.unwrap_or_default();
    let bytes = picture_of(&record).ok_or(PageError::Absent)?;
    Ok(picture_response(bytes, "image/png", "inline"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::NameView>();
    }
}

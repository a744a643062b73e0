//! Photos of a shop's order: sent, judged, shown, thrown away.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Json, Router, routing};
use huizhi_domain::id::AttemptId;
use huizhi_domain::words::Lang;
use huizhi_store::{Photo, PhotoState, PictureKind};
use serde::{Deserialize, Serialize};

use super::caller::{Held, OrdersRead, OrdersWrite, absent};
use super::once::{Answer, Hand, Sent, once};
use super::problem::Problem;
use super::seconds;
use crate::app::App;
use crate::citizen::guide::has_consented;
use crate::citizen::report::{FaultWords, fault_words};
use crate::citizen::take::picture_response;
use crate::upload;

/// The addresses of photos.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/orders/{id}/photos/{photo}", routing::get(one).delete(drop_photo))
        .route("/api/v1/orders/{id}/photos/{photo}/{picture}", routing::get(picture))
}

/// Where photos come in: larger bodies, and more time.
pub fn uploads() -> Router<App> {
    Router::new()
        .route("/api/v1/orders/{id}/photos", routing::post(receive))
        .layer(DefaultBodyLimit::max(upload::MOST_BYTES))
}

#[derive(Serialize)]
struct PhotoBody {
    id: String,
    order: String,
    ordinal: i32,
    state: PhotoState,
    /// `fits`, `review` or `retake`, once it is judged.
    verdict: Option<String>,
    /// Why the file can't be read.
    error: Option<String>,
    findings: Vec<FindingBody>,
    /// Columns and rows of the preview, px.
    preview: Option<[u64; 2]>,
    /// Whether an ID photo was made.
    id_photo: bool,
    created_at: i64,
}

#[derive(Serialize)]
struct FindingBody {
    code: String,
    rejection: String,
    severity: String,
    title: String,
    why: String,
    advice: String,
    measured: f64,
    limit: f64,
    unit: String,
    clause: String,
    /// Corners in px of the upright photo; empty where the whole photo is meant.
    polygon: Vec<Corner>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Kept {
    findings: Vec<KeptFinding>,
    preview_size: Option<[u64; 2]>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct KeptFinding {
    code: String,
    rejection: String,
    severity: String,
    measured: f64,
    limit: f64,
    unit: String,
    clause: String,
    place: Vec<Corner>,
}

#[derive(Serialize, Deserialize)]
struct Corner {
    x: f64,
    y: f64,
}

fn body(app: &App, photo: &Photo, lang: Lang) -> PhotoBody {
    let kept: Kept = photo.report.clone().and_then(|report| serde_json::from_value(report).ok()).unwrap_or_default();
    let finding = |it: KeptFinding| {
        let FaultWords { title, why, fix } = fault_words(app, lang, &it.code, &it.rejection);
        let KeptFinding { code, rejection, severity, measured, limit, unit, clause, place } = it;
        FindingBody {
            code,
            rejection,
            severity,
            title,
            why,
            advice: fix,
            measured,
            limit,
            unit,
            clause,
            polygon: place,
        }
    };
    PhotoBody {
        id: photo.id.to_string(),
        order: photo.order.to_string(),
        ordinal: photo.ordinal,
        state: photo.state,
        verdict: photo.verdict.clone(),
        error: photo.error.clone(),
        findings: kept.findings.into_iter().map(finding).collect(),
        preview: kept.preview_size,
        id_photo: photo.has_id_photo,
        created_at: seconds(photo.created_at),
    }
}

async fn receive(State(app): State<App>, held: Held<OrdersWrite>, sent: Sent) -> Result<Response, Problem> {
    let Held { caller, order } = held;
    if sent.bytes.is_empty() {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "photo-empty",
            "send the photo's bytes as the body",
        ));
    }
    if !upload::is_picture(&sent.bytes) {
        let detail = "the body is no JPEG, PNG, WebP or HEIC file";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "photo-type", detail));
    }
    let bytes = sent.bytes.clone();
    once(&app, &caller, &sent, async move |hand: Hand| {
        let id = if let Some(id) = hand.made.as_ref().and_then(|id| id.parse().ok()) {
            id
        } else {
            let record = hand.store.applicant(order.id).await?;
            if !record.is_some_and(|record| has_consented(&record)) {
                let detail = "no face is looked at without consent: send consent with the order or the applicant first";
                return Err(Problem::new(StatusCode::CONFLICT, "consent-missing", detail));
            }
            hand.once.receive_photo(order.id, &bytes).await?
        };
        hand.app.shared.bell.notify_one();
        let photo = hand.store.photo(id).await?.ok_or_else(absent)?;
        let location = format!("/api/v1/orders/{}/photos/{id}", order.id);
        Ok(Answer::ok(&body(&hand.app, &photo, order.lang)).at(StatusCode::ACCEPTED, location))
    })
    .await
}

async fn photo_of(app: &App, held: &Held<impl Sized>, id: &str) -> Result<Photo, Problem> {
    let id: AttemptId = id.parse().map_err(|_| absent())?;
    let photo = app.store.photo(id).await?.filter(|photo| photo.order == held.order.id);
    photo.filter(|photo| photo.state != PhotoState::Dropped).ok_or_else(absent)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct In {
    lang: Option<Lang>,
}

async fn one(
    State(app): State<App>,
    held: Held<OrdersRead>,
    path: Result<Path<(String, String)>, PathRejection>,
    lang: Result<Query<In>, QueryRejection>,
) -> Result<Json<PhotoBody>, Problem> {
    let Path((_, id)) = path.map_err(|_| absent())?;
    let Query(wanted) = lang.map_err(|_| Problem::field("lang", "unknown", "lang is zh-CN or en"))?;
    let photo = photo_of(&app, &held, &id).await?;
    Ok(Json(body(&app, &photo, wanted.lang.unwrap_or(held.order.lang))))
}

async fn drop_photo(
    State(app): State<App>,
    held: Held<OrdersWrite>,
    path: Result<Path<(String, String)>, PathRejection>,
    sent: Sent,
) -> Result<Response, Problem> {
    let Path((_, id)) = path.map_err(|_| absent())?;
    let id: AttemptId = id.parse().map_err(|_| absent())?;
    let Held { caller, order } = held;
    once(&app, &caller, &sent, async move |hand: Hand| {
        if hand.made.is_none() {
            hand.once.drop_photo(order.id, id).await?;
        }
        Ok(Answer::empty())
    })
    .await
}

async fn picture(
    State(app): State<App>,
    held: Held<OrdersRead>,
    path: Result<Path<(String, String, String)>, PathRejection>,
) -> Result<Response, Problem> {
    let Path((_, id, name)) = path.map_err(|_| absent())?;
    let kind = match name.as_str() {
        "preview.jpg" => PictureKind::Preview,
        "id-photo.jpg" => PictureKind::IdPhoto,
        _ => return Err(absent()),
    };
    let photo = photo_of(&app, &held, &id).await?;
    let picture = app.store.picture(photo.id, kind, held.caller.actor()).await?.ok_or_else(absent)?;
    Ok(picture_response(picture.bytes, picture.media, "inline"))
}

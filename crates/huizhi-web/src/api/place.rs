//! What a shop asks before an order: documents, cities, and what a city asks of a document's receipt.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::{Json, Router, routing};
use huizhi_domain::city::City;
use huizhi_domain::policy::{Acceptance, Field};
use huizhi_domain::words::Lang;
use huizhi_photo::spec::{EditPolicy, Spec};
use serde::{Deserialize, Serialize};

use super::caller::{AnyKey, Caller, absent};
use super::problem::Problem;
use crate::app::App;
use crate::citizen::guide::CONSENT_VERSION;

/// Cities that are given at most.
const MOST: usize = 50;

/// The addresses of documents and cities.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/documents", routing::get(documents))
        .route("/api/v1/documents/{id}", routing::get(document))
        .route("/api/v1/cities", routing::get(cities))
}

#[derive(Serialize)]
struct Names {
    #[serde(rename = "zh-CN")]
    zh: String,
    en: String,
}

#[derive(Serialize)]
struct DocumentLine {
    id: String,
    name: Names,
    group: String,
}

#[derive(Serialize)]
struct Documents {
    documents: Vec<DocumentLine>,
}

#[derive(Serialize)]
struct DocumentBody {
    #[serde(flatten)]
    line: DocumentLine,
    width_px: Option<u32>,
    height_px: Option<u32>,
    width_mm: Option<f32>,
    height_mm: Option<f32>,
    backgrounds: Vec<String>,
    edit_policy: EditPolicy,
    consent: ConsentText,
}

/// What the citizen is told and consents to before the photo.
#[derive(Serialize)]
struct ConsentText {
    version: &'static str,
    text: Names,
    /// Said by the guardian of a child under 14.
    by_guardian: Names,
}

fn line(spec: &Spec) -> DocumentLine {
    let name = Names { zh: spec.name.zh.clone(), en: spec.name.en.clone() };
    DocumentLine { id: spec.id.clone(), name, group: spec.group.clone() }
}

async fn documents(State(app): State<App>, _: Caller<AnyKey>) -> Json<Documents> {
    Json(Documents { documents: app.catalog.iter().map(line).collect() })
}

async fn document(
    State(app): State<App>,
    _: Caller<AnyKey>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<DocumentBody>, Problem> {
    let Path(id) = id.map_err(|_| absent())?;
    let spec = app.document(&id).ok_or_else(absent)?;
    let size = spec.size.as_ref();
    let said = |lang, keys: &[&str]| keys.iter().map(|key| app.say(lang, key, &[])).collect::<Vec<_>>().join("\n");
    let both = |keys: &[&str]| Names { zh: said(Lang::Zh, keys), en: said(Lang::En, keys) };
    Ok(Json(DocumentBody {
        line: line(spec),
        width_px: size.map(|size| size.width_px),
        height_px: size.map(|size| size.height_px),
        width_mm: size.and_then(|size| size.width_mm),
        height_mm: size.and_then(|size| size.height_mm),
        backgrounds: spec.backgrounds.iter().map(|it| it.name.clone()).collect(),
        edit_policy: spec.edit_policy,
        consent: ConsentText {
            version: CONSENT_VERSION,
            text: both(&["guide-privacy-1", "guide-privacy-2", "guide-privacy-3", "guide-consent"]),
            by_guardian: both(&["guide-guardian"]),
        },
    }))
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Which {
    q: String,
    document: Option<String>,
}

#[derive(Serialize)]
struct CityBody {
    code: String,
    name: Names,
    province: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<PolicyBody>,
}

/// What the city asks of the document's receipt.
#[derive(Serialize)]
struct PolicyBody {
    /// Whether it takes one at all.
    receipt: Acceptance,
    price_fen: u32,
    valid_days: u16,
    documents: Vec<String>,
    fields: Vec<Field>,
    minutes_min: u16,
    minutes_max: u16,
}

#[derive(Serialize)]
struct CitiesBody {
    cities: Vec<CityBody>,
}

async fn cities(
    State(app): State<App>,
    _: Caller<AnyKey>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<CitiesBody>, Problem> {
    let Query(which) = which.map_err(|error| Problem::field("query", "unknown", error.body_text()))?;
    if which.q.trim().is_empty() {
        return Err(Problem::field(
            "q",
            "missing",
            "q is a city's name, in characters, pinyin or English, or its code",
        ));
    }
    if which.document.as_ref().is_some_and(|id| app.document(id).is_none()) {
        return Err(Problem::field("document", "unknown", "no such document; /api/v1/documents lists them"));
    }
    let by_code = which.q.trim().parse().ok().and_then(|code| app.cities.find(code));
    let found = by_code.map_or_else(|| app.cities.suggest(&which.q, MOST), |city| vec![city]);
    let cities = found.into_iter().map(|city| city_body(&app, city, which.document.as_deref())).collect();
    Ok(Json(CitiesBody { cities }))
}

fn city_body(app: &App, city: &City, document: Option<&str>) -> CityBody {
    let policy = document.map(|document| app.policies.of(city.code, document));
    CityBody {
        code: city.code.to_string(),
        name: Names { zh: city.name.to_owned(), en: city.english.to_owned() },
        province: city.province.to_string(),
        policy: policy.map(|policy| PolicyBody {
            receipt: policy.receipt.value,
            price_fen: policy.price_fen.value,
            valid_days: policy.validity.value.days,
            documents: policy.uses.value.into_iter().collect(),
            fields: policy.fields.value.into_iter().collect(),
            minutes_min: policy.turnaround.value.min,
            minutes_max: policy.turnaround.value.max,
        }),
    }
}

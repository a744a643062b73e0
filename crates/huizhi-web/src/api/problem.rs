//! Errors of the interface (RFC 9457): a code for programs, an English sentence for who reads the log.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use huizhi_domain::order::OrderError;
use huizhi_store::StoreError;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::error::PageError;

/// What is wrong with a field of a request.
#[derive(Debug)]
pub struct FieldProblem {
    /// Where it stands in the body, or the query's name: `guardian.name`.
    pub field: String,
    /// What is wrong, for programs.
    pub code: String,
    /// The same for people, in the order's language.
    pub detail: String,
}

/// Why a request is not done.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    more: Map<String, Value>,
    retry_after_s: Option<i64>,
    /// Where its kind is described; `about:blank` where the code says all.
    kind: Option<String>,
}

impl Problem {
    /// A problem by its code.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), more: Map::new(), retry_after_s: None, kind: None }
    }

    /// Ours to mend; the log says what it is.
    pub fn broken() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "broken", "the service could not do this")
    }

    /// Fields that are to be mended.
    pub fn invalid(errors: &[FieldProblem]) -> Self {
        let detail = "something in the request is to be mended; errors says what";
        let errors: Vec<Value> =
            errors.iter().map(|it| json!({ "field": it.field, "code": it.code, "detail": it.detail })).collect();
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail).with("errors", errors)
    }

    /// One field that is to be mended.
    pub fn field(field: &str, code: &str, detail: impl Into<String>) -> Self {
        Self::invalid(&[FieldProblem { field: field.to_owned(), code: code.to_owned(), detail: detail.into() }])
    }

    /// What the router or a limit refused.
    pub fn of_status(status: StatusCode) -> Self {
        let (code, detail) = match status.as_u16() {
            401 => ("key", "show a key"),
            403 => ("cross-site", "another site may have caused this request"),
            404 => ("absent", "there is no such address"),
            405 => ("method", "this address does not take this method; Allow says which"),
            408 => ("slow", "the request did not come in time; send it again"),
            409 => ("conflict", "it stands elsewhere by now"),
            413 => ("too-large", "the body is larger than this address takes"),
            415 => ("media", "the body is of a kind that this address does not take"),
            429 => ("rate", "too many requests; wait"),
            503 => ("busy", "more is asked than can be done at the moment; try again"),
            400..=499 => ("request", "this is no request that the interface knows"),
            _ => ("broken", "the service could not do this"),
        };
        Self::new(status, code, detail)
    }

    /// With a further field.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.more.insert(field.to_owned(), value.into());
        self
    }

    /// Of a kind that an address describes.
    #[must_use]
    pub fn described_at(mut self, address: String) -> Self {
        self.kind = Some(address);
        self
    }

    /// With the seconds after which it may go better.
    #[must_use]
    pub fn after_s(mut self, seconds: i64) -> Self {
        self.retry_after_s = Some(seconds.max(1));
        self
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stopped => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopped", "the service takes no writes at the moment")
                    .after_s(60)
            }
            StoreError::Absent(_) => Self::new(StatusCode::NOT_FOUND, "absent", "there is no such thing"),
            StoreError::Order(error) => of_order(&error),
            StoreError::Conflict(_) => {
                Self::new(StatusCode::CONFLICT, "conflict", "somebody else was first; try again")
            }
            error => {
                tracing::error!(%error, "a request of the interface is broken");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "broken", "the service could not do this")
            }
        }
    }
}

fn of_order(error: &OrderError) -> Problem {
    let code = match error {
        OrderError::WrongState { .. } => "wrong-state",
        OrderError::TooManyPhotos => "too-many-photos",
        OrderError::Unusable => "photo-unusable",
        OrderError::ReasonMissing => "reason-missing",
        OrderError::AppealedBefore => "appealed-before",
        OrderError::WrongAmount { .. } => "wrong-amount",
    };
    let problem = Problem::new(StatusCode::CONFLICT, code, error.to_string());
    match error {
        OrderError::WrongState { state, .. } => problem.with("state", state.word()),
        _ => problem,
    }
}

impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        let status = error.status();
        if let PageError::Broken(error) = &error {
            tracing::error!(%error, "a request of the interface is broken");
        }
        Self::of_status(status)
    }
}

/// Makes a problem of every bare error below `/api`: those of the router, the limits and panics.
pub fn dressed(bare: &Response) -> Response {
    let mut dressed = Problem::of_status(bare.status()).into_response();
    for name in [ALLOW, RETRY_AFTER] {
        if let Some(value) = bare.headers().get(&name) {
            dressed.headers_mut().insert(name, value.clone());
        }
    }
    dressed
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = self.more;
        body.insert("type".to_owned(), self.kind.unwrap_or_else(|| "about:blank".to_owned()).into());
        body.insert("title".to_owned(), self.status.canonical_reason().unwrap_or_default().into());
        body.insert("status".to_owned(), self.status.as_u16().into());
        body.insert("code".to_owned(), self.code.into());
        body.insert("detail".to_owned(), self.detail.into());
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A request's JSON.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body: Result<Json<T>, JsonRejection> = Json::from_request(request, state).await;
        body.map(|Json(body)| Self(body)).map_err(|error| Problem::new(error.status(), "json", error.body_text()))
    }
}

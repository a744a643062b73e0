//! Why a page is not shown, and what the reader sees instead. One boundary: handlers name the cause, [`dress`] makes the page.

use std::error::Error as StdError;

use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{RequestPartsExt as _, http};
use huizhi_store::StoreError;
use serde::Serialize;

use crate::app::App;
use crate::desk::refused::{self, NoRight};
use crate::desk::session;
use crate::page::{Look, View};

/// Why a page is not shown.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// It is not there, or somebody else's.
    #[error("absent")]
    Absent,
    /// Another site may have caused the request.
    #[error("from another site")]
    CrossSite,
    /// The form does not say what it has to, in a way that no page of ours sends.
    #[error("not a form of ours")]
    Form,
    /// The form is larger than any of ours.
    #[error("too large")]
    TooLarge,
    /// The order stands elsewhere by now.
    #[error("too late: {0}")]
    Late(String),
    /// Too many tries.
    #[error("too many tries")]
    TooMany,
    /// More is asked than can be done at the moment.
    #[error("busy")]
    Busy,
    /// Ours to mend.
    #[error("{0}")]
    Broken(#[source] Box<dyn StdError + Send + Sync>),
}

impl PageError {
    /// Ours to mend.
    pub fn broken(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Broken(error.into())
    }

    /// Status of the answer.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Absent => StatusCode::NOT_FOUND,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::Form => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Late(_) => StatusCode::CONFLICT,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Absent(_) => Self::Absent,
            StoreError::Order(_) | StoreError::Review(_) | StoreError::Staff(_) | StoreError::Conflict(_) => {
                Self::Late(error.to_string())
            }
            StoreError::Residence(_) | StoreError::Support(_) | StoreError::Amend(_) => Self::Late(error.to_string()),
            StoreError::Stopped => Self::Busy,
            _ => Self::broken(error),
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        if let Self::Broken(error) = &self {
            tracing::error!(error = %Causes(&**error), "a page is broken");
        }
        let mut response = self.status().into_response();
        if matches!(self, Self::TooMany | Self::Busy) {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
        }
        response
    }
}

struct Causes<'a>(&'a dyn StdError);

impl std::fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// The page of an error.
#[derive(Serialize)]
pub struct ErrorView {
    /// One of [`KINDS`].
    kind: &'static str,
}

/// What went wrong, as the keys of its messages say it.
pub const KINDS: [&str; 7] = ["absent", "cross-site", "form", "late", "too-large", "too-many", "broken"];

impl View for ErrorView {
    const TEMPLATE: &'static str = "citizen/error.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        KINDS.iter().map(|kind| Self { kind }).collect()
    }
}

const fn kind(status: StatusCode) -> &'static str {
    match status.as_u16() {
        404 => KINDS[0],
        403 => KINDS[1],
        409 => KINDS[3],
        413 => KINDS[4],
        429 => KINDS[5],
        400..=499 => KINDS[2],
        _ => KINDS[6],
    }
}

/// Makes a page of every bare error, those of the router and the limits included. Errors that have a page or JSON pass. A desk's stand in
/// the desks' frame; an address there that is only posted to, which a browser may come back to, leads to the page above it.
pub async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let look = parts.extract::<Look>().await;
    let path = parts.uri.path();
    let machine = ["/api/", "/peer/"].into_iter().any(|it| path.starts_with(it));
    let (head, get) = (parts.method == Method::HEAD, parts.method == Method::GET);
    let above =
        path.starts_with("/desk/").then(|| path.rsplit_once('/').map_or("/desk", |(above, _)| above).to_owned());
    let token = session::token(&parts.headers);
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    let plain = response.headers().get(CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || !plain || head {
        return response;
    }
    if machine {
        return crate::api::dressed(&response);
    }
    if let Some(above) = above.as_deref().filter(|_| get && status == StatusCode::METHOD_NOT_ALLOWED) {
        return Redirect::to(above).into_response();
    }
    let Ok(look) = look;
    let no_right = response.extensions().get::<NoRight>().is_some();
    let kind = if no_right { "no-right" } else { kind(status) };
    let kept: Vec<(http::HeaderName, HeaderValue)> = [ALLOW, RETRY_AFTER]
        .into_iter()
        .filter_map(|name| response.headers().get(&name).map(|value| (name.clone(), value.clone())))
        .collect();
    let page = match above {
        Some(_) => refused::page(&app, &look, token.as_deref(), kind).await,
        None => app.show(&look, &ErrorView { kind }).map(IntoResponse::into_response),
    };
    match page {
        Ok(mut dressed) => {
            *dressed.status_mut() = status;
            dressed.headers_mut().extend(kept);
            dressed
        }
        Err(_) => response,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_error_has_a_page_in_every_language() {
        crate::page::tests::renders::<super::ErrorView>();
    }
}

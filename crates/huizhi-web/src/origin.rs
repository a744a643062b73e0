//! No other site may act in a visitor's name (CSRF): `Sec-Fetch-Site`, else `Origin` against `Host`, else no.
//!
//! The algorithm of Go's `CrossOriginProtection`, but stricter where a browser says neither: the request is refused, because
//! every browser that can post our forms sends one of them.

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::app::App;
use crate::error::PageError;
use crate::pay::BELL;

/// Lets a request through unless another site may have caused it.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let public = authority_of(&app.settings.public_url);
    if is_ours(request.method(), request.uri(), request.headers(), public) {
        next.run(request).await
    } else {
        PageError::CrossSite.into_response()
    }
}

fn is_ours(method: &Method, uri: &Uri, headers: &HeaderMap, public: Option<&str>) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(axum::http::HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin" || site == "none";
    }
    if let Some(origin) = text(ORIGIN) {
        let host = uri.authority().map(axum::http::uri::Authority::as_str).or_else(|| text(HOST));
        let origin = authority_of(origin);
        return origin.is_some() && (origin == host || origin == public);
    }
    // A machine: it shows its key in each request, or will be asked for one, and a browser holds no cookie that would act for it.
    let machine = ["/api/", "/peer/"].into_iter().any(|it| uri.path().starts_with(it)) || uri.path() == BELL;
    let machine = machine || headers.contains_key(AUTHORIZATION);
    machine && !headers.contains_key(COOKIE)
}

fn authority_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    Some(rest.split('/').next().unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(method: &Method, pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, axum::http::HeaderValue::from_static(value));
        }
        is_ours(method, &Uri::from_static("/order"), &headers, Some("id.example"))
    }

    #[test]
    fn only_our_own_pages_may_post() {
        let host = ("host", "localhost:8080");
        for (expected, headers) in [
            (true, vec![host, ("sec-fetch-site", "same-origin")]),
            (true, vec![host, ("sec-fetch-site", "none")]),
            (false, vec![host, ("sec-fetch-site", "same-site")]),
            (false, vec![host, ("sec-fetch-site", "cross-site")]),
            (false, vec![host, ("sec-fetch-site", "cross-site"), ("origin", "http://localhost:8080")]),
            (true, vec![host, ("origin", "http://localhost:8080")]),
            (true, vec![host, ("origin", "https://id.example")]),
            (false, vec![host, ("origin", "http://localhost:8081")]),
            (false, vec![host, ("origin", "null")]),
            (false, vec![host]),
            (true, vec![host, ("authorization", "Bearer x")]),
            (false, vec![host, ("authorization", "Basic x"), ("cookie", "a=b")]),
        ] {
            assert_eq!(ours(&Method::POST, &headers), expected, "{headers:?}");
            assert!(ours(&Method::GET, &headers));
        }
    }
}

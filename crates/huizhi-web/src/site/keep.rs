//! What browsers and caches may keep of a page that is the same for everybody.

use std::fmt::Write as _;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

/// Bytes of the hash that tell two versions of a page apart.
const MARK_BYTES: usize = 12;

/// A page in HTML.
pub const HTML: &str = "text/html; charset=utf-8";

/// Answers with a page, or says that the one that the browser has is still good.
///
/// Whoever sends no cookie gets what anybody gets, and a cache may keep it for a minute. With cookies a page shows who is signed in and in
/// which size, so that only the browser keeps it, and asks each time.
pub fn keep(request: &HeaderMap, media: &'static str, page: String) -> Response {
    let mark = mark(page.as_bytes());
    let mut response = if knows(request, &mark) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = page.into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
        response
    };
    let kept = if request.contains_key(COOKIE) { "private, no-cache" } else { "public, max-age=60" };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(VARY, HeaderValue::from_static("cookie"));
    if let Ok(mark) = HeaderValue::from_str(&mark) {
        headers.insert(ETAG, mark);
    }
    response
}

/// The page's mark (`ETag`). A weak one: the answer may be compressed on its way.
fn mark(bytes: &[u8]) -> String {
    let mut mark = String::from("W/\"");
    for byte in Sha256::digest(bytes).iter().take(MARK_BYTES) {
        // Writing to a String cannot fail.
        let _ = write!(mark, "{byte:02x}");
    }
    mark.push('"');
    mark
}

/// Whether the browser has the page with this mark.
fn knows(request: &HeaderMap, mark: &str) -> bool {
    let lists = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).map(str::trim).any(|known| known == mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&'static str, &str)]) -> Response {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        keep(&headers, HTML, "a page".to_owned())
    }

    #[test]
    fn a_page_that_the_browser_has_is_not_sent_again() {
        let first = asked(&[]);
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()[CACHE_CONTROL], "public, max-age=60");
        let mark = first.headers()[ETAG].to_str().unwrap().to_owned();
        let again = asked(&[("if-none-match", &format!("\"other\", {mark}"))]);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[ETAG], mark.as_str());
        assert_eq!(asked(&[("if-none-match", "W/\"00\"")]).status(), StatusCode::OK);
    }

    #[test]
    fn a_page_that_was_asked_with_cookies_is_kept_by_nobody_else() {
        assert_eq!(asked(&[("cookie", "care=1")]).headers()[CACHE_CONTROL], "private, no-cache");
    }
}

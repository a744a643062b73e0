//! What the window at this terminal is called in the hall. It is chosen once and kept by the terminal's browser.

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use huizhi_domain::staff::Office;
use huizhi_domain::visit::ticket::{Desk, window_name};

use crate::app::App;
use crate::visitor;

const COOKIE: &str = "window";

/// As long as a terminal's secret is kept.
const KEEP_S: u32 = 2 * 365 * 24 * 3600;

/// What stands in place of a name that nobody chose.
const NO_NAME: &str = "-";

/// The name, where one was chosen.
#[must_use]
pub fn of(headers: &HeaderMap) -> Option<String> {
    let bytes = BASE64.decode(visitor::cookie(headers, COOKIE)?).ok()?;
    window_name(std::str::from_utf8(&bytes).ok()?)
}

/// The cookie that keeps a name. A cookie takes no Chinese, so it has the name's bytes.
#[must_use]
pub fn cookie(app: &App, name: &str) -> Option<HeaderValue> {
    visitor::set_cookie(&app.settings, COOKIE, &BASE64.encode(name), Some(KEEP_S))
}

/// The window of a request, today. Without a name it can serve whom it has before it, and call nobody.
#[must_use]
pub fn desk(app: &App, office: &Office, headers: &HeaderMap) -> Desk {
    let window = of(headers).unwrap_or_else(|| NO_NAME.to_owned());
    Desk { office: office.id, window, today: app.store.today() }
}

#[cfg(test)]
mod tests {
    use axum::http::header::COOKIE as HEADER;

    use super::*;

    #[test]
    fn a_name_is_read_as_it_was_kept() {
        let mut headers = HeaderMap::new();
        assert_eq!(of(&headers), None);
        let text = format!("lang=en; window={}", BASE64.encode("综合一"));
        headers.insert(HEADER, HeaderValue::from_str(&text).unwrap());
        assert_eq!(of(&headers).as_deref(), Some("综合一"));
        headers.insert(HEADER, HeaderValue::from_static("window=not base64"));
        assert_eq!(of(&headers), None);
    }
}

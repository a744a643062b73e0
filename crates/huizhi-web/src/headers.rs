//! What every answer tells the browser: run nothing but ours, show it in no frame, guess no type, keep nothing personal.

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;

/// For pages. `blob:` is the preview of a photo that the browser itself took.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' blob:; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// For the page on which an article is written: it shows the article's own page beside it.
pub const FRAMING_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' blob:; \
     connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'";

/// For an article's page as it is shown there: nothing runs, nothing is sent, and no other site may show it.
pub const FRAMED_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; \
     base-uri 'none'; frame-ancestors 'self'";

/// For what came from strangers: pictures, and what is made of them.
pub const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// Whether a page shows what the camera sees: where a photo is taken or refused, at home or at a window, and where
/// somebody signs in or enrols by face.
fn shows_camera(path: &str) -> bool {
    let of_order = path.starts_with("/order/") && (path.ends_with("/take") || path.ends_with("/photos"));
    of_order || path.starts_with("/desk/window/photo/") || ["/sign-in/face/look", "/account/face/enrol"].contains(&path)
}

/// Sets each header that the answer does not have yet.
pub async fn set(State(app): State<App>, request: Request, next: Next) -> Response {
    let camera = shows_camera(request.uri().path());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(CONTENT_SECURITY_POLICY, PAGE_POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(X_FRAME_OPTIONS, "DENY");
    set(REFERRER_POLICY, "same-origin");
    set(CACHE_CONTROL, "no-store");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    let permissions = if camera {
        "camera=(self), microphone=(), geolocation=()"
    } else {
        "camera=(), microphone=(), geolocation=()"
    };
    set(HeaderName::from_static("permissions-policy"), permissions);
    if app.settings.is_https() {
        set(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

//! Every address on one page, and what every request passes on its way.

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};
use tower_http::timeout::TimeoutLayer;

use crate::app::App;
use crate::citizen::{
    account, applicant, check, city, document, ending, export, guide, home, link, message, name, order, outside, pay,
    people, receipt, report, take, verify,
};
use crate::{api, desk, error, headers, origin, peer, static_files, upload};

/// The largest form that is no photo: names, numbers and a reason.
const FORM_MOST_BYTES: usize = 64 * 1024;
/// A page that takes longer is broken.
const PAGE_TIME: Duration = Duration::from_secs(30);
/// 15 MiB at 1 Mbit/s, the slowest uplink that still shows the camera page, and the wait for the report.
const UPLOAD_TIME: Duration = Duration::from_secs(150);

/// The whole service.
pub fn routes(app: App) -> Router {
    let pages = Router::new()
        .route("/", get(home::home))
        .route("/photo", get(document::documents))
        .route("/photo/{document}/city", get(city::city))
        .route("/photo/{document}/guide", get(guide::guide).post(guide::consent))
        .route("/photo/{document}/take", get(take::of_document))
        .route("/order/{id}", get(order::order))
        .route("/order/{id}/take", get(take::take))
        .route("/order/{id}/photos", get(report::photos))
        .route("/order/{id}/photo/{attempt}", get(report::report))
        .route("/order/{id}/photo/{attempt}/drop", post(take::drop_photo))
        .route("/order/{id}/photo/{attempt}/{kind}", get(take::picture))
        .route("/order/{id}/applicant", get(applicant::applicant).post(applicant::save))
        .route("/order/{id}/name", get(name::name))
        .route("/order/{id}/name/drop", post(name::drop_picture))
        .route("/order/{id}/name/picture", get(name::picture))
        .route("/order/{id}/city", get(city::of_order).post(city::change))
        .route("/order/{id}/check", get(check::check).post(check::submit))
        .route("/order/{id}/appeal", post(ending::appeal))
        .route("/order/{id}/data", get(export::data))
        .route("/order/{id}/end/{what}", get(ending::ask).post(ending::end))
        .route("/order/{id}/pay", get(pay::pay).post(pay::begin))
        .route("/order/{id}/pay/other", post(pay::other))
        .route(crate::pay::BELL, post(pay::told))
        .route("/order/{id}/receipt", get(receipt::receipt))
        .route("/order/{id}/receipt/{file}", get(receipt::file))
        .route("/o/{secret}", get(link::link).post(link::follow))
        .route("/sign-in/with", get(outside::sign_in::list))
        .route("/sign-in/with/{provider}", get(outside::sign_in::come_back).post(outside::sign_in::leave))
        .route("/sign-in/with/{provider}/unknown", get(outside::sign_in::unknown))
        .route("/account/links", get(outside::link::links).post(outside::link::add))
        .route("/account/links/code", post(outside::link::code))
        .route("/account/links/offer", get(outside::link::offer).post(outside::link::take))
        .route("/account/links/{provider}/remove", post(outside::link::remove))
        .route("/orders", get(order::orders))
        .route("/messages", get(message::messages))
        .route("/messages/read", post(message::read_all))
        .route("/verify", get(verify::ask).post(verify::verify))
        .route("/v/{token}", get(verify::token))
        .route("/privacy", get(home::privacy))
        .route("/lang", post(home::switch))
        .route("/care", post(home::switch))
        .route("/health", get(home::health))
        .route("/static/{version}/{name}", get(static_files::file))
        .merge(account::routes())
        .merge(people::routes())
        .merge(desk::routes())
        .merge(api::routes(&app))
        .merge(crate::citizen::face::routes())
        .merge(crate::citizen::residence::routes())
        .merge(crate::citizen::support::routes())
        .merge(crate::citizen::what::routes())
        .merge(crate::citizen::visit::routes())
        .merge(crate::citizen::room::routes(&app))
        .merge(crate::citizen::wish::routes(&app))
        .merge(crate::site::routes(&app))
        .merge(crate::site::comment::routes())
        .fallback(absent)
        .layer(DefaultBodyLimit::max(FORM_MOST_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PAGE_TIME));
    let uploads = Router::new()
        .route("/order/{id}/photos", post(take::receive))
        .route("/order/{id}/name", post(name::receive))
        .merge(crate::citizen::support::uploads())
        .route("/desk/articles/pictures", post(desk::articles::receive_picture))
        .route("/desk/window/photo/{appointment}/photos", post(desk::window_photo::receive))
        .layer(DefaultBodyLimit::max(upload::MOST_BYTES + upload::ENVELOPE_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, UPLOAD_TIME));
    let films = crate::citizen::face::uploads()
        .layer(DefaultBodyLimit::max(crate::citizen::face::frames::MOST_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, UPLOAD_TIME));
    let shops = api::uploads(&app).layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, UPLOAD_TIME));
    // Many book in the same minute. Nothing here is dressed as a page, comes in a language or is worth compressing.
    let appointments: Router = api::appointments()
        .layer(DefaultBodyLimit::max(FORM_MOST_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PAGE_TIME))
        .layer(from_fn_with_state(app.clone(), origin::guard))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(api::dress))
        .layer(from_fn_with_state(app.clone(), headers::set))
        .with_state(app.clone());
    pages
        .merge(uploads)
        .merge(films)
        .merge(shops)
        .merge(peer::routes())
        .layer(from_fn_with_state(app.clone(), origin::guard))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), error::dress))
        // Pictures are compressed already, and gzip would only cost.
        .layer(
            CompressionLayer::new()
                .compress_when(DefaultPredicate::new().and(NotForContentType::const_new("application/pdf"))),
        )
        .layer(from_fn_with_state(app.clone(), headers::set))
        .with_state(app)
        .merge(appointments)
}

async fn absent() -> error::PageError {
    error::PageError::Absent
}

/// The panic is in the log; nothing of it leaves.
fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

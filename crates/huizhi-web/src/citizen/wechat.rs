//! A mini-program of WeChat tells where its user is to be told of an order: who holds the order's link and knows the last four characters of
//! the applicant's number. JSON, for the mini-program's own requests.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_outside::CodeError;
use serde::Deserialize;
use serde_json::json;

use super::link::asks;
use crate::app::App;
use crate::error::PageError;

/// What the mini-program sends after `wx.login` and `wx.requestSubscribeMessage`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bind {
    /// The code of `wx.login`.
    code: String,
    /// The last four characters of the applicant's number; empty where none is known.
    #[serde(default)]
    four: String,
    /// Ids of the templates that the user has allowed just now; each allows one message.
    #[serde(default)]
    allowed: Vec<String>,
}

/// GET `/o/{secret}/wechat`: the templates to ask permission for.
pub async fn templates(State(app): State<App>, Path(secret): Path<String>) -> Result<Response, PageError> {
    let Some(wechat) = app.wechat.get() else { return Err(PageError::Absent) };
    app.store.order_by_secret(&secret).await?.ok_or(PageError::Absent)?;
    let templates: Vec<&str> = wechat.kinds().map(|(_, template)| template).collect();
    Ok(Json(json!({ "templates": templates })).into_response())
}

/// POST `/o/{secret}/wechat`
pub async fn bind(
    State(app): State<App>,
    Path(secret): Path<String>,
    Json(bind): Json<Bind>,
) -> Result<Response, PageError> {
    let Some(wechat) = app.wechat.get() else { return Err(PageError::Absent) };
    let order = app.store.order_by_secret(&secret).await?.ok_or(PageError::Absent)?;
    if asks(&app, order.id).await? && !app.store.last_four_fit(order.id, &bind.four).await? {
        return Ok(no(StatusCode::FORBIDDEN, "four", "the last four characters do not fit, or too many were tried"));
    }
    let openid = match wechat.openid(&bind.code).await {
        Ok(openid) => openid,
        Err(error) => {
            let status = match error {
                CodeError::Wrong => StatusCode::UNPROCESSABLE_ENTITY,
                CodeError::Blocked => StatusCode::FORBIDDEN,
                CodeError::TooMany => StatusCode::TOO_MANY_REQUESTS,
                CodeError::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
            };
            return Ok(no(status, "code", &error.to_string()));
        }
    };
    let allowed = |(kind, template): (&str, &str)| bind.allowed.iter().any(|it| it == template).then(|| kind.to_owned());
    let kinds: Vec<String> = wechat.kinds().filter_map(allowed).collect();
    app.store.bind_wechat(order.id, &openid, &kinds).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn no(status: StatusCode, code: &str, detail: &str) -> Response {
    (status, Json(json!({ "code": code, "detail": detail }))).into_response()
}

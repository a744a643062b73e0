//! A mini-program of WeChat tells where its user is to be told of an order: who holds the order's link and knows the last four characters of
//! the applicant's number. No key: the link is one.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Json, Router, routing};
use huizhi_domain::order::Order;
use huizhi_outside::{CodeError, Wechat};
use huizhi_store::Guess;
use serde::{Deserialize, Serialize};

use super::caller::absent;
use super::problem::{Body, Problem};
use crate::app::App;
use crate::citizen::link::asks;

/// The address for mini-programs.
pub fn routes() -> Router<App> {
    Router::new().route("/api/v1/wechat/{secret}", routing::get(templates).post(bind))
}

/// What the user can be asked permission for.
#[derive(Serialize)]
struct Templates {
    templates: Vec<String>,
    /// Whether the last four characters are asked.
    four: bool,
}

/// What the mini-program sends after `wx.login` and `wx.requestSubscribeMessage`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bind {
    /// The code of `wx.login`.
    code: String,
    /// The last four characters of the applicant's number; empty where none is known.
    #[serde(default)]
    four: String,
    /// Ids of the templates that the user has allowed just now; each allows one message.
    #[serde(default)]
    allowed: Vec<String>,
}

async fn templates(State(app): State<App>, Path(secret): Path<String>) -> Result<Json<Templates>, Problem> {
    let (wechat, order) = found(&app, &secret).await?;
    let templates = wechat.kinds().map(|(_, template)| template.to_owned()).collect();
    Ok(Json(Templates { templates, four: asks(&app, order.id).await? }))
}

async fn bind(
    State(app): State<App>,
    Path(secret): Path<String>,
    Body(bind): Body<Bind>,
) -> Result<StatusCode, Problem> {
    let (wechat, order) = found(&app, &secret).await?;
    if asks(&app, order.id).await? && app.store.guess_last_four(order.id, &bind.four).await? != Guess::Right {
        let detail = "the last four characters do not fit, or too many were tried";
        return Err(Problem::new(StatusCode::FORBIDDEN, "four", detail));
    }
    let openid = wechat.openid(&bind.code).await.map_err(of_code)?;
    let allowed =
        |(kind, template): (&str, &str)| bind.allowed.iter().any(|it| it == template).then(|| kind.to_owned());
    let kinds: Vec<String> = wechat.kinds().filter_map(allowed).collect();
    app.store.bind_wechat(order.id, &openid, &kinds).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn found(app: &App, secret: &str) -> Result<(Arc<Wechat>, Order), Problem> {
    let wechat = app.shared.outside.get().and_then(|outside| outside.wechat.clone()).ok_or_else(absent)?;
    let order = app.store.order_by_secret(secret).await?.ok_or_else(absent)?;
    Ok((wechat, order))
}

/// Why a code gives nobody, for the mini-program.
pub fn of_code(error: CodeError) -> Problem {
    let (status, code) = match error {
        CodeError::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, "code-wrong"),
        CodeError::Blocked => (StatusCode::FORBIDDEN, "code-blocked"),
        CodeError::TooMany => (StatusCode::TOO_MANY_REQUESTS, "wechat-busy"),
        CodeError::Unreachable => (StatusCode::SERVICE_UNAVAILABLE, "wechat-unreachable"),
    };
    let problem = Problem::new(status, code, error.to_string());
    if matches!(error, CodeError::TooMany | CodeError::Unreachable) { problem.after_s(60) } else { problem }
}

#[cfg(test)]
mod tests;

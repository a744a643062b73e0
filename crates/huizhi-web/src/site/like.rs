//! `/like/{article}`: one for each visitor, without a sign-in, and not many from one place.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Path, State};
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::article::ArticleId;
use huizhi_domain::words::Lang;
use serde::Deserialize;

use crate::app::{App, client};
use crate::citizen::see_other;
use crate::error::PageError;
use crate::form::Posted;
use crate::visitor::Guest;

/// From which page it was pressed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Pressed {
    lang: String,
}

/// POST `/like/{article}`
pub async fn like(
    State(app): State<App>,
    guest: Guest,
    headers: HeaderMap,
    extensions: Extensions,
    Path(article): Path<String>,
    Posted(pressed): Posted<Pressed>,
) -> Result<Response, PageError> {
    let id: ArticleId = article.parse().map_err(|_| PageError::Absent)?;
    let lang = Lang::of_tag(&pressed.lang).unwrap_or_default();
    let article = app.store.published(id, lang).await?.ok_or(PageError::Absent)?;
    // Who throws cookies away is a new visitor each time; the place that they come from is not.
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
    if !app.site.likes.take(&client(&headers, peer, &app.settings), app.store.now()) {
        return Err(PageError::TooMany);
    }
    let (visitor, keep) = guest.known_by(&app)?;
    app.store.like(id, &visitor).await?;
    Ok((keep, see_other(&format!("{}?liked=1#like", article.permalink()))).into_response())
}

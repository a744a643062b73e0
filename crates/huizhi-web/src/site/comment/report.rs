//! Telling us that a comment should not be seen: a page that asks why, and a person who then looks.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Path, State};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::comment::{CommentState, Objection};
use huizhi_domain::id::CommentId;
use huizhi_store::{Comment, StoreError};
use serde::{Deserialize, Serialize};

use super::{CommentView, read_at};
use crate::app::{App, client};
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};
use crate::visitor::Guest;

/// The page.
#[derive(Clone, Serialize)]
pub struct ReportCommentView {
    comment: CommentView,
    article_path: String,
    objections: Vec<&'static str>,
    /// Whether it was reported.
    done: bool,
    errors: FormErrors,
}

impl View for ReportCommentView {
    const TEMPLATE: &'static str = "site/comment-report.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let comment = CommentView::samples().remove(0);
        let asked = Self {
            comment,
            article_path: "/sfz/9089.html".to_owned(),
            objections: words(),
            done: false,
            errors: FormErrors::default(),
        };
        let faulty = Self { errors: FormErrors::one("why", "comment-report-why-missing"), ..asked.clone() };
        vec![Self { done: true, ..asked.clone() }, faulty, asked]
    }
}

fn words() -> Vec<&'static str> {
    Objection::ALL.into_iter().map(Objection::word).collect()
}

/// A comment that everybody sees, and its page in the language that it is written in.
async fn shown(app: &App, look: Look, id: CommentId) -> Result<(Comment, String, Look), PageError> {
    let comment = app.store.find_comment(id).await?.filter(|it| it.state == CommentState::Shown);
    let comment = comment.ok_or(PageError::Absent)?;
    let article = app.store.published(comment.article, comment.lang).await?.ok_or(PageError::Absent)?;
    let look = Look { lang: comment.lang, ..look };
    Ok((comment, read_at(&article), look))
}

fn view(comment: &Comment, article_path: String) -> ReportCommentView {
    ReportCommentView {
        comment: CommentView::of(comment),
        article_path,
        objections: words(),
        done: false,
        errors: FormErrors::default(),
    }
}

/// `/comment/{comment}/report`
pub async fn ask(State(app): State<App>, look: Look, Path(id): Path<CommentId>) -> Result<Response, PageError> {
    let (comment, path, look) = shown(&app, look, id).await?;
    Ok(app.show(&look, &view(&comment, path))?.into_response())
}

/// What was chosen.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    why: String,
}

/// POST `/comment/{comment}/report`
pub async fn report(
    State(app): State<App>,
    look: Look,
    guest: Guest,
    headers: HeaderMap,
    extensions: Extensions,
    Path(id): Path<CommentId>,
    Posted(chosen): Posted<Chosen>,
) -> Result<Response, PageError> {
    let (comment, path, look) = shown(&app, look, id).await?;
    let view = view(&comment, path);
    let Ok(objection) = chosen.why.parse::<Objection>() else {
        let view = ReportCommentView { errors: FormErrors::one("why", "comment-report-why-missing"), ..view };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response());
    };
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    if !app.shared.asked.take(&format!("report {}", client(&headers, peer, &app.settings)), app.store.now()) {
        return Err(PageError::TooMany);
    }
    let (visitor, keep) = guest.settle(&app)?;
    match app.store.report_comment(&visitor, id, objection).await {
        // Twice, or gone meanwhile: either way it is seen to.
        Ok(_) | Err(StoreError::Absent(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let page = app.show(&look, &ReportCommentView { done: true, ..view })?;
    Ok((keep, page).into_response())
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::ReportCommentView>();
    }
}

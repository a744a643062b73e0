//! Comments (发表回复): those that stand under an article, the form, and one's own. Nothing is shown before a person let it through, and an
//! e-mail address that was typed is in no answer: a form that comes back asks for it again.

pub mod check;
mod own;
mod report;
mod send;

use std::collections::BTreeMap;

use axum::Router;
use axum::routing::{get, post};
use huizhi_domain::article::{ArticleId, Published, permalink};
use huizhi_domain::id::CommentId;
use huizhi_domain::words::Lang;
use huizhi_store::Comment;
use serde::Serialize;

use crate::app::App;
use crate::error::PageError;
use crate::page::Look;

/// The addresses of comments.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/comments/{article}", get(send::form).post(send::send))
        .route("/en/comments/{article}", get(send::form).post(send::send))
        .route("/comment/{comment}/delete", post(own::delete))
        .route("/comment/{comment}/report", get(report::ask).post(report::report))
}

/// A comment as readers see it.
#[derive(Clone, Debug, Serialize)]
pub struct CommentView {
    id: String,
    name: String,
    text: String,
    posted_at: i64,
    answers: Vec<CommentView>,
}

impl CommentView {
    fn of(comment: &Comment) -> Self {
        Self {
            id: comment.id.to_string(),
            name: comment.name.clone(),
            text: comment.text.clone(),
            posted_at: comment.posted_at.0,
            answers: Vec::new(),
        }
    }

    /// One with an answer, and one without.
    #[cfg(test)]
    pub fn samples() -> Vec<Self> {
        let alone = Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            name: "惠州读者".to_owned(),
            text: "请问可以自己拍吗？\n<谢谢>".to_owned(),
            posted_at: 1_725_948_960_000,
            answers: Vec::new(),
        };
        vec![Self { answers: vec![alone.clone()], ..alone.clone() }, alone]
    }
}

/// The comments that stand under an article in a language, the oldest first, each with the answers to it.
///
/// # Errors
/// As the store.
pub async fn list(app: &App, article: ArticleId, lang: Lang) -> Result<Vec<CommentView>, PageError> {
    Ok(threads(&app.store.comments_on(article, lang).await?))
}

/// Puts answers to what they answer. One whose comment is not shown any more stands alone.
fn threads(comments: &[Comment]) -> Vec<CommentView> {
    let mut answers: BTreeMap<CommentId, Vec<CommentView>> = BTreeMap::new();
    let is_there = |id: CommentId| comments.iter().any(|it| it.id == id && it.answers.is_none());
    let mut first = Vec::new();
    for comment in comments {
        match comment.answers.filter(|id| is_there(*id)) {
            Some(answered) => answers.entry(answered).or_default().push(CommentView::of(comment)),
            None => first.push(comment),
        }
    }
    let view = |comment: &Comment| CommentView {
        answers: answers.remove(&comment.id).unwrap_or_default(),
        ..CommentView::of(comment)
    };
    first.into_iter().map(view).collect()
}

/// Where the form of an article is.
fn form_path(article: ArticleId, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("/comments/{article}"),
        Lang::En => format!("/en/comments/{article}"),
    }
}

/// An article in the language of the address, and how the reader wants its pages.
async fn article_of(app: &App, look: Look, number: &str) -> Result<(Published, Look), PageError> {
    let lang = if look.path.starts_with("/en/") { Lang::En } else { Lang::Zh };
    let id: ArticleId = number.parse().map_err(|_| PageError::Absent)?;
    let article = app.store.published(id, lang).await?.ok_or(PageError::Absent)?;
    Ok((article, Look { lang, ..look }))
}

/// Where an article is read.
fn read_at(article: &Published) -> String {
    permalink(&article.category, article.id, article.lang)
}

#[cfg(test)]
pub mod tests;

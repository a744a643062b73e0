//! One's own comments under an article: where they stand, why, and deleting them.

use axum::extract::{Path, State};
use axum::response::Response;
use huizhi_domain::article::Published;
use huizhi_domain::comment::Objection;
use huizhi_domain::id::CommentId;
use huizhi_store::{Comment, Visitor};
use serde::Serialize;

use super::form_path;
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::visitor::Guest;

/// A comment as its author sees it.
#[derive(Clone, Serialize)]
pub struct OwnView {
    id: String,
    text: String,
    posted_at: i64,
    /// `waiting`, `shown`, `hidden` or `spam`.
    state: &'static str,
    /// Why it is not shown; empty where nobody said so.
    objection: &'static str,
}

impl OwnView {
    fn of(comment: &Comment) -> Self {
        Self {
            id: comment.id.to_string(),
            text: comment.text.clone(),
            posted_at: comment.posted_at.0,
            state: comment.state.word(),
            objection: comment.objection.map_or("", Objection::word),
        }
    }

    /// One in each state, and one for each reason.
    #[cfg(test)]
    pub fn samples() -> Vec<Self> {
        use huizhi_domain::comment::CommentState;
        let one = |state: CommentState, objection| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            text: "请问可以自己拍吗？".to_owned(),
            posted_at: 1_725_948_960_000,
            state: state.word(),
            objection,
        };
        let states = CommentState::ALL.into_iter().map(|state| one(state, ""));
        states.chain(Objection::ALL.into_iter().map(|why| one(why.state(), why.word()))).collect()
    }
}

/// What somebody wrote under an article, newest first.
pub async fn own(app: &App, guest: &Guest, article: &Published) -> Result<Vec<OwnView>, PageError> {
    let mut own = Vec::new();
    for visitor in all(app, guest) {
        let written = app.store.comments_of(&visitor).await?;
        own.extend(written.iter().filter(|it| it.article == article.id && it.lang == article.lang).map(OwnView::of));
    }
    Ok(own)
}

fn all(app: &App, guest: &Guest) -> Vec<Visitor> {
    guest.visitors(app).collect()
}

/// POST `/comment/{comment}/delete`: who wrote it takes it back, wherever it stands.
pub async fn delete(State(app): State<App>, guest: Guest, Path(id): Path<CommentId>) -> Result<Response, PageError> {
    for visitor in all(&app, &guest) {
        let written = app.store.comments_of(&visitor).await?;
        if let Some(comment) = written.iter().find(|it| it.id == id) {
            app.store.delete_comment(&visitor, id).await?;
            return Ok(see_other(&format!("{}?told=deleted", form_path(comment.article, comment.lang))));
        }
    }
    Err(PageError::Absent)
}

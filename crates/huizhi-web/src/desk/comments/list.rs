//! What was shown, hidden and put aside, newest first, to be looked at again.

use axum::extract::{Path, Query, State};
use huizhi_domain::comment::{CommentState, Objection};
use huizhi_store::Comment;
use serde::{Deserialize, Serialize};

use super::{Answer, states};
use crate::app::App;
use crate::desk::frame::{self, Place};
use crate::desk::session::Moderator;
use crate::error::PageError;
use crate::page::{Look, View};

/// Comments of a page.
const OF_PAGE: i64 = 50;

/// A page of comments that stand somewhere.
#[derive(Clone, Debug, Serialize)]
pub struct ListView {
    state: &'static str,
    states: Vec<&'static str>,
    rows: Vec<RowView>,
    /// The oldest of the page, where there may be older ones.
    older: Option<String>,
}

/// A comment.
#[derive(Clone, Debug, Serialize)]
struct RowView {
    id: String,
    name: String,
    text: String,
    lang: &'static str,
    posted_at: i64,
    objection: &'static str,
    reports: i64,
}

impl RowView {
    fn of(comment: &Comment) -> Self {
        Self {
            id: comment.id.to_string(),
            name: comment.name.clone(),
            text: comment.text.clone(),
            lang: comment.lang.tag(),
            posted_at: comment.posted_at.0,
            objection: comment.objection.map_or("", Objection::word),
            reports: comment.reports,
        }
    }
}

impl View for ListView {
    const TEMPLATE: &'static str = "desk/comment-list.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let row = |objection, reports| RowView {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            name: "惠州读者".to_owned(),
            text: "请问可以自己拍吗？".to_owned(),
            lang: "zh-CN",
            posted_at: 1_725_948_960_000,
            objection,
            reports,
        };
        let full = Self {
            state: "hidden",
            states: states(),
            rows: vec![row("private", 0), row("", 2)],
            older: Some("01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned()),
        };
        vec![Self { state: "shown", rows: Vec::new(), older: None, ..full.clone() }, full]
    }
}

/// Before which comment.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    before: String,
}

/// `/desk/comments/list/{state}`
pub async fn list(
    State(app): State<App>,
    Moderator(staff): Moderator,
    look: Look,
    Path(state): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer {
    let state: CommentState = state.parse().map_err(|_| PageError::Absent)?;
    let comments = app.store.comments_in(state, asked.before.parse().ok(), OF_PAGE).await?;
    let full = comments.len() as i64 == OF_PAGE;
    let view = ListView {
        state: state.word(),
        states: states(),
        older: comments.last().filter(|_| full).map(|it| it.id.to_string()),
        rows: comments.iter().map(RowView::of).collect(),
    };
    frame::show(&app, &look, Place::of(&staff, "comments"), view)
}

//! The moderators' desk: new comments and reported ones, the oldest first, ruled on by the keys of the review desk.

mod case;
mod list;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Router, routing};
use huizhi_domain::comment::{CommentState, Objection, Ruling};
use huizhi_domain::id::CommentId;
use huizhi_domain::staff::Staff;
use huizhi_store::Comment;
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::say;
use super::session::Moderator;
use crate::app::App;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::{Look, View};
use case::{CaseView, UndoView};

type Answer = Result<Response, PageError>;

/// The addresses of the desk.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/comments", routing::get(queue))
        .route("/desk/comments/list/{state}", routing::get(list::list))
        .route("/desk/comments/{comment}/show", routing::post(show))
        .route("/desk/comments/{comment}/refuse", routing::post(refuse))
        .route("/desk/comments/{comment}/undo", routing::post(undo))
}

/// What the page is told by the one before it. Nothing follows from it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// The comment after which the next one is looked for.
    after: String,
    /// The comment that is asked for by itself.
    this: String,
    /// The comment that was ruled on.
    done: String,
    told: String,
}

impl Asked {
    /// What the page says on top: its message key, and whether it is trouble.
    fn says(&self) -> Option<(&'static str, bool)> {
        match self.told.as_str() {
            "lost" => Some(("comment-desk-lost", true)),
            "too-late" => Some(("comment-desk-too-late", true)),
            "undone" => Some(("comment-desk-undone", false)),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
struct CommentsView {
    waiting: i64,
    oldest_min: Option<i64>,
    reported: i64,
    comment: Option<CaseView>,
    /// The comment after which this one was looked for; empty at the beginning.
    after: String,
    states: Vec<&'static str>,
    told: Option<String>,
    told_is_trouble: bool,
    undo: Option<UndoView>,
    fault: Option<String>,
}

impl View for CommentsView {
    const TEMPLATE: &'static str = "desk/comments.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let empty = Self {
            waiting: 0,
            oldest_min: None,
            reported: 0,
            comment: None,
            after: String::new(),
            states: states(),
            told: None,
            told_is_trouble: false,
            undo: None,
            fault: None,
        };
        let told = Self {
            told: Some("told".to_owned()),
            told_is_trouble: true,
            undo: Some(UndoView::sample()),
            after: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            ..empty.clone()
        };
        let full = Self { waiting: 3, oldest_min: Some(7), reported: 1, ..empty.clone() };
        let mut all: Vec<Self> =
            CaseView::samples().into_iter().map(|case| Self { comment: Some(case), ..full.clone() }).collect();
        let faulty = all.first().map(|view| Self {
            fault: Some("fault".to_owned()),
            undo: Some(UndoView::sample()),
            ..view.clone()
        });
        all.extend(faulty);
        all.extend([empty, told]);
        all
    }
}

fn states() -> Vec<&'static str> {
    CommentState::ALL.into_iter().map(CommentState::word).collect()
}

/// `/desk/comments`: the next comment, or the one that is asked for.
async fn queue(State(app): State<App>, Moderator(staff): Moderator, look: Look, Query(asked): Query<Asked>) -> Answer {
    let comment = match asked.this.parse::<CommentId>() {
        Ok(id) => app.store.find_comment(id).await?,
        Err(_) => app.store.next_comment(asked.after.parse().ok()).await?,
    };
    let view = view(&app, &look, comment.as_ref(), &asked).await?;
    frame::show(&app, &look, Place::of(&staff, "comments"), view)
}

async fn view(app: &App, look: &Look, comment: Option<&Comment>, asked: &Asked) -> Result<CommentsView, PageError> {
    let now = app.store.now();
    let waiting = app.store.comments_waiting().await?;
    let done = match asked.done.parse::<CommentId>() {
        Ok(id) => app.store.find_comment(id).await?,
        Err(_) => None,
    };
    let message = asked.says();
    let comment = match comment {
        Some(comment) => Some(case::of(app, look.lang, comment).await?),
        None => None,
    };
    Ok(CommentsView {
        waiting: waiting.waiting,
        oldest_min: waiting.oldest.map(|at| now.since_ms(at).div_euclid(60_000)),
        reported: waiting.reported,
        comment,
        after: asked.after.parse::<CommentId>().map(|id| id.to_string()).unwrap_or_default(),
        states: states(),
        told: message.map(|(key, _)| say(look.lang, key, &[])),
        told_is_trouble: message.is_some_and(|(_, trouble)| trouble),
        undo: done.and_then(|comment| UndoView::of(&comment, now)),
        fault: None,
    })
}

/// What a form says beside its ruling.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    /// Where the comment stood when the moderator saw it.
    from: String,
    after: String,
    why: String,
}

async fn show(
    State(app): State<App>,
    Moderator(staff): Moderator,
    Path(id): Path<CommentId>,
    Posted(said): Posted<Said>,
) -> Answer {
    rule(&app, &staff, id, &said, Ruling::Show).await
}

async fn refuse(
    State(app): State<App>,
    Moderator(staff): Moderator,
    look: Look,
    Path(id): Path<CommentId>,
    Posted(said): Posted<Said>,
) -> Answer {
    if let Ok(objection) = said.why.parse::<Objection>() {
        return rule(&app, &staff, id, &said, Ruling::Refuse(objection)).await;
    }
    let comment = app.store.find_comment(id).await?.ok_or(PageError::Absent)?;
    let asked = Asked { after: said.after, ..Asked::default() };
    let view = view(&app, &look, Some(&comment), &asked).await?;
    let view = CommentsView { fault: Some(say(look.lang, "comment-desk-why-missing", &[])), ..view };
    let mut page = frame::show(&app, &look, Place::of(&staff, "comments"), view)?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

async fn rule(app: &App, staff: &Staff, id: CommentId, said: &Said, ruling: Ruling) -> Answer {
    let from: CommentState = said.from.parse().map_err(|_| PageError::Form)?;
    if app.store.rule_on_comment(id, from, ruling, staff.id).await? {
        Ok(on(&said.after, &format!("done={id}")))
    } else {
        Ok(on(&said.after, "told=lost"))
    }
}

/// Takes one's own ruling back, and puts the comment in front again.
async fn undo(State(app): State<App>, Moderator(staff): Moderator, Path(id): Path<CommentId>) -> Answer {
    if app.store.undo_comment(id, staff.id).await? {
        Ok(Redirect::to(&format!("/desk/comments?this={id}&told=undone")).into_response())
    } else {
        Ok(on("", "told=too-late"))
    }
}

/// On to the next comment, without those that were skipped.
fn on(after: &str, told: &str) -> Response {
    let after = after.parse::<CommentId>().map(|id| format!("&after={id}")).unwrap_or_default();
    Redirect::to(&format!("/desk/comments?{told}{after}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn pages_render() {
        crate::page::tests::renders::<Framed<CommentsView>>();
        crate::page::tests::renders::<Framed<list::ListView>>();
    }
}

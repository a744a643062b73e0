//! Reading comments. Each has with it how often it was reported since a person last looked.

use huizhi_domain::article::ArticleId;
use huizhi_domain::comment::{CommentState, Objection};
use huizhi_domain::id::CommentId;
use huizhi_domain::words::Lang;

use super::super::{Connection, get, maybe_moment, word};
use super::read;
use crate::Result;
use crate::comment::{SealedComment, Waiting};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT comment.*, (SELECT COUNT(*) FROM comment_report WHERE comment_report.comment = comment.id AND \
             comment_report.settled_at IS NULL) AS reports FROM comment ",
            $rest
        )
    };
}

/// After every id that there can be: `~` stands behind all letters.
const LAST: &str = "~";

/// What is shown on a page, oldest first.
pub async fn of_page(db: &mut Connection, article: ArticleId, lang: Lang, most: i64) -> Result<Vec<SealedComment>> {
    let rows = sqlx::query(select!("WHERE article = $1 AND lang = $2 AND state = 'shown' ORDER BY id LIMIT $3"))
        .bind(article.0)
        .bind(lang.tag())
        .bind(most)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// What a visitor wrote, newest first.
pub async fn of_visitor(db: &mut Connection, visitor: Vec<u8>) -> Result<Vec<SealedComment>> {
    let rows =
        sqlx::query(select!("WHERE visitor = $1 ORDER BY id DESC LIMIT 200")).bind(visitor).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

pub async fn find(db: &mut Connection, id: CommentId) -> Result<Option<SealedComment>> {
    let row = sqlx::query(select!("WHERE id = $1")).bind(id.to_string()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// The oldest after another that a person has to look at: it is new, or readers object to it.
pub async fn next(db: &mut Connection, after: Option<CommentId>) -> Result<Option<SealedComment>> {
    let row = sqlx::query(select!(
        "WHERE id > $1 AND (state = 'waiting' OR (state = 'shown' AND EXISTS (SELECT 1 FROM comment_report WHERE \
         comment_report.comment = comment.id AND comment_report.settled_at IS NULL))) ORDER BY id LIMIT 1"
    ))
    .bind(after.map(|id| id.to_string()).unwrap_or_default())
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// What stands somewhere, newest first.
pub async fn of_state(
    db: &mut Connection,
    state: CommentState,
    before: Option<CommentId>,
    most: i64,
) -> Result<Vec<SealedComment>> {
    let rows = sqlx::query(select!("WHERE state = $1 AND id < $2 ORDER BY id DESC LIMIT $3"))
        .bind(state.word())
        .bind(before.map_or_else(|| LAST.to_owned(), |id| id.to_string()))
        .bind(most)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// What another service is still to be asked about, oldest first.
pub async fn unchecked(db: &mut Connection, most: i64) -> Result<Vec<SealedComment>> {
    let rows = sqlx::query(select!("WHERE checked = 'due' ORDER BY id LIMIT $1")).bind(most).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// How many wait for a person, since when the oldest does, and how many readers object to.
pub async fn waiting(db: &mut Connection) -> Result<Waiting> {
    let row = sqlx::query("SELECT COUNT(*) AS waiting, MIN(posted_at) AS oldest FROM comment WHERE state = 'waiting'")
        .fetch_one(&mut *db)
        .await?;
    let reported = sqlx::query(
        "SELECT COUNT(DISTINCT comment.id) AS reported FROM comment JOIN comment_report ON comment_report.comment = comment.id WHERE \
         comment.state = 'shown' AND comment_report.settled_at IS NULL",
    )
    .fetch_one(db)
    .await?;
    Ok(Waiting {
        waiting: get(&row, "waiting")?,
        oldest: maybe_moment(&row, "oldest")?,
        reported: get(&reported, "reported")?,
    })
}

/// What readers object to in a comment since a person last looked, the commonest first.
pub async fn objections(db: &mut Connection, id: CommentId) -> Result<Vec<(Objection, i64)>> {
    let rows = sqlx::query(
        "SELECT objection, COUNT(*) AS readers FROM comment_report WHERE comment = $1 AND settled_at IS NULL GROUP BY objection ORDER BY \
         COUNT(*) DESC, objection",
    )
    .bind(id.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((word(row, "objection")?, get(row, "readers")?))).collect()
}

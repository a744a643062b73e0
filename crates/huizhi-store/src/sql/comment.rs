//! Comments: taken, ruled on, and forgotten. How many an article has is counted anew in the transaction that changes it.

use std::sync::Arc;

use huizhi_domain::article::ArticleId;
use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::comment::{Checked, CommentState, ContentOpinion, Objection, Ruling};
use huizhi_domain::id::{CommentId, StaffId};
use huizhi_domain::words::Lang;

use super::{Connection, Row, get, log, maybe_moment, maybe_word, moment, word};
use crate::comment::{CommentRefused, NewRow, SealedComment};
use crate::{Keys, Result, StoreError};

mod look;

pub use look::{find, next, objections, of_page, of_state, of_visitor, unchecked, waiting};

/// Takes a comment. Sent twice, it is the one that is there.
pub async fn send(
    db: &mut Connection,
    keys: Arc<Keys>,
    new: NewRow,
    entry: Entry,
) -> Result<std::result::Result<CommentId, CommentRefused>> {
    let live = sqlx::query(
        "SELECT 1 AS here FROM article_state WHERE article = $1 AND lang = $2 AND live_version IS NOT NULL",
    )
    .bind(new.article.0)
    .bind(new.lang.tag())
    .fetch_optional(&mut *db)
    .await?;
    if live.is_none() {
        return Ok(Err(CommentRefused::Article));
    }
    if let Some(answered) = new.answers {
        // One level: what is an answer itself is not answered.
        let open = sqlx::query(
            "SELECT 1 AS here FROM comment WHERE id = $1 AND article = $2 AND lang = $3 AND state = 'shown' AND answers IS NULL",
        )
        .bind(answered.to_string())
        .bind(new.article.0)
        .bind(new.lang.tag())
        .fetch_optional(&mut *db)
        .await?;
        if open.is_none() {
            return Ok(Err(CommentRefused::Answered));
        }
    }
    let added = sqlx::query(
        "INSERT INTO comment (id, article, lang, answers, visitor, sent, said, email, state, posted_at, found, checked) VALUES ($1, $2, $3, \
         $4, $5, $6, $7, $8, $9, $10, $11, 'due') ON CONFLICT DO NOTHING",
    )
    .bind(new.id.to_string())
    .bind(new.article.0)
    .bind(new.lang.tag())
    .bind(new.answers.map(|it| it.to_string()))
    .bind(new.visitor)
    .bind(&new.sent)
    .bind(new.said)
    .bind(new.email)
    .bind(new.state.word())
    .bind(entry.at.0)
    .bind(new.found)
    .execute(&mut *db)
    .await?;
    if added.rows_affected() == 0 {
        let row = sqlx::query("SELECT id FROM comment WHERE sent = $1").bind(new.sent).fetch_one(&mut *db).await?;
        return Ok(Ok(word(&row, "id")?));
    }
    log::append(db, &keys, &[entry]).await?;
    Ok(Ok(new.id))
}

/// Deletes a visitor's own comment.
pub async fn delete(db: &mut Connection, keys: Arc<Keys>, visitor: Vec<u8>, id: CommentId, entry: Entry) -> Result<()> {
    let row = sqlx::query(locking!("SELECT article FROM comment WHERE id = $1 AND visitor = $2"))
        .bind(id.to_string())
        .bind(visitor)
        .fetch_optional(&mut *db)
        .await?;
    // Pressed twice, it was deleted once.
    let Some(row) = row else { return Ok(()) };
    let article = ArticleId(get(&row, "article")?);
    sqlx::query("DELETE FROM comment WHERE id = $1").bind(id.to_string()).execute(&mut *db).await?;
    count(&mut *db, article).await?;
    log::append(db, &keys, &[entry]).await
}

/// Notes that a reader objects to a comment that is shown, once; whether it was the first time.
pub async fn report(
    db: &mut Connection,
    keys: Arc<Keys>,
    reporter: Vec<u8>,
    id: CommentId,
    objection: Objection,
    entry: Entry,
) -> Result<bool> {
    let shown = sqlx::query("SELECT 1 AS here FROM comment WHERE id = $1 AND state = 'shown'")
        .bind(id.to_string())
        .fetch_optional(&mut *db)
        .await?;
    if shown.is_none() {
        return Err(StoreError::Absent("comment"));
    }
    let added = sqlx::query(
        "INSERT INTO comment_report (comment, reporter, objection, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(id.to_string())
    .bind(reporter)
    .bind(objection.word())
    .bind(entry.at.0)
    .execute(&mut *db)
    .await?;
    if added.rows_affected() == 0 {
        return Ok(false);
    }
    log::append(db, &keys, &[entry]).await?;
    Ok(true)
}

/// Rules on a comment that stands where the moderator saw it; `false` where it does not any more.
pub async fn rule(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: CommentId,
    from: CommentState,
    ruling: Ruling,
    by: StaffId,
    entry: Entry,
) -> Result<bool> {
    let Some((article, state)) = lock(&mut *db, id).await? else { return Ok(false) };
    if state != from {
        return Ok(false);
    }
    sqlx::query(
        "UPDATE comment SET state = $1, objection = $2, decided_by = $3, decided_at = $4, was = $5 WHERE id = $6",
    )
    .bind(ruling.state().word())
    .bind(ruling.objection().map(Objection::word))
    .bind(by.to_string())
    .bind(entry.at.0)
    .bind(state.word())
    .bind(id.to_string())
    .execute(&mut *db)
    .await?;
    sqlx::query("UPDATE comment_report SET settled_at = $1 WHERE comment = $2 AND settled_at IS NULL")
        .bind(entry.at.0)
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    count(&mut *db, article).await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(true)
}

/// Takes a moderator's own ruling back that is not older than `since`, with what it settled; whether there was one.
pub async fn undo(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: CommentId,
    by: StaffId,
    since: Moment,
    entry: Entry,
) -> Result<bool> {
    let row = sqlx::query(locking!(
        "SELECT article, was, decided_at FROM comment WHERE id = $1 AND decided_by = $2 AND decided_at > $3 AND was IN ('waiting', 'shown')"
    ))
    .bind(id.to_string())
    .bind(by.to_string())
    .bind(since.0)
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(false) };
    let (article, was): (i64, CommentState) = (get(&row, "article")?, word(&row, "was")?);
    let decided = moment(&row, "decided_at")?;
    // What was shown before has a person who let it through still.
    let again = if was == CommentState::Waiting {
        "UPDATE comment SET state = was, objection = NULL, decided_by = NULL, decided_at = NULL, was = NULL WHERE id = $1"
    } else {
        "UPDATE comment SET state = was, objection = NULL, was = NULL WHERE id = $1"
    };
    sqlx::query(again).bind(id.to_string()).execute(&mut *db).await?;
    sqlx::query("UPDATE comment_report SET settled_at = NULL WHERE comment = $1 AND settled_at = $2")
        .bind(id.to_string())
        .bind(decided.0)
        .execute(&mut *db)
        .await?;
    count(&mut *db, ArticleId(article)).await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(true)
}

/// Notes what another service says of a text. What it holds for forbidden is put aside, if nobody has ruled on it yet.
pub async fn settle_check(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: CommentId,
    opinion: ContentOpinion,
    entry: Entry,
) -> Result<()> {
    let noted = sqlx::query("UPDATE comment SET checked = $1, code = $2 WHERE id = $3 AND checked = 'due'")
        .bind(opinion.checked.word())
        .bind(opinion.code)
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if noted.rows_affected() == 0 || opinion.checked != Checked::Risky {
        return Ok(());
    }
    let aside = sqlx::query("UPDATE comment SET state = 'spam' WHERE id = $1 AND state = 'waiting'")
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if aside.rows_affected() == 0 { Ok(()) } else { log::append(db, &keys, &[entry]).await }
}

/// Forgets the addresses of what was posted before a moment; how many.
pub async fn forget_emails(db: &mut Connection, before: Moment) -> Result<u64> {
    let done = sqlx::query("UPDATE comment SET email = NULL WHERE email IS NOT NULL AND posted_at < $1")
        .bind(before.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}

/// Deletes what was refused and posted before a moment; how many.
pub async fn forget_refused(db: &mut Connection, before: Moment) -> Result<u64> {
    let done = sqlx::query("DELETE FROM comment WHERE state IN ('hidden', 'spam') AND posted_at < $1")
        .bind(before.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}

/// Erases what a visitor wrote and reported.
pub async fn erase(db: &mut Connection, visitor: Vec<u8>) -> Result<()> {
    let rows = sqlx::query("SELECT DISTINCT article FROM comment WHERE visitor = $1")
        .bind(&visitor)
        .fetch_all(&mut *db)
        .await?;
    sqlx::query("DELETE FROM comment WHERE visitor = $1").bind(&visitor).execute(&mut *db).await?;
    sqlx::query("DELETE FROM comment_report WHERE reporter = $1").bind(visitor).execute(&mut *db).await?;
    for row in &rows {
        count(&mut *db, ArticleId(get(row, "article")?)).await?;
    }
    Ok(())
}

async fn lock(db: &mut Connection, id: CommentId) -> Result<Option<(ArticleId, CommentState)>> {
    let row = sqlx::query(locking!("SELECT article, state FROM comment WHERE id = $1"))
        .bind(id.to_string())
        .fetch_optional(db)
        .await?;
    row.map(|row| Ok((ArticleId(get(&row, "article")?), word(&row, "state")?))).transpose()
}

/// Counts what readers of an article see, and says so where that is another number now.
async fn count(db: &mut Connection, article: ArticleId) -> Result<()> {
    let changed = sqlx::query(
        "UPDATE article SET comments = (SELECT COUNT(*) FROM comment WHERE comment.article = article.id AND comment.state = 'shown') WHERE \
         id = $1 AND comments <> (SELECT COUNT(*) FROM comment WHERE comment.article = article.id AND comment.state = 'shown')",
    )
    .bind(article.0)
    .execute(&mut *db)
    .await?;
    if changed.rows_affected() > 0 {
        super::article::touched(db).await?;
    }
    Ok(())
}

fn read(row: &Row) -> Result<SealedComment> {
    let lang: String = get(row, "lang")?;
    Ok(SealedComment {
        id: word(row, "id")?,
        article: ArticleId(get(row, "article")?),
        lang: Lang::of_tag(&lang).unwrap_or_default(),
        answers: maybe_word(row, "answers")?,
        said: get(row, "said")?,
        has_email: get::<Option<Vec<u8>>>(row, "email")?.is_some(),
        state: word(row, "state")?,
        posted_at: moment(row, "posted_at")?,
        found: get(row, "found")?,
        checked: word(row, "checked")?,
        code: get(row, "code")?,
        objection: maybe_word(row, "objection")?,
        decided_at: maybe_moment(row, "decided_at")?,
        reports: get(row, "reports")?,
    })
}

//! Photos: attempts and their sealed files.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AttemptId, OrderId};
use huizhi_domain::order::{Order, OrderError, OrderState, PHOTOS_AT_ONCE};
use huizhi_domain::review::{Opinion, SecondLook};

use super::{Connection, Row, get, log, maybe_moment, maybe_word, moment, order, word};
use crate::order::Submission;
use crate::photo::{PhotoState, PictureKind, Sealed, SealedPhoto};
use crate::{Keys, Result, StoreError};

/// Adds a photo; where the order has the same file already, that one is given and nothing is added. Where there are as many as may be, it
/// takes the place of the oldest that can't be submitted.
pub async fn receive(
    db: &mut Connection,
    keys: Arc<Keys>,
    order_id: OrderId,
    id: AttemptId,
    upload: Vec<u8>,
    file: Sealed,
    entry: Entry,
) -> Result<AttemptId> {
    let order = order::lock(&mut *db, order_id).await?;
    let known = sqlx::query("SELECT id FROM attempt WHERE order_id = $1 AND upload = $2 AND state <> 'dropped'")
        .bind(order_id.to_string())
        .bind(&upload)
        .fetch_optional(&mut *db)
        .await?;
    if let Some(row) = known {
        litter(&mut *db, &file.blob, entry.at).await?;
        return word(&row, "id");
    }
    if !order.takes_photos() {
        return Err(OrderError::WrongState { state: order.state, wish: "given another photo" }.into());
    }
    let row = sqlx::query(
        "SELECT COUNT(*) AS open FROM attempt WHERE order_id = $1 AND state IN ('received', 'judged', 'unreadable')",
    )
    .bind(order_id.to_string())
    .fetch_one(&mut *db)
    .await?;
    let mut entries = Vec::new();
    if get::<i64>(&row, "open")? >= PHOTOS_AT_ONCE as i64 {
        let oldest = oldest_unusable(&mut *db, order_id).await?.ok_or(OrderError::TooManyPhotos)?;
        drop_one(&mut *db, order_id, oldest, entry.at).await?;
        entries.push(Entry {
            at: entry.at,
            actor: entry.actor,
            action: "photo.dropped".to_owned(),
            subject: oldest.to_string(),
            detail: serde_json::Map::new(),
        });
    }
    let row = sqlx::query("SELECT COALESCE(MAX(ordinal), 0) AS last FROM attempt WHERE order_id = $1")
        .bind(order_id.to_string())
        .fetch_one(&mut *db)
        .await?;
    sqlx::query("INSERT INTO attempt (id, order_id, ordinal, state, upload, created_at) VALUES ($1, $2, $3, 'received', $4, $5)")
        .bind(id.to_string())
        .bind(order_id.to_string())
        .bind(get::<i32>(&row, "last")? + 1)
        .bind(upload)
        .bind(entry.at.0)
        .execute(&mut *db)
        .await?;
    add_picture(&mut *db, id, PictureKind::Original, &file).await?;
    touch(&mut *db, order_id, entry.at).await?;
    entries.push(entry);
    log::append(db, &keys, &entries).await?;
    Ok(id)
}

/// As [`crate::Photo::is_unusable`].
async fn oldest_unusable(db: &mut Connection, of: OrderId) -> Result<Option<AttemptId>> {
    let row = sqlx::query(
        "SELECT id FROM attempt WHERE order_id = $1 AND (state = 'unreadable' OR state = 'judged' AND (verdict = 'retake' OR NOT EXISTS \
         (SELECT 1 FROM picture WHERE picture.attempt = attempt.id AND picture.kind = 'id-photo'))) ORDER BY ordinal LIMIT 1",
    )
    .bind(of.to_string())
    .fetch_optional(db)
    .await?;
    row.map(|row| word(&row, "id")).transpose()
}

/// A draft lives from its citizen's last act.
async fn touch(db: &mut Connection, id: OrderId, now: Moment) -> Result<()> {
    sqlx::query("UPDATE orders SET changed_at = $1 WHERE id = $2").bind(now.0).bind(id.to_string()).execute(db).await?;
    Ok(())
}

/// What the review said of a photo.
pub async fn settle(db: &mut Connection, id: AttemptId, opinion: &Opinion) -> Result<()> {
    sqlx::query("UPDATE attempt SET state = $1, outcome = $2 WHERE id = $3")
        .bind(if opinion.accepts() { "approved" } else { "rejected" })
        .bind(serde_json::to_string(opinion).unwrap_or_default())
        .bind(id.to_string())
        .execute(db)
        .await?;
    Ok(())
}

pub async fn add_picture(db: &mut Connection, attempt: AttemptId, kind: PictureKind, file: &Sealed) -> Result<()> {
    sqlx::query("INSERT INTO picture (attempt, kind, blob, key) VALUES ($1, $2, $3, $4)")
        .bind(attempt.to_string())
        .bind(kind.word())
        .bind(&file.blob)
        .bind(&file.key)
        .execute(db)
        .await?;
    Ok(())
}

/// A file that nothing names any more.
pub async fn litter(db: &mut Connection, blob: &str, now: Moment) -> Result<()> {
    sqlx::query("INSERT INTO litter (blob, since) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(blob)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn all(db: &mut Connection, id: OrderId) -> Result<Vec<SealedPhoto>> {
    let rows = sqlx::query(
        "SELECT attempt.*, (SELECT COUNT(*) FROM picture WHERE picture.attempt = attempt.id AND picture.kind = 'id-photo') AS made \
         FROM attempt WHERE order_id = $1 AND state <> 'dropped' ORDER BY ordinal",
    )
    .bind(id.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

pub async fn find(db: &mut Connection, id: AttemptId) -> Result<Option<SealedPhoto>> {
    let row = sqlx::query(
        "SELECT attempt.*, (SELECT COUNT(*) FROM picture WHERE picture.attempt = attempt.id AND picture.kind = 'id-photo') AS made \
         FROM attempt WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(db)
    .await?;
    row.map(|row| read(&row)).transpose()
}

pub async fn picture(db: &mut Connection, id: AttemptId, kind: PictureKind) -> Result<Option<Sealed>> {
    let row = sqlx::query("SELECT blob, key FROM picture WHERE attempt = $1 AND kind = $2")
        .bind(id.to_string())
        .bind(kind.word())
        .fetch_optional(db)
        .await?;
    row.map(|row| Ok(Sealed { blob: get(&row, "blob")?, key: get(&row, "key")? })).transpose()
}

/// Photos that nobody looked at yet, oldest first, with their order's document.
pub async fn unjudged(db: &mut Connection, skip: Vec<AttemptId>) -> Result<Option<(AttemptId, OrderId, String)>> {
    let rows = sqlx::query(
        "SELECT attempt.id, attempt.order_id, orders.document FROM attempt JOIN orders ON orders.id = attempt.order_id WHERE attempt.state = \
         'received' ORDER BY attempt.id LIMIT 64",
    )
    .fetch_all(db)
    .await?;
    for row in &rows {
        let id = word(row, "id")?;
        if !skip.contains(&id) {
            return Ok(Some((id, word(row, "order_id")?, get(row, "document")?)));
        }
    }
    Ok(None)
}

/// What the engine found, if the photo still waits for it: two workers may have looked.
#[expect(clippy::too_many_arguments, reason = "one row and its two files")]
pub async fn judged(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: AttemptId,
    verdict: String,
    codes: Vec<String>,
    report: Vec<u8>,
    preview: Sealed,
    made: Option<Sealed>,
    entry: Entry,
) -> Result<bool> {
    let changed = sqlx::query("UPDATE attempt SET state = 'judged', verdict = $1, report = $2, engine = $3 WHERE id = $4 AND state = 'received'")
        .bind(verdict)
        .bind(report)
        .bind(serde_json::to_string(&codes).unwrap_or_default())
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if changed.rows_affected() == 0 {
        for file in [Some(&preview), made.as_ref()].into_iter().flatten() {
            litter(&mut *db, &file.blob, entry.at).await?;
        }
        return Ok(false);
    }
    add_picture(&mut *db, id, PictureKind::Preview, &preview).await?;
    if let Some(made) = &made {
        add_picture(&mut *db, id, PictureKind::IdPhoto, made).await?;
        lay_out_probe(&mut *db, id, entry.at).await?;
    }
    log::append(db, &keys, &[entry]).await?;
    Ok(true)
}

/// A probe that is judged waits for its first reviewer at once.
async fn lay_out_probe(db: &mut Connection, id: AttemptId, now: Moment) -> Result<()> {
    let laid =
        sqlx::query("UPDATE attempt SET state = 'submitted', submitted_at = $1 WHERE id = $2 AND expected IS NOT NULL")
            .bind(now.0)
            .bind(id.to_string())
            .execute(&mut *db)
            .await?;
    if laid.rows_affected() > 0 {
        sqlx::query(
            "UPDATE orders SET state = 'waiting', attempt = $1, queued_at = $2 WHERE probe = 1 AND id = (SELECT order_id FROM attempt \
             WHERE id = $1)",
        )
        .bind(id.to_string())
        .bind(now.0)
        .execute(db)
        .await?;
    }
    Ok(())
}

pub async fn unreadable(db: &mut Connection, keys: Arc<Keys>, id: AttemptId, code: String, entry: Entry) -> Result<()> {
    let changed =
        sqlx::query("UPDATE attempt SET state = 'unreadable', error = $1 WHERE id = $2 AND state = 'received'")
            .bind(code)
            .bind(id.to_string())
            .execute(&mut *db)
            .await?;
    if changed.rows_affected() > 0 {
        log::append(db, &keys, &[entry]).await?;
    }
    Ok(())
}

pub async fn dropped(db: &mut Connection, keys: Arc<Keys>, of: OrderId, id: AttemptId, entry: Entry) -> Result<()> {
    order::lock(&mut *db, of).await?;
    drop_one(&mut *db, of, id, entry.at).await?;
    log::append(db, &keys, &[entry]).await
}

async fn drop_one(db: &mut Connection, of: OrderId, id: AttemptId, now: Moment) -> Result<()> {
    let changed = sqlx::query(
        "UPDATE attempt SET state = 'dropped', report = NULL WHERE id = $1 AND order_id = $2 AND state IN ('received', 'judged', 'unreadable')",
    )
    .bind(id.to_string())
    .bind(of.to_string())
    .execute(&mut *db)
    .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::Absent("photo that can be dropped"));
    }
    erase(db, of, Some(id), now).await
}

/// The pictures of an order, or of one of its photos, become litter.
pub async fn erase(db: &mut Connection, of: OrderId, only: Option<AttemptId>, now: Moment) -> Result<()> {
    let rows = sqlx::query(
        "SELECT picture.attempt, picture.blob FROM picture JOIN attempt ON attempt.id = picture.attempt WHERE attempt.order_id = $1",
    )
    .bind(of.to_string())
    .fetch_all(&mut *db)
    .await?;
    for row in rows {
        let attempt: AttemptId = word(&row, "attempt")?;
        if only.is_none_or(|only| only == attempt) {
            let blob: String = get(&row, "blob")?;
            litter(&mut *db, &blob, now).await?;
            sqlx::query("DELETE FROM picture WHERE blob = $1").bind(blob).execute(&mut *db).await?;
        }
    }
    Ok(())
}

/// Marks the chosen photo; the others of this round stay for comparison until the order ends.
pub async fn submit(db: &mut Connection, order: &Order, submission: &Submission, now: Moment) -> Result<()> {
    let photo = find(&mut *db, submission.attempt).await?.filter(|photo| photo.order == order.id);
    let photo = photo.ok_or(StoreError::Absent("photo"))?;
    if photo.state == PhotoState::Submitted {
        // The second press of the button: nothing is wrong with the photo.
        return Err(OrderError::WrongState { state: order.state, wish: "submitted" }.into());
    }
    if photo.state != PhotoState::Judged || !photo.made {
        return Err(OrderError::Unusable.into());
    }
    match photo.verdict.as_deref() {
        Some("retake") => return Err(OrderError::Unusable.into()),
        Some("review") if !submission.overridden => return Err(OrderError::ReasonMissing.into()),
        _ => {}
    }
    let changed = sqlx::query(
        "UPDATE attempt SET state = 'submitted', submitted_at = $1, reason = $2, second_look = $3 WHERE id = $4 AND state = 'judged'",
    )
    .bind(now.0)
    .bind(&submission.reason)
    .bind(submission.second_look.map(SecondLook::word))
    .bind(submission.attempt.to_string())
    .execute(db)
    .await?;
    if changed.rows_affected() == 0 {
        return Err(OrderError::WrongState { state: OrderState::Waiting, wish: "submitted" }.into());
    }
    Ok(())
}

pub async fn litters(db: &mut Connection, before: Moment) -> Result<Vec<String>> {
    let rows = sqlx::query("SELECT blob FROM litter WHERE since <= $1 LIMIT 200").bind(before.0).fetch_all(db).await?;
    rows.iter().map(|row| get(row, "blob")).collect()
}

pub async fn swept(db: &mut Connection, blobs: Vec<String>) -> Result<()> {
    for blob in blobs {
        sqlx::query("DELETE FROM litter WHERE blob = $1").bind(blob).execute(&mut *db).await?;
    }
    Ok(())
}

pub fn read(row: &Row) -> Result<SealedPhoto> {
    let outcome: Option<String> = get(row, "outcome")?;
    let outcome = outcome.and_then(|text| serde_json::from_str::<Opinion>(&text).ok());
    Ok(SealedPhoto {
        id: word(row, "id")?,
        order: word(row, "order_id")?,
        ordinal: get(row, "ordinal")?,
        state: word(row, "state")?,
        verdict: get(row, "verdict")?,
        report: get(row, "report")?,
        error: get(row, "error")?,
        reason: get(row, "reason")?,
        second_look: maybe_word(row, "second_look")?,
        round: get(row, "round")?,
        outcome,
        created_at: moment(row, "created_at")?,
        submitted_at: maybe_moment(row, "submitted_at")?,
        appealed_at: maybe_moment(row, "appealed_at")?,
        made: get::<i64>(row, "made")? > 0,
    })
}

/// Those of some files that a row names.
pub async fn named(db: &mut Connection, blobs: Vec<String>) -> Result<Vec<String>> {
    let mut named = Vec::new();
    for blob in blobs {
        let row = sqlx::query(
            "SELECT 1 AS here WHERE EXISTS (SELECT 1 FROM picture WHERE blob = $1) OR EXISTS (SELECT 1 FROM receipt WHERE photo = $1) \
             OR EXISTS (SELECT 1 FROM inquiry_file WHERE blob = $1)",
        )
        .bind(&blob)
        .fetch_optional(&mut *db)
        .await?;
        named.extend(row.map(|_| blob));
    }
    Ok(named)
}

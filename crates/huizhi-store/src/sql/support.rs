//! Inquiries and what is said in them.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{InquiryId, OrderId, StaffId};
use huizhi_domain::message::Message;
use huizhi_domain::support::{Ender, Inquiry, Next, Rating, State, SupportError};

use super::{Connection, get, log, message, photo, word};
use crate::support::{NewRow, NewSaid};
use crate::{Keys, Result, StoreError};

mod canned;
mod look;

pub use canned::{canned, drop_canned, keep_canned};
use look::read;
pub use look::{closed, closed_unanswered, find, first_answers, of_visitor, old, picture, queue, quiet, said};

/// Takes an inquiry with its first words.
pub async fn ask(
    db: &mut Connection,
    keys: Arc<Keys>,
    new: NewRow,
    said: NewSaid,
    most_open: i64,
    entry: Entry,
) -> Result<()> {
    let row = sqlx::query("SELECT COUNT(*) AS open FROM inquiry WHERE visitor = $1 AND state <> 'closed'")
        .bind(new.visitor.clone())
        .fetch_one(&mut *db)
        .await?;
    if get::<i64>(&row, "open")? >= most_open {
        return Err(SupportError::TooManyOpen.into());
    }
    sqlx::query(
        "INSERT INTO inquiry (id, visitor, order_id, topic, lang, state, asked_at, due_at, waits_since, changed_at) VALUES ($1, $2, $3, $4, \
         $5, 'open', $6, $7, $6, $6)",
    )
    .bind(new.id.to_string())
    .bind(new.visitor)
    .bind(new.order.map(|order| order.to_string()))
    .bind(new.topic)
    .bind(new.lang.tag())
    .bind(new.asked_at.0)
    .bind(new.due_at.0)
    .execute(&mut *db)
    .await?;
    write(&mut *db, new.id, 1, said).await?;
    log::append(db, &keys, &[entry]).await
}

/// Adds a word of the citizen.
pub async fn add(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: InquiryId,
    said: NewSaid,
    most: i32,
    entry: Entry,
) -> Result<()> {
    let state = lock(&mut *db, id).await?.state.asked()?;
    let place = next_place(&mut *db, id).await?;
    if place > most {
        return Err(SupportError::Full.into());
    }
    let at = said.at;
    write(&mut *db, id, place, said).await?;
    sqlx::query(
        "UPDATE inquiry SET state = $1, waits_since = COALESCE(waits_since, $2), changed_at = $2, read_to = answered_to WHERE id = $3",
    )
    .bind(state.word())
    .bind(at.0)
    .bind(id.to_string())
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

/// Takes an inquiry that nobody sees to.
pub async fn take(db: &mut Connection, keys: Arc<Keys>, id: InquiryId, staff: StaffId, entry: Entry) -> Result<()> {
    let found = lock(&mut *db, id).await?;
    if is_mine(&found, staff)? {
        return Ok(());
    }
    give(&mut *db, id, staff).await?;
    log::append(db, &keys, &[entry]).await
}

/// Hands an inquiry to somebody, with a note.
pub async fn hand_over(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: InquiryId,
    to: StaffId,
    note: NewSaid,
    entry: Entry,
) -> Result<()> {
    let found = lock(&mut *db, id).await?;
    if !found.state.is_open() {
        return Err(SupportError::Closed.into());
    }
    let place = next_place(&mut *db, id).await?;
    write(&mut *db, id, place, note).await?;
    give(&mut *db, id, to).await?;
    log::append(db, &keys, &[entry]).await
}

/// Answers, or says why there is no answer, and tells the order's citizen.
#[expect(clippy::too_many_arguments, reason = "one answer and what goes with it")]
pub async fn answer(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: InquiryId,
    staff: StaffId,
    said: NewSaid,
    next: Next,
    told: Option<Message>,
    entry: Entry,
) -> Result<()> {
    let found = lock(&mut *db, id).await?;
    let state = found.state.answered(next)?;
    is_mine(&found, staff)?;
    let place = next_place(&mut *db, id).await?;
    let at = said.at;
    write(&mut *db, id, place, said).await?;
    let closed = state == State::Closed;
    sqlx::query(
        "UPDATE inquiry SET state = $1, first_answer_at = COALESCE(first_answer_at, $8), waits_since = NULL, changed_at = $2, staff = $3, \
         answered_to = $4, closed_at = $5, closed_by = $6 WHERE id = $7",
    )
    .bind(state.word())
    .bind(at.0)
    .bind(staff.to_string())
    .bind(place)
    .bind(closed.then_some(at.0))
    .bind(closed.then(|| Ender::Staff.word()))
    .bind(id.to_string())
    .bind((next != Next::Unanswered).then_some(at.0))
    .execute(&mut *db)
    .await?;
    if let Some(told) = told {
        message::add(&mut *db, &told, &format!("answered {}", told.id)).await?;
    }
    log::append(db, &keys, &[entry]).await
}

/// Closes an inquiry; one that is closed stays as it was closed.
pub async fn close(db: &mut Connection, keys: Arc<Keys>, id: InquiryId, by: Ender, entry: Entry) -> Result<()> {
    let found = lock(&mut *db, id).await?;
    if !found.state.is_open() {
        return Ok(());
    }
    sqlx::query(
        "UPDATE inquiry SET state = 'closed', waits_since = NULL, changed_at = $1, closed_at = $1, closed_by = $2 WHERE id = $3",
    )
    .bind(entry.at.0)
    .bind(by.word())
    .bind(id.to_string())
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

/// Opens what is closed again. Without an answer it waits since it was asked; what its citizen said of the help was said of the help before.
pub async fn reopen(db: &mut Connection, keys: Arc<Keys>, id: InquiryId, staff: StaffId, entry: Entry) -> Result<()> {
    let state = lock(&mut *db, id).await?.state.reopened()?;
    sqlx::query(
        "UPDATE inquiry SET state = $1, waits_since = CASE WHEN first_answer_at IS NULL THEN asked_at ELSE $2 END, changed_at = $2, \
         staff = $3, closed_at = NULL, closed_by = NULL, rating = NULL WHERE id = $4",
    )
    .bind(state.word())
    .bind(entry.at.0)
    .bind(staff.to_string())
    .bind(id.to_string())
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

/// Keeps what the citizen says of the help.
pub async fn rate(db: &mut Connection, keys: Arc<Keys>, id: InquiryId, rating: Rating, entry: Entry) -> Result<()> {
    let rated = sqlx::query("UPDATE inquiry SET rating = $1 WHERE id = $2 AND state = 'closed'")
        .bind(rating.word())
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if rated.rows_affected() == 0 {
        return Err(SupportError::NotClosed.into());
    }
    log::append(db, &keys, &[entry]).await
}

/// Notes that all answers were read.
pub async fn mark_read(db: &mut Connection, id: InquiryId) -> Result<()> {
    sqlx::query("UPDATE inquiry SET read_to = answered_to WHERE id = $1").bind(id.to_string()).execute(db).await?;
    Ok(())
}

/// Forgets an inquiry that was closed long ago.
pub async fn forget_old(db: &mut Connection, keys: Arc<Keys>, id: InquiryId, entry: Entry) -> Result<()> {
    delete(&mut *db, id, entry.at).await?;
    log::append(db, &keys, &[entry]).await
}

/// Erases what a visitor asked.
pub async fn erase(db: &mut Connection, visitor: Vec<u8>, now: Moment) -> Result<()> {
    let rows = sqlx::query("SELECT id FROM inquiry WHERE visitor = $1").bind(visitor).fetch_all(&mut *db).await?;
    for row in &rows {
        delete(&mut *db, word(row, "id")?, now).await?;
    }
    Ok(())
}

/// Erases what was asked about an order, whoever asked.
pub async fn erase_of_order(db: &mut Connection, order: OrderId, now: Moment) -> Result<()> {
    let rows =
        sqlx::query("SELECT id FROM inquiry WHERE order_id = $1").bind(order.to_string()).fetch_all(&mut *db).await?;
    for row in &rows {
        delete(&mut *db, word(row, "id")?, now).await?;
    }
    Ok(())
}

/// Deletes an inquiry with all that hangs on it; its files become litter.
async fn delete(db: &mut Connection, id: InquiryId, now: Moment) -> Result<()> {
    let rows = sqlx::query(
        "SELECT inquiry_file.blob FROM inquiry_file JOIN inquiry_message ON inquiry_message.id = inquiry_file.message WHERE \
         inquiry_message.inquiry = $1",
    )
    .bind(id.to_string())
    .fetch_all(&mut *db)
    .await?;
    for row in &rows {
        let blob: String = get(row, "blob")?;
        photo::litter(&mut *db, &blob, now).await?;
    }
    for statement in [
        "DELETE FROM inquiry_file WHERE message IN (SELECT id FROM inquiry_message WHERE inquiry = $1)",
        "DELETE FROM inquiry_message WHERE inquiry = $1",
        "DELETE FROM inquiry WHERE id = $1",
    ] {
        sqlx::query(statement).bind(id.to_string()).execute(&mut *db).await?;
    }
    Ok(())
}

/// Whether somebody sees to an inquiry already.
fn is_mine(found: &Inquiry, staff: StaffId) -> Result<bool> {
    if !found.state.is_open() {
        return Err(SupportError::Closed.into());
    }
    match found.staff {
        Some(other) if other != staff => Err(SupportError::Taken.into()),
        mine => Ok(mine.is_some()),
    }
}

async fn give(db: &mut Connection, id: InquiryId, staff: StaffId) -> Result<()> {
    sqlx::query("UPDATE inquiry SET staff = $1 WHERE id = $2")
        .bind(staff.to_string())
        .bind(id.to_string())
        .execute(db)
        .await?;
    Ok(())
}

async fn next_place(db: &mut Connection, id: InquiryId) -> Result<i32> {
    let row = sqlx::query("SELECT place FROM inquiry_message WHERE inquiry = $1 ORDER BY place DESC LIMIT 1")
        .bind(id.to_string())
        .fetch_optional(db)
        .await?;
    Ok(row.map(|row| get::<i32>(&row, "place")).transpose()?.unwrap_or_default() + 1)
}

async fn write(db: &mut Connection, id: InquiryId, place: i32, said: NewSaid) -> Result<()> {
    sqlx::query(
        "INSERT INTO inquiry_message (id, inquiry, place, author, staff, said, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(said.id.to_string())
    .bind(id.to_string())
    .bind(place)
    .bind(said.author.word())
    .bind(said.staff.map(|staff| staff.to_string()))
    .bind(said.said)
    .bind(said.at.0)
    .execute(&mut *db)
    .await?;
    if let Some(file) = said.picture {
        sqlx::query("INSERT INTO inquiry_file (message, blob, key) VALUES ($1, $2, $3)")
            .bind(said.id.to_string())
            .bind(file.blob)
            .bind(file.key)
            .execute(db)
            .await?;
    }
    Ok(())
}

async fn lock(db: &mut Connection, id: InquiryId) -> Result<Inquiry> {
    let row = sqlx::query(locking!("SELECT * FROM inquiry WHERE id = $1"))
        .bind(id.to_string())
        .fetch_optional(db)
        .await?
        .ok_or(StoreError::Absent("inquiry"))?;
    read(&row)
}

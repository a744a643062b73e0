//! Reading inquiries.

use huizhi_domain::clock::Moment;
use huizhi_domain::id::{InquiryId, MessageId};
use huizhi_domain::support::{FirstAnswer, Inquiry};
use huizhi_domain::words::Lang;

use super::super::{Connection, Row, get, maybe_moment, maybe_word, moment, word};
use crate::Result;
use crate::photo::Sealed;
use crate::support::SealedSaid;

pub async fn find(db: &mut Connection, id: InquiryId) -> Result<Option<Inquiry>> {
    let row = sqlx::query("SELECT * FROM inquiry WHERE id = $1").bind(id.to_string()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Those that a visitor wrote, and those about orders that they hold.
pub async fn of_visitor(db: &mut Connection, visitor: Vec<u8>) -> Result<Vec<Inquiry>> {
    let rows = sqlx::query(
        "SELECT * FROM inquiry WHERE visitor = $1 OR order_id IN (SELECT order_id FROM holder WHERE visitor = $1) ORDER BY id DESC LIMIT 200",
    )
    .bind(visitor)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// What waits, the longest first; then what is answered and not closed.
pub async fn queue(db: &mut Connection) -> Result<Vec<Inquiry>> {
    let rows = sqlx::query(
        "SELECT * FROM inquiry WHERE state <> 'closed' ORDER BY CASE state WHEN 'open' THEN 0 ELSE 1 END, CASE state WHEN 'open' THEN \
         waits_since ELSE -changed_at END, id LIMIT 300",
    )
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// What is closed, newest first.
pub async fn closed(db: &mut Connection) -> Result<Vec<Inquiry>> {
    let rows = sqlx::query("SELECT * FROM inquiry WHERE state = 'closed' ORDER BY closed_at DESC, id DESC LIMIT 100")
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// How many staff closed since a moment that never had an answer.
pub async fn closed_unanswered(db: &mut Connection, since: Moment) -> Result<i64> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS closed FROM inquiry WHERE state = 'closed' AND closed_by = 'staff' AND first_answer_at IS NULL AND closed_at >= $1",
    )
    .bind(since.0)
    .fetch_one(db)
    .await?;
    get(&row, "closed")
}

/// Answered inquiries in which nothing was said since a moment.
pub async fn quiet(db: &mut Connection, before: Moment) -> Result<Vec<InquiryId>> {
    let rows =
        sqlx::query("SELECT id FROM inquiry WHERE state IN ('answered', 'waiting') AND changed_at < $1 LIMIT 100")
            .bind(before.0)
            .fetch_all(db)
            .await?;
    rows.iter().map(|row| word(row, "id")).collect()
}

/// Inquiries that were closed before a moment.
pub async fn old(db: &mut Connection, before: Moment) -> Result<Vec<InquiryId>> {
    let rows = sqlx::query("SELECT id FROM inquiry WHERE state = 'closed' AND closed_at < $1 LIMIT 100")
        .bind(before.0)
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| word(row, "id")).collect()
}

/// How soon those since a moment were answered. One that was closed without an answer waits for none.
pub async fn first_answers(db: &mut Connection, since: Moment) -> Result<Vec<FirstAnswer>> {
    let rows = sqlx::query(
        "SELECT asked_at, due_at, first_answer_at FROM inquiry WHERE (first_answer_at IS NULL AND state = 'open') OR (first_answer_at IS NOT \
         NULL AND asked_at >= $1) ORDER BY asked_at DESC LIMIT 10000",
    )
    .bind(since.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(first_answer).collect()
}

fn first_answer(row: &Row) -> Result<FirstAnswer> {
    Ok(FirstAnswer {
        asked_at: moment(row, "asked_at")?,
        due_at: moment(row, "due_at")?,
        answered_at: maybe_moment(row, "first_answer_at")?,
    })
}

pub async fn said(db: &mut Connection, id: InquiryId) -> Result<Vec<SealedSaid>> {
    let rows = sqlx::query(
        "SELECT inquiry_message.*, inquiry_file.blob FROM inquiry_message LEFT JOIN inquiry_file ON inquiry_file.message = \
         inquiry_message.id WHERE inquiry_message.inquiry = $1 ORDER BY inquiry_message.place",
    )
    .bind(id.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(read_said).collect()
}

fn read_said(row: &Row) -> Result<SealedSaid> {
    Ok(SealedSaid {
        id: word(row, "id")?,
        place: get(row, "place")?,
        author: word(row, "author")?,
        staff: maybe_word(row, "staff")?,
        said: get(row, "said")?,
        at: moment(row, "at")?,
        has_picture: get::<Option<String>>(row, "blob")?.is_some(),
    })
}

pub async fn picture(db: &mut Connection, id: InquiryId, place: i32) -> Result<Option<(MessageId, Sealed)>> {
    let row = sqlx::query(
        "SELECT inquiry_file.* FROM inquiry_file JOIN inquiry_message ON inquiry_message.id = inquiry_file.message WHERE \
         inquiry_message.inquiry = $1 AND inquiry_message.place = $2",
    )
    .bind(id.to_string())
    .bind(place)
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let file = Sealed { blob: get(&row, "blob")?, key: get(&row, "key")? };
    Ok(Some((word(&row, "message")?, file)))
}

pub fn read(row: &Row) -> Result<Inquiry> {
    let lang: String = get(row, "lang")?;
    Ok(Inquiry {
        id: word(row, "id")?,
        order: maybe_word(row, "order_id")?,
        topic: get(row, "topic")?,
        lang: Lang::of_tag(&lang).unwrap_or_default(),
        state: word(row, "state")?,
        asked_at: moment(row, "asked_at")?,
        due_at: moment(row, "due_at")?,
        first_answer_at: maybe_moment(row, "first_answer_at")?,
        waits_since: maybe_moment(row, "waits_since")?,
        changed_at: moment(row, "changed_at")?,
        staff: maybe_word(row, "staff")?,
        closed: maybe_moment(row, "closed_at")?.zip(maybe_word(row, "closed_by")?),
        rating: maybe_word(row, "rating")?,
        answered_to: get(row, "answered_to")?,
        read_to: get(row, "read_to")?,
    })
}

//! One-time codes: sent within limits, used once.

use huizhi_domain::account::{CODE_TRIES, SENDS, wait_to_send};
use huizhi_domain::clock::Moment;

use super::super::{Connection, get, moment};
use crate::account::{CodeAnswer, Limited, NewCode, UsedCode};
use crate::{Result, StoreError};

/// Keeps a new code in the place of the one before and counts it, where the limits let one go out.
pub async fn put(db: &mut Connection, new: NewCode, now: Moment, a_day: i64) -> Result<Option<Limited>> {
    let longest = SENDS.iter().map(|(span_ms, _)| *span_ms).max().unwrap_or_default();
    let since = now.after_ms(-longest);
    // One at a time for a contact, on PostgreSQL too: two that both see room would both go out.
    sqlx::query(
        "INSERT INTO account_code (contact, purpose, code, tries, expires_at) VALUES ($1, $2, $3, 0, $4) ON CONFLICT DO NOTHING",
    )
    .bind(&new.contact)
    .bind(new.purpose.word())
    .bind(Vec::<u8>::new())
    .bind(now.0)
    .execute(&mut *db)
    .await?;
    sqlx::query(locking!("SELECT tries FROM account_code WHERE contact = $1 AND purpose = $2"))
        .bind(&new.contact)
        .bind(new.purpose.word())
        .fetch_one(&mut *db)
        .await?;
    let rows = sqlx::query("SELECT at FROM account_code_sent WHERE contact = $1 AND at > $2")
        .bind(&new.contact)
        .bind(since.0)
        .fetch_all(&mut *db)
        .await?;
    let sent: Vec<Moment> = rows.iter().map(|row| moment(row, "at")).collect::<Result<_>>()?;
    if let Some(until) = wait_to_send(&sent, now) {
        return Ok(Some(Limited::Contact(until)));
    }
    let all = sqlx::query("SELECT COUNT(*) AS sent FROM account_code_sent WHERE at > $1")
        .bind(since.0)
        .fetch_one(&mut *db)
        .await?;
    if get::<i64>(&all, "sent")? >= a_day {
        return Ok(Some(Limited::Service));
    }
    sqlx::query("UPDATE account_code SET code = $1, tries = 0, expires_at = $2 WHERE contact = $3 AND purpose = $4")
        .bind(new.code)
        .bind(new.expires_at.0)
        .bind(&new.contact)
        .bind(new.purpose.word())
        .execute(&mut *db)
        .await?;
    sqlx::query("INSERT INTO account_code_sent (id, contact, at) VALUES ($1, $2, $3)")
        .bind(new.id)
        .bind(new.contact)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(None)
}

/// Whether a code waits to be typed.
pub async fn waits(db: &mut Connection, contact: Vec<u8>, purpose: &str, now: Moment) -> Result<bool> {
    let row = sqlx::query(
        "SELECT tries FROM account_code WHERE contact = $1 AND purpose = $2 AND expires_at > $3 AND tries < $4",
    )
    .bind(contact)
    .bind(purpose)
    .bind(now.0)
    .bind(CODE_TRIES)
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

/// Compares what was typed; the right code is gone afterwards, a wrong one has cost a try.
pub async fn use_up(db: &mut Connection, used: UsedCode, now: Moment) -> Result<CodeAnswer> {
    let row =
        sqlx::query(locking!("SELECT code, tries, expires_at FROM account_code WHERE contact = $1 AND purpose = $2"))
            .bind(&used.contact)
            .bind(used.purpose.word())
            .fetch_optional(&mut *db)
            .await?;
    let Some(row) = row else { return Ok(CodeAnswer::Over) };
    let tries: i32 = get(&row, "tries")?;
    if now >= moment(&row, "expires_at")? || tries >= CODE_TRIES {
        return Ok(CodeAnswer::Over);
    }
    // Keyed hashes are compared, so that the time says nothing of the digits.
    if used.code == Some(get::<Vec<u8>>(&row, "code")?) {
        let gone = sqlx::query("DELETE FROM account_code WHERE contact = $1 AND purpose = $2")
            .bind(used.contact)
            .bind(used.purpose.word())
            .execute(db)
            .await?;
        return if gone.rows_affected() == 1 { Ok(CodeAnswer::Right) } else { Err(StoreError::Conflict("code")) };
    }
    sqlx::query("UPDATE account_code SET tries = tries + 1 WHERE contact = $1 AND purpose = $2")
        .bind(used.contact)
        .bind(used.purpose.word())
        .execute(db)
        .await?;
    Ok(if tries + 1 >= CODE_TRIES { CodeAnswer::Over } else { CodeAnswer::Wrong })
}

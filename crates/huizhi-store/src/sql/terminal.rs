//! Terminals and opening hours.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{OfficeId, StaffId, TerminalId};
use huizhi_domain::office::{Hours, Span};

use super::{Connection, get, log, maybe_word, moment, word};
use crate::{Keys, Result, StoreError, Terminal, TerminalLine};

pub async fn find(db: &mut Connection, secret: Vec<u8>) -> Result<Option<Terminal>> {
    let row = sqlx::query("SELECT id, office FROM terminal WHERE secret = $1 AND revoked_at IS NULL")
        .bind(secret)
        .fetch_optional(db)
        .await?;
    row.map(|row| Ok(Terminal { id: word(&row, "id")?, office: maybe_word(&row, "office")? })).transpose()
}

/// Keeps a code for a secret, and forgets terminals that nobody registered in time.
pub async fn code(
    db: &mut Connection,
    id: TerminalId,
    secret: Vec<u8>,
    hash: Vec<u8>,
    now: Moment,
    ends_at: Moment,
) -> Result<()> {
    sqlx::query("DELETE FROM terminal WHERE office IS NULL AND (code_ends_at <= $1 OR secret = $2)")
        .bind(now.0)
        .bind(&secret)
        .execute(&mut *db)
        .await?;
    sqlx::query("INSERT INTO terminal (id, secret, code, code_ends_at) VALUES ($1, $2, $3, $4)")
        .bind(id.to_string())
        .bind(secret)
        .bind(hash)
        .bind(ends_at.0)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn register(
    db: &mut Connection,
    keys: Arc<Keys>,
    code: Vec<u8>,
    office: OfficeId,
    by: StaffId,
    entry: Entry,
) -> Result<()> {
    let done = sqlx::query(
        "UPDATE terminal SET office = $1, registered_by = $2, registered_at = $3, code = NULL, code_ends_at = NULL WHERE code = $4 AND \
         code_ends_at > $3",
    )
    .bind(office.to_string())
    .bind(by.to_string())
    .bind(entry.at.0)
    .bind(code)
    .execute(&mut *db)
    .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Absent("terminal"));
    }
    log::append(db, &keys, &[entry]).await
}

pub async fn all(db: &mut Connection) -> Result<Vec<TerminalLine>> {
    let rows = sqlx::query(
        "SELECT id, office, registered_at FROM terminal WHERE office IS NOT NULL AND revoked_at IS NULL ORDER BY office, id",
    )
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(TerminalLine {
                id: word(row, "id")?,
                office: word(row, "office")?,
                registered_at: moment(row, "registered_at")?,
            })
        })
        .collect()
}

pub async fn revoke(db: &mut Connection, keys: Arc<Keys>, id: TerminalId, entry: Entry) -> Result<()> {
    let done =
        sqlx::query("UPDATE terminal SET revoked_at = $1 WHERE id = $2 AND office IS NOT NULL AND revoked_at IS NULL")
            .bind(entry.at.0)
            .bind(id.to_string())
            .execute(&mut *db)
            .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Absent("terminal"));
    }
    log::append(db, &keys, &[entry]).await
}

pub async fn hours(db: &mut Connection, office: OfficeId) -> Result<Hours> {
    let rows = sqlx::query("SELECT weekday, opens, closes FROM office_hours WHERE office = $1")
        .bind(office.to_string())
        .fetch_all(db)
        .await?;
    let days: Result<Vec<(i32, Span)>> = rows
        .iter()
        .map(|row| Ok((get(row, "weekday")?, Span { opens: get(row, "opens")?, closes: get(row, "closes")? })))
        .collect();
    Ok(Hours::of(days?))
}

pub async fn set_hours(
    db: &mut Connection,
    keys: Arc<Keys>,
    office: OfficeId,
    hours: Hours,
    entry: Entry,
) -> Result<()> {
    sqlx::query("DELETE FROM office_hours WHERE office = $1").bind(office.to_string()).execute(&mut *db).await?;
    for (weekday, span) in hours.days() {
        sqlx::query("INSERT INTO office_hours (office, weekday, opens, closes) VALUES ($1, $2, $3, $4)")
            .bind(office.to_string())
            .bind(weekday)
            .bind(span.opens)
            .bind(span.closes)
            .execute(&mut *db)
            .await?;
    }
    log::append(db, &keys, &[entry]).await
}

//! Requests: reserved, done, answered, forgotten.

use huizhi_domain::clock::Moment;

use super::{Connection, get, moment};
use crate::idempotency::{self, Ticket};
use crate::{Result, StoreError};

pub async fn reserve(
    db: &mut Connection,
    ticket: Ticket,
    request: Vec<u8>,
    now: Moment,
    until: Moment,
    aged: Moment,
) -> Result<idempotency::Row> {
    sqlx::query("DELETE FROM idempotency WHERE partner = $1 AND key = $2 AND created_at <= $3")
        .bind(ticket.partner.to_string())
        .bind(&ticket.key)
        .bind(aged.0)
        .execute(&mut *db)
        .await?;
    let added = sqlx::query(
        "INSERT INTO idempotency (partner, key, request, run, until_at, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(ticket.partner.to_string())
    .bind(&ticket.key)
    .bind(&request)
    .bind(&ticket.run)
    .bind(until.0)
    .bind(now.0)
    .execute(&mut *db)
    .await?;
    if added.rows_affected() > 0 {
        return Ok(idempotency::Row::Mine(None));
    }
    let row = sqlx::query(locking!(
        "SELECT request, until_at, effect, answer FROM idempotency WHERE partner = $1 AND key = $2"
    ))
    .bind(ticket.partner.to_string())
    .bind(&ticket.key)
    .fetch_optional(&mut *db)
    .await?;
    // It was given back in between: asking again finds it free.
    let Some(row) = row else { return Ok(idempotency::Row::Running) };
    if get::<Vec<u8>>(&row, "request")? != request {
        return Ok(idempotency::Row::Other);
    }
    if let Some(answer) = get::<Option<Vec<u8>>>(&row, "answer")? {
        return Ok(idempotency::Row::Answered(answer));
    }
    if now < moment(&row, "until_at")? {
        return Ok(idempotency::Row::Running);
    }
    sqlx::query("UPDATE idempotency SET run = $1, until_at = $2 WHERE partner = $3 AND key = $4")
        .bind(&ticket.run)
        .bind(until.0)
        .bind(ticket.partner.to_string())
        .bind(&ticket.key)
        .execute(db)
        .await?;
    Ok(idempotency::Row::Mine(get(&row, "effect")?))
}

/// Notes in the transaction of a change that its request is done. Whoever was taken for dead, or has done it before, changes nothing.
pub async fn done(db: &mut Connection, ticket: Ticket, made: String) -> Result<()> {
    let noted = sqlx::query(
        "UPDATE idempotency SET effect = $1 WHERE partner = $2 AND key = $3 AND run = $4 AND effect IS NULL",
    )
    .bind(made)
    .bind(ticket.partner.to_string())
    .bind(ticket.key)
    .bind(ticket.run)
    .execute(db)
    .await?;
    if noted.rows_affected() == 0 { Err(StoreError::Conflict("the request")) } else { Ok(()) }
}

pub async fn answer(db: &mut Connection, ticket: Ticket, sealed: Vec<u8>) -> Result<bool> {
    let kept = sqlx::query(
        "UPDATE idempotency SET answer = $1 WHERE partner = $2 AND key = $3 AND run = $4 AND answer IS NULL",
    )
    .bind(sealed)
    .bind(ticket.partner.to_string())
    .bind(ticket.key)
    .bind(ticket.run)
    .execute(db)
    .await?;
    Ok(kept.rows_affected() > 0)
}

pub async fn release(db: &mut Connection, ticket: Ticket) -> Result<()> {
    sqlx::query(
        "DELETE FROM idempotency WHERE partner = $1 AND key = $2 AND run = $3 AND effect IS NULL AND answer IS NULL",
    )
    .bind(ticket.partner.to_string())
    .bind(&ticket.key)
    .bind(&ticket.run)
    .execute(&mut *db)
    .await?;
    sqlx::query("UPDATE idempotency SET until_at = 0 WHERE partner = $1 AND key = $2 AND run = $3")
        .bind(ticket.partner.to_string())
        .bind(ticket.key)
        .bind(ticket.run)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn any_aged(db: &mut Connection, aged: Moment) -> Result<bool> {
    let row = sqlx::query("SELECT 1 AS here FROM idempotency WHERE created_at <= $1 LIMIT 1")
        .bind(aged.0)
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

pub async fn forget(db: &mut Connection, aged: Moment) -> Result<u64> {
    let gone = sqlx::query("DELETE FROM idempotency WHERE created_at <= $1").bind(aged.0).execute(db).await?;
    Ok(gone.rows_affected())
}

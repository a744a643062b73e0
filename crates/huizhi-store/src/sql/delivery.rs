//! Deliveries. One a message, channel and target: the database's constraint.

use huizhi_domain::clock::Moment;
use huizhi_domain::delivery::{Delivery, DeliveryState};
use huizhi_domain::id::{DeliveryId, HookId, MessageId};
use huizhi_domain::message::Message;

use super::{Connection, Row, get, maybe_moment, message, moment, wechat, word};
use crate::{Result, Spent};

/// After every id that there can be: `~` stands behind all letters.
const LAST: &str = "~";

pub async fn unspread(db: &mut Connection) -> Result<Vec<Message>> {
    let rows = sqlx::query("SELECT * FROM message WHERE spread_at IS NULL ORDER BY id LIMIT 100").fetch_all(db).await?;
    rows.iter().map(message::read).collect()
}

pub async fn spread(db: &mut Connection, id: MessageId, rows: Vec<Delivery>, now: Moment) -> Result<()> {
    let first = sqlx::query("UPDATE message SET spread_at = $1 WHERE id = $2 AND spread_at IS NULL")
        .bind(now.0)
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if first.rows_affected() == 0 {
        return Ok(());
    }
    for row in rows {
        sqlx::query(
            "INSERT INTO delivery (id, message, channel, target, state, next_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        )
        .bind(row.id.to_string())
        .bind(row.message.to_string())
        .bind(row.channel.word())
        .bind(row.target)
        .bind(row.state.word())
        .bind(row.next_at.0)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

pub async fn any_due(db: &mut Connection, now: Moment) -> Result<bool> {
    let row = sqlx::query(
        "SELECT 1 AS here FROM delivery WHERE state = 'due' AND next_at <= $1 AND held_until <= $1 LIMIT 1",
    )
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

/// Those in hand come first in the count, so that a target that hangs gets no more.
pub async fn claim(db: &mut Connection, now: Moment, until: Moment, at_once: i64, most: u32) -> Result<Vec<Delivery>> {
    let rows = sqlx::query(skipping!(
        "SELECT * FROM delivery WHERE state = 'due' AND next_at <= $1 AND held_until <= $1 AND id IN (SELECT id FROM (SELECT id, \
         ROW_NUMBER() OVER (PARTITION BY channel, target ORDER BY CASE WHEN held_until > $1 THEN 0 ELSE 1 END, next_at, id) AS place FROM \
         delivery WHERE state = 'due' AND next_at <= $1) AS ranked WHERE place <= $2) ORDER BY next_at, id LIMIT $3"
    ))
    .bind(now.0)
    .bind(at_once)
    .bind(i64::from(most))
    .fetch_all(&mut *db)
    .await?;
    let mut claimed = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut delivery = read(row)?;
        delivery.tries += 1;
        sqlx::query("UPDATE delivery SET tries = $1, held_until = $2 WHERE id = $3")
            .bind(delivery.tries)
            .bind(until.0)
            .bind(delivery.id.to_string())
            .execute(&mut *db)
            .await?;
        claimed.push(delivery);
    }
    Ok(claimed)
}

pub async fn settle(db: &mut Connection, settled: Delivery, spent: Option<Spent>) -> Result<()> {
    if let Some(spent) = spent {
        wechat::spend(&mut *db, spent).await?;
    }
    let sent = i32::from(settled.state == DeliveryState::Sent);
    sqlx::query(
        "UPDATE delivery SET state = $1, next_at = $2, error = $3, done_at = $4, held_until = 0 WHERE id = $5 AND state = 'due' AND (tries = \
         $6 OR $7 = 1)",
    )
    .bind(settled.state.word())
    .bind(settled.next_at.0)
    .bind(settled.error)
    .bind(settled.done_at.map(|at| at.0))
    .bind(settled.id.to_string())
    .bind(settled.tries)
    .bind(sent)
    .execute(db)
    .await?;
    Ok(())
}

pub async fn of_message(db: &mut Connection, id: MessageId) -> Result<Vec<Delivery>> {
    let rows =
        sqlx::query("SELECT * FROM delivery WHERE message = $1 ORDER BY id").bind(id.to_string()).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

pub async fn of_hook(
    db: &mut Connection,
    hook: HookId,
    before: Option<DeliveryId>,
    limit: u32,
) -> Result<Vec<Delivery>> {
    let rows = sqlx::query("SELECT * FROM delivery WHERE target = $1 AND id < $2 ORDER BY id DESC LIMIT $3")
        .bind(hook.to_string())
        .bind(before.map_or_else(|| LAST.to_owned(), |id| id.to_string()))
        .bind(i64::from(limit))
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// Ends what is still due to a hook.
pub async fn end_of_hook(db: &mut Connection, hook: HookId, code: &str, now: Moment) -> Result<()> {
    sqlx::query("UPDATE delivery SET state = 'refused', error = $1, done_at = $2 WHERE target = $3 AND state = 'due'")
        .bind(code)
        .bind(now.0)
        .bind(hook.to_string())
        .execute(db)
        .await?;
    Ok(())
}

pub async fn forget(db: &mut Connection, before: Moment) -> Result<()> {
    sqlx::query("DELETE FROM delivery WHERE state <> 'due' AND done_at < $1").bind(before.0).execute(db).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Delivery> {
    Ok(Delivery {
        id: word(row, "id")?,
        message: word(row, "message")?,
        channel: word(row, "channel")?,
        target: get(row, "target")?,
        state: word(row, "state")?,
        tries: get(row, "tries")?,
        next_at: moment(row, "next_at")?,
        error: get(row, "error")?,
        done_at: maybe_moment(row, "done_at")?,
    })
}

//! Web hooks.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{HookId, MessageId, OrderId, PartnerId};
use huizhi_domain::message::Happening;

use super::{Connection, Row, delivery, get, json, log, moment, word};
use crate::hook::SealedHook;
use crate::{Keys, Result, StoreError};

pub async fn add(db: &mut Connection, keys: Arc<Keys>, row: SealedHook, entry: Entry) -> Result<HookId> {
    sqlx::query(
        "INSERT INTO hook (id, partner, visitor, address, happenings, secret, state, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'active', $7)",
    )
    .bind(row.id.to_string())
    .bind(row.partner.to_string())
    .bind(row.visitor)
    .bind(row.address)
    .bind(serde_json::to_string(&row.happenings).unwrap_or_default())
    .bind(row.secret)
    .bind(row.created_at.0)
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(row.id)
}

pub async fn of_partner(db: &mut Connection, partner: PartnerId) -> Result<Vec<SealedHook>> {
    let rows = sqlx::query("SELECT * FROM hook WHERE partner = $1 AND state <> 'deleted' ORDER BY id")
        .bind(partner.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn find(db: &mut Connection, id: HookId) -> Result<Option<SealedHook>> {
    let row = sqlx::query("SELECT * FROM hook WHERE id = $1 AND state <> 'deleted'")
        .bind(id.to_string())
        .fetch_optional(db)
        .await?;
    row.map(|row| read(&row)).transpose()
}

/// The hooks that hear what happened to an order: of partners that hold it, and that were there when it happened.
pub async fn hearing(db: &mut Connection, order: OrderId, happening: Happening, at: Moment) -> Result<Vec<HookId>> {
    let rows = sqlx::query(
        "SELECT hook.* FROM hook JOIN holder ON holder.visitor = hook.visitor WHERE holder.order_id = $1 AND hook.state = 'active' AND \
         hook.created_at <= $2 ORDER BY hook.id",
    )
    .bind(order.to_string())
    .bind(at.0)
    .fetch_all(db)
    .await?;
    let all: Vec<SealedHook> = rows.iter().map(read).collect::<Result<_>>()?;
    let hears = |hook: &SealedHook| hook.happenings.is_empty() || hook.happenings.contains(&happening);
    Ok(all.into_iter().filter(hears).map(|hook| hook.id).collect())
}

pub async fn renew(
    db: &mut Connection,
    keys: Arc<Keys>,
    partner: PartnerId,
    id: HookId,
    secret: Vec<u8>,
    old_until: Moment,
    entry: Entry,
) -> Result<HookId> {
    let renewed = sqlx::query(
        "UPDATE hook SET old_secret = secret, old_until = $1, secret = $2 WHERE id = $3 AND partner = $4 AND state <> 'deleted'",
    )
    .bind(old_until.0)
    .bind(secret)
    .bind(id.to_string())
    .bind(partner.to_string())
    .execute(&mut *db)
    .await?;
    if renewed.rows_affected() == 0 {
        return Err(StoreError::Absent("hook"));
    }
    log::append(db, &keys, &[entry]).await?;
    Ok(id)
}

pub async fn tried(
    db: &mut Connection,
    keys: Arc<Keys>,
    partner: PartnerId,
    id: HookId,
    event: MessageId,
    entry: Entry,
) -> Result<MessageId> {
    if find(&mut *db, id).await?.is_none_or(|hook| hook.partner != partner) {
        return Err(StoreError::Absent("hook"));
    }
    log::append(db, &keys, &[entry]).await?;
    Ok(event)
}

pub async fn delete(db: &mut Connection, keys: Arc<Keys>, partner: PartnerId, id: HookId, entry: Entry) -> Result<()> {
    // What was sealed goes with it.
    let deleted = sqlx::query(
        "UPDATE hook SET state = 'deleted', address = $1, secret = $1, old_secret = NULL WHERE id = $2 AND partner = $3 AND state <> \
         'deleted'",
    )
    .bind(Vec::<u8>::new())
    .bind(id.to_string())
    .bind(partner.to_string())
    .execute(&mut *db)
    .await?;
    if deleted.rows_affected() == 0 {
        return Err(StoreError::Absent("hook"));
    }
    delivery::end_of_hook(&mut *db, id, "hook-deleted", entry.at).await?;
    log::append(db, &keys, &[entry]).await
}

pub async fn gone(db: &mut Connection, keys: Arc<Keys>, id: HookId, entry: Entry) -> Result<()> {
    let gone = sqlx::query("UPDATE hook SET state = 'gone' WHERE id = $1 AND state = 'active'")
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if gone.rows_affected() == 0 {
        return Ok(());
    }
    delivery::end_of_hook(&mut *db, id, "gone", entry.at).await?;
    log::append(db, &keys, &[entry]).await
}

fn read(row: &Row) -> Result<SealedHook> {
    let state: String = get(row, "state")?;
    Ok(SealedHook {
        id: word(row, "id")?,
        partner: word(row, "partner")?,
        visitor: get(row, "visitor")?,
        address: get(row, "address")?,
        happenings: json(row, "happenings")?,
        secret: get(row, "secret")?,
        old_secret: get(row, "old_secret")?,
        old_until: moment(row, "old_until")?,
        gone: state == "gone",
        created_at: moment(row, "created_at")?,
    })
}

//! Checkouts: one open at a time an order is a constraint of the database.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{CheckoutId, OrderId};
use huizhi_domain::message::Message;
use huizhi_domain::order::{OrderError, OrderState};

use super::{Connection, Row, get, given, log, message, moment, order, word};
use crate::checkout::{Came, Checkout, Errand, Way};
use crate::{Keys, Result, StoreError};

/// As long as one worker's errand keeps the others off, ms: four times what a call may take.
const LEASE_MS: i64 = 60_000;
/// The first look after the citizen was sent to pay, ms.
const FIRST_LOOK_MS: i64 = 3_000;

pub async fn begin(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: CheckoutId,
    of: OrderId,
    way: Way,
    entry: Entry,
) -> Result<Checkout> {
    let order = order::lock(&mut *db, of).await?;
    if order.state != OrderState::Unpaid {
        return Err(OrderError::WrongState { state: order.state, wish: "paid" }.into());
    }
    if let Some(open) = open_of(&mut *db, of).await? {
        return Ok(open);
    }
    sqlx::query(
        "INSERT INTO checkout (id, order_id, fen, way, state, begun_at, ask_at) VALUES ($1, $2, $3, $4, 'open', $5, $6)",
    )
    .bind(id.to_string())
    .bind(of.to_string())
    .bind(order.due_fen())
    .bind(way.word())
    .bind(entry.at.0)
    .bind(entry.at.after_ms(FIRST_LOOK_MS).0)
    .execute(&mut *db)
    .await?;
    let begun =
        Checkout { id, order: of, fen: order.due_fen(), way, address: None, begun_at: entry.at, errand: Errand::Ask };
    log::append(db, &keys, &[entry]).await?;
    Ok(begun)
}

pub async fn open_of(db: &mut Connection, of: OrderId) -> Result<Option<Checkout>> {
    let row = sqlx::query("SELECT * FROM checkout WHERE order_id = $1 AND state = 'open'")
        .bind(of.to_string())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

pub async fn set_address(db: &mut Connection, id: CheckoutId, address: String) -> Result<()> {
    sqlx::query("UPDATE checkout SET address = $1 WHERE id = $2")
        .bind(address)
        .bind(id.to_string())
        .execute(db)
        .await?;
    Ok(())
}

pub async fn any_due(db: &mut Connection, now: Moment) -> Result<bool> {
    let row = sqlx::query("SELECT 1 AS here FROM checkout WHERE state IN ('open', 'owed') AND ask_at <= $1 LIMIT 1")
        .bind(now.0)
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

pub async fn due(db: &mut Connection, now: Moment) -> Result<Vec<Checkout>> {
    let rows = sqlx::query(skipping!(
        "SELECT * FROM checkout WHERE state IN ('open', 'owed') AND ask_at <= $1 ORDER BY ask_at LIMIT 20"
    ))
    .bind(now.0)
    .fetch_all(&mut *db)
    .await?;
    let due: Vec<Checkout> = rows.iter().map(read).collect::<Result<_>>()?;
    for checkout in &due {
        ask_at(&mut *db, checkout.id, now.after_ms(LEASE_MS)).await?;
    }
    Ok(due)
}

pub async fn ask_at(db: &mut Connection, id: CheckoutId, at: Moment) -> Result<()> {
    sqlx::query("UPDATE checkout SET ask_at = $1 WHERE id = $2").bind(at.0).bind(id.to_string()).execute(db).await?;
    Ok(())
}

pub async fn paid(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: CheckoutId,
    of: OrderId,
    fen: i64,
    message: Message,
    mut entry: Entry,
) -> Result<Came> {
    let order = order::lock(&mut *db, of).await?;
    let row = sqlx::query("SELECT state FROM checkout WHERE id = $1 AND order_id = $2")
        .bind(id.to_string())
        .bind(of.to_string())
        .fetch_optional(&mut *db)
        .await?;
    let state: String = get(&row.ok_or(StoreError::Absent("checkout"))?, "state")?;
    // One that was given up may have been paid in its last second.
    if !matches!(&*state, "open" | "over") {
        return Ok(Came::Before);
    }
    let Ok(order) = order.pay(fen, entry.at) else {
        set_state(&mut *db, id, "owed", entry.at).await?;
        "checkout.too-late".clone_into(&mut entry.action);
        log::append(db, &keys, &[entry]).await?;
        return Ok(Came::TooLate);
    };
    order::save(&mut *db, &order).await?;
    sqlx::query("INSERT INTO payment (id, order_id, kind, fen, done_at) VALUES ($1, $2, 'charge', $3, $4)")
        .bind(id.to_string())
        .bind(of.to_string())
        .bind(fen)
        .bind(entry.at.0)
        .execute(&mut *db)
        .await?;
    set_state(&mut *db, id, "paid", entry.at).await?;
    message::add(&mut *db, &message, "paid").await?;
    let given = given::lay(&mut *db, &keys, &order, entry.at).await?;
    let entries: Vec<Entry> = [entry].into_iter().chain(given).collect();
    log::append(db, &keys, &entries).await?;
    Ok(Came::Counted)
}

async fn set_state(db: &mut Connection, id: CheckoutId, state: &str, ask_at: Moment) -> Result<()> {
    sqlx::query("UPDATE checkout SET state = $1, ask_at = $2 WHERE id = $3")
        .bind(state)
        .bind(ask_at.0)
        .bind(id.to_string())
        .execute(db)
        .await?;
    Ok(())
}

pub async fn over(db: &mut Connection, id: CheckoutId) -> Result<()> {
    sqlx::query("UPDATE checkout SET state = 'over' WHERE id = $1 AND state = 'open'")
        .bind(id.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// What was paid elsewhere goes back there.
pub async fn owe(db: &mut Connection, of: OrderId) -> Result<()> {
    sqlx::query("UPDATE checkout SET state = 'owed', ask_at = 0 WHERE order_id = $1 AND state = 'paid'")
        .bind(of.to_string())
        .execute(db)
        .await?;
    Ok(())
}

pub async fn returned(db: &mut Connection, keys: Arc<Keys>, id: CheckoutId, of: OrderId, entry: Entry) -> Result<()> {
    let mut order = order::lock(&mut *db, of).await?;
    let back = sqlx::query("UPDATE checkout SET state = 'returned' WHERE id = $1 AND state = 'owed'")
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if back.rows_affected() == 0 {
        return Ok(());
    }
    // The order's own refund, where it was this checkout that had paid it.
    let own = sqlx::query(
        "UPDATE payment SET done_at = $1 WHERE order_id = $2 AND kind = 'refund' AND done_at IS NULL AND EXISTS (SELECT 1 FROM payment AS \
         charge WHERE charge.id = $3)",
    )
    .bind(entry.at.0)
    .bind(of.to_string())
    .bind(id.to_string())
    .execute(&mut *db)
    .await?;
    if own.rows_affected() > 0 {
        order.paid_fen = 0;
        order::save(&mut *db, &order).await?;
    }
    log::append(db, &keys, &[entry]).await
}

fn read(row: &Row) -> Result<Checkout> {
    let state: String = get(row, "state")?;
    Ok(Checkout {
        id: word(row, "id")?,
        order: word(row, "order_id")?,
        fen: get(row, "fen")?,
        way: word::<Way>(row, "way")?,
        address: get(row, "address")?,
        begun_at: moment(row, "begun_at")?,
        errand: if state == "owed" { Errand::PayBack } else { Errand::Ask },
    })
}

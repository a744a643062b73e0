//! Payments: one charge and at most one refund an order.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{OrderId, StaffId};
use huizhi_domain::message::Message;
use huizhi_domain::order::Order;

use super::{Connection, checkout, get, given, log, message, order, word};
use crate::{Keys, Refund, Result, StoreError};

pub async fn unpaid(db: &mut Connection, city: String) -> Result<Vec<Order>> {
    let rows = sqlx::query("SELECT * FROM orders WHERE state = 'unpaid' AND city = $1 ORDER BY queued_at LIMIT 200")
        .bind(city)
        .fetch_all(db)
        .await?;
    rows.iter().map(order::read).collect()
}

/// An ending is made of letters and digits, so that it is no pattern.
pub async fn ending(db: &mut Connection, city: String, ending: String) -> Result<Vec<Order>> {
    let rows =
        sqlx::query("SELECT * FROM orders WHERE city = $1 AND probe = 0 AND id LIKE $2 ORDER BY id DESC LIMIT 2")
            .bind(city)
            .bind(format!("%{ending}"))
            .fetch_all(db)
            .await?;
    rows.iter().map(order::read).collect()
}

#[expect(clippy::too_many_arguments, reason = "one row, one entry and one message")]
pub async fn charge(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: String,
    of: OrderId,
    fen: i64,
    by: StaffId,
    message: Message,
    entry: Entry,
) -> Result<Order> {
    let order = order::lock(&mut *db, of).await?.pay(fen, entry.at)?;
    order::save(&mut *db, &order).await?;
    sqlx::query("INSERT INTO payment (id, order_id, kind, fen, staff, done_at) VALUES ($1, $2, 'charge', $3, $4, $5)")
        .bind(id)
        .bind(of.to_string())
        .bind(fen)
        .bind(by.to_string())
        .bind(entry.at.0)
        .execute(&mut *db)
        .await?;
    message::add(&mut *db, &message, "paid").await?;
    let given = given::lay(&mut *db, &keys, &order, entry.at).await?;
    let entries: Vec<Entry> = [entry].into_iter().chain(given).collect();
    log::append(db, &keys, &entries).await?;
    Ok(order)
}

/// Notes that money is to be paid back.
pub async fn owe(db: &mut Connection, id: &str, of: OrderId, fen: i64) -> Result<()> {
    sqlx::query("INSERT INTO payment (id, order_id, kind, fen) VALUES ($1, $2, 'refund', $3) ON CONFLICT DO NOTHING")
        .bind(id)
        .bind(of.to_string())
        .bind(fen)
        .execute(&mut *db)
        .await?;
    checkout::owe(db, of).await
}

pub async fn refunds_due(db: &mut Connection, city: String) -> Result<Vec<Refund>> {
    let rows = sqlx::query(
        "SELECT payment.order_id, payment.fen FROM payment JOIN orders ON orders.id = payment.order_id WHERE payment.kind = 'refund' AND \
         payment.done_at IS NULL AND orders.city = $1 AND NOT EXISTS (SELECT 1 FROM checkout WHERE checkout.order_id = orders.id AND \
         checkout.state = 'owed') ORDER BY payment.id LIMIT 200",
    )
    .bind(city)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok(Refund { order: word(row, "order_id")?, fen: get(row, "fen")? })).collect()
}

pub async fn refund(
    db: &mut Connection,
    keys: Arc<Keys>,
    of: OrderId,
    by: StaffId,
    now: Moment,
    entry: Entry,
) -> Result<()> {
    let mut order = order::lock(&mut *db, of).await?;
    let done = sqlx::query(
        "UPDATE payment SET staff = $1, done_at = $2 WHERE order_id = $3 AND kind = 'refund' AND done_at IS NULL",
    )
    .bind(by.to_string())
    .bind(now.0)
    .bind(of.to_string())
    .execute(&mut *db)
    .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Absent("refund that is due"));
    }
    order.paid_fen = 0;
    order::save(&mut *db, &order).await?;
    log::append(db, &keys, &[entry]).await
}

//! Messages: added with their cause, once.

use huizhi_domain::clock::Moment;
use huizhi_domain::id::{MessageId, OrderId};
use huizhi_domain::message::Message;

use super::{Connection, Row, json, maybe_moment, moment, word};
use crate::Result;

/// Adds a message; the same cause of an order tells only once.
pub async fn add(db: &mut Connection, message: &Message, cause: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO message (id, order_id, cause, happening, codes, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(message.id.to_string())
    .bind(message.order.to_string())
    .bind(cause)
    .bind(message.happening.word())
    .bind(serde_json::to_string(&message.codes).unwrap_or_default())
    .bind(message.at.0)
    .execute(db)
    .await?;
    Ok(())
}

pub async fn of_visitor(db: &mut Connection, visitor: Vec<u8>) -> Result<Vec<Message>> {
    let rows = sqlx::query(
        "SELECT message.* FROM message JOIN holder ON holder.order_id = message.order_id WHERE holder.visitor = $1 ORDER BY message.id DESC \
         LIMIT 200",
    )
    .bind(visitor)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

pub async fn of_order(db: &mut Connection, order: OrderId) -> Result<Vec<Message>> {
    let rows = sqlx::query("SELECT * FROM message WHERE order_id = $1 ORDER BY id")
        .bind(order.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn find(db: &mut Connection, id: MessageId) -> Result<Option<Message>> {
    let row = sqlx::query("SELECT * FROM message WHERE id = $1").bind(id.to_string()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Marks a message as read, if its order is one of the visitor's.
pub async fn mark_read(db: &mut Connection, visitor: Vec<u8>, id: MessageId, now: Moment) -> Result<()> {
    sqlx::query(
        "UPDATE message SET read_at = $1 WHERE id = $2 AND read_at IS NULL AND order_id IN (SELECT order_id FROM holder WHERE visitor = $3)",
    )
    .bind(now.0)
    .bind(id.to_string())
    .bind(visitor)
    .execute(db)
    .await?;
    Ok(())
}

/// Adds a message that stands alone.
pub async fn tell(db: &mut Connection, message: Message, cause: String) -> Result<()> {
    add(db, &message, &cause).await
}

pub fn read(row: &Row) -> Result<Message> {
    Ok(Message {
        id: word(row, "id")?,
        order: word(row, "order_id")?,
        happening: word(row, "happening")?,
        codes: json(row, "codes")?,
        at: moment(row, "at")?,
        read_at: maybe_moment(row, "read_at")?,
    })
}

//! Partners, their keys, and pages of what they hold.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{KeyId, MessageId, OrderId, PartnerId};
use huizhi_domain::message::Message;
use huizhi_domain::order::{Order, OrderState};
use huizhi_domain::partner::{Key, Partner, Scope};

use super::{Connection, Row, get, log, maybe_moment, message, moment, order, word};
use crate::partner::OrderPage;
use crate::{Keys, Result, StoreError};

/// After every id that there can be: `~` stands behind all letters.
const LAST: &str = "~";

pub async fn add(db: &mut Connection, keys: Arc<Keys>, partner: Partner, entry: Entry) -> Result<()> {
    sqlx::query("INSERT INTO partner (id, name, created_at) VALUES ($1, $2, $3)")
        .bind(partner.id.to_string())
        .bind(partner.name)
        .bind(entry.at.0)
        .execute(&mut *db)
        .await?;
    log::append(db, &keys, &[entry]).await
}

pub async fn by_name(db: &mut Connection, name: String) -> Result<Option<Partner>> {
    let row = sqlx::query("SELECT id, name FROM partner WHERE name = $1").bind(name).fetch_optional(db).await?;
    row.map(|row| read(&row)).transpose()
}

pub async fn find(db: &mut Connection, id: PartnerId) -> Result<Option<Partner>> {
    let row = sqlx::query("SELECT id, name FROM partner WHERE id = $1").bind(id.to_string()).fetch_optional(db).await?;
    row.map(|row| read(&row)).transpose()
}

pub async fn add_key(db: &mut Connection, keys: Arc<Keys>, key: Key, secret: Vec<u8>, entry: Entry) -> Result<()> {
    let words: Vec<&str> = key.scopes.iter().map(|scope| scope.word()).collect();
    sqlx::query(
        "INSERT INTO partner_key (id, partner, secret, scopes, rate, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(key.id.to_string())
    .bind(key.partner.to_string())
    .bind(secret)
    .bind(words.join(" "))
    .bind(i32::try_from(key.rate).unwrap_or(i32::MAX))
    .bind(key.created_at.0)
    .bind(key.expires_at.map(|at| at.0))
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

pub async fn all_keys(db: &mut Connection) -> Result<Vec<(Partner, Key)>> {
    let rows = sqlx::query(
        "SELECT partner_key.*, partner.name FROM partner_key JOIN partner ON partner.id = partner_key.partner ORDER BY partner_key.id",
    )
    .fetch_all(db)
    .await?;
    rows.iter().map(read_key).collect()
}

pub async fn by_key(db: &mut Connection, id: KeyId, secret: Vec<u8>) -> Result<Option<(Partner, Key)>> {
    let row = sqlx::query(
        "SELECT partner_key.*, partner.name FROM partner_key JOIN partner ON partner.id = partner_key.partner WHERE partner_key.id = $1 AND \
         partner_key.secret = $2",
    )
    .bind(id.to_string())
    .bind(secret)
    .fetch_optional(db)
    .await?;
    row.map(|row| read_key(&row)).transpose()
}

pub async fn revoke_key(db: &mut Connection, keys: Arc<Keys>, id: KeyId, entry: Entry) -> Result<()> {
    let changed = sqlx::query("UPDATE partner_key SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL")
        .bind(entry.at.0)
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::Absent("key"));
    }
    log::append(db, &keys, &[entry]).await
}

pub async fn reference(db: &mut Connection, id: OrderId) -> Result<Option<Vec<u8>>> {
    let row = sqlx::query("SELECT reference FROM orders WHERE id = $1").bind(id.to_string()).fetch_optional(db).await?;
    Ok(row.map(|row| get(&row, "reference")).transpose()?.flatten())
}

pub async fn orders(db: &mut Connection, visitor: Vec<u8>, page: OrderPage) -> Result<Vec<Order>> {
    let rows = sqlx::query(
        "SELECT orders.* FROM orders JOIN holder ON holder.order_id = orders.id WHERE holder.visitor = $1 AND orders.id < $2 AND \
         ($3 = '' OR orders.state = $3) ORDER BY orders.id DESC LIMIT $4",
    )
    .bind(visitor)
    .bind(page.before.map_or_else(|| LAST.to_owned(), |id| id.to_string()))
    .bind(page.state.map_or("", OrderState::word))
    .bind(i64::from(page.limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(order::read).collect()
}

pub async fn messages(
    db: &mut Connection,
    visitor: Vec<u8>,
    after: Option<MessageId>,
    settled: Moment,
    limit: u32,
) -> Result<Vec<Message>> {
    let rows = sqlx::query(
        "SELECT message.* FROM message JOIN holder ON holder.order_id = message.order_id WHERE holder.visitor = $1 AND message.id > $2 AND \
         message.at <= $3 ORDER BY message.id LIMIT $4",
    )
    .bind(visitor)
    .bind(after.map(|id| id.to_string()).unwrap_or_default())
    .bind(settled.0)
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(message::read).collect()
}

fn read(row: &Row) -> Result<Partner> {
    Ok(Partner { id: word(row, "id")?, name: get(row, "name")? })
}

fn read_key(row: &Row) -> Result<(Partner, Key)> {
    let scopes: String = get(row, "scopes")?;
    let scope =
        |text: &str| text.parse::<Scope>().map_err(|_| StoreError::Row { what: "scopes", value: scopes.clone() });
    let key = Key {
        id: word(row, "id")?,
        partner: word(row, "partner")?,
        scopes: scopes.split_whitespace().map(scope).collect::<Result<_>>()?,
        rate: get::<i32>(row, "rate")?.unsigned_abs(),
        created_at: moment(row, "created_at")?,
        expires_at: maybe_moment(row, "expires_at")?,
        revoked_at: maybe_moment(row, "revoked_at")?,
    };
    Ok((Partner { id: key.partner, name: get(row, "name")? }, key))
}

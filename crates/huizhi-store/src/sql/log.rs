//! The log's rows: entries are added, never changed.

use std::sync::Arc;

use huizhi_domain::audit::{Entry, Frontier, Head, leaf_hash};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, OrderId};
use serde::Serialize;

use super::{Connection, Row, get, maybe_word, moment};
use crate::{Keys, Result, StoreError};

/// Actions that are somebody's look at a photo, a receipt, a person or a residence, which their owner is shown.
const LOOKS: [&str; 9] = [
    "photo.viewed",
    "photo.claimed",
    "photo.decided",
    "case.given",
    "receipt.reserved",
    "receipt.consumed",
    "person.proof-seen",
    "residence.viewed",
    "residence.verified",
];

/// An entry on its way into the table: many are one statement.
#[derive(Serialize)]
struct EntryRow {
    seq: u64,
    entry: String,
}

/// A look on its way into the table.
#[derive(Serialize)]
struct LookRow<'a> {
    seq: u64,
    subject: &'a str,
}

pub async fn alive(db: &mut Connection) -> Result<()> {
    sqlx::query("SELECT 1").execute(db).await?;
    Ok(())
}

/// Adds entries at the end and signs the new head, in the transaction of what they tell of. Last in it, because on PostgreSQL
/// every writer waits here for the one before.
pub async fn append(db: &mut Connection, keys: &Arc<Keys>, entries: &[Entry]) -> Result<()> {
    let Some(last) = entries.last() else { return Ok(()) };
    let row = locked_head(&mut *db).await?;
    let mut frontier = frontier(&row)?;
    let (mut rows, mut looks) = (Vec::with_capacity(entries.len()), Vec::new());
    for entry in entries {
        let (bytes, seq) = (entry.to_bytes(), frontier.size());
        if LOOKS.contains(&entry.action.as_str()) {
            looks.push(LookRow { seq, subject: &entry.subject });
        }
        frontier.push(leaf_hash(&bytes));
        rows.push(EntryRow { seq, entry: String::from_utf8(bytes).unwrap_or_default() });
    }
    sqlx::query(concat!(
        adding!(),
        "log (seq, entry) SELECT CAST(item.value ->> 'seq' AS BIGINT), ",
        text_bytes!("entry"),
        " FROM ",
        items!("$1")
    ))
    .bind(serde_json::to_string(&rows).unwrap_or_default())
    .execute(&mut *db)
    .await?;
    if !looks.is_empty() {
        sqlx::query(concat!(
            "INSERT INTO log_look (subject, seq) SELECT item.value ->> 'subject', CAST(item.value ->> 'seq' AS BIGINT) FROM ",
            items!("$1")
        ))
        .bind(serde_json::to_string(&looks).unwrap_or_default())
        .execute(&mut *db)
        .await?;
    }
    // Order is by place, not by time; but a head never says that it is older than the one before.
    let at = last.at.max(moment(&row, "at")?);
    let head = Head::sign(&frontier, at, &keys.signer);
    sqlx::query(
        "UPDATE log_head SET size = $1, peaks = $2, root = $3, at = $4, key_id = $5, signature = $6 WHERE one = 1",
    )
    .bind(head.size as i64)
    .bind(frontier.to_bytes())
    .bind(head.root.to_vec())
    .bind(head.at.0)
    .bind(&head.key_id)
    .bind(&head.signature)
    .execute(&mut *db)
    .await?;
    Ok(())
}

/// The head, locked. It is made where there is none, so that there is one to lock.
async fn locked_head(db: &mut Connection) -> Result<Row> {
    const HEAD: &str = locking!("SELECT size, peaks, at FROM log_head WHERE one = 1");
    if let Some(row) = sqlx::query(HEAD).fetch_optional(&mut *db).await? {
        return Ok(row);
    }
    sqlx::query(
        "INSERT INTO log_head (one, size, peaks, root, at, key_id, signature) VALUES (1, 0, $1, $1, 0, '', $1) ON CONFLICT DO NOTHING",
    )
    .bind(Vec::<u8>::new())
    .execute(&mut *db)
    .await?;
    Ok(sqlx::query(HEAD).fetch_one(db).await?)
}

pub async fn add(db: &mut Connection, keys: Arc<Keys>, entries: Vec<Entry>) -> Result<()> {
    append(db, &keys, &entries).await
}

pub async fn head(db: &mut Connection) -> Result<Option<Head>> {
    let row =
        sqlx::query("SELECT size, root, at, key_id, signature FROM log_head WHERE one = 1").fetch_optional(db).await?;
    row.map(|row| read_head(&row)).transpose()
}

/// The head, and what new entries are joined to.
pub async fn head_and_edge(db: &mut Connection) -> Result<Option<(Head, Vec<u8>)>> {
    let row = sqlx::query("SELECT * FROM log_head WHERE one = 1").fetch_optional(db).await?;
    row.map(|row| Ok((read_head(&row)?, get(&row, "peaks")?))).transpose()
}

/// A page of entries, by place.
pub async fn entries(db: &mut Connection, from: i64, count: i64) -> Result<Vec<(i64, Vec<u8>)>> {
    let rows = sqlx::query("SELECT seq, entry FROM log WHERE seq >= $1 ORDER BY seq LIMIT $2")
        .bind(from)
        .bind(count)
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| Ok((get(row, "seq")?, get(row, "entry")?))).collect()
}

/// Looks at the photos, receipts and people of an account, with the order that each was about.
pub async fn looks(
    db: &mut Connection,
    account: AccountId,
    visitor: Vec<u8>,
) -> Result<Vec<(Option<OrderId>, Vec<u8>)>> {
    let rows = sqlx::query(
        "SELECT theirs.order_id, log.entry FROM (SELECT attempt.id AS subject, attempt.order_id FROM attempt JOIN holder ON holder.order_id = \
         attempt.order_id WHERE holder.visitor = $1 UNION ALL SELECT receipt.id AS subject, receipt.order_id FROM receipt JOIN holder ON \
         holder.order_id = receipt.order_id WHERE holder.visitor = $1 UNION ALL SELECT person.id AS subject, NULL AS order_id FROM person WHERE \
         person.account = $2 UNION ALL SELECT residence.id AS subject, NULL AS order_id FROM residence WHERE residence.account = $2) AS theirs \
         JOIN log_look ON log_look.subject = theirs.subject JOIN log ON log.seq = log_look.seq ORDER BY log.seq \
         DESC LIMIT 500",
    )
    .bind(visitor)
    .bind(account.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((maybe_word(row, "order_id")?, get(row, "entry")?))).collect()
}

pub async fn checkpoints(db: &mut Connection) -> Result<Vec<Head>> {
    let rows =
        sqlx::query("SELECT size, root, at, key_id, signature FROM checkpoint ORDER BY size").fetch_all(db).await?;
    rows.iter().map(read_head).collect()
}

/// Keeps the head as it is now; `None` where that was done before.
pub async fn checkpoint(db: &mut Connection) -> Result<Option<Head>> {
    let Some(head) = head(&mut *db).await? else { return Ok(None) };
    let kept = sqlx::query(
        "INSERT INTO checkpoint (size, root, at, key_id, signature) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind(head.size as i64)
    .bind(head.root.to_vec())
    .bind(head.at.0)
    .bind(&head.key_id)
    .bind(&head.signature)
    .execute(db)
    .await?;
    Ok((kept.rows_affected() > 0).then_some(head))
}

fn frontier(row: &Row) -> Result<Frontier> {
    let size: i64 = get(row, "size")?;
    let peaks: Vec<u8> = get(row, "peaks")?;
    Frontier::from_bytes(size as u64, &peaks).ok_or_else(|| StoreError::Row {
        what: "the log's right edge",
        value: format!("{size} entries, {} bytes", peaks.len()),
    })
}

fn read_head(row: &Row) -> Result<Head> {
    let root: Vec<u8> = get(row, "root")?;
    let size: i64 = get(row, "size")?;
    Ok(Head {
        size: size as u64,
        root: root
            .try_into()
            .map_err(|root: Vec<u8>| StoreError::Row { what: "a root", value: format!("{} bytes", root.len()) })?,
        at: Moment(get(row, "at")?),
        key_id: get(row, "key_id")?,
        signature: get(row, "signature")?,
    })
}

//! Orders, who may see them, and their applicants.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::OrderId;
use huizhi_domain::message::Message;
use huizhi_domain::order::{Order, OrderError, OrderState};
use huizhi_domain::words::Lang;

use super::{Connection, Row, get, given, log, maybe_moment, maybe_word, message, moment, payment, photo, word};
use crate::order::{Begun, Guess, Submission};
use crate::{Keys, Result, StoreError};

/// How often the last four digits may be guessed, and how long nothing is heard after that: 1 h.
const GUESSES: i32 = 5;
const DEAF_MS: i64 = 3_600_000;

pub async fn begin(db: &mut Connection, keys: Arc<Keys>, begun: Begun, entry: Entry) -> Result<OrderId> {
    let order = &begun.order;
    sqlx::query(
        "INSERT INTO orders (id, document, city, state, price_fen, paid_fen, rules, lang, created_at, changed_at, probe, secret, \
         secret_sealed, reference) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(order.id.to_string())
    .bind(&order.document)
    .bind(&order.city)
    .bind(order.state.word())
    .bind(order.price_fen)
    .bind(order.paid_fen)
    .bind(&order.rules)
    .bind(order.lang.tag())
    .bind(order.created_at.0)
    .bind(order.changed_at.0)
    .bind(i32::from(begun.probe))
    .bind(begun.secret.to_vec())
    .bind(&begun.secret_sealed)
    .bind(&begun.reference)
    .execute(&mut *db)
    .await?;
    if let Some(visitor) = begun.visitor {
        hold(&mut *db, visitor, order.id, order.created_at).await?;
    }
    log::append(db, &keys, &[entry]).await?;
    Ok(order.id)
}

pub async fn hold(db: &mut Connection, visitor: Vec<u8>, id: OrderId, now: Moment) -> Result<()> {
    sqlx::query("INSERT INTO holder (visitor, order_id, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(visitor)
        .bind(id.to_string())
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn find(db: &mut Connection, id: OrderId) -> Result<Option<Order>> {
    let row = sqlx::query("SELECT * FROM orders WHERE id = $1").bind(id.to_string()).fetch_optional(db).await?;
    row.map(|row| read(&row)).transpose()
}

/// The order, which nobody else changes until the transaction ends.
pub async fn lock(db: &mut Connection, id: OrderId) -> Result<Order> {
    let row =
        sqlx::query(locking!("SELECT * FROM orders WHERE id = $1")).bind(id.to_string()).fetch_optional(db).await?;
    read(&row.ok_or(StoreError::Absent("order"))?)
}

pub async fn held(db: &mut Connection, visitor: Vec<u8>, id: OrderId) -> Result<Option<Order>> {
    let row = sqlx::query(
        "SELECT orders.* FROM orders JOIN holder ON holder.order_id = orders.id WHERE holder.visitor = $1 AND orders.id = $2",
    )
    .bind(visitor)
    .bind(id.to_string())
    .fetch_optional(db)
    .await?;
    row.map(|row| read(&row)).transpose()
}

pub async fn all_held(db: &mut Connection, visitor: Vec<u8>) -> Result<Vec<Order>> {
    let rows = sqlx::query(
        "SELECT orders.* FROM orders JOIN holder ON holder.order_id = orders.id WHERE holder.visitor = $1 ORDER BY orders.id DESC \
         LIMIT 200",
    )
    .bind(visitor)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

pub async fn by_secret(db: &mut Connection, secret: Vec<u8>) -> Result<Option<Order>> {
    let row = sqlx::query("SELECT * FROM orders WHERE secret = $1").bind(secret).fetch_optional(db).await?;
    row.map(|row| read(&row)).transpose()
}

pub async fn secret(db: &mut Connection, id: OrderId) -> Result<Option<Vec<u8>>> {
    let row =
        sqlx::query("SELECT secret_sealed FROM orders WHERE id = $1").bind(id.to_string()).fetch_optional(db).await?;
    row.map(|row| get(&row, "secret_sealed")).transpose()
}

pub async fn change_draft(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: OrderId,
    document: Option<String>,
    city: Option<String>,
    entry: Entry,
) -> Result<Order> {
    let mut order = lock(&mut *db, id).await?;
    if order.state != OrderState::Draft {
        return Err(OrderError::WrongState { state: order.state, wish: "changed" }.into());
    }
    order.document = document.unwrap_or(order.document);
    order.city = city.unwrap_or(order.city);
    order.changed_at = entry.at;
    save(&mut *db, &order).await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(order)
}

pub async fn submit(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: OrderId,
    submission: Submission,
    message: Message,
    entry: Entry,
) -> Result<Order> {
    let order = lock(&mut *db, id).await?;
    photo::submit(&mut *db, &order, &submission, entry.at).await?;
    let order = order.submit(submission.attempt, submission.terms, entry.at)?;
    save(&mut *db, &order).await?;
    sqlx::query("UPDATE orders SET child = $1 WHERE id = $2")
        .bind(i32::from(submission.child))
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    message::add(&mut *db, &message, &format!("submitted {}", submission.attempt)).await?;
    let given = given::lay(&mut *db, &keys, &order, entry.at).await?;
    let entries: Vec<Entry> = [entry].into_iter().chain(given).collect();
    log::append(db, &keys, &entries).await?;
    Ok(order)
}

pub async fn withdraw(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: OrderId,
    refund: String,
    message: Message,
    entry: Entry,
) -> Result<Order> {
    let order = lock(&mut *db, id).await?;
    let back = order.refund_fen();
    let order = order.withdraw(entry.at)?;
    save(&mut *db, &order).await?;
    erase_photos(&mut *db, id, entry.at).await?;
    if back > 0 {
        payment::owe(&mut *db, &refund, id, back).await?;
    }
    message::add(&mut *db, &message, "withdrawn").await?;
    let recalled = given::recall(&mut *db, id, entry.at).await?;
    let entries: Vec<Entry> = [entry].into_iter().chain(recalled).collect();
    log::append(db, &keys, &entries).await?;
    Ok(order)
}

/// All pictures of an order become litter, and its reports go with them.
pub async fn erase_photos(db: &mut Connection, id: OrderId, now: Moment) -> Result<()> {
    photo::erase(&mut *db, id, None, now).await?;
    sqlx::query(
        "UPDATE attempt SET report = NULL, reason = NULL, state = CASE WHEN state IN ('received', 'judged', 'unreadable') \
         THEN 'dropped' ELSE state END WHERE order_id = $1",
    )
    .bind(id.to_string())
    .execute(db)
    .await?;
    Ok(())
}

pub async fn appeal(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: OrderId,
    message: Message,
    entry: Entry,
) -> Result<Order> {
    let order = lock(&mut *db, id).await?.appeal(entry.at)?;
    let attempt = order.attempt.ok_or(StoreError::Absent("attempt"))?;
    let changed = sqlx::query(
        "UPDATE attempt SET state = 'submitted', round = 2, appealed_at = $1 WHERE id = $2 AND appealed_at IS NULL AND state = 'rejected'",
    )
    .bind(entry.at.0)
    .bind(attempt.to_string())
    .execute(&mut *db)
    .await?;
    if changed.rows_affected() == 0 {
        return Err(OrderError::AppealedBefore.into());
    }
    save(&mut *db, &order).await?;
    message::add(&mut *db, &message, &format!("appealed {attempt}")).await?;
    let given = given::lay(&mut *db, &keys, &order, entry.at).await?;
    let entries: Vec<Entry> = [entry].into_iter().chain(given).collect();
    log::append(db, &keys, &entries).await?;
    Ok(order)
}

/// Orders whose time is over.
pub async fn lapsed(db: &mut Connection, now: Moment) -> Result<Vec<OrderId>> {
    let drafts = now.after_ms(-huizhi_domain::order::DRAFT_WAITS_MS);
    let others = now.after_ms(-huizhi_domain::order::WAITS_FOR_CITIZEN_MS);
    let rows = sqlx::query(
        "SELECT id FROM orders WHERE probe = 0 AND peer IS NULL AND ((state = 'draft' AND changed_at <= $1) OR (state IN ('unpaid', 'rejected') AND \
         changed_at <= $2)) LIMIT 100",
    )
    .bind(drafts.0)
    .bind(others.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| word(row, "id")).collect()
}

pub async fn expire(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: OrderId,
    refund: String,
    message: Message,
    entry: Entry,
) -> Result<Order> {
    let order = lock(&mut *db, id).await?;
    let back = order.refund_fen();
    let order = order.expire(entry.at)?;
    save(&mut *db, &order).await?;
    erase_photos(&mut *db, id, entry.at).await?;
    if back > 0 {
        payment::owe(&mut *db, &refund, id, back).await?;
    }
    message::add(&mut *db, &message, "expired").await?;
    let recalled = given::recall(&mut *db, id, entry.at).await?;
    let entries: Vec<Entry> = [entry].into_iter().chain(recalled).collect();
    log::append(db, &keys, &entries).await?;
    Ok(order)
}

pub async fn set_applicant(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: OrderId,
    sealed: Vec<u8>,
    entry: Entry,
) -> Result<()> {
    let order = lock(&mut *db, id).await?;
    if !order.takes_photos() {
        return Err(OrderError::WrongState { state: order.state, wish: "changed" }.into());
    }
    sqlx::query("UPDATE orders SET applicant = $1, changed_at = $2 WHERE id = $3")
        .bind(sealed)
        .bind(entry.at.0)
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    log::append(db, &keys, &[entry]).await
}

/// Keeps an applicant's record anew, whatever the order's state. The caller's entry says why.
pub async fn reseal_applicant(db: &mut Connection, id: OrderId, sealed: Vec<u8>) -> Result<()> {
    sqlx::query("UPDATE orders SET applicant = $1 WHERE id = $2").bind(sealed).bind(id.to_string()).execute(db).await?;
    Ok(())
}

pub async fn applicant(db: &mut Connection, id: OrderId) -> Result<Option<Vec<u8>>> {
    let row = sqlx::query("SELECT applicant FROM orders WHERE id = $1").bind(id.to_string()).fetch_optional(db).await?;
    Ok(row.map(|row| get(&row, "applicant")).transpose()?.flatten())
}

/// Counts a guess, and says what came of it: whether it may be heard at all.
pub async fn guess(db: &mut Connection, id: OrderId, right: bool, now: Moment) -> Result<Guess> {
    let row = sqlx::query(locking!("SELECT misses, deaf_until FROM orders WHERE id = $1"))
        .bind(id.to_string())
        .fetch_optional(&mut *db)
        .await?
        .ok_or(StoreError::Absent("order"))?;
    let misses: i32 = get(&row, "misses")?;
    let until = moment(&row, "deaf_until")?;
    if now < until {
        return Ok(Guess::Deaf { until });
    }
    let misses = if right { 0 } else { misses + 1 };
    let (misses, deaf) = if misses >= GUESSES { (0, now.after_ms(DEAF_MS)) } else { (misses, Moment(0)) };
    sqlx::query("UPDATE orders SET misses = $1, deaf_until = $2 WHERE id = $3")
        .bind(misses)
        .bind(deaf.0)
        .bind(id.to_string())
        .execute(db)
        .await?;
    Ok(match (right, now < deaf) {
        (true, _) => Guess::Right,
        (false, true) => Guess::Deaf { until: deaf },
        (false, false) => Guess::Wrong,
    })
}

pub async fn save(db: &mut Connection, order: &Order) -> Result<()> {
    sqlx::query(
        "UPDATE orders SET document = $1, city = $2, state = $3, price_fen = $4, paid_fen = $5, rules = $6, queued_at = $7, attempt = $8, \
         changed_at = $9 WHERE id = $10",
    )
    .bind(&order.document)
    .bind(&order.city)
    .bind(order.state.word())
    .bind(order.price_fen)
    .bind(order.paid_fen)
    .bind(&order.rules)
    .bind(order.queued_at.map(|at| at.0))
    .bind(order.attempt.map(|id| id.to_string()))
    .bind(order.changed_at.0)
    .bind(order.id.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// Whether an order is the case of a peer, which has no citizen here.
pub async fn is_a_peers(db: &mut Connection, id: OrderId) -> Result<bool> {
    let row = sqlx::query("SELECT peer FROM orders WHERE id = $1").bind(id.to_string()).fetch_one(db).await?;
    Ok(get::<Option<String>>(&row, "peer")?.is_some())
}

/// Whether an order is a probe.
pub async fn is_probe(db: &mut Connection, id: OrderId) -> Result<bool> {
    let row = sqlx::query("SELECT probe FROM orders WHERE id = $1").bind(id.to_string()).fetch_one(db).await?;
    Ok(get::<i32>(&row, "probe")? == 1)
}

pub fn read(row: &Row) -> Result<Order> {
    let lang: String = get(row, "lang")?;
    Ok(Order {
        id: word(row, "id")?,
        document: get(row, "document")?,
        city: get(row, "city")?,
        state: word(row, "state")?,
        price_fen: get(row, "price_fen")?,
        paid_fen: get(row, "paid_fen")?,
        rules: get(row, "rules")?,
        queued_at: maybe_moment(row, "queued_at")?,
        attempt: maybe_word(row, "attempt")?,
        lang: Lang::of_tag(&lang).unwrap_or_default(),
        created_at: moment(row, "created_at")?,
        changed_at: moment(row, "changed_at")?,
    })
}

//! Erasing an account with all that is personal in it. What the accounts of money need stays, without a person; the log stays whole.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, AttemptId, DecisionId, OrderId};
use huizhi_domain::order::{Order, OrderState};
use huizhi_domain::review::Opinion;

use super::{
    Connection, account, appointment, comment, face, get, given, json, log, notice, order, outside, payment, photo,
    release, residence, support, wish, word,
};
use crate::appointment::Terms;
use crate::erase::Erased;
use crate::{Keys, Result, StoreError};

/// What is told of an order, each before what it hangs on.
const OF_ORDER: [&str; 5] = [
    "DELETE FROM delivery WHERE message IN (SELECT id FROM message WHERE order_id = $1)",
    "DELETE FROM message WHERE order_id = $1",
    "DELETE FROM wechat_permission WHERE order_id = $1",
    "DELETE FROM wechat WHERE order_id = $1",
    "DELETE FROM holder WHERE order_id = $1",
];

/// Orders that an account holds and that are for nobody of another account.
pub async fn orders(db: &mut Connection, account: AccountId, visitor: Vec<u8>) -> Result<Vec<OrderId>> {
    let rows = sqlx::query(
        "SELECT orders.id FROM orders JOIN holder ON holder.order_id = orders.id WHERE holder.visitor = $1 AND NOT EXISTS (SELECT 1 FROM \
         person WHERE person.id = orders.person AND person.account <> $2) ORDER BY orders.id",
    )
    .bind(visitor)
    .bind(account.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| word(row, "id")).collect()
}

/// Erases all of it in one transaction. The keys of the files go with their rows, so that from here on no file opens; the files are
/// litter, which is swept afterwards.
pub async fn all_of(
    db: &mut Connection,
    terms: Arc<Terms>,
    id: AccountId,
    visitor: Vec<u8>,
    entry: Entry,
) -> Result<Erased> {
    let keys = Arc::clone(&terms.keys);
    if account::find(&mut *db, id).await?.is_none() {
        return Err(StoreError::Absent("account"));
    }
    let held = orders(&mut *db, id, visitor.clone()).await?;
    let mut erased = Erased { orders: held.len(), receipts: 0, refund_fen: 0 };
    let mut entries = Vec::new();
    for of in held {
        let order = order::lock(&mut *db, of).await?;
        is_free(&mut *db, &order).await?;
        erased.refund_fen += end(&mut *db, order, entry.at, &mut entries).await?;
        erased.receipts += usize::from(end_receipt(&mut *db, of, entry.at).await?);
        empty(&mut *db, &keys, of, entry.at).await?;
        support::erase_of_order(&mut *db, of, entry.at).await?;
    }
    comment::erase(&mut *db, visitor.clone()).await?;
    // Others' orders, which it could see by their links, are let go.
    sqlx::query("DELETE FROM holder WHERE visitor = $1").bind(visitor.clone()).execute(&mut *db).await?;
    sqlx::query("UPDATE orders SET person = NULL WHERE person IN (SELECT id FROM person WHERE account = $1)")
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    face::delete(&mut *db, id).await?;
    outside::forget(&mut *db, id).await?;
    appointment::erase(&mut *db, &terms, id).await?;
    residence::erase(&mut *db, id).await?;
    notice::erase(&mut *db, id).await?;
    release::erase(&mut *db, id).await?;
    wish::erase(&mut *db, id).await?;
    support::erase(&mut *db, visitor, entry.at).await?;
    for statement in ["DELETE FROM consent WHERE account = $1", "DELETE FROM person WHERE account = $1"] {
        sqlx::query(statement).bind(id.to_string()).execute(&mut *db).await?;
    }
    log::append(&mut *db, &keys, &entries).await?;
    account::erase(db, keys, id, entry).await?;
    Ok(erased)
}

/// An order that somebody holds in this moment is erased a moment later.
async fn is_free(db: &mut Connection, order: &Order) -> Result<()> {
    let issued = sqlx::query("SELECT 1 AS here FROM receipt WHERE order_id = $1 AND state <> 'signing'")
        .bind(order.id.to_string())
        .fetch_optional(db)
        .await?;
    match order.state {
        OrderState::InReview => Err(StoreError::InUse("a photo is being looked at")),
        OrderState::Approved if issued.is_none() => Err(StoreError::InUse("a receipt is being issued")),
        _ => Ok(()),
    }
}

/// Withdraws an order that is still open. Gives what is to be paid back.
async fn end(db: &mut Connection, order: Order, now: Moment, entries: &mut Vec<Entry>) -> Result<i64> {
    let (id, back) = (order.id, order.refund_fen());
    let Ok(order) = order.withdraw(now) else { return Ok(0) };
    order::save(&mut *db, &order).await?;
    if back > 0 {
        // An order is paid back once, so that its own id is a name for it.
        payment::owe(&mut *db, &id.to_string(), id, back).await?;
    }
    entries.extend(given::recall(db, id, now).await?);
    Ok(back)
}

/// Ends a receipt. Its number stays taken, and nobody can read it any more. Whether it was good until now.
async fn end_receipt(db: &mut Connection, id: OrderId, now: Moment) -> Result<bool> {
    let found = sqlx::query("SELECT state, photo FROM receipt WHERE order_id = $1")
        .bind(id.to_string())
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = found else { return Ok(false) };
    let (state, file): (String, Option<String>) = (get(&row, "state")?, get(&row, "photo")?);
    if let Some(file) = file {
        photo::litter(&mut *db, &file, now).await?;
    }
    sqlx::query(
        "UPDATE receipt SET state = CASE WHEN state = 'issued' THEN 'revoked' ELSE state END, photo = NULL, photo_key = NULL, number_sealed \
         = NULL WHERE order_id = $1",
    )
    .bind(id.to_string())
    .execute(db)
    .await?;
    Ok(state == "issued")
}

/// Takes everything personal out of an order.
async fn empty(db: &mut Connection, keys: &Arc<Keys>, id: OrderId, now: Moment) -> Result<()> {
    order::erase_photos(&mut *db, id, now).await?;
    for statement in OF_ORDER {
        sqlx::query(statement).bind(id.to_string()).execute(&mut *db).await?;
    }
    // The link opens nothing any more: of this hash nobody knows the text.
    let nobody = keys.ring.index("erased order", &id.to_string()).to_vec();
    sqlx::query(
        "UPDATE orders SET applicant = NULL, person = NULL, reference = NULL, secret = $1, secret_sealed = $2 WHERE id = $3",
    )
    .bind(nobody)
    .bind(Vec::<u8>::new())
    .bind(id.to_string())
    .execute(&mut *db)
    .await?;
    let attempts =
        sqlx::query("SELECT id FROM attempt WHERE order_id = $1").bind(id.to_string()).fetch_all(&mut *db).await?;
    for row in &attempts {
        let attempt: AttemptId = word(row, "id")?;
        // Who has the file could ask whether it was here.
        let nobody = keys.ring.index("erased upload", &attempt.to_string()).to_vec();
        sqlx::query("UPDATE attempt SET upload = $1, outcome = NULL WHERE id = $2")
            .bind(nobody)
            .bind(attempt.to_string())
            .execute(&mut *db)
            .await?;
        without_words(&mut *db, attempt).await?;
    }
    Ok(())
}

/// Decisions stay for the board; what reviewers wrote to the citizen goes.
async fn without_words(db: &mut Connection, attempt: AttemptId) -> Result<()> {
    let rows = sqlx::query("SELECT id, opinion FROM decision WHERE attempt = $1")
        .bind(attempt.to_string())
        .fetch_all(&mut *db)
        .await?;
    for row in &rows {
        let id: DecisionId = word(row, "id")?;
        let Opinion::Reject { codes, note } = json(row, "opinion")? else { continue };
        if note.is_empty() {
            continue;
        }
        let bare = Opinion::Reject { codes, note: String::new() };
        sqlx::query("UPDATE decision SET opinion = $1 WHERE id = $2")
            .bind(serde_json::to_string(&bare).unwrap_or_default())
            .bind(id.to_string())
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

/// How many people's faces are kept. An order that is for nobody of an account counts as a person of its own.
pub async fn faces(db: &mut Connection) -> Result<i64> {
    let row = sqlx::query(crate::erase::FACES).fetch_one(db).await?;
    get(&row, "faces")
}

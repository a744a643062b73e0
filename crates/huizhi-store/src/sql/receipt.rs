//! Receipts and what windows did with them. One receipt an order and an attempt, one use a document: the database's constraints.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AttemptId, OfficeId, OrderId, ReceiptId, StaffId};
use huizhi_domain::message::Message;
use huizhi_domain::order::{Order, OrderState};
use huizhi_domain::receipt::{Consuming, FetchError, PeerOffice, Receipt, ReceiptState, Taker, Use};
use jiff::civil::Date;

use super::{Connection, Row, get, json, log, maybe_moment, maybe_word, message, moment, order, photo, word};
use crate::photo::{PictureKind, Sealed};
use crate::receipt::{Begun, SealedReceipt, Taking};
use crate::{Keys, Result, StoreError};

/// Approved orders without a receipt.
pub async fn due(db: &mut Connection) -> Result<Vec<Order>> {
    let rows = sqlx::query(
        "SELECT orders.* FROM orders WHERE state = 'approved' AND probe = 0 AND peer IS NULL AND NOT EXISTS (SELECT 1 FROM receipt WHERE receipt.order_id = \
         orders.id) ORDER BY changed_at LIMIT 100",
    )
    .fetch_all(db)
    .await?;
    rows.iter().map(order::read).collect()
}

/// Stores number and bytes before anything is signed (Boulder's order). `false` where the order has a receipt already.
pub async fn begin(db: &mut Connection, keys: Arc<Keys>, begun: Begun, entry: Entry) -> Result<bool> {
    let order = order::lock(&mut *db, begun.order).await?;
    if order.state != OrderState::Approved {
        return Ok(false);
    }
    let added = sqlx::query(
        "INSERT INTO receipt (id, order_id, attempt, state, number, number_sealed, documents, signed, photo, photo_key, issued_at, \
         valid_until) VALUES ($1, $2, $3, 'signing', $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
    )
    .bind(begun.id.to_string())
    .bind(begun.order.to_string())
    .bind(begun.attempt.to_string())
    .bind(begun.number)
    .bind(begun.number_sealed)
    .bind(serde_json::to_string(&begun.documents).unwrap_or_default())
    .bind(begun.signed)
    .bind(begun.photo.blob)
    .bind(begun.photo.key)
    .bind(entry.at.0)
    .bind(begun.valid_until.to_string())
    .execute(&mut *db)
    .await?;
    if added.rows_affected() == 0 {
        return Ok(false);
    }
    log::append(db, &keys, &[entry]).await?;
    Ok(true)
}

/// Receipts whose bytes are stored and whose signature is not.
pub async fn unsigned(db: &mut Connection) -> Result<Vec<(ReceiptId, OrderId, String)>> {
    let rows =
        sqlx::query("SELECT id, order_id, signed FROM receipt WHERE state = 'signing' LIMIT 100").fetch_all(db).await?;
    rows.iter().map(|row| Ok((word(row, "id")?, word(row, "order_id")?, get(row, "signed")?))).collect()
}

/// Issues: signature, message and log in one. What was only for the review goes.
pub async fn finish(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: ReceiptId,
    of: OrderId,
    token: String,
    told: Message,
    entry: Entry,
) -> Result<bool> {
    order::lock(&mut *db, of).await?;
    let signed = sqlx::query("UPDATE receipt SET state = 'issued', token = $1 WHERE id = $2 AND state = 'signing'")
        .bind(token)
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if signed.rows_affected() == 0 {
        return Ok(false);
    }
    order::erase_photos(&mut *db, of, entry.at).await?;
    message::add(&mut *db, &told, "receipt-issued").await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(true)
}

pub async fn of_order(db: &mut Connection, of: OrderId) -> Result<Option<SealedReceipt>> {
    let row =
        sqlx::query("SELECT * FROM receipt WHERE order_id = $1").bind(of.to_string()).fetch_optional(&mut *db).await?;
    match row {
        Some(row) => whole(db, &row).await.map(Some),
        None => Ok(None),
    }
}

pub async fn by_number(db: &mut Connection, number: Vec<u8>) -> Result<Option<SealedReceipt>> {
    let row = sqlx::query("SELECT * FROM receipt WHERE number = $1 AND state <> 'signing'")
        .bind(number)
        .fetch_optional(&mut *db)
        .await?;
    match row {
        Some(row) => whole(db, &row).await.map(Some),
        None => Ok(None),
    }
}

pub async fn by_token(db: &mut Connection, token: String) -> Result<Option<SealedReceipt>> {
    let row = sqlx::query("SELECT * FROM receipt WHERE token = $1").bind(token).fetch_optional(&mut *db).await?;
    match row {
        Some(row) => whole(db, &row).await.map(Some),
        None => Ok(None),
    }
}

/// The receipt of a number, which nobody else changes until the transaction ends.
async fn lock(db: &mut Connection, number: Vec<u8>) -> Result<SealedReceipt> {
    let row = sqlx::query(locking!("SELECT * FROM receipt WHERE number = $1 AND state <> 'signing'"))
        .bind(number)
        .fetch_optional(&mut *db)
        .await?
        .ok_or(FetchError::Unknown)?;
    whole(db, &row).await
}

/// Holds the photo for a window, if it may have it.
pub async fn reserve(
    db: &mut Connection,
    keys: Arc<Keys>,
    number: Vec<u8>,
    taking: Taking,
    until: Moment,
    today: Date,
    mut entry: Entry,
) -> Result<SealedReceipt> {
    let found = lock(&mut *db, number).await?;
    let may = found.receipt.may_reserve(&taking.document, &taking.by, today, entry.at);
    entry.subject = found.receipt.id.to_string();
    may?;
    let (office, peer) = parts(taking.by);
    let held = sqlx::query(
        "INSERT INTO receipt_use (receipt, document, office, staff, peer, peer_office, peer_office_name, act, purpose, reserved_until) VALUES \
         ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (receipt, document) DO UPDATE SET office = excluded.office, staff = \
         excluded.staff, peer = excluded.peer, peer_office = excluded.peer_office, peer_office_name = excluded.peer_office_name, act = \
         excluded.act, purpose = excluded.purpose, reserved_until = excluded.reserved_until WHERE receipt_use.consumed_at IS NULL",
    )
    .bind(found.receipt.id.to_string())
    .bind(taking.document)
    .bind(office.map(|id| id.to_string()))
    .bind(taking.staff.map(|id| id.to_string()))
    .bind(peer.as_ref().map(|it| it.peer.to_string()))
    .bind(peer.as_ref().map(|it| it.office.clone()))
    .bind(peer.as_ref().map(|it| it.name.clone()))
    .bind(peer.map(|it| it.act))
    .bind(taking.purpose)
    .bind(until.0)
    .execute(&mut *db)
    .await?;
    if held.rows_affected() == 0 {
        return Err(StoreError::Conflict("the receipt"));
    }
    log::append(db, &keys, &[entry]).await?;
    Ok(found)
}

fn parts(by: Taker) -> (Option<OfficeId>, Option<PeerOffice>) {
    match by {
        Taker::Office(id) => (Some(id), None),
        Taker::Peer(office) => (None, Some(office)),
    }
}

/// Uses the photo for good; who says it again is told the same again.
pub async fn consume(
    db: &mut Connection,
    keys: Arc<Keys>,
    number: Vec<u8>,
    taking: Taking,
    mut told: Message,
    mut entry: Entry,
) -> Result<Use> {
    let found = lock(&mut *db, number).await?;
    let (receipt, document) = (&found.receipt, &taking.document);
    entry.subject = receipt.id.to_string();
    let used = match receipt.may_consume(document, &taking.by, entry.at)? {
        Consuming::Before(used) => return Ok(used),
        Consuming::Now(used) => used,
    };
    sqlx::query(
        "UPDATE receipt_use SET consumed_at = $1, staff = $2 WHERE receipt = $3 AND document = $4 AND consumed_at IS NULL",
    )
    .bind(entry.at.0)
    .bind(taking.staff.map(|id| id.to_string()))
    .bind(receipt.id.to_string())
    .bind(document)
    .execute(&mut *db)
    .await?;
    let gone = |other: &&String| {
        *other == document || receipt.uses.iter().any(|it| it.document == **other && it.consumed_at.is_some())
    };
    // One that a peer used is not always still there when it says so.
    if receipt.state == ReceiptState::Issued && receipt.documents.iter().filter(gone).count() == receipt.documents.len()
    {
        bury(&mut *db, &found, ReceiptState::Tombstone, entry.at).await?;
    }
    told.order = receipt.order;
    message::add(&mut *db, &told, &format!("used {document}")).await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(used)
}

/// Which clerk used a photo for a document: one of ours by the receipt, one of a peer's by what our windows hold of it.
pub async fn used_by(db: &mut Connection, number: Vec<u8>, document: String) -> Result<Option<StaffId>> {
    let row = sqlx::query(
        "SELECT receipt_use.staff AS staff FROM receipt_use JOIN receipt ON receipt.id = receipt_use.receipt WHERE receipt.number = $1 AND \
         receipt_use.document = $2 AND consumed_at IS NOT NULL UNION ALL SELECT elsewhere.staff FROM elsewhere WHERE elsewhere.number = $1 AND \
         elsewhere.document = $2 AND elsewhere.state IN ('to-consume', 'consumed')",
    )
    .bind(number)
    .bind(document)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| maybe_word(&row, "staff")).transpose()?.flatten())
}

/// Gives a reservation back.
pub async fn release(
    db: &mut Connection,
    keys: Arc<Keys>,
    number: Vec<u8>,
    taking: Taking,
    mut entry: Entry,
) -> Result<()> {
    let found = lock(&mut *db, number).await?;
    entry.subject = found.receipt.id.to_string();
    let (office, peer) = parts(taking.by);
    sqlx::query(
        "DELETE FROM receipt_use WHERE receipt = $1 AND document = $2 AND consumed_at IS NULL AND (office = $3 OR (peer = $4 AND act = $5))",
    )
    .bind(found.receipt.id.to_string())
    .bind(taking.document)
    .bind(office.map(|id| id.to_string()))
    .bind(peer.as_ref().map(|it| it.peer.to_string()))
    .bind(peer.map(|it| it.act))
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

/// Receipts whose last day is over.
pub async fn lapsed(db: &mut Connection, today: Date) -> Result<Vec<(ReceiptId, OrderId)>> {
    let rows = sqlx::query("SELECT id, order_id FROM receipt WHERE state = 'issued' AND valid_until < $1 LIMIT 100")
        .bind(today.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| Ok((word(row, "id")?, word(row, "order_id")?))).collect()
}

/// Orders whose receipt nobody has used and whose last day lies within these, issued before a moment, and not reminded of so far.
pub async fn expiring(
    db: &mut Connection,
    from: Date,
    to: Date,
    issued_before: Moment,
    cause: String,
) -> Result<Vec<OrderId>> {
    let rows = sqlx::query(
        "SELECT order_id FROM receipt WHERE state = 'issued' AND valid_until >= $1 AND valid_until <= $2 AND issued_at < $3 AND NOT EXISTS \
         (SELECT 1 FROM receipt_use WHERE receipt_use.receipt = receipt.id AND consumed_at IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM \
         message WHERE message.order_id = receipt.order_id AND message.cause = $4) ORDER BY valid_until LIMIT 500",
    )
    .bind(from.to_string())
    .bind(to.to_string())
    .bind(issued_before.0)
    .bind(cause)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| word(row, "order_id")).collect()
}

/// Ends a receipt: its photo is erased, its number stays taken.
pub async fn end(
    db: &mut Connection,
    keys: Arc<Keys>,
    of: OrderId,
    state: ReceiptState,
    told: Option<Message>,
    entry: Entry,
) -> Result<()> {
    order::lock(&mut *db, of).await?;
    let Some(found) = of_order(&mut *db, of).await? else { return Err(StoreError::Absent("receipt")) };
    if found.receipt.state != ReceiptState::Issued {
        return Ok(());
    }
    bury(&mut *db, &found, state, entry.at).await?;
    if let Some(told) = told {
        message::add(&mut *db, &told, entry.action.as_str()).await?;
    }
    log::append(db, &keys, &[entry]).await
}

async fn bury(db: &mut Connection, found: &SealedReceipt, state: ReceiptState, now: Moment) -> Result<()> {
    if let Some(file) = &found.photo {
        photo::litter(&mut *db, &file.blob, now).await?;
    }
    sqlx::query("UPDATE receipt SET state = $1, photo = NULL, photo_key = NULL WHERE id = $2")
        .bind(state.word())
        .bind(found.receipt.id.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// The made photo of the order's approved attempt, of which a receipt is made.
pub async fn source(db: &mut Connection, of: OrderId) -> Result<Option<(AttemptId, Sealed)>> {
    let order = order::find(&mut *db, of).await?;
    let Some(attempt) = order.and_then(|order| order.attempt) else { return Ok(None) };
    Ok(photo::picture(db, attempt, PictureKind::IdPhoto).await?.map(|file| (attempt, file)))
}

async fn whole(db: &mut Connection, row: &Row) -> Result<SealedReceipt> {
    let id: ReceiptId = word(row, "id")?;
    let uses = sqlx::query("SELECT * FROM receipt_use WHERE receipt = $1").bind(id.to_string()).fetch_all(db).await?;
    let uses = uses
        .iter()
        .map(|row| {
            Ok(Use {
                document: get(row, "document")?,
                by: taker(row)?,
                reserved_until: moment(row, "reserved_until")?,
                consumed_at: maybe_moment(row, "consumed_at")?,
            })
        })
        .collect::<Result<_>>()?;
    let (photo, key): (Option<String>, Option<Vec<u8>>) = (get(row, "photo")?, get(row, "photo_key")?);
    Ok(SealedReceipt {
        receipt: Receipt {
            id,
            order: word(row, "order_id")?,
            attempt: word(row, "attempt")?,
            state: word(row, "state")?,
            documents: json(row, "documents")?,
            issued_at: moment(row, "issued_at")?,
            valid_until: word(row, "valid_until")?,
            uses,
        },
        number_sealed: get(row, "number_sealed")?,
        token: get(row, "token")?,
        photo: photo.zip(key).map(|(blob, key)| Sealed { blob, key }),
    })
}

fn taker(row: &Row) -> Result<Taker> {
    if let Some(office) = maybe_word(row, "office")? {
        return Ok(Taker::Office(office));
    }
    Ok(Taker::Peer(PeerOffice {
        peer: word(row, "peer")?,
        office: get(row, "peer_office")?,
        name: get(row, "peer_office_name")?,
        act: get(row, "act")?,
    }))
}

//! Writing what a ledger says: what changed, what is new, the slots, the messages, and last the log.

use std::collections::BTreeMap;

use huizhi_domain::id::{AppointmentId, MessageId};
use huizhi_domain::visit::ledger::Ledger;

use super::super::log;
use super::rows::{ChangedRow, MadeRow, SlotRow, ToldRow, json};
use super::{Connection, was_first};
use crate::appointment::{Sealed, Terms};
use crate::{Result, StoreError};

/// Writes a ledger down. Bookings that changed go first: they give back days and places that new ones take.
pub async fn write(
    db: &mut Connection,
    terms: &Terms,
    ledger: &Ledger,
    sealed: &BTreeMap<AppointmentId, &Sealed>,
) -> Result<()> {
    changed(&mut *db, ledger).await?;
    slots(&mut *db, ledger).await?;
    made(&mut *db, ledger, sealed).await?;
    told(&mut *db, terms, ledger).await?;
    log::append(db, &terms.keys, ledger.entries()).await
}

async fn changed(db: &mut Connection, ledger: &Ledger) -> Result<()> {
    let rows: Vec<ChangedRow> = ledger.changed().map(ChangedRow::of).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let done = sqlx::query(concat!(
        listed!("$1"),
        "UPDATE appointment SET version = appointment.version + 1, day = item.value ->> 'day', minute = CAST(item.value ->> 'minute' AS \
         INTEGER), starts_at = CAST(item.value ->> 'starts_at' AS BIGINT), minutes = item.value ->> 'minutes', state = item.value ->> 'state', \
         hold_until = CAST(item.value ->> 'hold_until' AS BIGINT), desk = CAST(item.value ->> 'desk' AS INTEGER), changed_at = \
         CAST(item.value ->> 'changed_at' AS BIGINT), arrived_at = CAST(item.value ->> 'arrived_at' AS BIGINT), ended_at = CAST(item.value ->> \
         'ended_at' AS BIGINT), frees_at = CAST(item.value ->> 'frees_at' AS BIGINT), due_at = CAST(item.value ->> 'due_at' AS BIGINT), tries = \
         CAST(item.value ->> 'tries' AS INTEGER), tries_day = item.value ->> 'tries_day' FROM item WHERE \
         appointment.id = item.value ->> 'id' AND appointment.version = CAST(item.value ->> 'version' AS BIGINT)"
    ))
    .bind(json(&rows))
    .execute(db)
    .await?;
    was_first(done.rows_affected(), rows.len(), "the appointment")
}

async fn made(db: &mut Connection, ledger: &Ledger, sealed: &BTreeMap<AppointmentId, &Sealed>) -> Result<()> {
    let mut rows = Vec::new();
    for booking in ledger.made() {
        let details = sealed.get(&booking.appointment.id).ok_or(StoreError::Absent("sealed details"))?;
        rows.push(MadeRow::of(booking, details));
    }
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(concat!(
        listed!("$1"),
        adding!(),
        "appointment (id, number, code, office, service, business, day, minute, starts_at, units, minutes, state, hold_until, \
         account, person, person_key, who_key, details, desk, once, made_at, changed_at, ended_at, lang, frees_at, due_at) SELECT \
         item.value ->> 0, item.value ->> 1, ",
        bytes_at!(2),
        ", item.value ->> 3, item.value ->> 4, item.value ->> 5, item.value ->> 6, CAST(item.value ->> 7 AS INTEGER), CAST(item.value ->> 8 AS \
         BIGINT), CAST(item.value ->> 9 AS INTEGER), item.value ->> 10, item.value ->> 11, CAST(item.value ->> 12 AS BIGINT), item.value ->> 13, \
         item.value ->> 14, ",
        bytes_at!(15),
        ", ",
        bytes_at!(16),
        ", ",
        bytes_at!(17),
        ", CAST(item.value ->> 18 AS INTEGER), ",
        bytes_at!(19),
        ", CAST(item.value ->> 20 AS BIGINT), CAST(item.value ->> 21 AS BIGINT), CAST(item.value ->> 22 AS BIGINT), item.value ->> 23, \
         CAST(item.value ->> 24 AS BIGINT), CAST(item.value ->> 25 AS BIGINT) FROM item"
    ))
    .bind(json(&rows))
    .execute(db)
    .await?;
    Ok(())
}

/// Adds to what is taken, so that even a slot that was read wrongly never has more than its places: the table compares.
async fn slots(db: &mut Connection, ledger: &Ledger) -> Result<()> {
    let (mut new, mut rows) = (Vec::new(), Vec::new());
    for (spot, was, is) in ledger.changed_places() {
        let row = SlotRow::of(spot, was, is);
        if was.is_none() { new.push(row) } else { rows.push(row) }
    }
    if !rows.is_empty() {
        let done = sqlx::query(concat!(
            listed!("$1"),
            "UPDATE slot SET taken = slot.taken + CAST(item.value ->> 'taken' AS INTEGER), staff_taken = slot.staff_taken + CAST(item.value ->> \
             'staff_taken' AS INTEGER), capacity = slot.capacity + CAST(item.value ->> 'capacity' AS INTEGER), staff_capacity = \
             slot.staff_capacity + CAST(item.value ->> 'staff_capacity' AS INTEGER), starts_at = CAST(item.value ->> 'starts_at' AS BIGINT), \
             length_min = CAST(item.value ->> 'length_min' AS INTEGER) FROM item WHERE slot.office = item.value ->> 'office' AND \
             slot.service = item.value ->> 'service' AND slot.day = item.value ->> 'day' AND slot.minute = CAST(item.value ->> 'minute' AS INTEGER)"
        ))
        .bind(json(&rows))
        .execute(&mut *db)
        .await?;
        was_first(done.rows_affected(), rows.len(), "the slot")?;
    }
    if !new.is_empty() {
        sqlx::query(concat!(
            "INSERT INTO slot (office, service, day, minute, starts_at, length_min, capacity, taken, staff_capacity, staff_taken) SELECT \
             item.value ->> 'office', item.value ->> 'service', item.value ->> 'day', CAST(item.value ->> 'minute' AS INTEGER), \
             CAST(item.value ->> 'starts_at' AS BIGINT), CAST(item.value ->> 'length_min' AS INTEGER), CAST(item.value ->> 'capacity' AS \
             INTEGER), CAST(item.value ->> 'taken' AS INTEGER), CAST(item.value ->> 'staff_capacity' AS INTEGER), CAST(item.value ->> \
             'staff_taken' AS INTEGER) FROM ",
            items!("$1")
        ))
        .bind(json(&new))
        .execute(db)
        .await?;
    }
    Ok(())
}

async fn told(db: &mut Connection, terms: &Terms, ledger: &Ledger) -> Result<()> {
    let at = terms.now;
    let id = || MessageId::new(at, &mut terms.random.draw()).to_string();
    let rows: Vec<ToldRow> = ledger.told().iter().map(|told| ToldRow::of(told, id(), at.0)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(concat!(
        "INSERT INTO visit_message (id, appointment, account, happening, at, day, minute) SELECT item.value ->> 'id', item.value ->> \
         'appointment', item.value ->> 'account', item.value ->> 'happening', CAST(item.value ->> 'at' AS BIGINT), item.value ->> 'day', \
         CAST(item.value ->> 'minute' AS INTEGER) FROM ",
        items!("$1"),
        // SQLite takes what follows for the condition of a join, if there is no other.
        " WHERE 1 = 1 ON CONFLICT DO NOTHING"
    ))
    .bind(json(&rows))
    .execute(db)
    .await?;
    Ok(())
}

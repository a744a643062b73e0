//! Photos of peers' receipts at our windows. That one window holds a photo at a time is the database's constraint.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::OfficeId;

use super::{Connection, Row, get, log, maybe_moment, moment, word};
use crate::elsewhere::{Elsewhere, ElsewhereState, Held};
use crate::{Keys, Result, StoreError, Window};

/// What is at hand comes first, and of what is over the newest.
pub async fn find(db: &mut Connection, number: Vec<u8>, document: String) -> Result<Option<Elsewhere>> {
    let row = sqlx::query(
        "SELECT * FROM elsewhere WHERE number = $1 AND document = $2 AND state <> 'released' ORDER BY CASE WHEN state IN ('held', \
         'to-consume') THEN 0 ELSE 1 END, reserved_until DESC LIMIT 1",
    )
    .bind(number)
    .bind(document)
    .fetch_optional(db)
    .await?;
    row.map(|row| read(&row)).transpose()
}

pub async fn hold(db: &mut Connection, keys: Arc<Keys>, held: Held, entry: Entry) -> Result<()> {
    let Held { row, number } = held;
    // The peer has given it to this window, so whatever another held here is over.
    sqlx::query(
        "UPDATE elsewhere SET state = 'released', asked = $1 WHERE number = $2 AND document = $3 AND state = 'held' AND act <> $4",
    )
    .bind(Vec::<u8>::new())
    .bind(&number)
    .bind(&row.document)
    .bind(&row.act)
    .execute(&mut *db)
    .await?;
    sqlx::query(
        "INSERT INTO elsewhere (act, peer, number, document, office, staff, asked, state, reserved_until) VALUES ($1, $2, $3, $4, $5, $6, $7, \
         'held', $8) ON CONFLICT (act) DO UPDATE SET staff = excluded.staff, asked = excluded.asked, reserved_until = excluded.reserved_until \
         WHERE elsewhere.state = 'held'",
    )
    .bind(row.act)
    .bind(row.peer.to_string())
    .bind(number)
    .bind(row.document)
    .bind(row.office.to_string())
    .bind(row.staff.to_string())
    .bind(row.asked)
    .bind(row.reserved_until.0)
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

/// Whoever says that it was used tells the peer at once, and so has it in hand first.
pub async fn used(
    db: &mut Connection,
    keys: Arc<Keys>,
    act: String,
    window: Window,
    lease_ms: i64,
    entry: Entry,
) -> Result<Elsewhere> {
    let used = sqlx::query(
        "UPDATE elsewhere SET state = 'to-consume', used_at = $1, staff = $2, next_at = $1, held_until = $3 WHERE act = $4 AND office = $5 AND \
         state = 'held' AND reserved_until > $1",
    )
    .bind(entry.at.0)
    .bind(window.staff.to_string())
    .bind(entry.at.after_ms(lease_ms).0)
    .bind(&act)
    .bind(window.office.to_string())
    .execute(&mut *db)
    .await?;
    if used.rows_affected() == 0 {
        return Err(StoreError::Absent("photo at this window"));
    }
    log::append(&mut *db, &keys, &[entry]).await?;
    let row = sqlx::query("SELECT * FROM elsewhere WHERE act = $1").bind(act).fetch_one(db).await?;
    read(&row)
}

pub async fn released(db: &mut Connection, keys: Arc<Keys>, act: String, office: OfficeId, entry: Entry) -> Result<()> {
    let gone = sqlx::query(
        "UPDATE elsewhere SET state = 'released', asked = $1 WHERE act = $2 AND office = $3 AND state = 'held'",
    )
    .bind(Vec::<u8>::new())
    .bind(act)
    .bind(office.to_string())
    .execute(&mut *db)
    .await?;
    if gone.rows_affected() == 0 {
        return Err(StoreError::Absent("photo at this window"));
    }
    log::append(db, &keys, &[entry]).await
}

pub async fn any_due(db: &mut Connection, now: Moment) -> Result<bool> {
    let row = sqlx::query(
        "SELECT 1 AS here FROM elsewhere WHERE state = 'to-consume' AND next_at <= $1 AND held_until <= $1 LIMIT 1",
    )
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

pub async fn claim(db: &mut Connection, now: Moment, until: Moment, most: u32) -> Result<Vec<Elsewhere>> {
    let rows = sqlx::query(skipping!(
        "SELECT * FROM elsewhere WHERE state = 'to-consume' AND next_at <= $1 AND held_until <= $1 ORDER BY next_at LIMIT $2"
    ))
    .bind(now.0)
    .bind(i64::from(most))
    .fetch_all(&mut *db)
    .await?;
    for row in &rows {
        sqlx::query("UPDATE elsewhere SET held_until = $1 WHERE act = $2")
            .bind(until.0)
            .bind(get::<String>(row, "act")?)
            .execute(&mut *db)
            .await?;
    }
    rows.iter().map(read).collect()
}

/// Ends what is to be said. Who comes late changes nothing.
pub async fn settle(
    db: &mut Connection,
    keys: Arc<Keys>,
    act: String,
    state: ElsewhereState,
    at: Option<Moment>,
    refusal: Option<String>,
    entry: Entry,
) -> Result<()> {
    let settled = sqlx::query(
        "UPDATE elsewhere SET state = $1, used_at = COALESCE($2, used_at), refusal = $3, asked = $4, fault = NULL WHERE act = $5 AND state = \
         'to-consume'",
    )
    .bind(state.word())
    .bind(at.map(|at| at.0))
    .bind(refusal)
    .bind(Vec::<u8>::new())
    .bind(act)
    .execute(&mut *db)
    .await?;
    if settled.rows_affected() == 0 {
        return Ok(());
    }
    log::append(db, &keys, &[entry]).await
}

pub async fn postpone(db: &mut Connection, act: String, tries: i32, next: Moment, fault: String) -> Result<()> {
    sqlx::query(
        "UPDATE elsewhere SET tries = $1, next_at = $2, held_until = 0, fault = $3 WHERE act = $4 AND state = 'to-consume'",
    )
    .bind(tries)
    .bind(next.0)
    .bind(fault)
    .bind(act)
    .execute(db)
    .await?;
    Ok(())
}

pub async fn open(db: &mut Connection, office: OfficeId, since: Moment) -> Result<Vec<Elsewhere>> {
    let rows = sqlx::query(
        "SELECT * FROM elsewhere WHERE office = $1 AND (state = 'to-consume' OR (state = 'refused' AND used_at > $2)) ORDER BY used_at DESC \
         LIMIT 20",
    )
    .bind(office.to_string())
    .bind(since.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

pub async fn any_lapsed(db: &mut Connection, now: Moment, aged: Moment) -> Result<bool> {
    let row = sqlx::query(
        "SELECT 1 AS here FROM elsewhere WHERE (state = 'held' AND reserved_until <= $1) OR (state IN ('consumed', 'refused', 'released') AND \
         reserved_until <= $2) LIMIT 1",
    )
    .bind(now.0)
    .bind(aged.0)
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

pub async fn lapse(db: &mut Connection, now: Moment, aged: Moment) -> Result<()> {
    sqlx::query("UPDATE elsewhere SET state = 'released', asked = $1 WHERE state = 'held' AND reserved_until <= $2")
        .bind(Vec::<u8>::new())
        .bind(now.0)
        .execute(&mut *db)
        .await?;
    sqlx::query("DELETE FROM elsewhere WHERE state IN ('consumed', 'refused', 'released') AND reserved_until <= $1")
        .bind(aged.0)
        .execute(db)
        .await?;
    Ok(())
}

fn read(row: &Row) -> Result<Elsewhere> {
    Ok(Elsewhere {
        act: get(row, "act")?,
        peer: word(row, "peer")?,
        document: get(row, "document")?,
        office: word(row, "office")?,
        staff: word(row, "staff")?,
        state: word(row, "state")?,
        reserved_until: moment(row, "reserved_until")?,
        used_at: maybe_moment(row, "used_at")?,
        refusal: get(row, "refusal")?,
        fault: get(row, "fault")?,
        asked: get(row, "asked")?,
        tries: get(row, "tries")?,
    })
}

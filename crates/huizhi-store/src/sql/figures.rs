//! Counts of visits between two days. Durations come as how often each was seen, so that no row of anybody's is read.

use huizhi_domain::id::OfficeId;
use jiff::civil::Date;

use super::{Connection, Row, get, word};
use crate::Result;
use crate::figures::{Of, Seen};

/// Places that were offered.
pub async fn offered(db: &mut Connection, from: Date, to: Date) -> Result<Vec<(Of, i64)>> {
    let rows = sqlx::query(
        "SELECT office, service, CAST(SUM(capacity + staff_capacity) AS BIGINT) AS places FROM slot WHERE day BETWEEN $1 AND $2 GROUP BY \
         office, service",
    )
    .bind(from.to_string())
    .bind(to.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((of(row)?, get(row, "places")?))).collect()
}

/// Appointments by where they stand.
pub async fn appointments(db: &mut Connection, from: Date, to: Date) -> Result<Vec<(Of, String, i64)>> {
    let rows = sqlx::query(
        "SELECT office, service, state, count(*) AS visits FROM appointment WHERE day BETWEEN $1 AND $2 GROUP BY office, service, state",
    )
    .bind(from.to_string())
    .bind(to.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((of(row)?, get(row, "state")?, get(row, "visits")?))).collect()
}

/// Wishes of the waiting list whose days meet these: what people would have booked, as far as they said so.
pub async fn wishes(db: &mut Connection, from: Date, to: Date) -> Result<Vec<(Of, i64)>> {
    let rows = sqlx::query(
        "SELECT office, service, count(*) AS wishes FROM wish WHERE from_day <= $1 AND to_day >= $2 GROUP BY office, service",
    )
    .bind(to.to_string())
    .bind(from.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((of(row)?, get(row, "wishes")?))).collect()
}

/// Hours from making an appointment to its time.
pub async fn leads(db: &mut Connection, from: Date, to: Date) -> Result<Vec<Seen>> {
    let rows = sqlx::query(
        "SELECT office, service, (starts_at - made_at) / 3600000 AS unit, count(*) AS times FROM appointment WHERE day BETWEEN $1 AND $2 AND \
         state NOT IN ('held', 'lapsed') GROUP BY office, service, (starts_at - made_at) / 3600000",
    )
    .bind(from.to_string())
    .bind(to.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(seen).collect()
}

/// Tens of seconds from a ticket to the call.
pub async fn waits(db: &mut Connection, from: Date, to: Date) -> Result<Vec<Seen>> {
    let rows = sqlx::query(
        "SELECT office, service, (called_at - arrived_at) / 10000 AS unit, count(*) AS times FROM ticket WHERE day BETWEEN $1 AND $2 AND \
         called_at IS NOT NULL GROUP BY office, service, (called_at - arrived_at) / 10000",
    )
    .bind(from.to_string())
    .bind(to.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(seen).collect()
}

fn of(row: &Row) -> Result<Of> {
    let office: OfficeId = word(row, "office")?;
    Ok(Of { office, service: get(row, "service")? })
}

fn seen(row: &Row) -> Result<Seen> {
    Ok(Seen { of: of(row)?, unit: get(row, "unit")?, times: get(row, "times")? })
}

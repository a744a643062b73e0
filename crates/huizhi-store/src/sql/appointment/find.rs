//! Finding appointments, and the rules of offices.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, AppointmentId, OfficeId};
use huizhi_domain::visit::BookingPolicy;
use huizhi_domain::visit::ledger::Booking;
use jiff::civil::Date;

use super::super::log;
use super::{Connection, columns, get, read, word};
use crate::{Keys, Result, StoreError};

pub async fn find(db: &mut Connection, id: AppointmentId) -> Result<Option<Booking>> {
    let row = sqlx::query(concat!("SELECT ", columns!(), " FROM appointment WHERE id = $1"))
        .bind(id.to_string())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

pub async fn by_number(db: &mut Connection, number: String) -> Result<Option<Booking>> {
    let row = sqlx::query(concat!("SELECT ", columns!(), " FROM appointment WHERE number = $1"))
        .bind(number)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Those of an account, the newest day first.
pub async fn of_account(db: &mut Connection, account: AccountId) -> Result<Vec<Booking>> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM appointment WHERE account = $1 ORDER BY day DESC, minute DESC, id DESC LIMIT 200"
    ))
    .bind(account.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Those of an office on a day, in the order of time.
pub async fn on(db: &mut Connection, office: OfficeId, day: Date) -> Result<Vec<Booking>> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM appointment WHERE office = $1 AND day = $2 ORDER BY minute, id"
    ))
    .bind(office.to_string())
    .bind(day.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Those of a name and last four characters at an office on a day.
pub async fn by_who(db: &mut Connection, office: OfficeId, day: Date, who: Vec<u8>) -> Result<Vec<Booking>> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM appointment WHERE office = $1 AND day = $2 AND who_key = $3 ORDER BY minute, id"
    ))
    .bind(office.to_string())
    .bind(day.to_string())
    .bind(who)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// The sealed details of an appointment; `None` once they are erased.
pub async fn sealed(db: &mut Connection, id: AppointmentId) -> Result<Option<Vec<u8>>> {
    let row =
        sqlx::query("SELECT details FROM appointment WHERE id = $1").bind(id.to_string()).fetch_optional(db).await?;
    let details: Option<Vec<u8>> = row.map(|row| get(&row, "details")).transpose()?;
    Ok(details.filter(|details| !details.is_empty()))
}

/// Holds and cool-downs that are over, the oldest first.
pub async fn over(db: &mut Connection, now: Moment, most: i64) -> Result<Vec<Booking>> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM appointment WHERE due_at IS NOT NULL AND due_at > 0 AND due_at <= $1 ORDER BY due_at LIMIT $2"
    ))
    .bind(now.0)
    .bind(most)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Booked ones that have begun, the oldest first.
pub async fn begun(db: &mut Connection, now: Moment, most: i64) -> Result<Vec<Booking>> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM appointment WHERE state = 'booked' AND starts_at <= $1 ORDER BY starts_at LIMIT $2"
    ))
    .bind(now.0)
    .bind(most)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// The rules of all offices that have their own.
pub async fn policies(db: &mut Connection) -> Result<Vec<(OfficeId, BookingPolicy)>> {
    let rows = sqlx::query("SELECT office, policy FROM booking_policy").fetch_all(db).await?;
    let mut policies = Vec::with_capacity(rows.len());
    for row in &rows {
        policies.push((word(row, "office")?, rules(get(row, "policy")?)?));
    }
    Ok(policies)
}

pub async fn set_policy(
    db: &mut Connection,
    keys: Arc<Keys>,
    office: OfficeId,
    policy: String,
    entry: Entry,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO booking_policy (office, policy) VALUES ($1, $2) ON CONFLICT (office) DO UPDATE SET policy = excluded.policy",
    )
    .bind(office.to_string())
    .bind(policy)
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

/// An office's rules from their text.
pub fn rules(value: String) -> Result<BookingPolicy> {
    serde_json::from_str(&value).map_err(|_| StoreError::Row { what: "the rules of an office", value })
}

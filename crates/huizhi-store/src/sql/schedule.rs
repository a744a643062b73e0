//! Openings, closures, and up to which day the slots are made that follow from them.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::id::{ClosureId, OfficeId};
use huizhi_domain::office::Span;
use huizhi_domain::visit::BookingPolicy;
use huizhi_domain::visit::schedule::{Closure, Opening};
use jiff::civil::Date;

use super::{Connection, Row, get, log, word};
use crate::schedule::Line;
use crate::{Keys, Result, StoreError};

/// The services that an office gives places for, or gave.
pub async fn services(db: &mut Connection, office: OfficeId) -> Result<Vec<String>> {
    let rows = sqlx::query("SELECT DISTINCT service FROM opening WHERE office = $1 ORDER BY service")
        .bind(office.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| get(row, "service")).collect()
}

/// The services of all offices.
pub async fn all_services(db: &mut Connection) -> Result<Vec<(OfficeId, String)>> {
    let rows =
        sqlx::query("SELECT DISTINCT office, service FROM opening ORDER BY office, service").fetch_all(db).await?;
    rows.iter().map(|row| Ok((word(row, "office")?, get(row, "service")?))).collect()
}

pub async fn openings(db: &mut Connection, office: OfficeId, service: String) -> Result<Vec<Opening>> {
    let rows = sqlx::query(
        "SELECT weekday, opens, closes, every_min, places, staff_places FROM opening WHERE office = $1 AND service = $2 ORDER BY weekday, \
         opens",
    )
    .bind(office.to_string())
    .bind(service)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Opening {
                weekday: get(row, "weekday")?,
                span: Span { opens: get(row, "opens")?, closes: get(row, "closes")? },
                every_min: get(row, "every_min")?,
                places: get(row, "places")?,
                staff_places: get(row, "staff_places")?,
            })
        })
        .collect()
}

/// Puts openings in the place of a service's old ones, and says that its slots have to be made anew.
pub async fn set_openings(
    db: &mut Connection,
    keys: Arc<Keys>,
    office: OfficeId,
    service: String,
    openings: Vec<Opening>,
    entry: Entry,
) -> Result<()> {
    sqlx::query("DELETE FROM opening WHERE office = $1 AND service = $2")
        .bind(office.to_string())
        .bind(&service)
        .execute(&mut *db)
        .await?;
    for opening in openings {
        sqlx::query(
            "INSERT INTO opening (office, service, weekday, opens, closes, every_min, places, staff_places) VALUES ($1, $2, $3, $4, $5, $6, \
             $7, $8)",
        )
        .bind(office.to_string())
        .bind(&service)
        .bind(opening.weekday)
        .bind(opening.span.opens)
        .bind(opening.span.closes)
        .bind(opening.every_min)
        .bind(opening.places)
        .bind(opening.staff_places)
        .execute(&mut *db)
        .await?;
    }
    sqlx::query(
        "INSERT INTO slot_horizon (office, service, day, version) VALUES ($1, $2, '', 1) ON CONFLICT (office, service) DO UPDATE SET day = \
         '', version = slot_horizon.version + 1",
    )
    .bind(office.to_string())
    .bind(service)
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

pub async fn closures(db: &mut Connection, office: OfficeId) -> Result<Vec<Closure>> {
    let rows = sqlx::query("SELECT * FROM closure WHERE office = $1 ORDER BY first_day, id")
        .bind(office.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(read_closure).collect()
}

pub async fn add_closure(
    db: &mut Connection,
    keys: Arc<Keys>,
    office: OfficeId,
    closure: Closure,
    entry: Entry,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO closure (id, office, service, first_day, last_day, opens, closes, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(closure.id.to_string())
    .bind(office.to_string())
    .bind(closure.service)
    .bind(closure.from.to_string())
    .bind(closure.to.to_string())
    .bind(closure.span.map(|span| span.opens))
    .bind(closure.span.map(|span| span.closes))
    .bind(closure.reason)
    .execute(&mut *db)
    .await?;
    make_anew(&mut *db, office).await?;
    log::append(db, &keys, &[entry]).await
}

pub async fn remove_closure(
    db: &mut Connection,
    keys: Arc<Keys>,
    office: OfficeId,
    id: ClosureId,
    entry: Entry,
) -> Result<()> {
    let done = sqlx::query("DELETE FROM closure WHERE id = $1 AND office = $2")
        .bind(id.to_string())
        .bind(office.to_string())
        .execute(&mut *db)
        .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Absent("closure"));
    }
    make_anew(&mut *db, office).await?;
    log::append(db, &keys, &[entry]).await
}

/// Says that all slots of an office have to be made anew.
async fn make_anew(db: &mut Connection, office: OfficeId) -> Result<()> {
    sqlx::query("UPDATE slot_horizon SET day = '', version = version + 1 WHERE office = $1")
        .bind(office.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// Every service of every office that gives places, or has to take them away, with how far its slots are made.
pub async fn lines(db: &mut Connection) -> Result<Vec<Line>> {
    let rows = sqlx::query(
        "SELECT known.office, known.service, slot_horizon.day, slot_horizon.version, booking_policy.policy FROM (SELECT office, service FROM \
         opening UNION SELECT office, service FROM slot_horizon) AS known LEFT JOIN slot_horizon ON slot_horizon.office = known.office AND \
         slot_horizon.service = known.service LEFT JOIN booking_policy ON booking_policy.office = known.office ORDER BY known.office, \
         known.service",
    )
    .fetch_all(db)
    .await?;
    rows.iter().map(read_line).collect()
}

/// Notes that the slots of a service are made up to a day, unless its schedule was changed meanwhile.
pub async fn made(db: &mut Connection, line: Line, day: Date) -> Result<()> {
    sqlx::query(
        "INSERT INTO slot_horizon (office, service, day, version) VALUES ($1, $2, $3, 0) ON CONFLICT (office, service) DO UPDATE SET day = \
         excluded.day WHERE slot_horizon.version = $4",
    )
    .bind(line.office.to_string())
    .bind(line.service)
    .bind(day.to_string())
    .bind(line.version)
    .execute(db)
    .await?;
    Ok(())
}

fn read_closure(row: &Row) -> Result<Closure> {
    let (opens, closes): (Option<i32>, Option<i32>) = (get(row, "opens")?, get(row, "closes")?);
    Ok(Closure {
        id: word(row, "id")?,
        service: get(row, "service")?,
        from: word(row, "first_day")?,
        to: word(row, "last_day")?,
        span: opens.zip(closes).map(|(opens, closes)| Span { opens, closes }),
        reason: get(row, "reason")?,
    })
}

fn read_line(row: &Row) -> Result<Line> {
    let day: Option<String> = get(row, "day")?;
    let made_to = match day.filter(|day| !day.is_empty()) {
        Some(value) => Some(value.parse().map_err(|_| StoreError::Row { what: "day", value })?),
        None => None,
    };
    let policy: Option<String> = get(row, "policy")?;
    let policy = match policy {
        Some(value) => serde_json::from_str(&value).map_err(|_| StoreError::Row { what: "policy", value })?,
        None => BookingPolicy::default(),
    };
    Ok(Line {
        office: word(row, "office")?,
        service: get(row, "service")?,
        made_to,
        version: get::<Option<i64>>(row, "version")?.unwrap_or_default(),
        policy,
    })
}

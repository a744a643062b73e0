//! What is read to hold places against appointments.

use huizhi_domain::id::OfficeId;

use super::{Connection, get};
use crate::Result;
use crate::slot_audit::{Counted, Occupied};

/// The slots of an office, by service, day and minute.
pub async fn slots(db: &mut Connection, office: OfficeId) -> Result<Vec<((String, String, i32), Counted)>> {
    let rows = sqlx::query(
        "SELECT service, day, minute, capacity, taken, staff_capacity, staff_taken FROM slot WHERE office = $1",
    )
    .bind(office.to_string())
    .fetch_all(db)
    .await?;
    let slots = rows.iter().map(|row| {
        let counted = Counted {
            capacity: get(row, "capacity")?,
            taken: get(row, "taken")?,
            staff_capacity: get(row, "staff_capacity")?,
            staff_taken: get(row, "staff_taken")?,
        };
        Ok(((get(row, "service")?, get(row, "day")?, get(row, "minute")?), counted))
    });
    slots.collect()
}

/// The appointments of an office that have places: all but those that gave them back.
pub async fn occupied(db: &mut Connection, office: OfficeId) -> Result<Vec<Occupied>> {
    let rows = sqlx::query(
        "SELECT service, day, minutes, desk FROM appointment WHERE office = $1 AND (state IN ('held', 'booked', 'arrived', 'done', 'missed') OR \
         (state = 'cancelled' AND frees_at IS NOT NULL))",
    )
    .bind(office.to_string())
    .fetch_all(db)
    .await?;
    let occupied = rows.iter().map(|row| {
        let desk: i32 = get(row, "desk")?;
        let (service, day, minutes) = (get(row, "service")?, get(row, "day")?, get(row, "minutes")?);
        Ok(Occupied { service, day, minutes, desk: desk != 0 })
    });
    occupied.collect()
}

/// How many appointments an office has, and how many of them use up their person's day.
pub async fn appointments(db: &mut Connection, office: OfficeId) -> Result<(i64, i64)> {
    let row = sqlx::query(
        "SELECT count(*) AS all_of_them, count(CASE WHEN state IN ('held', 'booked', 'arrived', 'done') THEN 1 END) AS live FROM appointment WHERE \
         office = $1",
    )
    .bind(office.to_string())
    .fetch_one(db)
    .await?;
    Ok((get(&row, "all_of_them")?, get(&row, "live")?))
}

/// How often somebody has two on a day.
pub async fn doubles(db: &mut Connection) -> Result<i64> {
    let row = sqlx::query(
        "SELECT count(*) AS twice FROM (SELECT person_key FROM appointment WHERE state IN ('held', 'booked', 'arrived', 'done') GROUP BY \
         person_key, day HAVING count(*) > 1) AS people",
    )
    .fetch_one(db)
    .await?;
    get(&row, "twice")
}

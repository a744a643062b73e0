//! Showing slots: which have places, counted without what is over.

use std::collections::BTreeMap;

use huizhi_domain::clock::Moment;
use huizhi_domain::id::OfficeId;
use huizhi_domain::visit::Free;
use huizhi_domain::visit::ledger::{Place, Spot};
use huizhi_domain::visit::schedule::PlannedSlot;
use jiff::civil::Date;

use super::asked::{read_place, read_spot};
use super::rows::{Days, json};
use super::{Connection, columns, read};
use crate::Result;

/// Slots to come that have public places, of services of offices on days, in the order of their keys.
pub async fn nearby(db: &mut Connection, days: Vec<(OfficeId, String, Date, Date)>, now: Moment) -> Result<Vec<Free>> {
    let days: Vec<Days> = days
        .into_iter()
        .map(|(office, service, from, to)| Days {
            office: office.to_string(),
            service,
            from: from.to_string(),
            to: to.to_string(),
        })
        .collect();
    let days = json(&days);
    let rows = sqlx::query(concat!(
        "SELECT slot.* FROM ",
        items!("$1"),
        " JOIN slot ON slot.office = item.value ->> 'office' AND slot.service = item.value ->> 'service' AND slot.day BETWEEN item.value ->> \
         'from' AND item.value ->> 'to' WHERE slot.starts_at > $2 AND slot.capacity > 0 ORDER BY slot.office, slot.service, slot.day, slot.minute"
    ))
    .bind(&days)
    .bind(now.0)
    .fetch_all(&mut *db)
    .await?;
    let mut slots = BTreeMap::new();
    for row in &rows {
        slots.insert(read_spot(row)?, read_place(row)?);
    }
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM ",
        items!("$1"),
        " JOIN appointment ON appointment.office = item.value ->> 'office' AND appointment.service = item.value ->> 'service' AND \
         appointment.day BETWEEN item.value ->> 'from' AND item.value ->> 'to' AND appointment.due_at <= $2 WHERE appointment.due_at > 0"
    ))
    .bind(&days)
    .bind(now.0)
    .fetch_all(db)
    .await?;
    for row in &rows {
        without(&mut slots, row)?;
    }
    Ok(slots.into_iter().map(|(spot, place)| as_free(spot, place)).collect())
}

/// The slots of one service of an office.
pub async fn free(
    db: &mut Connection,
    office: OfficeId,
    service: String,
    from: Date,
    to: Date,
    now: Moment,
) -> Result<Vec<Free>> {
    nearby(db, vec![(office, service, from, to)], now).await
}

/// The slots of a service at all offices, in the order of time.
pub async fn next_free(db: &mut Connection, service: String, from: Date, to: Date, now: Moment) -> Result<Vec<Free>> {
    let rows = sqlx::query(
        "SELECT * FROM slot WHERE service = $1 AND day BETWEEN $2 AND $3 AND starts_at > $4 AND capacity > 0 ORDER BY starts_at, office",
    )
    .bind(&service)
    .bind(from.to_string())
    .bind(to.to_string())
    .bind(now.0)
    .fetch_all(&mut *db)
    .await?;
    let mut slots = BTreeMap::new();
    for row in &rows {
        slots.insert(read_spot(row)?, read_place(row)?);
    }
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM appointment WHERE due_at IS NOT NULL AND due_at > 0 AND due_at <= $1 AND service = $2 AND day BETWEEN $3 AND $4"
    ))
    .bind(now.0)
    .bind(service)
    .bind(from.to_string())
    .bind(to.to_string())
    .fetch_all(db)
    .await?;
    for row in &rows {
        without(&mut slots, row)?;
    }
    let mut free: Vec<Free> = slots.into_iter().map(|(spot, place)| as_free(spot, place)).collect();
    free.sort_by_key(|it| (it.starts_at, it.office));
    Ok(free)
}

/// The slots of an office's service on days, as they were planned.
pub async fn planned(
    db: &mut Connection,
    office: OfficeId,
    service: String,
    from: Date,
    to: Date,
) -> Result<Vec<PlannedSlot>> {
    let rows = sqlx::query(
        "SELECT * FROM slot WHERE office = $1 AND service = $2 AND day BETWEEN $3 AND $4 ORDER BY day, minute",
    )
    .bind(office.to_string())
    .bind(service)
    .bind(from.to_string())
    .bind(to.to_string())
    .fetch_all(db)
    .await?;
    let mut slots = Vec::with_capacity(rows.len());
    for row in &rows {
        let (spot, place) = (read_spot(row)?, read_place(row)?);
        slots.push(PlannedSlot {
            slot: spot.slot,
            starts_at: place.starts_at,
            length_min: place.length_min,
            places: place.capacity,
            staff_places: place.staff_capacity,
        });
    }
    Ok(slots)
}

/// Counts what is over as free.
fn without(slots: &mut BTreeMap<Spot, Place>, row: &super::Row) -> Result<()> {
    let booking = read(row)?;
    for spot in booking.spots() {
        if let Some(place) = slots.get_mut(&spot)
            && booking.has_places()
            && !booking.desk
        {
            place.taken -= 1;
        }
    }
    Ok(())
}

fn as_free(spot: Spot, place: Place) -> Free {
    Free {
        office: spot.office,
        service: spot.service,
        slot: spot.slot,
        starts_at: place.starts_at,
        length_min: place.length_min,
        capacity: place.capacity,
        taken: place.taken,
    }
}

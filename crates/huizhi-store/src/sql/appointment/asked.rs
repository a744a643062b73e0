//! What a batch asks the database, each question once for all of it.

use std::collections::{BTreeMap, BTreeSet};

use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, AppointmentId, OfficeId};
use huizhi_domain::visit::Slot;
use huizhi_domain::visit::ledger::{Booking, Ledger, Place, Spot};
use jiff::civil::Date;

use super::super::together;
use super::find::rules;
use super::rows::{Days, Id, Key, Range, hex, json};
use super::{Connection, Row, columns, get, moment, read, word};
use crate::Result;
use crate::account::lives;
use crate::appointment::Terms;

/// Days back in which a live booking counts for a limit: a month, and the week that it ends in.
const COUNTS_DAYS: i64 = 38;

/// Days back in which a missed one counts: no office counts for longer.
const MISSED_DAYS: i64 = 366;

/// The bookings of ids.
pub async fn by_ids(db: &mut Connection, ids: &BTreeSet<AppointmentId>) -> Result<Vec<Booking>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Id> = ids.iter().map(|id| Id { id: id.to_string() }).collect();
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM ",
        items!("$1"),
        fitting!("appointment.id = item.value ->> 'id'")
    ))
    .bind(json(&ids))
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Holds and cool-downs that are over, and stranded bookings, on the days of the batch; for an offer of the waiting list the
/// cool-downs that are not over, too.
pub async fn due(db: &mut Connection, terms: &Terms, days: &BTreeSet<Days>, from_list: bool) -> Result<Vec<Booking>> {
    if days.is_empty() {
        return Ok(Vec::new());
    }
    let days: Vec<&Days> = days.iter().collect();
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM ",
        items!("$1"),
        fitting!(
            "appointment.office = item.value ->> 'office' AND appointment.service = item.value ->> 'service' AND appointment.day = \
             item.value ->> 'from' AND appointment.due_at <= $2"
        )
    ))
    .bind(json(&days))
    .bind(terms.now.0)
    .fetch_all(&mut *db)
    .await?;
    let mut found: Vec<Booking> = rows.iter().map(read).collect::<Result<_>>()?;
    if from_list {
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            " FROM ",
            items!("$1"),
            " JOIN appointment ON appointment.office = item.value ->> 'office' AND appointment.service = item.value ->> 'service' AND \
             appointment.day = item.value ->> 'from' AND appointment.due_at IS NOT NULL WHERE appointment.frees_at IS NOT NULL"
        ))
        .bind(json(&days))
        .fetch_all(db)
        .await?;
        found.extend(rows.iter().map(read).collect::<Result<Vec<_>>>()?);
    }
    Ok(found)
}

/// What persons have, as far as it counts for their limits, and what they missed. The words of the states are those of the indexes.
pub async fn of_persons(db: &mut Connection, terms: &Terms, persons: &BTreeSet<Vec<u8>>) -> Result<Vec<Booking>> {
    if persons.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<Key> = persons.iter().map(|key| Key { key: hex(key) }).collect();
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM ",
        items!("$1"),
        fitting!(
            "appointment.person_key = ",
            bytes!("key"),
            " AND appointment.day >= $2 AND appointment.state IN ('held', 'booked', 'arrived', 'done')"
        ),
        " UNION ALL SELECT ",
        columns!(),
        " FROM ",
        items!("$1"),
        fitting!(
            "appointment.person_key = ",
            bytes!("key"),
            " AND appointment.day >= $3 AND appointment.state = 'missed'"
        )
    ))
    .bind(json(&keys))
    .bind(terms.wall.day.saturating_sub(jiff::Span::new().days(COUNTS_DAYS)).to_string())
    .bind(terms.wall.day.saturating_sub(jiff::Span::new().days(MISSED_DAYS)).to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

pub async fn once(db: &mut Connection, ledger: &mut Ledger, keys: &BTreeSet<Vec<u8>>) -> Result<()> {
    let keys: Vec<Key> = keys.iter().map(|key| Key { key: hex(key) }).collect();
    let rows = sqlx::query(concat!(
        "SELECT appointment.once, ",
        columns!(),
        " FROM ",
        items!("$1"),
        fitting!("appointment.once = ", bytes!("key"))
    ))
    .bind(json(&keys))
    .fetch_all(db)
    .await?;
    for row in &rows {
        let booking = read(row)?;
        ledger.know_once(get(row, "once")?, booking.appointment.id);
        ledger.know(booking);
    }
    Ok(())
}

pub async fn sessions(
    db: &mut Connection,
    ledger: &mut Ledger,
    terms: &Terms,
    tokens: &BTreeSet<Vec<u8>>,
) -> Result<()> {
    let keys: Vec<Key> = tokens.iter().map(|key| Key { key: hex(key) }).collect();
    let row = sqlx::query(concat!(
        "SELECT ",
        together!(
            digits!("account_session.token"),
            ", account_session.account, account_session.created_at, account_session.seen_at"
        ),
        " FROM ",
        items!("$1"),
        " JOIN account_session ON account_session.token = ",
        bytes!("key")
    ))
    .bind(json(&keys))
    .fetch_one(db)
    .await?;
    let of_token: BTreeMap<String, &Vec<u8>> = tokens.iter().map(|token| (hex(token), token)).collect();
    let found: Vec<(String, AccountId, Moment, Moment)> = together(&row)?;
    for (token, account, created_at, seen_at) in found {
        if let Some(token) = of_token.get(&token)
            && lives(created_at, seen_at, terms.now)
        {
            ledger.know_session(Vec::clone(token), account);
        }
    }
    Ok(())
}

/// Reads slots with the rules of their offices, and locks them in the order of their keys.
pub async fn slots(db: &mut Connection, ledger: &mut Ledger, ranges: &BTreeSet<Range>) -> Result<()> {
    if ranges.is_empty() {
        return Ok(());
    }
    let ranges: Vec<&Range> = ranges.iter().collect();
    let row = sqlx::query(concat!(
        "SELECT ",
        together!("office, service, day, minute, policy, starts_at, length_min, capacity, taken, staff_capacity, staff_taken"),
        " FROM (SELECT slot.*, booking_policy.policy FROM ",
        items!("$1"),
        " JOIN slot ON slot.office = item.value ->> 'office' AND slot.service = item.value ->> 'service' AND slot.day = item.value ->> 'day' \
         AND slot.minute BETWEEN CAST(item.value ->> 'first' AS INTEGER) AND CAST(item.value ->> 'last' AS INTEGER) LEFT JOIN booking_policy \
         ON booking_policy.office = slot.office ORDER BY slot.office, slot.service, slot.day, slot.minute",
        locking_slots!(),
        ") AS slot"
    ))
    .bind(json(&ranges))
    .fetch_one(db)
    .await?;
    let found: Vec<SlotFound> = together(&row)?;
    let mut offices = BTreeSet::new();
    for slot in found {
        let spot = Spot { office: slot.0, service: slot.1, slot: Slot { day: slot.2, minute: slot.3 } };
        if offices.insert(spot.office)
            && let Some(policy) = slot.4.map(rules).transpose()?
        {
            ledger.know_policy(spot.office, policy);
        }
        ledger.know_place(
            spot,
            Place {
                starts_at: slot.5,
                length_min: slot.6,
                capacity: slot.7,
                taken: slot.8,
                staff_capacity: slot.9,
                staff_taken: slot.10,
            },
        );
    }
    Ok(())
}

/// A slot as a batch reads it: office, service, day, minute, the rules of the office, and what the place is.
type SlotFound = (OfficeId, String, Date, i32, Option<String>, Moment, i32, i32, i32, i32, i32);

pub fn read_spot(row: &Row) -> Result<Spot> {
    let slot = Slot { day: word(row, "day")?, minute: get(row, "minute")? };
    Ok(Spot { office: word(row, "office")?, service: get(row, "service")?, slot })
}

pub fn read_place(row: &Row) -> Result<Place> {
    Ok(Place {
        starts_at: moment(row, "starts_at")?,
        length_min: get(row, "length_min")?,
        capacity: get(row, "capacity")?,
        taken: get(row, "taken")?,
        staff_capacity: get(row, "staff_capacity")?,
        staff_taken: get(row, "staff_taken")?,
    })
}

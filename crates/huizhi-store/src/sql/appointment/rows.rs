//! Rows on their way into a statement: one JSON text for many, so that a batch is one statement whatever its size.

use std::fmt::Write as _;

use huizhi_domain::visit::ledger::{Booking, Place, Spot, Told};
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};

use crate::appointment::Sealed;

/// Rows as the text of a JSON array.
pub fn json<T: Serialize>(rows: &[T]) -> String {
    serde_json::to_string(rows).unwrap_or_default()
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// An id.
#[derive(Serialize)]
pub struct Id {
    pub id: String,
}

/// A key, in hexadecimal digits.
#[derive(Serialize)]
pub struct Key {
    pub key: String,
}

/// Slots of a day, from a minute to a minute.
#[derive(Clone, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    pub office: String,
    pub service: String,
    pub day: String,
    pub first: i32,
    pub last: i32,
}

impl Range {
    /// One slot.
    pub fn of(spot: &Spot) -> Self {
        Self {
            office: spot.office.to_string(),
            service: spot.service.clone(),
            day: spot.slot.day.to_string(),
            first: spot.slot.minute,
            last: spot.slot.minute,
        }
    }
}

/// A service of an office on days.
#[derive(Clone, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days {
    pub office: String,
    pub service: String,
    pub from: String,
    pub to: String,
}

/// What changes of a booking.
#[derive(Serialize)]
pub struct ChangedRow {
    id: String,
    version: i64,
    day: String,
    minute: i32,
    starts_at: i64,
    minutes: String,
    state: &'static str,
    hold_until: Option<i64>,
    desk: i32,
    changed_at: i64,
    arrived_at: Option<i64>,
    ended_at: Option<i64>,
    frees_at: Option<i64>,
    due_at: Option<i64>,
    tries: i32,
    tries_day: Option<String>,
}

impl ChangedRow {
    pub fn of(booking: &Booking) -> Self {
        let it = &booking.appointment;
        Self {
            id: it.id.to_string(),
            version: booking.version,
            day: it.slot.day.to_string(),
            minute: it.slot.minute,
            starts_at: it.starts_at.0,
            minutes: joined(&booking.minutes),
            state: it.state.word(),
            hold_until: it.hold_until.map(|at| at.0),
            desk: i32::from(booking.desk),
            changed_at: it.changed_at.0,
            arrived_at: booking.arrived_at.map(|at| at.0),
            ended_at: booking.ended_at.map(|at| at.0),
            frees_at: booking.frees_at.map(|at| at.0),
            due_at: booking.due_at().map(|at| at.0),
            tries: booking.tries,
            tries_day: booking.tries_day.map(|day| day.to_string()),
        }
    }
}

/// A new booking. It is written as an array, in the order of the columns in `write.rs`.
pub struct MadeRow<'a> {
    id: String,
    number: &'a str,
    code: String,
    office: String,
    service: &'a str,
    business: &'a str,
    day: String,
    minute: i32,
    starts_at: i64,
    units: i32,
    minutes: String,
    state: &'static str,
    hold_until: Option<i64>,
    account: Option<String>,
    person: Option<String>,
    person_key: String,
    who_key: String,
    details: String,
    desk: i32,
    once: Option<String>,
    made_at: i64,
    changed_at: i64,
    ended_at: Option<i64>,
    lang: &'static str,
    frees_at: Option<i64>,
    due_at: Option<i64>,
}

impl<'a> MadeRow<'a> {
    pub fn of(booking: &'a Booking, sealed: &Sealed) -> Self {
        let it = &booking.appointment;
        Self {
            id: it.id.to_string(),
            number: it.number.as_str(),
            code: hex(&booking.code),
            office: it.office.to_string(),
            service: &it.service,
            business: &it.business,
            day: it.slot.day.to_string(),
            minute: it.slot.minute,
            starts_at: it.starts_at.0,
            units: it.units,
            minutes: joined(&booking.minutes),
            state: it.state.word(),
            hold_until: it.hold_until.map(|at| at.0),
            account: it.account.map(|id| id.to_string()),
            person: it.person.map(|id| id.to_string()),
            person_key: hex(&booking.person_key),
            who_key: hex(&sealed.who_key),
            details: hex(&sealed.details),
            desk: i32::from(booking.desk),
            once: sealed.once.as_deref().map(hex),
            made_at: it.made_at.0,
            changed_at: it.changed_at.0,
            ended_at: booking.ended_at.map(|at| at.0),
            lang: it.lang.tag(),
            frees_at: booking.frees_at.map(|at| at.0),
            due_at: booking.due_at().map(|at| at.0),
        }
    }
}

impl Serialize for MadeRow<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut row = to.serialize_seq(None)?;
        let texts: [&str; 7] =
            [&self.id, self.number, &self.code, &self.office, self.service, self.business, &self.day];
        for text in texts {
            row.serialize_element(text)?;
        }
        row.serialize_element(&self.minute)?;
        row.serialize_element(&self.starts_at)?;
        row.serialize_element(&self.units)?;
        row.serialize_element(&self.minutes)?;
        row.serialize_element(self.state)?;
        row.serialize_element(&self.hold_until)?;
        row.serialize_element(&self.account)?;
        row.serialize_element(&self.person)?;
        for bytes in [&self.person_key, &self.who_key, &self.details] {
            row.serialize_element(bytes)?;
        }
        row.serialize_element(&self.desk)?;
        row.serialize_element(&self.once)?;
        row.serialize_element(&self.made_at)?;
        row.serialize_element(&self.changed_at)?;
        row.serialize_element(&self.ended_at)?;
        row.serialize_element(self.lang)?;
        row.serialize_element(&self.frees_at)?;
        row.serialize_element(&self.due_at)?;
        row.end()
    }
}

/// A slot, with what is added to what is there.
#[derive(Serialize)]
pub struct SlotRow<'a> {
    office: String,
    service: &'a str,
    day: String,
    minute: i32,
    starts_at: i64,
    length_min: i32,
    capacity: i32,
    taken: i32,
    staff_capacity: i32,
    staff_taken: i32,
}

impl<'a> SlotRow<'a> {
    pub fn of(spot: &'a Spot, was: Option<Place>, is: Place) -> Self {
        let before = |count: fn(Place) -> i32| was.map_or(0, count);
        Self {
            office: spot.office.to_string(),
            service: &spot.service,
            day: spot.slot.day.to_string(),
            minute: spot.slot.minute,
            starts_at: is.starts_at.0,
            length_min: is.length_min,
            capacity: is.capacity - before(|it| it.capacity),
            taken: is.taken - before(|it| it.taken),
            staff_capacity: is.staff_capacity - before(|it| it.staff_capacity),
            staff_taken: is.staff_taken - before(|it| it.staff_taken),
        }
    }
}

/// A message.
#[derive(Serialize)]
pub struct ToldRow {
    id: String,
    appointment: String,
    account: String,
    happening: &'static str,
    at: i64,
    day: String,
    minute: i32,
}

impl ToldRow {
    pub fn of(told: &Told, id: String, at: i64) -> Self {
        Self {
            id,
            appointment: told.appointment.to_string(),
            account: told.account.to_string(),
            happening: told.happening.word(),
            at,
            day: told.slot.day.to_string(),
            minute: told.slot.minute,
        }
    }
}

fn joined(minutes: &[i32]) -> String {
    let mut text = String::new();
    for (at, minute) in minutes.iter().enumerate() {
        // Writing to a string does not fail.
        let _ = write!(text, "{}{minute}", if at == 0 { "" } else { "," });
    }
    text
}

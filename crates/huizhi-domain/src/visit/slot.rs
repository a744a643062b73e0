//! Places in time: when a slot begins, and how many places it has.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::OfficeId;

/// Minutes of a day.
const DAY_MIN: i32 = 24 * 60;

/// The beginning of a place at an office, by the clock on its wall. As text: `2026-12-01T08:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slot {
    /// The day.
    pub day: Date,
    /// The minute of the day.
    pub minute: i32,
}

/// Text that is no slot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no day and time; write it as 2026-12-01T08:30")]
pub struct NotASlot(pub String);

impl Slot {
    /// The time of the day: `08:30`.
    #[must_use]
    pub fn time(self) -> String {
        format!("{:02}:{:02}", self.minute / 60, self.minute % 60)
    }

    /// Minutes between two slots on the wall's clock.
    fn minutes_from(self, other: Self) -> i64 {
        let days = self.day.since(other.day).map_or(i64::MAX, |span| i64::from(span.get_days()));
        days.saturating_mul(i64::from(DAY_MIN)).saturating_add(i64::from(self.minute - other.minute)).saturating_abs()
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{:02}:{:02}", self.day, self.minute / 60, self.minute % 60)
    }
}

impl FromStr for Slot {
    type Err = NotASlot;

    fn from_str(text: &str) -> Result<Self, NotASlot> {
        let none = || NotASlot(text.to_owned());
        let two = |part: &str| -> Option<i32> {
            (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?
        };
        let (day, time) = text.split_once('T').ok_or_else(none)?;
        let (hour, minute) = time.split_once(':').ok_or_else(none)?;
        let (hour, minute) = (two(hour).ok_or_else(none)?, two(minute).ok_or_else(none)?);
        if minute >= 60 || hour * 60 + minute >= DAY_MIN {
            return Err(none());
        }
        Ok(Self { day: day.parse().map_err(|_| none())?, minute: hour * 60 + minute })
    }
}

impl TryFrom<String> for Slot {
    type Error = NotASlot;

    fn try_from(text: String) -> Result<Self, NotASlot> {
        text.parse()
    }
}

impl From<Slot> for String {
    fn from(slot: Slot) -> Self {
        slot.to_string()
    }
}

/// A slot with how many places it has. Places that only the desk gives are not among them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Free {
    /// The office.
    pub office: OfficeId,
    /// The service.
    pub service: String,
    /// When it begins, on the office's wall.
    pub slot: Slot,
    /// When it begins.
    pub starts_at: Moment,
    /// How long it is.
    pub length_min: i32,
    /// Places that it has.
    pub capacity: i32,
    /// Places that are taken. Holds that have ended are not.
    pub taken: i32,
}

impl Free {
    /// Places that can still be had.
    #[must_use]
    pub const fn left(&self) -> i32 {
        let left = self.capacity - self.taken;
        if left > 0 { left } else { 0 }
    }

    /// Those of free slots that are nearest to a time, the nearest first, as many as asked for; that time itself is not among them.
    #[must_use]
    pub fn nearest(free: &[Self], to: Slot, most: usize) -> Vec<Self> {
        let mut others: Vec<&Self> = free.iter().filter(|it| it.slot != to && it.left() > 0).collect();
        others.sort_by_key(|it| (it.slot.minutes_from(to), it.slot));
        others.into_iter().take(most).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn slots_are_read_as_they_are_written() {
        let slot = Slot { day: date(2026, 12, 1), minute: 510 };
        assert_eq!(slot.to_string(), "2026-12-01T08:30");
        assert_eq!("2026-12-01T08:30".parse(), Ok(slot));
        assert_eq!(slot.time(), "08:30");
        for text in [
            "",
            "2026-12-01",
            "2026-12-01T24:00",
            "2026-12-01T08:60",
            "2026-12-01T8:30",
            "2026-13-01T08:30",
            "2026-12-01T+8:30",
        ] {
            assert!(text.parse::<Slot>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_nearest_are_named_first_and_full_ones_never() {
        let office = OfficeId::new(Moment(0), &mut crate::seal::tests::Dice(1));
        let free = |text: &str, taken| Free {
            office,
            service: "id-card".to_owned(),
            slot: text.parse().unwrap(),
            starts_at: Moment(0),
            length_min: 30,
            capacity: 2,
            taken,
        };
        let all = [
            free("2026-12-01T08:30", 1),
            free("2026-12-01T09:00", 2),
            free("2026-12-01T09:30", 2),
            free("2026-12-01T10:30", 0),
            free("2026-12-02T09:00", 0),
        ];
        let near = Free::nearest(&all, "2026-12-01T09:00".parse().unwrap(), 2);
        let slots: Vec<String> = near.iter().map(|it| it.slot.to_string()).collect();
        assert_eq!(slots, ["2026-12-01T08:30", "2026-12-01T10:30"]);
    }

    #[test]
    fn slots_stand_in_the_order_of_time() {
        let at = |text: &str| text.parse::<Slot>().unwrap();
        assert!(at("2026-12-01T17:00") < at("2026-12-02T08:30"));
        assert!(at("2026-12-01T08:30") < at("2026-12-01T09:00"));
    }
}

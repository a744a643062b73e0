//! When an office is open.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Serialize;

use crate::clock::{Moment, Zone};

/// Minutes of a day.
const DAY_MIN: i32 = 24 * 60;

/// Opening hours, by day of the week: Monday is 1. Without any, the office is always open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Hours(BTreeMap<i32, Span>);

/// From when until when, in minutes of the day. The last minute is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// When it opens.
    pub opens: i32,
    /// When it closes.
    pub closes: i32,
}

/// Text that is no span of a day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no span of a day; write it as 09:00-17:30")]
pub struct NotASpan(pub String);

impl Hours {
    /// Hours of days; days without a span are closed.
    #[must_use]
    pub fn of(days: impl IntoIterator<Item = (i32, Span)>) -> Self {
        Self(days.into_iter().collect())
    }

    /// Whether the office is open at a moment.
    #[must_use]
    pub fn open_at(&self, now: Moment, zone: Zone) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let weekday = i32::from(now.day(zone).weekday().to_monday_one_offset());
        let minute = now.minute(zone);
        self.0.get(&weekday).is_some_and(|span| (span.opens..span.closes).contains(&minute))
    }

    /// Each day that has a span, Monday first.
    pub fn days(&self) -> impl Iterator<Item = (i32, Span)> {
        self.0.iter().map(|(day, span)| (*day, *span))
    }

    /// The span of a day.
    #[must_use]
    pub fn on(&self, weekday: i32) -> Option<Span> {
        self.0.get(&weekday).copied()
    }
}

impl FromStr for Span {
    type Err = NotASpan;

    fn from_str(text: &str) -> Result<Self, NotASpan> {
        let none = || NotASpan(text.to_owned());
        let (opens, closes) = text.trim().split_once(['-', '–', '—']).ok_or_else(none)?;
        let (opens, closes) = (minute(opens).ok_or_else(none)?, minute(closes).ok_or_else(none)?);
        if opens < closes { Ok(Self { opens, closes }) } else { Err(none()) }
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { opens, closes } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", opens / 60, opens % 60, closes / 60, closes % 60)
    }
}

fn minute(text: &str) -> Option<i32> {
    let (hour, minute) = text.trim().split_once([':', '：'])?;
    let (hour, minute): (i32, i32) = (hour.parse().ok()?, minute.parse().ok()?);
    let in_day = (0..60).contains(&minute) && (0..=DAY_MIN).contains(&(hour * 60 + minute)) && hour >= 0;
    in_day.then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-25, a Wednesday, 10:00 in China.
    const WEDNESDAY: Moment = Moment(1_795_572_000_000);

    #[test]
    fn an_office_without_hours_is_always_open() {
        assert!(Hours::default().open_at(WEDNESDAY, Zone::CHINA));
    }

    #[test]
    fn an_office_is_open_on_its_days_from_the_first_minute_to_the_last() {
        let span: Span = "09:00-17:30".parse().unwrap();
        let hours = Hours::of([(3, span)]);
        assert!(hours.open_at(WEDNESDAY, Zone::CHINA));
        assert!(hours.open_at(WEDNESDAY.after_s(-3600), Zone::CHINA));
        assert!(!hours.open_at(WEDNESDAY.after_s(-3601), Zone::CHINA));
        assert!(!hours.open_at(WEDNESDAY.after_s(7 * 3600 + 1800), Zone::CHINA));
        assert!(!hours.open_at(WEDNESDAY.after_s(24 * 3600), Zone::CHINA), "Thursday");
    }

    #[test]
    fn spans_are_read_as_people_write_them() {
        let span: Span = " 9:00 – 17：30 ".parse().unwrap();
        assert_eq!(span.to_string(), "09:00-17:30");
        assert_eq!("00:00-24:00".parse::<Span>().unwrap().closes, DAY_MIN);
        for text in ["", "9-17", "17:00-09:00", "09:00-24:01", "09:60-10:00", "-1:00-10:00"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}

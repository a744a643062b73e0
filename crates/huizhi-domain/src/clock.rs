//! Time as a parameter: what is now, and which day it is at the office.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Where the time comes from. The service gives the machine's; tests give theirs.
pub trait Clock: Send + Sync {
    /// The moment.
    fn now(&self) -> Moment;
}

/// A moment: milliseconds since 1970-01-01 UTC, as databases keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

/// Minutes east of UTC. China keeps one zone and no summer time, so an offset says all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Zone(pub i16);

impl Zone {
    /// 北京时间, UTC+8.
    pub const CHINA: Self = Self(8 * 60);

    fn offset(self) -> Offset {
        Offset::from_seconds(i32::from(self.0) * 60).unwrap_or(Offset::UTC)
    }
}

impl Moment {
    /// This much later.
    #[must_use]
    pub const fn after_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// This many seconds later.
    #[must_use]
    pub const fn after_s(self, seconds: i64) -> Self {
        self.after_ms(seconds.saturating_mul(1000))
    }

    /// Milliseconds from an earlier moment to this one; negative where that one is later.
    #[must_use]
    pub const fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The day that the calendar on the office's wall shows.
    #[must_use]
    pub fn day(self, zone: Zone) -> Date {
        self.at_wall(zone).date()
    }

    /// The minute of the day that the clock on the office's wall shows.
    #[must_use]
    pub fn minute(self, zone: Zone) -> i32 {
        let wall = self.at_wall(zone);
        i32::from(wall.hour()) * 60 + i32::from(wall.minute())
    }

    /// Date and time on the office's wall: `2026-11-25 09:05`.
    #[must_use]
    pub fn wall(self, zone: Zone) -> String {
        self.at_wall(zone).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// The same for machines (RFC 3339): `2026-11-25T09:05:00+08:00`.
    #[must_use]
    pub fn rfc3339(self, zone: Zone) -> String {
        let (sign, minutes) = (if zone.0 < 0 { '-' } else { '+' }, zone.0.unsigned_abs());
        let wall = self.at_wall(zone).strftime("%Y-%m-%dT%H:%M:%S");
        format!("{wall}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }

    fn at_wall(self, zone: Zone) -> DateTime {
        let stamp = Timestamp::UNIX_EPOCH.saturating_add(SignedDuration::from_millis(self.0));
        zone.offset().to_datetime(stamp.unwrap_or(Timestamp::UNIX_EPOCH))
    }
}

/// The first moment of a day at the office.
#[must_use]
pub fn midnight(day: Date, zone: Zone) -> Moment {
    Moment(
        zone.offset().to_timestamp(day.to_datetime(jiff::civil::Time::midnight())).map_or(0, Timestamp::as_millisecond),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_changes_at_the_offices_midnight() {
        let before = Moment(1_764_000_000_000 - 1_764_000_000_000 % 86_400_000 + 16 * 3_600_000 - 1);
        let day = before.day(Zone::CHINA);
        assert_eq!(before.after_ms(1).day(Zone::CHINA), day.tomorrow().unwrap());
        assert_eq!(midnight(day.tomorrow().unwrap(), Zone::CHINA), before.after_ms(1));
    }

    #[test]
    fn walls_show_office_time() {
        assert_eq!(Moment(0).wall(Zone::CHINA), "1970-01-01 08:00");
    }
}

//! The clock on an office's wall, in zones that change it in summer too.

use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::slot::Slot;
use crate::clock::{Moment, Zone};

/// Minutes of a day.
const DAY_MIN: i32 = 24 * 60;

/// The zones that are known, with the rules that hold today (POSIX.1, TZ). Places are made for days to come only, so the rules of
/// years that are over are not needed, and no table of them comes with the program.
const ZONES: [(&str, &str); 9] = [
    ("Asia/Shanghai", "CST-8"),
    ("Asia/Hong_Kong", "HKT-8"),
    ("Asia/Macau", "CST-8"),
    ("Asia/Singapore", "<+08>-8"),
    ("Asia/Tokyo", "JST-9"),
    ("Europe/London", "GMT0BST,M3.5.0/1,M10.5.0"),
    ("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("America/New_York", "EST5EDT,M3.2.0,M11.1.0"),
    ("Australia/Sydney", "AEST-10AEDT,M10.1.0,M4.1.0/3"),
];

/// The zone of an office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeZone(TimeZone);

/// A name that is no known zone's. The operator's to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no zone that is known; write it as Asia/Shanghai")]
pub struct NotAZone(pub String);

impl OfficeZone {
    /// 北京时间.
    #[must_use]
    pub fn china() -> Self {
        Self::of(Zone::CHINA)
    }

    /// A zone that is one offset all the year.
    #[must_use]
    pub fn of(zone: Zone) -> Self {
        Self(TimeZone::fixed(Offset::from_seconds(i32::from(zone.0) * 60).unwrap_or(Offset::UTC)))
    }

    /// The zone of a name in the IANA database.
    ///
    /// # Errors
    /// [`NotAZone`] for one that is not in the list.
    pub fn named(name: &str) -> Result<Self, NotAZone> {
        let none = || NotAZone(name.to_owned());
        let (_, rules) = ZONES.into_iter().find(|(known, _)| *known == name).ok_or_else(none)?;
        TimeZone::posix(rules).map(Self).map_err(|_| none())
    }

    /// The moment at which the wall shows a minute of a day: `None` for one that the day does not have, because the clock was put
    /// forward over it, and the first of the two where it was put back.
    #[must_use]
    pub fn moment(&self, day: Date, minute: i32) -> Option<Moment> {
        if !(0..DAY_MIN).contains(&minute) {
            return None;
        }
        let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
        let at = self.0.to_ambiguous_timestamp(day.at(hour, minute, 0, 0));
        if matches!(at.offset(), AmbiguousOffset::Gap { .. }) {
            return None;
        }
        at.earlier().ok().map(|stamp| Moment(stamp.as_millisecond()))
    }

    /// What the wall shows at a moment.
    #[must_use]
    pub fn wall(&self, at: Moment) -> Slot {
        let stamp = Timestamp::UNIX_EPOCH.saturating_add(SignedDuration::from_millis(at.0));
        let wall = self.0.to_datetime(stamp.unwrap_or(Timestamp::UNIX_EPOCH));
        Slot { day: wall.date(), minute: i32::from(wall.hour()) * 60 + i32::from(wall.minute()) }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_listed_zone_is_understood_and_others_are_not() {
        for (name, _) in ZONES {
            assert!(OfficeZone::named(name).is_ok(), "{name}");
        }
        assert_eq!(OfficeZone::named("Mars/Olympus"), Err(NotAZone("Mars/Olympus".to_owned())));
    }

    #[test]
    fn the_wall_shows_again_what_was_asked_for() {
        for name in ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Sydney"] {
            let zone = OfficeZone::named(name).unwrap();
            let days = date(2026, 1, 1).series(jiff::Span::new().days(1)).take(365);
            for day in days {
                for minute in (0..DAY_MIN).step_by(30) {
                    if let Some(at) = zone.moment(day, minute) {
                        assert_eq!(zone.wall(at), Slot { day, minute }, "{name}");
                    }
                }
            }
        }
    }

    #[test]
    fn an_hour_that_is_left_out_has_no_moment_and_one_that_comes_twice_has_its_first() {
        let zone = OfficeZone::named("Europe/Berlin").unwrap();
        assert_eq!(zone.moment(date(2026, 3, 29), 120), None);
        assert_eq!(zone.moment(date(2026, 3, 29), 179), None);
        let (before, after) = (zone.moment(date(2026, 3, 29), 119), zone.moment(date(2026, 3, 29), 180));
        assert_eq!(after.unwrap().since_ms(before.unwrap()), 60_000);
        // 02:30 in summer time is 00:30 UTC.
        let first = zone.moment(date(2026, 10, 25), 150).unwrap();
        assert_eq!(first, Moment(Timestamp::from_second(1_792_888_200).unwrap().as_millisecond()));
        assert_eq!(zone.wall(first.after_s(3600)), zone.wall(first), "the wall shows it once more an hour later");
    }

    #[test]
    fn china_has_one_offset_all_the_year() {
        let zone = OfficeZone::china();
        let open = zone.moment(date(2026, 11, 25), 10 * 60).unwrap();
        assert_eq!(open, Moment(1_795_572_000_000));
        assert_eq!(open, OfficeZone::named("Asia/Shanghai").unwrap().moment(date(2026, 11, 25), 600).unwrap());
        assert_eq!(zone.moment(date(2026, 11, 25), DAY_MIN), None);
        assert_eq!(zone.moment(date(2026, 11, 25), -1), None);
    }
}

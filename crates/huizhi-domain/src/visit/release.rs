//! A release (放号): the moment of the morning in which an office's furthest day can be booked for the first time, with more people at the
//! door than there are places. Before it stands a waiting room.

use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::BookingPolicy;
use super::draw::{ROUND_MS, ROUNDS};
use crate::calendar::Calendar;
use crate::clock::{Moment, Zone, midnight};
use crate::id::EntryId;
use crate::order::UnknownWord;

/// How long before the opening the room is there: long enough that nobody has to hurry in.
pub const ROOM_MS: i64 = 30 * 60_000;

/// The rush is not over before this, however few have come: the first rounds are to be drawn.
pub const LEAST_MS: i64 = 60_000;

/// When a day is given out, and from when until when it has a waiting room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Times {
    /// From when one may enter.
    pub room_from: Moment,
    /// When the first round is drawn and the first are let in.
    pub opens_at: Moment,
    /// When the room ends in any case.
    pub ends_at: Moment,
}

impl Times {
    /// The times of the release of a day, where it is the day of that release; `None` for offices that open their days at midnight, and for
    /// days that opened earlier or open later.
    #[must_use]
    pub fn of(policy: &BookingPolicy, day: Date, now: Moment, calendar: &Calendar, zone: Zone) -> Option<Self> {
        let minute = policy.release_at?;
        let today = now.day(zone);
        if !given_out(policy, today, calendar).contains(&day) {
            return None;
        }
        let opens_at = midnight(today, zone).after_s(i64::from(minute) * 60);
        Some(Self {
            room_from: opens_at.after_ms(-ROOM_MS),
            opens_at,
            ends_at: opens_at.after_ms((ROUNDS - 1) * ROUND_MS),
        })
    }
}

/// The days that can be booked for the first time today; none where the office opens its days at midnight, and on most days off.
#[must_use]
pub fn given_out(policy: &BookingPolicy, today: Date, calendar: &Calendar) -> Vec<Date> {
    let (Some(_), Ok(yesterday)) = (policy.release_at, today.yesterday()) else { return Vec::new() };
    let (_, before) = policy.bookable(yesterday, calendar);
    let (_, last) = policy.bookable(today, calendar);
    before.series(jiff::Span::new().days(1)).skip(1).take_while(|day| *day <= last).collect()
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryState {
    /// It waits: for the draw, or behind others.
    Waiting,
    /// It has the turn.
    In,
    /// It has a place, or had one in hand.
    Used,
    /// It let the turn pass.
    Passed,
    /// It went.
    Left,
}

impl EntryState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::In, Self::Used, Self::Passed, Self::Left];

    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::In => "in",
            Self::Used => "used",
            Self::Passed => "passed",
            Self::Left => "left",
        }
    }
}

impl FromStr for EntryState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// Somebody's entry in a waiting room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Entered {
    /// Its id, which the draw orders by and everybody may see.
    pub id: EntryId,
    /// Its round.
    pub round: i64,
    /// Where it stands.
    pub state: EntryState,
    /// Until when the turn lasts.
    pub until: Option<Moment>,
    /// How many wait before it; `None` before its round is drawn.
    pub before: Option<i64>,
}

impl Entered {
    /// Whether it may book at a moment. Who gave a place back, or let a hold end, may choose again while the turn lasts.
    #[must_use]
    pub fn may_book(&self, now: Moment) -> bool {
        matches!(self.state, EntryState::In | EntryState::Used) && self.until.is_some_and(|until| now < until)
    }

    /// Whether it is still in the line, or at its head.
    #[must_use]
    pub fn is_inside(&self, now: Moment) -> bool {
        self.state == EntryState::Waiting || self.may_book(now)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// 2026-11-25, a Wednesday, at a minute of the day.
    fn at(minute: i64) -> Moment {
        midnight(date(2026, 11, 25), Zone::CHINA).after_s(minute * 60)
    }

    fn nine() -> BookingPolicy {
        BookingPolicy { release_at: Some(540), ..BookingPolicy::default() }
    }

    #[test]
    fn the_furthest_day_is_given_out_today_and_no_other() {
        let calendar = Calendar::built_in().unwrap();
        let of = |day, now| Times::of(&nine(), day, now, &calendar, Zone::CHINA);
        let times = of(date(2026, 12, 2), at(480)).unwrap();
        assert_eq!((times.room_from, times.opens_at), (at(510), at(540)));
        assert_eq!(of(date(2026, 12, 2), at(1_000)), Some(times), "all day long");
        assert_eq!(of(date(2026, 12, 1), at(480)), None, "it opened yesterday");
        assert_eq!(of(date(2026, 12, 3), at(480)), None, "it opens tomorrow");
        let midnight = BookingPolicy::default();
        assert_eq!(Times::of(&midnight, date(2026, 12, 2), at(480), &calendar, Zone::CHINA), None);
    }

    #[test]
    fn on_a_day_off_no_day_is_given_out() {
        let calendar = Calendar::built_in().unwrap();
        // Saturday: five working days ahead is the same Friday as it was yesterday.
        let saturday = midnight(date(2026, 11, 28), Zone::CHINA).after_s(9 * 3600);
        for day in 1..15 {
            assert_eq!(Times::of(&nine(), date(2026, 12, day), saturday, &calendar, Zone::CHINA), None, "{day}");
        }
        // Before holidays every day is given out once.
        let mut given = std::collections::BTreeMap::new();
        for today in date(2026, 9, 1).series(jiff::Span::new().days(1)).take(40) {
            let now = midnight(today, Zone::CHINA).after_s(9 * 3600);
            for day in date(2026, 9, 1).series(jiff::Span::new().days(1)).take(60) {
                if Times::of(&nine(), day, now, &calendar, Zone::CHINA).is_some() {
                    *given.entry(day).or_insert(0) += 1;
                }
            }
        }
        assert!(given.len() > 30, "{given:?}");
        assert!(given.values().all(|times| *times == 1), "{given:?}");
    }

    #[test]
    fn a_turn_ends_at_its_moment_and_a_hold_that_ended_does_not_end_it() {
        let id: EntryId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let mut entered = Entered { id, round: 0, state: EntryState::In, until: Some(Moment(5)), before: None };
        assert!(entered.may_book(Moment(4)) && !entered.may_book(Moment(5)));
        entered.state = EntryState::Used;
        assert!(entered.may_book(Moment(4)) && !entered.is_inside(Moment(5)));
        entered.state = EntryState::Passed;
        assert!(!entered.may_book(Moment(4)));
    }
}

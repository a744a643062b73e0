//! When somebody answers: the hours of working days, and what follows from them.

use jiff::civil::Date;
use serde::Deserialize;

use crate::calendar::Calendar;
use crate::clock::{Moment, Zone, midnight};
use crate::office::Span;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// Days that are looked at: the longest holidays have eight, and no answer takes two months.
const LOOK_DAYS: usize = 62;

/// How support works: `specs/site/support.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The hours of a working day, in their order.
    pub open: Vec<Span>,
    /// Minutes of those hours within which the first answer is promised.
    pub first_answer_min: i64,
    /// Inquiries that one may have open at a time.
    pub most_open: i64,
    /// What may be said in one inquiry.
    pub most_messages: i32,
    /// Days without a word of the citizen after which an answered inquiry is closed.
    pub close_days: i64,
    /// Days that a closed inquiry is kept.
    pub kept_days: i64,
}

/// Settings of support that can't be read. Ours, or the operator's, to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("site/support.toml: {0}")]
pub struct ServiceError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: String,
    open: Vec<String>,
    first_answer_min: i64,
    close_days: i64,
    kept_days: i64,
    most_open: i64,
    most_messages: i32,
    #[serde(rename = "source")]
    _source: Source,
}

/// Read so that a file without it is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "people read it in the file")]
struct Source {
    title: String,
    urls: Vec<String>,
    kind: String,
    checked: String,
    confidence: String,
}

impl Service {
    /// The file that comes with the crate.
    #[must_use]
    pub const fn file() -> &'static str {
        include_str!("../../../../specs/site/support.toml")
    }

    /// What comes with the crate.
    ///
    /// # Errors
    /// [`ServiceError`] for a faulty file; a test holds that it is not.
    pub fn built_in() -> Result<Self, ServiceError> {
        Self::read(Self::file())
    }

    /// Reads settings.
    ///
    /// # Errors
    /// [`ServiceError`] for a faulty text, hours that are none, or a goal below a minute.
    pub fn read(text: &str) -> Result<Self, ServiceError> {
        let file: File = toml::from_str(text).map_err(|error| ServiceError(error.to_string().trim_end().to_owned()))?;
        let spans: Result<Vec<Span>, _> = file.open.iter().map(|span| span.parse()).collect();
        let service = Self {
            open: spans.map_err(|error| ServiceError(error.to_string()))?,
            first_answer_min: file.first_answer_min,
            most_open: file.most_open,
            most_messages: file.most_messages,
            close_days: file.close_days,
            kept_days: file.kept_days,
        };
        if service.open.is_empty() || service.first_answer_min < 1 {
            return Err(ServiceError("open has no hours, or first_answer_min is below 1".to_owned()));
        }
        Ok(service)
    }

    /// The same with an operator's hours; without any, with ours.
    #[must_use]
    pub fn with_hours(mut self, hours: &[Span]) -> Self {
        if !hours.is_empty() {
            hours.clone_into(&mut self.open);
            self.open.sort_by_key(|span| span.opens);
        }
        self
    }

    /// How long an answered inquiry waits for its citizen.
    #[must_use]
    pub const fn close_ms(&self) -> i64 {
        self.close_days * DAY_MS
    }

    /// How long a closed inquiry is kept.
    #[must_use]
    pub const fn kept_ms(&self) -> i64 {
        self.kept_days * DAY_MS
    }

    /// Whether somebody is there at a moment.
    #[must_use]
    pub fn is_open(&self, at: Moment, calendar: &Calendar, zone: Zone) -> bool {
        self.opens(at, calendar, zone) == Some(at)
    }

    /// From when on somebody is there: the moment itself where they are.
    #[must_use]
    pub fn opens(&self, at: Moment, calendar: &Calendar, zone: Zone) -> Option<Moment> {
        self.spans(at.day(zone), calendar, zone).find(|(_, end)| at < *end).map(|(begin, _)| begin.max(at))
    }

    /// By when who asks at a moment has the first answer.
    #[must_use]
    pub fn answer_by(&self, at: Moment, calendar: &Calendar, zone: Zone) -> Moment {
        let mut left = self.first_answer_min * MINUTE_MS;
        for (begin, end) in self.spans(at.day(zone), calendar, zone) {
            let begin = begin.max(at);
            let room = end.since_ms(begin).max(0);
            if left <= room {
                return begin.after_ms(left);
            }
            left -= room;
        }
        at.after_ms(left)
    }

    /// How much of the time between two moments somebody was there, ms; at most that of two months.
    #[must_use]
    pub fn worked_ms(&self, from: Moment, to: Moment, calendar: &Calendar, zone: Zone) -> i64 {
        let spans = self.spans(from.day(zone), calendar, zone).take_while(|(begin, _)| *begin < to);
        spans.map(|(begin, end)| end.min(to).since_ms(begin.max(from)).max(0)).sum()
    }

    /// The hours of working days from a day on.
    fn spans(&self, from: Date, calendar: &Calendar, zone: Zone) -> impl Iterator<Item = (Moment, Moment)> {
        let days = std::iter::successors(Some(from), |day| day.tomorrow().ok()).take(LOOK_DAYS);
        days.filter(move |day| calendar.is_working_day(*day)).flat_map(move |day| {
            let first = midnight(day, zone);
            let at = move |minute: i32| first.after_ms(i64::from(minute) * MINUTE_MS);
            self.open.iter().map(move |span| (at(span.opens), at(span.closes)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-25, a Wednesday, 10:00 in China.
    const WEDNESDAY: Moment = Moment(1_795_572_000_000);
    const HOUR_MS: i64 = 3_600_000;

    fn service() -> (Service, Calendar) {
        (Service::built_in().unwrap(), Calendar::built_in().unwrap())
    }

    fn wall(at: Moment) -> String {
        at.wall(Zone::CHINA)
    }

    #[test]
    fn somebody_is_there_in_the_hours_of_working_days() {
        let (service, calendar) = service();
        let open = |at| service.is_open(at, &calendar, Zone::CHINA);
        assert!(open(WEDNESDAY));
        assert!(!open(WEDNESDAY.after_ms(2 * HOUR_MS)), "noon");
        assert!(!open(WEDNESDAY.after_ms(3 * 24 * HOUR_MS)), "Saturday");
        let next = service.opens(WEDNESDAY.after_ms(3 * 24 * HOUR_MS), &calendar, Zone::CHINA).unwrap();
        assert_eq!(wall(next), "2026-11-30 08:30");
    }

    #[test]
    fn the_first_answer_is_promised_in_hours_that_are_worked() {
        let (service, calendar) = service();
        let by = |at| wall(service.answer_by(at, &calendar, Zone::CHINA));
        // Two hours until noon, two more after the pause.
        assert_eq!(by(WEDNESDAY), "2026-11-25 16:00");
        // Friday at five: half an hour is left, and Monday begins at half past eight.
        assert_eq!(by(WEDNESDAY.after_ms(2 * 24 * HOUR_MS + 7 * HOUR_MS)), "2026-11-30 12:00");
    }

    #[test]
    fn time_in_which_nobody_is_there_does_not_count() {
        let (service, calendar) = service();
        let worked = |ms| service.worked_ms(WEDNESDAY, WEDNESDAY.after_ms(ms), &calendar, Zone::CHINA);
        assert_eq!(worked(HOUR_MS), HOUR_MS);
        assert_eq!(worked(3 * HOUR_MS), 2 * HOUR_MS, "the pause");
        assert_eq!(worked(24 * HOUR_MS), 7 * HOUR_MS, "a whole day");
        assert_eq!(worked(-HOUR_MS), 0);
    }

    #[test]
    fn an_operators_hours_stand_in_the_place_of_ours() {
        let (service, calendar) = service();
        let all_day = service.clone().with_hours(&["00:00-24:00".parse().unwrap()]);
        assert!(all_day.is_open(WEDNESDAY.after_ms(2 * HOUR_MS), &calendar, Zone::CHINA));
        assert_eq!(service.clone().with_hours(&[]), service);
    }
}

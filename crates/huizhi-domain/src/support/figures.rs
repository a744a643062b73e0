//! How soon inquiries are answered.

use serde::Serialize;

use super::Service;
use crate::calendar::Calendar;
use crate::clock::{Moment, Zone};

/// How soon an inquiry got its first answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstAnswer {
    /// When it was asked.
    pub asked_at: Moment,
    /// By when an answer was promised.
    pub due_at: Moment,
    /// When it came; `None` where it is waited for still.
    pub answered_at: Option<Moment>,
}

/// How support does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Inquiries that wait for their first answer.
    pub waiting: usize,
    /// Those of them whose time is over.
    pub late: usize,
    /// Inquiries that got their first answer.
    pub answered: usize,
    /// Those of them that got it in time.
    pub in_time: usize,
    /// The middle one's wait in hours that are worked, minutes.
    pub median_min: Option<i64>,
}

impl Figures {
    /// Counts.
    #[must_use]
    pub fn of(all: &[FirstAnswer], now: Moment, service: &Service, calendar: &Calendar, zone: Zone) -> Self {
        let mut figures = Self::default();
        let mut waits = Vec::new();
        for one in all {
            if let Some(at) = one.answered_at {
                figures.answered += 1;
                figures.in_time += usize::from(at <= one.due_at);
                waits.push(service.worked_ms(one.asked_at, at, calendar, zone) / 60_000);
            } else {
                figures.waiting += 1;
                figures.late += usize::from(one.due_at < now);
            }
        }
        waits.sort_unstable();
        figures.median_min = waits.get(waits.len() / 2).copied();
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_counted_in_hours_that_are_worked() {
        let (service, calendar) = (Service::built_in().unwrap(), Calendar::built_in().unwrap());
        // 2026-11-25, a Wednesday, 10:00 in China.
        let at = Moment(1_795_572_000_000);
        let one = |minutes: Option<i64>| FirstAnswer {
            asked_at: at,
            due_at: at.after_s(6 * 3600),
            answered_at: minutes.map(|it| at.after_s(it * 60)),
        };
        let all = [one(Some(10)), one(Some(24 * 60)), one(Some(60)), one(None)];
        let figures = Figures::of(&all, at.after_s(7 * 3600), &service, &calendar, Zone::CHINA);
        assert_eq!(figures, Figures { waiting: 1, late: 1, answered: 3, in_time: 2, median_min: Some(60) });
        assert_eq!(Figures::of(&[], at, &service, &calendar, Zone::CHINA), Figures::default());
    }
}

//! What an office allows: how far ahead, how often, and until when one may cancel.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Slot;
use crate::calendar::Calendar;

/// Days that a window of days never goes beyond, however the policy was typed.
const MOST_DAYS_AHEAD: i64 = 250;

/// The rules of an office. A limit of 0 is none. The defaults are those of the one official text that was found (background.md §4.1,
/// hzzk.gov.cn); where it is silent, the source stands at the field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BookingPolicy {
    /// Working days ahead that can be booked.
    pub days_ahead: i64,
    /// Whether one may book for today.
    pub same_day: bool,
    /// The least minutes before the start at which one may still book. Matters where one may book for today (bkwk 惠州: an hour).
    pub earliest_min: i64,
    /// Minutes before the start until which one may cancel.
    pub cancel_min: i64,
    /// Minutes before the start until which one may move.
    pub change_min: i64,
    /// Appointments that one person may have ahead at the same time, at any office: one, against those who gather places to sell.
    pub most_open: i64,
    /// Appointments of one person in a week, Monday to Sunday, missed ones among them.
    pub most_week: i64,
    /// The same in a calendar month.
    pub most_month: i64,
    /// Missed appointments after which somebody can't book for a while (rqsbdc: 2).
    pub misses: i64,
    /// Days within which misses count together.
    pub misses_within_days: i64,
    /// Days after the last miss in which nothing can be booked (rqsbdc: three months).
    pub ban_days: i64,
    /// Minutes that a hold lasts.
    pub hold_min: i64,
    /// Minutes that a returned place is kept for the waiting list. 0: it is free at once.
    pub cool_down_min: i64,
    /// Minutes before the start from which one may check in (D13: 15).
    pub check_in_from_min: i64,
    /// Minutes after the start at which who has not come has missed it.
    pub late_after_min: i64,
    /// The minute of the day at which the furthest day opens; `None`: at midnight.
    pub release_at: Option<i32>,
    /// Whether there is a waiting list.
    pub waiting_list: bool,
    /// Whether its windows take the photo of who comes without a receipt. Not where nobody says so: a camera is needed.
    pub window_photo: bool,
}

impl Default for BookingPolicy {
    fn default() -> Self {
        Self {
            days_ahead: 5,
            same_day: false,
            earliest_min: 60,
            cancel_min: 120,
            change_min: 120,
            most_open: 1,
            most_week: 0,
            most_month: 0,
            misses: 2,
            misses_within_days: 90,
            ban_days: 90,
            hold_min: 10,
            cool_down_min: 0,
            check_in_from_min: 15,
            late_after_min: 30,
            release_at: None,
            waiting_list: true,
            window_photo: false,
        }
    }
}

impl BookingPolicy {
    /// The first and the last day that can be booked on a day. Where the first is after the last, none can.
    #[must_use]
    pub fn bookable(&self, today: Date, calendar: &Calendar) -> (Date, Date) {
        let first = if self.same_day { today } else { today.tomorrow().unwrap_or(today) };
        let mut last = today;
        for _ in 0..self.days_ahead.clamp(0, MOST_DAYS_AHEAD) {
            last = calendar.next_working_day(last);
        }
        (first, last)
    }

    /// The first and the last day that can be booked at a time on the office's wall: the furthest day opens at
    /// [`release_at`](Self::release_at).
    #[must_use]
    pub fn bookable_at(&self, wall: Slot, calendar: &Calendar) -> (Date, Date) {
        let (first, last) = self.bookable(wall.day, calendar);
        match self.release_at {
            Some(minute) if wall.minute < minute => {
                let yesterday = wall.day.yesterday().unwrap_or(wall.day);
                (first, self.bookable(yesterday, calendar).1)
            }
            _ => (first, last),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn five_working_days_ahead_but_not_today() {
        let calendar = Calendar::built_in().unwrap();
        let policy = BookingPolicy::default();
        // A Wednesday: the next five working days end on the Wednesday after.
        assert_eq!(policy.bookable(date(2026, 11, 25), &calendar), (date(2026, 11, 26), date(2026, 12, 2)));
        // Before National Day: holidays are no working days, and the Saturday that is worked for them is one.
        assert_eq!(policy.bookable(date(2026, 9, 30), &calendar).1, date(2026, 10, 13));
    }

    #[test]
    fn a_window_of_no_days_is_empty() {
        let calendar = Calendar::built_in().unwrap();
        let policy = BookingPolicy { days_ahead: 0, ..BookingPolicy::default() };
        let (first, last) = policy.bookable(date(2026, 11, 25), &calendar);
        assert!(first > last);
        let today = BookingPolicy { days_ahead: 0, same_day: true, ..BookingPolicy::default() };
        assert_eq!(today.bookable(date(2026, 11, 25), &calendar), (date(2026, 11, 25), date(2026, 11, 25)));
    }

    #[test]
    fn the_furthest_day_opens_at_its_minute() {
        let calendar = Calendar::built_in().unwrap();
        let policy = BookingPolicy { release_at: Some(540), ..BookingPolicy::default() };
        let at = |minute| policy.bookable_at(Slot { day: date(2026, 11, 25), minute }, &calendar).1;
        assert_eq!(at(539), date(2026, 12, 1));
        assert_eq!(at(540), date(2026, 12, 2));
    }

    #[test]
    fn a_policy_that_was_kept_before_a_field_was_added_is_still_read() {
        let read: BookingPolicy = serde_json::from_str(r#"{"days_ahead":3}"#).unwrap();
        assert_eq!(read, BookingPolicy { days_ahead: 3, ..BookingPolicy::default() });
    }
}

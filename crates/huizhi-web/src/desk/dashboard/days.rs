//! Which days are asked for, and by what they are counted.

use std::collections::BTreeMap;

use huizhi_domain::day;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Deserialize;

/// Spans that a button asks for: days before today, and by what they are drawn.
const SPANS: [(&str, i64, &str); 4] =
    [("week", 7, "day"), ("month", 30, "day"), ("quarter", 90, "week"), ("year", 365, "month")];

/// By what orders are counted.
const STEPS: [&str; 3] = ["day", "week", "month"];

/// Days that are counted at once at most.
const MOST_DAYS: i32 = 367;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    span: String,
    since: String,
    until: String,
    /// A word of [`STEPS`]; the button's where it is none.
    by: String,
    /// A city's code; all where it is empty.
    pub city: String,
    /// Which sheet: `orders`, `codes` or `cities`.
    pub of: String,
}

/// The days that are asked for, both of them too, and by what they are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    pub since: Date,
    pub until: Date,
    /// The button's, where it is one of theirs.
    pub button: &'static str,
    pub step: &'static str,
}

impl Asked {
    /// The days; `None` where none can be meant.
    pub fn days(&self, today: Date) -> Option<Days> {
        let chosen = STEPS.into_iter().find(|step| *step == self.by);
        let button = |name: &str| SPANS.into_iter().find(|(known, ..)| *known == name);
        let bare = self.since.is_empty() && self.until.is_empty();
        if let Some((button, before, step)) = button(&self.span).or_else(|| button("month").filter(|_| bare)) {
            let since = today.checked_sub(before.days()).unwrap_or(today);
            return Some(Days { since, until: today, button, step: chosen.unwrap_or(step) });
        }
        let (since, until) = (day::read(&self.since)?, day::read(&self.until)?);
        let days = since.until(until).ok()?.get_days();
        let usual = if days > 120 { "month" } else { "day" };
        let step = chosen.unwrap_or(usual);
        (0..MOST_DAYS).contains(&days).then_some(Days { since, until, button: "", step })
    }
}

impl Days {
    /// The stretch that a day is counted in, by its first day: `2026-11-23`, or `2026-11` for a month.
    fn stretch(self, day: Date) -> String {
        match self.step {
            "week" => {
                let after_monday = i64::from(day.weekday().to_monday_zero_offset());
                day.checked_sub(after_monday.days()).unwrap_or(day).to_string()
            }
            "month" => format!("{:04}-{:02}", day.year(), day.month()),
            _ => day.to_string(),
        }
    }

    /// Orders by stretch, with those that have none.
    pub fn counted(self, orders: &BTreeMap<Date, i64>) -> BTreeMap<String, i64> {
        let mut counted = BTreeMap::new();
        let mut day = self.since;
        while day <= self.until {
            *counted.entry(self.stretch(day)).or_default() += orders.get(&day).copied().unwrap_or_default();
            let Ok(tomorrow) = day.tomorrow() else { break };
            day = tomorrow;
        }
        counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_a_buttons_or_both_given_in_order() {
        let today = day("2026-11-25");
        let asked = |span: &str, since: &str, until: &str, by: &str| {
            let text = str::to_owned;
            let asked =
                Asked { span: text(span), since: text(since), until: text(until), by: text(by), ..Asked::default() };
            asked.days(today).map(|it| (it.since.to_string(), it.until.to_string(), it.step))
        };
        let days = |since: &str, until: &str, step: &'static str| Some((since.to_owned(), until.to_owned(), step));
        assert_eq!(asked("", "", "", ""), days("2026-10-26", "2026-11-25", "day"));
        assert_eq!(asked("year", "", "", ""), days("2025-11-25", "2026-11-25", "month"));
        assert_eq!(asked("quarter", "", "", "day"), days("2026-08-27", "2026-11-25", "day"));
        assert_eq!(asked("", "2026-01-01", "2026-11-01", ""), days("2026-01-01", "2026-11-01", "month"));
        assert_eq!(asked("", "2026-11-02", "2026-11-01", ""), None);
        assert_eq!(asked("", "2024-11-02", "2026-11-01", ""), None, "more than a year");
    }

    #[test]
    fn orders_are_counted_by_day_week_and_month_and_days_without_any_stand_too() {
        let orders = BTreeMap::from([(day("2026-11-29"), 2), (day("2026-11-30"), 3), (day("2026-12-01"), 4)]);
        let counted = |step: &'static str| {
            let days = Days { since: day("2026-11-28"), until: day("2026-12-01"), button: "", step };
            days.counted(&orders).into_iter().collect::<Vec<_>>()
        };
        let pair = |of: &str, count: i64| (of.to_owned(), count);
        assert_eq!(counted("month"), [pair("2026-11", 5), pair("2026-12", 4)]);
        assert_eq!(counted("week"), [pair("2026-11-23", 2), pair("2026-11-30", 7)]);
        assert_eq!(counted("day").first(), Some(&pair("2026-11-28", 0)));
    }
}

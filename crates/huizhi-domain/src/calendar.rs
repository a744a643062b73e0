//! Working days of China: weekends, public holidays, and the weekend days that are worked instead (调休).
//!
//! The notices of the State Council, a file a year: `specs/calendar/`. A year without a notice has weekends only, and says
//! so: the notice for 2027 was not found when this was written (November 2026).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

/// The years that come with the crate; a test holds that the folder has no other.
const BUILT_IN: &[(&str, &str)] = &[
    ("2024", include_str!("../../../specs/calendar/2024.toml")),
    ("2025", include_str!("../../../specs/calendar/2025.toml")),
    ("2026", include_str!("../../../specs/calendar/2026.toml")),
];

/// A day at the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day<'a> {
    /// Worked, as most days from Monday to Friday.
    Working,
    /// A weekend day that is worked for a holiday (调休上班).
    WorkingInstead(&'a HolidayName),
    /// A weekend.
    Weekend,
    /// A public holiday, or a day off beside it.
    Holiday(&'a HolidayName),
}

/// What a holiday is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolidayName {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A year's file that cannot be read. The operator's to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("calendar {file}: {why}")]
pub struct CalendarError {
    /// The file's name without `.toml`.
    pub file: String,
    /// The key and value at fault.
    pub why: String,
}

/// The working days.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    years: BTreeSet<i16>,
    off: BTreeMap<Date, HolidayName>,
    worked: BTreeMap<Date, HolidayName>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Year {
    #[serde(rename = "year")]
    number: i16,
    #[serde(rename = "source")]
    _source: Source,
    holiday: Vec<Holiday>,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    name: HolidayName,
    from: String,
    to: String,
    work: Vec<String>,
}

/// The years that come with the crate, name without `.toml` and text.
#[must_use]
pub fn files() -> &'static [(&'static str, &'static str)] {
    BUILT_IN
}

impl Calendar {
    /// The years that come with the crate.
    ///
    /// # Errors
    /// [`CalendarError`] for a faulty file; a test holds that there is none.
    pub fn built_in() -> Result<Self, CalendarError> {
        Self::read(BUILT_IN)
    }

    /// Reads files, a year each: name without `.toml`, and text.
    ///
    /// # Errors
    /// As [`Self::add_year`].
    pub fn read(files: &[(&str, &str)]) -> Result<Self, CalendarError> {
        let mut calendar = Self::default();
        for (name, text) in files {
            calendar.add_year(name, text)?;
        }
        Ok(calendar)
    }

    /// Adds a year's file; `name` is its name without `.toml` and must be the year.
    ///
    /// # Errors
    /// [`CalendarError`] for a faulty text, a year that is there, or a day outside the year or given twice.
    pub fn add_year(&mut self, name: &str, text: &str) -> Result<(), CalendarError> {
        let fault = |why: String| CalendarError { file: name.to_owned(), why };
        let year: Year = toml::from_str(text).map_err(|e| fault(e.to_string().trim_end().to_owned()))?;
        if year.number.to_string() != name {
            return Err(fault(format!("year is {}, not the file's name", year.number)));
        }
        if !self.years.insert(year.number) {
            return Err(fault("the year is given twice".to_owned()));
        }
        for holiday in year.holiday {
            self.add(year.number, &holiday).map_err(fault)?;
        }
        Ok(())
    }

    /// Whether the holidays of a day's year are known. Where they are not, a holiday passes for a working day.
    #[must_use]
    pub fn knows(&self, day: Date) -> bool {
        self.years.contains(&day.year())
    }

    /// What a day is.
    #[must_use]
    pub fn day(&self, day: Date) -> Day<'_> {
        if let Some(name) = self.off.get(&day) {
            Day::Holiday(name)
        } else if let Some(name) = self.worked.get(&day) {
            Day::WorkingInstead(name)
        } else if is_weekend(day) {
            Day::Weekend
        } else {
            Day::Working
        }
    }

    /// Whether offices work on a day, as far as the calendar [knows](Self::knows).
    #[must_use]
    pub fn is_working_day(&self, day: Date) -> bool {
        matches!(self.day(day), Day::Working | Day::WorkingInstead(_))
    }

    /// The first working day after a day.
    #[must_use]
    pub fn next_working_day(&self, day: Date) -> Date {
        day.tomorrow().map_or(day, |tomorrow| self.working_day_from(tomorrow))
    }

    /// The day itself where it is worked, otherwise the first working day after it.
    #[must_use]
    pub fn working_day_from(&self, day: Date) -> Date {
        let mut from = day;
        while !self.is_working_day(from) {
            let Ok(tomorrow) = from.tomorrow() else { return day };
            from = tomorrow;
        }
        from
    }

    /// The last day of a term of days. The day after issue is its first (D1); with `move_over_holidays`, a last day that is
    /// not worked moves to the next one that is (节假日顺延). Days past the end of the calendar (the year 9999) are cut off.
    #[must_use]
    pub fn valid_until(&self, issued: Date, days: u32, move_over_holidays: bool) -> Date {
        let last = issued.saturating_add(jiff::Span::new().days(days.min(1_000_000)));
        if move_over_holidays { self.working_day_from(last) } else { last }
    }

    fn add(&mut self, year: i16, holiday: &Holiday) -> Result<(), String> {
        let name = &holiday.name.zh;
        let day = |key: &str, text: &str| {
            let day: Date = text.parse().map_err(|_| format!("{name}: {key} “{text}” is no date"))?;
            if day.year() == year { Ok(day) } else { Err(format!("{name}: {key} {day} is not in {year}")) }
        };
        let (mut from, to) = (day("from", &holiday.from)?, day("to", &holiday.to)?);
        if from > to {
            return Err(format!("{name}: from {from} is after to {to}"));
        }
        while from <= to {
            if self.off.insert(from, holiday.name.clone()).is_some() {
                return Err(format!("{name}: {from} is given twice"));
            }
            let Ok(tomorrow) = from.tomorrow() else { break };
            from = tomorrow;
        }
        for text in &holiday.work {
            let worked = day("work", text)?;
            if !is_weekend(worked) {
                return Err(format!("{name}: work {worked} is no weekend day"));
            }
            if self.off.contains_key(&worked) || self.worked.insert(worked, holiday.name.clone()).is_some() {
                return Err(format!("{name}: work {worked} is given twice"));
            }
        }
        Ok(())
    }
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn calendar() -> Calendar {
        Calendar::built_in().unwrap()
    }

    #[test]
    fn holidays_rest_and_their_make_up_days_work() {
        let calendar = calendar();
        for (day, working) in [
            (date(2024, 2, 9), true),
            (date(2024, 2, 12), false),
            (date(2024, 2, 18), true),
            (date(2025, 1, 26), true),
            (date(2025, 10, 8), false),
            (date(2025, 10, 11), true),
            (date(2026, 1, 2), false),
            (date(2026, 1, 4), true),
            (date(2026, 2, 23), false),
            (date(2026, 11, 25), true),
            (date(2026, 11, 28), false),
        ] {
            assert_eq!(calendar.is_working_day(day), working, "{day}");
        }
        assert!(matches!(calendar.day(date(2026, 10, 1)), Day::Holiday(name) if name.en == "National Day"));
        assert!(matches!(calendar.day(date(2026, 10, 10)), Day::WorkingInstead(name) if name.zh == "国庆节"));
    }

    #[test]
    fn a_year_has_as_many_working_days_as_the_notices_leave() {
        let calendar = calendar();
        for (year, days) in [(2024, 251), (2025, 248), (2026, 248)] {
            let all = date(year, 1, 1).series(jiff::Span::new().days(1)).take_while(|day| day.year() == year);
            assert_eq!(all.filter(|day| calendar.is_working_day(*day)).count(), days, "{year}");
        }
    }

    #[test]
    fn a_year_without_a_notice_has_weekends_only_and_says_so() {
        let calendar = calendar();
        assert!(calendar.knows(date(2026, 12, 31)) && !calendar.knows(date(2027, 1, 1)));
        assert!(calendar.is_working_day(date(2027, 10, 1)));
        assert_eq!(calendar.day(date(2027, 10, 2)), Day::Weekend);
    }

    #[test]
    fn a_term_begins_on_the_day_after_issue_and_moves_over_holidays_where_asked() {
        let calendar = calendar();
        assert_eq!(calendar.valid_until(date(2026, 9, 30), 1, false), date(2026, 10, 1));
        assert_eq!(calendar.valid_until(date(2026, 9, 30), 1, true), date(2026, 10, 8));
        // The Sunday before the holidays is worked: nothing moves.
        assert_eq!(calendar.valid_until(date(2026, 9, 19), 1, true), date(2026, 9, 20));
        assert_eq!(calendar.next_working_day(date(2026, 2, 13)), date(2026, 2, 14));
        assert_eq!(calendar.next_working_day(date(2026, 2, 14)), date(2026, 2, 24));
        assert_eq!(calendar.valid_until(Date::MAX, 10, true), Date::MAX);
    }

    #[test]
    fn no_file_of_the_folder_is_left_out() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/calendar");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), BUILT_IN.len());
    }

    #[test]
    fn a_faulty_file_is_told_with_its_name_and_key() {
        let told = |holiday: &str| {
            let source = "[source]\ntitle = \"\"\nurls = []\nkind = \"\"\nchecked = \"\"\nconfidence = \"\"\n";
            let name = "[[holiday]]\nname = { zh = \"元旦\", en = \"New Year\" }\n";
            let text = format!("year = 2030\n{source}{name}{holiday}");
            Calendar::default().add_year("2030", &text).unwrap_err().to_string()
        };
        let backwards = told("from = \"2030-01-03\"\nto = \"2030-01-01\"\nwork = []");
        assert_eq!(backwards, "calendar 2030: 元旦: from 2030-01-03 is after to 2030-01-01");
        let outside = told("from = \"2029-12-31\"\nto = \"2030-01-01\"\nwork = []");
        assert_eq!(outside, "calendar 2030: 元旦: from 2029-12-31 is not in 2030");
        let weekday = told("from = \"2030-01-01\"\nto = \"2030-01-01\"\nwork = [\"2030-01-02\"]");
        assert_eq!(weekday, "calendar 2030: 元旦: work 2030-01-02 is no weekend day");
        assert!(told("from = \"2030-01-01\"").contains("missing field"));
    }

    proptest! {
        #[test]
        fn a_moved_term_ends_on_a_working_day_and_never_earlier(offset in 0..1_500_i64, days in 1..400_u32) {
            let calendar = calendar();
            let issued = date(2024, 1, 1).saturating_add(jiff::Span::new().days(offset));
            let (plain, moved) = (calendar.valid_until(issued, days, false), calendar.valid_until(issued, days, true));
            prop_assert!(calendar.is_working_day(moved) && moved >= plain);
            prop_assert!(plain > issued);
        }
    }
}

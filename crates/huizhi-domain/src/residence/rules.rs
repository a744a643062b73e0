//! The files of `specs/residence/`: ages and terms, each with who says so, from a day on.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::policy::Confidence;

/// The files that come with the crate; a test holds that the folder has no other.
const BUILT_IN: &[(&str, &str)] = &[("2026-01-01", include_str!("../../../../specs/residence/2026-01-01.toml"))];

/// A file of rules that can't be read. The operator's to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("residence/{file}.toml: {why}")]
pub struct RulesError {
    /// The file's name without `.toml`.
    pub file: String,
    /// The key and value at fault.
    pub why: String,
}

/// What holds from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    version: u32,
    /// The day.
    pub from: Date,
    /// For whom family declares.
    pub family: Family,
    /// One's own house.
    pub own: Own,
    /// How long a residence is valid.
    pub validity: Validity,
    /// How long a landlord's link is good.
    pub link: Link,
    /// How long a code is good.
    pub code: Code,
    /// How long what is over is kept.
    pub kept: Kept,
    sources: BTreeMap<String, Source>,
}

/// For whom family declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// For the younger than this, full years.
    pub below_age: u8,
    /// For the older than this, full years.
    pub above_age: u8,
    source: String,
    confidence: Confidence,
}

/// One's own house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// From this level of an account on its owner's word is enough.
    pub alone_from_assurance: u8,
    source: String,
    confidence: Confidence,
    note: Option<String>,
}

/// How long a residence is valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// Days from the confirmation on.
    pub days: i64,
    source: String,
    confidence: Confidence,
    note: Option<String>,
}

/// How long a landlord's link is good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Days.
    pub days: i64,
    source: String,
    confidence: Confidence,
}

/// How long a code is good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Minutes of one that was drawn.
    pub minutes: i64,
    /// Minutes within which new ones are drawn after its holder agreed.
    pub shown_minutes: i64,
    source: String,
    confidence: Confidence,
    note: Option<String>,
}

/// How long what is over is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Days.
    pub days: i64,
    source: String,
    confidence: Confidence,
    note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    title: String,
    urls: Vec<String>,
    kind: String,
    checked: String,
}

impl Rules {
    /// The last day of a residence that is confirmed on a day.
    #[must_use]
    pub fn valid_until(&self, confirmed: Date) -> Date {
        confirmed.checked_add(self.validity.days.days()).unwrap_or(confirmed)
    }

    /// How long a landlord's link is good, ms.
    #[must_use]
    pub const fn link_ms(&self) -> i64 {
        self.link.days * 24 * 3_600_000
    }

    /// How long a drawn code is good, ms.
    #[must_use]
    pub const fn code_ms(&self) -> i64 {
        self.code.minutes * 60_000
    }

    /// How long codes are drawn after their holder agreed, ms.
    #[must_use]
    pub const fn shown_ms(&self) -> i64 {
        self.code.shown_minutes * 60_000
    }

    /// How long a declaration that is over is kept, ms.
    #[must_use]
    pub const fn kept_ms(&self) -> i64 {
        self.kept.days * 24 * 3_600_000
    }

    fn fault(&self) -> Option<String> {
        if self.version != 1 {
            return Some(format!("version is {}, and only 1 is known", self.version));
        }
        if self.family.below_age > self.family.above_age {
            return Some("family.below_age is over family.above_age".to_owned());
        }
        let code = &self.code;
        let terms = [self.validity.days, self.link.days, code.minutes, code.shown_minutes, self.kept.days];
        if terms.iter().any(|term| !(1..=36_500).contains(term)) {
            return Some("a term is outside of 1 to 36500".to_owned());
        }
        let named = [
            &self.family.source,
            &self.own.source,
            &self.validity.source,
            &self.link.source,
            &code.source,
            &self.kept.source,
        ];
        let missing = named.into_iter().find(|name| !self.sources.contains_key(*name));
        missing.map(|name| format!("the source “{name}” is not described"))
    }
}

/// The rules of all times.
#[derive(Clone, Debug)]
pub struct Rulebook {
    first: Rules,
    later: Vec<Rules>,
}

/// The files that come with the crate, name without `.toml` and text.
#[must_use]
pub fn files() -> &'static [(&'static str, &'static str)] {
    BUILT_IN
}

impl Rulebook {
    /// The rules that come with the crate.
    ///
    /// # Errors
    /// [`RulesError`] for a faulty file; a test holds that there is none.
    pub fn built_in() -> Result<Self, RulesError> {
        Self::read(BUILT_IN)
    }

    /// Reads files, by name and text.
    ///
    /// # Errors
    /// [`RulesError`] for a faulty file, and where there is none.
    pub fn read(files: &[(&str, &str)]) -> Result<Self, RulesError> {
        let mut all = Vec::new();
        for (name, text) in files {
            let wrong = |why: String| RulesError { file: (*name).to_owned(), why };
            let rules: Rules = toml::from_str(text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
            if let Some(why) = rules.fault() {
                return Err(wrong(why));
            }
            all.push(rules);
        }
        all.sort_by_key(|rules| rules.from);
        let mut all = all.into_iter();
        match all.next() {
            Some(first) => Ok(Self { first, later: all.collect() }),
            None => Err(RulesError { file: "*".to_owned(), why: "there is none".to_owned() }),
        }
    }

    /// What holds on a day; before the first file's day, the first.
    #[must_use]
    pub fn on(&self, day: Date) -> &Rules {
        self.later.iter().rev().find(|rules| rules.from <= day).unwrap_or(&self.first)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_read() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/residence");
        let files = std::fs::read_dir(folder).unwrap().count();
        assert_eq!(files, BUILT_IN.len());
        let rules = Rulebook::built_in().unwrap();
        assert_eq!(rules.on(date(2026, 11, 25)).valid_until(date(2026, 11, 25)), date(2027, 11, 25));
    }

    #[test]
    fn newer_rules_hold_from_their_day_on() {
        let old = BUILT_IN[0].1;
        let new = old
            .replace("from = \"2026-01-01\"", "from = \"2027-03-01\"")
            .replace("days = 365\nsource = \"permit\"", "days = 180\nsource = \"permit\"");
        let rules = Rulebook::read(&[("new", new.as_str()), ("old", old)]).unwrap();
        let days = |day| rules.on(day).validity.days;
        assert_eq!((days(date(2027, 2, 28)), days(date(2027, 3, 1)), days(date(2020, 1, 1))), (365, 180, 365));
    }

    #[test]
    fn a_faulty_file_is_named_with_what_is_wrong() {
        for (from, to, why) in [
            ("version = 1", "version = 2", "version is 2"),
            ("below_age = 18", "below_age = 80", "family.below_age"),
            ("minutes = 3\n", "minutes = 0\n", "a term"),
            ("[sources.permit]", "[sources.other]", "“permit”"),
            ("minutes = 3\n", "minutes = 3\nseconds = 2\n", "seconds"),
        ] {
            let text = BUILT_IN[0].1.replace(from, to);
            let error = Rulebook::read(&[("here", text.as_str())]).unwrap_err().to_string();
            assert!(error.starts_with("residence/here.toml") && error.contains(why), "{error}");
        }
        assert!(Rulebook::read(&[]).is_err());
    }
}

//! What rules must be beyond their form: complete where somebody may come, known keys, and one case for each situation.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::situation::{Age, Home, Situation, Who};
use super::text::{CaseText, MaterialsError, Place, TermText, day};
use super::word::{Allowed, Booking, Receipt, Residence, Term};
use super::{Case, Materials};

/// The longest deadline that is believed, days.
const LONGEST: u16 = 366;

impl CaseText {
    /// The case, where it says all that its kind needs.
    pub(super) fn checked(self, place: &Place) -> Result<Case, String> {
        let lacks = |key: &str| format!("{key} is missing");
        let allowed = self.allowed.ok_or_else(|| lacks("allowed"))?;
        let from = day("from", &self.from.ok_or_else(|| lacks("from"))?)?;
        let until = self.until.map(|text| day("until", &text)).transpose()?;
        if until.is_some_and(|until| until < from) {
            return Err("until is before from".to_owned());
        }
        let sources = self.sources.unwrap_or_default();
        if sources.is_empty() {
            return Err("sources is empty; an answer says who says so".to_owned());
        }
        let validity = terms(&self.validity.unwrap_or_default())?;
        if self.deadline.is_some_and(|it| it.days.max(it.remote_days) > LONGEST) {
            return Err(format!("deadline is longer than {LONGEST} days"));
        }
        if self.receipt == Some(Receipt::Reuse) && self.reuse.is_none() {
            return Err("receipt is reuse, and reuse is missing".to_owned());
        }
        let case = Case {
            id: self.id,
            from,
            until,
            when: self.when,
            allowed,
            says: self.says.ok_or_else(|| lacks("says"))?,
            attends: self.attends,
            channels: self.channels.unwrap_or_default(),
            items: self.items.unwrap_or_default(),
            receipt: self.receipt.unwrap_or(Receipt::None),
            reuse: self.reuse,
            residence: self.residence.unwrap_or(Residence::No),
            fingerprint: self.fingerprint,
            fee_fen: self.fee_fen,
            validity,
            deadline: self.deadline,
            observed: self.observed,
            booking: self.booking.unwrap_or(Booking::None),
            notes: self.notes.unwrap_or_default(),
            conflicts: self.conflicts.unwrap_or_default(),
            instead: self.instead,
            sources,
            confidence: self.confidence.ok_or_else(|| lacks("confidence"))?,
            file: place.file.clone(),
            line: place.line,
        };
        case.of_its_kind().map(|()| case)
    }
}

/// Terms by age, from 0 on and ascending.
fn terms(written: &[TermText]) -> Result<Vec<(u8, Term)>, String> {
    let terms = written.iter().map(TermText::checked).collect::<Result<Vec<_>, _>>()?;
    if terms.first().is_some_and(|(from, _)| *from != 0) {
        return Err("validity must begin at age 0".to_owned());
    }
    if terms.iter().zip(terms.iter().skip(1)).any(|((one, _), (next, _))| one >= next) {
        return Err("validity must rise in from_age".to_owned());
    }
    Ok(terms)
}

impl Case {
    /// Who is refused brings and pays nothing; who may come is told where, with whom and with what.
    fn of_its_kind(&self) -> Result<(), String> {
        let nothing = self.items.is_empty() && self.fee_fen.is_none() && self.validity.is_empty();
        if self.allowed == Allowed::No && !nothing {
            return Err("allowed is no, so there are no items, fee_fen and validity".to_owned());
        }
        if self.allowed != Allowed::Yes && self.notes.is_empty() {
            return Err("notes is empty; a no or a condition says why".to_owned());
        }
        if self.allowed == Allowed::Yes && (self.items.is_empty() || self.attends.is_none()) {
            return Err("allowed is yes, so items and attends are needed".to_owned());
        }
        Ok(())
    }

    fn place(&self) -> Place {
        Place { file: self.file.clone(), line: self.line }
    }
}

/// Whether a key, where there is one, is known.
pub(super) fn known<T>(
    known: &BTreeMap<String, T>,
    key: Option<&String>,
    what: &str,
    place: &Place,
) -> Result<(), MaterialsError> {
    all_known(known, key, what).map_err(|why| place.fault(why))
}

/// Whether all keys are known.
pub(super) fn all_known<'a, T>(
    known: &BTreeMap<String, T>,
    keys: impl IntoIterator<Item = &'a String>,
    what: &str,
) -> Result<(), String> {
    match keys.into_iter().find(|key| !known.contains_key(*key)) {
        Some(key) => Err(format!("{what} “{key}” is not given anywhere")),
        None => Ok(()),
    }
}

/// No two cases are about one situation: which one answers would be chance. Every kind of person, business, obstacle, age at which any
/// rule changes and day on which one begins or ends is tried.
pub(super) fn no_overlap(rules: &Materials) -> Result<(), MaterialsError> {
    let days = days(rules);
    let ages = ages(rules);
    let obstacles: Vec<Option<&str>> =
        [None].into_iter().chain(rules.obstacles.keys().map(|id| Some(id.as_str()))).collect();
    for situation in situations(rules, &ages, &days) {
        for obstacle in &obstacles {
            let mut about = rules.cases.iter().filter(|case| case.is_about(&situation, *obstacle));
            let Some(one) = about.next() else { continue };
            // Editions of one case follow each other by their days.
            if let Some(other) = about.find(|case| case.id != one.id || case.from == one.from) {
                let why = format!("cases “{}” and “{}” are both about {}", one.id, other.id, tell(&situation));
                return Err(other.place().fault(why));
            }
        }
    }
    Ok(())
}

fn tell(situation: &Situation) -> String {
    let (who, home, day) = (situation.who.word(), situation.home.word(), situation.day);
    let age = situation.years().map(|years| format!(", age {years}")).unwrap_or_default();
    format!("{who}, {home}, {}{age}, on {day}", situation.business)
}

/// Ages at which any rule changes, and those before them.
fn ages(rules: &Materials) -> BTreeSet<u8> {
    let of_cases = rules.cases.iter().flat_map(|case| [case.when.from_age, case.when.under_age]);
    let of_items = rules.items.values().flat_map(|it| [it.when.from_age, it.when.under_age]);
    let changes: BTreeSet<u8> = of_cases.chain(of_items).flatten().collect();
    changes.iter().flat_map(|age| [age.saturating_sub(1), *age]).chain([0]).collect()
}

/// Days on which any rule begins, and those after which one ends.
fn days(rules: &Materials) -> BTreeSet<Date> {
    let begins = rules.cases.iter().map(|case| case.from);
    let ends = rules.cases.iter().filter_map(|case| case.until?.tomorrow().ok());
    begins.chain(ends).collect()
}

fn situations(rules: &Materials, ages: &BTreeSet<u8>, days: &BTreeSet<Date>) -> Vec<Situation> {
    let people: Vec<(Who, Home)> =
        Who::ALL.into_iter().flat_map(|who| who.homes().iter().map(move |home| (who, *home))).collect();
    let mut all = Vec::new();
    for (who, home) in people {
        for business in &rules.businesses {
            for years in ages {
                for day in days {
                    let (age, business, day) = (Some(Age::Years(*years)), business.id.clone(), *day);
                    all.push(Situation { who, home, age, business, obstacle: None, day });
                }
            }
        }
    }
    all
}

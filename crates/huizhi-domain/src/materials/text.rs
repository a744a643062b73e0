//! The files of `specs/materials/`: strict, so that a slip of the pen is an error with its line and no silent default.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::answer::{Deadline, Solve};
use super::situation::{When, Who};
use super::word::{Allowed, Booking, Receipt, Residence, Reuse, Said, SourceKind, Term};
use crate::city::RegionCode;
use crate::policy::Confidence;

/// Rules that cannot be read. The editor's, or the operator's, to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("materials/{file}.toml, line {line}: {why}")]
pub struct MaterialsError {
    /// The file's name without `.toml`.
    pub file: String,
    /// The line of the table or key at fault, counted from 1.
    pub line: usize,
    /// What is wrong, with the key.
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileText {
    pub(super) version: u32,
    pub(super) city: RegionCode,
    #[serde(default)]
    pub(super) business: Vec<Spanned<BusinessText>>,
    #[serde(default)]
    pub(super) item: Vec<Spanned<ItemText>>,
    #[serde(default)]
    pub(super) texts: BTreeMap<String, Spanned<SentenceText>>,
    #[serde(default)]
    pub(super) obstacles: BTreeMap<String, Spanned<Said>>,
    #[serde(default)]
    pub(super) case: Vec<Spanned<CaseText>>,
    #[serde(default)]
    pub(super) sources: BTreeMap<String, Spanned<SourceText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BusinessText {
    pub(super) id: String,
    pub(super) name: Said,
    pub(super) hint: Option<Said>,
    pub(super) for_who: Vec<Who>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemText {
    pub(super) id: String,
    pub(super) name: Said,
    pub(super) why: Option<Said>,
    #[serde(default)]
    pub(super) any_of: Vec<Said>,
    #[serde(default)]
    pub(super) more: bool,
    #[serde(default)]
    pub(super) advised: bool,
    #[serde(default)]
    pub(super) guardian: bool,
    #[serde(default)]
    pub(super) when: When,
    pub(super) solve: Option<Solve>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SentenceText {
    pub(super) zh: String,
    pub(super) en: String,
    pub(super) source: Option<String>,
    #[serde(default)]
    pub(super) when: When,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceText {
    pub(super) title: String,
    pub(super) urls: Vec<String>,
    pub(super) kind: SourceKind,
    pub(super) checked: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TermText {
    #[serde(default)]
    from_age: u8,
    months: Option<u8>,
    years: Option<u8>,
    #[serde(default)]
    long_term: bool,
}

/// A case as it is written: what it leaves out is taken from the case that it is like.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseText {
    pub(super) id: String,
    pub(super) like: Option<String>,
    pub(super) from: Option<String>,
    pub(super) until: Option<String>,
    #[serde(default)]
    pub(super) when: When,
    pub(super) allowed: Option<Allowed>,
    pub(super) says: Option<String>,
    pub(super) attends: Option<String>,
    pub(super) channels: Option<Vec<String>>,
    pub(super) items: Option<Vec<String>>,
    pub(super) receipt: Option<Receipt>,
    pub(super) reuse: Option<Reuse>,
    pub(super) residence: Option<Residence>,
    pub(super) fingerprint: Option<String>,
    pub(super) fee_fen: Option<u32>,
    pub(super) validity: Option<Vec<TermText>>,
    pub(super) deadline: Option<Deadline>,
    pub(super) observed: Option<String>,
    pub(super) booking: Option<Booking>,
    pub(super) notes: Option<Vec<String>>,
    pub(super) conflicts: Option<Vec<String>>,
    pub(super) instead: Option<String>,
    pub(super) sources: Option<Vec<String>>,
    pub(super) confidence: Option<Confidence>,
}

/// Where something is written.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: usize,
}

impl Place {
    pub(super) fn fault(&self, why: impl Into<String>) -> MaterialsError {
        MaterialsError { file: self.file.clone(), line: self.line, why: why.into() }
    }
}

impl CaseText {
    /// With what it leaves out itself from a model.
    pub(super) fn filled_from(self, model: &Self) -> Self {
        let model = model.clone();
        Self {
            from: self.from.or(model.from),
            until: self.until.or(model.until),
            allowed: self.allowed.or(model.allowed),
            says: self.says.or(model.says),
            attends: self.attends.or(model.attends),
            channels: self.channels.or(model.channels),
            items: self.items.or(model.items),
            receipt: self.receipt.or(model.receipt),
            reuse: self.reuse.or(model.reuse),
            residence: self.residence.or(model.residence),
            fingerprint: self.fingerprint.or(model.fingerprint),
            fee_fen: self.fee_fen.or(model.fee_fen),
            validity: self.validity.or(model.validity),
            deadline: self.deadline.or(model.deadline),
            observed: self.observed.or(model.observed),
            booking: self.booking.or(model.booking),
            notes: self.notes.or(model.notes),
            conflicts: self.conflicts.or(model.conflicts),
            instead: self.instead.or(model.instead),
            sources: self.sources.or(model.sources),
            confidence: self.confidence.or(model.confidence),
            ..self
        }
    }
}

impl TermText {
    /// The age from which it holds, and the term.
    pub(super) fn checked(&self) -> Result<(u8, Term), String> {
        let term = match (self.months, self.years, self.long_term) {
            (Some(months), None, false) => Term::Months(months),
            (None, Some(years), false) => Term::Years(years),
            (None, None, true) => Term::LongTerm,
            _ => return Err("validity needs one of months, years and long_term".to_owned()),
        };
        Ok((self.from_age, term))
    }
}

/// A day as it is written.
pub(super) fn day(key: &str, text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("{key} “{text}” is no day; it is written 2026-12-01"))
}

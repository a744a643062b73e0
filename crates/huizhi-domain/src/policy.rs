//! Policies (规定): what a city asks of a document's photo receipt. Data: `specs/policies/`.
//!
//! Every value is looked up by itself: the city's row for the document, the province's, the country's, and at last the
//! country's rows for any document. It keeps the row that it came from, with source and confidence, because many of these
//! texts are weak and some disagree.

mod row;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::applicant::IdKind;
use crate::calendar::Calendar;
use crate::city::RegionCode;
use crate::materials::Said;

pub use row::PolicyError;
use row::{File, Row};

/// How far a value is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// One weak source, sources that disagree, or our own choice.
    Low,
    /// One good source or several commercial ones.
    Medium,
    /// An official text or several agreeing sources.
    High,
}

/// A value with the row that it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// The place whose row says so: the city, its province or [`RegionCode::COUNTRY`].
    pub region: RegionCode,
    /// Where the row has it from: title and address.
    pub source: Said,
    /// How far it is trusted.
    pub confidence: Confidence,
}

/// Whether the place takes a receipt for the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acceptance {
    /// It does.
    Accepted,
    /// It does not: the counter takes the photo (I02).
    None,
}

/// How long a receipt is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Validity {
    /// Days, counted from the day after issue.
    pub days: u16,
    /// Whether a last day without work moves to the next working day (节假日顺延).
    pub move_over_holidays: bool,
}

impl Validity {
    /// The last day on which a receipt issued on a day is good.
    #[must_use]
    pub fn until(self, issued: Date, calendar: &Calendar) -> Date {
        calendar.valid_until(issued, u32::from(self.days), self.move_over_holidays)
    }
}

/// What the citizen is asked besides photo and city.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// The name.
    Name,
    /// The number of the identity document.
    IdNumber,
    /// A telephone number.
    Phone,
    /// The guardian, where the applicant is under 16.
    #[serde(rename = "guardian-under-16")]
    GuardianUnder16,
}

/// By what the counter finds the photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lookup {
    /// The receipt's number.
    Number,
    /// The applicant's ID number; the sheet has no number of its own (Hunan).
    IdNumber,
    /// Both together (Sichuan).
    NumberAndIdNumber,
}

/// How long the service promises to take, minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turnaround {
    /// At the least.
    pub min: u16,
    /// At the most.
    pub max: u16,
}

/// When no new receipt is needed, because a photo was accepted in the same prefecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reuse {
    /// For how many years.
    pub years: u8,
    /// From which age of the applicant on; `None`: any.
    pub from_age: Option<u8>,
}

/// What a city asks of a document's receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// The city.
    pub city: RegionCode,
    /// The document's id.
    pub document: String,
    /// The version of the rows that it comes from: the files' names and numbers, `guangdong.1 country.1`.
    pub version: String,
    /// Whether a receipt is taken.
    pub receipt: Sourced<Acceptance>,
    /// How long it is good.
    pub validity: Sourced<Validity>,
    /// The documents for which it is good, each once (D2); this one is always among them.
    pub uses: Sourced<BTreeSet<String>>,
    /// What is asked besides photo and city.
    pub fields: Sourced<BTreeSet<Field>>,
    /// Whether the applicant's number can only be a resident's (公民身份号码), which the document itself carries.
    pub resident_number: Option<Sourced<bool>>,
    /// By what the counter finds the photo.
    pub lookup: Sourced<Lookup>,
    /// The price, fen (0.01 yuan).
    pub price_fen: Sourced<u32>,
    /// The promise.
    pub turnaround: Sourced<Turnaround>,
    /// When none is needed.
    pub reuse: Option<Sourced<Reuse>>,
    /// Notes of the rows for this document, the city's first.
    pub notes: Vec<String>,
}

impl Policy {
    /// Whether the citizen is asked for a field.
    #[must_use]
    pub fn asks(&self, field: Field) -> bool {
        self.fields.value.contains(&field)
    }

    /// Whether a number of that kind can be the applicant's.
    #[must_use]
    pub fn takes(&self, kind: IdKind) -> bool {
        kind == IdKind::ResidentId || !self.resident_number.as_ref().is_some_and(|it| it.value)
    }
}

/// All policies.
#[derive(Clone, Debug)]
pub struct Policies {
    rows: BTreeMap<RegionCode, Vec<Row>>,
    default: Default,
}

/// What the country says where nobody says anything; a table without these values is not read.
#[derive(Clone, Debug)]
struct Default {
    receipt: Sourced<Acceptance>,
    validity: Sourced<Validity>,
    fields: Sourced<BTreeSet<Field>>,
    lookup: Sourced<Lookup>,
    price_fen: Sourced<u32>,
    turnaround: Sourced<Turnaround>,
    version: String,
}

/// The files that come with the crate, name without `.toml` and text.
#[must_use]
pub fn files() -> &'static [(&'static str, &'static str)] {
    row::BUILT_IN
}

impl Policies {
    /// The policies that come with the crate.
    ///
    /// # Errors
    /// [`PolicyError`] for a faulty file; a test holds that there is none.
    pub fn built_in() -> Result<Self, PolicyError> {
        Self::read(row::BUILT_IN)
    }

    /// Reads files: name without `.toml`, and text. Their order does not matter.
    ///
    /// # Errors
    /// [`PolicyError`], naming the file and the key at fault; also where two rows of a place say the same about a document,
    /// or the country leaves a value open.
    pub fn read(files: &[(&str, &str)]) -> Result<Self, PolicyError> {
        let mut rows: BTreeMap<RegionCode, Vec<Row>> = BTreeMap::new();
        for (name, text) in files {
            for row in File::read(name, text)? {
                rows.entry(row.region).or_default().push(row);
            }
        }
        row::no_contradiction(&rows)?;
        let country: Vec<&Row> =
            rows.get(&RegionCode::COUNTRY).into_iter().flatten().filter(|r| r.is_general()).collect();
        let default = Default::of(&country)?;
        Ok(Self { rows, default })
    }

    /// What a city asks of a document's receipt.
    #[must_use]
    pub fn of(&self, city: RegionCode, document: &str) -> Policy {
        let rows = self.about(city, document);
        let default = &self.default;
        let receipt = first(&rows, |r| r.receipt).unwrap_or_else(|| default.receipt.clone());
        let mut uses = first(&rows, |r| r.uses.clone()).unwrap_or_else(|| Sourced {
            value: BTreeSet::new(),
            region: receipt.region,
            source: receipt.source.clone(),
            confidence: receipt.confidence,
        });
        uses.value.insert(document.to_owned());
        let mut versions: Vec<&str> = rows.iter().map(|row| row.version.as_str()).collect();
        versions.push(&default.version);
        versions.dedup();
        Policy {
            city,
            document: document.to_owned(),
            version: versions.join(" "),
            validity: first_validity(&rows).unwrap_or_else(|| default.validity.clone()),
            uses,
            fields: first(&rows, |r| r.fields.clone()).unwrap_or_else(|| default.fields.clone()),
            resident_number: first(&rows, |r| r.resident_number),
            lookup: first(&rows, |r| r.lookup).unwrap_or_else(|| default.lookup.clone()),
            price_fen: first(&rows, |r| r.price_fen).unwrap_or_else(|| default.price_fen.clone()),
            turnaround: first(&rows, |r| r.turnaround).unwrap_or_else(|| default.turnaround.clone()),
            reuse: first(&rows, |r| r.reuse),
            notes: rows.iter().filter_map(|row| row.note.clone()).collect(),
            receipt,
        }
    }

    /// The documents for which a city takes a receipt, sorted.
    #[must_use]
    pub fn documents_of(&self, city: RegionCode) -> Vec<String> {
        let named: BTreeSet<&String> = self.rows.values().flatten().flat_map(|row| &row.documents).collect();
        let accepted = |document: &&&String| self.of(city, document).receipt.value == Acceptance::Accepted;
        named.iter().filter(accepted).map(|document| (*document).clone()).collect()
    }

    /// The documents of a city's rows that name a document, sorted: what is written into such a row holds for all of them.
    #[must_use]
    pub fn together(&self, city: RegionCode, document: &str) -> Vec<String> {
        let rows = self.rows.get(&city).into_iter().flatten();
        let rows = rows.filter(|row| row.documents.iter().any(|named| named == document));
        let documents: BTreeSet<&String> = rows.flat_map(|row| &row.documents).collect();
        documents.into_iter().cloned().collect()
    }

    /// The places that have rows of their own.
    pub fn regions(&self) -> impl Iterator<Item = RegionCode> + '_ {
        self.rows.keys().copied()
    }

    /// All documents that any row names, sorted.
    #[must_use]
    pub fn documents(&self) -> BTreeSet<&str> {
        let rows = self.rows.values().flatten();
        rows.flat_map(|row| row.documents.iter().chain(row.uses.iter().flatten())).map(String::as_str).collect()
    }

    /// The rows that name the document: of the city, its province, the country.
    fn about(&self, city: RegionCode, document: &str) -> Vec<&Row> {
        let mut places = vec![city, city.province(), RegionCode::COUNTRY];
        // A municipality is its own province.
        places.dedup();
        let rows = places.iter().filter_map(|place| self.rows.get(place)).flatten();
        rows.filter(|row| row.documents.iter().any(|named| named == document)).collect()
    }
}

fn first<T>(rows: &[&Row], value: impl Fn(&Row) -> Option<T>) -> Option<Sourced<T>> {
    rows.iter().find_map(|row| value(row).map(|value| row.sourced(value)))
}

/// The validity may have a source of its own within its row.
fn first_validity(rows: &[&Row]) -> Option<Sourced<Validity>> {
    rows.iter().find_map(|row| row.validity())
}

impl Default {
    fn of(country: &[&Row]) -> Result<Self, PolicyError> {
        let open = |key: &str| PolicyError {
            file: "country".to_owned(),
            why: format!("{key} is missing: a row of region 100000 without documents must give it"),
        };
        Ok(Self {
            receipt: first(country, |r| r.receipt).ok_or_else(|| open("receipt"))?,
            validity: first_validity(country).ok_or_else(|| open("validity"))?,
            fields: first(country, |r| r.fields.clone()).ok_or_else(|| open("fields"))?,
            lookup: first(country, |r| r.lookup).ok_or_else(|| open("lookup"))?,
            price_fen: first(country, |r| r.price_fen).ok_or_else(|| open("price_fen"))?,
            turnaround: first(country, |r| r.turnaround).ok_or_else(|| open("turnaround_minutes"))?,
            version: country.first().map(|row| row.version.clone()).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests;

//! What do I need? (要带什么): may somebody get a document here, what do they bring, what does it cost, and how long does it take.
//!
//! The rules are data, `specs/materials/`, with the day from which each holds and the sources that say so. A *case* is a kind of
//! situation with its answer; at most one case is about a situation on a day, which is checked when the files are read. What no
//! case is about is answered by the case without conditions: ask the office.
//!
//! Ages are counted on the day of the visit. How long a card is good follows from the age on the day of its issue, which is later;
//! where the two differ both are told.

mod answer;
pub mod cases;
mod check;
mod gather;
mod situation;
mod text;
mod word;

use std::collections::BTreeMap;

use jiff::civil::Date;

pub use answer::{Answer, Deadline, Item, Later, Obstacle, Reason, Solve, Source, Validity};
pub use situation::{Age, Home, Situation, Who};
pub use text::MaterialsError;
pub use word::{Allowed, Booking, Receipt, Residence, Said, SourceKind, Term};

use situation::When;
use word::Reuse;

use crate::city::RegionCode;
use crate::policy::Confidence;

/// The files that come with the crate; a test holds that the folder has no other.
const BUILT_IN: &[(&str, &str)] = &[
    ("id-card", include_str!("../../../specs/materials/id-card.toml")),
    ("items", include_str!("../../../specs/materials/items.toml")),
    ("residence-permit", include_str!("../../../specs/materials/residence-permit.toml")),
];

/// A file of rules, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFile {
    /// Its name without `.toml`.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Which version it says that it is.
    pub version: u32,
    /// How many cases it has.
    pub cases: usize,
}

/// Something that people come for (业务).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Business {
    /// Its id, the same as that of appointments.
    pub id: String,
    /// What it is called.
    pub name: Said,
    /// When it is the right one.
    pub hint: Option<Said>,
    /// For whom it is; others may ask for it too, and are told what is theirs.
    pub for_who: Vec<Who>,
}

/// A case: a kind of situation and its answer, with the words still to be looked up.
#[derive(Clone, Debug)]
struct Case {
    id: String,
    from: Date,
    until: Option<Date>,
    when: When,
    allowed: Allowed,
    says: String,
    attends: Option<String>,
    channels: Vec<String>,
    items: Vec<String>,
    receipt: Receipt,
    reuse: Option<Reuse>,
    residence: Residence,
    fingerprint: Option<String>,
    fee_fen: Option<u32>,
    /// From which age on, ascending; the first from 0.
    validity: Vec<(u8, Term)>,
    deadline: Option<Deadline>,
    observed: Option<String>,
    booking: Booking,
    notes: Vec<String>,
    conflicts: Vec<String>,
    instead: Option<String>,
    sources: Vec<String>,
    confidence: Confidence,
    file: String,
    line: usize,
}

/// A sentence of the rules.
#[derive(Clone, Debug)]
struct Sentence {
    said: Said,
    source: Option<String>,
    when: When,
}

/// An item of the rules, with the conditions under which it is asked.
#[derive(Clone, Debug)]
struct Asked {
    item: Item,
    when: When,
}

/// All rules.
#[derive(Clone, Debug)]
pub struct Materials {
    files: Vec<RuleFile>,
    city: RegionCode,
    businesses: Vec<Business>,
    cases: Vec<Case>,
    /// The case without conditions, which is none of `cases`.
    last_resort: Case,
    items: BTreeMap<String, Asked>,
    sentences: BTreeMap<String, Sentence>,
    obstacles: BTreeMap<String, Said>,
    sources: BTreeMap<String, Source>,
}

/// The files that come with the crate, name without `.toml` and text.
#[must_use]
pub fn files() -> &'static [(&'static str, &'static str)] {
    BUILT_IN
}

impl Materials {
    /// The rules that come with the crate.
    ///
    /// # Errors
    /// [`MaterialsError`] for a faulty file; a test holds that there is none.
    pub fn built_in() -> Result<Self, MaterialsError> {
        Self::built_in_with(&[])
    }

    /// The rules that come with the crate, with the operator's own files, name without `.toml` and text: one of the same name stands in
    /// the place of ours, others are added.
    ///
    /// # Errors
    /// [`MaterialsError`], naming the file, the line and what is wrong.
    pub fn built_in_with(own: &[(String, String)]) -> Result<Self, MaterialsError> {
        let mut files: BTreeMap<String, String> =
            BUILT_IN.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        files.extend(own.iter().cloned());
        Self::read(&files)
    }

    /// Reads files by name without `.toml`.
    ///
    /// # Errors
    /// [`MaterialsError`], naming the file, the line and what is wrong; also where two cases are about one situation.
    pub fn read(files: &BTreeMap<String, String>) -> Result<Self, MaterialsError> {
        let materials = gather::read(files)?;
        check::no_overlap(&materials)?;
        Ok(materials)
    }

    /// These rules with a file changed or added. Nothing else changes: the rules that hold are those that the service started with.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn with_file(&self, name: &str, text: &str) -> Result<Self, MaterialsError> {
        let mut files: BTreeMap<String, String> =
            self.files.iter().map(|file| (file.name.clone(), file.text.clone())).collect();
        files.insert(name.to_owned(), text.to_owned());
        Self::read(&files)
    }

    /// The files, by name.
    #[must_use]
    pub fn files(&self) -> &[RuleFile] {
        &self.files
    }

    /// The city that the rules are for.
    #[must_use]
    pub fn city(&self) -> RegionCode {
        self.city
    }

    /// What people come for, in the order of the files.
    #[must_use]
    pub fn businesses(&self) -> &[Business] {
        &self.businesses
    }

    /// A business.
    #[must_use]
    pub fn business(&self, id: &str) -> Option<&Business> {
        self.businesses.iter().find(|business| business.id == id)
    }

    /// What an obstacle is, by its id.
    #[must_use]
    pub fn obstacle(&self, id: &str) -> Option<&Said> {
        self.obstacles.get(id)
    }

    /// The answer to a situation. There is always one.
    #[must_use]
    pub fn answer(&self, situation: &Situation) -> Answer {
        answer::of(self, self.case(situation), situation)
    }

    /// The case of a situation. An obstacle that changes nothing is left out.
    fn case(&self, situation: &Situation) -> &Case {
        let with = self.about(situation, situation.obstacle.as_deref());
        with.or_else(|| self.about(situation, None)).unwrap_or(&self.last_resort)
    }

    /// The case that is about a situation; of several editions the newest.
    fn about(&self, situation: &Situation, obstacle: Option<&str>) -> Option<&Case> {
        let about = self.cases.iter().filter(|case| case.is_about(situation, obstacle));
        about.max_by_key(|case| case.from)
    }
}

impl Case {
    fn is_about(&self, situation: &Situation, obstacle: Option<&str>) -> bool {
        self.from <= situation.day
            && self.until.is_none_or(|until| situation.day <= until)
            && self.when.meets(obstacle)
            && self.when.fits(situation)
    }
}

#[cfg(test)]
mod tests;

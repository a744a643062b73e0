//! An answer, with all its words.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::situation::{Age, Situation};
use super::word::{Allowed, Booking, Receipt, Residence, Said, SourceKind, Term};
use super::{Case, Materials};
use crate::policy::Confidence;

/// How long the new document is good, by the age on the day of issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// If it were issued on the day of the visit.
    pub term: Term,
    /// Another term that begins before the document must be issued; known only with the birth date.
    pub later: Option<Later>,
}

/// A term that holds from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Later {
    /// The first day of issue with this term.
    pub from: Date,
    /// The term.
    pub term: Term,
}

/// By when the document must be issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// Days after the application.
    pub days: u16,
    /// Further days in remote areas.
    #[serde(default)]
    pub remote_days: u16,
    /// Whether they are working days.
    #[serde(default)]
    pub working: bool,
}

/// A page of ours that gets somebody an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Solve {
    /// Its path, with a query.
    pub path: String,
    /// What the button says.
    pub name: Said,
}

/// Something to bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// What it is.
    pub name: Said,
    /// Why, and what to mind.
    pub why: Option<Said>,
    /// Any one of these is enough (任选其一); empty where it is one thing.
    pub any_of: Vec<Said>,
    /// Whether others than those are taken too (等).
    pub more: bool,
    /// Whether it is only wise to bring it: the sources disagree.
    pub advised: bool,
    /// Whether it is of the guardian's set (R9–R11).
    pub guardian: bool,
    /// Where it is to be had.
    pub solve: Option<Solve>,
}

/// Who says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Its key in the files.
    pub id: String,
    /// What it is.
    pub title: String,
    /// Addresses, as found.
    pub urls: Vec<String>,
    /// What kind.
    pub kind: SourceKind,
    /// When it was looked at.
    pub checked: String,
}

/// A sentence with who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Its key in the files.
    pub id: String,
    /// The sentence.
    pub said: Said,
    /// The key of its source; none where it is all of the case's.
    pub source: Option<String>,
}

/// Something that would change the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Its id.
    pub id: String,
    /// What it is.
    pub said: Said,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The case.
    pub case_id: String,
    /// The day from which it holds.
    pub from: Date,
    /// Whether they may.
    pub allowed: Allowed,
    /// The answer in a sentence.
    pub says: Said,
    /// Who comes along.
    pub attends: Option<Said>,
    /// Where and how it can be done.
    pub channels: Vec<Said>,
    /// What to bring.
    pub items: Vec<Item>,
    /// What it costs, fen; `None` where there is nothing to pay for.
    pub fee_fen: Option<u32>,
    /// How long the document is good.
    pub validity: Option<Validity>,
    /// By when it must be issued.
    pub deadline: Option<Deadline>,
    /// How long it takes in practice.
    pub observed: Option<Said>,
    /// Whether an appointment is made.
    pub booking: Booking,
    /// Whether a photo receipt is brought.
    pub receipt: Receipt,
    /// For how many years an earlier photo is used again, where it is.
    pub reuse_years: Option<u8>,
    /// Whether the residence is declared.
    pub residence: Residence,
    /// Whether a guardian comes along.
    pub guardian: bool,
    /// What happens about fingerprints.
    pub fingerprint: Option<Said>,
    /// Why, and on what it depends.
    pub reasons: Vec<Reason>,
    /// Where sources disagree, and what was chosen.
    pub conflicts: Vec<Reason>,
    /// What would change the answer.
    pub obstacles: Vec<Obstacle>,
    /// What is theirs instead.
    pub instead: Option<Situation>,
    /// Who says so; never empty.
    pub sources: Vec<Source>,
    /// How far that is trusted.
    pub confidence: Confidence,
}

impl Answer {
    /// An item, if it is asked.
    #[must_use]
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }
}

/// The answer of a case to a situation. Keys that lead nowhere were refused when the files were read.
pub(super) fn of(rules: &Materials, case: &Case, situation: &Situation) -> Answer {
    let said = |key: &String| rules.sentences.get(key).map(|it| it.said.clone());
    let items: Vec<Item> = case
        .items
        .iter()
        .filter_map(|id| rules.items.get(id))
        .filter(|asked| asked.when.fits(situation))
        .map(|asked| asked.item.clone())
        .collect();
    let reuse = case.reuse.filter(|reuse| situation.years().is_some_and(|years| years >= reuse.from_age));
    Answer {
        case_id: case.id.clone(),
        from: case.from,
        allowed: case.allowed,
        says: said(&case.says).unwrap_or_default(),
        attends: case.attends.as_ref().and_then(said),
        channels: case.channels.iter().filter_map(said).collect(),
        guardian: items.iter().any(|item| item.guardian),
        items,
        fee_fen: case.fee_fen,
        validity: validity(case, situation),
        deadline: case.deadline,
        observed: case.observed.as_ref().and_then(said),
        booking: case.booking,
        receipt: if case.receipt == Receipt::Reuse && reuse.is_none() { Receipt::Required } else { case.receipt },
        reuse_years: reuse.map(|reuse| reuse.years),
        residence: case.residence,
        fingerprint: case.fingerprint.as_ref().and_then(said),
        reasons: reasons(rules, &case.notes, situation),
        conflicts: reasons(rules, &case.conflicts, situation),
        obstacles: obstacles(rules, case, situation),
        instead: case.instead.as_ref().map(|business| situation.for_business(business)),
        sources: sources(rules, case),
        confidence: case.confidence,
    }
}

fn reasons(rules: &Materials, keys: &[String], situation: &Situation) -> Vec<Reason> {
    let found = keys.iter().filter_map(|key| rules.sentences.get_key_value(key));
    let found = found.filter(|(_, sentence)| sentence.when.fits(situation));
    found.map(|(id, it)| Reason { id: id.clone(), said: it.said.clone(), source: it.source.clone() }).collect()
}

fn obstacles(rules: &Materials, case: &Case, situation: &Situation) -> Vec<Obstacle> {
    if !case.when.obstacle.is_empty() {
        return Vec::new();
    }
    let changes = |id: &str| rules.about(situation, Some(id)).is_some();
    let found = rules.obstacles.iter().filter(|(id, _)| changes(id));
    found.map(|(id, said)| Obstacle { id: id.clone(), said: said.clone() }).collect()
}

/// The case's own sources, and those of its sentences.
fn sources(rules: &Materials, case: &Case) -> Vec<Source> {
    let of_notes = case.notes.iter().chain(&case.conflicts).filter_map(|key| rules.sentences.get(key)?.source.as_ref());
    let mut sources: Vec<Source> = Vec::new();
    for key in case.sources.iter().chain(of_notes) {
        if let Some(source) = rules.sources.get(key).filter(|source| sources.iter().all(|it| it.id != source.id)) {
            sources.push(source.clone());
        }
    }
    sources
}

fn validity(case: &Case, situation: &Situation) -> Option<Validity> {
    let years = situation.years()?;
    let term = term_at(case, years)?;
    let later = match (situation.age, case.deadline) {
        (Some(Age::Born(birth)), Some(deadline)) => later(case, Age::Born(birth), term, situation.day, deadline),
        _ => None,
    };
    Some(Validity { term, later })
}

fn term_at(case: &Case, years: u8) -> Option<Term> {
    case.validity.iter().rev().find(|(from, _)| years >= *from).map(|(_, term)| *term)
}

/// A term that begins before the last day of issue. Working days are taken double: between them lie weekends, and holidays too.
fn later(case: &Case, age: Age, term: Term, day: Date, deadline: Deadline) -> Option<Later> {
    let span = (deadline.days + deadline.remote_days) * if deadline.working { 2 } else { 1 };
    let mut on = day;
    for _ in 0..span {
        on = on.tomorrow().ok()?;
        let then = term_at(case, age.on(on))?;
        if then != term {
            return Some(Later { from: on, term: then });
        }
    }
    None
}

//! The review: a person at the detection centre decides, and sometimes two, without seeing each other's answer.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::{DecisionId, StaffId};
use crate::order::UnknownWord;

/// How long a claim lasts without a sign of life (UX.md §4.3).
pub const LEASE_MS: i64 = 5 * 60_000;

/// How long a decision can be undone before anybody is told (UX.md §4.3).
pub const UNDO_MS: i64 = 10_000;

/// The share of attempts that get a second look by chance: security.md row 5 asks for a random 5 %.
pub const RANDOM_SHARE: f64 = 0.05;

/// The share of claims that are probes with a known answer: security.md row 5 asks for 1 %.
pub const PROBE_SHARE: f64 = 0.01;

/// The code that needs words.
pub const OTHER_REASON: &str = "Z99";

/// Who looks: the second is blind to the first, the lead settles what they disagree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seat {
    /// The first reviewer.
    First,
    /// The second, who does not see the first one's answer.
    Second,
    /// The lead, who sees both.
    Lead,
}

impl Seat {
    /// Its number in the database.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::First => 1,
            Self::Second => 2,
            Self::Lead => 3,
        }
    }

    /// The seat of a number.
    #[must_use]
    pub const fn of_number(number: i32) -> Option<Self> {
        match number {
            1 => Some(Self::First),
            2 => Some(Self::Second),
            3 => Some(Self::Lead),
            _ => None,
        }
    }
}

/// Why an attempt is looked at twice (D24).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecondLook {
    /// The engine found a fault and the citizen gave a reason.
    Override,
    /// A child's photo.
    Child,
    /// Chance.
    Random,
    /// The reviewer asked for it.
    Asked,
}

impl SecondLook {
    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::Child => "child",
            Self::Random => "random",
            Self::Asked => "asked",
        }
    }
}

impl FromStr for SecondLook {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [Self::Override, Self::Child, Self::Random, Self::Asked]
            .into_iter()
            .find(|why| why.word() == text)
            .ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// Whether an attempt is looked at twice, and why. `chance` is drawn evenly from 0…1 when it is submitted.
#[must_use]
pub fn second_look(overridden: bool, child: bool, chance: f64) -> Option<SecondLook> {
    if overridden {
        Some(SecondLook::Override)
    } else if child {
        Some(SecondLook::Child)
    } else if chance < RANDOM_SHARE {
        Some(SecondLook::Random)
    } else {
        None
    }
}

/// What a reviewer says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "says", rename_all = "kebab-case")]
pub enum Opinion {
    /// The photo fits.
    Accept,
    /// It does not.
    Reject {
        /// Codes of the rejection list, at least one.
        codes: Vec<String>,
        /// An addition in the reviewer's words; needed with [`OTHER_REASON`], else it may be empty.
        note: String,
    },
}

impl Opinion {
    /// Whether it lets the photo through.
    #[must_use]
    pub const fn accepts(&self) -> bool {
        matches!(self, Self::Accept)
    }
}

/// Why an opinion is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// A rejection names no code.
    #[error("a rejection needs at least one code")]
    NoCode,
    /// A code is not in the list.
    #[error("“{0}” is no rejection code")]
    UnknownCode(String),
    /// The code for other reasons stands without words.
    #[error("{OTHER_REASON} needs a note that says what is wrong")]
    NoteMissing,
    /// The claim went back to the queue, or to somebody else.
    #[error("this photo is not yours any more")]
    NotHeld,
    /// The ten seconds are over.
    #[error("the citizen has been told; a correction is a new decision")]
    TooLate,
    /// Somebody who looked before may not look again.
    #[error("the same person does not look twice")]
    SamePerson,
}

/// Checks an opinion: codes known, once each, in the list's order; words where the code needs them.
///
/// # Errors
/// [`ReviewError::NoCode`], [`ReviewError::UnknownCode`], [`ReviewError::NoteMissing`].
pub fn checked(opinion: Opinion, known: &dyn Fn(&str) -> bool) -> Result<Opinion, ReviewError> {
    let Opinion::Reject { mut codes, note } = opinion else { return Ok(opinion) };
    codes.sort();
    codes.dedup();
    let note = note.trim().to_owned();
    if codes.is_empty() {
        return Err(ReviewError::NoCode);
    }
    if let Some(code) = codes.iter().find(|code| !known(code)) {
        return Err(ReviewError::UnknownCode(code.clone()));
    }
    if note.is_empty() && codes.iter().any(|code| code == OTHER_REASON) {
        return Err(ReviewError::NoteMissing);
    }
    Ok(Opinion::Reject { codes, note })
}

/// One decision of one reviewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// 1, and 2 after an appeal.
    pub round: i32,
    /// Who looked.
    pub seat: Seat,
    /// The person.
    pub reviewer: StaffId,
    /// What they said.
    pub opinion: Opinion,
    /// When.
    pub decided_at: Moment,
    /// How long the photo was open before, in ms.
    pub open_ms: i64,
}

impl Decision {
    /// From when on it holds, and can't be undone any more.
    #[must_use]
    pub const fn holds_at(&self) -> Moment {
        self.decided_at.after_ms(UNDO_MS)
    }
}

/// What comes next for an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Somebody has to look.
    Look(Seat),
    /// It is decided; a rejection has the codes of all who rejected.
    Settled(Opinion),
}

/// What comes next, given the decisions of the running round in the order of their seats.
///
/// In the round of an appeal (`overturns` is what the first round said), an answer that differs from it goes to the lead.
#[must_use]
pub fn next(decisions: &[Decision], second_look: bool, overturns: Option<&Opinion>) -> Step {
    let by = |seat| decisions.iter().find(|decision| decision.seat == seat);
    if let Some(lead) = by(Seat::Lead) {
        return Step::Settled(lead.opinion.clone());
    }
    let Some(first) = by(Seat::First) else { return Step::Look(Seat::First) };
    if let Some(before) = overturns {
        let agree = before.accepts() == first.opinion.accepts();
        return if agree { Step::Settled(first.opinion.clone()) } else { Step::Look(Seat::Lead) };
    }
    if !second_look {
        return Step::Settled(first.opinion.clone());
    }
    let Some(second) = by(Seat::Second) else { return Step::Look(Seat::Second) };
    match (&first.opinion, &second.opinion) {
        (Opinion::Accept, Opinion::Accept) => Step::Settled(Opinion::Accept),
        (Opinion::Reject { codes, note }, Opinion::Reject { codes: more, note: other }) => {
            let mut codes: Vec<String> = codes.iter().chain(more).cloned().collect();
            codes.sort();
            codes.dedup();
            let notes: Vec<&str> = [note, other].into_iter().map(String::as_str).filter(|n| !n.is_empty()).collect();
            Step::Settled(Opinion::Reject { codes, note: notes.join("\n") })
        }
        _ => Step::Look(Seat::Lead),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(seat: Seat, opinion: Opinion) -> Decision {
        let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        Decision {
            id: id.parse().unwrap(),
            round: 1,
            seat,
            reviewer: id.parse().unwrap(),
            opinion,
            decided_at: Moment(0),
            open_ms: 1,
        }
    }

    fn reject(codes: &[&str]) -> Opinion {
        Opinion::Reject { codes: codes.iter().map(|code| (*code).to_owned()).collect(), note: String::new() }
    }

    #[test]
    fn one_reviewer_decides_where_nothing_asks_for_two() {
        assert_eq!(next(&[], false, None), Step::Look(Seat::First));
        assert_eq!(next(&[decision(Seat::First, Opinion::Accept)], false, None), Step::Settled(Opinion::Accept));
    }

    #[test]
    fn two_who_agree_settle_it_with_the_codes_of_both() {
        let two = [decision(Seat::First, reject(&["O01"])), decision(Seat::Second, reject(&["L01", "O01"]))];
        assert_eq!(next(&two[..1], true, None), Step::Look(Seat::Second));
        assert_eq!(next(&two, true, None), Step::Settled(reject(&["L01", "O01"])));
    }

    #[test]
    fn the_lead_settles_a_disagreement() {
        let mut all = vec![decision(Seat::First, Opinion::Accept), decision(Seat::Second, reject(&["X01"]))];
        assert_eq!(next(&all, true, None), Step::Look(Seat::Lead));
        all.push(decision(Seat::Lead, reject(&["X01"])));
        assert_eq!(next(&all, true, None), Step::Settled(reject(&["X01"])));
    }

    #[test]
    fn an_appeal_that_would_overturn_goes_to_the_lead() {
        let before = reject(&["X01"]);
        let again = [decision(Seat::First, reject(&["X01"]))];
        assert_eq!(next(&again, true, Some(&before)), Step::Settled(reject(&["X01"])));
        let other = [decision(Seat::First, Opinion::Accept)];
        assert_eq!(next(&other, true, Some(&before)), Step::Look(Seat::Lead));
    }

    #[test]
    fn a_rejection_needs_a_known_code_and_other_reasons_need_words() {
        let known = |code: &str| ["X01", "Z99"].contains(&code);
        assert_eq!(checked(reject(&[]), &known), Err(ReviewError::NoCode));
        assert_eq!(checked(reject(&["Q1"]), &known), Err(ReviewError::UnknownCode("Q1".to_owned())));
        assert_eq!(checked(reject(&["Z99"]), &known), Err(ReviewError::NoteMissing));
        assert_eq!(checked(reject(&["X01", "X01"]), &known), Ok(reject(&["X01"])));
    }

    #[test]
    fn overrides_and_children_are_always_looked_at_twice() {
        assert_eq!(second_look(true, true, 0.9), Some(SecondLook::Override));
        assert_eq!(second_look(false, true, 0.9), Some(SecondLook::Child));
        assert_eq!(second_look(false, false, 0.01), Some(SecondLook::Random));
        assert_eq!(second_look(false, false, 0.5), None);
    }
}

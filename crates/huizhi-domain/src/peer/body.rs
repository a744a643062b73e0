//! What envelopes say: one type a kind. None has a name, a number of an ID document or a telephone number in it.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::AttemptId;
use crate::order::{Override, UnknownWord};
use crate::review::Opinion;

use super::envelope;

/// “Are you there?”, by which operators see that addresses, keys and clocks are right.
pub const HELLO: &str = "hello";
/// “Review this.”
pub const GIVE: &str = "cases/give";
/// “We do not need the answer any more.”
pub const RECALL: &str = "cases/recall";
/// “What did you decide?”
pub const DECISIONS: &str = "decisions/list";
/// “We heard; forget the photos.”
pub const ACKNOWLEDGE: &str = "decisions/acknowledge";
/// “A window of ours needs the photo of this receipt of yours.”
pub const FETCH: &str = "receipts/fetch";
/// “It used it.”
pub const CONSUME: &str = "receipts/consume";
/// “It gives it back.”
pub const RELEASE: &str = "receipts/release";

/// Decisions of one answer at most.
pub const DECISIONS_AT_ONCE: i64 = 50;

/// A body as text.
pub fn text<T: Serialize>(body: &T) -> String {
    serde_json::to_string(body).unwrap_or_default()
}

/// A body from its text; `None` where it has not the form.
#[must_use]
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// [`HELLO`], and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// The speaker's version, for the operator to read.
    pub version: String,
    /// What the speaker's clock says, ms.
    pub clock_ms: i64,
}

/// [`GIVE`]: a photo to be reviewed. Beside it go `preview`, `id-photo` and `report`. The original does not: no reviewer is shown it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseBody {
    /// The giver's id of the photo.
    pub attempt: AttemptId,
    /// 1, and 2 for an appeal.
    pub round: i32,
    /// The document's id.
    pub document: String,
    /// The issuing city's code.
    pub city: String,
    /// The version of rules that its citizen was promised.
    pub rules: String,
    /// Whether the applicant is under 16.
    pub child: bool,
    /// The order's place in the giver's queue: when it was submitted for the first time.
    pub queued_at: Moment,
    /// What the giver's engine said: `fits` or `review`.
    pub verdict: String,
    /// Rejection codes of what it found.
    pub codes: Vec<String>,
    /// The citizen's reason for submitting it in spite of faults.
    pub reason: Option<Override>,
    /// What the first round said, in the second.
    pub before: Option<Opinion>,
}

/// Names a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseName {
    /// The giver's id of the photo.
    pub attempt: AttemptId,
    /// The round.
    pub round: i32,
}

/// How a case stands with the reviewing side: the answer to [`GIVE`] and [`RECALL`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseStanding {
    /// The giver's id of the photo.
    pub attempt: AttemptId,
    /// The round.
    pub round: i32,
    /// `open`, `decided`, `recalled` or `acknowledged`.
    pub state: String,
    /// The digest of the case as it was received; empty where it never was.
    pub case: String,
}

/// A settled decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// The giver's id of the photo.
    pub attempt: AttemptId,
    /// The round.
    pub round: i32,
    /// The digest of the case that was decided on, so that a decision fits no other.
    pub case: String,
    /// What was decided.
    pub opinion: Opinion,
    /// When it was settled.
    pub decided_at: Moment,
}

/// [`DECISIONS`]: settled and not yet acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionsAsked {
    /// At most so many, [`DECISIONS_AT_ONCE`] in any case.
    pub most: i64,
}

/// The answer to [`DECISIONS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decisions {
    /// Each the text of a [`DecisionBody`], as it was when it was settled: its digest is in the log.
    pub decisions: Vec<String>,
}

impl DecisionBody {
    /// The digest of a decision's text, as both logs keep it.
    #[must_use]
    pub fn digest(text: &str) -> String {
        envelope::digest(DECISIONS, text)
    }
}

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The order follows it.
    Applied,
    /// The order was withdrawn or taken back before it came.
    Dropped,
    /// There is no such case, or it was decided otherwise.
    Unknown,
}

impl FromStr for Outcome {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [Self::Applied, Self::Dropped, Self::Unknown]
            .into_iter()
            .find(|outcome| outcome.word() == text)
            .ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

impl Outcome {
    /// Its word in logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Dropped => "dropped",
            Self::Unknown => "unknown",
        }
    }
}

/// [`ACKNOWLEDGE`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledged {
    /// What was heard.
    pub heard: Vec<Heard>,
}

/// One decision that was heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heard {
    /// The photo.
    pub attempt: AttemptId,
    /// The round.
    pub round: i32,
    /// The decision's digest.
    pub decision: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// The answer to [`ACKNOWLEDGE`]: how many were open and are not any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// Of those that were named.
    pub closed: usize,
}

/// [`FETCH`], [`CONSUME`] and [`RELEASE`]: a window asks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The receipt's number, 20 characters.
    pub number: String,
    /// The document.
    pub document: String,
    /// What for.
    pub purpose: String,
    /// The asker's id of the office.
    pub office: String,
    /// What the office is called, for those who are told that it has the photo.
    pub office_name: String,
    /// The clerk, by a name that only the asker can read.
    pub clerk: String,
    /// The asker's own random name for the act: the same act is done once, however often it is asked for.
    pub act: String,
}

/// The answer to [`FETCH`]; the photo goes beside it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Id of the receipt's record.
    pub receipt: String,
    /// The document.
    pub document: String,
    /// Name and number of the applicant, masked.
    pub applicant: Option<String>,
    /// The last day, ISO 8601.
    pub valid_until: String,
    /// Until when the photo is held for the office.
    pub reserved_until: Moment,
}

/// The answer to [`CONSUME`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consumed {
    /// When it was used.
    pub consumed_at: Moment,
}

/// The answer to [`RELEASE`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Released {}

/// A signed no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// Why, as a word: those of the window's interface, and `not-agreed`, `body`, `other-case`, `unknown-document`.
    pub code: String,
    /// Since when, or until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// Which office has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
}

impl Refused {
    /// A no without more to it.
    #[must_use]
    pub fn new(code: &str) -> Self {
        Self { code: code.to_owned(), at: None, office: None }
    }
}

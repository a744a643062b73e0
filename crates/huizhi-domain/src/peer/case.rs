//! Where a case (审核委托) stands with either side, and when it is spoken of again.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::order::UnknownWord;

/// Where a case stands with who gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GivenState {
    /// The peer does not have it yet, as far as we know.
    ToGive,
    /// The peer has it.
    Given,
    /// It is not needed any more, and the peer is to hear so.
    ToRecall,
    /// The peer heard so, or never heard of it at all.
    Recalled,
    /// The decision came, the order follows it, and the peer is to hear so.
    Decided,
    /// The peer heard so.
    Closed,
}

impl GivenState {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::ToGive, Self::Given, Self::ToRecall, Self::Recalled, Self::Decided, Self::Closed];

    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ToGive => "to-give",
            Self::Given => "given",
            Self::ToRecall => "to-recall",
            Self::Recalled => "recalled",
            Self::Decided => "decided",
            Self::Closed => "closed",
        }
    }

    /// Whether the peer's decision is waited for.
    #[must_use]
    pub const fn is_waited_for(self) -> bool {
        matches!(self, Self::ToGive | Self::Given)
    }
}

impl FromStr for GivenState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|state| state.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// Where a case stands with who decides it. The words are those of [`CaseStanding`](super::body::CaseStanding).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TakenState {
    /// It waits for reviewers, or is before one.
    Open,
    /// It is decided, and the giver has not said yet that it heard so.
    Decided,
    /// The giver does not need it any more.
    Recalled,
    /// The giver heard the decision; the photos are gone.
    Acknowledged,
}

impl TakenState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Decided, Self::Recalled, Self::Acknowledged];

    /// Its word, in envelopes too.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Decided => "decided",
            Self::Recalled => "recalled",
            Self::Acknowledged => "acknowledged",
        }
    }
}

impl FromStr for TakenState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|state| state.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// The longest pause between two tries, seconds: an operator who mends a line sees so within that.
const LONGEST_PAUSE_S: i64 = 300;

/// When something is said again after so many tries that failed: 1 s, 2 s, 4 s … five minutes, and up to a quarter more by `chance`
/// (0…1), so that many do not come at once. It is never given up: an order, or a window, waits for it.
#[must_use]
pub fn again_at(tries: i32, now: Moment, chance: f64) -> Moment {
    let doublings = u32::try_from(tries - 1).unwrap_or(0).min(16);
    let pause_s = (1_i64 << doublings).min(LONGEST_PAUSE_S);
    let spread_ms = (pause_s as f64 * 250.0 * chance.clamp(0.0, 1.0)) as i64;
    now.after_s(pause_s).after_ms(spread_ms)
}

/// How long a peer may be silent before the citizen is told that the photo waits for the line: half an hour.
pub const SILENT_MS: i64 = 30 * 60_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_minutes_and_spread() {
        let pauses: Vec<i64> = (1..=11).map(|tries| again_at(tries, Moment(0), 0.0).0 / 1000).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(again_at(i32::MAX, Moment(0), 1.0).0, 375_000);
    }

    #[test]
    fn words_are_read_back() {
        for state in GivenState::ALL {
            assert_eq!(state.word().parse(), Ok(state));
        }
        for state in TakenState::ALL {
            assert_eq!(state.word().parse(), Ok(state));
        }
    }
}

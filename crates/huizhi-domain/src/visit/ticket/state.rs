//! Where somebody with a ticket stands, and what came of their visit.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::order::UnknownWord;

/// Where somebody with a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TicketState {
    /// Waits.
    Waiting,
    /// Is called to a window.
    Called,
    /// Did not come when called, and waits behind the next few.
    Skipped,
    /// Stands at the window.
    Serving,
    /// Was served.
    Done,
    /// Was called and did not come.
    Missed,
    /// Went away before being served.
    Left,
}

impl TicketState {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Waiting, Self::Called, Self::Skipped, Self::Serving, Self::Done, Self::Missed, Self::Left];

    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Called => "called",
            Self::Skipped => "skipped",
            Self::Serving => "serving",
            Self::Done => "done",
            Self::Missed => "missed",
            Self::Left => "left",
        }
    }

    /// Whether they wait to be called.
    #[must_use]
    pub const fn waits(self) -> bool {
        matches!(self, Self::Waiting | Self::Skipped)
    }

    /// Whether a window has them.
    #[must_use]
    pub const fn is_held(self) -> bool {
        matches!(self, Self::Called | Self::Serving)
    }

    /// Whether nothing follows.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Missed | Self::Left)
    }
}

impl FromStr for TicketState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|state| state.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// What came of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The application was taken.
    Done,
    /// A finished document was handed out.
    Collected,
    /// Something was lacking; they come again.
    Incomplete,
    /// They were sent to another place.
    Referred,
    /// Seen while the line was down; the desk told us after the day was over.
    Offline,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Done, Self::Collected, Self::Incomplete, Self::Referred, Self::Offline];

    /// Those that a window chooses from.
    pub const CHOICES: [Self; 4] = [Self::Done, Self::Collected, Self::Incomplete, Self::Referred];

    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Collected => "collected",
            Self::Incomplete => "incomplete",
            Self::Referred => "referred",
            Self::Offline => "offline",
        }
    }
}

impl FromStr for Outcome {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

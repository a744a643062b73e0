//! A citizen's account (账号): who it is sure to be, what that allows, and how its password and codes have to be.

mod browser;
mod code;
mod contact;
mod misses;
mod password;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::AccountId;
use crate::order::UnknownWord;
use crate::words::Lang;

pub use browser::coarse as coarse_browser;
pub use code::{CODE_LIVES_MS, CODE_TRIES, Code, CodePurpose, SENDS, wait_to_send};
pub use contact::{Contact, ContactError, Email};
pub use misses::Misses;
pub use password::{LONGEST_BYTES, SHORTEST, Weakness, normalised, weakness};

/// A citizen's account, without what it signs in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// How sure it is whose it is.
    pub assurance: Assurance,
    /// The language that its citizen reads.
    pub lang: Lang,
    /// When it was made.
    pub created_at: Moment,
    /// Whether it has a password.
    pub has_password: bool,
    /// Whether it may sign in by face.
    pub has_face: bool,
}

impl Account {
    /// Whether it is sure enough whose it is for an act.
    #[must_use]
    pub fn may(&self, act: Act) -> bool {
        self.assurance >= act.needs()
    }
}

/// How sure it is whose account it is, in the numbers of Guangdong's unified identity (background.md §4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Assurance {
    /// What the citizen says of themselves, with a telephone or mailbox that is theirs.
    SelfAsserted = 2,
    /// Name and number fit each other.
    NumberChecked = 3,
    /// The face fits the document.
    FaceMatched = 4,
    /// Somebody at a window saw person and document.
    SeenAtWindow = 5,
}

impl Assurance {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::SelfAsserted, Self::NumberChecked, Self::FaceMatched, Self::SeenAtWindow];

    /// Its number in the database: 2 to 5.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The assurance of a number; `None` where there is none.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.number() == number)
    }

    /// Its word in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::SelfAsserted => "self-asserted",
            Self::NumberChecked => "number-checked",
            Self::FaceMatched => "face-matched",
            Self::SeenAtWindow => "seen-at-window",
        }
    }
}

/// How somebody signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// By password.
    Password,
    /// By a one-time code.
    Code,
    /// By face.
    Face,
    /// By another service: WeChat, or a provider of identities.
    Outside,
}

impl How {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Password, Self::Code, Self::Face, Self::Outside];

    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::Face => "face",
            Self::Outside => "outside",
        }
    }
}

impl FromStr for How {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// What an account may want to do that asks for an assurance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// See its orders and their progress.
    SeeOrder,
    /// See and download a receipt.
    SeeReceipt,
    /// Book an appointment (预约).
    Book,
}

impl Act {
    /// The least assurance that it needs: 3 for booking, 2 for the receipt (background.md §4.6). An order is no more than its receipt.
    #[must_use]
    pub const fn needs(self) -> Assurance {
        match self {
            Self::SeeOrder | Self::SeeReceipt => Assurance::SelfAsserted,
            Self::Book => Assurance::NumberChecked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_levels_are_the_same_in_both_directions() {
        for level in Assurance::ALL {
            assert_eq!(Assurance::from_number(level.number()), Some(level));
        }
        assert_eq!(Assurance::ALL.map(Assurance::number), [2, 3, 4, 5]);
        assert_eq!((Assurance::from_number(1), Assurance::from_number(6)), (None, None));
    }

    #[test]
    fn what_a_citizen_says_is_enough_for_the_receipt_and_not_for_booking() {
        let account = Account {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            assurance: Assurance::SelfAsserted,
            lang: Lang::Zh,
            created_at: Moment(0),
            has_password: true,
            has_face: false,
        };
        assert!(account.may(Act::SeeOrder) && account.may(Act::SeeReceipt) && !account.may(Act::Book));
        assert!(Account { assurance: Assurance::NumberChecked, ..account }.may(Act::Book));
    }
}

//! Staff: who works at desks, and what their role lets them do.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{OfficeId, StaffId};
use crate::order::UnknownWord;

/// What somebody is here for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Decides on photos.
    Reviewer,
    /// Settles disagreements and reads the board.
    Lead,
    /// Works at a window: fetches photos, takes payments.
    Clerk,
    /// Answers citizens.
    Support,
    /// Writes articles.
    Editor,
    /// Sets up cities, offices and staff.
    Admin,
    /// Runs the machine.
    Operator,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Reviewer, Self::Lead, Self::Clerk, Self::Support, Self::Editor, Self::Admin, Self::Operator];

    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reviewer => "reviewer",
            Self::Lead => "lead",
            Self::Clerk => "clerk",
            Self::Support => "support",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Operator => "operator",
        }
    }

    /// Whether they decide on photos. A lead does too: they hold the third seat and help out in the first two.
    #[must_use]
    pub const fn reviews(self) -> bool {
        matches!(self, Self::Reviewer | Self::Lead)
    }
}

impl FromStr for Role {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|role| role.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A member of staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Staff {
    /// Their id.
    pub id: StaffId,
    /// What they sign in with.
    pub login: String,
    /// What colleagues call them.
    pub name: String,
    /// What they do.
    pub role: Role,
    /// Where they work, for roles that work at an office.
    pub office: Option<OfficeId>,
}

/// An office (受理点) where documents are applied for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Office {
    /// Its id.
    pub id: OfficeId,
    /// The code of its city.
    pub city: String,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
}

//! Staff: who works at desks, and what their role lets them do.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::{OfficeId, ProposalId, StaffId};
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
    pub fn reviews(self) -> bool {
        self.may(Duty::Review)
    }

    /// Whether something is theirs to do.
    #[must_use]
    pub fn may(self, duty: Duty) -> bool {
        DUTIES.iter().any(|(role, duties)| *role == self && duties.contains(&duty))
    }

    /// Whether they need a second factor whatever the operator sets: who sees all cases or gives others their rights.
    #[must_use]
    pub const fn needs_second_factor(self) -> bool {
        matches!(self, Self::Lead | Self::Admin | Self::Operator)
    }

    /// Whether an administrator may invite somebody into it alone. The others are reached by a change of role, which two confirm:
    /// else one administrator could make themselves the second.
    #[must_use]
    pub const fn by_invitation(self) -> bool {
        !self.needs_second_factor()
    }
}

/// What somebody may do at desks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Duty {
    /// Decide on photos.
    Review,
    /// Settle disagreements and read the board.
    Lead,
    /// Fetch photos at a window.
    Fetch,
    /// Take payments and hand refunds out.
    Cashier,
    /// Invite, suspend and change the rights of others.
    Staff,
    /// Register the terminals of windows.
    Terminals,
    /// Say what is known of offices, and when they give places.
    Offices,
    /// Read the figures of visits.
    Figures,
    /// Look at the rules on what to bring, and try changes of them.
    Materials,
    /// Say which comments are shown.
    Comments,
    /// Answer citizens' inquiries.
    Support,
    /// Write articles, and publish those that another asked to publish.
    Articles,
    /// Change the data that the service goes by: policies, prices, documents, texts.
    Settings,
}

impl Duty {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Review,
        Self::Lead,
        Self::Fetch,
        Self::Cashier,
        Self::Staff,
        Self::Terminals,
        Self::Offices,
        Self::Figures,
        Self::Materials,
        Self::Comments,
        Self::Support,
        Self::Articles,
        Self::Settings,
    ];
}

/// Who does what. One person has one role, so what stands in different lines is never in one hand: who decides on a photo does not
/// fetch it, and who gives rights has none of these.
const DUTIES: [(Role, &[Duty]); 7] = [
    (Role::Reviewer, &[Duty::Review]),
    (Role::Lead, &[Duty::Review, Duty::Lead, Duty::Terminals, Duty::Figures, Duty::Support]),
    (Role::Clerk, &[Duty::Fetch, Duty::Cashier]),
    (Role::Support, &[Duty::Comments, Duty::Support]),
    (Role::Editor, &[Duty::Articles, Duty::Materials, Duty::Comments]),
    (Role::Admin, &[Duty::Staff, Duty::Terminals, Duty::Offices, Duty::Figures, Duty::Articles, Duty::Settings]),
    (Role::Operator, &[Duty::Figures, Duty::Settings]),
];

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
    /// The district or county it is in (区县), by which offices are listed; may be empty.
    pub district: String,
    /// Where it is.
    pub address: String,
    /// Its telephone number; may be empty.
    pub phone: String,
}

/// What one administrator proposes and another confirms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Change {
    /// Another role, or another office.
    Role {
        /// The role.
        role: Role,
        /// The office, for roles that work at one.
        office: Option<OfficeId>,
    },
    /// The second factor is forgotten, so that its owner enrols another.
    Reset,
}

impl Change {
    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Role { .. } => "role",
            Self::Reset => "reset",
        }
    }
}

/// How long a proposal waits for its confirmation.
pub const PROPOSAL_MS: i64 = 24 * 3_600_000;

/// A change that waits for a second person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// What is to change.
    pub change: Change,
    /// For whom.
    pub subject: StaffId,
    /// Who proposed it.
    pub proposer: StaffId,
    /// From when on it is void.
    pub ends_at: Moment,
}

/// Why somebody can't confirm, or can't do something to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StaffError {
    /// Who proposed it can't confirm it, nor can whom it is about.
    #[error("another person has to confirm it")]
    SamePerson,
    /// It was not confirmed in time, or was settled before.
    #[error("the proposal is open no more")]
    Over,
    /// Nobody does this to themselves.
    #[error("nobody does this to themselves")]
    Oneself,
    /// Another administrator is there to confirm it, so the machine's operator does not.
    #[error("another administrator has to confirm it")]
    OtherAdmin,
    /// A clerk needs an office, and others have none.
    #[error("a clerk needs an office, and others have none")]
    Office,
    /// The role is not given in this way.
    #[error("this role is given by two persons only")]
    Role,
}

impl Proposal {
    /// Whether somebody may confirm it now.
    ///
    /// # Errors
    /// [`StaffError::Over`], [`StaffError::SamePerson`].
    pub fn confirmed_by(&self, confirmer: StaffId, now: Moment) -> Result<(), StaffError> {
        if now >= self.ends_at {
            return Err(StaffError::Over);
        }
        if confirmer == self.proposer || confirmer == self.subject {
            return Err(StaffError::SamePerson);
        }
        Ok(())
    }
}

/// Whether an office goes with a role.
///
/// # Errors
/// [`StaffError::Office`].
pub fn at_office(role: Role, office: Option<OfficeId>) -> Result<(), StaffError> {
    if (role == Role::Clerk) == office.is_some() { Ok(()) } else { Err(StaffError::Office) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::tests::Dice;

    #[test]
    fn every_role_has_a_line_and_no_two_duties_meet_that_must_not() {
        for role in Role::ALL {
            assert_eq!(DUTIES.iter().filter(|(of, _)| *of == role).count(), 1, "{role:?}");
            assert!(!(role.may(Duty::Review) && role.may(Duty::Fetch)), "{role:?} decides and fetches");
            assert!(!(role.may(Duty::Review) && role.may(Duty::Cashier)), "{role:?} decides and takes money");
            let photos = role.may(Duty::Review) || role.may(Duty::Fetch);
            assert!(!(role.may(Duty::Staff) && photos), "{role:?} gives rights and sees photos");
            assert!(role.needs_second_factor() || !role.may(Duty::Staff), "{role:?} gives rights by a password alone");
        }
        for duty in Duty::ALL {
            assert!(Role::ALL.iter().any(|role| role.may(duty)), "{duty:?} is nobody's");
        }
    }

    #[test]
    fn two_persons_are_two_persons_and_neither_is_whom_it_is_about() {
        let who = |seed| StaffId::new(Moment(0), &mut Dice(seed));
        let (proposer, subject, other) = (who(1), who(2), who(3));
        let id = ProposalId::new(Moment(0), &mut Dice(4));
        let proposal = Proposal { id, change: Change::Reset, subject, proposer, ends_at: Moment(PROPOSAL_MS) };
        assert_eq!(proposal.confirmed_by(other, Moment(1)), Ok(()));
        assert_eq!(proposal.confirmed_by(proposer, Moment(1)), Err(StaffError::SamePerson));
        assert_eq!(proposal.confirmed_by(subject, Moment(1)), Err(StaffError::SamePerson));
        assert_eq!(proposal.confirmed_by(other, Moment(PROPOSAL_MS)), Err(StaffError::Over));
    }

    #[test]
    fn clerks_and_nobody_else_have_an_office() {
        let office = OfficeId::new(Moment(0), &mut Dice(1));
        assert_eq!(at_office(Role::Clerk, Some(office)), Ok(()));
        assert_eq!(at_office(Role::Clerk, None), Err(StaffError::Office));
        assert_eq!(at_office(Role::Reviewer, Some(office)), Err(StaffError::Office));
        assert_eq!(at_office(Role::Admin, None), Ok(()));
    }
}

//! A residence declaration (居住信息申报): who lives where since when, who confirmed it, and how long that is valid.
//!
//! Declared by who lives there, or by family for the young and the old; confirmed by the landlord or an agent, or at an office. Of all
//! that is declared of somebody one residence is valid at a time: a move ends the one before.

mod form;
mod pass;
mod rules;
mod words;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::account::Assurance;
use crate::applicant::{IdNumber, PersonName, Phone};
use crate::clock::Moment;
use crate::id::{AccountId, DeclarationId, OfficeId, PersonId, StaffId};
use crate::person::{Person, Relation};

pub use form::{DeclarationForm, Declared, Fault, FormField, LONGEST, Why, parse};
pub use pass::{PassClaims, PassError, read_pass, to_be_signed};
pub use rules::{Rulebook, Rules, RulesError, files};
pub use words::{Confirmer, Dwelling, Paper, Refusal, State};

/// Somebody's dwelling place. Kept sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// The code of the city.
    pub city: String,
    /// The name of the district or county; the city's where it has none.
    pub district: String,
    /// Street, village or estate (街道、小区).
    pub street: String,
    /// House, storey, room.
    pub house: String,
}

/// Who lives there, as the account had them when they were declared. Kept sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The name.
    pub name: PersonName,
    /// The number of the identity document.
    pub number: IdNumber,
    /// Who they are to who declares (R13).
    pub relation: Relation,
}

/// What was declared. Kept sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// Who.
    pub subject: Subject,
    /// Where.
    pub address: Address,
    /// Since when.
    pub since: Date,
}

/// What a landlord or an agent says of themselves. Kept sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answerer {
    /// The name.
    pub name: PersonName,
    /// A telephone number.
    pub phone: Phone,
}

/// A declaration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Declaration {
    /// Its id.
    pub id: DeclarationId,
    /// The account that declared it.
    pub account: AccountId,
    /// The account's person who lives there.
    pub person: PersonId,
    /// How they live there.
    pub dwelling: Dwelling,
    /// Where it stands. Its last day is not in it: see [`Declaration::standing`].
    pub state: State,
    /// Who, where, since when.
    pub details: Details,
    /// When it was declared.
    pub declared_at: Moment,
    /// Until when the landlord's link is good; `None` where there is none.
    pub link_until: Option<Moment>,
    /// Who confirmed or refused it.
    pub confirmer: Option<Confirmer>,
    /// When they did.
    pub answered_at: Option<Moment>,
    /// What they call themselves, where it was a landlord or an agent.
    pub answerer: Option<Answerer>,
    /// Where and by whom of staff, where it was an office.
    pub office: Option<(OfficeId, StaffId)>,
    /// The paper that the office saw.
    pub paper: Option<Paper>,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
    /// The last day on which it is valid.
    pub valid_until: Option<Date>,
    /// When it was cancelled, or ended by a move.
    pub ended_at: Option<Moment>,
    /// Until when codes are drawn, as its holder agreed.
    pub shown_until: Option<Moment>,
}

/// How a declaration stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// 待确认: nobody has confirmed it yet.
    Waiting,
    /// Confirmed, while another account holds a residence of the same person: an office settles it.
    Held,
    /// 有效
    Valid,
    /// Its last day is over.
    Lapsed,
    /// Refused, cancelled, or ended by a move.
    Over,
}

impl Standing {
    /// Its word in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::Valid => "valid",
            Self::Lapsed => "lapsed",
            Self::Over => "over",
        }
    }
}

/// What a window may know of somebody's residence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Known {
    /// The declaration.
    pub declaration: DeclarationId,
    /// How it stands today.
    pub standing: Standing,
    /// The code of the city.
    pub city: String,
    /// The district.
    pub district: String,
    /// The last day on which it is valid; `None` before it is.
    pub until: Option<Date>,
}

/// Why something is not done with a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResidenceError {
    /// Between the ages for which family declares, everybody does it themselves.
    #[error("people of this age declare for themselves")]
    OfAge,
    /// Another declaration of the same person waits.
    #[error("another declaration waits")]
    Waits,
    /// It stands elsewhere by now.
    #[error("the declaration is {}", .0.word())]
    State(State),
    /// The link was used, withdrawn or is over.
    #[error("the link is good no more")]
    Link,
    /// The office is of another city.
    #[error("the declaration is of another city")]
    City,
}

/// Whether an account may declare where one of its people lives: the owner for themselves, and family for the young and the old (R13).
///
/// # Errors
/// [`ResidenceError::OfAge`].
pub fn may_declare_for(person: &Person, rules: &Rules, today: Date) -> Result<(), ResidenceError> {
    let age = person.age_on(today);
    let by_family = age < rules.family.below_age || age > rules.family.above_age;
    if person.relation == Relation::Myself || by_family { Ok(()) } else { Err(ResidenceError::OfAge) }
}

/// Whether a declaration is confirmed by the word of who declares it: one's own house, where the account is sure enough whose it is.
#[must_use]
pub fn confirms_itself(dwelling: Dwelling, assurance: Assurance, rules: &Rules) -> bool {
    dwelling == Dwelling::Own && assurance.number() >= rules.own.alone_from_assurance
}

/// What a confirmation makes of a declaration. An office had the papers in hand, so that it ends what another account declared of the
/// same person; anybody else's word does not.
///
/// # Errors
/// [`ResidenceError::State`] where it is refused, cancelled, ended, or valid already.
pub fn confirmed(state: State, by: Confirmer, held_elsewhere: bool) -> Result<State, ResidenceError> {
    match state {
        State::Declared if held_elsewhere && by != Confirmer::Office => Ok(State::Confirmed),
        State::Declared => Ok(State::Valid),
        State::Confirmed if by == Confirmer::Office => Ok(State::Valid),
        other => Err(ResidenceError::State(other)),
    }
}

/// What a refusal makes of a declaration: it is over. Only an office refuses what was confirmed before.
///
/// # Errors
/// [`ResidenceError::State`].
pub fn refused(state: State, by: Confirmer) -> Result<State, ResidenceError> {
    match state {
        State::Declared => Ok(State::Refused),
        State::Confirmed if by == Confirmer::Office => Ok(State::Refused),
        other => Err(ResidenceError::State(other)),
    }
}

impl Declaration {
    /// How it stands on a day.
    #[must_use]
    pub fn standing(&self, today: Date) -> Standing {
        match self.state {
            State::Declared => Standing::Waiting,
            State::Confirmed => Standing::Held,
            State::Valid if self.valid_until.is_some_and(|last| today <= last) => Standing::Valid,
            State::Valid => Standing::Lapsed,
            State::Refused | State::Cancelled | State::Ended => Standing::Over,
        }
    }

    /// What a window may know of it.
    #[must_use]
    pub fn known(&self, today: Date) -> Known {
        Known {
            declaration: self.id,
            standing: self.standing(today),
            city: self.details.address.city.clone(),
            district: self.details.address.district.clone(),
            until: self.valid_until,
        }
    }

    /// Whether a landlord or an agent may confirm it: not one's own house, which has none.
    #[must_use]
    pub fn takes_link(&self) -> bool {
        self.state == State::Declared && self.dwelling != Dwelling::Own
    }
}

#[cfg(test)]
mod tests;

//! Staff as administrators' pages list them, and the words for what was done.

use huizhi_domain::id::{OfficeId, StaffId};
#[cfg(test)]
use huizhi_domain::staff::Role;
use huizhi_domain::staff::{Change, Office, Proposal, StaffError};
use huizhi_domain::words::Lang;
use huizhi_store::StaffLine;
use serde::{Deserialize, Serialize};

use super::say;
use crate::error::PageError;
use crate::page::moment;

/// A member of staff in a list.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Their id.
    pub id: String,
    /// What they sign in with.
    pub login: String,
    /// What colleagues call them.
    pub name: String,
    /// What they do.
    pub role: &'static str,
    /// Where.
    pub office: Option<String>,
    /// Whether they are suspended.
    pub suspended: bool,
    /// Whether they have an authenticator.
    pub totp: bool,
    /// How many passkeys they have.
    pub passkeys: i64,
    /// In how many browsers they are signed in.
    pub sessions: i64,
}

/// An office to choose.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A proposal in a list.
#[derive(Clone, Debug, Serialize)]
pub struct Waiting {
    id: String,
    kind: &'static str,
    subject: String,
    proposer: String,
    role: Option<&'static str>,
    office: Option<String>,
    ends_at: String,
    /// Whether who looks may confirm it.
    can_confirm: bool,
}

/// What an act before this page did.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Its word; nothing else is shown.
    pub told: String,
}

/// What acts did, by their words.
const TOLD: [&str; 8] = ["confirmed", "refused", "withdrawn", "suspended", "reactivated", "ended", "proposed", "over"];

/// The sentence of an act.
#[must_use]
pub fn told(lang: Lang, word: &str) -> Option<String> {
    let word = TOLD.into_iter().find(|known| *known == word)?;
    Some(say(lang, &format!("staff-told-{word}"), &[]))
}

/// Why something was not done to staff, in words.
#[must_use]
pub fn fault(lang: Lang, error: StaffError) -> String {
    let key = match error {
        StaffError::SamePerson => "staff-fault-same-person",
        StaffError::Over => "staff-fault-over",
        StaffError::Oneself => "staff-fault-oneself",
        StaffError::OtherAdmin => "staff-fault-other-admin",
        StaffError::Office => "staff-fault-office",
        StaffError::Role => "staff-fault-role",
    };
    say(lang, key, &[])
}

/// Offices to choose from.
#[must_use]
pub fn choices(offices: &[Office]) -> Vec<Choice> {
    offices.iter().map(|office| Choice { id: office.id.to_string(), name: office.name.clone() }).collect()
}

fn office_name(offices: &[Office], id: Option<OfficeId>) -> Option<String> {
    offices.iter().find(|office| Some(office.id) == id).map(|office| office.name.clone())
}

/// Somebody as a list shows them.
#[must_use]
pub fn line(of: &StaffLine, offices: &[Office]) -> Line {
    Line {
        id: of.staff.id.to_string(),
        login: of.staff.login.clone(),
        name: of.staff.name.clone(),
        role: of.staff.role.word(),
        office: office_name(offices, of.staff.office),
        suspended: of.suspended_at.is_some(),
        totp: of.totp,
        passkeys: of.passkeys,
        sessions: of.sessions,
    }
}

/// A proposal as somebody sees it.
#[must_use]
pub fn waiting(lang: Lang, all: &[StaffLine], offices: &[Office], looks: StaffId, of: &Proposal) -> Waiting {
    let name = |id: StaffId| {
        all.iter().find(|line| line.staff.id == id).map_or_else(|| id.to_string(), |line| line.staff.name.clone())
    };
    let (role, office) = match of.change {
        Change::Role { role, office } => (Some(role.word()), office_name(offices, office)),
        Change::Reset => (None, None),
    };
    Waiting {
        id: of.id.to_string(),
        kind: of.change.word(),
        subject: name(of.subject),
        proposer: name(of.proposer),
        role,
        office,
        ends_at: moment(lang, of.ends_at),
        can_confirm: looks != of.proposer && looks != of.subject,
    }
}

/// An office that was chosen; nothing for none.
///
/// # Errors
/// [`PageError::Form`] for what is no office's id.
pub fn chosen(office: &str) -> Result<Option<OfficeId>, PageError> {
    if office.is_empty() { Ok(None) } else { office.parse().map(Some).map_err(|_| PageError::Form) }
}

#[cfg(test)]
impl Line {
    /// Somebody of each role, suspended and not.
    pub fn samples() -> Vec<Self> {
        let line = |role: Role| Self {
            id: "01".to_owned(),
            login: "chen".to_owned(),
            name: "Chen".to_owned(),
            role: role.word(),
            office: (role == Role::Clerk).then(|| "Jiangbei".to_owned()),
            suspended: role == Role::Editor,
            totp: role == Role::Admin,
            passkeys: i64::from(role == Role::Lead),
            sessions: 1,
        };
        Role::ALL.map(line).to_vec()
    }
}

#[cfg(test)]
impl Waiting {
    /// One of each kind, to be confirmed by who looks and not.
    pub fn samples() -> Vec<Self> {
        let waiting = |kind, role, can_confirm| Self {
            id: "01".to_owned(),
            kind,
            subject: "Chen".to_owned(),
            proposer: "Wu".to_owned(),
            role,
            office: role.map(|_| "Jiangbei".to_owned()),
            ends_at: "then".to_owned(),
            can_confirm,
        };
        vec![waiting("role", Some("clerk"), true), waiting("reset", None, false)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_and_every_refusal_has_its_words() {
        for lang in Lang::ALL {
            for word in TOLD {
                assert!(!told(lang, word).unwrap().starts_with("staff-"), "{word}");
            }
            for error in [
                StaffError::SamePerson,
                StaffError::Over,
                StaffError::Oneself,
                StaffError::OtherAdmin,
                StaffError::Office,
                StaffError::Role,
            ] {
                assert!(!fault(lang, error).starts_with("staff-"), "{error}");
            }
        }
    }
}

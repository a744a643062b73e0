//! The applicant (申请人): who a receipt is for, as far as the city's policy asks.
//!
//! Everything here is personal data. `Debug` shows none of it, memory is wiped on drop, and an error carries the part at
//! fault, never a whole number. `Serialize` gives the plain text and is meant for what is sealed at once (`seal.rs`).

mod fault;
mod guardian;
mod name;
mod number;
mod phone;

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use fault::{Fault, FieldError, FormField};
pub use guardian::{Guardian, GuardianForm, GuardianPaper};
pub use name::PersonName;
pub use number::{IdKind, IdNumber, Sex};
pub use phone::Phone;

use crate::policy::Field;

/// Younger applicants come with a guardian (R9).
pub const ALONE_FROM_AGE: u8 = 16;

/// For younger ones a guardian consents before any face is processed (PIPL art. 31, D31).
pub const CONSENTS_FROM_AGE: u8 = 14;

/// Who a receipt is for. Fields that the policy does not ask for stay empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applicant {
    /// The name.
    pub name: Option<PersonName>,
    /// The number of the identity document.
    pub id: Option<IdNumber>,
    /// A telephone number.
    pub phone: Option<Phone>,
    /// The guardian, for a minor.
    pub guardian: Option<Guardian>,
}

/// What was typed. Text that is empty or blank was not typed.
#[derive(Clone, Copy, Default)]
pub struct ApplicantForm<'a> {
    /// The name.
    pub name: &'a str,
    /// The number of the identity document.
    pub id_number: &'a str,
    /// A telephone number.
    pub phone: &'a str,
    /// The guardian, where one was given.
    pub guardian: Option<GuardianForm<'a>>,
}

impl Applicant {
    /// Reads a form. `asked` are the policy's fields: they must be there; others are read where they were typed.
    ///
    /// # Errors
    /// One [`FieldError`] for each field at fault, in the order of the form.
    pub fn parse(form: &ApplicantForm<'_>, asked: &BTreeSet<Field>, today: Date) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let wanted = |field: Field, text: &str| asked.contains(&field) || !text.trim().is_empty();
        let mut keep = |error: FieldError| errors.push(error);
        let mut applicant = Self::default();
        if wanted(Field::Name, form.name) {
            applicant.name = PersonName::parse(form.name).map_err(|e| keep(e.at(FormField::Name))).ok();
        }
        if wanted(Field::IdNumber, form.id_number) {
            applicant.id = IdNumber::parse(form.id_number, today).map_err(|e| keep(e.at(FormField::IdNumber))).ok();
        }
        if wanted(Field::Phone, form.phone) {
            applicant.phone = Phone::parse(form.phone).map_err(|e| keep(e.at(FormField::Phone))).ok();
        }
        if let Some(guardian) = &form.guardian {
            match Guardian::parse(guardian, today) {
                Ok(guardian) => applicant.guardian = Some(guardian),
                Err(faults) => errors.extend(faults),
            }
        } else if asked.contains(&Field::GuardianUnder16) && applicant.needs_guardian(today) == Some(true) {
            errors.push(FieldError::new(FormField::GuardianName, Fault::GuardianMissing, ""));
        }
        if applicant.guardian.as_ref().is_some_and(|guardian| Some(&guardian.id) == applicant.id.as_ref()) {
            errors.push(FieldError::new(FormField::GuardianIdNumber, Fault::GuardianSame, ""));
        }
        if errors.is_empty() { Ok(applicant) } else { Err(errors) }
    }

    /// The birth date that the number carries; `None` where there is no number, or one without a date (travel documents).
    #[must_use]
    pub fn birth(&self) -> Option<Date> {
        self.id.as_ref().and_then(IdNumber::birth)
    }

    /// Age in full years on a day; `None` where the birth date is not known.
    #[must_use]
    pub fn age_on(&self, day: Date) -> Option<u8> {
        self.birth().map(|birth| age(birth, day))
    }

    /// Whether a guardian must come along on a day (under 16); `None` where the age is not known and has to be asked.
    #[must_use]
    pub fn needs_guardian(&self, on: Date) -> Option<bool> {
        self.age_on(on).map(|age| age < ALONE_FROM_AGE)
    }

    /// Whether a guardian must have consented before the face is processed (under 14); `None` where the age is not known.
    #[must_use]
    pub fn needs_guardian_consent(&self, on: Date) -> Option<bool> {
        self.age_on(on).map(|age| age < CONSENTS_FROM_AGE)
    }
}

/// Full years on a day. Who was born on 29 February is a year older on 1 March of a common year: the later day keeps a
/// child protected for longer.
#[must_use]
pub fn age(birth: Date, day: Date) -> u8 {
    let had_birthday = (day.month(), day.day()) >= (birth.month(), birth.day());
    let years = i32::from(day.year()) - i32::from(birth.year()) - i32::from(!had_birthday);
    u8::try_from(years.clamp(0, 255)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests;

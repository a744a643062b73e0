//! The guardian (监护人) of a minor.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::age;
use super::fault::{Fault, FieldError, FormField};
use super::name::PersonName;
use super::number::{IdKind, IdNumber};
use super::phone::Phone;

/// A guardian is of age.
const OF_AGE: u8 = 18;

/// The papers with which a guardian shows who they are: any one (R10); the list is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardianPaper {
    /// 居民身份证
    ResidentId,
    /// 临时居民身份证
    TemporaryId,
    /// 户口簿
    HouseholdBook,
    /// 护照
    Passport,
    /// 港澳居民来往内地通行证
    HkMacauTravelPermit,
    /// 台湾居民来往大陆通行证
    TaiwanTravelPermit,
    /// 港澳台居民居住证
    HkMacauTaiwanResidencePermit,
    /// 外国人永久居留身份证
    ForeignerPermanentResidence,
    /// 其他有效身份证件
    Other,
}

impl GuardianPaper {
    /// All of them, in the order of the list.
    pub const ALL: [Self; 9] = [
        Self::ResidentId,
        Self::TemporaryId,
        Self::HouseholdBook,
        Self::Passport,
        Self::HkMacauTravelPermit,
        Self::TaiwanTravelPermit,
        Self::HkMacauTaiwanResidencePermit,
        Self::ForeignerPermanentResidence,
        Self::Other,
    ];

    /// Whether a number of a kind stands on such a paper.
    #[must_use]
    pub const fn carries(self, kind: IdKind) -> bool {
        match self {
            Self::ResidentId | Self::TemporaryId | Self::HouseholdBook => matches!(kind, IdKind::ResidentId),
            Self::Passport => matches!(kind, IdKind::ChinesePassport | IdKind::OtherDocument),
            Self::HkMacauTravelPermit => matches!(kind, IdKind::HkMacauTravelPermit),
            Self::TaiwanTravelPermit => matches!(kind, IdKind::TaiwanTravelPermit),
            Self::HkMacauTaiwanResidencePermit => {
                matches!(kind, IdKind::HkMacauResidencePermit | IdKind::TaiwanResidencePermit)
            }
            Self::ForeignerPermanentResidence => {
                matches!(kind, IdKind::ForeignerPermanentResidence | IdKind::ForeignerPermanentResidenceOld)
            }
            Self::Other => true,
        }
    }
}

/// A guardian.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guardian {
    /// The name.
    pub name: PersonName,
    /// The paper.
    pub paper: GuardianPaper,
    /// The paper's number.
    pub id: IdNumber,
    /// A telephone number, where one was given.
    pub phone: Option<Phone>,
}

/// What was typed.
#[derive(Clone, Copy)]
pub struct GuardianForm<'a> {
    /// The name.
    pub name: &'a str,
    /// The paper.
    pub paper: GuardianPaper,
    /// The paper's number.
    pub id_number: &'a str,
    /// A telephone number; may be empty.
    pub phone: &'a str,
}

impl Guardian {
    /// Reads a form.
    ///
    /// # Errors
    /// One [`FieldError`] for each field at fault.
    pub fn parse(form: &GuardianForm<'_>, today: Date) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut keep = |error: FieldError, field| errors.push(error.at(field));
        let name = PersonName::parse(form.name).map_err(|e| keep(e, FormField::GuardianName)).ok();
        let id = number(form, today).map_err(|e| keep(e, FormField::GuardianIdNumber)).ok();
        let phone = if form.phone.trim().is_empty() {
            None
        } else {
            Phone::parse(form.phone).map_err(|e| keep(e, FormField::GuardianPhone)).ok()
        };
        match (name, id) {
            (Some(name), Some(id)) if errors.is_empty() => Ok(Self { name, paper: form.paper, id, phone }),
            _ => Err(errors),
        }
    }
}

fn number(form: &GuardianForm<'_>, today: Date) -> Result<IdNumber, FieldError> {
    let fault = |code| FieldError::new(FormField::GuardianIdNumber, code, "");
    let id = match IdNumber::parse(form.id_number, today) {
        Ok(id) if form.paper.carries(id.kind()) => id,
        Ok(id) if id.birth().is_some() => return Err(fault(Fault::NumberKind)),
        // Foreign passports and other papers have numbers of any shape.
        _ if form.paper.carries(IdKind::OtherDocument) => IdNumber::of_other_document(form.id_number)?,
        Ok(_) => return Err(fault(Fault::NumberKind)),
        Err(error) => return Err(error),
    };
    if id.birth().is_some_and(|birth| age(birth, today) < OF_AGE) {
        return Err(fault(Fault::GuardianYoung));
    }
    Ok(id)
}

//! What is wrong with a field, by a code that is also the key of its message in `locales/*/applicant.ftl`.

use std::fmt;

use serde::Serialize;

/// A field of the applicant's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FormField {
    /// The name.
    Name,
    /// The number of the identity document.
    IdNumber,
    /// The telephone number.
    Phone,
    /// The guardian's name.
    GuardianName,
    /// The guardian's number.
    GuardianIdNumber,
    /// The guardian's telephone number.
    GuardianPhone,
}

macro_rules! faults {
    ($($(#[$about:meta])* $name:ident = $code:literal,)*) => {
        /// What is wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $($(#[$about])* $name,)*
        }

        impl Fault {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its code: `id-number.check-digit`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

faults! {
    /// No name.
    NameEmpty = "name.empty",
    /// One character.
    NameShort = "name.too-short",
    /// More than 50 characters.
    NameLong = "name.too-long",
    /// A digit in it.
    NameDigit = "name.digit",
    /// Characters and Latin letters mixed.
    NameMixed = "name.latin-and-han",
    /// A sign that names do not have.
    NameSign = "name.sign",
    /// A middle dot that stands between no two parts.
    NameDot = "name.dot",
    /// A province's name.
    NamePlace = "name.place",
    /// No number.
    NumberEmpty = "id-number.empty",
    /// A letter or sign that no number has there.
    NumberSign = "id-number.sign",
    /// No kind of number is as long as this.
    NumberLength = "id-number.length",
    /// The first generation's number of 15 digits.
    NumberFifteen = "id-number.fifteen-digits",
    /// Its first six digits are no place.
    NumberRegion = "id-number.region",
    /// The birth date does not exist.
    NumberBirth = "id-number.birth-date",
    /// The birth date is to come.
    NumberFuture = "id-number.future",
    /// The last character does not fit the others.
    NumberCheck = "id-number.check-digit",
    /// A good number, of another kind of document.
    NumberKind = "id-number.other-kind",
    /// No telephone number.
    PhoneEmpty = "phone.empty",
    /// A letter or sign that no telephone number has.
    PhoneSign = "phone.sign",
    /// Neither a mobile number of 11 digits, nor a landline with its area, nor a number with + and country.
    PhoneForm = "phone.form",
    /// A minor without a guardian.
    GuardianMissing = "guardian.missing",
    /// The guardian is a minor.
    GuardianYoung = "guardian.too-young",
    /// The guardian's number is the applicant's.
    GuardianSame = "guardian.same",
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Fault {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// One field at fault. The citizen's to mend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}")]
pub struct FieldError {
    /// The field.
    pub field: FormField,
    /// What is wrong: the key of the message.
    pub code: Fault,
    /// The message's `$value`: the part at fault, such as `2015-02-29` or a sign; never a whole name or number. May be empty.
    pub value_shown: String,
}

impl FieldError {
    pub(super) fn new(field: FormField, code: Fault, value: impl fmt::Display) -> Self {
        Self { field, code, value_shown: value.to_string() }
    }

    /// The same fault of another field: a guardian's name is read as an applicant's is.
    pub(super) fn at(self, field: FormField) -> Self {
        Self { field, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Lang, Words};

    #[test]
    fn every_code_has_a_message_in_both_languages() {
        let words = Words::read(&[(
            include_str!("../../../../locales/zh-CN/applicant.ftl"),
            include_str!("../../../../locales/en/applicant.ftl"),
        )]);
        assert!(words.uneven().is_empty(), "{:?}", words.uneven());
        for fault in Fault::ALL {
            for lang in Lang::ALL {
                assert!(words.pattern(lang, fault.code()).is_some(), "{fault} in {}", lang.tag());
            }
        }
    }
}

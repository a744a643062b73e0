//! A telephone number.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::fault::{Fault, FieldError, FormField};

/// A telephone number: a mobile number of the mainland (11 digits), a landline with its area (0…), or + with the country.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(Zeroizing<String>);

impl Phone {
    /// Reads a number: spaces, hyphens and brackets go, +86 goes.
    ///
    /// # Errors
    /// A [`FieldError`] with a `phone.` code.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let fault = |code: Fault, value: &str| FieldError::new(FormField::Phone, code, value);
        let dropped = |c: &char| !c.is_whitespace() && !"-()‐–·.\u{200B}\u{202A}\u{202C}\u{FEFF}".contains(*c);
        let typed = Zeroizing::new(text.nfkc().filter(dropped).collect::<String>());
        if typed.is_empty() {
            return Err(fault(Fault::PhoneEmpty, ""));
        }
        let digits = typed.strip_prefix('+').unwrap_or(&typed);
        if let Some(sign) = digits.chars().find(|c| !c.is_ascii_digit()) {
            return Err(fault(Fault::PhoneSign, &sign.to_string()));
        }
        let home = ["+86", "0086", "86"].into_iter().filter_map(|prefix| typed.strip_prefix(prefix));
        if let Some(mobile) = [typed.as_str()].into_iter().chain(home).find(|rest| is_mobile(rest)) {
            return Ok(Self(Zeroizing::new(mobile.to_owned())));
        }
        // ITU-T E.164: at most 15 digits with the country.
        let abroad = typed.starts_with('+') && (7..=15).contains(&digits.len()) && !digits.starts_with('0');
        let landline = digits.len() == typed.len() && digits.starts_with('0') && (10..=12).contains(&digits.len());
        if (abroad && !digits.starts_with("86")) || (landline && !digits.starts_with("00")) {
            return Ok(Self(typed));
        }
        Err(fault(Fault::PhoneForm, &digits.len().to_string()))
    }

    /// The number: digits, with a + before a country.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as it is shown: `138****1234`.
    #[must_use]
    pub fn masked(&self) -> String {
        let length = self.0.chars().count();
        self.0.chars().enumerate().map(|(at, c)| if at < 3 || at + 4 >= length { c } else { '*' }).collect()
    }
}

/// Mobile numbers begin with 13 to 19.
fn is_mobile(text: &str) -> bool {
    text.len() == 11 && text.starts_with('1') && matches!(text.as_bytes()[1], b'3'..=b'9')
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}

impl TryFrom<String> for Phone {
    type Error = FieldError;

    fn try_from(text: String) -> Result<Self, FieldError> {
        Self::parse(&Zeroizing::new(text))
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.0.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for (typed, number) in [
            ("13800001234", "13800001234"),
            (" 138 0000 1234", "13800001234"),
            ("+86 138-0000-1234", "13800001234"),
            ("8613800001234", "13800001234"),
            ("１３８００００１２３４", "13800001234"),
            ("(0752) 222-3333", "07522223333"),
            ("+852 5555 0000", "+85255550000"),
        ] {
            assert_eq!(Phone::parse(typed).unwrap().as_str(), number, "{typed}");
        }
        assert_eq!(Phone::parse("13800001234").unwrap().masked(), "138****1234");
        assert_eq!(format!("{:?}", Phone::parse("13800001234").unwrap()), "Phone(…)");
    }

    #[test]
    fn what_is_no_telephone_number_is_told_why() {
        for (typed, why) in [
            ("", "phone.empty"),
            ("138o0001234", "phone.sign"),
            ("1380000123", "phone.form"),
            ("12000001234", "phone.form"),
            ("+861380000123", "phone.form"),
            ("00852555", "phone.form"),
        ] {
            assert_eq!(Phone::parse(typed).unwrap_err().code.code(), why, "{typed}");
        }
    }
}

//! Numbers of identity documents. Check digit: GB 11643-1999, ISO 7064 MOD 11-2.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::fault::{Fault, FieldError, FormField};

/// The oldest age that a birth date is believed at, years: above every life on record.
const OLDEST: i16 = 130;

/// The document that a number belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdKind {
    /// 居民身份证: 18 characters.
    ResidentId,
    /// 港澳居民居住证: 18 characters that begin with 81 or 82 (国办发〔2018〕81号).
    HkMacauResidencePermit,
    /// 台湾居民居住证: 18 characters that begin with 83.
    TaiwanResidencePermit,
    /// 外国人永久居留身份证 of 2023: 18 characters that begin with 9.
    ForeignerPermanentResidence,
    /// The one before it: 3 letters and 12 digits; only the form is checked.
    ForeignerPermanentResidenceOld,
    /// 港澳居民来往内地通行证: H or M and 8 digits, or 10 with the count of issues.
    HkMacauTravelPermit,
    /// 台湾居民来往大陆通行证: 8 digits.
    TaiwanTravelPermit,
    /// 中国护照: E and 8 digits, or E, a letter and 7 digits.
    ChinesePassport,
    /// Any other paper, such as a foreign passport: 5 to 20 letters and digits.
    OtherDocument,
}

/// As the number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sex {
    /// An even sequence.
    Female,
    /// An odd sequence.
    Male,
}

/// A number of an identity document (证件号码), checked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct IdNumber {
    kind: IdKind,
    text: Zeroizing<String>,
}

/// Its form in a sealed record.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    kind: IdKind,
    number: String,
}

impl IdNumber {
    /// Reads a number and finds its kind: full width made plain, spaces and hyphens dropped, small letters made capital.
    /// Codes of places are not looked up: people keep the code of a county that is no more.
    ///
    /// # Errors
    /// A [`FieldError`] with an `id-number.` code.
    pub fn parse(text: &str, today: Date) -> Result<Self, FieldError> {
        let text = plain(text)?;
        let bytes = text.as_bytes();
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        let kind = match bytes {
            [b'H' | b'M', rest @ ..] if digits(rest) && matches!(rest.len(), 8 | 10) => IdKind::HkMacauTravelPermit,
            // I and O are left out, they look like digits.
            [b'E', letter, rest @ ..]
                if digits(rest) && rest.len() == 7 && letter.is_ascii_alphanumeric() && !b"IO".contains(letter) =>
            {
                IdKind::ChinesePassport
            }
            _ if bytes.len() == 8 && digits(bytes) => IdKind::TaiwanTravelPermit,
            _ if bytes.len() == 15 && digits(bytes) => return Err(fault(Fault::NumberFifteen, "")),
            _ if bytes.len() == 15 && bytes[..3].iter().all(u8::is_ascii_uppercase) && digits(&bytes[3..]) => {
                IdKind::ForeignerPermanentResidenceOld
            }
            _ if bytes.len() == 18 => eighteen(&text, today)?,
            _ => return Err(fault(Fault::NumberLength, bytes.len())),
        };
        Ok(Self { kind, text })
    }

    /// Reads the number of a paper whose form is not known, such as a foreign passport.
    ///
    /// # Errors
    /// A [`FieldError`] with an `id-number.` code: 5 to 20 letters and digits are taken.
    pub fn of_other_document(text: &str) -> Result<Self, FieldError> {
        let text = plain(text)?;
        if (5..=20).contains(&text.len()) {
            Ok(Self { kind: IdKind::OtherDocument, text })
        } else {
            Err(fault(Fault::NumberLength, text.len()))
        }
    }

    /// The document that it belongs to.
    #[must_use]
    pub fn kind(&self) -> IdKind {
        self.kind
    }

    /// The number in plain text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The birth date, of the kinds with 18 characters.
    #[must_use]
    pub fn birth(&self) -> Option<Date> {
        if self.has_check_digit() { birth(&self.text) } else { None }
    }

    /// The sex, of the kinds with 18 characters.
    #[must_use]
    pub fn sex(&self) -> Option<Sex> {
        let digit = self.text.as_bytes().get(16).filter(|_| self.has_check_digit())?;
        Some(if digit % 2 == 1 { Sex::Male } else { Sex::Female })
    }

    /// The number as it is shown: `4413************38`; of short ones the first and the last two (`H******78`).
    #[must_use]
    pub fn masked(&self) -> String {
        let length = self.text.len();
        let head = if length >= 12 { 4 } else { 1 };
        self.text.chars().enumerate().map(|(at, c)| if at < head || at + 2 >= length { c } else { '*' }).collect()
    }

    /// The last four characters, as proof that someone knows the number.
    #[must_use]
    pub fn last_four(&self) -> &str {
        self.text.get(self.text.len().saturating_sub(4)..).unwrap_or_default()
    }

    fn has_check_digit(&self) -> bool {
        matches!(
            self.kind,
            IdKind::ResidentId
                | IdKind::HkMacauResidencePermit
                | IdKind::TaiwanResidencePermit
                | IdKind::ForeignerPermanentResidence
        )
    }
}

/// Letters and digits of a typed number.
fn plain(text: &str) -> Result<Zeroizing<String>, FieldError> {
    let dropped = |c: &char| c.is_whitespace() || "-‐–·\u{200B}\u{200E}\u{202A}\u{202C}\u{FEFF}".contains(*c);
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    for c in text.nfkc().filter(|c| !dropped(c)) {
        if !c.is_ascii_alphanumeric() {
            return Err(fault(Fault::NumberSign, c));
        }
        plain.push(c.to_ascii_uppercase());
    }
    if plain.is_empty() { Err(fault(Fault::NumberEmpty, "")) } else { Ok(plain) }
}

/// The kind of a number of 18 characters, once it holds.
fn eighteen(text: &str, today: Date) -> Result<IdKind, FieldError> {
    let (body, last) = text.split_at(17);
    if let Some(sign) = body.chars().find(|c| !c.is_ascii_digit()) {
        return Err(fault(Fault::NumberSign, sign));
    }
    if !last.chars().all(|c| c.is_ascii_digit() || c == 'X') {
        return Err(fault(Fault::NumberSign, last));
    }
    // No code of a place begins with 0.
    if text.starts_with('0') {
        return Err(fault(Fault::NumberRegion, &text[..6]));
    }
    let shown = || format!("{}-{}-{}", &text[6..10], &text[10..12], &text[12..14]);
    let born = birth(text).ok_or_else(|| fault(Fault::NumberBirth, shown()))?;
    if born > today {
        return Err(fault(Fault::NumberFuture, shown()));
    }
    if born.year() < today.year() - OLDEST {
        return Err(fault(Fault::NumberBirth, shown()));
    }
    if last != check_character(body) {
        return Err(fault(Fault::NumberCheck, last));
    }
    Ok(match &text[..2] {
        "81" | "82" => IdKind::HkMacauResidencePermit,
        "83" => IdKind::TaiwanResidencePermit,
        other if other.starts_with('9') => IdKind::ForeignerPermanentResidence,
        _ => IdKind::ResidentId,
    })
}

fn birth(text: &str) -> Option<Date> {
    let part = |from: usize, to: usize| text.get(from..to);
    let (year, month, day) = (part(6, 10)?.parse().ok()?, part(10, 12)?.parse().ok()?, part(12, 14)?.parse().ok()?);
    Date::new(year, month, day).ok()
}

/// MOD 11-2 of 17 digits: doubled step by step, which gives the weights 7 9 10 5 … of the standard.
fn check_character(body: &str) -> &'static str {
    let sum = body.bytes().fold(0, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
    ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][sum as usize]
}

fn fault(code: Fault, value: impl fmt::Display) -> FieldError {
    FieldError::new(FormField::IdNumber, code, value)
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdNumber({:?}, …)", self.kind)
    }
}

impl TryFrom<Stored> for IdNumber {
    type Error = FieldError;

    /// A stored number was checked on its day: any birth date is past.
    fn try_from(stored: Stored) -> Result<Self, FieldError> {
        let text = Zeroizing::new(stored.number);
        if stored.kind == IdKind::OtherDocument {
            return Self::of_other_document(&text);
        }
        let today = birth(&text).unwrap_or(Date::MAX);
        let id = Self::parse(&text, today)?;
        if id.kind == stored.kind { Ok(id) } else { Err(fault(Fault::NumberKind, "")) }
    }
}

impl From<IdNumber> for Stored {
    fn from(id: IdNumber) -> Self {
        Self { kind: id.kind, number: id.text.as_str().to_owned() }
    }
}

#[cfg(test)]
mod tests;

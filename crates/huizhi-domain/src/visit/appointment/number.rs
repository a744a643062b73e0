//! The number of an appointment (预约号): eight characters that people read, type and say over the telephone. It names an appointment
//! and opens nothing: for that there is the code.

use std::fmt;
use std::str::FromStr;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// Crockford's base 32, as in the receipt's number.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const RANDOM: usize = 7;
const LENGTH: usize = RANDOM + 1;

/// A number of eight characters, the last of which checks the others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AppointmentNumber(String);

/// Text that is no number of an appointment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotANumber {
    /// Another count of characters than eight.
    #[error("{0} characters; the number of an appointment has {LENGTH}")]
    Length(usize),
    /// A character that no number has.
    #[error("“{0}” is in no number of an appointment")]
    Character(char),
    /// The check character does not match: one was mistyped, or two were swapped.
    #[error("the check character does not match")]
    Check,
}

impl AppointmentNumber {
    /// Draws a number.
    pub fn draw(random: &mut dyn CryptoRng) -> Self {
        let mut bytes = [0; RANDOM];
        random.fill_bytes(&mut bytes);
        // 256 is a multiple of 32, so each character is equally likely.
        let digits = bytes.map(|byte| byte % 32);
        let check = double(fold(&digits));
        Self(digits.iter().chain([&check]).map(|digit| character(*digit)).collect())
    }

    /// The eight characters without a hyphen, as the database has them.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppointmentNumber {
    /// In two groups: `K7Q2-M9XR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(self.0.len() / 2);
        write!(f, "{first}-{second}")
    }
}

impl FromStr for AppointmentNumber {
    type Err = NotANumber;

    /// Reads what people type: spaces and hyphens, full width, lower case, O for 0 and I or L for 1.
    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let mut digits = Vec::with_capacity(LENGTH);
        for typed in text.nfkc().filter(|c| !c.is_whitespace() && !"-‐–—·.".contains(*c)) {
            let plain = match typed.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let digit = ALPHABET.iter().position(|known| char::from(*known) == plain);
            digits.push(digit.ok_or(NotANumber::Character(typed))? as u8);
        }
        if digits.len() != LENGTH {
            return Err(NotANumber::Length(digits.len()));
        }
        if fold(&digits) != 0 {
            return Err(NotANumber::Check);
        }
        Ok(Self(digits.into_iter().map(character).collect()))
    }
}

impl TryFrom<String> for AppointmentNumber {
    type Error = NotANumber;

    fn try_from(text: String) -> Result<Self, NotANumber> {
        text.parse()
    }
}

impl From<AppointmentNumber> for String {
    fn from(number: AppointmentNumber) -> Self {
        number.0
    }
}

fn character(digit: u8) -> char {
    ALPHABET.get(usize::from(digit)).map_or('0', |byte| char::from(*byte))
}

/// The digits as a polynomial in GF(32) at its generator: weights that are all different, so that every wrong character and every
/// swapped pair shows.
fn fold(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |sum, digit| double(sum) ^ digit)
}

/// Times the generator, modulo x⁵ + x² + 1.
const fn double(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted & 0b10_0000 == 0 { shifted } else { shifted ^ 0b10_0101 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::seal::tests::Dice;

    #[test]
    fn typed_numbers_are_read_as_they_were_meant() {
        for seed in 0..50 {
            let number = AppointmentNumber::draw(&mut Dice(seed));
            let text = number.to_string();
            assert_eq!((text.len(), text.as_bytes()[4]), (9, b'-'));
            let wide: String = number.as_str().chars().map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap()).collect();
            let sloppy = text.to_lowercase().replace('0', "o").replace('1', "l");
            for typed in [number.as_str().to_owned(), text, wide, sloppy, format!(" {} ", number.as_str())] {
                assert_eq!(typed.parse(), Ok(number.clone()), "{typed}");
            }
        }
    }

    #[test]
    fn wrong_ones_say_why() {
        assert_eq!("K7Q2".parse::<AppointmentNumber>(), Err(NotANumber::Length(4)));
        assert_eq!("K7Q#".parse::<AppointmentNumber>(), Err(NotANumber::Character('#')));
    }

    proptest! {
        #[test]
        fn every_wrong_character_and_every_swapped_pair_is_found(seed: u64, at in 0_usize..LENGTH, other in 0_usize..32) {
            let number = AppointmentNumber::draw(&mut Dice(seed));
            let mut digits = number.as_str().as_bytes().to_vec();
            if digits[at] != ALPHABET[other] {
                digits[at] = ALPHABET[other];
                let text = String::from_utf8(digits.clone()).unwrap();
                prop_assert_eq!(text.parse::<AppointmentNumber>(), Err(NotANumber::Check));
            }
            let mut digits = number.as_str().as_bytes().to_vec();
            if at + 1 < LENGTH && digits[at] != digits[at + 1] {
                digits.swap(at, at + 1);
                let text = String::from_utf8(digits).unwrap();
                prop_assert_eq!(text.parse::<AppointmentNumber>(), Err(NotANumber::Check));
            }
        }
    }
}

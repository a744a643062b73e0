//! The receipt number (回执号 = 图像号): 20 characters that people read, type and say over the telephone.

use std::fmt;
use std::str::FromStr;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroize;

/// Crockford's base 32: digits and letters without I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const ISSUER: usize = 2;
const RANDOM: usize = 16;
const LENGTH: usize = ISSUER + RANDOM + 2;

/// The largest prime below 32² = 1024. Being prime and larger than 32, it finds every wrong character and every swapped
/// pair of neighbours, as ISO 7064's pure systems do.
const MODULUS: u32 = 1021;

/// The two characters before the random ones: who issues. By them services know each other, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Issuer([u8; ISSUER]);

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only characters of the alphabet get in.
        f.write_str(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

impl TryFrom<String> for Issuer {
    type Error = NumberError;

    fn try_from(text: String) -> Result<Self, NumberError> {
        text.parse()
    }
}

impl From<Issuer> for String {
    fn from(issuer: Issuer) -> Self {
        issuer.to_string()
    }
}

impl FromStr for Issuer {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        match text.as_bytes() {
            [a, b] if ALPHABET.contains(a) && ALPHABET.contains(b) => Ok(Self([*a, *b])),
            _ => Err(NumberError::Length(text.chars().count())),
        }
    }
}

/// A receipt number: 2 of the issuer, 16 random (80 bits), 2 to check. A secret: `Debug` does not show it, and memory is
/// wiped when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiptNumber([u8; LENGTH]);

/// Text that is no receipt number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Another count of characters than 20.
    #[error("{0} characters; a receipt number has {LENGTH}")]
    Length(usize),
    /// A character that no number has.
    #[error("“{0}” is in no receipt number")]
    Character(char),
    /// The check characters do not match: one was mistyped, or two were swapped.
    #[error("the check characters do not match")]
    Check,
}

impl ReceiptNumber {
    /// Draws a number.
    pub fn draw(issuer: Issuer, random: &mut dyn CryptoRng) -> Self {
        let mut bytes = [0; RANDOM];
        random.fill_bytes(&mut bytes);
        let mut digits = [0; LENGTH];
        digits[..ISSUER].copy_from_slice(&issuer.0);
        for (digit, byte) in digits[ISSUER..].iter_mut().zip(bytes) {
            // 256 is a multiple of 32, so each character is equally likely.
            *digit = ALPHABET[usize::from(byte % 32)];
        }
        let [high, low] = check(&digits[..ISSUER + RANDOM]);
        digits[LENGTH - 2] = high;
        digits[LENGTH - 1] = low;
        bytes.zeroize();
        Self(digits)
    }

    /// Who issued it.
    #[must_use]
    pub const fn issuer(&self) -> Issuer {
        Issuer([self.0[0], self.0[1]])
    }

    /// The 20 characters. Whoever writes them down gives the photo away.
    #[must_use]
    pub fn reveal(&self) -> &str {
        // Only characters of the alphabet get in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// In groups of four, as it is printed.
    #[must_use]
    pub fn grouped(&self) -> String {
        let groups: Vec<&str> = self.0.chunks(4).map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
        groups.join(" ")
    }
}

impl FromStr for ReceiptNumber {
    type Err = NumberError;

    /// Reads what people type: spaces and hyphens, full width, lower case, O for 0 and I or L for 1.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let mut digits = Vec::with_capacity(LENGTH);
        for character in text.nfkc().filter(|c| !c.is_whitespace() && !"-‐–—·.".contains(*c)) {
            let digit = match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            match u8::try_from(digit) {
                Ok(byte) if ALPHABET.contains(&byte) => digits.push(byte),
                _ => return Err(NumberError::Character(character)),
            }
        }
        let digits: [u8; LENGTH] = digits.try_into().map_err(|d: Vec<u8>| NumberError::Length(d.len()))?;
        if check(&digits[..LENGTH - 2]) == digits[LENGTH - 2..] { Ok(Self(digits)) } else { Err(NumberError::Check) }
    }
}

impl fmt::Debug for ReceiptNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptNumber(…)")
    }
}

impl Drop for ReceiptNumber {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The two characters that make the whole, read in base 32, leave 1 when divided by the modulus.
fn check(digits: &[u8]) -> [u8; 2] {
    let value = |digit: &u8| ALPHABET.iter().position(|a| a == digit).unwrap_or(0) as u32;
    let rest = digits.iter().fold(0, |rest, digit| (rest * 32 + value(digit)) % MODULUS);
    let wanted = (1 + MODULUS - rest * 1024 % MODULUS) % MODULUS;
    [ALPHABET[(wanted / 32) as usize], ALPHABET[(wanted % 32) as usize]]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::seal::tests::Dice;

    fn drawn(seed: u64) -> ReceiptNumber {
        ReceiptNumber::draw("HZ".parse().unwrap(), &mut Dice(seed))
    }

    #[test]
    fn typed_numbers_are_read_as_they_were_meant() {
        let number: ReceiptNumber = drawn(7);
        let text = number.reveal().to_owned();
        let wide: String = text.chars().map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap()).collect();
        let sloppy = number.grouped().to_lowercase().replace('0', "o").replace('1', "l");
        for typed in [text.clone(), wide, sloppy, format!("  {} ", number.grouped().replace(' ', "-"))] {
            assert_eq!(typed.parse(), Ok(number.clone()), "{typed}");
        }
    }

    #[test]
    fn wrong_ones_say_why() {
        assert_eq!("HZ12".parse::<ReceiptNumber>(), Err(NumberError::Length(4)));
        assert_eq!("HZ#".parse::<ReceiptNumber>(), Err(NumberError::Character('#')));
    }

    #[test]
    fn nothing_prints_a_number_by_accident() {
        assert_eq!(format!("{:?}", drawn(1)), "ReceiptNumber(…)");
    }

    proptest! {
        #[test]
        fn every_wrong_character_and_every_swapped_pair_is_found(seed: u64, at in 0_usize..20, other in 0_usize..32) {
            let number = drawn(seed);
            let mut digits = number.0;
            if digits[at] != ALPHABET[other] {
                digits[at] = ALPHABET[other];
                let text = String::from_utf8(digits.to_vec()).unwrap();
                prop_assert_eq!(text.parse::<ReceiptNumber>(), Err(NumberError::Check));
            }
            let mut digits = number.0;
            if at + 1 < 20 && digits[at] != digits[at + 1] {
                digits.swap(at, at + 1);
                let text = String::from_utf8(digits.to_vec()).unwrap();
                prop_assert_eq!(text.parse::<ReceiptNumber>(), Err(NumberError::Check));
            }
        }
    }
}

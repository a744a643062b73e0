//! What the window's one box was given: a number however it was typed, a scanned code, or a word to the desk.

use huizhi_domain::receipt::{NumberError, ReceiptNumber};

/// What was given.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    /// Nothing.
    Nothing,
    /// The photo that is held was used.
    Used,
    /// The photo that is held goes back.
    Release,
    /// A number.
    Number(ReceiptNumber),
    /// A receipt's signed token.
    Token(String),
    /// A number with a mistake.
    Mistyped(NumberError),
}

impl Typed {
    /// Reads it. `1` and `0` speak to the desk only while a photo is held.
    #[must_use]
    pub fn read(text: &str, holds: bool) -> Self {
        let text = text.trim();
        match text {
            "" => return Self::Nothing,
            "1" | "１" if holds => return Self::Used,
            "0" | "０" if holds => return Self::Release,
            _ => {}
        }
        let parts = text.split(['/', '?', '#', '&', '=']).filter(|part| !part.is_empty());
        if text.contains("://") {
            let mut token = None;
            for part in parts {
                if let Ok(number) = part.parse() {
                    return Self::Number(number);
                }
                token = token.or_else(|| is_token(part).then(|| part.to_owned()));
            }
            if let Some(token) = token {
                return Self::Token(token);
            }
        }
        if is_token(text) {
            return Self::Token(text.to_owned());
        }
        match text.parse() {
            Ok(number) => Self::Number(number),
            Err(error) => Self::Mistyped(error),
        }
    }
}

/// Three parts in base64url; the shortest signature alone has 86 characters.
fn is_token(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let base64 = |part: &&str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    parts.len() == 3 && parts.iter().all(base64) && parts[2].len() >= 86
}

#[cfg(test)]
mod tests {
    use huizhi_domain::receipt::{Claims, Signer, to_be_signed};

    use super::*;

    const NUMBER: &str = "HZ0000000000000000";

    /// The only number whose 16 random characters are zeros.
    fn number() -> ReceiptNumber {
        let alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let mut pairs = alphabet.chars().flat_map(|a| alphabet.chars().map(move |b| format!("{NUMBER}{a}{b}")));
        pairs.find_map(|text| text.parse().ok()).unwrap()
    }

    fn token() -> String {
        let signer = Signer::new(&[7; 32]);
        let claims = Claims {
            v: 1,
            n: Claims::hash_of(&number()),
            d: vec!["cn-resident-id".to_owned()],
            c: "441300".to_owned(),
            iat: 1,
            exp: 2,
            p: Claims::digest_of(b""),
            r: "1".to_owned(),
        };
        signer.token(&to_be_signed(&claims, signer.id()))
    }

    #[test]
    fn numbers_come_sloppily_typed_and_in_addresses() {
        let sloppy = number().grouped().to_lowercase().replace('0', "o");
        assert_eq!(Typed::read(&sloppy, false), Typed::Number(number()));
        let url = format!("https://id.example/receipt/{}", number().reveal());
        assert_eq!(Typed::read(&url, true), Typed::Number(number()));
        let both = format!("https://id.example/verify?n={}#{}", number().reveal(), token());
        assert_eq!(Typed::read(&both, true), Typed::Number(number()));
    }

    #[test]
    fn tokens_are_known_alone_and_in_addresses() {
        assert_eq!(Typed::read(&token(), false), Typed::Token(token()));
        assert_eq!(Typed::read(&format!("https://id.example/verify#{}", token()), false), Typed::Token(token()));
    }

    #[test]
    fn one_and_zero_speak_to_the_desk_only_while_it_holds_a_photo() {
        assert_eq!(Typed::read("1", true), Typed::Used);
        assert_eq!(Typed::read(" 0 ", true), Typed::Release);
        assert_eq!(Typed::read("1", false), Typed::Mistyped(NumberError::Length(1)));
        assert_eq!(Typed::read("  ", true), Typed::Nothing);
    }
}

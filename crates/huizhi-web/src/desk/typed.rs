//! What the window's one box was given: a number however it was typed, a scanned code, or a word to the desk.

use huizhi_domain::receipt::{NumberError, ReceiptNumber};
use huizhi_domain::visit::pass::{self, type_of};
use huizhi_domain::visit::{AppointmentNumber, NotANumber};

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
    /// The number of an appointment.
    Appointment(AppointmentNumber),
    /// The signed pass of an appointment.
    Pass(String),
    /// Another signed token, of the type that it says: of a residence.
    Other(String),
    /// A name, and the last four of an identity number.
    Person {
        /// The name.
        name: String,
        /// The last four.
        last_four: String,
    },
    /// A name without the last four.
    Name,
    /// The number of an appointment with a mistake.
    MistypedAppointment,
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
                return Self::of_token(token);
            }
        }
        if is_token(text) {
            return Self::of_token(text.to_owned());
        }
        match (text.parse(), text.parse()) {
            (Ok(number), _) => Self::Number(number),
            (_, Ok(number)) => Self::Appointment(number),
            (Err(_), Err(NotANumber::Check)) => Self::MistypedAppointment,
            (Err(error), Err(_)) => match person(text) {
                Some((name, last_four)) => Self::Person { name, last_four },
                None if is_name(text) => Self::Name,
                None => Self::Mistyped(error),
            },
        }
    }

    fn of_token(token: String) -> Self {
        match type_of(&token).as_deref() {
            None => Self::Token(token),
            Some(pass::TYPE) => Self::Pass(token),
            Some(_) => Self::Other(token),
        }
    }
}

/// Longer than any name is not one.
const NAME_MOST: usize = 60;

/// A name, and the last four of an identity number behind it: `张小明 002X`. A name has no digits.
fn person(text: &str) -> Option<(String, String)> {
    let at = text.char_indices().rev().nth(3)?.0;
    let (name, last_four) = text.split_at(at);
    let name = name.trim();
    let last_four = last_four.to_ascii_uppercase();
    let (digits, last) = last_four.split_at_checked(3)?;
    let fits = digits.bytes().all(|b| b.is_ascii_digit()) && (last == "X" || matches!(last.as_bytes(), [b'0'..=b'9']));
    let named = !name.is_empty() && name.chars().count() <= NAME_MOST && !name.chars().any(|c| c.is_ascii_digit());
    (fits && named && name.chars().any(char::is_alphabetic)).then(|| (name.to_owned(), last_four))
}

/// Whether it was meant as a name: a few digits behind one are part of a number that is not all there, more of them are a number.
fn is_name(text: &str) -> bool {
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let foreign = text.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
    letters > 0 && text.chars().count() <= NAME_MOST && if foreign { digits < 5 } else { digits == 0 && letters > 2 }
}

/// Three parts in base64url; the shortest signature alone has 86 characters.
fn is_token(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let base64 = |part: &&str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    parts.len() == 3 && parts.iter().all(base64) && parts[2].len() >= 86
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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
    fn appointments_come_as_numbers_as_passes_and_as_names() {
        let ends = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars();
        let number: AppointmentNumber = ends.map(|c| format!("K7Q2M9X{c}")).find_map(|text| text.parse().ok()).unwrap();
        let sloppy = number.to_string().to_lowercase().replace('-', " ").replace('0', "o");
        assert_eq!(Typed::read(&sloppy, false), Typed::Appointment(number));
        for (typed, last_four) in [("张小明 002x", "002X"), ("张小明0021", "0021"), (" Anna Weber 1234 ", "1234")]
        {
            let Typed::Person { name, last_four: read } = Typed::read(typed, false) else { panic!("{typed}") };
            assert!(name == "张小明" || name == "Anna Weber", "{name}");
            assert_eq!(read, last_four);
        }
        for typed in ["张小明", "张小明12", "Anna Weber"] {
            assert_eq!(Typed::read(typed, false), Typed::Name, "{typed}");
        }
        for typed in ["1234", "HZ", "HZ#", "HZ12 3456 7890 12", "ＨＺ１２３４５６７"] {
            assert!(matches!(Typed::read(typed, false), Typed::Mistyped(_)), "{typed}");
        }
    }

    #[test]
    fn what_is_signed_is_told_apart_by_its_type() {
        let head = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let signed = |json: &str| format!("{}.e30.{}", head(json), "A".repeat(86));
        let pass = signed(&format!(r#"{{"alg":"EdDSA","kid":"k","typ":"{}"}}"#, pass::TYPE));
        assert_eq!(Typed::read(&pass, false), Typed::Pass(pass.clone()));
        assert_eq!(Typed::read(&format!("https://id.example/visit#{pass}"), false), Typed::Pass(pass));
        let other = signed(r#"{"alg":"EdDSA","kid":"k","typ":"other+jws"}"#);
        assert_eq!(Typed::read(&other, false), Typed::Other(other.clone()));
    }

    #[test]
    fn one_and_zero_speak_to_the_desk_only_while_it_holds_a_photo() {
        assert_eq!(Typed::read("1", true), Typed::Used);
        assert_eq!(Typed::read(" 0 ", true), Typed::Release);
        assert_eq!(Typed::read("1", false), Typed::Mistyped(NumberError::Length(1)));
        assert_eq!(Typed::read("  ", true), Typed::Nothing);
    }
}

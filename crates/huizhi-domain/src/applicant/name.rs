//! A person's name, in characters or in Latin letters.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::fault::{Fault, FieldError, FormField};
use crate::city::is_province_name;

/// Longest name, characters: the widest field for names that we know of on forms of the police.
const LONGEST: usize = 50;

/// A name (姓名): 2 to 50 characters, Han with the middle dot `·` between parts, or Latin.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonName(Zeroizing<String>);

impl PersonName {
    /// Reads a name: full width made plain, spaces trimmed, every kind of middle dot made `·`. Spaces between characters
    /// (张　三) go; between Latin words one stays.
    ///
    /// # Errors
    /// A [`FieldError`] with a `name.` code.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let fault = |code: Fault, value: &str| FieldError::new(FormField::Name, code, value);
        let typed = Zeroizing::new(text.nfkc().filter(|c| !is_invisible(*c)).collect::<String>());
        let han = typed.chars().any(is_han);
        if han && typed.chars().any(is_latin) {
            return Err(fault(Fault::NameMixed, ""));
        }
        let name = Zeroizing::new(if han {
            typed.chars().filter(|c| !c.is_whitespace()).map(|c| if is_dot(c) { '·' } else { c }).collect()
        } else {
            let words: Vec<&str> = typed.split_whitespace().collect();
            words.join(" ").replace(['’', '‘', 'ʼ', '`'], "'").replace(['‐', '‑', '–'], "-")
        });
        let length = name.chars().count();
        if length == 0 {
            return Err(fault(Fault::NameEmpty, ""));
        }
        if let Some(digit) = name.chars().find(|c| c.is_numeric() && !is_han(*c)) {
            return Err(fault(Fault::NameDigit, &digit.to_string()));
        }
        let known = |c: char| if han { is_han(c) || c == '·' } else { is_latin(c) || " '-.·".contains(c) };
        if let Some(sign) = name.chars().find(|c| !known(*c)) {
            return Err(fault(Fault::NameSign, &sign.to_string()));
        }
        if length < 2 || !name.chars().any(|c| is_han(c) || is_latin(c)) {
            return Err(fault(Fault::NameShort, &length.to_string()));
        }
        if length > LONGEST {
            return Err(fault(Fault::NameLong, &length.to_string()));
        }
        if name.starts_with('·') || name.ends_with('·') || name.contains("··") {
            return Err(fault(Fault::NameDot, "·"));
        }
        if is_province_name(&name) {
            return Err(fault(Fault::NamePlace, &name));
        }
        Ok(Self(name))
    }

    /// The name in plain text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as it is shown to others than its bearer: the first character and a star for each other one (李**).
    #[must_use]
    pub fn masked(&self) -> String {
        self.0.chars().enumerate().map(|(at, c)| if at == 0 || " ·".contains(c) { c } else { '*' }).collect()
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(…)")
    }
}

impl TryFrom<String> for PersonName {
    type Error = FieldError;

    fn try_from(text: String) -> Result<Self, FieldError> {
        Self::parse(&Zeroizing::new(text))
    }
}

impl From<PersonName> for String {
    fn from(name: PersonName) -> Self {
        name.0.as_str().to_owned()
    }
}

/// A Chinese character: the unified blocks with all their extensions, which fill planes 2 and 3, the compatibility block,
/// and 〇, which names have.
fn is_han(c: char) -> bool {
    matches!(c, '〇' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFD}')
}

fn is_latin(c: char) -> bool {
    c.is_alphabetic() && matches!(c, 'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}')
}

/// Dots that keyboards and older systems give for the one between the parts of a name.
fn is_dot(c: char) -> bool {
    matches!(c, '·' | '•' | '‧' | '∙' | '⋅' | '・' | '･' | '.' | '。' | '᛫' | '⸱')
}

/// Signs without a shape that come along when text is copied.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        PersonName::parse(text).unwrap().as_str().to_owned()
    }

    fn code(text: &str) -> &'static str {
        PersonName::parse(text).unwrap_err().code.code()
    }

    #[test]
    fn names_are_read_as_people_type_them() {
        for (typed, name) in [
            (" 测试甲 ", "测试甲"),
            ("测　试", "测试"),
            ("甲乙•丙丁", "甲乙·丙丁"),
            ("甲乙．丙丁", "甲乙·丙丁"),
            ("甲乙・丙丁", "甲乙·丙丁"),
            ("\u{200B}测试\u{FEFF}", "测试"),
            ("测\u{20000}", "测\u{20000}"),
            ("测\u{31350}\u{3400}", "测\u{31350}\u{3400}"),
            ("测〇", "测〇"),
            ("Test  Person", "Test Person"),
            ("Ｔｅｓｔ", "Test"),
            ("O’Test-Name", "O'Test-Name"),
            ("Têst Ñame", "Têst Ñame"),
        ] {
            assert_eq!(read(typed), name, "{typed}");
        }
    }

    #[test]
    fn what_is_no_name_is_told_why() {
        for (typed, why) in [
            ("", "name.empty"),
            (" \u{200B}", "name.empty"),
            ("测", "name.too-short"),
            ("..", "name.too-short"),
            ("测试3", "name.digit"),
            ("测试３", "name.digit"),
            ("测试Test", "name.latin-and-han"),
            ("测试!", "name.sign"),
            ("Тест", "name.sign"),
            ("测\u{E000}", "name.sign"),
            ("·测试", "name.dot"),
            ("测··试", "name.dot"),
            ("广东省", "name.place"),
            ("北京市", "name.place"),
        ] {
            assert_eq!(code(typed), why, "{typed}");
        }
        assert_eq!(code(&"测".repeat(51)), "name.too-long");
        assert!(PersonName::parse(&"测".repeat(50)).is_ok());
    }

    #[test]
    fn a_persons_name_may_be_a_provinces_short_name() {
        assert_eq!(read("江苏"), "江苏");
    }

    #[test]
    fn others_see_the_first_character_only() {
        assert_eq!(PersonName::parse("甲乙·丙").unwrap().masked(), "甲*·*");
        assert_eq!(format!("{:?}", PersonName::parse("甲乙").unwrap()), "PersonName(…)");
    }

    proptest! {
        #[test]
        fn a_name_that_is_read_reads_the_same_again(text in "\\PC{0,60}") {
            if let Ok(name) = PersonName::parse(&text) {
                prop_assert_eq!(PersonName::parse(name.as_str()).unwrap(), name);
            }
        }

        #[test]
        fn characters_of_all_blocks_make_names(text in "[\u{3400}-\u{4DBF}\u{4E00}-\u{9FFF}\u{20000}-\u{2A6DF}\u{30000}-\u{3134A}]{2,50}") {
            prop_assert!(PersonName::parse(&text).is_ok());
        }
    }
}

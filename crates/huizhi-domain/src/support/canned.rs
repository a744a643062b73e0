//! Canned answers (常用回复): what is said often, with places that are filled in for each inquiry.

use serde::Serialize;

use super::{TextFault, text};
use crate::clock::Moment;
use crate::id::CannedAnswerId;
use crate::words::Lang;

/// What can be filled in: the document and the city of the order, the last of its number, its page, and the hours of support.
pub const PLACES: [&str; 5] = ["document", "city", "order", "link", "hours"];

/// Letters of a canned answer's name.
const LONGEST_NAME: usize = 60;

/// A canned answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CannedAnswer {
    /// Its id.
    pub id: CannedAnswerId,
    /// What it says.
    pub words: CannedWords,
    /// When it was written.
    pub changed_at: Moment,
}

/// What a canned answer says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CannedWords {
    /// By what staff find it.
    pub name: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// What is wrong with a canned answer, and where: `name`, `zh` or `en`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannedFault {
    /// It is empty, or too long.
    Text(&'static str, TextFault),
    /// There is no such place to fill in.
    Place(&'static str, String),
}

impl CannedWords {
    /// Reads what was typed.
    ///
    /// # Errors
    /// [`CannedFault`], the first of them.
    pub fn parse(name: &str, zh: &str, en: &str) -> Result<Self, CannedFault> {
        let name = text(name).map_err(|fault| CannedFault::Text("name", fault))?;
        if name.chars().count() > LONGEST_NAME {
            return Err(CannedFault::Text("name", TextFault::TooLong));
        }
        let read = |field: &'static str, typed: &str| {
            let said = text(typed).map_err(|fault| CannedFault::Text(field, fault))?;
            match places(&said).find(|place| !PLACES.contains(place)) {
                Some(unknown) => Err(CannedFault::Place(field, unknown.to_owned())),
                None => Ok(said.clone()),
            }
        };
        Ok(Self { name, zh: read("zh", zh)?, en: read("en", en)? })
    }

    /// In a language, with what is known filled in; what is not known stays, for whoever answers to see.
    #[must_use]
    pub fn filled(&self, lang: Lang, values: &[(&str, &str)]) -> String {
        let said = match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        };
        values
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .fold(said.clone(), |said, (place, value)| said.replace(&format!("{{{place}}}"), value))
    }
}

/// The first place that nobody filled in.
#[must_use]
pub fn unfilled(said: &str) -> Option<&str> {
    places(said).find(|place| PLACES.contains(place))
}

/// What stands in braces.
fn places(said: &str) -> impl Iterator<Item = &str> {
    said.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in_and_what_is_not_known_stays() {
        let canned = CannedWords::parse("等待", "{document}在排队，{hours}有人。", "{document} waits.").unwrap();
        let said = canned.filled(Lang::Zh, &[("document", "居民身份证"), ("hours", "")]);
        assert_eq!(said, "居民身份证在排队，{hours}有人。");
        assert_eq!(unfilled(&said), Some("hours"));
        assert_eq!(unfilled("{} {x} {"), None);
        assert_eq!(canned.filled(Lang::En, &[("document", "ID card")]), "ID card waits.");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let fault = CannedWords::parse("a", "{name}", "b").unwrap_err();
        assert_eq!(fault, CannedFault::Place("zh", "name".to_owned()));
        let fault = CannedWords::parse("a", "b", " ").unwrap_err();
        assert_eq!(fault, CannedFault::Text("en", TextFault::Empty));
        let fault = CannedWords::parse(&"a".repeat(61), "b", "c").unwrap_err();
        assert_eq!(fault, CannedFault::Text("name", TextFault::TooLong));
    }
}

//! The rejection codes as the reviewer's list: the likeliest under the digits, the others by group.

use huizhi_domain::words::Lang;
use huizhi_photo::rejection::{Rejection, Rejections, Weight};
use serde::Serialize;

use crate::app::in_lang;

/// As many as there are digit keys.
const DIGITS: usize = 9;

/// Codes that are no reviewer's: a file that does not open never comes here, a name, a number, a city and a guardian are not on
/// the page (D24), and a count of rejections is the service's.
const NOT_FOR_REVIEWERS: [&str; 10] = ["F01", "F02", "F04", "I01", "I02", "I04", "I05", "I06", "I07", "N02"];

/// What people reject most where nothing was counted yet: from the checks on hair, expression, glasses, light and retouching that
/// the sources of `rejections.toml` name first.
const USUAL: [&str; DIGITS] = ["O01", "O02", "O03", "X03", "L01", "O07", "M01", "P04", "C01"];

/// A code in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The code.
    pub code: String,
    title: String,
    fix: String,
    /// The engine found it.
    found: bool,
    /// It was chosen before the page came back with a fault.
    chosen: bool,
}

/// Codes of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    word: String,
    codes: Vec<Choice>,
}

/// The whole list: each code once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct List {
    /// Under the digits 1 to 9.
    pub likely: Vec<Choice>,
    /// The others.
    pub groups: Vec<Group>,
}

/// Whether reviewers may choose a code.
#[must_use]
pub fn is_for_reviewers(rejections: &Rejections, code: &str) -> bool {
    rejections.get(code).is_some_and(offered)
}

fn offered(rejection: &Rejection) -> bool {
    rejection.severity != Weight::Retry && !NOT_FOR_REVIEWERS.contains(&rejection.code.as_str())
}

impl List {
    /// What the engine found comes first, then what people chose most often lately, then what is usual.
    #[must_use]
    pub fn of(rejections: &Rejections, lang: Lang, found: &[&str], frequent: &[String], chosen: &[String]) -> Self {
        let choice = |rejection: &Rejection| Choice {
            code: rejection.code.clone(),
            title: in_lang(&rejection.title, lang).to_owned(),
            fix: in_lang(&rejection.fix, lang).to_owned(),
            found: found.contains(&rejection.code.as_str()),
            chosen: chosen.contains(&rejection.code),
        };
        let mut list = Self::default();
        for code in found.iter().copied().chain(frequent.iter().map(String::as_str)).chain(USUAL) {
            let Some(rejection) = rejections.get(code).filter(|rejection| offered(rejection)) else { continue };
            if list.likely.len() < DIGITS && list.likely.iter().all(|likely| likely.code != code) {
                list.likely.push(choice(rejection));
            }
        }
        for rejection in rejections.rejection.iter().filter(|rejection| offered(rejection)) {
            if list.likely.iter().any(|likely| likely.code == rejection.code) {
                continue;
            }
            match list.groups.iter_mut().find(|group| group.word == rejection.group) {
                Some(group) => group.codes.push(choice(rejection)),
                None => list.groups.push(Group { word: rejection.group.clone(), codes: vec![choice(rejection)] }),
            }
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engine_found_comes_first_and_each_code_once() {
        let rejections = Rejections::built_in().unwrap();
        let list = List::of(&rejections, Lang::En, &["G06", "I05"], &["D01".to_owned()], &["O01".to_owned()]);
        let likely: Vec<&str> = list.likely.iter().map(|choice| choice.code.as_str()).collect();
        assert_eq!(likely, ["G06", "D01", "O01", "O02", "O03", "X03", "L01", "O07", "M01"]);
        assert!(list.likely[0].found && !list.likely[1].found && list.likely[2].chosen);
        let mut all: Vec<&str> = list.groups.iter().flat_map(|group| &group.codes).map(|it| it.code.as_str()).collect();
        all.extend(likely);
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.contains(&"Z99") && !all.contains(&"I05") && !all.contains(&"T01"));
    }
}

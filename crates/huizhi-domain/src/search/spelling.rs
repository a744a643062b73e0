//! What a title begins with as it is typed: its characters, its pinyin, and the initials of its pinyin.

use std::collections::BTreeSet;

use pinyin::ToPinyin as _;

use super::token::{fold, runs};

/// Places in a title at which typing may begin. Most titles are shorter.
const STARTS_MOST: usize = 16;
/// Characters of a key that are kept: who typed so many has found it, or will not.
const KEY_MOST: usize = 24;

/// What somebody may type for a title, from its beginning or from further on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// 0 where it begins with the title, 1 where it begins within.
    pub place: i64,
    /// Small letters, digits and characters, without spaces.
    pub term: String,
}

/// A character or word of a title.
struct Unit {
    plain: String,
    sound: String,
    is_han: bool,
}

/// The keys of a title. `reading` says how it is read, a syllable a character, where characters have several readings; what it does not
/// reach is read as mostly.
#[must_use]
pub fn keys(title: &str, reading: Option<&str>) -> Vec<Key> {
    let units = units(title, reading);
    let is_read = units.iter().any(|unit| unit.is_han);
    let mut keys = BTreeSet::new();
    for start in 0..units.len().min(STARTS_MOST) {
        let rest = units.get(start..).unwrap_or_default();
        let place = i64::from(start > 0);
        let mut add = |term: String| {
            if !term.is_empty() {
                keys.insert(Key { place, term });
            }
        };
        // Characters within a title are found by the index of tokens.
        if start == 0 || rest.first().is_some_and(|unit| !unit.is_han) {
            add(joined(rest.iter().flat_map(|unit| unit.plain.chars())));
        }
        if is_read {
            add(joined(rest.iter().flat_map(|unit| unit.sound.chars())));
            add(joined(rest.iter().filter_map(|unit| unit.sound.chars().next())));
        }
    }
    keys.into_iter().collect()
}

/// What was typed, as keys are written.
#[must_use]
pub fn typed_key(text: &str) -> String {
    joined(text.chars().map(fold).filter(|letter| letter.is_alphanumeric()).map(latin))
}

/// What comes after every key that begins with a text, in the order of bytes.
#[must_use]
pub fn beyond(key: &str) -> String {
    format!("{key}{}", char::MAX)
}

fn joined(letters: impl Iterator<Item = char>) -> String {
    letters.take(KEY_MOST).collect()
}

fn units(title: &str, reading: Option<&str>) -> Vec<Unit> {
    let mut syllables = reading.unwrap_or_default().split_whitespace();
    let mut units = Vec::new();
    for run in runs(title) {
        if !run.is_han {
            let word: String = run.letters.iter().copied().map(latin).collect();
            units.push(Unit { plain: word.clone(), sound: word, is_han: false });
            continue;
        }
        for letter in run.letters {
            let sound = match syllables.next() {
                Some(syllable) => syllable.to_owned(),
                None => letter.to_pinyin().map_or_else(|| letter.to_string(), |read| read.plain().to_owned()),
            };
            let sound = sound.chars().map(latin).collect();
            units.push(Unit { plain: letter.to_string(), sound, is_han: true });
        }
    }
    units
}

/// ü has no key on a keyboard and is typed as v.
fn latin(letter: char) -> char {
    if letter == 'ü' { 'v' } else { letter }
}

//! The city of another article: 在西安办理, in an answer on Shenzhen (R72).

use std::collections::BTreeSet;

use super::markdown::sentences;
use super::place::Mention;
use super::{Case, Remark, Severity};
use crate::city::RegionCode;

/// A sentence that names a city, and none of the title's, was written about another city. One that names both compares them.
pub(super) fn check(case: &Case<'_>) -> Vec<Remark> {
    let titled: BTreeSet<RegionCode> = case.places.within(&case.title).into_iter().map(|it| it.city).collect();
    let Some(first) = titled.first() else { return Vec::new() };
    let right = case.places.name(*first);
    let mut found = Vec::new();
    for (field, text) in case.texts() {
        for sentence in sentences(text) {
            let named = case.places.within(sentence.chars);
            if named.iter().any(|mention| titled.contains(&mention.city)) {
                continue;
            }
            for mention in named {
                let severity = if sends(case, sentence.chars, &mention) { Severity::Error } else { Severity::Warning };
                let at = sentence.at + mention.at..sentence.at + mention.at + mention.length;
                found.push(case.remark("city.other", severity, field, at, right.clone()));
            }
        }
    }
    found
}

/// Whether a sentence sends its reader to the city: 在西安办理.
fn sends(case: &Case<'_>, sentence: &[char], mention: &Mention) -> bool {
    let text = |chars: &[char]| chars.iter().collect::<String>().to_lowercase();
    let before = format!(" {}", text(sentence.get(..mention.at).unwrap_or_default()));
    let there = case.phrases.place_before.iter().any(|word| before.ends_with(word));
    let whole = text(sentence);
    there && case.phrases.place_acts.iter().any(|act| whole.contains(act))
}

//! The city of another article: 在西安办理, in an answer on Shenzhen (R72).

use std::collections::BTreeSet;

use super::markdown::sentences;
use super::place::Mention;
use super::{Case, Remark, Severity};
use crate::city::RegionCode;
use crate::words::Lang;

/// What makes a place of a name: 在西安办理.
const BEFORE_ZH: [char; 3] = ['在', '到', '去'];
const BEFORE_EN: [&str; 2] = ["in ", "to "];
/// What somebody does there.
const ACTS_ZH: [&str; 5] = ["办", "申请", "申领", "领取", "拍"];
const ACTS_EN: [&str; 5] = ["apply", "handle", "collect", "take", "make"];

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

/// Whether a sentence sends its reader to the city.
fn sends(case: &Case<'_>, sentence: &[char], mention: &Mention) -> bool {
    let before: String = sentence.iter().take(mention.at).collect();
    let behind: String = sentence.iter().skip(mention.at + mention.length).collect();
    match case.subject.lang {
        Lang::Zh => before.ends_with(BEFORE_ZH) && ACTS_ZH.iter().any(|act| behind.contains(act)),
        Lang::En => {
            let sentence = format!("{before} {behind}").to_lowercase();
            let before = before.to_lowercase();
            BEFORE_EN.iter().any(|word| before.ends_with(word)) && ACTS_EN.iter().any(|act| sentence.contains(act))
        }
    }
}

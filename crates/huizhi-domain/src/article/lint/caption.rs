//! Captions that belong to another article: “图片[8]-深圳社保卡…-深圳社保百科” under a picture of an ID card in Huizhou (R50).

use std::collections::BTreeSet;

use super::markdown::references;
use super::{Case, Field, Remark, Severity};

/// One remark a picture at most: the first cause is enough to look at it.
pub(super) fn check(case: &Case<'_>) -> Vec<Remark> {
    let pictures = references(case.subject.body).into_iter().filter(|it| it.picture && !it.words.trim().is_empty());
    pictures
        .filter_map(|picture| {
            let (rule, right) = fault(case, &picture.words, &picture.target)?;
            Some(case.remark(rule, Severity::Error, Field::Body, picture.at, right))
        })
        .collect()
}

fn fault(case: &Case<'_>, words: &str, target: &str) -> Option<(&'static str, String)> {
    let (lang, terms) = (case.subject.lang, case.facts.terms);
    let same = |other: &str| plain(other) == plain(words);
    if let Some(other) = case.facts.captions.iter().find(|it| it.picture != target && same(&it.alt)) {
        return Some(("caption.repeated", other.article.clone()));
    }
    let about = terms.topics_in(case.subject.title, lang);
    let shown = terms.topics_in(words, lang);
    if let (Some(topic), false, false) = (about.first(), shown.is_empty(), shown.iter().any(|it| about.contains(it))) {
        return Some(("caption.other", topic.words(lang).first().cloned().unwrap_or_default()));
    }
    let cities = |text: &[char]| case.places.within(text).into_iter().map(|it| it.city).collect::<BTreeSet<_>>();
    let titled = cities(&case.title);
    let chars: Vec<char> = words.chars().collect();
    if let Some(city) = titled.first()
        && cities(&chars).iter().any(|named| !titled.contains(named))
    {
        return Some(("caption.other", case.places.name(*city)));
    }
    let lower = words.to_lowercase();
    case.phrases.by_machine.iter().any(|begin| lower.starts_with(begin)).then_some(("caption.machine", String::new()))
}

/// Words without what differs by accident.
fn plain(words: &str) -> String {
    words.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

//! Words that have a right form: 居民身份数字相片 lacks 证 (R72). The words are in `specs/site/terms.toml`.

use super::{Case, Field, Remark, Severity};

pub(super) fn check(case: &Case<'_>) -> Vec<Remark> {
    let mut found = Vec::new();
    let body: Vec<char> = case.subject.body.chars().collect();
    let texts = [(Field::Title, &case.title), (Field::Excerpt, &case.excerpt), (Field::Body, &body)];
    for term in case.facts.terms.of(case.subject.lang) {
        let (wrong, right) = (lower(&term.wrong), lower(&term.right));
        for (field, text) in texts {
            let text: Vec<char> = text.iter().map(char::to_ascii_lowercase).collect();
            for at in places(&text, &wrong) {
                // The right word may have the wrong one in it.
                let in_right =
                    places(&text, &right).into_iter().any(|it| it <= at && at + wrong.len() <= it + right.len());
                if !in_right {
                    let place = at..at + wrong.len();
                    found.push(case.remark("term.wrong", Severity::Error, field, place, term.right.clone()));
                }
            }
        }
    }
    found
}

fn lower(text: &str) -> Vec<char> {
    text.chars().map(|letter| letter.to_ascii_lowercase()).collect()
}

fn places(text: &[char], word: &[char]) -> Vec<usize> {
    let found = text.windows(word.len().max(1)).enumerate().filter(|(_, part)| *part == word);
    found.map(|(at, _)| at).collect()
}

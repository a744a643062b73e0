//! An article answers a question, and its title is that question (R49).

use super::{Case, Field, Remark, Severity};

pub(super) fn check(case: &Case<'_>) -> Vec<Remark> {
    let title = case.subject.title.trim().to_lowercase();
    let whole = 0..case.title.len();
    if title.is_empty() {
        return vec![case.remark("title.missing", Severity::Error, Field::Title, whole, String::new())];
    }
    let asks = title.ends_with(['?', '？'])
        || case.phrases.ask_within.iter().any(|word| title.contains(word))
        || case.phrases.ask_first.iter().any(|word| title.starts_with(word));
    if asks {
        return Vec::new();
    }
    vec![case.remark("title.no-question", Severity::Warning, Field::Title, whole, String::new())]
}

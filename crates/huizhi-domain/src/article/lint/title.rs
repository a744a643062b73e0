//! An article answers a question, and its title is that question (R49).

use super::{Case, Field, Remark, Severity};
use crate::words::Lang;

/// Words that ask.
const ASK_ZH: [&str; 12] =
    ["吗", "怎么", "怎样", "如何", "什么", "哪", "多久", "多少", "几", "能不能", "是不是", "要不要"];
const ASK_EN: [&str; 12] =
    ["how ", "what ", "where ", "when ", "which ", "who ", "why ", "can ", "do ", "does ", "is ", "must "];

pub(super) fn check(case: &Case<'_>) -> Vec<Remark> {
    let title = case.subject.title.trim();
    let whole = 0..case.title.len();
    if title.is_empty() {
        return vec![case.remark("title.missing", Severity::Error, Field::Title, whole, String::new())];
    }
    let asks = title.ends_with(['?', '？'])
        || match case.subject.lang {
            Lang::Zh => ASK_ZH.iter().any(|word| title.contains(word)),
            Lang::En => ASK_EN.iter().any(|word| title.to_lowercase().starts_with(word)),
        };
    let remark = || case.remark("title.no-question", Severity::Warning, Field::Title, whole, String::new());
    if asks { Vec::new() } else { vec![remark()] }
}

//! A translation of a version that was changed since.

use super::{Case, Field, Remark, Severity};
use crate::words::Lang;

pub(super) fn check(case: &Case<'_>) -> Vec<Remark> {
    let subject = case.subject;
    match (subject.lang, subject.of_version, subject.newest) {
        (Lang::En, Some(of), Some(newest)) if of < newest => {
            let whole = 0..case.title.len();
            vec![case.remark("stale.translation", Severity::Warning, Field::Title, whole, newest.to_string())]
        }
        _ => Vec::new(),
    }
}

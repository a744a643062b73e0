//! Pictures without words: who cannot see them is told nothing.

use super::markdown::references;
use super::{Case, Field, Remark, Severity};

/// Ends of file names: a name of a file says nothing of what it shows.
const FILES: [&str; 5] = [".jpg", ".jpeg", ".png", ".webp", ".heic"];

pub(super) fn check(case: &Case<'_>) -> Vec<Remark> {
    let pictures = references(case.subject.body).into_iter().filter(|it| it.picture);
    pictures
        .filter(|picture| {
            let words = picture.words.trim().to_lowercase();
            words.is_empty() || FILES.iter().any(|end| words.ends_with(end))
        })
        .map(|picture| case.remark("alt.missing", Severity::Error, Field::Body, picture.at, String::new()))
        .collect()
}

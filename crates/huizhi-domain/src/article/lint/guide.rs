//! The shooting guide in other words goes out of date alone; the block does not (R56).

use super::{Case, Field, Remark, Severity};

/// One sentence of the guide may be what an answer is about; two are a copy.
const COPIED_FROM: usize = 2;
/// Shorter ones are said by accident.
const LEAST_CHARACTERS: usize = 8;

pub(super) fn check(case: &Case<'_>) -> Vec<Remark> {
    let prose: String = case.prose.iter().collect();
    let copied = case.facts.guide.iter().filter(|line| line.chars().count() >= LEAST_CHARACTERS);
    let mut places: Vec<(usize, usize)> = copied
        .filter_map(|line| {
            let line = line.trim_end_matches(['。', '.']);
            let at = prose.find(line)?;
            Some((prose.get(..at)?.chars().count(), line.chars().count()))
        })
        .collect();
    places.sort_unstable();
    match places.first() {
        Some((at, length)) if places.len() >= COPIED_FROM => {
            let remark = case.remark("guide.copied", Severity::Warning, Field::Body, *at..at + length, String::new());
            vec![remark]
        }
        _ => Vec::new(),
    }
}

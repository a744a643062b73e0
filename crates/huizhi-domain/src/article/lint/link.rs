//! Links of ours that lead nowhere, and pictures that are not there.

use super::markdown::{own, references};
use super::{Case, Field, Remark, Severity};

pub(super) fn check(case: &Case<'_>) -> Vec<Remark> {
    let all = references(case.subject.body).into_iter();
    let dead = all.filter(|it| own(&it.target).is_some_and(|path| case.facts.dead.contains(path)));
    dead.map(|it| case.remark("link.dead", Severity::Error, Field::Body, it.at, it.target)).collect()
}

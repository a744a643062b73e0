//! What the lead sees of a span of time, and who approved in it at a pace at which nobody can look.

use std::collections::BTreeMap;

use huizhi_domain::clock::Moment;
use huizhi_domain::id::StaffId;
use huizhi_domain::pace::PaceAlarm;

use crate::db::read;
use crate::review::{Board, Told, board};
use crate::{Result, Store};

/// A reviewer's approvals that were too fast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooFast {
    /// The reviewer's name.
    pub name: String,
    /// How many.
    pub approvals: usize,
    /// Within how many seconds.
    pub within_s: i64,
    /// When the last of them was.
    pub at: Moment,
}

impl Store {
    /// What the lead sees of the time from a moment until before another, and the alarms that rang in it, in order of names.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn board_between(
        &self,
        since: Moment,
        until: Moment,
        alarms: &[PaceAlarm],
    ) -> Result<(Board, Vec<TooFast>)> {
        let mut told = read!(self.0.db, review::decided_since(since))?;
        told.retain(|it| it.decided_at < until);
        Ok((board(&told), too_fast(&told, alarms)))
    }
}

fn too_fast(told: &[Told], alarms: &[PaceAlarm]) -> Vec<TooFast> {
    let mut reviewers: BTreeMap<(&str, StaffId), Vec<Moment>> = BTreeMap::new();
    for it in told.iter().filter(|it| it.opinion.accepts()) {
        reviewers.entry((&it.name, it.reviewer)).or_default().push(it.decided_at);
    }
    let mut found = Vec::new();
    for ((name, _), mut approved) in reviewers {
        approved.sort_unstable();
        found.extend(alarms.iter().filter_map(|alarm| {
            let (approvals, at) = alarm.densest(&approved)?;
            Some(TooFast { name: name.to_owned(), approvals, within_s: alarm.within_s, at })
        }));
    }
    found
}

//! Canned answers of support.

use huizhi_domain::audit::Actor;
use huizhi_domain::id::{CannedAnswerId, StaffId};
use huizhi_domain::support::{CannedAnswer, CannedWords};

use crate::db::{change, read};
use crate::{Result, Store};

impl Store {
    /// All canned answers, by name.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn canned_answers(&self) -> Result<Vec<CannedAnswer>> {
        read!(self.0.db, support::canned())
    }

    /// Adds a canned answer, or changes one.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`] where another has its name, [`crate::StoreError::Absent`] where it is gone.
    pub async fn keep_canned_answer(
        &self,
        id: Option<CannedAnswerId>,
        words: &CannedWords,
        by: StaffId,
    ) -> Result<CannedAnswerId> {
        let changed_at = self.now();
        let is_new = id.is_none();
        let id = id.unwrap_or_else(|| CannedAnswerId::new(changed_at, &mut self.0.random.draw()));
        let action = if is_new { "canned-answer.added" } else { "canned-answer.changed" };
        let entry = self.entry(Actor::Staff(by), action, &id, &[]);
        let answer = CannedAnswer { id, words: words.clone(), changed_at };
        let keys = self.0.keys.clone();
        change!(self.0.db, support::keep_canned(keys, answer, is_new, entry)).map(|()| id)
    }

    /// Drops a canned answer. Pressed twice, it was dropped once.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn drop_canned_answer(&self, id: CannedAnswerId, by: StaffId) -> Result<()> {
        let entry = self.entry(Actor::Staff(by), "canned-answer.dropped", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, support::drop_canned(keys, id, entry))
    }
}

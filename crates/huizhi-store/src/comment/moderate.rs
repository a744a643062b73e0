//! What moderators, another service and time do with comments.

use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::comment::{
    CommentState, ContentOpinion, EMAIL_KEPT_MS, Objection, REFUSED_KEPT_MS, Ruling, UNDO_MS,
};
use huizhi_domain::id::{CommentId, StaffId};

use super::{Comment, SealedComment};
use crate::db::{change, read};
use crate::{Result, Store};

/// What waits for moderators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// New comments.
    pub waiting: i64,
    /// Since when the oldest of them waits.
    pub oldest: Option<Moment>,
    /// Comments that are shown and to which readers object.
    pub reported: i64,
}

impl Store {
    /// The oldest comment after another that a moderator has to look at.
    ///
    /// # Errors
    /// [`crate::StoreError::Seal`].
    pub async fn next_comment(&self, after: Option<CommentId>) -> Result<Option<Comment>> {
        let row: Option<SealedComment> = read!(self.0.db, comment::next(after))?;
        row.map(|row| self.open_comment(row)).transpose()
    }

    /// Comments that stand somewhere, newest first, older than another.
    ///
    /// # Errors
    /// [`crate::StoreError::Seal`].
    pub async fn comments_in(&self, state: CommentState, before: Option<CommentId>, most: i64) -> Result<Vec<Comment>> {
        self.open_comments(read!(self.0.db, comment::of_state(state, before, most))?)
    }

    /// What readers object to in a comment since a moderator last looked, and how many do.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn objections_to(&self, id: CommentId) -> Result<Vec<(Objection, i64)>> {
        read!(self.0.db, comment::objections(id))
    }

    /// How much waits for moderators.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn comments_waiting(&self) -> Result<Waiting> {
        read!(self.0.db, comment::waiting())
    }

    /// Rules on a comment that stands where the moderator saw it; `false` where somebody else was first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn rule_on_comment(
        &self,
        id: CommentId,
        from: CommentState,
        ruling: Ruling,
        by: StaffId,
    ) -> Result<bool> {
        let why = ruling.objection().map_or("", Objection::word);
        let detail = [("from", from.word().into()), ("state", ruling.state().word().into()), ("why", why.into())];
        let entry = self.entry(Actor::Staff(by), "comment.ruled", &id, &detail);
        let keys = self.0.keys.clone();
        change!(self.0.db, comment::rule(keys, id, from, ruling, by, entry))
    }

    /// Takes a moderator's own ruling back within ten seconds; whether there was one.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn undo_comment(&self, id: CommentId, by: StaffId) -> Result<bool> {
        let entry = self.entry(Actor::Staff(by), "comment.undone", &id, &[]);
        let (keys, since) = (self.0.keys.clone(), entry.at.after_ms(-UNDO_MS));
        change!(self.0.db, comment::undo(keys, id, by, since, entry))
    }

    /// Comments about which another service is still to be asked, oldest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Seal`].
    pub async fn comments_to_check(&self, most: i64) -> Result<Vec<Comment>> {
        self.open_comments(read!(self.0.db, comment::unchecked(most))?)
    }

    /// Notes what another service said, once.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn comment_checked(&self, id: CommentId, opinion: &ContentOpinion) -> Result<()> {
        let entry = self.entry(Actor::Service, "comment.put-aside", &id, &[("code", opinion.code.as_str().into())]);
        let (keys, opinion) = (self.0.keys.clone(), opinion.clone());
        change!(self.0.db, comment::settle_check(keys, id, opinion, entry))
    }

    /// Forgets addresses and refused comments whose time is over. Gives how many.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn forget_comments(&self) -> Result<u64> {
        let (emails, refused) = (self.now().after_ms(-EMAIL_KEPT_MS), self.now().after_ms(-REFUSED_KEPT_MS));
        let forgotten = change!(self.0.db, comment::forget_emails(emails))?;
        Ok(forgotten + change!(self.0.db, comment::forget_refused(refused))?)
    }
}

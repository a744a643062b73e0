//! Inquiries at the desk: the queue, who sees to what, answers, and how soon they come.

use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{InquiryId, StaffId};
use huizhi_domain::message::Happening;
use huizhi_domain::support::{Author, Ender, FirstAnswer, Inquiry, Next};

use crate::db::{change, read};
use crate::{Result, Store, StoreError};

/// An answer on its way out.
#[derive(Clone, Debug)]
pub struct Answering {
    /// Who answers.
    pub staff: StaffId,
    /// What they say.
    pub text: String,
    /// What it waits for.
    pub next: Next,
}

impl Store {
    /// What the desk sees: what waits, the longest first, then what was answered and is not closed, newest first.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn inquiry_queue(&self) -> Result<Vec<Inquiry>> {
        read!(self.0.db, support::queue())
    }

    /// The inquiries that are closed and not forgotten yet, newest first.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn closed_inquiries(&self) -> Result<Vec<Inquiry>> {
        read!(self.0.db, support::closed())
    }

    /// Opens an inquiry again that is closed. Who does sees to it.
    ///
    /// # Errors
    /// [`StoreError::Support`] where it is not closed.
    pub async fn reopen_inquiry(&self, id: InquiryId, staff: StaffId) -> Result<()> {
        let entry = self.entry(Actor::Staff(staff), "inquiry.reopened", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, support::reopen(keys, id, staff, entry))
    }

    /// Notes that somebody of staff read an inquiry.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn inquiry_viewed(&self, id: InquiryId, staff: StaffId) -> Result<()> {
        self.log(Actor::Staff(staff), "inquiry.viewed", &id.to_string(), serde_json::Map::new()).await
    }

    /// Takes an inquiry that nobody sees to.
    ///
    /// # Errors
    /// [`StoreError::Support`] where somebody else was first, or it is closed.
    pub async fn take_inquiry(&self, id: InquiryId, staff: StaffId) -> Result<()> {
        let entry = self.entry(Actor::Staff(staff), "inquiry.taken", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, support::take(keys, id, staff, entry))
    }

    /// Hands an inquiry to a colleague, with a note that only staff read. Anybody of support may: who has it may be away.
    ///
    /// # Errors
    /// [`StoreError::Support`] where it is closed.
    pub async fn hand_over_inquiry(&self, id: InquiryId, from: StaffId, to: StaffId, note: &str) -> Result<()> {
        let said = self.new_said(Author::Note, Some(from), note, None).await?;
        let entry = self.entry(Actor::Staff(from), "inquiry.handed-over", &id, &[("to", to.to_string().into())]);
        let keys = self.0.keys.clone();
        change!(self.0.db, support::hand_over(keys, id, to, said, entry))
    }

    /// Answers, or says why there is no answer. Who answers first has taken the inquiry. Where it is about an order, its citizen is told by the order's channels.
    ///
    /// # Errors
    /// [`StoreError::Support`] where it is closed or somebody else's.
    pub async fn answer_inquiry(&self, id: InquiryId, answer: &Answering) -> Result<()> {
        let found = self.inquiry(id).await?.ok_or(StoreError::Absent("inquiry"))?;
        let said = self.new_said(Author::Staff, Some(answer.staff), &answer.text, None).await?;
        let message = found.order.map(|order| self.message(order, Happening::Answered, said.at));
        let actor = Actor::Staff(answer.staff);
        let entry = if answer.next == Next::Unanswered {
            self.entry(actor, "inquiry.closed", &id, &[("by", Ender::Staff.word().into())])
        } else {
            self.entry(actor, "inquiry.answered", &id, &[])
        };
        let (keys, staff, next) = (self.0.keys.clone(), answer.staff, answer.next);
        change!(self.0.db, support::answer(keys, id, staff, said, next, message, entry))
    }

    /// How soon inquiries since a moment got their first answer, and those that wait for it.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn first_answers(&self, since: Moment) -> Result<Vec<FirstAnswer>> {
        read!(self.0.db, support::first_answers(since))
    }

    /// How many inquiries staff closed without an answer since a moment.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn closed_unanswered(&self, since: Moment) -> Result<i64> {
        read!(self.0.db, support::closed_unanswered(since))
    }
}

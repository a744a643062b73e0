//! Messages: the citizen's inbox, which is also the outbox of every channel.

use huizhi_domain::clock::Moment;
use huizhi_domain::id::{MessageId, OrderId};
use huizhi_domain::message::{Happening, Message};

use crate::db::{change, read};
use crate::{Result, Store, Visitor};

/// How often a mail is tried.
const MAIL_TRIES: i32 = 8;

impl Store {
    pub(crate) fn message(&self, order: OrderId, happening: Happening, at: Moment) -> Message {
        let id = MessageId::new(at, &mut self.0.random.draw());
        Message { id, order, happening, codes: Vec::new(), at, read_at: None }
    }

    /// All messages of a visitor's orders, newest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn messages(&self, visitor: &Visitor) -> Result<Vec<Message>> {
        read!(self.0.db, message::of_visitor(visitor.bytes()))
    }

    /// The messages of an order, oldest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn messages_of(&self, order: OrderId) -> Result<Vec<Message>> {
        read!(self.0.db, message::of_order(order))
    }

    /// Marks a message of a visitor as read.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn read(&self, visitor: &Visitor, id: MessageId) -> Result<()> {
        let (visitor, now) = (visitor.bytes(), self.now());
        change!(self.0.db, message::mark_read(visitor, id, now))
    }

    /// Messages that no mail went out for yet.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn unmailed(&self) -> Result<Vec<Message>> {
        read!(self.0.db, message::unmailed(MAIL_TRIES))
    }

    /// Notes that a mail went out (or that there is nobody to mail to), or failed and is to be tried again.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn mailed(&self, id: MessageId, done: bool) -> Result<()> {
        let at = done.then(|| self.now());
        change!(self.0.db, message::mailed(id, at))
    }
}

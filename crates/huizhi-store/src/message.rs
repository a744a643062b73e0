//! Messages: the citizen's inbox, which is also the outbox of every channel.

use huizhi_domain::clock::{Moment, midnight};
use huizhi_domain::id::{MessageId, OrderId};
use huizhi_domain::message::{Happening, Message};

use crate::db::{change, read};
use crate::{Result, Store, Visitor};

/// When people are reminded, in milliseconds of the day: not in the night.
const DAYTIME_MS: std::ops::Range<i64> = 8 * 3_600_000..21 * 3_600_000;

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

    /// A message, for who sends it.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn find_message(&self, id: MessageId) -> Result<Option<Message>> {
        read!(self.0.db, message::find(id))
    }

    /// Reminds of receipts that no document has used and whose last day is a week away, or tomorrow: once each, between eight in the
    /// morning and nine in the evening. A receipt that was issued today needs no reminder. Gives how many.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn remind_of_receipts(&self) -> Result<usize> {
        let (now, today) = (self.now(), self.today());
        let midnight = midnight(today, self.0.zone);
        if !DAYTIME_MS.contains(&now.since_ms(midnight)) {
            return Ok(0);
        }
        let mut count = 0;
        for (days, from) in [(7, 2), (1, 0)] {
            let day = |after: i64| today.checked_add(jiff::Span::new().days(after)).unwrap_or(today);
            let cause = format!("receipt-expiring {days}");
            for order in read!(self.0.db, receipt::expiring(day(from), day(days), midnight, cause.clone()))? {
                let (message, cause) = (self.message(order, Happening::ReceiptExpiring, now), cause.clone());
                change!(self.0.db, message::tell(message, cause))?;
                count += 1;
            }
        }
        Ok(count)
    }
}

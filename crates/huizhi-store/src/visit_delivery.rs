//! What is told of visits: the reminder of the day before, and the deliveries of all their messages. As with those of orders, from each
//! message its deliveries are written exactly once, and each is then sent at least once.

use huizhi_domain::clock::{Moment, midnight};
use huizhi_domain::delivery::{Channel, Delivery, DeliveryState, Outcome};
use huizhi_domain::id::{DeliveryId, MessageId};
use huizhi_domain::visit::VisitMessage;

use crate::db::{change, read};
use crate::{Result, Store};

/// When people are reminded, in milliseconds of the day: not in the night.
const DAYTIME_MS: std::ops::Range<i64> = 8 * 3_600_000..21 * 3_600_000;

/// Who booked less than a day ago needs no reminder.
const FRESH_MS: i64 = 86_400_000;

/// How long who sends is believed to live.
const LEASE_MS: i64 = 120_000;

/// How long settled deliveries are kept, to be looked at.
const KEPT_MS: i64 = 90 * 86_400_000;

impl Store {
    /// Reminds of the appointments of tomorrow, once each, between eight in the morning and nine in the evening. Gives how many.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn remind_of_visits(&self) -> Result<usize> {
        let (now, today) = (self.now(), self.today());
        let midnight = midnight(today, self.0.zone);
        if !DAYTIME_MS.contains(&now.since_ms(midnight)) {
            return Ok(0);
        }
        let Ok(tomorrow) = today.tomorrow() else { return Ok(0) };
        // The same moment whoever writes it, so that the table's constraint lets one through.
        let (at, before) = (midnight.after_ms(DAYTIME_MS.start), now.after_ms(-FRESH_MS));
        let due = read!(self.0.db, visit_delivery::to_remind(tomorrow, now, before, at))?;
        let mut count = 0;
        for appointment in due {
            let id = MessageId::new(now, &mut self.0.random.draw());
            count += usize::from(change!(self.0.db, visit_delivery::remind(id, appointment, at))?);
        }
        Ok(count)
    }

    /// Messages of visits whose deliveries are not written yet, oldest first, some at a time.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn unspread_visits(&self) -> Result<Vec<VisitMessage>> {
        read!(self.0.db, visit_delivery::unspread())
    }

    /// Writes a message's deliveries. Does nothing where they were written before.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn spread_visit(&self, message: &VisitMessage, channels: &[Channel]) -> Result<()> {
        let (id, now) = (message.id, self.now());
        let rows: Vec<(DeliveryId, Channel)> =
            channels.iter().map(|channel| (DeliveryId::new(now, &mut self.0.random.draw()), *channel)).collect();
        change!(self.0.db, visit_delivery::spread(id, rows, now))
    }

    /// Takes deliveries that are due, for two minutes; each counts a try.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn claim_visit_deliveries(&self, most: u32) -> Result<Vec<Delivery>> {
        let now = self.now();
        if !read!(self.0.db, visit_delivery::any_due(now))? {
            return Ok(Vec::new());
        }
        let until = now.after_ms(LEASE_MS);
        change!(self.0.db, visit_delivery::claim(now, until, most))
    }

    /// Notes what came of a claimed delivery, and gives where it stands. Who comes late, after the lease, may still say that it was sent.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn visit_delivered(&self, delivery: &Delivery, outcome: &Outcome) -> Result<DeliveryState> {
        let now = self.now();
        let (state, next_at) = outcome.after(delivery.tries, now, self.0.random.chance());
        let done_at = (state != DeliveryState::Due).then_some(now);
        let error = outcome.code().map(str::to_owned);
        let settled = Delivery { state, next_at, error, done_at, ..delivery.clone() };
        change!(self.0.db, visit_delivery::settle(settled))?;
        Ok(state)
    }

    /// A visit's message, for who sends it.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn find_visit_message(&self, id: MessageId) -> Result<Option<VisitMessage>> {
        read!(self.0.db, visit_delivery::message(id))
    }

    /// The deliveries of a visit's message.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn visit_deliveries_of(&self, message: MessageId) -> Result<Vec<Delivery>> {
        read!(self.0.db, visit_delivery::of_message(message))
    }

    /// Forgets what was settled long ago.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn forget_visit_deliveries(&self) -> Result<()> {
        let before: Moment = self.now().after_ms(-KEPT_MS);
        change!(self.0.db, visit_delivery::forget(before))
    }
}

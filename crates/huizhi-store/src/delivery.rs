//! Deliveries: each message goes to each target once, or is shown as not gone. The inbox needs none of it.
//!
//! What happened and its message are one transaction. From the message its deliveries are written exactly once; each is then sent at
//! least once: who claims one and dies is followed by another when the lease is over, with the same message id.

use huizhi_domain::clock::Moment;
use huizhi_domain::delivery::{Channel, Delivery, DeliveryState, Outcome};
use huizhi_domain::id::{DeliveryId, HookId, MessageId};
use huizhi_domain::message::Message;

use crate::db::{change, read};
use crate::{Result, Spent, Store};

/// How long who sends is believed to live. No channel takes longer than 90 s.
const LEASE_MS: i64 = 120_000;

/// Deliveries to one target at a time, over all workers: one that hangs must not take all hands.
const AT_ONCE: i64 = 8;

/// How long settled deliveries are kept, to be looked at.
const KEPT_MS: i64 = 90 * 86_400_000;

impl Store {
    /// Messages whose deliveries are not written yet, oldest first, some at a time.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn unspread(&self) -> Result<Vec<Message>> {
        read!(self.0.db, delivery::unspread())
    }

    /// Writes a message's deliveries: to its citizen by these channels, and to every hook that hears of it. Does nothing where they were
    /// written before.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn spread(&self, message: &Message, channels: &[Channel]) -> Result<()> {
        let hooks = read!(self.0.db, hook::hearing(message.order, message.happening, message.at))?;
        let citizen = channels.iter().map(|channel| (*channel, String::new()));
        let hooks = hooks.into_iter().map(|hook: HookId| (Channel::Hook, hook.to_string()));
        let now = self.now();
        let delivery = |(channel, target)| Delivery {
            id: DeliveryId::new(now, &mut self.0.random.draw()),
            message: message.id,
            channel,
            target,
            state: DeliveryState::Due,
            tries: 0,
            next_at: now,
            error: None,
            done_at: None,
        };
        let rows: Vec<Delivery> = citizen.chain(hooks).map(delivery).collect();
        let id = message.id;
        change!(self.0.db, delivery::spread(id, rows, now))
    }

    /// Takes deliveries that are due, for two minutes; each counts a try. Of one target no more than eight are in hand at a time.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn claim_deliveries(&self, most: u32) -> Result<Vec<Delivery>> {
        let now = self.now();
        if !read!(self.0.db, delivery::any_due(now))? {
            return Ok(Vec::new());
        }
        let (until, at_once) = (now.after_ms(LEASE_MS), AT_ONCE);
        change!(self.0.db, delivery::claim(now, until, at_once, most))
    }

    /// Notes what came of a claimed delivery, and gives where it stands. Who comes late, after the lease, may still say that it was sent;
    /// about failures the newest try is heard. What WeChat has counted is counted here however late it is.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn delivered(
        &self,
        delivery: &Delivery,
        outcome: &Outcome,
        spent: Option<Spent>,
    ) -> Result<DeliveryState> {
        let now = self.now();
        let (state, next_at) = outcome.after(delivery.tries, now, self.0.random.chance());
        let done_at = (state != DeliveryState::Due).then_some(now);
        let error = outcome.code().map(str::to_owned);
        let settled = Delivery { state, next_at, error, done_at, ..delivery.clone() };
        change!(self.0.db, delivery::settle(settled, spent))?;
        Ok(state)
    }

    /// The deliveries of a message.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn deliveries_of(&self, message: MessageId) -> Result<Vec<Delivery>> {
        read!(self.0.db, delivery::of_message(message))
    }

    /// A page of a hook's deliveries, newest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn deliveries_of_hook(
        &self,
        hook: HookId,
        before: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Vec<Delivery>> {
        read!(self.0.db, delivery::of_hook(hook, before, limit))
    }

    /// Forgets what was settled long ago, and where in WeChat people are to whom nothing more will be told.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn forget_deliveries(&self) -> Result<()> {
        let before: Moment = self.now().after_ms(-KEPT_MS);
        change!(self.0.db, delivery::forget(before))?;
        change!(self.0.db, wechat::forget())
    }
}

//! Requests that may be sent twice and are done once.
//!
//! A request is reserved under its own key before anything is done. What it changes notes in the same transaction that it was done,
//! and by whom; its answer is kept before it is given. Who comes back after a crash therefore finds either nothing, and does it; or
//! that it was done, and only answers; or the answer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use huizhi_domain::id::{AttemptId, MessageId, OrderId, PartnerId};
use huizhi_domain::order::Order;

use crate::db::{change, read};
use crate::{Result, Store};

/// How long whoever does a request is believed to live. Requests end after 30 s.
const RUN_MS: i64 = 60_000;

/// How long answers are kept.
const KEPT_MS: i64 = 24 * 3_600_000;

/// The right to do a request, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub(crate) partner: PartnerId,
    pub(crate) key: Vec<u8>,
    pub(crate) run: String,
}

impl Ticket {
    fn about(&self) -> String {
        about(self.partner, &self.key)
    }
}

/// What became of a request that was to be reserved.
#[derive(Debug)]
pub enum Reserved {
    /// It is to be done, or its answer is owed.
    Mine {
        /// The right to do it.
        ticket: Ticket,
        /// The id of what it made already, before a process ended: it is not to be done again, only answered.
        made: Option<String>,
    },
    /// It was done before; this was the answer.
    Answered(Vec<u8>),
    /// Somebody is at it.
    Running,
    /// Another request had this key.
    Other,
}

/// A reservation as the database says it.
pub enum Row {
    Mine(Option<String>),
    Answered(Vec<u8>),
    Running,
    Other,
}

/// What names the thing that a change made.
pub trait Made {
    fn made(&self) -> String;
}

impl Made for () {
    fn made(&self) -> String {
        String::new()
    }
}

impl Made for Order {
    fn made(&self) -> String {
        self.id.to_string()
    }
}

macro_rules! made_by_id {
    ($($id:ty),*) => {
        $(impl Made for $id {
            fn made(&self) -> String {
                self.to_string()
            }
        })*
    };
}

made_by_id!(OrderId, AttemptId, MessageId);

impl Store {
    /// Reserves a partner's request under the key that came with it. `request` tells it from others: method, address and body.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`], [`crate::StoreError::Seal`].
    pub async fn reserve_request(&self, partner: PartnerId, key: &str, request: &str) -> Result<Reserved> {
        let ring = &self.0.keys.ring;
        let key = ring.index(&format!("idempotency {partner}"), key).to_vec();
        let request = ring.index(&format!("idempotency {partner} request"), request).to_vec();
        let run = MessageId::new(self.now(), &mut self.0.random.draw()).to_string();
        let ticket = Ticket { partner, key, run };
        let (of, now) = (ticket.clone(), self.now());
        let (until, aged) = (now.after_ms(RUN_MS), now.after_ms(-KEPT_MS));
        Ok(match change!(self.0.db, idempotency::reserve(of, request, now, until, aged))? {
            Row::Mine(made) => Reserved::Mine { ticket, made },
            Row::Answered(sealed) => Reserved::Answered(ring.open(&ticket.about(), &sealed)?.to_vec()),
            Row::Running => Reserved::Running,
            Row::Other => Reserved::Other,
        })
    }

    /// Keeps the answer of a request, sealed, before it is given. `false` where its time was over and somebody else answered.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn answer_request(&self, ticket: &Ticket, answer: &[u8]) -> Result<bool> {
        let sealed = self.0.keys.ring.seal(&ticket.about(), answer, &mut self.0.random.draw());
        let ticket = ticket.clone();
        change!(self.0.db, idempotency::answer(ticket, sealed))
    }

    /// Gives a request back that was refused or failed. Where nothing was done it is forgotten; otherwise the next try answers at once.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn release_request(&self, ticket: &Ticket) -> Result<()> {
        let ticket = ticket.clone();
        change!(self.0.db, idempotency::release(ticket))
    }

    /// Forgets requests of a day ago. Gives how many.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn forget_requests(&self) -> Result<u64> {
        let aged = self.now().after_ms(-KEPT_MS);
        if !read!(self.0.db, idempotency::any_aged(aged))? {
            return Ok(0);
        }
        change!(self.0.db, idempotency::forget(aged))
    }
}

fn about(partner: PartnerId, key: &[u8]) -> String {
    format!("idempotency {partner} {}", BASE64.encode(key))
}

//! Payments at the counter: a member of staff takes the money and says so, once.

use huizhi_domain::audit::Actor;
use huizhi_domain::id::{MessageId, OrderId, StaffId};
use huizhi_domain::message::Happening;
use huizhi_domain::order::Order;
use serde::Serialize;

use crate::db::{change, read};
use crate::{Result, Store};

/// Money that is to be paid back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refund {
    /// The order.
    pub order: OrderId,
    /// How much, in fen.
    pub fen: i64,
}

impl Store {
    /// Orders of a city that wait for their payment, oldest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn unpaid(&self, city: &str) -> Result<Vec<Order>> {
        read!(self.0.db, payment::unpaid(city.to_owned()))
    }

    /// The orders of a city whose ids end so, of which a clerk has read the last characters; two at most, because then it is not known which is
    /// meant.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn orders_ending(&self, city: &str, ending: &str) -> Result<Vec<Order>> {
        read!(self.0.db, payment::ending(city.to_owned(), ending.to_owned()))
    }

    /// Takes the whole price of an order. A second time is refused.
    ///
    /// # Errors
    /// [`crate::StoreError::Order`] where it is paid already or the amount is another.
    pub async fn pay(&self, of: OrderId, fen: i64, by: StaffId) -> Result<Order> {
        let entry = self.entry(Actor::Staff(by), "order.paid", &of, &[("fen", fen.into())]);
        let message = self.message(of, Happening::Paid, entry.at);
        let (keys, id) = (self.0.keys.clone(), MessageId::new(entry.at, &mut self.0.random.draw()).to_string());
        change!(self.0.db, payment::charge(keys, id, of, fen, by, message, entry))
    }

    /// Refunds of a city that are due.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn refunds_due(&self, city: &str) -> Result<Vec<Refund>> {
        read!(self.0.db, payment::refunds_due(city.to_owned()))
    }

    /// Notes that a refund was handed out.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] where none is due.
    pub async fn refund(&self, of: OrderId, by: StaffId) -> Result<()> {
        let entry = self.entry(Actor::Staff(by), "order.refunded", &of, &[]);
        let (keys, now) = (self.0.keys.clone(), entry.at);
        change!(self.0.db, payment::refund(keys, of, by, now, entry))
    }
}

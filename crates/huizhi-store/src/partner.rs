//! Partners: photo shops, their keys, and the orders that they hold.

use std::collections::BTreeSet;

use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{KeyId, MessageId, OrderId, PartnerId};
use huizhi_domain::message::Message;
use huizhi_domain::order::{Order, OrderState};
use huizhi_domain::partner::{Key, KeyText, Partner, Scope};

use crate::db::{change, read};
use crate::order::about;
use crate::{NewOrder, Result, Store, StoreError, Visitor};

/// How old a message is before a partner is given it. Two that are written at once may become visible in the other order; who reads on
/// from the newer would never see the older. No transaction takes that long.
const SETTLED_MS: i64 = 2_000;

/// What a key is made with.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// How many requests it may make a minute.
    pub rate: u32,
    /// From when on it opens nothing.
    pub expires_at: Option<Moment>,
}

/// Which orders of a partner, newest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrderPage {
    /// Only those that stand here.
    pub state: Option<OrderState>,
    /// Only those that began before this one.
    pub before: Option<OrderId>,
    /// At most so many.
    pub limit: u32,
}

impl Store {
    /// Adds a partner.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the name is taken.
    pub async fn add_partner(&self, name: &str) -> Result<Partner> {
        let partner = Partner { id: PartnerId::new(self.now(), &mut self.0.random.draw()), name: name.to_owned() };
        let entry = self.entry(Actor::Service, "partner.added", &partner.id, &[]);
        let (keys, added) = (self.0.keys.clone(), partner.clone());
        change!(self.0.db, partner::add(keys, added, entry))?;
        Ok(partner)
    }

    /// A partner by name.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn partner_by_name(&self, name: &str) -> Result<Option<Partner>> {
        read!(self.0.db, partner::by_name(name.to_owned()))
    }

    /// A partner by id.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn partner(&self, id: PartnerId) -> Result<Option<Partner>> {
        read!(self.0.db, partner::find(id))
    }

    /// Makes a key. Its text is given once and never again.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn add_key(&self, partner: PartnerId, new: NewKey) -> Result<(Key, KeyText)> {
        let now = self.now();
        let id = KeyId::new(now, &mut self.0.random.draw());
        let text = KeyText::draw(id, &mut self.0.random.draw());
        let NewKey { scopes, rate, expires_at } = new;
        let key = Key { id, partner, scopes, rate, created_at: now, expires_at, revoked_at: None };
        let words: Vec<&str> = key.scopes.iter().map(|scope| scope.word()).collect();
        let detail = [("partner", partner.to_string().into()), ("scopes", words.join(" ").into())];
        let entry = self.entry(Actor::Service, "key.added", &id, &detail);
        let (keys, added, secret) = (self.0.keys.clone(), key.clone(), self.secret_index(&text));
        change!(self.0.db, partner::add_key(keys, added, secret, entry))?;
        Ok((key, text))
    }

    /// All keys with their partners, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn keys_of_partners(&self) -> Result<Vec<(Partner, Key)>> {
        read!(self.0.db, partner::all_keys())
    }

    /// Takes a key back, at once and for good.
    ///
    /// # Errors
    /// [`StoreError::Absent`] for an unknown key, and for one that was taken back before.
    pub async fn revoke_key(&self, id: KeyId) -> Result<()> {
        let entry = self.entry(Actor::Service, "key.revoked", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, partner::revoke_key(keys, id, entry))
    }

    /// Whose key a text is; `None` where it is unknown, has ended or was taken back.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn key_of(&self, text: &str) -> Result<Option<(Partner, Key)>> {
        let Ok(text) = text.parse::<KeyText>() else { return Ok(None) };
        let (id, secret) = (text.id(), self.secret_index(&text));
        let found = read!(self.0.db, partner::by_key(id, secret))?;
        Ok(found.filter(|(_, key)| key.opens(self.now())))
    }

    /// As whom a partner holds orders.
    #[must_use]
    pub fn partner_visitor(&self, partner: PartnerId) -> Visitor {
        Visitor::of(self.0.keys.ring.index("partner", &partner.to_string()))
    }

    /// Begins an order that a partner holds, under the partner's own reference.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn begin_order_of(&self, new: NewOrder, partner: PartnerId, reference: Option<&str>) -> Result<Order> {
        let visitor = self.partner_visitor(partner).bytes();
        Ok(self.begin(new, Some(visitor), false, reference).await?.0)
    }

    /// What the partner that began an order calls it.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn reference(&self, id: OrderId) -> Result<Option<String>> {
        let Some(sealed) = read!(self.0.db, partner::reference(id))? else { return Ok(None) };
        let plain = self.0.keys.ring.open(&about(id, "reference"), &sealed)?;
        let text = String::from_utf8(plain.to_vec());
        text.map(Some).map_err(|_| StoreError::Row { what: "a reference", value: id.to_string() })
    }

    /// A page of a visitor's orders, newest first.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn page_of_orders(&self, visitor: &Visitor, page: OrderPage) -> Result<Vec<Order>> {
        read!(self.0.db, partner::orders(visitor.bytes(), page))
    }

    /// The messages of all orders of a visitor, oldest first, after one that was read.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn messages_after(
        &self,
        visitor: &Visitor,
        after: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>> {
        let settled = self.now().after_ms(-SETTLED_MS);
        read!(self.0.db, partner::messages(visitor.bytes(), after, settled, limit))
    }

    fn secret_index(&self, text: &KeyText) -> Vec<u8> {
        self.0.keys.ring.index("partner key", text.secret()).to_vec()
    }
}

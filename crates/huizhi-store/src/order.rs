//! Orders: begun, shown to those who hold them, submitted, withdrawn.

use std::fmt;

use huizhi_domain::audit::{Actor, Entry};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AttemptId, MessageId, OrderId};
use huizhi_domain::message::Happening;
use huizhi_domain::order::{Order, OrderState, Override, Terms};
use huizhi_domain::review::{self, SecondLook};
use huizhi_domain::words::Lang;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroize;

use crate::db::{act, change, read};
use crate::{Result, Store, StoreError};

/// Crockford's base 32 in lower case, for links.
const LINK_ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Who holds orders. A browser: a keyed hash of the random token in its cookie. A photo shop: one of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Visitor([u8; 32]);

impl Visitor {
    pub(crate) const fn of(index: [u8; 32]) -> Self {
        Self(index)
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

/// The secret of the link by which an order is followed: 26 characters, 130 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What an order begins with.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// The document's id.
    pub document: String,
    /// The issuing city's code.
    pub city: String,
    /// The language its citizen reads.
    pub lang: Lang,
}

/// Who a photo is for, as the citizen typed it and the domain checked it. Kept sealed.
#[derive(Clone, Default, Serialize, Deserialize, PartialEq, Eq)]
pub struct ApplicantRecord {
    /// Name.
    pub name: Option<String>,
    /// A picture of the name where no font can print it: PNG, base64 without padding.
    pub name_picture: Option<String>,
    /// Kind of identity document.
    pub id_kind: Option<String>,
    /// Its number, normalised.
    pub id_number: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// The guardian's name.
    pub guardian_name: Option<String>,
    /// The guardian's kind of identity document.
    pub guardian_id_kind: Option<String>,
    /// Its number.
    pub guardian_id_number: Option<String>,
    /// When the separate consent to face processing was given (PIPL art. 29).
    pub consent_at: Option<Moment>,
    /// To which version of its text.
    pub consent_version: Option<String>,
    /// Whether nothing is sent to telephone and e-mail, because the consent to messages was withdrawn.
    #[serde(default)]
    pub silent: bool,
}

impl fmt::Debug for ApplicantRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApplicantRecord(…)")
    }
}

impl Drop for ApplicantRecord {
    fn drop(&mut self) {
        for text in [&mut self.name, &mut self.id_number, &mut self.phone, &mut self.email, &mut self.guardian_name] {
            text.zeroize();
        }
        self.guardian_id_number.zeroize();
        self.name_picture.zeroize();
    }
}

/// What came of a guess at the last four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// They fit.
    Right,
    /// They don't, and more may be tried.
    Wrong,
    /// Nothing is heard, right or wrong, after too many misses.
    Deaf {
        /// Until when.
        until: Moment,
    },
}

/// A new order's row.
#[derive(Clone)]
pub struct Begun {
    pub order: Order,
    pub secret: [u8; 32],
    pub secret_sealed: Vec<u8>,
    pub visitor: Option<Vec<u8>>,
    pub probe: bool,
    pub reference: Option<Vec<u8>>,
}

/// What a submission carries.
#[derive(Clone)]
pub struct Submission {
    pub attempt: AttemptId,
    pub reason: Option<Vec<u8>>,
    pub overridden: bool,
    pub terms: Terms,
    pub child: bool,
    pub second_look: Option<SecondLook>,
}

impl Store {
    /// The visitor of a cookie's token.
    #[must_use]
    pub fn visitor(&self, token: &str) -> Visitor {
        Visitor(self.0.keys.ring.index("visitor", token))
    }

    /// Begins an order that the visitor holds.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn begin_order(&self, new: NewOrder, visitor: &Visitor) -> Result<(Order, Secret)> {
        self.begin(new, Some(visitor.bytes()), false, None).await
    }

    pub(crate) async fn begin(
        &self,
        new: NewOrder,
        visitor: Option<Vec<u8>>,
        probe: bool,
        reference: Option<&str>,
    ) -> Result<(Order, Secret)> {
        let (begun, secret, entry) = self.draw_order(new, visitor, probe, reference);
        let order = begun.order.clone();
        let keys = self.0.keys.clone();
        act!(self, order::begin(keys, begun, entry))?;
        Ok((order, secret))
    }

    /// A new order's row, its link's secret, and what the log says of it.
    pub(crate) fn draw_order(
        &self,
        new: NewOrder,
        visitor: Option<Vec<u8>>,
        probe: bool,
        reference: Option<&str>,
    ) -> (Begun, Secret, Entry) {
        let now = self.now();
        let mut random = self.0.random.draw();
        let order = Order {
            id: OrderId::new(now, &mut random),
            document: new.document,
            city: new.city,
            state: OrderState::Draft,
            price_fen: 0,
            paid_fen: 0,
            rules: String::new(),
            queued_at: None,
            attempt: None,
            lang: new.lang,
            created_at: now,
            changed_at: now,
        };
        let secret = draw_secret(&mut random);
        let begun = Begun {
            order: order.clone(),
            secret: self.0.keys.ring.index("order secret", &secret.0),
            secret_sealed: self.0.keys.ring.seal(&about(order.id, "secret"), secret.0.as_bytes(), &mut random),
            visitor,
            probe,
            reference: reference.map(|text| {
                self.0.keys.ring.seal(&about(order.id, "reference"), text.as_bytes(), &mut self.0.random.draw())
            }),
        };
        let detail = [("city", order.city.as_str().into()), ("document", order.document.as_str().into())];
        let entry = self.entry(self.1.actor, "order.begun", &order.id, &detail);
        (begun, secret, entry)
    }

    /// An order, whoever asks: for workers and desks, whose right was seen to.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn order(&self, id: OrderId) -> Result<Option<Order>> {
        read!(self.0.db, order::find(id))
    }

    /// An order, if the visitor holds it.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn order_of(&self, visitor: &Visitor, id: OrderId) -> Result<Option<Order>> {
        read!(self.0.db, order::held(visitor.bytes(), id))
    }

    /// All orders of a visitor, newest first.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn orders_of(&self, visitor: &Visitor) -> Result<Vec<Order>> {
        read!(self.0.db, order::all_held(visitor.bytes()))
    }

    /// The order of a link.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn order_by_secret(&self, secret: &str) -> Result<Option<Order>> {
        let index = self.0.keys.ring.index("order secret", &secret.trim().to_ascii_lowercase()).to_vec();
        read!(self.0.db, order::by_secret(index))
    }

    /// The link's secret of an order, for those who hold it.
    ///
    /// # Errors
    /// [`StoreError::Absent`], [`StoreError::Seal`].
    pub async fn secret_of(&self, id: OrderId) -> Result<Secret> {
        let sealed = read!(self.0.db, order::secret(id))?.ok_or(StoreError::Absent("order"))?;
        let open = self.0.keys.ring.open(&about(id, "secret"), &sealed)?;
        Ok(Secret(String::from_utf8_lossy(&open).into_owned()))
    }

    /// Lets a visitor hold an order.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn hold_order(&self, visitor: &Visitor, id: OrderId) -> Result<()> {
        let (visitor, now) = (visitor.bytes(), self.now());
        change!(self.0.db, order::hold(visitor, id, now))
    }

    /// Gives a draft another document or city.
    ///
    /// # Errors
    /// [`StoreError::Order`] once it is submitted.
    pub async fn change_draft(&self, id: OrderId, document: Option<String>, city: Option<String>) -> Result<Order> {
        let entry = self.entry(self.1.actor, "order.changed", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, order::change_draft(keys, id, document, city, entry))
    }

    /// Submits a photo of an order to the review. `child` says that the applicant is under 16.
    ///
    /// # Errors
    /// [`StoreError::Order`] by cause, [`StoreError::Absent`] for a photo that is not one of the order's.
    pub async fn submit(
        &self,
        id: OrderId,
        attempt: AttemptId,
        reason: Option<Override>,
        terms: Terms,
        child: bool,
    ) -> Result<Order> {
        let overridden = reason.is_some();
        let sealed = reason.map(|reason| {
            let plain = serde_json::to_vec(&reason).unwrap_or_default();
            self.0.keys.ring.seal(&crate::photo::reason_name(attempt), &plain, &mut self.0.random.draw())
        });
        let second_look = review::second_look(overridden, child, self.0.random.chance());
        let submission = Submission { attempt, reason: sealed, overridden, terms, child, second_look };
        let detail = [("attempt", attempt.to_string().into()), ("override", overridden.into())];
        let entry = self.entry(self.1.actor, "order.submitted", &id, &detail);
        let message = self.message(id, Happening::Submitted, entry.at);
        let keys = self.0.keys.clone();
        act!(self, order::submit(keys, id, submission, message, entry))
    }

    /// Gives an order up. What was paid becomes a refund that is due, and its photos are erased.
    ///
    /// # Errors
    /// [`StoreError::Order`] while a reviewer holds it, and after its end.
    pub async fn withdraw(&self, id: OrderId) -> Result<Order> {
        let entry = self.entry(self.1.actor, "order.withdrawn", &id, &[]);
        let message = self.message(id, Happening::Withdrawn, entry.at);
        let (keys, refund) = (self.0.keys.clone(), self.refund_id());
        let order = act!(self, order::withdraw(keys, id, refund, message, entry))?;
        self.sweep().await?;
        Ok(order)
    }

    /// Deletes all pictures of an order now: it is withdrawn where that can be, and an unused receipt is revoked.
    ///
    /// # Errors
    /// [`StoreError::Order`] while a reviewer holds it.
    pub async fn delete_photos(&self, id: OrderId) -> Result<()> {
        let order = self.order(id).await?.ok_or(StoreError::Absent("order"))?;
        match order.state {
            OrderState::Approved => self.revoke(id).await,
            OrderState::Withdrawn | OrderState::Expired => Ok(()),
            _ => self.withdraw(id).await.map(|_| ()),
        }
    }

    /// Asks for another pair of eyes on the rejected attempt; once an attempt (D26).
    ///
    /// # Errors
    /// [`StoreError::Order`] by cause.
    pub async fn appeal(&self, id: OrderId) -> Result<Order> {
        let entry = self.entry(self.1.actor, "order.appealed", &id, &[]);
        let message = self.message(id, Happening::Appealed, entry.at);
        let keys = self.0.keys.clone();
        act!(self, order::appeal(keys, id, message, entry))
    }

    /// Ends orders whose time is over, and erases their photos. Gives how many.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn expire_orders(&self) -> Result<usize> {
        let now = self.now();
        let lapsed = read!(self.0.db, order::lapsed(now))?;
        let mut ended = 0;
        for id in lapsed {
            let entry = self.entry(Actor::Service, "order.expired", &id, &[]);
            let message = self.message(id, Happening::Expired, entry.at);
            let (keys, refund) = (self.0.keys.clone(), self.refund_id());
            match change!(self.0.db, order::expire(keys, id, refund, message, entry)) {
                Ok(_) => ended += 1,
                // Its citizen came back in between.
                Err(StoreError::Order(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(ended)
    }

    /// Keeps who a photo is for.
    ///
    /// # Errors
    /// [`StoreError::Order`] once it is submitted.
    pub async fn set_applicant(&self, id: OrderId, applicant: &ApplicantRecord) -> Result<()> {
        let sealed = self.seal_applicant(id, applicant);
        let entry = self.entry(self.1.actor, "order.applicant-given", &id, &[]);
        let keys = self.0.keys.clone();
        act!(self, order::set_applicant(keys, id, sealed, entry))
    }

    pub(crate) fn seal_applicant(&self, id: OrderId, applicant: &ApplicantRecord) -> Vec<u8> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(applicant).unwrap_or_default());
        self.0.keys.ring.seal(&about(id, "applicant"), &plain, &mut self.0.random.draw())
    }

    /// Who a photo is for; `None` where nobody said.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn applicant(&self, id: OrderId) -> Result<Option<ApplicantRecord>> {
        let Some(sealed) = read!(self.0.db, order::applicant(id))? else { return Ok(None) };
        let plain = self.0.keys.ring.open(&about(id, "applicant"), &sealed)?;
        let record = serde_json::from_slice(&plain);
        record.map(Some).map_err(|_| StoreError::Row { what: "an applicant", value: id.to_string() })
    }

    /// Sends nothing more about a visitor's orders to telephone and e-mail; the inbox stays.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn silence(&self, visitor: &Visitor) -> Result<()> {
        for order in self.orders_of(visitor).await? {
            let Some(mut record) = self.applicant(order.id).await? else { continue };
            record.silent = true;
            let sealed = self.seal_applicant(order.id, &record);
            let id = order.id;
            change!(self.0.db, order::reseal_applicant(id, sealed))?;
        }
        Ok(())
    }

    /// Whether four digits are the last of the applicant's number (or telephone, where there is no number). After five misses
    /// nothing is heard for an hour.
    ///
    /// # Errors
    /// [`StoreError::Absent`] for an unknown order.
    pub async fn guess_last_four(&self, id: OrderId, four: &str) -> Result<Guess> {
        let applicant = self.applicant(id).await?;
        let known = applicant.as_ref().and_then(|it| it.id_number.as_deref().or(it.phone.as_deref()));
        let tail = |text: &str| text.chars().rev().take(4).collect::<String>().to_ascii_uppercase();
        let right = known.is_some_and(|known| four.trim().chars().count() == 4 && tail(known) == tail(four.trim()));
        let now = self.now();
        change!(self.0.db, order::guess(id, right, now))
    }

    pub(crate) fn entry(
        &self,
        actor: Actor,
        action: &str,
        subject: &impl fmt::Display,
        detail: &[(&str, Value)],
    ) -> Entry {
        Entry {
            at: self.now(),
            actor,
            action: action.to_owned(),
            subject: subject.to_string(),
            detail: detail.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect(),
        }
    }

    fn refund_id(&self) -> String {
        MessageId::new(self.now(), &mut self.0.random.draw()).to_string()
    }
}

pub(crate) fn about(id: OrderId, what: &str) -> String {
    format!("order {id} {what}")
}

pub(crate) fn draw_secret(random: &mut dyn rand_core::Rng) -> Secret {
    let mut bytes = [0; 26];
    random.fill_bytes(&mut bytes);
    Secret(bytes.iter().map(|byte| char::from(LINK_ALPHABET[usize::from(byte % 32)])).collect())
}

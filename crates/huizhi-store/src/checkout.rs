//! Payments that citizens make elsewhere, such as with WeChat Pay: begun, asked after, and paid back where they came too late.

use std::str::FromStr;

use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{CheckoutId, OrderId};
use huizhi_domain::message::Happening;
use huizhi_domain::order::UnknownWord;

use crate::db::{change, read};
use crate::{Result, Store};

/// How a citizen pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// On the phone that shows the page.
    ThisPhone,
    /// With a phone that reads a code from the screen.
    Code,
}

impl Way {
    /// Its word in the database and in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ThisPhone => "this-phone",
            Self::Code => "code",
        }
    }

    /// How long a citizen has to pay so, ms; the other side is told the same. WeChat's link for the phone is good for five minutes
    /// (`h5_url`, interface version 3) and its code for two hours, of which half an hour keeps few payments open.
    #[must_use]
    pub const fn lasts_ms(self) -> i64 {
        match self {
            Self::ThisPhone => 5 * 60_000,
            Self::Code => 30 * 60_000,
        }
    }
}

impl FromStr for Way {
    type Err = UnknownWord;

    fn from_str(text: &str) -> std::result::Result<Self, UnknownWord> {
        [Self::ThisPhone, Self::Code]
            .into_iter()
            .find(|way| way.word() == text)
            .ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// What is to be done about a checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Ask whether it was paid.
    Ask,
    /// Pay it back.
    PayBack,
}

/// A payment that a citizen makes elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// What the other side knows it by.
    pub id: CheckoutId,
    /// The order.
    pub order: OrderId,
    /// How much, in fen.
    pub fen: i64,
    /// How.
    pub way: Way,
    /// Where; `None` until the other side has said.
    pub address: Option<String>,
    /// Since when.
    pub begun_at: Moment,
    /// What is to be done about it.
    pub errand: Errand,
}

impl Checkout {
    /// Until when it can be paid.
    #[must_use]
    pub const fn ends_at(&self) -> Moment {
        self.begun_at.after_ms(self.way.lasts_ms())
    }
}

/// What a payment that came did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// The order is paid.
    Counted,
    /// It was counted before.
    Before,
    /// The order needs it no more; it goes back.
    TooLate,
}

impl Store {
    /// Begins to take an order's whole price elsewhere: the checkout that is open, or a new one.
    ///
    /// # Errors
    /// [`crate::StoreError::Order`] where nothing is due.
    pub async fn begin_checkout(&self, of: OrderId, way: Way) -> Result<Checkout> {
        let entry = self.entry(Actor::Citizen, "checkout.begun", &of, &[("way", way.word().into())]);
        let (keys, id) = (self.0.keys.clone(), CheckoutId::new(entry.at, &mut self.0.random.draw()));
        change!(self.0.db, checkout::begin(keys, id, of, way, entry))
    }

    /// The checkout of an order that is open.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn open_checkout(&self, of: OrderId) -> Result<Option<Checkout>> {
        read!(self.0.db, checkout::open_of(of))
    }

    /// Keeps where the citizen pays.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn set_checkout_address(&self, id: CheckoutId, address: &str) -> Result<()> {
        let address = address.to_owned();
        change!(self.0.db, checkout::set_address(id, address))
    }

    /// Checkouts that something is to be done about now, each kept from others for a minute.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn checkouts_due(&self) -> Result<Vec<Checkout>> {
        let now = self.now();
        if !read!(self.0.db, checkout::any_due(now))? {
            return Ok(Vec::new());
        }
        change!(self.0.db, checkout::due(now))
    }

    /// Looks at a checkout again at a moment.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn ask_checkout_at(&self, id: CheckoutId, at: Moment) -> Result<()> {
        change!(self.0.db, checkout::ask_at(id, at))
    }

    /// The money of a checkout came. However often this is said, it counts once; where the order is paid already, or over, it goes back.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] for a checkout that there is not.
    pub async fn checkout_paid(&self, checkout: &Checkout, fen: i64) -> Result<Came> {
        let (id, of) = (checkout.id, checkout.order);
        let detail = [("fen", fen.into()), ("checkout", id.to_string().into())];
        let entry = self.entry(Actor::Service, "order.paid", &of, &detail);
        let message = self.message(of, Happening::Paid, entry.at);
        let keys = self.0.keys.clone();
        change!(self.0.db, checkout::paid(keys, id, of, fen, message, entry))
    }

    /// A checkout ended without money. One that is not open any more stays as it is.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn checkout_over(&self, id: CheckoutId) -> Result<()> {
        change!(self.0.db, checkout::over(id))
    }

    /// The money of a checkout went back.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn checkout_returned(&self, checkout: &Checkout) -> Result<()> {
        let (id, of) = (checkout.id, checkout.order);
        let detail = [("checkout", id.to_string().into())];
        let entry = self.entry(Actor::Service, "order.refunded", &of, &detail);
        let keys = self.0.keys.clone();
        change!(self.0.db, checkout::returned(keys, id, of, entry))
    }
}

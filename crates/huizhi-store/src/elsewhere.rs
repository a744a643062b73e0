//! Receipts of peers at our windows: what a window holds, and what is still to be said about it. The photo goes through and is kept nowhere.
//!
//! That a window used a photo is written down before the peer is told, and is told until the peer acknowledges it: a line that breaks
//! in between leaves nothing open but time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{OfficeId, StaffId};
use huizhi_domain::order::UnknownWord;
use huizhi_domain::peer::body::{self, Asked, Given};
use huizhi_domain::peer::case::again_at;
use huizhi_domain::peer::envelope::SpokenHead;
use huizhi_domain::receipt::{Issuer, ReceiptNumber};
use huizhi_domain::staff::Office;
use serde_json::Value;

use crate::db::{change, read};
use crate::{Result, Store, Window};

/// How long who tells a peer is believed to live. A call ends sooner.
const LEASE_MS: i64 = 120_000;

/// Where a photo of a peer's stands at our windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElsewhereState {
    /// A window holds it.
    Held,
    /// A window used it, and the peer does not know yet.
    ToConsume,
    /// A window used it, and the peer knows.
    Consumed,
    /// A window used it, and the peer says that it can't be.
    Refused,
    /// It was given back, or its time is over.
    Released,
}

impl ElsewhereState {
    const ALL: [Self; 5] = [Self::Held, Self::ToConsume, Self::Consumed, Self::Refused, Self::Released];

    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::ToConsume => "to-consume",
            Self::Consumed => "consumed",
            Self::Refused => "refused",
            Self::Released => "released",
        }
    }
}

impl std::str::FromStr for ElsewhereState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> std::result::Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|state| state.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A photo of a peer's receipt at one of our windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// Our name for the reservation.
    pub act: String,
    /// Who issued the receipt.
    pub peer: Issuer,
    /// The document.
    pub document: String,
    /// The office.
    pub office: OfficeId,
    /// The clerk.
    pub staff: StaffId,
    /// Where it stands.
    pub state: ElsewhereState,
    /// Until when the office holds it.
    pub reserved_until: Moment,
    /// When it was used.
    pub used_at: Option<Moment>,
    /// Why the peer says that it was not used.
    pub refusal: Option<String>,
    /// Why the peer could not be told so far.
    pub fault: Option<String>,
    pub(crate) asked: Vec<u8>,
    pub(crate) tries: i32,
}

/// A row on its way in.
#[derive(Clone)]
pub struct Held {
    pub row: Elsewhere,
    pub number: Vec<u8>,
}

/// What a signed answer of a peer leaves in the log: the digest of our question, and how far the peer's log is.
#[derive(Clone, Copy)]
pub struct Said<'a> {
    /// The question's digest, which both logs keep.
    pub digest: &'a str,
    /// The peer's head, where the answer has one that fits.
    pub head: Option<&'a SpokenHead>,
}

impl Store {
    /// What a window asks a peer about one of its receipts. `act` is the reservation's name: that of one that the office holds
    /// already, or a new one.
    #[must_use]
    pub fn asked_elsewhere(
        &self,
        number: &ReceiptNumber,
        document: &str,
        window: &Window,
        office: &Office,
        held: Option<&Elsewhere>,
    ) -> Asked {
        let act = held.map_or_else(
            || {
                let mut name = [0; 16];
                rand_core::Rng::fill_bytes(&mut self.0.random.draw(), &mut name);
                BASE64.encode(name)
            },
            |held| held.act.clone(),
        );
        Asked {
            number: number.reveal().to_owned(),
            document: document.to_owned(),
            purpose: window.purpose.clone(),
            office: window.office.to_string(),
            office_name: office.name.clone(),
            clerk: window.staff.to_string(),
            act,
        }
    }

    /// What our windows know of a peer's receipt for a document: who holds it, or used it.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn elsewhere(&self, number: &ReceiptNumber, document: &str) -> Result<Option<Elsewhere>> {
        let (number, document) = (self.number_index(number), document.to_owned());
        read!(self.0.db, elsewhere::find(number, document))
    }

    /// Notes that a window got a photo from a peer.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`] where another of our windows holds it.
    pub async fn fetched_elsewhere(
        &self,
        number: &ReceiptNumber,
        window: &Window,
        asked: &Asked,
        given: &Given,
        said: Said<'_>,
    ) -> Result<()> {
        let peer = number.issuer();
        let sealed = self.0.keys.ring.seal(&about(&asked.act), body::text(asked).as_bytes(), &mut self.0.random.draw());
        let row = Elsewhere {
            act: asked.act.clone(),
            peer,
            document: asked.document.clone(),
            office: window.office,
            staff: window.staff,
            state: ElsewhereState::Held,
            reserved_until: given.reserved_until,
            used_at: None,
            refusal: None,
            fault: None,
            asked: sealed,
            tries: 0,
        };
        let entry = self.of_elsewhere("receipt.fetched-elsewhere", &row, Actor::Staff(window.staff), Some(said));
        let (keys, held) = (self.0.keys.clone(), Held { row, number: self.number_index(number) });
        change!(self.0.db, elsewhere::hold(keys, held, entry))
    }

    /// Notes that a window used the photo that it holds. From now on the peer is told until it acknowledges it.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] where the window does not hold it, or its time is over.
    pub async fn use_elsewhere(&self, held: &Elsewhere, window: &Window) -> Result<Elsewhere> {
        let entry = self.of_elsewhere("receipt.used-elsewhere", held, Actor::Staff(window.staff), None);
        let (keys, act, window, lease) = (self.0.keys.clone(), held.act.clone(), window.clone(), LEASE_MS);
        change!(self.0.db, elsewhere::used(keys, act, window, lease, entry))
    }

    /// Notes that a window gives back the photo that it holds.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] where the window does not hold it.
    pub async fn release_elsewhere(&self, held: &Elsewhere, window: &Window) -> Result<()> {
        let entry = self.of_elsewhere("receipt.released-elsewhere", held, Actor::Staff(window.staff), None);
        let (keys, act, office) = (self.0.keys.clone(), held.act.clone(), window.office);
        change!(self.0.db, elsewhere::released(keys, act, office, entry))
    }

    /// What is to be said to the peer about a photo.
    ///
    /// # Errors
    /// [`crate::StoreError::Seal`].
    pub fn asked_of(&self, row: &Elsewhere) -> Result<Asked> {
        let open = self.0.keys.ring.open(&about(&row.act), &row.asked)?;
        body::read(&String::from_utf8_lossy(&open))
            .ok_or_else(|| crate::StoreError::Row { what: "what a peer is asked", value: row.act.clone() })
    }

    /// Takes uses of which peers are to be told, for two minutes, so many at most.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn claim_elsewhere(&self, most: u32) -> Result<Vec<Elsewhere>> {
        let now = self.now();
        if !read!(self.0.db, elsewhere::any_due(now))? {
            return Ok(Vec::new());
        }
        let until = now.after_ms(LEASE_MS);
        change!(self.0.db, elsewhere::claim(now, until, most))
    }

    /// Notes that the peer knows of a use. What was only for telling it goes.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn consumed_elsewhere(&self, row: &Elsewhere, at: Moment, said: Said<'_>) -> Result<()> {
        let entry = self.of_elsewhere("receipt.consumed-elsewhere", row, Actor::Service, Some(said));
        let (keys, act, state, refusal) =
            (self.0.keys.clone(), row.act.clone(), ElsewhereState::Consumed, None::<String>);
        let at = Some(at);
        change!(self.0.db, elsewhere::settle(keys, act, state, at, refusal, entry))
    }

    /// Notes that the peer says no for good, and why.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn refused_elsewhere(&self, row: &Elsewhere, code: &str, said: Said<'_>) -> Result<()> {
        let mut entry = self.of_elsewhere("receipt.refused-elsewhere", row, Actor::Service, Some(said));
        entry.detail.insert("why".to_owned(), Value::from(code));
        let (keys, act, state) = (self.0.keys.clone(), row.act.clone(), ElsewhereState::Refused);
        let (at, refusal) = (None::<Moment>, Some(code.to_owned()));
        change!(self.0.db, elsewhere::settle(keys, act, state, at, refusal, entry))
    }

    /// Notes that the peer could not be told, and why; it is told later.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn postpone_elsewhere(&self, row: &Elsewhere, fault: &str) -> Result<()> {
        let tries = row.tries.saturating_add(1);
        let next = again_at(tries, self.now(), self.0.random.chance());
        let (act, fault) = (row.act.clone(), fault.to_owned());
        change!(self.0.db, elsewhere::postpone(act, tries, next, fault))
    }

    /// Lets go what windows held and did not use in time, and forgets what was settled long ago.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn lapse_elsewhere(&self) -> Result<()> {
        let now = self.now();
        let aged = now.after_ms(-KEPT_MS);
        if !read!(self.0.db, elsewhere::any_lapsed(now, aged))? {
            return Ok(());
        }
        change!(self.0.db, elsewhere::lapse(now, aged))
    }

    /// Of an office: uses that a peer does not know of yet, and those that it refused, newest first, twenty at most.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn open_elsewhere(&self, office: OfficeId) -> Result<Vec<Elsewhere>> {
        let since = self.now().after_ms(-SHOWN_MS);
        read!(self.0.db, elsewhere::open(office, since))
    }

    fn of_elsewhere(
        &self,
        action: &str,
        row: &Elsewhere,
        actor: Actor,
        said: Option<Said<'_>>,
    ) -> huizhi_domain::audit::Entry {
        let detail: [(&str, Value); 3] = [
            ("peer", row.peer.to_string().into()),
            ("document", row.document.as_str().into()),
            ("office", row.office.to_string().into()),
        ];
        let mut entry = self.entry(actor, action, &row.act, &detail);
        if let Some(said) = said {
            entry.detail.insert("digest".to_owned(), said.digest.into());
            let head = said.head.and_then(|head| serde_json::to_value(head).ok());
            entry.detail.extend(head.map(|head| ("head".to_owned(), head)));
        }
        entry
    }
}

/// How long what was settled is kept; the peer knows it longer.
const KEPT_MS: i64 = 90 * 86_400_000;

/// How long a refused use is shown to its office.
const SHOWN_MS: i64 = 7 * 86_400_000;

fn about(act: &str) -> String {
    format!("elsewhere {act} asked")
}

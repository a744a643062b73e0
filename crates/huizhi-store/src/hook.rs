//! Web hooks: where partners are told what happens to the orders that they hold. Addresses and secrets are sealed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{HookId, MessageId, PartnerId};
use huizhi_domain::message::Happening;
use zeroize::Zeroizing;

use crate::db::{act, change, read};
use crate::idempotency::Made;
use crate::{Result, Store, StoreError};

/// How long the secret before the newest still signs.
const ROTATION_MS: i64 = 86_400_000;

/// A hook's secret as text: `whsec_` and 32 bytes in Base64, as Standard Webhooks 1.0 writes it.
#[derive(Clone)]
pub struct HookSecret(Zeroizing<String>);

impl HookSecret {
    /// The text, for the partner at the moment it is drawn, and for signing.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for HookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HookSecret(…)")
    }
}

/// A hook.
#[derive(Clone)]
pub struct Hook {
    /// Its id.
    pub id: HookId,
    /// Whose it is.
    pub partner: PartnerId,
    /// Where it calls. It may hold a token of the partner's: never in a log.
    pub address: String,
    /// What it tells; everything where this is empty.
    pub happenings: Vec<Happening>,
    /// Whether the other side has said that it is gone.
    pub gone: bool,
    /// Since when it is there.
    pub created_at: Moment,
}

impl Made for HookId {
    fn made(&self) -> String {
        self.to_string()
    }
}

/// A hook's row.
#[derive(Clone)]
pub struct SealedHook {
    pub id: HookId,
    pub partner: PartnerId,
    pub visitor: Vec<u8>,
    pub address: Vec<u8>,
    pub happenings: Vec<Happening>,
    pub secret: Vec<u8>,
    pub old_secret: Option<Vec<u8>>,
    pub old_until: Moment,
    pub gone: bool,
    pub created_at: Moment,
}

impl Store {
    /// Adds a hook. Its secret is drawn; it is given here, and later by [`Self::hook_secret`] only.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the request was done before.
    pub async fn add_hook(
        &self,
        partner: PartnerId,
        address: &str,
        happenings: &[Happening],
    ) -> Result<(Hook, HookSecret)> {
        let (now, id) = (self.now(), HookId::new(self.now(), &mut self.0.random.draw()));
        let secret = self.draw_hook_secret();
        let row = SealedHook {
            id,
            partner,
            visitor: self.partner_visitor(partner).bytes(),
            address: self.0.keys.ring.seal(&about(id, "address"), address.as_bytes(), &mut self.0.random.draw()),
            happenings: happenings.to_vec(),
            secret: self.seal_hook_secret(id, &secret),
            old_secret: None,
            old_until: Moment(0),
            gone: false,
            created_at: now,
        };
        let entry = self.entry(Actor::Partner(partner), "hook.added", &id, &[]);
        let (keys, added) = (self.0.keys.clone(), row.clone());
        act!(self, hook::add(keys, added, entry))?;
        Ok((self.open_hook(&row)?, secret))
    }

    /// The hooks of a partner, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn hooks_of(&self, partner: PartnerId) -> Result<Vec<Hook>> {
        read!(self.0.db, hook::of_partner(partner))?.iter().map(|row| self.open_hook(row)).collect()
    }

    /// A hook of a partner.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn hook(&self, partner: PartnerId, id: HookId) -> Result<Option<Hook>> {
        let row = read!(self.0.db, hook::find(id))?.filter(|row| row.partner == partner);
        row.map(|row| self.open_hook(&row)).transpose()
    }

    /// A hook with the secrets that sign for it now, newest first; `None` where it is gone.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn hook_to_call(&self, id: HookId) -> Result<Option<(Hook, Vec<HookSecret>)>> {
        let Some(row) = read!(self.0.db, hook::find(id))?.filter(|row| !row.gone) else { return Ok(None) };
        let old = row.old_secret.as_ref().filter(|_| self.now() < row.old_until);
        let secrets = std::iter::once(&row.secret).chain(old).map(|sealed| self.open_hook_secret(id, sealed));
        let secrets = secrets.collect::<Result<_>>()?;
        Ok(Some((self.open_hook(&row)?, secrets)))
    }

    /// Draws a new secret. The one before signs for another day beside it.
    ///
    /// # Errors
    /// [`StoreError::Absent`].
    pub async fn renew_hook_secret(&self, partner: PartnerId, id: HookId) -> Result<HookSecret> {
        let secret = self.draw_hook_secret();
        let sealed = self.seal_hook_secret(id, &secret);
        let entry = self.entry(Actor::Partner(partner), "hook.secret-renewed", &id, &[]);
        let (keys, until) = (self.0.keys.clone(), self.now().after_ms(ROTATION_MS));
        act!(self, hook::renew(keys, partner, id, sealed, until, entry))?;
        Ok(secret)
    }

    /// The newest secret of a hook, to repeat an answer that was lost.
    ///
    /// # Errors
    /// [`StoreError::Absent`], [`StoreError::Seal`].
    pub async fn hook_secret(&self, partner: PartnerId, id: HookId) -> Result<HookSecret> {
        let row = read!(self.0.db, hook::find(id))?.filter(|row| row.partner == partner);
        self.open_hook_secret(id, &row.ok_or(StoreError::Absent("hook"))?.secret)
    }

    /// Notes that a partner tries its hook out, and draws the id that the receiver knows the event by.
    ///
    /// # Errors
    /// [`StoreError::Absent`].
    pub async fn try_hook(&self, partner: PartnerId, id: HookId) -> Result<MessageId> {
        let event = MessageId::new(self.now(), &mut self.0.random.draw());
        let entry = self.entry(Actor::Partner(partner), "hook.tried", &id, &[]);
        let keys = self.0.keys.clone();
        act!(self, hook::tried(keys, partner, id, event, entry))
    }

    /// Deletes a hook. What is still due to it is not sent.
    ///
    /// # Errors
    /// [`StoreError::Absent`].
    pub async fn delete_hook(&self, partner: PartnerId, id: HookId) -> Result<()> {
        let entry = self.entry(Actor::Partner(partner), "hook.deleted", &id, &[]);
        let keys = self.0.keys.clone();
        act!(self, hook::delete(keys, partner, id, entry))
    }

    /// Notes that the other side wants no more. What is still due to it is not sent.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn hook_gone(&self, id: HookId) -> Result<()> {
        let entry = self.entry(Actor::Service, "hook.gone", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, hook::gone(keys, id, entry))
    }

    fn draw_hook_secret(&self) -> HookSecret {
        let mut bytes = Zeroizing::new([0; 32]);
        rand_core::Rng::fill_bytes(&mut self.0.random.draw(), bytes.as_mut());
        HookSecret(Zeroizing::new(format!("whsec_{}", BASE64.encode(bytes.as_ref()))))
    }

    fn seal_hook_secret(&self, id: HookId, secret: &HookSecret) -> Vec<u8> {
        self.0.keys.ring.seal(&about(id, "secret"), secret.reveal().as_bytes(), &mut self.0.random.draw())
    }

    fn open_hook_secret(&self, id: HookId, sealed: &[u8]) -> Result<HookSecret> {
        let open = self.0.keys.ring.open(&about(id, "secret"), sealed)?;
        Ok(HookSecret(Zeroizing::new(String::from_utf8_lossy(&open).into_owned())))
    }

    fn open_hook(&self, row: &SealedHook) -> Result<Hook> {
        let open = self.0.keys.ring.open(&about(row.id, "address"), &row.address)?;
        Ok(Hook {
            id: row.id,
            partner: row.partner,
            address: String::from_utf8_lossy(&open).into_owned(),
            happenings: row.happenings.clone(),
            gone: row.gone,
            created_at: row.created_at,
        })
    }
}

fn about(id: HookId, what: &str) -> String {
    format!("hook {id} {what}")
}

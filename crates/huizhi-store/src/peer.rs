//! Peers: who they are, what may be said with them, and how the line to them is. What they say is in `envelope.rs`.

use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::peer::{Peer, PeerKey, Right};
use huizhi_domain::receipt::Issuer;

use crate::db::{change, read};
use crate::{Result, Store};

/// A peer, and how the line to it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerLine {
    /// The peer.
    pub peer: Peer,
    /// When it last answered, signed.
    pub heard_at: Option<Moment>,
    /// Since when it does not; `None` while it does, and before it was ever asked.
    pub down_since: Option<Moment>,
    /// Why not, as a code.
    pub fault: Option<String>,
}

impl Store {
    /// The two characters by which this service is known.
    #[must_use]
    pub fn issuer(&self) -> Issuer {
        self.0.issuer
    }

    /// Adds a peer; one that is known gets this name, this address and these rights, and keeps its keys beside the new ones.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn put_peer(&self, peer: &Peer) -> Result<()> {
        let rights: Vec<&str> = peer.rights.iter().map(|right| right.word()).collect();
        let detail = [("rights", rights.into()), ("address", peer.address.as_str().into())];
        let entry = self.entry(Actor::Service, "peer.put", &peer.code, &detail);
        let (keys, peer) = (self.0.keys.clone(), peer.clone());
        change!(self.0.db, peer::put(keys, peer, entry))
    }

    /// Adds a key of a peer, or gives a known one other dates.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] for a peer that is not known.
    pub async fn put_peer_key(&self, code: Issuer, key: &PeerKey) -> Result<()> {
        let detail = [
            ("key", key.id.as_str().into()),
            ("from", key.from.0.into()),
            ("until", key.until.map(|until| until.0).into()),
        ];
        let entry = self.entry(Actor::Service, "peer.key-put", &code, &detail);
        let (keys, key) = (self.0.keys.clone(), key.clone());
        change!(self.0.db, peer::put_key(keys, code, key, entry))
    }

    /// Forgets a peer.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`]; [`crate::StoreError::InUse`] while it reviews for a city, or cases are open with it.
    pub async fn remove_peer(&self, code: Issuer) -> Result<()> {
        let entry = self.entry(Actor::Service, "peer.removed", &code, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, peer::remove(keys, code, entry))
    }

    /// All peers, by their characters.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn peers(&self) -> Result<Vec<PeerLine>> {
        read!(self.0.db, peer::all())
    }

    /// A peer.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn peer(&self, code: Issuer) -> Result<Option<Peer>> {
        Ok(read!(self.0.db, peer::find(code))?.map(|line| line.peer))
    }

    /// A peer, where something was agreed on with it.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn peer_with(&self, code: Issuer, right: Right) -> Result<Option<Peer>> {
        Ok(self.peer(code).await?.filter(|peer| peer.may(right)))
    }

    /// Notes whether a peer answered, or why it did not. When it answers again, all that waits for it is due.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn line_is(&self, code: Issuer, fault: Option<&str>) -> Result<()> {
        let now = self.now();
        let line = read!(self.0.db, peer::find(code))?;
        // Most questions find the line as it was; those need not wait for the disk.
        let fresh = |line: &PeerLine| line.heard_at.is_some_and(|at| now.since_ms(at) < HEARD_EVERY_MS);
        if line.is_none_or(|line| line.fault.as_deref() == fault && (fault.is_some() || fresh(&line))) {
            return Ok(());
        }
        let fault = fault.map(str::to_owned);
        change!(self.0.db, peer::line(code, fault, now))
    }

    /// Forgets envelopes whose time is over.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn forget_envelopes(&self) -> Result<()> {
        let now = self.now();
        change!(self.0.db, peer::forget(now))
    }
}

/// That a peer answers is written down at most once in this time.
const HEARD_EVERY_MS: i64 = 60_000;

//! Peers: other services of the same kind, run by others. One reviews photos for another, or gives the photos of its receipts to
//! the other's windows.
//!
//! A service is known by the two characters that its receipt numbers begin with: they differ anyway, and so no second name has to be
//! agreed on. What servers say to each other is signed ([`envelope`]), and both logs keep a digest of it, by which they are
//! held against each other ([`compare`]). `docs/centre-protocol.md` describes all of it for those who write another server.

pub mod body;
pub mod case;
pub mod compare;
pub mod envelope;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::order::UnknownWord;
use crate::receipt::{Issuer, key_id};

/// Who reviews a city's photos.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Centre {
    /// The service's own reviewers.
    #[default]
    BuiltIn,
    /// Those of a peer.
    Remote(Issuer),
}

/// What a peer and we do for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// Its reviewers may decide on our photos.
    ReviewForUs,
    /// Our reviewers decide on its photos.
    WeReviewForIt,
    /// Windows of either fetch the photos of the other's receipts.
    Receipts,
}

impl Right {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ReviewForUs, Self::WeReviewForIt, Self::Receipts];

    /// Its word in commands and in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ReviewForUs => "review-for-us",
            Self::WeReviewForIt => "we-review-for-it",
            Self::Receipts => "receipts",
        }
    }
}

impl FromStr for Right {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|right| right.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A peer's public key, and when it signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerKey {
    /// Its name, as envelopes carry it.
    pub id: String,
    /// The 32 bytes.
    pub public: [u8; 32],
    /// From when on it is good.
    pub from: Moment,
    /// The first moment at which it is not any more; `None` while nobody said.
    pub until: Option<Moment>,
}

impl PeerKey {
    /// A key that is good from a moment on; `None` for bytes that are no Ed25519 key.
    #[must_use]
    pub fn new(public: [u8; 32], from: Moment, until: Option<Moment>) -> Option<Self> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&public).ok()?;
        Some(Self { id: key_id(&key), public, from, until })
    }
}

/// Another service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The two characters of its receipt numbers, by which it is known.
    pub code: Issuer,
    /// What people call it.
    pub name: String,
    /// Where it is: `https://centre.example`, without a slash at the end.
    pub address: String,
    /// What it and we do for each other.
    pub rights: Vec<Right>,
    /// Its keys, of all times.
    pub keys: Vec<PeerKey>,
}

impl Peer {
    /// Whether something was agreed on.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }
}

/// What an operator gives to another, so that they become peers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The two characters of its receipt numbers.
    pub code: Issuer,
    /// What it calls itself.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// Its public key, base64url without padding.
    pub key: String,
}

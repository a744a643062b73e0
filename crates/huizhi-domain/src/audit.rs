//! The log (日志): every upload, view, decision, issue, fetch and deletion, in a Merkle tree (RFC 6962) whose head is signed.
//!
//! An entry's bytes are kept as they were hashed. Who changes, drops, adds or swaps one changes the head; who rolls the whole
//! log back meets the heads that were written down elsewhere.

mod tree;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::{PartnerId, StaffId};
use crate::receipt::{Signer, TokenError, Verifier};

pub use tree::{Frontier, Hash, leaf_hash};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// The citizen of the order.
    Citizen,
    /// A member of staff.
    Staff(StaffId),
    /// A photo shop, for a citizen.
    Partner(PartnerId),
    /// The service by itself.
    Service,
}

/// One entry. It holds no name, number or face: ids and digests only, so that it can stay when a person's data go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Moment,
    /// Who.
    pub actor: Actor,
    /// What, as noun and participle: `photo.uploaded`, `receipt.issued`.
    pub action: String,
    /// The id of what it was done to.
    pub subject: String,
    /// What else is worth knowing; keys in alphabetical order.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub detail: serde_json::Map<String, serde_json::Value>,
}

impl Entry {
    /// The bytes that are kept and hashed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// The state of the log after its newest entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many entries it has.
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
    /// When the newest entry was made.
    pub at: Moment,
    /// The name of the key that signed.
    pub key_id: String,
    /// Ed25519 over [`Head::text`].
    pub signature: Vec<u8>,
}

impl Head {
    /// Signs the state of a log.
    #[must_use]
    pub fn sign(frontier: &Frontier, at: Moment, signer: &Signer) -> Self {
        let (size, root) = (frontier.size(), frontier.root());
        let signature = signer.sign(text(size, &root, at).as_bytes()).to_vec();
        Self { size, root, at, key_id: signer.id().to_owned(), signature }
    }

    /// What is signed: four lines: what it is, the size, the root in base64, and the time in ms.
    #[must_use]
    pub fn text(&self) -> String {
        text(self.size, &self.root, self.at)
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`TokenError::UnknownKey`], [`TokenError::Signature`].
    pub fn check(&self, verifier: &Verifier) -> Result<(), TokenError> {
        verifier.signed(&self.key_id, self.text().as_bytes(), &self.signature)
    }
}

fn text(size: u64, root: &Hash, at: Moment) -> String {
    format!("huizhi log\n{size}\n{}\n{}\n", BASE64.encode(root), at.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_head_is_found() {
        let signer = Signer::new(&[3; 32]);
        let verifier = Verifier::new([signer.public()]);
        let mut frontier = Frontier::default();
        frontier.push(leaf_hash(b"one"));
        let head = Head::sign(&frontier, Moment(5), &signer);
        assert_eq!(head.check(&verifier), Ok(()));
        let older = Head { at: Moment(4), ..head.clone() };
        assert_eq!(older.check(&verifier), Err(TokenError::Signature));
        assert_eq!(Head { size: 2, ..head }.check(&verifier), Err(TokenError::Signature));
    }

    #[test]
    fn entries_are_kept_without_what_is_empty() {
        let entry = Entry {
            at: Moment(1),
            actor: Actor::Citizen,
            action: "photo.uploaded".to_owned(),
            subject: "A".to_owned(),
            detail: serde_json::Map::new(),
        };
        let text = String::from_utf8(entry.to_bytes()).unwrap();
        assert_eq!(text, r#"{"at":1,"actor":"citizen","action":"photo.uploaded","subject":"A"}"#);
    }
}

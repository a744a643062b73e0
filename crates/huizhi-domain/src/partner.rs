//! A partner (合作照相馆): a photo shop that serves many citizens through the interface for machines, and the keys it shows.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::{KeyId, PartnerId};
use crate::order::UnknownWord;

/// What the text of a key begins with: says whose it is, to people and to programs that look for leaked secrets.
const PREFIX: &str = "hz1";

/// Crockford's base 32 in lower case.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters of a key's secret: 160 bits.
const SECRET_LENGTH: usize = 32;

/// The longest reference that a partner may give an order, characters.
pub const REFERENCE_MOST: usize = 200;

/// Requests a minute where nobody says otherwise: a shop with three counters that asks every two seconds.
pub const RATE: u32 = 120;

/// A photo shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// What it is called.
    pub name: String,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Begin orders, send photos and applicants, submit, withdraw, appeal.
    #[serde(rename = "orders:write")]
    OrdersWrite,
    /// See orders, photos and messages.
    #[serde(rename = "orders:read")]
    OrdersRead,
    /// See receipts: their numbers are what a window gives the photo for.
    #[serde(rename = "receipts:read")]
    ReceiptsRead,
    /// Set up where the service calls.
    #[serde(rename = "hooks:write")]
    HooksWrite,
    /// Book places at offices for customers.
    #[serde(rename = "appointments:write")]
    AppointmentsWrite,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::OrdersWrite, Self::OrdersRead, Self::ReceiptsRead, Self::HooksWrite, Self::AppointmentsWrite];

    /// Its word in the database, on the command line and in errors.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OrdersWrite => "orders:write",
            Self::OrdersRead => "orders:read",
            Self::ReceiptsRead => "receipts:read",
            Self::HooksWrite => "hooks:write",
            Self::AppointmentsWrite => "appointments:write",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Scope {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|scope| scope.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A key without its secret, which nobody keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id, which also stands in its text.
    pub id: KeyId,
    /// Whose it is.
    pub partner: PartnerId,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// How many requests it may make a minute.
    pub rate: u32,
    /// When it was made.
    pub created_at: Moment,
    /// From when on it opens nothing; `None`: it does not end by itself.
    pub expires_at: Option<Moment>,
    /// When it was taken back.
    pub revoked_at: Option<Moment>,
}

impl Key {
    /// Whether it opens anything at a moment.
    #[must_use]
    pub fn opens(&self, now: Moment) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether it may do something.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

/// A key as its partner has it: `hz1_<id>_<secret>`.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyText {
    id: KeyId,
    secret: String,
}

impl KeyText {
    /// Draws the secret of a key.
    #[must_use]
    pub fn draw(id: KeyId, random: &mut dyn CryptoRng) -> Self {
        let mut bytes = [0; SECRET_LENGTH];
        random.fill_bytes(&mut bytes);
        Self { id, secret: bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect() }
    }

    /// The key's id.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The secret; for its keyed hash alone.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The whole text, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}_{}_{}", self.id.to_string().to_lowercase(), self.secret)
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyText({})", self.id)
    }
}

/// Text that is no key of ours. It is not repeated: it may be a key that lost a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the text of a key")]
pub struct NotAKey;

impl FromStr for KeyText {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let rest = text.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix('_')).ok_or(NotAKey)?;
        let (id, secret) = rest.split_once('_').ok_or(NotAKey)?;
        let fits = secret.len() == SECRET_LENGTH && secret.bytes().all(|byte| ALPHABET.contains(&byte));
        let id = id.to_uppercase().parse().map_err(|_| NotAKey)?;
        if fits { Ok(Self { id, secret: secret.to_owned() }) } else { Err(NotAKey) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::tests::Dice;

    fn key(expires_at: Option<Moment>, revoked_at: Option<Moment>) -> Key {
        let mut dice = Dice(1);
        Key {
            id: KeyId::new(Moment(1), &mut dice),
            partner: PartnerId::new(Moment(1), &mut dice),
            scopes: BTreeSet::from([Scope::OrdersRead]),
            rate: RATE,
            created_at: Moment(1),
            expires_at,
            revoked_at,
        }
    }

    #[test]
    fn a_key_opens_until_it_ends_or_is_taken_back() {
        assert!(key(None, None).opens(Moment(i64::MAX)));
        assert!(key(Some(Moment(10)), None).opens(Moment(9)));
        assert!(!key(Some(Moment(10)), None).opens(Moment(10)));
        assert!(!key(None, Some(Moment(5))).opens(Moment(4)));
        assert!(key(None, None).may(Scope::OrdersRead) && !key(None, None).may(Scope::OrdersWrite));
    }

    #[test]
    fn a_keys_text_is_read_as_it_was_shown_and_never_by_accident() {
        let text = KeyText::draw(KeyId::new(Moment(1), &mut Dice(1)), &mut Dice(2));
        let shown = text.reveal();
        assert_eq!(shown.parse::<KeyText>().unwrap(), text);
        assert!(shown.starts_with("hz1_") && shown.len() == 4 + 26 + 1 + 32);
        assert!(!format!("{text:?}").contains(text.secret()));
        let cut = &shown[..shown.len() - 1];
        for wrong in [cut, &shown.to_uppercase(), &shown.replace("hz1", "hz2"), "hz1_", "", "hz1_é_"] {
            assert_eq!(wrong.parse::<KeyText>(), Err(NotAKey), "{wrong}");
        }
    }
}

//! The draw (摇号) of a waiting room: who comes first is chance, and anybody can check that it was.
//!
//! When the room opens, the service draws a secret and hashes it again and again, once for every round that there can be. What comes out at
//! the end is published: the commitment. The seed of a round is shown when the round is drawn; hashed once, it gives the seed of the round
//! before, and the first round's gives the commitment. So no seed can be chosen after somebody entered. The order of a round is that of
//! HMAC-SHA-256 over each entry's id, keyed with the seed: when somebody came, and how fast, is nowhere in it.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit as _, Mac as _};
use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};

use crate::clock::Moment;
use crate::id::EntryId;
use crate::seal::SecretKey;

/// How long a round gathers those who come after the opening. Whoever reloads as fast as they can, and whoever reads first, is in the same
/// one: shorter than somebody waits before they doubt, longer than any difference between lines and hands.
pub const ROUND_MS: i64 = 10_000;

/// Rounds that there can be: an hour of them.
pub const ROUNDS: i64 = 360;

/// How long a turn lasts: choosing a time and reading once what was chosen, at a pace that needs no haste.
pub const TURN_MS: i64 = 5 * 60_000;

/// Turns at the same time, at most: what an office's places stand without two reaching for the same one all the time.
pub const MOST_TURNS: i64 = 200;

/// The seed of a round, or what is published before the first: 32 bytes, written in hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed([u8; 32]);

/// Text that is no seed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no seed; it has 64 hexadecimal digits")]
pub struct NotASeed(pub String);

impl Seed {
    /// A seed of bytes as a row keeps them; `None` where they are not 32.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Its SHA-256: the seed of the round before, and for the first round the commitment.
    #[must_use]
    pub fn before(&self) -> Self {
        Self(Sha256::digest(self.0).into())
    }

    /// What an entry is sorted by in this seed's round.
    #[must_use]
    pub fn rank(&self, entry: EntryId) -> [u8; 32] {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return [0; 32] };
        mac.update(entry.to_string().as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Seed {
    type Err = NotASeed;

    fn from_str(text: &str) -> Result<Self, NotASeed> {
        let none = || NotASeed(text.to_owned());
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(none());
        }
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            let digits = text.get(2 * at..2 * at + 2).ok_or_else(none)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| none())?;
        }
        Ok(Self(bytes))
    }
}

/// The seeds of all rounds of one room, as the one that all of them come from. Secret until the last is shown.
#[derive(Clone, Debug)]
pub struct Seeds(SecretKey);

impl Seeds {
    /// Draws them.
    pub fn draw(random: &mut dyn CryptoRng) -> Self {
        Self(SecretKey::draw(random))
    }

    /// Those that come from 32 bytes, as they were kept.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(SecretKey::new(bytes))
    }

    /// The bytes that they come from, for who has to keep them.
    #[must_use]
    pub fn reveal(&self) -> &[u8; 32] {
        self.0.reveal()
    }

    /// The seed of a round; the last one's for rounds that there are not.
    #[must_use]
    pub fn of(&self, round: i64) -> Seed {
        let hashes = (ROUNDS - 1 - round).clamp(0, ROUNDS - 1);
        (0..hashes).fold(Seed(*self.0.reveal()), |seed, _| seed.before())
    }

    /// What is published when the room opens.
    #[must_use]
    pub fn commitment(&self) -> Seed {
        self.of(0).before()
    }
}

/// Entries in the order that a seed gives them.
#[must_use]
pub fn order(seed: &Seed, entries: &[EntryId]) -> Vec<EntryId> {
    let mut ranked: Vec<([u8; 32], EntryId)> = entries.iter().map(|entry| (seed.rank(*entry), *entry)).collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, entry)| entry).collect()
}

/// The round of who comes at a moment: 0 is everybody who came before the opening. It is also how many rounds are drawn by then.
#[must_use]
pub const fn round_at(opens_at: Moment, now: Moment) -> i64 {
    let since = now.since_ms(opens_at);
    if since < 0 { 0 } else { since / ROUND_MS + 1 }
}

/// When a round is drawn.
#[must_use]
pub const fn drawn_at(opens_at: Moment, round: i64) -> Moment {
    opens_at.after_ms(round.saturating_mul(ROUND_MS))
}

/// How many more are let in, with so many places left and so many turns open: never more than there are places, so that whoever has the turn
/// finds one, however slow they are.
#[must_use]
pub fn to_let_in(left: i64, open: i64) -> i64 {
    (left.min(MOST_TURNS) - open).max(0)
}

/// A round as it is published: its seed, and its entries in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The seed.
    pub seed: Seed,
    /// The entries, the first first.
    pub entries: Vec<EntryId>,
}

/// What is wrong with a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrawFault {
    /// A seed is not the one that was committed to.
    #[error("the seed of round {0} is not the one that was committed to")]
    Seed(usize),
    /// The entries stand in another order than the seed gives.
    #[error("the entries of round {0} stand in another order than its seed gives")]
    Order(usize),
}

/// Checks rounds, from the first on, against what was published before.
///
/// # Errors
/// The first [`DrawFault`].
pub fn check(commitment: &Seed, rounds: &[Drawn]) -> Result<(), DrawFault> {
    let mut before = *commitment;
    for (round, drawn) in rounds.iter().enumerate() {
        if drawn.seed.before() != before {
            return Err(DrawFault::Seed(round));
        }
        if order(&drawn.seed, &drawn.entries) != drawn.entries {
            return Err(DrawFault::Order(round));
        }
        before = drawn.seed;
    }
    Ok(())
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

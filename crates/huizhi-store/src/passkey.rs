//! Passkeys of staff, and what they have to sign. Whether a signature fits is judged before, by the web's `gate`; what is kept here
//! makes each challenge good for one signature in one session.

use huizhi_domain::audit::Actor;
use huizhi_domain::id::StaffId;

use crate::db::{change, read};
use crate::second::Renewal;
use crate::{Result, Store};

/// How long a challenge waits for its signature: somebody looks for a key in a bag.
const CHALLENGE_MS: i64 = 5 * 60_000;

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// The authenticator's name for it.
    pub id: Vec<u8>,
    /// Its public key: a point of P-256, 65 bytes, uncompressed.
    pub point: Vec<u8>,
    /// How often it has signed, as it says itself; 0 for those that do not count.
    pub counter: u32,
}

/// What a signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The passkey is enrolled.
    Enrol,
    /// Its owner proves who they are.
    Prove,
}

impl Purpose {
    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enrol => "enrol",
            Self::Prove => "prove",
        }
    }
}

/// A challenge as it was signed: its keyed hash, and the session that it was drawn for.
#[derive(Clone, Debug)]
pub struct Signed {
    pub challenge: Vec<u8>,
    pub session: Vec<u8>,
}

impl Store {
    /// Draws a challenge for the session of a token: 32 characters of 5 bits.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn draw_challenge(&self, token: &str, purpose: Purpose) -> Result<String> {
        let challenge = self.draw_letters(32);
        let signed = self.signed(&challenge, token);
        let (now, ends_at) = (self.now(), self.now().after_ms(CHALLENGE_MS));
        change!(self.0.db, passkey::challenge(signed, purpose, now, ends_at))?;
        Ok(challenge)
    }

    /// The passkeys of somebody.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn passkeys(&self, staff: StaffId) -> Result<Vec<Passkey>> {
        read!(self.0.db, passkey::of(staff))
    }

    /// Enrols a passkey in the session of a token. Gives recovery codes where somebody had none, which nobody can read again.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] where the challenge is not the session's, was used or is too old; [`crate::StoreError::Conflict`] where
    /// the passkey is enrolled already.
    pub async fn enrol_passkey(
        &self,
        staff: StaffId,
        token: &str,
        challenge: &str,
        new: Passkey,
    ) -> Result<Vec<String>> {
        let (codes, recovery) = self.draw_recovery(staff);
        let detail = [("kind", "passkey".into())];
        let entry = self.entry(Actor::Staff(staff), "staff.second-factor-enrolled", &staff, &detail);
        let (keys, signed) = (self.0.keys.clone(), self.signed(challenge, token));
        let drawn = change!(self.0.db, passkey::enrol(keys, staff, signed, new, recovery, entry))?;
        Ok(if drawn { codes } else { Vec::new() })
    }

    /// Proves who somebody is by a passkey whose signature was found right; `used` says what it counts now. The session goes on under
    /// the new token. `false` where its counter did not grow: then there may be two of it.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] where the challenge is not the session's, was used or is too old.
    pub async fn prove_by_passkey(
        &self,
        staff: StaffId,
        challenge: &str,
        used: Passkey,
        old: &str,
        new: &str,
    ) -> Result<bool> {
        let entry = self.entry(Actor::Staff(staff), "staff.proved", &staff, &[("kind", "passkey".into())]);
        let signed = self.signed(challenge, old);
        let renewal = Renewal { old: self.session_index(old), new: self.session_index(new), staff };
        let keys = self.0.keys.clone();
        change!(self.0.db, passkey::prove(keys, renewal, signed, used, entry))
    }

    fn signed(&self, challenge: &str, token: &str) -> Signed {
        let challenge = self.0.keys.ring.index("passkey challenge", challenge).to_vec();
        Signed { challenge, session: self.session_index(token) }
    }
}

//! Second factors of staff: authenticators, and codes for those who lost theirs.

use huizhi_domain::audit::Actor;
use huizhi_domain::id::StaffId;
use huizhi_domain::totp::{CodeAnswer, TotpSecret, is_code};
use rand_core::Rng as _;

use crate::db::{change, read};
use crate::{Result, Store, StoreError};

/// How many recovery codes somebody gets: enough for years, few enough to print.
const RECOVERY_CODES: usize = 10;
/// Characters of a recovery code: 50 bits.
const RECOVERY_CHARACTERS: usize = 10;
/// None that looks like another.
const LETTERS: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";

/// What somebody can show beside a password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    /// An authenticator.
    pub totp: bool,
    /// So many passkeys.
    pub passkeys: i64,
    /// So many recovery codes that were not used.
    pub recovery: i64,
}

/// New recovery codes as keyed hashes, to be kept.
#[derive(Clone, Debug)]
pub struct Recovery(pub Vec<Vec<u8>>);

/// A session that goes on under a new token.
#[derive(Clone, Debug)]
pub struct Renewal {
    pub old: Vec<u8>,
    pub new: Vec<u8>,
    pub staff: StaffId,
}

impl Store {
    /// What somebody can show beside a password.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn factors(&self, staff: StaffId) -> Result<Factors> {
        read!(self.0.db, second::factors(staff))
    }

    /// The secret of the authenticator that somebody is about to enrol, the same until they do; `None` for those who have one.
    ///
    /// # Errors
    /// [`StoreError::Db`], [`StoreError::Seal`].
    pub async fn totp_to_enrol(&self, staff: StaffId) -> Result<Option<TotpSecret>> {
        let fresh = TotpSecret::draw(&mut self.0.random.draw());
        let sealed = self.0.keys.ring.seal(&about_totp(staff), fresh.reveal(), &mut self.0.random.draw());
        let Some(kept) = change!(self.0.db, second::to_enrol(staff, sealed))? else { return Ok(None) };
        let plain = self.0.keys.ring.open(&about_totp(staff), &kept)?;
        let row = || StoreError::Row { what: "an authenticator's secret", value: staff.to_string() };
        TotpSecret::from_bytes(&plain).ok_or_else(row).map(Some)
    }

    /// Enrols the authenticator of [`Self::totp_to_enrol`] by its first code, in the session of a token. Where the code is right it gives
    /// recovery codes, which nobody can read again.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where no authenticator is to be enrolled.
    pub async fn enrol_totp(&self, staff: StaffId, token: &str, code: &str) -> Result<(CodeAnswer, Vec<String>)> {
        let (codes, recovery) = self.draw_recovery(staff);
        let entry = self.entry(Actor::Staff(staff), "staff.second-factor-enrolled", &staff, &[("kind", "totp".into())]);
        let (keys, token, code) = (self.0.keys.clone(), self.session_index(token), code.to_owned());
        let answer = change!(self.0.db, second::enrol(keys, staff, token, code, recovery, entry))?;
        Ok((answer, if answer == CodeAnswer::Right { codes } else { Vec::new() }))
    }

    /// Proves who somebody is by a code of their authenticator, or by a recovery code. Where it is right the session goes on under the new
    /// token.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where the session ended.
    pub async fn prove_by_code(&self, staff: StaffId, code: &str, old: &str, new: &str) -> Result<CodeAnswer> {
        let code: String = code.chars().filter(|c| c.is_alphanumeric()).collect();
        let action = if is_code(&code) { "staff.proved" } else { "staff.recovery-used" };
        let entry = self.entry(Actor::Staff(staff), action, &staff, &[]);
        let renewal = Renewal { old: self.session_index(old), new: self.session_index(new), staff };
        let (keys, word) = (self.0.keys.clone(), self.recovery_index(staff, &code));
        change!(self.0.db, second::prove(keys, renewal, code, word, entry))
    }

    /// Whether a code of somebody's authenticator is right; it is used up then. For programs, which have no session yet.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn use_app_code(&self, staff: StaffId, code: &str) -> Result<CodeAnswer> {
        let (keys, code, now) = (self.0.keys.clone(), code.trim().to_owned(), self.now());
        change!(self.0.db, second::use_code(keys, staff, code, now))
    }

    pub(crate) fn draw_recovery(&self, staff: StaffId) -> (Vec<String>, Recovery) {
        let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| self.draw_letters(RECOVERY_CHARACTERS)).collect();
        let kept = codes.iter().map(|code| self.recovery_index(staff, code)).collect();
        let shown = codes.iter().map(|code| format!("{}-{}", &code[..5], &code[5..])).collect();
        (shown, Recovery(kept))
    }

    pub(crate) fn draw_letters(&self, count: usize) -> String {
        let mut bytes = vec![0; count];
        self.0.random.draw().fill_bytes(&mut bytes);
        bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
    }

    fn recovery_index(&self, staff: StaffId, code: &str) -> Vec<u8> {
        self.0.keys.ring.index("recovery", &format!("{staff} {}", code.to_lowercase())).to_vec()
    }
}

pub(crate) fn about_totp(staff: StaffId) -> String {
    format!("staff {staff} totp")
}

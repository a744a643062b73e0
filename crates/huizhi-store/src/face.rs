//! Signing in by face: templates, what was asked of the camera, and how often it failed. A template is sealed under a key of its own and
//! stands in a table of its own; whatever deletes it leaves nothing of it.

use std::str::FromStr;

use huizhi_domain::audit::Actor;
use huizhi_domain::challenge::Challenge;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::AccountId;
use huizhi_domain::order::UnknownWord;
use huizhi_domain::seal::SecretKey;
use zeroize::Zeroizing;

use crate::db::{change, read};
use crate::photo::open_key;
use crate::{Result, Store};

const DAY_MS: i64 = 24 * 3_600_000;
/// A template that nobody used for so long is deleted: longer than from one winter's application to the next (D31: the shortest time needed).
const UNUSED_MS: i64 = 400 * DAY_MS;
/// Failures after which only the password is left, and for how long (security.md row 9).
pub(crate) const FAILURES: i32 = 5;
const LOCKED_MS: i64 = DAY_MS;
/// A challenge is forgotten after a day; it is good for seconds.
const FORGOTTEN_MS: i64 = DAY_MS;

/// What a challenge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengeFor {
    /// A new template.
    Enrol,
    /// Signing in.
    SignIn,
}

impl ChallengeFor {
    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enrol => "enrol",
            Self::SignIn => "sign-in",
        }
    }
}

impl FromStr for ChallengeFor {
    type Err = UnknownWord;

    fn from_str(text: &str) -> std::result::Result<Self, UnknownWord> {
        let all = [Self::Enrol, Self::SignIn];
        all.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// An account's template, without what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaceKept {
    /// When it was taken.
    pub enrolled_at: Moment,
    /// When it was last used.
    pub used_at: Moment,
}

/// A challenge that is being answered, which it can be once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenChallenge {
    /// What was asked.
    pub challenge: Challenge,
    /// How long ago, ms.
    pub after_ms: i64,
    /// Whether a match would let in; false after too many failures.
    pub open: bool,
}

/// A template as the row has it.
#[derive(Clone)]
pub struct SealedFace {
    pub template: Vec<u8>,
    pub key: Vec<u8>,
}

impl Store {
    /// What is known of an account's template; `None` where it has none.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn face(&self, account: AccountId) -> Result<Option<FaceKept>> {
        read!(self.0.db, face::kept(account))
    }

    /// Keeps an account's template, in place of an older one.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn enrol_face(&self, account: AccountId, template: &[u8]) -> Result<()> {
        let about = about(account);
        let mut random = self.0.random.draw();
        let key = SecretKey::draw(&mut random);
        let sealed = SealedFace {
            template: key.seal(&about, template, &mut random),
            key: self.0.keys.ring.seal(&about, key.reveal(), &mut random),
        };
        let entry = self.entry(Actor::Citizen, "face.enrolled", &account, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, face::enrol(keys, account, sealed, entry))
    }

    /// An account's template.
    ///
    /// # Errors
    /// [`crate::StoreError::Seal`].
    pub async fn face_template(&self, account: AccountId) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let Some(sealed) = read!(self.0.db, face::sealed(account))? else { return Ok(None) };
        let about = about(account);
        let key = open_key(&self.0.keys.ring.open(&about, &sealed.key)?)?;
        Ok(Some(key.open(&about, &sealed.template)?))
    }

    /// Asks for movements in an order of its own. `nonce` is 256 random bits that only the asked browser gets.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn begin_challenge(&self, account: AccountId, purpose: ChallengeFor, nonce: &str) -> Result<Challenge> {
        let challenge = Challenge::draw(&mut self.0.random.draw());
        let (nonce, now) = (self.nonce_index(nonce), self.now());
        change!(self.0.db, face::ask(nonce, account, purpose, challenge, now))?;
        Ok(challenge)
    }

    /// Takes a challenge to answer it; `None` where there is none, it is another's, or it was answered. For signing in this counts as a
    /// failure until [`Self::face_matched`], so that many answers at once are no more tries than one after the other.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn take_challenge(
        &self,
        account: AccountId,
        purpose: ChallengeFor,
        nonce: &str,
    ) -> Result<Option<TakenChallenge>> {
        let (nonce, now) = (self.nonce_index(nonce), self.now());
        let since = now.after_ms(-LOCKED_MS);
        change!(self.0.db, face::take(nonce, account, purpose, now, since))
    }

    /// Notes that somebody signed in by face: the failures are forgotten.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] where the template was deleted meanwhile.
    pub async fn face_matched(&self, account: AccountId) -> Result<()> {
        let entry = self.entry(Actor::Citizen, "face.matched", &account, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, face::matched(keys, account, entry))
    }

    /// Notes that a film was refused, and by which rule. What counts as no try is given back.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn face_refused(&self, account: AccountId, rule: &str, counts: bool) -> Result<()> {
        let entry = self.entry(Actor::Citizen, "face.refused", &account, &[("rule", rule.into())]);
        let keys = self.0.keys.clone();
        change!(self.0.db, face::refused(keys, account, counts, entry))
    }

    /// Deletes an account's template with everything that is known of its use; whether there was one.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn delete_face(&self, account: AccountId) -> Result<bool> {
        let entry = self.entry(Actor::Citizen, "face.deleted", &account, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, face::withdraw(keys, account, entry))
    }

    /// How many templates are kept; from 100,000 on the operator has to file them (人脸识别技术应用安全管理办法).
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn face_templates(&self) -> Result<i64> {
        read!(self.0.db, face::count())
    }

    /// Deletes templates that nobody used for 400 days, and forgets old challenges. Gives how many templates.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn expire_faces(&self) -> Result<usize> {
        let (unused, old) = (self.now().after_ms(-UNUSED_MS), self.now().after_ms(-FORGOTTEN_MS));
        change!(self.0.db, face::forget_challenges(old))?;
        let accounts: Vec<AccountId> = read!(self.0.db, face::unused(unused))?;
        for account in &accounts {
            let entry = self.entry(Actor::Service, "face.deleted", account, &[("unused", true.into())]);
            let (keys, account) = (self.0.keys.clone(), *account);
            change!(self.0.db, face::withdraw(keys, account, entry))?;
        }
        Ok(accounts.len())
    }

    fn nonce_index(&self, nonce: &str) -> Vec<u8> {
        self.0.keys.ring.index("face challenge", nonce).to_vec()
    }
}

fn about(account: AccountId) -> String {
    format!("account {account} face")
}

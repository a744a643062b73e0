//! Sessions of accounts: a row each, read at every request, so that one that is ended is over at once.

use huizhi_domain::account::{Account, How};
use huizhi_domain::audit::Actor;
use huizhi_domain::challenge::assurance_by_face;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, SessionId};

use crate::db::{change, read};
use crate::{Result, Store};

/// A session ends after 30 minutes without a sign of life, and after 12 hours in any case (security.md, row 20).
const IDLE_MS: i64 = 30 * 60_000;
const WHOLE_MS: i64 = 12 * 3_600_000;

/// A session's use is written down at most once in this time: every page asks, and none needs to wait for the disk.
const SEEN_EVERY_MS: i64 = 60_000;

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionLine {
    /// Its id. Not its token.
    pub id: SessionId,
    /// How it began.
    pub how: How,
    /// System and program: `iphone/wechat`.
    pub browser: String,
    /// When it began.
    pub began_at: Moment,
    /// When it was used last, to the minute.
    pub seen_at: Moment,
}

impl SessionLine {
    fn lives(&self, now: Moment) -> bool {
        lives(self.began_at, self.seen_at, now)
    }
}

/// Whether a session is not over.
pub(crate) const fn lives(began_at: Moment, seen_at: Moment, now: Moment) -> bool {
    now.since_ms(began_at) < WHOLE_MS && now.since_ms(seen_at) < IDLE_MS
}

/// A new session's row.
#[derive(Clone)]
pub struct NewSession {
    pub token: Vec<u8>,
    pub id: SessionId,
    pub account: AccountId,
    pub how: How,
    pub browser: String,
}

impl Store {
    /// Begins a session for a token, of which only a keyed hash is kept, and ends that of the token that the browser had before.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn begin_account_session(
        &self,
        account: AccountId,
        how: How,
        token: &str,
        old: Option<&str>,
        browser: &str,
    ) -> Result<SessionId> {
        let id = SessionId::new(self.now(), &mut self.0.random.draw());
        let new = NewSession { token: self.account_token(token), id, account, how, browser: browser.to_owned() };
        let old = old.map(|token| self.account_token(token));
        let entry = self.entry(Actor::Citizen, "account.signed-in", &account, &[("how", how.word().into())]);
        let keys = self.0.keys.clone();
        change!(self.0.db, account::begin_session(keys, new, old, entry))?;
        Ok(id)
    }

    /// Whose session a token is; `None` for one that ended.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn account_session(&self, token: &str) -> Result<Option<(Account, SessionId)>> {
        let (token, now) = (self.account_token(token), self.now());
        let Some((mut account, line)) = read!(self.0.db, account::session(token.clone()))? else { return Ok(None) };
        if !line.lives(now) {
            return Ok(None);
        }
        if now.since_ms(line.seen_at) >= SEEN_EVERY_MS {
            change!(self.0.db, account::seen(token, now))?;
        }
        if line.how == How::Face {
            account.assurance = assurance_by_face(account.assurance);
        }
        Ok(Some((account, line.id)))
    }

    /// The sessions of an account that are not over, the one that was used last first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn sessions_of(&self, account: AccountId) -> Result<Vec<SessionLine>> {
        let now = self.now();
        let all: Vec<SessionLine> = read!(self.0.db, account::sessions(account))?;
        Ok(all.into_iter().filter(|line| line.lives(now)).collect())
    }

    /// Ends the session of a token.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn end_account_session(&self, token: &str) -> Result<()> {
        let token = self.account_token(token);
        change!(self.0.db, account::end_token(token))
    }

    /// Ends one session of an account, if it is one of its own.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn end_session_of(&self, account: AccountId, session: SessionId) -> Result<()> {
        self.end_some_sessions(account, Some(session.to_string()), None, "one").await
    }

    /// Ends all sessions of an account but one, or all.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn end_sessions_of(&self, account: AccountId, but: Option<SessionId>) -> Result<()> {
        let which = if but.is_some() { "others" } else { "all" };
        self.end_some_sessions(account, None, but.map(|id| id.to_string()), which).await
    }

    async fn end_some_sessions(
        &self,
        account: AccountId,
        one: Option<String>,
        but: Option<String>,
        which: &str,
    ) -> Result<()> {
        let entry = self.entry(Actor::Citizen, "account.sessions-ended", &account, &[("which", which.into())]);
        let keys = self.0.keys.clone();
        change!(self.0.db, account::end_sessions(keys, account, one, but, entry))
    }

    /// Forgets what is over: sessions, codes, when codes went out, and wrong passwords.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn tidy_accounts(&self) -> Result<()> {
        let now = self.now();
        let (began, seen) = (now.after_ms(-WHOLE_MS), now.after_ms(-IDLE_MS));
        // The longest span that codes are counted in is a day.
        let sent = now.after_ms(-24 * 3_600_000);
        change!(self.0.db, account::tidy(now, began, seen, sent))
    }

    pub(crate) fn account_token(&self, token: &str) -> Vec<u8> {
        self.0.keys.ring.index("account session", token).to_vec()
    }
}

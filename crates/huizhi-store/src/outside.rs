//! Signing in through others: which account somebody elsewhere has, whose browser is on its way there, and who waits to be linked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::AccountId;

use crate::db::{change, read};
use crate::{Result, Store};

/// How long a browser may be on its way, and an offer may wait: a password and a code elsewhere, or an account that is made here.
const LIVES_MS: i64 = 10 * 60_000;

/// Who somebody is elsewhere, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub provider: String,
    pub index: Vec<u8>,
    pub sealed: Vec<u8>,
}

/// A browser on its way, as it is kept.
#[derive(Clone, Debug)]
pub struct PassageRow {
    pub state: Vec<u8>,
    pub browser: Vec<u8>,
    pub provider: String,
    pub account: Option<AccountId>,
    pub onward: Vec<u8>,
    pub expires_at: Moment,
}

/// A browser that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Whose link it is to become; `None` where somebody signs in.
    pub account: Option<AccountId>,
    /// Where the browser goes afterwards.
    pub onward: String,
}

/// A link as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// `wechat`, or a provider's id.
    pub provider: String,
    /// Since when.
    pub since: Moment,
}

/// What came of linking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    /// It is linked, or was before.
    Done,
    /// Somebody else's account has it.
    OtherAccount,
    /// The account has another of this provider, which has to go first.
    OtherSubject,
    /// There is no such offer any more.
    Over,
}

/// What came of unlinking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlinked {
    /// It is gone, or was never there.
    Done,
    /// The account could not be signed in to any more.
    LastWay,
}

impl Store {
    /// Notes that a browser goes to a provider, to sign in or to link an account. Of state and browser only keyed hashes are kept.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn leave_for(
        &self,
        provider: &str,
        state: &str,
        browser: &str,
        account: Option<AccountId>,
        onward: &str,
    ) -> Result<()> {
        let row = PassageRow {
            state: self.state_index(state),
            browser: self.browser_index(browser),
            provider: provider.to_owned(),
            account,
            onward: self.0.keys.ring.seal("outside onward", onward.as_bytes(), &mut self.0.random.draw()),
            expires_at: self.now().after_ms(LIVES_MS),
        };
        change!(self.0.db, outside::leave(row))
    }

    /// Notes that a browser came back, once; `None` where none of ours went there with this state, or not this browser, or too long ago.
    ///
    /// # Errors
    /// [`crate::StoreError::Seal`].
    pub async fn come_back(&self, provider: &str, state: &str, browser: &str) -> Result<Option<Passage>> {
        let (state, browser, now) = (self.state_index(state), self.browser_index(browser), self.now());
        let Some(row): Option<PassageRow> = change!(self.0.db, outside::come_back(state))? else { return Ok(None) };
        if row.provider != provider || row.browser != browser || now >= row.expires_at {
            return Ok(None);
        }
        let onward = self.0.keys.ring.open("outside onward", &row.onward)?;
        Ok(Some(Passage { account: row.account, onward: String::from_utf8_lossy(&onward).into_owned() }))
    }

    /// What a provider has to put into the token of a sign-in. It follows from the state, as the verifier does, so that neither is kept.
    #[must_use]
    pub fn nonce_of(&self, state: &str) -> String {
        BASE64.encode(self.0.keys.ring.index("outside nonce", state))
    }

    /// What shows a provider that who redeems a code has asked for it (RFC 7636): 43 characters, which the browser does not learn.
    #[must_use]
    pub fn verifier_of(&self, state: &str) -> String {
        BASE64.encode(self.0.keys.ring.index("outside verifier", state))
    }

    /// The account of somebody elsewhere.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn linked(&self, provider: &str, subject: &str) -> Result<Option<AccountId>> {
        let index = self.subject_index(provider, subject);
        read!(self.0.db, outside::linked(provider.to_owned(), index))
    }

    /// Links an account to somebody elsewhere, of whom the caller has seen that it is the same person.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn link(&self, account: AccountId, provider: &str, subject: &str) -> Result<Linked> {
        let subject = self.subject(provider, subject);
        let entry = self.entry(Actor::Citizen, "account.linked", &account, &[("how", provider.into())]);
        let keys = self.0.keys.clone();
        change!(self.0.db, outside::link(keys, account, subject, entry))
    }

    /// The links of an account, the oldest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn links_of(&self, account: AccountId) -> Result<Vec<Link>> {
        read!(self.0.db, outside::links(account))
    }

    /// Removes a link, unless it is the only way into the account.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] where there is no such account.
    pub async fn unlink(&self, account: AccountId, provider: &str) -> Result<Unlinked> {
        let entry = self.entry(Actor::Citizen, "account.unlinked", &account, &[("how", provider.into())]);
        let (keys, provider) = (self.0.keys.clone(), provider.to_owned());
        change!(self.0.db, outside::unlink(keys, account, provider, entry))
    }

    /// Lets somebody elsewhere whom no account knows wait for theirs, by a token of which only a keyed hash is kept.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn offer_link(&self, token: &str, provider: &str, subject: &str) -> Result<()> {
        let (token, subject) = (self.offer_index(token), self.subject(provider, subject));
        let expires_at = self.now().after_ms(LIVES_MS);
        change!(self.0.db, outside::offer(token, subject, expires_at))
    }

    /// Of which provider somebody waits with a token.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn offered(&self, token: &str) -> Result<Option<String>> {
        let (token, now) = (self.offer_index(token), self.now());
        let found = read!(self.0.db, outside::offered(token, now))?;
        Ok(found.map(|subject| subject.provider))
    }

    /// Links an account to who waits with a token; the token is used up, whatever comes of it. Gives the provider too, where there was one.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn link_offered(&self, account: AccountId, token: &str) -> Result<(Linked, Option<String>)> {
        let (index, now) = (self.offer_index(token), self.now());
        let Some(provider) = self.offered(token).await? else { return Ok((Linked::Over, None)) };
        let entry = self.entry(Actor::Citizen, "account.linked", &account, &[("how", provider.as_str().into())]);
        let keys = self.0.keys.clone();
        let linked = change!(self.0.db, outside::link_offered(keys, account, index, now, entry))?;
        Ok((linked, Some(provider)))
    }

    /// Forgets browsers that did not come back and offers that nobody took.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn tidy_outside(&self) -> Result<()> {
        let now = self.now();
        change!(self.0.db, outside::tidy(now))
    }

    fn subject(&self, provider: &str, subject: &str) -> Subject {
        let about = format!("outside {provider} subject");
        Subject {
            provider: provider.to_owned(),
            index: self.subject_index(provider, subject),
            sealed: self.0.keys.ring.seal(&about, subject.as_bytes(), &mut self.0.random.draw()),
        }
    }

    fn subject_index(&self, provider: &str, subject: &str) -> Vec<u8> {
        self.0.keys.ring.index("outside subject", &format!("{provider}\n{subject}")).to_vec()
    }

    fn state_index(&self, state: &str) -> Vec<u8> {
        self.0.keys.ring.index("outside state", state).to_vec()
    }

    fn browser_index(&self, browser: &str) -> Vec<u8> {
        self.0.keys.ring.index("outside browser", browser).to_vec()
    }

    fn offer_index(&self, token: &str) -> Vec<u8> {
        self.0.keys.ring.index("outside offer", token).to_vec()
    }
}

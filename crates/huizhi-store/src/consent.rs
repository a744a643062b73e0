//! Consents of accounts: given, withdrawn, and their history.

use huizhi_domain::audit::Actor;
use huizhi_domain::consent::{Consent, Purpose};
use huizhi_domain::id::{AccountId, PersonId};

use crate::db::{change, read};
use crate::{Result, Store};

impl Store {
    /// The consent of an account's owner to a purpose, while it holds.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn consented(&self, account: AccountId, purpose: Purpose) -> Result<Option<Consent>> {
        let found = read!(self.0.db, consent::newest(account, String::new(), purpose))?;
        Ok(found.filter(|it| it.withdrawn_at.is_none()))
    }

    /// The same, given for a person of the account by their guardian.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn consented_for(
        &self,
        account: AccountId,
        person: PersonId,
        purpose: Purpose,
    ) -> Result<Option<Consent>> {
        let found = read!(self.0.db, consent::newest(account, person.to_string(), purpose))?;
        Ok(found.filter(|it| it.withdrawn_at.is_none()))
    }

    /// Notes that an account's owner consents to a version of a purpose's text. Said twice, it is noted once.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn consent(&self, account: AccountId, purpose: Purpose, version: &str) -> Result<()> {
        self.consents_to(account, None, purpose, version).await
    }

    /// The same for a person of the account, said by their guardian.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn consent_for(
        &self,
        account: AccountId,
        person: PersonId,
        purpose: Purpose,
        version: &str,
    ) -> Result<()> {
        self.consents_to(account, Some(person), purpose, version).await
    }

    async fn consents_to(
        &self,
        account: AccountId,
        person: Option<PersonId>,
        purpose: Purpose,
        version: &str,
    ) -> Result<()> {
        let for_whom = person.map(|id| ("person", id.to_string().into()));
        let detail: Vec<(&str, serde_json::Value)> =
            for_whom.into_iter().chain([("purpose", purpose.word().into()), ("version", version.into())]).collect();
        let entry = self.entry(Actor::Citizen, "consent.given", &account, &detail);
        let given = Consent { purpose, version: version.to_owned(), person, given_at: entry.at, withdrawn_at: None };
        let keys = self.0.keys.clone();
        change!(self.0.db, consent::give(keys, account, given, entry))
    }

    /// Withdraws an account's consents to a purpose, those for its people too. `false` where there was none.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn withdraw_consent(&self, account: AccountId, purpose: Purpose) -> Result<bool> {
        let entry = self.entry(Actor::Citizen, "consent.withdrawn", &account, &[("purpose", purpose.word().into())]);
        let keys = self.0.keys.clone();
        change!(self.0.db, consent::withdraw(keys, account, purpose, entry))
    }

    /// All consents of an account that ever were, newest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn consents(&self, account: AccountId) -> Result<Vec<Consent>> {
        read!(self.0.db, consent::all(account))
    }
}

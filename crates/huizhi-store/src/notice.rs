//! Which versions of the notice before booking an account accepted.

use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::AccountId;

use crate::db::{change, read};
use crate::{Result, Store};

impl Store {
    /// Notes that an account accepted a version of the notice. Said twice, it is noted once.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn accept_notice(&self, account: AccountId, version: &str) -> Result<()> {
        let entry = self.entry(Actor::Citizen, "notice.accepted", &account, &[("version", version.into())]);
        let (keys, version) = (self.0.keys.clone(), version.to_owned());
        change!(self.0.db, notice::accept(keys, account, version, entry))
    }

    /// The versions that an account accepted and when, the newest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn accepted_notices(&self, account: AccountId) -> Result<Vec<(String, Moment)>> {
        read!(self.0.db, notice::accepted(account))
    }
}

//! Amendments: what this deployment changes of the data that come with the program, with all versions.

use std::sync::{Arc, PoisonError};

use huizhi_domain::amendment::{Amendment, Target};
use huizhi_domain::audit::Actor;
use huizhi_domain::calendar::Calendar;
use huizhi_domain::id::StaffId;
use huizhi_domain::visit::Businesses;

use crate::db::{change, read};
use crate::{Result, Store};

/// A version to be made.
#[derive(Clone, Debug)]
pub struct NewAmendment {
    /// Which file.
    pub target: Target,
    /// The whole file; `None` brings back what comes with the program.
    pub text: Option<String>,
    /// Why.
    pub note: String,
    /// The newest version that who makes it saw; 0 where there was none.
    pub on: i64,
    /// Who makes it; `None` for the operator at the machine.
    pub by: Option<StaffId>,
}

impl Store {
    /// A number that grows with every change of the amendments.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn amendment_stamp(&self) -> Result<i64> {
        read!(self.0.db, amendment::stamp())
    }

    /// The versions that hold, and those that wait for a second person, by kind and name.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn amendments(&self) -> Result<Vec<Amendment>> {
        read!(self.0.db, amendment::open())
    }

    /// All versions of a file, newest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn amendment_versions(&self, target: &Target) -> Result<Vec<Amendment>> {
        let target = target.clone();
        read!(self.0.db, amendment::versions(target))
    }

    /// Makes a version. It holds at once, or waits for a second person where its kind takes two.
    ///
    /// # Errors
    /// [`huizhi_domain::amendment::AmendError::Moved`], [`huizhi_domain::amendment::AmendError::Waits`].
    pub async fn amend(&self, new: NewAmendment) -> Result<i64> {
        let actor = new.by.map_or(Actor::Service, Actor::Staff);
        let entry = self.entry(actor, "amendment.made", &new.target, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, amendment::add(keys, new, entry))
    }

    /// Agrees to a version that waits; it holds from now on.
    ///
    /// # Errors
    /// [`huizhi_domain::amendment::AmendError::SamePerson`], [`huizhi_domain::amendment::AmendError::Over`].
    pub async fn agree_to_amendment(&self, target: &Target, version: i64, by: StaffId) -> Result<()> {
        let detail = [("version", version.into())];
        let entry = self.entry(Actor::Staff(by), "amendment.agreed", target, &detail);
        let (keys, target) = (self.0.keys.clone(), target.clone());
        change!(self.0.db, amendment::agree(keys, target, version, by, entry))
    }

    /// Refuses a version that waits, or takes the own one back.
    ///
    /// # Errors
    /// [`huizhi_domain::amendment::AmendError::Over`].
    pub async fn refuse_amendment(&self, target: &Target, version: i64, by: StaffId) -> Result<()> {
        let detail = [("version", version.into())];
        let entry = self.entry(Actor::Staff(by), "amendment.refused", target, &detail);
        let (keys, target) = (self.0.keys.clone(), target.clone());
        change!(self.0.db, amendment::refuse(keys, target, version, entry))
    }

    /// Goes by other working days and businesses from now on.
    pub fn go_by(&self, calendar: Calendar, businesses: Businesses) {
        *self.0.calendar.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(calendar);
        *self.0.businesses.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(businesses);
    }
}

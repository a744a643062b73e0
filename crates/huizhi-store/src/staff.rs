//! Staff, offices and sessions.

use huizhi_domain::audit::Actor;
use huizhi_domain::id::{OfficeId, StaffId};
use huizhi_domain::staff::{Office, Role, Staff};

use crate::db::{change, read};
use crate::{Result, Store};

/// A session ends after 15 minutes without a sign of life, and after 8 hours in any case (security.md, row 20).
const IDLE_MS: i64 = 15 * 60_000;
const WHOLE_MS: i64 = 8 * 3_600_000;

/// A session's use is written down at most once in this time: every page asks, and none needs to wait for the disk.
const SEEN_EVERY_MS: i64 = 60_000;

/// A new member of staff.
#[derive(Clone, Debug)]
pub struct NewStaff {
    /// What they sign in with.
    pub login: String,
    /// What colleagues call them.
    pub name: String,
    /// What they do.
    pub role: Role,
    /// Where they work.
    pub office: Option<OfficeId>,
    /// Hash of their password, as a PHC string.
    pub password: String,
}

impl Store {
    /// Adds an office.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn add_office(&self, city: &str, name: &str, address: &str) -> Result<Office> {
        let office = Office {
            id: OfficeId::new(self.now(), &mut self.0.random.draw()),
            city: city.to_owned(),
            name: name.to_owned(),
            address: address.to_owned(),
        };
        let entry = self.entry(Actor::Service, "office.added", &office.id, &[]);
        let (keys, added) = (self.0.keys.clone(), office.clone());
        change!(self.0.db, staff::add_office(keys, added, entry))?;
        Ok(office)
    }

    /// All offices.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn offices(&self) -> Result<Vec<Office>> {
        read!(self.0.db, staff::offices())
    }

    /// One office.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn office(&self, id: OfficeId) -> Result<Option<Office>> {
        read!(self.0.db, staff::office(id))
    }

    /// Adds a member of staff.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`] where the login is taken.
    pub async fn add_staff(&self, new: NewStaff) -> Result<Staff> {
        let NewStaff { login, name, role, office, password } = new;
        let staff = Staff { id: StaffId::new(self.now(), &mut self.0.random.draw()), login, name, role, office };
        let entry = self.entry(Actor::Service, "staff.added", &staff.id, &[("role", role.word().into())]);
        let (keys, added) = (self.0.keys.clone(), staff.clone());
        change!(self.0.db, staff::add(keys, added, password, entry))?;
        Ok(staff)
    }

    /// A member of staff by login, with the hash of their password.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn staff_by_login(&self, login: &str) -> Result<Option<(Staff, String)>> {
        read!(self.0.db, staff::by_login(login.to_owned()))
    }

    /// All members of staff.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn all_staff(&self) -> Result<Vec<Staff>> {
        read!(self.0.db, staff::all())
    }

    /// Begins a session for a token, of which only a keyed hash is kept.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn begin_session(&self, id: StaffId, token: &str) -> Result<()> {
        let entry = self.entry(Actor::Staff(id), "staff.signed-in", &id, &[]);
        let (keys, token) = (self.0.keys.clone(), self.session_index(token));
        change!(self.0.db, staff::begin_session(keys, token, id, entry))
    }

    /// Whose session a token is; `None` for one that ended.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn session(&self, token: &str) -> Result<Option<Staff>> {
        let token = self.session_index(token);
        let Some((staff, began, seen)) = read!(self.0.db, staff::session(token.clone()))? else { return Ok(None) };
        let now = self.now();
        if now.since_ms(began) >= WHOLE_MS || now.since_ms(seen) >= IDLE_MS {
            return Ok(None);
        }
        if now.since_ms(seen) >= SEEN_EVERY_MS {
            change!(self.0.db, staff::seen(token, now))?;
        }
        Ok(Some(staff))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn end_session(&self, token: &str) -> Result<()> {
        let token = self.session_index(token);
        change!(self.0.db, staff::end_session(token))
    }

    /// Forgets sessions that are over.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn end_old_sessions(&self) -> Result<()> {
        let (began, seen) = (self.now().after_ms(-WHOLE_MS), self.now().after_ms(-IDLE_MS));
        change!(self.0.db, staff::end_old_sessions(began, seen))
    }

    fn session_index(&self, token: &str) -> Vec<u8> {
        self.0.keys.ring.index("session", token).to_vec()
    }
}

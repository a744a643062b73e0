//! Staff, offices and sessions.

use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{OfficeId, StaffId};
use huizhi_domain::staff::{Office, Role, Staff, StaffError};

use crate::db::{change, read};
use crate::{Result, Store};

/// A session ends after 15 minutes without a sign of life, and after 8 hours in any case (security.md, row 20).
const IDLE_MS: i64 = 15 * 60_000;
const WHOLE_MS: i64 = 8 * 3_600_000;

/// A session's use is written down at most once in this time: every page asks, and none needs to wait for the disk.
const SEEN_EVERY_MS: i64 = 60_000;

/// A new office.
#[derive(Clone, Debug, Default)]
pub struct NewOffice {
    /// The code of its city.
    pub city: String,
    /// Its name.
    pub name: String,
    /// Its district or county; may be empty.
    pub district: String,
    /// Where it is.
    pub address: String,
    /// Its telephone number; may be empty.
    pub phone: String,
}

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

/// A member of staff as an administrator sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffLine {
    /// Who.
    pub staff: Staff,
    /// Since when they are suspended.
    pub suspended_at: Option<Moment>,
    /// Whether they have an authenticator.
    pub totp: bool,
    /// How many passkeys they have.
    pub passkeys: i64,
    /// In how many browsers they are signed in.
    pub sessions: i64,
}

/// How a session stands to the second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// None is enrolled.
    None,
    /// It is to be shown; until then the session opens nothing else.
    Due,
    /// It was shown.
    Shown,
}

/// A session that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub staff: Staff,
    /// How it stands to the second factor.
    pub second: Second,
    /// When its owner last proved who they are.
    pub proved_at: Moment,
}

/// A session as it stands in the database.
pub struct SessionRow {
    pub staff: Staff,
    pub began: Moment,
    pub seen: Moment,
    pub proved: Moment,
    pub second: Option<Moment>,
    pub factors: i64,
}

impl Store {
    /// Adds an office.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn add_office(&self, city: &str, name: &str, address: &str) -> Result<Office> {
        let new = NewOffice {
            city: city.to_owned(),
            name: name.to_owned(),
            address: address.to_owned(),
            ..NewOffice::default()
        };
        self.open_office(new, None).await
    }

    /// Adds an office with all that is known of it; `None` as who did it is the operator at the machine.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn open_office(&self, new: NewOffice, by: Option<StaffId>) -> Result<Office> {
        let NewOffice { city, name, district, address, phone } = new;
        let id = OfficeId::new(self.now(), &mut self.0.random.draw());
        let office = Office { id, city, name, district, address, phone };
        let entry = self.entry(by.map_or(Actor::Service, Actor::Staff), "office.added", &office.id, &[]);
        let (keys, added) = (self.0.keys.clone(), office.clone());
        change!(self.0.db, staff::add_office(keys, added, entry))?;
        Ok(office)
    }

    /// Writes down what is known of an office by now; its city stays.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] for one that is not there.
    pub async fn set_office(&self, office: &Office, by: StaffId) -> Result<()> {
        let entry = self.entry(Actor::Staff(by), "office.changed", &office.id, &[]);
        let (keys, changed) = (self.0.keys.clone(), office.clone());
        change!(self.0.db, staff::set_office(keys, changed, entry))
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

    /// Everybody, with what an administrator sees of them.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn staff_lines(&self) -> Result<Vec<StaffLine>> {
        read!(self.0.db, staff::lines())
    }

    /// Begins a session of somebody who showed all that is asked of them. Of the token only a keyed hash is kept.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn begin_session(&self, id: StaffId, token: &str) -> Result<()> {
        self.begin_desk_session(id, token, true).await
    }

    /// Begins a session of somebody whose password was right. Where they have a second factor it opens nothing until that is shown.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn begin_by_password(&self, id: StaffId, token: &str) -> Result<()> {
        self.begin_desk_session(id, token, false).await
    }

    async fn begin_desk_session(&self, id: StaffId, token: &str, second: bool) -> Result<()> {
        let entry = self.entry(Actor::Staff(id), "staff.signed-in", &id, &[]);
        let (keys, token) = (self.0.keys.clone(), self.session_index(token));
        change!(self.0.db, staff::begin_session(keys, token, id, second, entry))
    }

    /// Whose session a token is; `None` for one that ended, whose owner is suspended, or whose second factor is due.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn session(&self, token: &str) -> Result<Option<Staff>> {
        let session = self.session_of(token).await?;
        Ok(session.filter(|session| session.second != Second::Due).map(|session| session.staff))
    }

    /// The session of a token, however far its sign-in went; `None` for one that ended, or whose owner is suspended.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn session_of(&self, token: &str) -> Result<Option<Session>> {
        let token = self.session_index(token);
        let Some(row) = read!(self.0.db, staff::session(token.clone()))? else { return Ok(None) };
        let now = self.now();
        if now.since_ms(row.began) >= WHOLE_MS || now.since_ms(row.seen) >= IDLE_MS {
            return Ok(None);
        }
        if now.since_ms(row.seen) >= SEEN_EVERY_MS {
            change!(self.0.db, staff::seen(token, now))?;
        }
        let second = match (row.factors, row.second) {
            (0, _) => Second::None,
            (_, None) => Second::Due,
            (_, Some(_)) => Second::Shown,
        };
        Ok(Some(Session { staff: row.staff, second, proved_at: row.proved }))
    }

    /// Notes that a session's owner has just proved by password who they are, and puts a new token in the old one's place.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] where the session ended.
    pub async fn renew_session(&self, id: StaffId, old: &str, new: &str) -> Result<()> {
        let (old, new, second, now) = (self.session_index(old), self.session_index(new), false, self.now());
        change!(self.0.db, staff::renew_session(old, new, id, second, now))
    }

    /// Suspends somebody. Their sessions end at once.
    ///
    /// # Errors
    /// [`StaffError::Oneself`]; [`crate::StoreError::Absent`] for somebody who is not there or is suspended.
    pub async fn suspend(&self, id: StaffId, by: StaffId) -> Result<()> {
        if id == by {
            return Err(StaffError::Oneself.into());
        }
        let entry = self.entry(Actor::Staff(by), "staff.suspended", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, staff::suspend(keys, id, entry))
    }

    /// Lets somebody who is suspended sign in again.
    ///
    /// # Errors
    /// [`StaffError::Oneself`]; [`crate::StoreError::Absent`] for somebody who is not there or not suspended.
    pub async fn reactivate(&self, id: StaffId, by: StaffId) -> Result<()> {
        if id == by {
            return Err(StaffError::Oneself.into());
        }
        let entry = self.entry(Actor::Staff(by), "staff.reactivated", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, staff::reactivate(keys, id, entry))
    }

    /// Ends all sessions of somebody.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn end_sessions(&self, id: StaffId, by: StaffId) -> Result<()> {
        let entry = self.entry(Actor::Staff(by), "staff.sessions-ended", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, staff::end_sessions(keys, id, entry))
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

    pub(crate) fn session_index(&self, token: &str) -> Vec<u8> {
        self.0.keys.ring.index("session", token).to_vec()
    }
}

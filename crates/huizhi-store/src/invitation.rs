//! Invitations: a link by which somebody becomes staff and sets a password that nobody else has seen.

use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{OfficeId, StaffId};
use huizhi_domain::staff::{Role, Staff, StaffError, at_office};

use crate::db::{change, read};
use crate::{Result, Store};

/// How long a link is good.
const LINK_MS: i64 = 72 * 3_600_000;

/// Who is to be invited.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// What they will sign in with.
    pub login: String,
    /// What colleagues call them.
    pub name: String,
    /// What they will do.
    pub role: Role,
    /// Where they will work.
    pub office: Option<OfficeId>,
}

/// An invitation that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Who they will be.
    pub staff: Staff,
    /// Until when the link is good.
    pub ends_at: Moment,
}

impl Store {
    /// Invites somebody by a link with this token, of which only a keyed hash is kept.
    ///
    /// # Errors
    /// [`StaffError::Role`], [`StaffError::Office`]; [`crate::StoreError::Conflict`] where the login is taken.
    pub async fn invite(&self, new: NewInvitation, token: &str, by: StaffId) -> Result<Invitation> {
        let NewInvitation { login, name, role, office } = new;
        if !role.by_invitation() {
            return Err(StaffError::Role.into());
        }
        at_office(role, office)?;
        let now = self.now();
        let id = StaffId::new(now, &mut self.0.random.draw());
        let invitation = Invitation { staff: Staff { id, login, name, role, office }, ends_at: now.after_ms(LINK_MS) };
        let entry = self.entry(Actor::Staff(by), "staff.invited", &id, &[("role", role.word().into())]);
        let (keys, made, token) = (self.0.keys.clone(), invitation.clone(), self.invitation_index(token));
        change!(self.0.db, invitation::add(keys, made, token, by, entry))?;
        Ok(invitation)
    }

    /// The invitation of a link; `None` for one that was used, is over or never was.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn invitation(&self, token: &str) -> Result<Option<Invitation>> {
        let (token, now) = (self.invitation_index(token), self.now());
        read!(self.0.db, invitation::find(token, now))
    }

    /// Invitations that wait.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn invitations(&self) -> Result<Vec<Invitation>> {
        let now = self.now();
        read!(self.0.db, invitation::open(now))
    }

    /// Takes an invitation: who was invited becomes staff, with the hash of a password as a PHC string. The link is used up.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] for a link that is not good; [`crate::StoreError::Conflict`] where the login was taken meanwhile.
    pub async fn accept_invitation(&self, token: &str, password: &str) -> Result<Staff> {
        let now = self.now();
        let (token, password, keys) = (self.invitation_index(token), password.to_owned(), self.0.keys.clone());
        change!(self.0.db, invitation::accept(keys, token, password, now))
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] for one that does not wait.
    pub async fn withdraw_invitation(&self, id: StaffId, by: StaffId) -> Result<()> {
        let entry = self.entry(Actor::Staff(by), "staff.invitation-withdrawn", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, invitation::withdraw(keys, id, entry))
    }

    fn invitation_index(&self, token: &str) -> Vec<u8> {
        self.0.keys.ring.index("invitation", token).to_vec()
    }
}

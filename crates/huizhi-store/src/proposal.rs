//! What two persons have to agree on: a change of somebody's role, and forgetting their second factor.

use huizhi_domain::audit::Actor;
use huizhi_domain::id::{ProposalId, StaffId};
use huizhi_domain::staff::{Change, PROPOSAL_MS, Proposal, at_office};

use crate::db::{change, read};
use crate::{Result, Store};

impl Store {
    /// Proposes a change, which another person has to confirm within a day.
    ///
    /// # Errors
    /// [`huizhi_domain::staff::StaffError::Office`]; [`crate::StoreError::Conflict`] where the same is proposed for the same person already.
    pub async fn propose(&self, change: Change, subject: StaffId, proposer: StaffId) -> Result<Proposal> {
        if let Change::Role { role, office } = change {
            at_office(role, office)?;
        }
        let now = self.now();
        let id = ProposalId::new(now, &mut self.0.random.draw());
        let proposal = Proposal { id, change, subject, proposer, ends_at: now.after_ms(PROPOSAL_MS) };
        let detail = [("kind", change.word().into()), ("of", subject.to_string().into())];
        let entry = self.entry(Actor::Staff(proposer), "proposal.made", &id, &detail);
        let (keys, made) = (self.0.keys.clone(), proposal.clone());
        change!(self.0.db, proposal::add(keys, made, entry))?;
        Ok(proposal)
    }

    /// Proposals that wait, oldest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn proposals(&self) -> Result<Vec<Proposal>> {
        let now = self.now();
        read!(self.0.db, proposal::open(now))
    }

    /// Confirms a proposal and does what it says; `None` is the operator at the machine, who may where there is no other administrator.
    /// Sessions of whom it is about end.
    ///
    /// # Errors
    /// [`huizhi_domain::staff::StaffError`], by cause.
    pub async fn confirm_proposal(&self, id: ProposalId, by: Option<StaffId>) -> Result<()> {
        let actor = by.map_or(Actor::Service, Actor::Staff);
        let entry = self.entry(actor, "proposal.confirmed", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, proposal::confirm(keys, id, by, entry))
    }

    /// Refuses a proposal, or takes one back.
    ///
    /// # Errors
    /// [`huizhi_domain::staff::StaffError::Over`].
    pub async fn refuse(&self, id: ProposalId, by: StaffId) -> Result<()> {
        let entry = self.entry(Actor::Staff(by), "proposal.refused", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, proposal::refuse(keys, id, entry))
    }
}

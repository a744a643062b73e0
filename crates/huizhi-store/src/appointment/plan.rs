//! Planning slots, and what time does to appointments.

use std::sync::Arc;

use huizhi_domain::id::OfficeId;
use huizhi_domain::visit::schedule::PlannedSlot;
use jiff::civil::Date;

use super::{Planned, raced};
use crate::db::{change, read};
use crate::{Result, Store};

/// How often something is tried again because somebody else was first.
const TRIES: usize = 4;

impl Store {
    /// Makes slots, or changes how many places they have. Only these slots are touched: one that is no more is given with no places.
    /// Who loses a place is told, holds before bookings and the newest first; who lost one before gets a new one, the oldest first.
    /// Doing it twice changes nothing.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn plan_slots(&self, office: OfficeId, service: &str, slots: &[PlannedSlot]) -> Result<Planned> {
        // Most of the time a plan is what is there already.
        let slots = self.news_in(office, service, slots).await?;
        if slots.is_empty() {
            return Ok(Planned::default());
        }
        self.plan(office, service, slots, false).await
    }

    /// What [`Self::plan_slots`] would do.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn preview_slots(&self, office: OfficeId, service: &str, slots: &[PlannedSlot]) -> Result<Planned> {
        self.plan(office, service, slots.to_vec(), true).await
    }

    /// The slots of an office's service on days, with the places that they have now, public ones and the desk's.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn planned_slots(
        &self,
        office: OfficeId,
        service: &str,
        from: Date,
        to: Date,
    ) -> Result<Vec<PlannedSlot>> {
        read!(self.0.db, appointment::planned(office, service.to_owned(), from, to))
    }

    /// Ends holds whose time is over, and frees places that waited for the waiting list. Nobody has to wait for it: what is over is
    /// free before. Gives how many.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn expire_holds(&self) -> Result<usize> {
        let mut count = 0;
        loop {
            let terms = Arc::new(self.0.terms());
            match change!(self.0.db, appointment::sweep(terms)) {
                Ok(0) => return Ok(count),
                Ok(ended) => count += ended,
                // The worker was first with some of them; the next round takes the rest.
                Err(error) if raced(&error) => return Ok(count),
                Err(error) => return Err(error),
            }
        }
    }

    /// Notes as missed what is booked and whose time to come is over. Gives how many.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn mark_missed(&self) -> Result<usize> {
        let mut count = 0;
        loop {
            let terms = Arc::new(self.0.terms());
            match change!(self.0.db, appointment::miss(terms)) {
                Ok(0) => return Ok(count),
                Ok(missed) => count += missed,
                Err(error) if raced(&error) => return Ok(count),
                Err(error) => return Err(error),
            }
        }
    }

    async fn plan(&self, office: OfficeId, service: &str, slots: Vec<PlannedSlot>, dry: bool) -> Result<Planned> {
        let (service, slots) = (service.to_owned(), Arc::new(slots));
        let mut tries = 0;
        loop {
            tries += 1;
            let terms = Arc::new(self.0.terms());
            let done: Result<Planned> = change!(self.0.db, appointment::plan(terms, office, service, slots, dry));
            match done {
                Err(error) if raced(&error) && tries < TRIES => {}
                done => return done,
            }
        }
    }

    /// Those slots of a plan that are not there as planned.
    async fn news_in(&self, office: OfficeId, service: &str, slots: &[PlannedSlot]) -> Result<Vec<PlannedSlot>> {
        let days = slots.iter().map(|it| it.slot.day);
        let (Some(from), Some(to)) = (days.clone().min(), days.max()) else { return Ok(Vec::new()) };
        let there = self.planned_slots(office, service, from, to).await?;
        let now = self.now();
        let known: std::collections::BTreeMap<_, _> = there.into_iter().map(|it| (it.slot, it)).collect();
        let is_news = |it: &&PlannedSlot| {
            let nothing = !known.contains_key(&it.slot) && it.places <= 0 && it.staff_places <= 0;
            it.starts_at > now && !nothing && known.get(&it.slot) != Some(*it)
        };
        Ok(slots.iter().filter(is_news).copied().collect())
    }
}

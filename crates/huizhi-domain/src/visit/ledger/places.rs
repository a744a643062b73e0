//! Places: taken, given back, and given to those who lost theirs.

use std::collections::BTreeSet;

use super::{Booking, Kept, Ledger, Spot};
use crate::audit::Actor;
use crate::clock::Moment;
use crate::id::AppointmentId;
use crate::visit::{Rights, Slot, State, VisitHappening};

impl Ledger {
    /// Ends what is over: holds whose time has come and cool-downs. What that frees goes to stranded bookings first.
    pub fn settle(&mut self) {
        let over: Vec<AppointmentId> =
            self.bookings.values().filter(|it| self.is_over(&it.is)).map(|it| it.is.appointment.id).collect();
        let mut freed = BTreeSet::new();
        for id in over {
            freed.extend(self.let_go(id));
        }
        self.support(&freed);
    }

    fn is_over(&self, booking: &Booking) -> bool {
        let timed = matches!(booking.appointment.state, State::Held | State::Cancelled);
        timed
            && booking.due_at().is_some_and(|due| due <= self.now)
            && booking.spots().all(|spot| self.places.contains_key(&spot))
    }

    /// Ends a hold, or a cool-down. Gives the slots that have places again.
    pub(super) fn let_go(&mut self, id: AppointmentId) -> BTreeSet<Spot> {
        let freed = self.release(id);
        let now = self.now;
        let Some(kept) = self.bookings.get_mut(&id) else { return freed };
        kept.is.frees_at = None;
        if kept.is.appointment.state == State::Held {
            kept.is.appointment.state = State::Lapsed;
            kept.is.appointment.hold_until = None;
            kept.is.appointment.changed_at = now;
            kept.is.ended_at = Some(now);
            self.note(id, Actor::Service, "appointment.lapsed", None);
        }
        freed
    }

    /// Counts the places of a booking as free. Whoever calls this changes its state, too.
    pub(super) fn release(&mut self, id: AppointmentId) -> BTreeSet<Spot> {
        let Some(booking) = self.booking(id).filter(|it| it.has_places()).cloned() else { return BTreeSet::new() };
        let spots: BTreeSet<Spot> = booking.spots().collect();
        self.count(&spots, booking.desk, -1);
        spots
    }

    /// Adds to what is taken.
    pub(super) fn count(&mut self, spots: &BTreeSet<Spot>, desk: bool, by: i32) {
        for spot in spots {
            let Some(kept) = self.places.get_mut(spot) else { continue };
            if desk {
                kept.is.staff_taken += by;
            } else {
                kept.is.taken += by;
            }
        }
    }

    /// Places that are left in a slot, public or the desk's.
    pub(super) fn left(&self, spot: &Spot, desk: bool) -> i32 {
        self.place(spot).map_or(0, |place| {
            if desk { place.staff_capacity - place.staff_taken } else { place.capacity - place.taken }
        })
    }

    /// So many consecutive slots from the first on; `None` where the run is broken.
    pub(super) fn run(&self, first: &Spot, units: i32) -> Option<Vec<Spot>> {
        let mut run = Vec::new();
        let mut spot = first.clone();
        for _ in 0..units.max(1) {
            let length = self.place(&spot)?.length_min;
            let next = Spot { slot: Slot { minute: spot.slot.minute + length, ..spot.slot }, ..spot.clone() };
            run.push(spot);
            spot = next;
        }
        Some(run)
    }

    /// Finds places for all units, of one kind: the slots, and whether they are the desk's. `without` are bookings whose places may
    /// be counted as free, because they are given back in the same change.
    pub(super) fn find(
        &self,
        first: &Spot,
        units: i32,
        rights: Rights,
        without: &[AppointmentId],
    ) -> Option<(Vec<Spot>, bool)> {
        let run = self.run(first, units)?;
        let is_free = |spot: &Spot, desk: bool| {
            let mut left = self.left(spot, desk) + self.having(spot, desk, without.iter().copied());
            if rights == Rights::List && !desk {
                left += self.having(spot, desk, self.cooling());
            }
            left > 0
        };
        let kinds: &[bool] = if rights == Rights::Desk { &[true, false] } else { &[false] };
        let desk = kinds.iter().copied().find(|desk| run.iter().all(|spot| is_free(spot, *desk)))?;
        Some((run, desk))
    }

    /// How many of some bookings have a place in a slot.
    fn having(&self, spot: &Spot, desk: bool, ids: impl Iterator<Item = AppointmentId>) -> i32 {
        let has = |it: &&Booking| it.has_places() && it.desk == desk && it.spots().any(|its| its == *spot);
        ids.filter_map(|id| self.booking(id)).filter(has).count() as i32
    }

    /// Cancelled bookings whose places wait for the waiting list.
    fn cooling(&self) -> impl Iterator<Item = AppointmentId> + '_ {
        let waits = |it: &&Booking| it.appointment.state == State::Cancelled && it.frees_at.is_some();
        self.bookings().filter(waits).map(|it| it.appointment.id)
    }

    /// Takes places that wait for the waiting list, the longest waiting first, until the slots have one left each.
    pub(super) fn take_back(&mut self, run: &[Spot]) {
        for spot in run {
            while self.left(spot, false) < 1 {
                let on_it = |id: &AppointmentId| self.having(spot, false, std::iter::once(*id)) > 0;
                let oldest = self.cooling().filter(on_it).min_by_key(|id| self.booking(*id).and_then(|it| it.frees_at));
                let Some(id) = oldest else { break };
                self.let_go(id);
            }
        }
    }

    /// Gives free places of slots to the bookings that lost theirs there, the oldest first. Whether any got one.
    pub(super) fn support(&mut self, spots: &BTreeSet<Spot>) -> bool {
        if spots.is_empty() {
            return false;
        }
        let mut stranded: Vec<(Moment, AppointmentId)> = self
            .stranded
            .iter()
            .filter_map(|id| self.booking(*id))
            .filter(|it| it.appointment.state == State::Stranded && it.appointment.starts_at > self.now)
            .filter(|it| it.spots().any(|spot| spots.contains(&spot)))
            .map(|it| (it.appointment.made_at, it.appointment.id))
            .collect();
        stranded.sort_unstable();
        let mut any = false;
        for (_, id) in stranded {
            any |= self.support_one(id);
        }
        any
    }

    fn support_one(&mut self, id: AppointmentId) -> bool {
        let Some(booking) = self.booking(id).cloned() else { return false };
        let (spots, day) = (booking.spots().collect::<BTreeSet<Spot>>(), booking.appointment.slot.day);
        let busy = |kept: &Kept<Booking>| {
            let on_day = |it: &Booking| it.appointment.state.is_live() && it.appointment.slot.day == day;
            on_day(&kept.is) || kept.was.as_ref().is_some_and(on_day)
        };
        // As it was counts, too: the database compares row by row.
        let is_busy = self
            .by_person
            .get(&booking.person_key)
            .into_iter()
            .flatten()
            .any(|other| *other != id && self.bookings.get(other).is_some_and(busy));
        if is_busy || spots.is_empty() || spots.iter().any(|spot| self.left(spot, booking.desk) < 1) {
            return false;
        }
        self.count(&spots, booking.desk, 1);
        let now = self.now;
        if let Some(kept) = self.bookings.get_mut(&id) {
            kept.is.appointment.state = State::Booked;
            kept.is.appointment.changed_at = now;
        }
        self.note(id, Actor::Service, "appointment.supported", Some(VisitHappening::Booked));
        true
    }
}

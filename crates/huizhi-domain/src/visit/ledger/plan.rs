//! A change of hours: slots are made, widened or narrowed. Who loses a place is told, and gets the next that is free.

use std::collections::BTreeSet;

use super::{Booking, Kept, Ledger, Place, Spot};
use crate::audit::Actor;
use crate::id::{AppointmentId, OfficeId};
use crate::visit::schedule::PlannedSlot;
use crate::visit::{State, VisitHappening};

/// What a plan of slots did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Planned {
    /// Slots that are new.
    pub made: usize,
    /// Slots that have another count of places than before.
    pub changed: usize,
    /// Holds that were dropped; they go before any booking.
    pub dropped: Vec<AppointmentId>,
    /// Bookings that lost their place, the newest first.
    pub stranded: Vec<AppointmentId>,
    /// Stranded ones that have a place again, the oldest first.
    pub supported: Vec<AppointmentId>,
}

impl Ledger {
    /// Plans slots of an office's service. Slots that are not among them stay as they are, and so do those that have begun. A slot
    /// never has fewer places than people who are there already.
    pub fn plan(&mut self, office: OfficeId, service: &str, slots: &[PlannedSlot]) -> Planned {
        let mut planned = Planned::default();
        let mut wider = BTreeSet::new();
        let now = self.now;
        for slot in slots.iter().filter(|slot| slot.starts_at > now) {
            let spot = Spot { office, service: service.to_owned(), slot: slot.slot };
            let Some(before) = self.place(&spot).map(|it| (it.capacity, it.staff_capacity)) else {
                if slot.places > 0 || slot.staff_places > 0 {
                    self.places.insert(spot, Kept { was: None, is: empty(slot) });
                    planned.made += 1;
                }
                continue;
            };
            self.shed(&spot, false, slot.places, &mut planned);
            self.shed(&spot, true, slot.staff_places, &mut planned);
            let Some(kept) = self.places.get_mut(&spot) else { continue };
            kept.is.capacity = slot.places.max(kept.is.taken);
            kept.is.staff_capacity = slot.staff_places.max(kept.is.staff_taken);
            kept.is.starts_at = slot.starts_at;
            kept.is.length_min = slot.length_min;
            if (kept.is.capacity, kept.is.staff_capacity) != before {
                planned.changed += 1;
            }
            wider.insert(spot);
        }
        let stranded: BTreeSet<AppointmentId> = planned.stranded.iter().copied().collect();
        self.support(&wider);
        let has_place = |id: &AppointmentId| self.booking(*id).is_some_and(Booking::has_places);
        planned.stranded.retain(|id| !has_place(id));
        planned.supported =
            self.stranded.iter().copied().filter(|id| !stranded.contains(id) && has_place(id)).collect();
        planned.supported.sort_unstable();
        planned
    }

    /// Takes places from bookings until a slot has no more than so many: returned ones first, then holds, then the newest bookings.
    /// Who has arrived keeps theirs.
    fn shed(&mut self, spot: &Spot, desk: bool, most: i32, planned: &mut Planned) {
        loop {
            let Some(place) = self.place(spot) else { return };
            let taken = if desk { place.staff_taken } else { place.taken };
            if taken <= most.max(0) {
                return;
            }
            let Some(id) = self.last_in(spot, desk) else { return };
            match self.booking(id).map(|it| it.appointment.state) {
                Some(State::Booked) => {
                    self.strand(id);
                    planned.stranded.push(id);
                }
                Some(State::Held) => {
                    self.let_go(id);
                    planned.dropped.push(id);
                }
                _ => {
                    self.let_go(id);
                }
            }
        }
    }

    /// Whose place goes first.
    fn last_in(&self, spot: &Spot, desk: bool) -> Option<AppointmentId> {
        let rank = |it: &Booking| match it.appointment.state {
            State::Cancelled => 2,
            State::Held => 1,
            _ => 0,
        };
        self.bookings()
            .filter(|it| matches!(it.appointment.state, State::Cancelled | State::Held | State::Booked))
            .filter(|it| it.has_places() && it.desk == desk && it.spots().any(|its| its == *spot))
            .max_by_key(|it| (rank(it), it.appointment.made_at, it.appointment.id))
            .map(|it| it.appointment.id)
    }

    fn strand(&mut self, id: AppointmentId) {
        self.release(id);
        let now = self.now;
        if let Some(kept) = self.bookings.get_mut(&id) {
            kept.is.appointment.state = State::Stranded;
            kept.is.appointment.changed_at = now;
        }
        self.stranded.push(id);
        self.note(id, Actor::Service, "appointment.stranded", Some(VisitHappening::Stranded));
    }
}

fn empty(slot: &PlannedSlot) -> Place {
    Place {
        starts_at: slot.starts_at,
        length_min: slot.length_min,
        capacity: slot.places,
        taken: 0,
        staff_capacity: slot.staff_places,
        staff_taken: 0,
    }
}

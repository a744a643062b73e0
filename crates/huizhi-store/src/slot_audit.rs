//! What places and appointments say of each other: every place that is counted as taken is somebody's, and nobody's place is not counted.

use std::collections::BTreeMap;

use huizhi_domain::id::OfficeId;
use serde::Serialize;

use crate::db::read;
use crate::{Result, Store};

/// A slot by service, day and minute.
type At = (String, String, i32);

/// What is wrong with places, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SlotAudit {
    /// Slots.
    pub slots: i64,
    /// Their places, the desk's with them.
    pub places: i64,
    /// Places that are counted as taken.
    pub taken: i64,
    /// Appointments in any state.
    pub appointments: i64,
    /// Those that use up their person's day.
    pub live: i64,
    /// Slots with more people than places, counted by their appointments. None, or a place was given twice.
    pub over: i64,
    /// How often somebody has two appointments on a day. Never, or a constraint is gone.
    pub doubles: i64,
    /// Slots whose count is not the one that their appointments give.
    pub adrift: i64,
}

impl SlotAudit {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.over == 0 && self.doubles == 0 && self.adrift == 0
    }
}

/// A slot's own count.
#[derive(Clone, Copy, Default)]
pub struct Counted {
    pub capacity: i32,
    pub taken: i32,
    pub staff_capacity: i32,
    pub staff_taken: i32,
}

/// The places of one appointment.
pub struct Occupied {
    pub service: String,
    pub day: String,
    pub minutes: String,
    pub desk: bool,
}

impl Store {
    /// Holds the places of some offices against their appointments, or those of all where none is named. Reads every row of theirs.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn audit_slots(&self, of: &[OfficeId]) -> Result<SlotAudit> {
        let every: Vec<OfficeId> = match of {
            [] => self.offices().await?.into_iter().map(|office| office.id).collect(),
            some => some.to_vec(),
        };
        let mut audit = SlotAudit::default();
        for office in every {
            let slots = read!(self.0.db, slot_audit::slots(office))?;
            let occupied = read!(self.0.db, slot_audit::occupied(office))?;
            audit.add(&slots, occupied);
            let (appointments, live) = read!(self.0.db, slot_audit::appointments(office))?;
            audit.appointments += appointments;
            audit.live += live;
        }
        audit.doubles = read!(self.0.db, slot_audit::doubles())?;
        Ok(audit)
    }
}

impl SlotAudit {
    fn add(&mut self, slots: &[(At, Counted)], occupied: Vec<Occupied>) {
        let mut found = BTreeMap::<At, (i32, i32)>::new();
        for Occupied { service, day, minutes, desk } in occupied {
            for minute in minutes.split(',').filter_map(|minute| minute.parse().ok()) {
                let (public, staff) = found.entry((service.clone(), day.clone(), minute)).or_default();
                *(if desk { staff } else { public }) += 1;
            }
        }
        for (at, counted) in slots {
            let (public, staff) = found.remove(at).unwrap_or_default();
            self.slots += 1;
            self.places += i64::from(counted.capacity) + i64::from(counted.staff_capacity);
            self.taken += i64::from(counted.taken) + i64::from(counted.staff_taken);
            self.over += i64::from(public > counted.capacity || staff > counted.staff_capacity);
            self.adrift += i64::from((public, staff) != (counted.taken, counted.staff_taken));
        }
        // Places of appointments in slots that are not there.
        self.adrift += found.len() as i64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(taken: i32, people: usize) -> SlotAudit {
        let (service, day) = ("id-card".to_owned(), "2026-12-01".to_owned());
        let counted = Counted { capacity: 2, taken, ..Counted::default() };
        let slots = [((service.clone(), day.clone(), 510), counted), ((service.clone(), day.clone(), 525), counted)];
        let one =
            || Occupied { service: service.clone(), day: day.clone(), minutes: "510,525".to_owned(), desk: false };
        let mut audit = SlotAudit::default();
        audit.add(&slots, (0..people).map(|_| one()).collect());
        audit
    }

    #[test]
    fn what_does_not_add_up_is_found() {
        assert_eq!(of(2, 2), SlotAudit { slots: 2, places: 4, taken: 4, ..SlotAudit::default() });
        assert!(of(0, 0).holds() && of(2, 2).holds());
        assert_eq!((of(1, 2).adrift, of(2, 1).adrift), (2, 2));
        assert_eq!((of(2, 3).over, of(2, 3).adrift), (2, 2));
        let lost = Occupied { service: String::new(), day: String::new(), minutes: "1".to_owned(), desk: true };
        let mut audit = of(2, 2);
        audit.add(&[], vec![lost]);
        assert_eq!(audit.adrift, 1);
        assert!(!SlotAudit { doubles: 1, ..SlotAudit::default() }.holds());
    }
}

//! When offices give places: openings, closures, and the slots that are made of them for the coming days.

mod preview;

use std::collections::BTreeMap;

use huizhi_domain::audit::Actor;
use huizhi_domain::calendar::Calendar;
use huizhi_domain::id::{ClosureId, OfficeId, StaffId};
use huizhi_domain::office::Span;
use huizhi_domain::visit::schedule::{Closure, Opening, PlannedSlot, check, slots_of_days};
use huizhi_domain::visit::zone::OfficeZone;
use huizhi_domain::visit::{Appointment, BookingPolicy, Slot};
use jiff::civil::Date;

pub use preview::{HitBooking, ScheduleEdit, SchedulePreview, SlotChange};

use crate::db::{change, read};
use crate::{Planned, Result, Store};

/// A closure that is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewClosure {
    /// The service that it is about; all of them without one.
    pub service: Option<String>,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The hours of each of the days; the whole of them without any.
    pub span: Option<Span>,
    /// Why, as citizens read it.
    pub reason: String,
}

/// A service of an office, and how far its slots are made.
#[derive(Clone, Debug)]
pub struct Line {
    pub office: OfficeId,
    pub service: String,
    /// `None` where all of them have to be made anew.
    pub made_to: Option<Date>,
    /// Which schedule they are made by.
    pub version: i64,
    pub policy: BookingPolicy,
}

impl Line {
    /// The last day whose slots are to be there: one more than can be booked, so that the first minute after midnight has its places.
    /// Yesterday where nothing can be booked.
    fn last_day(&self, today: Date, calendar: &Calendar) -> Date {
        let (first, last) = self.policy.bookable(today, calendar);
        if first > last { today.yesterday().unwrap_or(today) } else { calendar.next_working_day(last) }
    }
}

impl Store {
    /// The services that an office gives places for, in alphabetical order.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn office_services(&self, office: OfficeId) -> Result<Vec<String>> {
        read!(self.0.db, schedule::services(office))
    }

    /// The same of all offices, for a list.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn all_office_services(&self) -> Result<Vec<(OfficeId, String)>> {
        read!(self.0.db, schedule::all_services())
    }

    /// When an office gives places for a service, Monday first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn openings(&self, office: OfficeId, service: &str) -> Result<Vec<Opening>> {
        let service = service.to_owned();
        read!(self.0.db, schedule::openings(office, service))
    }

    /// Sets when an office gives places for a service; without openings it gives none. The slots follow with [`Self::open_slots`]. `None`
    /// as who did it is the operator at the machine.
    ///
    /// # Errors
    /// [`crate::StoreError::Opening`] for openings that can't stand together; [`crate::StoreError::Db`].
    pub async fn set_openings(
        &self,
        office: OfficeId,
        service: &str,
        openings: &[Opening],
        by: Option<StaffId>,
    ) -> Result<()> {
        check(openings).map_err(|(_, fault)| fault)?;
        let mut openings = openings.to_vec();
        openings.sort_by_key(|opening| (opening.weekday, opening.span.opens));
        if openings == self.openings(office, service).await? {
            return Ok(());
        }
        let actor = by.map_or(Actor::Service, Actor::Staff);
        let entry = self.entry(actor, "office.openings-set", &office, &[("service", service.into())]);
        let (keys, service) = (self.0.keys.clone(), service.to_owned());
        change!(self.0.db, schedule::set_openings(keys, office, service, openings, entry))
    }

    /// The closures of an office, the earliest first; those that are over too.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn closures(&self, office: OfficeId) -> Result<Vec<Closure>> {
        read!(self.0.db, schedule::closures(office))
    }

    /// Why an office does not serve at an appointment's time, as citizens read it; empty where no closure says so.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn why_closed(&self, appointment: &Appointment) -> Result<String> {
        let Appointment { office, service, slot, units, .. } = appointment;
        let slots = self.planned_slots(*office, service, slot.day, slot.day).await?;
        let length_min = slots.iter().find(|planned| planned.slot == *slot).map_or(1, |planned| planned.length_min);
        let time = Span { opens: slot.minute, closes: slot.minute + length_min * units };
        let closures = self.closures(*office).await?;
        let closure = closures.into_iter().find(|closure| closure.takes(service, slot.day, time));
        Ok(closure.map(|closure| closure.reason).unwrap_or_default())
    }

    /// Closes an office on days, or in hours of days; the same closure is not added twice. The slots follow with [`Self::open_slots`].
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn add_closure(&self, office: OfficeId, new: NewClosure, by: StaffId) -> Result<Closure> {
        let closure = self.closure_of(new);
        let is_same = |other: &Closure| Closure { id: closure.id, ..other.clone() } == closure;
        if let Some(there) = self.closures(office).await?.into_iter().find(is_same) {
            return Ok(there);
        }
        let entry =
            self.entry(Actor::Staff(by), "office.closed", &office, &[("closure", closure.id.to_string().into())]);
        let (keys, added) = (self.0.keys.clone(), closure.clone());
        change!(self.0.db, schedule::add_closure(keys, office, added, entry))?;
        Ok(closure)
    }

    /// Takes a closure back. The slots come back with [`Self::open_slots`].
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] for one that is not there.
    pub async fn remove_closure(&self, office: OfficeId, id: ClosureId, by: StaffId) -> Result<()> {
        let entry = self.entry(Actor::Staff(by), "office.reopened", &office, &[("closure", id.to_string().into())]);
        let keys = self.0.keys.clone();
        change!(self.0.db, schedule::remove_closure(keys, office, id, entry))
    }

    /// Makes the slots of the coming days where they are not there yet, and anew where a schedule was changed. Done twice it changes
    /// nothing; where nothing is to do it costs one read. Gives how many slots were made or changed.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn open_slots(&self, calendar: &Calendar) -> Result<usize> {
        let mut count = 0;
        for line in read!(self.0.db, schedule::lines())? {
            let planned = self.make(&line, calendar).await?;
            count += planned.made + planned.changed;
        }
        Ok(count)
    }

    /// The same, holding every slot that is there against its schedule: a calendar that came with a new version may have holidays that
    /// the old one did not know.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn open_slots_anew(&self, calendar: &Calendar) -> Result<usize> {
        let mut count = 0;
        for line in read!(self.0.db, schedule::lines())? {
            let planned = self.make(&Line { made_to: None, ..line }, calendar).await?;
            count += planned.made + planned.changed;
        }
        Ok(count)
    }

    /// The services of one office with how far their slots are made.
    async fn lines_of(&self, office: OfficeId) -> Result<Vec<Line>> {
        let lines = read!(self.0.db, schedule::lines())?;
        Ok(lines.into_iter().filter(|line| line.office == office).collect())
    }

    async fn make(&self, line: &Line, calendar: &Calendar) -> Result<Planned> {
        let (now, zone) = (self.now(), self.office_zone());
        let today = zone.wall(now).day;
        let last = line.last_day(today, calendar);
        if line.made_to.is_some_and(|made_to| made_to >= last) {
            return Ok(Planned::default());
        }
        let openings = self.openings(line.office, &line.service).await?;
        let closures = self.closures(line.office).await?;
        let slots: Vec<PlannedSlot> = if let Some(made_to) = line.made_to {
            let from = made_to.tomorrow().unwrap_or(made_to).max(today);
            let all = slots_of_days(&openings, &closures, &line.service, calendar, &zone, (from, last));
            all.into_iter().filter(|planned| planned.starts_at > now).collect()
        } else {
            let changes = self.due(line, &openings, &closures, calendar).await?;
            changes.into_iter().map(|change| change.after).collect()
        };
        let planned = if slots.is_empty() {
            Planned::default()
        } else {
            self.plan_slots(line.office, &line.service, &slots).await?
        };
        let line = line.clone();
        change!(self.0.db, schedule::made(line, last))?;
        Ok(planned)
    }

    /// What has to be planned so that the slots to come are those of a schedule: new ones, ones with other places, and, without any, ones
    /// that are no more. Slots that stand after the last day that can be booked are held against the schedule too.
    async fn due(
        &self,
        line: &Line,
        openings: &[Opening],
        closures: &[Closure],
        calendar: &Calendar,
    ) -> Result<Vec<SlotChange>> {
        let (now, zone) = (self.now(), self.office_zone());
        let today = zone.wall(now).day;
        let mut standing = self.planned_slots(line.office, &line.service, today, Date::MAX).await?;
        standing.retain(|planned| planned.starts_at > now);
        let last = line.last_day(today, calendar);
        let until = standing.last().map_or(last, |planned| last.max(planned.slot.day));
        let mut wanted = slots_of_days(openings, closures, &line.service, calendar, &zone, (today, until));
        wanted.retain(|planned| planned.starts_at > now);
        let by_slot = |slots: Vec<PlannedSlot>| -> BTreeMap<Slot, PlannedSlot> {
            slots.into_iter().map(|planned| (planned.slot, planned)).collect()
        };
        let (standing, wanted) = (by_slot(standing), by_slot(wanted));
        let change = |before: Option<PlannedSlot>, after| SlotChange { service: line.service.clone(), before, after };
        let coming = wanted.iter().map(|(slot, after)| change(standing.get(slot).copied(), *after));
        let mut changes: Vec<SlotChange> = coming.filter(|change| change.before != Some(change.after)).collect();
        let gone = standing
            .values()
            .filter(|before| before.places + before.staff_places > 0 && !wanted.contains_key(&before.slot))
            .map(|before| change(Some(*before), PlannedSlot { places: 0, staff_places: 0, ..*before }));
        changes.extend(gone);
        changes.sort_by_key(|change| change.after.slot);
        Ok(changes)
    }

    /// The clock on the offices' walls.
    #[must_use]
    pub fn office_zone(&self) -> OfficeZone {
        OfficeZone::of(self.0.zone)
    }

    fn closure_of(&self, new: NewClosure) -> Closure {
        let NewClosure { service, from, to, span, reason } = new;
        let id = ClosureId::new(self.now(), &mut self.0.random.draw());
        Closure { id, service, from, to, span, reason }
    }
}

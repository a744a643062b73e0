//! What a change of a schedule would do, before it is done, and doing it.

use huizhi_domain::calendar::Calendar;
use huizhi_domain::id::{AppointmentId, ClosureId, OfficeId, StaffId};
use huizhi_domain::visit::schedule::{Closure, Opening, PlannedSlot};
use huizhi_domain::visit::{AppointmentNumber, BookingPolicy, Slot};
use jiff::civil::Date;

use super::{Line, NewClosure};
use crate::{Planned, Result, Store, StoreError};

/// A change of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleEdit {
    /// Other openings for a service.
    Openings {
        /// The service.
        service: String,
        /// All its openings from now on.
        openings: Vec<Opening>,
    },
    /// Closed on days, or in hours of days.
    Close(NewClosure),
    /// A closure taken back.
    Reopen(ClosureId),
}

/// A slot that becomes another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotChange {
    /// The service.
    pub service: String,
    /// What it is; `None` for one that is new.
    pub before: Option<PlannedSlot>,
    /// What it becomes; without places where it goes.
    pub after: PlannedSlot,
}

/// A booking that would lose its place. Nobody's name is needed to see what a change does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HitBooking {
    /// Its number.
    pub number: AppointmentNumber,
    /// Its service.
    pub service: String,
    /// When it is.
    pub slot: Slot,
}

/// What a change would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchedulePreview {
    /// The last day that has slots, or gets them; what is changed for later days shows when they come.
    pub until: Date,
    /// Slots that come, go, or get other places, in the order of time.
    pub changes: Vec<SlotChange>,
    /// Bookings that would lose their place, in the order of time.
    pub hits: Vec<HitBooking>,
    /// Holds that would end.
    pub holds: usize,
    /// Bookings that lost their place before and would have one again.
    pub supported: usize,
}

/// The schedule of a service as it would be.
struct Proposed {
    line: Line,
    openings: Vec<Opening>,
    closures: Vec<Closure>,
}

impl Store {
    /// What a change of an office's schedule would do.
    ///
    /// # Errors
    /// [`StoreError::Absent`] for a closure that is not there; [`StoreError::Db`].
    pub async fn preview_schedule(
        &self,
        office: OfficeId,
        edit: &ScheduleEdit,
        calendar: &Calendar,
    ) -> Result<SchedulePreview> {
        let today = self.office_zone().wall(self.now()).day;
        let mut preview =
            SchedulePreview { until: today, changes: Vec::new(), hits: Vec::new(), holds: 0, supported: 0 };
        for proposed in self.proposed(office, edit).await? {
            let Proposed { line, openings, closures } = proposed;
            let changes = self.due(&line, &openings, &closures, calendar).await?;
            let slots: Vec<PlannedSlot> = changes.iter().map(|change| change.after).collect();
            let planned = if slots.is_empty() {
                Planned::default()
            } else {
                self.preview_slots(office, &line.service, &slots).await?
            };
            let last = changes.last().map_or(today, |change| change.after.slot.day);
            preview.until = preview.until.max(line.last_day(today, calendar)).max(last);
            preview.holds += planned.dropped.len();
            preview.supported += planned.supported.len();
            preview.hits.extend(self.hits(&planned.stranded).await?);
            preview.changes.extend(changes);
        }
        preview.changes.sort_by(|a, b| (a.after.slot, &a.service).cmp(&(b.after.slot, &b.service)));
        preview.hits.sort_by(|a, b| (a.slot, &a.service).cmp(&(b.slot, &b.service)));
        Ok(preview)
    }

    /// Changes an office's schedule, and its slots with it. Bookings that lose their place are stranded and told. The same change once
    /// more changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Opening`] for openings that can't stand together; [`StoreError::Db`].
    pub async fn apply_schedule(
        &self,
        office: OfficeId,
        edit: ScheduleEdit,
        by: StaffId,
        calendar: &Calendar,
    ) -> Result<Planned> {
        match edit {
            ScheduleEdit::Openings { service, openings } => {
                self.set_openings(office, &service, &openings, Some(by)).await?;
            }
            ScheduleEdit::Close(new) => {
                self.add_closure(office, new, by).await?;
            }
            ScheduleEdit::Reopen(id) => match self.remove_closure(office, id, by).await {
                Ok(()) | Err(StoreError::Absent(_)) => {}
                Err(error) => return Err(error),
            },
        }
        let mut done = Planned::default();
        for line in self.lines_of(office).await? {
            let planned = self.make(&line, calendar).await?;
            done.made += planned.made;
            done.changed += planned.changed;
            done.dropped.extend(planned.dropped);
            done.stranded.extend(planned.stranded);
            done.supported.extend(planned.supported);
        }
        Ok(done)
    }

    /// The schedules that a change would give, of each service that it is about.
    async fn proposed(&self, office: OfficeId, edit: &ScheduleEdit) -> Result<Vec<Proposed>> {
        let mut closures = self.closures(office).await?;
        let service = match edit {
            ScheduleEdit::Openings { service, .. } => Some(service.clone()),
            ScheduleEdit::Close(new) => {
                closures.push(self.closure_of(new.clone()));
                new.service.clone()
            }
            ScheduleEdit::Reopen(id) => {
                let at = closures.iter().position(|closure| closure.id == *id);
                closures.remove(at.ok_or(StoreError::Absent("closure"))?).service
            }
        };
        let mut lines = self.lines_of(office).await?;
        if let Some(service) = &service {
            lines.retain(|line| line.service == *service);
            if lines.is_empty() {
                lines.push(self.first_line(office, service).await?);
            }
        }
        let mut all = Vec::new();
        for line in lines {
            let openings = match edit {
                ScheduleEdit::Openings { openings, .. } => openings.clone(),
                ScheduleEdit::Close(_) | ScheduleEdit::Reopen(_) => self.openings(office, &line.service).await?,
            };
            all.push(Proposed { line, openings, closures: closures.clone() });
        }
        Ok(all)
    }

    /// A service that the office gives no places for yet.
    async fn first_line(&self, office: OfficeId, service: &str) -> Result<Line> {
        let policy: BookingPolicy = self.booking_policy(office).await?;
        Ok(Line { office, service: service.to_owned(), made_to: None, version: 0, policy })
    }

    async fn hits(&self, ids: &[AppointmentId]) -> Result<Vec<HitBooking>> {
        let mut hits = Vec::new();
        for id in ids {
            if let Some(it) = self.appointment(*id).await? {
                hits.push(HitBooking { number: it.number, service: it.service, slot: it.slot });
            }
        }
        Ok(hits)
    }
}

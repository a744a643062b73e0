//! Photos that windows take (现场拍照): the order that each begins. What follows is an order like any other.

use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AppointmentId, OfficeId, OrderId, StaffId};
use huizhi_domain::visit::Appointment;

use crate::db::{act, read};
use crate::{ApplicantRecord, NewOrder, Result, Store};

/// A photo that a window is about to take.
#[derive(Clone, Debug)]
pub struct NewWindowPhoto<'a> {
    /// Whose visit it is.
    pub appointment: &'a Appointment,
    /// The document, and the city that issues it.
    pub order: NewOrder,
    /// Who they are, with their consent.
    pub applicant: &'a ApplicantRecord,
    /// The office.
    pub office: OfficeId,
    /// The clerk.
    pub staff: StaffId,
}

/// Its row.
#[derive(Clone)]
pub struct Taking {
    pub appointment: AppointmentId,
    pub office: OfficeId,
    pub staff: StaffId,
    pub at: Moment,
}

impl Store {
    /// Begins the order of a photo that a window takes; where one of this visit runs, gives that. Whose account made the appointment
    /// holds the order too.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] where the appointment was erased meanwhile.
    pub async fn begin_window_photo(&self, new: NewWindowPhoto<'_>) -> Result<OrderId> {
        let NewWindowPhoto { appointment, order, applicant, office, staff } = new;
        let visitor = appointment.account.map(|account| self.account_visitor(account).bytes());
        let (begun, _, entry) = self.draw_order(order, visitor, false, None);
        let sealed = self.seal_applicant(begun.order.id, applicant);
        let detail = [("appointment", appointment.id.to_string().into()), ("office", office.to_string().into())];
        let taken = self.entry(self.1.actor, "order.taken-at-window", &begun.order.id, &detail);
        let taking = Taking { appointment: appointment.id, office, staff, at: entry.at };
        let (keys, entries) = (self.0.keys.clone(), (entry, taken));
        act!(self, window_photo::begin(keys, taking, begun, sealed, entries))
    }

    /// The order of the photo that a window took of a visit last.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn window_photo_of(&self, appointment: AppointmentId) -> Result<Option<OrderId>> {
        read!(self.0.db, window_photo::of(appointment))
    }
}

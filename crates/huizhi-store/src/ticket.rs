//! Tickets of the hall: arrivals, calls, and the passes that windows read.

use huizhi_domain::audit::{Actor, Entry};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AppointmentId, MessageId, OfficeId, StaffId, TicketId};
use huizhi_domain::visit::Appointment;
use huizhi_domain::visit::check_in::CheckInError;
use huizhi_domain::visit::pass::{self, Pass};
use huizhi_domain::visit::ticket::{Act, Desk, PATIENCE_MS, Ticket, TicketError, TicketState};
use jiff::civil::Date;
use serde_json::Value;

use crate::db::{change, read};
use crate::{Result, Store, StoreError};

/// Somebody with an appointment who came.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The appointment.
    pub appointment: AppointmentId,
    /// The office where they came.
    pub office: OfficeId,
    /// When; earlier than now where the desk had no line.
    pub at: Moment,
    /// The desk's name for it, drawn at random: what is sent twice is done once.
    pub key: Option<String>,
    /// Whether they were served already, while there was no line.
    pub served: bool,
    /// Who says so.
    pub staff: StaffId,
}

/// What an arrival leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckedIn {
    /// A ticket.
    Now(Ticket),
    /// The ticket of before: they had arrived already, or the same was said twice.
    Before(Ticket),
}

impl CheckedIn {
    /// The ticket.
    #[must_use]
    pub const fn ticket(&self) -> &Ticket {
        match self {
            Self::Now(ticket) | Self::Before(ticket) => ticket,
        }
    }
}

/// Somebody who came without an appointment.
#[derive(Clone, Debug)]
pub struct WalkIn {
    /// The office.
    pub office: OfficeId,
    /// The service.
    pub service: String,
    /// What they come for.
    pub business: String,
    /// The form's name for it, drawn at random: what is sent twice is done once.
    pub key: Option<String>,
    /// Who gave the ticket.
    pub staff: StaffId,
}

/// What a window does with a ticket, on its way to the table.
#[derive(Clone)]
pub struct Press {
    pub id: TicketId,
    pub act: Act,
    pub desk: Desk,
    pub staff: StaffId,
    /// The id of the message that may follow.
    pub message: MessageId,
}

impl Store {
    /// Checks somebody in: the appointment has arrived, and they have a ticket; both or neither.
    ///
    /// # Errors
    /// [`StoreError::Absent`] for no such appointment.
    pub async fn check_in(&self, arrival: Arrival) -> Result<std::result::Result<CheckedIn, CheckInError>> {
        let id = TicketId::new(self.now(), &mut self.0.random.draw());
        let detail: [(&str, Value); 2] =
            [("appointment", arrival.appointment.to_string().into()), ("office", arrival.office.to_string().into())];
        let entry = self.entry(Actor::Staff(arrival.staff), "ticket.given", &id, &detail);
        let (keys, zone) = (self.0.keys.clone(), self.0.zone);
        change!(self.0.db, ticket::check_in(keys, arrival, id, zone, entry))
    }

    /// Gives somebody a ticket who has no appointment.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn walk_in(&self, walk_in: WalkIn) -> Result<Ticket> {
        let now = self.now();
        let id = TicketId::new(now, &mut self.0.random.draw());
        let detail: [(&str, Value); 1] = [("office", walk_in.office.to_string().into())];
        let entry = self.entry(Actor::Staff(walk_in.staff), "ticket.given", &id, &detail);
        let ticket = Ticket {
            id,
            office: walk_in.office,
            service: walk_in.service,
            business: walk_in.business,
            day: self.today(),
            // The row gets the next one of the day.
            ordinal: 0,
            appointment: None,
            state: TicketState::Waiting,
            window: None,
            for_window: None,
            due_at: now.after_ms(PATIENCE_MS),
            calls: 0,
            arrived_at: now,
            called_at: None,
            done_at: None,
            outcome: None,
        };
        let (keys, key) = (self.0.keys.clone(), walk_in.key);
        change!(self.0.db, ticket::walk_in(keys, ticket, key, entry))
    }

    /// Calls who is next, of one service or of all; `None` where nobody waits. Two windows that ask at the same moment get two people.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn call_next(
        &self,
        desk: &Desk,
        service: Option<&str>,
        staff: StaffId,
    ) -> Result<std::result::Result<Option<Ticket>, TicketError>> {
        match self.call_once(desk, service, staff).await {
            // The same window pressed twice: the second time it is seen to be busy.
            Err(StoreError::Conflict(_)) => self.call_once(desk, service, staff).await,
            said => said,
        }
    }

    async fn call_once(
        &self,
        desk: &Desk,
        service: Option<&str>,
        staff: StaffId,
    ) -> Result<std::result::Result<Option<Ticket>, TicketError>> {
        let entry = self.of_ticket(&Act::Call, &"", desk, staff);
        let (keys, desk, service) = (self.0.keys.clone(), desk.clone(), service.unwrap_or_default().to_owned());
        change!(self.0.db, ticket::call_next(keys, desk, service, staff, entry))
    }

    /// Does something with a ticket. Where that ends an appointment's visit, the appointment ends with it.
    ///
    /// # Errors
    /// [`StoreError::Absent`] for no such ticket.
    pub async fn act_on_ticket(
        &self,
        id: TicketId,
        act: Act,
        desk: &Desk,
        staff: StaffId,
    ) -> Result<std::result::Result<Ticket, TicketError>> {
        let entry = self.of_ticket(&act, &id, desk, staff);
        let message = MessageId::new(entry.at, &mut self.0.random.draw());
        let (keys, press) = (self.0.keys.clone(), Press { id, act, desk: desk.clone(), staff, message });
        change!(self.0.db, ticket::act(keys, press, entry))
    }

    /// A ticket.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>> {
        read!(self.0.db, ticket::find(id))
    }

    /// The ticket of an appointment, once it arrived.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn ticket_of(&self, appointment: AppointmentId) -> Result<Option<Ticket>> {
        read!(self.0.db, ticket::of_appointment(appointment))
    }

    /// Who waits, is called or is served at an office on a day, in the order in which they are called.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn hall(&self, office: OfficeId, day: Date) -> Result<Vec<Ticket>> {
        read!(self.0.db, ticket::hall(office, day))
    }

    /// The windows of an office that are at work today. Who waits for another one may be called by any.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn working_windows(&self, office: OfficeId) -> Result<Vec<String>> {
        let (day, now) = (self.today(), self.now());
        read!(self.0.db, ticket::working(office, day, now))
    }

    /// All tickets of an office and a day, by number.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn tickets_on(&self, office: OfficeId, day: Date) -> Result<Vec<Ticket>> {
        read!(self.0.db, ticket::on_day(office, day))
    }

    /// The signed pass of an appointment. The same appointment at the same time has the same pass.
    #[must_use]
    pub fn visit_pass(&self, appointment: &Appointment) -> String {
        let pass = Pass {
            v: 1,
            id: appointment.id,
            n: appointment.number.to_string(),
            o: appointment.office,
            b: appointment.business.clone(),
            t: appointment.slot.to_string(),
            at: appointment.starts_at.0 / 1000,
        };
        let signer = &self.0.keys.signer;
        signer.token(&pass::to_be_signed(&pass, signer.id()))
    }

    /// What a pass says, if its signature is ours.
    #[must_use]
    pub fn read_pass(&self, token: &str) -> Option<Pass> {
        pass::read(&self.0.keys.verifier, token).ok()
    }

    fn of_ticket(&self, act: &Act, id: &impl std::fmt::Display, desk: &Desk, staff: StaffId) -> Entry {
        let detail: [(&str, Value); 1] = [("office", desk.office.to_string().into())];
        self.entry(Actor::Staff(staff), act.word(), id, &detail)
    }
}

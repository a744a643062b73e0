//! Appointments: who has which place. What is asked for is decided in batches, by one task of the process (`appointment/worker.rs`).
//!
//! The bodies follow; these are the signatures.

pub struct Ask {
    pub office: OfficeId,
    pub service: String,
    pub business: String,
    pub slot: Slot,
    /// Counts with [`Rights::Desk`] only; otherwise the business says how many.
    pub units: i32,
    pub visitor: Visitor,
    pub account: Option<AccountId>,
    pub person: Option<PersonId>,
    pub rights: Rights,
    pub lang: Lang,
    /// The same key of the same person is answered as the first time.
    pub once: Option<String>,
    /// `Store::session_key(token)`: the session must live, and be the account's.
    pub session: Option<Vec<u8>>,
}

pub struct Given {
    pub appointment: Appointment,
    pub code: String,
}

/// What a plan of slots did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Planned {
    /// Slots that are new.
    pub made: usize,
    /// Slots that have another count of places.
    pub changed: usize,
    /// Holds that were dropped, before any booking is.
    pub dropped: Vec<AppointmentId>,
    /// Bookings that lose their place, the newest first.
    pub stranded: Vec<AppointmentId>,
    /// Stranded ones that have a place again, the oldest first.
    pub supported: Vec<AppointmentId>,
}

pub type Answer<T> = Result<std::result::Result<T, Refused>>;

impl Store {
    pub fn person_key(&self, number: &IdNumber) -> Vec<u8>;
    pub fn session_key(&self, token: &str) -> Vec<u8>;

    pub async fn hold(&self, ask: Ask) -> Answer<Given>;
    pub async fn book(&self, ask: Ask) -> Answer<Given>;
    pub async fn confirm(&self, id: AppointmentId, by: By) -> Answer<Given>;
    pub async fn cancel_appointment(&self, id: AppointmentId, by: By) -> Answer<Appointment>;
    pub async fn move_appointment(&self, id: AppointmentId, to: Slot, by: By) -> Answer<Given>;
    pub async fn set_visit_state(&self, id: AppointmentId, state: State, staff: Option<StaffId>) -> Answer<Appointment>;

    pub async fn appointment(&self, id: AppointmentId) -> Result<Option<Appointment>>;
    pub async fn appointments_of(&self, account: AccountId) -> Result<Vec<Appointment>>;
    pub async fn appointment_by_number(&self, number: &AppointmentNumber) -> Result<Option<Appointment>>;
    /// Counts a wrong code; `NotYours` for it, and for a number that does not exist.
    pub async fn appointment_by_code(&self, number: &AppointmentNumber, code: &str) -> Answer<Appointment>;
    pub async fn appointments_by_person(&self, office: OfficeId, day: Date, name: &str, last_four: &str) -> Result<Vec<Appointment>>;
    pub async fn appointments_on(&self, office: OfficeId, day: Date) -> Result<Vec<Appointment>>;
    pub async fn visitor_of(&self, id: AppointmentId) -> Result<Option<Visitor>>;
    pub async fn code_of(&self, id: AppointmentId) -> Result<Option<String>>;

    /// Slots to come that have public places, in the order of time; full ones too (`left() == 0`).
    pub async fn free(&self, office: OfficeId, service: &str, from: Date, to: Date) -> Result<Vec<Free>>;
    pub async fn next_free(&self, service: &str, from: Date, to: Date) -> Result<Vec<Free>>;

    /// Makes slots, or changes how many places they have. Only the slots given are touched: one that is no more is given with 0 places.
    pub async fn plan_slots(&self, office: OfficeId, service: &str, slots: &[PlannedSlot]) -> Result<Planned>;
    /// What `plan_slots` would do.
    pub async fn preview_slots(&self, office: OfficeId, service: &str, slots: &[PlannedSlot]) -> Result<Planned>;
    /// The slots of an office's service on days, with the places that they have now, public and desk's.
    pub async fn planned_slots(&self, office: OfficeId, service: &str, from: Date, to: Date) -> Result<Vec<PlannedSlot>>;

    pub async fn expire_holds(&self) -> Result<usize>;
    pub async fn mark_missed(&self) -> Result<usize>;
    pub async fn booking_policy(&self, office: OfficeId) -> Result<BookingPolicy>;
    pub async fn set_booking_policy(&self, office: OfficeId, policy: BookingPolicy, by: StaffId) -> Result<()>;

    pub async fn visit_messages_of(&self, account: AccountId) -> Result<Vec<VisitMessage>>;
    pub async fn read_visit_message(&self, account: AccountId, id: MessageId) -> Result<()>;
    /// Writes a message beside a change, such as a reminder; `false` where the same was told at the same moment.
    pub async fn tell_visit(&self, id: AppointmentId, happening: VisitHappening) -> Result<bool>;
}

//! Showing appointments and free places.

use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::audit::Actor;
use huizhi_domain::id::{AccountId, AppointmentId, MessageId, OfficeId, StaffId};
use huizhi_domain::visit::ledger::Booking;
use huizhi_domain::visit::{
    Appointment, AppointmentNumber, BookingPolicy, Free, VisitHappening, VisitMessage, Visitor,
};
use jiff::civil::Date;

use crate::db::{change, read};
use crate::{Result, Store};

impl Store {
    /// The keyed hash by which a person is found, whoever asks for them.
    #[must_use]
    pub fn person_key(&self, number: &IdNumber) -> Vec<u8> {
        self.0.keys.ring.index("visit person", number.as_str()).to_vec()
    }

    /// The keyed hash of an account session's token, for [`crate::Ask::session`].
    #[must_use]
    pub fn session_key(&self, token: &str) -> Vec<u8> {
        self.account_token(token)
    }

    /// An appointment.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn appointment(&self, id: AppointmentId) -> Result<Option<Appointment>> {
        Ok(read!(self.0.db, appointment::find(id))?.map(|it| it.appointment))
    }

    /// The appointments of an account, the newest day first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn appointments_of(&self, account: AccountId) -> Result<Vec<Appointment>> {
        Ok(shown(read!(self.0.db, appointment::of_account(account))?))
    }

    /// The appointment of a number.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn appointment_by_number(&self, number: &AppointmentNumber) -> Result<Option<Appointment>> {
        Ok(read!(self.0.db, appointment::by_number(number.as_str().to_owned()))?.map(|it| it.appointment))
    }

    /// The appointments at an office on a day of somebody who says their name and the last four characters of their number.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn appointments_by_person(
        &self,
        office: OfficeId,
        day: Date,
        name: &str,
        last_four: &str,
    ) -> Result<Vec<Appointment>> {
        // A name that is none is nobody's.
        let Ok(name) = PersonName::parse(name) else { return Ok(Vec::new()) };
        let who = self.who_key(name.as_str(), &last_four.trim().to_ascii_uppercase());
        Ok(shown(read!(self.0.db, appointment::by_who(office, day, who))?))
    }

    /// The appointments at an office on a day, in the order of time.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn appointments_on(&self, office: OfficeId, day: Date) -> Result<Vec<Appointment>> {
        Ok(shown(read!(self.0.db, appointment::on(office, day))?))
    }

    /// Who comes; `None` where it was erased.
    ///
    /// # Errors
    /// [`crate::StoreError::Seal`].
    pub async fn visitor_of(&self, id: AppointmentId) -> Result<Option<Visitor>> {
        Ok(self.details(id).await?.map(|it| it.visitor))
    }

    /// The code of an appointment, for its owner; `None` where it was erased.
    ///
    /// # Errors
    /// [`crate::StoreError::Seal`].
    pub async fn code_of(&self, id: AppointmentId) -> Result<Option<String>> {
        Ok(self.details(id).await?.map(|it| it.code))
    }

    /// Slots to come that have public places, in the order of time; full ones too. Holds that have ended are not counted.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn free(&self, office: OfficeId, service: &str, from: Date, to: Date) -> Result<Vec<Free>> {
        let now = self.now();
        read!(self.0.db, appointment::free(office, service.to_owned(), from, to, now))
    }

    /// The first slot with a free place of each office that has one, the earliest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn next_free(&self, service: &str, from: Date, to: Date) -> Result<Vec<Free>> {
        let now = self.now();
        let all: Vec<Free> = read!(self.0.db, appointment::next_free(service.to_owned(), from, to, now))?;
        let mut seen = std::collections::BTreeSet::new();
        Ok(all.into_iter().filter(|it| it.left() > 0 && seen.insert(it.office)).collect())
    }

    /// The rules of an office.
    ///
    /// # Errors
    /// [`crate::StoreError::Row`] for rules that no version of this program wrote.
    pub async fn booking_policy(&self, office: OfficeId) -> Result<BookingPolicy> {
        let all: Vec<(OfficeId, BookingPolicy)> = read!(self.0.db, appointment::policies())?;
        Ok(all.into_iter().find(|(of, _)| *of == office).map(|(_, policy)| policy).unwrap_or_default())
    }

    /// Sets the rules of an office. They hold from the next wish on.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`], also for an office that does not exist.
    pub async fn set_booking_policy(&self, office: OfficeId, policy: BookingPolicy, by: StaffId) -> Result<()> {
        let entry = self.entry(Actor::Staff(by), "office.booking-policy-set", &office, &[]);
        let (keys, policy) = (self.0.keys.clone(), serde_json::to_string(&policy).unwrap_or_default());
        change!(self.0.db, appointment::set_policy(keys, office, policy, entry))
    }

    /// What an account was told of its appointments, newest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn visit_messages_of(&self, account: AccountId) -> Result<Vec<VisitMessage>> {
        read!(self.0.db, visit_message::of_account(account))
    }

    /// Marks a message of an account as read.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn read_visit_message(&self, account: AccountId, id: MessageId) -> Result<()> {
        let now = self.now();
        change!(self.0.db, visit_message::mark_read(account, id, now))
    }

    /// Tells the account of an appointment something, such as a reminder. `false` where nobody is to be told, or was at this moment.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn tell_visit(&self, id: AppointmentId, happening: VisitHappening) -> Result<bool> {
        let Some(appointment) = self.appointment(id).await? else { return Ok(false) };
        let Some(account) = appointment.account else { return Ok(false) };
        let at = self.now();
        let message = VisitMessage {
            id: MessageId::new(at, &mut self.0.random.draw()),
            appointment: id,
            account,
            happening,
            slot: Some(appointment.slot),
            at,
            read_at: None,
        };
        change!(self.0.db, visit_message::tell(message))
    }

    pub(crate) fn who_key(&self, name: &str, last_four: &str) -> Vec<u8> {
        self.0.keys.ring.index("visit who", &format!("{name} {last_four}")).to_vec()
    }

    /// The keyed hash of a code as it was typed: full width made plain, spaces dropped.
    pub(crate) fn code_key(&self, id: AppointmentId, code: &str) -> Vec<u8> {
        let plain: String = code
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| match u32::from(c).checked_sub(0xFF10) {
                Some(digit @ 0..=9) => char::from_digit(digit, 10).unwrap_or(c),
                _ => c,
            })
            .collect();
        self.0.keys.ring.index("visit code", &format!("{id} {plain}")).to_vec()
    }

    /// The keyed hash of a request's key. Accounts and persons do not meet: a key that somebody guesses answers nothing.
    pub(crate) fn once_key(&self, account: Option<AccountId>, person: &[u8], key: &str) -> Vec<u8> {
        use std::fmt::Write as _;
        let mut text = account.map(|id| id.to_string()).unwrap_or_default();
        for byte in person {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        text.push(' ');
        text.push_str(key);
        self.0.keys.ring.index("visit once", &text).to_vec()
    }
}

fn shown(bookings: Vec<Booking>) -> Vec<Appointment> {
    bookings.into_iter().map(|it| it.appointment).collect()
}

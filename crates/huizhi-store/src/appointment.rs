//! Appointments: who has which place. What is asked for is decided in batches, by one task of the process (`appointment/worker.rs`).

mod plan;
mod show;
mod wish;
mod worker;

use std::sync::{Arc, PoisonError};

use huizhi_domain::audit::Actor;
use huizhi_domain::id::{AccountId, AppointmentId, OfficeId, PersonId, StaffId};
use huizhi_domain::visit::ledger::{Booking, Hand, New, Spot};
use huizhi_domain::visit::{Appointment, AppointmentNumber, By, Needed, Refused, Rights, Slot, State, Visitor};
use huizhi_domain::words::Lang;
use rand_core::Rng as _;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::db::read;
use crate::{Inner, Result, Store, StoreError};

pub use huizhi_domain::visit::ledger::Planned;
pub(crate) use wish::{Sealed, Terms, Wish};
pub(crate) use worker::{WAITING, Waiting, raced, work};

/// Numbers of six digits.
const CODES: u32 = 1_000_000;

/// What somebody asks for.
#[derive(Clone)]
pub struct Ask {
    /// Where.
    pub office: OfficeId,
    /// The service whose places are wanted.
    pub service: String,
    /// What for.
    pub business: String,
    /// When.
    pub slot: Slot,
    /// How many consecutive places; counts with [`Rights::Desk`] only, otherwise the business says it.
    pub units: i32,
    /// Who comes.
    pub visitor: Visitor,
    /// The account that asks.
    pub account: Option<AccountId>,
    /// For whom of the account.
    pub person: Option<PersonId>,
    /// Which places may be given.
    pub rights: Rights,
    /// The language of who asks.
    pub lang: Lang,
    /// A key of the request: the same key for the same person is answered as the first time.
    pub once: Option<String>,
    /// [`Store::session_key`] of the session that asks: it must live, and be the account's, in the transaction that books.
    pub session: Option<Vec<u8>>,
}

/// What was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The appointment.
    pub appointment: Appointment,
    /// Its code, six digits: for its owner only.
    pub code: String,
}

/// What is answered: what was wanted, or why not. The outer error is a fault of ours.
pub type Answer<T> = Result<std::result::Result<T, Refused>>;

/// What is sealed in an appointment's row.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Details {
    visitor: Visitor,
    code: String,
}

impl Inner {
    /// What a batch is decided with, now.
    pub(crate) fn terms(&self) -> Terms {
        let now = self.clock.now();
        Terms {
            now,
            wall: Slot { day: now.day(self.zone), minute: now.minute(self.zone) },
            calendar: Arc::clone(&self.calendar.read().unwrap_or_else(PoisonError::into_inner)),
            keys: self.keys.clone(),
            random: self.random.clone(),
        }
    }
}

impl Store {
    /// Holds a place for a few minutes, as long as the office's rules say.
    ///
    /// # Errors
    /// [`StoreError::Db`], [`StoreError::Stopped`].
    pub async fn hold(&self, ask: Ask) -> Answer<Given> {
        self.ask_for(ask, true).await
    }

    /// Books a place.
    ///
    /// # Errors
    /// [`StoreError::Db`], [`StoreError::Stopped`].
    pub async fn book(&self, ask: Ask) -> Answer<Given> {
        self.ask_for(ask, false).await
    }

    /// Confirms a hold.
    ///
    /// # Errors
    /// [`StoreError::Db`], [`StoreError::Stopped`].
    pub async fn confirm(&self, id: AppointmentId, by: By) -> Answer<Given> {
        let decided = self.wish(Wish::Confirm(id, self.hand(id, by))).await?;
        self.given(decided).await
    }

    /// Cancels an appointment. Its places are free in the same transaction, or wait for the waiting list where the office wants it.
    ///
    /// # Errors
    /// [`StoreError::Db`], [`StoreError::Stopped`].
    pub async fn cancel_appointment(&self, id: AppointmentId, by: By) -> Answer<Appointment> {
        let decided = self.wish(Wish::Cancel(id, self.hand(id, by))).await?;
        Ok(decided.map(|booking| booking.appointment))
    }

    /// Moves an appointment to another slot of the same office and service, or leaves it where it is. Number and code stay.
    ///
    /// # Errors
    /// [`StoreError::Db`], [`StoreError::Stopped`].
    pub async fn move_appointment(&self, id: AppointmentId, to: Slot, by: By) -> Answer<Given> {
        let decided = self.wish(Wish::Move(id, to, self.hand(id, by))).await?;
        if matches!(decided, Err(Refused::Full { .. }))
            && let Some(there) = self.appointment(id).await?
        {
            let spot = Spot { office: there.office, service: there.service, slot: to };
            return Ok(Err(Refused::Full { alternatives: worker::alternatives(&self.0, &spot).await? }));
        }
        self.given(decided).await
    }

    /// Notes what came of a visit: arrived, done or missed.
    ///
    /// # Errors
    /// [`StoreError::Db`], [`StoreError::Stopped`].
    pub async fn set_visit_state(
        &self,
        id: AppointmentId,
        state: State,
        staff: Option<StaffId>,
    ) -> Answer<Appointment> {
        let actor = staff.map_or(Actor::Service, Actor::Staff);
        let decided = self.wish(Wish::Visit(id, state, actor)).await?;
        Ok(decided.map(|booking| booking.appointment))
    }

    /// The appointment of a number, for who knows its code. Wrong codes are counted, and after five of a day none is compared; the answer
    /// is the same, and the same as for a number that does not exist.
    ///
    /// # Errors
    /// [`StoreError::Db`], [`StoreError::Stopped`].
    pub async fn appointment_by_code(&self, number: &AppointmentNumber, code: &str) -> Answer<Appointment> {
        let Some(found) = self.appointment_by_number(number).await? else { return Ok(Err(Refused::NotYours)) };
        let hand = self.hand(found.id, By::Code { code: code.to_owned() });
        let decided = self.wish(Wish::Show(found.id, hand)).await?;
        Ok(decided.map(|booking| booking.appointment))
    }

    async fn ask_for(&self, ask: Ask, held: bool) -> Answer<Given> {
        let Some(units) = self.units(&ask) else { return Ok(Err(Refused::Unknown)) };
        let now = self.now();
        let id = AppointmentId::new(now, &mut self.0.random.draw());
        let number = AppointmentNumber::draw(&mut self.0.random.draw());
        let code = self.draw_code();
        let ring = &self.0.keys.ring;
        let person_key = self.person_key(&ask.visitor.number);
        let who_key = self.who_key(ask.visitor.name.as_str(), ask.visitor.number.last_four());
        let once = ask.once.as_ref().map(|key| self.once_key(ask.account, &person_key, key));
        let details = Details { visitor: ask.visitor, code: code.clone() };
        let plain = Zeroizing::new(serde_json::to_vec(&details).unwrap_or_default());
        let details = ring.seal(&about(id), &plain, &mut self.0.random.draw());
        let new = New {
            id,
            number,
            spot: Spot { office: ask.office, service: ask.service, slot: ask.slot },
            business: ask.business,
            units,
            held,
            account: ask.account,
            person: ask.person,
            person_key,
            rights: ask.rights,
            lang: ask.lang,
            code: self.code_key(id, &code),
            once: once.clone(),
            session: ask.session,
            actor: self.1.actor,
        };
        let decided = self.wish(Wish::Book(Box::new(new), Sealed { who_key, details, once })).await?;
        match decided {
            Ok(booking) if booking.appointment.id == id => Ok(Ok(Given { appointment: booking.appointment, code })),
            other => self.given(other).await,
        }
    }

    /// How many places a business takes. A public caller has no say in it.
    fn units(&self, ask: &Ask) -> Option<i32> {
        let businesses = Arc::clone(&self.0.businesses.read().unwrap_or_else(PoisonError::into_inner));
        let business = businesses.get(&ask.business)?;
        if business.service != ask.service || business.booking == Needed::NotNeeded {
            return None;
        }
        Some(if ask.rights == Rights::Desk { ask.units.max(1) } else { business.units })
    }

    /// Asks the worker, and waits.
    async fn wish(&self, wish: Wish) -> Answer<Booking> {
        let (reply, answer) = oneshot::channel();
        self.0.booking.send(Waiting { wish, reply }).await.map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::Stopped)?
    }

    /// What was given, with the code out of its row.
    async fn given(&self, decided: std::result::Result<Booking, Refused>) -> Answer<Given> {
        let appointment = match decided {
            Ok(booking) => booking.appointment,
            Err(refused) => return Ok(Err(refused)),
        };
        let code = self.code_of(appointment.id).await?.ok_or(StoreError::Absent("code"))?;
        Ok(Ok(Given { appointment, code }))
    }

    fn hand(&self, id: AppointmentId, by: By) -> Hand {
        match by {
            By::Account(account) => Hand::Account(account, self.1.actor),
            By::Code { code } => Hand::Code(self.code_key(id, &code), self.1.actor),
            By::Staff(staff) => Hand::Staff(staff),
            By::Service => Hand::Service,
        }
    }

    fn draw_code(&self) -> String {
        // Numbers above the last whole million would make some codes likelier.
        let most = u32::MAX - u32::MAX % CODES;
        let mut random = self.0.random.draw();
        loop {
            let drawn = random.next_u32();
            if drawn < most {
                return format!("{:06}", drawn % CODES);
            }
        }
    }

    async fn details(&self, id: AppointmentId) -> Result<Option<Details>> {
        let Some(sealed) = read!(self.0.db, appointment::sealed(id))? else { return Ok(None) };
        let plain = self.0.keys.ring.open(&about(id), &sealed)?;
        let details = serde_json::from_slice(&plain);
        details.map(Some).map_err(|_| StoreError::Row { what: "a visitor", value: id.to_string() })
    }
}

fn about(id: AppointmentId) -> String {
    format!("appointment {id} details")
}

//! What becomes of a booking: confirmed, cancelled, moved, and the visit itself.

use std::collections::BTreeSet;

use super::{Booking, Hand, Ledger, MOST_TRIES, Spot};
use crate::audit::Actor;
use crate::clock::Moment;
use crate::id::AppointmentId;
use crate::visit::{Refused, Rights, Slot, State, VisitHappening};

const MINUTE_MS: i64 = 60_000;

impl Ledger {
    /// Confirms a hold, until exactly the moment at which it ends.
    ///
    /// # Errors
    /// [`Refused::Lapsed`] from that moment on, [`Refused::State`] for what is no hold, [`Refused::NotYours`].
    pub fn confirm(&mut self, id: AppointmentId, hand: &Hand) -> Result<AppointmentId, Refused> {
        let booking = self.theirs(id, hand)?;
        match booking.appointment.state_at(self.now) {
            State::Held => {}
            State::Lapsed => return Err(Refused::Lapsed),
            other => return Err(Refused::State(other)),
        }
        if booking.appointment.starts_at <= self.now {
            return Err(Refused::Past);
        }
        self.set(id, State::Booked);
        self.note(id, hand.actor(), "appointment.booked", Some(VisitHappening::Booked));
        Ok(id)
    }

    /// Gives a booking back. Its places are free at once, unless somebody who lost theirs takes them, or the office keeps them for
    /// its waiting list for a while.
    ///
    /// # Errors
    /// [`Refused::Past`], [`Refused::TooLate`], [`Refused::State`], [`Refused::NotYours`].
    pub fn cancel(&mut self, id: AppointmentId, hand: &Hand) -> Result<AppointmentId, Refused> {
        let booking = self.theirs(id, hand)?;
        let (state, starts_at) = (booking.appointment.state_at(self.now), booking.appointment.starts_at);
        match state {
            State::Held | State::Booked | State::Stranded => {}
            State::Lapsed => return Err(Refused::Lapsed),
            other => return Err(Refused::State(other)),
        }
        if starts_at <= self.now {
            return Err(Refused::Past);
        }
        let policy = self.policy(booking.appointment.office);
        let (cancel_min, cool_down) = (policy.cancel_min, policy.cool_down_min);
        if state == State::Booked && hand.is_public() {
            self.early_enough(starts_at, cancel_min)?;
        }
        let freed = self.release(id);
        let told = (state != State::Held).then_some(VisitHappening::Cancelled);
        self.set(id, State::Cancelled);
        self.note(id, hand.actor(), "appointment.cancelled", told);
        if !self.support(&freed) && cool_down > 0 && state == State::Booked && !booking.desk {
            self.keep_back(id, &freed, cool_down);
        }
        Ok(id)
    }

    /// Keeps the places of a cancelled booking for the waiting list.
    fn keep_back(&mut self, id: AppointmentId, spots: &BTreeSet<Spot>, minutes: i64) {
        let frees_at = self.now.after_ms(minutes.saturating_mul(MINUTE_MS));
        if let Some(kept) = self.bookings.get_mut(&id) {
            kept.is.frees_at = Some(frees_at);
        }
        self.count(spots, false, 1);
    }

    /// Moves a booking to another slot of the same office and service: the new places are taken and the old ones given back, or
    /// nothing happens. Number and code stay.
    ///
    /// # Errors
    /// As [`Self::cancel`] for what it leaves and as [`Self::book`] for where it goes.
    pub fn shift(&mut self, id: AppointmentId, to: Slot, hand: &Hand) -> Result<AppointmentId, Refused> {
        let booking = self.theirs(id, hand)?;
        let it = &booking.appointment;
        match it.state_at(self.now) {
            State::Booked | State::Stranded => {}
            State::Lapsed => return Err(Refused::Lapsed),
            other => return Err(Refused::State(other)),
        }
        if it.state == State::Booked {
            if it.starts_at <= self.now {
                return Err(Refused::Past);
            }
            if hand.is_public() {
                self.early_enough(it.starts_at, self.policy(it.office).change_min)?;
            }
            if it.slot == to {
                return Ok(id);
            }
        }
        let rights = if hand.is_public() { Rights::Public } else { Rights::Desk };
        let spot = Spot { office: it.office, service: it.service.clone(), slot: to };
        self.in_time(&spot, rights)?;
        self.in_limits(&booking.person_key, it.account, &spot, rights, &[id])?;
        let found = self.find(&spot, it.units, rights, &[id]);
        let (run, desk) = found.ok_or(Refused::Full { alternatives: Vec::new() })?;
        let freed = self.release(id);
        self.count(&run.iter().cloned().collect(), desk, 1);
        let starts_at = self.place(&spot).map_or(it.starts_at, |place| place.starts_at);
        self.set(id, State::Booked);
        if let Some(kept) = self.bookings.get_mut(&id) {
            kept.is.appointment.slot = to;
            kept.is.appointment.starts_at = starts_at;
            kept.is.minutes = run.iter().map(|spot| spot.slot.minute).collect();
            kept.is.desk = desk;
        }
        self.note(id, hand.actor(), "appointment.moved", Some(VisitHappening::Moved));
        self.support(&freed);
        Ok(id)
    }

    /// Says what came of the visit: arrived, done or missed.
    ///
    /// # Errors
    /// [`Refused::State`] where that can't follow.
    pub fn visited(&mut self, id: AppointmentId, state: State, actor: Actor) -> Result<AppointmentId, Refused> {
        let booking = self.booking(id).ok_or(Refused::Unknown)?;
        let (from, begun) = (booking.appointment.state_at(self.now), booking.appointment.starts_at <= self.now);
        let follows = match state {
            State::Arrived => from == State::Booked,
            State::Done => matches!(from, State::Booked | State::Arrived),
            // Nobody has missed what has not begun.
            State::Missed => begun && matches!(from, State::Booked | State::Arrived),
            _ => false,
        };
        if !follows {
            return Err(Refused::State(from));
        }
        self.set(id, state);
        let now = self.now;
        if let Some(kept) = self.bookings.get_mut(&id)
            && state == State::Arrived
        {
            kept.is.arrived_at = Some(now);
        }
        let (action, told) = match state {
            State::Arrived => ("appointment.arrived", None),
            State::Done => ("appointment.done", None),
            _ => ("appointment.missed", Some(VisitHappening::Missed)),
        };
        self.note(id, actor, action, told);
        Ok(id)
    }

    /// Notes as missed what is booked and whose time to come is over. Gives how many.
    pub fn miss_all(&mut self) -> usize {
        let is_late = |it: &&Booking| {
            let late = self.policy(it.appointment.office).late_after_min.saturating_mul(MINUTE_MS);
            it.appointment.state == State::Booked && it.appointment.starts_at.after_ms(late) <= self.now
        };
        let late: Vec<AppointmentId> = self.bookings().filter(is_late).map(|it| it.appointment.id).collect();
        late.into_iter().filter(|id| self.visited(*id, State::Missed, Actor::Service).is_ok()).count()
    }

    /// The booking, if it may be changed by a hand. A wrong code is counted.
    ///
    /// # Errors
    /// [`Refused::Unknown`], [`Refused::NotYours`].
    pub fn theirs(&mut self, id: AppointmentId, hand: &Hand) -> Result<Booking, Refused> {
        let today = self.wall.day;
        let kept = self.bookings.get_mut(&id).ok_or(Refused::Unknown)?;
        let booking = &mut kept.is;
        let may = match hand {
            Hand::Account(account, _) => booking.appointment.account == Some(*account),
            Hand::Code(code, _) => {
                if booking.tries_day != Some(today) {
                    booking.tries = 0;
                }
                let compared = booking.tries < MOST_TRIES;
                let right = compared && booking.code == *code;
                if compared && !right {
                    booking.tries += 1;
                    booking.tries_day = Some(today);
                }
                right
            }
            Hand::Staff(_) | Hand::Service => true,
        };
        if may { Ok(booking.clone()) } else { Err(Refused::NotYours) }
    }

    fn early_enough(&self, starts_at: Moment, minutes: i64) -> Result<(), Refused> {
        let left = starts_at.since_ms(self.now);
        if left < minutes.saturating_mul(MINUTE_MS) { Err(Refused::TooLate { minutes }) } else { Ok(()) }
    }

    fn set(&mut self, id: AppointmentId, state: State) {
        let now = self.now;
        let Some(kept) = self.bookings.get_mut(&id) else { return };
        kept.is.appointment.state = state;
        kept.is.appointment.hold_until = None;
        kept.is.appointment.changed_at = now;
        if matches!(state, State::Done | State::Missed | State::Cancelled) {
            kept.is.ended_at = Some(now);
        }
    }
}

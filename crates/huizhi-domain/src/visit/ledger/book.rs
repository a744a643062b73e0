//! Booking: who may have a place when, and how often.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Booking, Kept, Ledger, New, Spot};
use crate::id::{AccountId, AppointmentId};
use crate::visit::wish::OFFER_MS;
use crate::visit::{Appointment, BookingPolicy, Refused, Rights, State, VisitHappening};

/// Days that a limit speaks of.
const WEEK: i64 = 7;
const MONTH: i64 = 30;

const MINUTE_MS: i64 = 60_000;

impl Ledger {
    /// Books or holds. The same request is answered as the first time; nothing is changed where it is refused.
    ///
    /// # Errors
    /// [`Refused`], by cause; [`Refused::Full`] without alternatives, which the ledger does not know.
    pub fn book(&mut self, new: New) -> Result<AppointmentId, Refused> {
        let lives = |token: &Vec<u8>| new.account.is_some() && self.sessions.get(token).copied() == new.account;
        if new.session.as_ref().is_some_and(|token| !lives(token)) {
            return Err(Refused::NotYours);
        }
        if let Some(known) = new.once.as_ref().and_then(|key| self.once.get(key)) {
            return Ok(*known);
        }
        self.in_time(&new.spot, new.rights)?;
        // Who goes back and chooses another time gives up the hold.
        let replaced = self.own_holds(&new);
        self.in_limits(&new.person_key, new.account, &new.spot, new.rights, &replaced)?;
        let found = self.find(&new.spot, new.units, new.rights, &replaced);
        let (run, desk) = found.ok_or(Refused::Full { alternatives: Vec::new() })?;
        let mut freed = BTreeSet::new();
        for id in replaced {
            freed.extend(self.let_go(id));
        }
        if new.rights == Rights::List {
            self.take_back(&run);
        }
        let id = self.enter(new, &run, desk);
        self.support(&freed);
        Ok(id)
    }

    /// Writes a booking down.
    fn enter(&mut self, new: New, run: &[Spot], desk: bool) -> AppointmentId {
        let id = new.id;
        let hold = self.policy(new.spot.office).hold_min.saturating_mul(MINUTE_MS);
        // Who is offered a place has to read of it first.
        let hold = if new.rights == Rights::List { hold.max(OFFER_MS) } else { hold };
        let starts_at = self.place(&new.spot).map_or(self.now, |place| place.starts_at);
        let appointment = Appointment {
            id,
            number: new.number,
            office: new.spot.office,
            service: new.spot.service,
            business: new.business,
            slot: new.spot.slot,
            starts_at,
            units: new.units.max(1),
            state: if new.held { State::Held } else { State::Booked },
            hold_until: new.held.then(|| self.now.after_ms(hold)),
            account: new.account,
            person: new.person,
            made_at: self.now,
            changed_at: self.now,
            lang: new.lang,
        };
        let booking = Booking {
            appointment,
            person_key: new.person_key,
            minutes: run.iter().map(|spot| spot.slot.minute).collect(),
            desk,
            frees_at: None,
            code: new.code,
            tries: 0,
            tries_day: None,
            arrived_at: None,
            ended_at: None,
            version: 0,
        };
        self.count(&run.iter().cloned().collect(), desk, 1);
        self.by_person.entry(booking.person_key.clone()).or_default().push(id);
        if let Some(key) = new.once {
            self.once.insert(key, id);
        }
        self.bookings.insert(id, Kept { was: None, is: booking });
        let (action, told) =
            if new.held { ("appointment.held", None) } else { ("appointment.booked", Some(VisitHappening::Booked)) };
        self.note(id, new.actor, action, told);
        id
    }

    /// Whether a slot is there and may be had now.
    pub(super) fn in_time(&self, spot: &Spot, rights: Rights) -> Result<(), Refused> {
        let place = self.place(spot).ok_or(Refused::Unknown)?;
        if place.starts_at <= self.now {
            return Err(Refused::Past);
        }
        if rights == Rights::Desk {
            return Ok(());
        }
        let policy = self.policy(spot.office);
        let (from, to) = policy.bookable_at(self.wall, &self.calendar);
        if spot.slot.day < from || spot.slot.day > to {
            return Err(Refused::NotYet { from, to });
        }
        if place.starts_at.since_ms(self.now) < policy.earliest_min.saturating_mul(MINUTE_MS) {
            return Err(Refused::TooLate { minutes: policy.earliest_min });
        }
        Ok(())
    }

    /// Whether a person may have one more. `without` are those of theirs that they give back in the same change.
    pub(super) fn in_limits(
        &self,
        person: &[u8],
        account: Option<AccountId>,
        spot: &Spot,
        rights: Rights,
        without: &[AppointmentId],
    ) -> Result<(), Refused> {
        let theirs: Vec<&Booking> = self
            .by_person
            .get(person)
            .into_iter()
            .flatten()
            .filter(|id| !without.contains(id))
            .filter_map(|id| self.booking(*id))
            .collect();
        let day = spot.slot.day;
        let same_day = theirs.iter().find(|it| it.appointment.state.is_live() && it.appointment.slot.day == day);
        if let Some(it) = same_day {
            let own = account.is_some() && it.appointment.account == account;
            return Err(Refused::SameDay { number: own.then(|| it.appointment.number.clone()) });
        }
        if rights == Rights::Desk {
            return Ok(());
        }
        let policy = self.policy(spot.office);
        self.is_not_banned(&theirs, policy)?;
        let open = theirs.iter().filter(|it| it.appointment.state.is_open() && it.appointment.starts_at > self.now);
        within(open.count(), policy.most_open, 0)?;
        let used = |it: &&&Booking| it.appointment.state.is_live() || it.appointment.state == State::Missed;
        let week = |it: &&&Booking| monday(it.appointment.slot.day) == monday(day);
        within(theirs.iter().filter(used).filter(week).count(), policy.most_week, WEEK)?;
        let month = |it: &&&Booking| it.appointment.slot.day.first_of_month() == day.first_of_month();
        within(theirs.iter().filter(used).filter(month).count(), policy.most_month, MONTH)
    }

    fn is_not_banned(&self, theirs: &[&Booking], policy: &BookingPolicy) -> Result<(), Refused> {
        let today = self.wall.day;
        let days = |count: i64| jiff::Span::new().days(count.clamp(0, 36_500));
        let since = today.saturating_sub(days(policy.misses_within_days));
        let missed = theirs.iter().filter(|it| it.appointment.state == State::Missed);
        let missed: Vec<_> = missed.map(|it| it.appointment.slot.day).filter(|day| *day > since).collect();
        let last = missed.iter().max().filter(|_| policy.misses > 0 && missed.len() as i64 >= policy.misses);
        match last.map(|last| last.saturating_add(days(policy.ban_days))) {
            Some(until) if today < until => Err(Refused::Banned { until }),
            _ => Ok(()),
        }
    }

    /// Holds that the same account has for the same person.
    fn own_holds(&self, new: &New) -> Vec<AppointmentId> {
        let ids = self.by_person.get(&new.person_key).into_iter().flatten().filter_map(|id| self.booking(*id));
        ids.filter(|it| it.appointment.state == State::Held && it.appointment.account == new.account)
            .filter(|it| it.appointment.account.is_some())
            .map(|it| it.appointment.id)
            .collect()
    }
}

/// The Monday of a day's week.
fn monday(day: Date) -> Date {
    day.saturating_sub(jiff::Span::new().days(i64::from(day.weekday().to_monday_zero_offset())))
}

/// A limit of 0 is none.
fn within(count: usize, most: i64, days: i64) -> Result<(), Refused> {
    if most > 0 && count as i64 >= most { Err(Refused::Limit { most, days }) } else { Ok(()) }
}

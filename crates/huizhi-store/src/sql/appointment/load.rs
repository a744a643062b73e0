//! Reading what a batch is decided on.

use std::collections::BTreeSet;
use std::sync::Arc;

use huizhi_domain::id::{AppointmentId, OfficeId};
use huizhi_domain::visit::ledger::{Booking, Ledger, Spot};
use huizhi_domain::visit::schedule::PlannedSlot;
use huizhi_domain::visit::{Rights, State};

use super::asked::{by_ids, due, of_persons, once, sessions, slots};
use super::rows::{Days, Range, json};
use super::{Connection, columns, read};
use crate::Result;
use crate::appointment::{Terms, Wish};

/// The longest day.
const LAST_MINUTE: i32 = 24 * 60;

/// What a batch needs to know, gathered before anything is asked.
#[derive(Default)]
struct Wanted {
    ranges: BTreeSet<Range>,
    days: BTreeSet<Days>,
    persons: BTreeSet<Vec<u8>>,
    once: BTreeSet<Vec<u8>>,
    sessions: BTreeSet<Vec<u8>>,
    from_list: bool,
}

impl Wanted {
    /// Slots from one on: which of them a run of several needs is known once they are read.
    fn slots(&mut self, spot: &Spot, units: i32) {
        let range = Range::of(spot);
        self.days(spot);
        self.ranges.insert(if units > 1 { Range { last: LAST_MINUTE, ..range } } else { range });
    }

    fn days(&mut self, spot: &Spot) {
        let day = spot.slot.day.to_string();
        self.days.insert(Days {
            office: spot.office.to_string(),
            service: spot.service.clone(),
            from: day.clone(),
            to: day,
        });
    }

    /// The slots of a booking, which may be given back.
    fn places(&mut self, booking: &Booking) {
        for spot in booking.spots() {
            self.ranges.insert(Range::of(&spot));
        }
    }
}

/// Reads what wishes need: the bookings they name, what is due around them, their persons' bookings, and the slots, locked.
pub async fn load(db: &mut Connection, terms: &Terms, wishes: &[Wish]) -> Result<Ledger> {
    let mut ledger = Ledger::new(terms.now, terms.wall, Arc::clone(&terms.calendar));
    let mut wanted = Wanted::default();
    let named: BTreeSet<AppointmentId> = wishes.iter().filter_map(Wish::named).collect();
    for booking in by_ids(&mut *db, &named).await? {
        wanted.places(&booking);
        wanted.days(&first(&booking));
        ledger.know(booking);
    }
    for wish in wishes {
        want(wish, &ledger, &mut wanted);
    }
    for booking in due(&mut *db, terms, &wanted.days, wanted.from_list).await? {
        wanted.places(&booking);
        if booking.appointment.state == State::Stranded {
            wanted.persons.insert(booking.person_key.clone());
        }
        ledger.know(booking);
    }
    for booking in of_persons(&mut *db, terms, &wanted.persons).await? {
        if booking.appointment.state == State::Held {
            wanted.places(&booking);
        }
        ledger.know(booking);
    }
    if !wanted.once.is_empty() {
        once(&mut *db, &mut ledger, &wanted.once).await?;
    }
    if !wanted.sessions.is_empty() {
        sessions(&mut *db, &mut ledger, terms, &wanted.sessions).await?;
    }
    slots(db, &mut ledger, &wanted.ranges).await?;
    Ok(ledger)
}

/// Reads what is needed to change bookings that are known, and what may take their places.
pub async fn around(db: &mut Connection, terms: &Terms, bookings: Vec<Booking>) -> Result<Ledger> {
    let mut ledger = Ledger::new(terms.now, terms.wall, Arc::clone(&terms.calendar));
    let mut wanted = Wanted::default();
    for booking in bookings {
        wanted.places(&booking);
        wanted.days(&first(&booking));
        ledger.know(booking);
    }
    rest(db, terms, ledger, wanted).await
}

/// Reads what is needed to plan slots: what is there on their days, and everybody who has a place in it.
pub async fn days(
    db: &mut Connection,
    terms: &Terms,
    office: OfficeId,
    service: &str,
    planned: &[PlannedSlot],
) -> Result<Ledger> {
    let mut ledger = Ledger::new(terms.now, terms.wall, Arc::clone(&terms.calendar));
    let mut wanted = Wanted::default();
    for slot in planned {
        let spot = Spot { office, service: service.to_owned(), slot: slot.slot };
        wanted.days(&spot);
        wanted.ranges.insert(Range::of(&spot));
    }
    let days: Vec<&Days> = wanted.days.iter().collect();
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM ",
        items!("$1"),
        " JOIN appointment ON appointment.office = item.value ->> 'office' AND appointment.day = item.value ->> 'from' WHERE \
         appointment.service = item.value ->> 'service' AND (appointment.state IN ('held', 'booked') OR appointment.frees_at IS NOT NULL)"
    ))
    .bind(json(&days))
    .fetch_all(&mut *db)
    .await?;
    for row in &rows {
        let booking = read(row)?;
        wanted.places(&booking);
        ledger.know(booking);
    }
    rest(db, terms, ledger, wanted).await
}

async fn rest(db: &mut Connection, terms: &Terms, mut ledger: Ledger, mut wanted: Wanted) -> Result<Ledger> {
    for booking in due(&mut *db, terms, &wanted.days, wanted.from_list).await? {
        wanted.places(&booking);
        if booking.appointment.state == State::Stranded {
            wanted.persons.insert(booking.person_key.clone());
        }
        ledger.know(booking);
    }
    for booking in of_persons(&mut *db, terms, &wanted.persons).await? {
        ledger.know(booking);
    }
    slots(db, &mut ledger, &wanted.ranges).await?;
    Ok(ledger)
}

fn want(wish: &Wish, ledger: &Ledger, wanted: &mut Wanted) {
    match wish {
        Wish::Book(new, sealed) => {
            wanted.slots(&new.spot, new.units);
            wanted.persons.insert(new.person_key.clone());
            wanted.once.extend(sealed.once.clone());
            wanted.sessions.extend(new.session.clone());
            wanted.from_list |= new.rights == Rights::List;
        }
        Wish::Move(id, to, _) => {
            let Some(booking) = ledger.booking(*id) else { return };
            wanted.slots(&Spot { slot: *to, ..first(booking) }, booking.appointment.units);
            wanted.persons.insert(booking.person_key.clone());
        }
        Wish::Confirm(..) | Wish::Cancel(..) | Wish::Visit(..) | Wish::Show(..) => {}
    }
}

fn first(booking: &Booking) -> Spot {
    let it = &booking.appointment;
    Spot { office: it.office, service: it.service.clone(), slot: it.slot }
}

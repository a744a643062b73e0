//! Arrivals: a ticket, and an appointment that has arrived; both or neither.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Zone;
use huizhi_domain::id::TicketId;
use huizhi_domain::visit::State;
use huizhi_domain::visit::check_in::{self, Came, CheckInError};
use huizhi_domain::visit::ticket::{Outcome, Ticket, TicketState};

use super::super::{Connection, appointment, log};
use super::{insert, of_visit, save, ticket, visit};
use crate::ticket::{Arrival, CheckedIn};
use crate::{Keys, Result, StoreError};

pub async fn check_in(
    db: &mut Connection,
    keys: Arc<Keys>,
    arrival: Arrival,
    id: TicketId,
    zone: Zone,
    entry: Entry,
) -> Result<std::result::Result<CheckedIn, CheckInError>> {
    // Whoever else checks the same appointment in waits here, and finds the ticket.
    sqlx::query(locking!("SELECT id FROM appointment WHERE id = $1"))
        .bind(arrival.appointment.to_string())
        .fetch_optional(&mut *db)
        .await?
        .ok_or(StoreError::Absent("appointment"))?;
    if let Some(before) = known(&mut *db, &arrival).await? {
        if before.office != arrival.office {
            return Ok(Err(CheckInError::Office(before.office)));
        }
        return Ok(Ok(CheckedIn::Before(served(&mut *db, &keys, before, &arrival, entry).await?)));
    }
    let found = appointment::find(&mut *db, arrival.appointment).await?;
    let found = found.ok_or(StoreError::Absent("appointment"))?.appointment;
    let policy = visit::policy(&mut *db, arrival.office).await?;
    let came = Came { office: arrival.office, day: arrival.at.day(zone), at: arrival.at };
    let due_at = match check_in::check_in(&found, &policy, &came) {
        Ok(due_at) => due_at,
        Err(why) => return Ok(Err(why)),
    };
    // Nobody calls the number of a day that is over.
    let over = arrival.served || came.day != entry.at.day(zone);
    let outcome = if arrival.served { Outcome::Done } else { Outcome::Offline };
    let mut ticket = Ticket {
        id,
        office: found.office,
        service: found.service.clone(),
        business: found.business.clone(),
        day: found.slot.day,
        ordinal: 0,
        appointment: Some(found.id),
        state: if over { TicketState::Done } else { TicketState::Waiting },
        window: None,
        for_window: None,
        due_at,
        calls: 0,
        arrived_at: arrival.at,
        called_at: None,
        done_at: over.then_some(arrival.at),
        outcome: over.then_some(outcome),
    };
    insert(&mut *db, &mut ticket, arrival.key).await?;
    visit::arrive(&mut *db, found.id, arrival.at).await?;
    let mut entries = vec![entry.clone(), of_visit(&entry, found.id, State::Arrived)];
    if over && visit::end(&mut *db, found.id, State::Done, entry.at).await? {
        entries.push(of_visit(&entry, found.id, State::Done));
    }
    log::append(db, &keys, &entries).await?;
    Ok(Ok(CheckedIn::Now(ticket)))
}

/// The ticket of an arrival that was told of before.
async fn known(db: &mut Connection, arrival: &Arrival) -> Result<Option<Ticket>> {
    let row = sqlx::query("SELECT * FROM ticket WHERE appointment = $1")
        .bind(arrival.appointment.to_string())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(ticket).transpose()
}

/// A desk without a line says first that somebody came, and later that they were served.
async fn served(
    db: &mut Connection,
    keys: &Arc<Keys>,
    ticket: Ticket,
    arrival: &Arrival,
    entry: Entry,
) -> Result<Ticket> {
    if !arrival.served || !ticket.state.waits() {
        return Ok(ticket);
    }
    let done =
        Ticket { state: TicketState::Done, outcome: Some(Outcome::Done), done_at: Some(entry.at), ..ticket.clone() };
    save(&mut *db, &ticket, &done, arrival.staff).await?;
    let entry = Entry { action: "ticket.done".to_owned(), subject: ticket.id.to_string(), ..entry };
    let mut entries = vec![entry.clone()];
    if visit::end(&mut *db, arrival.appointment, State::Done, entry.at).await? {
        entries.push(of_visit(&entry, arrival.appointment, State::Done));
    }
    log::append(db, keys, &entries).await?;
    Ok(done)
}

//! Tickets of the hall.

mod arrival;
mod visit;

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AppointmentId, OfficeId, StaffId, TicketId};
use huizhi_domain::visit::State;
use huizhi_domain::visit::ticket::{Act, BEHIND, Desk, Outcome, PATIENCE_MS, Ticket, TicketError, TicketState};
use jiff::civil::Date;

use super::{Connection, Row, get, log, maybe_moment, maybe_word, moment, word};
use crate::ticket::Press;
use crate::{Keys, Result, StoreError};

pub use arrival::check_in;

pub async fn walk_in(
    db: &mut Connection,
    keys: Arc<Keys>,
    mut new: Ticket,
    key: Option<String>,
    entry: Entry,
) -> Result<Ticket> {
    let row = sqlx::query("SELECT * FROM ticket WHERE key = $1 AND office = $2")
        .bind(&key)
        .bind(new.office.to_string())
        .fetch_optional(&mut *db)
        .await?;
    if let Some(row) = row {
        return ticket(&row);
    }
    insert(&mut *db, &mut new, key).await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(new)
}

/// Adds a ticket under the next number of its office and day.
async fn insert(db: &mut Connection, ticket: &mut Ticket, key: Option<String>) -> Result<()> {
    let row = sqlx::query(
        "INSERT INTO ticket_count (office, day, last) VALUES ($1, $2, 1) ON CONFLICT (office, day) DO UPDATE SET last = ticket_count.last + 1 \
         RETURNING last",
    )
    .bind(ticket.office.to_string())
    .bind(ticket.day.to_string())
    .fetch_one(&mut *db)
    .await?;
    ticket.ordinal = get(&row, "last")?;
    sqlx::query(
        "INSERT INTO ticket (id, office, service, business, day, ordinal, appointment, state, due_at, calls, arrived_at, done_at, outcome, key) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12, $13)",
    )
    .bind(ticket.id.to_string())
    .bind(ticket.office.to_string())
    .bind(&ticket.service)
    .bind(&ticket.business)
    .bind(ticket.day.to_string())
    .bind(ticket.ordinal)
    .bind(ticket.appointment.map(|id| id.to_string()))
    .bind(ticket.state.word())
    .bind(ticket.due_at.0)
    .bind(ticket.arrived_at.0)
    .bind(ticket.done_at.map(|at| at.0))
    .bind(ticket.outcome.map(Outcome::word))
    .bind(key)
    .execute(db)
    .await?;
    Ok(())
}

pub async fn call_next(
    db: &mut Connection,
    keys: Arc<Keys>,
    desk: Desk,
    service: String,
    staff: StaffId,
    entry: Entry,
) -> Result<std::result::Result<Option<Ticket>, TicketError>> {
    if let Some(held) = held_by(&mut *db, &desk).await? {
        return Ok(Err(TicketError::Busy(held.label())));
    }
    // As `working` says which windows are at work.
    let row = sqlx::query(skipping!(
        "SELECT * FROM ticket WHERE office = $1 AND day = $2 AND state IN ('waiting', 'skipped') AND (for_window IS NULL OR for_window = $3 OR \
         for_window NOT IN (SELECT window_name FROM ticket WHERE office = $1 AND day = $2 AND window_name IS NOT NULL AND (state IN ('called', \
         'serving') OR called_at > $5 OR done_at > $5))) AND ($4 = '' OR service = $4) ORDER BY due_at, ordinal LIMIT 1"
    ))
    .bind(desk.office.to_string())
    .bind(desk.today.to_string())
    .bind(&desk.window)
    .bind(service)
    .bind(entry.at.after_ms(-PATIENCE_MS).0)
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(Ok(None)) };
    let next = freed(&mut *db, ticket(&row)?, entry.at).await?;
    let called = match next.after(&Act::Call, &desk, entry.at) {
        Ok(called) => called,
        Err(why) => return Ok(Err(why)),
    };
    save(&mut *db, &next, &called, staff).await?;
    let entry = Entry { subject: called.id.to_string(), ..entry };
    log::append(db, &keys, &[entry]).await?;
    Ok(Ok(Some(called)))
}

pub async fn act(
    db: &mut Connection,
    keys: Arc<Keys>,
    press: Press,
    entry: Entry,
) -> Result<std::result::Result<Ticket, TicketError>> {
    let Press { id, act, desk, staff, message } = press;
    let row = sqlx::query(locking!("SELECT * FROM ticket WHERE id = $1"))
        .bind(id.to_string())
        .fetch_optional(&mut *db)
        .await?
        .ok_or(StoreError::Absent("ticket"))?;
    let before = freed(&mut *db, ticket(&row)?, entry.at).await?;
    let act = match act {
        Act::Skip { .. } => Act::Skip { behind: behind(&mut *db, &before).await? },
        Act::Call => match held_by(&mut *db, &desk).await? {
            Some(held) => return Ok(Err(TicketError::Busy(held.label()))),
            None => Act::Call,
        },
        other => other,
    };
    let after = match before.after(&act, &desk, entry.at) {
        Ok(after) => after,
        Err(why) => return Ok(Err(why)),
    };
    save(&mut *db, &before, &after, staff).await?;
    let ends = match after.state {
        TicketState::Missed => Some(State::Missed),
        // Who went away had come: that is no missing.
        TicketState::Done | TicketState::Left => Some(State::Done),
        _ => None,
    };
    let mut entries = vec![entry.clone()];
    if let (Some(id), Some(state)) = (after.appointment, ends) {
        let at = after.done_at.unwrap_or(after.arrived_at);
        if visit::end(&mut *db, id, state, at).await? {
            entries.push(of_visit(&entry, id, state));
        }
        if state == State::Missed {
            visit::tell_missed(&mut *db, message, id, at).await?;
        }
    }
    log::append(db, &keys, &entries).await?;
    Ok(Ok(after))
}

/// What the log says of the appointment beside its ticket.
fn of_visit(entry: &Entry, id: AppointmentId, state: State) -> Entry {
    Entry { action: format!("appointment.{}", state.word()), subject: id.to_string(), ..entry.clone() }
}

/// The windows that are at work at a moment: they have somebody, or called somebody or ended a visit in the last half hour.
pub async fn working(db: &mut Connection, office: OfficeId, day: Date, now: Moment) -> Result<Vec<String>> {
    let rows = sqlx::query(
        "SELECT DISTINCT window_name FROM ticket WHERE office = $1 AND day = $2 AND window_name IS NOT NULL AND (state IN ('called', 'serving') OR \
         called_at > $3 OR done_at > $3)",
    )
    .bind(office.to_string())
    .bind(day.to_string())
    .bind(now.after_ms(-PATIENCE_MS).0)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| get(row, "window_name")).collect()
}

/// Whoever waits for a window that nobody works at waits for any: no number is stranded by a name that was mistyped, changed or left.
async fn freed(db: &mut Connection, ticket: Ticket, now: Moment) -> Result<Ticket> {
    let Some(window) = ticket.for_window.as_ref().filter(|_| ticket.state.waits()) else { return Ok(ticket) };
    let working = working(db, ticket.office, ticket.day, now).await?;
    if working.contains(window) { Ok(ticket) } else { Ok(Ticket { for_window: None, ..ticket }) }
}

/// Whom a window has.
async fn held_by(db: &mut Connection, desk: &Desk) -> Result<Option<Ticket>> {
    let row = sqlx::query(
        "SELECT * FROM ticket WHERE office = $1 AND day = $2 AND window_name = $3 AND state IN ('called', 'serving')",
    )
    .bind(desk.office.to_string())
    .bind(desk.today.to_string())
    .bind(&desk.window)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(ticket).transpose()
}

/// By when the last of the next few should be called.
async fn behind(db: &mut Connection, ticket: &Ticket) -> Result<Option<Moment>> {
    let rows = sqlx::query(
        "SELECT due_at FROM ticket WHERE office = $1 AND day = $2 AND service = $3 AND id <> $4 AND state IN ('waiting', 'skipped') ORDER BY \
         due_at, ordinal LIMIT $5",
    )
    .bind(ticket.office.to_string())
    .bind(ticket.day.to_string())
    .bind(&ticket.service)
    .bind(ticket.id.to_string())
    .bind(BEHIND as i64)
    .fetch_all(db)
    .await?;
    rows.last().map(|row| moment(row, "due_at")).transpose()
}

/// Writes what changed; a ticket that somebody else changed meanwhile stays theirs.
async fn save(db: &mut Connection, before: &Ticket, after: &Ticket, staff: StaffId) -> Result<()> {
    let done = sqlx::query(
        "UPDATE ticket SET state = $1, service = $2, window_name = $3, for_window = $4, due_at = $5, calls = $6, called_at = $7, done_at = $8, \
         outcome = $9, staff = $10 WHERE id = $11 AND state = $12 AND calls = $13",
    )
    .bind(after.state.word())
    .bind(&after.service)
    .bind(&after.window)
    .bind(&after.for_window)
    .bind(after.due_at.0)
    .bind(after.calls)
    .bind(after.called_at.map(|at| at.0))
    .bind(after.done_at.map(|at| at.0))
    .bind(after.outcome.map(Outcome::word))
    .bind(staff.to_string())
    .bind(before.id.to_string())
    .bind(before.state.word())
    .bind(before.calls)
    .execute(db)
    .await?;
    if done.rows_affected() == 0 { Err(StoreError::Conflict("ticket")) } else { Ok(()) }
}

pub async fn find(db: &mut Connection, id: TicketId) -> Result<Option<Ticket>> {
    let row = sqlx::query("SELECT * FROM ticket WHERE id = $1").bind(id.to_string()).fetch_optional(db).await?;
    row.as_ref().map(ticket).transpose()
}

pub async fn of_appointment(db: &mut Connection, id: AppointmentId) -> Result<Option<Ticket>> {
    let row =
        sqlx::query("SELECT * FROM ticket WHERE appointment = $1").bind(id.to_string()).fetch_optional(db).await?;
    row.as_ref().map(ticket).transpose()
}

pub async fn hall(db: &mut Connection, office: OfficeId, day: Date) -> Result<Vec<Ticket>> {
    let rows = sqlx::query(
        "SELECT * FROM ticket WHERE office = $1 AND day = $2 AND state IN ('waiting', 'called', 'skipped', 'serving') ORDER BY due_at, ordinal",
    )
    .bind(office.to_string())
    .bind(day.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(ticket).collect()
}

pub async fn on_day(db: &mut Connection, office: OfficeId, day: Date) -> Result<Vec<Ticket>> {
    let rows = sqlx::query("SELECT * FROM ticket WHERE office = $1 AND day = $2 ORDER BY ordinal")
        .bind(office.to_string())
        .bind(day.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(ticket).collect()
}

fn ticket(row: &Row) -> Result<Ticket> {
    Ok(Ticket {
        id: word(row, "id")?,
        office: word(row, "office")?,
        service: get(row, "service")?,
        business: get(row, "business")?,
        day: word(row, "day")?,
        ordinal: get(row, "ordinal")?,
        appointment: maybe_word(row, "appointment")?,
        state: word(row, "state")?,
        window: get(row, "window_name")?,
        for_window: get(row, "for_window")?,
        due_at: moment(row, "due_at")?,
        calls: get(row, "calls")?,
        arrived_at: moment(row, "arrived_at")?,
        called_at: maybe_moment(row, "called_at")?,
        done_at: maybe_moment(row, "done_at")?,
        outcome: maybe_word(row, "outcome")?,
    })
}

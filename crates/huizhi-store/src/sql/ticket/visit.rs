//! The appointment of a ticket: it goes on in the ticket's own transaction, or not at all.

use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AppointmentId, MessageId, OfficeId};
use huizhi_domain::visit::{BookingPolicy, Slot, State, VisitHappening, VisitMessage};

use super::super::{Connection, appointment, get, maybe_word, visit_message, word};
use crate::{Result, StoreError};

/// The rules of an office.
pub async fn policy(db: &mut Connection, office: OfficeId) -> Result<BookingPolicy> {
    let all = appointment::policies(db).await?;
    Ok(all.into_iter().find(|(of, _)| *of == office).map(|(_, policy)| policy).unwrap_or_default())
}

/// It arrived. One that was taken for missed did so too, where the desk tells of it late.
pub async fn arrive(db: &mut Connection, id: AppointmentId, at: Moment) -> Result<()> {
    // The version grows with every change, here and there: who decides on it at the same moment sees it, and decides anew.
    let done = sqlx::query(
        "UPDATE appointment SET state = 'arrived', arrived_at = $1, ended_at = NULL, changed_at = $1, version = version + 1 WHERE id = $2 AND \
         state IN ('booked', 'missed')",
    )
    .bind(at.0)
    .bind(id.to_string())
    .execute(db)
    .await?;
    if done.rows_affected() == 0 { Err(StoreError::Conflict("the appointment")) } else { Ok(()) }
}

/// It is over: served, or missed. `false` where it is so already, or was erased meanwhile: who stands at the window is served all the same.
pub async fn end(db: &mut Connection, id: AppointmentId, state: State, at: Moment) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE appointment SET state = $1, ended_at = $2, changed_at = $2, version = version + 1 WHERE id = $3 AND state = 'arrived'",
    )
    .bind(state.word())
    .bind(at.0)
    .bind(id.to_string())
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Tells its account that it was missed, where it has one.
pub async fn tell_missed(db: &mut Connection, id: MessageId, appointment: AppointmentId, at: Moment) -> Result<()> {
    let row = sqlx::query("SELECT account, day, minute FROM appointment WHERE id = $1")
        .bind(appointment.to_string())
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else { return Ok(()) };
    if let Some(account) = maybe_word(&row, "account")? {
        let slot = Some(Slot { day: word(&row, "day")?, minute: get(&row, "minute")? });
        let happening = VisitHappening::Missed;
        let message = VisitMessage { id, appointment, account, happening, slot, at, read_at: None };
        visit_message::tell(db, message).await?;
    }
    Ok(())
}

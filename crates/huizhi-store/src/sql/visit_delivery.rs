//! Reminders of visits, and deliveries of what is told of visits. One reminder an appointment and day, one delivery a message and
//! channel: the database's constraints.

use huizhi_domain::clock::Moment;
use huizhi_domain::delivery::{Channel, Delivery, DeliveryState};
use huizhi_domain::id::{AppointmentId, DeliveryId, MessageId};
use huizhi_domain::visit::VisitMessage;
use jiff::civil::Date;

use super::{Connection, Row, get, maybe_moment, moment, visit_message, word};
use crate::Result;

/// Appointments of a day that are to come, were made before a moment, and have no reminder of `at`.
pub async fn to_remind(
    db: &mut Connection,
    day: Date,
    now: Moment,
    before: Moment,
    at: Moment,
) -> Result<Vec<AppointmentId>> {
    let rows = sqlx::query(
        "SELECT id FROM appointment WHERE day = $1 AND state = 'booked' AND account IS NOT NULL AND starts_at > $2 AND made_at <= $3 AND \
         NOT EXISTS (SELECT 1 FROM visit_message WHERE visit_message.appointment = appointment.id AND visit_message.happening = 'reminder' \
         AND visit_message.at = $4) ORDER BY starts_at, id LIMIT 1000",
    )
    .bind(day.to_string())
    .bind(now.0)
    .bind(before.0)
    .bind(at.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| word(row, "id")).collect()
}

/// Writes a reminder, unless the appointment was given back meanwhile or somebody else wrote it. Whether it was written.
pub async fn remind(db: &mut Connection, id: MessageId, appointment: AppointmentId, at: Moment) -> Result<bool> {
    let added = sqlx::query(
        "INSERT INTO visit_message (id, appointment, account, happening, at, day, minute) SELECT $1, id, account, 'reminder', $2, day, minute \
         FROM appointment WHERE id = $3 AND state = 'booked' AND account IS NOT NULL ON CONFLICT DO NOTHING",
    )
    .bind(id.to_string())
    .bind(at.0)
    .bind(appointment.to_string())
    .execute(db)
    .await?;
    Ok(added.rows_affected() > 0)
}

pub async fn unspread(db: &mut Connection) -> Result<Vec<VisitMessage>> {
    let rows =
        sqlx::query("SELECT * FROM visit_message WHERE spread_at IS NULL ORDER BY id LIMIT 100").fetch_all(db).await?;
    rows.iter().map(visit_message::read).collect()
}

pub async fn message(db: &mut Connection, id: MessageId) -> Result<Option<VisitMessage>> {
    let row = sqlx::query("SELECT * FROM visit_message WHERE id = $1").bind(id.to_string()).fetch_optional(db).await?;
    row.as_ref().map(visit_message::read).transpose()
}

pub async fn spread(db: &mut Connection, id: MessageId, rows: Vec<(DeliveryId, Channel)>, now: Moment) -> Result<()> {
    let first = sqlx::query("UPDATE visit_message SET spread_at = $1 WHERE id = $2 AND spread_at IS NULL")
        .bind(now.0)
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if first.rows_affected() == 0 {
        return Ok(());
    }
    for (delivery, channel) in rows {
        sqlx::query(
            "INSERT INTO visit_delivery (id, message, channel, state, next_at) VALUES ($1, $2, $3, 'due', $4) ON CONFLICT DO NOTHING",
        )
        .bind(delivery.to_string())
        .bind(id.to_string())
        .bind(channel.word())
        .bind(now.0)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

pub async fn any_due(db: &mut Connection, now: Moment) -> Result<bool> {
    let row = sqlx::query(
        "SELECT 1 AS here FROM visit_delivery WHERE state = 'due' AND next_at <= $1 AND held_until <= $1 LIMIT 1",
    )
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

pub async fn claim(db: &mut Connection, now: Moment, until: Moment, most: u32) -> Result<Vec<Delivery>> {
    let rows = sqlx::query(skipping!(
        "SELECT * FROM visit_delivery WHERE state = 'due' AND next_at <= $1 AND held_until <= $1 ORDER BY next_at, id LIMIT $2"
    ))
    .bind(now.0)
    .bind(i64::from(most))
    .fetch_all(&mut *db)
    .await?;
    let mut claimed = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut delivery = read(row)?;
        delivery.tries += 1;
        sqlx::query("UPDATE visit_delivery SET tries = $1, held_until = $2 WHERE id = $3")
            .bind(delivery.tries)
            .bind(until.0)
            .bind(delivery.id.to_string())
            .execute(&mut *db)
            .await?;
        claimed.push(delivery);
    }
    Ok(claimed)
}

pub async fn settle(db: &mut Connection, settled: Delivery) -> Result<()> {
    let sent = i32::from(settled.state == DeliveryState::Sent);
    sqlx::query(
        "UPDATE visit_delivery SET state = $1, next_at = $2, error = $3, done_at = $4, held_until = 0 WHERE id = $5 AND state = 'due' AND \
         (tries = $6 OR $7 = 1)",
    )
    .bind(settled.state.word())
    .bind(settled.next_at.0)
    .bind(settled.error)
    .bind(settled.done_at.map(|at| at.0))
    .bind(settled.id.to_string())
    .bind(settled.tries)
    .bind(sent)
    .execute(db)
    .await?;
    Ok(())
}

pub async fn of_message(db: &mut Connection, id: MessageId) -> Result<Vec<Delivery>> {
    let rows = sqlx::query("SELECT * FROM visit_delivery WHERE message = $1 ORDER BY id")
        .bind(id.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn forget(db: &mut Connection, before: Moment) -> Result<()> {
    sqlx::query("DELETE FROM visit_delivery WHERE state <> 'due' AND done_at < $1").bind(before.0).execute(db).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Delivery> {
    Ok(Delivery {
        id: word(row, "id")?,
        message: word(row, "message")?,
        channel: word(row, "channel")?,
        target: String::new(),
        state: word(row, "state")?,
        tries: get(row, "tries")?,
        next_at: moment(row, "next_at")?,
        error: get(row, "error")?,
        done_at: maybe_moment(row, "done_at")?,
    })
}

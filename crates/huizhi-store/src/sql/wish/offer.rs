//! Offers of the waiting list. A wish is in one worker's hand at a time, and only the first of its line is taken in hand: so nobody overtakes.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, AppointmentId, MessageId, WishId};
use huizhi_domain::visit::State;
use huizhi_domain::visit::wish::WishState;
use jiff::civil::Date;

use super::{Connection, get, log, maybe_moment, read, word};
use crate::{Keys, Result};

/// Offers that are looked after in a round.
const MOST: i64 = 500;

/// Takes a wish in hand; `false` where another worker has it, or it waits no more.
pub async fn claim(db: &mut Connection, id: WishId, now: Moment, until: Moment) -> Result<bool> {
    let claimed =
        sqlx::query("UPDATE wish SET claimed_until = $1 WHERE id = $2 AND state = 'waiting' AND claimed_until <= $3")
            .bind(until.0)
            .bind(id.to_string())
            .bind(now.0)
            .execute(db)
            .await?;
    Ok(claimed.rows_affected() > 0)
}

/// Lays a wish back.
pub async fn unclaim(db: &mut Connection, id: WishId) -> Result<()> {
    sqlx::query("UPDATE wish SET claimed_until = 0 WHERE id = $1").bind(id.to_string()).execute(db).await?;
    Ok(())
}

/// Notes the place that is held for a wish, and tells its owner; `false` where it was taken back meanwhile.
pub async fn offered(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: WishId,
    account: AccountId,
    appointment: AppointmentId,
    message: MessageId,
    entry: Entry,
) -> Result<bool> {
    let noted = sqlx::query(
        "UPDATE wish SET state = 'offered', offers = offers + 1, offered_at = $1, appointment = $2, claimed_until = 0 WHERE id = $3 AND state \
         = 'waiting'",
    )
    .bind(entry.at.0)
    .bind(appointment.to_string())
    .bind(id.to_string())
    .execute(&mut *db)
    .await?;
    if noted.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO visit_message (id, appointment, account, happening, at, day, minute) SELECT $1, id, $2, 'offered', $3, day, minute FROM \
         appointment WHERE id = $4 ON CONFLICT DO NOTHING",
    )
    .bind(message.to_string())
    .bind(account.to_string())
    .bind(entry.at.0)
    .bind(appointment.to_string())
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(true)
}

/// Notes what became of offers, and which wishes' last day is over. Gives how many changed.
pub async fn settle(db: &mut Connection, keys: Arc<Keys>, today: Date, told: Entry) -> Result<usize> {
    let mut changes = Vec::new();
    let rows = sqlx::query(
        "SELECT wish.*, appointment.state AS place_state, appointment.hold_until AS place_until FROM wish LEFT JOIN appointment ON \
         appointment.id = wish.appointment WHERE wish.state = 'offered' ORDER BY wish.id LIMIT $1",
    )
    .bind(MOST)
    .fetch_all(&mut *db)
    .await?;
    for row in &rows {
        let wish = read(row)?;
        let (place, until): (Option<String>, Option<Moment>) =
            (get(row, "place_state")?, maybe_moment(row, "place_until")?);
        let place: Option<State> = place.and_then(|word| word.parse().ok());
        let state = match place {
            Some(State::Held) if until.is_some_and(|until| told.at < until) => continue,
            Some(State::Booked | State::Arrived | State::Done) => WishState::Taken,
            _ => wish.after_offer(),
        };
        changes.push((wish.id, WishState::Offered, state));
    }
    let over = sqlx::query("SELECT id FROM wish WHERE state = 'waiting' AND to_day < $1 ORDER BY id LIMIT $2")
        .bind(today.to_string())
        .bind(MOST)
        .fetch_all(&mut *db)
        .await?;
    for row in &over {
        changes.push((word(row, "id")?, WishState::Waiting, WishState::Lapsed));
    }
    let mut entries = Vec::new();
    for (id, from, to) in changes {
        let changed = sqlx::query("UPDATE wish SET state = $1, claimed_until = 0 WHERE id = $2 AND state = $3")
            .bind(to.word())
            .bind(id.to_string())
            .bind(from.word())
            .execute(&mut *db)
            .await?;
        if changed.rows_affected() > 0 {
            let detail = [("state".to_owned(), to.word().into())].into_iter().collect();
            entries.push(Entry { subject: id.to_string(), detail, ..told.clone() });
        }
    }
    log::append(db, &keys, &entries).await?;
    Ok(entries.len())
}

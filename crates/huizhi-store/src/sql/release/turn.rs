//! The turns of a waiting room: who is drawn, who is let in, and whose time is over.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::ReleaseId;
use huizhi_domain::visit::draw::{ROUNDS, TURN_MS, round_at, to_let_in};
use huizhi_domain::visit::release::LEAST_MS;
use serde_json::Value;

use super::{Connection, count, get, log, places_left, read, waiting};
use crate::release::Room;
use crate::{Keys, Result};

/// Draws what is due, ends turns, and lets in as many as there are places for. Gives how many were let in.
pub async fn tend(db: &mut Connection, keys: Arc<Keys>, id: ReleaseId, told: Entry) -> Result<i64> {
    let now = told.at;
    let row = sqlx::query(locking!("SELECT * FROM release WHERE id = $1 AND over_at IS NULL"))
        .bind(id.to_string())
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else { return Ok(0) };
    let room = read(&row)?;
    let mut entries = Vec::new();
    let drawn = draw(&mut *db, &room, &told, &mut entries).await?;
    end_turns(&mut *db, &room, now).await?;
    let (left, open) = (places_left(&mut *db, &room, now).await?, open_turns(&mut *db, id).await?);
    let let_in = call(&mut *db, id, drawn, to_let_in(left, open), now.after_ms(TURN_MS)).await?;
    if let_in > 0 {
        entries.push(noted(&told, "release.let-in", &[("people", let_in)]));
    }
    let nobody = open + let_in == 0 && (left == 0 || waiting(&mut *db, id).await? == 0);
    if now >= room.times.ends_at || (nobody && now.since_ms(room.times.opens_at) >= LEAST_MS) {
        sqlx::query("UPDATE release SET over_at = $1 WHERE id = $2")
            .bind(now.0)
            .bind(id.to_string())
            .execute(&mut *db)
            .await?;
        entries.push(noted(&told, "release.over", &[("left", left)]));
    }
    log::append(db, &keys, &entries).await?;
    Ok(let_in)
}

/// Draws the rounds into which nobody can come any more: their order is in the rows, so that drawing is showing it. Gives how many are drawn.
async fn draw(db: &mut Connection, room: &Room, told: &Entry, entries: &mut Vec<Entry>) -> Result<i64> {
    let due = round_at(room.times.opens_at, told.at).min(ROUNDS);
    if due <= room.drawn {
        return Ok(room.drawn);
    }
    sqlx::query("UPDATE release SET drawn = $1 WHERE id = $2")
        .bind(due)
        .bind(room.id.to_string())
        .execute(&mut *db)
        .await?;
    let row = sqlx::query("SELECT COUNT(*) AS entries FROM release_entry WHERE release = $1 AND round >= $2")
        .bind(room.id.to_string())
        .bind(room.drawn)
        .fetch_one(db)
        .await?;
    let came: i64 = get(&row, "entries")?;
    if came > 0 {
        entries.push(noted(told, "release.drawn", &[("entries", came), ("rounds", due)]));
    }
    Ok(due)
}

/// Notes who used their turn, who has it again because a hold ended, and who let it pass.
async fn end_turns(db: &mut Connection, room: &Room, now: Moment) -> Result<()> {
    for statement in [
        "UPDATE release_entry SET state = 'used' WHERE release = $1 AND state = 'in' AND EXISTS (SELECT 1 FROM appointment WHERE \
         appointment.person_key = release_entry.person_key AND appointment.office = $2 AND appointment.service = $3 AND appointment.day = $4 \
         AND appointment.state IN ('held', 'booked', 'arrived', 'done'))",
        "UPDATE release_entry SET state = 'in' WHERE release = $1 AND state = 'used' AND NOT EXISTS (SELECT 1 FROM appointment WHERE \
         appointment.person_key = release_entry.person_key AND appointment.office = $2 AND appointment.service = $3 AND appointment.day = $4 \
         AND appointment.state IN ('held', 'booked', 'arrived', 'done'))",
    ] {
        sqlx::query(statement)
            .bind(room.id.to_string())
            .bind(room.office.to_string())
            .bind(&room.service)
            .bind(room.day.to_string())
            .execute(&mut *db)
            .await?;
    }
    sqlx::query("UPDATE release_entry SET state = 'passed' WHERE release = $1 AND state = 'in' AND until <= $2")
        .bind(room.id.to_string())
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Gives the turn to the first in the line.
async fn call(db: &mut Connection, id: ReleaseId, drawn: i64, most: i64, until: Moment) -> Result<i64> {
    if most == 0 {
        return Ok(0);
    }
    let called = sqlx::query(
        "UPDATE release_entry SET state = 'in', until = $1 WHERE id IN (SELECT id FROM release_entry WHERE release = $2 AND state = \
         'waiting' AND round < $3 ORDER BY round, draw_rank, id LIMIT $4)",
    )
    .bind(until.0)
    .bind(id.to_string())
    .bind(drawn)
    .bind(most)
    .execute(db)
    .await?;
    Ok(called.rows_affected() as i64)
}

async fn open_turns(db: &mut Connection, id: ReleaseId) -> Result<i64> {
    count(db, "SELECT COUNT(*) AS entries FROM release_entry WHERE release = $1 AND state = 'in'", id).await
}

/// An entry of the log beside another, with counts.
fn noted(told: &Entry, action: &str, counts: &[(&str, i64)]) -> Entry {
    let detail = counts.iter().map(|(key, count)| ((*key).to_owned(), Value::from(*count))).collect();
    Entry { action: action.to_owned(), detail, ..told.clone() }
}

//! Releases and their waiting rooms. That a person is in a room once, and an account once, is the rows'.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, EntryId, OfficeId, ReleaseId};
use huizhi_domain::visit::draw::{ROUNDS, Seed, Seeds, TURN_MS, round_at, to_let_in};
use huizhi_domain::visit::release::{Entered, EntryState, LEAST_MS, Times};
use jiff::civil::Date;
use serde_json::Value;

use super::{Connection, Row, get, log, maybe_moment, moment, word};
use crate::release::{Entering, NewEntry, NewRelease, Room};
use crate::{Keys, Result, StoreError};

/// The services that have places on a day, which are to be given out.
pub async fn services(db: &mut Connection, office: OfficeId, day: Date) -> Result<Vec<String>> {
    let rows = sqlx::query("SELECT DISTINCT service FROM slot WHERE office = $1 AND day = $2 ORDER BY service")
        .bind(office.to_string())
        .bind(day.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| get(row, "service")).collect()
}

/// Opens a room; `false` where that was done before.
pub async fn open(db: &mut Connection, keys: Arc<Keys>, new: NewRelease, entry: Entry) -> Result<bool> {
    let opened = sqlx::query(
        "INSERT INTO release (id, office, service, day, commitment, seeds, room_from, opens_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, \
         $8, $9) ON CONFLICT DO NOTHING",
    )
    .bind(new.id.to_string())
    .bind(new.office.to_string())
    .bind(new.service)
    .bind(new.day.to_string())
    .bind(new.commitment.bytes().to_vec())
    .bind(new.seeds)
    .bind(new.times.room_from.0)
    .bind(new.times.opens_at.0)
    .bind(new.times.ends_at.0)
    .execute(&mut *db)
    .await?;
    if opened.rows_affected() == 0 {
        return Ok(false);
    }
    log::append(db, &keys, &[entry]).await?;
    Ok(true)
}

pub async fn find(
    db: &mut Connection,
    office: OfficeId,
    service: String,
    day: Date,
    now: Moment,
) -> Result<Option<Room>> {
    let row = sqlx::query("SELECT * FROM release WHERE office = $1 AND service = $2 AND day = $3")
        .bind(office.to_string())
        .bind(service)
        .bind(day.to_string())
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut room = read(&row)?;
    room.entries = count(&mut *db, "SELECT COUNT(*) AS entries FROM release_entry WHERE release = $1", room.id).await?;
    room.waiting = waiting(&mut *db, room.id).await?;
    room.left = left(db, &room, now).await?;
    Ok(Some(room))
}

/// Rooms that are there, and not over.
pub async fn live(db: &mut Connection, now: Moment) -> Result<Vec<ReleaseId>> {
    let rows = sqlx::query("SELECT id FROM release WHERE over_at IS NULL AND room_from <= $1 ORDER BY id")
        .bind(now.0)
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| word(row, "id")).collect()
}

pub async fn of_person(db: &mut Connection, room: ReleaseId, person_key: Vec<u8>) -> Result<Option<Entered>> {
    let row = sqlx::query(
        "SELECT release_entry.*, release.drawn FROM release_entry JOIN release ON release.id = release_entry.release WHERE \
         release_entry.release = $1 AND release_entry.person_key = $2",
    )
    .bind(room.to_string())
    .bind(person_key)
    .fetch_optional(&mut *db)
    .await?;
    entered(db, room, row).await
}

pub async fn of_account(db: &mut Connection, room: ReleaseId, account: AccountId) -> Result<Option<Entered>> {
    let row = sqlx::query(
        "SELECT release_entry.*, release.drawn FROM release_entry JOIN release ON release.id = release_entry.release WHERE \
         release_entry.release = $1 AND release_entry.account = $2",
    )
    .bind(room.to_string())
    .bind(account.to_string())
    .fetch_optional(&mut *db)
    .await?;
    entered(db, room, row).await
}

async fn entered(db: &mut Connection, room: ReleaseId, row: Option<Row>) -> Result<Option<Entered>> {
    let Some(row) = row else { return Ok(None) };
    let (round, drawn): (i64, i64) = (get(&row, "round")?, get(&row, "drawn")?);
    let state: EntryState = word(&row, "state")?;
    let before = if state == EntryState::Waiting && round < drawn {
        Some(before(db, room, round, get(&row, "draw_rank")?).await?)
    } else {
        None
    };
    Ok(Some(Entered { id: word(&row, "id")?, round, state, until: maybe_moment(&row, "until")?, before }))
}

/// How many wait before a place in the line.
async fn before(db: &mut Connection, room: ReleaseId, round: i64, rank: Vec<u8>) -> Result<i64> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS entries FROM release_entry WHERE release = $1 AND state = 'waiting' AND (round < $2 OR (round = $2 AND draw_rank \
         < $3))",
    )
    .bind(room.to_string())
    .bind(round)
    .bind(rank)
    .fetch_one(db)
    .await?;
    get(&row, "entries")
}

/// Lets somebody into a room, once. The round is never one that is drawn: the row of the release is held until the entry is there.
pub async fn enter(
    db: &mut Connection,
    keys: Arc<Keys>,
    room: ReleaseId,
    new: NewEntry,
    seeds: Seeds,
    entry: Entry,
) -> Result<Entering> {
    let now = entry.at;
    let row = sqlx::query(locking!("SELECT * FROM release WHERE id = $1"))
        .bind(room.to_string())
        .fetch_optional(&mut *db)
        .await?
        .ok_or(StoreError::Absent("release"))?;
    let of = read(&row)?;
    if now < of.times.room_from {
        return Ok(Entering::TooEarly);
    }
    if of.is_over(now) {
        return Ok(Entering::Over);
    }
    if let Some(inside) = inside_before(&mut *db, room, &new, now).await? {
        return Ok(inside);
    }
    let round = round_at(of.times.opens_at, now).max(of.drawn);
    sqlx::query(
        "INSERT INTO release_entry (id, release, round, draw_rank, person_key, account, state) VALUES ($1, $2, $3, $4, $5, $6, 'waiting')",
    )
    .bind(new.id.to_string())
    .bind(room.to_string())
    .bind(round)
    .bind(seeds.of(round).rank(new.id).to_vec())
    .bind(new.person_key)
    .bind(new.account.to_string())
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(Entering::Inside)
}

/// What somebody's earlier entry makes of a new one; `None` where there is none, or it is over and gives its place up.
async fn inside_before(db: &mut Connection, room: ReleaseId, new: &NewEntry, now: Moment) -> Result<Option<Entering>> {
    let rows = sqlx::query("SELECT * FROM release_entry WHERE release = $1 AND (person_key = $2 OR account = $3)")
        .bind(room.to_string())
        .bind(&new.person_key)
        .bind(new.account.to_string())
        .fetch_all(&mut *db)
        .await?;
    for row in &rows {
        let (state, until): (EntryState, Option<Moment>) = (word(row, "state")?, maybe_moment(row, "until")?);
        let id: EntryId = word(row, "id")?;
        if (Entered { id, round: 0, state, until, before: None }).is_inside(now) {
            let (key, account): (Option<Vec<u8>>, Option<String>) = (get(row, "person_key")?, get(row, "account")?);
            let theirs = (key.as_ref() == Some(&new.person_key), account == Some(new.account.to_string()));
            return Ok(Some(match theirs {
                (true, true) => Entering::Inside,
                (false, _) => Entering::OtherPerson,
                (true, false) => Entering::OtherAccount,
            }));
        }
        sqlx::query("UPDATE release_entry SET person_key = NULL, account = NULL WHERE id = $1")
            .bind(id.to_string())
            .execute(&mut *db)
            .await?;
    }
    Ok(None)
}

/// Takes an account's entry back; whether there was one.
pub async fn leave(
    db: &mut Connection,
    keys: Arc<Keys>,
    room: ReleaseId,
    account: AccountId,
    entry: Entry,
) -> Result<bool> {
    let gone = sqlx::query(
        "UPDATE release_entry SET state = 'left', person_key = NULL, account = NULL, until = NULL WHERE release = $1 AND account = $2 AND \
         state IN ('waiting', 'in')",
    )
    .bind(room.to_string())
    .bind(account.to_string())
    .execute(&mut *db)
    .await?;
    if gone.rows_affected() == 0 {
        return Ok(false);
    }
    log::append(db, &keys, &[entry]).await?;
    Ok(true)
}

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
    let (left, open) = (left(&mut *db, &room, now).await?, open_turns(&mut *db, id).await?);
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

/// Entries of the rounds that are drawn, in their order.
pub async fn drawn(db: &mut Connection, id: ReleaseId) -> Result<Vec<(i64, EntryId)>> {
    let rows = sqlx::query(
        "SELECT release_entry.round, release_entry.id FROM release_entry JOIN release ON release.id = release_entry.release WHERE release.id \
         = $1 AND release_entry.round < release.drawn ORDER BY release_entry.round, release_entry.draw_rank, release_entry.id",
    )
    .bind(id.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((get(row, "round")?, word(row, "id")?))).collect()
}

/// Forgets who was in rooms that were over before a moment. Ids and order stay, so that a draw can be checked later.
pub async fn forget(db: &mut Connection, before: Moment) -> Result<()> {
    sqlx::query(
        "UPDATE release_entry SET person_key = NULL, account = NULL WHERE (person_key IS NOT NULL OR account IS NOT NULL) AND release IN \
         (SELECT id FROM release WHERE over_at <= $1)",
    )
    .bind(before.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Rooms in which an account is: office, service and day.
pub async fn rooms_of(db: &mut Connection, account: AccountId) -> Result<Vec<(OfficeId, String, Date)>> {
    let rows = sqlx::query(
        "SELECT release.office, release.service, release.day FROM release_entry JOIN release ON release.id = release_entry.release WHERE \
         release_entry.account = $1 ORDER BY release.day",
    )
    .bind(account.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((word(row, "office")?, get(row, "service")?, word(row, "day")?))).collect()
}

/// Takes an account out of all rooms. Part of its erasure.
pub async fn erase(db: &mut Connection, account: AccountId) -> Result<()> {
    sqlx::query(
        "UPDATE release_entry SET person_key = NULL, account = NULL, state = CASE WHEN state IN ('waiting', 'in') THEN 'left' ELSE state END \
         WHERE account = $1",
    )
    .bind(account.to_string())
    .execute(db)
    .await?;
    Ok(())
}

async fn left(db: &mut Connection, room: &Room, now: Moment) -> Result<i64> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(capacity - taken), 0) AS BIGINT) AS places FROM slot WHERE office = $1 AND service = $2 AND day = $3 AND \
         starts_at > $4",
    )
    .bind(room.office.to_string())
    .bind(&room.service)
    .bind(room.day.to_string())
    .bind(now.0)
    .fetch_one(db)
    .await?;
    get(&row, "places")
}

async fn open_turns(db: &mut Connection, id: ReleaseId) -> Result<i64> {
    count(db, "SELECT COUNT(*) AS entries FROM release_entry WHERE release = $1 AND state = 'in'", id).await
}

async fn waiting(db: &mut Connection, id: ReleaseId) -> Result<i64> {
    count(db, "SELECT COUNT(*) AS entries FROM release_entry WHERE release = $1 AND state = 'waiting'", id).await
}

async fn count(db: &mut Connection, statement: &'static str, id: ReleaseId) -> Result<i64> {
    let row = sqlx::query(statement).bind(id.to_string()).fetch_one(db).await?;
    get(&row, "entries")
}

/// An entry of the log beside another, with counts.
fn noted(told: &Entry, action: &str, counts: &[(&str, i64)]) -> Entry {
    let detail = counts.iter().map(|(key, count)| ((*key).to_owned(), Value::from(*count))).collect();
    Entry { action: action.to_owned(), detail, ..told.clone() }
}

fn read(row: &Row) -> Result<Room> {
    let commitment: Vec<u8> = get(row, "commitment")?;
    Ok(Room {
        id: word(row, "id")?,
        office: word(row, "office")?,
        service: get(row, "service")?,
        day: word(row, "day")?,
        commitment: Seed::of(&commitment).ok_or_else(|| StoreError::Row {
            what: "a commitment",
            value: format!("{} bytes", commitment.len()),
        })?,
        times: Times {
            room_from: moment(row, "room_from")?,
            opens_at: moment(row, "opens_at")?,
            ends_at: moment(row, "ends_at")?,
        },
        drawn: get(row, "drawn")?,
        over_at: maybe_moment(row, "over_at")?,
        entries: 0,
        waiting: 0,
        left: 0,
        seeds: get(row, "seeds")?,
    })
}

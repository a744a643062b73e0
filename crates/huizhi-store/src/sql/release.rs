//! Releases and their waiting rooms. That a person is in a room once, and an account once, is the rows'.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, EntryId, OfficeId, ReleaseId};
use huizhi_domain::visit::draw::Seed;
use huizhi_domain::visit::release::{Entered, EntryState, Times};
use jiff::civil::Date;

use super::{Connection, Row, get, log, maybe_moment, moment, word};
use crate::release::{NewRelease, Room};
use crate::{Keys, Result, StoreError};

mod entry;
mod turn;

pub use entry::{enter, leave};
pub use turn::tend;

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
    room.left = places_left(db, &room, now).await?;
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

async fn places_left(db: &mut Connection, room: &Room, now: Moment) -> Result<i64> {
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

async fn waiting(db: &mut Connection, id: ReleaseId) -> Result<i64> {
    count(db, "SELECT COUNT(*) AS entries FROM release_entry WHERE release = $1 AND state = 'waiting'", id).await
}

async fn count(db: &mut Connection, statement: &'static str, id: ReleaseId) -> Result<i64> {
    let row = sqlx::query(statement).bind(id.to_string()).fetch_one(db).await?;
    get(&row, "entries")
}

fn read(row: &Row) -> Result<Room> {
    let commitment: Vec<u8> = get(row, "commitment")?;
    Ok(Room {
        id: word(row, "id")?,
        office: word(row, "office")?,
        service: get(row, "service")?,
        day: word(row, "day")?,
        commitment: Seed::of(&commitment)
            .ok_or_else(|| StoreError::Row { what: "a commitment", value: format!("{} bytes", commitment.len()) })?,
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

//! Entering a waiting room, and leaving it.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, EntryId, ReleaseId};
use huizhi_domain::visit::draw::{Seeds, round_at};
use huizhi_domain::visit::release::{Entered, EntryState};

use super::{Connection, get, log, maybe_moment, read, word};
use crate::release::{Entering, NewEntry};
use crate::{Keys, Result, StoreError};

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

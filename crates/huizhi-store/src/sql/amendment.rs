//! Amendments. That at most one version of a file holds, and that two persons are two, are constraints of the table too.

use std::sync::Arc;

use huizhi_domain::amendment::{AmendError, Amendment, State, Target};
use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::StaffId;

use super::{Connection, Row, get, log, maybe_moment, maybe_word, moment, word};
use crate::amendment::NewAmendment;
use crate::{Keys, Result, StoreError};

pub async fn stamp(db: &mut Connection) -> Result<i64> {
    let row = sqlx::query("SELECT stamp FROM amendment_stamp WHERE one = 1").fetch_one(db).await?;
    get(&row, "stamp")
}

pub async fn open(db: &mut Connection) -> Result<Vec<Amendment>> {
    let rows = sqlx::query("SELECT * FROM amendment WHERE state IN ('live', 'waiting') ORDER BY kind, name, version")
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn versions(db: &mut Connection, target: Target) -> Result<Vec<Amendment>> {
    let rows = sqlx::query("SELECT * FROM amendment WHERE kind = $1 AND name = $2 ORDER BY version DESC")
        .bind(target.kind.word())
        .bind(target.name)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn add(db: &mut Connection, keys: Arc<Keys>, new: NewAmendment, entry: Entry) -> Result<i64> {
    touch(&mut *db).await?;
    let there = versions(&mut *db, new.target.clone()).await?;
    let newest = there.first().map_or(0, |newest| newest.version);
    if newest != new.on {
        return Err(AmendError::Moved.into());
    }
    if there.iter().any(|it| it.state == State::Waiting) {
        return Err(AmendError::Waits.into());
    }
    let waits = new.target.kind.takes_two();
    let state = if waits { State::Waiting } else { State::Live };
    if !waits {
        retire(&mut *db, &new.target).await?;
    }
    let version = newest + 1;
    sqlx::query(
        "INSERT INTO amendment (kind, name, version, text, note, state, made_by, made_at, live_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(new.target.kind.word())
    .bind(new.target.name)
    .bind(version)
    .bind(new.text)
    .bind(new.note)
    .bind(state.word())
    .bind(new.by.map(|by| by.to_string()))
    .bind(entry.at.0)
    .bind((!waits).then_some(entry.at.0))
    .execute(&mut *db)
    .await?;
    let mut detail = serde_json::Map::new();
    detail.insert("version".to_owned(), version.into());
    detail.insert("state".to_owned(), state.word().into());
    log::append(db, &keys, &[Entry { detail, ..entry }]).await?;
    Ok(version)
}

pub async fn agree(
    db: &mut Connection,
    keys: Arc<Keys>,
    target: Target,
    version: i64,
    by: StaffId,
    entry: Entry,
) -> Result<()> {
    touch(&mut *db).await?;
    let there = versions(&mut *db, target.clone()).await?;
    let waiting = there.iter().find(|it| it.version == version).ok_or(StoreError::Absent("amendment"))?;
    waiting.agreed_by(by)?;
    retire(&mut *db, &target).await?;
    settle(&mut *db, &target, version, State::Live, Some((by, entry.at))).await?;
    log::append(db, &keys, &[entry]).await
}

pub async fn refuse(db: &mut Connection, keys: Arc<Keys>, target: Target, version: i64, entry: Entry) -> Result<()> {
    touch(&mut *db).await?;
    settle(&mut *db, &target, version, State::Refused, None).await?;
    log::append(db, &keys, &[entry]).await
}

/// Says that something changes. Two who change at once wait here for each other.
async fn touch(db: &mut Connection) -> Result<()> {
    sqlx::query("UPDATE amendment_stamp SET stamp = stamp + 1 WHERE one = 1").execute(db).await?;
    Ok(())
}

/// What held of a file holds no more.
async fn retire(db: &mut Connection, target: &Target) -> Result<()> {
    sqlx::query("UPDATE amendment SET state = 'former' WHERE kind = $1 AND name = $2 AND state = 'live'")
        .bind(target.kind.word())
        .bind(target.name.clone())
        .execute(db)
        .await?;
    Ok(())
}

/// Ends the waiting of a version.
async fn settle(
    db: &mut Connection,
    target: &Target,
    version: i64,
    state: State,
    agreed: Option<(StaffId, Moment)>,
) -> Result<()> {
    let done = sqlx::query(
        "UPDATE amendment SET state = $1, agreed_by = $2, live_at = $3 WHERE kind = $4 AND name = $5 AND version = $6 AND state = 'waiting'",
    )
    .bind(state.word())
    .bind(agreed.map(|(by, _)| by.to_string()))
    .bind(agreed.map(|(_, at)| at.0))
    .bind(target.kind.word())
    .bind(target.name.clone())
    .bind(version)
    .execute(db)
    .await?;
    if done.rows_affected() == 0 { Err(AmendError::Over.into()) } else { Ok(()) }
}

fn read(row: &Row) -> Result<Amendment> {
    let name: String = get(row, "name")?;
    let target = Target::new(word(row, "kind")?, &name).ok_or(StoreError::Row { what: "name", value: name })?;
    Ok(Amendment {
        target,
        version: get(row, "version")?,
        text: get(row, "text")?,
        note: get(row, "note")?,
        state: word(row, "state")?,
        made_by: maybe_word(row, "made_by")?,
        made_at: moment(row, "made_at")?,
        agreed_by: maybe_word(row, "agreed_by")?,
        live_at: maybe_moment(row, "live_at")?,
    })
}

//! Proposals. That two persons are two is a constraint of the table too.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{ProposalId, StaffId};
use huizhi_domain::staff::{Change, Proposal, StaffError};

use super::{Connection, Row, get, log, maybe_word, moment, second, staff as people, word};
use crate::{Keys, Result, StoreError};

pub async fn add(db: &mut Connection, keys: Arc<Keys>, made: Proposal, entry: Entry) -> Result<()> {
    // Those that nobody confirmed make room.
    sqlx::query("UPDATE proposal SET state = 'lapsed', settled_at = $1 WHERE state = 'open' AND ends_at <= $1")
        .bind(entry.at.0)
        .execute(&mut *db)
        .await?;
    let there = sqlx::query("SELECT 1 FROM staff WHERE id = $1")
        .bind(made.subject.to_string())
        .fetch_optional(&mut *db)
        .await?;
    if there.is_none() {
        return Err(StoreError::Absent("member of staff"));
    }
    let (role, office) = match made.change {
        Change::Role { role, office } => (Some(role.word()), office.map(|id| id.to_string())),
        Change::Reset => (None, None),
    };
    sqlx::query(
        "INSERT INTO proposal (id, kind, subject, role, office, proposer, ends_at, state) VALUES ($1, $2, $3, $4, $5, $6, $7, 'open')",
    )
    .bind(made.id.to_string())
    .bind(made.change.word())
    .bind(made.subject.to_string())
    .bind(role)
    .bind(office)
    .bind(made.proposer.to_string())
    .bind(made.ends_at.0)
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

pub async fn open(db: &mut Connection, now: Moment) -> Result<Vec<Proposal>> {
    let rows = sqlx::query("SELECT * FROM proposal WHERE state = 'open' AND ends_at > $1 ORDER BY id")
        .bind(now.0)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn confirm(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: ProposalId,
    by: Option<StaffId>,
    entry: Entry,
) -> Result<()> {
    let now = entry.at;
    let row = sqlx::query(locking!("SELECT * FROM proposal WHERE id = $1 AND state = 'open'"))
        .bind(id.to_string())
        .fetch_optional(&mut *db)
        .await?;
    let proposal = read(&row.ok_or(StaffError::Over)?)?;
    match by {
        Some(by) => proposal.confirmed_by(by, now)?,
        None => alone(&mut *db, &proposal, now).await?,
    }
    sqlx::query("UPDATE proposal SET state = 'done', confirmer = $1, settled_at = $2 WHERE id = $3")
        .bind(by.map(|by| by.to_string()))
        .bind(now.0)
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    match proposal.change {
        Change::Role { role, office } => {
            sqlx::query("UPDATE staff SET role = $1, office = $2 WHERE id = $3")
                .bind(role.word())
                .bind(office.map(|id| id.to_string()))
                .bind(proposal.subject.to_string())
                .execute(&mut *db)
                .await?;
        }
        Change::Reset => second::forget(&mut *db, proposal.subject).await?,
    }
    people::end_all(&mut *db, proposal.subject).await?;
    let mut detail = serde_json::Map::new();
    detail.insert("kind".to_owned(), proposal.change.word().into());
    detail.insert("of".to_owned(), proposal.subject.to_string().into());
    detail.insert("proposer".to_owned(), proposal.proposer.to_string().into());
    log::append(db, &keys, &[Entry { detail, ..entry }]).await
}

/// Whether nobody else could confirm a proposal, so that the machine's operator may.
async fn alone(db: &mut Connection, proposal: &Proposal, now: Moment) -> Result<()> {
    if now >= proposal.ends_at {
        return Err(StaffError::Over.into());
    }
    let row = sqlx::query(
        "SELECT count(*) AS others FROM staff WHERE role = 'admin' AND suspended_at IS NULL AND id <> $1 AND id <> $2",
    )
    .bind(proposal.proposer.to_string())
    .bind(proposal.subject.to_string())
    .fetch_one(db)
    .await?;
    if get::<i64>(&row, "others")? > 0 { Err(StaffError::OtherAdmin.into()) } else { Ok(()) }
}

pub async fn refuse(db: &mut Connection, keys: Arc<Keys>, id: ProposalId, entry: Entry) -> Result<()> {
    let done = sqlx::query("UPDATE proposal SET state = 'refused', settled_at = $1 WHERE id = $2 AND state = 'open'")
        .bind(entry.at.0)
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if done.rows_affected() == 0 {
        return Err(StaffError::Over.into());
    }
    log::append(db, &keys, &[entry]).await
}

fn read(row: &Row) -> Result<Proposal> {
    let change = match maybe_word(row, "role")? {
        Some(role) => Change::Role { role, office: maybe_word(row, "office")? },
        None => Change::Reset,
    };
    Ok(Proposal {
        id: word(row, "id")?,
        change,
        subject: word(row, "subject")?,
        proposer: word(row, "proposer")?,
        ends_at: moment(row, "ends_at")?,
    })
}

//! Invitations.

use std::sync::Arc;

use huizhi_domain::audit::{Actor, Entry};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::StaffId;
use huizhi_domain::staff::Staff;

use super::{Connection, Row, get, log, maybe_word, moment, staff as people, word};
use crate::{Invitation, Keys, Result, StoreError};

pub async fn add(
    db: &mut Connection,
    keys: Arc<Keys>,
    made: Invitation,
    token: Vec<u8>,
    by: StaffId,
    entry: Entry,
) -> Result<()> {
    let taken = sqlx::query(
        "SELECT 1 FROM staff WHERE login = $1 UNION ALL SELECT 1 FROM invitation WHERE login = $1 AND used_at IS NULL AND ends_at > $2",
    )
    .bind(&made.staff.login)
    .bind(entry.at.0)
    .fetch_optional(&mut *db)
    .await?;
    if taken.is_some() {
        return Err(StoreError::Conflict("the login"));
    }
    sqlx::query(
        "INSERT INTO invitation (id, token, login, name, role, office, invited_by, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(made.staff.id.to_string())
    .bind(token)
    .bind(made.staff.login)
    .bind(made.staff.name)
    .bind(made.staff.role.word())
    .bind(made.staff.office.map(|id| id.to_string()))
    .bind(by.to_string())
    .bind(made.ends_at.0)
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

pub async fn find(db: &mut Connection, token: Vec<u8>, now: Moment) -> Result<Option<Invitation>> {
    let row = sqlx::query(locking!("SELECT * FROM invitation WHERE token = $1 AND used_at IS NULL AND ends_at > $2"))
        .bind(token)
        .bind(now.0)
        .fetch_optional(db)
        .await?;
    row.map(|row| read(&row)).transpose()
}

pub async fn open(db: &mut Connection, now: Moment) -> Result<Vec<Invitation>> {
    let rows = sqlx::query("SELECT * FROM invitation WHERE used_at IS NULL AND ends_at > $1 ORDER BY id")
        .bind(now.0)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn accept(
    db: &mut Connection,
    keys: Arc<Keys>,
    token: Vec<u8>,
    password: String,
    now: Moment,
) -> Result<Staff> {
    let found = find(&mut *db, token.clone(), now).await?;
    let staff = found.ok_or(StoreError::Absent("invitation"))?.staff;
    sqlx::query("UPDATE invitation SET used_at = $1 WHERE token = $2")
        .bind(now.0)
        .bind(token)
        .execute(&mut *db)
        .await?;
    let mut detail = serde_json::Map::new();
    detail.insert("role".to_owned(), staff.role.word().into());
    let (actor, action, subject) = (Actor::Staff(staff.id), "staff.added".to_owned(), staff.id.to_string());
    let entry = Entry { at: now, actor, action, subject, detail };
    people::add(db, keys, staff.clone(), password, entry).await?;
    Ok(staff)
}

pub async fn withdraw(db: &mut Connection, keys: Arc<Keys>, id: StaffId, entry: Entry) -> Result<()> {
    let done = sqlx::query("UPDATE invitation SET ends_at = $1 WHERE id = $2 AND used_at IS NULL AND ends_at > $1")
        .bind(entry.at.0)
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Absent("invitation"));
    }
    log::append(db, &keys, &[entry]).await
}

fn read(row: &Row) -> Result<Invitation> {
    Ok(Invitation {
        staff: Staff {
            id: word(row, "id")?,
            login: get(row, "login")?,
            name: get(row, "name")?,
            role: word(row, "role")?,
            office: maybe_word(row, "office")?,
        },
        ends_at: moment(row, "ends_at")?,
    })
}

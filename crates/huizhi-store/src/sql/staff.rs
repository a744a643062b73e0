//! Staff, offices and sessions.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{OfficeId, StaffId};
use huizhi_domain::staff::{Office, Staff};

use super::{Connection, Row, get, log, maybe_word, moment, word};
use crate::{Keys, Result};

pub async fn add_office(db: &mut Connection, keys: Arc<Keys>, office: Office, entry: Entry) -> Result<()> {
    sqlx::query("INSERT INTO office (id, city, name, address) VALUES ($1, $2, $3, $4)")
        .bind(office.id.to_string())
        .bind(office.city)
        .bind(office.name)
        .bind(office.address)
        .execute(&mut *db)
        .await?;
    log::append(db, &keys, &[entry]).await
}

pub async fn offices(db: &mut Connection) -> Result<Vec<Office>> {
    let rows = sqlx::query("SELECT * FROM office ORDER BY city, id").fetch_all(db).await?;
    rows.iter().map(read_office).collect()
}

pub async fn office(db: &mut Connection, id: OfficeId) -> Result<Option<Office>> {
    let row = sqlx::query("SELECT * FROM office WHERE id = $1").bind(id.to_string()).fetch_optional(db).await?;
    row.map(|row| read_office(&row)).transpose()
}

pub async fn add(db: &mut Connection, keys: Arc<Keys>, staff: Staff, password: String, entry: Entry) -> Result<()> {
    sqlx::query(
        "INSERT INTO staff (id, login, name, role, office, password, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(staff.id.to_string())
    .bind(staff.login)
    .bind(staff.name)
    .bind(staff.role.word())
    .bind(staff.office.map(|id| id.to_string()))
    .bind(password)
    .bind(entry.at.0)
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

pub async fn by_login(db: &mut Connection, login: String) -> Result<Option<(Staff, String)>> {
    let row = sqlx::query("SELECT * FROM staff WHERE login = $1").bind(login).fetch_optional(db).await?;
    row.map(|row| Ok((read(&row)?, get(&row, "password")?))).transpose()
}

pub async fn all(db: &mut Connection) -> Result<Vec<Staff>> {
    let rows = sqlx::query("SELECT * FROM staff ORDER BY login").fetch_all(db).await?;
    rows.iter().map(read).collect()
}

pub async fn begin_session(
    db: &mut Connection,
    keys: Arc<Keys>,
    token: Vec<u8>,
    id: StaffId,
    entry: Entry,
) -> Result<()> {
    sqlx::query("INSERT INTO session (token, staff, created_at, seen_at) VALUES ($1, $2, $3, $3)")
        .bind(token)
        .bind(id.to_string())
        .bind(entry.at.0)
        .execute(&mut *db)
        .await?;
    log::append(db, &keys, &[entry]).await
}

/// Whose session it is, when it began and when it was last used.
pub async fn session(db: &mut Connection, token: Vec<u8>) -> Result<Option<(Staff, Moment, Moment)>> {
    let row = sqlx::query(
        "SELECT staff.*, session.created_at AS began_at, session.seen_at FROM session JOIN staff ON staff.id = session.staff WHERE \
         session.token = $1",
    )
    .bind(token)
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok((read(&row)?, moment(&row, "began_at")?, moment(&row, "seen_at")?))).transpose()
}

pub async fn seen(db: &mut Connection, token: Vec<u8>, now: Moment) -> Result<()> {
    sqlx::query("UPDATE session SET seen_at = $1 WHERE token = $2").bind(now.0).bind(token).execute(db).await?;
    Ok(())
}

pub async fn end_session(db: &mut Connection, token: Vec<u8>) -> Result<()> {
    sqlx::query("DELETE FROM session WHERE token = $1").bind(token).execute(db).await?;
    Ok(())
}

pub async fn end_old_sessions(db: &mut Connection, began_before: Moment, seen_before: Moment) -> Result<()> {
    sqlx::query("DELETE FROM session WHERE created_at <= $1 OR seen_at <= $2")
        .bind(began_before.0)
        .bind(seen_before.0)
        .execute(db)
        .await?;
    Ok(())
}

fn read(row: &Row) -> Result<Staff> {
    Ok(Staff {
        id: word(row, "id")?,
        login: get(row, "login")?,
        name: get(row, "name")?,
        role: word(row, "role")?,
        office: maybe_word(row, "office")?,
    })
}

fn read_office(row: &Row) -> Result<Office> {
    Ok(Office { id: word(row, "id")?, city: get(row, "city")?, name: get(row, "name")?, address: get(row, "address")? })
}

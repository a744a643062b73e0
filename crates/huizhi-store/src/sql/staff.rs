//! Staff, offices and sessions.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{OfficeId, StaffId};
use huizhi_domain::staff::{Office, Staff};

use super::{Connection, Row, get, log, maybe_moment, maybe_word, moment, word};
use crate::staff::SessionRow;
use crate::{Keys, Result, StaffLine, StoreError};

pub async fn add_office(db: &mut Connection, keys: Arc<Keys>, office: Office, entry: Entry) -> Result<()> {
    sqlx::query("INSERT INTO office (id, city, name, district, address, phone) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(office.id.to_string())
        .bind(office.city)
        .bind(office.name)
        .bind(office.district)
        .bind(office.address)
        .bind(office.phone)
        .execute(&mut *db)
        .await?;
    log::append(db, &keys, &[entry]).await
}

/// Writes down what is known of an office by now; its city stays.
pub async fn set_office(db: &mut Connection, keys: Arc<Keys>, office: Office, entry: Entry) -> Result<()> {
    let done = sqlx::query("UPDATE office SET name = $1, district = $2, address = $3, phone = $4 WHERE id = $5")
        .bind(office.name)
        .bind(office.district)
        .bind(office.address)
        .bind(office.phone)
        .bind(office.id.to_string())
        .execute(&mut *db)
        .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Absent("office"));
    }
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
    let row = sqlx::query("SELECT * FROM staff WHERE login = $1 AND suspended_at IS NULL")
        .bind(login)
        .fetch_optional(db)
        .await?;
    row.map(|row| Ok((read(&row)?, get(&row, "password")?))).transpose()
}

pub async fn all(db: &mut Connection) -> Result<Vec<Staff>> {
    let rows = sqlx::query("SELECT * FROM staff ORDER BY login").fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// Everybody, with what an administrator sees of them.
pub async fn lines(db: &mut Connection) -> Result<Vec<StaffLine>> {
    let rows = sqlx::query(
        "SELECT staff.*, (SELECT count(*) FROM staff_totp WHERE staff_totp.staff = staff.id AND confirmed_at IS NOT NULL) AS totps, \
         (SELECT count(*) FROM passkey WHERE passkey.staff = staff.id) AS passkeys, (SELECT count(*) FROM session WHERE session.staff \
         = staff.id) AS sessions FROM staff ORDER BY login",
    )
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(StaffLine {
                staff: read(row)?,
                suspended_at: maybe_moment(row, "suspended_at")?,
                totp: get::<i64>(row, "totps")? > 0,
                passkeys: get(row, "passkeys")?,
                sessions: get(row, "sessions")?,
            })
        })
        .collect()
}

/// Begins a session; with `second` the second factor was shown with the password, or none is enrolled.
pub async fn begin_session(
    db: &mut Connection,
    keys: Arc<Keys>,
    token: Vec<u8>,
    id: StaffId,
    second: bool,
    entry: Entry,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO session (token, staff, created_at, seen_at, proved_at, second_at) VALUES ($1, $2, $3, $3, $3, $4)",
    )
    .bind(token)
    .bind(id.to_string())
    .bind(entry.at.0)
    .bind(second.then_some(entry.at.0))
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

/// A session as it stands in the database.
pub async fn session(db: &mut Connection, token: Vec<u8>) -> Result<Option<SessionRow>> {
    let row = sqlx::query(
        "SELECT staff.*, session.created_at AS began_at, session.seen_at, session.proved_at, session.second_at, (SELECT count(*) FROM \
         staff_totp WHERE staff_totp.staff = staff.id AND staff_totp.confirmed_at IS NOT NULL) + (SELECT count(*) FROM passkey WHERE \
         passkey.staff = staff.id) AS factors FROM session JOIN staff ON staff.id = session.staff WHERE session.token = $1 AND \
         staff.suspended_at IS NULL",
    )
    .bind(token)
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(SessionRow {
            staff: read(&row)?,
            began: moment(&row, "began_at")?,
            seen: moment(&row, "seen_at")?,
            proved: moment(&row, "proved_at")?,
            second: maybe_moment(&row, "second_at")?,
            factors: get(&row, "factors")?,
        })
    })
    .transpose()
}

/// Puts a new token in the place of an old one: who has just proved who they are goes on under a token that nobody else can have seen.
pub async fn renew_session(
    db: &mut Connection,
    old: Vec<u8>,
    new: Vec<u8>,
    id: StaffId,
    second: bool,
    now: Moment,
) -> Result<()> {
    let renewed =
        sqlx::query("UPDATE session SET token = $1, seen_at = $2, proved_at = $2 WHERE token = $3 AND staff = $4")
            .bind(&new)
            .bind(now.0)
            .bind(old)
            .bind(id.to_string())
            .execute(&mut *db)
            .await?;
    if renewed.rows_affected() == 0 {
        return Err(StoreError::Absent("session"));
    }
    if second {
        second_shown(db, new, now).await?;
    }
    Ok(())
}

/// Notes that a session has shown the second factor.
pub async fn second_shown(db: &mut Connection, token: Vec<u8>, now: Moment) -> Result<()> {
    sqlx::query("UPDATE session SET second_at = $1 WHERE token = $2").bind(now.0).bind(token).execute(db).await?;
    Ok(())
}

/// Suspends somebody: in the same transaction their sessions end, and what they proposed is void.
pub async fn suspend(db: &mut Connection, keys: Arc<Keys>, id: StaffId, entry: Entry) -> Result<()> {
    let done = sqlx::query("UPDATE staff SET suspended_at = $1 WHERE id = $2 AND suspended_at IS NULL")
        .bind(entry.at.0)
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Absent("member of staff"));
    }
    end_all(&mut *db, id).await?;
    sqlx::query("UPDATE proposal SET state = 'refused', settled_at = $1 WHERE state = 'open' AND proposer = $2")
        .bind(entry.at.0)
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    log::append(db, &keys, &[entry]).await
}

pub async fn reactivate(db: &mut Connection, keys: Arc<Keys>, id: StaffId, entry: Entry) -> Result<()> {
    let done = sqlx::query("UPDATE staff SET suspended_at = NULL WHERE id = $1 AND suspended_at IS NOT NULL")
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Absent("member of staff"));
    }
    log::append(db, &keys, &[entry]).await
}

pub async fn end_sessions(db: &mut Connection, keys: Arc<Keys>, id: StaffId, entry: Entry) -> Result<()> {
    end_all(&mut *db, id).await?;
    log::append(db, &keys, &[entry]).await
}

/// Ends all sessions of somebody.
pub async fn end_all(db: &mut Connection, id: StaffId) -> Result<()> {
    sqlx::query("DELETE FROM session WHERE staff = $1").bind(id.to_string()).execute(db).await?;
    Ok(())
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
    Ok(Office {
        id: word(row, "id")?,
        city: get(row, "city")?,
        name: get(row, "name")?,
        district: get(row, "district")?,
        address: get(row, "address")?,
        phone: get(row, "phone")?,
    })
}

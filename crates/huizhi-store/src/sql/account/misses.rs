//! Wrong passwords, counted before they are compared: however many come at the same moment, to however many processes, one is compared.

use huizhi_domain::account::Misses;
use huizhi_domain::clock::{Moment, Zone};

use super::super::{Connection, Row, get, moment};
use crate::Result;

pub async fn find(db: &mut Connection, subject: Vec<u8>) -> Result<Option<Misses>> {
    let row = sqlx::query("SELECT * FROM account_misses WHERE subject = $1").bind(subject).fetch_optional(db).await?;
    row.map(|row| read(&row)).transpose()
}

/// Takes a try: it counts as wrong until [`forgive`]. Gives until when there is none.
pub async fn take(db: &mut Connection, subject: Vec<u8>, now: Moment, zone: Zone) -> Result<Option<Moment>> {
    // The row is made first, so that there is one to lock.
    sqlx::query(
        "INSERT INTO account_misses (subject, misses, until, forgotten_at) VALUES ($1, 0, 0, 0) ON CONFLICT DO NOTHING",
    )
    .bind(&subject)
    .execute(&mut *db)
    .await?;
    let row = sqlx::query(locking!("SELECT * FROM account_misses WHERE subject = $1"))
        .bind(&subject)
        .fetch_one(&mut *db)
        .await?;
    let known = read(&row)?;
    if let Some(until) = known.waits_until(now) {
        return Ok(Some(until));
    }
    let next = Misses::and_one(Some(known), now, zone);
    sqlx::query("UPDATE account_misses SET misses = $1, until = $2, forgotten_at = $3 WHERE subject = $4")
        .bind(i32::try_from(next.count).unwrap_or(i32::MAX))
        .bind(next.until.0)
        .bind(next.forgotten_at.0)
        .bind(subject)
        .execute(db)
        .await?;
    Ok(None)
}

/// Forgets the wrong ones after the right one.
pub async fn forgive(db: &mut Connection, subject: Vec<u8>) -> Result<()> {
    sqlx::query("DELETE FROM account_misses WHERE subject = $1").bind(subject).execute(db).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Misses> {
    let count: i32 = get(row, "misses")?;
    Ok(Misses {
        count: u32::try_from(count).unwrap_or_default(),
        until: moment(row, "until")?,
        forgotten_at: moment(row, "forgotten_at")?,
    })
}

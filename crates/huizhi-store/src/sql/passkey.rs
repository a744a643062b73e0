//! Passkeys and their challenges.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::StaffId;

use super::{Connection, Row, get, log, second, staff as people};
use crate::passkey::Signed;
use crate::second::{Recovery, Renewal};
use crate::{Keys, Passkey, Purpose, Result, StoreError};

/// Keeps a challenge, and forgets those that nobody signed in time.
pub async fn challenge(
    db: &mut Connection,
    signed: Signed,
    purpose: Purpose,
    now: Moment,
    ends_at: Moment,
) -> Result<()> {
    sqlx::query("DELETE FROM passkey_challenge WHERE ends_at <= $1").bind(now.0).execute(&mut *db).await?;
    sqlx::query("INSERT INTO passkey_challenge (challenge, session, purpose, ends_at) VALUES ($1, $2, $3, $4)")
        .bind(signed.challenge)
        .bind(signed.session)
        .bind(purpose.word())
        .bind(ends_at.0)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn of(db: &mut Connection, staff: StaffId) -> Result<Vec<Passkey>> {
    let rows = sqlx::query("SELECT id, point, counter FROM passkey WHERE staff = $1 ORDER BY created_at")
        .bind(staff.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// Gives whether the recovery codes were kept: those that somebody has stay good.
pub async fn enrol(
    db: &mut Connection,
    keys: Arc<Keys>,
    staff: StaffId,
    signed: Signed,
    new: Passkey,
    recovery: Recovery,
    entry: Entry,
) -> Result<bool> {
    let now = entry.at;
    let session = signed.session.clone();
    use_up(&mut *db, signed, Purpose::Enrol, now).await?;
    sqlx::query("INSERT INTO passkey (id, staff, point, counter, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(new.id)
        .bind(staff.to_string())
        .bind(new.point)
        .bind(i64::from(new.counter))
        .bind(now.0)
        .execute(&mut *db)
        .await?;
    let without = second::factors(&mut *db, staff).await?.recovery == 0;
    if without {
        second::put_recovery(&mut *db, staff, recovery).await?;
    }
    people::second_shown(&mut *db, session, now).await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(without)
}

pub async fn prove(
    db: &mut Connection,
    keys: Arc<Keys>,
    renewal: Renewal,
    signed: Signed,
    used: Passkey,
    entry: Entry,
) -> Result<bool> {
    let (staff, now) = (renewal.staff, entry.at);
    use_up(&mut *db, signed, Purpose::Prove, now).await?;
    // One that counts has to count on; one that does not says 0 always (WebAuthn level 3, §6.1.1).
    let counted = sqlx::query(
        "UPDATE passkey SET counter = $1, used_at = $2 WHERE id = $3 AND staff = $4 AND (counter < $1 OR (counter = 0 AND $1 = 0))",
    )
    .bind(i64::from(used.counter))
    .bind(now.0)
    .bind(used.id)
    .bind(staff.to_string())
    .execute(&mut *db)
    .await?;
    if counted.rows_affected() == 0 {
        // The challenge stays used up.
        return Ok(false);
    }
    people::renew_session(&mut *db, renewal.old, renewal.new, staff, true, now).await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(true)
}

async fn use_up(db: &mut Connection, signed: Signed, purpose: Purpose, now: Moment) -> Result<()> {
    let used = sqlx::query(
        "DELETE FROM passkey_challenge WHERE challenge = $1 AND session = $2 AND purpose = $3 AND ends_at > $4",
    )
    .bind(signed.challenge)
    .bind(signed.session)
    .bind(purpose.word())
    .bind(now.0)
    .execute(db)
    .await?;
    if used.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Absent("challenge")) }
}

fn read(row: &Row) -> Result<Passkey> {
    let counter: i64 = get(row, "counter")?;
    Ok(Passkey { id: get(row, "id")?, point: get(row, "point")?, counter: u32::try_from(counter).unwrap_or(u32::MAX) })
}

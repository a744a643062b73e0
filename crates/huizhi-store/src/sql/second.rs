//! Authenticators and recovery codes.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::StaffId;
use huizhi_domain::totp::{CodeAnswer, TotpSecret, Uses, is_code};

use super::{Connection, get, log, maybe_moment, staff as people};
use crate::second::{Recovery, Renewal, about_totp};
use crate::{Factors, Keys, Result, StoreError};

pub async fn factors(db: &mut Connection, staff: StaffId) -> Result<Factors> {
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM staff_totp WHERE staff = $1 AND confirmed_at IS NOT NULL) AS totps, (SELECT count(*) FROM passkey \
         WHERE staff = $1) AS passkeys, (SELECT count(*) FROM staff_recovery WHERE staff = $1 AND used_at IS NULL) AS recovery",
    )
    .bind(staff.to_string())
    .fetch_one(db)
    .await?;
    Ok(Factors {
        totp: get::<i64>(&row, "totps")? > 0,
        passkeys: get(&row, "passkeys")?,
        recovery: get(&row, "recovery")?,
    })
}

/// Keeps a secret to be enrolled, unless one is there; gives the one that is, sealed, and nothing where it was enrolled before.
pub async fn to_enrol(db: &mut Connection, staff: StaffId, sealed: Vec<u8>) -> Result<Option<Vec<u8>>> {
    sqlx::query("INSERT INTO staff_totp (staff, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(staff.to_string())
        .bind(sealed)
        .execute(&mut *db)
        .await?;
    let row = sqlx::query("SELECT secret FROM staff_totp WHERE staff = $1 AND confirmed_at IS NULL")
        .bind(staff.to_string())
        .fetch_optional(db)
        .await?;
    row.map(|row| get(&row, "secret")).transpose()
}

pub async fn enrol(
    db: &mut Connection,
    keys: Arc<Keys>,
    staff: StaffId,
    token: Vec<u8>,
    code: String,
    recovery: Recovery,
    entry: Entry,
) -> Result<CodeAnswer> {
    let now = entry.at;
    let kept = kept(&mut *db, &keys, staff).await?.filter(|kept| !kept.confirmed);
    let kept = kept.ok_or(StoreError::Absent("authenticator to enrol"))?;
    let answer = judge(&mut *db, staff, &kept, &code, now).await?;
    if answer != CodeAnswer::Right {
        return Ok(answer);
    }
    sqlx::query("UPDATE staff_totp SET confirmed_at = $1 WHERE staff = $2")
        .bind(now.0)
        .bind(staff.to_string())
        .execute(&mut *db)
        .await?;
    put_recovery(&mut *db, staff, recovery).await?;
    people::second_shown(&mut *db, token, now).await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(answer)
}

pub async fn prove(
    db: &mut Connection,
    keys: Arc<Keys>,
    renewal: Renewal,
    code: String,
    word: Vec<u8>,
    entry: Entry,
) -> Result<CodeAnswer> {
    let (staff, now) = (renewal.staff, entry.at);
    let answer = if is_code(&code) {
        use_code(&mut *db, keys.clone(), staff, code, now).await?
    } else {
        use_recovery(&mut *db, staff, word, now).await?
    };
    if answer == CodeAnswer::Right {
        people::renew_session(&mut *db, renewal.old, renewal.new, staff, true, now).await?;
        log::append(db, &keys, &[entry]).await?;
    }
    Ok(answer)
}

/// Judges a code of an authenticator that is enrolled.
pub async fn use_code(
    db: &mut Connection,
    keys: Arc<Keys>,
    staff: StaffId,
    code: String,
    now: Moment,
) -> Result<CodeAnswer> {
    match kept(&mut *db, &keys, staff).await?.filter(|kept| kept.confirmed) {
        Some(kept) => judge(db, staff, &kept, &code, now).await,
        None => Ok(CodeAnswer::Wrong),
    }
}

/// New recovery codes in the place of all old ones.
pub async fn put_recovery(db: &mut Connection, staff: StaffId, recovery: Recovery) -> Result<()> {
    sqlx::query("DELETE FROM staff_recovery WHERE staff = $1").bind(staff.to_string()).execute(&mut *db).await?;
    for code in recovery.0 {
        sqlx::query("INSERT INTO staff_recovery (code, staff) VALUES ($1, $2)")
            .bind(code)
            .bind(staff.to_string())
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

/// Forgets all second factors of somebody.
pub async fn forget(db: &mut Connection, staff: StaffId) -> Result<()> {
    for statement in [
        "DELETE FROM staff_totp WHERE staff = $1",
        "DELETE FROM staff_recovery WHERE staff = $1",
        "DELETE FROM passkey WHERE staff = $1",
    ] {
        sqlx::query(statement).bind(staff.to_string()).execute(&mut *db).await?;
    }
    Ok(())
}

async fn use_recovery(db: &mut Connection, staff: StaffId, word: Vec<u8>, now: Moment) -> Result<CodeAnswer> {
    let used = sqlx::query("UPDATE staff_recovery SET used_at = $1 WHERE code = $2 AND staff = $3 AND used_at IS NULL")
        .bind(now.0)
        .bind(word)
        .bind(staff.to_string())
        .execute(db)
        .await?;
    Ok(if used.rows_affected() == 1 { CodeAnswer::Right } else { CodeAnswer::Wrong })
}

struct Kept {
    secret: TotpSecret,
    confirmed: bool,
    uses: Uses,
}

async fn kept(db: &mut Connection, keys: &Arc<Keys>, staff: StaffId) -> Result<Option<Kept>> {
    let row = sqlx::query(locking!("SELECT * FROM staff_totp WHERE staff = $1"))
        .bind(staff.to_string())
        .fetch_optional(db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let sealed: Vec<u8> = get(&row, "secret")?;
    let plain = keys.ring.open(&about_totp(staff), &sealed)?;
    let none = || StoreError::Row { what: "an authenticator's secret", value: staff.to_string() };
    Ok(Some(Kept {
        secret: TotpSecret::from_bytes(&plain).ok_or_else(none)?,
        confirmed: maybe_moment(&row, "confirmed_at")?.is_some(),
        uses: Uses {
            last_step: get(&row, "last_step")?,
            tried_step: get(&row, "tried_step")?,
            tries: get(&row, "tries")?,
        },
    }))
}

/// Judges a code and keeps what follows from it, a wrong one's count too.
async fn judge(db: &mut Connection, staff: StaffId, kept: &Kept, code: &str, now: Moment) -> Result<CodeAnswer> {
    let (uses, answer) = kept.uses.judge(&kept.secret, code, now);
    sqlx::query("UPDATE staff_totp SET last_step = $1, tried_step = $2, tries = $3 WHERE staff = $4")
        .bind(uses.last_step)
        .bind(uses.tried_step)
        .bind(uses.tries)
        .bind(staff.to_string())
        .execute(db)
        .await?;
    Ok(answer)
}

//! Face templates, challenges and failures. That a challenge is answered once is the row's.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::challenge::Challenge;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::AccountId;

use super::{Connection, get, log, moment, word};
use crate::face::{ChallengeFor, FAILURES, FaceKept, SealedFace, TakenChallenge};
use crate::{Keys, Result, StoreError};

pub async fn kept(db: &mut Connection, account: AccountId) -> Result<Option<FaceKept>> {
    let row = sqlx::query("SELECT enrolled_at, used_at FROM face WHERE account = $1")
        .bind(account.to_string())
        .fetch_optional(db)
        .await?;
    row.map(|row| Ok(FaceKept { enrolled_at: moment(&row, "enrolled_at")?, used_at: moment(&row, "used_at")? }))
        .transpose()
}

pub async fn sealed(db: &mut Connection, account: AccountId) -> Result<Option<SealedFace>> {
    let row = sqlx::query("SELECT template, wrapped_key FROM face WHERE account = $1")
        .bind(account.to_string())
        .fetch_optional(db)
        .await?;
    row.map(|row| Ok(SealedFace { template: get(&row, "template")?, key: get(&row, "wrapped_key")? })).transpose()
}

pub async fn enrol(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    sealed: SealedFace,
    entry: Entry,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO face (account, template, wrapped_key, enrolled_at, used_at) VALUES ($1, $2, $3, $4, $4) ON CONFLICT (account) DO UPDATE \
         SET template = excluded.template, wrapped_key = excluded.wrapped_key, enrolled_at = excluded.enrolled_at, used_at = excluded.used_at",
    )
    .bind(account.to_string())
    .bind(sealed.template)
    .bind(sealed.key)
    .bind(entry.at.0)
    .execute(&mut *db)
    .await?;
    sqlx::query("UPDATE account SET face_since = $1 WHERE id = $2")
        .bind(entry.at.0)
        .bind(account.to_string())
        .execute(&mut *db)
        .await?;
    log::append(db, &keys, &[entry]).await
}

pub async fn ask(
    db: &mut Connection,
    nonce: Vec<u8>,
    account: AccountId,
    purpose: ChallengeFor,
    challenge: Challenge,
    now: Moment,
) -> Result<()> {
    sqlx::query("INSERT INTO face_challenge (nonce, account, purpose, steps, issued_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(nonce)
        .bind(account.to_string())
        .bind(purpose.word())
        .bind(challenge.to_string())
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn take(
    db: &mut Connection,
    nonce: Vec<u8>,
    account: AccountId,
    purpose: ChallengeFor,
    now: Moment,
    since: Moment,
) -> Result<Option<TakenChallenge>> {
    let taken = sqlx::query(
        "UPDATE face_challenge SET used_at = $1 WHERE nonce = $2 AND account = $3 AND purpose = $4 AND used_at IS NULL",
    )
    .bind(now.0)
    .bind(&nonce)
    .bind(account.to_string())
    .bind(purpose.word())
    .execute(&mut *db)
    .await?;
    if taken.rows_affected() == 0 {
        return Ok(None);
    }
    let row = sqlx::query("SELECT steps, issued_at FROM face_challenge WHERE nonce = $1")
        .bind(&nonce)
        .fetch_one(&mut *db)
        .await?;
    let challenge: Challenge = word(&row, "steps")?;
    let after_ms = now.since_ms(moment(&row, "issued_at")?);
    let open = match purpose {
        ChallengeFor::Enrol => true,
        ChallengeFor::SignIn => count_failure(db, account, now, since).await?,
    };
    Ok(Some(TakenChallenge { challenge, after_ms, open }))
}

/// Counts a failure; false where there were too many since then, and then the lock does not grow.
async fn count_failure(db: &mut Connection, account: AccountId, now: Moment, since: Moment) -> Result<bool> {
    let counted = sqlx::query(
        "INSERT INTO face_failure (account, failures, last_at) VALUES ($1, 1, $2) ON CONFLICT (account) DO UPDATE SET failures = CASE WHEN \
         face_failure.last_at <= $3 THEN 1 ELSE face_failure.failures + 1 END, last_at = excluded.last_at WHERE face_failure.last_at <= $3 OR \
         face_failure.failures < $4",
    )
    .bind(account.to_string())
    .bind(now.0)
    .bind(since.0)
    .bind(FAILURES)
    .execute(db)
    .await?;
    Ok(counted.rows_affected() > 0)
}

pub async fn matched(db: &mut Connection, keys: Arc<Keys>, account: AccountId, entry: Entry) -> Result<()> {
    let used = sqlx::query("UPDATE face SET used_at = $1 WHERE account = $2")
        .bind(entry.at.0)
        .bind(account.to_string())
        .execute(&mut *db)
        .await?;
    if used.rows_affected() == 0 {
        return Err(StoreError::Absent("face"));
    }
    sqlx::query("DELETE FROM face_failure WHERE account = $1").bind(account.to_string()).execute(&mut *db).await?;
    log::append(db, &keys, &[entry]).await
}

pub async fn refused(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    counts: bool,
    entry: Entry,
) -> Result<()> {
    if !counts {
        sqlx::query("UPDATE face_failure SET failures = failures - 1 WHERE account = $1 AND failures > 0")
            .bind(account.to_string())
            .execute(&mut *db)
            .await?;
    }
    log::append(db, &keys, &[entry]).await
}

/// Deletes everything of an account's face; whether there was a template. Part of its erasure too.
pub async fn delete(db: &mut Connection, account: AccountId) -> Result<bool> {
    let account = account.to_string();
    let deleted = sqlx::query("DELETE FROM face WHERE account = $1").bind(&account).execute(&mut *db).await?;
    sqlx::query("UPDATE account SET face_since = NULL WHERE id = $1").bind(&account).execute(&mut *db).await?;
    sqlx::query("DELETE FROM face_challenge WHERE account = $1").bind(&account).execute(&mut *db).await?;
    sqlx::query("DELETE FROM face_failure WHERE account = $1").bind(&account).execute(&mut *db).await?;
    Ok(deleted.rows_affected() > 0)
}

pub async fn withdraw(db: &mut Connection, keys: Arc<Keys>, account: AccountId, entry: Entry) -> Result<bool> {
    let deleted = delete(&mut *db, account).await?;
    if deleted {
        log::append(db, &keys, &[entry]).await?;
    }
    Ok(deleted)
}

pub async fn count(db: &mut Connection) -> Result<i64> {
    let row = sqlx::query("SELECT COUNT(*) AS faces FROM face").fetch_one(db).await?;
    get(&row, "faces")
}

pub async fn unused(db: &mut Connection, before: Moment) -> Result<Vec<AccountId>> {
    let rows = sqlx::query("SELECT account FROM face WHERE used_at < $1 ORDER BY used_at LIMIT 100")
        .bind(before.0)
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| word(row, "account")).collect()
}

pub async fn forget_challenges(db: &mut Connection, before: Moment) -> Result<()> {
    sqlx::query("DELETE FROM face_challenge WHERE issued_at < $1").bind(before.0).execute(db).await?;
    Ok(())
}

//! Acceptances of the notice before booking: rows are added, and never changed.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::AccountId;

use super::{Connection, get, log, moment};
use crate::{Keys, Result};

pub async fn accept(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    version: String,
    entry: Entry,
) -> Result<()> {
    let added = sqlx::query(
        "INSERT INTO notice_accepted (account, version, accepted_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(account.to_string())
    .bind(version)
    .bind(entry.at.0)
    .execute(&mut *db)
    .await?;
    if added.rows_affected() == 0 {
        return Ok(());
    }
    log::append(db, &keys, &[entry]).await
}

pub async fn accepted(db: &mut Connection, account: AccountId) -> Result<Vec<(String, Moment)>> {
    let rows = sqlx::query(
        "SELECT version, accepted_at FROM notice_accepted WHERE account = $1 ORDER BY accepted_at DESC, version DESC",
    )
    .bind(account.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((get(row, "version")?, moment(row, "accepted_at")?))).collect()
}

/// Forgets what an account accepted; what is on its way to it goes with its messages.
pub async fn erase(db: &mut Connection, account: AccountId) -> Result<()> {
    sqlx::query("DELETE FROM notice_accepted WHERE account = $1").bind(account.to_string()).execute(db).await?;
    Ok(())
}

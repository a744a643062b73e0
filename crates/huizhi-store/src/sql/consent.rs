//! Consents: rows are added, and never changed but for their withdrawal.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::consent::{Consent, Purpose};
use huizhi_domain::id::AccountId;

use super::{Connection, Row, get, log, maybe_moment, moment, word};
use crate::{Keys, Result, StoreError};

pub async fn give(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    given: Consent,
    entry: Entry,
) -> Result<()> {
    let person = given.person.map(|id| id.to_string()).unwrap_or_default();
    let open = newest(&mut *db, account, person.clone(), given.purpose).await?;
    if open.is_some_and(|it| it.withdrawn_at.is_none() && it.version == given.version) {
        // It holds already.
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO consent (account, person, purpose, version, given_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind(account.to_string())
    .bind(person)
    .bind(given.purpose.word())
    .bind(given.version)
    .bind(given.given_at.0)
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

/// Withdraws a purpose's consents, those for the account's people too. `false` where there was none.
pub async fn withdraw(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    purpose: Purpose,
    entry: Entry,
) -> Result<bool> {
    let ended = sqlx::query(
        "UPDATE consent SET withdrawn_at = $1 WHERE account = $2 AND purpose = $3 AND withdrawn_at IS NULL",
    )
    .bind(entry.at.0)
    .bind(account.to_string())
    .bind(purpose.word())
    .execute(&mut *db)
    .await?;
    if ended.rows_affected() == 0 {
        return Ok(false);
    }
    log::append(db, &keys, &[entry]).await?;
    Ok(true)
}

/// The newest of a purpose, for a person of the account or, with an empty text, its owner.
pub async fn newest(
    db: &mut Connection,
    account: AccountId,
    person: String,
    purpose: Purpose,
) -> Result<Option<Consent>> {
    let row = sqlx::query(
        "SELECT * FROM consent WHERE account = $1 AND person = $2 AND purpose = $3 ORDER BY given_at DESC LIMIT 1",
    )
    .bind(account.to_string())
    .bind(person)
    .bind(purpose.word())
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

pub async fn all(db: &mut Connection, account: AccountId) -> Result<Vec<Consent>> {
    let rows = sqlx::query("SELECT * FROM consent WHERE account = $1 ORDER BY given_at DESC")
        .bind(account.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Consent> {
    let person: String = get(row, "person")?;
    let given_at: Moment = moment(row, "given_at")?;
    let person = match person.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| StoreError::Row { what: "person", value: id.to_owned() })?),
    };
    Ok(Consent {
        purpose: word(row, "purpose")?,
        version: get(row, "version")?,
        person,
        given_at,
        withdrawn_at: maybe_moment(row, "withdrawn_at")?,
    })
}

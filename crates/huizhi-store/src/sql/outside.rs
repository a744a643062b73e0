//! Accounts' links to others, browsers on their way there, and offers to link.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::AccountId;

use super::{Connection, Row, get, log, maybe_word, moment, word};
use crate::outside::{PassageRow, Subject};
use crate::{Keys, Link, Linked, Result, StoreError, Unlinked};

pub async fn leave(db: &mut Connection, row: PassageRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO outside_passage (state, browser, provider, account, onward, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(row.state)
    .bind(row.browser)
    .bind(row.provider)
    .bind(row.account.map(|id| id.to_string()))
    .bind(row.onward)
    .bind(row.expires_at.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Takes a passage; of two who come with the same state at once, one gets it.
pub async fn come_back(db: &mut Connection, state: Vec<u8>) -> Result<Option<PassageRow>> {
    let row =
        sqlx::query("SELECT * FROM outside_passage WHERE state = $1").bind(&state).fetch_optional(&mut *db).await?;
    let Some(row) = row else { return Ok(None) };
    let found = PassageRow {
        state: get(&row, "state")?,
        browser: get(&row, "browser")?,
        provider: get(&row, "provider")?,
        account: maybe_word(&row, "account")?,
        onward: get(&row, "onward")?,
        expires_at: moment(&row, "expires_at")?,
    };
    let gone = sqlx::query("DELETE FROM outside_passage WHERE state = $1").bind(state).execute(db).await?;
    Ok((gone.rows_affected() == 1).then_some(found))
}

pub async fn linked(db: &mut Connection, provider: String, index: Vec<u8>) -> Result<Option<AccountId>> {
    let row = sqlx::query("SELECT account FROM account_link WHERE provider = $1 AND subject = $2")
        .bind(provider)
        .bind(index)
        .fetch_optional(db)
        .await?;
    row.map(|row| word(&row, "account")).transpose()
}

pub async fn link(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    subject: Subject,
    entry: Entry,
) -> Result<Linked> {
    match linked(&mut *db, subject.provider.clone(), subject.index.clone()).await? {
        Some(owner) if owner == account => return Ok(Linked::Done),
        Some(_) => return Ok(Linked::OtherAccount),
        None => {}
    }
    if links(&mut *db, account).await?.iter().any(|link| link.provider == subject.provider) {
        return Ok(Linked::OtherSubject);
    }
    sqlx::query(
        "INSERT INTO account_link (provider, subject, subject_sealed, account, since) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(subject.provider)
    .bind(subject.index)
    .bind(subject.sealed)
    .bind(account.to_string())
    .bind(entry.at.0)
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(Linked::Done)
}

pub async fn links(db: &mut Connection, account: AccountId) -> Result<Vec<Link>> {
    let rows = sqlx::query("SELECT provider, since FROM account_link WHERE account = $1 ORDER BY since, provider")
        .bind(account.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| Ok(Link { provider: get(row, "provider")?, since: moment(row, "since")? })).collect()
}

/// Removes a link. Another way in is a contact, which password and one-time code both need, or another link; a face needs one of them in a
/// browser that is not known.
pub async fn unlink(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    provider: String,
    entry: Entry,
) -> Result<Unlinked> {
    // The account's row is locked: of two links that go at once, the second sees that the first is gone.
    let row = sqlx::query(locking!("SELECT contact FROM account WHERE id = $1"))
        .bind(account.to_string())
        .fetch_optional(&mut *db)
        .await?;
    let row = row.ok_or(StoreError::Absent("account"))?;
    let contact: Option<Vec<u8>> = get(&row, "contact")?;
    let links = links(&mut *db, account).await?;
    if !links.iter().any(|link| link.provider == provider) {
        return Ok(Unlinked::Done);
    }
    if contact.is_none() && links.len() == 1 {
        return Ok(Unlinked::LastWay);
    }
    sqlx::query("DELETE FROM account_link WHERE account = $1 AND provider = $2")
        .bind(account.to_string())
        .bind(provider)
        .execute(&mut *db)
        .await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(Unlinked::Done)
}

pub async fn offer(db: &mut Connection, token: Vec<u8>, subject: Subject, expires_at: Moment) -> Result<()> {
    sqlx::query(
        "INSERT INTO outside_offer (token, provider, subject, subject_sealed, expires_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(token)
    .bind(subject.provider)
    .bind(subject.index)
    .bind(subject.sealed)
    .bind(expires_at.0)
    .execute(db)
    .await?;
    Ok(())
}

pub async fn offered(db: &mut Connection, token: Vec<u8>, now: Moment) -> Result<Option<Subject>> {
    let row = sqlx::query("SELECT * FROM outside_offer WHERE token = $1 AND expires_at > $2")
        .bind(token)
        .bind(now.0)
        .fetch_optional(db)
        .await?;
    row.map(|row| read(&row)).transpose()
}

/// Uses an offer up; of two who use it at once, one does.
pub async fn link_offered(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    token: Vec<u8>,
    now: Moment,
    entry: Entry,
) -> Result<Linked> {
    let Some(subject) = offered(&mut *db, token.clone(), now).await? else { return Ok(Linked::Over) };
    let gone = sqlx::query("DELETE FROM outside_offer WHERE token = $1").bind(token).execute(&mut *db).await?;
    if gone.rows_affected() == 0 {
        return Ok(Linked::Over);
    }
    link(db, keys, account, subject, entry).await
}

/// Forgets all that says who somebody is elsewhere.
pub async fn forget(db: &mut Connection, account: AccountId) -> Result<()> {
    for statement in ["DELETE FROM account_link WHERE account = $1", "DELETE FROM outside_passage WHERE account = $1"] {
        sqlx::query(statement).bind(account.to_string()).execute(&mut *db).await?;
    }
    Ok(())
}

pub async fn tidy(db: &mut Connection, now: Moment) -> Result<()> {
    for statement in
        ["DELETE FROM outside_passage WHERE expires_at <= $1", "DELETE FROM outside_offer WHERE expires_at <= $1"]
    {
        sqlx::query(statement).bind(now.0).execute(&mut *db).await?;
    }
    Ok(())
}

fn read(row: &Row) -> Result<Subject> {
    Ok(Subject { provider: get(row, "provider")?, index: get(row, "subject")?, sealed: get(row, "subject_sealed")? })
}

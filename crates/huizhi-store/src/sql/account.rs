//! Citizens' accounts, their sessions, codes and wrong passwords.

use std::sync::Arc;

use huizhi_domain::account::{Account, Assurance};
use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, OrderId};
use huizhi_domain::words::Lang;

use super::{Connection, Row, get, log, maybe_moment, moment, order, word};
use crate::account::{CodeAnswer, NewAccount, NewSession, SessionLine, UsedCode};
use crate::{Keys, Result, StoreError};

mod code;
mod misses;

pub use code::{put as put_code, use_up as use_code, waits as code_waits};
pub use misses::{find as find_misses, forgive, take as take_try};

pub async fn add(db: &mut Connection, keys: Arc<Keys>, new: NewAccount, entry: Entry) -> Result<()> {
    sqlx::query(
        "INSERT INTO account (id, assurance, lang, contact, contact_sealed, password, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id.to_string())
    .bind(i32::from(Assurance::SelfAsserted.number()))
    .bind(new.lang.tag())
    .bind(new.contact)
    .bind(new.contact_sealed)
    .bind(new.password)
    .bind(entry.at.0)
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

/// Makes the account whose contact the code proves. A code for a contact that has an account went to nobody, so whoever hit it guessed.
pub async fn register(
    db: &mut Connection,
    keys: Arc<Keys>,
    used: UsedCode,
    new: NewAccount,
    entry: Entry,
) -> Result<CodeAnswer> {
    let answer = code::use_up(&mut *db, used, entry.at).await?;
    if answer != CodeAnswer::Right {
        return Ok(answer);
    }
    if let Some(contact) = new.contact.clone()
        && by_contact(&mut *db, contact).await?.is_some()
    {
        return Ok(CodeAnswer::Wrong);
    }
    add(db, keys, new, entry).await?;
    Ok(CodeAnswer::Right)
}

/// Sets a new password by a code, and ends all sessions.
pub async fn recover(
    db: &mut Connection,
    keys: Arc<Keys>,
    used: UsedCode,
    account: Option<AccountId>,
    password: String,
    entry: Entry,
) -> Result<CodeAnswer> {
    let (contact, now) = (used.contact.clone(), entry.at);
    let answer = code::use_up(&mut *db, used, now).await?;
    if answer != CodeAnswer::Right {
        return Ok(answer);
    }
    let Some(account) = account else { return Ok(CodeAnswer::Wrong) };
    misses::forgive(&mut *db, contact).await?;
    set_password(db, keys, account, password, entry).await?;
    Ok(CodeAnswer::Right)
}

/// Sets a password, and ends all sessions: whoever knew the old one is out.
pub async fn set_password(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: AccountId,
    password: String,
    entry: Entry,
) -> Result<()> {
    let changed = sqlx::query("UPDATE account SET password = $1 WHERE id = $2")
        .bind(password)
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::Absent("account"));
    }
    sqlx::query("DELETE FROM account_session WHERE account = $1").bind(id.to_string()).execute(&mut *db).await?;
    log::append(db, &keys, &[entry]).await
}

/// Has an account reached at the contact that a code proves, and ends all sessions. Nothing of the old contact's is left: neither codes nor
/// wrong passwords. As in [`register`], a code for a contact that has an account went to nobody.
pub async fn change_contact(
    db: &mut Connection,
    keys: Arc<Keys>,
    used: UsedCode,
    id: AccountId,
    sealed: Vec<u8>,
    entry: Entry,
) -> Result<CodeAnswer> {
    let contact = used.contact.clone();
    let answer = code::use_up(&mut *db, used, entry.at).await?;
    if answer != CodeAnswer::Right {
        return Ok(answer);
    }
    if by_contact(&mut *db, contact.clone()).await?.is_some() {
        return Ok(CodeAnswer::Wrong);
    }
    for statement in [
        "DELETE FROM account_code WHERE contact IN (SELECT contact FROM account WHERE id = $1)",
        "DELETE FROM account_misses WHERE subject IN (SELECT contact FROM account WHERE id = $1)",
        "DELETE FROM account_session WHERE account = $1",
    ] {
        sqlx::query(statement).bind(id.to_string()).execute(&mut *db).await?;
    }
    let changed = sqlx::query("UPDATE account SET contact = $1, contact_sealed = $2 WHERE id = $3")
        .bind(contact)
        .bind(sealed)
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::Absent("account"));
    }
    log::append(db, &keys, &[entry]).await?;
    Ok(CodeAnswer::Right)
}

/// Raises how sure it is whose account it is; it never sinks.
pub async fn assure(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: AccountId,
    assurance: Assurance,
    entry: Entry,
) -> Result<()> {
    let changed = sqlx::query("UPDATE account SET assurance = $1 WHERE id = $2 AND assurance < $1")
        .bind(i32::from(assurance.number()))
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if changed.rows_affected() == 0 {
        return Ok(());
    }
    log::append(db, &keys, &[entry]).await
}

pub async fn find(db: &mut Connection, id: AccountId) -> Result<Option<Account>> {
    let row = sqlx::query("SELECT * FROM account WHERE id = $1").bind(id.to_string()).fetch_optional(db).await?;
    row.map(|row| read(&row)).transpose()
}

pub async fn by_contact(db: &mut Connection, contact: Vec<u8>) -> Result<Option<AccountId>> {
    let row = sqlx::query("SELECT id FROM account WHERE contact = $1").bind(contact).fetch_optional(db).await?;
    row.map(|row| word(&row, "id")).transpose()
}

/// The account of a contact and the hash of its password.
pub async fn password_by_contact(db: &mut Connection, contact: Vec<u8>) -> Result<Option<(AccountId, Option<String>)>> {
    let row =
        sqlx::query("SELECT id, password FROM account WHERE contact = $1").bind(contact).fetch_optional(db).await?;
    row.map(|row| Ok((word(&row, "id")?, get(&row, "password")?))).transpose()
}

/// The sealed contact of an account and the hash of its password.
pub async fn kept(db: &mut Connection, id: AccountId) -> Result<Option<(Option<Vec<u8>>, Option<String>)>> {
    let row = sqlx::query("SELECT contact_sealed, password FROM account WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(db)
        .await?;
    row.map(|row| Ok((get(&row, "contact_sealed")?, get(&row, "password")?))).transpose()
}

/// Begins a session and ends the one that the browser had before.
pub async fn begin_session(
    db: &mut Connection,
    keys: Arc<Keys>,
    new: NewSession,
    old: Option<Vec<u8>>,
    entry: Entry,
) -> Result<()> {
    if let Some(old) = old {
        end_token(&mut *db, old).await?;
    }
    sqlx::query(
        "INSERT INTO account_session (token, id, account, how, browser, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $6)",
    )
    .bind(new.token)
    .bind(new.id.to_string())
    .bind(new.account.to_string())
    .bind(new.how.word())
    .bind(new.browser)
    .bind(entry.at.0)
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

/// Whose session it is, and its line.
pub async fn session(db: &mut Connection, token: Vec<u8>) -> Result<Option<(Account, SessionLine)>> {
    let row = sqlx::query(
        "SELECT account.*, account_session.id AS session_id, account_session.how, account_session.browser, \
         account_session.created_at AS began_at, account_session.seen_at FROM account_session JOIN account ON account.id = \
         account_session.account WHERE account_session.token = $1",
    )
    .bind(token)
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok((read(&row)?, read_session(&row)?))).transpose()
}

/// The sessions of an account, the one that was used last first.
pub async fn sessions(db: &mut Connection, account: AccountId) -> Result<Vec<SessionLine>> {
    let rows = sqlx::query(
        "SELECT id AS session_id, how, browser, created_at AS began_at, seen_at FROM account_session WHERE account = $1 ORDER BY \
         seen_at DESC, id DESC",
    )
    .bind(account.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(read_session).collect()
}

pub async fn seen(db: &mut Connection, token: Vec<u8>, now: Moment) -> Result<()> {
    sqlx::query("UPDATE account_session SET seen_at = $1 WHERE token = $2").bind(now.0).bind(token).execute(db).await?;
    Ok(())
}

pub async fn end_token(db: &mut Connection, token: Vec<u8>) -> Result<()> {
    sqlx::query("DELETE FROM account_session WHERE token = $1").bind(token).execute(db).await?;
    Ok(())
}

/// Ends one session of an account, or all but one, or all.
pub async fn end_sessions(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    one: Option<String>,
    but: Option<String>,
    entry: Entry,
) -> Result<()> {
    // Without a filter's own words the text is empty, which is no id.
    sqlx::query("DELETE FROM account_session WHERE account = $1 AND ($2 = '' OR id = $2) AND id <> $3")
        .bind(account.to_string())
        .bind(one.unwrap_or_default())
        .bind(but.unwrap_or_default())
        .execute(&mut *db)
        .await?;
    log::append(db, &keys, &[entry]).await
}

/// Lets an account hold orders that its browser holds.
pub async fn take_orders(
    db: &mut Connection,
    keys: Arc<Keys>,
    visitor: Vec<u8>,
    orders: Vec<OrderId>,
    entry: Entry,
) -> Result<()> {
    for id in orders {
        order::hold(&mut *db, visitor.clone(), id, entry.at).await?;
    }
    log::append(db, &keys, &[entry]).await
}

/// Forgets what is over: sessions, codes, when codes went out, and wrong passwords.
pub async fn tidy(
    db: &mut Connection,
    now: Moment,
    began_before: Moment,
    seen_before: Moment,
    sent_before: Moment,
) -> Result<()> {
    sqlx::query("DELETE FROM account_session WHERE created_at <= $1 OR seen_at <= $2")
        .bind(began_before.0)
        .bind(seen_before.0)
        .execute(&mut *db)
        .await?;
    for statement in
        ["DELETE FROM account_code WHERE expires_at <= $1", "DELETE FROM account_misses WHERE forgotten_at <= $1"]
    {
        sqlx::query(statement).bind(now.0).execute(&mut *db).await?;
    }
    sqlx::query("DELETE FROM account_code_sent WHERE at <= $1").bind(sent_before.0).execute(db).await?;
    Ok(())
}

/// Erases an account with its sessions, codes and wrong passwords.
pub async fn erase(db: &mut Connection, keys: Arc<Keys>, id: AccountId, entry: Entry) -> Result<()> {
    for statement in [
        "DELETE FROM account_session WHERE account = $1",
        "DELETE FROM account_code WHERE contact IN (SELECT contact FROM account WHERE id = $1)",
        "DELETE FROM account_code_sent WHERE contact IN (SELECT contact FROM account WHERE id = $1)",
        "DELETE FROM account_misses WHERE subject IN (SELECT contact FROM account WHERE id = $1)",
        "DELETE FROM account WHERE id = $1",
    ] {
        sqlx::query(statement).bind(id.to_string()).execute(&mut *db).await?;
    }
    log::append(db, &keys, &[entry]).await
}

pub fn read(row: &Row) -> Result<Account> {
    let (number, lang): (i32, String) = (get(row, "assurance")?, get(row, "lang")?);
    let assurance = u8::try_from(number).ok().and_then(Assurance::from_number);
    Ok(Account {
        id: word(row, "id")?,
        assurance: assurance.ok_or_else(|| StoreError::Row { what: "assurance", value: number.to_string() })?,
        lang: Lang::of_tag(&lang).unwrap_or_default(),
        created_at: moment(row, "created_at")?,
        has_password: get::<Option<String>>(row, "password")?.is_some(),
        has_face: maybe_moment(row, "face_since")?.is_some(),
    })
}

fn read_session(row: &Row) -> Result<SessionLine> {
    Ok(SessionLine {
        id: word(row, "session_id")?,
        how: word(row, "how")?,
        browser: get(row, "browser")?,
        began_at: moment(row, "began_at")?,
        seen_at: moment(row, "seen_at")?,
    })
}

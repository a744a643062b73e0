//! Reading declarations.

use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, DeclarationId};
use jiff::civil::Date;

use super::super::{Connection, Row, get, maybe_moment, maybe_word, moment, word};
use crate::Result;
use crate::residence::SealedDeclaration;

/// Declarations that a desk sees at a time, the oldest first.
const QUEUE: i64 = 200;

pub async fn all(db: &mut Connection, account: AccountId) -> Result<Vec<SealedDeclaration>> {
    let rows = sqlx::query("SELECT * FROM residence WHERE account = $1 ORDER BY declared_at DESC, id DESC")
        .bind(account.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn find(db: &mut Connection, id: DeclarationId) -> Result<Option<SealedDeclaration>> {
    let row = sqlx::query("SELECT * FROM residence WHERE id = $1").bind(id.to_string()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

pub async fn by_link(db: &mut Connection, link: Vec<u8>, now: Moment) -> Result<Option<SealedDeclaration>> {
    let row = sqlx::query("SELECT * FROM residence WHERE link = $1 AND link_until > $2")
        .bind(link)
        .bind(now.0)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// What waits in a city, the oldest first.
pub async fn waiting(db: &mut Connection, city: String) -> Result<Vec<SealedDeclaration>> {
    let rows = sqlx::query(
        "SELECT * FROM residence WHERE city = $1 AND state IN ('declared', 'confirmed') ORDER BY declared_at, id LIMIT $2",
    )
    .bind(city)
    .bind(QUEUE)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Declarations that were over before a moment, or whose last day was before a day.
pub async fn old(db: &mut Connection, before: Moment, day: Date) -> Result<Vec<DeclarationId>> {
    let rows = sqlx::query(
        "SELECT id FROM residence WHERE (state IN ('refused', 'cancelled', 'ended') AND COALESCE(ended_at, answered_at) < $1) OR (state = \
         'valid' AND valid_until < $2) LIMIT 100",
    )
    .bind(before.0)
    .bind(day.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| word(row, "id")).collect()
}

/// The declaration of a person that says most: the one in force, else the newest that waits, else the newest.
pub async fn of_person(db: &mut Connection, person_key: Vec<u8>) -> Result<Option<SealedDeclaration>> {
    let row = sqlx::query(
        "SELECT * FROM residence WHERE person_key = $1 ORDER BY CASE state WHEN 'valid' THEN 0 WHEN 'confirmed' THEN 1 WHEN 'declared' THEN 2 \
         ELSE 3 END, declared_at DESC LIMIT 1",
    )
    .bind(person_key)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// The residence of a person that is in force, whoever declared it and whether its last day is over or not.
pub async fn usual(db: &mut Connection, person_key: &[u8]) -> Result<Option<SealedDeclaration>> {
    let row = sqlx::query(locking!("SELECT * FROM residence WHERE person_key = $1 AND state = 'valid'"))
        .bind(person_key.to_vec())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

pub fn read(row: &Row) -> Result<SealedDeclaration> {
    Ok(SealedDeclaration {
        id: word(row, "id")?,
        account: word(row, "account")?,
        person: word(row, "person")?,
        person_key: get(row, "person_key")?,
        city: get(row, "city")?,
        dwelling: word(row, "dwelling")?,
        details: get(row, "details")?,
        state: word(row, "state")?,
        declared_at: moment(row, "declared_at")?,
        link_until: maybe_moment(row, "link_until")?,
        confirmer: maybe_word(row, "confirmer")?,
        answered_at: maybe_moment(row, "answered_at")?,
        answerer: get(row, "answerer")?,
        office: maybe_word(row, "office")?.zip(maybe_word(row, "staff")?),
        paper: maybe_word(row, "paper")?,
        refusal: maybe_word(row, "refusal")?,
        valid_until: maybe_word(row, "valid_until")?,
        ended_at: maybe_moment(row, "ended_at")?,
        shown_until: maybe_moment(row, "shown_until")?,
    })
}

//! Residence declarations, and the move from one to the next. That a person has one usual residence is a constraint of the table.

use std::sync::Arc;

use huizhi_domain::audit::{Actor, Entry};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, DeclarationId, PersonId};
use huizhi_domain::residence::{Paper, Refusal, ResidenceError, State, confirmed, refused};
use jiff::civil::Date;

use super::{Connection, log};
use crate::residence::{Answer, NewRow, SealedDeclaration};
use crate::{Keys, Result, StoreError};

mod look;

pub use look::{all, by_link, find, of_person, old, waiting};
use look::{read, usual};

/// Declares, and confirms in the same transaction what needs nobody else's word.
pub async fn declare(
    db: &mut Connection,
    keys: Arc<Keys>,
    new: NewRow,
    answer: Option<Answer>,
    entries: Vec<Entry>,
) -> Result<State> {
    let waits = sqlx::query(
        "SELECT 1 AS here FROM residence WHERE account = $1 AND person_key = $2 AND state IN ('declared', 'confirmed')",
    )
    .bind(new.account.to_string())
    .bind(&new.person_key)
    .fetch_optional(&mut *db)
    .await?;
    if waits.is_some() {
        return Err(ResidenceError::Waits.into());
    }
    sqlx::query(
        "INSERT INTO residence (id, account, person, person_key, city, dwelling, details, state, declared_at) VALUES ($1, $2, $3, $4, $5, $6, \
         $7, 'declared', $8)",
    )
    .bind(new.id.to_string())
    .bind(new.account.to_string())
    .bind(new.person.to_string())
    .bind(new.person_key)
    .bind(new.city)
    .bind(new.dwelling.word())
    .bind(new.details)
    .bind(new.declared_at.0)
    .execute(&mut *db)
    .await?;
    let Some(answer) = answer else {
        log::append(db, &keys, &entries).await?;
        return Ok(State::Declared);
    };
    let row = lock(&mut *db, new.id).await?;
    settle(db, &keys, &row, answer, entries).await
}

/// Confirms or refuses by a landlord's link, which is used up by it.
pub async fn answer_link(
    db: &mut Connection,
    keys: Arc<Keys>,
    link: Vec<u8>,
    answer: Answer,
    entry: Entry,
) -> Result<State> {
    let row = sqlx::query(locking!("SELECT * FROM residence WHERE link = $1 AND link_until > $2"))
        .bind(link)
        .bind(entry.at.0)
        .fetch_optional(&mut *db)
        .await?
        .ok_or(ResidenceError::Link)?;
    let row = read(&row)?;
    settle(db, &keys, &row, answer, vec![entry]).await
}

/// Confirms or refuses at an office of the declaration's city.
pub async fn answer_at_office(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: DeclarationId,
    city: String,
    answer: Answer,
    entry: Entry,
) -> Result<State> {
    let row = lock(&mut *db, id).await?;
    if row.city != city {
        return Err(ResidenceError::City.into());
    }
    settle(db, &keys, &row, answer, vec![entry]).await
}

/// What an answer makes of a declaration. Where it comes into force, the one before it ends in the same transaction.
async fn settle(
    db: &mut Connection,
    keys: &Arc<Keys>,
    row: &SealedDeclaration,
    answer: Answer,
    mut entries: Vec<Entry>,
) -> Result<State> {
    let older = usual(&mut *db, &row.person_key).await?;
    let in_force = |it: &SealedDeclaration| it.valid_until.is_some_and(|last| answer.today <= last);
    let held = older.as_ref().is_some_and(|it| it.account != row.account && in_force(it));
    let state = match answer.verdict {
        Ok(_) => confirmed(row.state, answer.by, held)?,
        Err(_) => refused(row.state, answer.by)?,
    };
    if state == State::Valid
        && let Some(older) = older
    {
        let ended = end_before(&mut *db, older.id, row.id, answer.at).await?;
        entries.push(ended);
    }
    let until = answer.verdict.ok().filter(|_| state == State::Valid);
    sqlx::query(
        "UPDATE residence SET state = $1, confirmer = $2, answered_at = $3, answerer = COALESCE($4, answerer), office = $5, staff = $6, paper \
         = $7, refusal = $8, valid_until = $9, link = NULL, link_until = NULL WHERE id = $10",
    )
    .bind(state.word())
    .bind(answer.by.word())
    .bind(answer.at.0)
    .bind(answer.answerer)
    .bind(answer.office.map(|(office, _)| office.to_string()))
    .bind(answer.office.map(|(_, staff)| staff.to_string()))
    .bind(answer.paper.map(Paper::word))
    .bind(answer.verdict.err().map(Refusal::word))
    .bind(until.map(|day| day.to_string()))
    .bind(row.id.to_string())
    .execute(&mut *db)
    .await?;
    log::append(db, keys, &entries).await?;
    Ok(state)
}

/// Ends a residence because its person moved.
async fn end_before(db: &mut Connection, id: DeclarationId, by: DeclarationId, now: Moment) -> Result<Entry> {
    sqlx::query("UPDATE residence SET state = 'ended', ended_at = $1, shown_until = NULL WHERE id = $2")
        .bind(now.0)
        .bind(id.to_string())
        .execute(db)
        .await?;
    let detail = [("by".to_owned(), serde_json::Value::from(by.to_string()))].into_iter().collect();
    let (action, subject) = ("residence.ended".to_owned(), id.to_string());
    Ok(Entry { at: now, actor: Actor::Service, action, subject, detail })
}

/// Takes a declaration back, whether it waits or is in force.
pub async fn cancel(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    id: DeclarationId,
    entry: Entry,
) -> Result<()> {
    let row = lock(&mut *db, id).await?;
    if row.account != account {
        return Err(StoreError::Absent("declaration"));
    }
    if matches!(row.state, State::Refused | State::Cancelled | State::Ended) {
        return Err(ResidenceError::State(row.state).into());
    }
    sqlx::query(
        "UPDATE residence SET state = 'cancelled', ended_at = $1, link = NULL, link_until = NULL, shown_until = NULL WHERE id = $2",
    )
    .bind(entry.at.0)
    .bind(id.to_string())
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

/// Lays a link out for the landlord; one that was laid out before is good no more.
pub async fn lay_link(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    id: DeclarationId,
    link: Vec<u8>,
    until: Moment,
    entry: Entry,
) -> Result<()> {
    let laid = sqlx::query(
        "UPDATE residence SET link = $1, link_until = $2 WHERE account = $3 AND id = $4 AND state = 'declared' AND dwelling <> 'own'",
    )
    .bind(link)
    .bind(until.0)
    .bind(account.to_string())
    .bind(id.to_string())
    .execute(&mut *db)
    .await?;
    if laid.rows_affected() == 0 {
        return Err(StoreError::Absent("declaration"));
    }
    log::append(db, &keys, &[entry]).await
}

/// Takes the link back.
pub async fn drop_link(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    id: DeclarationId,
    entry: Entry,
) -> Result<()> {
    let dropped = sqlx::query(
        "UPDATE residence SET link = NULL, link_until = NULL WHERE account = $1 AND id = $2 AND link IS NOT NULL",
    )
    .bind(account.to_string())
    .bind(id.to_string())
    .execute(&mut *db)
    .await?;
    // Pressed twice, it was withdrawn once.
    if dropped.rows_affected() == 0 { Ok(()) } else { log::append(db, &keys, &[entry]).await }
}

/// Notes that its holder agrees to show a residence that is in force.
pub async fn show(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    id: DeclarationId,
    until: Moment,
    today: Date,
    entry: Entry,
) -> Result<()> {
    let shown = sqlx::query(
        "UPDATE residence SET shown_until = $1 WHERE account = $2 AND id = $3 AND state = 'valid' AND valid_until >= $4",
    )
    .bind(until.0)
    .bind(account.to_string())
    .bind(id.to_string())
    .bind(today.to_string())
    .execute(&mut *db)
    .await?;
    if shown.rows_affected() == 0 {
        return Err(StoreError::Absent("residence"));
    }
    log::append(db, &keys, &[entry]).await
}

/// Forgets a declaration that is over.
pub async fn forget_old(db: &mut Connection, keys: Arc<Keys>, id: DeclarationId, entry: Entry) -> Result<()> {
    sqlx::query("DELETE FROM residence WHERE id = $1").bind(id.to_string()).execute(&mut *db).await?;
    log::append(db, &keys, &[entry]).await
}

/// Erases what an account declared.
pub async fn erase(db: &mut Connection, account: AccountId) -> Result<()> {
    sqlx::query("DELETE FROM residence WHERE account = $1").bind(account.to_string()).execute(db).await?;
    Ok(())
}

/// Forgets what an account declared of one of its people.
pub async fn forget(db: &mut Connection, account: AccountId, person: PersonId) -> Result<()> {
    sqlx::query("DELETE FROM residence WHERE account = $1 AND person = $2")
        .bind(account.to_string())
        .bind(person.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// A person goes to an account of their own, as the person that they are there. What waits was the guardian's to see through, and is
/// declared anew.
pub async fn take_over(
    db: &mut Connection,
    from: (AccountId, PersonId),
    to: (AccountId, PersonId),
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "UPDATE residence SET state = 'cancelled', ended_at = $1, link = NULL, link_until = NULL WHERE account = $2 AND person = $3 AND state \
         IN ('declared', 'confirmed')",
    )
    .bind(now.0)
    .bind(from.0.to_string())
    .bind(from.1.to_string())
    .execute(&mut *db)
    .await?;
    sqlx::query(
        "UPDATE residence SET account = $1, person = $2, shown_until = NULL WHERE account = $3 AND person = $4",
    )
    .bind(to.0.to_string())
    .bind(to.1.to_string())
    .bind(from.0.to_string())
    .bind(from.1.to_string())
    .execute(db)
    .await?;
    Ok(())
}

async fn lock(db: &mut Connection, id: DeclarationId) -> Result<SealedDeclaration> {
    let row = sqlx::query(locking!("SELECT * FROM residence WHERE id = $1"))
        .bind(id.to_string())
        .fetch_optional(db)
        .await?
        .ok_or(StoreError::Absent("declaration"))?;
    read(&row)
}

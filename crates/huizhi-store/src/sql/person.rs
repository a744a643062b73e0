//! People of accounts, whose orders they are, and their way to an account of their own.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, OfficeId, OrderId, PersonId, StaffId};
use huizhi_domain::person::Relation;

use super::{Connection, Row, appointment, get, log, maybe_moment, maybe_word, order, word};
use crate::person::{Moved, SealedPerson};
use crate::{Keys, Result, StoreError};

/// Wrong numbers after which a code is good no more.
const MISSES: i32 = 5;

pub async fn all(db: &mut Connection, account: AccountId) -> Result<Vec<SealedPerson>> {
    let rows = sqlx::query("SELECT * FROM person WHERE account = $1 ORDER BY id")
        .bind(account.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn find(db: &mut Connection, account: AccountId, id: PersonId) -> Result<Option<SealedPerson>> {
    let row = sqlx::query("SELECT * FROM person WHERE account = $1 AND id = $2")
        .bind(account.to_string())
        .bind(id.to_string())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

pub async fn add(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    id: PersonId,
    relation: Relation,
    details: Vec<u8>,
    entry: Entry,
) -> Result<()> {
    sqlx::query("INSERT INTO person (id, account, relation, details, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(id.to_string())
        .bind(account.to_string())
        .bind(relation.word())
        .bind(details)
        .bind(entry.at.0)
        .execute(&mut *db)
        .await?;
    log::append(db, &keys, &[entry]).await
}

/// What was seen at a window was seen of what is written now: a change begins it again.
pub async fn change(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    id: PersonId,
    relation: Relation,
    details: Vec<u8>,
    entry: Entry,
) -> Result<()> {
    let changed = sqlx::query(
        "UPDATE person SET relation = $1, details = $2, seen_office = NULL, seen_staff = NULL, seen_at = NULL, code = NULL, code_until = NULL \
         WHERE account = $3 AND id = $4",
    )
    .bind(relation.word())
    .bind(details)
    .bind(account.to_string())
    .bind(id.to_string())
    .execute(&mut *db)
    .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::Absent("person"));
    }
    log::append(db, &keys, &[entry]).await
}

/// Forgets a person. Their orders stay with the account.
pub async fn remove(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    id: PersonId,
    entry: Entry,
) -> Result<()> {
    let gone = sqlx::query("DELETE FROM person WHERE account = $1 AND id = $2")
        .bind(account.to_string())
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if gone.rows_affected() == 0 {
        return Err(StoreError::Absent("person"));
    }
    forget_in(&mut *db, account, id, entry.at).await?;
    log::append(db, &keys, &[entry]).await
}

/// Forgets all people of an account.
pub async fn remove_all(db: &mut Connection, keys: Arc<Keys>, account: AccountId, entry: Entry) -> Result<()> {
    for person in all(&mut *db, account).await? {
        sqlx::query("DELETE FROM person WHERE id = $1").bind(person.id.to_string()).execute(&mut *db).await?;
        forget_in(&mut *db, account, person.id, entry.at).await?;
    }
    log::append(db, &keys, &[entry]).await
}

async fn forget_in(db: &mut Connection, account: AccountId, id: PersonId, now: Moment) -> Result<()> {
    sqlx::query("UPDATE orders SET person = NULL WHERE person = $1").bind(id.to_string()).execute(&mut *db).await?;
    appointment::forget_person(&mut *db, id).await?;
    forget_consents(db, account, id, now).await
}

/// Notes for whom an order is; the person has to be one of the account's.
pub async fn of_order_is(db: &mut Connection, account: AccountId, id: PersonId, of: OrderId) -> Result<()> {
    let noted = sqlx::query(
        "UPDATE orders SET person = $1 WHERE id = $2 AND EXISTS (SELECT 1 FROM person WHERE person.id = $1 AND person.account = $3)",
    )
    .bind(id.to_string())
    .bind(of.to_string())
    .bind(account.to_string())
    .execute(db)
    .await?;
    if noted.rows_affected() == 0 { Err(StoreError::Absent("person")) } else { Ok(()) }
}

pub async fn of_order(db: &mut Connection, of: OrderId) -> Result<Option<SealedPerson>> {
    let row = sqlx::query("SELECT person.* FROM person JOIN orders ON orders.person = person.id WHERE orders.id = $1")
        .bind(of.to_string())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// A clerk saw the proof of the relation.
pub async fn saw_proof(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: PersonId,
    office: OfficeId,
    staff: StaffId,
    entry: Entry,
) -> Result<()> {
    let seen = sqlx::query(
        "UPDATE person SET seen_office = $1, seen_staff = $2, seen_at = $3 WHERE id = $4 AND seen_at IS NULL AND relation <> 'myself'",
    )
    .bind(office.to_string())
    .bind(staff.to_string())
    .bind(entry.at.0)
    .bind(id.to_string())
    .execute(&mut *db)
    .await?;
    // Pressed twice, it was seen once.
    if seen.rows_affected() == 0 { Ok(()) } else { log::append(db, &keys, &[entry]).await }
}

/// Lays a code out for who takes a person over; one that was laid out before is good no more.
pub async fn lay_code(
    db: &mut Connection,
    keys: Arc<Keys>,
    account: AccountId,
    id: PersonId,
    code: Vec<u8>,
    until: Moment,
    entry: Entry,
) -> Result<()> {
    let laid = sqlx::query(
        "UPDATE person SET code = $1, code_until = $2, misses = 0 WHERE account = $3 AND id = $4 AND relation <> 'myself'",
    )
    .bind(code)
    .bind(until.0)
    .bind(account.to_string())
    .bind(id.to_string())
    .execute(&mut *db)
    .await?;
    if laid.rows_affected() == 0 {
        return Err(StoreError::Absent("person"));
    }
    log::append(db, &keys, &[entry]).await
}

/// The person of a code, while it is good, and whose they are.
pub async fn by_code(db: &mut Connection, code: Vec<u8>, now: Moment) -> Result<Option<(SealedPerson, AccountId)>> {
    let row = sqlx::query("SELECT * FROM person WHERE code = $1 AND code_until > $2 AND misses < $3")
        .bind(code)
        .bind(now.0)
        .bind(MISSES)
        .fetch_optional(db)
        .await?;
    row.map(|row| Ok((read(&row)?, word(&row, "account")?))).transpose()
}

/// Counts a wrong number.
pub async fn missed(db: &mut Connection, id: PersonId) -> Result<()> {
    sqlx::query("UPDATE person SET misses = misses + 1 WHERE id = $1").bind(id.to_string()).execute(db).await?;
    Ok(())
}

/// The orders of a person.
pub async fn orders(db: &mut Connection, id: PersonId) -> Result<Vec<OrderId>> {
    let rows =
        sqlx::query("SELECT id FROM orders WHERE person = $1 ORDER BY id").bind(id.to_string()).fetch_all(db).await?;
    rows.iter().map(|row| word(row, "id")).collect()
}

/// Moves a person and its orders to the account of whoever took it over. Nobody else holds the orders afterwards, their old links
/// open nothing, and messages go to nobody but the new account.
#[expect(clippy::too_many_arguments, reason = "one row, its orders, and where they go")]
pub async fn take_over(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: PersonId,
    code: Vec<u8>,
    to: AccountId,
    visitor: Vec<u8>,
    moved: Vec<Moved>,
    entry: Entry,
) -> Result<()> {
    let row = sqlx::query(locking!("SELECT account FROM person WHERE id = $1 AND code = $2"))
        .bind(id.to_string())
        .bind(code)
        .fetch_optional(&mut *db)
        .await?
        .ok_or(StoreError::Absent("person"))?;
    let from: AccountId = word(&row, "account")?;
    // An order that came in between would stay with the guardian.
    if orders(&mut *db, id).await? != moved.iter().map(|it| it.order).collect::<Vec<_>>() {
        return Err(StoreError::Conflict("the person"));
    }
    let owner = sqlx::query("SELECT id FROM person WHERE account = $1 AND relation = 'myself'")
        .bind(to.to_string())
        .fetch_optional(&mut *db)
        .await?;
    let kept: PersonId = match owner {
        Some(row) => word(&row, "id")?,
        None => id,
    };
    for it in &moved {
        order::lock(&mut *db, it.order).await?;
        sqlx::query("UPDATE orders SET person = $1, secret = $2, secret_sealed = $3, applicant = COALESCE($4, applicant) WHERE id = $5")
            .bind(kept.to_string())
            .bind(&it.secret)
            .bind(&it.secret_sealed)
            .bind(&it.applicant)
            .bind(it.order.to_string())
            .execute(&mut *db)
            .await?;
        for table in ["DELETE FROM holder WHERE order_id = $1", "DELETE FROM wechat WHERE order_id = $1"] {
            sqlx::query(table).bind(it.order.to_string()).execute(&mut *db).await?;
        }
        order::hold(&mut *db, visitor.clone(), it.order, entry.at).await?;
    }
    appointment::hand_over(&mut *db, id, to, kept).await?;
    forget_consents(&mut *db, from, id, entry.at).await?;
    if kept == id {
        sqlx::query(
            "UPDATE person SET account = $1, relation = 'myself', seen_office = NULL, seen_staff = NULL, seen_at = NULL, code = NULL, \
             code_until = NULL WHERE id = $2",
        )
        .bind(to.to_string())
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    } else {
        sqlx::query("DELETE FROM person WHERE id = $1").bind(id.to_string()).execute(&mut *db).await?;
    }
    log::append(db, &keys, &[entry]).await
}

/// What a guardian consented to for somebody ends where their guardianship does.
async fn forget_consents(db: &mut Connection, account: AccountId, id: PersonId, now: Moment) -> Result<()> {
    sqlx::query("UPDATE consent SET withdrawn_at = $1 WHERE account = $2 AND person = $3 AND withdrawn_at IS NULL")
        .bind(now.0)
        .bind(account.to_string())
        .bind(id.to_string())
        .execute(db)
        .await?;
    Ok(())
}

fn read(row: &Row) -> Result<SealedPerson> {
    let seen: (Option<OfficeId>, Option<StaffId>, Option<Moment>) =
        (maybe_word(row, "seen_office")?, maybe_word(row, "seen_staff")?, maybe_moment(row, "seen_at")?);
    Ok(SealedPerson {
        id: word(row, "id")?,
        relation: word(row, "relation")?,
        details: get(row, "details")?,
        seen: match seen {
            (Some(office), Some(staff), Some(at)) => Some((office, staff, at)),
            _ => None,
        },
    })
}

//! Erasing what is personal in an account's appointments. Places and figures stay.

use std::collections::BTreeMap;

use huizhi_domain::id::{AccountId, PersonId};
use huizhi_domain::visit::ledger::Hand;

use super::{Connection, find, load, word, write};
use crate::Result;
use crate::appointment::Terms;

/// Cancels what is to come of an account, and takes everything personal out of its appointments.
pub async fn erase(db: &mut Connection, terms: &Terms, account: AccountId) -> Result<()> {
    let to_come: Vec<_> = find::of_account(&mut *db, account).await?;
    let to_come: Vec<_> = to_come.into_iter().filter(|it| it.appointment.starts_at > terms.now).collect();
    let ids: Vec<_> = to_come.iter().map(|it| it.appointment.id).collect();
    let mut ledger = load::around(&mut *db, terms, to_come).await?;
    ledger.settle();
    for id in ids {
        // What can't be cancelled is over already.
        let _ = ledger.cancel(id, &Hand::Service);
    }
    write::write(&mut *db, terms, &ledger, &BTreeMap::new()).await?;
    sqlx::query("DELETE FROM visit_message WHERE account = $1").bind(account.to_string()).execute(&mut *db).await?;
    let rows = sqlx::query("SELECT id FROM appointment WHERE account = $1")
        .bind(account.to_string())
        .fetch_all(&mut *db)
        .await?;
    for row in &rows {
        let id: String = word(row, "id")?;
        // Of these hashes nobody knows the text; each is its own, so that no two rows are one person's.
        let nobody = terms.keys.ring.index("erased appointment", &id).to_vec();
        sqlx::query(
            "UPDATE appointment SET account = NULL, person = NULL, person_key = $1, who_key = $1, code = $1, details = $2, once = NULL, version = \
             version + 1 WHERE id = $3",
        )
        .bind(nobody)
        .bind(Vec::<u8>::new())
        .bind(id)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// Forgets for whom of an account appointments are. They stay the account's.
pub async fn forget_person(db: &mut Connection, id: PersonId) -> Result<()> {
    sqlx::query("UPDATE appointment SET person = NULL, version = version + 1 WHERE person = $1")
        .bind(id.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// Gives the appointments of a person, and what was told of them, to the account of whoever took the person over.
pub async fn hand_over(db: &mut Connection, from: PersonId, to: AccountId, kept: PersonId) -> Result<()> {
    sqlx::query(
        "UPDATE visit_message SET account = $1 WHERE appointment IN (SELECT id FROM appointment WHERE person = $2)",
    )
    .bind(to.to_string())
    .bind(from.to_string())
    .execute(&mut *db)
    .await?;
    sqlx::query("UPDATE appointment SET account = $1, person = $2, version = version + 1 WHERE person = $3")
        .bind(to.to_string())
        .bind(kept.to_string())
        .bind(from.to_string())
        .execute(db)
        .await?;
    Ok(())
}

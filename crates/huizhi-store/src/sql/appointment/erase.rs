//! Erasing what is personal in an account's appointments. Places and figures stay.

use std::sync::Arc;

use huizhi_domain::id::AccountId;

use super::super::word;
use super::Connection;
use crate::{Keys, Result};

/// Takes everything personal out of the appointments of an account. What is to come was cancelled before.
pub async fn erase(db: &mut Connection, keys: &Arc<Keys>, account: AccountId) -> Result<()> {
    sqlx::query("DELETE FROM visit_message WHERE account = $1").bind(account.to_string()).execute(&mut *db).await?;
    let rows =
        sqlx::query("SELECT id FROM appointment WHERE account = $1").bind(account.to_string()).fetch_all(&mut *db).await?;
    for row in &rows {
        let id: String = word(row, "id")?;
        // Of these hashes nobody knows the text; each is its own, so that no two rows are one person's.
        let nobody = keys.ring.index("erased appointment", &id).to_vec();
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

//! Canned answers.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::id::CannedAnswerId;
use huizhi_domain::support::{CannedAnswer, CannedWords};

use super::super::{Connection, Row, get, log, moment, word};
use crate::{Keys, Result, StoreError};

pub async fn canned(db: &mut Connection) -> Result<Vec<CannedAnswer>> {
    let rows = sqlx::query("SELECT * FROM canned_answer ORDER BY name, id").fetch_all(db).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<CannedAnswer> {
    Ok(CannedAnswer {
        id: word(row, "id")?,
        words: CannedWords { name: get(row, "name")?, zh: get(row, "zh")?, en: get(row, "en")? },
        changed_at: moment(row, "changed_at")?,
    })
}

/// Adds one, or changes it.
pub async fn keep_canned(
    db: &mut Connection,
    keys: Arc<Keys>,
    answer: CannedAnswer,
    is_new: bool,
    entry: Entry,
) -> Result<()> {
    let statement = if is_new {
        "INSERT INTO canned_answer (name, zh, en, changed_at, id) VALUES ($1, $2, $3, $4, $5)"
    } else {
        "UPDATE canned_answer SET name = $1, zh = $2, en = $3, changed_at = $4 WHERE id = $5"
    };
    let kept = sqlx::query(statement)
        .bind(answer.words.name)
        .bind(answer.words.zh)
        .bind(answer.words.en)
        .bind(answer.changed_at.0)
        .bind(answer.id.to_string())
        .execute(&mut *db)
        .await?;
    if kept.rows_affected() == 0 {
        return Err(StoreError::Absent("canned answer"));
    }
    log::append(db, &keys, &[entry]).await
}

pub async fn drop_canned(db: &mut Connection, keys: Arc<Keys>, id: CannedAnswerId, entry: Entry) -> Result<()> {
    let dropped = sqlx::query("DELETE FROM canned_answer WHERE id = $1").bind(id.to_string()).execute(&mut *db).await?;
    if dropped.rows_affected() == 0 { Ok(()) } else { log::append(db, &keys, &[entry]).await }
}

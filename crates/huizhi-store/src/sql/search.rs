//! The index of what can be found. Nothing here reads a table whole: what is looked for has an index, and every answer has an end.

use std::collections::BTreeMap;
use std::sync::Arc;

use huizhi_domain::article::ArticleId;
use huizhi_domain::search::{Entry, Kind, Name};
use huizhi_domain::words::Lang;

use super::{Connection, Row, get, word};
use crate::search::{Laid, Lists, Unrelated, distinct};
use crate::{Result, StoreError};

mod find;

pub use find::{all_counts, counts, find, spelled};

/// What was counted, and the stamp of the articles that were indexed last.
pub async fn state(db: &mut Connection) -> Result<(i64, i64)> {
    let row = sqlx::query("SELECT counted, articles FROM search_state WHERE one = 1").fetch_one(db).await?;
    Ok((get(&row, "counted")?, get(&row, "articles")?))
}

/// Notes that all changes of articles up to a stamp are indexed.
pub async fn indexed(db: &mut Connection, stamp: i64) -> Result<()> {
    sqlx::query("UPDATE search_state SET articles = $1 WHERE one = 1").bind(stamp).execute(db).await?;
    Ok(())
}

/// All entries of a kind.
pub async fn of_kind(db: &mut Connection, kind: Kind) -> Result<Vec<Entry>> {
    let rows = sqlx::query("SELECT * FROM search_entry WHERE kind = $1").bind(kind.word()).fetch_all(db).await?;
    rows.iter().map(|row| read_entry(row).map(|(_, entry)| entry)).collect()
}

/// Puts entries into the index and takes others out. Gives how many were changed.
pub async fn put(db: &mut Connection, entries: Arc<Vec<Laid>>, out: Vec<Name>) -> Result<usize> {
    let mut counted = lock(&mut *db).await?;
    let mut changes = BTreeMap::new();
    let mut written = 0;
    for laid in entries.iter() {
        let before = standing(&mut *db, &laid.entry.name()).await?;
        if before.as_ref().is_some_and(|(_, entry)| *entry == laid.entry) {
            continue;
        }
        counted += 1;
        let id = before.as_ref().map_or(counted, |(id, _)| *id);
        if let Some((_, entry)) = &before {
            add_up(&mut changes, entry, -1);
        }
        add_up(&mut changes, &laid.entry, 1);
        write(&mut *db, id, counted, laid).await?;
        written += 1;
    }
    for name in out {
        let Some((id, entry)) = standing(&mut *db, &name).await? else { continue };
        add_up(&mut changes, &entry, -1);
        remove(&mut *db, id, &entry).await?;
        written += 1;
    }
    sqlx::query("UPDATE search_state SET counted = $1 WHERE one = 1").bind(counted).execute(&mut *db).await?;
    count(db, changes).await?;
    Ok(written)
}

/// What was counted; writers wait here for the one before.
async fn lock(db: &mut Connection) -> Result<i64> {
    let row = sqlx::query(locking!("SELECT counted FROM search_state WHERE one = 1")).fetch_one(db).await?;
    get(&row, "counted")
}

async fn standing(db: &mut Connection, (kind, key, lang): &Name) -> Result<Option<(i64, Entry)>> {
    let row = sqlx::query("SELECT * FROM search_entry WHERE kind = $1 AND key = $2 AND lang = $3")
        .bind(kind.word())
        .bind(key)
        .bind(lang.tag())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read_entry).transpose()
}

async fn write(db: &mut Connection, id: i64, counted: i64, laid: &Laid) -> Result<()> {
    let entry = &laid.entry;
    sqlx::query(
        "INSERT INTO search_entry (id, kind, key, lang, title, text, address, reading, version, put_at, related_at) VALUES ($1, $2, $3, $4, \
         $5, $6, $7, $8, $9, $10, 0) ON CONFLICT (kind, key, lang) DO UPDATE SET title = excluded.title, text = excluded.text, address = \
         excluded.address, reading = excluded.reading, version = excluded.version, put_at = excluded.put_at, related_at = 0",
    )
    .bind(id)
    .bind(entry.kind.word())
    .bind(&entry.key)
    .bind(entry.lang.tag())
    .bind(&entry.title)
    .bind(&entry.text)
    .bind(&entry.address)
    .bind(&entry.reading)
    .bind(entry.version)
    .bind(counted)
    .execute(&mut *db)
    .await?;
    let (title, text) = super::super::laid(&laid.title, &laid.text);
    sqlx::query(put_in_index!()).bind(id).bind(title).bind(text).execute(&mut *db).await?;
    sqlx::query("DELETE FROM search_key WHERE entry = $1").bind(id).execute(&mut *db).await?;
    let keys: Vec<(i64, &str)> = laid.keys.iter().map(|key| (key.place, key.term.as_str())).collect();
    sqlx::query(concat!(
        "INSERT INTO search_key (lang, place, term, entry) SELECT $2, CAST(item.value ->> 0 AS BIGINT), item.value ->> 1, $3 FROM ",
        items!("$1")
    ))
    .bind(serde_json::to_string(&keys).unwrap_or_default())
    .bind(entry.lang.tag())
    .bind(id)
    .execute(db)
    .await?;
    Ok(())
}

async fn remove(db: &mut Connection, id: i64, entry: &Entry) -> Result<()> {
    if let (Kind::Article, Ok(article)) = (entry.kind, entry.key.parse::<ArticleId>()) {
        sqlx::query("DELETE FROM article_related WHERE article = $1 AND lang = $2")
            .bind(article.0)
            .bind(entry.lang.tag())
            .execute(&mut *db)
            .await?;
        // Those that named it look for another.
        sqlx::query(
            "UPDATE search_entry SET related_at = 0 WHERE kind = 'article' AND lang = $2 AND key IN (SELECT CAST(article AS TEXT) FROM \
             article_related WHERE other = $1 AND lang = $2)",
        )
        .bind(article.0)
        .bind(entry.lang.tag())
        .execute(&mut *db)
        .await?;
    }
    sqlx::query(concat!("DELETE FROM search_index WHERE ", indexed_entry!(), " = $1"))
        .bind(id)
        .execute(&mut *db)
        .await?;
    sqlx::query("DELETE FROM search_entry WHERE id = $1").bind(id).execute(db).await?;
    Ok(())
}

/// Tokens by language with how many entries more have them.
type Changes = BTreeMap<(&'static str, String), i64>;

fn add_up(changes: &mut Changes, entry: &Entry, by: i64) {
    for token in distinct(entry) {
        *changes.entry((entry.lang.tag(), token)).or_insert(0) += by;
    }
}

async fn count(db: &mut Connection, changes: Changes) -> Result<()> {
    let changes: Vec<(&str, String, i64)> =
        changes.into_iter().filter(|(_, by)| *by != 0).map(|((lang, token), by)| (lang, token, by)).collect();
    if changes.is_empty() {
        return Ok(());
    }
    let changes = serde_json::to_string(&changes).unwrap_or_default();
    sqlx::query(concat!(
        "INSERT INTO search_token (lang, token, entries) SELECT item.value ->> 0, item.value ->> 1, CAST(item.value ->> 2 AS BIGINT) FROM ",
        items!("$1"),
        " WHERE true ON CONFLICT (lang, token) DO UPDATE SET entries = search_token.entries + excluded.entries"
    ))
    .bind(&changes)
    .execute(&mut *db)
    .await?;
    sqlx::query(concat!(
        "DELETE FROM search_token WHERE (lang, token) IN (SELECT item.value ->> 0, item.value ->> 1 FROM ",
        items!("$1"),
        ") AND entries <= 0"
    ))
    .bind(&changes)
    .execute(db)
    .await?;
    Ok(())
}

/// Articles whose related ones have to be looked for.
pub async fn unrelated(db: &mut Connection, most: i64) -> Result<Vec<Unrelated>> {
    let rows = sqlx::query(
        "SELECT id, key, lang, title, text, put_at FROM search_entry WHERE kind = 'article' AND related_at = 0 ORDER BY id LIMIT $1",
    )
    .bind(most)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Unrelated {
                id: get(row, "id")?,
                article: word(row, "key")?,
                lang: lang(row)?,
                title: get(row, "title")?,
                text: get(row, "text")?,
                put_at: get(row, "put_at")?,
            })
        })
        .collect()
}

/// Keeps lists of related articles, and marks those that are near one which they could not have seen. `counted` is what was counted before
/// they were looked for.
pub async fn relate(db: &mut Connection, lists: Arc<Lists>, counted: i64) -> Result<()> {
    lock(&mut *db).await?;
    for (of, others) in lists.iter() {
        sqlx::query("DELETE FROM article_related WHERE article = $1 AND lang = $2")
            .bind(of.article.0)
            .bind(of.lang.tag())
            .execute(&mut *db)
            .await?;
        let places: Vec<(usize, i64)> = others.iter().enumerate().map(|(place, (_, other))| (place, other.0)).collect();
        sqlx::query(concat!(
            "INSERT INTO article_related (article, lang, place, other) SELECT $2, $3, CAST(item.value ->> 0 AS BIGINT), CAST(item.value ->> 1 \
             AS BIGINT) FROM ",
            items!("$1")
        ))
        .bind(serde_json::to_string(&places).unwrap_or_default())
        .bind(of.article.0)
        .bind(of.lang.tag())
        .execute(&mut *db)
        .await?;
        sqlx::query("UPDATE search_entry SET related_at = $1 WHERE id = $2 AND put_at = $3")
            .bind(counted)
            .bind(of.id)
            .bind(of.put_at)
            .execute(&mut *db)
            .await?;
        let near: Vec<[i64; 1]> = others.iter().map(|(id, _)| [*id]).collect();
        sqlx::query(concat!(
            "UPDATE search_entry SET related_at = 0 WHERE id IN (SELECT CAST(item.value ->> 0 AS BIGINT) FROM ",
            items!("$1"),
            ") AND related_at < $2"
        ))
        .bind(serde_json::to_string(&near).unwrap_or_default())
        .bind(of.put_at)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

fn lang(row: &Row) -> Result<Lang> {
    let value: String = get(row, "lang")?;
    Lang::of_tag(&value).ok_or(StoreError::Row { what: "lang", value })
}

fn read_entry(row: &Row) -> Result<(i64, Entry)> {
    let entry = Entry {
        kind: word(row, "kind")?,
        key: get(row, "key")?,
        lang: lang(row)?,
        title: get(row, "title")?,
        text: get(row, "text")?,
        address: get(row, "address")?,
        reading: get(row, "reading")?,
        version: get(row, "version")?,
    };
    Ok((get(row, "id")?, entry))
}

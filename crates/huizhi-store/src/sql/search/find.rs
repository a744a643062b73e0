//! What the index has of a query.

use huizhi_domain::search::{Counts, Kind, Lookup};
use huizhi_domain::words::Lang;

use super::super::{Connection, Row, get, word};
use crate::Result;
use crate::search::Hit;

/// How many entries have these tokens.
pub async fn counts(db: &mut Connection, lang: Lang, tokens: Vec<String>) -> Result<Counts> {
    // The empty one counts the entries.
    let asked: Vec<[&str; 1]> = tokens.iter().map(|token| [token.as_str()]).chain([[""]]).collect();
    let rows = sqlx::query(concat!(
        "SELECT token, entries FROM search_token WHERE lang = $2 AND token IN (SELECT item.value ->> 0 FROM ",
        items!("$1"),
        ")"
    ))
    .bind(serde_json::to_string(&asked).unwrap_or_default())
    .bind(lang.tag())
    .fetch_all(db)
    .await?;
    counted(&rows)
}

/// How many entries have each token there is, for a round of looking for related articles.
pub async fn all_counts(db: &mut Connection, lang: Lang) -> Result<Counts> {
    let rows =
        sqlx::query("SELECT token, entries FROM search_token WHERE lang = $1").bind(lang.tag()).fetch_all(db).await?;
    counted(&rows)
}

fn counted(rows: &[Row]) -> Result<Counts> {
    let mut counts = Counts::default();
    for row in rows {
        let (token, entries): (String, i64) = (get(row, "token")?, get(row, "entries")?);
        if token.is_empty() {
            counts.entries = entries;
        } else {
            counts.of.insert(token, entries);
        }
    }
    Ok(counts)
}

/// Entries that have what is looked for, the newest first.
pub async fn find(
    db: &mut Connection,
    wanted: &Lookup,
    lang: Lang,
    kind: Option<Kind>,
    most: i64,
) -> Result<Vec<(i64, Hit)>> {
    let rows = sqlx::query(concat!(
        "SELECT search_entry.* FROM search_index JOIN search_entry ON search_entry.id = ",
        indexed_entry!(),
        " WHERE ",
        index_fits!("$1"),
        " AND search_entry.lang = $2 AND ($3 = '' OR search_entry.kind = $3) ORDER BY ",
        indexed_entry!(),
        " DESC LIMIT $4"
    ))
    .bind(super::super::super::lookup(wanted))
    .bind(lang.tag())
    .bind(kind.map_or("", Kind::word))
    .bind(most)
    .fetch_all(db)
    .await?;
    rows.iter().map(read_hit).collect()
}

/// Entries with a key in a range, from the first; without their text, which no suggestion shows.
pub async fn spelled(
    db: &mut Connection,
    lang: Lang,
    place: i64,
    from: &str,
    to: &str,
    most: i64,
) -> Result<Vec<(i64, Hit)>> {
    let rows = sqlx::query(
        "SELECT search_entry.id, search_entry.kind, search_entry.key, search_entry.title, '' AS text, search_entry.address FROM search_key \
         JOIN search_entry ON search_entry.id = search_key.entry WHERE search_key.lang = $1 AND search_key.place = $2 AND search_key.term >= \
         $3 AND search_key.term < $4 ORDER BY search_key.term, search_key.entry LIMIT $5",
    )
    .bind(lang.tag())
    .bind(place)
    .bind(from)
    .bind(to)
    .bind(most)
    .fetch_all(db)
    .await?;
    rows.iter().map(read_hit).collect()
}

fn read_hit(row: &Row) -> Result<(i64, Hit)> {
    let hit = Hit {
        kind: word(row, "kind")?,
        key: get(row, "key")?,
        title: get(row, "title")?,
        text: get(row, "text")?,
        address: get(row, "address")?,
    };
    Ok((get(row, "id")?, hit))
}

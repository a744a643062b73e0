//! What editors write and decide.

use std::sync::Arc;

use huizhi_domain::article::{ArticleId, ArticleRefused, SaveRefused, Standing, Step, Version, Writer, body};
use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::words::Lang;

use super::super::{Connection, Row, get, log, moment, word};
use super::{read_lang, read_standing, touched};
use crate::article::{ArticleRecord, NewVersion, StateLine, VersionLine};
use crate::{Keys, Result};

/// What editors see in lists, with a condition and an order.
macro_rules! states {
    ($rest:literal) => {
        concat!(
            "SELECT article.category, article.author, standing.*, words.title, words.of_version, words.written_by, words.written_at FROM \
             article_state AS standing JOIN article ON article.id = standing.article JOIN article_version AS words ON words.article = \
             standing.article AND words.lang = standing.lang AND words.version = standing.draft_version ",
            $rest
        )
    };
}

pub async fn make(
    db: &mut Connection,
    keys: Arc<Keys>,
    category: String,
    author: String,
    entry: Entry,
) -> Result<ArticleId> {
    let row = sqlx::query("UPDATE article_count SET last = last + 1 WHERE one = 1 RETURNING last")
        .fetch_one(&mut *db)
        .await?;
    let id = ArticleId(get(&row, "last")?);
    sqlx::query("INSERT INTO article (id, category, author, made_at) VALUES ($1, $2, $3, $4)")
        .bind(id.0)
        .bind(category)
        .bind(author)
        .bind(entry.at.0)
        .execute(&mut *db)
        .await?;
    log::append(db, &keys, &[Entry { subject: id.to_string(), ..entry }]).await?;
    Ok(id)
}

pub async fn record(db: &mut Connection, id: ArticleId) -> Result<Option<ArticleRecord>> {
    let row = sqlx::query("SELECT id, category, author, seed, made_at FROM article WHERE id = $1")
        .bind(id.0)
        .fetch_optional(db)
        .await?;
    row.map(|row| {
        Ok(ArticleRecord {
            id: ArticleId(get(&row, "id")?),
            category: get(&row, "category")?,
            author: get(&row, "author")?,
            seed: get(&row, "seed")?,
            made_at: moment(&row, "made_at")?,
        })
    })
    .transpose()
}

pub async fn save(
    db: &mut Connection,
    keys: Arc<Keys>,
    new: NewVersion,
    writer: Writer,
    mut entry: Entry,
) -> Result<std::result::Result<i64, SaveRefused>> {
    if !lock(&mut *db, new.article).await? {
        return Ok(Err(SaveRefused::Unknown));
    }
    let newest = newest(&mut *db, new.article, new.lang).await?;
    if let Some(newest) = &newest {
        // Said twice, or saved without a change.
        if is_same(newest, &new) {
            return Ok(Ok(newest.version));
        }
        if new.on_version != Some(newest.version) {
            return Ok(Err(SaveRefused::Newer { version: newest.version }));
        }
    } else if new.on_version.is_some() {
        return Ok(Err(SaveRefused::Unknown));
    }
    let version = newest.map_or(1, |newest| newest.version + 1);
    add_newest(&mut *db, &new, version, writer, entry.at).await?;
    entry.detail.insert("version".to_owned(), version.into());
    log::append(db, &keys, &[entry]).await?;
    Ok(Ok(version))
}

pub async fn restore(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: ArticleId,
    lang: Lang,
    of: i64,
    writer: Writer,
    mut entry: Entry,
) -> Result<std::result::Result<(), ArticleRefused>> {
    if !lock(&mut *db, id).await? {
        return Ok(Err(ArticleRefused::Unknown));
    }
    let former = version(&mut *db, id, lang, of).await?;
    let (Some(former), Some(newest)) = (former, newest(&mut *db, id, lang).await?) else {
        return Ok(Err(ArticleRefused::Unknown));
    };
    let new = NewVersion {
        article: id,
        lang,
        title: former.title,
        excerpt: former.excerpt,
        body: former.body,
        of_version: former.of_version,
        on_version: Some(newest.version),
    };
    if is_same(&newest, &new) {
        return Ok(Ok(()));
    }
    add_newest(&mut *db, &new, newest.version + 1, writer, entry.at).await?;
    entry.detail.insert("version".to_owned(), (newest.version + 1).into());
    log::append(db, &keys, &[entry]).await?;
    Ok(Ok(()))
}

pub async fn versions(db: &mut Connection, id: ArticleId, lang: Lang) -> Result<Vec<VersionLine>> {
    let rows = sqlx::query(
        "SELECT version, title, of_version, written_by, written_at FROM article_version WHERE article = $1 AND lang = $2 ORDER BY version DESC",
    )
    .bind(id.0)
    .bind(lang.tag())
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(VersionLine {
                version: get(row, "version")?,
                title: get(row, "title")?,
                of_version: get(row, "of_version")?,
                written_by: word(row, "written_by")?,
                written_at: moment(row, "written_at")?,
            })
        })
        .collect()
}

pub async fn version(db: &mut Connection, id: ArticleId, lang: Lang, version: i64) -> Result<Option<Version>> {
    let row = sqlx::query("SELECT * FROM article_version WHERE article = $1 AND lang = $2 AND version = $3")
        .bind(id.0)
        .bind(lang.tag())
        .bind(version)
        .fetch_optional(db)
        .await?;
    row.map(|row| read_version(&row)).transpose()
}

pub async fn newest(db: &mut Connection, id: ArticleId, lang: Lang) -> Result<Option<Version>> {
    let row =
        sqlx::query("SELECT * FROM article_version WHERE article = $1 AND lang = $2 ORDER BY version DESC LIMIT 1")
            .bind(id.0)
            .bind(lang.tag())
            .fetch_optional(db)
            .await?;
    row.map(|row| read_version(&row)).transpose()
}

pub async fn states(db: &mut Connection) -> Result<Vec<StateLine>> {
    let rows = sqlx::query(states!("ORDER BY standing.article, standing.lang DESC")).fetch_all(db).await?;
    rows.iter().map(read_state).collect()
}

pub async fn state(db: &mut Connection, id: ArticleId, lang: Lang) -> Result<Option<StateLine>> {
    let row = sqlx::query(states!("WHERE standing.article = $1 AND standing.lang = $2"))
        .bind(id.0)
        .bind(lang.tag())
        .fetch_optional(db)
        .await?;
    row.map(|row| read_state(&row)).transpose()
}

pub async fn step(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: ArticleId,
    lang: Lang,
    step: Step,
    mut entry: Entry,
) -> Result<std::result::Result<(), ArticleRefused>> {
    let Some(before) = locked(&mut *db, id, lang).await? else { return Ok(Err(ArticleRefused::Unknown)) };
    let after = match before.clone().after(step, entry.at) {
        Ok(after) => after,
        Err(refused) => return Ok(Err(refused)),
    };
    keep(&mut *db, id, lang, Some(&before), &after).await?;
    entry.detail.insert("version".to_owned(), after.draft_version.into());
    log::append(db, &keys, &[entry]).await?;
    Ok(Ok(()))
}

/// What has its time set and come.
pub async fn due(db: &mut Connection, now: Moment) -> Result<Vec<(ArticleId, Lang)>> {
    let rows = sqlx::query(
        "SELECT article, lang FROM article_state WHERE state = 'scheduled' AND publish_at <= $1 ORDER BY publish_at LIMIT 100",
    )
    .bind(now.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((ArticleId(get(row, "article")?), read_lang(row)?))).collect()
}

/// Publishes what is due; `false` where another process did, or an editor took it back.
pub async fn publish_due(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: ArticleId,
    lang: Lang,
    mut entry: Entry,
) -> Result<bool> {
    let Some(before) = locked(&mut *db, id, lang).await? else { return Ok(false) };
    let Some(after) = before.clone().due(entry.at) else { return Ok(false) };
    keep(&mut *db, id, lang, Some(&before), &after).await?;
    entry.detail.insert("version".to_owned(), after.draft_version.into());
    log::append(db, &keys, &[entry]).await?;
    Ok(true)
}

/// Adds a version, which its language has not gone on with yet.
pub(super) async fn add(db: &mut Connection, new: &NewVersion, version: i64, writer: Writer, at: Moment) -> Result<()> {
    let summary = if new.excerpt.is_empty() { body::excerpt(&new.body) } else { new.excerpt.clone() };
    sqlx::query(
        "INSERT INTO article_version (article, lang, version, title, excerpt, summary, of_version, written_by, written_at, body) VALUES ($1, \
         $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(new.article.0)
    .bind(new.lang.tag())
    .bind(version)
    .bind(&new.title)
    .bind(&new.excerpt)
    .bind(summary)
    .bind(new.of_version)
    .bind(writer.to_string())
    .bind(at.0)
    .bind(&new.body)
    .execute(db)
    .await?;
    Ok(())
}

/// Keeps how a language stands, and says so where readers see the difference.
pub(super) async fn keep(
    db: &mut Connection,
    id: ArticleId,
    lang: Lang,
    before: Option<&Standing>,
    after: &Standing,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO article_state (article, lang, state, draft_version, live_version, asked_by, asked_at, publish_at, published_by, \
         published_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (article, lang) DO UPDATE SET state = \
         excluded.state, draft_version = excluded.draft_version, live_version = excluded.live_version, asked_by = excluded.asked_by, asked_at = \
         excluded.asked_at, publish_at = excluded.publish_at, published_by = excluded.published_by, published_at = excluded.published_at, \
         changed_at = excluded.changed_at",
    )
    .bind(id.0)
    .bind(lang.tag())
    .bind(after.state.word())
    .bind(after.draft_version)
    .bind(after.live_version)
    .bind(after.asked_by.map(|by| by.to_string()))
    .bind(after.asked_at.map(|at| at.0))
    .bind(after.publish_at.map(|at| at.0))
    .bind(after.published_by.map(|by| by.to_string()))
    .bind(after.published_at.map(|at| at.0))
    .bind(after.changed_at.map(|at| at.0))
    .execute(&mut *db)
    .await?;
    if after.shows_other_than(before) {
        let stamp = touched(&mut *db).await?;
        sqlx::query("UPDATE article_state SET stamp = $1 WHERE article = $2 AND lang = $3")
            .bind(stamp)
            .bind(id.0)
            .bind(lang.tag())
            .execute(db)
            .await?;
    }
    Ok(())
}

/// Adds a version, with which its language is a draft again.
async fn add_newest(db: &mut Connection, new: &NewVersion, version: i64, writer: Writer, at: Moment) -> Result<()> {
    add(&mut *db, new, version, writer, at).await?;
    let before = locked(&mut *db, new.article, new.lang).await?;
    let after = before.clone().map_or(Standing::first(version), |before| before.saved(version));
    keep(db, new.article, new.lang, before.as_ref(), &after).await
}

/// Locks an article, so that its versions have one order; `false` where there is none.
async fn lock(db: &mut Connection, id: ArticleId) -> Result<bool> {
    let row = sqlx::query(locking!("SELECT id FROM article WHERE id = $1")).bind(id.0).fetch_optional(db).await?;
    Ok(row.is_some())
}

/// How a language stands, locked.
async fn locked(db: &mut Connection, id: ArticleId, lang: Lang) -> Result<Option<Standing>> {
    let row = sqlx::query(locking!("SELECT * FROM article_state WHERE article = $1 AND lang = $2"))
        .bind(id.0)
        .bind(lang.tag())
        .fetch_optional(db)
        .await?;
    row.map(|row| read_standing(&row)).transpose()
}

fn is_same(version: &Version, new: &NewVersion) -> bool {
    version.title == new.title
        && version.excerpt == new.excerpt
        && version.body == new.body
        && version.of_version == new.of_version
}

fn read_version(row: &Row) -> Result<Version> {
    Ok(Version {
        article: ArticleId(get(row, "article")?),
        lang: read_lang(row)?,
        version: get(row, "version")?,
        title: get(row, "title")?,
        excerpt: get(row, "excerpt")?,
        body: get(row, "body")?,
        of_version: get(row, "of_version")?,
        written_by: word(row, "written_by")?,
        written_at: moment(row, "written_at")?,
    })
}

fn read_state(row: &Row) -> Result<StateLine> {
    Ok(StateLine {
        id: ArticleId(get(row, "article")?),
        category: get(row, "category")?,
        author: get(row, "author")?,
        lang: read_lang(row)?,
        title: get(row, "title")?,
        of_version: get(row, "of_version")?,
        written_by: word(row, "written_by")?,
        written_at: moment(row, "written_at")?,
        standing: read_standing(row)?,
    })
}

//! Articles. That who asked for publication does not publish, and that a visitor likes an article once, are constraints of the tables.

use std::collections::BTreeSet;
use std::sync::Arc;

use huizhi_domain::article::{ArticleId, ArticleLine, Published, SeedArticle, Standing, Writer};
use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::words::Lang;

use super::{Connection, Row, get, log, maybe_moment, maybe_word, moment, word};
use crate::article::{ArticleChange, NewVersion};
use crate::{Keys, Result, StoreError};

mod desk;

pub use desk::{due, make, newest, publish_due, record, restore, save, state, states, step, version, versions};

/// What readers see in lists, with a condition and an order.
macro_rules! lines {
    ($rest:literal) => {
        concat!(
            "SELECT article.id, article.category, article.likes, article.comments, live.lang, live.published_at, live.changed_at, words.title, \
             words.summary FROM article_state AS live JOIN article ON article.id = live.article JOIN article_version AS words ON \
             words.article = live.article AND words.lang = live.lang AND words.version = live.live_version ",
            $rest
        )
    };
}

/// The same with the whole text.
macro_rules! texts {
    ($rest:literal) => {
        concat!(
            "SELECT article.id, article.category, article.author, article.likes, article.comments, live.lang, live.published_at, \
             live.changed_at, words.version, words.title, words.summary, words.body FROM article_state AS live JOIN article ON article.id = \
             live.article JOIN article_version AS words ON words.article = live.article AND words.lang = live.lang AND words.version = \
             live.live_version ",
            $rest
        )
    };
}

pub async fn published(db: &mut Connection, id: ArticleId, lang: Lang) -> Result<Option<Published>> {
    let row = sqlx::query(texts!("WHERE live.article = $1 AND live.lang = $2"))
        .bind(id.0)
        .bind(lang.tag())
        .fetch_optional(db)
        .await?;
    row.map(|row| read_published(&row)).transpose()
}

pub async fn langs(db: &mut Connection, id: ArticleId) -> Result<Vec<Lang>> {
    let rows = sqlx::query(
        "SELECT lang FROM article_state WHERE article = $1 AND live_version IS NOT NULL ORDER BY lang DESC",
    )
    .bind(id.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(read_lang).collect()
}

/// Of all categories where the category is empty.
pub async fn lines(
    db: &mut Connection,
    category: String,
    lang: Lang,
    before: (Moment, ArticleId),
    most: i64,
) -> Result<Vec<ArticleLine>> {
    let (at, id) = before;
    let rows = sqlx::query(lines!(
        "WHERE live.lang = $1 AND live.live_version IS NOT NULL AND ($2 = '' OR article.category = $2) AND (live.published_at, live.article) \
         < ($3, $4) ORDER BY live.published_at DESC, live.article DESC LIMIT $5"
    ))
    .bind(lang.tag())
    .bind(category)
    .bind(at.0)
    .bind(id.0)
    .bind(most)
    .fetch_all(db)
    .await?;
    rows.iter().map(read_line).collect()
}

pub async fn categories(db: &mut Connection, lang: Lang) -> Result<BTreeSet<String>> {
    let rows = sqlx::query(
        "SELECT DISTINCT article.category FROM article_state AS live JOIN article ON article.id = live.article WHERE live.lang = $1 AND \
         live.live_version IS NOT NULL",
    )
    .bind(lang.tag())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| get(row, "category")).collect()
}

pub async fn neighbours(
    db: &mut Connection,
    id: ArticleId,
    lang: Lang,
) -> Result<(Option<ArticleLine>, Option<ArticleLine>)> {
    let row = sqlx::query(
        "SELECT article.category, live.published_at FROM article_state AS live JOIN article ON article.id = live.article WHERE live.article = \
         $1 AND live.lang = $2 AND live.live_version IS NOT NULL",
    )
    .bind(id.0)
    .bind(lang.tag())
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok((None, None)) };
    let (category, at): (String, Moment) = (get(&row, "category")?, moment(&row, "published_at")?);
    let previous = lines(&mut *db, category.clone(), lang, (at, id), 1).await?.pop();
    let next = sqlx::query(lines!(
        "WHERE live.lang = $1 AND live.live_version IS NOT NULL AND article.category = $2 AND (live.published_at, live.article) > ($3, $4) \
         ORDER BY live.published_at, live.article LIMIT 1"
    ))
    .bind(lang.tag())
    .bind(category)
    .bind(at.0)
    .bind(id.0)
    .fetch_optional(db)
    .await?;
    Ok((previous, next.map(|row| read_line(&row)).transpose()?))
}

pub async fn related(db: &mut Connection, id: ArticleId, lang: Lang) -> Result<Vec<ArticleLine>> {
    let rows = sqlx::query(lines!(
        "JOIN article_related AS near ON near.other = live.article AND near.lang = live.lang WHERE near.article = $1 AND near.lang = $2 \
         ORDER BY near.place"
    ))
    .bind(id.0)
    .bind(lang.tag())
    .fetch_all(db)
    .await?;
    rows.iter().map(read_line).collect()
}

pub async fn all(db: &mut Connection, lang: Lang, after: ArticleId, most: i64) -> Result<Vec<Published>> {
    let rows = sqlx::query(texts!("WHERE live.lang = $1 AND live.article > $2 ORDER BY live.article LIMIT $3"))
        .bind(lang.tag())
        .bind(after.0)
        .bind(most)
        .fetch_all(db)
        .await?;
    rows.iter().map(read_published).collect()
}

pub async fn stamp(db: &mut Connection) -> Result<i64> {
    let row = sqlx::query("SELECT stamp FROM article_count WHERE one = 1").fetch_one(db).await?;
    get(&row, "stamp")
}

pub async fn changes(db: &mut Connection, after: i64, most: i64) -> Result<Vec<ArticleChange>> {
    let rows = sqlx::query(
        "SELECT article, lang, live_version, stamp FROM article_state WHERE stamp > $1 ORDER BY stamp LIMIT $2",
    )
    .bind(after)
    .bind(most)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(ArticleChange {
                id: ArticleId(get(row, "article")?),
                lang: read_lang(row)?,
                live: get::<Option<i64>>(row, "live_version")?.is_some(),
                stamp: get(row, "stamp")?,
            })
        })
        .collect()
}

/// Says that readers see a change. Whoever changes what they see calls it, last but for the log: on PostgreSQL every writer waits here for
/// the one before.
pub async fn touched(db: &mut Connection) -> Result<i64> {
    let row =
        sqlx::query("UPDATE article_count SET stamp = stamp + 1 WHERE one = 1 RETURNING stamp").fetch_one(db).await?;
    get(&row, "stamp")
}

pub async fn like(db: &mut Connection, id: ArticleId, visitor: Vec<u8>, now: Moment) -> Result<i64> {
    let live =
        sqlx::query("SELECT 1 AS here FROM article_state WHERE article = $1 AND live_version IS NOT NULL LIMIT 1")
            .bind(id.0)
            .fetch_optional(&mut *db)
            .await?;
    if live.is_none() {
        return Err(StoreError::Absent("article"));
    }
    let added =
        sqlx::query("INSERT INTO article_like (article, visitor, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(id.0)
            .bind(visitor)
            .bind(now.0)
            .execute(&mut *db)
            .await?;
    if added.rows_affected() > 0 {
        sqlx::query("UPDATE article SET likes = likes + 1 WHERE id = $1").bind(id.0).execute(&mut *db).await?;
        touched(&mut *db).await?;
    }
    let row = sqlx::query("SELECT likes FROM article WHERE id = $1").bind(id.0).fetch_one(db).await?;
    get(&row, "likes")
}

pub async fn seed(db: &mut Connection, keys: Arc<Keys>, seed: SeedArticle, entry: Entry) -> Result<bool> {
    let added = sqlx::query(
        "INSERT INTO article (id, category, author, seed, made_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (seed) DO NOTHING",
    )
    .bind(seed.id.0)
    .bind(&seed.category)
    .bind(&seed.author)
    .bind(&seed.name)
    .bind(entry.at.0)
    .execute(&mut *db)
    .await?;
    if added.rows_affected() == 0 {
        return Ok(false);
    }
    let mut texts = seed.texts;
    texts.sort_by_key(|text| text.lang);
    let is_in_chinese = texts.iter().any(|text| text.lang == Lang::Zh);
    for text in texts {
        let new = NewVersion {
            article: seed.id,
            lang: text.lang,
            title: text.title,
            excerpt: text.excerpt,
            body: text.body,
            of_version: (text.lang != Lang::Zh && is_in_chinese).then_some(1),
            on_version: None,
        };
        desk::add(&mut *db, &new.tidied(), 1, Writer::Seed, entry.at).await?;
        desk::keep(&mut *db, seed.id, text.lang, None, &Standing::seeded(1, seed.published_at)).await?;
    }
    // The numbers that the service gives go on behind it.
    sqlx::query("UPDATE article_count SET last = $1 WHERE one = 1 AND last < $1")
        .bind(seed.id.0)
        .execute(&mut *db)
        .await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(true)
}

fn read_lang(row: &Row) -> Result<Lang> {
    let lang: String = get(row, "lang")?;
    Ok(Lang::of_tag(&lang).unwrap_or_default())
}

fn read_line(row: &Row) -> Result<ArticleLine> {
    Ok(ArticleLine {
        id: ArticleId(get(row, "id")?),
        category: get(row, "category")?,
        lang: read_lang(row)?,
        title: get(row, "title")?,
        excerpt: get(row, "summary")?,
        published_at: moment(row, "published_at")?,
        changed_at: moment(row, "changed_at")?,
        likes: get(row, "likes")?,
        comments: get(row, "comments")?,
    })
}

fn read_published(row: &Row) -> Result<Published> {
    Ok(Published {
        id: ArticleId(get(row, "id")?),
        category: get(row, "category")?,
        lang: read_lang(row)?,
        version: get(row, "version")?,
        title: get(row, "title")?,
        excerpt: get(row, "summary")?,
        body: get(row, "body")?,
        author: get(row, "author")?,
        published_at: moment(row, "published_at")?,
        changed_at: moment(row, "changed_at")?,
        likes: get(row, "likes")?,
        comments: get(row, "comments")?,
    })
}

fn read_standing(row: &Row) -> Result<Standing> {
    Ok(Standing {
        state: word(row, "state")?,
        draft_version: get(row, "draft_version")?,
        live_version: get(row, "live_version")?,
        asked_by: maybe_word(row, "asked_by")?,
        asked_at: maybe_moment(row, "asked_at")?,
        publish_at: maybe_moment(row, "publish_at")?,
        published_by: maybe_word(row, "published_by")?,
        published_at: maybe_moment(row, "published_at")?,
        changed_at: maybe_moment(row, "changed_at")?,
    })
}

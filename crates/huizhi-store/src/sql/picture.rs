//! Pictures of articles.

use std::sync::Arc;

use huizhi_domain::article::ArticleId;
use huizhi_domain::audit::Entry;
use huizhi_domain::id::{PictureId, StaffId};
use huizhi_domain::words::Lang;

use super::{Connection, get, log, moment, word};
use crate::{Illustrated, Keys, NewPicture, PictureLine, Result, StoreError};

pub async fn add(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: PictureId,
    new: NewPicture,
    by: StaffId,
    entry: Entry,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO article_picture (id, width, height, alt_zh, alt_en, file, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id.to_string())
    .bind(new.width)
    .bind(new.height)
    .bind(new.alt_zh)
    .bind(new.alt_en)
    .bind(new.file)
    .bind(by.to_string())
    .bind(entry.at.0)
    .execute(&mut *db)
    .await?;
    log::append(db, &keys, &[entry]).await
}

pub async fn file(db: &mut Connection, id: PictureId) -> Result<Option<Vec<u8>>> {
    let row =
        sqlx::query("SELECT file FROM article_picture WHERE id = $1").bind(id.to_string()).fetch_optional(db).await?;
    row.map(|row| get(&row, "file")).transpose()
}

pub async fn all(db: &mut Connection, most: i64) -> Result<Vec<PictureLine>> {
    let rows = sqlx::query(
        "SELECT id, width, height, alt_zh, alt_en, made_at FROM article_picture ORDER BY made_at DESC, id DESC LIMIT $1",
    )
    .bind(most)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(PictureLine {
                id: word(row, "id")?,
                width: get(row, "width")?,
                height: get(row, "height")?,
                alt_zh: get(row, "alt_zh")?,
                alt_en: get(row, "alt_en")?,
                made_at: moment(row, "made_at")?,
            })
        })
        .collect()
}

pub async fn describe(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: PictureId,
    alt_zh: String,
    alt_en: String,
    entry: Entry,
) -> Result<()> {
    let done = sqlx::query("UPDATE article_picture SET alt_zh = $1, alt_en = $2 WHERE id = $3")
        .bind(alt_zh)
        .bind(alt_en)
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Absent("picture"));
    }
    log::append(db, &keys, &[entry]).await
}

pub async fn illustrated(db: &mut Connection, but: ArticleId, lang: Lang) -> Result<Vec<Illustrated>> {
    let rows = sqlx::query(
        "SELECT v.article, v.title, v.body FROM article_state AS s JOIN article_version AS v ON v.article = s.article AND v.lang = s.lang \
         AND v.version = COALESCE(s.live_version, s.draft_version) WHERE s.lang = $1 AND s.article <> $2 AND v.body LIKE '%![%' ORDER BY \
         v.article",
    )
    .bind(lang.tag())
    .bind(but.0)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Illustrated {
                article: ArticleId(get(row, "article")?),
                title: get(row, "title")?,
                body: get(row, "body")?,
            })
        })
        .collect()
}

//! The page on which an article is written in one language: the text, what the rules say of it, the other language's text, and the
//! article's own page at a telephone's width.

mod page;

use axum::extract::{Path, Query, State};
use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router, routing};
use huizhi_domain::article::lint::Severity;
use huizhi_domain::article::{
    ArticleId, MOST_BODY, MOST_EXCERPT, MOST_TITLE, Published, SaveRefused, State as Stage, body, permalink,
};
use huizhi_domain::clock::Zone;
use huizhi_domain::staff::Staff;
use huizhi_domain::words::Lang;
use huizhi_store::NewVersion;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::look::remarks;
use super::{Answer, Asked, address, back, path, say, told};
use crate::app::App;
use crate::desk::frame::{self, Place};
use crate::desk::session::Author;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::headers::{FRAMED_POLICY, FRAMING_POLICY};
use crate::page::Look;
use page::EditView;

/// The addresses of the page.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/articles/{id}/{lang}", routing::get(edit).post(save))
        .route("/desk/articles/{id}/{lang}/preview", routing::get(preview))
}

/// What the form says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    title: String,
    excerpt: String,
    body: String,
    /// The newest version that the writer knew; empty before the first.
    on_version: String,
    /// The version in Chinese that the text translates; empty where it translates none.
    of_version: String,
    /// The version in Chinese that it translates from now on, where the writer ticked that it does.
    follows: String,
}

impl Typed {
    /// As it is kept: browsers send lines with two characters at their ends.
    fn kept(self) -> Self {
        Self {
            title: self.title.trim().to_owned(),
            excerpt: self.excerpt.trim().to_owned(),
            body: self.body.replace("\r\n", "\n"),
            ..self
        }
    }

    /// Its version in Chinese.
    fn translates(&self, lang: Lang) -> Option<i64> {
        let said = if self.follows.is_empty() { &self.of_version } else { &self.follows };
        said.parse().ok().filter(|_| lang == Lang::En)
    }

    /// What is to be mended before it can be saved at all.
    fn errors(&self, refused: SaveRefused) -> FormErrors {
        let mut errors = FormErrors::default();
        let fields = [
            ("title", &self.title, MOST_TITLE),
            ("excerpt", &self.excerpt, MOST_EXCERPT),
            ("body", &self.body, MOST_BODY),
        ];
        for (field, text, most) in fields {
            if text.trim().is_empty() && field != "excerpt" {
                errors.add(field, format!("articles-fault-{field}"));
            } else if text.chars().count() > most {
                errors.add_value(field, "articles-fault-long", most.to_string());
            }
        }
        if let SaveRefused::Newer { version } = refused {
            errors.add_value("body", "articles-fault-newer", version.to_string());
        }
        errors
    }
}

/// GET `/desk/articles/{id}/{lang}`
async fn edit(
    State(app): State<App>,
    Author(staff): Author,
    look: Look,
    Path((id, lang)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Answer {
    let (id, lang) = address(&id, &lang)?;
    let mut view = page::view(&app, &look, &staff, (id, lang), None).await?;
    view.told = told(look.lang, &asked.told);
    show(&app, &look, &staff, view, StatusCode::OK)
}

/// The page, which may frame the article's own.
fn show(app: &App, look: &Look, staff: &Staff, view: EditView, status: StatusCode) -> Answer {
    let mut page = frame::show(app, look, Place::of(staff, "articles"), view)?;
    *page.status_mut() = status;
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(FRAMING_POLICY));
    Ok(page)
}

/// The page with what stands in the way of an act.
pub async fn refused(
    app: &App,
    look: &Look,
    staff: &Staff,
    at: (ArticleId, Lang),
    key: &str,
    status: StatusCode,
) -> Answer {
    let mut view = page::view(app, look, staff, at, None).await?;
    view.fault = Some(say(look.lang, key, &[]));
    show(app, look, staff, view, status)
}

/// POST `/desk/articles/{id}/{lang}`: saves a version. A script, which saves while somebody writes, gets JSON.
async fn save(
    State(app): State<App>,
    Author(staff): Author,
    look: Look,
    Path((id, lang)): Path<(String, String)>,
    headers: HeaderMap,
    Posted(typed): Posted<Typed>,
) -> Answer {
    let (id, lang) = address(&id, &lang)?;
    let script = headers.get(ACCEPT).is_some_and(|kinds| kinds.as_bytes().starts_with(b"application/json"));
    let typed = typed.kept();
    let new = NewVersion {
        article: id,
        lang,
        title: typed.title.clone(),
        excerpt: typed.excerpt.clone(),
        body: typed.body.clone(),
        of_version: typed.translates(lang),
        on_version: typed.on_version.parse().ok(),
    };
    // A version that somebody writes has no time set: what the one before it had is gone, and who saves is told.
    let before = app.store.article_state(id, lang).await?;
    let unscheduled = before.is_some_and(|line| line.standing.state == Stage::Scheduled);
    let refused = match app.store.save_version(new, staff.id).await? {
        Ok(version) if script => return saved(&app, &look, (id, lang), version, &typed, unscheduled).await,
        Ok(_) => return Ok(back(&path(id, lang), if unscheduled { "unscheduled" } else { "saved" })),
        Err(SaveRefused::Unknown) => return Err(PageError::Absent),
        Err(refused) => refused,
    };
    let errors = typed.errors(refused);
    let status = match refused {
        SaveRefused::Newer { .. } => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    if script {
        let said: Vec<String> =
            errors.iter().map(|error| say(look.lang, &error.key, &[("value", &error.value)])).collect();
        return Ok((status, Json(json!({ "error": said.join(" ") }))).into_response());
    }
    let mut view = page::view(&app, &look, &staff, (id, lang), Some(typed)).await?;
    view.errors = errors;
    show(&app, &look, &staff, view, status)
}

/// What a script is told of a version that it saved: its number, when it was, and what the rules say.
async fn saved(
    app: &App,
    look: &Look,
    at: (ArticleId, Lang),
    version: i64,
    typed: &Typed,
    unscheduled: bool,
) -> Answer {
    let now = app.store.now().wall(Zone::CHINA);
    let time = now.split_once(' ').map_or("", |(_, time)| time);
    let key = if unscheduled { "articles-told-unscheduled" } else { "articles-saved-at" };
    let found = page::looked_through(app, look, at, typed).await?;
    let answer = json!({
        "version": version,
        "of_version": typed.translates(at.1).map(|of| of.to_string()).unwrap_or_default(),
        "said": say(look.lang, key, &[("time", &time)]),
        "remarks": found,
    });
    Ok(Json(answer).into_response())
}

/// Whether the newest version has something that has to be mended before it is published.
///
/// # Errors
/// As the store.
pub async fn is_barred(app: &App, (id, lang): (ArticleId, Lang)) -> Result<bool, PageError> {
    let version = app.store.newest_version(id, lang).await?.ok_or(PageError::Absent)?;
    let newest = page::newest_in_chinese(app, id).await?;
    let subject = page::subject(lang, (&version.title, &version.excerpt, &version.body), version.of_version, newest);
    Ok(remarks(app, id, &subject).await?.iter().any(|remark| remark.severity == Severity::Error))
}

/// GET `/desk/articles/{id}/{lang}/preview`: the newest version as its page will show it.
async fn preview(
    State(app): State<App>,
    Author(_): Author,
    look: Look,
    Path((id, lang)): Path<(String, String)>,
) -> Answer {
    let (id, lang) = address(&id, &lang)?;
    let record = app.store.article(id).await?.ok_or(PageError::Absent)?;
    let version = app.store.newest_version(id, lang).await?.ok_or(PageError::Absent)?;
    let line = app.store.article_state(id, lang).await?.ok_or(PageError::Absent)?;
    let excerpt = if version.excerpt.is_empty() { body::excerpt(&version.body) } else { version.excerpt };
    let article = Published {
        id,
        category: record.category,
        lang,
        version: version.version,
        title: version.title,
        excerpt,
        body: version.body,
        author: record.author,
        published_at: line.standing.published_at.unwrap_or(version.written_at),
        changed_at: version.written_at,
        likes: 0,
        comments: 0,
    };
    let path = permalink(&article.category, id, lang);
    let look = Look { lang, path, signed: false, ..look };
    let mut page: Response = crate::site::article::draft(&app, &look, &article).await?;
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(FRAMED_POLICY));
    page.headers_mut().insert(X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    Ok(page)
}

//! Pictures of articles: they go through the decoder in the sandbox like any photo, and none is without words for what it shows.

use axum::extract::{Multipart, Path, Query, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::{Router, routing};
use huizhi_domain::id::PictureId;
use huizhi_domain::staff::Staff;
use huizhi_sandbox::{Picture, SandboxError};
use huizhi_store::NewPicture;
use serde::{Deserialize, Serialize};

use super::{Answer, Asked, back, told};
use crate::app::App;
use crate::citizen::take::picture_response;
use crate::desk::frame::{self, Place};
use crate::desk::say;
use crate::desk::session::Author;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};
use crate::upload::{self, UploadError};

const HERE: &str = "/desk/articles/pictures";

/// Characters of a picture's words at most: a sentence or two.
const MOST_WORDS: usize = 200;

/// The addresses of pictures. The one that takes a file is [`receive`].
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/articles/pictures", routing::get(list))
        .route("/desk/articles/pictures/{picture}", routing::post(describe))
        .route("/picture/{file}", routing::get(picture))
}

/// What a picture shows, in both languages.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Words {
    alt_zh: String,
    alt_en: String,
}

impl Words {
    fn errors(&self) -> FormErrors {
        let mut errors = FormErrors::default();
        for (field, text) in [("alt_zh", &self.alt_zh), ("alt_en", &self.alt_en)] {
            // Square brackets would end the words where a text has the picture.
            if text.trim().is_empty() || text.contains(['[', ']', '\n']) {
                errors.add(field, "articles-fault-alt");
            } else if text.chars().count() > MOST_WORDS {
                errors.add_value(field, "articles-fault-long", MOST_WORDS.to_string());
            }
        }
        errors
    }
}

#[derive(Clone, Debug, Default, Serialize)]
struct PicturesView {
    errors: FormErrors,
    told: Option<String>,
    typed: Words,
    rows: Vec<Row>,
}

#[derive(Clone, Debug, Serialize)]
struct Row {
    id: String,
    width: i64,
    height: i64,
    words: Words,
    /// As a text has it, in each language.
    zh: String,
    en: String,
}

impl View for PicturesView {
    const TEMPLATE: &'static str = "desk/articles/pictures.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let words = Words { alt_zh: "文字".to_owned(), alt_en: "words".to_owned() };
        let row = Row {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            width: 900,
            height: 600,
            words: words.clone(),
            zh: "![文字](/picture/01ARZ3NDEKTSV4RRFFQ69G5FAV.jpg)".to_owned(),
            en: "![words](/picture/01ARZ3NDEKTSV4RRFFQ69G5FAV.jpg)".to_owned(),
        };
        let full = Self { rows: vec![row], typed: words, ..Self::default() };
        vec![
            Self::default(),
            Self { told: Some("told".to_owned()), ..full.clone() },
            Self { errors: FormErrors::one("alt_en", "articles-fault-alt"), ..full.clone() },
            Self { errors: FormErrors::one("photo", "upload-missing"), ..full },
        ]
    }
}

async fn list(State(app): State<App>, Author(staff): Author, look: Look, Query(asked): Query<Asked>) -> Answer {
    let view = PicturesView { told: told(look.lang, &asked.told), ..PicturesView::default() };
    show(&app, &look, &staff, view, StatusCode::OK).await
}

async fn show(app: &App, look: &Look, staff: &Staff, view: PicturesView, status: StatusCode) -> Answer {
    let rows = app.store.pictures().await?.into_iter().map(|it| Row {
        id: it.id.to_string(),
        width: it.width,
        height: it.height,
        zh: format!("![{}](/picture/{}.jpg)", it.alt_zh, it.id),
        en: format!("![{}](/picture/{}.jpg)", it.alt_en, it.id),
        words: Words { alt_zh: it.alt_zh, alt_en: it.alt_en },
    });
    let label = |field: &str| match field {
        "photo" => say(look.lang, "articles-picture-file", &[]),
        words => say(look.lang, &format!("articles-{}", words.replace('_', "-")), &[]),
    };
    let view = PicturesView { rows: rows.collect(), errors: view.errors.named(label), ..view };
    let mut page = frame::show(app, look, Place::of(staff, "articles"), view)?;
    *page.status_mut() = status;
    Ok(page)
}

/// POST `/desk/articles/pictures`: takes a picture and what it shows.
///
/// # Errors
/// As the store; [`PageError::Busy`] where no worker is free.
pub async fn receive(State(app): State<App>, Author(staff): Author, look: Look, form: Multipart) -> Answer {
    let upload::Filled { words, photo } = upload::with_words(form).await;
    let typed = Words { alt_zh: words.get("alt_zh").to_owned(), alt_en: words.get("alt_en").to_owned() };
    let mut errors = typed.errors();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    match photo.and_then(|photo| photo.ok_or(UploadError::Missing)) {
        Ok(bytes) if errors.is_empty() => match anew(&app, bytes).await? {
            Some(made) => {
                let new = NewPicture {
                    width: i64::from(made.width),
                    height: i64::from(made.height),
                    alt_zh: typed.alt_zh.trim().to_owned(),
                    alt_en: typed.alt_en.trim().to_owned(),
                    file: made.file,
                };
                app.store.add_picture(new, staff.id).await?;
                return Ok(back(HERE, "saved"));
            }
            None => errors.add("photo", "articles-fault-picture"),
        },
        Ok(_) => {}
        Err(error) => {
            status = error.status();
            errors.add_value("photo", error.key(), (upload::MOST_BYTES / (1024 * 1024)).to_string());
        }
    }
    show(&app, &look, &staff, PicturesView { errors, typed, ..PicturesView::default() }, status).await
}

/// The picture as the sandbox encodes it; `None` for a file that it can't read.
async fn anew(app: &App, bytes: Vec<u8>) -> Result<Option<Picture>, PageError> {
    let workers = app.workers.as_ref().ok_or(PageError::Busy)?;
    match workers.picture(bytes).await {
        Ok(picture) => Ok(Some(picture)),
        Err(SandboxError::Busy { .. }) => Err(PageError::Busy),
        Err(error) if error.is_the_files() => Ok(None),
        Err(error) => Err(PageError::broken(error)),
    }
}

/// POST `/desk/articles/pictures/{picture}`: says in other words what it shows.
async fn describe(
    State(app): State<App>,
    Author(staff): Author,
    look: Look,
    Path(id): Path<String>,
    Posted(typed): Posted<Words>,
) -> Answer {
    let id: PictureId = id.parse().map_err(|_| PageError::Absent)?;
    let errors = typed.errors();
    if !errors.is_empty() {
        let view = PicturesView { errors, typed, ..PicturesView::default() };
        return show(&app, &look, &staff, view, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    app.store.describe_picture(id, typed.alt_zh.trim(), typed.alt_en.trim(), staff.id).await?;
    Ok(back(HERE, "described"))
}

/// `/picture/{id}.jpg`: kept for ever, because a changed picture is another one.
async fn picture(State(app): State<App>, Path(file): Path<String>) -> Result<Response, PageError> {
    let id = file.strip_suffix(".jpg").and_then(|id| id.parse::<PictureId>().ok()).ok_or(PageError::Absent)?;
    let bytes = app.store.picture_file(id).await?.ok_or(PageError::Absent)?;
    let mut response = picture_response(bytes, "image/jpeg", "inline");
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::frame::Framed;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<PicturesView>>();
    }

    #[test]
    fn no_picture_is_without_words_in_either_language() {
        let words = |zh: &str, en: &str| Words { alt_zh: zh.to_owned(), alt_en: en.to_owned() };
        assert!(words("坐正，看镜头", "Sitting up, looking into the lens").errors().is_empty());
        assert!(words(" ", "Words").errors().concern("alt_zh"));
        assert!(words("文字", "").errors().concern("alt_en"));
        assert!(words("图片[8]", "Words").errors().concern("alt_zh"));
    }
}

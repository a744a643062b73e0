//! The editor's rules on what to bring: those that hold, and what a changed file would do to the cases. Nothing is applied from
//! here: rules go live from the operator's folder, at the next start.

pub mod preview;

use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing};
use huizhi_domain::materials::cases::compare;
use huizhi_domain::materials::{Materials, MaterialsError};
use huizhi_domain::words::Lang;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::say;
use super::session::Editor;
use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};
use crate::words::unread;
use preview::{RowView, row};

type Answer = Result<Response, PageError>;

/// Ten times our largest file.
const MOST_BYTES: usize = 256 * 1024;

/// The addresses of the rules.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/materials", routing::get(page).post(tried))
        .route("/desk/materials/{file}", routing::get(file))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
}

/// A file of rules in use.
#[derive(Clone, Debug, Serialize)]
struct FileRow {
    name: String,
    version: u32,
    cases: usize,
}

#[derive(Clone, Debug, Default, Serialize)]
struct MaterialsView {
    fault: Option<String>,
    files: Vec<FileRow>,
    typed: Typed,
    /// Whether a change was tried.
    tried: bool,
    changed: usize,
    /// The cases that get another answer, and the others.
    rows: Vec<RowView>,
    rest: Vec<RowView>,
}

/// What the form says.
#[derive(Clone, Debug, Default, Serialize)]
struct Typed {
    name: String,
    text: String,
    day: String,
    #[serde(skip)]
    save: bool,
}

impl View for MaterialsView {
    const TEMPLATE: &'static str = "desk/materials.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let typed = |text: &str| Typed {
            name: "id-card".to_owned(),
            text: text.to_owned(),
            day: "2026-12-01".to_owned(),
            save: false,
        };
        let file = FileRow { name: "id-card".to_owned(), version: 1, cases: 25 };
        let (rows, rest): (Vec<RowView>, Vec<RowView>) = RowView::samples().into_iter().partition(RowView::is_changed);
        let now = Self { files: vec![file], rest, typed: typed(""), ..Self::default() };
        vec![
            Self { fault: Some("fault".to_owned()), typed: typed("x"), ..now.clone() },
            Self { tried: true, changed: 0, ..now.clone() },
            Self { tried: true, changed: 2, rows, ..now.clone() },
            now,
        ]
    }
}

/// Which file is to be changed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Which {
    file: String,
}

/// Why a change can't be tried.
#[derive(Debug)]
enum Fault {
    /// Words of ours, by their key.
    Said(&'static str),
    /// The rules don't read.
    Rules(MaterialsError),
}

impl Fault {
    fn says(&self, lang: Lang) -> String {
        match self {
            Self::Said(key) => say(lang, key, &[]),
            Self::Rules(error) => unread(lang, &error.to_string()),
        }
    }
}

impl From<MultipartError> for Fault {
    fn from(error: MultipartError) -> Self {
        let big = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
        Self::Said(if big { "materials-fault-big" } else { "materials-fault-empty" })
    }
}

/// The day on which somebody who asks now comes, where nobody says otherwise.
fn usual(app: &App) -> Date {
    app.calendar.next_working_day(app.today())
}

/// `/desk/materials?file=`: the rules that hold, and one of their files to change.
async fn page(State(app): State<App>, Editor(staff): Editor, look: Look, Query(which): Query<Which>) -> Answer {
    let file = app.materials.files().iter().find(|file| file.name == which.file);
    let (name, text) = file.map(|file| (file.name.clone(), file.text.clone())).unwrap_or_default();
    let typed = Typed { name, text, day: usual(&app).to_string(), save: false };
    let view = view(&app, look.lang, typed, &app.materials, usual(&app))?;
    frame::show(&app, &look, Place::of(&staff, "materials"), view)
}

/// GET `/desk/materials/{file}`: a file in use, as it stands.
async fn file(State(app): State<App>, Editor(_): Editor, Path(file): Path<String>) -> Answer {
    let name = file.strip_suffix(".toml").ok_or(PageError::Absent)?;
    let found = app.materials.files().iter().find(|file| file.name == name).ok_or(PageError::Absent)?;
    Ok(download(&found.name, found.text.clone()))
}

/// POST `/desk/materials`: what a changed file would do, or the file itself.
async fn tried(State(app): State<App>, Editor(staff): Editor, look: Look, form: Multipart) -> Answer {
    let place = Place::of(&staff, "materials");
    let (typed, fault) = match read(form).await {
        Ok(typed) => (typed, None),
        Err(fault) => (Typed::default(), Some(fault)),
    };
    let made = match fault {
        Some(fault) => Err(fault),
        None => changed(&app, &typed),
    };
    match made {
        Ok(_) if typed.save => Ok(download(&typed.name, typed.text)),
        Ok((rules, day)) => {
            let view = view(&app, look.lang, typed, &rules, day)?;
            frame::show(&app, &look, place, MaterialsView { tried: true, ..view })
        }
        Err(fault) => {
            let said = fault.says(look.lang);
            let view = view(&app, look.lang, typed, &app.materials, usual(&app))?;
            let mut page = frame::show(&app, &look, place, MaterialsView { fault: Some(said), ..view })?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(page)
        }
    }
}

/// Reads the form. A file that was chosen goes before the text in the box.
async fn read(mut form: Multipart) -> Result<Typed, Fault> {
    let mut typed = Typed::default();
    let mut chosen = None;
    while let Some(field) = form.next_field().await? {
        let key = field.name().unwrap_or_default().to_owned();
        let of_file = field.file_name().unwrap_or_default().trim_end_matches(".toml").to_owned();
        let bytes = field.bytes().await?;
        let text = String::from_utf8(bytes.to_vec()).map_err(|_| Fault::Said("materials-fault-encoding"))?;
        match key.as_str() {
            "name" => text.trim().clone_into(&mut typed.name),
            "text" => typed.text = text.replace("\r\n", "\n"),
            "day" => text.trim().clone_into(&mut typed.day),
            "act" => typed.save = text == "save",
            "file" if !text.is_empty() => chosen = Some((of_file, text)),
            _ => {}
        }
    }
    if let Some((name, text)) = chosen {
        typed.text = text;
        if typed.name.is_empty() {
            typed.name = name;
        }
    }
    Ok(typed)
}

/// The rules with the changed file, and the day that is asked about.
fn changed(app: &App, typed: &Typed) -> Result<(Materials, Date), Fault> {
    let letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if typed.name.is_empty() || !typed.name.chars().all(letter) {
        return Err(Fault::Said("materials-fault-name"));
    }
    if typed.text.trim().is_empty() {
        return Err(Fault::Said("materials-fault-empty"));
    }
    let day = if typed.day.is_empty() { Ok(usual(app)) } else { typed.day.parse() };
    let day = day.map_err(|_| Fault::Said("materials-fault-day"))?;
    let rules = app.materials.with_file(&typed.name, &typed.text).map_err(Fault::Rules)?;
    Ok((rules, day))
}

fn view(app: &App, lang: Lang, typed: Typed, after: &Materials, day: Date) -> Result<MaterialsView, PageError> {
    let compared = compare(&app.materials, after, day).map_err(PageError::broken)?;
    let files = app.materials.files().iter();
    let all = compared.iter().map(|it| row(lang, it));
    let (rows, rest): (Vec<RowView>, Vec<RowView>) = all.partition(RowView::is_changed);
    Ok(MaterialsView {
        fault: None,
        files: files.map(|it| FileRow { name: it.name.clone(), version: it.version, cases: it.cases }).collect(),
        typed,
        tried: false,
        changed: rows.len(),
        rows,
        rest,
    })
}

/// A file for the editor's machine. The name has letters, digits and hyphens only.
fn download(name: &str, text: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/toml; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.toml\"")),
    ];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<MaterialsView>>();
    }
}

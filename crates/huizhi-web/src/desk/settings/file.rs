//! A file: its text, what a change of it would do, and its versions.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Router, routing};
use huizhi_domain::amendment::{self, AmendError, Amendment, Target};
use huizhi_domain::diff::{self, Line};
use huizhi_domain::staff::Staff;
use huizhi_domain::words::Lang;
use huizhi_store::{NewAmendment, StoreError};
use serde::{Deserialize, Serialize};

use super::effect::{Effects, effects};
use super::{Answer, Asked, address, current, name_of, told};
use crate::app::App;
use crate::data;
use crate::desk::frame::{self, Place};
use crate::desk::say;
use crate::desk::session::Setter;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::{Look, View, moment};

/// Characters of a note at most.
const NOTE_MOST: usize = 200;

/// The addresses of a file.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/settings/{kind}/{name}", routing::get(page).post(change))
}

/// A version in the history.
#[derive(Clone, Debug, Serialize)]
struct VersionRow {
    version: i64,
    state: &'static str,
    by: String,
    at: String,
    note: String,
    agreed: String,
    /// Whether it brings back what comes with the program.
    ours: bool,
}

/// The version that waits for a second person.
#[derive(Clone, Debug, Serialize)]
struct Waiting {
    version: i64,
    by: String,
    note: String,
    /// Whether it is the reader's own, so that they can't agree to it.
    mine: bool,
    diff: Vec<Line>,
    effects: Effects,
}

#[derive(Clone, Debug, Default, Serialize)]
struct FileView {
    kind: &'static str,
    name: String,
    ending: &'static str,
    takes_two: bool,
    /// `ours` as it came, `amended`, an `own` one that the program does not have, or `new`: an own one that does not hold.
    origin: &'static str,
    fault: Option<String>,
    told: Option<String>,
    text: String,
    note: String,
    /// The newest version that the text was written on.
    on: i64,
    /// Whether a change was tried, and what it would do.
    tried: bool,
    diff: Vec<Line>,
    effects: Effects,
    waiting: Option<Waiting>,
    versions: Vec<VersionRow>,
}

impl View for FileView {
    const TEMPLATE: &'static str = "desk/settings/file.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let diff = diff::around("a\nb\nc\nd\ne\nf", "a\nb\nc\nd\ne\ng");
        let row = |state: amendment::State, ours: bool| VersionRow {
            version: 2,
            state: state.word(),
            by: "Guan".to_owned(),
            at: "2026-11-25".to_owned(),
            note: "cheaper".to_owned(),
            agreed: if ours { String::new() } else { "Wu".to_owned() },
            ours,
        };
        let waiting = |mine: bool| Waiting {
            version: 3,
            by: "Guan".to_owned(),
            note: "note".to_owned(),
            mine,
            diff: diff.clone(),
            effects: Effects::sample(),
        };
        let file = Self {
            kind: "policy",
            name: "guangdong".to_owned(),
            ending: "toml",
            takes_two: true,
            origin: "amended",
            text: "version = 1 <&>".to_owned(),
            versions: amendment::State::ALL.map(|state| row(state, state == amendment::State::Former)).to_vec(),
            ..Self::default()
        };
        vec![
            Self { kind: "words", ending: "ftl", origin: "ours", ..Self::default() },
            Self { kind: "calendar", origin: "new", ..Self::default() },
            Self { origin: "own", ..file.clone() },
            Self { waiting: Some(waiting(true)), told: Some("told".to_owned()), ..file.clone() },
            Self { waiting: Some(waiting(false)), fault: Some("fault".to_owned()), ..file.clone() },
            Self { tried: true, diff: diff.clone(), effects: Effects::sample(), ..file.clone() },
            Self { tried: true, diff: diff.clone(), kind: "materials", ..file },
        ]
    }
}

/// What the form says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    text: String,
    note: String,
    on: i64,
    act: String,
}

/// A text that is tried before it is made.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The whole file.
    pub text: String,
    /// Why.
    pub note: String,
    /// The newest version that it was written on.
    pub on: i64,
}

pub fn target(kind: &str, name: &str) -> Result<Target, PageError> {
    kind.parse().ok().and_then(|kind| Target::new(kind, name)).ok_or(PageError::Absent)
}

/// GET `/desk/settings/{kind}/{name}`
async fn page(
    State(app): State<App>,
    Setter(staff): Setter,
    look: Look,
    Path((kind, name)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Answer {
    let target = target(&kind, &name)?;
    let view = FileView { told: told(look.lang, &asked.told), ..view(&app, &look, &staff, &target).await? };
    frame::show(&app, &look, Place::of(&staff, "settings"), view)
}

/// POST `/desk/settings/{kind}/{name}`: what a changed text would do, or the change itself.
async fn change(
    State(app): State<App>,
    Setter(staff): Setter,
    look: Look,
    Path((kind, name)): Path<(String, String)>,
    Posted(typed): Posted<Typed>,
) -> Answer {
    let target = target(&kind, &name)?;
    // Browsers send the lines of a box with both characters.
    let draft = Draft { text: typed.text.replace("\r\n", "\n"), note: typed.note.trim().to_owned(), on: typed.on };
    if typed.act != "save" {
        return tried(&app, &look, &staff, &target, draft).await;
    }
    let fault = if draft.note.chars().count() > NOTE_MOST {
        Some(say(look.lang, "settings-fault-note", &[("most", &NOTE_MOST)]))
    } else {
        fault_of(&app, look.lang, &target, Some(&draft.text)).await?
    };
    if let Some(fault) = fault {
        return faulty(&app, &look, &staff, &target, draft, fault).await;
    }
    let new = NewAmendment {
        target: target.clone(),
        text: Some(draft.text.clone()),
        note: draft.note.clone(),
        on: draft.on,
        by: Some(staff.id),
    };
    match app.store.amend(new).await {
        Ok(_) => Ok(made(&app, &target).await),
        Err(error) => faulty(&app, &look, &staff, &target, draft, refused(look.lang, error)?).await,
    }
}

/// The page with a text that is tried.
///
/// # Errors
/// [`PageError`]; a text that can't be taken is told on the page.
pub async fn tried(app: &App, look: &Look, staff: &Staff, target: &Target, draft: Draft) -> Answer {
    let amendments = app.store.amendments().await?;
    let changes = BTreeMap::from([(target.clone(), Some(draft.text.clone()))]);
    let files = match data::tried(&app.settings, &amendments, &changes) {
        Ok(files) => files,
        Err(fault) => return faulty(app, look, staff, target, draft, fault.says(look.lang)).await,
    };
    let view = view(app, look, staff, target).await?;
    let diff = diff::around(&view.text, &draft.text);
    let effects = effects(app, look.lang, target, files)?;
    let view = FileView { tried: true, diff, effects, text: draft.text, note: draft.note, on: draft.on, ..view };
    frame::show(app, look, Place::of(staff, "settings"), view)
}

/// What keeps a text, or what comes with the program, from holding.
pub async fn fault_of(app: &App, lang: Lang, target: &Target, text: Option<&str>) -> Result<Option<String>, PageError> {
    let versions = app.store.amendment_versions(target).await?;
    let now = current(app, target, &versions);
    let then = text.map(str::to_owned).or_else(|| data::built_in(&app.settings).get(target).map(str::to_owned));
    if now == then {
        return Ok(Some(say(lang, "settings-fault-same", &[])));
    }
    if text.is_some_and(|text| is_numbered_twice(app, target, &versions, text)) {
        return Ok(Some(say(lang, "settings-fault-number", &[])));
    }
    let amendments = app.store.amendments().await?;
    let changes = BTreeMap::from([(target.clone(), text.map(str::to_owned))]);
    Ok(data::tried(&app.settings, &amendments, &changes).err().map(|fault| fault.says(lang)))
}

/// Whether a text gives itself the number of another text of the file.
pub fn is_numbered_twice(app: &App, target: &Target, versions: &[Amendment], text: &str) -> bool {
    let ours = data::built_in(&app.settings);
    let others = versions.iter().filter_map(|it| it.text.as_deref()).chain(ours.get(target));
    amendment::gives_number_again(target.kind, text, others)
}

/// The page with what was typed and what is wrong with it.
async fn faulty(app: &App, look: &Look, staff: &Staff, target: &Target, draft: Draft, fault: String) -> Answer {
    let view = view(app, look, staff, target).await?;
    let view = FileView { fault: Some(fault), text: draft.text, note: draft.note, on: draft.on, ..view };
    let mut page = frame::show(app, look, Place::of(staff, "settings"), view)?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

/// Why the store refused, in words; other errors are ours.
pub fn refused(lang: Lang, error: StoreError) -> Result<String, PageError> {
    let key = match error {
        StoreError::Amend(AmendError::Moved) | StoreError::Conflict(_) => "settings-fault-moved",
        StoreError::Amend(AmendError::Waits) => "settings-fault-waits",
        StoreError::Amend(AmendError::SamePerson) => "settings-fault-same-person",
        StoreError::Amend(AmendError::Over) => "settings-fault-over",
        other => return Err(other.into()),
    };
    Ok(say(lang, key, &[]))
}

/// Back to the file, after a change was made.
pub async fn made(app: &App, target: &Target) -> Response {
    app.take_over_amendments().await;
    let word = if target.kind.takes_two() { "waiting" } else { "live" };
    back(target, word)
}

pub fn back(target: &Target, told: &str) -> Response {
    Redirect::to(&format!("{}?told={told}", address(target))).into_response()
}

/// The page as it stands, with what went wrong.
pub async fn on_page(app: &App, look: &Look, staff: &Staff, target: &Target, fault: String) -> Answer {
    let FileView { text, on, .. } = view(app, look, staff, target).await?;
    faulty(app, look, staff, target, Draft { text, note: String::new(), on }, fault).await
}

async fn view(app: &App, look: &Look, staff: &Staff, target: &Target) -> Result<FileView, PageError> {
    let versions = app.store.amendment_versions(target).await?;
    let ours = data::built_in(&app.settings).get(target).is_some();
    if !ours && !target.kind.may_grow() {
        return Err(PageError::Absent);
    }
    let people = app.store.all_staff().await?;
    let text = current(app, target, &versions).unwrap_or_default();
    let amended = versions.iter().any(|it| it.state == amendment::State::Live && it.text.is_some());
    let waiting = match versions.iter().find(|it| it.state == amendment::State::Waiting) {
        Some(it) => Some(Waiting {
            version: it.version,
            by: name_of(look.lang, &people, it.made_by),
            note: it.note.clone(),
            mine: it.made_by == Some(staff.id),
            diff: diff::around(&text, &then(app, target, it)),
            effects: effects_of(app, look.lang, target, it).await?,
        }),
        None => None,
    };
    let skipped = app.skipped.iter().find(|it| it.target == *target).map(|it| it.why.says(look.lang));
    Ok(FileView {
        kind: target.kind.word(),
        name: target.name.clone(),
        ending: target.kind.ending(),
        takes_two: target.kind.takes_two(),
        origin: match (ours, amended) {
            (true, false) => "ours",
            (true, true) => "amended",
            (false, true) => "own",
            (false, false) => "new",
        },
        fault: skipped,
        on: versions.first().map_or(0, |newest| newest.version),
        text,
        waiting,
        versions: versions.iter().map(|it| row(look.lang, &people, it)).collect(),
        ..FileView::default()
    })
}

/// What a version would do. Where it can't be taken that is told when somebody agrees to it.
async fn effects_of(app: &App, lang: Lang, target: &Target, version: &Amendment) -> Result<Effects, PageError> {
    let amendments = app.store.amendments().await?;
    let changes = BTreeMap::from([(target.clone(), version.text.clone())]);
    match data::tried(&app.settings, &amendments, &changes) {
        Ok(files) => effects(app, lang, target, files),
        Err(_) => Ok(Effects::default()),
    }
}

/// The text that a version would bring.
fn then(app: &App, target: &Target, version: &Amendment) -> String {
    match &version.text {
        Some(text) => text.clone(),
        None => data::built_in(&app.settings).get(target).unwrap_or_default().to_owned(),
    }
}

fn row(lang: Lang, people: &[Staff], version: &Amendment) -> VersionRow {
    VersionRow {
        version: version.version,
        state: version.state.word(),
        by: name_of(lang, people, version.made_by),
        at: moment(lang, version.made_at),
        note: version.note.clone(),
        agreed: version.agreed_by.map(|id| name_of(lang, people, Some(id))).unwrap_or_default(),
        ours: version.text.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<FileView>>();
    }
}

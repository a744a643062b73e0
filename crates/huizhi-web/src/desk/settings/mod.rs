//! What the service goes by, and what this deployment changes of it: every file with its history, a form for a city's terms, what a change would
//! do, and all changes as one text.

mod bundle;
mod effect;
mod file;
mod history;
mod place;

use std::collections::BTreeMap;

use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Router, routing};
use huizhi_domain::amendment::{self, Amendment, Kind, Target};
use huizhi_domain::staff::Staff;
use huizhi_domain::words::Lang;
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::say;
use super::session::Setter;
use crate::app::App;
use crate::data;
use crate::error::PageError;
use crate::page::{Look, View};
use bundle::Imported;

type Answer = Result<Response, PageError>;

/// The table of counties is our largest file, 70 KB; a form writes each of its characters with nine.
const MOST_BYTES: usize = 1024 * 1024;

/// What was done, as the page after it says.
const TOLD: [&str; 4] = ["live", "waiting", "agreed", "refused"];

/// The addresses of the settings.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/settings", routing::get(list))
        .route("/desk/settings/open", routing::get(open))
        .merge(bundle::routes())
        .merge(place::routes())
        .merge(file::routes())
        .merge(history::routes())
        .layer(DefaultBodyLimit::max(MOST_BYTES))
}

/// All files of a kind.
#[derive(Clone, Debug, Serialize)]
struct Group {
    kind: &'static str,
    takes_two: bool,
    /// How many of them are not as they came.
    amended: usize,
    /// How many have a version that waits for a second person.
    waiting: usize,
    files: Vec<FileRow>,
}

/// A file in the list.
#[derive(Clone, Debug, Serialize)]
struct FileRow {
    name: String,
    /// `ours`, `live`, `waiting` or `skipped`.
    state: &'static str,
}

/// An amendment that does not hold, though it should.
#[derive(Clone, Debug, Serialize)]
struct SkippedRow {
    kind: &'static str,
    name: String,
    version: i64,
    why: String,
}

#[derive(Clone, Debug, Default, Serialize)]
struct ListView {
    fault: Option<String>,
    told: Option<String>,
    groups: Vec<Group>,
    skipped: Vec<SkippedRow>,
    /// What was brought, as it was typed.
    bundle: String,
    imported: Option<Imported>,
}

impl View for ListView {
    const TEMPLATE: &'static str = "desk/settings/list.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let row = |state: &'static str| FileRow { name: "guangdong".to_owned(), state };
        let group = |kind: Kind| Group {
            kind: kind.word(),
            takes_two: kind.takes_two(),
            amended: 2,
            waiting: usize::from(kind.takes_two()),
            files: ["ours", "live", "waiting", "skipped"].map(row).to_vec(),
        };
        let full = Self {
            groups: Kind::ALL.map(group).to_vec(),
            skipped: vec![SkippedRow {
                kind: "policy",
                name: "guangdong".to_owned(),
                version: 3,
                why: "policy guangdong: line 3".to_owned(),
            }],
            ..Self::default()
        };
        let tried = Self { imported: Some(Imported::sample()), bundle: "version = 1".to_owned(), ..full.clone() };
        vec![
            Self::default(),
            Self { fault: Some("fault".to_owned()), ..full.clone() },
            Self { told: Some("told".to_owned()), imported: Some(Imported::default()), ..full },
            tried,
        ]
    }
}

/// What a page was come back to with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    told: String,
}

/// Which file is to be opened.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Which {
    kind: String,
    name: String,
}

fn told(lang: Lang, word: &str) -> Option<String> {
    TOLD.contains(&word).then(|| say(lang, &format!("settings-told-{word}"), &[]))
}

/// `/desk/settings`
async fn list(State(app): State<App>, Setter(staff): Setter, look: Look, Query(asked): Query<Asked>) -> Answer {
    let view = ListView { told: told(look.lang, &asked.told), ..list_view(&app, look.lang).await? };
    frame::show(&app, &look, Place::of(&staff, "settings"), view)
}

/// `/desk/settings/open?kind=&name=`: a file by its name, also one that is not there yet.
async fn open(State(app): State<App>, Setter(staff): Setter, look: Look, Query(which): Query<Which>) -> Answer {
    let target = which.kind.parse().ok().and_then(|kind| Target::new(kind, which.name.trim()));
    if let Some(target) = target {
        return Ok(Redirect::to(&address(&target)).into_response());
    }
    let fault = Some(say(look.lang, "settings-fault-name", &[]));
    let view = ListView { fault, ..list_view(&app, look.lang).await? };
    let mut page = frame::show(&app, &look, Place::of(&staff, "settings"), view)?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

/// The address of a file. Names have letters, digits, dots and hyphens only.
fn address(target: &Target) -> String {
    format!("/desk/settings/{target}")
}

async fn list_view(app: &App, lang: Lang) -> Result<ListView, PageError> {
    let amendments = app.store.amendments().await?;
    let mut groups: BTreeMap<Kind, BTreeMap<String, &'static str>> = BTreeMap::new();
    for (target, _) in data::built_in(&app.settings).iter() {
        groups.entry(target.kind).or_default().insert(target.name.clone(), "ours");
    }
    for amendment in &amendments {
        let state = match amendment.state {
            amendment::State::Waiting => "waiting",
            _ if amendment.text.is_some() => "live",
            _ => continue,
        };
        groups.entry(amendment.target.kind).or_default().insert(amendment.target.name.clone(), state);
    }
    for skipped in &app.skipped {
        groups.entry(skipped.target.kind).or_default().insert(skipped.target.name.clone(), "skipped");
    }
    let row = |(name, state): (String, &'static str)| FileRow { name, state };
    let group = |kind: Kind| {
        let files: Vec<FileRow> = groups.remove(&kind).unwrap_or_default().into_iter().map(row).collect();
        // A file may hold in one version while another waits.
        let of_kind = |it: &&Amendment| it.target.kind == kind;
        let (held, waiting): (Vec<_>, Vec<_>) =
            amendments.iter().filter(of_kind).partition(|it| it.state != amendment::State::Waiting);
        let amended = held.iter().filter(|it| it.text.is_some()).count();
        Group { kind: kind.word(), takes_two: kind.takes_two(), amended, waiting: waiting.len(), files }
    };
    let skipped = app.skipped.iter().map(|it| SkippedRow {
        kind: it.target.kind.word(),
        name: it.target.name.clone(),
        version: it.version,
        why: it.why.says(lang),
    });
    let skipped = skipped.collect();
    Ok(ListView { groups: Kind::ALL.into_iter().map(group).collect(), skipped, ..ListView::default() })
}

/// What somebody is called who made or agreed to a change; the machine's operator is nobody of staff.
fn name_of(lang: Lang, staff: &[Staff], id: Option<huizhi_domain::id::StaffId>) -> String {
    match id {
        None => say(lang, "settings-operator", &[]),
        Some(id) => staff.iter().find(|it| it.id == id).map_or_else(|| id.to_string(), |it| it.name.clone()),
    }
}

/// The text of a file as the store has it, or as it came.
fn current(app: &App, target: &Target, versions: &[Amendment]) -> Option<String> {
    let live = versions.iter().find(|it| it.state == amendment::State::Live).and_then(|it| it.text.clone());
    live.or_else(|| data::built_in(&app.settings).get(target).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<ListView>>();
    }

    #[test]
    fn every_kind_state_and_told_word_has_its_words() {
        let words = crate::words::words();
        let kinds = Kind::ALL.map(|kind| format!("settings-kind-{}", kind.word()));
        let states = amendment::State::ALL.map(|state| format!("settings-state-{}", state.word()));
        let rows = ["ours", "live", "waiting", "skipped"].map(|state| format!("settings-file-{state}"));
        let told = TOLD.map(|word| format!("settings-told-{word}"));
        for key in kinds.iter().chain(&states).chain(&rows).chain(&told) {
            for lang in Lang::ALL {
                assert!(words.pattern(lang, key).is_some(), "{key}");
            }
        }
    }
}

//! All changes of this deployment as one text: to keep, to compare, and to bring to another.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse as _;
use axum::{Router, routing};
use huizhi_domain::amendment::{self, Target, bundle};
use huizhi_domain::diff::{self, Line};
use huizhi_domain::staff::Staff;
use huizhi_store::NewAmendment;
use serde::{Deserialize, Serialize};

use super::file::is_numbered_twice;
use super::{Answer, ListView, current, list_view};
use crate::app::App;
use crate::data;
use crate::desk::frame::{self, Place};
use crate::desk::say;
use crate::desk::session::Setter;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::Look;
use crate::words::unread;

/// The addresses of the text.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/settings/export", routing::get(export))
        .route("/desk/settings/import", routing::post(import))
}

/// What a brought text changes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Imported {
    /// Whether it was done, or only looked at.
    done: bool,
    /// Files that differ.
    files: Vec<Differs>,
}

/// A file that differs.
#[derive(Clone, Debug, Serialize)]
struct Differs {
    kind: &'static str,
    name: String,
    takes_two: bool,
    diff: Vec<Line>,
}

impl Imported {
    /// A file that differs.
    #[cfg(test)]
    pub fn sample() -> Self {
        let diff = diff::around("a", "b");
        Self {
            done: false,
            files: vec![Differs { kind: "policy", name: "guangdong".to_owned(), takes_two: true, diff }],
        }
    }
}

/// The text as it was pasted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    bundle: String,
    act: String,
}

/// `/desk/settings/export`
async fn export(State(app): State<App>, Setter(_): Setter) -> Answer {
    let amendments = app.store.amendments().await?;
    let live = amendments.iter().filter(|it| it.state == amendment::State::Live);
    let files = live.filter_map(|it| it.text.as_deref().map(|text| (&it.target, text)));
    let text = bundle::write(files).map_err(PageError::broken)?;
    let headers = [
        (CONTENT_TYPE, "application/toml; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"huizhi-settings.toml\""),
    ];
    Ok((headers, text).into_response())
}

/// POST `/desk/settings/import`: what a text would change, or the changes.
async fn import(State(app): State<App>, Setter(staff): Setter, look: Look, Posted(typed): Posted<Typed>) -> Answer {
    let text = typed.bundle.replace("\r\n", "\n");
    let files = match bundle::read(&text) {
        Ok(files) => files,
        Err(error) => {
            let fault = unread(look.lang, &error.to_string());
            return faulty(&app, &look, &staff, text, fault).await;
        }
    };
    let amendments = app.store.amendments().await?;
    let changes: BTreeMap<Target, Option<String>> =
        files.iter().map(|(target, text)| (target.clone(), Some(text.clone()))).collect();
    if let Err(fault) = data::tried(&app.settings, &amendments, &changes) {
        return faulty(&app, &look, &staff, text, fault.says(look.lang)).await;
    }
    let waits = |it: &&amendment::Amendment| it.state == amendment::State::Waiting && changes.contains_key(&it.target);
    if let Some(waiting) = amendments.iter().find(waits) {
        let fault = say(look.lang, "settings-fault-waits", &[]);
        return faulty(&app, &look, &staff, text, format!("{}: {fault}", waiting.target)).await;
    }
    for (target, new) in &files {
        let versions = app.store.amendment_versions(target).await?;
        if is_numbered_twice(&app, target, &versions, new) {
            let fault = say(look.lang, "settings-fault-number", &[]);
            return faulty(&app, &look, &staff, text, format!("{target}: {fault}")).await;
        }
    }
    let mut imported = Imported { done: typed.act == "save", files: Vec::new() };
    for (target, new) in files {
        let versions = app.store.amendment_versions(&target).await?;
        let diff = diff::around(&current(&app, &target, &versions).unwrap_or_default(), &new);
        if diff.is_empty() {
            continue;
        }
        if imported.done {
            let on = versions.first().map_or(0, |newest| newest.version);
            let note = say(look.lang, "settings-note-imported", &[]);
            let new = NewAmendment { target: target.clone(), text: Some(new), note, on, by: Some(staff.id) };
            app.store.amend(new).await?;
        }
        imported.files.push(Differs {
            kind: target.kind.word(),
            takes_two: target.kind.takes_two(),
            name: target.name,
            diff,
        });
    }
    if imported.done {
        app.take_over_amendments().await;
    }
    let bundle = if imported.done { String::new() } else { text };
    let view = ListView { imported: Some(imported), bundle, ..list_view(&app, look.lang).await? };
    frame::show(&app, &look, Place::of(&staff, "settings"), view)
}

async fn faulty(app: &App, look: &Look, staff: &Staff, bundle: String, fault: String) -> Answer {
    let view = ListView { fault: Some(fault), bundle, ..list_view(app, look.lang).await? };
    let mut page = frame::show(app, look, Place::of(staff, "settings"), view)?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

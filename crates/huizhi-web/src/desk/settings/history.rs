//! What becomes of versions: agreeing, refusing, and going back.

use axum::extract::{Path, State};
use axum::{Router, routing};
use huizhi_store::NewAmendment;
use serde::Deserialize;

use super::Answer;
use super::file::{back, fault_of, made, on_page, refused, target};
use crate::app::App;
use crate::desk::say;
use crate::desk::session::Setter;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::Look;

/// The addresses of versions.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/settings/{kind}/{name}/agree", routing::post(agree))
        .route("/desk/settings/{kind}/{name}/refuse", routing::post(refuse))
        .route("/desk/settings/{kind}/{name}/undo", routing::post(undo))
}

/// Which version is meant.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct Meant {
    version: i64,
}

/// POST `/desk/settings/{kind}/{name}/agree`
async fn agree(
    State(app): State<App>,
    Setter(staff): Setter,
    look: Look,
    Path((kind, name)): Path<(String, String)>,
    Posted(meant): Posted<Meant>,
) -> Answer {
    let target = target(&kind, &name)?;
    let versions = app.store.amendment_versions(&target).await?;
    let version = versions.into_iter().find(|it| it.version == meant.version).ok_or(PageError::Absent)?;
    // What it was made beside may have changed since.
    if let Some(fault) = fault_of(&app, look.lang, &target, version.text.as_deref()).await? {
        return on_page(&app, &look, &staff, &target, fault).await;
    }
    match app.store.agree_to_amendment(&target, meant.version, staff.id).await {
        Ok(()) => {
            app.take_over_amendments().await;
            Ok(back(&target, "agreed"))
        }
        Err(error) => on_page(&app, &look, &staff, &target, refused(look.lang, error)?).await,
    }
}

/// POST `/desk/settings/{kind}/{name}/refuse`
async fn refuse(
    State(app): State<App>,
    Setter(staff): Setter,
    look: Look,
    Path((kind, name)): Path<(String, String)>,
    Posted(meant): Posted<Meant>,
) -> Answer {
    let target = target(&kind, &name)?;
    match app.store.refuse_amendment(&target, meant.version, staff.id).await {
        Ok(()) => Ok(back(&target, "refused")),
        Err(error) => on_page(&app, &look, &staff, &target, refused(look.lang, error)?).await,
    }
}

/// POST `/desk/settings/{kind}/{name}/undo`: a new version with the text of an older one; 0 is what comes with the program.
async fn undo(
    State(app): State<App>,
    Setter(staff): Setter,
    look: Look,
    Path((kind, name)): Path<(String, String)>,
    Posted(meant): Posted<Meant>,
) -> Answer {
    let target = target(&kind, &name)?;
    let versions = app.store.amendment_versions(&target).await?;
    let text = match meant.version {
        0 => None,
        version => versions.iter().find(|it| it.version == version).ok_or(PageError::Absent)?.text.clone(),
    };
    if let Some(fault) = fault_of(&app, look.lang, &target, text.as_deref()).await? {
        return on_page(&app, &look, &staff, &target, fault).await;
    }
    let note = match meant.version {
        0 => say(look.lang, "settings-note-ours", &[]),
        version => say(look.lang, "settings-note-undo", &[("version", &version)]),
    };
    let on = versions.first().map_or(0, |newest| newest.version);
    let new = NewAmendment { target: target.clone(), text, note, on, by: Some(staff.id) };
    match app.store.amend(new).await {
        Ok(_) => Ok(made(&app, &target).await),
        Err(error) => on_page(&app, &look, &staff, &target, refused(look.lang, error)?).await,
    }
}

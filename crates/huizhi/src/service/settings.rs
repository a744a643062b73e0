//! What this deployment changes of the data that come with the program: kept as one text, compared, and brought back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use huizhi_domain::amendment::{Amendment, State, Target, bundle, gives_number_again};
use huizhi_domain::diff;
use huizhi_store::{NewAmendment, Store};

use super::place::Places;
use super::run::runtime;
use crate::{Exit, UsageError};

/// What can be done about settings.
#[derive(Subcommand, Debug)]
pub enum SettingsCommand {
    /// Print all changes of this deployment as one text
    Export {
        #[command(flatten)]
        places: Places,
    },
    /// Show what a text would change, line by line; exit code 1 where it would
    Diff {
        /// The text, as export prints it
        file: PathBuf,
        #[command(flatten)]
        places: Places,
    },
    /// Bring the changes of a text here; those that take two persons wait for somebody at /desk/settings
    Import {
        /// The text, as export prints it
        file: PathBuf,
        #[command(flatten)]
        places: Places,
    },
}

/// Does it.
pub fn settings(command: SettingsCommand) -> anyhow::Result<Exit> {
    runtime()?.block_on(async {
        match command {
            SettingsCommand::Export { places } => export(&places).await,
            SettingsCommand::Diff { file, places } => compare(&file, &places).await,
            SettingsCommand::Import { file, places } => import(&file, &places).await,
        }
    })
}

async fn export(places: &Places) -> anyhow::Result<Exit> {
    let store = places.open().await?;
    let amendments = store.amendments().await?;
    let live = amendments.iter().filter(|it| it.state == State::Live);
    print!("{}", bundle::write(live.filter_map(|it| it.text.as_deref().map(|text| (&it.target, text))))?);
    store.close().await;
    Ok(Exit::Fits)
}

/// A file that a text changes.
struct Change {
    target: Target,
    text: String,
    /// The newest version here.
    on: i64,
    lines: Vec<diff::Line>,
}

/// What a text changes here; it is an error where it can't be taken.
async fn changes(store: &Store, file: &Path) -> anyhow::Result<Vec<Change>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let files = bundle::read(&text).map_err(|error| UsageError(format!("{}: {error}", file.display())))?;
    let amendments = store.amendments().await?;
    let all: BTreeMap<Target, Option<String>> =
        files.iter().map(|(target, text)| (target.clone(), Some(text.clone()))).collect();
    // The operator's folder of rules belongs to a process that serves; here it is not known.
    let settings = huizhi_web::Settings::default();
    huizhi_web::tried(&settings, &amendments, &all).map_err(|fault| UsageError(fault.to_string()))?;
    let ours = huizhi_web::built_in_files(&settings);
    let mut changes = Vec::new();
    for (target, text) in files {
        let live = amendments.iter().find(|it| it.target == target && it.state == State::Live);
        let now = live.and_then(|it| it.text.as_deref()).or_else(|| ours.get(&target)).unwrap_or_default();
        let lines = diff::around(now, &text);
        if !lines.is_empty() {
            let versions = store.amendment_versions(&target).await?;
            let others = versions.iter().filter_map(|it| it.text.as_deref()).chain(ours.get(&target));
            if gives_number_again(target.kind, &text, others) {
                let why = format!("{target}: its version was given to another text already; count it up");
                return Err(UsageError(why).into());
            }
            let on = versions.first().map_or(0, |newest| newest.version);
            changes.push(Change { target, text, on, lines });
        }
    }
    if let Some(waiting) = waiting(&amendments, &changes) {
        let why = format!("{waiting}: another version waits for a second person; see to it at /desk/settings");
        return Err(UsageError(why).into());
    }
    Ok(changes)
}

fn waiting<'a>(amendments: &'a [Amendment], changes: &[Change]) -> Option<&'a Target> {
    let waits = |it: &&Amendment| it.state == State::Waiting && changes.iter().any(|change| change.target == it.target);
    amendments.iter().find(waits).map(|it| &it.target)
}

async fn compare(file: &Path, places: &Places) -> anyhow::Result<Exit> {
    let store = places.open().await?;
    let changes = changes(&store, file).await?;
    for change in &changes {
        println!("{}", change.target);
        print!("{}", diff::text(&change.lines));
    }
    println!("{} files differ", changes.len());
    store.close().await;
    Ok(if changes.is_empty() { Exit::Fits } else { Exit::DoesNotFit })
}

async fn import(file: &Path, places: &Places) -> anyhow::Result<Exit> {
    let store = places.open().await?;
    for Change { target, text, on, .. } in changes(&store, file).await? {
        let said = if target.kind.takes_two() { "waits for a second person" } else { "holds" };
        println!("{target}  {said}");
        let note = "huizhi settings import".to_owned();
        store.amend(NewAmendment { target, text: Some(text), note, on, by: None }).await?;
    }
    store.close().await;
    Ok(Exit::Fits)
}

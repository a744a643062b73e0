//! `huizhi photo`: arguments, and what all its commands need.

mod batch;
mod check;
mod documents;
mod gallery;
mod make;
mod print;
mod sheet;

use std::io::IsTerminal;
use std::path::Path;

use clap::{Args, Subcommand};
use huizhi_photo::analysis::{self, Analysis};
use huizhi_photo::check::Rule;
use huizhi_photo::models::Models;
use huizhi_photo::probe::Probe;
use huizhi_photo::rejection::Rejections;
use huizhi_photo::report;
use huizhi_photo::spec::Catalog;
use huizhi_photo::{Limits, Obstacle, PhotoError, Portrait, Report, Spec};
use serde::Serialize;

use crate::models::{Networks, Purpose};
use crate::text::Lang;
use crate::{Exit, UsageError};

/// The commands on photos.
#[derive(Subcommand)]
pub enum Command {
    /// Judge photos for a document.
    Check(check::Options),
    /// Make the ID photo.
    Make(make::Options),
    /// Judge and make a whole folder; go on where an earlier run stopped.
    Batch(batch::Options),
    /// Put made photos on paper in true millimetres.
    Sheet(sheet::Options),
    /// List the documents, or tell one in detail.
    Documents(documents::Options),
}

/// Options of every command on photos.
#[derive(Args)]
pub struct Common {
    /// The document that the photo is for: its id or its Chinese name; see `huizhi photo documents`.
    #[arg(long, default_value = "cn-resident-id", value_name = "ID")]
    document: String,
    #[command(flatten)]
    output: Output,
}

/// How results are said.
#[derive(Args)]
pub struct Output {
    /// Print JSON for programs (docs/report.md).
    #[arg(long)]
    json: bool,
    /// Language of messages [default: from LANG, else zh]
    #[arg(long, value_enum)]
    lang: Option<Lang>,
}

impl Output {
    fn lang(&self) -> Lang {
        self.lang.unwrap_or_else(Lang::of_environment)
    }
}

/// Runs one command.
pub fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Check(options) => check::run(&options),
        Command::Make(options) => make::run(&options),
        Command::Batch(options) => batch::run(&options),
        Command::Sheet(options) => sheet::run(&options),
        Command::Documents(options) => documents::run(&options),
    }
}

/// What judging needs, loaded once.
pub struct Desk {
    /// The networks.
    pub models: Models,
    /// The probes.
    pub probes: Vec<Probe>,
    /// The rules.
    pub rules: Vec<Rule>,
}

impl Desk {
    /// Opens networks, probes and rules.
    pub fn open(purpose: Purpose, threads: usize, networks: &Networks) -> Result<Self, PhotoError> {
        Ok(Self {
            models: crate::models::open(purpose, threads, networks)?,
            probes: huizhi_photo::probe::built_in()?,
            rules: huizhi_photo::check::built_in()?,
        })
    }
}

/// Judges the bytes of a photo.
pub fn judge(desk: &Desk, bytes: &[u8], spec: &Spec) -> Result<(Analysis, Report), PhotoError> {
    let portrait = Portrait::decode(bytes, &Limits::default())?;
    let analysis = analysis::examine(portrait, &desk.models, &desk.models, &desk.probes)?;
    let report = report::report(&analysis, spec, &desk.rules);
    Ok((analysis, report))
}

/// The document that is meant.
pub fn document<'a>(catalog: &'a Catalog, query: &str) -> anyhow::Result<&'a Spec> {
    match catalog.find(query) {
        Ok(spec) => Ok(spec),
        Err(PhotoError::Spec { id, why }) => {
            Err(UsageError(format!("document {id:?}: {why}; `huizhi photo documents` lists them all")).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// What is said of photos to programs; docs/report.md describes it.
#[derive(Serialize)]
struct Answer<'a> {
    /// [`report::SCHEMA`].
    schema: u32,
    /// Version of the engine.
    engine: &'static str,
    /// What the networks ran in: `rten` or `onnxruntime`.
    networks: &'static str,
    /// One for each file, in the order given.
    photos: &'a [Told],
}

/// What is said of one photo.
#[derive(Serialize, Default)]
struct Told {
    /// The name as given.
    file: String,
    /// What was found; absent where the file could not be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<Report>,
    /// The photo that was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    made: Option<make::Made>,
    /// Why no photo was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_made: Option<String>,
    /// The same for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    obstacle: Option<Obstacle>,
    /// Why the file could not be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

fn to_json(photos: &[Told], networks: &Networks) -> anyhow::Result<String> {
    let answer =
        Answer { schema: report::SCHEMA, engine: env!("CARGO_PKG_VERSION"), networks: networks.name(), photos };
    Ok(serde_json::to_string_pretty(&answer)? + "\n")
}

/// The printer for people.
fn printer(output: &Output) -> anyhow::Result<print::Printer> {
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    Ok(print::Printer { lang: output.lang(), colour, rejections: Rejections::built_in()? })
}

/// A file's name without folders and ending.
fn stem(path: &Path) -> String {
    if path.as_os_str() == crate::files::STANDARD {
        return "photo".to_owned();
    }
    path.file_stem().map_or_else(|| "photo".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// Refuses to write over a photo that was read.
fn not_the_same(input: &Path, output: &Path) -> anyhow::Result<()> {
    let same = match (input.canonicalize(), output.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    };
    if same {
        let why = format!("{} would be written over the photo that was read; choose another name", output.display());
        return Err(UsageError(why).into());
    }
    Ok(())
}

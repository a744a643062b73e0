//! `huizhi bench`: what the engine costs, stage by stage, in CPU time: the wall clock of a shared machine says little. And whether the time of
//! a sign-in tells who has an account, how many places a second can be booked, and what reading and searching articles costs.

mod booking;
mod release;
mod sign_in;
mod site;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Subcommand};
use cpu_time::ProcessTime;
use huizhi_photo::analysis::Analysis;
use huizhi_photo::chip::Chip;
use huizhi_photo::make::{self, MakeOptions, certificate, encode};
use huizhi_photo::matte::Silhouette;
use huizhi_photo::models::Models;
use huizhi_photo::pixels::{Gray, Rgb};
use huizhi_photo::spec::Catalog;
use huizhi_photo::{Finder, Limits, Matter, Obstacle, PhotoError, Portrait, Spec, measure, report};
use serde::Serialize;

use crate::models::{Networks, Purpose};
use crate::photo::Desk;
use crate::{Exit, files};

/// What can be measured.
#[derive(Subcommand)]
pub enum Command {
    /// Judging and making photos.
    Photo(Options),
    /// Signing in to an account that exists and to one that does not: whether the time of the answer tells them apart.
    SignIn(sign_in::Options),
    /// Nine o'clock: a crowd before the waiting rooms, the draw, and how long until all places are gone.
    Release(release::Options),
    /// Booking places: how many a second, held against what the database can do here, and that none is given twice.
    Booking(booking::Options),
    /// Reading and searching among many articles, held against a static file in the same run.
    Site(site::Options),
}

/// Options of `bench photo`.
#[derive(Args)]
pub struct Options {
    /// Photos to measure with.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How often each photo runs; the medians are told.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Threads of the networks.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// The document.
    #[arg(long, default_value = "cn-resident-id", value_name = "ID")]
    document: String,
    #[command(flatten)]
    networks: Networks,
    /// Print JSON for programs.
    #[arg(long)]
    json: bool,
}

/// Stages in their order. Those that begin with a part's name and a colon belong to making.
const STAGES: [&str; 13] = [
    "start-up",
    "decode",
    "find faces",
    "chip and silhouette",
    "measure",
    "check",
    "judge: all",
    "make: matte",
    "make: silhouettes",
    "make: crop and compose",
    "make: encode",
    "make: certificate",
    "make: all",
];

/// The result.
#[derive(Serialize)]
struct Table {
    engine: &'static str,
    networks: &'static str,
    document: String,
    runs: usize,
    threads: usize,
    /// Highest memory of the process, MB of 1,000,000 bytes; absent where the system does not tell.
    peak_mb: Option<f64>,
    photos: Vec<Row>,
}

/// One photo's medians.
#[derive(Serialize)]
struct Row {
    file: String,
    width_px: u32,
    height_px: u32,
    /// CPU milliseconds by stage; a stage that does not happen is absent.
    cpu_ms: BTreeMap<&'static str, f64>,
    /// Why no photo was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_made: Option<String>,
}

/// Measures.
pub fn run(command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Photo(options) => photo(options),
        Command::SignIn(options) => sign_in::run(options),
        Command::Release(options) => release::run(options),
        Command::Booking(options) => booking::run(options),
        Command::Site(options) => site::run(options),
    }
}

/// Measures each photo.
fn photo(options: &Options) -> anyhow::Result<Exit> {
    let catalog = Catalog::built_in()?;
    let spec = crate::photo::document(&catalog, &options.document)?;
    let runs = options.runs.max(1);
    let mut start_up = Vec::new();
    let mut desk = None;
    for _ in 0..runs {
        // Two sets at once would count as memory that no use of the program needs.
        drop(desk.take());
        let started = ProcessTime::now();
        desk = Some(Desk::open(Purpose::Make, options.threads, &options.networks)?);
        start_up.push(started.elapsed());
    }
    let desk = desk.context("no networks were opened")?;
    let mut photos = Vec::new();
    for file in &options.files {
        let bytes = files::read(file, Limits::default().file_bytes)?;
        let mut row = one(&desk, &bytes, spec, runs).with_context(|| file.display().to_string())?;
        row.file = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        row.cpu_ms.insert("start-up", median(&mut start_up));
        photos.push(row);
    }
    let engine = env!("CARGO_PKG_VERSION");
    let table = Table {
        engine,
        networks: options.networks.name(),
        document: spec.id.clone(),
        runs,
        threads: options.threads,
        peak_mb: peak_mb(),
        photos,
    };
    if options.json {
        println!("{}", serde_json::to_string_pretty(&table)?);
    } else {
        print(&table);
    }
    Ok(Exit::Fits)
}

fn one(desk: &Desk, bytes: &[u8], spec: &Spec, runs: usize) -> Result<Row, PhotoError> {
    let mut times: BTreeMap<&'static str, Vec<Duration>> = BTreeMap::new();
    let mut row = Row { file: String::new(), width_px: 0, height_px: 0, cpu_ms: BTreeMap::new(), not_made: None };
    for _ in 0..runs {
        let mut note = |stage: &'static str, spent: Duration| times.entry(stage).or_default().push(spent);
        let whole = ProcessTime::now();
        let stage = ProcessTime::now();
        let portrait = Portrait::decode(bytes, &Limits::default())?;
        note("decode", stage.elapsed());
        let stage = ProcessTime::now();
        let faces = desk.models.find(&portrait)?;
        note("find faces", stage.elapsed());
        let stage = ProcessTime::now();
        let chip = match faces.first() {
            Some(face) => Some(Chip::cut(&portrait, face, &desk.models)?),
            None => None,
        };
        note("chip and silhouette", stage.elapsed());
        let stage = ProcessTime::now();
        let measures = measure::measure(&portrait, &faces, chip.as_ref(), &desk.probes);
        note("measure", stage.elapsed());
        (row.width_px, row.height_px) = (portrait.width(), portrait.height());
        let analysis = Analysis { portrait, faces, chip, measures };
        let stage = ProcessTime::now();
        let _ = report::report(&analysis, spec, &desk.rules);
        note("check", stage.elapsed());
        note("judge: all", whole.elapsed());
        match making(desk, &analysis, spec) {
            Ok(stages) => stages.into_iter().for_each(|(stage, spent)| note(stage, spent)),
            Err(PhotoError::NotMade(obstacle)) => row.not_made = Some(obstacle.to_string()),
            Err(PhotoError::Make { why }) => row.not_made = Some(why),
            Err(error) => return Err(error),
        }
    }
    row.cpu_ms = times.into_iter().map(|(stage, mut spent)| (stage, median(&mut spent))).collect();
    Ok(row)
}

fn making(desk: &Desk, analysis: &Analysis, spec: &Spec) -> Result<[(&'static str, Duration); 6], PhotoError> {
    let timed = Timed { models: &desk.models, matte: Cell::default(), silhouettes: Cell::default() };
    let whole = ProcessTime::now();
    let Some(face) = analysis.faces.first() else {
        return Err(PhotoError::NotMade(Obstacle::NoFace));
    };
    let photo = make::make(&analysis.portrait, face, spec, (&desk.models, &timed), &MakeOptions::default())?;
    let all = whole.elapsed();
    let (matte, silhouettes) = (timed.matte.get(), timed.silhouettes.get());
    let again = Timed { models: &desk.models, matte: Cell::default(), silhouettes: Cell::default() };
    let stage = ProcessTime::now();
    certificate::certify(&photo.encoded.bytes, spec, &desk.models, &again)?;
    let certificate = stage.elapsed();
    let encode = match (&spec.file, &spec.size) {
        (Some(rule), Some(size)) => {
            let stage = ProcessTime::now();
            encode::encode(&photo.picture, &encode::Request::new(rule, size.dpi))?;
            stage.elapsed()
        }
        _ => Duration::ZERO,
    };
    // The certificate's own silhouette is part of the certificate.
    let silhouettes = silhouettes.saturating_sub(again.silhouettes.get());
    let rest = all.saturating_sub(matte + silhouettes + certificate + encode);
    Ok([
        ("make: matte", matte),
        ("make: silhouettes", silhouettes),
        ("make: crop and compose", rest),
        ("make: encode", encode),
        ("make: certificate", certificate),
        ("make: all", all),
    ])
}

/// The real networks with a clock beside them.
struct Timed<'a> {
    models: &'a Models,
    matte: Cell<Duration>,
    silhouettes: Cell<Duration>,
}

impl Matter for Timed<'_> {
    fn matte(&self, picture: &Rgb) -> Result<Gray, PhotoError> {
        let started = ProcessTime::now();
        let result = self.models.matte(picture);
        self.matte.set(self.matte.get() + started.elapsed());
        result
    }

    fn silhouette(&self, picture: &Rgb) -> Result<Silhouette, PhotoError> {
        let started = ProcessTime::now();
        let result = self.models.silhouette(picture);
        self.silhouettes.set(self.silhouettes.get() + started.elapsed());
        result
    }
}

/// The middle of the times, ms.
fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, |time| (time.as_secs_f64() * 1e5).round() / 100.0)
}

/// Highest memory of this process, from Linux's `/proc`.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some((kib * 1.024).round() / 1000.0)
}

fn print(table: &Table) {
    let Table { networks, runs, threads, document, .. } = table;
    println!("{runs} runs, {threads} threads, networks in {networks}, {document}: CPU ms, medians");
    for row in &table.photos {
        println!("{}  {}×{} px", row.file, row.width_px, row.height_px);
        for stage in STAGES {
            if let Some(ms) = row.cpu_ms.get(stage) {
                println!("  {stage:<24}{ms:>10.2}");
            }
        }
        if let Some(why) = &row.not_made {
            println!("  not made: {why}");
        }
    }
    if let Some(peak) = table.peak_mb {
        println!("peak memory {peak:.0} MB");
    }
}

//! `huizhi photo batch`: a folder, photo by photo, so that an interrupted run goes on where it stopped.
//!
//! `done.jsonl` has a line for each finished photo. A line is written after the photo's files are there, and a line
//! that was cut short is not read; so what it names is there and whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, anyhow};
use clap::Args;
use huizhi_photo::make::MakeOptions;
use huizhi_photo::make::encode::{self, Request};
use huizhi_photo::spec::{Catalog, FileFormat};
use huizhi_photo::{Limits, Obstacle, PhotoError, Portrait, Spec, overlay};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Common, Desk, gallery, make};
use crate::models::{Networks, Purpose};
use crate::{Exit, UsageError, files};

/// Options of `batch`.
#[derive(Args)]
pub struct Options {
    /// Folder with photos; folders within it are left alone.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Folder for the results; it is made where it does not exist.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// Judge only, make no photos.
    #[arg(long)]
    check_only: bool,
    /// How many photos run side by side [default: one for each processor]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    #[command(flatten)]
    networks: Networks,
    #[command(flatten)]
    common: Common,
}

/// A finished photo: a line of `done.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Done {
    /// What was done to what; the same key need not be done again.
    #[serde(flatten)]
    pub key: Key,
    /// The file's name in the folder.
    pub file: String,
    /// What its results are named after.
    pub stem: String,
    /// The report; null where the file could not be judged.
    pub report: Value,
    /// The made photo; null where none was made.
    pub made: Value,
    /// Why no photo was made.
    pub not_made: Option<String>,
    /// The same for programs, and to be said in another language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<Obstacle>,
    /// Why the file could not be judged.
    pub error: Option<String>,
    /// The marks as SVG.
    pub marks: String,
}

/// What the result depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// SHA-256 of the photo's file.
    pub sha256: String,
    /// The document's id.
    pub document: String,
    /// Version of its specification.
    pub spec_version: u32,
    /// Version of the engine, and what its networks ran in.
    pub engine: String,
    /// Whether a photo was to be made.
    pub making: bool,
}

/// Endings of the files that are taken from the folder.
const ENDINGS: [&str; 6] = ["jpg", "jpeg", "png", "webp", "heic", "heif"];
/// Longer side of the gallery's small pictures, px: sharp at 300 CSS px on a common phone, about 15 KB each.
const SMALL_PX: u32 = 400;

/// Judges and makes what is not done yet, and writes tables and gallery of everything.
pub fn run(options: &Options) -> anyhow::Result<Exit> {
    let catalog = Catalog::built_in()?;
    let spec = super::document(&catalog, &options.common.document)?;
    let files = photos(&options.folder)?;
    fs::create_dir_all(options.out.join("small"))
        .with_context(|| format!("cannot make the folder {}; check that you may write there", options.out.display()))?;
    if options.folder.canonicalize()? == options.out.canonicalize()? {
        return Err(UsageError("--out is the folder with the photos; choose another one".to_owned()).into());
    }
    let names = names(&files);
    let list = options.out.join("done.jsonl");
    let known = read_done(&list)?;
    let journal = Mutex::new(OpenOptions::new().create(true).append(true).open(&list)?);
    let results: Mutex<BTreeMap<usize, Done>> = Mutex::default();
    let reused = AtomicUsize::new(0);

    let jobs = options.jobs.unwrap_or_else(crate::models::threads).clamp(1, files.len().max(1));
    let bar = progress(files.len(), options.common.output.json);
    let next = AtomicUsize::new(0);
    let worker = || -> anyhow::Result<()> {
        // Opened with the first photo that needs it: a run with nothing to do opens nothing.
        let mut desk: Option<Desk> = None;
        while let Some((i, path)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, files.get(i)?))) {
            let bytes = files::read(path, Limits::default().file_bytes)?;
            let key = key(&bytes, spec, !options.check_only, &options.networks);
            let earlier = known.get(&(key.clone(), names[i].clone())).filter(|done| is_there(done, &options.out));
            let done = if let Some(done) = earlier {
                reused.fetch_add(1, Ordering::Relaxed);
                done.clone()
            } else {
                let purpose = if options.check_only { Purpose::Check } else { Purpose::Make };
                let desk = match &mut desk {
                    Some(desk) => desk,
                    None => desk.insert(Desk::open(purpose, 1, &options.networks)?),
                };
                let done = one(desk, &bytes, key, &names[i], spec, &options.out)?;
                let line = serde_json::to_string(&done)? + "\n";
                let mut journal = journal.lock().map_err(|_| anyhow!("another worker stopped"))?;
                journal.write_all(line.as_bytes()).with_context(|| format!("cannot write {}", list.display()))?;
                done
            };
            results.lock().map_err(|_| anyhow!("another worker stopped"))?.insert(i, done);
            bar.inc(1);
        }
        Ok(())
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?;
    pool.broadcast(|_| worker()).into_iter().collect::<anyhow::Result<()>>()?;
    bar.finish_and_clear();

    let results = results.into_inner().map_err(|_| anyhow!("a worker stopped"))?;
    let all: Vec<&Done> = results.values().collect();
    let lang = options.common.output.lang();
    files::write(&options.out.join("report.csv"), &table(&all)?)?;
    files::write(&options.out.join("report.json"), &report(&all, &options.networks)?)?;
    let page = gallery::page(&all, spec, &options.out, lang)?;
    files::write(&options.out.join("index.html"), page.as_bytes())?;
    say(options, &all, reused.into_inner())
}

fn say(options: &Options, all: &[&Done], reused: usize) -> anyhow::Result<Exit> {
    let lang = options.common.output.lang();
    let count = |verdict: &str| all.iter().filter(|done| done.verdict() == verdict).count();
    let (fits, review, retake) = (count("fits"), count("review"), count("retake"));
    let failed = all.iter().filter(|done| done.error.is_some()).count();
    let made = all.iter().filter(|done| !done.made.is_null()).count();
    if options.common.output.json {
        files::say(&String::from_utf8(report(all, &options.networks)?)?)?;
    } else {
        let values: [(&str, &dyn std::fmt::Display); 6] = [
            ("total", &all.len()),
            ("fits", &fits),
            ("review", &review),
            ("retake", &retake),
            ("failed", &failed),
            ("made", &made),
        ];
        files::say(&format!("{}\n", lang.say("batch-line", &values)))?;
        if reused > 0 {
            files::say(&format!("{}\n", lang.say("batch-known", &[("count", &reused)])))?;
        }
        files::say(&format!("{}\n", lang.say("batch-see", &[("file", &options.out.join("index.html").display())])))?;
    }
    Ok(match (failed, review + retake) {
        (0, 0) => Exit::Fits,
        (0, _) => Exit::DoesNotFit,
        _ => Exit::Failed,
    })
}

impl Done {
    /// The report's verdict; empty where there is none.
    pub fn verdict(&self) -> &str {
        self.report["verdict"].as_str().unwrap_or("")
    }
}

fn one(desk: &Desk, bytes: &[u8], key: Key, name: &Names, spec: &Spec, out: &Path) -> anyhow::Result<Done> {
    let mut done = Done {
        key,
        file: name.file.clone(),
        stem: name.stem.clone(),
        report: Value::Null,
        made: Value::Null,
        not_made: None,
        obstacle: None,
        error: None,
        marks: String::new(),
    };
    let (analysis, report) = match super::judge(desk, bytes, spec) {
        Ok(judged) => judged,
        // A model that does not run is no fault of the photo: the whole run ends.
        Err(error @ PhotoError::Model { .. }) => return Err(error.into()),
        Err(error) => {
            done.error = Some(error.to_string());
            return Ok(done);
        }
    };
    done.marks = overlay::svg(&report.findings, analysis.portrait.width(), analysis.portrait.height());
    files::write(&out.join("small").join(format!("{}.jpg", name.stem)), &small(&analysis.portrait)?)?;
    if done.key.making {
        let photo = make::usable(&report).and_then(|()| make::photo(desk, &analysis, spec, &MakeOptions::default()));
        match photo {
            Ok(photo) => {
                let file = make::name(&name.stem, spec);
                files::write(&out.join(&file), &photo.encoded.bytes)?;
                done.made = serde_json::to_value(make::made(photo, Path::new(&file), spec))?;
            }
            Err(error @ PhotoError::Model { .. }) => return Err(error.into()),
            Err(PhotoError::NotMade(obstacle)) => {
                done.not_made = Some(obstacle.to_string());
                done.obstacle = Some(obstacle);
            }
            Err(error) => done.not_made = Some(error.to_string()),
        }
    }
    done.report = serde_json::to_value(&report)?;
    Ok(done)
}

fn small(portrait: &Portrait) -> Result<Vec<u8>, PhotoError> {
    let picture = portrait.working();
    let long = picture.width.max(picture.height).max(1);
    let side = |v: u32| (v * SMALL_PX.min(long) / long).max(1);
    let request = Request { format: FileFormat::Jpeg, quality: Some(75), kb_min: None, kb_max: None, dpi: 96 };
    Ok(encode::encode(&picture.resized(side(picture.width), side(picture.height)), &request)?.bytes)
}

/// A photo's name, and the one that its results carry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Names {
    file: String,
    stem: String,
}

/// Results are named after the photo without its ending, or with it where two photos would share the name.
fn names(files: &[PathBuf]) -> Vec<Names> {
    let file_name = |path: &PathBuf| path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<String> = files
        .iter()
        .map(|path| super::stem(path))
        .filter(|stem| !seen.insert(stem.to_lowercase()))
        .map(|s| s.to_lowercase())
        .collect();
    files
        .iter()
        .map(|path| {
            let (file, stem) = (file_name(path), super::stem(path));
            let stem = if twice.contains(&stem.to_lowercase()) { file.clone() } else { stem };
            Names { file, stem }
        })
        .collect()
}

fn photos(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| {
        format!("cannot read the folder {}; check the name and that you may read it", folder.display())
    })?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        if path.is_file() && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
            files.push(path);
        }
    }
    if files.is_empty() {
        let why = format!("{} holds no photo; photos end in {}", folder.display(), ENDINGS.join(", "));
        return Err(UsageError(why).into());
    }
    files.sort();
    Ok(files)
}

fn key(bytes: &[u8], spec: &Spec, making: bool, networks: &Networks) -> Key {
    use std::fmt::Write;
    let mut sha256 = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(sha256, "{byte:02x}");
    }
    Key {
        sha256,
        document: spec.id.clone(),
        spec_version: spec.version,
        engine: format!("{} {}", env!("CARGO_PKG_VERSION"), networks.name()),
        making,
    }
}

/// What was done before. Lines that are no whole record are dropped, and the file is written anew without them.
fn read_done(list: &Path) -> anyhow::Result<BTreeMap<(Key, Names), Done>> {
    let text = match fs::read(list) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", list.display())),
    };
    let mut whole = String::new();
    let mut records: Vec<Done> = Vec::new();
    for line in text.lines() {
        if let Ok(done) = serde_json::from_str(line) {
            records.push(done);
            whole.push_str(line);
            whole.push('\n');
        }
    }
    if whole != text {
        files::write(list, whole.as_bytes())?;
    }
    let named = |done: &Done| Names { file: done.file.clone(), stem: done.stem.clone() };
    Ok(records.into_iter().map(|done| ((done.key.clone(), named(&done)), done)).collect())
}

/// Whether the files that a record names are still there.
fn is_there(done: &Done, out: &Path) -> bool {
    done.made["file"].as_str().is_none_or(|file| out.join(file).is_file())
}

fn table(all: &[&Done]) -> anyhow::Result<Vec<u8>> {
    // The mark tells Excel that the names are UTF-8.
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let head = ["file", "verdict", "codes", "rejections", "made", "rules_hold", "not_made", "error", "sha256"];
    writer.write_record(head)?;
    for done in all {
        let of = |field: &str| -> String {
            let findings = done.report["findings"].as_array().into_iter().flatten();
            findings.filter_map(|finding| finding[field].as_str()).collect::<Vec<_>>().join(" ")
        };
        let measures = done.made["certificate"]["measures"].as_array();
        let holds = measures.map(|all| all.iter().all(|m| m["holds"] == Value::Bool(true)));
        writer.write_record([
            done.file.as_str(),
            done.verdict(),
            &of("code"),
            &of("rejection"),
            done.made["file"].as_str().unwrap_or(""),
            &holds.map(|holds| holds.to_string()).unwrap_or_default(),
            done.not_made.as_deref().unwrap_or(""),
            done.error.as_deref().unwrap_or(""),
            &done.key.sha256,
        ])?;
    }
    Ok(writer.into_inner()?)
}

fn report(all: &[&Done], networks: &Networks) -> anyhow::Result<Vec<u8>> {
    let photos: Vec<Value> = all
        .iter()
        .map(|done| {
            let mut photo = serde_json::json!({ "file": done.file, "sha256": done.key.sha256 });
            for (name, value) in [("report", &done.report), ("made", &done.made)] {
                if !value.is_null() {
                    photo[name] = value.clone();
                }
            }
            for (name, value) in [("not_made", &done.not_made), ("error", &done.error)] {
                if let Some(value) = value {
                    photo[name] = Value::String(value.clone());
                }
            }
            photo
        })
        .collect();
    let schema = huizhi_photo::report::SCHEMA;
    let engine = env!("CARGO_PKG_VERSION");
    let answer =
        serde_json::json!({ "schema": schema, "engine": engine, "networks": networks.name(), "photos": photos });
    Ok((serde_json::to_string_pretty(&answer)? + "\n").into_bytes())
}

fn progress(photos: usize, quiet: bool) -> ProgressBar {
    let target =
        if quiet || !io::stderr().is_terminal() { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(photos as u64), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}  {eta}") {
        bar.set_style(style);
    }
    bar
}

//! Makes photos of labelled portraits for several documents and counts how many meet every rule, by the certificate.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use huizhi_photo::make::{IdPhoto, MakeOptions, make};
use huizhi_photo::models::Models;
use huizhi_photo::spec::{Catalog, EditPolicy, Spec};
use huizhi_photo::{Finder, Limits, PhotoError, Portrait};
use rayon::prelude::*;

use crate::portraits::{self, Folder, Labelled};

/// Options of `cargo xtask geometry`.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    folder: Folder,
    /// Document ids; give it once per document.
    #[arg(long = "document", required = true)]
    documents: Vec<String>,
    /// Take only every n-th suitable portrait.
    #[arg(long, default_value_t = 1)]
    every: usize,
    /// Take only portraits whose name contains one of these.
    #[arg(long)]
    only: Vec<String>,
    /// Write the photos here, as `<document>/<portrait>`.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Background colour of the photos, six hexadecimal digits; the document's own where absent.
    #[arg(long)]
    background: Option<String>,
}

/// What came of one portrait and document.
enum Outcome {
    /// And whether the person reaches both lower corners, where the document wishes that.
    Holds(bool),
    Broken(Vec<String>),
    /// Rules contradict each other for this head, and the maker said so beforehand.
    Foretold(String),
    /// The source cannot give this photo: its head or shoulders are cut, or its pixels are too few.
    NoRoom(String),
    Refused(String),
}

/// Runs the task.
pub fn run(root: &Path, options: &Options) -> Result<()> {
    let models = portraits::models_to_make(root)?;
    let catalog = Catalog::built_in()?;
    let background = options.background.as_deref().map(colour).transpose()?;
    let files = suitable(options)?;
    println!("{} suitable portraits", files.len());
    let documents: Vec<&Spec> = options
        .documents
        .iter()
        .map(|id| catalog.get(id).with_context(|| format!("no document {id}")))
        .collect::<Result<_>>()?;
    let rows: Vec<Vec<Outcome>> = files
        .par_iter()
        .map(|picture| outcomes(options, &models, &documents, picture, background))
        .collect::<Result<_>>()?;
    for (i, spec) in documents.iter().enumerate() {
        let outcomes = files.iter().zip(&rows).map(|(picture, outcomes)| (picture.file.as_str(), &outcomes[i]));
        summary(spec, &outcomes.collect::<Vec<_>>());
    }
    Ok(())
}

/// One sharp, upright, nearly frontal person with shoulders, photographed.
fn suitable(options: &Options) -> Result<Vec<Labelled>> {
    let mut pictures = options.folder.read()?;
    pictures.retain(|picture| {
        let label = |name: &str| picture.labels.get(name).map_or("", String::as_str);
        let fits = label("faces") == "1"
            && matches!(label("medium"), "photo" | "ai_like")
            && matches!(label("pose"), "frontal" | "slight" | "tilt")
            && label("shoulders") == "yes"
            && label("sharp") != "blur";
        if options.only.is_empty() { fits } else { options.only.iter().any(|o| picture.file.contains(o)) }
    });
    Ok(pictures.into_iter().step_by(options.every.max(1)).collect())
}

fn outcomes(
    options: &Options,
    models: &Models,
    documents: &[&Spec],
    picture: &Labelled,
    background: Option<[u8; 3]>,
) -> Result<Vec<Outcome>> {
    let file = picture.file.as_str();
    let bytes = fs::read(&picture.path).with_context(|| file.to_owned())?;
    let portrait = match Portrait::decode(&bytes, &Limits::default()) {
        Ok(portrait) => portrait,
        Err(e) => return Ok(documents.iter().map(|_| Outcome::Refused(e.to_string())).collect()),
    };
    let faces = models.find(&portrait)?;
    let Some(face) = faces.first() else {
        return Ok(documents.iter().map(|_| Outcome::Refused("no face found".to_owned())).collect());
    };
    let make_options = MakeOptions { background, tone: true };
    documents
        .iter()
        .map(|spec| {
            let photo = match make(&portrait, face, spec, (models, models), &make_options) {
                Ok(photo) => photo,
                Err(PhotoError::NotMade(obstacle)) => return Ok(Outcome::NoRoom(obstacle.to_string())),
                Err(e) => return Ok(Outcome::Refused(e.to_string())),
            };
            if let Some(out) = &options.out {
                let folder = out.join(&spec.id);
                fs::create_dir_all(&folder)?;
                let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
                fs::write(folder.join(format!("{stem}.jpg")), &photo.encoded.bytes)?;
            }
            Ok(judge(&photo, spec))
        })
        .collect()
}

/// Broken rules count as missing room only where the maker itself named what the source lacks.
fn judge(photo: &IdPhoto, spec: &Spec) -> Outcome {
    let describe = |m: &huizhi_photo::make::certificate::Measure| {
        let end = |v: Option<f32>| v.map_or(String::new(), |v| format!("{v:.0}"));
        format!("{} {:.1} not in {}–{} {}", m.rule, m.measured, end(m.min), end(m.max), m.unit)
    };
    let mut broken: Vec<String> = photo.certificate.measures.iter().filter(|m| !m.holds).map(describe).collect();
    if spec.edit_policy != EditPolicy::Full {
        broken.retain(|b| !b.starts_with("background"));
    }
    if broken.is_empty() {
        return Outcome::Holds(photo.certificate.corners_reached.is_none_or(|reached| reached == 2));
    }
    let missing: Vec<String> = photo
        .shortfalls
        .iter()
        .filter(|s| s.rule.starts_with("frame_") || s.rule.starts_with("person_cut"))
        .map(|s| format!("{} {:.0} px", s.rule, s.by_px))
        .collect();
    if !missing.is_empty() {
        return Outcome::NoRoom(format!("{} ({})", missing.join(", "), broken.join("; ")));
    }
    let told = |m: &&str| photo.shortfalls.iter().any(|s| s.rule == *m);
    let names = photo.certificate.broken();
    if names.iter().filter(|m| !m.starts_with("background")).all(told) {
        return Outcome::Foretold(broken.join("; "));
    }
    broken.extend(photo.shortfalls.iter().map(|s| format!("[{} short by {:.1}]", s.rule, s.by_px)));
    broken.extend(photo.doubt.iter().map(|d| format!("[{d:?}]")));
    Outcome::Broken(broken)
}

fn summary(spec: &Spec, rows: &[(&str, &Outcome)]) {
    println!("\n## {}", spec.id);
    let (mut holds, mut reached, mut counted, mut foretold) = (0, 0, 0, 0);
    let mut rules: BTreeMap<String, usize> = BTreeMap::new();
    for (file, outcome) in rows {
        match outcome {
            Outcome::Holds(corners) => {
                holds += 1;
                reached += u32::from(*corners);
                counted += 1;
            }
            Outcome::Broken(broken) => {
                counted += 1;
                println!("  {file}: {}", broken.join("; "));
                for rule in broken.iter().filter(|b| !b.starts_with('[')) {
                    *rules.entry(rule.split(' ').next().unwrap_or_default().to_owned()).or_default() += 1;
                }
            }
            Outcome::Foretold(why) => {
                foretold += 1;
                counted += 1;
                println!("  contradiction: {file}: {why}");
            }
            Outcome::NoRoom(why) => println!("  no room: {file}: {why}"),
            Outcome::Refused(why) => println!("  refused: {file}: {why}"),
        }
    }
    let share = 100.0 * f64::from(holds) / f64::from(counted.max(1));
    println!(
        "{}: {holds} of {counted} with room meet every rule ({share:.1} %), {reached} of them with both lower corners, {foretold} more cannot and the maker says so; of all {}; {rules:?}",
        spec.id,
        rows.len()
    );
}

fn colour(text: &str) -> Result<[u8; 3]> {
    let number = u32::from_str_radix(text, 16).ok().filter(|_| text.len() == 6);
    match number {
        Some(n) => Ok([(n >> 16) as u8, (n >> 8) as u8, n as u8]),
        None => bail!("{text} is no colour; give six hexadecimal digits such as ffffff"),
    }
}

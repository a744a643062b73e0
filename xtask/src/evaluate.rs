//! `cargo xtask evaluate DIR…`: how well the checks agree with people's labels.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use huizhi_photo::check::{self, Rule, Strictness};
use huizhi_photo::finding::Severity;
use huizhi_photo::measure::Measures;
use huizhi_photo::pixels::Rgb;
use huizhi_photo::probe;
use serde::Serialize;

use crate::portraits::{self, Folder, Labelled};
use crate::probes::{self, Seen, says};

/// What to evaluate.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    folder: Folder,
    /// Ask probes that were fitted without the pictures of the same repository, instead of those in models/probes/.
    #[arg(long)]
    cross_validate: bool,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// Write every measure of every picture here.
    #[arg(long, value_name = "CSV")]
    measures: Option<PathBuf>,
    /// Write the wrongly judged pictures here, in the order of the printed list.
    #[arg(long, value_name = "PNG")]
    sheet: Option<PathBuf>,
}

/// Accepted and refused, by what people say.
#[derive(Default, Serialize)]
struct Gate {
    good: usize,
    good_accepted: usize,
    bad: usize,
    bad_accepted: usize,
}

/// How well a measure tells the portraits with a fault from those without.
#[derive(Serialize)]
pub struct CheckFigures {
    /// Area under the curve.
    pub auc: Option<f64>,
    /// Equal error rate.
    pub eer: Option<f64>,
    /// Portraits with the fault.
    pub positives: usize,
    /// Portraits without.
    pub negatives: usize,
    /// Those with it that the strict limit finds.
    pub found: usize,
    /// Those without that it refuses.
    pub false_alarms: usize,
}

#[derive(Serialize)]
struct Evaluation {
    pictures: usize,
    face_count_right: usize,
    gates: BTreeMap<&'static str, Gate>,
    checks: BTreeMap<String, CheckFigures>,
}

struct Looked {
    measures: Measures,
    thumbnail: Rgb,
    seen: Seen,
}

/// Side of a thumbnail on the sheet of mistakes, px.
const THUMBNAIL: u32 = 240;

/// Looks at every picture and compares.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let pictures = options.folder.read()?;
    let models = portraits::models(root)?;
    let rules = check::built_in()?;
    let probes = probe::built_in()?;
    let mut looked = portraits::examine_all(&models, &probes, &pictures, |_, analysis| {
        let working = analysis.portrait.working();
        let long = working.width.max(working.height);
        let side = |v: u32| (v * THUMBNAIL / long).max(1);
        Looked {
            thumbnail: working.resized(side(working.width), side(working.height)),
            seen: if options.cross_validate { probes::seen(&models, &analysis) } else { Seen::default() },
            measures: analysis.measures,
        }
    })?;
    if options.cross_validate {
        let seen: Vec<Seen> = looked.iter_mut().map(|l| std::mem::take(&mut l.seen)).collect();
        for (looked, answers) in looked.iter_mut().zip(probes::cross_validated(&rules, &pictures, &seen)) {
            looked.measures.0.extend(answers);
        }
    }
    let both: Vec<(&Labelled, &Looked)> = pictures.iter().zip(&looked).collect();
    let mut mistakes = Vec::new();
    let evaluation = evaluate(&rules, &both, &mut mistakes);
    if let Some(path) = &options.measures {
        write_measures(path, &pictures, &looked)?;
    }
    if let Some(path) = &options.sheet {
        let thumbnails: Vec<&Rgb> = mistakes.iter().map(|m| m.3).collect();
        write_sheet(path, &thumbnails)?;
    }
    if options.json {
        println!("{}", serde_json::to_string(&evaluation)?);
        return Ok(());
    }
    if options.folder.pictures.len() > 1 {
        for (folder, path) in options.folder.pictures.iter().enumerate() {
            let part: Vec<_> = both.iter().copied().filter(|b| b.0.folder == folder).collect();
            println!("{}:\n{}", path.display(), tables(&evaluate(&rules, &part, &mut Vec::new())));
        }
        println!("all:");
    }
    print!("{}", tables(&evaluation));
    for (i, (gate, picture, refusals, _)) in mistakes.iter().enumerate() {
        let why = picture.labels.get("why").map_or("", String::as_str);
        println!("{:3} {gate:8} {:38} refused for: {refusals:40} label says: {why}", i + 1, picture.file);
    }
    Ok(())
}

/// A picture that a gate judges otherwise than its label: gate, picture, what it is refused for, thumbnail.
type Mistake<'a> = (&'static str, &'a Labelled, String, &'a Rgb);

/// Compares measures with labels.
fn evaluate<'a>(
    rules: &[Rule],
    pictures: &[(&'a Labelled, &'a Looked)],
    mistakes: &mut Vec<Mistake<'a>>,
) -> Evaluation {
    let mut evaluation =
        Evaluation { pictures: pictures.len(), face_count_right: 0, gates: BTreeMap::new(), checks: BTreeMap::new() };
    for (picture, seen) in pictures {
        let faces = picture.labels.get("faces").and_then(|l| l.parse::<f32>().ok());
        let found = seen.measures.get("faces.count").unwrap_or_default();
        evaluation.face_count_right += usize::from(faces == Some(found));
        for (name, strictness) in [("strict", Strictness::Strict), ("lenient", Strictness::Lenient)] {
            let Some(label) = picture.labels.get(name) else { continue };
            let gate = evaluation.gates.entry(name).or_default();
            let refusals: Vec<&str> = rules
                .iter()
                .filter(|r| r.severity <= Severity::Fix)
                .filter(|r| r.breach(&seen.measures, strictness).is_some())
                .map(|r| r.code.as_str())
                .collect();
            let (good, accepted) = (label == "yes", refusals.is_empty());
            gate.good += usize::from(good);
            gate.good_accepted += usize::from(good && accepted);
            gate.bad += usize::from(!good);
            gate.bad_accepted += usize::from(!good && accepted);
            if good != accepted {
                mistakes.push((name, *picture, refusals.join(" "), &seen.thumbnail));
            }
        }
    }
    for rule in rules {
        if let Some(evidence) = &rule.evidence {
            let answers: Vec<(f32, bool)> = pictures
                .iter()
                .filter_map(|(p, seen)| {
                    let says = says(evidence, p)?;
                    Some((rule.badness(rule.value(&seen.measures)?), says))
                })
                .collect();
            evaluation.checks.insert(evidence.name.clone(), figures(rule, &answers));
        }
    }
    evaluation
}

/// Area under the curve, equal error rate, and what the strict limit finds.
pub fn figures(rule: &Rule, answers: &[(f32, bool)]) -> CheckFigures {
    let mut scores: Vec<(f32, bool)> = answers.to_vec();
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = scores.iter().filter(|s| s.1).count();
    let negatives = scores.len() - positives;
    let limit = rule.limit(Strictness::Strict).map_or(f32::INFINITY, |l| rule.badness(l));
    let over = |yes: bool| scores.iter().filter(|s| s.1 == yes && s.0 > limit).count();
    let (found, false_alarms) = (over(true), over(false));
    let (auc, eer) = if positives == 0 || negatives == 0 {
        (None, None)
    } else {
        let mut wins = 0.0;
        for p in scores.iter().filter(|s| s.1) {
            for n in scores.iter().filter(|s| !s.1) {
                wins += if p.0 > n.0 {
                    1.0
                } else if p.0 < n.0 {
                    0.0
                } else {
                    0.5
                };
            }
        }
        // The limit at which misses and false alarms are nearest.
        let eer = scores
            .iter()
            .map(|&(t, _)| {
                let misses = scores.iter().filter(|s| s.1 && s.0 < t).count() as f64 / positives as f64;
                let alarms = scores.iter().filter(|s| !s.1 && s.0 >= t).count() as f64 / negatives as f64;
                ((misses - alarms).abs(), f64::midpoint(misses, alarms))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|e| e.1);
        (Some(wins / (positives * negatives) as f64), eer)
    };
    CheckFigures { auc, eer, positives, negatives, found, false_alarms }
}

fn tables(evaluation: &Evaluation) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{} pictures, face count right on {}", evaluation.pictures, evaluation.face_count_right);
    for (name, gate) in &evaluation.gates {
        let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        let _ = writeln!(
            text,
            "{name:8} good accepted {:3} of {:3} ({:5.1} %), bad accepted {:3} of {:3} ({:5.1} %)",
            gate.good_accepted,
            gate.good,
            share(gate.good_accepted, gate.good),
            gate.bad_accepted,
            gate.bad,
            share(gate.bad_accepted, gate.bad),
        );
    }
    let _ = writeln!(
        text,
        "{:18} {:>6} {:>6} {:>9} {:>9} {:>8} {:>12}",
        "check", "AUC", "EER", "positives", "negatives", "found", "false alarms"
    );
    let number = |v: Option<f64>| v.map_or_else(|| "—".to_owned(), |v| format!("{v:.3}"));
    for (name, c) in &evaluation.checks {
        let _ = writeln!(
            text,
            "{name:18} {:>6} {:>6} {:>9} {:>9} {:>8} {:>12}",
            number(c.auc),
            number(c.eer),
            c.positives,
            c.negatives,
            c.found,
            c.false_alarms
        );
    }
    text
}

fn write_measures(path: &Path, pictures: &[Labelled], looked: &[Looked]) -> anyhow::Result<()> {
    let mut names: Vec<&String> = looked.iter().flat_map(|l| l.measures.0.keys()).collect();
    names.sort();
    names.dedup();
    let mut out = csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    out.write_field("file")?;
    out.write_record(names.iter().map(|n| n.as_str()))?;
    for (picture, seen) in pictures.iter().zip(looked) {
        out.write_field(&picture.file)?;
        out.write_record(names.iter().map(|n| seen.measures.get(n).map_or_else(String::new, |v| v.to_string())))?;
    }
    Ok(out.flush()?)
}

/// Thumbnails in rows of six.
fn write_sheet(path: &Path, thumbnails: &[&Rgb]) -> anyhow::Result<()> {
    const COLUMNS: u32 = 6;
    let rows = (thumbnails.len() as u32).div_ceil(COLUMNS).max(1);
    let mut sheet = Rgb::filled(COLUMNS * THUMBNAIL, rows * THUMBNAIL, [40, 40, 40]);
    for (i, thumbnail) in thumbnails.iter().enumerate() {
        let (x0, y0) = (i as u32 % COLUMNS * THUMBNAIL, i as u32 / COLUMNS * THUMBNAIL);
        for y in 0..thumbnail.height {
            for x in 0..thumbnail.width {
                sheet.set(x0 + x, y0 + y, thumbnail.at(x, y));
            }
        }
    }
    let mut encoder = png::Encoder::new(fs::File::create(path)?, sheet.width, sheet.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header()?.write_image_data(&sheet.data)?;
    Ok(())
}

//! `cargo xtask degraded DIR`: are synthetic faults noticed, by the right code?

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use huizhi_photo::check::{self, Strictness};
use huizhi_photo::finding::Severity;
use huizhi_photo::probe;
use serde::Deserialize;

use crate::portraits::{self, Labelled};

/// What to look at.
#[derive(clap::Args)]
pub struct Options {
    /// Folder with `manifest.csv` and the degraded pictures.
    #[arg(value_name = "DIR")]
    pictures: PathBuf,
    /// Print every measure that moved, too.
    #[arg(long)]
    measures: bool,
}

#[derive(Deserialize)]
struct Row {
    file: String,
    component: String,
    severity: f32,
}

#[derive(Deserialize)]
struct Expected {
    expected: BTreeMap<String, Vec<String>>,
}

/// Judges every picture and counts the kinds whose own codes appear, unless the undegraded base is refused for them.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let expected: Expected = toml::from_str(&fs::read_to_string(root.join("specs/degradations.toml"))?)?;
    let table = options.pictures.join("manifest.csv");
    let rows: Vec<Row> = csv::Reader::from_path(&table)
        .with_context(|| format!("cannot read {}", table.display()))?
        .deserialize()
        .collect::<Result<_, _>>()?;
    let rows: Vec<Row> = rows.into_iter().filter(|r| options.pictures.join(&r.file).is_file()).collect();
    let pictures: Vec<Labelled> = rows
        .iter()
        .map(|r| Labelled {
            file: r.file.clone(),
            labels: BTreeMap::new(),
            path: options.pictures.join(&r.file),
            folder: 0,
            source: String::new(),
        })
        .collect();
    let (rules, probes) = (check::built_in()?, probe::built_in()?);
    let models = portraits::models(root)?;
    let judged = portraits::examine_all(&models, &probes, &pictures, |_, analysis| {
        let findings = check::check(&analysis, &rules, Strictness::Strict);
        let refusals: Vec<String> =
            findings.iter().filter(|f| f.severity <= Severity::Fix).map(|f| f.code.clone()).collect();
        let codes: Vec<String> = findings.into_iter().map(|f| f.code).collect();
        (codes, analysis.measures, refusals)
    })?;
    let base = rows.iter().position(|r| r.severity == 0.0).context("the manifest has no base (severity 0)")?;
    println!("base: {}", judged[base].0.join(" "));
    let mut kinds: BTreeMap<&str, bool> = BTreeMap::new();
    for (row, (codes, measures, _)) in rows.iter().zip(&judged).filter(|(r, _)| r.severity >= 0.5) {
        let wanted = expected.expected.get(&row.component).map_or(&[][..], Vec::as_slice);
        let new: Vec<&str> = codes.iter().filter(|c| !judged[base].2.contains(c)).map(String::as_str).collect();
        let noticed = new.iter().any(|code| wanted.iter().any(|w| code.starts_with(w.as_str())));
        *kinds.entry(&row.component).or_default() |= noticed;
        println!(
            "{:28} {:4} {:9} {}",
            row.component,
            row.severity,
            if noticed { "noticed" } else { "MISSED" },
            new.join(" ")
        );
        if options.measures && !noticed {
            for (name, value) in &measures.0 {
                let before = judged[base].1.get(name).unwrap_or_default();
                if (value - before).abs() > 0.15 * before.abs().max(0.05) {
                    println!("      {name}: {before} → {value}");
                }
            }
        }
    }
    let noticed = kinds.values().filter(|n| **n).count();
    println!("{noticed} of {} kinds noticed", kinds.len());
    Ok(())
}

//! The files of `specs/receipts/`: a table a row, strict, so that a slip of the pen is an error and no silent default.

use std::collections::{BTreeMap, BTreeSet};

use huizhi_domain::city::RegionCode;
use huizhi_domain::materials::Said;
use huizhi_domain::policy::{Confidence, Sourced};
use serde::Deserialize;

use super::Line;
use crate::error::PaperError;
use crate::paper::Paper;
use crate::sheet::Name;

/// The files that come with the crate; a test holds that the folder has no other.
pub(super) const BUILT_IN: &[(&str, &str)] = &[
    ("country", include_str!("../../../../specs/receipts/country.toml")),
    ("guangdong", include_str!("../../../../specs/receipts/guangdong.toml")),
    ("guizhou", include_str!("../../../../specs/receipts/guizhou.toml")),
    ("hunan", include_str!("../../../../specs/receipts/hunan.toml")),
    ("sichuan", include_str!("../../../../specs/receipts/sichuan.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    receipt: Vec<RowText>,
    sources: BTreeMap<String, Source>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    title: String,
    urls: Vec<String>,
    // Read so that a file without them is refused.
    #[serde(rename = "kind")]
    _kind: String,
    #[serde(rename = "checked")]
    _checked: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowText {
    regions: Vec<RegionCode>,
    #[serde(default)]
    documents: Vec<String>,
    title: Option<String>,
    number_label: Option<String>,
    lines: Option<Vec<Line>>,
    #[serde(default)]
    notes: Vec<NoteText>,
    paper: Option<Paper>,
    source: String,
    confidence: Confidence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteText {
    zh: String,
    en: String,
}

/// A row of one place, checked, with its source written out.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) documents: Vec<String>,
    pub(super) title: Option<Sourced<String>>,
    pub(super) number_label: Option<Sourced<String>>,
    pub(super) lines: Option<Vec<Line>>,
    pub(super) notes: Vec<Name>,
    pub(super) paper: Option<Paper>,
    pub(super) version: String,
    file: String,
}

impl Row {
    /// Whether it speaks of all documents.
    pub(super) fn is_general(&self) -> bool {
        self.documents.is_empty()
    }

    /// The keys that it gives and that only one row may give.
    fn keys(&self) -> impl Iterator<Item = &'static str> {
        let given = [
            (self.title.is_some(), "title"),
            (self.number_label.is_some(), "number_label"),
            (self.lines.is_some(), "lines"),
            (self.paper.is_some(), "paper"),
        ];
        given.into_iter().filter(|(given, _)| *given).map(|(_, key)| key)
    }
}

/// The rows of a file, one for each place that it names.
pub(super) fn read(name: &str, text: &str) -> Result<Vec<(RegionCode, Row)>, PaperError> {
    let fault = |why: String| PaperError::Template { file: name.to_owned(), why };
    let file: File = toml::from_str(text).map_err(|e| fault(e.to_string().trim_end().to_owned()))?;
    if file.version == 0 {
        return Err(fault("version is 0, it counts from 1".to_owned()));
    }
    let version = format!("{name}.{}", file.version);
    let mut rows = Vec::new();
    for (at, row) in file.receipt.iter().enumerate() {
        let source = row.check(&file.sources).map_err(|why| fault(format!("receipt {}: {why}", at + 1)))?;
        rows.extend(row.regions.iter().map(|region| (*region, row.of(*region, &source, name, &version))));
    }
    Ok(rows)
}

impl RowText {
    /// Its source, written out.
    fn check(&self, sources: &BTreeMap<String, Source>) -> Result<String, String> {
        if self.regions.is_empty() {
            return Err("regions is empty".to_owned());
        }
        if self.documents.is_empty() && self.regions != [RegionCode::COUNTRY] {
            return Err("documents is empty; only region 100000 may speak of all".to_owned());
        }
        let written = [("title", &self.title), ("number_label", &self.number_label)];
        if let Some((key, _)) = written.iter().find(|(_, value)| value.as_ref().is_some_and(|v| v.trim().is_empty())) {
            return Err(format!("{key} is empty"));
        }
        if self.notes.iter().any(|note| note.zh.trim().is_empty() || note.en.trim().is_empty()) {
            return Err("notes: each needs zh and en".to_owned());
        }
        if let Some(lines) = &self.lines {
            let once: BTreeSet<Line> = lines.iter().copied().collect();
            if once.len() < lines.len() || lines.is_empty() {
                return Err("lines is empty or names a line twice".to_owned());
            }
        }
        let key = &self.source;
        let source = sources.get(key).ok_or_else(|| format!("source “{key}” is not in [sources]"))?;
        let parts: Vec<&str> = [&source.title].into_iter().chain(&source.urls).map(String::as_str).collect();
        Ok(parts.join(" · "))
    }

    fn of(&self, region: RegionCode, source: &str, file: &str, version: &str) -> Row {
        let sourced = |value: &Option<String>| {
            let value = value.clone()?;
            let source = Said { zh: source.to_owned(), en: source.to_owned() };
            Some(Sourced { value, region, source, confidence: self.confidence })
        };
        Row {
            documents: self.documents.clone(),
            title: sourced(&self.title),
            number_label: sourced(&self.number_label),
            lines: self.lines.clone(),
            notes: self.notes.iter().map(|n| Name { zh: n.zh.clone(), en: n.en.clone() }).collect(),
            paper: self.paper,
            version: version.to_owned(),
            file: file.to_owned(),
        }
    }
}

/// Two rows of a place must not give the same key for the same document: which one holds would be chance.
pub(super) fn no_contradiction(rows: &BTreeMap<RegionCode, Vec<Row>>) -> Result<(), PaperError> {
    for (region, rows) in rows {
        let mut seen = BTreeSet::new();
        for row in rows {
            let general = [String::new()];
            let documents = if row.is_general() { general.as_slice() } else { &row.documents };
            for (document, key) in documents.iter().flat_map(|d| row.keys().map(move |key| (d.clone(), key))) {
                if !seen.insert((document.clone(), key)) {
                    let why = format!("{key} of {region} {document} is given twice");
                    return Err(PaperError::Template { file: row.file.clone(), why });
                }
            }
        }
    }
    Ok(())
}

//! The files of `specs/policies/`: a table a row, strict, so that a slip of the pen is an error and no silent default.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Acceptance, Confidence, Field, Lookup, Reuse, Sourced, Turnaround, Validity};
use crate::city::RegionCode;
use crate::materials::Said;

/// The files that come with the crate; a test holds that the folder has no other.
pub(super) const BUILT_IN: &[(&str, &str)] = &[
    ("anhui", include_str!("../../../../specs/policies/anhui.toml")),
    ("beijing", include_str!("../../../../specs/policies/beijing.toml")),
    ("chongqing", include_str!("../../../../specs/policies/chongqing.toml")),
    ("country", include_str!("../../../../specs/policies/country.toml")),
    ("guangdong", include_str!("../../../../specs/policies/guangdong.toml")),
    ("guangxi", include_str!("../../../../specs/policies/guangxi.toml")),
    ("guizhou", include_str!("../../../../specs/policies/guizhou.toml")),
    ("hainan", include_str!("../../../../specs/policies/hainan.toml")),
    ("hebei", include_str!("../../../../specs/policies/hebei.toml")),
    ("henan", include_str!("../../../../specs/policies/henan.toml")),
    ("hubei", include_str!("../../../../specs/policies/hubei.toml")),
    ("hunan", include_str!("../../../../specs/policies/hunan.toml")),
    ("jiangsu", include_str!("../../../../specs/policies/jiangsu.toml")),
    ("jiangxi", include_str!("../../../../specs/policies/jiangxi.toml")),
    ("liaoning", include_str!("../../../../specs/policies/liaoning.toml")),
    ("qinghai", include_str!("../../../../specs/policies/qinghai.toml")),
    ("shaanxi", include_str!("../../../../specs/policies/shaanxi.toml")),
    ("sichuan", include_str!("../../../../specs/policies/sichuan.toml")),
    ("tianjin", include_str!("../../../../specs/policies/tianjin.toml")),
    ("xinjiang", include_str!("../../../../specs/policies/xinjiang.toml")),
    ("yunnan", include_str!("../../../../specs/policies/yunnan.toml")),
    ("zhejiang", include_str!("../../../../specs/policies/zhejiang.toml")),
];

/// A file of policies that cannot be read. The operator's to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("policy {file}: {why}")]
pub struct PolicyError {
    /// The file's name without `.toml`.
    pub file: String,
    /// The key and value at fault.
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    version: u32,
    policy: Vec<RowText>,
    sources: BTreeMap<String, Source>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    title: String,
    /// The same in Chinese, where the title is in English.
    title_zh: Option<String>,
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
    region: RegionCode,
    #[serde(default)]
    documents: Vec<String>,
    receipt: Option<Acceptance>,
    validity: Option<ValidityText>,
    uses: Option<BTreeSet<String>>,
    fields: Option<BTreeSet<Field>>,
    resident_number: Option<bool>,
    lookup: Option<Lookup>,
    price_fen: Option<u32>,
    turnaround_minutes: Option<Turnaround>,
    reuse: Option<Reuse>,
    source: String,
    confidence: Confidence,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ValidityText {
    days: u16,
    #[serde(default)]
    move_over_holidays: bool,
    source: Option<String>,
    confidence: Option<Confidence>,
}

/// A row, checked, with its sources written out.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) region: RegionCode,
    pub(super) documents: Vec<String>,
    pub(super) receipt: Option<Acceptance>,
    validity: Option<(Validity, Said, Confidence)>,
    pub(super) uses: Option<BTreeSet<String>>,
    pub(super) fields: Option<BTreeSet<Field>>,
    pub(super) resident_number: Option<bool>,
    pub(super) lookup: Option<Lookup>,
    pub(super) price_fen: Option<u32>,
    pub(super) turnaround: Option<Turnaround>,
    pub(super) reuse: Option<Reuse>,
    source: Said,
    confidence: Confidence,
    pub(super) note: Option<String>,
    pub(super) version: String,
    file: String,
}

impl File {
    pub(super) fn read(name: &str, text: &str) -> Result<Vec<Row>, PolicyError> {
        let fault = |why: String| PolicyError { file: name.to_owned(), why };
        let file: Self = toml::from_str(text).map_err(|e| fault(e.to_string().trim_end().to_owned()))?;
        if file.version == 0 {
            return Err(fault("version is 0, it counts from 1".to_owned()));
        }
        let version = format!("{name}.{}", file.version);
        file.policy
            .into_iter()
            .enumerate()
            .map(|(at, row)| {
                row.check(&file.sources, name, &version).map_err(|why| fault(format!("policy {}: {why}", at + 1)))
            })
            .collect()
    }
}

impl RowText {
    fn check(self, sources: &BTreeMap<String, Source>, file: &str, version: &str) -> Result<Row, String> {
        let written_out = |key: &str| {
            let source = sources.get(key).ok_or_else(|| format!("source “{key}” is not in [sources]"))?;
            let under = |title: &str| {
                let parts: Vec<&str> = [title].into_iter().chain(source.urls.iter().map(String::as_str)).collect();
                parts.join(" · ")
            };
            let zh = source.title_zh.as_ref().unwrap_or(&source.title);
            Ok::<_, String>(Said { zh: under(zh), en: under(&source.title) })
        };
        if self.documents.is_empty() && self.region != RegionCode::COUNTRY {
            return Err("documents is empty; only region 100000 may speak of all".to_owned());
        }
        if self.turnaround_minutes.is_some_and(|promise| promise.min > promise.max || promise.max == 0) {
            return Err("turnaround_minutes must have min up to max".to_owned());
        }
        let validity = match self.validity {
            None => None,
            Some(ValidityText { days, .. }) if !(1..=3_660).contains(&days) => {
                return Err(format!("validity.days is {days}, it must be 1 to 3660"));
            }
            Some(text) => {
                let source = written_out(text.source.as_deref().unwrap_or(&self.source))?;
                let validity = Validity { days: text.days, move_over_holidays: text.move_over_holidays };
                Some((validity, source, text.confidence.unwrap_or(self.confidence)))
            }
        };
        Ok(Row {
            region: self.region,
            documents: self.documents,
            receipt: self.receipt,
            validity,
            uses: self.uses,
            fields: self.fields,
            resident_number: self.resident_number,
            lookup: self.lookup,
            price_fen: self.price_fen,
            turnaround: self.turnaround_minutes,
            reuse: self.reuse,
            source: written_out(&self.source)?,
            confidence: self.confidence,
            note: self.note,
            version: version.to_owned(),
            file: file.to_owned(),
        })
    }
}

impl Row {
    /// Whether it speaks of all documents.
    pub(super) fn is_general(&self) -> bool {
        self.documents.is_empty()
    }

    pub(super) fn sourced<T>(&self, value: T) -> Sourced<T> {
        Sourced { value, region: self.region, source: self.source.clone(), confidence: self.confidence }
    }

    pub(super) fn validity(&self) -> Option<Sourced<Validity>> {
        let (value, source, confidence) = self.validity.clone()?;
        Some(Sourced { value, region: self.region, source, confidence })
    }

    /// The keys that it gives.
    fn keys(&self) -> impl Iterator<Item = &'static str> {
        let given = [
            (self.receipt.is_some(), "receipt"),
            (self.validity.is_some(), "validity"),
            (self.uses.is_some(), "uses"),
            (self.fields.is_some(), "fields"),
            (self.resident_number.is_some(), "resident_number"),
            (self.lookup.is_some(), "lookup"),
            (self.price_fen.is_some(), "price_fen"),
            (self.turnaround.is_some(), "turnaround_minutes"),
            (self.reuse.is_some(), "reuse"),
        ];
        given.into_iter().filter(|(given, _)| *given).map(|(_, key)| key)
    }
}

/// Two rows of a place must not give the same key for the same document: which one holds would be chance.
pub(super) fn no_contradiction(rows: &BTreeMap<RegionCode, Vec<Row>>) -> Result<(), PolicyError> {
    for (region, rows) in rows {
        let mut seen = BTreeSet::new();
        for row in rows {
            let general = [String::new()];
            let documents = if row.is_general() { general.as_slice() } else { &row.documents };
            for (document, key) in documents.iter().flat_map(|d| row.keys().map(move |key| (d.clone(), key))) {
                if !seen.insert((document.clone(), key)) {
                    let why = format!("{key} of {region} {document} is given twice");
                    return Err(PolicyError { file: row.file.clone(), why });
                }
            }
        }
    }
    Ok(())
}

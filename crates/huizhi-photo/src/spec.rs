//! What a document asks of a photo: read from `specs/documents/*.toml`, never written in Rust.

mod catalog;
mod validate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::PhotoError;

pub use catalog::{Catalog, files};

/// One document's specification. Unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Stable id, also the file's name: `cn-resident-id`.
    pub id: String,
    /// Counts up whenever a number changes; stored in every report.
    pub version: u32,
    /// What it is called.
    pub name: Name,
    /// ISO 3166 code, then the place within it where it is local: `CN`, `CN-GD Shenzhen`, `UN ICAO`.
    pub region: String,
    /// `gov`, `edu`, `foreign` or `generic`.
    pub group: String,
    /// What the maker may change.
    pub edit_policy: EditPolicy,
    /// Where the edit policy is written; absent where nothing was found and the default holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit_policy_note: Option<String>,
    /// Size of the picture; absent for documents that take another document's photo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// Allowed background colours, the preferred one first; empty where none is prescribed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backgrounds: Vec<Background>,
    /// Where the head stands.
    #[serde(default, skip_serializing_if = "Geometry::is_empty")]
    pub geometry: Geometry,
    /// The file that is handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileRule>,
    /// Rules in words: `glasses`, `clothing`, `hair_ears`, `receipt`, `photo_age_months`, `other` …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<String, String>,
    /// Where the numbers come from, by key; `source` of a number names one of these.
    pub sources: BTreeMap<String, Source>,
    /// Places where sources disagree, and what was chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<String>,
}

/// A document's names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// What the maker may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EditPolicy {
    /// Background, crop, tone.
    Full,
    /// Crop and size only: the authority refuses replaced backgrounds.
    CropOnly,
    /// Nothing: the photo is handed in as taken, at most re-encoded to the asked size.
    None,
}

/// Size of the made picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Columns, px.
    pub width_px: u32,
    /// Rows, px.
    pub height_px: u32,
    /// Width on paper, mm; absent for documents that never are on paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width_mm: Option<f32>,
    /// Height on paper, mm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height_mm: Option<f32>,
    /// Density written into the file, px per inch.
    pub dpi: u16,
    /// How binding the px are.
    pub px_rule: PxRule,
    /// Least columns and rows that are taken, px; absent where the size itself is the least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_px: Option<[u32; 2]>,
    /// Greatest columns and rows that are taken, px; absent where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_px: Option<[u32; 2]>,
    /// Key of the source.
    pub source: String,
}

/// How binding a document's pixel size is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PxRule {
    /// Exactly these.
    Exact,
    /// At least these, or at least `min_px` where ours are more.
    Min,
    /// From `min_px` to `max_px`; ours are within.
    Range,
    /// Ours, from mm or a ratio at a usual density; the authority names no px.
    Advisory,
}

/// An allowed background.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Background {
    /// `white`, `blue`, `red`, `light-blue`, `light-grey` or `cream`.
    pub name: String,
    /// sRGB.
    pub rgb: [u8; 3],
    /// Key of the source.
    pub source: String,
}

/// A closed interval with its unit and source; an absent end is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// Least value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f32>,
    /// Greatest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f32>,
    /// Unit of both.
    pub unit: Unit,
    /// Key of the source.
    pub source: String,
}

/// Units of geometric rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Px of the made picture.
    Px,
    /// Mm on paper.
    Mm,
    /// Share of the picture's height (widths: of its width), 0…1.
    Share,
}

/// Where the head stands in the made picture. Absent rules are not asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Geometry {
    /// Width of the face between the ear roots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face_width: Option<Bound>,
    /// Greatest width of the head from the crown down to the eye line, with ears and close hair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_width: Option<Bound>,
    /// Height of the head from crown (hair included) to chin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_height: Option<Bound>,
    /// Whether `head_height` and `crown_top` are measured at the skull, the hair above it left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub crown_at_skull: bool,
    /// From the crown (hair included) to the top edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crown_top: Option<Bound>,
    /// Name of the rule for whose sake tall hair may be cut by the upper edge, against `crown_top`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hair_cut_for: Option<String>,
    /// From the eye line to the bottom edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eyes_bottom: Option<Bound>,
    /// From the eye line to the top edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eyes_top: Option<Bound>,
    /// From the middle of the eyes to the left edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eyes_left: Option<Bound>,
    /// Between the centres of the eyes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eye_distance: Option<Bound>,
    /// From the chin to the bottom edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chin_bottom: Option<Bound>,
    /// Greatest distance of the face's centre from the picture's vertical middle line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off_centre: Option<Bound>,
    /// Whether the person should reach both lower corners, so that no background lies below the shoulders: a wish, which
    /// the crop grants where the rules allow it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shoulders_to_corners: bool,
    /// Rules in order of precedence where not all can hold, by field name; the first wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub precedence: Vec<String>,
}

/// The file that is handed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRule {
    /// `jpeg` or `png`.
    pub format: FileFormat,
    /// IJG quality to encode with where the size allows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
    /// Smallest file, KB of 1,024 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kb_min: Option<f32>,
    /// Largest file, KB of 1,024 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kb_max: Option<f32>,
    /// Whether the KB are only what usually comes out at `quality`: a file outside them is no fault.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kb_is_typical: bool,
    /// Key of the source.
    pub source: String,
}

/// File formats that are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    /// Baseline JFIF, 4:4:4.
    Jpeg,
    /// 8-bit RGB.
    Png,
}

/// Where a number comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Title of the text.
    pub title: String,
    /// Addresses, as found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// What kind of text it is: standard, notice, guide, aggregator …
    pub kind: String,
    /// When and how it was looked at.
    pub checked: String,
    /// How far it is trusted, in the collector's words; it begins with high, medium or low.
    pub confidence: String,
}

impl Spec {
    /// Reads one specification.
    ///
    /// # Errors
    /// [`PhotoError::Spec`], naming the field and the value at fault.
    pub fn from_toml(text: &str) -> Result<Self, PhotoError> {
        let spec: Self = toml::from_str(text)
            .map_err(|e| PhotoError::Spec { id: id_in(text), why: e.to_string().trim_end().to_owned() })?;
        spec.validate()?;
        Ok(spec)
    }
}

/// The id of a text that does not parse as a specification, as far as it can be read.
fn id_in(text: &str) -> String {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("id")?.trim_start().strip_prefix('='));
    line.map_or_else(|| "unnamed".to_owned(), |value| value.trim().trim_matches('"').to_owned())
}

impl Bound {
    /// The interval in px of a picture: `side_px` is the height for vertical rules, the width for horizontal
    /// ones, and `dpi` its density. Open ends are infinite.
    #[must_use]
    pub fn in_px(&self, side_px: f32, dpi: f32) -> (f32, f32) {
        let factor = match self.unit {
            Unit::Px => 1.0,
            Unit::Mm => dpi / 25.4,
            Unit::Share => side_px,
        };
        (self.min.map_or(f32::NEG_INFINITY, |v| v * factor), self.max.map_or(f32::INFINITY, |v| v * factor))
    }
}

impl Geometry {
    /// Whether no rule is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Every interval with its field's name, absent ones too, in the order of the fields.
    #[must_use]
    pub fn bounds(&self) -> [(&'static str, Option<&Bound>); 10] {
        [
            ("face_width", self.face_width.as_ref()),
            ("head_width", self.head_width.as_ref()),
            ("head_height", self.head_height.as_ref()),
            ("crown_top", self.crown_top.as_ref()),
            ("eyes_bottom", self.eyes_bottom.as_ref()),
            ("eyes_top", self.eyes_top.as_ref()),
            ("eyes_left", self.eyes_left.as_ref()),
            ("eye_distance", self.eye_distance.as_ref()),
            ("chin_bottom", self.chin_bottom.as_ref()),
            ("off_centre", self.off_centre.as_ref()),
        ]
    }
}

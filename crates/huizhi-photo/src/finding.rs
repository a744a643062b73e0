//! One thing that is wrong, where it is, and what to do.

use crate::pixels::Point;

/// What a finding means for the photo, from worst to mildest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Not a usable photo: no face, two people, unreadable.
    Block,
    /// Take the photo again; the citizen may still submit it with a reason.
    Fix,
    /// The maker repairs it: background, crop, tilt, tone.
    Auto,
    /// Tell the reviewer; never shown to the citizen as a fault.
    Note,
}

/// One finding of a check.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Finding {
    /// Dotted code, the same in API, locale files, docs and tests: `head.too-small`.
    pub code: String,
    /// Code of the official rejection list that it maps to: `G02`.
    pub rejection: String,
    /// How bad it is.
    pub severity: Severity,
    /// What was measured, in `unit`.
    pub measured: f32,
    /// The limit that it crossed, in `unit`.
    pub limit: f32,
    /// `px`, `degrees`, `share`, `ratio`, `luma`, `count` …
    pub unit: String,
    /// The clause or the measurement that the limit comes from.
    pub clause: String,
    /// Where it is: a closed polygon in px of the upright picture; empty where it is the whole picture.
    pub place: Vec<Point>,
}

//! Papers, read from `specs/sheets/*.toml`.

use serde::{Deserialize, Serialize};

use super::Orientation;
use crate::PhotoError;

/// The papers that are supplied, as TOML: 5-inch, 6-inch, A4, US Letter.
pub const PAPERS: [&str; 4] = [
    include_str!("../../../../../specs/sheets/five-inch.toml"),
    include_str!("../../../../../specs/sheets/six-inch.toml"),
    include_str!("../../../../../specs/sheets/a4.toml"),
    include_str!("../../../../../specs/sheets/letter.toml"),
];

/// A paper to print on. Unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// Stable id, also the file's name: `six-inch`.
    pub id: String,
    /// What it is called.
    pub name: PaperName,
    /// Shorter side, mm.
    pub width_mm: f32,
    /// Longer side, mm.
    pub height_mm: f32,
    /// What stays free at every edge, mm.
    pub margin_mm: f32,
    /// Least distance between photos, mm, at least 1: cut marks stand in it.
    pub gap_mm: f32,
    /// Density of raster sheets, px per inch.
    pub dpi: u16,
    /// Where size, margin and gap come from.
    pub source: String,
}

/// A paper's names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperName {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Paper {
    /// Reads one paper.
    ///
    /// # Errors
    /// [`PhotoError::Spec`], naming the field and the value at fault.
    pub fn from_toml(text: &str) -> Result<Self, PhotoError> {
        let paper: Self =
            toml::from_str(text).map_err(|e| PhotoError::Spec { id: "sheet".to_owned(), why: e.to_string() })?;
        paper.validate()?;
        Ok(paper)
    }

    /// One of [`PAPERS`] by its id.
    ///
    /// # Errors
    /// [`PhotoError::Spec`] where none has this id, with the ids that exist.
    pub fn supplied(id: &str) -> Result<Self, PhotoError> {
        let mut ids = Vec::new();
        for text in PAPERS {
            let paper = Self::from_toml(text)?;
            if paper.id == id {
                return Ok(paper);
            }
            ids.push(paper.id);
        }
        Err(PhotoError::Spec { id: id.to_owned(), why: format!("no such paper; there are {}", ids.join(", ")) })
    }

    /// # Errors
    /// [`PhotoError::Spec`] for the first value out of range.
    pub fn validate(&self) -> Result<(), PhotoError> {
        let Self { width_mm, height_mm, margin_mm, gap_mm, dpi, .. } = *self;
        // A3+ (329 × 483 mm) at the most: its raster at 600 dpi takes 270 MB.
        let fault = if !(50.0..=500.0).contains(&width_mm) {
            format!("width_mm is {width_mm}, it must be 50 to 500")
        } else if !(50.0..=500.0).contains(&height_mm) || height_mm < width_mm {
            format!("height_mm is {height_mm}, it must be {width_mm} (the width) to 500")
        } else if !(0.0..=25.4).contains(&margin_mm) {
            format!("margin_mm is {margin_mm}, it must be 0 to 25.4")
        } else if !(1.0..=20.0).contains(&gap_mm) {
            format!("gap_mm is {gap_mm}, it must be 1 to 20")
        } else if !(72..=600).contains(&dpi) {
            format!("dpi is {dpi}, it must be 72 to 600")
        } else {
            return Ok(());
        };
        Err(PhotoError::Spec { id: self.id.clone(), why: fault })
    }

    /// Width and height as it lies, mm.
    #[must_use]
    pub fn lying(&self, orientation: Orientation) -> (f32, f32) {
        match orientation {
            Orientation::Portrait => (self.width_mm, self.height_mm),
            Orientation::Landscape => (self.height_mm, self.width_mm),
        }
    }
}

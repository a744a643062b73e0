//! Linear probes: what the networks see, asked one question each ("is there a hat?").
//!
//! The mesh and the silhouette network see glasses, hats, hair and ears on the way to their own answers. A probe is
//! one weighted sum of those features, standardised; its weights are in `models/probes/`, fitted by
//! `cargo xtask probes` on labelled portraits; what is published of them comes from cross-validation (docs/evaluation.md).

use crate::PhotoError;
use crate::chip::Chip;
use crate::face::Face;

/// Channels and cells of the mesh network's tap.
const MESH: (usize, usize) = (128, 16);
/// Channels and cells of the silhouette network's tap.
const SILHOUETTE: (usize, usize) = (32, 16);
/// Cells that the mesh's 16 × 16 are averaged to on each side.
const MESH_CELLS: usize = 8;
/// Numbers in a feature vector that come from the mesh network; they are its first ones.
pub const FACE_FEATURES: usize = MESH.0 * MESH_CELLS * MESH_CELLS;
/// Numbers in a feature vector.
pub const FEATURES: usize = FACE_FEATURES + SILHOUETTE.0 * SILHOUETTE.1 * SILHOUETTE.1;

/// A fitted probe.
#[derive(Clone, Debug)]
pub struct Probe {
    /// What it asks: `hat`, `ears-covered` …; also the measure's and the file's name.
    pub name: String,
    bias: f32,
    weights: Vec<f32>,
}

/// The probes that are built in.
///
/// # Errors
/// [`PhotoError::Model`] where a file is damaged.
pub fn built_in() -> Result<Vec<Probe>, PhotoError> {
    BUILT_IN.iter().map(|(name, bytes)| Probe::from_bytes(name, bytes)).collect()
}

/// Name and bytes of every file in `models/probes/`.
const BUILT_IN: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/probes.rs"));

/// What both networks see of one face, [`FEATURES`] numbers; `None` where a network gave none.
#[must_use]
pub fn features(face: &Face, chip: &Chip) -> Option<Vec<f32>> {
    let (channels, side) = MESH;
    let step = side / MESH_CELLS;
    if face.features.len() != channels * side * side
        || chip.features.len() != FEATURES - channels * MESH_CELLS * MESH_CELLS
    {
        return None;
    }
    let mut all = Vec::with_capacity(FEATURES);
    for plane in face.features.chunks_exact(side * side) {
        for cell in 0..MESH_CELLS * MESH_CELLS {
            let (row, column) = (cell / MESH_CELLS * step, cell % MESH_CELLS * step);
            let mut sum = 0.0;
            for y in row..row + step {
                for x in column..column + step {
                    sum += plane[y * side + x];
                }
            }
            all.push(sum / (step * step) as f32);
        }
    }
    all.extend_from_slice(&chip.features);
    Some(all)
}

impl Probe {
    /// A probe from its bias and weights.
    ///
    /// # Errors
    /// [`PhotoError::Model`] where there are not [`FEATURES`] weights.
    pub fn new(name: &str, bias: f32, weights: Vec<f32>) -> Result<Self, PhotoError> {
        if weights.len() != FEATURES {
            return Err(PhotoError::Model {
                name: name.to_owned(),
                why: format!("{} weights instead of {FEATURES}", weights.len()),
            });
        }
        Ok(Self { name: name.to_owned(), bias, weights })
    }

    /// Reads a stored probe: little-endian f32, the bias first.
    ///
    /// # Errors
    /// As [`Probe::new`].
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, PhotoError> {
        let mut numbers = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let bias = numbers.next().unwrap_or_default();
        Self::new(name, bias, numbers.collect())
    }

    /// The stored form, as [`Probe::from_bytes`] reads it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        std::iter::once(&self.bias).chain(&self.weights).flat_map(|v| v.to_le_bytes()).collect()
    }

    /// The answer for one face: about 1 for yes, about −1 for no.
    #[must_use]
    pub fn ask(&self, features: &[f32]) -> f32 {
        // Summed in double precision, so that the order of additions doesn't show in the report.
        let sum: f64 = self.weights.iter().zip(features).map(|(w, f)| f64::from(*w) * f64::from(*f)).sum();
        (sum + f64::from(self.bias)) as f32
    }
}

//! [`Portrait`] → everything that is known of it: faces, chip, measures.

use crate::PhotoError;
use crate::chip::Chip;
use crate::decode::Portrait;
use crate::face::{Face, Finder};
use crate::matte::Matter;
use crate::measure::{self, Measures};
use crate::probe::Probe;

/// A portrait that was looked at. Judging and making both start here.
pub struct Analysis {
    /// The photo, turned upright.
    pub portrait: Portrait,
    /// Its faces, the largest first.
    pub faces: Vec<Face>,
    /// The first face's head and shoulders.
    pub chip: Option<Chip>,
    /// What was measured.
    pub measures: Measures,
}

/// Largest tilt of a head that still counts as upright, degrees; beyond it the photo lies on its side.
const UPRIGHT: f32 = 50.0;

/// The mesh network's belief (logit) from which the first face surely stands upright. Most upright faces of the evaluation
/// portraits have 13 to 25; profiles (7) and masks (8) have less and cost the three other looks. A face seen upside down may
/// be fitted too: a wedding couple's was, on two of its three turned copies.
const SURE: f32 = 13.0;

/// How sure it is that the first face stands upright; least where there is none.
fn belief(faces: &[Face]) -> f32 {
    faces.first().filter(|f| f.pose.roll.abs() < UPRIGHT).map_or(f32::NEG_INFINITY, |f| f.presence)
}

/// Looks at a portrait, and turns it by quarters where no face surely stands upright.
///
/// # Errors
/// [`PhotoError::Model`] where a model does not run; the operator's to mend. A photo without a face is no error.
pub fn examine(
    portrait: Portrait,
    finder: &dyn Finder,
    matter: &dyn Matter,
    probes: &[Probe],
) -> Result<Analysis, PhotoError> {
    let mut portrait = portrait;
    let mut faces = finder.find(&portrait)?;
    if belief(&faces) < SURE {
        // Not surely upright: all four ways are looked at, and the surest is kept.
        let mut best = (belief(&faces), 0);
        for turn in 1..4 {
            portrait = portrait.quarter_turned()?;
            let found = belief(&finder.find(&portrait)?);
            if found > best.0 {
                best = (found, turn);
            }
            if found >= SURE {
                break;
            }
            if turn == 3 {
                // One more quarter brings it back as it came.
                for _ in 0..=best.1 {
                    portrait = portrait.quarter_turned()?;
                }
            }
        }
        faces = finder.find(&portrait)?;
    }
    let chip = match faces.first() {
        Some(face) => Some(Chip::cut(&portrait, face, matter)?),
        None => None,
    };
    let measures = measure::measure(&portrait, &faces, chip.as_ref(), probes);
    Ok(Analysis { portrait, faces, chip, measures })
}

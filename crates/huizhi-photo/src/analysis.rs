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

/// Looks at a portrait. Where no upright face is found, the photo is turned by quarters until there is one.
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
    for _ in 0..3 {
        if faces.first().is_some_and(|f| f.pose.roll.abs() < UPRIGHT) {
            break;
        }
        portrait = portrait.quarter_turned()?;
        faces = finder.find(&portrait)?;
    }
    if !faces.first().is_some_and(|f| f.pose.roll.abs() < UPRIGHT) {
        // The fourth quarter turn brings the photo back as it came.
        portrait = portrait.quarter_turned()?;
        faces = finder.find(&portrait)?;
    }
    let chip = match faces.first() {
        Some(face) => Some(Chip::cut(&portrait, face, matter)?),
        None => None,
    };
    let measures = measure::measure(&portrait, &faces, chip.as_ref(), probes);
    Ok(Analysis { portrait, faces, chip, measures })
}

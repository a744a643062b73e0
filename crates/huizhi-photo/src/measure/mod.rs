//! What is measured on a portrait: numbers with units, no judgement.

mod background;
mod clothes;
mod colour;
mod expression;
mod eyes;
mod focus;
mod frame;
mod light;
mod recapture;
mod shadow;

use std::collections::BTreeMap;

pub use frame::people;

use crate::chip::Chip;
use crate::decode::Portrait;
use crate::face::Face;
use crate::probe::{self, Probe};

/// Measured values by name; the names are those of `measure` in `specs/checks/*.toml`.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[serde(transparent)]
pub struct Measures(pub BTreeMap<String, f32>);

impl Measures {
    /// One value; `None` where it could not be measured.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f32> {
        self.0.get(name).copied()
    }

    /// Notes a value to three significant digits: networks differ from machine to machine in the fifth, and what is
    /// reported must not.
    fn note(&mut self, name: &str, value: f32) {
        if value.is_finite() {
            self.0.insert(name.to_owned(), rounded(value));
        }
    }
}

/// Everything that can be measured. `chip` is that of the first face.
#[must_use]
pub fn measure(portrait: &Portrait, faces: &[Face], chip: Option<&Chip>, probes: &[Probe]) -> Measures {
    let mut measures = Measures::default();
    measures.note("file.size-kb", portrait.file.size_bytes as f32 / 1024.0);
    measures.note("file.short-side", portrait.width().min(portrait.height()) as f32);
    if let Some(jpeg) = &portrait.file.jpeg {
        measures.note("file.jpeg-quality", f32::from(jpeg.quality));
    }
    measures.note("faces.count", frame::people(faces) as f32);
    let (Some(face), Some(chip)) = (faces.first(), chip) else { return measures };
    measures.note("pose.yaw", face.pose.yaw.abs());
    measures.note("pose.pitch", face.pose.pitch);
    measures.note("pose.roll", face.pose.roll.abs());
    frame::measure(&mut measures, portrait, face, chip);
    expression::measure(&mut measures, face, chip);
    light::measure(&mut measures, chip);
    focus::measure(&mut measures, portrait, face, chip);
    background::measure(&mut measures, chip);
    eyes::measure(&mut measures, chip);
    shadow::measure(&mut measures, chip);
    clothes::measure(&mut measures, chip);
    recapture::measure(&mut measures, portrait, face);
    if let Some(features) = probe::features(face, chip) {
        for probe in probes {
            measures.note(&format!("seen.{}", probe.name), probe.ask(&features));
        }
    }
    measures
}

/// To three significant digits.
pub(crate) fn rounded(value: f32) -> f32 {
    if value == 0.0 {
        return 0.0;
    }
    let value = f64::from(value);
    let digits = 2.0 - libm::floor(libm::log10(value.abs()));
    let scale = libm::pow(10.0, digits);
    (libm::round(value * scale) / scale) as f32
}

/// The value below which `share` of the sorted values lie.
fn quantile(sorted: &[f32], share: f32) -> f32 {
    if sorted.is_empty() {
        return 0.0;
    }
    sorted[((sorted.len() - 1) as f32 * share + 0.5) as usize]
}

/// Sorts for [`quantile`].
fn sorted(mut values: Vec<f32>) -> Vec<f32> {
    values.sort_by(f32::total_cmp);
    values
}

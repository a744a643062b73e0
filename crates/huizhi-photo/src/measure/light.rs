//! Light and colour of the face.

use super::colour::{Lab, inside, lab, median, patch};
use super::{Measures, quantile, sorted};
use crate::chip::Chip;
use crate::face::landmark::OVAL;
use crate::pixels::Point;

/// Mesh points that mirror each other on skin that is rarely covered: cheeks, beside the nose, cheekbones, forehead.
const MIRRORED: [(usize, usize); 8] =
    [(50, 280), (205, 425), (117, 346), (67, 297), (104, 333), (187, 411), (192, 416), (36, 266)];
/// From this channel value on, a pixel carries no more detail.
const CLIPPED: u8 = 250;

pub(super) fn measure(measures: &mut Measures, chip: &Chip) {
    let oval: Vec<Point> = OVAL.iter().map(|&i| chip.mesh[i]).collect();
    let places = inside(&oval, 2);
    let luma = sorted(places.iter().map(|&(x, y)| f32::from(chip.luma.at(x, y))).collect());
    measures.note("light.median", quantile(&luma, 0.5));
    measures.note("light.bright", quantile(&luma, 0.95));
    measures.note("light.range", quantile(&luma, 0.95) - quantile(&luma, 0.05));
    let share = |test: &dyn Fn([u8; 3]) -> bool| {
        places.iter().filter(|&&(x, y)| test(chip.picture.at(x, y))).count() as f32 / places.len().max(1) as f32
    };
    measures.note("light.burnt", share(&|[r, g, b]| r.min(g).min(b) >= 235));
    measures.note("light.clipped", share(&|[r, g, b]| r.max(g).max(b) >= CLIPPED));
    let skin: Vec<Lab> = MIRRORED.iter().flat_map(|&(r, l)| [r, l]).map(|i| patch(chip, chip.mesh[i], 6.0)).collect();
    let logs: Vec<f32> = skin.chunks_exact(2).map(|p| libm::logf((p[0][0] + 3.0) / (p[1][0] + 3.0))).collect();
    let ordered = sorted(logs.clone());
    measures.note("light.side", quantile(&ordered, 0.5).abs());
    let spread = sorted(skin.iter().map(|p| p[0]).collect());
    measures.note("light.spread", (quantile(&spread, 0.9) - quantile(&spread, 0.1)) / quantile(&spread, 0.5).max(1.0));
    let tone = median(&skin);
    measures.note("skin.a", tone[1]);
    measures.note("skin.b", tone[2]);
    measures.note("skin.chroma", libm::hypotf(tone[1], tone[2]));
    // Colour anywhere in the head and shoulders: a black-and-white photo has none, toned or not.
    let all: Vec<Lab> = (0..crate::chip::HEIGHT)
        .step_by(8)
        .flat_map(|y| (0..crate::chip::WIDTH).step_by(8).map(move |x| (x, y)))
        .filter(|&(x, y)| chip.in_frame(Point::new(x as f32, y as f32)))
        .map(|(x, y)| lab(chip.picture.at(x, y)))
        .collect();
    let centre = median(&all);
    let chroma = sorted(all.iter().map(|p| libm::hypotf(p[1] - centre[1], p[2] - centre[2])).collect());
    measures.note("colour.range", quantile(&chroma, 0.95));
}

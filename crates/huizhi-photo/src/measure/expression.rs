//! Eyes, gaze, mouth and expression, from the mesh and its expression weights.

use super::Measures;
use crate::chip::Chip;
use crate::face::{Face, landmark as at};
use crate::pixels::Point;

/// Indices of expression weights (ARKit names, MediaPipe's order).
const SMILE: [usize; 2] = [44, 45];
const BROW_DOWN: [usize; 2] = [1, 2];
const BLINK: [usize; 2] = [9, 10];
const JAW_OPEN: usize = 25;
const FROWN: [usize; 2] = [30, 31];
const PUCKER: usize = 38;

pub(super) fn measure(measures: &mut Measures, face: &Face, chip: &Chip) {
    let mesh = &chip.mesh;
    let right = openness(mesh, at::RIGHT_UPPER_LID, at::RIGHT_LOWER_LID, at::RIGHT_EYE_OUTER, at::RIGHT_EYE_INNER);
    let left = openness(mesh, at::LEFT_UPPER_LID, at::LEFT_LOWER_LID, at::LEFT_EYE_OUTER, at::LEFT_EYE_INNER);
    measures.note("eyes.open", right.min(left));
    let weight = |pair: [usize; 2]| (face.blendshapes[pair[0]] + face.blendshapes[pair[1]]) / 2.0;
    measures.note("eyes.blink", face.blendshapes[BLINK[0]].max(face.blendshapes[BLINK[1]]));
    // Both irises aside by the same share of the eye's width is a look aside; a turned head moves them apart.
    let right = iris(mesh, at::RIGHT_IRIS[0], at::RIGHT_EYE_OUTER, at::RIGHT_EYE_INNER);
    let left = iris(mesh, at::LEFT_IRIS[0], at::LEFT_EYE_INNER, at::LEFT_EYE_OUTER);
    measures.note("gaze.aside", ((right + left) / 2.0 - 0.5).abs());
    let lips =
        at::UPPER_LIP_INNER.iter().zip(at::LOWER_LIP_INNER).map(|(&u, l)| mesh[u].distance(mesh[l])).sum::<f32>();
    let width = mesh[at::MOUTH_RIGHT].distance(mesh[at::MOUTH_LEFT]).max(1.0);
    measures.note("mouth.gap", lips / 3.0 / width);
    measures.note("mouth.jaw-open", face.blendshapes[JAW_OPEN]);
    measures.note("expression.smile", weight(SMILE));
    measures.note("expression.brow-down", weight(BROW_DOWN));
    measures.note("expression.frown", weight(FROWN).max(face.blendshapes[PUCKER]));
}

/// Gap between the lids at the middle of an eye, in widths of the eye.
fn openness(mesh: &[Point], upper: [usize; 7], lower: [usize; 7], outer: usize, inner: usize) -> f32 {
    let gap: f32 = (2..5).map(|i| mesh[upper[i]].distance(mesh[lower[i]])).sum();
    gap / 3.0 / mesh[outer].distance(mesh[inner]).max(1.0)
}

/// Where the iris stands between two corners: 0 at the first, 1 at the second.
fn iris(mesh: &[Point], centre: usize, first: usize, second: usize) -> f32 {
    let (a, b, c) = (mesh[first], mesh[second], mesh[centre]);
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    ((c.x - a.x) * dx + (c.y - a.y) * dy) / (dx * dx + dy * dy).max(1.0)
}

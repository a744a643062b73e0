//! Head pose from the mesh's own depth.

use super::{MESH_POINTS, Pose, landmark};
use crate::pixels::Point;

/// Pairs of points that mirror each other across the face's middle plane: (person's right, person's left).
const PAIRS: [(usize, usize); 10] =
    [(234, 454), (93, 323), (132, 361), (127, 356), (33, 263), (133, 362), (61, 291), (58, 288), (172, 397), (70, 300)];
/// Points of the middle line from the forehead down, paired top and bottom.
const COLUMN: [(usize, usize); 3] = [(10, 152), (151, 175), (9, 199)];

/// Pose of a mesh: `depth` is in the px of `mesh`, smaller is nearer.
pub(super) fn of(mesh: &[Point], depth: &[f32]) -> Pose {
    if mesh.len() < MESH_POINTS || depth.len() < MESH_POINTS {
        return Pose::default();
    }
    let direction = |pairs: &[(usize, usize)]| {
        pairs.iter().fold((0.0, 0.0, 0.0), |(x, y, z), &(a, b)| {
            (x + mesh[b].x - mesh[a].x, y + mesh[b].y - mesh[a].y, z + depth[b] - depth[a])
        })
    };
    let degrees = 180.0 / std::f32::consts::PI;
    let (x, y, z) = direction(&PAIRS);
    let yaw = libm::atan2f(z, libm::hypotf(x, y)) * degrees;
    let (r, l) = (mesh[landmark::RIGHT_EYE_OUTER], mesh[landmark::LEFT_EYE_OUTER]);
    let roll = libm::atan2f(l.y - r.y, l.x - r.x) * degrees;
    let (x, y, z) = direction(&COLUMN);
    // Not corrected for the slope that a level face has of itself: frontal portraits lie about −6°, and the limits in
    // specs/checks were set on this scale.
    let pitch = -libm::atan2f(z, libm::hypotf(x, y)) * degrees;
    Pose { yaw, pitch, roll }
}

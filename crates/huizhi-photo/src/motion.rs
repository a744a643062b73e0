//! A face in one frame of a film: where it looks, and how far eyes and mouth are open. Only the mesh is asked, so a frame costs a search
//! and two runs of the mesh network, and nothing of what a photo is judged by.

use crate::face::{Face, landmark as at};
use crate::pixels::Point;

/// What of a face moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Motion {
    /// Degrees, positive to the person's left.
    pub yaw: f32,
    /// Degrees, positive with the chin up.
    pub pitch: f32,
    /// Degrees, positive clockwise in the picture.
    pub roll: f32,
    /// Gap between the lids of the person's right eye, in widths of the eye.
    pub right_eye: f32,
    /// The same of the left eye.
    pub left_eye: f32,
    /// Gap between the lips, in widths of the mouth.
    pub mouth: f32,
    /// Middle of the face, px of the upright picture.
    pub centre: [f32; 2],
    /// Width of the face, px.
    pub width: f32,
}

/// Measures a face.
#[must_use]
pub fn motion(face: &Face) -> Motion {
    let mesh = &face.mesh;
    let gap = |upper: &[usize], lower: &[usize]| {
        let sum: f32 = upper.iter().zip(lower).map(|(&u, &l)| mesh[u].distance(mesh[l])).sum();
        sum / upper.len().max(1) as f32
    };
    // The middle three of the seven points of a lid: the corners never part.
    let right = gap(&at::RIGHT_UPPER_LID[2..5], &at::RIGHT_LOWER_LID[2..5]);
    let left = gap(&at::LEFT_UPPER_LID[2..5], &at::LEFT_LOWER_LID[2..5]);
    let lips = gap(&at::UPPER_LIP_INNER, &at::LOWER_LIP_INNER);
    let wide = |a: Point, b: Point| a.distance(b).max(1.0);
    let centre = face.bounds.centre();
    Motion {
        yaw: face.pose.yaw,
        pitch: face.pose.pitch,
        roll: face.pose.roll,
        right_eye: right / wide(mesh[at::RIGHT_EYE_OUTER], mesh[at::RIGHT_EYE_INNER]),
        left_eye: left / wide(mesh[at::LEFT_EYE_OUTER], mesh[at::LEFT_EYE_INNER]),
        mouth: lips / wide(mesh[at::MOUTH_RIGHT], mesh[at::MOUTH_LEFT]),
        centre: [centre.x, centre.y],
        width: face.bounds.width,
    }
}

//! What landmarks, boxes and pose say: openings of eyes and mouth, sizes, margins, angles.

use super::{Component, Place, distance, middle};
use crate::face::Pose;
use crate::pixels::Rect;

/// Upper and lower lid of the eye on the picture's left.
const LEFT_LIDS: [(usize, usize); 3] = [(61, 67), (62, 66), (63, 65)];
/// Upper and lower lid of the eye on the picture's right.
const RIGHT_LIDS: [(usize, usize); 3] = [(69, 75), (70, 74), (71, 73)];
/// Inner rims of the lips.
const LIPS: [(usize, usize); 3] = [(89, 95), (90, 94), (91, 93)];
/// Tip of the chin.
const CHIN: usize = 16;

/// Raw values; those that divide by a distance of zero are not finite.
/// The lids are measured in the aligned picture, everything else in the picture of `size` px.
pub(super) fn measure(
    at: &[Place; 98],
    aligned: &[Place; 98],
    faces: &[Rect],
    pose: Pose,
    (width, height): (u32, u32),
) -> Vec<(Component, f64)> {
    let (left, right) = (middle(at[60], at[64]), middle(at[68], at[72]));
    let eyes = middle(left, right);
    let (between, down) = (distance(left, right), distance(eyes, at[CHIN]));
    let (width, height) = (f64::from(width), f64::from(height));
    let yaw = f64::from(pose.yaw);
    let lids = gap(aligned, &LEFT_LIDS).min(gap(aligned, &RIGHT_LIDS));
    let mut found = vec![
        (Component::EyesOpen, lids / eyes_to_chin(aligned)),
        (Component::MouthClosed, gap(at, &LIPS) / eyes_to_chin(at)),
        (Component::InterEyeDistance, between / libm::cos(yaw.to_radians())),
        (Component::HeadSize, eyes_to_chin(at) / height),
        (Component::LeftwardCropOfTheFaceImage, f64::from(right.0) / between),
        (Component::RightwardCropOfTheFaceImage, (width - f64::from(left.0)) / between),
        (Component::MarginAboveOfTheFaceImage, f64::from(eyes.1) / down),
        (Component::MarginBelowOfTheFaceImage, (height - f64::from(eyes.1)) / down),
        (Component::HeadPoseYaw, yaw),
        (Component::HeadPosePitch, f64::from(pose.pitch)),
        (Component::HeadPoseRoll, f64::from(pose.roll)),
    ];
    found.extend(second_face(faces).map(|raw| (Component::SingleFacePresent, raw)));
    found
}

/// From the middle of the eyes to the chin, px; the middle may lie between pixels here.
fn eyes_to_chin(at: &[Place; 98]) -> f64 {
    let (left, right) = (middle(at[60], at[64]), middle(at[68], at[72]));
    let halves = |a: i32, b: i32| f64::from(a + b) / 2.0;
    libm::hypot(f64::from(at[CHIN].0) - halves(left.0, right.0), f64::from(at[CHIN].1) - halves(left.1, right.1))
}

/// The widest of some openings, px.
fn gap(at: &[Place; 98], pairs: &[(usize, usize)]) -> f64 {
    pairs.iter().map(|&(a, b)| distance(at[a], at[b])).fold(0.0, f64::max)
}

/// Area of the second largest box as a share of the largest; 0 for one face, `None` for none.
fn second_face(faces: &[Rect]) -> Option<f64> {
    let mut areas: Vec<f32> = faces.iter().map(Rect::area).collect();
    areas.sort_by(|a, b| b.total_cmp(a));
    match areas[..] {
        [] => None,
        [_] => Some(0.0),
        [first, second, ..] => Some(f64::from(second / first)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_face_counts_by_its_area() {
        let face = |side: f32| Rect { x: 0.0, y: 0.0, width: side, height: side };
        assert_eq!(second_face(&[]), None);
        assert_eq!(second_face(&[face(10.0)]), Some(0.0));
        assert_eq!(second_face(&[face(5.0), face(10.0), face(1.0)]), Some(0.25));
    }
}

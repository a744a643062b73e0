//! How the head stands in the frame.

use super::Measures;
use crate::chip::{self, Chip};
use crate::decode::Portrait;
use crate::face::{Face, landmark};
use crate::pixels::Point;

/// A second face counts as a person from this share of the first one's width; smaller ones are passers-by far behind
/// (P02 asks for "faces above a size").
const COMPANION: f32 = 0.3;

/// Number of people who count.
#[must_use]
pub fn people(faces: &[Face]) -> usize {
    let Some(first) = faces.first() else { return 0 };
    faces.iter().filter(|f| f.bounds.width >= COMPANION * first.bounds.width).count()
}

pub(super) fn measure(measures: &mut Measures, portrait: &Portrait, face: &Face, chip: &Chip) {
    measures.note("face.width", face.width());
    measures.note("face.inter-eye", face.inter_eye_distance());
    measures.note("face.share", face.width() / portrait.width().min(portrait.height()) as f32);
    // Rooms between the head and the frame, in inter-eye distances.
    let unit = face.inter_eye_distance().max(1.0);
    let crown = crown(chip);
    let top = frame_distance(chip, Point::new(chip::EYES.x, crown), (0.0, -1.0));
    measures.note("room.above", top / chip::INTER_EYE);
    measures.note("room.below", (portrait.height() as f32 - face.chin().y) / unit);
    let right = face.point(landmark::RIGHT_TRAGION).x.min(face.point(landmark::LEFT_TRAGION).x);
    let left = face.point(landmark::RIGHT_TRAGION).x.max(face.point(landmark::LEFT_TRAGION).x);
    measures.note("room.beside", right.min(portrait.width() as f32 - left) / unit);
    if let Some(slope) = shoulder_slope(chip) {
        measures.note("shoulders.slope", slope.abs());
    }
}

/// Row of the chip where the head begins: the first that is person above the forehead.
fn crown(chip: &Chip) -> f32 {
    let columns = (chip::EYES.x - 48.0) as u32..(chip::EYES.x + 48.0) as u32;
    let bottom = chip.mesh.get(landmark::FOREHEAD).map_or(chip::EYES.y, |p| p.y).clamp(1.0, chip::HEIGHT as f32 - 1.0);
    let mut row = bottom as u32;
    // Upwards as long as at least a quarter of the columns is person: stray strands and hats' bobbles don't count.
    while row > 0 {
        let person = columns.clone().filter(|&x| chip.person.at(x, row - 1) > 127).count();
        if person < columns.len() / 4 {
            break;
        }
        row -= 1;
    }
    row as f32
}

/// How far a point is from the photo's edge in a direction of the chip, px of the chip; negative outside.
fn frame_distance(chip: &Chip, from: Point, (dx, dy): (f32, f32)) -> f32 {
    let inside = chip.in_frame(from);
    let mut step = 0.0;
    while step < 400.0 {
        let p = if inside {
            Point::new(from.x + dx * step, from.y + dy * step)
        } else {
            Point::new(from.x - dx * step, from.y - dy * step)
        };
        if chip.in_frame(p) != inside {
            break;
        }
        step += 1.0;
    }
    if inside { step } else { -step }
}

/// Angle of the line over both shoulders, degrees; `None` where they are not both in the photo.
fn shoulder_slope(chip: &Chip) -> Option<f32> {
    let chin = chip.mesh.get(landmark::CHIN)?;
    let side = |from: f32, to: f32| -> Option<(f32, f32)> {
        let mut rows = Vec::new();
        let mut x = from;
        while x < to {
            let first = (chin.y as u32..chip::HEIGHT).find(|&y| chip.person.at(x as u32, y) > 127)?;
            if !chip.in_frame(Point::new(x, first as f32)) {
                return None;
            }
            rows.push(first as f32);
            x += 4.0;
        }
        let rows = super::sorted(rows);
        Some(((from + to) / 2.0, super::quantile(&rows, 0.5)))
    };
    let left = side(chip::EYES.x - 190.0, chip::EYES.x - 130.0)?;
    let right = side(chip::EYES.x + 130.0, chip::EYES.x + 190.0)?;
    Some(libm::atan2f(right.1 - left.1, right.0 - left.0) * 180.0 / std::f32::consts::PI)
}

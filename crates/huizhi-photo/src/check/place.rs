//! Where on the photo a rule looks.

use crate::analysis::Analysis;
use crate::chip::{self, Chip};
use crate::face::landmark as at;
use crate::pixels::{Point, Rect};

/// The polygon of a named part, px of the upright picture; empty for the whole picture and for parts of a face that
/// is not there.
pub(super) fn polygon(part: &str, analysis: &Analysis) -> Vec<Point> {
    let Some(chip) = &analysis.chip else { return Vec::new() };
    let rect = match part {
        "eyes" => around(
            chip,
            &[at::RIGHT_EYE_OUTER, at::LEFT_EYE_OUTER, at::RIGHT_UPPER_LID[3], at::LEFT_LOWER_LID[3]],
            14.0,
        ),
        "brows" => {
            let points: Vec<usize> =
                [at::RIGHT_BROW_UPPER, at::RIGHT_BROW_LOWER, at::LEFT_BROW_UPPER, at::LEFT_BROW_LOWER].concat();
            around(chip, &points, 8.0)
        }
        "mouth" => around(chip, &at::LIPS_OUTER, 8.0),
        "face" => around(chip, &at::OVAL, 4.0),
        "ears" => {
            let face = around(chip, &[at::RIGHT_TRAGION, at::LEFT_TRAGION, at::RIGHT_EYE_OUTER], 6.0);
            Rect { x: face.x - 22.0, y: chip::EYES.y - 20.0, width: face.width + 44.0, height: 90.0 }
        }
        "crown" => {
            let face = around(chip, &at::OVAL, 0.0);
            Rect { x: face.x, y: (face.y - 110.0).max(0.0), width: face.width, height: 130.0 }
        }
        "shoulders" => {
            let chin = chip.mesh[at::CHIN].y;
            let height = chip::HEIGHT as f32 - chin - 30.0;
            Rect { x: 30.0, y: chin + 30.0, width: chip::WIDTH as f32 - 60.0, height: height.max(20.0) }
        }
        "lower-face" => around(chip, &[at::NOSE_TIP, at::CHIN, at::RIGHT_TRAGION, at::LEFT_TRAGION], 0.0),
        "background" => Rect { x: 4.0, y: 4.0, width: chip::WIDTH as f32 - 8.0, height: 200.0 },
        "others" => return others(analysis),
        _ => return Vec::new(),
    };
    chip.upright(&rect.corners())
}

fn around(chip: &Chip, points: &[usize], room: f32) -> Rect {
    let found: Vec<Point> = points.iter().map(|&i| chip.mesh[i]).collect();
    let r = Rect::around(&found);
    Rect { x: r.x - room, y: r.y - room, width: r.width + 2.0 * room, height: r.height + 2.0 * room }
}

/// The second person's face.
fn others(analysis: &Analysis) -> Vec<Point> {
    analysis.faces.get(1).map(|f| f.bounds.corners().to_vec()).unwrap_or_default()
}

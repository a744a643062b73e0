//! Half faces at the sides: somebody whom the picture's edge cuts through is no face to the detector, until the other half is put beside.

use super::{Face, LEAST_PRESENCE, detect, mesh};
use crate::PhotoError;
use crate::decode::Portrait;
use crate::net::Net;
use crate::pixels::{Affine, Point, Rect, Rgb};

/// Share of the picture's width that is mirrored beside it, on either side: half of the widest face that still leaves room for the applicant's.
const STRIP: f32 = 0.25;
/// How far from the edge the middle of such a face lies at most, in its widths: a mirrored half is whole when its middle is the edge.
/// With both, one more of 28 pictures with companions is seen among 453 evaluation portraits, and one of 425 without is refused: for half a
/// face on a poster.
const FROM_EDGE: f32 = 0.25;

/// The faces that the sides of the picture cut, beside those that are known. One more look of the detector, at the working copy.
pub(super) fn cut(
    detector: &dyn Net,
    mesh_net: &dyn Net,
    expression: &dyn Net,
    portrait: &Portrait,
    known: &[Face],
) -> Result<Vec<Face>, PhotoError> {
    let working = portrait.working();
    let strip = (working.width as f32 * STRIP) as u32;
    let edges = [strip as f32, (strip + working.width) as f32];
    let wide = Portrait::from_pixels(beside_itself(working, strip))?;
    let back = Affine { m: [1.0, 0.0, -(strip as f32), 0.0, 1.0, 0.0] }.then(&portrait.working_to_upright());
    let mut found = Vec::new();
    for candidate in detect::candidates(detector, wide.working(), 1)? {
        let scale = wide.working_to_upright();
        let middle = scale.apply(candidate.bounds.centre());
        let width = candidate.bounds.width * scale.m[0];
        let at_edge = edges.iter().any(|edge| (middle.x - edge).abs() <= FROM_EDGE * width);
        let there = back.apply(middle);
        if !at_edge || known.iter().any(|face| holds(&face.bounds, there)) {
            continue;
        }
        let face = mesh::fit(mesh_net, expression, &wide, &candidate, &scale)?;
        if face.presence >= LEAST_PRESENCE {
            found.push(moved(face, &back));
        }
    }
    Ok(found)
}

/// A picture with its own sides mirrored beside it.
fn beside_itself(picture: &Rgb, strip: u32) -> Rgb {
    let last = picture.width - 1;
    let mut wide = Rgb::filled(picture.width + 2 * strip, picture.height, [0; 3]);
    for y in 0..picture.height {
        for x in 0..wide.width {
            // Left of the picture, in it, or right of it: the strip is narrower than the picture, so one fold is enough.
            let from = match x.checked_sub(strip) {
                None => strip - 1 - x,
                Some(inside) if inside <= last => inside,
                Some(beyond) => 2 * last + 1 - beyond,
            };
            wide.set(x, y, picture.at(from, y));
        }
    }
    wide
}

fn holds(bounds: &Rect, p: Point) -> bool {
    (bounds.x..=bounds.right()).contains(&p.x) && (bounds.y..=bounds.bottom()).contains(&p.y)
}

fn moved(face: Face, map: &Affine) -> Face {
    let mesh: Vec<Point> = face.mesh.iter().map(|p| map.apply(*p)).collect();
    let depth = face.depth.iter().map(|z| z * map.scale()).collect();
    let bounds = Rect::around(&mesh);
    Face { bounds, mesh, depth, ..face }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_mirrored() {
        let mut picture = Rgb::filled(4, 1, [0; 3]);
        for x in 0..4 {
            picture.set(x, 0, [x as u8 + 1; 3]);
        }
        let wide = beside_itself(&picture, 2);
        let row: Vec<u8> = (0..8).map(|x| wide.at(x, 0)[0]).collect();
        assert_eq!(row, [2, 1, 1, 2, 3, 4, 4, 3]);
    }
}

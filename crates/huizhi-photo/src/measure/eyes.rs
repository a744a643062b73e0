//! What flash and lenses do to the eyes: red pupils, reflections on glasses.

use super::colour::inside;
use super::{Measures, quantile, sorted};
use crate::chip::Chip;
use crate::face::landmark as at;
use crate::pixels::{Point, Rect};

/// Share of the iris's radius that is looked at: a pupil in a dim room, where flash makes it red.
const PUPIL: f32 = 0.6;
/// Least width of a pupil, px of the photo: JPEG keeps colour for every second px, so a smaller one has the colour of its surroundings.
const LEAST_PX: f32 = 5.0;
/// Mesh points on the cheeks.
const CHEEKS: [usize; 2] = [50, 280];
/// Least luma of a reflection: the rest of a face may be as bright as its skin, not brighter than paper.
const BRIGHT: f32 = 200.0;

pub(super) fn measure(measures: &mut Measures, chip: &Chip) {
    // Warm light makes everything red, skin too.
    let skin: Vec<f32> = CHEEKS.iter().filter_map(|&cheek| redness(chip, chip.mesh[cheek], 6.0)).collect();
    let skin = skin.iter().sum::<f32>() / skin.len().max(1) as f32;
    let red = [at::RIGHT_IRIS, at::LEFT_IRIS].into_iter().filter_map(|iris| pupil(chip, iris)).reduce(f32::max);
    if let Some(most) = red {
        measures.note("eyes.red", most - skin);
    }
    if let Some(bright) = measures.get("light.bright") {
        let eyes = [
            (at::RIGHT_EYE_OUTER, at::RIGHT_EYE_INNER, at::RIGHT_BROW_LOWER[2]),
            (at::LEFT_EYE_OUTER, at::LEFT_EYE_INNER, at::LEFT_BROW_LOWER[2]),
        ];
        let most =
            eyes.into_iter().map(|(outer, inner, brow)| glare(chip, outer, inner, brow, bright)).fold(0.0, f32::max);
        measures.note("glasses.glare", most);
    }
}

/// Redness of a pupil; `None` where it is too small to have a colour of its own.
fn pupil(chip: &Chip, iris: [usize; 5]) -> Option<f32> {
    let centre = chip.mesh[iris[0]];
    let radius = PUPIL * iris[1..].iter().map(|&rim| chip.mesh[rim].distance(centre)).sum::<f32>() / 4.0;
    (2.0 * radius * chip.to_upright.scale() >= LEAST_PX).then(|| redness(chip, centre, radius)).flatten()
}

/// How much redder than green or blue a disc is: 0 is grey, 1 is twice as red. The median, so that the white spot of a lamp and a dark
/// rim say nothing.
fn redness(chip: &Chip, centre: Point, radius: f32) -> Option<f32> {
    let square = Rect { x: centre.x - radius, y: centre.y - radius, width: 2.0 * radius, height: 2.0 * radius };
    let red: Vec<f32> = inside(&square.corners(), 1)
        .into_iter()
        .filter(|&(x, y)| Point::new(x as f32 + 0.5, y as f32 + 0.5).distance(centre) <= radius)
        .map(|(x, y)| {
            let [r, g, b] = chip.picture.at(x, y).map(f32::from);
            // Twenty steps keep black pupils, whose colour is noise, from looking red.
            (r + 20.0) / (g.max(b) + 20.0) - 1.0
        })
        .collect();
    (!red.is_empty()).then(|| quantile(&sorted(red), 0.5))
}

/// Share of the place of a lens that is white and brighter than the face.
fn glare(chip: &Chip, outer: usize, inner: usize, brow: usize, bright: f32) -> f32 {
    let (outer, inner, brow) = (chip.mesh[outer], chip.mesh[inner], chip.mesh[brow]);
    let middle = outer.middle(inner);
    let width = outer.distance(inner);
    let lens =
        Rect { x: middle.x - 0.8 * width, y: brow.y, width: 1.6 * width, height: middle.y - brow.y + 0.7 * width };
    let places = inside(&lens.corners(), 1);
    let least = BRIGHT.max(bright + 15.0);
    let white = places.iter().filter(|&&(x, y)| {
        let [r, g, b] = chip.picture.at(x, y);
        f32::from(chip.luma.at(x, y)) >= least && r.max(g).max(b) - r.min(g).min(b) < 50
    });
    white.count() as f32 / places.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(chip: &Chip) -> Measures {
        let mut measures = Measures::default();
        measures.note("light.bright", 180.0);
        measure(&mut measures, chip);
        measures
    }

    fn near(chip: &Chip, iris: usize, x: u32, y: u32) -> f32 {
        Point::new(x as f32 + 0.5, y as f32 + 0.5).distance(chip.mesh[iris])
    }

    #[test]
    fn one_red_pupil_is_told_from_brown_eyes() {
        let brown = Chip::drawn().painted(|chip, x, y| {
            let eye = near(chip, 468, x, y).min(near(chip, 473, x, y));
            (eye < 9.0).then_some(if eye < 4.0 { [20, 18, 18] } else { [90, 60, 45] })
        });
        let red = Chip::drawn().painted(|chip, x, y| (near(chip, 468, x, y) < 7.0).then_some([200, 40, 45]));
        assert!(measured(&brown).get("eyes.red").is_some_and(|it| it < 0.3));
        assert!(measured(&red).get("eyes.red").is_some_and(|it| it > 1.0));
    }

    #[test]
    fn a_white_spot_on_a_lens_is_measured_and_the_white_of_the_eye_is_not() {
        let plain = Chip::drawn().painted(|chip, x, y| (near(chip, 468, x, y) < 14.0).then_some([185, 180, 175]));
        let lit = Chip::drawn().painted(|chip, x, y| (near(chip, 468, x, y) < 14.0).then_some([255, 255, 250]));
        assert_eq!(measured(&plain).get("glasses.glare"), Some(0.0));
        assert!(measured(&lit).get("glasses.glare").is_some_and(|it| it > 0.1));
    }
}

//! The person's shadow on the wall behind.

use super::{Measures, quantile, sorted};
use crate::chip::{self, Chip};
use crate::face::landmark as at;
use crate::pixels::Point;

/// Distance from the silhouette within which a shadow lies, px of the chip; nearer, loose hair darkens the wall.
const NEAR: std::ops::Range<i32> = 10..46;
/// From here on the wall is bare.
const FAR: i32 = 70;
/// Rows of the head that are looked at together.
const BAND: u32 = 32;
/// Least pixels beside the head, and of the bare wall, that say anything.
const LEAST: usize = 24;

/// How much darker than the bare wall the wall beside the head is, on the darker side, share of the wall's luma: the mean of two
/// references, the bare wall at the same height on the same side, which a wall that darkens towards its corners does not mislead, and all of
/// the bare wall, which is there where one side has no room.
pub(super) fn measure(measures: &mut Measures, chip: &Chip) {
    let top = chip.mesh[at::FOREHEAD].y.max(0.0) as u32;
    let bottom = (chip.mesh[at::CHIN].y.max(0.0) as u32 + 40).min(chip::HEIGHT - 1);
    let mut wall = Vec::new();
    // A side's bands: median luma near the head, and of the bare wall at the same height.
    let mut sides: [Vec<(f32, Option<f32>)>; 2] = [Vec::new(), Vec::new()];
    for start in (top..bottom.saturating_sub(BAND)).step_by(BAND as usize) {
        let mut lumas: [[Vec<f32>; 2]; 2] = Default::default();
        for y in (start..start + BAND).step_by(2) {
            let Some((right, left)) = edges(chip, y) else { continue };
            for x in (2..chip::WIDTH as i32 - 2).step_by(2) {
                let (side, distance) = if x < right { (0, right - x) } else { (1, x - left) };
                if !chip.in_frame(Point::new(x as f32, y as f32)) {
                    continue;
                }
                let luma = f32::from(chip.luma.at(x as u32, y));
                if NEAR.contains(&distance) {
                    lumas[side][0].push(luma);
                } else if distance >= FAR {
                    lumas[side][1].push(luma);
                }
            }
        }
        for (bands, [near, far]) in sides.iter_mut().zip(lumas) {
            wall.extend_from_slice(&far);
            if near.len() >= LEAST {
                let median = |values: Vec<f32>| quantile(&sorted(values), 0.5);
                let beside = (far.len() >= LEAST).then(|| median(far));
                bands.push((median(near), beside));
            }
        }
    }
    if wall.len() < LEAST {
        return;
    }
    let wall = quantile(&sorted(wall), 0.5).max(1.0);
    let depth = |(near, beside): (f32, Option<f32>)| 1.0 - near / (wall + beside.unwrap_or(wall)).max(2.0) * 2.0;
    let side = |bands: Vec<(f32, Option<f32>)>| {
        (bands.len() > 1).then(|| quantile(&sorted(bands.into_iter().map(depth).collect()), 0.75))
    };
    if let Some(darker) = sides.into_iter().filter_map(side).reduce(f32::max) {
        measures.note("background.shadow", darker.max(0.0));
    }
}

/// Where the person begins and ends in a row.
fn edges(chip: &Chip, y: u32) -> Option<(i32, i32)> {
    let person = |&x: &u32| chip.person.at(x, y) >= 60;
    let first = (0..chip::WIDTH).find(person)?;
    let last = (0..chip::WIDTH).rev().find(person)?;
    Some((first as i32, last as i32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(chip: &Chip) -> Option<f32> {
        let mut measures = Measures::default();
        measure(&mut measures, chip);
        measures.get("background.shadow")
    }

    #[test]
    fn a_shadow_beside_the_head_is_as_deep_as_it_was_drawn() {
        let bare = measured(&Chip::drawn());
        assert_eq!(bare, Some(0.0));
        let shadow = Chip::drawn().painted(|chip, x, y| {
            let thrown = x >= 40 && chip.person.at(x - 40, y) == 255 && chip.person.at(x, y) == 0;
            thrown.then_some([140, 140, 140])
        });
        assert!(measured(&shadow).is_some_and(|it| (0.25..0.35).contains(&it)), "{:?}", measured(&shadow));
    }

    #[test]
    fn a_wall_that_darkens_towards_its_corners_has_no_shadow() {
        let wall = Chip::drawn().painted(|chip, x, y| {
            let grey = 200 - (x.abs_diff(240) / 4) as u8;
            (chip.person.at(x, y) == 0).then_some([grey; 3])
        });
        assert_eq!(measured(&wall), Some(0.0));
    }
}

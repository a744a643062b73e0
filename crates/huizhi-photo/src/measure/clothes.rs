//! The clothes at the shoulders: white ones melt into a white background.

use super::Measures;
use super::colour::{Lab, lab};
use crate::chip::{self, Chip};
use crate::face::landmark as at;
use crate::pixels::Point;

/// Depth below the outline of the shoulders that is looked at, px of the chip.
const DEPTH: u32 = 40;
/// Lightness from which cloth before white paper shows no edge, and the chroma below which it has no colour of its own.
const WHITE: f32 = 85.0;
const COLOURLESS: f32 = 10.0;
/// Least columns that show a shoulder.
const LEAST: usize = 40;

/// Share of the shoulders' outline that is white cloth.
pub(super) fn measure(measures: &mut Measures, chip: &Chip) {
    let chin = chip.mesh[at::CHIN];
    let from = (chin.y + 40.0).max(0.0) as u32;
    let beside = |x: u32| (x as f32 - chin.x).abs() > 110.0;
    let (mut white, mut all) = (0, 0);
    for x in (0..chip::WIDTH).step_by(2).filter(|&x| beside(x)) {
        let person = |y: u32| chip.person.at(x, y) >= 200 && chip.in_frame(Point::new(x as f32, y as f32));
        let Some(top) = (from..chip::HEIGHT - 8).find(|&y| person(y)) else { continue };
        let bottom = (top + DEPTH).min(chip::HEIGHT);
        let cloth: Vec<Lab> =
            (top + 8..bottom).step_by(4).filter(|&y| person(y)).map(|y| lab(chip.picture.at(x, y))).collect();
        if cloth.is_empty() {
            continue;
        }
        let [l, a, b] = super::colour::median(&cloth);
        all += 1;
        white += usize::from(l >= WHITE && libm::hypotf(a, b) <= COLOURLESS);
    }
    if all >= LEAST {
        measures.note("clothes.white", white as f32 / all as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_white_shirt_is_white_and_a_pale_blue_one_is_not() {
        let shirt = |colour: [u8; 3]| {
            let chip = Chip::drawn().painted(|chip, x, y| (y > 470 && chip.person.at(x, y) == 255).then_some(colour));
            let mut measures = Measures::default();
            measure(&mut measures, &chip);
            measures.get("clothes.white")
        };
        assert_eq!(shirt([238, 238, 236]), Some(1.0));
        assert_eq!(shirt([190, 215, 245]), Some(0.0));
    }
}

//! How plain the background beside the head is.

use super::light::luminance;
use super::{ALIGNED_PX, Aligned, Alignment};
use crate::pixels::{Affine, Gray, Rgb};

/// Side of the plane on which face parsing gives its answer, px: columns 30…586 and rows 0…556 of the aligned
/// picture, shrunk by 1.39.
pub const PARSED_PX: u32 = 400;
/// Left edge of that plane in the aligned picture, px.
const PARSED_LEFT: f32 = 30.0;
/// Aligned px per px of that plane.
const PARSED_SCALE: f32 = 1.39;

/// Columns that are left off at both sides of the aligned picture, px.
const CUT_LEFT: u32 = 62;
/// Columns and rows that are looked at from there, px: no shoulders.
const LOOKED: (u32, u32) = (ALIGNED_PX - 2 * CUT_LEFT, 406);
/// The size to which they are brought, px.
const SMALL: (u32, u32) = (354, 292);
/// Columns that are left off at both sides of the parsed plane, px.
const PARSED_CUT: u32 = (PARSED_PX - SMALL.0) / 2;

/// The plane that [`super::Inputs::background`] takes, from a matte of the whole upright picture at any size
/// (0 background … 255 person): 255 where the matte is under a half.
#[must_use]
pub fn background_from_matte(matte: &Gray, alignment: &Alignment, (width, height): (u32, u32)) -> Gray {
    let to_aligned = Affine { m: [PARSED_SCALE, 0.0, PARSED_LEFT, 0.0, PARSED_SCALE, 0.0] };
    let (x, y) = (matte.width as f32 / width as f32, matte.height as f32 / height as f32);
    let to_matte = to_aligned.then(&alignment.to_picture()).then(&Affine { m: [x, 0.0, 0.0, 0.0, y, 0.0] });
    let mut plane = matte.sampled(&to_matte, PARSED_PX, PARSED_PX, 0);
    for value in &mut plane.data {
        *value = if *value < 128 { 255 } else { 0 };
    }
    plane
}

/// Mean luminance gradient (Scharr) over the background, a margin of 4 × 4 px kept from everything else.
/// `None` where no background is left. `size` is the picture's, px.
/// **Source:** ISO/IEC 29794-5:2025, background uniformity.
pub(super) fn uniformity(face: &Aligned, parsed: &Gray, alignment: &Alignment, size: (u32, u32)) -> Option<f64> {
    if (parsed.width, parsed.height) != (PARSED_PX, PARSED_PX) {
        return None;
    }
    let inside = alignment.inside(size);
    let (columns, rows) = (SMALL.0 as usize, SMALL.1 as usize);
    let nearest = |at: usize, small: u32, large: u32| {
        let step = 1.0 / (f64::from(small) / f64::from(large));
        (libm::floor(at as f64 * step) as u32).min(large - 1)
    };
    let mut plain = vec![false; columns * rows];
    for y in 0..rows {
        let source = nearest(y, SMALL.1, LOOKED.1) * ALIGNED_PX + CUT_LEFT;
        for x in 0..columns {
            let is_picture = inside[(source + nearest(x, SMALL.0, LOOKED.0)) as usize];
            plain[y * columns + x] = is_picture && parsed.at(x as u32 + PARSED_CUT, y as u32) != 0;
        }
    }
    let light = luminance(&shrunk(&face.picture));
    let (mut sum, mut count) = (0.0, 0_u32);
    for y in 0..rows {
        for x in 0..columns {
            if has_margin(&plain, x, y) {
                sum += gradient(&light, x as i32, y as i32);
                count += 1;
            }
        }
    }
    (count > 0).then(|| sum / f64::from(count))
}

/// Whether all of the 4 × 4 px from two before to one behind are background; what is outside does not count.
fn has_margin(plain: &[bool], x: usize, y: usize) -> bool {
    let (columns, rows) = (SMALL.0 as usize, SMALL.1 as usize);
    (y.saturating_sub(2)..=(y + 1).min(rows - 1))
        .all(|row| plain[row * columns..][x.saturating_sub(2)..=(x + 1).min(columns - 1)].iter().all(|&p| p))
}

/// Length of the gradient by Scharr's 3 × 3 kernels; the picture is mirrored about its outermost pixels.
fn gradient(light: &Gray, x: i32, y: i32) -> f64 {
    let mirrored = |v: i32, length: u32| {
        let last = length as i32 - 1;
        (last - (last - v.abs()).abs()) as u32
    };
    let at = |dx: i32, dy: i32| i32::from(light.at(mirrored(x + dx, light.width), mirrored(y + dy, light.height)));
    let across = 3 * (at(1, -1) - at(-1, -1)) + 10 * (at(1, 0) - at(-1, 0)) + 3 * (at(1, 1) - at(-1, 1));
    let down = 3 * (at(-1, 1) - at(-1, -1)) + 10 * (at(0, 1) - at(0, -1)) + 3 * (at(1, 1) - at(1, -1));
    libm::sqrt(f64::from(across * across + down * down))
}

/// The part that is looked at, linear between the nearest pixels, in `OpenCV`'s arithmetic for bytes: weights of
/// 11 bits, rows cut to 16 bits before they are weighed.
fn shrunk(aligned: &Rgb) -> Rgb {
    let columns: Vec<_> = (0..SMALL.0).map(|x| tap(x, SMALL.0, LOOKED.0)).collect();
    let mut data = Vec::with_capacity((SMALL.0 * SMALL.1 * 3) as usize);
    for (y, low, high) in (0..SMALL.1).map(|y| tap(y, SMALL.1, LOOKED.1)) {
        let next_row = (y + 1).min(LOOKED.1 - 1);
        for &(x, left, right) in &columns {
            let next = (x + 1).min(LOOKED.0 - 1);
            let pixels = [(x, y), (next, y), (x, next_row), (next, next_row)]
                .map(|(x, y)| aligned.at(x + CUT_LEFT, y).map(i32::from));
            for channel in 0..3 {
                let [a, b, c, d] = pixels.map(|p| p[channel]);
                let (top, bottom) = (a * left + b * right, c * left + d * right);
                data.push(((((low * (top >> 4)) >> 16) + ((high * (bottom >> 4)) >> 16) + 2) >> 2) as u8);
            }
        }
    }
    Rgb { width: SMALL.0, height: SMALL.1, data }
}

/// First pixel, its weight and the next one's, of 2,048.
fn tap(at: u32, small: u32, large: u32) -> (u32, i32, i32) {
    let scale = 1.0 / (f64::from(small) / f64::from(large));
    let place = ((f64::from(at) + 0.5) * scale - 0.5) as f32;
    let first = libm::floorf(place);
    let share = if place < 0.0 || first as u32 >= large - 1 { 0.0 } else { place - first };
    let weight = |share: f32| libm::rintf(share * 2048.0) as i32;
    ((first.max(0.0) as u32).min(large - 1), weight(1.0 - share), weight(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_wall_has_no_gradient_and_a_step_has() {
        let mut light = Gray::filled(9, 9, 100);
        assert!(gradient(&light, 0, 0).abs() < 1e-9 && gradient(&light, 8, 8).abs() < 1e-9);
        for y in 0..9 {
            light.data[y * 9 + 5] = 110;
        }
        assert!((gradient(&light, 4, 4) - 160.0).abs() < 1e-9);
    }

    #[test]
    fn a_matte_becomes_background_where_nobody_is() {
        let mut matte = Gray::filled(200, 100, 0);
        for y in 0..100 {
            matte.data[y * 200 + 100..(y + 1) * 200].fill(255);
        }
        let alignment = Alignment::from_rows([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        let plane = background_from_matte(&matte, &alignment, (616, 616));
        assert_eq!((plane.width, plane.height), (PARSED_PX, PARSED_PX));
        // Column 308 of the aligned picture is column 200 of the plane.
        assert_eq!((plane.at(195, 200), plane.at(205, 200)), (255, 0));
    }
}

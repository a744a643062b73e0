//! A plan as pixels at the paper's density, for photo printers that take JPEG or PNG only.

use super::{Caption, Line, Placed, Plan, letters};
use crate::PhotoError;
use crate::pixels::Rgb;

/// Colour of cut marks and caption.
const INK: [u8; 3] = [40, 40, 40];

/// Colour of outlines: seen on white, not mistaken for a frame.
const OUTLINE: [u8; 3] = [190, 190, 190];

/// Draws the sheet: one picture for each size asked, in that order, resampled to its size on paper. Encode it with
/// [`crate::make::encode::encode`] and [`Plan::dpi`], and a print at 100 % has the true size.
///
/// # Errors
/// [`PhotoError::Make`] where the number of pictures is not that of the sizes, a picture is more than 2 % off the
/// shape of its place, or the caption has a character that is not drawn here (Chinese: use [`super::pdf`]).
pub fn render(plan: &Plan, pictures: &[&Rgb]) -> Result<Rgb, PhotoError> {
    super::check_pictures(plan, pictures.len())?;
    let px = |mm: f32| to_px(mm, plan.dpi);
    let mut sheet = Rgb::filled(px(plan.width_mm), px(plan.height_mm), [255; 3]);
    let mut ready: Vec<(usize, Rgb)> = Vec::new();
    for photo in &plan.photos {
        let key = photo.size * 2 + usize::from(photo.turned);
        let at = if let Some(at) = ready.iter().position(|(k, _)| *k == key) {
            at
        } else {
            ready.push((key, fitted(pictures[photo.size], photo, plan.dpi)?));
            ready.len() - 1
        };
        paste(&mut sheet, &ready[at].1, px(photo.x_mm), px(photo.y_mm), plan.outlines);
    }
    for line in &plan.marks {
        draw_line(&mut sheet, line, plan.dpi);
    }
    if let Some(caption) = &plan.caption {
        write(&mut sheet, caption, plan.dpi)?;
    }
    Ok(sheet)
}

fn to_px(mm: f32, dpi: u16) -> u32 {
    libm::round(f64::from(mm) * f64::from(dpi) / 25.4).max(0.0) as u32
}

/// The picture in the size and direction of its place.
fn fitted(picture: &Rgb, photo: &Placed, dpi: u16) -> Result<Rgb, PhotoError> {
    super::check_shape(picture.width, picture.height, photo)?;
    let (width, height) = (to_px(photo.width_mm, dpi), to_px(photo.height_mm, dpi));
    let turned;
    let upright = if photo.turned {
        turned = quarter_turned(picture);
        &turned
    } else {
        picture
    };
    if (upright.width, upright.height) == (width, height) {
        return Ok(upright.clone());
    }
    Ok(upright.resized(width, height))
}

/// A quarter clockwise.
fn quarter_turned(picture: &Rgb) -> Rgb {
    let mut turned = Rgb::filled(picture.height, picture.width, [255; 3]);
    for y in 0..picture.height {
        for x in 0..picture.width {
            turned.set(picture.height - 1 - y, x, picture.at(x, y));
        }
    }
    turned
}

/// Copies a photo onto the sheet; an outline is one px wide and lies outside.
fn paste(sheet: &mut Rgb, photo: &Rgb, x0: u32, y0: u32, outline: bool) {
    let (x1, y1) = (x0 + photo.width, y0 + photo.height);
    if outline {
        for x in x0.saturating_sub(1)..=x1 {
            dot(sheet, x, y0.saturating_sub(1), OUTLINE);
            dot(sheet, x, y1, OUTLINE);
        }
        for y in y0..y1 {
            dot(sheet, x0.saturating_sub(1), y, OUTLINE);
            dot(sheet, x1, y, OUTLINE);
        }
    }
    for y in 0..photo.height {
        for x in 0..photo.width {
            dot(sheet, x0 + x, y0 + y, photo.at(x, y));
        }
    }
}

fn draw_line(sheet: &mut Rgb, line: &Line, dpi: u16) {
    let px = |mm: f32| to_px(mm, dpi);
    let (x0, y0, x1, y1) = (px(line.from_mm.0), px(line.from_mm.1), px(line.to_mm.0), px(line.to_mm.1));
    for y in y0..=y1 {
        for x in x0..=x1 {
            dot(sheet, x, y, INK);
        }
    }
}

fn write(sheet: &mut Rgb, caption: &Caption, dpi: u16) -> Result<(), PhotoError> {
    // The place was reserved for letters of 0.6 of the line; dots are whole px, so the text may be a little smaller
    // than its place, and is centred in it.
    let letter = f64::from(caption.line_mm * super::LETTER_WIDTH) * f64::from(dpi) / 25.4;
    let scale = ((letter / f64::from(letters::ADVANCE)) as u32).max(1);
    let spare = (letter - f64::from(letters::ADVANCE * scale)) * f64::from(letters::count(&caption.text));
    let left = f64::from(to_px(caption.x_mm, dpi)) + spare / 2.0;
    let top = to_px(caption.y_mm + caption.line_mm, dpi).saturating_sub(letters::ROWS * scale + 1);
    for (place, c) in caption.text.chars().enumerate() {
        let Some(rows) = letters::glyph(c) else {
            let why = format!("the caption's {c:?} cannot be drawn on a raster sheet; use the PDF, or Latin letters");
            return Err(PhotoError::Make { why });
        };
        let x0 = left.max(0.0) as u32 + place as u32 * letters::ADVANCE * scale;
        for y in 0..letters::ROWS * scale {
            for x in 0..5 * scale {
                if rows[(y / scale) as usize] >> (4 - x / scale) & 1 == 1 {
                    dot(sheet, x0 + x, top + y, INK);
                }
            }
        }
    }
    Ok(())
}

fn dot(sheet: &mut Rgb, x: u32, y: u32, colour: [u8; 3]) {
    if x < sheet.width && y < sheet.height {
        sheet.set(x, y, colour);
    }
}

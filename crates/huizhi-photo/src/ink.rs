//! A picture of writing → ink on white: a name that no font has, photographed from a household register or drawn with a finger.

use crate::PhotoError;
use crate::decode::Portrait;
use crate::pixels::{Gray, Rgb};

/// Largest result, px: 160 rows on the 9.2 mm that a receipt on A4 gives a name are 440 dpi.
pub const MOST_WIDTH: u32 = 800;
/// See [`MOST_WIDTH`].
pub const MOST_HEIGHT: u32 = 160;

/// Sauvola's threshold (Sauvola and Pietikäinen 2000): how far below its surroundings a place has to lie to be ink, and the
/// deviation that counts as full contrast, both as published.
const BELOW: f32 = 0.2;
const FULL_DEVIATION: f32 = 128.0;
/// Half the window as a share of the shorter side: wider than a finger's stroke, narrower than a page's shadow. This and the next four are
/// chosen, and held by the drawn pages of the tests below; the citizen sees what comes out and decides.
const WINDOW: f32 = 0.25;
/// Ink as a share of the picture, beyond which it is no writing: a full stop, and a dark wall.
const INK: std::ops::RangeInclusive<f32> = 0.001..=0.5;
/// Blots smaller than this share of the shorter side, squared, are dust or grain.
const DUST: f32 = 1.0 / 60.0;
/// A blot that touches the edge and is longer than this share of a side is a form's line or a shadow.
const LINE: f32 = 0.7;
/// White around the writing, as a share of its height.
const MARGIN: f32 = 0.08;
/// Rows below which writing cannot be read, px.
const LEAST_ROWS: u32 = 16;

/// The writing of a picture, cut out, dark on white; `None` where there is none to be seen.
#[must_use]
pub fn ink(picture: &Portrait) -> Option<Gray> {
    let gray = picture.working().luma();
    let mut blots = blots(&gray, &below_surroundings(&gray));
    let short = gray.width.min(gray.height) as f32;
    blots.retain(|blot| blot.places.len() as f32 >= (short * DUST).powi(2));
    let lines = |blot: &Blot| {
        blot.touches_edge
            && (blot.width() as f32 > LINE * gray.width as f32 || blot.height() as f32 > LINE * gray.height as f32)
    };
    // Somebody who draws large reaches the edge too: then nothing else is there.
    if blots.iter().any(|blot| !lines(blot)) {
        blots.retain(|blot| !lines(blot));
    }
    let inked: usize = blots.iter().map(|blot| blot.places.len()).sum();
    if !INK.contains(&(inked as f32 / gray.data.len() as f32)) {
        return None;
    }
    cut_out(&blots)
}

/// As [`ink`], as a PNG of one channel.
///
/// # Errors
/// [`PhotoError::Make`] where the encoder refuses, which it has no reason to.
pub fn png(picture: &Portrait) -> Result<Option<Vec<u8>>, PhotoError> {
    let Some(ink) = ink(picture) else { return Ok(None) };
    let refused = |e: png::EncodingError| PhotoError::Make { why: format!("the PNG encoder refused: {e}") };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, ink.width, ink.height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(refused)?;
    writer.write_image_data(&ink.data).map_err(refused)?;
    writer.finish().map_err(refused)?;
    Ok(Some(bytes))
}

/// Whether each place is darker than what is around it, by [`BELOW`].
fn below_surroundings(gray: &Gray) -> Vec<bool> {
    let (width, height) = (gray.width as usize, gray.height as usize);
    let (sums, squares) = integrals(gray);
    let reach = ((gray.width.min(gray.height) as f32 * WINDOW) as usize).max(8);
    let row = width + 1;
    let mut below = Vec::with_capacity(width * height);
    for y in 0..height {
        let (top, bottom) = (y.saturating_sub(reach), (y + reach + 1).min(height));
        for x in 0..width {
            let (left, right) = (x.saturating_sub(reach), (x + reach + 1).min(width));
            let over = |table: &[u64]| {
                (table[bottom * row + right] + table[top * row + left]
                    - table[top * row + right]
                    - table[bottom * row + left]) as f32
            };
            let count = ((bottom - top) * (right - left)) as f32;
            let mean = over(&sums) / count;
            let deviation = libm::sqrtf((over(&squares) / count - mean * mean).max(0.0));
            let limit = mean * (1.0 - BELOW * (1.0 - deviation / FULL_DEVIATION));
            below.push(f32::from(gray.data[y * width + x]) < limit);
        }
    }
    below
}

/// Sums of values, and of their squares, over everything above and left of each corner.
fn integrals(gray: &Gray) -> (Vec<u64>, Vec<u64>) {
    let (width, height) = (gray.width as usize, gray.height as usize);
    let row = width + 1;
    let (mut sums, mut squares) = (vec![0_u64; row * (height + 1)], vec![0_u64; row * (height + 1)]);
    for y in 0..height {
        let (mut sum, mut square) = (0, 0);
        for x in 0..width {
            let value = u64::from(gray.data[y * width + x]);
            sum += value;
            square += value * value;
            sums[(y + 1) * row + x + 1] = sums[y * row + x + 1] + sum;
            squares[(y + 1) * row + x + 1] = squares[y * row + x + 1] + square;
        }
    }
    (sums, squares)
}

/// Places of ink that hang together.
struct Blot {
    places: Vec<(u32, u32)>,
    left: u32,
    right: u32,
    top: u32,
    bottom: u32,
    touches_edge: bool,
}

impl Blot {
    const fn width(&self) -> u32 {
        self.right - self.left + 1
    }

    const fn height(&self) -> u32 {
        self.bottom - self.top + 1
    }
}

fn blots(gray: &Gray, inked: &[bool]) -> Vec<Blot> {
    let (width, height) = (gray.width, gray.height);
    let mut open = inked.to_vec();
    let mut found = Vec::new();
    for start in 0..open.len() {
        if !std::mem::take(&mut open[start]) {
            continue;
        }
        let mut places = vec![(start as u32 % width, start as u32 / width)];
        let mut next = 0;
        while let Some(&(x, y)) = places.get(next) {
            next += 1;
            for near_y in y.saturating_sub(1)..(y + 2).min(height) {
                for near_x in x.saturating_sub(1)..(x + 2).min(width) {
                    if std::mem::take(&mut open[(near_y * width + near_x) as usize]) {
                        places.push((near_x, near_y));
                    }
                }
            }
        }
        let (left, right, top, bottom) =
            places.iter().fold((width, 0, height, 0), |(l, r, t, b), &(x, y)| (l.min(x), r.max(x), t.min(y), b.max(y)));
        let touches_edge = left == 0 || top == 0 || right + 1 == width || bottom + 1 == height;
        found.push(Blot { places, left, right, top, bottom, touches_edge });
    }
    found
}

/// The blots on white, as large as they are or as [`MOST_WIDTH`] and [`MOST_HEIGHT`] allow.
fn cut_out(blots: &[Blot]) -> Option<Gray> {
    let left = blots.iter().map(|it| it.left).min()?;
    let right = blots.iter().map(|it| it.right).max()?;
    let top = blots.iter().map(|it| it.top).min()?;
    let bottom = blots.iter().map(|it| it.bottom).max()?;
    let rows = bottom - top + 1;
    if rows < LEAST_ROWS {
        return None;
    }
    let margin = ((rows as f32 * MARGIN) as u32).max(2);
    // In colour only because that is what shrinks by averaging: thin strokes stay.
    let mut cut = Rgb::filled(right - left + 1 + 2 * margin, rows + 2 * margin, [255; 3]);
    for &(x, y) in blots.iter().flat_map(|it| &it.places) {
        cut.set(x - left + margin, y - top + margin, [0; 3]);
    }
    let shrink = (MOST_WIDTH as f32 / cut.width as f32).min(MOST_HEIGHT as f32 / cut.height as f32).min(1.0);
    let side = |px: u32| ((px as f32 * shrink) as u32).max(1);
    Some(if shrink < 1.0 { cut.resized(side(cut.width), side(cut.height)).luma() } else { cut.luma() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page under uneven light, with a cross of strokes, a form's line and dust.
    fn page(stroke: u32, line: bool) -> Portrait {
        let mut picture = Rgb::filled(600, 300, [0; 3]);
        for y in 0..300_u32 {
            for x in 0..600_u32 {
                let paper = 230 - x / 6;
                let cross = (x.abs_diff(300) <= stroke && y.abs_diff(150) < 90)
                    || (y.abs_diff(150) <= stroke && x.abs_diff(300) < 90);
                let ruled = line && y.abs_diff(280) <= 1;
                let dust = (x, y) == (50, 50);
                let value = if cross || ruled || dust { paper / 4 } else { paper } as u8;
                picture.set(x, y, [value; 3]);
            }
        }
        Portrait::from_pixels(picture).unwrap()
    }

    #[test]
    fn writing_is_cut_out_under_uneven_light() {
        for stroke in [2, 6, 14] {
            let ink = ink(&page(stroke, true)).unwrap();
            assert!(ink.width <= MOST_WIDTH && ink.height <= MOST_HEIGHT, "{}×{}", ink.width, ink.height);
            // The cross is as wide as it is high; line and dust would have made it wider.
            assert!(ink.width.abs_diff(ink.height) <= 2, "{}×{}", ink.width, ink.height);
            let (x, y) = (ink.width / 2, ink.height / 2);
            assert!(ink.at(x, y) < 60, "the middle is ink: {}", ink.at(x, y));
            assert_eq!(ink.at(2, 2), 255, "the corner is paper");
        }
    }

    #[test]
    fn a_page_without_writing_gives_nothing() {
        for colour in [255, 128, 0] {
            let blank = Portrait::from_pixels(Rgb::filled(400, 200, [colour; 3])).unwrap();
            assert!(ink(&blank).is_none(), "{colour}");
        }
    }

    #[test]
    fn what_reaches_the_edge_is_kept_where_nothing_else_is_there() {
        let mut picture = Rgb::filled(300, 100, [255; 3]);
        for x in 0..300 {
            for y in 45..55 {
                picture.set(x, y, [0; 3]);
            }
        }
        for y in 0..100 {
            for x in 145..155 {
                picture.set(x, y, [0; 3]);
            }
        }
        assert!(ink(&Portrait::from_pixels(picture).unwrap()).is_some());
    }

    #[test]
    fn the_file_is_a_small_png() {
        let bytes = png(&page(6, false)).unwrap().unwrap();
        assert!(bytes.starts_with(b"\x89PNG") && bytes.len() < 8 * 1024, "{}", bytes.len());
    }
}

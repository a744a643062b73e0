//! A clean matte, and the person before a new background.

use serde::Serialize;

use crate::pixels::{Gray, Point, Rgb};

/// Why a matte is not to be relied on; the maker then says so (rejection code B01) instead of guessing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Doubt {
    /// Two networks disagree on where the person is.
    Silhouette {
        /// Overlap of both, as a share of their union.
        overlap: f32,
    },
    /// More of the matte than hair can explain is neither person nor background.
    Vague {
        /// Half-transparent area as a share of the person's.
        share: f32,
    },
}

/// Overlap under which two networks see different people. Over 92 portraits the median is 0.988; failures had 0.02 to
/// 0.81 (models, matte), and false alarms lay above 0.85.
const LEAST_OVERLAP: f32 = 0.85;
/// Share of half-transparent pixels from which a matte is vague; wide curls reach a third of it.
const MOST_VAGUE: f32 = 0.30;
/// Ends of the matte that count as all and nothing: they kill the grey veil in curls without thinning them.
const ENDS: (f32, f32) = (0.02, 0.98);
/// Value from which a pixel is a solid part of the person.
const SOLID: u8 = 96;
/// Value from which a pixel is a strand; low, so that single hairs are kept.
const STRAND: u8 = 12;
/// How far a strand reaches from the solid person, as a share of the height. Further faint bridges lead to leaves,
/// signs and other things behind the person.
const STRAND_REACH: f32 = 0.05;

/// Where the face lies in the matte, px of it.
pub struct FacePlace<'a> {
    /// The face's outline.
    pub oval: &'a [Point],
    /// Tip of the chin.
    pub chin: Point,
}

/// Whether the matte can be relied on; `coarse` is the silhouette of the same picture, of the matte's size.
#[must_use]
pub fn doubt(matte: &Gray, coarse: &Gray) -> Option<Doubt> {
    let (mut both, mut either, mut vague, mut person) = (0_u32, 0_u32, 0_u32, 0_u32);
    for (&a, &b) in matte.data.iter().zip(&coarse.data) {
        both += u32::from(a >= 128 && b >= 128);
        either += u32::from(a >= 128 || b >= 128);
        vague += u32::from((26..230).contains(&a));
        person += u32::from(a >= 128);
    }
    let overlap = both as f32 / either.max(1) as f32;
    let share = vague as f32 / person.max(1) as f32;
    if overlap < LEAST_OVERLAP {
        return Some(Doubt::Silhouette { overlap });
    }
    (share > MOST_VAGUE).then_some(Doubt::Vague { share })
}

/// The matte with clear ends, of the one person whose face it is, without holes in face or body. Gaps that show the
/// old background, as between hair and neck, stay open.
#[must_use]
pub fn clean(picture: &Rgb, matte: &Gray, face: &FacePlace) -> Gray {
    let mut clean = matte.clone();
    for value in &mut clean.data {
        let alpha = (f32::from(*value) / 255.0 - ENDS.0) / (ENDS.1 - ENDS.0);
        *value = (alpha.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
    }
    fill_face(&mut clean, face.oval);
    keep_connected(&mut clean, face.chin);
    fill_holes(picture, &mut clean, face.chin);
    clean
}

/// The person before a colour: `α·F + (1−α)·B` on gamma-coded values, because the matting network learned its α on
/// pictures that were composed so; in linear light the same α makes hair thin on white.
#[must_use]
pub fn composite(person: &Rgb, matte: &Gray, behind: [u8; 3]) -> Rgb {
    let mut out = Rgb { width: person.width, height: person.height, data: Vec::with_capacity(person.data.len()) };
    for (pixel, &alpha) in person.data.chunks_exact(3).zip(&matte.data) {
        let alpha = u32::from(alpha);
        for channel in 0..3 {
            let sum = alpha * u32::from(pixel[channel]) + (255 - alpha) * u32::from(behind[channel]);
            out.data.push(((sum + 127) / 255) as u8);
        }
    }
    out
}

/// Everything within the face's outline is person: lenses, highlights, a white forehead.
fn fill_face(matte: &mut Gray, oval: &[Point]) {
    for row in 0..matte.height {
        let y = row as f32 + 0.5;
        let mut crossings: Vec<f32> = Vec::new();
        for (i, a) in oval.iter().enumerate() {
            let b = oval[(i + 1) % oval.len()];
            if (a.y <= y) != (b.y <= y) {
                crossings.push(a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y));
            }
        }
        crossings.sort_by(f32::total_cmp);
        for pair in crossings.chunks_exact(2) {
            let from = pair[0].clamp(0.0, matte.width as f32) as usize;
            let to = pair[1].clamp(0.0, matte.width as f32) as usize;
            let start = row as usize * matte.width as usize;
            matte.data[start + from..start + to].fill(255);
        }
    }
}

/// Removes what does not hang together with the face: other people, things, patches of wall.
fn keep_connected(matte: &mut Gray, chin: Point) {
    // Seen at half size, so that a strand broken by one pixel still hangs together.
    let (width, height) = (matte.width.div_ceil(2) as usize, matte.height.div_ceil(2) as usize);
    let mut fullest = vec![0; width * height];
    for (y, line) in matte.data.chunks_exact(matte.width as usize).enumerate() {
        for (x, &alpha) in line.iter().enumerate() {
            let cell = &mut fullest[y / 2 * width + x / 2];
            *cell = alpha.max(*cell);
        }
    }
    let solid: Vec<bool> = fullest.iter().map(|&a| a >= SOLID).collect();
    // The chin lies on the face's outline, which is person by now; a little above it is inside.
    let start_x = (chin.x / 2.0).clamp(0.0, width as f32 - 1.0) as usize;
    let start_y = (chin.y / 2.0 - 4.0).clamp(0.0, height as f32 - 1.0) as usize;
    let mut reached = flood(&solid, width, [start_y * width + start_x]);
    let mut rim: Vec<usize> = (0..reached.len()).filter(|&i| reached[i]).collect();
    for _ in 0..=(STRAND_REACH * height as f32) as usize {
        let mut next_rim = Vec::new();
        for at in rim {
            for next in neighbours(at, width, reached.len()) {
                if !reached[next] && fullest[next] >= STRAND {
                    reached[next] = true;
                    next_rim.push(next);
                }
            }
        }
        rim = next_rim;
    }
    for (y, line) in matte.data.chunks_exact_mut(matte.width as usize).enumerate() {
        for (x, alpha) in line.iter_mut().enumerate() {
            if !reached[y / 2 * width + x / 2] {
                *alpha = 0;
            }
        }
    }
}

/// Fills enclosed gaps that do not show the old background's colour.
fn fill_holes(picture: &Rgb, matte: &mut Gray, chin: Point) {
    let (width, height) = (matte.width as usize, matte.height as usize);
    let gap: Vec<bool> = matte.data.iter().map(|&a| a < 192).collect();
    let sides = (0..height).flat_map(|y| [y * width, y * width + width - 1]);
    let rim = (0..width).chain(sides).filter(|&i| gap[i]);
    let outside = flood(&gap, width, rim);
    let mut behind = [0_u64; 4];
    for i in (0..gap.len()).filter(|&i| outside[i] && matte.data[i] == 0) {
        add(&mut behind, &picture.data[3 * i..3 * i + 3]);
    }
    let behind = mean(behind);
    let mut seen = outside;
    for i in 0..gap.len() {
        if !gap[i] || seen[i] {
            continue;
        }
        let hole = flood(&gap, width, [i]);
        let mut colour = [0_u64; 4];
        let mut low = 0_u32;
        for j in (i..gap.len()).filter(|&j| hole[j]) {
            seen[j] = true;
            low += u32::from((j / width) as f32 > chin.y);
            add(&mut colour, &picture.data[3 * j..3 * j + 3]);
        }
        let count = colour[3] as u32;
        let unlike = mean(colour).iter().zip(&behind).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) > UNLIKE;
        // Above the chin only hair encloses anything, and its gaps are seldom of one colour: leave them.
        if unlike && low * 2 > count {
            for j in (i..gap.len()).filter(|&j| hole[j]) {
                matte.data[j] = 255;
            }
        }
    }
}

/// Difference from the old background's mean from which a gap is no view of it, grey levels of one channel.
const UNLIKE: f32 = 40.0;

fn add(sums: &mut [u64; 4], pixel: &[u8]) {
    for channel in 0..3 {
        sums[channel] += u64::from(pixel[channel]);
    }
    sums[3] += 1;
}

fn mean(sums: [u64; 4]) -> [f32; 3] {
    [0, 1, 2].map(|channel| sums[channel] as f32 / sums[3].max(1) as f32)
}

/// The places connected to any of `starts` through `open` ones, side by side.
fn flood(open: &[bool], width: usize, starts: impl IntoIterator<Item = usize>) -> Vec<bool> {
    let mut reached = vec![false; open.len()];
    let mut waiting: Vec<usize> = Vec::new();
    for start in starts {
        if open[start] && !reached[start] {
            reached[start] = true;
            waiting.push(start);
        }
    }
    while let Some(at) = waiting.pop() {
        for next in neighbours(at, width, open.len()) {
            if open[next] && !reached[next] {
                reached[next] = true;
                waiting.push(next);
            }
        }
    }
    reached
}

/// The up to four places beside one.
fn neighbours(at: usize, width: usize, length: usize) -> impl Iterator<Item = usize> {
    let x = at % width;
    [
        (x > 0).then(|| at - 1),
        (x + 1 < width).then_some(at + 1),
        at.checked_sub(width),
        (at + width < length).then_some(at + width),
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::{Doubt, FacePlace, clean, composite, doubt};
    use crate::pixels::{Gray, Point, Rgb};

    const SIDE: u32 = 120;

    fn block(matte: &mut Gray, (x0, x1): (u32, u32), (y0, y1): (u32, u32), value: u8) {
        for y in y0..y1 {
            for x in x0..x1 {
                matte.data[(y * SIDE + x) as usize] = value;
            }
        }
    }

    /// Head and body in one block before a green wall, and where the face is.
    fn person() -> (Rgb, Gray, [Point; 4]) {
        let mut matte = Gray::filled(SIDE, SIDE, 0);
        block(&mut matte, (40, 80), (20, 120), 255);
        let mut picture = Rgb::filled(SIDE, SIDE, [20, 160, 40]);
        for y in 20..120 {
            for x in 40..80 {
                picture.set(x, y, [150, 110, 90]);
            }
        }
        let oval = [Point::new(45.0, 30.0), Point::new(75.0, 30.0), Point::new(75.0, 60.0), Point::new(45.0, 60.0)];
        (picture, matte, oval)
    }

    fn cleaned(picture: &Rgb, matte: &Gray, oval: &[Point]) -> Gray {
        clean(picture, matte, &FacePlace { oval, chin: Point::new(60.0, 60.0) })
    }

    #[test]
    fn another_person_behind_a_faint_bridge_goes_away_and_a_strand_stays() {
        let (picture, mut matte, oval) = person();
        block(&mut matte, (100, 115), (30, 60), 255);
        block(&mut matte, (80, 100), (40, 42), 30);
        block(&mut matte, (36, 40), (40, 42), 30);
        let clean = cleaned(&picture, &matte, &oval);
        assert_eq!(clean.at(110, 45), 0);
        assert!(clean.at(37, 41) > 20);
    }

    #[test]
    fn lenses_and_buttons_are_filled_and_a_view_of_the_wall_stays_open() {
        let (mut picture, mut matte, oval) = person();
        block(&mut matte, (50, 56), (40, 44), 0);
        block(&mut matte, (50, 56), (90, 96), 0);
        block(&mut matte, (64, 70), (90, 96), 0);
        for y in 90..96 {
            for x in 64..70 {
                picture.set(x, y, [20, 160, 40]);
            }
        }
        let clean = cleaned(&picture, &matte, &oval);
        assert_eq!(clean.at(52, 42), 255, "a lens");
        assert_eq!(clean.at(52, 92), 255, "a button");
        assert_eq!(clean.at(66, 92), 0, "the wall seen under an arm");
    }

    #[test]
    fn a_matte_that_the_silhouette_contradicts_is_doubted() {
        let (_, matte, _) = person();
        assert_eq!(doubt(&matte, &matte), None);
        let mut other = Gray::filled(SIDE, SIDE, 0);
        block(&mut other, (40, 120), (20, 120), 255);
        assert!(matches!(doubt(&matte, &other), Some(Doubt::Silhouette { overlap }) if overlap < 0.6));
        let vague = Gray::filled(SIDE, SIDE, 140);
        assert!(matches!(doubt(&vague, &vague), Some(Doubt::Vague { .. })));
    }

    #[test]
    fn clear_places_take_exactly_the_new_colour() {
        let (picture, matte, _) = person();
        let made = composite(&picture, &matte, [67, 142, 219]);
        assert_eq!(made.at(5, 5), [67, 142, 219]);
        assert_eq!(made.at(60, 100), [150, 110, 90]);
    }
}

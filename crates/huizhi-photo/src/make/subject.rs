//! The person in the picture, seen level: where head and shoulders are.

use super::background::{self, Doubt, FacePlace};
use super::crop::{Frame, Head, Placement};
use super::soft;
use crate::decode::Portrait;
use crate::face::{Face, landmark};
use crate::matte::Matter;
use crate::pixels::{Affine, Gray, Point, Rgb};
use crate::{PhotoError, spec};

/// A turned part of the source, and who is person in it.
pub(super) struct View {
    /// 0 background … 255 person.
    pub mask: Gray,
    /// From px of the mask to px of the source.
    pub to_source: Affine,
    /// Why the mask is not to be relied on.
    pub doubt: Option<Doubt>,
}

/// Longest side on which the matte is computed, px: MODNet was trained on 512 and loses whole parts of people on much
/// more, and its cost grows with the area.
const MATTE_LONG: f32 = 640.0;
/// Room around the crop in which the matte is computed too, as a share of its sides: the crown that the matte shows
/// moves the crop a little, and the network needs to see what lies beyond an edge.
const ROOM: f32 = 0.08;
/// Side of the first, coarse look, in face widths: hair, shoulders, and what stands around.
const LOOK: f32 = 5.0;
/// Side of the silhouette, px.
const COARSE: u32 = 256;

/// The silhouette of head and shoulders; cheap.
pub(super) fn look(portrait: &Portrait, face: &Face, matter: &dyn Matter) -> Result<View, PhotoError> {
    let frame = frame(portrait, face);
    let drop = 0.4 * face.width();
    let (sin, cos) = (libm::sinf(frame.radians), libm::cosf(frame.radians));
    let centre = Point::new(frame.eyes.x - sin * drop, frame.eyes.y + cos * drop);
    let side = COARSE as f32;
    let to_source = Affine::region(centre, side, side, LOOK * face.width() / side, frame.radians);
    let mask = matter.silhouette(&legible(portrait.sampled(&to_source, COARSE, COARSE)))?.mask;
    Ok(View { mask: within(portrait, mask, &to_source, 0.0), to_source, doubt: None })
}

/// The silhouette of the crop that a placement makes, with room around it.
pub(super) fn silhouette(
    portrait: &Portrait,
    face: &Face,
    matter: &dyn Matter,
    placed: &Placement,
    size: &spec::Size,
) -> Result<View, PhotoError> {
    let (to_source, width, height) = roomy(portrait, face, placed, size);
    let picture = legible(glance(portrait, &to_source, width, height));
    let mask = matter.silhouette(&picture)?.mask.resized(width, height);
    Ok(View { mask: within(portrait, mask, &to_source, 1.0), to_source, doubt: None })
}

/// The clean matte of the crop that a placement makes, with room around it.
pub(super) fn matte(
    portrait: &Portrait,
    face: &Face,
    matter: &dyn Matter,
    placed: &Placement,
    size: &spec::Size,
) -> Result<View, PhotoError> {
    let (to_source, width, height) = roomy(portrait, face, placed, size);
    let picture = legible(glance(portrait, &to_source, width, height));
    let mut raw = matter.matte(&picture)?;
    let coarse = matter.silhouette(&picture)?.mask.resized(width, height);
    let doubt = background::doubt(&raw, &coarse);
    let Some(to_view) = to_source.inverse() else {
        return Err(PhotoError::Make { why: "the face has no size".to_owned() });
    };
    let oval: Vec<Point> = landmark::OVAL.iter().map(|&i| to_view.apply(face.point(i))).collect();
    if doubt.is_some() && soft::lost(&raw, &coarse, &oval) {
        raw = soft::guided(&picture, &coarse);
    }
    let place = FacePlace { oval: &oval, chin: to_view.apply(face.chin()) };
    let mask = within(portrait, background::clean(&picture, &raw, &place), &to_source, 3.0);
    Ok(View { mask, to_source, doubt })
}

/// A region of the source for a network to look at. From half the size on, sampling averages blocks by itself, which is
/// all that a network needs; a fourth of the work of [`render`].
fn glance(portrait: &Portrait, to_source: &Affine, width: u32, height: u32) -> Rgb {
    if to_source.scale() < 2.0 {
        return render(portrait, to_source, width, height);
    }
    portrait.sampled(to_source, width, height)
}

/// A dark picture with its shadows opened, for the networks only: before a dark wall they lose dark hair, which is there
/// to be seen once it is bright enough.
fn legible(mut picture: Rgb) -> Rgb {
    let mut counts = [0_u32; 256];
    for value in picture.luma().data {
        counts[usize::from(value)] += 1;
    }
    let (mut below, half) = (0, picture.width * picture.height / 2);
    let median = counts.iter().position(|&count| {
        below += count;
        below > half
    });
    let median = (median.unwrap_or(255).max(1) as f32) / 255.0;
    if median >= DARK {
        return picture;
    }
    let power = (libm::logf(DARK) / libm::logf(median)).max(LEAST_POWER);
    let table: [u8; 256] = std::array::from_fn(|i| (libm::powf(i as f32 / 255.0, power) * 255.0 + 0.5) as u8);
    for value in &mut picture.data {
        *value = table[usize::from(*value)];
    }
    picture
}

/// Median luma under which a picture is dark, as a share of white. Chosen on four dark portraits, as is the power below.
const DARK: f32 = 0.2;
/// Least power of the curve that opens the shadows; less shows noise and blocks instead of hair.
const LEAST_POWER: f32 = 0.4;

/// A region of the source at the photo's size. Where it shrinks, each px is the mean of four samples, so that hair
/// and fine cloth do not flicker.
pub(super) fn render(portrait: &Portrait, to_source: &Affine, width: u32, height: u32) -> Rgb {
    if to_source.scale() < 1.3 {
        return portrait.sampled(to_source, width, height);
    }
    let half = Affine { m: [0.5, 0.0, 0.0, 0.0, 0.5, 0.0] };
    let fine = portrait.sampled(&half.then(to_source), width * 2, height * 2);
    let stride = width as usize * 6;
    let mut data = Vec::with_capacity(width as usize * height as usize * 3);
    for pair in fine.data.chunks_exact(stride * 2) {
        let (upper, lower) = pair.split_at(stride);
        for (a, b) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
            for c in 0..3 {
                let sum = u16::from(a[c]) + u16::from(a[c + 3]) + u16::from(b[c]) + u16::from(b[c + 3]);
                data.push(((sum + 2) / 4) as u8);
            }
        }
    }
    Rgb { width, height, data }
}

/// The picture around the head.
pub(super) fn frame(portrait: &Portrait, face: &Face) -> Frame {
    Frame {
        width: portrait.width() as f32,
        height: portrait.height() as f32,
        eyes: face.eyes(),
        radians: face.eye_line(),
    }
}

/// The head in its level frame. The crown is where the view's person begins above the face, over the width of the
/// head; a few strands are no crown. The second value tells that the source's upper edge cuts the head.
pub(super) fn head(face: &Face, view: &View, at_skull: bool) -> (Head, bool) {
    let (eyes, radians) = (face.eyes(), face.eye_line());
    let right = level(face.point(landmark::RIGHT_TRAGION), eyes, radians);
    let left = level(face.point(landmark::LEFT_TRAGION), eyes, radians);
    let chin = level(face.chin(), eyes, radians).y;
    let centre = (right.x + left.x) / 2.0;
    let forehead = -level(face.point(landmark::FOREHEAD), eyes, radians).y;
    let (mut crown, mut cut) = (forehead, false);
    let width = face.width();
    let step = view.to_source.scale();
    let mut top = 0;
    let need = (CROWN_SHARE * width / step).max(2.0) as usize;
    let stride = view.mask.width as usize;
    for (y, line) in view.mask.data.chunks_exact(stride).enumerate() {
        let at = |x: f32| view.to_source.apply(Point::new(x, y as f32));
        let first = level(at(0.0), eyes, radians);
        let from = ((centre - HEAD_REACH * width - first.x) / step).clamp(0.0, stride as f32) as usize;
        let to = ((centre + HEAD_REACH * width - first.x) / step).clamp(0.0, stride as f32) as usize;
        let person = line[from..to].iter().filter(|&&a| a >= LOOSE).count();
        if person >= need {
            crown = (-first.y).max(forehead);
            top = y as u32;
            let source = at((from + to) as f32 / 2.0);
            cut = source.y < (1.5 * step).max(2.0);
            break;
        }
    }
    if at_skull {
        // The skull's top lies as far above the eyes as the chin lies below (the eyes halve the head).
        crown = crown.min(chin * SKULL);
    }
    let head_width = view.to_source.inverse().map_or(0.0, |to_view| {
        let middle = to_view.apply(unlevel(Point::new(centre, 0.0), eyes, radians));
        let rows = top..(middle.y.max(0.0) as u32).min(view.mask.height);
        let person = |x: u32, y: u32| view.mask.at(x, y) >= 128;
        head_width(rows, view.mask.width, middle.x, width / step, person) * step
    });
    let eye_distance = face.inter_eye_distance();
    (Head { face_width: width, head_width, eye_distance, chin, crown, centre }, cut)
}

/// The head's greatest width over the rows from crown to eyes, px of the mask: from the face's centre column outwards,
/// over gaps no wider than a parting, to where it ends on both sides. Hair that hangs over the ears or stands off is not
/// counted beyond [`HEAD_OVER_FACE`]. `face_width` in the same px.
pub(super) fn head_width(
    rows: std::ops::Range<u32>,
    columns: u32,
    centre: f32,
    face_width: f32,
    person: impl Fn(u32, u32) -> bool,
) -> f32 {
    let centre = centre.clamp(0.0, columns.saturating_sub(1) as f32) as u32;
    let gap = (PARTING * face_width) as u32 + 1;
    let reach = (HEAD_REACH * face_width) as u32;
    let mut widest = 0;
    for y in rows {
        let end = |columns: &mut dyn Iterator<Item = u32>| {
            let mut last = 0;
            for (i, x) in (1_u32..).zip(columns) {
                if person(x, y) {
                    last = i;
                } else if i - last > gap {
                    break;
                }
            }
            last
        };
        let left = end(&mut (centre.saturating_sub(reach)..centre).rev());
        let right = end(&mut (centre..(centre + reach).min(columns)));
        widest = widest.max(left + right);
    }
    (widest as f32).clamp(face_width, HEAD_OVER_FACE * face_width)
}

/// Width of a head with its ears over that of the face between the ear roots: the median of 58 frontal portraits with
/// both ears in sight (a tenth lie under 1.14, a tenth over 1.40). With it a head is 0.73 of its height wide, which is
/// the middle of the driving licence's 165–189 px by 224–260 px; hair over the ears would make it 0.82 to 0.85.
const HEAD_OVER_FACE: f32 = 1.28;

/// Widest gap in the hair that still is within the head, in face widths.
const PARTING: f32 = 0.08;

/// Matte from which a pixel over the head is hair, a third: loose hair counts, a veil does not; as in the certificate.
const LOOSE: u8 = 85;
/// Person pixels that make a row part of the head, as a share of the face's width.
pub(super) const CROWN_SHARE: f32 = 0.06;
/// How far from the face's centre the crown is looked for, in face widths.
pub(super) const HEAD_REACH: f32 = 0.8;
/// Height of the skull above the eyes over that of the chin below them.
pub(super) const SKULL: f32 = 1.0;

/// A point of the source in the head's level frame.
pub(super) fn level(p: Point, eyes: Point, radians: f32) -> Point {
    let (s, c) = (libm::sinf(radians), libm::cosf(radians));
    let (x, y) = (p.x - eyes.x, p.y - eyes.y);
    Point::new(x * c + y * s, y * c - x * s)
}

/// Where a point of the head's level frame lies in the source.
pub(super) fn unlevel(p: Point, eyes: Point, radians: f32) -> Point {
    let (s, c) = (libm::sinf(radians), libm::cosf(radians));
    Point::new(eyes.x + p.x * c - p.y * s, eyes.y + p.x * s + p.y * c)
}

impl View {
    /// A view that shows nothing.
    pub(super) fn nothing() -> Self {
        Self { mask: Gray::filled(0, 0, 0), to_source: Affine::IDENTITY, doubt: None }
    }

    /// The mask at a point of the source; `None` outside the view.
    pub(super) fn at(&self, source: Point) -> Option<u8> {
        self.mask.near(self.to_source.inverse()?.apply(source))
    }
}

/// The crop with room around it: its map, columns and rows.
fn roomy(portrait: &Portrait, face: &Face, placed: &Placement, size: &spec::Size) -> (Affine, u32, u32) {
    let (width, height) = (size.width_px as f32, size.height_px as f32);
    let grown = 1.0 + 2.0 * ROOM;
    // Neither larger than the network can take, nor finer than the source.
    let coarser = (width.max(height) * grown / MATTE_LONG).max(placed.scale).max(1.0);
    let side = |v: f32| ((v * grown / coarser / 32.0 + 0.5) as u32).max(4) * 32;
    let (columns, rows) = (side(width), side(height));
    let offset = Affine {
        m: [
            coarser,
            0.0,
            (width - columns as f32 * coarser) / 2.0,
            0.0,
            coarser,
            (height - rows as f32 * coarser) / 2.0,
        ],
    };
    (offset.then(&placed.to_source(frame(portrait, face).eyes)), columns, rows)
}

/// The mask with everything outside the source cleared; `slack` px of the mask beyond its edge are let through, where
/// the repeated edge shows no seam.
fn within(portrait: &Portrait, mut mask: Gray, to_source: &Affine, slack: f32) -> Gray {
    let (width, height) = (portrait.width() as f32, portrait.height() as f32);
    let slack = slack * to_source.scale();
    let stride = mask.width as usize;
    for (y, line) in mask.data.chunks_exact_mut(stride).enumerate() {
        for (x, alpha) in line.iter_mut().enumerate() {
            let p = to_source.apply(Point::new(x as f32 + 0.5, y as f32 + 0.5));
            if p.x < -slack || p.y < -slack || p.x > width + slack || p.y > height + slack {
                *alpha = 0;
            }
        }
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::{HEAD_OVER_FACE, head_width};

    #[test]
    fn ears_and_close_hair_count_and_hanging_hair_does_not() {
        let band = |half: u32| move |x: u32, _: u32| (100 - half..100 + half).contains(&x);
        assert!((head_width(0..20, 200, 100.0, 80.0, band(48)) - 96.0).abs() < 2.0);
        assert!((head_width(0..20, 200, 100.0, 80.0, band(70)) - HEAD_OVER_FACE * 80.0).abs() < 0.1);
        assert!((head_width(0..20, 200, 100.0, 80.0, |_, _| false) - 80.0).abs() < 0.1);
    }

    #[test]
    fn a_parting_is_within_the_head_and_a_person_beside_it_is_not() {
        let parted = |x: u32, _: u32| (55..98).contains(&x) || (101..145).contains(&x);
        assert!((head_width(0..1, 200, 100.0, 80.0, parted) - 90.0).abs() < 2.0);
        let beside = |x: u32, _: u32| (55..145).contains(&x) || x > 155;
        assert!((head_width(0..1, 200, 100.0, 80.0, beside) - 90.0).abs() < 2.0);
    }
}

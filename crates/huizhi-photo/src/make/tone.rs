//! Exposure and white balance of the whole person, tiny and bounded; never a part of it.
//!
//! Skin is no grey card: dark skin is not a dark photo. So exposure looks at the face's highlights, and balance looks
//! at the whites of the eyes, each only where it is clearly off, and each moves half-way.

use crate::face::{Face, landmark};
use crate::pixels::{Affine, Point, Rgb};
use serde::Serialize;

/// Factors by which the three channels are multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Tone {
    /// Red, green, blue; 1 changes nothing.
    pub gains: [f32; 3],
}

/// Luma that the brightest tenth of a well lit face has at least and at most.
const HIGHLIGHTS: (f32, f32) = (120.0, 236.0);
/// Least and greatest gain of the whole.
const EXPOSURE: (f32, f32) = (0.92, 1.15);
/// A channel of the eye's white this far from its mean counts as a cast; a healthy eye stays below.
const CAST: f32 = 0.10;
/// Greatest change of one channel against the others.
const BALANCE: f32 = 0.05;
/// Fewest pixels of the eyes' white that say anything.
const LEAST_WHITE: usize = 30;

/// The tone that a photo needs; `to_photo` maps the face's points to it. All gains are 1 where nothing is off.
#[must_use]
pub fn needed(photo: &Rgb, face: &Face, to_photo: &Affine) -> Tone {
    let outline: Vec<Point> = landmark::OVAL.iter().map(|&i| to_photo.apply(face.point(i))).collect();
    let mut luma: Vec<f32> = inside(photo, &outline).iter().map(|p| brightness(*p)).collect();
    luma.sort_by(f32::total_cmp);
    let Some(&highlights) = luma.get(luma.len() * 9 / 10) else { return Tone { gains: [1.0; 3] } };
    let aim = highlights.clamp(HIGHLIGHTS.0, HIGHLIGHTS.1);
    let exposure = (aim / highlights.max(1.0)).clamp(EXPOSURE.0, EXPOSURE.1);
    let balance = balance(photo, face, to_photo);
    Tone { gains: balance.map(|b| b * exposure) }
}

impl Tone {
    /// Whether anything changes.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.gains.iter().any(|g| (g - 1.0).abs() > 0.004)
    }

    /// Changes the picture. Bright ends are rounded off instead of clipped, so that no highlight goes flat.
    pub fn apply(&self, picture: &mut Rgb) {
        let tables = self.gains.map(|gain| -> [u8; 256] {
            std::array::from_fn(|i| {
                let value = i as f32 / 255.0;
                // The gain fades out towards white for gains above 1.
                let gain = if gain > 1.0 { gain - (gain - 1.0) * value * value } else { gain };
                ((value * gain).clamp(0.0, 1.0) * 255.0 + 0.5) as u8
            })
        });
        for pixel in picture.data.chunks_exact_mut(3) {
            for channel in 0..3 {
                pixel[channel] = tables[channel][usize::from(pixel[channel])];
            }
        }
    }
}

/// Gains that take half of a clear cast out of the eyes' white.
fn balance(photo: &Rgb, face: &Face, to_photo: &Affine) -> [f32; 3] {
    let mut white: Vec<[u8; 3]> = Vec::new();
    let right = [landmark::RIGHT_EYE_OUTER, landmark::RIGHT_EYE_INNER];
    let left = [landmark::LEFT_EYE_OUTER, landmark::LEFT_EYE_INNER];
    let eyes = [
        (right, landmark::RIGHT_UPPER_LID, landmark::RIGHT_LOWER_LID, landmark::RIGHT_IRIS),
        (left, landmark::LEFT_UPPER_LID, landmark::LEFT_LOWER_LID, landmark::LEFT_IRIS),
    ];
    for ([outer, inner], upper, lower, iris) in eyes {
        let rim = [outer].into_iter().chain(upper).chain([inner]).chain(lower.into_iter().rev());
        let rim: Vec<Point> = rim.map(|i| to_photo.apply(face.point(i))).collect();
        let pupil = to_photo.apply(face.point(iris[0]));
        let reach = 1.15 * pupil.distance(to_photo.apply(face.point(iris[1])));
        white.extend(inside_but(photo, &rim, |p| p.distance(pupil) > reach));
    }
    if white.len() < LEAST_WHITE {
        return [1.0; 3];
    }
    // The brighter half: the rest is lashes and lid.
    white.sort_by(|a, b| brightness(*b).total_cmp(&brightness(*a)));
    let half = &white[..white.len() / 2];
    let mean = [0, 1, 2].map(|c| half.iter().map(|p| f32::from(p[c])).sum::<f32>() / half.len() as f32);
    let grey = (mean[0] + mean[1] + mean[2]) / 3.0;
    mean.map(|channel| {
        let off = grey / channel.max(1.0) - 1.0;
        let beyond = if off > CAST {
            off - CAST
        } else if off < -CAST {
            off + CAST
        } else {
            0.0
        };
        1.0 + (beyond / 2.0).clamp(-BALANCE, BALANCE)
    })
}

fn brightness(p: [u8; 3]) -> f32 {
    0.299 * f32::from(p[0]) + 0.587 * f32::from(p[1]) + 0.114 * f32::from(p[2])
}

fn inside(picture: &Rgb, outline: &[Point]) -> Vec<[u8; 3]> {
    inside_but(picture, outline, |_| true)
}

/// Pixels whose centre lies within a closed outline and which `wanted` takes.
fn inside_but(picture: &Rgb, outline: &[Point], wanted: impl Fn(Point) -> bool) -> Vec<[u8; 3]> {
    let bounds = crate::pixels::Rect::around(outline);
    let rows = bounds.y.max(0.0) as u32..(bounds.bottom() + 1.0).clamp(0.0, picture.height as f32) as u32;
    let mut found = Vec::new();
    for y in rows {
        for x in bounds.x.max(0.0) as u32..(bounds.right() + 1.0).clamp(0.0, picture.width as f32) as u32 {
            let p = Point::new(x as f32 + 0.5, y as f32 + 0.5);
            let crossings = outline.iter().enumerate().filter(|(i, a)| {
                let b = outline[(i + 1) % outline.len()];
                (a.y <= p.y) != (b.y <= p.y) && p.x < a.x + (b.x - a.x) * (p.y - a.y) / (b.y - a.y)
            });
            if crossings.count() % 2 == 1 && wanted(p) {
                found.push(picture.at(x, y));
            }
        }
    }
    found
}

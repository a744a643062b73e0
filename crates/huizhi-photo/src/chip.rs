//! The head and shoulders, always in the same place and size, so that a measure means the same in every portrait.

use crate::PhotoError;
use crate::decode::Portrait;
use crate::face::Face;
use crate::matte::Matter;
use crate::pixels::{Affine, Gray, Point, Rgb, snapped, snapped_length};

/// Columns of a chip, px.
pub const WIDTH: u32 = 480;
/// Rows of a chip, px.
pub const HEIGHT: u32 = 640;
/// Inter-eye distance in a chip, px; about what the made resident ID photo has, so that a measure says what will be
/// seen on the card.
pub const INTER_EYE: f32 = 96.0;
/// Where the middle of the eyes lies in a chip.
pub const EYES: Point = Point::new(240.0, 260.0);

/// A levelled, scaled cut of the portrait: eyes on a horizontal line at [`EYES`], [`INTER_EYE`] px apart.
pub struct Chip {
    /// [`WIDTH`] × [`HEIGHT`].
    pub picture: Rgb,
    /// Its luma.
    pub luma: Gray,
    /// Person (255) and background (0), from the coarse silhouette.
    pub person: Gray,
    /// What the silhouette network saw: 32 channels × 16 × 16 cells.
    pub features: Vec<f32>,
    /// The mesh in px of the chip.
    pub mesh: Vec<Point>,
    /// From px of the chip to px of the upright picture.
    pub to_upright: Affine,
    /// The upright picture's size, px.
    frame: (f32, f32),
}

impl Chip {
    /// Cuts the chip of one face.
    ///
    /// # Errors
    /// Those of the [`Matter`].
    pub fn cut(portrait: &Portrait, face: &Face, matter: &dyn Matter) -> Result<Self, PhotoError> {
        let scale = snapped_length(face.inter_eye_distance() / INTER_EYE);
        let radians = snapped(face.eye_line(), 1.0 / 256.0);
        let (s, c) = (libm::sinf(radians) * scale, libm::cosf(radians) * scale);
        let eyes = face.eyes();
        let eyes = Point::new(snapped(eyes.x, scale / 2.0), snapped(eyes.y, scale / 2.0));
        let to_upright =
            Affine { m: [c, -s, eyes.x - c * EYES.x + s * EYES.y, s, c, eyes.y - s * EYES.x - c * EYES.y] };
        let picture = portrait.sampled(&to_upright, WIDTH, HEIGHT);
        let silhouette = matter.silhouette(&picture)?;
        let person = silhouette.mask.resized(WIDTH, HEIGHT);
        let luma = picture.luma();
        let back = to_upright.inverse().unwrap_or(Affine::IDENTITY);
        let mesh = face.mesh.iter().map(|&p| back.apply(p)).collect();
        let frame = (portrait.width() as f32, portrait.height() as f32);
        Ok(Self { picture, luma, person, features: silhouette.features, mesh, to_upright, frame })
    }

    /// Whether a point of the chip lies within the photo.
    #[must_use]
    pub fn in_frame(&self, p: Point) -> bool {
        let q = self.to_upright.apply(p);
        q.x >= 0.0 && q.y >= 0.0 && q.x < self.frame.0 && q.y < self.frame.1
    }

    /// A polygon of the chip in px of the upright picture.
    #[must_use]
    pub fn upright(&self, polygon: &[Point]) -> Vec<Point> {
        polygon.iter().map(|&p| self.to_upright.apply(p)).collect()
    }
}

#[cfg(test)]
impl Chip {
    /// A chip of skin before a grey wall, for tests: a head and shoulders drawn as ellipse and box, mesh points at the brows, eyes, cheeks and
    /// chin where a face has them, everything in the photo.
    pub(crate) fn drawn() -> Self {
        let mut person = Gray::filled(WIDTH, HEIGHT, 0);
        let mut picture = Rgb::filled(WIDTH, HEIGHT, [200, 200, 200]);
        for y in 0..HEIGHT {
            for x in 0..WIDTH {
                let (dx, dy) = ((x as f32 - 240.0) / 110.0, (y as f32 - 270.0) / 150.0);
                let head = dx * dx + dy * dy < 1.0;
                if head || (y > 470 && (60..420).contains(&x)) {
                    person.data[(y * WIDTH + x) as usize] = 255;
                    picture.set(x, y, if head { [205, 160, 130] } else { [40, 50, 70] });
                }
            }
        }
        let mut mesh = vec![EYES; 478];
        for (eye, outer, inner, brow, iris, side) in [(-48.0, 33, 133, 52, 468, -1.0), (48.0, 263, 362, 282, 473, 1.0)]
        {
            let centre = Point::new(EYES.x + eye, EYES.y);
            mesh[outer] = Point::new(centre.x + 22.0 * side, EYES.y);
            mesh[inner] = Point::new(centre.x - 22.0 * side, EYES.y);
            mesh[brow] = Point::new(centre.x, EYES.y - 30.0);
            let rim = [(9.0, 0.0), (0.0, -9.0), (-9.0, 0.0), (0.0, 9.0)];
            mesh[iris] = centre;
            for (i, (x, y)) in rim.into_iter().enumerate() {
                mesh[iris + 1 + i] = Point::new(centre.x + x, centre.y + y);
            }
        }
        mesh[50] = Point::new(190.0, 310.0);
        mesh[280] = Point::new(290.0, 310.0);
        mesh[10] = Point::new(240.0, 150.0);
        mesh[152] = Point::new(240.0, 410.0);
        let luma = picture.luma();
        let frame = (WIDTH as f32, HEIGHT as f32);
        Self { picture, luma, person, features: Vec::new(), mesh, to_upright: Affine::IDENTITY, frame }
    }

    /// The same with other pixels where a rule says so.
    pub(crate) fn painted(mut self, colour: impl Fn(&Self, u32, u32) -> Option<[u8; 3]>) -> Self {
        let mut picture = self.picture.clone();
        for y in 0..HEIGHT {
            for x in 0..WIDTH {
                if let Some(colour) = colour(&self, x, y) {
                    picture.set(x, y, colour);
                }
            }
        }
        self.luma = picture.luma();
        self.picture = picture;
        self
    }
}

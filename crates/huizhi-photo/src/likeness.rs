//! How alike two faces are: a [`Portrait`]'s face → 128 numbers that lie close together for the same person.
//!
//! It says nothing else: no name, no age, no judgement of a photo. The network is the residual one of dlib, see `models/MODELS.md`. Of itself
//! it crowds the faces of East Asian people together, who were few in its training: at the distance where two of 10,000 other pairs are
//! taken for one person, half of theirs are. So its numbers are whitened by how they spread over portraits of many people.

use std::sync::OnceLock;

use crate::PhotoError;
use crate::decode::Portrait;
use crate::face::{Face, landmark};
use crate::net::{Engine, Net};
use crate::pixels::{Affine, Point};

/// Numbers of a likeness.
pub const NUMBERS: usize = 128;

/// The distance at and below which two likenesses, each the mean of three pictures or more, count as one person's; docs/face.md has the pairs.
pub const SAME_PERSON: f32 = 1.00;

/// Side of the network's input, px.
const SIDE: u32 = 150;
/// Mean colour that the network was trained with, RGB 0…255 (dlib's `input_rgb_image_sized`).
const MEAN: [f32; 3] = [122.782, 117.001, 104.298];
/// What the difference from it is divided by there.
const SPAN: f32 = 256.0;
/// Share of the face's box that is left free on each side (dlib's `get_face_chip_details`, padding 0.25).
const PADDING: f32 = 0.25;

/// Where points of the face lie in the mean face that the network was trained on, as shares of its box: mesh point, x, y.
/// From dlib's mean of the 68-point model, corners of eyes and mouth, nose.
const MEAN_FACE: [(usize, f32, f32); 8] = [
    (landmark::RIGHT_EYE_OUTER, 0.121_737, 0.216_423),
    (landmark::RIGHT_EYE_INNER, 0.334_606, 0.231_733),
    (landmark::LEFT_EYE_INNER, 0.645_647, 0.231_733),
    (landmark::LEFT_EYE_OUTER, 0.858_516, 0.216_423),
    (landmark::NOSE_TIP, 0.490_127, 0.515_625),
    (landmark::SUBNASAL, 0.490_127, 0.628_106),
    (landmark::MOUTH_RIGHT, 0.254_149, 0.780_233),
    (landmark::MOUTH_LEFT, 0.726_104, 0.780_233),
];

/// What a face looks like, as a point on the sphere of radius 1 in 128 dimensions. It is biometric data: `Debug` shows none of it.
#[derive(Clone, PartialEq)]
pub struct Likeness([f32; NUMBERS]);

impl Likeness {
    /// From numbers of any scale; `None` where there are not 128 of them, or they have no direction.
    #[must_use]
    pub fn of(numbers: &[f32]) -> Option<Self> {
        let mut unit: [f32; NUMBERS] = numbers.try_into().ok()?;
        let length = libm::sqrtf(unit.iter().map(|v| v * v).sum());
        if !length.is_finite() || length < 1e-6 {
            return None;
        }
        for number in &mut unit {
            *number /= length;
        }
        Some(Self(unit))
    }

    /// Euclidean distance, 0…2: 0 is the same picture, about 1.4 is anybody.
    #[must_use]
    pub fn distance(&self, other: &Self) -> f32 {
        libm::sqrtf(self.0.iter().zip(&other.0).map(|(a, b)| (a - b) * (a - b)).sum())
    }

    /// What several pictures of one person have in common; `None` without any.
    #[must_use]
    pub fn mean(of: &[Self]) -> Option<Self> {
        let mut sum = [0.0; NUMBERS];
        for one in of {
            for (sum, number) in sum.iter_mut().zip(&one.0) {
                *sum += number;
            }
        }
        Self::of(&sum)
    }

    /// 512 bytes, little-endian.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|v| v.to_le_bytes()).collect()
    }

    /// From [`Self::to_bytes`]; `None` for what that cannot have made.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (numbers, rest) = bytes.as_chunks::<4>();
        let numbers: Vec<f32> = numbers.iter().map(|v| f32::from_le_bytes(*v)).collect();
        if rest.is_empty() { Self::of(&numbers) } else { None }
    }
}

impl std::fmt::Debug for Likeness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Likeness(…)")
    }
}

/// Says what faces look like: the real network, or a fake in tests.
pub trait Recogniser {
    /// What a face of a portrait looks like.
    ///
    /// # Errors
    /// [`PhotoError::Model`] where the network does not run; the operator's to mend.
    fn likeness(&self, portrait: &Portrait, face: &Face) -> Result<Likeness, PhotoError>;
}

/// How the network's numbers spread over people: their mean, and a matrix that makes all directions equally wide.
pub struct Spread {
    mean: [f32; NUMBERS],
    /// 128 rows of 128.
    rows: Vec<f32>,
}

impl Spread {
    /// From little-endian f32: the mean, then the matrix row by row (`models/likeness.f32`, which `cargo xtask likeness --fit` makes).
    ///
    /// # Errors
    /// [`PhotoError::Model`] where the bytes have another length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PhotoError> {
        let (numbers, rest) = bytes.as_chunks::<4>();
        let numbers: Vec<f32> = numbers.iter().map(|v| f32::from_le_bytes(*v)).collect();
        match numbers.split_first_chunk::<NUMBERS>() {
            Some((mean, rows)) if rest.is_empty() && rows.len() == NUMBERS * NUMBERS => {
                Ok(Self { mean: *mean, rows: rows.to_vec() })
            }
            _ => Err(PhotoError::Model {
                name: "spread of likenesses".to_owned(),
                why: format!("{} bytes instead of {}", bytes.len(), 4 * NUMBERS * (NUMBERS + 1)),
            }),
        }
    }

    fn evened(&self, likeness: &Likeness) -> Option<Likeness> {
        let apart: Vec<f32> = likeness.0.iter().zip(&self.mean).map(|(v, mean)| v - mean).collect();
        let rows = self.rows.chunks_exact(NUMBERS);
        let evened: Vec<f32> = rows.map(|row| row.iter().zip(&apart).map(|(m, v)| m * v).sum()).collect();
        Likeness::of(&evened)
    }
}

/// The loaded network, and how its numbers spread.
pub struct Network {
    net: Box<dyn Net>,
    spread: Spread,
}

impl Network {
    /// Opens `likeness_150.onnx` with an engine; `spread` are the bytes of `likeness.f32`.
    ///
    /// # Errors
    /// [`PhotoError::Model`] where it cannot be opened.
    pub fn open(engine: &dyn Engine, onnx: &'static [u8], spread: &[u8]) -> Result<Self, PhotoError> {
        Ok(Self { net: engine.open("likeness", onnx, &[])?, spread: Spread::from_bytes(spread)? })
    }

    /// What the network says before it is evened out; for who fits the spread.
    ///
    /// # Errors
    /// As [`Recogniser::likeness`].
    pub fn raw(&self, portrait: &Portrait, face: &Face) -> Result<Likeness, PhotoError> {
        let crop = portrait.sampled(&chip(face), SIDE, SIDE);
        let area = (SIDE * SIDE) as usize;
        let mut input = vec![0.0; area * 3];
        for (i, pixel) in crop.data.chunks_exact(3).enumerate() {
            for (channel, mean) in MEAN.iter().enumerate() {
                input[channel * area + i] = (f32::from(pixel[channel]) - mean) / SPAN;
            }
        }
        let outputs = self.net.run(&input, [1, 3, SIDE as usize, SIDE as usize])?;
        let numbers = outputs.first().map(Vec::as_slice).unwrap_or_default();
        Likeness::of(numbers).ok_or_else(|| no_direction(numbers.len()))
    }
}

impl Recogniser for Network {
    fn likeness(&self, portrait: &Portrait, face: &Face) -> Result<Likeness, PhotoError> {
        let raw = self.raw(portrait, face)?;
        self.spread.evened(&raw).ok_or_else(|| no_direction(NUMBERS))
    }
}

/// The network, opened when it is first asked: it is for films of those who sign in, and a photo's process can do without it.
pub struct Later {
    engine: Box<dyn Engine + Send + Sync>,
    onnx: &'static [u8],
    spread: &'static [u8],
    opened: OnceLock<Network>,
}

impl Later {
    /// Remembers what [`Network::open`] needs.
    #[must_use]
    pub fn new(engine: impl Engine + Send + Sync + 'static, onnx: &'static [u8], spread: &'static [u8]) -> Self {
        Self { engine: Box::new(engine), onnx, spread, opened: OnceLock::new() }
    }
}

impl Recogniser for Later {
    fn likeness(&self, portrait: &Portrait, face: &Face) -> Result<Likeness, PhotoError> {
        if let Some(network) = self.opened.get() {
            return network.likeness(portrait, face);
        }
        let network = Network::open(self.engine.as_ref(), self.onnx, self.spread)?;
        self.opened.get_or_init(|| network).likeness(portrait, face)
    }
}

fn no_direction(numbers: usize) -> PhotoError {
    let why = format!("{numbers} numbers without a direction, instead of {NUMBERS}");
    PhotoError::Model { name: "likeness".to_owned(), why }
}

/// The turned square of the portrait in which the face lies as in training: the similarity that brings the mean face nearest to the
/// mesh, by least squares. From px of the network's input to px of the upright picture.
fn chip(face: &Face) -> Affine {
    let place = |share: f32| (share + PADDING) / (1.0 + 2.0 * PADDING) * SIDE as f32;
    let pairs = MEAN_FACE.map(|(index, x, y)| (Point::new(place(x), place(y)), face.point(index)));
    let middle = |of: &dyn Fn(&(Point, Point)) -> Point| {
        let (x, y) = pairs.iter().map(of).fold((0.0, 0.0), |(x, y), p| (x + p.x, y + p.y));
        Point::new(x / pairs.len() as f32, y / pairs.len() as f32)
    };
    let (from, to) = (middle(&|pair| pair.0), middle(&|pair| pair.1));
    let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
    for (p, q) in &pairs {
        let (px, py, qx, qy) = (p.x - from.x, p.y - from.y, q.x - to.x, q.y - to.y);
        along += px * qx + py * qy;
        across += px * qy - py * qx;
        spread += px * px + py * py;
    }
    let (c, s) = (along / spread, across / spread);
    Affine { m: [c, -s, to.x - c * from.x + s * from.y, s, c, to.y - s * from.x - c * from.y] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{MESH_POINTS, Pose};
    use crate::pixels::Rect;

    fn numbers(seed: f32) -> Vec<f32> {
        (0..NUMBERS).map(|i| libm::sinf(i as f32 * seed)).collect()
    }

    #[test]
    fn bytes_come_back_and_what_is_no_likeness_does_not() {
        let likeness = Likeness::of(&numbers(1.3)).unwrap();
        let bytes = likeness.to_bytes();
        assert_eq!(bytes.len(), 512);
        assert!(Likeness::from_bytes(&bytes).unwrap().distance(&likeness) < 1e-6);
        assert_eq!(Likeness::from_bytes(&bytes[1..]), None);
        assert_eq!(Likeness::from_bytes(&[0; 512]), None);
        assert_eq!(Likeness::of(&[f32::NAN; NUMBERS]), None);
    }

    #[test]
    fn distance_is_that_of_directions_and_the_mean_lies_between() {
        let (a, b) = (Likeness::of(&numbers(1.3)).unwrap(), Likeness::of(&numbers(0.7)).unwrap());
        let longer: Vec<f32> = numbers(1.3).iter().map(|v| v * 7.0).collect();
        assert!(a.distance(&Likeness::of(&longer).unwrap()) < 1e-6);
        let mean = Likeness::mean(&[a.clone(), b.clone()]).unwrap();
        assert!((mean.distance(&a) - mean.distance(&b)).abs() < 1e-5 && mean.distance(&a) < a.distance(&b));
        assert_eq!(Likeness::mean(&[]), None);
    }

    #[test]
    fn a_spread_evens_directions_out() {
        let mut bytes = vec![0.0_f32; NUMBERS * (NUMBERS + 1)];
        bytes[0] = 0.5;
        for i in 0..NUMBERS {
            bytes[NUMBERS * (i + 1) + i] = if i == 0 { 1.0 } else { 10.0 };
        }
        let bytes: Vec<u8> = bytes.iter().flat_map(|v| v.to_le_bytes()).collect();
        let spread = Spread::from_bytes(&bytes).unwrap();
        let mut numbers = vec![0.0; NUMBERS];
        (numbers[0], numbers[1]) = (0.8, 0.6);
        let evened = spread.evened(&Likeness::of(&numbers).unwrap()).unwrap();
        assert!((evened.0[1] / evened.0[0] - 20.0).abs() < 1e-4, "{:?}", &evened.0[..2]);
        assert!(Spread::from_bytes(&bytes[4..]).is_err());
    }

    #[test]
    fn the_chip_follows_a_face_that_is_turned_scaled_and_moved() {
        let to_picture = Affine::region(Point::new(400.0, 300.0), 150.0, 150.0, 2.5, 0.3);
        let mut mesh = vec![Point::new(0.0, 0.0); MESH_POINTS];
        for (index, x, y) in MEAN_FACE {
            let place = |share: f32| (share + PADDING) / (1.0 + 2.0 * PADDING) * SIDE as f32;
            mesh[index] = to_picture.apply(Point::new(place(x), place(y)));
        }
        let face = Face {
            bounds: Rect::around(&mesh),
            depth: vec![0.0; MESH_POINTS],
            mesh,
            presence: 20.0,
            score: 1.0,
            blendshapes: vec![0.0; 52],
            features: Vec::new(),
            pose: Pose::default(),
        };
        for (found, expected) in chip(&face).m.iter().zip(to_picture.m) {
            assert!((found - expected).abs() < 1e-3, "{found} {expected}");
        }
    }
}

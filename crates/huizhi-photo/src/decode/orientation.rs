//! Which way up: EXIF orientation (CIPA DC-008 tag 0x0112) and the turns it asks for.

use exif::{In, Tag, Value};

use crate::pixels::{Affine, Rgb};

/// How a stored picture becomes upright; the names say what is wrong with the stored one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Orientation {
    /// EXIF 1.
    #[default]
    Upright,
    /// EXIF 2.
    Mirrored,
    /// EXIF 3.
    UpsideDown,
    /// EXIF 4.
    MirroredUpsideDown,
    /// EXIF 5.
    Transposed,
    /// EXIF 6: lies on its left side; a quarter turn clockwise sets it upright.
    TurnedLeft,
    /// EXIF 7.
    Transversed,
    /// EXIF 8: lies on its right side; a quarter turn anticlockwise sets it upright.
    TurnedRight,
}

/// Where the metadata says that a picture comes from. Only a hint for a reviewer: screenshots, chat programs
/// and editors remove EXIF, and anyone can write some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// No EXIF, or none that can be read.
    #[default]
    Unknown,
    /// EXIF that doesn't name a camera by make and model.
    Unnamed,
    /// EXIF with make and model of a camera.
    Camera,
}

/// The few facts that are read from EXIF.
#[derive(Clone, Debug, Default)]
pub(super) struct ExifFacts {
    pub orientation: Orientation,
    pub origin: Origin,
    pub software: Option<String>,
    pub focal_length_35mm: Option<u16>,
}

/// Longest EXIF block that is looked at. An APP1 segment of a JPEG can't pass 64 KiB; HEIC and WebP can hold
/// a thumbnail more.
const EXIF_BYTES: usize = 256 * 1024;

/// Reads a raw EXIF block (TIFF header first). What can't be read counts as absent: EXIF is not a reason
/// to refuse a photo. Fields before the damaged one are kept.
pub(super) fn read_exif(raw: &[u8]) -> ExifFacts {
    let mut facts = ExifFacts::default();
    if raw.len() > EXIF_BYTES {
        return facts;
    }
    let read = exif::Reader::new().continue_on_error(true).read_raw(raw.to_vec());
    let Ok(exif) = read.or_else(|e| e.distill_partial_result(|_| {})) else { return facts };
    let number = |tag| exif.get_field(tag, In::PRIMARY).and_then(|f| f.value.get_uint(0));
    let text = |tag| {
        exif.get_field(tag, In::PRIMARY).and_then(|f| match &f.value {
            Value::Ascii(lines) => lines.first().map(|l| printable(l)).filter(|l| !l.is_empty()),
            _ => None,
        })
    };
    facts.orientation = number(Tag::Orientation).map(Orientation::from_exif).unwrap_or_default();
    facts.focal_length_35mm = number(Tag::FocalLengthIn35mmFilm).and_then(|v| u16::try_from(v).ok()).filter(|&v| v > 0);
    facts.software = text(Tag::Software);
    let named = text(Tag::Make).is_some() && text(Tag::Model).is_some();
    facts.origin = match exif.fields().next() {
        None => Origin::Unknown,
        Some(_) if named => Origin::Camera,
        Some(_) => Origin::Unnamed,
    };
    facts
}

/// Text for a reviewer's eyes: no control characters, no padding, 64 characters at most.
fn printable(line: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(line).chars().filter(|c| !c.is_control()).take(64).collect();
    text.trim().to_owned()
}

impl Orientation {
    /// From the value of the EXIF tag; unknown values count as upright.
    #[must_use]
    pub fn from_exif(value: u32) -> Self {
        use Orientation as O;
        [
            O::Upright,
            O::Mirrored,
            O::UpsideDown,
            O::MirroredUpsideDown,
            O::Transposed,
            O::TurnedLeft,
            O::Transversed,
            O::TurnedRight,
        ]
        .get((value as usize).wrapping_sub(1))
        .copied()
        .unwrap_or_default()
    }

    /// Size of the upright picture from the size of the stored one, px.
    #[must_use]
    pub fn upright(self, width: u32, height: u32) -> (u32, u32) {
        if self.swaps_sides() { (height, width) } else { (width, height) }
    }

    /// The orientation of a picture that needs this turn and then a quarter turn clockwise.
    #[must_use]
    pub fn then_quarter_turn(self) -> Self {
        match self {
            Self::Upright => Self::TurnedLeft,
            Self::TurnedLeft => Self::UpsideDown,
            Self::UpsideDown => Self::TurnedRight,
            Self::TurnedRight => Self::Upright,
            Self::Mirrored => Self::Transversed,
            Self::Transversed => Self::MirroredUpsideDown,
            Self::MirroredUpsideDown => Self::Transposed,
            Self::Transposed => Self::Mirrored,
        }
    }

    /// From px of the upright picture to px of the stored `width × height` one.
    #[must_use]
    pub fn to_stored(self, width: u32, height: u32) -> Affine {
        let (w, h) = (width as f32, height as f32);
        let m = match self {
            Self::Upright => [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
            Self::Mirrored => [-1.0, 0.0, w, 0.0, 1.0, 0.0],
            Self::UpsideDown => [-1.0, 0.0, w, 0.0, -1.0, h],
            Self::MirroredUpsideDown => [1.0, 0.0, 0.0, 0.0, -1.0, h],
            Self::Transposed => [0.0, 1.0, 0.0, 1.0, 0.0, 0.0],
            Self::TurnedLeft => [0.0, 1.0, 0.0, -1.0, 0.0, h],
            Self::Transversed => [0.0, -1.0, w, -1.0, 0.0, h],
            Self::TurnedRight => [0.0, -1.0, w, 1.0, 0.0, 0.0],
        };
        Affine { m }
    }

    /// The upright copy of a stored picture.
    #[must_use]
    pub fn turn(self, stored: Rgb) -> Rgb {
        if self == Self::Upright {
            return stored;
        }
        let (width, height) = self.upright(stored.width, stored.height);
        let [a, b, c, d, e, f] = self.to_stored(stored.width, stored.height).m.map(|v| v as i64);
        let mut data = Vec::with_capacity(stored.data.len());
        for row in 0..i64::from(height) {
            for column in 0..i64::from(width) {
                // Twice the pixel centre keeps the arithmetic in whole numbers.
                let (u, v) = (2 * column + 1, 2 * row + 1);
                let (x, y) = ((a * u + b * v + 2 * c - 1) / 2, (d * u + e * v + 2 * f - 1) / 2);
                data.extend_from_slice(&stored.at(x as u32, y as u32));
            }
        }
        Rgb { width, height, data }
    }

    fn swaps_sides(self) -> bool {
        matches!(self, Self::Transposed | Self::TurnedLeft | Self::Transversed | Self::TurnedRight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_agrees_with_sampling_and_four_quarter_turns_change_nothing() {
        let stored = Rgb { width: 3, height: 2, data: (0..18).collect() };
        for value in 1..=8 {
            let orientation = Orientation::from_exif(value);
            let upright = orientation.turn(stored.clone());
            let sampled = stored.sampled(&orientation.to_stored(3, 2), upright.width, upright.height);
            assert!(upright == sampled, "orientation {value}");
            let mut turned = orientation;
            for _ in 0..4 {
                let next = turned.then_quarter_turn();
                assert!(next.turn(stored.clone()) == Orientation::TurnedLeft.turn(turned.turn(stored.clone())));
                turned = next;
            }
            assert_eq!(turned, orientation);
        }
    }
}

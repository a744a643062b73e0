//! HEIC/HEIF as phones write it. The decoder applies the container's rotation and converts to sRGB itself,
//! so EXIF orientation must not be applied again.

use super::png::over_white;
use super::{Decoded, Format, Orientation, orientation};
use crate::pixels::Rgb;
use crate::{Limits, PhotoError};

/// The format of an ISO base media file by its brands (bytes after `ftyp`).
pub(super) fn sniff(brand: &[u8]) -> Result<Format, PhotoError> {
    match brand.get(..4) {
        Some(b"heic" | b"heix" | b"heim" | b"heis" | b"mif1" | b"MiHE" | b"MiPr") => Ok(Format::Heic),
        Some(b"avif" | b"avis") => Err(PhotoError::Unsupported { what: "AVIF".to_owned() }),
        Some(b"hevc" | b"hevx" | b"msf1") => Err(PhotoError::Unsupported { what: "an image sequence".to_owned() }),
        _ => Err(PhotoError::Unsupported { what: "a video".to_owned() }),
    }
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
    let options = heifer::Options { max_threads: 1, max_pixels: limits.pixels };
    let image = heifer::decode_srgb_rgba8(bytes, &options)
        .map_err(|e| PhotoError::Unreadable { format: "HEIC", why: e.to_string() })?;
    limits.check_pixels(u64::from(image.width), u64::from(image.height))?;
    let pixels = Rgb { width: image.width, height: image.height, data: over_white(&image.data, 4) };
    Ok(Decoded {
        pixels,
        orientation: Orientation::Upright,
        icc: None,
        had_alpha: image.has_alpha,
        jpeg: None,
        exif: orientation::ExifFacts::default(),
    })
}

//! WebP: lossy or lossless, alpha over white, no animation.

use std::io::Cursor;

use image_webp::WebPDecoder;

use super::{Decoded, orientation, png::over_white};
use crate::pixels::Rgb;
use crate::{Limits, PhotoError};

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
    let unreadable = |e: image_webp::DecodingError| PhotoError::Unreadable { format: "WebP", why: e.to_string() };
    // The decoder doesn't miss a last byte; the container says how long it is.
    let declared = bytes.get(4..8).and_then(|s| s.first_chunk()).map_or(0, |&s| u64::from(u32::from_le_bytes(s)) + 8);
    if declared > bytes.len() as u64 {
        return Err(PhotoError::Unreadable {
            format: "WebP",
            why: format!("it is cut short: {} of {declared} bytes; send the whole file again", bytes.len()),
        });
    }
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(unreadable)?;
    decoder.set_memory_limit(limits.metadata_bytes);
    if decoder.is_animated() {
        return Err(PhotoError::Unsupported { what: "an animated WebP".to_owned() });
    }
    let (width, height) = decoder.dimensions();
    limits.check_pixels(u64::from(width), u64::from(height))?;
    // The picture and, for lossless, its RGBA original beside it.
    limits.check_memory(u64::from(width), u64::from(height), 8)?;
    let size = decoder
        .output_buffer_size()
        .ok_or_else(|| PhotoError::Unreadable { format: "WebP", why: "its size overflows".to_owned() })?;
    let had_alpha = decoder.has_alpha();
    let colours = decoder.icc_profile().map_err(unreadable)?.into();
    let exif = decoder.exif_metadata().map_err(unreadable)?.map(|e| orientation::read_exif(&e)).unwrap_or_default();
    let mut samples = vec![0; size];
    decoder.read_image(&mut samples).map_err(unreadable)?;
    let data = if had_alpha { over_white(samples, 4) } else { samples };
    let pixels = Rgb { width, height, data };
    Ok(Decoded { pixels, orientation: exif.orientation, colours, had_alpha, jpeg: None, exif })
}

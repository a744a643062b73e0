//! PNG: any depth, alpha over white, no animation.

use std::io::Cursor;

use png::{ColorType, Decoder, Limits as PngLimits, Transformations};

use super::{Decoded, orientation};
use crate::pixels::Rgb;
use crate::{Limits, PhotoError};

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
    let unreadable = |e: png::DecodingError| PhotoError::Unreadable { format: "PNG", why: e.to_string() };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), PngLimits { bytes: limits.metadata_bytes });
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let header = decoder.read_header_info().map_err(unreadable)?;
    limits.check_pixels(u64::from(header.width), u64::from(header.height))?;
    // Gray widens from one byte to three beside the original, RGBA narrows in place.
    limits.check_memory(u64::from(header.width), u64::from(header.height), 4)?;
    let mut reader = decoder.read_info().map_err(unreadable)?;
    if reader.info().animation_control().is_some_and(|a| a.num_frames > 1) {
        return Err(PhotoError::Unsupported { what: "an animated PNG".to_owned() });
    }
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| PhotoError::Unreadable { format: "PNG", why: "its size overflows".to_owned() })?;
    let mut buffer = vec![0; size];
    let frame = reader.next_frame(&mut buffer).map_err(unreadable)?;
    reader.finish().map_err(unreadable)?;
    buffer.truncate(frame.buffer_size());
    let (data, had_alpha) = match frame.color_type {
        ColorType::Rgb => (buffer, false),
        ColorType::Rgba => (over_white(buffer, 4), true),
        ColorType::Grayscale => (buffer.iter().flat_map(|&v| [v; 3]).collect(), false),
        ColorType::GrayscaleAlpha => (over_white(buffer, 2), true),
        ColorType::Indexed => {
            return Err(PhotoError::Unreadable { format: "PNG", why: "palette was not expanded".to_owned() });
        }
    };
    let pixels = Rgb { width: frame.width, height: frame.height, data };
    let info = reader.info();
    let exif = info.exif_metadata.as_ref().map(|e| orientation::read_exif(e)).unwrap_or_default();
    let colours = info.icc_profile.as_ref().map(|p| p.to_vec()).into();
    Ok(Decoded { pixels, orientation: exif.orientation, colours, had_alpha, jpeg: None, exif })
}

/// Gray+alpha (2 channels) or RGBA (4) to RGB over white, which is what a viewer shows. RGBA is rewritten
/// in place: a second copy of a large photo costs more than the arithmetic.
pub(super) fn over_white(mut samples: Vec<u8>, channels: usize) -> Vec<u8> {
    let over = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    if channels == 2 {
        return samples.chunks_exact(2).flat_map(|p| [over(p[0], p[1]); 3]).collect();
    }
    let count = samples.len() / 4;
    for i in 0..count {
        let alpha = samples[4 * i + 3];
        for channel in 0..3 {
            let value = samples[4 * i + channel];
            samples[3 * i + channel] = if alpha == 255 { value } else { over(value, alpha) };
        }
    }
    samples.truncate(3 * count);
    samples.shrink_to_fit();
    samples
}

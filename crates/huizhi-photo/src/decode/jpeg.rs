//! JPEG, strictly: a file cut short is refused, never completed with grey.

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::{Decoded, orientation};
use crate::pixels::Rgb;
use crate::{Limits, PhotoError};

/// What a JPEG's tables say of its making. A phone's own file has its maker's tables; a picture that went
/// through a chat program carries coarser or telling ones.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct JpegTraits {
    /// IJG quality 1…100 whose Annex K luma table is nearest to the file's.
    pub quality: u8,
    /// Whether the luma table is exactly the scaled Annex K table.
    pub standard_tables: bool,
    /// Whether the scans are progressive.
    pub progressive: bool,
    /// Whether colour is stored at half resolution or less in either direction.
    pub chroma_subsampled: bool,
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
    let unreadable = |why: String| PhotoError::Unreadable { format: "JPEG", why };
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(limits.side_px as usize)
        .set_max_height(limits.side_px as usize)
        .jpeg_set_max_scans(limits.jpeg_scans)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|e| unreadable(format!("{e:?}")))?;
    let (width, height) = decoder.dimensions().ok_or_else(|| unreadable("no frame header".to_owned()))?;
    limits.check_pixels(width as u64, height as u64)?;
    let exif = decoder.exif().map(|e| orientation::read_exif(e)).unwrap_or_default();
    let icc = decoder.icc_profile();
    let mut data = vec![0; width * height * 3];
    decoder.decode_into(&mut data).map_err(|e| unreadable(format!("{e:?}")))?;
    let pixels = Rgb { width: width as u32, height: height as u32, data };
    Ok(Decoded { pixels, orientation: exif.orientation, icc, had_alpha: false, jpeg: traits(bytes), exif })
}

/// Reads the tables and the frame header by walking the marker segments; `None` where they are not as
/// ITU-T T.81 has them.
fn traits(bytes: &[u8]) -> Option<JpegTraits> {
    let (mut at, mut luma_table, mut frame) = (2_usize, None, None);
    while let Some(&[0xFF, marker]) = bytes.get(at..at + 2).and_then(|s| s.first_chunk()) {
        if marker == 0xFF {
            at += 1;
            continue;
        }
        if marker == 0xDA || marker == 0xD9 {
            break;
        }
        let length = usize::from(u16::from_be_bytes(*bytes.get(at + 2..at + 4)?.first_chunk()?));
        let segment = bytes.get(at + 4..at + 2 + length)?;
        match marker {
            0xDB => luma_table = luma_table.or_else(|| first_table(segment)),
            0xC0..=0xC2 => frame = frame.or_else(|| Some((marker == 0xC2, subsampled(segment)))),
            _ => {}
        }
        at += 2 + length;
    }
    let (progressive, chroma_subsampled) = frame?;
    let (quality, standard_tables) = standard_quality(&luma_table?);
    Some(JpegTraits { quality, standard_tables, progressive, chroma_subsampled })
}

/// Table 0 of a DQT segment, in zigzag order.
fn first_table(mut segment: &[u8]) -> Option<[u16; 64]> {
    while let [kind, rest @ ..] = segment {
        let (wide, id) = (kind >> 4 != 0, kind & 15);
        let length = if wide { 128 } else { 64 };
        let values = rest.get(..length)?;
        if id == 0 {
            return Some(std::array::from_fn(|i| {
                if wide { u16::from_be_bytes([values[2 * i], values[2 * i + 1]]) } else { u16::from(values[i]) }
            }));
        }
        segment = &rest[length..];
    }
    None
}

/// Whether the second component is sampled more coarsely than the first.
fn subsampled(frame: &[u8]) -> bool {
    match (frame.get(7), frame.get(10)) {
        (Some(luma), Some(chroma)) => luma != chroma,
        _ => false,
    }
}

/// The IJG quality whose scaled luma table (ITU-T T.81 Annex K.1) is nearest to `table` (zigzag order),
/// and whether it is the same.
#[must_use]
pub fn standard_quality(table: &[u16; 64]) -> (u8, bool) {
    /// Annex K.1 in zigzag order.
    const LUMA: [u32; 64] = [
        16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51,
        61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77,
        113, 121, 112, 100, 120, 92, 101, 103, 99,
    ];
    let distance = |quality: u32| -> u32 {
        let scale = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
        LUMA.iter()
            .zip(table)
            .map(|(&base, &found)| ((base * scale + 50) / 100).clamp(1, 255).abs_diff(u32::from(found)))
            .sum()
    };
    (1..=100_u8)
        .map(|quality| (quality, distance(u32::from(quality))))
        .min_by_key(|&(_, d)| d)
        .map_or((0, false), |(quality, d)| (quality, d == 0))
}

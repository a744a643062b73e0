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
    let layout = layout(bytes)?;
    let frame = &layout.frame;
    limits.check_pixels(u64::from(frame.width), u64::from(frame.height))?;
    if layout.scans > limits.jpeg_scans {
        return Err(PhotoError::TooLarge {
            what: "number of JPEG scans",
            found: layout.scans.to_string(),
            limit: format!("{}; save the photo again as an ordinary JPEG", limits.jpeg_scans),
        });
    }
    let coefficients = if frame.progressive || layout.scans > 1 { 2 * u64::from(frame.samples_per_pixel) } else { 0 };
    limits.check_memory(u64::from(frame.width), u64::from(frame.height), 3 + coefficients)?;

    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(limits.side_px as usize)
        .set_max_height(limits.side_px as usize)
        .jpeg_set_max_scans(limits.jpeg_scans)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    if layout.restarts < layout.expected_restarts() {
        return Err(unreadable(format!(
            "{} of its {} sections are missing; send the whole file again",
            layout.expected_restarts() - layout.restarts,
            layout.expected_restarts() + 1
        )));
    }
    let guarded = guarded(&bytes[..layout.end]);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&guarded[..]), options);
    decoder.decode_headers().map_err(|e| unreadable(format!("{e:?}")))?;
    let (width, height) = decoder.dimensions().ok_or_else(|| unreadable("it has no frame header".to_owned()))?;
    if (width, height) != (usize::from(frame.width), usize::from(frame.height)) {
        return Err(unreadable("it has two frame headers that differ".to_owned()));
    }
    let exif = decoder.exif().map(|e| orientation::read_exif(e)).unwrap_or_default();
    let icc = decoder.icc_profile();
    let mut data = vec![0; width * height * 3];
    decoder.decode_into(&mut data).map_err(|e| unreadable(format!("{e:?}")))?;
    let pixels = Rgb { width: width as u32, height: height as u32, data };
    let traits = layout.luma_table.map(|table| {
        let (quality, standard_tables) = standard_quality(&table);
        JpegTraits {
            quality,
            standard_tables,
            progressive: frame.progressive,
            chroma_subsampled: frame.chroma_subsampled,
        }
    });
    Ok(Decoded { pixels, orientation: exif.orientation, colours: icc.into(), had_alpha: false, jpeg: traits, exif })
}

/// The file with one bits between its coded data and its end marker.
///
/// Where coded data end too early, the decoder fills up with zero bits, which are a valid code: 700 bytes
/// pass for 64 million grey px, strict mode or not. A code of ones only is reserved (ITU-T T.81 C.2), so
/// whoever reads into these fails; a whole picture never gets there.
fn guarded(file: &[u8]) -> Vec<u8> {
    let (coded, end) = file.split_at(file.len().saturating_sub(2));
    [coded, &[0xFF, 0x00].repeat(32), end].concat()
}

/// What the marker segments say, read before the decoder runs.
struct Layout {
    frame: Frame,
    scans: usize,
    luma_table: Option<[u16; 64]>,
    /// MCUs between restart markers, 0 for none, and the markers found.
    restart_interval: u64,
    restarts: u64,
    /// Bytes up to and with the end marker; what phones append after it (a second picture, a video) is
    /// not looked at.
    end: usize,
}

impl Layout {
    /// Restart markers that the one scan of a sequential picture must have (ITU-T T.81 B.2.4.4); 0 where
    /// there are several scans. A file cut at a restart and closed again lacks some.
    fn expected_restarts(&self) -> u64 {
        if self.restart_interval == 0 || self.frame.progressive || self.scans != 1 {
            return 0;
        }
        (self.frame.units.saturating_sub(1)) / self.restart_interval
    }
}

#[derive(Clone, Copy)]
struct Frame {
    width: u16,
    height: u16,
    progressive: bool,
    chroma_subsampled: bool,
    /// Samples of all components together, rounded up: 1 gray, 2 for 4:2:0, 3 for 4:4:4.
    samples_per_pixel: u8,
    /// MCUs of a scan with all components.
    units: u64,
}

/// Walks the marker segments and the coded data between them to the end marker (ITU-T T.81 Annex B).
///
/// The end marker is the rule against files cut short: within coded data `FF D9` can't occur (an `FF` is
/// followed by `00` there) and segments are stepped over by their length, so no proper prefix of a
/// picture has one. The decoder alone would let pass a cut in the last rows.
fn layout(bytes: &[u8]) -> Result<Layout, PhotoError> {
    let cut_short = || PhotoError::Unreadable {
        format: "JPEG",
        why: format!("it is cut short: its {} bytes have no end marker; send the whole file again", bytes.len()),
    };
    let (mut at, mut luma_table, mut found_frame, mut scans) = (2_usize, None, None, 0);
    let (mut restart_interval, mut restarts) = (0, 0);
    loop {
        // To the next marker, over coded data: stuffed zeros, fill bytes and restarts belong to it.
        at += bytes.get(at..).and_then(|rest| rest.iter().position(|&b| b == 0xFF)).ok_or_else(cut_short)?;
        let marker = *bytes.get(at + 1).ok_or_else(cut_short)?;
        match marker {
            0xFF => at += 1,
            0x00 | 0x01 | 0xD8 => at += 2,
            0xD0..=0xD7 => {
                restarts += 1;
                at += 2;
            }
            0xD9 => break,
            _ => {
                let length = bytes.get(at + 2..at + 4).and_then(|s| s.first_chunk()).ok_or_else(cut_short)?;
                let length = usize::from(u16::from_be_bytes(*length)).max(2);
                let segment = bytes.get(at + 4..at + 2 + length).ok_or_else(cut_short)?;
                match marker {
                    0xDB => luma_table = luma_table.or_else(|| first_table(segment)),
                    0xC4 | 0xC8 | 0xCC => {}
                    0xC0..=0xCF if found_frame.is_none() => found_frame = Some(frame(marker, segment)?),
                    0xDA => scans += 1,
                    0xDD => {
                        restart_interval = segment.first_chunk().map_or(0, |&v| u64::from(u16::from_be_bytes(v)));
                    }
                    _ => {}
                }
                at += 2 + length;
            }
        }
    }
    let missing = |why: &str| PhotoError::Unreadable { format: "JPEG", why: why.to_owned() };
    let frame = found_frame.ok_or_else(|| missing("it has no frame header"))?;
    if scans == 0 {
        return Err(missing("it has headers but no picture"));
    }
    Ok(Layout { frame, scans, luma_table, restart_interval, restarts, end: at + 2 })
}

/// Reads a frame header (ITU-T T.81 B.2.2).
fn frame(marker: u8, segment: &[u8]) -> Result<Frame, PhotoError> {
    let unsupported = |what: &str| Err(PhotoError::Unsupported { what: what.to_owned() });
    if !matches!(marker, 0xC0..=0xC2) {
        return unsupported("a lossless or arithmetic-coded JPEG");
    }
    let [precision, h1, h0, w1, w0, count, components @ ..] = segment else {
        return Err(PhotoError::Unreadable { format: "JPEG", why: "its frame header is cut short".to_owned() });
    };
    if *precision != 8 {
        return Err(PhotoError::Unsupported { what: format!("a JPEG of {precision} bits a sample, not 8,") });
    }
    match count {
        1 | 3 => {}
        4 => return unsupported("a JPEG in print colours (CMYK), not RGB,"),
        _ => return Err(PhotoError::Unsupported { what: format!("a JPEG of {count} colour components") }),
    }
    let sampling: Vec<(u8, u8)> = components.chunks_exact(3).map(|c| (c[1] >> 4, c[1] & 15)).collect();
    let widest = sampling.iter().map(|s| s.0).max().unwrap_or(1);
    let tallest = sampling.iter().map(|s| s.1).max().unwrap_or(1);
    let samples: u32 = sampling.iter().map(|s| u32::from(s.0) * u32::from(s.1)).sum();
    let (width, height) = (u16::from_be_bytes([*w1, *w0]), u16::from_be_bytes([*h1, *h0]));
    // The MCU of a single component is one block, whatever sampling it names (ITU-T T.81 A.2.2).
    let (unit_width, unit_height) = if *count == 1 { (8, 8) } else { (8 * u64::from(widest), 8 * u64::from(tallest)) };
    Ok(Frame {
        width,
        height,
        units: u64::from(width).div_ceil(unit_width.max(1)) * u64::from(height).div_ceil(unit_height.max(1)),
        progressive: marker == 0xC2,
        chroma_subsampled: sampling.iter().any(|s| s.0 < widest || s.1 < tallest),
        samples_per_pixel: samples.div_ceil((u32::from(widest) * u32::from(tallest)).max(1)) as u8,
    })
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

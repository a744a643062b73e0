//! Pixels → file: exact density, exact colours, and a size within the band that the authority asks.

use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, PixelDensity, PixelDensityUnit, SamplingFactor};
use serde::Serialize;

use crate::PhotoError;
use crate::pixels::Rgb;
use crate::spec::{FileFormat, FileRule};

/// Highest quality that is chosen unasked. At 95 the step for a block's mean is 16 · 10 / 100 = 2, a quarter of a grey
/// level: nothing that an eye or a later measure finds is lost. It is passed only where a file would be too small.
const BEST_QUALITY: u8 = 95;

/// Lowest quality that is chosen unasked. At 30 the quantiser's step for a block's mean is 16 · 167 / 100 = 27
/// (ITU-T T.81 Annex K.1), i.e. 27 / 8 ≈ 3.4 grey levels: a plain background moves by at most 2 levels. At 20 the
/// step is 5 levels and skin shows its blocks.
const WORST_QUALITY: u8 = 30;

/// Longest COM segment: two bytes of marker and a 16-bit length that counts itself.
const LONGEST_COMMENT: usize = 2 + 65_535;

/// Marker and length of an empty COM segment.
const SHORTEST_COMMENT: usize = 4;

/// A `tEXt` chunk with the keyword `Comment` and no text: length, type, keyword, separator, checksum.
const SHORTEST_TEXT_CHUNK: usize = 12 + 8;

/// What the file shall be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Request {
    /// JPEG or PNG.
    pub format: FileFormat,
    /// IJG quality 1…100 where the document names one; it then wins over the band.
    pub quality: Option<u8>,
    /// Smallest file, KB of 1,024 bytes.
    pub kb_min: Option<f32>,
    /// Largest file, KB of 1,024 bytes.
    pub kb_max: Option<f32>,
    /// Density written into the file, px per inch, at least 1.
    pub dpi: u16,
}

/// A file, and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// IJG quality of a JPEG; `None` for PNG.
    pub quality: Option<u8>,
    /// What was unusual, in the order in which it was done.
    pub notes: Vec<Note>,
}

/// What a reader of the file should know of its making. Sizes are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Note {
    /// The document's quality was kept, and the file lies outside its usual size.
    OutsideBand {
        /// Size of the file.
        found: usize,
        /// Least usual size.
        min: usize,
        /// Greatest usual size.
        max: usize,
    },
    /// Comment segments were added, because even more quality would not have made the file long enough.
    Padded {
        /// Bytes added.
        added: usize,
    },
    /// Colour is stored at half resolution (4:2:0), because the file would have been too long otherwise.
    Subsampled,
}

impl Request {
    /// The request that a document's file rule makes.
    #[must_use]
    pub fn new(rule: &FileRule, dpi: u16) -> Self {
        Self { format: rule.format, quality: rule.quality, kb_min: rule.kb_min, kb_max: rule.kb_max, dpi }
    }

    /// The band in bytes, both ends included.
    fn band(&self) -> Result<(usize, usize), PhotoError> {
        let refuse = |why: String| Err(PhotoError::Make { why });
        if self.dpi == 0 {
            return refuse("0 dpi is no density; give at least 1".to_owned());
        }
        if let Some(quality) = self.quality.filter(|q| !(1..=100).contains(q)) {
            return refuse(format!("JPEG quality {quality} does not exist; give 1 to 100"));
        }
        for kb in [self.kb_min, self.kb_max].into_iter().flatten() {
            // 100 MB: beyond any photo, and far below where f32 loses whole bytes' meaning.
            if !(0.0..=102_400.0).contains(&kb) {
                return refuse(format!("a file of {kb} KB cannot be asked; give 0 to 102400"));
            }
        }
        let min = self.kb_min.map_or(0, |kb| libm::ceil(f64::from(kb) * 1024.0) as usize);
        let max = self.kb_max.map_or(usize::MAX, |kb| (f64::from(kb) * 1024.0) as usize);
        if min > max {
            return refuse(format!("the file shall have at least {min} and at most {max} bytes, which no file has"));
        }
        Ok((min, max))
    }
}

/// Encodes a picture: JPEG is baseline JFIF in one scan, sRGB, 4:4:4, without EXIF; PNG is 8-bit RGB, sRGB.
///
/// A JPEG has the quality asked, else the highest of 30…95 that the band allows. A file that would be too short gets
/// more quality up to 100 and then comment segments before its scan, never bytes after its end; one that would be
/// too long gets 4:2:0 as the last step. Everything of this kind is told in [`Encoded::notes`].
///
/// # Errors
/// [`PhotoError::Make`] where the band cannot be met or the request contradicts itself, with the size reached and
/// the limit; [`PhotoError::Unreadable`] where `picture` is empty or its data does not match its size.
pub fn encode(picture: &Rgb, request: &Request) -> Result<Encoded, PhotoError> {
    let band = request.band()?;
    let (width, height) = (picture.width, picture.height);
    if width == 0 || height == 0 || picture.data.len() as u64 != u64::from(width) * u64::from(height) * 3 {
        let why = format!("{width}×{height} px with {} bytes is no RGB picture", picture.data.len());
        return Err(PhotoError::Unreadable { format: "pixels", why });
    }
    match (request.format, request.quality) {
        (FileFormat::Png, _) => png_in_band(picture, request.dpi, band),
        (FileFormat::Jpeg, Some(quality)) => jpeg_as_asked(picture, quality, request.dpi, band),
        (FileFormat::Jpeg, None) => jpeg_in_band(picture, request.dpi, band),
    }
}

fn jpeg_as_asked(picture: &Rgb, quality: u8, dpi: u16, (min, max): (usize, usize)) -> Result<Encoded, PhotoError> {
    let bytes = jpeg(picture, quality, dpi, SamplingFactor::R_4_4_4)?;
    let found = bytes.len();
    let outside = !(min..=max).contains(&found);
    let notes = if outside { vec![Note::OutsideBand { found, min, max }] } else { Vec::new() };
    Ok(Encoded { bytes, quality: Some(quality), notes })
}

fn jpeg_in_band(picture: &Rgb, dpi: u16, (min, max): (usize, usize)) -> Result<Encoded, PhotoError> {
    let mut notes = Vec::new();
    let full = highest(picture, dpi, SamplingFactor::R_4_4_4, max)?;
    let (mut quality, mut bytes) = match full {
        Tried::Fits(quality, bytes) => (quality, bytes),
        Tried::TooLong(_) => match highest(picture, dpi, SamplingFactor::R_4_2_0, max)? {
            Tried::Fits(quality, bytes) => {
                notes.push(Note::Subsampled);
                (quality, bytes)
            }
            Tried::TooLong(reached) => {
                let why = format!(
                    "the JPEG has {reached} bytes at quality {WORST_QUALITY} with 4:2:0 colour, the limit is {max} bytes; \
                     a plainer background or fewer pixels would make it smaller"
                );
                return Err(PhotoError::Make { why });
            }
        },
    };
    while bytes.len() < min && (BEST_QUALITY..100).contains(&quality) {
        let better = jpeg(picture, quality + 1, dpi, SamplingFactor::R_4_4_4)?;
        if better.len() > max {
            break;
        }
        (quality, bytes) = (quality + 1, better);
    }
    if bytes.len() < min {
        let added = (min - bytes.len()).max(SHORTEST_COMMENT);
        if bytes.len() + added > max {
            let why = format!(
                "the JPEG has {} bytes at quality {quality}, and between {min} and {max} bytes there is no room for \
                 the {SHORTEST_COMMENT} bytes of a comment; widen the band",
                bytes.len()
            );
            return Err(PhotoError::Make { why });
        }
        bytes = padded(&bytes, added)?;
        notes.push(Note::Padded { added });
    }
    Ok(Encoded { bytes, quality: Some(quality), notes })
}

/// What a search for quality found.
enum Tried {
    /// Quality and file.
    Fits(u8, Vec<u8>),
    /// Size of the file at the worst quality.
    TooLong(usize),
}

/// The highest quality from worst to best whose file has at most `max` bytes: bisection, as length grows with
/// quality. Where it does not quite (by some bytes at neighbouring qualities), the file found still fits.
fn highest(picture: &Rgb, dpi: u16, sampling: SamplingFactor, max: usize) -> Result<Tried, PhotoError> {
    let best = jpeg(picture, BEST_QUALITY, dpi, sampling)?;
    if best.len() <= max {
        return Ok(Tried::Fits(BEST_QUALITY, best));
    }
    let worst = jpeg(picture, WORST_QUALITY, dpi, sampling)?;
    if worst.len() > max {
        return Ok(Tried::TooLong(worst.len()));
    }
    let (mut fits, mut too_long, mut found) = (WORST_QUALITY, BEST_QUALITY, worst);
    while too_long - fits > 1 {
        let middle = fits.midpoint(too_long);
        let bytes = jpeg(picture, middle, dpi, sampling)?;
        if bytes.len() <= max {
            (fits, found) = (middle, bytes);
        } else {
            too_long = middle;
        }
    }
    Ok(Tried::Fits(fits, found))
}

fn jpeg(picture: &Rgb, quality: u8, dpi: u16, sampling: SamplingFactor) -> Result<Vec<u8>, PhotoError> {
    let (Ok(width), Ok(height)) = (u16::try_from(picture.width), u16::try_from(picture.height)) else {
        let why = format!("a JPEG has at most 65535 px a side, this has {}×{}", picture.width, picture.height);
        return Err(PhotoError::Make { why });
    };
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_density(PixelDensity { density: (dpi, dpi), unit: PixelDensityUnit::Inches });
    encoder.set_sampling_factor(sampling);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    // No optimised Huffman tables: this encoder would then write one scan per colour, and one
    // interleaved scan is what every decoder reads.
    encoder
        .encode(&picture.data, width, height, ColorType::Rgb)
        .map_err(|e| PhotoError::Make { why: format!("the JPEG encoder refused: {e}") })?;
    number_components(&mut bytes)?;
    Ok(bytes)
}

/// JFIF 1.02 numbers the components 1 (Y), 2 (Cb), 3 (Cr); the encoder counts from 0.
fn number_components(bytes: &mut [u8]) -> Result<(), PhotoError> {
    // SOF0: marker, length, precision, height, width, count, then three bytes a component.
    // SOS: marker, length, count, then two bytes a component.
    for (marker, first, step) in [(0xC0, 10, 3), (0xDA, 5, 2)] {
        let at = segment(bytes, marker)?;
        for component in 0..3_usize {
            if let Some(id) = bytes.get_mut(at + first + component * step) {
                *id = component as u8 + 1;
            }
        }
    }
    Ok(())
}

/// Where the first segment with a marker begins: the place of its `0xFF`.
fn segment(bytes: &[u8], wanted: u8) -> Result<usize, PhotoError> {
    let mut at = 2;
    while let Some(&[0xFF, marker, high, low]) = bytes.get(at..at + 4).and_then(|s| s.first_chunk()) {
        if marker == wanted {
            return Ok(at);
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
    }
    Err(PhotoError::Make { why: format!("the JPEG encoder wrote no segment FF{wanted:02X}") })
}

/// The file with exactly `added` (≥ 4) bytes of comment segments before its scan.
fn padded(bytes: &[u8], added: usize) -> Result<Vec<u8>, PhotoError> {
    let scan = segment(bytes, 0xDA)?;
    let mut longer = Vec::with_capacity(bytes.len() + added);
    longer.extend_from_slice(&bytes[..scan]);
    let mut left = added;
    while left > 0 {
        // What remains after a full segment must again hold a whole one.
        let rest = left.saturating_sub(LONGEST_COMMENT);
        let now = if rest > 0 && rest < SHORTEST_COMMENT { left - SHORTEST_COMMENT } else { left - rest };
        longer.extend_from_slice(&[0xFF, 0xFE]);
        longer.extend_from_slice(&((now - 2) as u16).to_be_bytes());
        longer.resize(longer.len() + now - SHORTEST_COMMENT, b' ');
        left -= now;
    }
    longer.extend_from_slice(&bytes[scan..]);
    Ok(longer)
}

fn png_in_band(picture: &Rgb, dpi: u16, (min, max): (usize, usize)) -> Result<Encoded, PhotoError> {
    let bytes = png_file(picture, dpi, None)?;
    let found = bytes.len();
    if found > max {
        let why = format!("the PNG has {found} bytes, the limit is {max} bytes; PNG keeps every pixel, ask for JPEG");
        return Err(PhotoError::Make { why });
    }
    if found >= min {
        return Ok(Encoded { bytes, quality: None, notes: Vec::new() });
    }
    let added = (min - found).max(SHORTEST_TEXT_CHUNK);
    if found + added > max {
        let why = format!(
            "the PNG has {found} bytes, and between {min} and {max} bytes there is no room for the \
             {SHORTEST_TEXT_CHUNK} bytes of a comment; widen the band"
        );
        return Err(PhotoError::Make { why });
    }
    let bytes = png_file(picture, dpi, Some(" ".repeat(added - SHORTEST_TEXT_CHUNK)))?;
    Ok(Encoded { bytes, quality: None, notes: vec![Note::Padded { added }] })
}

fn png_file(picture: &Rgb, dpi: u16, comment: Option<String>) -> Result<Vec<u8>, PhotoError> {
    let refused = |e: png::EncodingError| PhotoError::Make { why: format!("the PNG encoder refused: {e}") };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width, picture.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
    // An inch is 0.0254 m.
    let per_metre = (u32::from(dpi) * 10_000 + 127) / 254;
    let dims = png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter };
    encoder.set_pixel_dims(Some(dims));
    if let Some(text) = comment {
        encoder.add_text_chunk("Comment".to_owned(), text).map_err(refused)?;
    }
    let mut writer = encoder.write_header().map_err(refused)?;
    writer.write_image_data(&picture.data).map_err(refused)?;
    writer.finish().map_err(refused)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;

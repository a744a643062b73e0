//! Bytes → [`Portrait`]: one upright sRGB picture within [`Limits`], and the facts of its file.
//!
//! The type is read from the content, never from a name. Sizes are read from the header and held
//! against the limits before a pixel is allocated. Nothing of the file's metadata goes on from here
//! but the orientation, the colour profile and the facts in [`SourceFile`].

mod heic;
mod jpeg;
mod orientation;
mod png;
mod profile;
mod webp;

pub use jpeg::{JpegTraits, standard_quality};
pub use orientation::{Orientation, Origin};

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::pixels::{Affine, Rgb};
use crate::{Limits, PhotoError};

/// The picture formats that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JPEG (ITU-T T.81), 8 bit, baseline or progressive.
    Jpeg,
    /// PNG, any depth; 16 bit is reduced to 8.
    Png,
    /// WebP, lossy or lossless, not animated.
    Webp,
    /// HEIC/HEIF with HEVC pictures.
    Heic,
}

/// What is known of the file itself; it never changes what the pixels say.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct SourceFile {
    /// The format its content has.
    pub format: Format,
    /// Length of the file.
    pub size_bytes: u64,
    /// Columns of the upright picture, px.
    pub width: u32,
    /// Rows of the upright picture, px.
    pub height: u32,
    /// How the stored picture was turned to stand upright.
    pub orientation: Orientation,
    /// Whether a colour profile other than sRGB was converted.
    pub profile_converted: bool,
    /// Whether transparent places were put over white.
    pub had_alpha: bool,
    /// What a JPEG's tables say of its making.
    pub jpeg: Option<JpegTraits>,
    /// Where the EXIF says that the picture comes from.
    pub origin: Origin,
    /// Name of the software that wrote the file, from EXIF; on phones this is often the system's version.
    pub software: Option<String>,
    /// EXIF focal length in 35 mm terms, mm.
    pub focal_length_35mm: Option<u16>,
}

/// One decoded picture. Coordinates of everything that follows are px of the *upright* picture,
/// whatever way round it is stored.
pub struct Portrait {
    stored: Rgb,
    colours: Option<profile::ToSrgb>,
    working: Rgb,
    /// Facts of the file.
    pub file: SourceFile,
}

/// Longest side of [`Portrait::working`], px. The detector looks at 128 × 128 and the silhouette at
/// 256 × 256; 1,024 leaves them room for a small figure and keeps every later step cheap.
pub const WORKING_LONG_PX: u32 = 1024;

/// A picture as a format's decoder gives it: stored orientation, stored colours, metadata still apart.
struct Decoded {
    pixels: Rgb,
    orientation: Orientation,
    colours: profile::Colours,
    had_alpha: bool,
    jpeg: Option<JpegTraits>,
    exif: orientation::ExifFacts,
}

impl Portrait {
    /// Decodes a file of any supported format.
    ///
    /// # Errors
    /// [`PhotoError::TooLarge`] over a limit, [`PhotoError::Unsupported`] for another kind of file or
    /// an animation, [`PhotoError::Unreadable`] for a damaged or truncated one. All are the sender's.
    pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Self, PhotoError> {
        limits.check_bytes(bytes.len())?;
        let format = sniff(bytes)?;
        // Malformed input has made such decoders panic before; none may end a server. Where panics abort
        // (WASM) the page's worker ends instead. Nothing outlives the closure that could be half-written.
        let (decoded, colours) = catch_unwind(AssertUnwindSafe(|| {
            let decoded = match format {
                Format::Jpeg => jpeg::decode(bytes, limits),
                Format::Png => png::decode(bytes, limits),
                Format::Webp => webp::decode(bytes, limits),
                Format::Heic => heic::decode(bytes, limits),
            }?;
            let colours = profile::ToSrgb::of(&decoded.colours);
            Ok((decoded, colours))
        }))
        .unwrap_or_else(|_| Err(damaged(format)))?;
        let (width, height) = decoded.orientation.upright(decoded.pixels.width, decoded.pixels.height);
        let file = SourceFile {
            format,
            size_bytes: bytes.len() as u64,
            width,
            height,
            orientation: decoded.orientation,
            profile_converted: colours.is_some(),
            had_alpha: decoded.had_alpha,
            jpeg: decoded.jpeg,
            origin: decoded.exif.origin,
            software: decoded.exif.software,
            focal_length_35mm: decoded.exif.focal_length_35mm,
        };
        Ok(Self::assemble(decoded.pixels, colours, file))
    }

    /// A portrait of pixels that are already upright and sRGB, for tests and for pictures that were
    /// made here.
    ///
    /// # Errors
    /// [`PhotoError::Unreadable`] where a side is zero.
    pub fn from_pixels(pixels: Rgb) -> Result<Self, PhotoError> {
        if pixels.width == 0 || pixels.height == 0 {
            let why = format!("{}×{} px is no picture", pixels.width, pixels.height);
            return Err(PhotoError::Unreadable { format: "pixels", why });
        }
        let file = SourceFile {
            format: Format::Png,
            size_bytes: pixels.data.len() as u64,
            width: pixels.width,
            height: pixels.height,
            orientation: Orientation::Upright,
            profile_converted: false,
            had_alpha: false,
            jpeg: None,
            origin: Origin::Unknown,
            software: None,
            focal_length_35mm: None,
        };
        Ok(Self::assemble(pixels, None, file))
    }

    fn assemble(stored: Rgb, colours: Option<profile::ToSrgb>, file: SourceFile) -> Self {
        let long = stored.width.max(stored.height);
        let mut small = if long > WORKING_LONG_PX {
            let side =
                |v: u32| ((u64::from(v) * u64::from(WORKING_LONG_PX) + u64::from(long) / 2) / u64::from(long)).max(1);
            stored.resized(side(stored.width) as u32, side(stored.height) as u32)
        } else {
            stored.clone()
        };
        if let Some(colours) = &colours {
            colours.convert(&mut small);
        }
        let working = file.orientation.turn(small);
        Self { stored, colours, working, file }
    }

    /// Columns of the upright picture, px.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.file.width
    }

    /// Rows of the upright picture, px.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.file.height
    }

    /// The whole picture, upright, sRGB, its longer side at most [`WORKING_LONG_PX`].
    #[must_use]
    pub fn working(&self) -> &Rgb {
        &self.working
    }

    /// From coordinates of [`Self::working`] to those of the upright picture.
    #[must_use]
    pub fn working_to_upright(&self) -> Affine {
        let x = self.file.width as f32 / self.working.width as f32;
        let y = self.file.height as f32 / self.working.height as f32;
        Affine { m: [x, 0.0, 0.0, 0.0, y, 0.0] }
    }

    /// A region at full resolution: `to_upright` maps the `width × height` result onto the upright
    /// picture. sRGB; places outside repeat the picture's edge.
    #[must_use]
    pub fn sampled(&self, to_upright: &Affine, width: u32, height: u32) -> Rgb {
        let to_stored = to_upright.then(&self.file.orientation.to_stored(self.stored.width, self.stored.height));
        let mut region = self.stored.sampled(&to_stored, width, height);
        if let Some(colours) = &self.colours {
            colours.convert(&mut region);
        }
        region
    }

    /// The same picture after a further quarter turn clockwise, for a phone that was held sideways
    /// without saying so.
    ///
    /// # Errors
    /// Those of [`Portrait::from_pixels`].
    pub fn quarter_turned(self) -> Result<Self, PhotoError> {
        let Self { stored, colours, working, mut file } = self;
        file.orientation = file.orientation.then_quarter_turn();
        std::mem::swap(&mut file.width, &mut file.height);
        Ok(Self { stored, colours, working: Orientation::TurnedLeft.turn(working), file })
    }
}

/// The error for a file that a decoder gave up on without a word.
fn damaged(format: Format) -> PhotoError {
    let format = match format {
        Format::Jpeg => "JPEG",
        Format::Png => "PNG",
        Format::Webp => "WebP",
        Format::Heic => "HEIC",
    };
    PhotoError::Unreadable { format, why: "its data are damaged; send the original file again".to_owned() }
}

/// The format by content.
fn sniff(bytes: &[u8]) -> Result<Format, PhotoError> {
    let unsupported = |what: &str| Err(PhotoError::Unsupported { what: what.to_owned() });
    match bytes {
        [] => Err(PhotoError::Unreadable { format: "photo", why: "the file is empty".to_owned() }),
        [0xFF, 0xD8, 0xFF, ..] => Ok(Format::Jpeg),
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Ok(Format::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Format::Webp),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => heic::sniff(brand),
        [b'G', b'I', b'F', b'8', ..] => unsupported("GIF"),
        [b'B', b'M', ..] => unsupported("BMP"),
        [b'%', b'P', b'D', b'F', ..] => unsupported("PDF"),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => unsupported("TIFF or camera raw"),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => unsupported("a ZIP archive"),
        [0xFF, 0x0A, ..] => unsupported("JPEG XL"),
        _ => unsupported("this kind of file"),
    }
}

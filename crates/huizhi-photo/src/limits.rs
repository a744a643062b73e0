//! How much a file may ask of us.

use crate::PhotoError;

/// Limits on what is decoded. A probe of this policy held against 1,979 hostile files with at most 60 MB and 0.1 s of CPU
/// each; what this code was measured on is in docs/decode.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest file, bytes.
    pub file_bytes: usize,
    /// Longest side, px.
    pub side_px: u32,
    /// Largest area, px.
    pub pixels: u64,
    /// Shortest side that is still a picture, px.
    pub least_side_px: u32,
    /// Most scans of a progressive JPEG; each costs a pass over the whole picture.
    pub jpeg_scans: usize,
    /// Most memory for what is not pixels, bytes.
    pub metadata_bytes: usize,
    /// Most memory for pixels while decoding, bytes: what the format's decoder is known to hold at once
    /// for a picture of that size. Sides and area alone don't bound it: a progressive JPEG keeps all
    /// its coefficients, which is three times the pixels.
    pub decode_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 15 * 1024 * 1024,
            side_px: 10_000,
            pixels: 64_000_000,
            least_side_px: 16,
            jpeg_scans: 64,
            metadata_bytes: 32 * 1024 * 1024,
            decode_bytes: 400_000_000,
        }
    }
}

impl Limits {
    /// # Errors
    /// [`PhotoError::TooLarge`] over [`Limits::file_bytes`].
    pub fn check_bytes(&self, found: usize) -> Result<(), PhotoError> {
        if found > self.file_bytes {
            return Err(PhotoError::TooLarge {
                what: "file size",
                found: format!("{found} bytes"),
                limit: format!("{} bytes; save it smaller or with stronger compression", self.file_bytes),
            });
        }
        Ok(())
    }

    /// Holds `bytes_per_pixel` of a `width × height` picture against [`Limits::decode_bytes`].
    ///
    /// # Errors
    /// [`PhotoError::TooLarge`] where decoding would need more.
    pub fn check_memory(&self, width: u64, height: u64, bytes_per_pixel: u64) -> Result<(), PhotoError> {
        let needed = width.saturating_mul(height).saturating_mul(bytes_per_pixel);
        if needed > self.decode_bytes {
            return Err(PhotoError::TooLarge {
                what: "memory to decode the picture",
                found: format!("{} MB for {width}×{height} px", needed / 1_000_000),
                limit: format!("{} MB; send it smaller or as an ordinary JPEG", self.decode_bytes / 1_000_000),
            });
        }
        Ok(())
    }

    /// # Errors
    /// [`PhotoError::TooLarge`] over a limit on sides or area, [`PhotoError::Unreadable`] under the least side.
    pub fn check_pixels(&self, width: u64, height: u64) -> Result<(), PhotoError> {
        let found = format!("{width}×{height} px");
        if width.max(height) > u64::from(self.side_px) {
            return Err(PhotoError::TooLarge {
                what: "picture side",
                found,
                limit: format!("{} px; send it smaller", self.side_px),
            });
        }
        if width.saturating_mul(height) > self.pixels {
            return Err(PhotoError::TooLarge {
                what: "picture area",
                found,
                limit: format!("{} px; send it smaller", self.pixels),
            });
        }
        if width.min(height) < u64::from(self.least_side_px) {
            return Err(PhotoError::Unreadable {
                format: "photo",
                why: format!("{found} is no photo; the shorter side must be at least {} px", self.least_side_px),
            });
        }
        Ok(())
    }
}

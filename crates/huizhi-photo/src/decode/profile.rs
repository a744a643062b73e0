//! Colour profiles: Display P3 and others to sRGB, before anything is measured.

use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

use crate::pixels::Rgb;

/// Longest ICC profile that is read. Phones' own are under 4 KiB, print profiles' tables are larger but
/// belong to CMYK.
const ICC_BYTES: usize = 1024 * 1024;

/// A conversion from the file's RGB to sRGB.
pub(super) struct ToSrgb(Arc<Transform8BitExecutor>);

impl ToSrgb {
    /// `None` for sRGB itself, and for a profile that can't be used: then sRGB is assumed, as for a file
    /// without one.
    pub fn from_icc(icc: &[u8]) -> Option<Self> {
        if icc.len() > ICC_BYTES {
            return None;
        }
        let source = ColorProfile::new_from_slice(icc).ok()?;
        if source.color_space != DataColorSpace::Rgb {
            return None;
        }
        let srgb = ColorProfile::new_srgb();
        let transform =
            source.create_transform_8bit(Layout::Rgb, &srgb, Layout::Rgb, TransformOptions::default()).ok()?;
        let found = Self(transform);
        (!found.changes_nothing()).then_some(found)
    }

    /// Converts a picture in place.
    pub fn convert(&self, picture: &mut Rgb) {
        let source = picture.data.clone();
        // A failure would mean lengths that differ; the picture then stays as it was.
        if self.0.transform(&source, &mut picture.data).is_err() {
            picture.data = source;
        }
    }

    /// Whether a scale of greys and primaries comes back within one step, as for the many files that
    /// carry an sRGB profile.
    fn changes_nothing(&self) -> bool {
        let mut probe = Rgb { width: 27, height: 1, data: Vec::new() };
        for i in 0..27_u8 {
            probe.data.extend([i % 3 * 127, i / 3 % 3 * 127, i / 9 * 127]);
        }
        let before = probe.data.clone();
        self.convert(&mut probe);
        before.iter().zip(&probe.data).all(|(a, b)| a.abs_diff(*b) <= 1)
    }
}

//! Colour profiles: Display P3 and others to sRGB, before anything is measured.

use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

use crate::pixels::Rgb;

/// Longest ICC profile that is read. Phones' own are under 4 KiB, print profiles' tables are larger but
/// belong to CMYK.
const ICC_BYTES: usize = 1024 * 1024;

/// What a file says of its colours.
pub(super) enum Colours {
    /// Nothing: sRGB, as every viewer assumes.
    Assumed,
    /// An ICC profile.
    Icc(Vec<u8>),
    /// Display P3 by code point (ITU-T H.273 primaries 11 and 12).
    DisplayP3,
    /// BT.2020 by code point (primaries 9), standard range.
    Bt2020,
}

impl From<Option<Vec<u8>>> for Colours {
    fn from(icc: Option<Vec<u8>>) -> Self {
        icc.map_or(Self::Assumed, Self::Icc)
    }
}

/// A conversion from the file's RGB to sRGB.
pub(super) struct ToSrgb(Arc<Transform8BitExecutor>);

impl ToSrgb {
    /// `None` for sRGB itself, and for a profile that can't be used (broken, or of gray or print colours):
    /// then sRGB is assumed, as for a file without one.
    pub fn of(colours: &Colours) -> Option<Self> {
        let source = match colours {
            Colours::Assumed => return None,
            Colours::Icc(icc) if icc.len() > ICC_BYTES => return None,
            Colours::Icc(icc) => ColorProfile::new_from_slice(icc).ok()?,
            Colours::DisplayP3 => ColorProfile::new_display_p3(),
            Colours::Bt2020 => ColorProfile::new_bt2020(),
        };
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

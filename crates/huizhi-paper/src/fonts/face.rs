//! One font: bytes, and what is read from them.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::raw::TableProvider as _;
use skrifa::{FontRef, GlyphId, MetadataProvider as _};

/// Bit of `OS/2.fsType` by which a maker forbids embedding.
const RESTRICTED: u16 = 0x0002;

/// A font that may not have been read yet.
pub(super) struct Face {
    name: String,
    source: Source,
    loaded: OnceLock<Option<Loaded>>,
}

enum Source {
    Bundled(&'static [u8]),
    File(PathBuf, u32),
}

/// A font in memory.
pub(crate) struct Loaded {
    bytes: Arc<dyn AsRef<[u8]> + Send + Sync>,
    index: u32,
    units_per_em: f32,
    /// The same font for the PDF writer.
    pub(crate) pdf: krilla::text::Font,
}

impl Face {
    pub(super) fn bundled(name: &str, bytes: &'static [u8]) -> Self {
        Self { name: name.to_owned(), source: Source::Bundled(bytes), loaded: OnceLock::new() }
    }

    pub(super) fn file(name: String, path: PathBuf, index: u32) -> Self {
        Self { name, source: Source::File(path, index), loaded: OnceLock::new() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The font; `None` where its file is gone, broken, or may not be embedded.
    pub(super) fn loaded(&self) -> Option<&Loaded> {
        self.loaded
            .get_or_init(|| match &self.source {
                Source::Bundled(bytes) => Loaded::read(Arc::new(*bytes), 0),
                Source::File(path, index) => Loaded::read(Arc::new(std::fs::read(path).ok()?), *index),
            })
            .as_ref()
    }
}

impl fmt::Debug for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Loaded {
    fn read(bytes: Arc<dyn AsRef<[u8]> + Send + Sync>, index: u32) -> Option<Self> {
        let pdf = krilla::text::Font::new(bytes.clone().into(), index)?;
        let font = FontRef::from_index((*bytes).as_ref(), index).ok()?;
        if font.os2().is_ok_and(|os2| os2.fs_type() & RESTRICTED != 0) {
            return None;
        }
        let units_per_em = f32::from(font.head().ok()?.units_per_em());
        Some(Self { bytes, index, units_per_em, pdf })
    }

    fn font(&self) -> Option<FontRef<'_>> {
        FontRef::from_index((*self.bytes).as_ref(), self.index).ok()
    }

    /// The glyph of a character, and its advance in em.
    pub(super) fn glyph(&self, character: char) -> Option<(GlyphId, f32)> {
        let font = self.font()?;
        let id = font.charmap().map(character).filter(|id| id.to_u32() != 0)?;
        let advance = font.glyph_metrics(Size::unscaled(), LocationRef::default()).advance_width(id)?;
        Some((id, advance / self.units_per_em))
    }

    /// Draws a glyph's outline; 1 em is `em` units of the pen, y goes up.
    pub(crate) fn outline(&self, id: GlyphId, em: f32, pen: &mut impl OutlinePen) -> Option<()> {
        let glyph = self.font()?.outline_glyphs().get(id)?;
        glyph.draw(DrawSettings::unhinted(Size::new(em), LocationRef::default()), pen).ok().map(|_| ())
    }
}

//! The fonts, and which of them draws a character. No shaping: Chinese and the Latin of names and notes need one glyph a
//! character, and so PDF and PNG set the same glyphs at the same places.

mod face;
mod system;

use std::borrow::Cow;
use std::ops::Range;

use skrifa::GlyphId;

use crate::error::PaperError;
use face::Face;

/// Noto Sans CJK SC; `fonts/FONTS.md` has origin and licence.
static BUNDLED: &[u8] = include_bytes!("../../../fonts/noto-sans-cjk-sc.otf");

/// Fonts in the order in which they are asked for a character. Looking for those of the system takes 50 ms: make it once and
/// share it.
#[derive(Debug)]
pub struct Fonts {
    faces: Vec<Face>,
}

/// Glyphs of one face that stand side by side.
pub(crate) struct Run {
    /// Index of the face.
    pub(crate) face: usize,
    /// The part of the text that they draw.
    pub(crate) text: Range<usize>,
    /// The glyphs, each with its part of the text and its advance in em.
    pub(crate) glyphs: Vec<Placed>,
}

/// A glyph.
pub(crate) struct Placed {
    pub(crate) id: GlyphId,
    pub(crate) text: Range<usize>,
    pub(crate) advance: f32,
}

impl Fonts {
    /// The font that travels with the crate: the same sheet on every machine.
    ///
    /// # Errors
    /// [`PaperError::Font`] where it cannot be read, which a test rules out.
    pub fn bundled() -> Result<Self, PaperError> {
        let face = Face::bundled("Noto Sans CJK SC (bundled)", BUNDLED);
        if face.loaded().is_none() {
            return Err(PaperError::Font);
        }
        Ok(Self { faces: vec![face] })
    }

    /// The bundled font, and behind it those of the system that may have a rarer character. Their files are read when the
    /// first such character comes.
    ///
    /// # Errors
    /// [`PaperError::Font`] where the bundled one cannot be read, which a test rules out.
    pub fn with_system() -> Result<Self, PaperError> {
        let mut fonts = Self::bundled()?;
        fonts.faces.extend(system::faces());
        Ok(fonts)
    }

    /// The fonts' names, in the order in which they are asked.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.faces.iter().map(Face::name)
    }

    /// The characters that no font has, each once, in the order in which they stand.
    #[must_use]
    pub fn missing(&self, text: &str) -> Vec<char> {
        let mut missing = Vec::new();
        for character in text.chars().filter(|c| !is_unseen(*c) && !c.is_whitespace()) {
            if !missing.contains(&character) && self.find(character).is_none() {
                missing.push(character);
            }
        }
        missing
    }

    /// The text as it can be printed: a character that no font has as its code point `〔U+2CEDA〕`, space for every kind of
    /// space and line break, nothing for what is not seen.
    pub(crate) fn spelled<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let as_it_is = |c: char| c == ' ' || (!c.is_whitespace() && !is_unseen(c) && self.find(c).is_some());
        if text.chars().all(as_it_is) {
            return Cow::Borrowed(text);
        }
        let mut spelled = String::with_capacity(text.len() + 16);
        for character in text.chars() {
            match character {
                c if as_it_is(c) => spelled.push(c),
                c if c.is_whitespace() => spelled.push(' '),
                c if is_unseen(c) => {}
                c => spelled.extend(['〔'].into_iter().chain(format!("U+{:04X}", u32::from(c)).chars()).chain(['〕'])),
            }
        }
        Cow::Owned(spelled)
    }

    /// The glyphs of a text that is [`spelled`](Self::spelled), each moved on by a little more, em; see [`air`].
    pub(crate) fn runs(&self, text: &str, tracking: f32) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (at, character) in text.char_indices() {
            let Some((face, id, advance)) = self.find(character) else { continue };
            let range = at..at + character.len_utf8();
            let advance = advance + air(character, tracking);
            let placed = Placed { id, text: range.clone(), advance };
            match runs.last_mut() {
                Some(run) if run.face == face => {
                    run.text.end = range.end;
                    run.glyphs.push(placed);
                }
                _ => runs.push(Run { face, text: range, glyphs: vec![placed] }),
            }
        }
        runs
    }

    /// Width of a text, em.
    pub(crate) fn width(&self, text: &str) -> f32 {
        text.chars().filter_map(|c| self.find(c)).map(|(_, _, advance)| advance).sum()
    }

    pub(crate) fn face(&self, index: usize) -> Option<&face::Loaded> {
        self.faces.get(index).and_then(Face::loaded)
    }

    /// The first face with a glyph for the character, the glyph and its advance in em.
    fn find(&self, character: char) -> Option<(usize, GlyphId, f32)> {
        self.faces.iter().enumerate().find_map(|(index, face)| {
            let (id, advance) = face.loaded()?.glyph(character)?;
            Some((index, id, advance))
        })
    }
}

/// What tracking puts behind a character: groups of a number stand clearly apart, so a space gets six times as much.
pub(crate) fn air(character: char, tracking: f32) -> f32 {
    if character == ' ' { 6.0 * tracking } else { tracking }
}

/// Characters without ink of their own: controls, joiners, marks of direction, selectors of variants.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_font_has_every_character_of_names_notes_and_numbers() {
        let fonts = Fonts::bundled().unwrap();
        let unified: String = ('\u{4E00}'..='\u{9FA5}').collect();
        let ascii: String = (' '..='~').collect();
        for text in [unified.as_str(), &ascii, "〇·—–“”‘’…，。：；、（）《》〔〕×①", "𬎆𬍛㐂𠮷", "éüñǎ"]
        {
            assert!(fonts.missing(text).is_empty(), "{text:.20}");
        }
    }

    #[test]
    fn what_no_font_has_is_told_and_spelled() {
        let fonts = Fonts::bundled().unwrap();
        assert_eq!(fonts.missing("张\u{323AE}\u{323AE}三\u{200D}"), ['\u{323AE}']);
        assert_eq!(fonts.spelled("张\u{323AE}三"), "张〔U+323AE〕三");
        assert_eq!(fonts.spelled("a\tb\u{3000}c\u{202E}"), "a b c");
        assert!(matches!(fonts.spelled("惠州 Huizhou"), Cow::Borrowed(_)));
    }

    #[test]
    fn runs_cover_the_text_and_add_up_to_its_width() {
        let fonts = Fonts::with_system().unwrap();
        let text = "王𬎆 Wang 2026年";
        let runs = fonts.runs(text, 0.0);
        let covered: String = runs.iter().map(|run| &text[run.text.clone()]).collect();
        assert_eq!(covered, text);
        let sum: f32 = runs.iter().flat_map(|run| &run.glyphs).map(|glyph| glyph.advance).sum();
        assert!((sum - fonts.width(text)).abs() < 1e-4);
        assert!((fonts.width("王") - 1.0).abs() < 0.01);
    }

    #[test]
    fn fonts_are_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Fonts>();
    }
}

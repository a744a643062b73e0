//! A sheet as a list of what lies where, in mm from the page's top left corner. Deciding is done here, drawing in `pdf` and
//! `png`; neither moves anything.

mod code;
mod flow;
mod lines;
mod receipt;
#[cfg(test)]
mod tests;

pub(crate) use code::Code;
pub(crate) use receipt::lay_out;

use huizhi_domain::words::Lang;

/// All pages.
pub(crate) struct Layout {
    pub(crate) lang: Lang,
    /// What the file is called in its reader's title bar.
    pub(crate) title: String,
    pub(crate) pages: Vec<Page>,
}

/// A page.
pub(crate) struct Page {
    pub(crate) width: f32,
    pub(crate) height: f32,
    /// In reading order.
    pub(crate) blocks: Vec<Block>,
}

/// Items that are one thing to a reader.
pub(crate) struct Block {
    pub(crate) role: Role,
    /// Its language, where it is another one than the sheet's.
    pub(crate) lang: Option<Lang>,
    pub(crate) items: Vec<Item>,
}

/// What a block is to somebody who hears the sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Title,
    Heading,
    Paragraph,
    ListItem,
    /// A picture, and what it shows.
    Figure(String),
    /// Lines, and what every page repeats: not read out.
    Ornament,
}

/// One thing to draw.
pub(crate) enum Item {
    Text(Text),
    Picture(Picture),
    Bar(Area),
    Frame { area: Area, line: f32 },
    Code { code: Code, x: f32, y: f32 },
}

/// One line of text.
pub(crate) struct Text {
    /// Only characters that the fonts have.
    pub(crate) words: String,
    pub(crate) x: f32,
    pub(crate) baseline: f32,
    /// Em.
    pub(crate) size: f32,
    /// Air behind each character, em.
    pub(crate) tracking: f32,
    pub(crate) bold: bool,
    pub(crate) ink: Ink,
}

/// A picture's place.
pub(crate) struct Picture {
    pub(crate) shows: Shows,
    pub(crate) area: Area,
}

/// Which picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shows {
    Photo,
    Name,
}

/// How dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Black,
    /// For labels and captions.
    Grey,
}

impl Ink {
    /// Its lightness: grey has 7 : 1 to white paper, enough for small letters (WCAG 1.4.6).
    pub(crate) fn luma(self) -> u8 {
        match self {
            Self::Black => 0,
            Self::Grey => 0x59,
        }
    }
}

/// A rectangle, mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Area {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

/// Letters in bold are the same outlines with a line around them, so wide: share of the em.
pub(crate) const BOLD: f32 = 0.035;

/// From the baseline up to the top of a Chinese character and down to its foot, share of the em.
pub(crate) const ASCENT: f32 = 0.88;
pub(crate) const DESCENT: f32 = 0.12;

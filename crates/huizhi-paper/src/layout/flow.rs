//! Fills pages from the top: blocks one below the other, beside a column at the right while that lasts.

use huizhi_domain::words::Lang;

use super::{ASCENT, Area, Block, DESCENT, Ink, Item, Page, Role, Text, lines};
use crate::error::PaperError;
use crate::fonts::{Fonts, air};
use crate::paper::Format;
use crate::words::WORDS;

/// Height of a line of text, em: the least for elderly readers is 1.3 (工信部 App 适老化规范), a little air is added.
pub(super) const LEAD: f32 = 1.45;

/// Lines that stay together on a page.
const TOGETHER: usize = 6;

/// Air between the text and the column at its side, em of the body.
const GUTTER: f32 = 1.4;

/// Most pages, and most length of a roll, mm: beyond it somebody sends us a book.
const MOST_PAGES: usize = 20;
const MOST_LENGTH: f32 = 1200.0;

/// How a text is set.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) size: f32,
    /// Air behind each character, em.
    pub(super) tracking: f32,
    pub(super) bold: bool,
    pub(super) ink: Ink,
    pub(super) centred: bool,
}

impl Style {
    /// Black, from the left.
    pub(super) fn plain(size: f32) -> Self {
        Self { size, tracking: 0.0, bold: false, ink: Ink::Black, centred: false }
    }
}

/// What tracking adds to a line's width, em.
pub(super) fn tracked(text: &str, tracking: f32) -> f32 {
    text.trim_end().chars().map(|c| air(c, tracking)).sum()
}

pub(super) struct Flow<'a> {
    pub(super) fonts: &'a Fonts,
    pub(super) format: &'a Format,
    lang: Lang,
    /// What stands on top of every page but the first.
    head: String,
    pages: Vec<Page>,
    pub(super) y: f32,
    /// Width and lower edge of the column at the right of the first page.
    side: Option<(f32, f32)>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(fonts: &'a Fonts, format: &'a Format, lang: Lang, head: String) -> Self {
        let page = Page { width: format.width, height: 0.0, blocks: Vec::new() };
        Self { fonts, format, lang, head, pages: vec![page], y: format.margin, side: None }
    }

    pub(super) fn left(&self) -> f32 {
        self.format.margin
    }

    pub(super) fn full_width(&self) -> f32 {
        self.format.width - 2.0 * self.format.margin
    }

    /// Width for text at the present height.
    pub(super) fn width(&self) -> f32 {
        match self.side {
            Some((width, bottom)) if self.pages.len() == 1 && self.y < bottom => {
                self.full_width() - width - GUTTER * self.format.body
            }
            _ => self.full_width(),
        }
    }

    /// Opens a column at the right, from the present height down.
    pub(super) fn open_side(&mut self, width: f32, height: f32) {
        self.side = Some((width, self.y + height));
    }

    /// Goes below the column at the right.
    pub(super) fn clear_side(&mut self) {
        if let Some((_, bottom)) = self.side.take()
            && self.pages.len() == 1
        {
            self.y = self.y.max(bottom);
        }
    }

    /// Width that is left beside a column.
    pub(super) fn width_beside(&self, column: f32) -> f32 {
        self.full_width() - column - GUTTER * self.format.body
    }

    /// The style of labels and captions.
    pub(super) fn quiet(&self) -> Style {
        let ink = if self.format.grey { Ink::Grey } else { Ink::Black };
        Style { ink, ..Style::plain(self.format.small) }
    }

    pub(super) fn space(&mut self, height: f32) {
        self.y += height;
    }

    /// Turns the page where less than a height is left.
    pub(super) fn make_room(&mut self, height: f32) -> Result<(), PaperError> {
        let Some(page_height) = self.format.height else {
            let fits = self.y + height + self.format.margin <= MOST_LENGTH;
            return if fits { Ok(()) } else { Err(PaperError::TooLong("1.2 m")) };
        };
        if self.y + height <= page_height - self.format.margin - self.foot() {
            return Ok(());
        }
        if self.pages.len() == MOST_PAGES {
            return Err(PaperError::TooLong("20 pages"));
        }
        self.pages.push(Page { width: self.format.width, height: page_height, blocks: Vec::new() });
        self.y = self.format.margin;
        let (head, quiet) = (self.head.clone(), self.quiet());
        for line in lines::wrap(self.fonts, &self.fonts.spelled(&head), self.full_width() / quiet.size) {
            let text = self.line(&line, quiet, self.left(), self.full_width());
            self.push(Role::Ornament, vec![text]);
            self.y += LEAD * quiet.size;
        }
        self.rule(0.2)?;
        Ok(())
    }

    /// Height kept free for the page's number.
    fn foot(&self) -> f32 {
        1.6 * self.format.small
    }

    /// Puts a block on the present page.
    pub(super) fn push(&mut self, role: Role, items: Vec<Item>) {
        if let Some(page) = self.pages.last_mut() {
            page.blocks.push(Block { role, lang: None, items });
        }
    }

    /// Puts a block on the first page, where the column at the side is.
    pub(super) fn push_first(&mut self, role: Role, items: Vec<Item>) {
        if let Some(page) = self.pages.first_mut() {
            page.blocks.push(Block { role, lang: None, items });
        }
    }

    /// Says that the last block is in another language.
    pub(super) fn speaks(&mut self, lang: Lang) {
        if lang != self.lang
            && let Some(block) = self.pages.last_mut().and_then(|page| page.blocks.last_mut())
        {
            block.lang = Some(lang);
        }
    }

    /// One line of a text at the present height.
    pub(super) fn line(&self, line: &lines::Line, style: Style, x: f32, width: f32) -> Item {
        let used = (line.width + tracked(&line.text, style.tracking)) * style.size;
        let shift = if style.centred { (width - used) / 2.0 } else { 0.0 };
        Item::Text(Text {
            words: line.text.clone(),
            x: x + shift,
            baseline: self.y + (LEAD - ASCENT - DESCENT) / 2.0 * style.size + ASCENT * style.size,
            size: style.size,
            tracking: style.tracking,
            bold: style.bold,
            ink: style.ink,
        })
    }

    /// A text as wide as there is room, from the left edge moved in by `indent`.
    pub(super) fn text(&mut self, role: &Role, text: &str, style: Style, indent: f32) -> Result<(), PaperError> {
        let text = self.fonts.spelled(text).into_owned();
        let width = self.width() - indent;
        for chunk in lines::wrap(self.fonts, &text, width / style.size).chunks(TOGETHER) {
            self.make_room(chunk.len() as f32 * LEAD * style.size)?;
            let items = self.lines(chunk, style, self.left() + indent, width);
            self.push(role.clone(), items);
        }
        Ok(())
    }

    /// A title: lines of about the same length in the middle.
    pub(super) fn title(&mut self, text: &str, style: Style) -> Result<(), PaperError> {
        let text = self.fonts.spelled(text).into_owned();
        let width = self.full_width();
        for chunk in lines::balance(self.fonts, &text, width / style.size).chunks(TOGETHER) {
            self.make_room(chunk.len() as f32 * LEAD * style.size)?;
            let items = self.lines(chunk, style, self.left(), width);
            self.push(Role::Title, items);
        }
        Ok(())
    }

    /// Lines one below the other; goes below them.
    pub(super) fn lines(&mut self, chunk: &[lines::Line], style: Style, x: f32, width: f32) -> Vec<Item> {
        let mut items = Vec::with_capacity(chunk.len());
        for line in chunk {
            items.push(self.line(line, style, x, width));
            self.y += LEAD * style.size;
        }
        items
    }

    /// A text with a label at its left, the label `indent` wide; long ones go on without it.
    pub(super) fn labelled(
        &mut self,
        role: &Role,
        (label, label_style): (&str, Style),
        (text, style): (&str, Style),
        indent: f32,
    ) -> Result<(), PaperError> {
        let (label, text) = (self.fonts.spelled(label).into_owned(), self.fonts.spelled(text).into_owned());
        let label = lines::wrap(self.fonts, &label, indent / label_style.size);
        let width = self.width() - indent;
        for (at, chunk) in lines::wrap(self.fonts, &text, width / style.size).chunks(TOGETHER).enumerate() {
            let label = if at == 0 { label.as_slice() } else { &[] };
            let heights = [label.len() as f32 * LEAD * label_style.size, chunk.len() as f32 * LEAD * style.size];
            self.make_room(heights[0].max(heights[1]))?;
            let top = self.y;
            // Both stand on one baseline, although the label is smaller.
            self.y += (LEAD / 2.0 + ASCENT - 0.5) * (style.size - label_style.size).max(0.0);
            let mut items = self.lines(label, label_style, self.left(), indent);
            let label_end = self.y;
            self.y = top;
            items.extend(self.lines(chunk, style, self.left() + indent, width));
            self.y = self.y.max(if label.is_empty() { top } else { label_end });
            self.push(role.clone(), items);
        }
        Ok(())
    }

    /// A line across the text's width, with air around it.
    pub(super) fn rule(&mut self, thickness: f32) -> Result<(), PaperError> {
        let air = 0.5 * self.format.body;
        self.make_room(2.0 * air)?;
        let area = Area { x: self.left(), y: self.y + air - thickness / 2.0, width: self.width(), height: thickness };
        self.push(Role::Ornament, vec![Item::Bar(area)]);
        self.y += 2.0 * air;
        Ok(())
    }

    /// The pages. The remark stands at the last one's foot, and each has its number there where there are several; a roll ends
    /// below the remark.
    pub(super) fn finish(mut self, remark: &str) -> Result<Vec<Page>, PaperError> {
        let quiet = self.quiet();
        if self.format.height.is_none() {
            self.rule(0.2)?;
            self.text(&Role::Paragraph, remark, quiet, 0.0)?;
            self.pages[0].height = self.y + self.format.margin;
            return Ok(self.pages);
        }

        let count = self.pages.len();
        let remark = self.fonts.spelled(remark).into_owned();
        for at in 0..count {
            let height = self.format.height.unwrap_or_default();
            self.pages[at].height = height;
            self.y = height - self.format.margin - LEAD * quiet.size;
            let number = WORDS.say(self.lang, "receipt-paper-page", &[("page", &(at + 1)), ("pages", &count)]);
            let number = if count > 1 { number } else { String::new() };
            let number_width = self.fonts.width(&number) * quiet.size;
            if at + 1 == count {
                let room = self.full_width() - number_width - quiet.size;
                let size = quiet.size.min(room / self.fonts.width(&remark).max(1.0));
                let item = self.words(&remark, Style { size, ..quiet }, self.left());
                self.pages[at].blocks.push(Block { role: Role::Paragraph, lang: None, items: vec![item] });
            }
            if count > 1 {
                let item = self.words(&number, quiet, self.left() + self.full_width() - number_width);
                self.pages[at].blocks.push(Block { role: Role::Ornament, lang: None, items: vec![item] });
            }
        }
        Ok(self.pages)
    }

    /// A text that needs no breaking.
    fn words(&self, text: &str, style: Style, x: f32) -> Item {
        self.line(&lines::Line { text: text.to_owned(), width: self.fonts.width(text) }, style, x, 0.0)
    }
}

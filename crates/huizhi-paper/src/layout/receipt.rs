//! A receipt's sheet, from title to notes.

use huizhi_domain::words::Lang;

use super::flow::{Flow, LEAD, Style, tracked};
use super::{Area, Code, Item, Layout, Picture, Role, Shows, lines};
use crate::error::PaperError;
use crate::fonts::Fonts;
use crate::paper::Format;
use crate::picture::Size;
use crate::sheet::ReceiptSheet;
use crate::template::Line;
use crate::words::{WORDS, day, word};

/// Least width beside the photo in which fields are still read well, em of the body.
const LEAST_BESIDE: f32 = 8.0;

/// Height of the picture of a name, em of the body.
const NAME_PICTURE: f32 = 2.0;

/// Lays a receipt out. `name` is the size of the picture of the name in px, where it is to be printed instead.
pub(crate) fn lay_out(
    sheet: &ReceiptSheet,
    format: &Format,
    fonts: &Fonts,
    name: Option<Size>,
) -> Result<Layout, PaperError> {
    let title = sheet.look.title_of(&sheet.document);
    let head = format!("{title}  {}", sheet.number.grouped());
    let mut flow = Flow::new(fonts, format, sheet.lang, head);
    let translated = WORDS.say(sheet.lang, "receipt-paper-title", &[("document", &sheet.document.of(sheet.lang))]);
    heading(&mut flow, sheet, &title, &translated)?;
    number(&mut flow, sheet)?;
    let code = Code::fit(&sheet.code, &format.modules, flow.full_width())?;
    let side = Side::of(&flow, sheet, &code);
    side.open(&mut flow);
    let top = flow.y;
    fields(&mut flow, sheet, name)?;
    side.draw(&mut flow, sheet, &code, top)?;
    if !format.code_at_side {
        flow.clear_side();
        code_row(&mut flow, sheet, &code)?;
    }
    list(&mut flow, sheet.lang, "receipt-paper-places", &sheet.places)?;
    list(&mut flow, sheet.lang, "receipt-paper-materials", &sheet.materials)?;
    let of_template = sheet.look.notes.iter().map(|note| note.of(sheet.lang).to_owned());
    let notes: Vec<String> = sheet.notes.iter().cloned().chain(of_template).collect();
    list(&mut flow, sheet.lang, "receipt-paper-notes", &notes)?;
    flow.clear_side();
    let rules = WORDS.say(sheet.lang, "receipt-paper-rules", &[("rules", &sheet.rules)]);
    Ok(Layout { lang: sheet.lang, title: translated, pages: flow.finish(&rules)? })
}

fn heading(flow: &mut Flow, sheet: &ReceiptSheet, title: &str, translated: &str) -> Result<(), PaperError> {
    let style = Style { bold: true, centred: true, ..Style::plain(flow.format.title) };
    flow.title(title, style)?;
    flow.speaks(Lang::Zh);
    if sheet.lang != Lang::Zh {
        flow.text(&Role::Paragraph, translated, Style { centred: true, ..Style::plain(flow.format.body) }, 0.0)?;
    }
    if sheet.demo {
        let style = Style { bold: true, centred: true, ..Style::plain(flow.format.body) };
        flow.text(&Role::Paragraph, &word(sheet.lang, "receipt-paper-demo"), style, 0.0)?;
    }
    flow.space(0.6 * flow.format.body);
    Ok(())
}

/// The frame with what counts: number and last day.
fn number(flow: &mut Flow, sheet: &ReceiptSheet) -> Result<(), PaperError> {
    let format = flow.format;
    let label = WORDS.say(sheet.lang, "receipt-paper-number", &[("label", &sheet.look.number_label.value)]);
    let until = format!("{}  {}", word(sheet.lang, "receipt-paper-valid-until"), day(sheet.lang, sheet.valid_until));
    let plain = Style { centred: true, ..Style::plain(format.body) };
    let rows = [
        (label, plain),
        (sheet.number.grouped(), Style { size: format.number, bold: true, tracking: 0.05, ..plain }),
        (until, Style { size: format.validity, bold: true, ..plain }),
    ];
    let air = 0.6 * format.body;
    let inside = flow.full_width() - 2.0 * air;
    let rows: Vec<(String, Style)> = rows
        .into_iter()
        .map(|(text, style)| {
            let text = flow.fonts.spelled(&text).into_owned();
            let size = style.size.min(inside / (flow.fonts.width(&text) + tracked(&text, style.tracking)));
            (text, Style { size, ..style })
        })
        .collect();
    let text_height: f32 = rows.iter().map(|(_, style)| LEAD * style.size).sum();
    let area = Area { x: flow.left(), y: flow.y, width: flow.full_width(), height: text_height + 3.0 * air };
    flow.make_room(area.height)?;
    flow.push(Role::Ornament, vec![Item::Frame { area, line: 0.5 }]);
    flow.space(air);
    for (at, (text, style)) in rows.into_iter().enumerate() {
        if at == 2 {
            let bar = Area { x: area.x, y: flow.y + air / 2.0, width: area.width, height: 0.2 };
            flow.push(Role::Ornament, vec![Item::Bar(bar)]);
            flow.space(air);
        }
        let line = lines::Line { width: flow.fonts.width(&text), text };
        let items = flow.lines(&[line], style, area.x + air, inside);
        flow.push(Role::Paragraph, items);
    }
    flow.y = area.y + area.height + air;
    Ok(())
}

/// The photo, with the code below it where the paper is wide enough.
struct Side {
    photo: (f32, f32),
    caption: Vec<lines::Line>,
    code_caption: Vec<lines::Line>,
    width: f32,
    height: f32,
    /// Whether text stands beside it.
    beside: bool,
}

impl Side {
    fn of(flow: &Flow, sheet: &ReceiptSheet, code: &Code) -> Self {
        let format = flow.format;
        let photo = (sheet.photo.width_mm * format.photo_scale, sheet.photo.height_mm * format.photo_scale);
        let size = format.small;
        let values: [(&str, &dyn std::fmt::Display); 2] =
            [("width", &sheet.photo.width_mm), ("height", &sheet.photo.height_mm)];
        let caption = WORDS.say(sheet.lang, "receipt-paper-photo-caption", &values);
        // A narrow photo has a caption wider than itself.
        let photo_width = photo.0.max(30.0_f32.min(flow.full_width()));
        let width = if format.code_at_side { photo_width.max(code.side()) } else { photo_width };
        let caption = lines::wrap(flow.fonts, &flow.fonts.spelled(&caption), width / size);
        // Lines of about the same length break a caption of two languages between them.
        let code_words = word(sheet.lang, "receipt-paper-code-caption");
        let code_caption = if format.code_at_side {
            lines::balance(flow.fonts, &flow.fonts.spelled(&code_words), width / size)
        } else {
            vec![]
        };
        let code_height = if format.code_at_side { code.side() } else { 0.0 };
        let text_height = (caption.len() + code_caption.len()) as f32 * LEAD * size;
        Self {
            photo,
            height: photo.1 + code_height + text_height + format.body,
            beside: flow.width_beside(width) >= LEAST_BESIDE * format.body,
            caption,
            code_caption,
            width,
        }
    }

    fn open(&self, flow: &mut Flow) {
        if self.beside {
            flow.open_side(self.width, self.height);
        }
    }

    /// Draws it at the right from a height on, or in the middle of its own row.
    fn draw(&self, flow: &mut Flow, sheet: &ReceiptSheet, code: &Code, top: f32) -> Result<(), PaperError> {
        let below = flow.y;
        let x = if self.beside {
            flow.y = top;
            flow.left() + flow.full_width() - self.width
        } else {
            flow.make_room(self.height)?;
            flow.left() + (flow.full_width() - self.width) / 2.0
        };
        let (width, height) = self.photo;
        let area = Area { x: x + (self.width - width) / 2.0, y: flow.y, width, height };
        let place = |flow: &mut Flow, role, items| {
            if self.beside { flow.push_first(role, items) } else { flow.push(role, items) }
        };
        let picture = Item::Picture(Picture { shows: Shows::Photo, area });
        place(flow, Role::Figure(word(sheet.lang, "receipt-paper-photo-alt")), vec![picture]);
        // A white background has no edge on white paper.
        place(flow, Role::Ornament, vec![Item::Frame { area, line: 0.15 }]);
        flow.space(height + 0.3 * flow.format.body);
        let style = Style { centred: true, ..flow.quiet() };
        let items = flow.lines(&self.caption, style, x, self.width);
        place(flow, Role::Paragraph, items);
        if flow.format.code_at_side {
            let left = x + (self.width - code.side()) / 2.0;
            let item = Item::Code { code: code.clone(), x: left, y: flow.y };
            place(flow, Role::Figure(word(sheet.lang, "receipt-paper-code-alt")), vec![item]);
            flow.space(code.side());
            let items = flow.lines(&self.code_caption, style, x, self.width);
            place(flow, Role::Paragraph, items);
        }
        if self.beside {
            flow.y = below;
        }
        Ok(())
    }
}

fn fields(flow: &mut Flow, sheet: &ReceiptSheet, name: Option<Size>) -> Result<(), PaperError> {
    let fields = Field::all(sheet);
    let body = flow.format.body;
    let quiet = Style { size: flow.format.small.max(0.86 * body), ..flow.quiet() };
    let widest = fields.iter().map(|field| flow.fonts.width(&field.label)).fold(0.0, f32::max);
    let indent = widest * quiet.size + body;
    for Field { line, label, value } in fields {
        let picture = name.filter(|_| line == Some(Line::Name));
        // A name stands out by its size: bold would run the strokes of a dense character together.
        let bold = line == Some(Line::Result);
        let mut style = Style { bold, ..Style::plain(if line == Some(Line::Name) { 1.35 * body } else { body }) };
        let beside = if flow.format.stacked { 0.0 } else { indent };
        if line == Some(Line::IdNumber) {
            // A number is read in one piece.
            let one_line = (flow.width() - beside) / flow.fonts.width(&flow.fonts.spelled(&value)).max(1.0);
            style.size = style.size.min(one_line).max(flow.format.small);
        }
        if flow.format.stacked || picture.is_some() {
            flow.make_room(3.0 * LEAD * style.size)?;
            flow.text(&Role::Paragraph, &label, quiet, 0.0)?;
            match picture {
                Some(size) => name_picture(flow, size, value)?,
                None => flow.text(&Role::Paragraph, &value, style, 0.0)?,
            }
        } else {
            flow.labelled(&Role::Paragraph, (&label, quiet), (&value, style), indent)?;
        }
        flow.space(0.25 * body);
    }
    Ok(())
}

/// A line of the sheet: what it is called and what it says.
struct Field {
    /// `None`: what it may be used for, which no template leaves out.
    line: Option<Line>,
    label: String,
    value: String,
}

impl Field {
    /// Those that have something to say.
    fn all(sheet: &ReceiptSheet) -> Vec<Self> {
        let lang = sheet.lang;
        let field = |line: Option<Line>| {
            let (key, value) = match line {
                Some(Line::Name) => ("name", sheet.name.clone()),
                Some(Line::IdNumber) => ("id-number", sheet.id_number.clone()),
                Some(Line::Document) => ("document", Some(both(lang, &sheet.document))),
                Some(Line::City) => ("city", Some(both(lang, &sheet.city))),
                Some(Line::Issued) => ("issued", Some(day(lang, sheet.issued))),
                Some(Line::Result) => ("result", Some(word(lang, "receipt-paper-passed"))),
                None => {
                    let names: Vec<String> = sheet.uses.iter().map(|name| both(lang, name)).collect();
                    ("uses", Some(names.join(if lang == Lang::Zh { "、" } else { ", " })))
                }
            };
            let value = value.filter(|value| !value.trim().is_empty())?;
            Some(Self { line, label: word(lang, &format!("receipt-paper-{key}")), value })
        };
        sheet.look.lines.iter().map(|line| Some(*line)).chain([None]).filter_map(field).collect()
    }
}

/// The window reads Chinese, whatever the sheet speaks.
fn both(lang: Lang, name: &crate::sheet::Name) -> String {
    if lang == Lang::Zh || name.en == name.zh { name.zh.clone() } else { format!("{} {}", name.en, name.zh) }
}

fn name_picture(flow: &mut Flow, size: Size, name: String) -> Result<(), PaperError> {
    let shape = size.width as f32 / size.height as f32;
    let height = (NAME_PICTURE * flow.format.body).min(flow.width() / shape);
    flow.make_room(height)?;
    let area = Area { x: flow.left(), y: flow.y, width: height * shape, height };
    flow.push(Role::Figure(name), vec![Item::Picture(Picture { shows: Shows::Name, area })]);
    flow.space(height);
    Ok(())
}

fn code_row(flow: &mut Flow, sheet: &ReceiptSheet, code: &Code) -> Result<(), PaperError> {
    let style = Style { centred: true, ..flow.quiet() };
    flow.make_room(code.side() + LEAD * style.size)?;
    let x = flow.left() + (flow.full_width() - code.side()) / 2.0;
    let item = Item::Code { code: code.clone(), x, y: flow.y };
    flow.push(Role::Figure(word(sheet.lang, "receipt-paper-code-alt")), vec![item]);
    flow.space(code.side());
    flow.text(&Role::Paragraph, &word(sheet.lang, "receipt-paper-code-caption"), style, 0.0)
}

fn section(flow: &mut Flow, lang: Lang, key: &str) -> Result<(), PaperError> {
    let style = Style { bold: true, ..Style::plain(flow.format.body) };
    // A heading does not stand alone at a page's foot.
    flow.make_room((0.6 + 3.0 * LEAD) * flow.format.body)?;
    flow.space(0.6 * flow.format.body);
    flow.text(&Role::Heading, &word(lang, key), style, 0.0)
}

fn list(flow: &mut Flow, lang: Lang, key: &str, texts: &[String]) -> Result<(), PaperError> {
    if texts.is_empty() {
        return Ok(());
    }
    section(flow, lang, key)?;
    let style = Style::plain(flow.format.body);
    let label = |at: usize| format!("{}.", at + 1);
    let indent = (flow.fonts.width(&label(texts.len().max(9) - 1)) + 0.4) * style.size;
    for (at, text) in texts.iter().enumerate() {
        flow.labelled(&Role::ListItem, (&label(at), style), (text, style), indent)?;
    }
    Ok(())
}

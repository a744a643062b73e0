//! The display list as a picture for the phone: the same glyphs as in the PDF, drawn from their outlines.

use skrifa::outline::OutlinePen;
use tiny_skia::{
    Color, FillRule, FilterQuality, Paint, PathBuilder, Pixmap, PixmapPaint, PixmapRef, Rect, Stroke, Transform,
};

use crate::error::PaperError;
use crate::fonts::Fonts;
use crate::layout::{Area, BOLD, Code, Ink, Item, Page, Shows, Text};
use crate::picture::Pixels;

/// The pictures.
pub(crate) struct Pictures {
    pub(crate) photo: Pixels,
    pub(crate) name: Option<Pixels>,
}

/// Draws a page, so many px wide.
pub(crate) fn write(page: &Page, pictures: &Pictures, fonts: &Fonts, width_px: u32) -> Result<Vec<u8>, PaperError> {
    let scale = width_px as f32 / page.width;
    let height_px = (page.height * scale).ceil() as u32;
    let mut canvas = Pixmap::new(width_px, height_px).ok_or(PaperError::Width(width_px))?;
    canvas.fill(Color::WHITE);
    for item in page.blocks.iter().flat_map(|block| &block.items) {
        draw(&mut canvas, item, pictures, fonts, scale);
    }
    encode(&canvas).map_err(|e| PaperError::Writer { format: "PNG", why: e.to_string() })
}

fn draw(canvas: &mut Pixmap, item: &Item, pictures: &Pictures, fonts: &Fonts, scale: f32) {
    match item {
        Item::Text(text) => draw_text(canvas, text, fonts, scale),
        Item::Picture(picture) => {
            let pixels = match picture.shows {
                Shows::Photo => Some(&pictures.photo),
                Shows::Name => pictures.name.as_ref(),
            };
            if let Some(pixels) = pixels {
                draw_picture(canvas, pixels, &picture.area, scale);
            }
        }
        Item::Bar(area) => draw_bar(canvas, area, scale),
        Item::Frame { area, line } => draw_frame(canvas, area, *line, scale),
        Item::Code { code, x, y } => draw_code(canvas, code, *x, *y, scale),
    }
}

fn paint(ink: Ink) -> Paint<'static> {
    let mut paint = Paint::default();
    let luma = ink.luma();
    paint.set_color_rgba8(luma, luma, luma, 255);
    paint
}

fn draw_text(canvas: &mut Pixmap, text: &Text, fonts: &Fonts, scale: f32) {
    let em = text.size * scale;
    let mut pen = Pen { path: PathBuilder::new(), x: text.x * scale, baseline: text.baseline * scale };
    for run in fonts.runs(&text.words, text.tracking) {
        let Some(face) = fonts.face(run.face) else { continue };
        for glyph in &run.glyphs {
            // A glyph without outline, such as the space, only moves on.
            let _ = face.outline(glyph.id, em, &mut pen);
            pen.x += glyph.advance * em;
        }
    }
    let Some(path) = pen.path.finish() else { return };
    canvas.fill_path(&path, &paint(text.ink), FillRule::Winding, Transform::identity(), None);
    if text.bold {
        let stroke = Stroke { width: BOLD * em, ..Stroke::default() };
        canvas.stroke_path(&path, &paint(text.ink), &stroke, Transform::identity(), None);
    }
}

/// Takes outlines whose y goes up, and puts them where the next glyph stands.
struct Pen {
    path: PathBuilder,
    x: f32,
    baseline: f32,
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(self.x + x, self.baseline - y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(self.x + x, self.baseline - y);
    }

    fn quad_to(&mut self, cx0: f32, cy0: f32, x: f32, y: f32) {
        self.path.quad_to(self.x + cx0, self.baseline - cy0, self.x + x, self.baseline - y);
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        let (dx, dy) = (self.x, self.baseline);
        self.path.cubic_to(dx + cx0, dy - cy0, dx + cx1, dy - cy1, dx + x, dy - y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

fn draw_picture(canvas: &mut Pixmap, pixels: &Pixels, area: &Area, scale: f32) {
    let Some(source) = PixmapRef::from_bytes(&pixels.rgba, pixels.size.width, pixels.size.height) else { return };
    let (sx, sy) = (area.width * scale / pixels.size.width as f32, area.height * scale / pixels.size.height as f32);
    let place = Transform::from_row(sx, 0.0, 0.0, sy, area.x * scale, area.y * scale);
    let how = PixmapPaint { quality: FilterQuality::Bicubic, ..PixmapPaint::default() };
    canvas.draw_pixmap(0, 0, source, &how, place, None);
}

fn draw_bar(canvas: &mut Pixmap, area: &Area, scale: f32) {
    // At least a whole px, or it is a grey smear.
    let height = (area.height * scale).round().max(1.0);
    if let Some(rect) = Rect::from_xywh(area.x * scale, (area.y * scale).round(), area.width * scale, height) {
        canvas.fill_rect(rect, &paint(Ink::Black), Transform::identity(), None);
    }
}

fn draw_frame(canvas: &mut Pixmap, area: &Area, line: f32, scale: f32) {
    let rect = Rect::from_xywh(area.x * scale, area.y * scale, area.width * scale, area.height * scale);
    if let Some(rect) = rect {
        let stroke = Stroke { width: (line * scale).max(1.0), ..Stroke::default() };
        canvas.stroke_path(&PathBuilder::from_rect(rect), &paint(Ink::Black), &stroke, Transform::identity(), None);
    }
}

/// Its modules are whole px and begin at whole px.
fn draw_code(canvas: &mut Pixmap, code: &Code, x: f32, y: f32, scale: f32) {
    let (left, top, module) = ((x * scale).round(), (y * scale).round(), (code.module * scale).round());
    let ink = Paint { anti_alias: false, ..paint(Ink::Black) };
    for dark in code.dark() {
        let (x, y) = (left + dark.column as f32 * module, top + dark.row as f32 * module);
        if let Some(rect) = Rect::from_xywh(x, y, dark.count as f32 * module, module) {
            canvas.fill_rect(rect, &ink, Transform::identity(), None);
        }
    }
}

fn encode(canvas: &Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, canvas.width(), canvas.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Everything drawn is opaque on white, so nothing is lost with the fourth byte.
    let rgb: Vec<u8> = canvas.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb)?;
    writer.finish()?;
    Ok(bytes)
}

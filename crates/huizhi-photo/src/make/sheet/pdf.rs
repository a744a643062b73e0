//! A plan as PDF: true mm, the photos' own JPEG bytes, vector cut marks, tagged.

use pdf_writer::types::{ArtifactType, CidFontType, FontFlags, StructRole, SystemInfo};
use pdf_writer::writers::StructTreeRoot;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use super::{Caption, Placed, Plan};
use crate::PhotoError;

/// Width of marks and outlines, mm: the thinnest that every printer draws.
const HAIR_MM: f32 = 0.1;

/// What a reader, or a screen reader, is told of the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words<'a> {
    /// Title of the file.
    pub title: &'a str,
    /// Language of all words, BCP 47: `zh-CN`, `en`.
    pub language: &'a str,
    /// What each photo shows: `ID photo, 26 × 32 mm`.
    pub photo: &'a str,
}

/// Objects of the file. Photos, fonts and tags follow in the order of their use.
const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const PAGE: Ref = Ref::new(3);
const CONTENT: Ref = Ref::new(4);
const INFO: Ref = Ref::new(5);
const TAGS: Ref = Ref::new(6);
const TAGGED_PAGE: Ref = Ref::new(7);
const FONT: Ref = Ref::new(8);
const CJK_FONT: Ref = Ref::new(9);
const CJK_DESCRIPTOR: Ref = Ref::new(10);
const FIRST_FREE: i32 = 11;

/// Draws the sheet: one JPEG for each size asked, in that order, embedded byte for byte. The viewer is asked to
/// print at 100 %.
///
/// No font is embedded: a caption of Latin letters stands in Courier, which every viewer has; one with Chinese in
/// `STSong-Light`, which viewers replace by their own Chinese font, and a system without any shows boxes.
///
/// # Errors
/// [`PhotoError::Make`] where the number of photos is not that of the sizes or one is more than 2 % off the shape
/// of its place; [`PhotoError::Unreadable`] where one is no JPEG.
pub fn render(plan: &Plan, jpegs: &[&[u8]], words: &Words) -> Result<Vec<u8>, PhotoError> {
    super::check_pictures(plan, jpegs.len())?;
    let frames = jpegs.iter().map(|bytes| frame(bytes)).collect::<Result<Vec<_>, _>>()?;
    for photo in &plan.photos {
        let frame = &frames[photo.size];
        super::check_shape(frame.width.into(), frame.height.into(), photo)?;
    }
    let image = |size: usize| Ref::new(FIRST_FREE + size as i32);
    let tag = |number: usize| Ref::new(FIRST_FREE + (jpegs.len() + number) as i32);
    let tags: Vec<Ref> = (0..plan.photos.len() + usize::from(plan.caption.is_some())).map(tag).collect();

    let mut pdf = Pdf::new();
    write_catalog(&mut pdf, words);
    pdf.document_info(INFO).title(TextStr(words.title)).producer(TextStr("Huizhi"));
    pdf.pages(PAGES).kids([PAGE]).count(1);

    let mut page = pdf.page(PAGE);
    page.parent(PAGES).contents(CONTENT).struct_parents(0);
    page.media_box(Rect::new(0.0, 0.0, pt(plan.width_mm), pt(plan.height_mm)));
    let mut resources = page.resources();
    let mut objects = resources.x_objects();
    for size in 0..jpegs.len() {
        objects.pair(Name(image_name(size).as_bytes()), image(size));
    }
    objects.finish();
    if plan.caption.is_some() {
        resources.fonts().pair(Name(b"Caption"), FONT);
    }
    resources.finish();
    page.finish();

    pdf.stream(CONTENT, &content(plan));
    for (size, (bytes, frame)) in jpegs.iter().zip(&frames).enumerate() {
        let mut object = pdf.image_xobject(image(size), bytes);
        object.width(frame.width.into()).height(frame.height.into()).bits_per_component(8);
        object.filter(Filter::DctDecode);
        if frame.components == 1 {
            object.color_space().device_gray();
        } else {
            object.color_space().device_rgb();
        }
    }
    if let Some(caption) = &plan.caption {
        write_font(&mut pdf, caption);
    }
    write_tags(&mut pdf, plan, words, &tags);
    Ok(pdf.finish())
}

fn write_catalog(pdf: &mut Pdf, words: &Words) {
    let mut catalog = pdf.catalog(CATALOG);
    catalog.pages(PAGES).lang(TextStr(words.language));
    catalog.mark_info().marked(true);
    let mut preferences = catalog.viewer_preferences();
    preferences.display_doc_title(true);
    // ISO 32000-1, table 150: the print dialogue starts at “actual size”.
    preferences.pair(Name(b"PrintScaling"), Name(b"None"));
    preferences.finish();
    catalog.pair(Name(b"StructTreeRoot"), TAGS);
}

/// The page's drawing. Each photo and the caption is one piece of marked content, numbered from 0.
fn content(plan: &Plan) -> Vec<u8> {
    let mut content = Content::new();
    let below = |y_mm: f32| pt(plan.height_mm - y_mm);
    for (number, photo) in plan.photos.iter().enumerate() {
        let mut tagged = content.begin_marked_content_with_properties(Name(b"Figure"));
        tagged.properties().identify(number as i32);
        tagged.finish();
        content.save_state().transform(matrix(photo, plan.height_mm));
        content.x_object(Name(image_name(photo.size).as_bytes()));
        content.restore_state().end_marked_content();
    }
    let mut artifact = content.begin_marked_content_with_properties(Name(b"Artifact"));
    artifact.properties().artifact().kind(ArtifactType::Layout);
    artifact.finish();
    content.set_line_width(pt(HAIR_MM));
    if plan.outlines {
        content.set_stroke_gray(0.72);
        for p in &plan.photos {
            // The line lies outside the photo: a cut on its middle leaves neither line nor loss.
            let (x, y) = (pt(p.x_mm - HAIR_MM / 2.0), below(p.y_mm + p.height_mm + HAIR_MM / 2.0));
            content.rect(x, y, pt(p.width_mm + HAIR_MM), pt(p.height_mm + HAIR_MM)).stroke();
        }
    }
    content.set_stroke_gray(0.15);
    for line in &plan.marks {
        content.move_to(pt(line.from_mm.0), below(line.from_mm.1));
        content.line_to(pt(line.to_mm.0), below(line.to_mm.1)).stroke();
    }
    content.end_marked_content();
    if let Some(caption) = &plan.caption {
        let mut tagged = content.begin_marked_content_with_properties(Name(b"P"));
        tagged.properties().identify(plan.photos.len() as i32);
        tagged.finish();
        write_caption(&mut content, caption, plan.height_mm);
        content.end_marked_content();
    }
    content.finish().into_vec()
}

fn write_caption(content: &mut Content, caption: &Caption, height_mm: f32) {
    // Latin letters are 0.6 em wide in Courier; in the Chinese font 0.5 em, and Chinese characters 1 em.
    let (em_mm, bytes) = match latin(&caption.text) {
        Some(bytes) => (caption.line_mm, bytes),
        None => (caption.line_mm * 1.2, caption.text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    };
    // The baseline stands a fifth of the line above its foot, for g and y.
    let baseline = pt(height_mm - caption.y_mm - caption.line_mm * 0.8);
    content.set_fill_gray(0.15).begin_text().set_font(Name(b"Caption"), pt(em_mm));
    content.next_line(pt(caption.x_mm), baseline).show(Str(&bytes)).end_text();
}

/// The text in the Latin-1 part of `WinAnsiEncoding`; `None` where it has other characters.
fn latin(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok().filter(|b| !(0x7F..0xA0).contains(b))).collect()
}

fn write_font(pdf: &mut Pdf, caption: &Caption) {
    if latin(&caption.text).is_some() {
        pdf.type1_font(FONT).base_font(Name(b"Courier")).encoding_predefined(Name(b"WinAnsiEncoding"));
        return;
    }
    let name = Name(b"STSong-Light");
    let mut font = pdf.type0_font(FONT);
    font.base_font(Name(b"STSong-Light-UniGB-UTF16-H")).encoding_predefined(Name(b"UniGB-UTF16-H"));
    font.descendant_font(CJK_FONT);
    font.finish();
    let mut cid = pdf.cid_font(CJK_FONT);
    cid.subtype(CidFontType::Type0).base_font(name).font_descriptor(CJK_DESCRIPTOR).default_width(1000.0);
    cid.system_info(SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"GB1"), supplement: 4 });
    // Adobe-GB1: 1 to 95 are ASCII.
    cid.widths().same(1, 95, 500.0);
    cid.finish();
    pdf.font_descriptor(CJK_DESCRIPTOR)
        .name(name)
        .flags(FontFlags::SYMBOLIC | FontFlags::SERIF)
        .bbox(Rect::new(-25.0, -254.0, 1000.0, 880.0))
        .italic_angle(0.0)
        .ascent(880.0)
        .descent(-120.0)
        .cap_height(880.0)
        .stem_v(93.0);
}

/// A document of figures and, last, the caption.
fn write_tags(pdf: &mut Pdf, plan: &Plan, words: &Words, tags: &[Ref]) {
    let mut root = pdf.indirect(TAGS).start::<StructTreeRoot>();
    root.child(TAGGED_PAGE);
    let parents = Ref::new(tags.last().map_or(FIRST_FREE, |r| r.get()) + 1);
    root.pair(Name(b"ParentTree"), parents);
    root.parent_tree_next_key(1);
    root.finish();
    let mut numbers = pdf.indirect(parents).dict();
    let mut entries = numbers.insert(Name(b"Nums")).array();
    entries.item(0);
    entries.push().array().items(tags.iter().copied());
    entries.finish();
    numbers.finish();
    let mut document = pdf.struct_element(TAGGED_PAGE);
    document.kind(StructRole::Document).parent(TAGS);
    document.children().items(tags.iter().copied());
    document.finish();
    for (number, &tag) in tags.iter().enumerate() {
        let mut element = pdf.struct_element(tag);
        element.parent(TAGGED_PAGE).page(PAGE);
        if number < plan.photos.len() {
            element.kind(StructRole::Figure).alt(TextStr(words.photo));
        } else {
            element.kind(StructRole::P);
        }
        element.children().marked_content_id(number as i32);
    }
}

/// From the unit square, in which PDF draws a picture, to its place on the page.
fn matrix(photo: &Placed, height_mm: f32) -> [f32; 6] {
    let (x, top) = (pt(photo.x_mm), pt(height_mm - photo.y_mm));
    let (width, height) = (pt(photo.width_mm), pt(photo.height_mm));
    if photo.turned {
        // A quarter clockwise: the picture's right points down the page, its top to the right.
        return [0.0, -height, width, 0.0, x, top];
    }
    [width, 0.0, 0.0, height, x, pt(height_mm - photo.y_mm - photo.height_mm)]
}

/// Mm to points of 1/72 inch.
fn pt(mm: f32) -> f32 {
    (f64::from(mm) * 72.0 / 25.4) as f32
}

fn image_name(size: usize) -> String {
    format!("Photo{size}")
}

/// What a JPEG's frame header says.
struct Frame {
    width: u16,
    height: u16,
    components: u8,
}

/// Reads the frame header (ITU-T T.81, B.2.2) of a baseline or progressive JPEG with one or three components.
fn frame(bytes: &[u8]) -> Result<Frame, PhotoError> {
    let unreadable = |why: &str| PhotoError::Unreadable { format: "JPEG", why: why.to_owned() };
    if !bytes.starts_with(&[0xFF, 0xD8]) {
        return Err(unreadable("a PDF sheet takes JPEG photos only, and this does not begin as one"));
    }
    let mut at = 2;
    while let Some(&[0xFF, marker, high, low]) = bytes.get(at..at + 4).and_then(|s| s.first_chunk()) {
        if (0xC0..=0xC2).contains(&marker) {
            let Some(&[h1, h0, w1, w0, components]) = bytes.get(at + 5..at + 10).and_then(|s| s.first_chunk()) else {
                break;
            };
            let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
            if width == 0 || height == 0 || !matches!(components, 1 | 3) {
                return Err(unreadable("its frame is empty or not grey or colour"));
            }
            return Ok(Frame { width, height, components });
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
    }
    Err(unreadable("it has no frame header"))
}

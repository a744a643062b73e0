//! The display list as a tagged PDF (PDF/UA-1). No clock and no random number: the same sheet gives the same bytes.

use std::num::NonZeroU16;
use std::sync::Arc;

use huizhi_domain::words::Lang;
use krilla::color::luma;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, ListNumbering, SpanTag, Tag, TagGroup, TagKind, TagTree};
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use crate::error::PaperError;
use crate::fonts::Fonts;
use crate::layout::{Area, BOLD, Block, Code, Ink, Item, Layout, Role, Shows, Text};

/// Points per mm.
const PT: f32 = 72.0 / 25.4;

/// The pictures' files.
pub(crate) struct Files<'a> {
    pub(crate) photo: &'a [u8],
    pub(crate) name: Option<&'a [u8]>,
}

pub(crate) fn write(layout: &Layout, files: &Files, fonts: &Fonts) -> Result<Vec<u8>, PaperError> {
    let fault = |why: String| PaperError::Writer { format: "PDF", why };
    let configuration = ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|e| fault(format!("{e:?}")))?;
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    let pictures = Pictures::read(files)?;
    let mut tags = Tags::new();
    for (at, page) in layout.pages.iter().enumerate() {
        let size = PageSettings::from_wh(page.width * PT, page.height * PT)
            .ok_or_else(|| fault(format!("{}×{} mm is no page", page.width, page.height)))?;
        let mut sheet = document.start_page_with(size);
        let mut surface = sheet.surface();
        for block in &page.blocks {
            let identifier = surface.start_tagged(match block.role {
                Role::Ornament => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
                _ => ContentTag::Span(SpanTag::empty()),
            });
            for item in &block.items {
                draw(&mut surface, item, &pictures, fonts);
            }
            surface.end_tagged();
            if block.role != Role::Ornament {
                tags.add(block, identifier, at);
            }
        }
        surface.finish();
        sheet.finish();
    }
    let (tree, outline) = tags.finish(layout.lang);
    document.set_tag_tree(tree);
    document.set_outline(outline);
    let metadata = Metadata::new()
        .title(layout.title.clone())
        .language(layout.lang.tag().to_owned())
        .creator("Huizhi".to_owned())
        .producer("Huizhi".to_owned());
    document.set_metadata(metadata);
    document.finish().map_err(|e| fault(format!("{e:?}")))
}

struct Pictures {
    photo: Image,
    name: Option<Image>,
}

impl Pictures {
    fn read(files: &Files) -> Result<Self, PaperError> {
        let data = |bytes: &[u8]| Arc::new(bytes.to_vec()) as Arc<dyn AsRef<[u8]> + Send + Sync>;
        let photo = Image::from_jpeg(data(files.photo).into(), true)
            .map_err(|why| PaperError::Picture { what: "photo", why })?;
        let name = files.name.map(|bytes| Image::from_png(data(bytes).into(), true)).transpose();
        Ok(Self { photo, name: name.map_err(|why| PaperError::Picture { what: "name", why })? })
    }
}

fn draw(surface: &mut Surface, item: &Item, pictures: &Pictures, fonts: &Fonts) {
    match item {
        Item::Text(text) => draw_text(surface, text, fonts),
        Item::Picture(picture) => {
            let image = match picture.shows {
                Shows::Photo => Some(&pictures.photo),
                Shows::Name => pictures.name.as_ref(),
            };
            let Area { x, y, width, height } = picture.area;
            if let (Some(image), Some(size)) = (image, Size::from_wh(width * PT, height * PT)) {
                surface.push_transform(&Transform::from_translate(x * PT, y * PT));
                surface.draw_image(image.clone(), size);
                surface.pop();
            }
        }
        Item::Bar(area) => draw_rects(surface, [*area]),
        Item::Frame { area, line } => draw_frame(surface, area, *line),
        Item::Code { code, x, y } => draw_rects(surface, squares(code, *x, *y)),
    }
}

fn draw_text(surface: &mut Surface, text: &Text, fonts: &Fonts) {
    let size = text.size * PT;
    let paint = luma::Color::new(text.ink.luma());
    surface.set_fill(Some(Fill { paint: paint.into(), ..Fill::default() }));
    let bold = Stroke { paint: paint.into(), width: BOLD * size, ..Stroke::default() };
    surface.set_stroke(text.bold.then_some(bold));
    let mut x = text.x * PT;
    for run in fonts.runs(&text.words, text.tracking) {
        let Some(face) = fonts.face(run.face) else { continue };
        let glyphs: Vec<KrillaGlyph> = run
            .glyphs
            .iter()
            .map(|g| {
                let range = g.text.start - run.text.start..g.text.end - run.text.start;
                KrillaGlyph::new(GlyphId::new(g.id.to_u32()), g.advance, 0.0, 0.0, 0.0, range, None)
            })
            .collect();
        let start = Point::from_xy(x, text.baseline * PT);
        surface.draw_glyphs(start, &glyphs, face.pdf.clone(), &text.words[run.text.clone()], size, false);
        x += run.glyphs.iter().map(|g| g.advance * size).sum::<f32>();
    }
    surface.set_stroke(None);
}

/// Black rectangles in one path, so that no viewer shows hair lines between them.
fn draw_rects(surface: &mut Surface, areas: impl IntoIterator<Item = Area>) {
    let mut path = PathBuilder::new();
    for Area { x, y, width, height } in areas {
        if let Some(rect) = Rect::from_xywh(x * PT, y * PT, width * PT, height * PT) {
            path.push_rect(rect);
        }
    }
    if let Some(path) = path.finish() {
        surface.set_stroke(None);
        surface.set_fill(Some(Fill { paint: luma::Color::new(Ink::Black.luma()).into(), ..Fill::default() }));
        surface.draw_path(&path);
    }
}

fn draw_frame(surface: &mut Surface, area: &Area, line: f32) {
    let mut path = PathBuilder::new();
    if let Some(rect) = Rect::from_xywh(area.x * PT, area.y * PT, area.width * PT, area.height * PT) {
        path.push_rect(rect);
    }
    if let Some(path) = path.finish() {
        surface.set_fill(None);
        surface.set_stroke(Some(Stroke { width: line * PT, ..Stroke::default() }));
        surface.draw_path(&path);
        surface.set_stroke(None);
    }
}

fn squares(code: &Code, x: f32, y: f32) -> impl Iterator<Item = Area> {
    let module = code.module;
    code.dark().into_iter().map(move |dark| Area {
        x: x + dark.column as f32 * module,
        y: y + dark.row as f32 * module,
        width: dark.count as f32 * module,
        height: module,
    })
}

/// The tree that a screen reader walks, and the outline of its headings.
struct Tags {
    tree: TagTree,
    outline: Outline,
    /// Items of a list that is not closed yet.
    list: Vec<TagGroup>,
}

impl Tags {
    fn new() -> Self {
        Self { tree: TagTree::new(), outline: Outline::new(), list: Vec::new() }
    }

    fn add(&mut self, block: &Block, identifier: krilla::tagging::Identifier, page: usize) {
        if block.role == Role::ListItem {
            let body = TagGroup::with_children(Tag::LBody, vec![identifier.into()]);
            self.list.push(TagGroup::with_children(Tag::LI, vec![body.into()]));
            return;
        }
        self.close_list();
        let lang = block.lang.map(|lang| lang.tag().to_owned());
        let text = || Some(block.items.iter().filter_map(Item::words).collect::<String>());
        let tag: TagKind = match &block.role {
            Role::Title => Tag::Hn(NonZeroU16::MIN, text()).with_lang(lang).into(),
            Role::Heading => Tag::Hn(NonZeroU16::MIN.saturating_add(1), text()).with_lang(lang).into(),
            Role::Figure(alt) => Tag::Figure(Some(alt.clone())).with_lang(lang).into(),
            Role::Paragraph | Role::ListItem | Role::Ornament => Tag::P.with_lang(lang).into(),
        };
        if matches!(block.role, Role::Title | Role::Heading)
            && let Some(Item::Text(first)) = block.items.first()
        {
            let top = Point::from_xy(first.x * PT, (first.baseline - first.size) * PT);
            self.outline.push_child(OutlineNode::new(text().unwrap_or_default(), XyzDestination::new(page, top)));
        }
        self.tree.push(TagGroup::with_children(tag, vec![identifier.into()]));
    }

    fn close_list(&mut self) {
        if !self.list.is_empty() {
            let items = std::mem::take(&mut self.list).into_iter().map(Into::into).collect();
            self.tree.push(TagGroup::with_children(Tag::L(ListNumbering::None), items));
        }
    }

    fn finish(mut self, lang: Lang) -> (TagTree, Outline) {
        self.close_list();
        (self.tree.with_lang(Some(lang.tag().to_owned())), self.outline)
    }
}

impl Item {
    fn words(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(&text.words),
            _ => None,
        }
    }
}

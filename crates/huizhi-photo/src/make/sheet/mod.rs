//! Print sheets: several photos in their true size on one paper, with marks to cut by.
//!
//! `plan` decides places in mm; `pdf` and `raster` draw what it decided. Nothing is scaled to fit: a photo of
//! 26 × 32 mm is 26 × 32 mm on paper, or it is not there, and the plan says so.

mod letters;
mod marks;
mod pack;
mod paper;
pub mod pdf;
pub mod raster;

use serde::Serialize;

pub use paper::{PAPERS, Paper, PaperName};

use crate::PhotoError;

/// Least and greatest side of a photo, mm: the smallest ID photo is 22 wide, and no paper here is over 500.
const SIDES_MM: std::ops::RangeInclusive<f32> = 10.0..=500.0;

/// Height that a caption takes at the foot of the sheet, mm: letters of 2 and air above them.
const CAPTION_MM: f32 = 4.0;

/// Height of a caption's line, mm: the smallest that a 300 dpi print keeps legible.
const CAPTION_LINE_MM: f32 = 2.4;

/// Width of a caption's letter as a share of its line's height; both renderers use fixed-width letters.
const LETTER_WIDTH: f32 = 0.6;

/// Greatest difference between a photo's shape and its place: 26 × 32 mm is 358 × 441 px, 0.1 % off; a face that
/// is 2 % too wide begins to show.
const SHAPE_TOLERANCE: f32 = 0.02;

/// Size of a photo on paper.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PhotoSize {
    /// Mm, 10…500.
    pub width_mm: f32,
    /// Mm, 10…500.
    pub height_mm: f32,
}

/// How many photos of one size are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Count {
    /// So many; at least 1.
    Exactly(u32),
    /// What the paper holds beside the sizes that have a number; several such sizes get equal shares first.
    AsManyAsFit,
}

/// Which way the paper lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Orientation {
    /// Higher than wide.
    Portrait,
    /// Wider than high.
    Landscape,
}

/// How the sheet shall look. The default has cut marks and outlines, no caption, both orientations tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The only orientation to try; `None` takes the one that holds more photos, portrait where they tie.
    pub orientation: Option<Orientation>,
    /// Whether single photos may lie on their side where they do not fit upright.
    pub turn_photos: bool,
    /// Whether hair lines stand outside the corners, to cut by.
    pub cut_marks: bool,
    /// Whether a thin grey line surrounds each photo: a white background has no edge on white paper.
    pub outlines: bool,
    /// A line at the foot: document, size, date. Empty is none.
    pub caption: String,
}

/// Where everything lies. Mm from the paper's top left corner.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// Id of the paper.
    pub paper: String,
    /// Which way it lies.
    pub orientation: Orientation,
    /// Width as it lies, mm.
    pub width_mm: f32,
    /// Height as it lies, mm.
    pub height_mm: f32,
    /// Density for [`raster::render`], px per inch.
    pub dpi: u16,
    /// The photos, row by row.
    pub photos: Vec<Placed>,
    /// One for each size asked, in the order asked.
    pub tallies: Vec<Tally>,
    /// Cut marks.
    pub marks: Vec<Line>,
    /// Whether photos get an outline.
    pub outlines: bool,
    /// The line at the foot.
    pub caption: Option<Caption>,
}

/// One photo's place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Placed {
    /// Which of the sizes asked, counted from 0.
    pub size: usize,
    /// Left edge, mm.
    pub x_mm: f32,
    /// Top edge, mm.
    pub y_mm: f32,
    /// Width as it lies, mm.
    pub width_mm: f32,
    /// Height as it lies, mm.
    pub height_mm: f32,
    /// Whether it lies on its side, turned a quarter clockwise.
    pub turned: bool,
}

/// What became of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// What was asked.
    pub asked: Count,
    /// How many are on the sheet.
    pub placed: u32,
    /// How many were asked by number and did not fit.
    pub left_out: u32,
}

/// A hair line, horizontal or vertical, mm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Line {
    /// Left or upper end.
    pub from_mm: (f32, f32),
    /// Right or lower end.
    pub to_mm: (f32, f32),
}

/// The line at the foot of the sheet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Caption {
    /// Its text.
    pub text: String,
    /// Left end, mm.
    pub x_mm: f32,
    /// Top of the line, mm.
    pub y_mm: f32,
    /// Height of the line, mm; a letter is 0.6 of it wide, a Chinese character twice that.
    pub line_mm: f32,
}

impl Default for Options {
    fn default() -> Self {
        Self { orientation: None, turn_photos: false, cut_marks: true, outlines: true, caption: String::new() }
    }
}

impl Plan {
    /// How many photos are on the sheet, all sizes together.
    #[must_use]
    pub fn placed(&self) -> u32 {
        self.tallies.iter().map(|t| t.placed).sum()
    }

    /// How many photos were asked by number and are not on the sheet.
    #[must_use]
    pub fn left_out(&self) -> u32 {
        self.tallies.iter().fold(0, |sum, t| sum.saturating_add(t.left_out))
    }
}

/// Lays photos out on a paper: rows of photos, the highest first, the block centred between the margins. Of both
/// orientations it takes the one that holds more of what was asked by number, then more photos altogether.
///
/// # Errors
/// [`PhotoError::Make`] with the values for no size at all, a count of 0, a size that no paper has or that is
/// larger than this one, and a caption longer than the paper is wide.
pub fn plan(paper: &Paper, asked: &[(PhotoSize, Count)], options: &Options) -> Result<Plan, PhotoError> {
    check(asked)?;
    let orientations = match options.orientation {
        Some(one) => vec![one],
        None => vec![Orientation::Portrait, Orientation::Landscape],
    };
    let mut best: Option<(Orientation, pack::Packed)> = None;
    for orientation in orientations {
        let packed = pack::pack(&field(paper, orientation, options), asked, options.turn_photos);
        if best.as_ref().is_none_or(|(_, b)| packed.score(asked) > b.score(asked)) {
            best = Some((orientation, packed));
        }
    }
    let Some((orientation, packed)) = best.filter(|(_, p)| !p.photos.is_empty()) else {
        let sizes: Vec<_> = asked.iter().map(|(s, _)| format!("{}×{} mm", s.width_mm, s.height_mm)).collect();
        let why = format!(
            "no photo of {} fits on {} ({}×{} mm with margins of {} mm); choose a larger paper",
            sizes.join(" or "),
            paper.name.en,
            paper.width_mm,
            paper.height_mm,
            paper.margin_mm
        );
        return Err(PhotoError::Make { why });
    };
    let (width_mm, height_mm) = paper.lying(orientation);
    let caption = caption(paper, width_mm, height_mm, &options.caption)?;
    let tallies = asked.iter().zip(&packed.counts).map(|(&(_, asked), &placed)| tally(asked, placed)).collect();
    let marks = if options.cut_marks {
        marks::around(&packed.photos, (width_mm, height_mm), paper.gap_mm, caption.as_ref())
    } else {
        Vec::new()
    };
    Ok(Plan {
        paper: paper.id.clone(),
        orientation,
        width_mm,
        height_mm,
        dpi: paper.dpi,
        photos: packed.photos,
        tallies,
        marks,
        outlines: options.outlines,
        caption,
    })
}

fn check(asked: &[(PhotoSize, Count)]) -> Result<(), PhotoError> {
    let refuse = |why: String| Err(PhotoError::Make { why });
    if asked.is_empty() {
        return refuse("a sheet of no photos was asked; name at least one size".to_owned());
    }
    for (size, count) in asked {
        let PhotoSize { width_mm, height_mm } = *size;
        if !SIDES_MM.contains(&width_mm) || !SIDES_MM.contains(&height_mm) {
            return refuse(format!(
                "a photo of {width_mm}×{height_mm} mm cannot be printed; give sides of 10 to 500 mm"
            ));
        }
        if *count == Count::Exactly(0) {
            return refuse(format!(
                "0 photos of {width_mm}×{height_mm} mm were asked; ask for 1 or leave the size out"
            ));
        }
    }
    Ok(())
}

/// Where photos may lie.
fn field(paper: &Paper, orientation: Orientation, options: &Options) -> pack::Field {
    let (width, height) = paper.lying(orientation);
    let foot = if options.caption.is_empty() { 0.0 } else { CAPTION_MM };
    pack::Field {
        x: paper.margin_mm,
        y: paper.margin_mm,
        width: width - 2.0 * paper.margin_mm,
        height: height - 2.0 * paper.margin_mm - foot,
        gap: paper.gap_mm,
    }
}

fn tally(asked: Count, placed: u32) -> Tally {
    let left_out = match asked {
        Count::Exactly(count) => count.saturating_sub(placed),
        Count::AsManyAsFit => 0,
    };
    Tally { asked, placed, left_out }
}

fn caption(paper: &Paper, width: f32, height: f32, text: &str) -> Result<Option<Caption>, PhotoError> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(bad) = text.chars().find(|c| c.is_control()) {
        let why = format!("the caption has the control character U+{:04X}; give one line of text", u32::from(bad));
        return Err(PhotoError::Make { why });
    }
    let letters = letters::count(text) as f32;
    let room = width - 2.0 * paper.margin_mm;
    // Down to 1.4 mm a line is still readable with good eyes; below, it is a grey bar.
    let line_mm = CAPTION_LINE_MM.min(room / (letters * LETTER_WIDTH));
    if line_mm < 1.4 {
        let most = room / (1.4 * LETTER_WIDTH);
        let why = format!(
            "the caption is {letters} letters long, {} holds {} (a Chinese character counts as two)",
            paper.name.en, most as u32
        );
        return Err(PhotoError::Make { why });
    }
    let x_mm = (width - letters * LETTER_WIDTH * line_mm) / 2.0;
    Ok(Some(Caption { text: text.to_owned(), x_mm, y_mm: height - paper.margin_mm - line_mm, line_mm }))
}

/// Refuses a picture that would be squeezed into its place.
fn check_shape(width_px: u32, height_px: u32, size: &Placed) -> Result<(), PhotoError> {
    let (w, h) = if size.turned { (size.height_mm, size.width_mm) } else { (size.width_mm, size.height_mm) };
    let off = (width_px as f32 * h) / (height_px as f32 * w) - 1.0;
    if off.abs() <= SHAPE_TOLERANCE {
        return Ok(());
    }
    let why = format!(
        "the photo of {width_px}×{height_px} px is not shaped like {w}×{h} mm ({:+.1} %) and would be squeezed; \
         make it in the shape of the print",
        off * 100.0
    );
    Err(PhotoError::Make { why })
}

/// One picture for each size asked.
fn check_pictures(plan: &Plan, given: usize) -> Result<(), PhotoError> {
    if given == plan.tallies.len() {
        return Ok(());
    }
    let why =
        format!("the sheet has {} photo sizes and got {given} pictures; give one for each size", plan.tallies.len());
    Err(PhotoError::Make { why })
}

#[cfg(test)]
mod tests;

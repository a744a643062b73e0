//! The ID photo and what is printed of it.

pub mod background;
pub mod certificate;
pub mod crop;
pub mod encode;
pub mod foreground;
pub mod sheet;
mod soft;
mod subject;
pub mod tone;

use serde::Serialize;

use crate::decode::Portrait;
use crate::face::{Face, Finder};
use crate::matte::Matter;
use crate::pixels::{Affine, Gray, Point, Rect, Rgb};
use crate::spec::{EditPolicy, FileFormat, PxRule, Size, Spec};
use crate::{Obstacle, PhotoError, spec};
use background::Doubt;
use certificate::Certificate;
use crop::{Edges, Placement, Shortfall};
use encode::{Encoded, Request};
use subject::View;

/// What the customer may choose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MakeOptions {
    /// Background, sRGB; `None` takes the document's first, and white where it names none.
    pub background: Option<[u8; 3]>,
    /// Whether exposure and white balance are mended where they are clearly off.
    pub tone: bool,
}

/// A finished ID photo, and how it came about.
#[derive(Clone, Debug)]
pub struct IdPhoto {
    /// The pixels before encoding.
    pub picture: Rgb,
    /// The file.
    pub encoded: Encoded,
    /// Where it was cut; absent where nothing was cut.
    pub placement: Option<Placement>,
    /// The photo's corners in px of the upright source, clockwise from the top left.
    pub region: [Point; 4],
    /// What was changed, in order.
    pub edits: Vec<Edit>,
    /// Rules that could not hold, and what is missing in the source.
    pub shortfalls: Vec<Shortfall>,
    /// Why person and background could not be told apart for sure; then a person should look at the edges.
    pub doubt: Option<Doubt>,
    /// The file, measured again.
    pub certificate: Certificate,
}

/// One change.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Edit {
    /// The eye line was made level.
    Turned {
        /// Degrees, positive where the source was tilted clockwise.
        degrees: f32,
    },
    /// A part was cut out and brought to size.
    Scaled {
        /// Px of the photo per px of the source.
        factor: f32,
    },
    /// The source has fewer pixels than the photo: it was enlarged, and shows no more detail for it.
    Enlarged {
        /// Px of the photo per px of the source, above 1.
        factor: f32,
    },
    /// The background was replaced.
    Background {
        /// sRGB.
        rgb: [u8; 3],
    },
    /// Background was added where the source ends.
    Extended {
        /// Share of the photo's area.
        share: f32,
    },
    /// Exposure or white balance of the whole was changed.
    Tone {
        /// Factors of red, green and blue.
        gains: [f32; 3],
    },
}

impl Default for MakeOptions {
    fn default() -> Self {
        Self { background: None, tone: true }
    }
}

/// Makes a document's photo of one face of a portrait, within what the document's edit policy allows.
///
/// What does not hold is told in [`IdPhoto::shortfalls`] and measured in [`IdPhoto::certificate`]; the photo is made
/// all the same, so that a person can look at it.
///
/// # Errors
/// [`PhotoError::NotMade`] where the document has no size of its own, or where it forbids the change that would be
/// needed; [`PhotoError::Model`]; those of [`encode::encode`].
pub fn make(
    portrait: &Portrait,
    face: &Face,
    spec: &Spec,
    (finder, matter): (&dyn Finder, &dyn Matter),
    options: &MakeOptions,
) -> Result<IdPhoto, PhotoError> {
    let Some(size) = &spec.size else {
        return Err(PhotoError::NotMade(Obstacle::OtherDocument { document: spec.id.clone() }));
    };
    if spec.edit_policy == EditPolicy::None {
        return Ok(finish(as_taken(portrait, spec, size)?, spec, size, (finder, matter))?.0);
    }
    let views = views(portrait, face, spec, size, matter)?;
    let mut head = subject::head(face, &views.near, spec.geometry.crown_at_skull).0;
    let mut best: Option<((usize, usize), IdPhoto)> = None;
    for _ in 0..ROUNDS {
        let placed = place(portrait, face, spec, size, &views, &head);
        let drawn = match spec.edit_policy {
            EditPolicy::Full => with_new_background(portrait, face, spec, size, &views, placed, options),
            _ => cut_only(portrait, face, spec, size, placed),
        };
        let drawn = match drawn {
            Err(_) if best.is_some() => break,
            drawn => drawn?,
        };
        let (photo, seen) = finish(drawn, spec, size, (finder, matter))?;
        let faults = photo.faults();
        let shown = seen.zip(photo.placement.clone());
        if best.as_ref().is_none_or(|(fewest, _)| faults < *fewest) {
            best = Some((faults, photo));
        }
        // The finished photo shows the head better than the source did: where it breaks a rule that was meant to hold,
        // or nearly, it is cut once more by what it shows.
        match shown {
            Some((seen, placed)) if faults > (0, 0) => head = seen.in_source(&placed, &head),
            _ => break,
        }
    }
    best.map(|(_, photo)| photo).ok_or_else(|| PhotoError::Make { why: "nothing was drawn".to_owned() })
}

/// How often a photo is cut at most. Of 43 social security photos of the evaluation 39 meet every rule after one cut, 42
/// after two, and no more after three.
const ROUNDS: usize = 2;

/// The file, and the proof.
fn finish(
    drawn: Drawn,
    spec: &Spec,
    size: &Size,
    (finder, matter): (&dyn Finder, &dyn Matter),
) -> Result<(IdPhoto, Option<certificate::Seen>), PhotoError> {
    let encoded = encode_for(&drawn.picture, spec, size)?;
    let (certificate, seen) = certificate::examine(&encoded.bytes, spec, finder, matter)?;
    let photo = IdPhoto {
        picture: drawn.picture,
        encoded,
        placement: drawn.placement,
        region: drawn.region,
        edits: drawn.edits,
        shortfalls: drawn.shortfalls,
        doubt: drawn.doubt,
        certificate,
    };
    Ok((photo, seen))
}

impl IdPhoto {
    /// Number of rules that the file breaks though the maker did not foretell it, and of those that it barely keeps.
    fn faults(&self) -> (usize, usize) {
        let unforeseen = |rule: &&str| !self.shortfalls.iter().any(|s| s.rule == *rule);
        let count = |rules: Vec<&str>| rules.iter().filter(|rule| unforeseen(rule)).count();
        (count(self.certificate.broken()), count(self.certificate.barely()))
    }
}

/// The person seen twice: the crop with room around it, and, coarsely, head and shoulders with what stands around.
struct Views {
    near: View,
    far: View,
    edges: Edges,
}

impl Views {
    /// Who is at a point of the source: from the nearer view where it reaches.
    fn at(&self, source: Point) -> Option<u8> {
        self.near.at(source).or_else(|| self.far.at(source))
    }
}

/// A photo before it becomes a file.
struct Drawn {
    picture: Rgb,
    placement: Option<Placement>,
    region: [Point; 4],
    edits: Vec<Edit>,
    shortfalls: Vec<Shortfall>,
    doubt: Option<Doubt>,
}

/// The first placement, by the coarse look alone.
fn first_look(
    portrait: &Portrait,
    face: &Face,
    (spec, size): (&Spec, &Size),
    edges: Edges,
    matter: &dyn Matter,
) -> Result<(Placement, View), PhotoError> {
    let far = subject::look(portrait, face, matter)?;
    let head = subject::head(face, &far, spec.geometry.crown_at_skull).0;
    let views = Views { near: far, far: View::nothing(), edges };
    let placed = place(portrait, face, spec, size, &views, &head).placed;
    Ok((placed, views.near))
}

/// Who is where, as finely as the document's edit policy needs it: a matte where the background is replaced, else a
/// silhouette.
fn views(portrait: &Portrait, face: &Face, spec: &Spec, size: &Size, matter: &dyn Matter) -> Result<Views, PhotoError> {
    if spec.edit_policy != EditPolicy::Full {
        let (placed, far) = first_look(portrait, face, (spec, size), Edges::None, matter)?;
        let near = subject::silhouette(portrait, face, matter, &placed, size)?;
        return Ok(Views { near, far, edges: Edges::All });
    }
    let (placed, far) = first_look(portrait, face, (spec, size), Edges::Bottom, matter)?;
    let near = subject::matte(portrait, face, matter, &placed, size)?;
    let mut views = Views { near, far, edges: Edges::Bottom };
    let head = subject::head(face, &views.near, spec.geometry.crown_at_skull).0;
    let again = place(portrait, face, spec, size, &views, &head).placed;
    if !shows(&views.near, portrait, face, &again, size) {
        // The silhouette erred about the crown by more than the room around the crop.
        views.near = subject::matte(portrait, face, matter, &again, size)?;
    }
    Ok(views)
}

fn with_new_background(
    portrait: &Portrait,
    face: &Face,
    spec: &Spec,
    size: &Size,
    views: &Views,
    Placed { placed, mut shortfalls }: Placed,
    options: &MakeOptions,
) -> Result<Drawn, PhotoError> {
    let view = &views.near;
    let (width, height) = (size.width_px, size.height_px);
    let to_source = placed.to_source(face.eyes());
    let (Some(to_view), Some(to_photo)) = (view.to_source.inverse(), to_source.inverse()) else {
        return Err(PhotoError::Make { why: "the face has no size".to_owned() });
    };
    let alpha = view.mask.sampled(&to_source.then(&to_view), width, height, 0);
    let observed = subject::render(portrait, &to_source, width, height);
    let mut edits = cut_edits(&placed);
    let mut person = foreground::estimate(&observed, &alpha);
    if options.tone {
        let tone = tone::needed(&observed, face, &to_photo);
        if tone.changes() {
            tone.apply(&mut person);
            edits.push(Edit::Tone { gains: tone.gains });
        }
    }
    let rgb = options.background.unwrap_or_else(|| spec.backgrounds.first().map_or([255; 3], |b| b.rgb));
    let picture = background::composite(&person, &alpha, rgb);
    edits.push(Edit::Background { rgb });
    let beyond = beyond(portrait, &to_source, &alpha);
    if beyond.share > 0.0 {
        edits.push(Edit::Extended { share: beyond.share });
    }
    shortfalls.extend(beyond.cuts);
    let region = region(&to_source, width, height);
    Ok(Drawn { picture, placement: Some(placed), region, edits, shortfalls, doubt: view.doubt })
}

fn cut_only(
    portrait: &Portrait,
    face: &Face,
    spec: &Spec,
    size: &Size,
    Placed { placed, shortfalls }: Placed,
) -> Result<Drawn, PhotoError> {
    if let Some(missing) = shortfalls.iter().find(|s| s.rule.starts_with("frame_")) {
        let side = missing.rule.trim_start_matches("frame_");
        let px = (missing.by_px / placed.scale).max(1.0);
        return Err(PhotoError::NotMade(Obstacle::NoRoom { document: spec.id.clone(), side: side.to_owned(), px }));
    }
    let to_source = placed.to_source(face.eyes());
    let picture = subject::render(portrait, &to_source, size.width_px, size.height_px);
    let (edits, region) = (cut_edits(&placed), region(&to_source, size.width_px, size.height_px));
    Ok(Drawn { picture, placement: Some(placed), region, edits, shortfalls, doubt: None })
}

/// The whole picture, at most brought to size.
fn as_taken(portrait: &Portrait, spec: &Spec, size: &Size) -> Result<Drawn, PhotoError> {
    let (width, height) = (portrait.width(), portrait.height());
    let least = size.min_px.unwrap_or([size.width_px, size.height_px]);
    let greatest = size.max_px.unwrap_or([u32::MAX; 2]);
    let fits = matches!(size.px_rule, PxRule::Min | PxRule::Range)
        && (least[0]..=greatest[0]).contains(&width)
        && (least[1]..=greatest[1]).contains(&height);
    let (columns, rows) = if fits { (width, height) } else { (size.width_px, size.height_px) };
    let stretch = (columns as f32 / width as f32) / (rows as f32 / height as f32);
    if (stretch - 1.0).abs() > SAME_SHAPE {
        let document = spec.id.clone();
        return Err(PhotoError::NotMade(Obstacle::OtherShape { document, width, height, columns, rows }));
    }
    let factor = columns as f32 / width as f32;
    let to_source = Affine { m: [1.0 / factor, 0.0, 0.0, 0.0, height as f32 / rows as f32, 0.0] };
    let picture = subject::render(portrait, &to_source, columns, rows);
    let edits = if columns == width && rows == height { Vec::new() } else { vec![scaled(factor)] };
    let region = region(&to_source, columns, rows);
    Ok(Drawn { picture, placement: None, region, edits, shortfalls: Vec::new(), doubt: None })
}

/// Difference of two aspect ratios that nobody sees, as a share.
const SAME_SHAPE: f32 = 0.01;

/// A placement, and all that is missing.
struct Placed {
    placed: Placement,
    shortfalls: Vec<Shortfall>,
}

/// The placement of a head, with all that is missing.
fn place(portrait: &Portrait, face: &Face, spec: &Spec, size: &Size, views: &Views, head: &crop::Head) -> Placed {
    let frame = subject::frame(portrait, face);
    let (_, cut) = subject::head(face, &views.near, spec.geometry.crown_at_skull);
    let person = |p: Point| {
        let source = subject::unlevel(p, frame.eyes, frame.radians);
        views.at(source).is_some_and(|a| a >= 128)
    };
    let rules = (&spec.geometry, size);
    // As if the picture went on below: the body in it as it ends there, growing wider as shoulders do.
    let longer = |p: Point| {
        let source = subject::unlevel(p, frame.eyes, frame.radians);
        let end = frame.height - 1.0 - SEAMLESS;
        let aside = source.x - frame.eyes.x;
        let nearer = (aside.abs() - (source.y - end).max(0.0) * SHOULDER_SLOPE).max(0.0);
        let above = Point::new(frame.eyes.x + nearer.copysign(aside), source.y.min(end));
        person(p) || views.at(above).is_some_and(|a| a >= 128)
    };
    let edges = views.edges;
    let free = crop::solve(head, &frame, Edges::None, rules, &longer);
    let placed = crop::solve(head, &frame, edges, rules, &person);
    let mut shortfalls = placed.shortfalls.clone();
    let corners_lost = spec.geometry.shoulders_to_corners && free.corners_reached && !placed.corners_reached;
    if placed.shortfalls.len() > free.shortfalls.len() || corners_lost {
        // Without the picture's edges more rules would hold: the edges are to blame.
        let corners = Rect { x: 0.0, y: 0.0, width: size.width_px as f32, height: size.height_px as f32 }.corners();
        let outside = corners.map(|p| free.to_source(frame.eyes).apply(p));
        for (rule, by) in [
            ("frame_bottom", outside.iter().map(|p| p.y - frame.height).fold(0.0, f32::max)),
            ("frame_top", outside.iter().map(|p| -p.y).fold(0.0, f32::max)),
            ("frame_left", outside.iter().map(|p| -p.x).fold(0.0, f32::max)),
            ("frame_right", outside.iter().map(|p| p.x - frame.width).fold(0.0, f32::max)),
        ] {
            if by > 0.0 && (edges == Edges::All || rule == "frame_bottom") {
                shortfalls.push(Shortfall { rule, by_px: by * free.scale });
            }
        }
    }
    if cut {
        shortfalls.push(Shortfall { rule: "person_cut_top", by_px: 0.0 });
    }
    if spec.geometry.shoulders_to_corners && !placed.corners_reached {
        shortfalls.push(Shortfall { rule: "shoulders_to_corners", by_px: 0.0 });
    }
    Placed { placed, shortfalls }
}

/// Whether a view shows all of the photo that lies within the source.
fn shows(view: &View, portrait: &Portrait, face: &Face, placed: &Placement, size: &Size) -> bool {
    let Some(to_view) = view.to_source.inverse() else { return false };
    region(&placed.to_source(face.eyes()), size.width_px, size.height_px).iter().all(|&corner| {
        let inside =
            Point::new(corner.x.clamp(0.0, portrait.width() as f32), corner.y.clamp(0.0, portrait.height() as f32));
        let seen = to_view.apply(inside);
        (-0.5..=view.mask.width as f32 + 0.5).contains(&seen.x)
            && (-0.5..=view.mask.height as f32 + 0.5).contains(&seen.y)
    })
}

/// What of a photo lies outside the source.
struct Beyond {
    share: f32,
    cuts: Vec<Shortfall>,
}

/// How fast shoulders grow wider on their way down, px across per px down: 45°. Chosen, not measured apart.
const SHOULDER_SLOPE: f32 = 1.0;
/// Px beyond the source that the repeated edge fills without a seam.
const SEAMLESS: f32 = 3.0;
/// Length of an edge of the source that may cut the person inside the photo, as a share of the photo's height.
const LONGEST_CUT: f32 = 0.02;

fn beyond(portrait: &Portrait, to_source: &Affine, alpha: &Gray) -> Beyond {
    let (width, height) = (portrait.width() as f32, portrait.height() as f32);
    let slack = SEAMLESS * to_source.scale();
    let edge = 1.5 * to_source.scale();
    let mut outside = 0_u32;
    // Person pixels on the last rows and columns of the source, at left, right, top, where the photo goes on.
    let mut cuts = [0_u32; 3];
    let reach = [(-2.0 * SEAMLESS, 0.0), (2.0 * SEAMLESS, 0.0), (0.0, -2.0 * SEAMLESS)];
    let photo = |x: f32, y: f32| x >= 0.0 && y >= 0.0 && x < alpha.width as f32 && y < alpha.height as f32;
    for y in 0..alpha.height {
        for x in 0..alpha.width {
            let (u, v) = (x as f32 + 0.5, y as f32 + 0.5);
            let p = to_source.apply(Point::new(u, v));
            if p.x < -slack || p.y < -slack || p.x > width + slack || p.y > height + slack {
                outside += 1;
            } else if alpha.at(x, y) >= 128 {
                let at = [p.x.abs() < edge, (width - p.x).abs() < edge, p.y.abs() < edge];
                for side in 0..3 {
                    cuts[side] += u32::from(at[side] && photo(u + reach[side].0, v + reach[side].1));
                }
            }
        }
    }
    let least = LONGEST_CUT * alpha.height as f32;
    let cuts = ["person_cut_left", "person_cut_right", "person_cut_top"].into_iter().zip(cuts);
    // Three px of depth are counted for each px of length.
    let cuts = cuts.map(|(rule, count)| Shortfall { rule, by_px: count as f32 / 3.0 }).filter(|s| s.by_px > least);
    Beyond { share: outside as f32 / alpha.data.len().max(1) as f32, cuts: cuts.collect() }
}

fn cut_edits(placed: &Placement) -> Vec<Edit> {
    let degrees = placed.radians * 180.0 / std::f32::consts::PI;
    let mut edits = Vec::new();
    if degrees.abs() > 0.05 {
        edits.push(Edit::Turned { degrees });
    }
    edits.push(scaled(placed.scale));
    edits
}

fn scaled(factor: f32) -> Edit {
    if factor > 1.0 { Edit::Enlarged { factor } } else { Edit::Scaled { factor } }
}

fn region(to_source: &Affine, width: u32, height: u32) -> [Point; 4] {
    Rect { x: 0.0, y: 0.0, width: width as f32, height: height as f32 }.corners().map(|p| to_source.apply(p))
}

/// The file as the document asks: its quality first, and where that misses a binding band, the band.
fn encode_for(picture: &Rgb, spec: &Spec, size: &Size) -> Result<Encoded, PhotoError> {
    let Some(rule) = &spec.file else {
        let request = Request { format: FileFormat::Jpeg, quality: None, kb_min: None, kb_max: None, dpi: size.dpi };
        return encode::encode(picture, &request);
    };
    let encoded = encode::encode(picture, &Request::new(rule, size.dpi))?;
    let outside = encoded.notes.iter().any(|n| matches!(n, encode::Note::OutsideBand { .. }));
    if outside && !rule.kb_is_typical {
        let free = spec::FileRule { quality: None, ..rule.clone() };
        return encode::encode(picture, &Request::new(&free, size.dpi));
    }
    Ok(encoded)
}

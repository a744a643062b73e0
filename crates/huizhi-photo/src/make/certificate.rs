//! What the finished file shows, measured again from scratch: nothing the maker knew is used.

use serde::Serialize;

use super::crop::{Head, Placement};
use super::subject::{self, CROWN_SHARE, HEAD_REACH, SKULL};
use crate::decode::{Format, Portrait};
use crate::face::{Face, Finder, landmark};
use crate::matte::Matter;
use crate::pixels::{Gray, Point, Rgb};
use crate::spec::{EditPolicy, FileFormat, PxRule, Spec};
use crate::{Limits, PhotoError};

/// Measures of a finished file against a document.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Certificate {
    /// The document's id.
    pub document: String,
    /// The version of its specification.
    pub version: u32,
    /// Columns, px.
    pub width_px: u32,
    /// Rows, px.
    pub height_px: u32,
    /// Faces in the photo.
    pub faces: usize,
    /// What lies behind the person.
    pub backdrop: Backdrop,
    /// How the crown was found.
    pub crown_by: CrownBy,
    /// The head's tilt, degrees.
    pub roll: f32,
    /// How many of the two lower corners the person reaches, where the document wishes that. A wish and no rule: no
    /// text names it, and with narrow shoulders or a long neck no crop within the rules can grant it.
    pub corners_reached: Option<u8>,
    /// Every rule that the document gives, geometry first.
    pub measures: Vec<Measure>,
}

/// One rule: what was measured, what is asked, and whether it holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measure {
    /// The rule's field name in the specification.
    pub rule: &'static str,
    /// What the file shows, in `unit`.
    pub measured: f32,
    /// Least value; absent where the rule is open.
    pub min: Option<f32>,
    /// Greatest value.
    pub max: Option<f32>,
    /// `px`, `dpi`, `KB`, `count` or `levels`.
    pub unit: &'static str,
    /// Whether the rule holds.
    pub holds: bool,
}

/// What lies behind the person.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Backdrop {
    /// Its median colour in the plainer upper corner, sRGB.
    pub rgb: [u8; 3],
    /// Distance from it that nine tenths of that corner's pixels keep, grey levels of one channel.
    pub spread: f32,
}

/// How the crown was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CrownBy {
    /// The first row over the head that is not of the background's colour.
    Colour,
    /// The silhouette network, because the background is not plain.
    Silhouette,
    /// No face, so no crown.
    Nothing,
}

/// Spread up to which a background is plain enough to find the crown by colour. A flat colour spreads by 3 levels at
/// JPEG quality 50.
const PLAIN: f32 = 12.0;
/// Least difference from the background that is person, grey levels of one channel.
const LEAST_CONTRAST: f32 = 16.0;
/// Difference from the background that is head, grey levels of one channel: twice the least contrast, so that the veil
/// at a matte's edge adds no width. Chosen, not measured apart.
const HEAD_CONTRAST: f32 = 32.0;
/// How near its limit a rule stands that gives way no further, as a share of the photo's height: twice what the crop
/// gives rules that cannot all hold (`polygon::GIVE`).
const AT_LIMIT: f32 = 0.02;
/// How far the background may lie from the colour asked, grey levels of one channel: rounding of JPEG.
const COLOUR_SLACK: f32 = 6.0;
/// Rounding of a measure, px: an edge lies somewhere within its pixel.
const HALF_PX: f32 = 0.5;

impl Certificate {
    /// Whether every rule holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.measures.iter().all(|m| m.holds)
    }

    /// Names of the rules that do not hold.
    #[must_use]
    pub fn broken(&self) -> Vec<&'static str> {
        self.measures.iter().filter(|m| !m.holds).map(|m| m.rule).collect()
    }
}

/// A head as a finished photo shows it.
pub(super) struct Seen {
    /// In px of the photo.
    head: Head,
    /// Row of its eyes, px of the photo.
    eyes: f32,
}

impl Seen {
    /// The head in px of the source whose photo this is. Crown and chin count from where the eyes were meant to be, so
    /// that a row in which the eyes are seen off their place moves none of the others.
    pub(super) fn in_source(&self, placed: &Placement, before: &Head) -> Head {
        let off = self.eyes - placed.eyes.y;
        let source = |px: f32| px / placed.scale;
        Head {
            face_width: source(self.head.face_width),
            head_width: source(self.head.head_width),
            eye_distance: source(self.head.eye_distance),
            chin: source(self.head.chin + off),
            // A crown at the very edge says only that it is not below.
            crown: if self.head.crown >= self.eyes { before.crown } else { source(self.head.crown - off) },
            centre: before.centre,
        }
    }
}

impl Certificate {
    /// Names of the geometric rules that hold in the last fifth of their band only, where another eye may measure them
    /// as broken.
    pub(super) fn barely(&self) -> Vec<&'static str> {
        let barely = |m: &&Measure| match (m.min, m.max) {
            (Some(min), Some(max)) if m.holds && m.unit == "px" => {
                (m.measured - (min + max) / 2.0).abs() > EASE * (max - min) / 2.0
            }
            _ => false,
        };
        self.measures.iter().filter(barely).map(|m| m.rule).filter(|rule| !rule.ends_with("_px")).collect()
    }
}

/// Share of a band about its middle within which a rule holds well; the crop solver keeps to it too.
const EASE: f32 = 0.8;

/// Measures a file against a document's every rule.
///
/// # Errors
/// Those of [`Portrait::decode`] where the file is no picture, and [`PhotoError::Model`].
pub fn certify(file: &[u8], spec: &Spec, finder: &dyn Finder, matter: &dyn Matter) -> Result<Certificate, PhotoError> {
    Ok(examine(file, spec, finder, matter)?.0)
}

/// As [`certify`], with the head that was seen.
pub(super) fn examine(
    file: &[u8],
    spec: &Spec,
    finder: &dyn Finder,
    matter: &dyn Matter,
) -> Result<(Certificate, Option<Seen>), PhotoError> {
    let photo = Portrait::decode(file, &Limits::default())?;
    let to_photo = crate::pixels::Affine::IDENTITY;
    let picture = photo.sampled(&to_photo, photo.width(), photo.height());
    let faces = finder.find(&photo)?;
    let backdrop = backdrop(&picture);
    let mut measures = Vec::new();
    let mut crown_by = CrownBy::Nothing;
    let mut seen = None;
    let mut corners_reached = None;
    if let Some(face) = faces.first() {
        let plain = backdrop.spread <= PLAIN && surrounds(&picture, &backdrop);
        let silhouette = matter.silhouette(&picture)?.mask.resized(picture.width, picture.height);
        crown_by = if plain { CrownBy::Colour } else { CrownBy::Silhouette };
        let mut crown =
            if plain { crown_by_colour(&picture, face, &backdrop) } else { crown_by_silhouette(&silhouette, face) };
        if spec.geometry.crown_at_skull {
            let eyes = face.eyes().y;
            crown = crown.max(eyes - SKULL * (face.chin().y - eyes));
        }
        let person = |x: u32, y: u32| {
            if plain { far(picture.at(x, y), backdrop.rgb) > HEAD_CONTRAST } else { silhouette.at(x, y) >= 128 }
        };
        let head = head(&picture, face, crown, person);
        geometry(&mut measures, spec, &picture, face, &head);
        seen = Some(Seen { head, eyes: face.eyes().y });
        if spec.geometry.shoulders_to_corners {
            corners_reached = Some(corners(&picture, &backdrop, plain, &silhouette));
        }
    }
    measures.push(measure("one_face", faces.len() as f32, (Some(1.0), Some(1.0)), "count"));
    of_size(&mut measures, spec, &picture, file);
    of_file(&mut measures, spec, &photo, file.len());
    if spec.edit_policy == EditPolicy::Full && !spec.backgrounds.is_empty() {
        let off = spec.backgrounds.iter().map(|b| far(backdrop.rgb, b.rgb)).fold(f32::INFINITY, f32::min);
        measures.push(measure("background_colour", off, (None, Some(COLOUR_SLACK)), "levels"));
        measures.push(measure("background_plain", backdrop.spread, (None, Some(PLAIN)), "levels"));
    }
    let certificate = Certificate {
        document: spec.id.clone(),
        version: spec.version,
        width_px: picture.width,
        height_px: picture.height,
        faces: faces.len(),
        backdrop,
        crown_by,
        roll: faces.first().map_or(0.0, |f| f.eye_line() * 180.0 / std::f32::consts::PI),
        corners_reached,
        measures,
    };
    Ok((certificate, seen))
}

/// The head in px of the photo; `person` tells whose a pixel is.
fn head(picture: &Rgb, face: &Face, crown: f32, person: impl Fn(u32, u32) -> bool) -> Head {
    let (eyes, face_width) = (face.eyes(), face.width());
    let middle = centre(face);
    let rows = (crown.max(0.0) as u32)..(eyes.y.max(0.0) as u32).min(picture.height);
    let head_width = subject::head_width(rows, picture.width, middle, face_width, person);
    Head {
        face_width,
        head_width,
        eye_distance: face.inter_eye_distance(),
        chin: face.chin().y - eyes.y,
        crown: eyes.y - crown,
        centre: middle - eyes.x,
    }
}

/// Column of the middle between the ear roots, px.
fn centre(face: &Face) -> f32 {
    face.point(landmark::RIGHT_TRAGION).middle(face.point(landmark::LEFT_TRAGION)).x
}

fn geometry(measures: &mut Vec<Measure>, spec: &Spec, picture: &Rgb, face: &Face, head: &Head) {
    let (width, height) = (picture.width as f32, picture.height as f32);
    let dpi = spec.size.as_ref().map_or(300.0, |s| f32::from(s.dpi));
    let (eyes, chin, crown) = (face.eyes(), face.chin().y, face.eyes().y - head.crown);
    let centre = centre(face);
    for (rule, bound) in spec.geometry.bounds() {
        let Some(bound) = bound else { continue };
        let (measured, side) = match rule {
            "face_width" => (head.face_width, width),
            "head_width" => (head.head_width, width),
            "eye_distance" => (head.eye_distance, width),
            "head_height" => (chin - crown, height),
            "crown_top" => (crown, height),
            "eyes_bottom" => (height - eyes.y, height),
            "eyes_top" => (eyes.y, height),
            "chin_bottom" => (height - chin, height),
            "eyes_left" => (eyes.x, width),
            "off_centre" => ((centre - width / 2.0).abs(), width),
            _ => continue,
        };
        let (low, high) = bound.in_px(side, dpi);
        let ends = (low.is_finite().then_some(low), high.is_finite().then_some(high));
        measures.push(Measure { holds: holds(measured, ends, HALF_PX), ..measure(rule, measured, ends, "px") });
    }
    if let Some(name) = &spec.geometry.hair_cut_for {
        excuse_hair(measures, name, height);
    }
}

/// Tall hair may be cut where another rule would not hold otherwise: that rule then stands at its limit.
fn excuse_hair(measures: &mut [Measure], name: &str, height: f32) {
    let at_limit = measures.iter().any(|m| {
        let near = |end: Option<f32>| end.is_some_and(|end| (m.measured - end).abs() <= AT_LIMIT * height);
        m.rule == name && m.holds && (near(m.min) || near(m.max))
    });
    for m in measures.iter_mut().filter(|m| m.rule == "crown_top" && at_limit) {
        m.holds = m.max.is_none_or(|greatest| m.measured <= greatest + HALF_PX);
    }
}

fn of_size(measures: &mut Vec<Measure>, spec: &Spec, picture: &Rgb, file: &[u8]) {
    let Some(size) = &spec.size else { return };
    let own = [size.width_px, size.height_px];
    let (least, greatest) = match size.px_rule {
        PxRule::Exact | PxRule::Advisory => (own, Some(own)),
        PxRule::Min | PxRule::Range => (size.min_px.unwrap_or(own), size.max_px),
    };
    let found = [picture.width, picture.height];
    for (i, rule) in ["width_px", "height_px"].into_iter().enumerate() {
        let ends = (Some(least[i] as f32), greatest.map(|g| g[i] as f32));
        measures.push(measure(rule, found[i] as f32, ends, "px"));
    }
    let dpi = Some(f32::from(size.dpi));
    measures.push(measure("dpi", density(file).unwrap_or(0.0), (dpi.map(|d| d - 0.5), dpi.map(|d| d + 0.5)), "dpi"));
}

fn of_file(measures: &mut Vec<Measure>, spec: &Spec, photo: &Portrait, bytes: usize) {
    let Some(rule) = &spec.file else { return };
    let asked = match rule.format {
        FileFormat::Jpeg => Format::Jpeg,
        FileFormat::Png => Format::Png,
    };
    let right = f32::from(u8::from(photo.file.format == asked));
    measures.push(measure("format", right, (Some(1.0), Some(1.0)), "count"));
    if !rule.kb_is_typical && (rule.kb_min.is_some() || rule.kb_max.is_some()) {
        measures.push(measure("file_kb", bytes as f32 / 1024.0, (rule.kb_min, rule.kb_max), "KB"));
    }
}

fn measure(rule: &'static str, measured: f32, (min, max): (Option<f32>, Option<f32>), unit: &'static str) -> Measure {
    Measure { rule, measured, min, max, unit, holds: holds(measured, (min, max), 0.0) }
}

fn holds(measured: f32, (min, max): (Option<f32>, Option<f32>), slack: f32) -> bool {
    min.is_none_or(|least| measured >= least - slack) && max.is_none_or(|greatest| measured <= greatest + slack)
}

/// Median colour and spread of the plainer upper corner; the other one may hold hair.
fn backdrop(picture: &Rgb) -> Backdrop {
    let columns = (picture.width / 12).max(1);
    let corners = [0..columns, picture.width - columns..picture.width].map(|range| corner(picture, range));
    if corners[0].spread <= corners[1].spread { corners[0] } else { corners[1] }
}

/// Whether the backdrop's colour goes all around the head: most of the upper edge, and of the sides' upper third. A
/// picture on the wall would pass for the crown.
fn surrounds(picture: &Rgb, backdrop: &Backdrop) -> bool {
    let (w, h) = (picture.width, picture.height);
    let alike = |x: u32, y: u32| far(picture.at(x, y), backdrop.rgb) <= LEAST_CONTRAST;
    let above = (0..w).filter(|&x| alike(x, 0)).count() as u32;
    let beside = (0..h / 3).flat_map(|y| [(0, y), (w - 1, y)]).filter(|&(x, y)| alike(x, y)).count() as u32;
    above * 10 >= w * SURROUNDED && beside * 10 >= h / 3 * 2 * SURROUNDED
}

/// Tenths of the edges that a plain background takes; hair cut by the frame may take the rest. Chosen, not measured apart.
const SURROUNDED: u32 = 7;

fn corner(picture: &Rgb, columns: std::ops::Range<u32>) -> Backdrop {
    let rows = (picture.height / 12).max(1);
    let mut found: Vec<[u8; 3]> = Vec::new();
    for y in 0..rows {
        for x in columns.clone() {
            found.push(picture.at(x, y));
        }
    }
    let rgb = [0, 1, 2].map(|c| {
        let mut values: Vec<u8> = found.iter().map(|p| p[c]).collect();
        values.sort_unstable();
        values[values.len() / 2]
    });
    let mut away: Vec<f32> = found.iter().map(|p| far(*p, rgb)).collect();
    away.sort_by(f32::total_cmp);
    Backdrop { rgb, spread: away[away.len() * 9 / 10] }
}

/// Top of the first row over the head with enough pixels unlike the background. A third of the hair's own contrast
/// counts as hair, so that loose hair does and the veil of an edge does not.
fn crown_by_colour(picture: &Rgb, face: &Face, backdrop: &Backdrop) -> f32 {
    let (columns, rows) = over_head(face, picture.width, picture.height);
    let need = need(face);
    let first = |contrast: f32| {
        (0..rows).find(|&y| columns.clone().filter(|&x| far(picture.at(x, y), backdrop.rgb) > contrast).count() >= need)
    };
    let Some(rough) = first(LEAST_CONTRAST) else { return rows as f32 };
    // Deep enough to be below the flyaway hair, and over the middle of the head.
    let inner = (rough + (face.width() * 0.2) as u32).min(rows);
    let quarter = (columns.end - columns.start) / 4;
    let mut hair: Vec<f32> = (columns.start + quarter..columns.end - quarter)
        .map(|x| far(picture.at(x, inner), backdrop.rgb))
        .filter(|&d| d > LEAST_CONTRAST)
        .collect();
    hair.sort_by(f32::total_cmp);
    let contrast = hair.get(hair.len() / 2).copied().unwrap_or(0.0) / 3.0;
    first(contrast.max(LEAST_CONTRAST)).unwrap_or(rough) as f32
}

fn crown_by_silhouette(silhouette: &Gray, face: &Face) -> f32 {
    let (columns, rows) = over_head(face, silhouette.width, silhouette.height);
    let need = need(face);
    (0..rows).find(|&y| columns.clone().filter(|&x| silhouette.at(x, y) >= 128).count() >= need).unwrap_or(rows) as f32
}

/// The columns in which the crown is looked for, and the row of the forehead.
fn over_head(face: &Face, width: u32, height: u32) -> (std::ops::Range<u32>, u32) {
    let centre = centre(face);
    let reach = HEAD_REACH * face.width();
    let column = |x: f32| x.clamp(0.0, width as f32) as u32;
    let forehead = face.point(landmark::FOREHEAD).y.clamp(0.0, height as f32 - 1.0) as u32;
    (column(centre - reach)..column(centre + reach), forehead)
}

fn need(face: &Face) -> usize {
    (CROWN_SHARE * face.width()).max(2.0) as usize
}

/// How many of the two lower corners show the person: by colour, or by the silhouette where clothes and background
/// are alike.
fn corners(picture: &Rgb, backdrop: &Backdrop, plain: bool, silhouette: &Gray) -> u8 {
    let (w, h) = (picture.width, picture.height);
    let inset = (w / 100).max(2);
    let reached = [inset, w - 1 - inset].into_iter().filter(|&x| {
        let y = h - 1 - inset;
        let coloured = plain && far(picture.at(x, y), backdrop.rgb) > LEAST_CONTRAST;
        coloured || silhouette.near(Point::new(x as f32, y as f32)).is_some_and(|a| a >= 128)
    });
    reached.count() as u8
}

/// Greatest difference of a channel, grey levels.
fn far(a: [u8; 3], b: [u8; 3]) -> f32 {
    a.iter().zip(&b).map(|(x, y)| f32::from(x.abs_diff(*y))).fold(0.0, f32::max)
}

/// The density written into a JFIF or PNG file, px per inch.
fn density(file: &[u8]) -> Option<f32> {
    if let Some(at) = file.windows(5).position(|w| w == b"JFIF\0").filter(|_| file.starts_with(&[0xFF, 0xD8])) {
        let unit = *file.get(at + 7)?;
        let value = f32::from(u16::from_be_bytes([*file.get(at + 8)?, *file.get(at + 9)?]));
        return match unit {
            1 => Some(value),
            2 => Some(value * 2.54),
            _ => None,
        };
    }
    let at = file.windows(4).position(|w| w == b"pHYs")?;
    let bytes: [u8; 4] = file.get(at + 4..at + 8)?.try_into().ok()?;
    Some(u32::from_be_bytes(bytes) as f32 * 0.0254)
}

#[cfg(test)]
mod tests {
    use super::{Measure, excuse_hair};

    fn measures(crown: f32, eyes: f32) -> Vec<Measure> {
        let rule = |rule, measured, min, max, holds| Measure { rule, measured, min, max, unit: "px", holds };
        vec![
            rule("crown_top", crown, Some(7.0), Some(21.0), (7.0..=21.0).contains(&crown)),
            rule("eyes_bottom", eyes, Some(207.0), None, eyes >= 207.0),
        ]
    }

    #[test]
    fn tall_hair_may_be_cut_only_where_the_eyes_stand_at_their_limit() {
        for (crown, eyes, holds) in
            [(0.0, 208.0, true), (0.0, 230.0, false), (0.0, 200.0, false), (30.0, 208.0, false), (15.0, 230.0, true)]
        {
            let mut found = measures(crown, eyes);
            excuse_hair(&mut found, "eyes_bottom", 441.0);
            assert_eq!(found[0].holds, holds, "crown {crown}, eyes {eyes}");
        }
    }
}

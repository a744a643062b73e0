//! Where the photo is cut from the picture: scale and place that meet every geometric rule of a document at once.
//!
//! The eye line gives the turn, so two unknowns remain that depend on each other: the scale `s` (px of the photo
//! per px of the source) and the row `e` of the eyes in the photo. Every rule is a band on `p·s + q·e + r`, so the
//! placements that meet a set of rules are a convex polygon, and the rules are cut out of it one by one.

mod polygon;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::pixels::{Affine, Point};
use crate::spec::{Geometry, Size};
use polygon::{Band, Polygon};

/// A head in its level frame: px of the source, turned so that the eye line lies level; the origin is between the eyes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Head {
    /// Between the ear roots, px.
    pub face_width: f32,
    /// Greatest width from the crown down to the eye line, with ears and close hair, px.
    pub head_width: f32,
    /// Between the eye centres, px.
    pub eye_distance: f32,
    /// How far the chin lies below the eyes, px.
    pub chin: f32,
    /// How far the crown, hair included, lies above the eyes, px.
    pub crown: f32,
    /// How far the middle between the ear roots lies right of the eyes' middle, px.
    pub centre: f32,
}

/// The picture around the head.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Columns of the source, px.
    pub width: f32,
    /// Rows of the source, px.
    pub height: f32,
    /// The point between the eyes, px of the source.
    pub eyes: Point,
    /// The eye line's angle, radians, positive clockwise.
    pub radians: f32,
}

/// Which edges of the source the photo must not cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edges {
    /// None; to learn what the head alone allows.
    None,
    /// The lower one: background can be drawn beside and above a person, but a body is never invented.
    Bottom,
    /// All four: nothing is drawn.
    All,
}

/// A rule that does not hold, and by how much.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shortfall {
    /// The rule's field name in the specification, or `frame_bottom`, `person_cut_left` …
    pub rule: &'static str,
    /// Distance to the nearest value that would do, px of the photo.
    pub by_px: f32,
}

/// Where the photo is cut.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Placement {
    /// Px of the photo per px of the source; above 1 the source is too small.
    pub scale: f32,
    /// The point between the eyes, px of the photo.
    pub eyes: Point,
    /// How far the source is turned, radians: its eye line's angle.
    pub radians: f32,
    /// Whether the person reaches both lower corners.
    pub corners_reached: bool,
    /// Rules that could not hold, in order of precedence.
    pub shortfalls: Vec<Shortfall>,
}

/// Steps of the search for the best scale within the allowed ones, and for the best row at each scale.
const STEPS: (usize, usize) = (48, 16);

/// Finds the placement: all rules hold where any placement meets them all, otherwise rules give way in reverse
/// order of `precedence`, each by as little as can be. Among the allowed placements the one nearest to the middle
/// of the bands is taken, before it one with which the person reaches the lower corners where the document asks so.
///
/// `person` tells whether a point of the head's level frame belongs to the person.
#[must_use]
pub fn solve(
    head: &Head,
    frame: &Frame,
    edges: Edges,
    (geometry, size): (&Geometry, &Size),
    person: &dyn Fn(Point) -> bool,
) -> Placement {
    let sides = (f64::from(size.width_px), f64::from(size.height_px));
    let rules = rules(head, geometry, size);
    let mut polygon = Polygon::all(sides.1);
    let mut shortfalls = Vec::new();
    for band in frame_bands(head, frame, edges, sides).iter().chain(&rules) {
        let by_px = polygon.cut(band) as f32;
        if by_px > 1e-3 {
            shortfalls.push(Shortfall { rule: band.rule, by_px });
        }
    }
    for band in usual(head, geometry, sides) {
        polygon.cut(&band);
    }
    let (scale, row, corners_reached) = best(&polygon, &rules, head, geometry, sides, person);
    let column = column(head, scale, geometry, size);
    Placement {
        scale: scale as f32,
        eyes: Point::new(column as f32, row as f32),
        radians: frame.radians,
        corners_reached,
        shortfalls,
    }
}

impl Placement {
    /// From px of the photo to px of the source whose eyes' middle is `eyes`.
    #[must_use]
    pub fn to_source(&self, eyes: Point) -> Affine {
        let (c, s) = (libm::cosf(self.radians) / self.scale, libm::sinf(self.radians) / self.scale);
        Affine {
            m: [c, -s, eyes.x - c * self.eyes.x + s * self.eyes.y, s, c, eyes.y - s * self.eyes.x - c * self.eyes.y],
        }
    }
}

/// The document's rules as bands, those of higher precedence first.
fn rules(head: &Head, geometry: &Geometry, size: &Size) -> Vec<Band> {
    let (width, height) = (f64::from(size.width_px), f64::from(size.height_px));
    let (crown, chin) = (f64::from(head.crown), f64::from(head.chin));
    let mut rules = Vec::new();
    for (rule, bound) in geometry.bounds() {
        let Some(bound) = bound else { continue };
        let (terms, side) = match rule {
            "face_width" => ((f64::from(head.face_width), 0.0, 0.0), width),
            "head_width" => ((f64::from(head.head_width), 0.0, 0.0), width),
            "eye_distance" => ((f64::from(head.eye_distance), 0.0, 0.0), width),
            "head_height" => ((crown + chin, 0.0, 0.0), height),
            "crown_top" => ((-crown, 1.0, 0.0), height),
            "eyes_top" => ((0.0, 1.0, 0.0), height),
            "eyes_bottom" => ((0.0, -1.0, height), height),
            "chin_bottom" => ((-chin, -1.0, height), height),
            // Some column meets both `eyes_left` and `off_centre` exactly if the centred one is at most
            // `off_centre` away from the band of the former.
            "eyes_left" => ((-f64::from(head.centre), 0.0, width / 2.0), width),
            _ => continue,
        };
        let (mut low, mut high) = in_px(bound, side, size.dpi);
        if rule == "eyes_left" {
            let free = geometry.off_centre.as_ref().map_or(f64::INFINITY, |b| in_px(b, width, size.dpi).1);
            (low, high) = (low - free, high + free);
        }
        rules.push(Band { rule, terms, low, high });
    }
    let rank = |rule: &str| geometry.precedence.iter().position(|p| p == rule).unwrap_or(usize::MAX);
    rules.sort_by_key(|band| rank(band.rule));
    rules
}

/// The source's edges as bands: each corner of the photo stays inside.
fn frame_bands(head: &Head, frame: &Frame, edges: Edges, (width, height): (f64, f64)) -> Vec<Band> {
    let (sin, cos) = (libm::sin(f64::from(frame.radians)), libm::cos(f64::from(frame.radians)));
    let (ex, ey, centre) = (f64::from(frame.eyes.x), f64::from(frame.eyes.y), f64::from(head.centre));
    let mut bands = Vec::new();
    for (half, bottom) in [(-0.5, true), (0.5, true), (-0.5, false), (0.5, false)] {
        // The corner relative to the eyes, times the scale: (half · width + centre · s, drop − e).
        let (across, drop) = (half * width, if bottom { height } else { 0.0 });
        // Its source row and column, times the scale, as terms of s and e.
        let row = (ey + sin * centre, -cos, sin * across + cos * drop);
        let column = (ex + cos * centre, sin, cos * across - sin * drop);
        let mut within = |rule, (p, q, r): (f64, f64, f64), side: f32| {
            let (rule, far): (&'static str, bool) = rule;
            let terms = if far { (f64::from(side) - p, -q, -r) } else { (p, q, r) };
            bands.push(Band { rule, terms, low: 0.0, high: f64::INFINITY });
        };
        if edges != Edges::None {
            within(("frame_bottom", true), row, frame.height);
        }
        if edges == Edges::All {
            within(("frame_top", false), row, frame.height);
            within(("frame_left", false), column, frame.width);
            within(("frame_right", true), column, frame.width);
        }
    }
    bands
}

/// What is usual where the document leaves scale or height open: an ID photo shows a face half as wide as itself,
/// and a hand's breadth of it above the head. From the documents that name both.
fn usual(head: &Head, geometry: &Geometry, (width, height): (f64, f64)) -> Vec<Band> {
    let mut bands = Vec::new();
    let scaled = [&geometry.face_width, &geometry.head_width, &geometry.head_height, &geometry.eye_distance];
    if scaled.iter().all(|bound| bound.is_none()) {
        let terms = (f64::from(head.face_width), 0.0, 0.0);
        bands.push(Band { rule: "usual", terms, low: 0.48 * width, high: 0.60 * width });
        let terms = (f64::from(head.crown + head.chin), 0.0, 0.0);
        bands.push(Band { rule: "usual", terms, low: 0.62 * height, high: 0.75 * height });
    }
    if geometry.crown_top.is_none() {
        let terms = (-f64::from(head.crown), 1.0, 0.0);
        bands.push(Band { rule: "usual", terms, low: 0.05 * height, high: 0.13 * height });
    }
    bands
}

/// The placement (scale, row) of the polygon that lies best, and whether it reaches the corners.
fn best(
    polygon: &Polygon,
    rules: &[Band],
    head: &Head,
    geometry: &Geometry,
    (width, height): (f64, f64),
    person: &dyn Fn(Point) -> bool,
) -> (f64, f64, bool) {
    // Corner pixels are looked at a little inside, where a matte's soft edge does not decide.
    let inset = 0.01 * width;
    let reaches = |scale: f64, row: f64, raised: f64| {
        [-0.5, 0.5].iter().all(|half| {
            let x = (half * (width - 2.0 * inset)) / scale + f64::from(head.centre);
            person(Point::new(x as f32, ((height - inset - raised - row) / scale) as f32))
        })
    };
    let (least, greatest) = polygon.scales();
    let mut chosen = (least, polygon.rows(least).0, false);
    let mut lowest = f64::INFINITY;
    for i in 0..=STEPS.0 {
        let scale = least + (greatest - least) * i as f64 / STEPS.0 as f64;
        let (top, bottom) = polygon.rows(scale);
        for j in 0..=STEPS.1 {
            let row = top + (bottom - top) * j as f64 / STEPS.1 as f64;
            let mut cost: f64 = rules.iter().map(|band| band.unease(scale, row, 0.03 * height)).sum();
            let reached = reaches(scale, row, 0.0);
            if geometry.shoulders_to_corners && !reached {
                // A wish: worth leaving the middle of the bands, not their last fifth, where other eyes than ours may
                // measure a rule as broken. At 100 a second face mesh found 39 of 43 within, at 3 it found 40.
                cost += 3.0;
            } else if geometry.shoulders_to_corners && !reaches(scale, row, 0.02 * height) {
                // Only just: the next measurement may see it otherwise.
                cost += 0.5;
            }
            if cost < lowest {
                (lowest, chosen) = (cost, (scale, row, reached));
            }
        }
    }
    chosen
}

/// The column of the eyes: the face's centre in the middle, as far as `eyes_left` allows.
fn column(head: &Head, scale: f64, geometry: &Geometry, size: &Size) -> f64 {
    let width = f64::from(size.width_px);
    let centred = width / 2.0 - scale * f64::from(head.centre);
    let (low, high) =
        geometry.eyes_left.as_ref().map_or((f64::NEG_INFINITY, f64::INFINITY), |b| in_px(b, width, size.dpi));
    // Not `clamp`, which panics where a wrong document crosses the two.
    centred.min(high).max(low)
}

fn in_px(bound: &crate::spec::Bound, side: f64, dpi: u16) -> (f64, f64) {
    let (low, high) = bound.in_px(side as f32, f32::from(dpi));
    (f64::from(low), f64::from(high))
}

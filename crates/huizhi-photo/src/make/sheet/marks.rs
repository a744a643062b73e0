//! Cut marks: hair lines along the edges' prolongation, outside every photo.

use super::{Caption, Line, Placed};

/// Distance between a photo's corner and the mark, mm: a cut half a millimetre off still leaves no ink on it.
const AWAY_MM: f32 = 0.4;

/// Length of a mark where it has room, mm.
const LENGTH_MM: f32 = 3.0;

/// Shortest mark that the eye finds, mm.
const SHORTEST_MM: f32 = 0.3;

/// What stays free at the paper's edge, mm.
const EDGE_MM: f32 = 0.5;

/// Two marks at every corner of every photo, as long as they have room: 3 mm, or up to the middle of the gap.
pub(super) fn around(photos: &[Placed], paper: (f32, f32), gap: f32, caption: Option<&Caption>) -> Vec<Line> {
    let mut lines = Vec::new();
    for photo in photos {
        let (x0, y0) = (photo.x_mm, photo.y_mm);
        let (x1, y1) = (x0 + photo.width_mm, y0 + photo.height_mm);
        for (x, y, dx, dy) in [
            (x0, y0, -1.0, 0.0),
            (x0, y1, -1.0, 0.0),
            (x1, y0, 1.0, 0.0),
            (x1, y1, 1.0, 0.0),
            (x0, y0, 0.0, -1.0),
            (x1, y0, 0.0, -1.0),
            (x0, y1, 0.0, 1.0),
            (x1, y1, 0.0, 1.0),
        ] {
            let free = [LENGTH_MM, gap / 2.0].into_iter().find_map(|length| {
                let line = clipped(x, y, dx, dy, length, paper)?;
                is_free(&line, photos, caption).then_some(line)
            });
            lines.extend(free);
        }
    }
    lines
}

/// The mark from a corner outwards, within the paper; `None` where too little is left.
fn clipped(x: f32, y: f32, dx: f32, dy: f32, length: f32, paper: (f32, f32)) -> Option<Line> {
    let end = |away: f32| {
        let inside = |v: f32, side: f32| v.clamp(EDGE_MM, side - EDGE_MM);
        (
            if dx == 0.0 { x } else { inside(x + dx * away, paper.0) },
            if dy == 0.0 { y } else { inside(y + dy * away, paper.1) },
        )
    };
    let (a, b) = (end(AWAY_MM), end(length));
    if (b.0 - a.0).abs() + (b.1 - a.1).abs() < SHORTEST_MM {
        return None;
    }
    let (from_mm, to_mm) = if a <= b { (a, b) } else { (b, a) };
    Some(Line { from_mm, to_mm })
}

/// Whether a mark keeps its distance from all photos but may touch other marks.
fn is_free(line: &Line, photos: &[Placed], caption: Option<&Caption>) -> bool {
    // A hair less than the distance kept, for the rounding of mm.
    let near = AWAY_MM - 0.01;
    let touches = |x: f32, y: f32, width: f32, height: f32| {
        line.to_mm.0 > x - near
            && line.from_mm.0 < x + width + near
            && line.to_mm.1 > y - near
            && line.from_mm.1 < y + height + near
    };
    let on_photo = photos.iter().any(|p| touches(p.x_mm, p.y_mm, p.width_mm, p.height_mm));
    let on_caption = caption.is_some_and(|c| touches(0.0, c.y_mm, f32::MAX, f32::MAX));
    !on_photo && !on_caption
}

//! The face's region: the convex hull of its landmarks, drawn at 224 × 224 and brought back to size, as the
//! standard has it.

use super::{ALIGNED_PX, Place};

/// Side of the square on which the hull is drawn, px.
const DRAWN_PX: i32 = 224;

/// For every pixel of the aligned picture, row by row, whether it lies in the face.
pub(super) fn region(landmarks: &[Place; 98]) -> Vec<bool> {
    let side = ALIGNED_PX as i32;
    let mut region = vec![false; (side * side) as usize];
    let hull = convex(landmarks);
    let (x0, x1) = extent(hull.iter().map(|p| p.0));
    let (y0, y1) = extent(hull.iter().map(|p| p.1));
    let (width, height) = (f64::from(x1 - x0 + 1), f64::from(y1 - y0 + 1));
    // A square with a margin of a twentieth of the height above and below, about the middle column.
    let top = (f64::from(y0) - height * 0.05) as i32;
    let bottom = (f64::from(y0) + height * 1.05) as i32;
    let tall = f64::from(bottom - top);
    let left = (f64::from(x0) + width / 2.0 - tall / 2.0) as i32;
    let right = (f64::from(x0) + width / 2.0 + tall / 2.0) as i32;
    if bottom <= top || right <= left {
        return region;
    }
    let scaled = |v: i32, from: i32| ((v as f32 - from as f32) / (bottom - top) as f32 * DRAWN_PX as f32) as i32;
    let drawn: Vec<Place> = hull.iter().map(|&(x, y)| (scaled(x, left), scaled(y, top))).collect();
    let rows = filled(&drawn);
    let back = |at: i32, length: i32| {
        let step = 1.0 / (f64::from(length) / f64::from(DRAWN_PX));
        (libm::floor(f64::from(at) * step) as i32).min(DRAWN_PX - 1)
    };
    for y in top.max(0)..bottom.min(side) {
        let (from, to) = rows[back(y - top, bottom - top) as usize];
        for x in left.max(0)..right.min(side) {
            region[(y * side + x) as usize] = (from..=to).contains(&back(x - left, right - left));
        }
    }
    region
}

fn extent(values: impl Iterator<Item = i32>) -> (i32, i32) {
    values.fold((i32::MAX, i32::MIN), |(least, most), v| (least.min(v), most.max(v)))
}

/// The convex hull without points on its edges.
fn convex(points: &[Place]) -> Vec<Place> {
    let mut sorted = points.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let turn = |a: Place, b: Place, c: Place| {
        i64::from(b.0 - a.0) * i64::from(c.1 - a.1) - i64::from(b.1 - a.1) * i64::from(c.0 - a.0)
    };
    let mut hull: Vec<Place> = Vec::with_capacity(sorted.len());
    let half = |hull: &mut Vec<Place>, points: &mut dyn Iterator<Item = Place>| {
        let start = hull.len();
        for p in points {
            while hull.len() >= start + 2 && turn(hull[hull.len() - 2], hull[hull.len() - 1], p) <= 0 {
                hull.pop();
            }
            hull.push(p);
        }
        // Its last point begins the other half.
        hull.pop();
    };
    half(&mut hull, &mut sorted.iter().copied());
    half(&mut hull, &mut sorted.iter().rev().copied());
    if hull.is_empty() { sorted } else { hull }
}

/// First and last column of each row of a filled convex polygon; rows that it misses are empty (1, 0). Both the
/// thin outline and the span between the edges count.
fn filled(polygon: &[Place]) -> [Place; DRAWN_PX as usize] {
    let mut rows = [(i32::MAX, i32::MIN); DRAWN_PX as usize];
    let mut cover = |x: i32, y: i32| {
        if let Some(row) = usize::try_from(y).ok().and_then(|y| rows.get_mut(y)) {
            *row = (row.0.min(x), row.1.max(x));
        }
    };
    for (i, &a) in polygon.iter().enumerate() {
        let b = polygon[(i + 1) % polygon.len()];
        outline(a, b, &mut cover);
        edge(a, b, &mut cover);
    }
    rows.map(|(from, to)| if from > to { (1, 0) } else { (from.max(0), to.min(DRAWN_PX - 1)) })
}

/// Bresenham's line, from left to right.
fn outline(a: Place, b: Place, cover: &mut impl FnMut(i32, i32)) {
    let (a, b) = if b.0 < a.0 { (b, a) } else { (a, b) };
    let (dx, dy) = (b.0 - a.0, (b.1 - a.1).abs());
    let down = (b.1 - a.1).signum();
    let (long, short) = (dx.max(dy), dx.min(dy));
    let (mut x, mut y, mut error) = (a.0, a.1, long - 2 * short);
    for _ in 0..=long {
        cover(x, y);
        let aside = error < 0;
        error += if aside { 2 * long - 2 * short } else { -2 * short };
        if dx >= dy {
            x += 1;
            y += if aside { down } else { 0 };
        } else {
            y += down;
            x += i32::from(aside);
        }
    }
}

/// The column of an edge in each row, in steps of 1/65,536 px from its upper end, rounded.
fn edge(a: Place, b: Place, cover: &mut impl FnMut(i32, i32)) {
    let (a, b) = if b.1 < a.1 { (b, a) } else { (a, b) };
    let rows = i64::from(b.1 - a.1);
    if rows == 0 {
        return;
    }
    let step = ((i64::from(b.0 - a.0) << 17) + rows) / (2 * rows);
    let mut x = i64::from(a.0) << 16;
    for y in a.1..b.1 {
        cover(((x + (1 << 15)) >> 16) as i32, y);
        x += step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_is_filled_with_its_rim() {
        let rows = filled(&[(10, 20), (30, 20), (30, 40), (10, 40)]);
        assert_eq!((rows[19], rows[20], rows[30], rows[40], rows[41]), ((1, 0), (10, 30), (10, 30), (10, 30), (1, 0)));
    }

    #[test]
    fn points_inside_and_on_edges_are_not_corners() {
        let mut hull = convex(&[(0, 0), (4, 0), (2, 0), (4, 4), (0, 4), (2, 2), (0, 2)]);
        hull.sort_unstable();
        assert_eq!(hull, [(0, 0), (0, 4), (4, 0), (4, 4)]);
    }

    #[test]
    fn a_face_outside_the_picture_has_no_region() {
        assert!(region(&[(-5_000, 9_000); 98]).iter().all(|&inside| !inside));
    }
}

//! CIE L*a*b* (D65) of sRGB, and regions to take it from.

use crate::chip::{self, Chip};
use crate::pixels::{Point, Rect};

/// L* 0…100, a* and b* about −128…127.
pub(super) type Lab = [f32; 3];

/// One sRGB pixel in L*a*b*.
pub(super) fn lab(rgb: [u8; 3]) -> Lab {
    let [r, g, b] = rgb.map(linear);
    let x = (0.412_456_4 * r + 0.357_576_1 * g + 0.180_437_5 * b) / 0.950_47;
    let y = 0.212_672_9 * r + 0.715_152_2 * g + 0.072_175 * b;
    let z = (0.019_333_9 * r + 0.119_192 * g + 0.950_304_1 * b) / 1.088_83;
    let f = |t: f32| if t > 0.008_856 { libm::cbrtf(t) } else { 7.787 * t + 16.0 / 116.0 };
    let (fx, fy, fz) = (f(x), f(y), f(z));
    [116.0 * fy - 16.0, 500.0 * (fx - fy), 200.0 * (fy - fz)]
}

/// One sRGB channel in linear light, 0…1.
pub(super) fn linear(channel: u8) -> f32 {
    let c = f32::from(channel) / 255.0;
    if c <= 0.040_45 { c / 12.92 } else { libm::powf((c + 0.055) / 1.055, 2.4) }
}

/// All pixels of the chip whose centres lie inside a polygon, every `step`-th row and column.
pub(super) fn inside(polygon: &[Point], step: u32) -> Vec<(u32, u32)> {
    let bounds = Rect::around(polygon);
    let span = |low: f32, high: f32, top: u32| (low.max(0.0) as u32, (high.max(0.0) as u32 + 1).min(top));
    let (x0, x1) = span(bounds.x, bounds.right(), chip::WIDTH);
    let (y0, y1) = span(bounds.y, bounds.bottom(), chip::HEIGHT);
    let mut found = Vec::new();
    for y in (y0..y1).step_by(step as usize) {
        for x in (x0..x1).step_by(step as usize) {
            if holds(polygon, Point::new(x as f32 + 0.5, y as f32 + 0.5)) {
                found.push((x, y));
            }
        }
    }
    found
}

/// Whether a point lies inside a polygon (even-odd rule).
fn holds(polygon: &[Point], p: Point) -> bool {
    let mut inside = false;
    let mut previous = polygon.len().wrapping_sub(1);
    for (i, a) in polygon.iter().enumerate() {
        let Some(b) = polygon.get(previous) else { return false };
        if (a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x {
            inside = !inside;
        }
        previous = i;
    }
    inside
}

/// Median L*a*b* of the square of ±`reach` px around a point of the chip.
pub(super) fn patch(chip: &Chip, centre: Point, reach: f32) -> Lab {
    let square = Rect { x: centre.x - reach, y: centre.y - reach, width: 2.0 * reach, height: 2.0 * reach }.corners();
    let pixels: Vec<Lab> = inside(&square, 2).into_iter().map(|(x, y)| lab(chip.picture.at(x, y))).collect();
    median(&pixels)
}

/// Median of each channel; zero for none.
pub(super) fn median(pixels: &[Lab]) -> Lab {
    std::array::from_fn(|channel| super::quantile(&super::sorted(pixels.iter().map(|p| p[channel]).collect()), 0.5))
}

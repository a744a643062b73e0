//! Whether the cheeks have a colour that skin can have.

use super::light::{Cheeks, to_linear};
use super::{Aligned, hull};

/// Raw value where the colour is on the green or blue side. **Source:** ISO/IEC 29794-5:2025, natural colour.
const FAR: f64 = 100.0;

/// Distance of the cheeks' mean colour from a* 5…25, b* 5…35 (CIELAB, D50); 0 for a picture without colour.
/// `None` where the cheeks leave the picture.
pub(super) fn natural(face: &Aligned) -> Option<f64> {
    if face.picture.data.chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2]) {
        return Some(0.0);
    }
    let cheeks = Cheeks::of(&face.landmarks)?;
    let region = hull::region(&face.landmarks);
    let (mut sums, mut count) = ([0_u64; 3], 0_u32);
    for at in cheeks.pixels().into_iter().flatten() {
        count += 1;
        if region[at] {
            for (sum, &value) in sums.iter_mut().zip(&face.picture.data[at * 3..at * 3 + 3]) {
                *sum += u64::from(value);
            }
        }
    }
    let (a, b) = lab(sums.map(|sum| sum as f64 / f64::from(count) / 255.0));
    if a < 0.0 || b < 0.0 {
        return Some(FAR);
    }
    let outside = |value: f64, low: f64, high: f64| (low - value).max(value - high).max(0.0);
    Some(libm::hypot(outside(a, 5.0, 25.0), outside(b, 5.0, 35.0)))
}

/// a* and b* of an sRGB colour 0…1 under D50, as CIE 15 defines them.
fn lab(colour: [f64; 3]) -> (f64, f64) {
    let [r, g, b] = colour.map(to_linear);
    let x = (r * 0.43605 + g * 0.38508 + b * 0.14309) / 0.964_221;
    let y = r * 0.22249 + g * 0.71689 + b * 0.06062;
    let z = (r * 0.01393 + g * 0.09710 + b * 0.71419) / 0.825_211;
    let curve = |t: f64| if t > 216.0 / 24_389.0 { libm::cbrt(t) } else { (t * 24_389.0 / 27.0 + 16.0) / 116.0 };
    (500.0 * (curve(x) - curve(y)), 200.0 * (curve(y) - curve(z)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_has_no_chroma_and_red_has() {
        let (a, b) = lab([0.5; 3]);
        assert!(a.abs() < 0.05 && b.abs() < 0.05, "{a} {b}");
        let (a, b) = lab([1.0, 0.0, 0.0]);
        assert!((a - 80.8).abs() < 0.5 && (b - 69.9).abs() < 0.5, "{a} {b}");
    }
}

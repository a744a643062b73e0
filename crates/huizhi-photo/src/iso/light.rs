//! Light of the face: luminance, its spread, its ends, and whether both cheeks have the same.

use super::{Aligned, Component, Place, distance, hull, middle};
use crate::pixels::{Gray, Rgb};

/// Largest luminance that is nearly black. **Source:** ISO/IEC 29794-5:2025, under-exposure prevention.
const DARK: usize = 25;
/// Least luminance that is nearly white. **Source:** the same, over-exposure prevention.
const BRIGHT: usize = 247;

pub(super) fn measure(face: &Aligned) -> Vec<(Component, f64)> {
    let region = hull::region(&face.landmarks);
    let luminance = luminance(&face.picture);
    let mut shares = [0.0_f64; 256];
    let mut count = 0_u32;
    for (&value, _) in luminance.data.iter().zip(&region).filter(|&(_, &inside)| inside) {
        shares[usize::from(value)] += 1.0;
        count += 1;
    }
    if count == 0 {
        return Vec::new();
    }
    for share in &mut shares {
        *share /= f64::from(count);
    }
    let values = || shares.iter().enumerate().map(|(value, &share)| (value as f64 / 255.0, share));
    let mean: f64 = values().map(|(v, share)| v * share).sum();
    let variance: f64 = values().map(|(v, share)| share * (v - mean) * (v - mean)).sum();
    let entropy: f64 = shares.iter().filter(|&&share| share > 0.0).map(|&share| -share * libm::log2(share)).sum();
    let mut found = vec![
        (Component::LuminanceMean, mean),
        (Component::LuminanceVariance, variance),
        (Component::UnderExposurePrevention, shares[..=DARK].iter().sum()),
        (Component::OverExposurePrevention, shares[BRIGHT..].iter().sum()),
        (Component::DynamicRange, entropy),
    ];
    let alike = Cheeks::of(&face.landmarks).map(|cheeks| likeness(&luminance, &region, &cheeks));
    found.extend(alike.map(|raw| (Component::IlluminationUniformity, raw)));
    found
}

/// Linear luminance of every pixel with Rec. 709 weights, 0…255.
pub(super) fn luminance(picture: &Rgb) -> Gray {
    let linear: [f64; 256] = std::array::from_fn(|value| to_linear(value as f64 / 255.0));
    let of = |p: &[u8]| {
        let [r, g, b] = [p[0], p[1], p[2]].map(|value| linear[usize::from(value)]);
        libm::floor((0.2126 * r + 0.7152 * g + 0.0722 * b) * 255.0 + 0.5) as u8
    };
    Gray { width: picture.width, height: picture.height, data: picture.data.chunks_exact(3).map(of).collect() }
}

/// sRGB's curve undone, 0…1. **Source:** IEC 61966-2-1.
pub(super) fn to_linear(value: f64) -> f64 {
    if value > 0.040_45 { libm::pow((value + 0.055) / 1.055, 2.4) } else { value / 12.92 }
}

/// The two squares under the eyes that stand for the skin, px of the aligned picture.
pub(super) struct Cheeks {
    /// Top left corners: first the one on the picture's left.
    corners: [Place; 2],
    side: i32,
}

impl Cheeks {
    /// Squares of 0.3 inter-eye distances, half-way from the eyes to the mouth; `None` where they are empty or
    /// leave the picture.
    pub(super) fn of(landmarks: &[Place; 98]) -> Option<Self> {
        let (left, right) = (middle(landmarks[60], landmarks[64]), middle(landmarks[68], landmarks[72]));
        let mouth = middle(landmarks[90], landmarks[94]);
        let down = (distance(middle(left, right), mouth) / 2.0) as i32;
        let side = (distance(left, right) * 0.3) as i32;
        let corners = [(left.0, left.1 + down), (right.0 - side, right.1 + down)];
        let last = super::ALIGNED_PX as i32 - side;
        let fits = |(x, y): Place| (0..=last).contains(&x) && (0..=last).contains(&y);
        (side > 0 && corners.into_iter().all(fits)).then_some(Self { corners, side })
    }

    /// Places in row-major order of the aligned picture, of each cheek.
    pub(super) fn pixels(&self) -> [impl Iterator<Item = usize> + use<>; 2] {
        let side = self.side;
        self.corners.map(|(x0, y0)| {
            (y0..y0 + side).flat_map(move |y| (x0..x0 + side).map(move |x| (y * super::ALIGNED_PX as i32 + x) as usize))
        })
    }
}

/// How much of the cheeks' histograms lies in common, 0…1; what is outside the face counts as black.
fn likeness(luminance: &Gray, region: &[bool], cheeks: &Cheeks) -> f64 {
    let [left, right] = cheeks.pixels().map(|pixels| {
        let mut counts = [0_u32; 256];
        for at in pixels {
            counts[if region[at] { usize::from(luminance.data[at]) } else { 0 }] += 1;
        }
        counts
    });
    let common: u32 = left.iter().zip(&right).map(|(a, b)| a.min(b)).sum();
    f64::from(common) / f64::from(cheeks.side * cheeks.side)
}

//! Our measures under the names of ISO/IEC 29794-5:2025 (face image quality), so that they can be compared
//! with other engines. **They never decide**: no check reads a component (`docs/iso-29794-5.md` says why).
//!
//! Twenty of the 28 components need only pixels, landmarks, face boxes and the head's pose; [`measure`] gives
//! those. The other eight need networks of their own; [`scalar`] maps their raw values where someone has them.

mod align;
mod background;
mod colour;
mod component;
mod geometry;
mod hull;
mod light;
mod mapping;
mod wflw;

pub use align::{ALIGNED_PX, Alignment};
pub use background::{PARSED_PX, background_from_matte};
pub use component::Component;
pub use mapping::scalar;
pub use wflw::wflw98_from_mesh478;

use crate::face::Pose;
use crate::pixels::{Gray, Point, Rect, Rgb};

/// What the components are computed from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The whole picture, upright, at full resolution.
    pub picture: &'a Rgb,
    /// 98 landmarks of the largest face in WFLW's order, px of the picture.
    pub landmarks: &'a [Point; 98],
    /// Boxes of all faces, px of the picture, in any order.
    pub faces: &'a [Rect],
    /// Where the background is: [`PARSED_PX`]² of the aligned face, not 0 is background; see
    /// [`background_from_matte`]. Without it [`Component::BackgroundUniformity`] is not given.
    pub background: Option<&'a Gray>,
    /// The head's pose, degrees; only the cosines count, so that signs are free.
    pub pose: Pose,
    /// How the face is brought to the standard's place; `Alignment::fit(landmarks)`.
    pub alignment: Alignment,
}

/// One component's answer.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Score {
    /// Which.
    pub component: Component,
    /// The measure itself, in the component's own unit.
    pub raw: f64,
    /// 0 worst … 100 best.
    pub scalar: u8,
}

/// The components that need no network, in the order of their codes; one that cannot be assessed (no hull, no
/// background, a cheek outside the aligned picture) is left out. Occlusion is not looked at: every place of the
/// face counts as seen.
#[must_use]
pub fn measure(inputs: &Inputs) -> Vec<Score> {
    let landmarks = wflw::whole(inputs.landmarks);
    let aligned = Aligned {
        picture: inputs.alignment.warp(inputs.picture),
        landmarks: landmarks.map(|p| inputs.alignment.whole(p)),
    };
    let size = (inputs.picture.width, inputs.picture.height);
    let mut raws = geometry::measure(&landmarks, &aligned.landmarks, inputs.faces, inputs.pose, size);
    raws.extend(light::measure(&aligned));
    raws.extend(colour::natural(&aligned).map(|raw| (Component::NaturalColour, raw)));
    let uniformity = inputs.background.and_then(|b| background::uniformity(&aligned, b, &inputs.alignment, size));
    raws.extend(uniformity.map(|raw| (Component::BackgroundUniformity, raw)));
    raws.retain(|(_, raw)| raw.is_finite());
    raws.sort_by_key(|&(component, _)| component);
    raws.into_iter().map(|(component, raw)| Score { component, raw, scalar: scalar(component, raw) }).collect()
}

/// A place in whole px, as the reference implementation keeps landmarks: 0, 0 is the *centre* of the first pixel.
type Place = (i32, i32);

/// The face in the standard's place: [`ALIGNED_PX`]².
struct Aligned {
    picture: Rgb,
    landmarks: [Place; 98],
}

/// The place half-way between two, rounded half away from zero.
fn middle(a: Place, b: Place) -> Place {
    let half = |a: i32, b: i32| libm::round(f64::from(a + b) / 2.0) as i32;
    (half(a.0, b.0), half(a.1, b.1))
}

fn distance(a: Place, b: Place) -> f64 {
    libm::hypot(f64::from(a.0 - b.0), f64::from(a.1 - b.1))
}

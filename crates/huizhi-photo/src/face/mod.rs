//! [`Portrait`] → [`Face`]s.

use crate::PhotoError;
use crate::decode::Portrait;
use crate::net::Net;
use crate::pixels::{Point, Rect};

mod detect;
mod edge;
pub mod landmark;
mod mesh;
mod pose;

/// Number of mesh points: 468 of the face and 5 of each iris.
pub const MESH_POINTS: usize = 478;

/// One face.
#[derive(Clone, PartialEq)]
pub struct Face {
    /// Around the mesh, px of the upright picture.
    pub bounds: Rect,
    /// 478 points, px of the upright picture, in the order of MediaPipe's canonical mesh; names of those
    /// that we use are in [`landmark`]. "Left" and "right" are the *person's* there.
    pub mesh: Vec<Point>,
    /// Depth of each mesh point in the same px, smaller is nearer to the camera.
    pub depth: Vec<f32>,
    /// The mesh network's belief that this is a face, as a logit: people score 7 (profile) to 23.
    pub presence: f32,
    /// The detector's belief, 0…1.
    pub score: f32,
    /// 52 expression weights 0…1 in ARKit's order (`face::blendshape` names the ones used).
    pub blendshapes: Vec<f32>,
    /// What the mesh network sees of the face's surface: 128 channels × 16 × 16 cells over the levelled face.
    pub features: Vec<f32>,
    /// Which way the head looks.
    pub pose: Pose,
}

/// Head pose in degrees; 0, 0, 0 looks straight into the camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Pose {
    /// Positive: the person turns to their left, the nose goes to the right of the picture.
    pub yaw: f32,
    /// Positive: the chin goes up.
    pub pitch: f32,
    /// Positive: the head tilts clockwise as seen in the picture.
    pub roll: f32,
}

/// Finds faces: the real models, or a fake in tests.
pub trait Finder {
    /// All faces that stand upright in the picture (within about 45°), the largest first; then those that the picture's sides cut.
    ///
    /// # Errors
    /// [`PhotoError::Model`] where a model does not run; the operator's to mend.
    fn find(&self, portrait: &Portrait) -> Result<Vec<Face>, PhotoError>;
}

/// The mesh network's belief (logit) from which a candidate counts as a face. Of 297 evaluation portraits the least
/// sure faces are a full profile (7.0) and a surgical mask (8.0); what is no face but passes the detector has ≤ 3.8.
const LEAST_PRESENCE: f32 = 5.0;
/// Share of the picture's longer side from which the first face is so large that whoever counts beside it is seen
/// without tiles: a companion of 0.3 of its width is still 11 of the detector's 128 px.
const LARGE: f32 = 0.28;
/// Most candidates that are looked at closely; a crowd is refused all the same.
const MOST_CANDIDATES: usize = 8;

/// Finds faces with three networks: candidates in the whole picture and, unless a large face fills it, in tiles of
/// it, and a mesh for each.
pub(crate) fn find(
    detector: &dyn Net,
    mesh_net: &dyn Net,
    expression: &dyn Net,
    portrait: &Portrait,
) -> Result<Vec<Face>, PhotoError> {
    let to_upright = portrait.working_to_upright();
    let working = portrait.working();
    let mut faces: Vec<Face> = Vec::new();
    let mut candidates = Vec::new();
    // The whole picture, then halves of it, then thirds: a face under a third's reach has too few pixels for anything.
    for zoom in 1..=3 {
        candidates.extend(detect::candidates(detector, working, zoom)?);
        let large = LARGE * working.width.max(working.height) as f32;
        if zoom == 1 && !candidates.iter().any(|c| c.bounds.width >= large) {
            continue;
        }
        for candidate in detect::distinct(std::mem::take(&mut candidates)).iter().take(MOST_CANDIDATES) {
            let face = mesh::fit(mesh_net, expression, portrait, candidate, &to_upright)?;
            if face.presence >= LEAST_PRESENCE {
                faces.push(face);
            }
        }
        if !faces.is_empty() {
            break;
        }
    }
    faces.sort_by(|a, b| b.bounds.area().total_cmp(&a.bounds.area()));
    if !faces.is_empty() {
        let cut = edge::cut(detector, mesh_net, expression, portrait, &faces)?;
        faces.extend(cut);
    }
    Ok(faces)
}

impl Face {
    /// One mesh point.
    #[must_use]
    pub fn point(&self, index: usize) -> Point {
        self.mesh[index]
    }

    /// Mean of some mesh points.
    #[must_use]
    pub fn mean(&self, indices: &[usize]) -> Point {
        let n = indices.len().max(1) as f32;
        let (x, y) = indices.iter().fold((0.0, 0.0), |(x, y), &i| (x + self.mesh[i].x, y + self.mesh[i].y));
        Point::new(x / n, y / n)
    }

    /// Centre of the person's right eye (left in the picture): middle of its corners.
    #[must_use]
    pub fn right_eye(&self) -> Point {
        self.point(landmark::RIGHT_EYE_OUTER).middle(self.point(landmark::RIGHT_EYE_INNER))
    }

    /// Centre of the person's left eye (right in the picture).
    #[must_use]
    pub fn left_eye(&self) -> Point {
        self.point(landmark::LEFT_EYE_OUTER).middle(self.point(landmark::LEFT_EYE_INNER))
    }

    /// The point between the eye centres.
    #[must_use]
    pub fn eyes(&self) -> Point {
        self.right_eye().middle(self.left_eye())
    }

    /// Distance between the eye centres, px.
    #[must_use]
    pub fn inter_eye_distance(&self) -> f32 {
        self.right_eye().distance(self.left_eye())
    }

    /// Tip of the chin (menton).
    #[must_use]
    pub fn chin(&self) -> Point {
        self.point(landmark::CHIN)
    }

    /// Angle of the line through the eyes against the horizontal, radians, positive clockwise.
    #[must_use]
    pub fn eye_line(&self) -> f32 {
        let (r, l) = (self.right_eye(), self.left_eye());
        libm::atan2f(l.y - r.y, l.x - r.x)
    }

    /// Width of the face between the ear roots (tragion points), px, along the eye line.
    #[must_use]
    pub fn width(&self) -> f32 {
        self.point(landmark::RIGHT_TRAGION).distance(self.point(landmark::LEFT_TRAGION))
    }
}

/// Debug output says where a face is, not what it looks like.
impl std::fmt::Debug for Face {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Face").field("bounds", &self.bounds).field("pose", &self.pose).finish_non_exhaustive()
    }
}

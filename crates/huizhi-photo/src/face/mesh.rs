//! The 478-point mesh of one face, its expression weights, and its pose.

use super::{Face, LEAST_PRESENCE, MESH_POINTS, detect::Candidate, landmark, pose};
use crate::PhotoError;
use crate::decode::Portrait;
use crate::net::Net;
use crate::pixels::{Affine, Point, Rect, snapped, snapped_length};

/// Side of the network's input, px.
const SIDE: usize = 256;
/// How much wider than the face the network wants to see; from MediaPipe's face landmarker graph.
const ROOM: f32 = 1.5;
/// Inter-eye distance of a turned head's square, in distances from the eyes to the chin; frontal faces of the
/// evaluation portraits lie between 0.5 and 0.65.
const LEAST_WIDTH: f32 = 0.45;

/// The 146 mesh points that the expression network looks at, in its order (MediaPipe face blendshapes graph).
const EXPRESSION_POINTS: [usize; 146] = [
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80,
    81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153,
    154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251,
    263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318,
    321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386,
    387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473, 474, 475, 476, 477,
];

/// Where the network looks: a turned square, px of the upright picture.
#[derive(Clone, Copy)]
struct Look {
    centre: Point,
    side: f32,
    radians: f32,
}

/// Fits the mesh to a candidate: once where the detector saw it, and once more where the first mesh lies, which
/// takes the detector's jitter out. `to_upright` maps the candidate's picture to the upright one.
pub(super) fn fit(
    mesh_net: &dyn Net,
    expression_net: &dyn Net,
    portrait: &Portrait,
    candidate: &Candidate,
    to_upright: &Affine,
) -> Result<Face, PhotoError> {
    let [right, left] = [0, 1].map(|i| to_upright.apply(candidate.points[i]));
    let corners = candidate.bounds.corners().map(|p| to_upright.apply(p));
    let bounds = Rect::around(&corners);
    let first = Look {
        centre: bounds.centre(),
        side: bounds.width.max(bounds.height) * ROOM,
        radians: libm::atan2f(left.y - right.y, left.x - right.x),
    };
    let seen = run(mesh_net, portrait, first)?;
    if seen.presence < LEAST_PRESENCE {
        return Ok(face(seen, candidate.score, vec![0.0; 52]));
    }
    let seen = run(mesh_net, portrait, around(&seen.points))?;
    let points = &seen.points;
    let input: Vec<f32> = EXPRESSION_POINTS.iter().flat_map(|&i| [points[i].x, points[i].y]).collect();
    let mut outputs = expression_net.run(&input, [1, 146, 2, 0])?;
    let blendshapes = outputs.pop().unwrap_or_default();
    if blendshapes.len() != 52 {
        return Err(PhotoError::Model {
            name: "expression".to_owned(),
            why: format!("{} weights instead of 52", blendshapes.len()),
        });
    }
    Ok(face(seen, candidate.score, blendshapes))
}

/// What one run of the mesh network gives.
struct Seen {
    points: Vec<Point>,
    depth: Vec<f32>,
    presence: f32,
    features: Vec<f32>,
}

fn face(seen: Seen, score: f32, blendshapes: Vec<f32>) -> Face {
    let Seen { points: mesh, depth, presence, features } = seen;
    let bounds = Rect::around(&mesh[..468]);
    let pose = pose::of(&mesh, &depth);
    Face { bounds, mesh, depth, presence, score, blendshapes, features, pose }
}

/// The square that shows the face always in the same place and size: the eyes level, the inter-eye distance 75 of
/// the 256 px, the eyes 98 px from the top. What the network sees by cell then means the same in every portrait.
fn around(points: &[Point]) -> Look {
    let eye = |outer: usize, inner: usize| points[outer].middle(points[inner]);
    let r = eye(landmark::RIGHT_EYE_OUTER, landmark::RIGHT_EYE_INNER);
    let l = eye(landmark::LEFT_EYE_OUTER, landmark::LEFT_EYE_INNER);
    let radians = libm::atan2f(l.y - r.y, l.x - r.x);
    // A turned head's eyes come together; its height doesn't change, so the larger of the two gives the scale.
    let height = r.middle(l).distance(points[landmark::CHIN]);
    let distance = r.distance(l).max(height * LEAST_WIDTH);
    let down = distance * (40.0 / 96.0);
    let middle = r.middle(l);
    let (s, c) = (libm::sinf(radians), libm::cosf(radians));
    Look { centre: Point::new(middle.x - s * down, middle.y + c * down), side: distance * (340.0 / 96.0), radians }
}

/// One run; points and depths in px of the upright picture.
fn run(net: &dyn Net, portrait: &Portrait, look: Look) -> Result<Seen, PhotoError> {
    let side = snapped_length(look.side);
    let scale = side / SIDE as f32;
    let centre = Point::new(snapped(look.centre.x, scale), snapped(look.centre.y, scale));
    let to_upright = Affine::region(centre, SIDE as f32, SIDE as f32, scale, snapped(look.radians, 1.0 / 256.0));
    let crop = portrait.sampled(&to_upright, SIDE as u32, SIDE as u32);
    let input: Vec<f32> = crop.data.iter().map(|&v| f32::from(v) / 255.0).collect();
    let mut outputs = net.run(&input, [1, SIDE, SIDE, 3])?;
    let features = outputs.pop().unwrap_or_default();
    let (Some(mesh), Some(&presence)) = (outputs.first(), outputs.get(1).and_then(|o| o.first())) else {
        return Err(PhotoError::Model { name: "face mesh".to_owned(), why: "it lacks outputs".to_owned() });
    };
    if mesh.len() != MESH_POINTS * 3 {
        return Err(PhotoError::Model {
            name: "face mesh".to_owned(),
            why: format!("{} values instead of {}", mesh.len(), MESH_POINTS * 3),
        });
    }
    let points = mesh.chunks_exact(3).map(|p| to_upright.apply(Point::new(p[0], p[1]))).collect();
    let depth = mesh.chunks_exact(3).map(|p| p[2] * scale).collect();
    Ok(Seen { points, depth, presence, features })
}

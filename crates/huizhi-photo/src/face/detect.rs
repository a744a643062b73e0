//! Where faces are: BlazeFace (short range) on the whole picture and on tiles of it.

use crate::PhotoError;
use crate::net::Net;
use crate::pixels::{Affine, Point, Rect, Rgb};

/// A box that may hold a face, px of the picture that was searched.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub bounds: Rect,
    /// Person's right eye, left eye, nose tip, mouth, right and left tragion.
    pub points: [Point; 6],
    pub score: f32,
}

/// Side of the network's input, px.
const SIDE: usize = 128;
/// The network's cells: 16 × 16 cells of 2 anchors, then 8 × 8 of 6.
const GRIDS: [(usize, usize); 2] = [(16, 2), (8, 6)];
/// Candidates below this are noise: of 297 evaluation portraits all faces have at least 0.83, a cat's ear 0.5. The mesh
/// network, which is far surer, decides about the rest.
const LEAST_SCORE: f32 = 0.6;
/// Boxes that overlap more are the same face.
const SAME_FACE_OVERLAP: f32 = 0.3;

/// All candidates of the whole picture and of its tiles at `zoom` (1 = whole only; 2 adds half-size tiles
/// overlapping by half, 3 third-size tiles), best first.
pub(super) fn candidates(net: &dyn Net, picture: &Rgb, zoom: u32) -> Result<Vec<Candidate>, PhotoError> {
    let (w, h) = (picture.width as f32, picture.height as f32);
    let long = w.max(h);
    let mut found = Vec::new();
    if zoom <= 1 {
        found = search(net, picture, Point::new(w / 2.0, h / 2.0), long)?;
    } else {
        let tile = long * 1.25 / zoom as f32;
        for centre_y in centres(h, tile) {
            for centre_x in centres(w, tile) {
                found.extend(search(net, picture, Point::new(centre_x, centre_y), tile)?);
            }
        }
    }
    Ok(distinct(found))
}

/// Joins candidates from several searches: best first, each face once.
pub(super) fn distinct(mut found: Vec<Candidate>) -> Vec<Candidate> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in found {
        if kept.iter().all(|k| overlap(&k.bounds, &candidate.bounds) <= SAME_FACE_OVERLAP) {
            kept.push(candidate);
        }
    }
    kept
}

/// Centres of overlapping tiles that cover a side.
fn centres(side: f32, tile: f32) -> Vec<f32> {
    if side <= tile {
        return vec![side / 2.0];
    }
    let steps = libm::ceilf((side - tile) / (tile * 0.6)).max(1.0);
    (0..=steps as u32).map(|i| tile / 2.0 + (side - tile) * i as f32 / steps).collect()
}

/// One run of the network on a square of the picture.
fn search(net: &dyn Net, picture: &Rgb, centre: Point, side: f32) -> Result<Vec<Candidate>, PhotoError> {
    let to_picture = Affine::region(centre, SIDE as f32, SIDE as f32, side / SIDE as f32, 0.0);
    let input = black_outside(picture, &to_picture);
    let outputs = net.run(&input, [1, SIDE, SIDE, 3])?;
    let [boxes, scores] = outputs.as_slice() else {
        return Err(PhotoError::Model { name: "face detector".to_owned(), why: "it must have two outputs".to_owned() });
    };
    let mut found = Vec::new();
    let mut anchor = 0;
    for (grid, per_cell) in GRIDS {
        for cell in 0..grid * grid * per_cell {
            let (column, row) = (cell / per_cell % grid, cell / per_cell / grid);
            let logit = scores[anchor].clamp(-100.0, 100.0);
            let score = 1.0 / (1.0 + libm::expf(-logit));
            if score >= LEAST_SCORE {
                let centre = Point::new((column as f32 + 0.5) / grid as f32, (row as f32 + 0.5) / grid as f32);
                let values = &boxes[anchor * 16..anchor * 16 + 16];
                let at = |i: usize| {
                    let scale = SIDE as f32;
                    to_picture.apply(Point::new(values[i] + centre.x * scale, values[i + 1] + centre.y * scale))
                };
                let middle = at(0);
                let (w, h) = (values[2] * to_picture.scale(), values[3] * to_picture.scale());
                found.push(Candidate {
                    bounds: Rect { x: middle.x - w / 2.0, y: middle.y - h / 2.0, width: w, height: h },
                    points: std::array::from_fn(|k| at(4 + 2 * k)),
                    score,
                });
            }
            anchor += 1;
        }
    }
    Ok(found)
}

/// The square as the network wants it: −1…1, black outside the picture.
fn black_outside(picture: &Rgb, to_picture: &Affine) -> Vec<f32> {
    let square = picture.sampled(to_picture, SIDE as u32, SIDE as u32);
    let mut input: Vec<f32> = square.data.iter().map(|&v| f32::from(v) / 127.5 - 1.0).collect();
    for (i, pixel) in input.chunks_exact_mut(3).enumerate() {
        let p = to_picture.apply(Point::new((i % SIDE) as f32 + 0.5, (i / SIDE) as f32 + 0.5));
        if p.x < 0.0 || p.y < 0.0 || p.x > picture.width as f32 || p.y > picture.height as f32 {
            pixel.fill(-1.0);
        }
    }
    input
}

fn overlap(a: &Rect, b: &Rect) -> f32 {
    let w = (a.right().min(b.right()) - a.x.max(b.x)).max(0.0);
    let h = (a.bottom().min(b.bottom()) - a.y.max(b.y)).max(0.0);
    let both = w * h;
    // Against the smaller box as well as the union, so that a box inside another is the same face.
    let union = a.area() + b.area() - both;
    (both / union.max(1e-6)).max(both / a.area().min(b.area()).max(1e-6) - 0.4)
}

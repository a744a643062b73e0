//! A face that moves as it is told: a portrait of the corpus, warped by the points of its mesh, as the film of Chromium's fake camera.
//!
//! Chromium reads one frame of the file after the other while the page films, so that the file may be written anew meanwhile: that is how the
//! puppet follows steps that are drawn only then.

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use huizhi_photo::face::landmark as at;
use huizhi_photo::models::{Models, Weights};
use huizhi_photo::net::Rten;
use huizhi_photo::pixels::{Affine, Point, Rgb};
use huizhi_photo::{Finder as _, Limits, Portrait};

/// Size of the film, px, and its frames a second.
const WIDTH: u32 = 480;
const HEIGHT: u32 = 360;
const RATE: usize = 15;
/// The film begins again after eight seconds, later than a page films: no frame is seen twice.
const FRAMES: usize = 8 * RATE;
/// A movement takes two seconds; a step is shown a little longer.
const PERIOD: usize = 2 * RATE;
/// Width of the face in the film, px.
const FACE: f32 = 130.0;

/// How far the face is moved.
#[derive(Clone, Copy, Debug, Default)]
struct Act {
    /// Degrees, positive to the person's left.
    yaw: f32,
    /// Degrees, positive upwards.
    pitch: f32,
    /// How far the eyes are closed, 0…1.
    shut: f32,
    /// How far the mouth is open, in widths of itself.
    mouth: f32,
}

/// A portrait in the size of the film, and the points that move.
pub(crate) struct Puppet {
    picture: Rgb,
    mesh: Vec<Point>,
    /// How far each px of the film stands before the ears, px: what is nearer moves more when the head turns.
    relief: Vec<f32>,
    /// Whether the camera has noise, as real ones have.
    noise: bool,
}

impl Puppet {
    /// Cuts the face out of a portrait and finds its points.
    pub(crate) fn new(portrait: &Path) -> Self {
        let bytes = std::fs::read(portrait).unwrap();
        let portrait = Portrait::decode(&bytes, &Limits::default()).unwrap();
        let face = models().find(&portrait).unwrap().remove(0);
        let scale = face.bounds.width / FACE;
        let to_portrait = Affine::region(face.bounds.centre(), WIDTH as f32, HEIGHT as f32, scale, 0.0);
        let to_film = to_portrait.inverse().unwrap();
        let mesh: Vec<Point> = face.mesh.iter().map(|point| to_film.apply(*point)).collect();
        let ears = (face.depth[at::RIGHT_TRAGION] + face.depth[at::LEFT_TRAGION]) / 2.0;
        let before: Vec<f32> = face.depth.iter().map(|depth| ((ears - depth) / scale).max(0.0)).collect();
        let relief = relief(&mesh, &before);
        Self { picture: portrait.sampled(&to_portrait, WIDTH, HEIGHT), mesh, relief, noise: true }
    }

    /// The same before a camera that has none: a file that is played.
    pub(crate) fn without_noise(self) -> Self {
        Self { noise: false, ..self }
    }

    /// All frames of a film in which one step is done again and again; an unknown word does nothing, with the sway of somebody who
    /// stands, or as still as a picture where there is no noise.
    pub(crate) fn film(&self, step: &str) -> Vec<u8> {
        let once: Vec<Vec<[f32; 3]>> = (0..PERIOD).map(|i| self.frame(&self.act(step, i))).collect();
        let mut film = Vec::new();
        for i in 0..FRAMES {
            film.extend_from_slice(b"FRAME\n");
            self.planes(&once[i % PERIOD], seed(step, i), &mut film);
        }
        film
    }

    fn act(&self, step: &str, frame: usize) -> Act {
        // 0…1 in a period; there and back in it.
        let time = frame as f32 / PERIOD as f32;
        let there = (1.0 - (time * std::f32::consts::TAU).cos()) / 2.0;
        let sway = if self.noise { 1.5 * (time * std::f32::consts::TAU).sin() } else { 0.0 };
        let mut act = Act { yaw: sway, pitch: sway / 2.0, ..Act::default() };
        match step {
            // Shut for a quarter of a second in the middle, and half a tenth on the way.
            "blink" => act.shut = ((0.1 - (time - 0.5).abs()) / 0.04).clamp(0.0, 1.0),
            // The mesh reads half of what a picture is warped by.
            "turn-left" => act.yaw += 52.0 * there,
            "turn-right" => act.yaw -= 52.0 * there,
            "open-mouth" => act.mouth = 0.55 * there,
            "look-up" => act.pitch += 26.0 * there,
            _ => {}
        }
        act
    }

    /// One frame's colours, row by row.
    fn frame(&self, act: &Act) -> Vec<[f32; 3]> {
        let places = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x as f32 + 0.5, y as f32 + 0.5)));
        places.map(|(x, y)| self.colour(act, x, y)).collect()
    }

    /// A frame as planes of 4:2:0, luma first.
    fn planes(&self, colours: &[[f32; 3]], mut seed: u32, film: &mut Vec<u8>) {
        let mut luma = Vec::with_capacity(colours.len());
        let (mut blue, mut red) = (Vec::new(), Vec::new());
        for (i, [r, g, b]) in colours.iter().enumerate() {
            let grain = if self.noise { grain(&mut seed) } else { 0.0 };
            luma.push(byte(16.0 + 0.257 * r + 0.504 * g + 0.098 * b + grain));
            let (x, y) = (i % WIDTH as usize, i / WIDTH as usize);
            if x.is_multiple_of(2) && y.is_multiple_of(2) {
                blue.push(byte(128.0 - 0.148 * r - 0.291 * g + 0.439 * b));
                red.push(byte(128.0 + 0.439 * r - 0.368 * g - 0.071 * b));
            }
        }
        for plane in [luma, blue, red] {
            film.extend_from_slice(&plane);
        }
    }

    /// What is seen at a place of the film: the head is turned, then eyes and mouth are looked up in the portrait.
    fn colour(&self, act: &Act, x: f32, y: f32) -> [f32; 3] {
        let (x, y) = self.turned(act, x, y);
        let y = self.eyes(act.shut, x, y);
        match self.lips(act.mouth, x, y) {
            Some(y) => self.smooth(x, y),
            None => [45.0, 14.0, 16.0],
        }
    }

    /// Where a place comes from before the head was turned: the nearer it is, the further it moved. Asked again from where it was found,
    /// because how near that is is known only there.
    fn turned(&self, act: &Act, x: f32, y: f32) -> (f32, f32) {
        let (aside, up) = (act.yaw.to_radians().sin(), act.pitch.to_radians().sin());
        let mut from = (x, y);
        for _ in 0..4 {
            let near = self.near(from.0, from.1);
            from = (x - near * aside, y + near * up);
        }
        from
    }

    fn near(&self, x: f32, y: f32) -> f32 {
        let (column, row) = (x.clamp(0.0, WIDTH as f32 - 1.0) as usize, y.clamp(0.0, HEIGHT as f32 - 1.0) as usize);
        self.relief[row * WIDTH as usize + column]
    }

    /// Draws the upper lids down.
    fn eyes(&self, shut: f32, x: f32, y: f32) -> f32 {
        let eyes = [
            (
                at::RIGHT_EYE_OUTER,
                at::RIGHT_UPPER_LID,
                at::RIGHT_LOWER_LID,
                at::RIGHT_EYE_INNER,
                at::RIGHT_BROW_LOWER[2],
            ),
            (at::LEFT_EYE_OUTER, at::LEFT_UPPER_LID, at::LEFT_LOWER_LID, at::LEFT_EYE_INNER, at::LEFT_BROW_LOWER[2]),
        ];
        for (outer, upper, lower, inner, brow) in eyes {
            let (a, b) = (self.mesh[outer].x, self.mesh[inner].x);
            if shut <= 0.0 || x < a.min(b) || x > a.max(b) || y <= self.mesh[brow].y {
                continue;
            }
            let rim = |lid: [usize; 7]| {
                let mut points: Vec<Point> =
                    [outer].into_iter().chain(lid).chain([inner]).map(|i| self.mesh[i]).collect();
                points.sort_by(|a, b| a.x.total_cmp(&b.x));
                height_at(&points, x)
            };
            let (Some(up), Some(low)) = (rim(upper), rim(lower)) else { continue };
            let brow = self.mesh[brow].y;
            if y <= brow || y >= low || up <= brow {
                continue;
            }
            // Almost to the lower lid: a line of lashes stays.
            let now = up + shut * (low - up) * 0.97;
            return if y < now {
                brow + (y - brow) * (up - brow) / (now - brow).max(0.5)
            } else {
                up + (y - now) * (low - up) / (low - now).max(0.5)
            };
        }
        y
    }

    /// Moves lower lip and chin down; `None` inside the open mouth.
    fn lips(&self, open: f32, x: f32, y: f32) -> Option<f32> {
        let (right, left) = (self.mesh[at::MOUTH_RIGHT], self.mesh[at::MOUTH_LEFT]);
        let middle = right.middle(left);
        let line = (self.mesh[at::UPPER_LIP_INNER[1]].y + self.mesh[at::LOWER_LIP_INNER[1]].y) / 2.0;
        let aside = (x - middle.x).abs() / right.distance(left);
        // The jaw is wider than the lips: skin beside them is drawn along, and nothing opens there.
        let jaw = (1.0 - (aside / 1.1).powi(2)).max(0.0);
        let gap = open * right.distance(left) * (1.0 - (aside / 0.48).powi(2)).max(0.0);
        let drop = open * right.distance(left) * jaw;
        if y <= line || open <= 0.0 {
            return Some(y);
        }
        if y < line + gap {
            return None;
        }
        let end = self.mesh[at::CHIN].y + 60.0;
        if y >= end {
            return Some(y);
        }
        let from = line + gap.max(drop * ((y - line) / (end - line)).min(0.3));
        Some(line + (y - from).max(0.0) * (end - line) / (end - from))
    }

    fn smooth(&self, x: f32, y: f32) -> [f32; 3] {
        let (x, y) = ((x - 0.5).clamp(0.0, WIDTH as f32 - 1.001), (y - 0.5).clamp(0.0, HEIGHT as f32 - 1.001));
        let (left, top) = (x as u32, y as u32);
        let (right, low) = ((left + 1).min(WIDTH - 1), (top + 1).min(HEIGHT - 1));
        let (across, down) = (x - left as f32, y - top as f32);
        let corners = [(left, top), (right, top), (left, low), (right, low)].map(|(x, y)| self.picture.at(x, y));
        std::array::from_fn(|i| {
            let [a, b, c, d] = corners.map(|colour| f32::from(colour[i]));
            (a * (1.0 - across) + b * across) * (1.0 - down) + (c * (1.0 - across) + d * across) * down
        })
    }
}

/// The file of a fake camera.
pub(crate) struct Camera {
    pub(crate) path: PathBuf,
    file: File,
    header: u64,
}

impl Camera {
    /// A file that plays a film again and again.
    pub(crate) fn new(path: &Path, film: &[u8]) -> Self {
        // Without a colour space it is 4:2:0, the only one that Chromium reads.
        let header = format!("YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1\n");
        let mut whole = header.clone().into_bytes();
        whole.extend_from_slice(film);
        std::fs::write(path, whole).unwrap();
        let file = OpenOptions::new().write(true).open(path).unwrap();
        Self { path: path.to_owned(), file, header: header.len() as u64 }
    }

    /// Plays another film of the same length from now on.
    pub(crate) fn play(&mut self, film: &[u8]) {
        self.file.seek(SeekFrom::Start(self.header)).unwrap();
        self.file.write_all(film).unwrap();
        self.file.flush().unwrap();
    }
}

/// Heights of the mesh's points, spread over the film: each px has the mean of the points around it, and the further they are the less.
fn relief(mesh: &[Point], before: &[f32]) -> Vec<f32> {
    const REACH_PX: f32 = 12.0;
    const LEVEL: f32 = 0.3;
    let places = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| Point::new(x as f32 + 0.5, y as f32 + 0.5)));
    places
        .map(|place| {
            let (mut sum, mut weights) = (0.0, LEVEL);
            for (point, height) in mesh.iter().zip(before) {
                let weight = (-(place.distance(*point) / REACH_PX).powi(2) / 2.0).exp();
                sum += weight * height;
                weights += weight;
            }
            sum / weights
        })
        .collect()
}

/// The height of a line of points at x; `None` beside it.
fn height_at(points: &[Point], x: f32) -> Option<f32> {
    let pair = points.windows(2).find(|pair| pair[0].x <= x && x <= pair[1].x)?;
    let share = (x - pair[0].x) / (pair[1].x - pair[0].x).max(0.01);
    Some(pair[0].y + (pair[1].y - pair[0].y) * share)
}

fn seed(step: &str, frame: usize) -> u32 {
    step.bytes().fold(frame as u32 + 1, |seed, byte| seed.wrapping_mul(31).wrapping_add(u32::from(byte))) | 1
}

/// Two steps of brightness up or down: what a telephone's camera has indoors.
fn grain(seed: &mut u32) -> f32 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    (*seed % 5) as f32 - 2.0
}

fn byte(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

fn models() -> Models {
    let weights = Weights {
        detector: include_bytes!("../../../../models/blazeface_short_128.onnx"),
        mesh: include_bytes!("../../../../models/facemesh_478_256.onnx"),
        expression: include_bytes!("../../../../models/blendshapes_52.onnx"),
        silhouette: include_bytes!("../../../../models/selfie_256.onnx"),
        matte: &[],
    };
    Models::open(&Rten::with_threads(1), &weights).unwrap()
}

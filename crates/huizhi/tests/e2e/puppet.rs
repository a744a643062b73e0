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
/// The film begins again after ten seconds, later than a page films: no frame is seen twice.
const FRAMES: usize = 10 * RATE;
/// A movement takes two seconds; a step is shown a little longer.
const PERIOD: f32 = 2.0;
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
        let middle = face.bounds.centre();
        let to_portrait = Affine::region(middle, WIDTH as f32, HEIGHT as f32, scale, 0.0);
        let to_film = to_portrait.inverse().unwrap();
        Self {
            picture: portrait.sampled(&to_portrait, WIDTH, HEIGHT),
            mesh: face.mesh.iter().map(|point| to_film.apply(*point)).collect(),
            noise: true,
        }
    }

    /// The same before a camera that has none: a file that is played.
    pub(crate) fn without_noise(self) -> Self {
        Self { noise: false, ..self }
    }

    /// All frames of a film in which one step is done again and again; an unknown word does nothing, with the sway of somebody who
    /// stands, or as still as a picture where there is no noise.
    pub(crate) fn film(&self, step: &str) -> Vec<u8> {
        let mut film = Vec::new();
        for i in 0..FRAMES {
            let time = i as f32 / RATE as f32;
            film.extend_from_slice(b"FRAME\n");
            self.frame(&self.act(step, time), seed(step, i), &mut film);
        }
        film
    }

    fn act(&self, step: &str, time: f32) -> Act {
        // There and back in a period.
        let there = (1.0 - (time / PERIOD * std::f32::consts::TAU).cos()) / 2.0;
        let sway = if self.noise { 1.5 * (time * 1.7).sin() } else { 0.0 };
        let mut act = Act { yaw: sway, pitch: sway / 2.0, ..Act::default() };
        match step {
            // Shut for 0.25 s in the middle of the period.
            "blink" => act.shut = ((0.125 + 0.1 - (time % PERIOD - PERIOD / 2.0).abs()) / 0.1).clamp(0.0, 1.0),
            "turn-left" => act.yaw += 38.0 * there,
            "turn-right" => act.yaw -= 38.0 * there,
            "open-mouth" => act.mouth = 0.55 * there,
            "look-up" => act.pitch += 28.0 * there,
            _ => {}
        }
        act
    }

    /// One frame as planes of 4:2:0, luma first.
    fn frame(&self, act: &Act, mut seed: u32, film: &mut Vec<u8>) {
        let mut luma = Vec::with_capacity((WIDTH * HEIGHT) as usize);
        let (mut blue, mut red) = (Vec::new(), Vec::new());
        for y in 0..HEIGHT {
            for x in 0..WIDTH {
                let [r, g, b] = self.colour(act, x as f32 + 0.5, y as f32 + 0.5);
                let grain = if self.noise { grain(&mut seed) } else { 0.0 };
                luma.push(byte(16.0 + 0.257 * r + 0.504 * g + 0.098 * b + grain));
                if x % 2 == 0 && y % 2 == 0 {
                    blue.push(byte(128.0 - 0.148 * r - 0.291 * g + 0.439 * b));
                    red.push(byte(128.0 + 0.439 * r - 0.368 * g - 0.071 * b));
                }
            }
        }
        for plane in [luma, blue, red] {
            film.extend_from_slice(&plane);
        }
    }

    /// What is seen at a place of the film: the head is turned as a cylinder, then eyes and mouth are looked up in the portrait.
    fn colour(&self, act: &Act, x: f32, y: f32) -> [f32; 3] {
        let (x, y) = self.turned(act, x, y);
        let y = self.eyes(act.shut, x, y);
        match self.lips(act.mouth, x, y) {
            Some(y) => self.smooth(x, y),
            None => [45.0, 14.0, 16.0],
        }
    }

    /// Where a place comes from before the head was turned: a cylinder upright for the yaw and one lying for the pitch.
    fn turned(&self, act: &Act, x: f32, y: f32) -> (f32, f32) {
        let [right, left, chin, top] =
            [at::RIGHT_TRAGION, at::LEFT_TRAGION, at::CHIN, at::FOREHEAD].map(|i| self.mesh[i]);
        let middle = right.middle(left);
        let height = top.distance(chin);
        // What is far below the chin stays; in between it fades.
        let below = ((y - chin.y) / (0.5 * height)).clamp(0.0, 1.0);
        let yaw = act.yaw.to_radians() * (1.0 - below);
        let x = rolled(x, middle.x, right.distance(left) * 0.62, -yaw);
        let beside = ((x - middle.x).abs() / right.distance(left) - 0.5).clamp(0.0, 0.5) * 2.0;
        let pitch = act.pitch.to_radians() * (1.0 - below) * (1.0 - beside);
        (x, rolled(y, top.middle(chin).y, height * 0.85, pitch))
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
            // A little past the lower lid, so that no white is left.
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

/// Where a place of a cylinder's picture comes from, before it was rolled by an angle; what is beside the cylinder stays.
fn rolled(place: f32, middle: f32, radius: f32, by: f32) -> f32 {
    let off = (place - middle) / radius;
    if off.abs() >= 1.0 {
        return place;
    }
    let before = (off.asin() + by).clamp(-1.45, 1.45);
    middle + radius * before.sin()
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

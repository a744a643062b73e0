//! Whether somebody stands before the camera: movements that the service asks for in an order of its own, judged on what was measured
//! in each frame of a short film (security.md §3.4).
//!
//! It tells a person from a still picture, a loop and a film that was made before. It does not tell a good mask, nor a face that a
//! program draws while the steps are asked; so it is never asked alone.

mod events;
mod flaw;
mod motion;

use std::fmt;
use std::str::FromStr;

use huizhi_photo::motion::Motion;
use rand_core::Rng;
use sha2::{Digest as _, Sha256};

use crate::account::Assurance;
use crate::order::UnknownWord;

pub use flaw::Flaw;

/// How many steps a challenge has: 5 · 4 · 3 = 60 orders. A film that was made before fits few of them: 5 of 3,660 were answered (docs/face.md).
pub const STEPS: usize = 3;
/// How long a film may be, ms (security.md row 9).
pub const FILM_MS: u32 = 8_000;
/// How long after it was asked an answer may come, ms: the film, and 3 MiB over 1 Mbit/s, the slowest line that is served.
pub const ANSWER_MS: i64 = 8_000 + 24_000;
/// Frames a second below which a film is not judged: blinks last 100…400 ms, so that at 8 a second one of middling length is seen.
const LEAST_RATE: f32 = 8.0;
/// Frames below which nothing can be said of a median: two seconds at the least rate.
const LEAST_FRAMES: usize = 16;
/// The longest time between two frames, ms: three frames at the least rate, so that nobody changes places in between.
const GAP_MS: u32 = 400;
/// The longest time without a face, ms: a strongly turned head may be lost for some frames.
const LOST_MS: u32 = 600;
/// How far a face may be from where it was, in widths of itself, and how much larger or smaller: more is another film.
const JUMP: f32 = 1.0;
const GROWTH: f32 = 1.6;

/// A movement that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Close both eyes and open them.
    Blink,
    /// Turn the head to the own left.
    TurnLeft,
    /// Turn the head to the own right.
    TurnRight,
    /// Open the mouth.
    OpenMouth,
    /// Raise the chin.
    LookUp,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Blink, Self::TurnLeft, Self::TurnRight, Self::OpenMouth, Self::LookUp];

    /// Its word in the database, in pages and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Blink => "blink",
            Self::TurnLeft => "turn-left",
            Self::TurnRight => "turn-right",
            Self::OpenMouth => "open-mouth",
            Self::LookUp => "look-up",
        }
    }
}

impl FromStr for Step {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|step| step.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// Three different steps in an order that nobody knows before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// In the order that they are asked in.
    pub steps: [Step; STEPS],
}

impl Challenge {
    /// Draws one of the 60.
    pub fn draw(random: &mut dyn Rng) -> Self {
        let mut bytes = [0; 4];
        random.fill_bytes(&mut bytes);
        // 2³² is no multiple of 60; that favours some orders by one part in 70 million.
        let mut place = u32::from_le_bytes(bytes) as usize;
        let mut left = Step::ALL.to_vec();
        let steps = std::array::from_fn(|_| {
            let at = place % left.len();
            place /= left.len();
            left.remove(at)
        });
        Self { steps }
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.steps.map(Step::word).join(" "))
    }
}

impl FromStr for Challenge {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let steps: Vec<Step> = text.split(' ').map(str::parse).collect::<Result<_, _>>()?;
        steps.try_into().map(|steps| Self { steps }).map_err(|_| UnknownWord(text.to_owned()))
    }
}

/// What was measured in one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Frame {
    /// When, in ms since the challenge came, as the browser says.
    pub at_ms: u32,
    /// Digest of the file.
    pub digest: [u8; 32],
    /// How many faces are in it. Without one the rest is 0.
    pub faces: u32,
    /// Degrees, positive to the person's left.
    pub yaw: f32,
    /// Degrees, positive with the chin up.
    pub pitch: f32,
    /// Degrees, positive clockwise in the picture.
    pub roll: f32,
    /// Gap between the lids of the right eye, in widths of the eye.
    pub right_eye: f32,
    /// The same of the left eye.
    pub left_eye: f32,
    /// Gap between the lips, in widths of the mouth.
    pub mouth: f32,
    /// Where the face is, px.
    pub centre: [f32; 2],
    /// How wide it is, px.
    pub width: f32,
    /// How unlike the first face of the film it is, as a distance of likenesses, where that was measured.
    pub unlike: Option<f32>,
}

impl Frame {
    /// A frame whose file was measured: `unlike` is the distance of its likeness to the first of the film, where it has one.
    #[must_use]
    pub fn of(at_ms: u32, file: &[u8], faces: u32, motion: Motion, unlike: Option<f32>) -> Self {
        let Motion { yaw, pitch, roll, right_eye, left_eye, mouth, centre, width } = motion;
        let digest = Sha256::digest(file).into();
        Self { at_ms, digest, faces, yaw, pitch, roll, right_eye, left_eye, mouth, centre, width, unlike }
    }
}

/// A film that answers a challenge.
#[derive(Clone, Debug, PartialEq)]
pub struct Film {
    /// Its frames, in order.
    pub frames: Vec<Frame>,
    /// How long after the challenge was given it came, ms, by the service's clock.
    pub came_after_ms: i64,
    /// How unlike the template of who should be in it the mean of its likenesses is; `None` where there is none yet.
    pub unlike: Option<f32>,
    /// The distance up to which two faces are one person's.
    pub same_person: f32,
}

/// How sure a session that began by face is whose it is. The template says nothing of who somebody is: it raises only what a number
/// that was checked says.
#[must_use]
pub const fn assurance_by_face(of_account: Assurance) -> Assurance {
    match of_account {
        Assurance::NumberChecked => Assurance::FaceMatched,
        other => other,
    }
}

/// Judges a film against a challenge.
///
/// # Errors
/// The first [`Flaw`], in the order of the rules: time, faces, motion, person, steps, and last whether it is who it should be.
pub fn judge(challenge: &Challenge, film: &Film) -> Result<(), Flaw> {
    in_time(film)?;
    let seen = one_face(&film.frames)?;
    motion::moving(&film.frames, &seen)?;
    one_person(&seen, film.same_person)?;
    events::in_order(challenge, &seen)?;
    expected(film)
}

fn in_time(film: &Film) -> Result<(), Flaw> {
    let (Some(first), Some(last)) = (film.frames.first(), film.frames.last()) else { return Err(Flaw::Sparse) };
    let length = last.at_ms.saturating_sub(first.at_ms);
    let rising = film.frames.windows(2).all(|pair| pair[0].at_ms < pair[1].at_ms);
    // The browser's times count from when the challenge came, so no frame is younger than the answer.
    let possible = rising && length <= FILM_MS && i64::from(last.at_ms) <= film.came_after_ms;
    if !possible || film.came_after_ms > ANSWER_MS {
        return Err(Flaw::Late);
    }
    let rate = (film.frames.len() - 1) as f32 * 1000.0 / length.max(1) as f32;
    let pauses = film.frames.windows(2).any(|pair| pair[1].at_ms - pair[0].at_ms > GAP_MS);
    if film.frames.len() < LEAST_FRAMES || rate < LEAST_RATE || pauses {
        return Err(Flaw::Sparse);
    }
    Ok(())
}

/// The frames with a face.
fn one_face(frames: &[Frame]) -> Result<Vec<&Frame>, Flaw> {
    if frames.iter().any(|frame| frame.faces > 1) {
        return Err(Flaw::TwoFaces);
    }
    let seen: Vec<&Frame> = frames.iter().filter(|frame| frame.faces == 1).collect();
    let start = frames.first().map_or(0, |frame| frame.at_ms);
    let end = frames.last().map_or(0, |frame| frame.at_ms);
    let mut times = vec![start];
    times.extend(seen.iter().map(|frame| frame.at_ms));
    times.push(end);
    if seen.len() < LEAST_FRAMES || times.windows(2).any(|pair| pair[1] - pair[0] > LOST_MS) {
        return Err(Flaw::NoFace);
    }
    let jumps = |a: &Frame, b: &Frame| {
        let far = (a.centre[0] - b.centre[0]).hypot(a.centre[1] - b.centre[1]) > JUMP * a.width.max(b.width);
        far || a.width.max(b.width) > GROWTH * a.width.min(b.width)
    };
    if seen.windows(2).any(|pair| jumps(pair[0], pair[1])) {
        return Err(Flaw::Cut);
    }
    Ok(seen)
}

/// One person in every third of the film.
fn one_person(seen: &[&Frame], limit: f32) -> Result<(), Flaw> {
    let thirds = seen.chunks(seen.len().div_ceil(3));
    for third in thirds {
        let mut unlike = third.iter().filter_map(|frame| frame.unlike).peekable();
        if unlike.peek().is_none() {
            return Err(Flaw::NoFace);
        }
        if unlike.any(|unlike| unlike > limit) {
            return Err(Flaw::OtherFace);
        }
    }
    Ok(())
}

/// The mean of the film is compared: three pictures together are far surer than one (docs/face.md).
fn expected(film: &Film) -> Result<(), Flaw> {
    if film.unlike.is_some_and(|unlike| unlike > film.same_person) { Err(Flaw::OtherPerson) } else { Ok(()) }
}

#[cfg(test)]
mod tests;

//! Whether what moves is alive: not a picture, not a loop.

use std::collections::HashSet;

use super::{Flaw, Frame};

/// Below these spreads over a whole film nothing moved, degrees for the pose and shares for eyes and mouth. One picture with a camera's
/// noise, encoded 24 times, spreads by 1.1° (pitch; yaw and roll 0.3°) and 0.016; who does a step moves ten times as much.
const STILL_DEGREES: f32 = 2.0;
const STILL_SHARE: f32 = 0.03;
/// Two frames may be the same moment of a loop where all measures are this close: three times what noise makes of one picture.
const SAME_DEGREES: f32 = 0.8;
const SAME_SHARE: f32 = 0.016;
/// The shortest loop, frames: a slow movement is near to itself a frame later.
const LEAST_LAG: usize = 4;
/// How many frames in a row have to come again, and how much has to happen in them, degrees or hundredths: a still moment is no loop.
const LOOP_FRAMES: usize = 8;
const LOOP_MOTION: f32 = 6.0;

/// Refuses what was copied, what does not move, and what moves the same way again.
pub(super) fn moving(frames: &[Frame], seen: &[&Frame]) -> Result<(), Flaw> {
    let mut known = HashSet::new();
    if !frames.iter().all(|frame| known.insert(frame.digest)) {
        return Err(Flaw::Repeated);
    }
    let tracks: Vec<[f32; 6]> = seen.iter().map(|frame| track(frame)).collect();
    let spread = spreads(&tracks);
    let still = |i: usize| spread[i] < if i < 3 { STILL_DEGREES } else { STILL_SHARE };
    if (0..6).all(still) {
        return Err(Flaw::Still);
    }
    if loops(&tracks) { Err(Flaw::Loop) } else { Ok(()) }
}

fn spreads(tracks: &[[f32; 6]]) -> [f32; 6] {
    std::array::from_fn(|i| {
        let values = || tracks.iter().map(|track| track[i]);
        values().fold(f32::MIN, f32::max) - values().fold(f32::MAX, f32::min)
    })
}

/// Whether a stretch with motion in it comes again exactly.
fn loops(tracks: &[[f32; 6]]) -> bool {
    let same = |a: &[f32; 6], b: &[f32; 6]| {
        (0..6).all(|i| (a[i] - b[i]).abs() < if i < 3 { SAME_DEGREES } else { SAME_SHARE })
    };
    let moves = |stretch: &[[f32; 6]]| {
        let spread = spreads(stretch);
        (0..6).any(|i| spread[i] * if i < 3 { 1.0 } else { 100.0 } >= LOOP_MOTION)
    };
    (LEAST_LAG..tracks.len()).any(|lag| {
        let mut run = 0;
        (0..tracks.len() - lag).any(|at| {
            run = if same(&tracks[at], &tracks[at + lag]) { run + 1 } else { 0 };
            run >= LOOP_FRAMES && moves(&tracks[at + 1 - run..=at])
        })
    })
}

/// What is followed of a face: three angles in degrees, eyes and mouth.
fn track(frame: &Frame) -> [f32; 6] {
    [frame.yaw, frame.pitch, frame.roll, frame.right_eye, frame.left_eye, frame.mouth]
}

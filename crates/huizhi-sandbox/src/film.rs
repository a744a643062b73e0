//! A film of somebody's face: what moves in each frame, and the likeness of some of them. Each frame goes through decoder, detector and
//! mesh; nothing else of what a photo is judged by runs.

use huizhi_photo::likeness::Recogniser;
use huizhi_photo::measure::people;
use huizhi_photo::motion::{Motion, motion};
use huizhi_photo::{Face, Finder, Limits, PhotoError, Portrait};
use serde::{Deserialize, Serialize};

/// Sides of a frame, px: more is not needed for a face, and would let a small file ask for much memory 64 times.
const SIDE_PX: u32 = 1_280;
/// Frames without a face after which the rest is not looked at: in each the detector looks at the picture and at 25 tiles of it, which is
/// ten times the work of one with a face, and a film with so many is refused anyway.
const MOST_EMPTY: usize = 8;
/// Likenesses beside the one of each third.
const LIKENESSES: usize = 3;

/// Asks for what moves in a film, and for the likeness of who is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilmRequest {
    /// How long each frame's file is, bytes.
    lengths: Vec<usize>,
    /// The files, one after the other.
    #[serde(skip)]
    pub(crate) photo: Vec<u8>,
}

impl FilmRequest {
    /// The most frames of a film: seven seconds at nine a second.
    pub const MOST_FRAMES: usize = 64;
    /// The longest file of a frame: 480 × 360 px as JPEG of quality 70 are some 30 KiB.
    pub const FRAME_BYTES: usize = 64 * 1024;
    /// The longest film.
    pub const FILM_BYTES: usize = 3 * 1024 * 1024;

    /// Joins the frames' files; `None` over a limit.
    #[must_use]
    pub fn new(frames: &[Vec<u8>]) -> Option<Self> {
        let lengths: Vec<usize> = frames.iter().map(Vec::len).collect();
        let request = Self { lengths, photo: frames.concat() };
        request.is_within_limits().then_some(request)
    }

    fn is_within_limits(&self) -> bool {
        self.lengths.len() <= Self::MOST_FRAMES
            && self.lengths.iter().all(|length| *length <= Self::FRAME_BYTES)
            && self.lengths.iter().sum::<usize>() == self.photo.len()
            && self.photo.len() <= Self::FILM_BYTES
    }

    /// The files; none where the lengths do not fit the bytes.
    #[must_use]
    pub fn frames(&self) -> Vec<&[u8]> {
        if !self.is_within_limits() {
            return Vec::new();
        }
        let mut rest = self.photo.as_slice();
        let cut = self.lengths.iter().map_while(|length| {
            let (frame, after) = rest.split_at_checked(*length)?;
            rest = after;
            Some(frame)
        });
        cut.collect()
    }
}

/// A measured film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Film {
    /// Each frame, in order.
    pub frames: Vec<Seen>,
}

/// What is seen in a frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// How many faces.
    pub faces: u32,
    /// What moves of the largest; absent without a face.
    pub motion: Option<Motion>,
    /// Its `huizhi_photo::likeness::Likeness` as bytes, where the frame was chosen for it.
    pub likeness: Option<Vec<u8>>,
}

/// Measures a film.
///
/// # Errors
/// As [`Portrait::decode`] for a frame that is no picture; [`PhotoError::Model`].
pub fn measured(finder: &impl Finder, recogniser: &impl Recogniser, request: &FilmRequest) -> Result<Film, PhotoError> {
    let mut empty = 0;
    let mut found: Vec<(Portrait, Vec<Face>)> = Vec::new();
    for file in request.frames() {
        let portrait = Portrait::decode(file, &limits())?;
        let faces = if empty < MOST_EMPTY { finder.find(&portrait)? } else { Vec::new() };
        empty += usize::from(faces.is_empty());
        found.push((portrait, faces));
    }
    let mut frames: Vec<Seen> = found
        .iter()
        .map(|(_, faces)| Seen { faces: people(faces) as u32, motion: faces.first().map(motion), likeness: None })
        .collect();
    for place in chosen(&frames) {
        let (portrait, faces) = &found[place];
        if let Some(face) = faces.first() {
            frames[place].likeness = Some(recogniser.likeness(portrait, face)?.to_bytes());
        }
    }
    Ok(Film { frames })
}

/// Which frames get a likeness: those that look ahead most, in each third of the film and in all of it.
fn chosen(frames: &[Seen]) -> Vec<usize> {
    let mut ahead: Vec<(usize, f32)> = frames
        .iter()
        .enumerate()
        .filter_map(|(place, seen)| {
            let motion = seen.motion.filter(|_| seen.faces == 1)?;
            Some((place, motion.yaw.abs()))
        })
        .collect();
    let third = ahead.len().div_ceil(3).max(1);
    let of_thirds: Vec<usize> = ahead
        .chunks(third)
        .filter_map(|part| part.iter().min_by(|a, b| a.1.total_cmp(&b.1)).map(|(place, _)| *place))
        .collect();
    ahead.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut places: Vec<usize> = ahead.iter().take(LIKENESSES).map(|(place, _)| *place).chain(of_thirds).collect();
    places.sort_unstable();
    places.dedup();
    places
}

fn limits() -> Limits {
    Limits {
        file_bytes: FilmRequest::FRAME_BYTES,
        side_px: SIDE_PX,
        pixels: u64::from(SIDE_PX) * u64::from(SIDE_PX),
        decode_bytes: 16_000_000,
        ..Limits::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_is_cut_where_it_was_joined_and_limits_hold() {
        let frames = vec![vec![1, 2, 3], Vec::new(), vec![4]];
        let request = FilmRequest::new(&frames).unwrap();
        let joined: Vec<Vec<u8>> = request.frames().into_iter().map(<[u8]>::to_vec).collect();
        assert_eq!(joined, frames);
        let cut = FilmRequest { photo: vec![1, 2], ..request };
        assert!(cut.frames().is_empty());
        let takes = |frames: usize, bytes: usize| FilmRequest::new(&vec![vec![0; bytes]; frames]).is_some();
        assert!(takes(FilmRequest::MOST_FRAMES, 1) && !takes(FilmRequest::MOST_FRAMES + 1, 1));
        assert!(takes(48, FilmRequest::FRAME_BYTES) && !takes(49, FilmRequest::FRAME_BYTES));
        assert!(!takes(1, FilmRequest::FRAME_BYTES + 1));
    }

    #[test]
    fn each_third_gives_the_frame_that_looks_ahead_most() {
        let seen = |yaw: f32| Seen { faces: 1, motion: Some(Motion { yaw, ..Motion::default() }), likeness: None };
        let mut frames: Vec<Seen> = [9.0, 1.0, 2.0, 30.0, -25.0, 40.0, 3.0, 8.0, -50.0].map(seen).to_vec();
        assert_eq!(chosen(&frames), [1, 2, 4, 6]);
        frames[1].faces = 2;
        frames.push(Seen::default());
        assert_eq!(chosen(&frames), [2, 6, 7]);
        assert!(chosen(&[]).is_empty());
    }
}

//! A film on its way in: read piece by piece within its limits, measured in a jailed process, judged, and gone.

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use huizhi_domain::challenge::{self, Film, Flaw, Frame};
use huizhi_photo::likeness::{Likeness, SAME_PERSON};
use huizhi_sandbox::{Film as Measured, FilmRequest, SandboxError};
use huizhi_store::TakenChallenge;

use crate::app::App;
use crate::error::PageError;

/// The longest body: the film, and what a form puts around 64 files.
pub const MOST_BYTES: usize = FilmRequest::FILM_BYTES + 64 * 1024;
/// The longest of the other fields: a nonce, or the times of 64 frames.
const FIELD_BYTES: usize = 1024;

/// What a page sends.
#[derive(Default)]
pub struct Sent {
    /// Which challenge it answers.
    pub nonce: String,
    /// Where to go on to.
    pub to: String,
    times: Vec<u32>,
    files: Vec<Vec<u8>>,
}

/// Why no judgement was made. Each has a message `face-…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FramesError {
    /// The form is none of ours, too large, or broke off.
    Broken,
    /// A frame is no picture.
    Unreadable,
    /// The engine has no time, or there is none.
    Busy,
}

impl FramesError {
    /// Key of its message.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Broken => "face-broken",
            Self::Unreadable => "face-unreadable",
            Self::Busy => "face-busy",
        }
    }

    /// Status of the answer.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Broken | Self::Unreadable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl From<MultipartError> for FramesError {
    fn from(_: MultipartError) -> Self {
        Self::Broken
    }
}

/// Reads a form with the fields `nonce`, `to`, `times` (ms, by commas) and `frame`, as often as there are frames.
///
/// # Errors
/// [`FramesError::Broken`].
pub async fn read(mut form: Multipart) -> Result<Sent, FramesError> {
    let mut sent = Sent::default();
    while let Some(field) = form.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "frame" if sent.files.len() < FilmRequest::MOST_FRAMES => {
                sent.files.push(bytes(field, FilmRequest::FRAME_BYTES).await?);
            }
            "nonce" => sent.nonce = text(field).await?,
            "to" => sent.to = text(field).await?,
            "times" => {
                let times: Result<Vec<u32>, _> = text(field).await?.split(',').map(str::parse).collect();
                sent.times = times.map_err(|_| FramesError::Broken)?;
            }
            _ => return Err(FramesError::Broken),
        }
    }
    if sent.times.len() == sent.files.len() { Ok(sent) } else { Err(FramesError::Broken) }
}

async fn text(field: Field<'_>) -> Result<String, FramesError> {
    String::from_utf8(bytes(field, FIELD_BYTES).await?).map_err(|_| FramesError::Broken)
}

async fn bytes(mut field: Field<'_>, most: usize) -> Result<Vec<u8>, FramesError> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await? {
        if bytes.len() + piece.len() > most {
            return Err(FramesError::Broken);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// A film after it was looked at.
pub struct Looked {
    /// What is wrong with it.
    pub judged: Result<(), Flaw>,
    /// What the face in it looks like, in the middle of all frames that show it well.
    pub likeness: Option<Likeness>,
}

/// Has a film measured and judges it, against a template where there is one.
///
/// # Errors
/// [`FramesError`], by cause; [`PageError::Broken`] where the engine fails.
pub async fn look(
    app: &App,
    taken: &TakenChallenge,
    sent: Sent,
    template: Option<&Likeness>,
) -> Result<Result<Looked, FramesError>, PageError> {
    let Some(request) = FilmRequest::new(&sent.files) else { return Ok(Err(FramesError::Broken)) };
    let measured = match measure(app, request).await {
        Ok(measured) => measured,
        Err(SandboxError::Busy { .. }) => return Ok(Err(FramesError::Busy)),
        Err(error) if error.is_the_files() => return Ok(Err(FramesError::Unreadable)),
        Err(error) => return Err(PageError::broken(error)),
    };
    let likenesses: Vec<Option<Likeness>> =
        measured.frames.iter().map(|seen| Likeness::from_bytes(seen.likeness.as_ref()?)).collect();
    let first = likenesses.iter().flatten().next();
    let frames = measured.frames.iter().zip(&likenesses).zip(sent.files.iter().zip(&sent.times));
    let frames = frames.map(|((seen, likeness), (file, at_ms))| {
        let unlike = likeness.as_ref().zip(first).map(|(likeness, first)| likeness.distance(first));
        Frame::of(*at_ms, file, seen.faces, seen.motion.unwrap_or_default(), unlike)
    });
    let all: Vec<Likeness> = likenesses.iter().flatten().cloned().collect();
    let likeness = Likeness::mean(&all);
    let unlike = likeness.as_ref().zip(template).map(|(likeness, template)| likeness.distance(template));
    let film = Film { frames: frames.collect(), came_after_ms: taken.after_ms, unlike, same_person: SAME_PERSON };
    Ok(Ok(Looked { judged: challenge::judge(&taken.challenge, &film), likeness }))
}

/// The engine, or who plays it in tests.
async fn measure(app: &App, request: FilmRequest) -> Result<Measured, SandboxError> {
    if let Some(film) = played(app) {
        return Ok(film);
    }
    match &app.workers {
        Some(workers) => workers.film(request).await,
        None => Err(SandboxError::Busy { retry_after_s: 60 }),
    }
}

#[cfg(test)]
fn played(app: &App) -> Option<Measured> {
    app.shared.played_film.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
}

#[cfg(not(test))]
const fn played(_: &App) -> Option<Measured> {
    None
}

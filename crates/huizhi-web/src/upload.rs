//! A photo on its way in: read piece by piece, held against the limit as it comes, refused early where it can't be a photo.

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;

/// The largest file that is taken. Phones of 2026 write photos of at most some 12 MB.
pub const MOST_BYTES: usize = 15 * 1024 * 1024;

/// Room for what a form puts around the file.
pub const ENVELOPE_BYTES: usize = 64 * 1024;

/// Why a file is not taken. Each has a message `upload-…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadError {
    /// The form has no file.
    Missing,
    /// The file has no bytes.
    Empty,
    /// It is over [`MOST_BYTES`].
    TooBig,
    /// Its first bytes are those of no picture that we read.
    WrongType,
    /// The connection ended before the file did.
    Broken,
}

impl UploadError {
    /// Key of its message.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Missing => "upload-missing",
            Self::Empty => "upload-empty",
            Self::TooBig => "upload-too-big",
            Self::WrongType => "upload-wrong-type",
            Self::Broken => "upload-broken",
        }
    }

    /// Status of the answer.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::TooBig => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

impl From<MultipartError> for UploadError {
    fn from(error: MultipartError) -> Self {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Self::TooBig } else { Self::Broken }
    }
}

/// Reads the field `photo` of a form. A page without scripts has two such boxes, camera and album; the one that holds a
/// file counts.
///
/// # Errors
/// [`UploadError`], by cause.
pub async fn photo(mut form: Multipart) -> Result<Vec<u8>, UploadError> {
    let mut chosen = false;
    while let Some(field) = form.next_field().await? {
        if field.name() != Some("photo") {
            continue;
        }
        let named = field.file_name().is_some_and(|name| !name.is_empty());
        let bytes = read(field).await?;
        if !bytes.is_empty() {
            return if is_picture(&bytes) { Ok(bytes) } else { Err(UploadError::WrongType) };
        }
        chosen |= named;
    }
    Err(if chosen { UploadError::Empty } else { UploadError::Missing })
}

/// Letters that are kept of a field: more than any may have, so that who reads it sees that it is too long.
const WORD_LETTERS: usize = 10_000;

/// What a form says beside its file.
#[derive(Debug, Default)]
pub struct Words(Vec<(String, String)>);

impl Words {
    /// A field; empty where it was not sent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.as_str())
    }
}

/// A form that was filled in.
#[derive(Debug)]
pub struct Filled {
    /// Its words.
    pub words: Words,
    /// Its file, where one was chosen, or what is wrong with it.
    pub photo: Result<Option<Vec<u8>>, UploadError>,
}

/// Reads a form that may have a file in its field `photo`, and the words beside it. What was typed before something went wrong is kept.
pub async fn with_words(form: Multipart) -> Filled {
    let mut words = Words::default();
    let photo = read_all(form, &mut words).await;
    Filled { words, photo }
}

async fn read_all(mut form: Multipart, words: &mut Words) -> Result<Option<Vec<u8>>, UploadError> {
    let mut photo = None;
    while let Some(field) = form.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        if name != "photo" {
            let bytes = field.bytes().await?;
            let word = std::str::from_utf8(&bytes).map_err(|_| UploadError::Broken)?;
            words.0.push((name, word.chars().take(WORD_LETTERS).collect()));
            continue;
        }
        let bytes = read(field).await?;
        if !bytes.is_empty() {
            photo = Some(bytes);
        }
    }
    match photo {
        Some(bytes) if !is_picture(&bytes) => Err(UploadError::WrongType),
        photo => Ok(photo),
    }
}

async fn read(mut field: Field<'_>) -> Result<Vec<u8>, UploadError> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await? {
        if bytes.len() + piece.len() > MOST_BYTES {
            return Err(UploadError::TooBig);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Whether the first bytes are those of JPEG, PNG, WebP or HEIF. A courtesy: the engine looks at the whole file.
pub fn is_picture(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xFF, 0xD8, ..]
            | [0x89, b'P', b'N', b'G', ..]
            | [_, _, _, _, b'f', b't', b'y', b'p', ..]
            | [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_told_by_their_first_bytes() {
        for picture in [b"\xFF\xD8\xFF".as_slice(), b"\x89PNG\r\n", b"RIFF....WEBPVP8 ", b"\0\0\0\x18ftypheic"] {
            assert!(is_picture(picture));
        }
        for other in [b"%PDF-1.7".as_slice(), b"GIF89a", b"RIFF....WAVE", b"<svg", b"PK\x03\x04", b"\xFF"] {
            assert!(!is_picture(other));
        }
    }
}

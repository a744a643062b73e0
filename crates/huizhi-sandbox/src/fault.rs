//! What is wrong with a file or a document, so that a page can say it in its own words.

use huizhi_photo::PhotoError;
use serde::{Deserialize, Serialize};

/// Key of a message for the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultCode {
    /// The file has no bytes. The sender's to mend.
    Empty,
    /// The file ends too early, as after a broken upload. The sender's to mend: send it again.
    Truncated,
    /// The file is damaged. The sender's to mend: choose the photo again (F04).
    Unreadable,
    /// Not a kind of picture that is taken. The sender's to mend (F01).
    Unsupported,
    /// Over a limit on bytes, pixels or memory. The sender's to mend (F02, F03).
    TooLarge,
    /// The document or the paper is unknown or wrong. The operator's to mend.
    Document,
    /// The engine does not run. The operator's to mend.
    Engine,
}

impl FaultCode {
    /// Whether another file would help; otherwise the operator has to act.
    #[must_use]
    pub fn is_the_senders(self) -> bool {
        !matches!(self, Self::Document | Self::Engine)
    }

    /// The name in JSON and in locale files: `too-large`.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Truncated => "truncated",
            Self::Unreadable => "unreadable",
            Self::Unsupported => "unsupported",
            Self::TooLarge => "too-large",
            Self::Document => "document",
            Self::Engine => "engine",
        }
    }
}

/// Why no answer could be given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct PhotoFault {
    /// For programs and locale files.
    pub code: FaultCode,
    /// In English, for logs: it holds sizes and formats, nothing of the picture.
    pub message: String,
}

impl PhotoFault {
    /// Names an error of the engine, met on the file `photo`.
    #[must_use]
    pub fn new(error: &PhotoError, photo: &[u8]) -> Self {
        let code = match error {
            PhotoError::Unreadable { .. } if photo.is_empty() => FaultCode::Empty,
            PhotoError::Unreadable { .. } if is_cut(photo) => FaultCode::Truncated,
            PhotoError::Unreadable { .. } => FaultCode::Unreadable,
            PhotoError::Unsupported { .. } => FaultCode::Unsupported,
            PhotoError::TooLarge { .. } => FaultCode::TooLarge,
            PhotoError::Spec { .. } | PhotoError::Make { .. } | PhotoError::NotMade(_) => FaultCode::Document,
            _ => FaultCode::Engine,
        };
        Self { code, message: error.to_string() }
    }
}

/// Whether a file ends before what its own structure announces. Asked only of files that no decoder read.
fn is_cut(file: &[u8]) -> bool {
    match file {
        [0xFF, 0xD8, ..] => jpeg_is_cut(file),
        [0x89, b'P', b'N', b'G', ..] => chunks_are_cut(file, 8, |at| {
            let length = u32::from_be_bytes(*at.first_chunk()?);
            Some((u64::from(length) + 12, at.get(4..8)? == b"IEND"))
        }),
        [b'R', b'I', b'F', b'F', length @ ..] => {
            length.first_chunk().is_none_or(|b| u64::from(u32::from_le_bytes(*b)) + 8 > file.len() as u64)
        }
        // ISO BMFF has no last box; the file is whole where a box ends with it.
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => chunks_are_cut(file, 0, |at| {
            let length = u64::from(u32::from_be_bytes(*at.first_chunk()?));
            match length {
                0 => Some((at.len() as u64, true)),
                1 => Some((u64::from_be_bytes(*at.get(8..)?.first_chunk()?), false)),
                _ => Some((length, at.len() as u64 == length)),
            }
        }),
        _ => false,
    }
}

/// Walks over chunks from `start`. `measure` gives a chunk's length with all its trimmings and whether it is the last
/// one, or nothing where its head is cut.
fn chunks_are_cut(file: &[u8], start: usize, measure: impl Fn(&[u8]) -> Option<(u64, bool)>) -> bool {
    let mut rest = file.get(start..).unwrap_or_default();
    loop {
        let Some((length, is_last)) = measure(rest) else { return true };
        if length > rest.len() as u64 {
            return true;
        }
        // A length that leads nowhere is damage, not a cut.
        if is_last || length < 8 {
            return false;
        }
        rest = &rest[length as usize..];
    }
}

/// Walks over segments and coded data up to the end marker.
fn jpeg_is_cut(file: &[u8]) -> bool {
    let mut at = 2;
    loop {
        let Some(skip) = file.get(at..).and_then(|rest| rest.iter().position(|&b| b == 0xFF)) else { return true };
        at += skip;
        match file.get(at + 1) {
            None => return true,
            Some(0xD9) => return false,
            // Fill bytes, stuffed bytes, restarts and starts carry no length.
            Some(0x00 | 0x01 | 0xD0..=0xD8) => at += 2,
            Some(0xFF) => at += 1,
            Some(_) => {
                let Some(length) = file.get(at + 2..).and_then(|b| b.first_chunk()) else { return true };
                at += 2 + usize::from(u16::from_be_bytes(*length)).max(2);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A photo's structure without a photo in it.
    const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 9, 9, 0xFF, 0xDA, 0, 2, 7, 0xFF, 0, 7, 0xFF, 0xD9];

    #[test]
    fn a_cut_is_told_from_damage() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x02IHDRab....".to_vec();
        png.extend_from_slice(b"\0\0\0\0IEND....");
        let webp = b"RIFF\x06\0\0\0WEBPVP".to_vec();
        let heic = b"\0\0\0\x0cftypheic\0\0\0\x0ameta..".to_vec();
        for whole in [JPEG.to_vec(), png, webp, heic] {
            assert!(!is_cut(&whole), "{whole:?}");
            for end in [whole.len() - 1, whole.len() - 3] {
                assert!(is_cut(&whole[..end]), "{:?}", &whole[..end]);
            }
        }
    }

    #[test]
    fn faults_say_who_can_mend_them() {
        let unreadable = PhotoError::Unreadable { format: "JPEG", why: "?".to_owned() };
        assert_eq!(PhotoFault::new(&unreadable, b"").code, FaultCode::Empty);
        assert_eq!(PhotoFault::new(&unreadable, JPEG).code, FaultCode::Unreadable);
        assert_eq!(PhotoFault::new(&unreadable, &JPEG[..9]).code, FaultCode::Truncated);
        let spec = PhotoError::Spec { id: "x".to_owned(), why: "unknown".to_owned() };
        assert!(!PhotoFault::new(&spec, JPEG).code.is_the_senders());
        assert_eq!(serde_json::to_value(FaultCode::TooLarge).unwrap(), FaultCode::TooLarge.key());
    }
}

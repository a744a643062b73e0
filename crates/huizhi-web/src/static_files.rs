//! Styles, scripts and drawings. Their URLs carry the hash of their content, so that browsers keep them for ever.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use crate::error::PageError;

static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/static_files.rs"));
static DRAWINGS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/drawings.rs"));

/// Ten hexadecimal characters tell two versions of a file apart; they are no secret.
const HASH_CHARACTERS: usize = 10;

struct Asset {
    url: String,
    bytes: &'static [u8],
}

static ASSETS: LazyLock<BTreeMap<&'static str, Asset>> = LazyLock::new(|| {
    let all = FILES.iter().chain(DRAWINGS);
    all.map(|(name, bytes)| (*name, Asset { url: format!("/static/{}/{name}", hash(bytes)), bytes })).collect()
});

fn hash(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes).iter().take(HASH_CHARACTERS / 2) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Where a file is, by name: `huizhi.css`.
#[must_use]
pub fn url(name: &str) -> Option<&'static str> {
    ASSETS.get(name).map(|asset| asset.url.as_str())
}

/// The file.
///
/// # Errors
/// [`PageError::Absent`] where there is none, or another version of it.
pub async fn file(Path((version, name)): Path<(String, String)>) -> Result<Response, PageError> {
    let asset = ASSETS.get(name.as_str()).ok_or(PageError::Absent)?;
    if asset.url != format!("/static/{version}/{name}") {
        return Err(PageError::Absent);
    }
    let headers = [(CONTENT_TYPE, media(&name)), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, asset.bytes).into_response())
}

fn media(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

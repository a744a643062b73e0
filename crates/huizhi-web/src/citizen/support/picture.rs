//! A picture with a message: whatever was sent, only what the sandbox encoded anew is kept.

use huizhi_sandbox::SandboxError;

use crate::app::App;
use crate::error::PageError;
use crate::form::FormErrors;
use crate::upload::{self, UploadError};

/// MiB that a picture may have.
pub const MOST_MIB: usize = upload::MOST_BYTES / (1024 * 1024);

/// The picture of a form, encoded anew; what is wrong with it is noted. Where something else is to be mended first it is not looked at:
/// browsers send it again only when it is chosen again.
///
/// # Errors
/// [`PageError::Busy`] where the sandbox has no hand free.
pub async fn taken(
    app: &App,
    sent: Result<Option<Vec<u8>>, UploadError>,
    errors: &mut FormErrors,
) -> Result<Option<Vec<u8>>, PageError> {
    let bytes = match sent {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(None),
        Err(error) => {
            errors.add_value("photo", error.key(), MOST_MIB.to_string());
            return Ok(None);
        }
    };
    if !errors.is_empty() {
        errors.add("photo", "help-photo-again");
        return Ok(None);
    }
    match anew(app, bytes).await {
        Ok(picture) => Ok(Some(picture)),
        Err(SandboxError::Busy { .. }) => Err(PageError::Busy),
        Err(error) if error.is_the_files() => {
            errors.add("photo", "help-photo-unreadable");
            Ok(None)
        }
        Err(error) => Err(PageError::broken(error)),
    }
}

/// The engine, or who plays it in tests.
async fn anew(app: &App, bytes: Vec<u8>) -> Result<Vec<u8>, SandboxError> {
    match &app.workers {
        Some(workers) => workers.picture(bytes).await.map(|picture| picture.file),
        None => played(&bytes),
    }
}

#[cfg(test)]
fn played(bytes: &[u8]) -> Result<Vec<u8>, SandboxError> {
    if bytes.windows(4).any(|part| part == b"busy") {
        return Err(SandboxError::Busy { retry_after_s: 60 });
    }
    Ok([b"\xFF\xD8\xFF anew".as_slice(), b"\xFF\xD9"].concat())
}

#[cfg(not(test))]
fn played(_: &[u8]) -> Result<Vec<u8>, SandboxError> {
    Err(SandboxError::Busy { retry_after_s: 60 })
}

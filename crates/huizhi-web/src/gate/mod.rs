//! Who gets in: passwords, how often one may be wrong, and browsers that are known.

pub mod budget;
pub mod device;
pub mod lists;
pub mod passkey;
pub mod password;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::error::PageError;

/// A new session token: 256 random bits.
///
/// # Errors
/// [`PageError::Broken`] where the machine gives no random numbers.
pub fn draw_token() -> Result<String, PageError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(PageError::broken)?;
    Ok(BASE64.encode(bytes))
}

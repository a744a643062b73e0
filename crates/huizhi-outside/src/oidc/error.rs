//! Why somebody is not known by a provider.

use super::TokenFault;
use crate::client::CallError;

/// Why somebody is not known by a provider. The provider's or the operator's to mend, but for [`OidcError::Code`].
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// No answer came.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The answer is none.
    #[error("{what} answers {status}")]
    Answer {
        /// What was called: `discovery`, `keys`, `token`.
        what: &'static str,
        /// HTTP's status.
        status: u16,
    },
    /// The answer lacks something.
    #[error("{0} can't be read")]
    Garbled(&'static str),
    /// The provider's description is that of another.
    #[error("the discovery document is of the issuer “{0}”; issuer has to be the same to the letter")]
    Issuer(String),
    /// It can't do what is needed.
    #[error("the provider does not offer {0}")]
    Without(&'static str),
    /// The code is none, was used, or is not ours.
    #[error("the provider does not know the code")]
    Code,
    /// The provider does not know us.
    #[error("the provider refuses client-id or secret")]
    Client,
    /// It was down a moment ago, and is not asked again yet.
    #[error("the provider did not answer a moment ago")]
    Down,
    /// What it says of somebody does not hold.
    #[error("the ID token: {0}")]
    Token(#[from] TokenFault),
}

impl OidcError {
    /// Its code, for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Call(error) => error.code(),
            Self::Answer { .. } => "answer",
            Self::Garbled(_) => "garbled",
            Self::Issuer(_) => "discovery-issuer",
            Self::Without(_) => "without",
            Self::Code => "code",
            Self::Client => "client",
            Self::Down => "down",
            Self::Token(fault) => fault.code(),
        }
    }
}

//! Secrets of the operator: named in the settings, kept elsewhere.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

/// Where a secret is kept. Settings are copied, mailed and committed; secrets must not be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum SecretPlace {
    /// In an environment variable.
    Env(String),
    /// In a file; line ends around it do not belong to it.
    File(PathBuf),
}

/// A secret is not where it should be. The operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable.
    #[error("the environment variable {0} is not set, or empty")]
    Env(String),
    /// The file.
    #[error("the file {}: {why}", path.display())]
    File {
        /// Where.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// A secret. It is never shown.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// A secret that is at hand.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret, for the one call that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl SecretPlace {
    /// Reads it.
    ///
    /// # Errors
    /// [`SecretError`] names the place.
    pub fn read(&self) -> Result<Secret, SecretError> {
        match self {
            Self::Env(name) => {
                let value = std::env::var(name).ok().filter(|value| !value.is_empty());
                value.map(Secret).ok_or_else(|| SecretError::Env(name.clone()))
            }
            Self::File(path) => {
                let wrong = |why: String| SecretError::File { path: path.clone(), why };
                let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
                let text = text.trim_matches(['\r', '\n']).to_owned();
                if text.is_empty() { Err(wrong("it is empty".to_owned())) } else { Ok(Secret(text)) }
            }
        }
    }
}

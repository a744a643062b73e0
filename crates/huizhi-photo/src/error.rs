//! What can stop the engine. A bad photo is a [`crate::Report`], not an error.

/// Why no answer could be given, by who can mend it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PhotoError {
    /// The file is damaged or cut short. The sender's to mend: choose the photo again (F04).
    #[error("the {format} file cannot be read: {why}")]
    Unreadable {
        /// `JPEG`, `PNG`, `WebP`, `HEIC` …
        format: &'static str,
        /// What the decoder met.
        why: String,
    },
    /// Not a kind of picture that is taken. The sender's to mend: send JPEG, PNG, WebP or HEIC (F01).
    #[error("{what} is not supported; send a JPEG, PNG, WebP or HEIC photo")]
    Unsupported {
        /// What was found instead.
        what: String,
    },
    /// Over or under a limit on bytes or pixels. The sender's to mend (F02, F03).
    #[error("{what} is {found}, the limit is {limit}")]
    TooLarge {
        /// The quantity: `file size`, `picture width` …
        what: &'static str,
        /// What was found, with its unit.
        found: String,
        /// What is allowed, with its unit.
        limit: String,
    },
    /// A document specification is wrong. The operator's to mend.
    #[error("document specification {id}: {why}")]
    Spec {
        /// The document's id, or the file's name where none could be read.
        id: String,
        /// Field and value at fault.
        why: String,
    },
    /// The photo cannot be made into this document, and no choice of ours would change that.
    #[error("cannot make the photo: {why}")]
    Make {
        /// What is missing.
        why: String,
    },
    /// A model file is missing, damaged or does not run. The operator's to mend.
    #[error("model {name}: {why}")]
    Model {
        /// The model's file name.
        name: String,
        /// What the engine said.
        why: String,
    },
}

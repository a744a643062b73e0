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
    /// This picture does not give this document's photo. The person's to mend, mostly by another picture.
    #[error("cannot make the photo: {0}")]
    NotMade(Obstacle),
    /// A model file is missing, damaged or does not run. The operator's to mend.
    #[error("model {name}: {why}")]
    Model {
        /// The model's file name.
        name: String,
        /// What the engine said.
        why: String,
    },
}

/// What stands between a picture and a document's photo, and what to do about it.
#[derive(Clone, Debug, PartialEq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Obstacle {
    /// Nobody is in it.
    #[error("no face was found; take a photo of one person from the front")]
    NoFace,
    /// Nobody could use what would come out.
    #[error("the photo is not usable ({codes}); take it again")]
    NotUsable {
        /// Codes of the findings that block it.
        codes: String,
    },
    /// The document has no size of its own.
    #[error("{document} takes the photo of another document; make that one")]
    OtherDocument {
        /// The document's id.
        document: String,
    },
    /// The document forbids drawn background, and the picture has too little of its own.
    #[error(
        "{document} does not allow drawn background, and the picture ends {px:.0} px too early at the {side}; \
         take it again with more room around the head"
    )]
    NoRoom {
        /// The document's id.
        document: String,
        /// `top`, `bottom`, `left` or `right` of the picture.
        side: String,
        /// What is missing there, px of the picture.
        px: f32,
    },
    /// The document is handed in as taken, in a shape that the picture does not have.
    #[error(
        "{document} is handed in as taken, and {width}×{height} px has not the shape of {columns}×{rows} px; \
         take the photo in that shape"
    )]
    OtherShape {
        /// The document's id.
        document: String,
        /// Columns of the picture, px.
        width: u32,
        /// Rows of the picture, px.
        height: u32,
        /// Columns asked, px.
        columns: u32,
        /// Rows asked, px.
        rows: u32,
    },
}

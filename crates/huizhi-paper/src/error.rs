//! Why there is no sheet.

/// Why a sheet was not made. Whose fault it is stands at each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// A template that cannot be read. The operator's to mend.
    #[error("template {file}: {why}")]
    Template {
        /// The file's name without `.toml`.
        file: String,
        /// The key and value at fault.
        why: String,
    },
    /// The photo or the picture of the name cannot be decoded or has an impossible size. The caller's.
    #[error("the picture {what} cannot be printed: {why}")]
    Picture {
        /// Which one.
        what: &'static str,
        /// What is wrong.
        why: String,
    },
    /// The text of the QR code does not fit. The caller's.
    #[error("{bytes} bytes do not fit into a QR code on this paper")]
    Code {
        /// How long the text is.
        bytes: usize,
    },
    /// More text than 20 pages or 1.2 m of roll hold. The caller's.
    #[error("the sheet would have more than {0}")]
    TooLong(&'static str),
    /// A picture narrower or wider than sensible. The caller's.
    #[error("a picture {0} px wide was asked; it may have 480 to 2160")]
    Width(u32),
    /// A writer refused what we gave it, which is a bug of ours.
    #[error("the {format} could not be written: {why}")]
    Writer {
        /// `PDF` or `PNG`.
        format: &'static str,
        /// What it said.
        why: String,
    },
    /// The font that comes with the crate cannot be read, which is a bug of ours.
    #[error("the built-in font cannot be read")]
    Font,
}

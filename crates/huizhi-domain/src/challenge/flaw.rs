//! Why a film is not believed, by the rule that failed.

use super::Step;

/// Why a film is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It came too late, or is too long, or says times that cannot be.
    #[error("it came too late")]
    Late,
    /// It has too few frames, or pauses: the camera or the machine is too slow.
    #[error("it has too few frames")]
    Sparse,
    /// No face is in it, or it was out of the picture for too long.
    #[error("there is no face")]
    NoFace,
    /// More than one face is in it.
    #[error("there is more than one face")]
    TwoFaces,
    /// The face jumps: two films were joined.
    #[error("the face jumps")]
    Cut,
    /// Frames are the same to the byte.
    #[error("frames come again")]
    Repeated,
    /// Nothing moves.
    #[error("nothing moves")]
    Still,
    /// The same movement comes again exactly.
    #[error("it is a loop")]
    Loop,
    /// The faces in it are not one person's.
    #[error("the face changes")]
    OtherFace,
    /// A step was not seen.
    #[error("{} was not seen", .0.word())]
    Missing(Step),
    /// A turn took too long.
    #[error("{} took too long", .0.word())]
    Slow(Step),
    /// What was seen is not in the order that was asked.
    #[error("the order is not the one that was asked")]
    Order,
    /// It is not who it should be.
    #[error("it is somebody else")]
    OtherPerson,
}

impl Flaw {
    /// Its word in the log and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Sparse => "sparse",
            Self::NoFace => "no-face",
            Self::TwoFaces => "two-faces",
            Self::Cut => "cut",
            Self::Repeated => "repeated",
            Self::Still => "still",
            Self::Loop => "loop",
            Self::OtherFace => "other-face",
            Self::Missing(_) => "missing",
            Self::Slow(_) => "slow",
            Self::Order => "order",
            Self::OtherPerson => "other-person",
        }
    }

    /// The step that it is about.
    #[must_use]
    pub const fn step(self) -> Option<Step> {
        match self {
            Self::Missing(step) | Self::Slow(step) => Some(step),
            _ => None,
        }
    }

    /// Whether it counts as a failed try. A slow line, a slow camera and an empty chair try nothing and tell nothing.
    #[must_use]
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Late | Self::Sparse | Self::NoFace)
    }
}

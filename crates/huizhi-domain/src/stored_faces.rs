//! How many people's faces are kept, and from when on the law asks the operator for something.
//!
//! 人脸识别技术应用安全管理办法 (in force since 2025-06-01): who stores the faces of 100,000 people files with the provincial
//! department for cyberspace within 30 working days.

/// From this many on a filing is due.
pub const FILING_FROM: u64 = 100_000;

/// How long there is for it, working days.
pub const FILING_DAYS: u32 = 30;

/// From this many on it comes near: 80 %, so that there is time to prepare it.
pub const WARNING_FROM: u64 = 80_000;

/// What a number of faces asks of the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaceAlarm {
    /// Nothing.
    None,
    /// The filing comes near.
    Near,
    /// The filing is due.
    Due,
}

impl FaceAlarm {
    /// What a number asks.
    #[must_use]
    pub const fn of(faces: u64) -> Self {
        match faces {
            ..WARNING_FROM => Self::None,
            WARNING_FROM..FILING_FROM => Self::Near,
            FILING_FROM.. => Self::Due,
        }
    }

    /// Its word in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Near => "near",
            Self::Due => "due",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rings_at_four_fifths_and_at_the_whole() {
        let at = [79_999, 80_000, 99_999, 100_000].map(FaceAlarm::of);
        assert_eq!(at, [FaceAlarm::None, FaceAlarm::Near, FaceAlarm::Near, FaceAlarm::Due]);
    }
}

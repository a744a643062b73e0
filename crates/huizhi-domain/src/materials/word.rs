//! The small values of an answer, each with the word that stands for it in the data, the interface and message keys.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::order::UnknownWord;
use crate::words::Lang;

/// A name or sentence in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Said {
    /// In a language.
    #[must_use]
    pub fn of(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// Whether somebody may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Allowed {
    /// They may.
    Yes,
    /// They may not, and no paper changes that.
    No,
    /// It depends on something that only the office can see; the reasons say on what.
    Conditional,
}

impl Allowed {
    /// Its word in the data, the interface and message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Conditional => "conditional",
        }
    }
}

/// Whether an appointment is made before the visit (D14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Booking {
    /// One is.
    Required,
    /// Nobody needs one.
    NotNeeded,
    /// There is nothing to come for.
    None,
}

impl Booking {
    /// Its word in the data, the interface and message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::NotNeeded => "not-needed",
            Self::None => "none",
        }
    }
}

/// Whether a photo receipt (回执) is brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Receipt {
    /// It is.
    Required,
    /// It is, unless a photo was accepted in the same prefecture in the last two years (D5).
    Reuse,
    /// It is, unless the application that waits has a photo already.
    Pending,
    /// It is not.
    None,
}

impl Receipt {
    /// Its word in the data, the interface and message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Reuse => "reuse",
            Self::Pending => "pending",
            Self::None => "none",
        }
    }

    /// Whether one may have to be brought.
    #[must_use]
    pub const fn is_needed(self) -> bool {
        !matches!(self, Self::None)
    }
}

/// What kind of source says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// A page of an authority.
    Official,
    /// A law as we know it: its text was not at hand.
    Law,
    /// An authority's text on somebody else's page.
    Reprint,
    /// A newspaper, or what it says in the net.
    Press,
    /// A page that earns money.
    Commercial,
    /// Our own choice, where nobody says so.
    Ours,
}

impl SourceKind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Official, Self::Law, Self::Reprint, Self::Press, Self::Commercial, Self::Ours];

    /// Its word in the data, the interface and message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Law => "law",
            Self::Reprint => "reprint",
            Self::Press => "press",
            Self::Commercial => "commercial",
            Self::Ours => "ours",
        }
    }
}

/// For how long, and from which age on, an earlier photo is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reuse {
    pub(super) years: u8,
    pub(super) from_age: u8,
}

/// Whether the place of residence is declared (R12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Residence {
    /// It is not.
    No,
    /// It is, by who has no household registration here.
    Declaration,
    /// What is applied for is itself the proof of residence.
    Itself,
}

impl Residence {
    /// Its word in the data, the interface and message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Declaration => "declaration",
            Self::Itself => "itself",
        }
    }
}

/// How long the new document is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Term {
    /// Months.
    Months(u8),
    /// Years.
    Years(u8),
    /// Without end (长期).
    LongTerm,
}

impl Term {
    /// The same in months; `None` for without end.
    #[must_use]
    pub fn months(self) -> Option<u16> {
        match self {
            Self::Months(months) => Some(u16::from(months)),
            Self::Years(years) => Some(u16::from(years) * 12),
            Self::LongTerm => None,
        }
    }

    /// Its word in the interface and in the table of cases: `10-years`, `3-months`, `long-term`.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Months(months) => format!("{months}-months"),
            Self::Years(years) => format!("{years}-years"),
            Self::LongTerm => "long-term".to_owned(),
        }
    }
}

impl FromStr for Term {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let number = |unit: &str| text.strip_suffix(unit).and_then(|number| number.parse().ok());
        let term = match text {
            "long-term" => Some(Self::LongTerm),
            _ => number("-years").map(Self::Years).or_else(|| number("-months").map(Self::Months)),
        };
        term.ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

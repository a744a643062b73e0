//! What can be found.

use std::fmt;
use std::str::FromStr;

use crate::words::Lang;

/// A kind of thing that is found. Among equals, the order of the kinds decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A document (证件) that a photo is made for.
    Document,
    /// A city that issues documents.
    City,
    /// An office with windows.
    Office,
    /// An article.
    Article,
}

/// Text that is no kind of thing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is nothing that can be found")]
pub struct NotAKind(pub String);

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Document, Self::City, Self::Office, Self::Article];

    /// Its word, in tables and messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::City => "city",
            Self::Office => "office",
            Self::Article => "article",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Kind {
    type Err = NotAKind;

    fn from_str(text: &str) -> Result<Self, NotAKind> {
        Self::ALL.into_iter().find(|kind| kind.word() == text).ok_or_else(|| NotAKind(text.to_owned()))
    }
}

/// Which entry it is: its kind, which of the kind, and the language.
pub type Name = (Kind, String, Lang);

/// Something that can be found, in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Which of its kind: an id, a code, a number.
    pub key: String,
    /// The language of its words.
    pub lang: Lang,
    /// What it is called.
    pub title: String,
    /// What is said of it, in plain words.
    pub text: String,
    /// The path of its page.
    pub address: String,
    /// How the title is read where its characters alone do not say it, a syllable a word: `chong qing`.
    pub reading: Option<String>,
    /// Which version it is, where there are versions; 0 elsewhere.
    pub version: i64,
}

impl Entry {
    /// Which entry it is.
    #[must_use]
    pub fn name(&self) -> Name {
        (self.kind, self.key.clone(), self.lang)
    }
}

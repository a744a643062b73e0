//! What is to be known before booking (预约须知). It has a version; who accepted an older one is asked again (R5).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::words::Lang;

/// The notice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// The day from which it is shown in these words.
    pub version: Date,
    /// Its points, in order.
    #[serde(rename = "item")]
    pub items: Vec<NoticeItem>,
}

/// One point of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeItem {
    /// In Chinese.
    pub zh: NoticeWords,
    /// In English.
    pub en: NoticeWords,
}

/// A point's words in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeWords {
    /// What it is about.
    pub title: String,
    /// What it says.
    pub text: String,
}

/// A notice that can't be read. Ours to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("visit/notice.toml: {0}")]
pub struct NoticeError(String);

/// The text that comes with the crate.
#[must_use]
pub fn file() -> &'static str {
    include_str!("../../../../specs/visit/notice.toml")
}

impl Notice {
    /// The notice that comes with the crate.
    ///
    /// # Errors
    /// [`NoticeError`] for a faulty file; a test holds that it is not.
    pub fn built_in() -> Result<Self, NoticeError> {
        Self::read(file())
    }

    /// Reads a notice.
    ///
    /// # Errors
    /// [`NoticeError`] for a faulty text.
    pub fn read(text: &str) -> Result<Self, NoticeError> {
        toml::from_str(text).map_err(|error| NoticeError(error.to_string().trim_end().to_owned()))
    }

    /// The version, as an acceptance notes it.
    #[must_use]
    pub fn version(&self) -> String {
        self.version.to_string()
    }

    /// The points in a language.
    pub fn words(&self, lang: Lang) -> impl Iterator<Item = &NoticeWords> {
        self.items.iter().map(move |item| match lang {
            Lang::Zh => &item.zh,
            Lang::En => &item.en,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notice_says_every_point_in_both_languages() {
        let notice = Notice::built_in().unwrap();
        // background.md §4.2 lists thirteen topics.
        assert_eq!(notice.items.len(), 13);
        for lang in Lang::ALL {
            assert!(notice.words(lang).all(|words| !words.title.is_empty() && !words.text.is_empty()), "{lang:?}");
        }
        assert_eq!(notice.version().len(), 10);
    }

    #[test]
    fn a_faulty_notice_is_named() {
        let error = Notice::read("version = \"soon\"").unwrap_err();
        assert!(error.to_string().starts_with("visit/notice.toml"), "{error}");
    }
}

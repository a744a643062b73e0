//! The local content check: a list of words, found however they are spelt.

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

const BUILT_IN: &str = include_str!("../../../../specs/site/words.toml");

/// Words in Latin letters of at most so many stand by themselves: inside others they mean nothing.
const SHORT: usize = 4;

/// Letters that look like Latin ones, and digits that stand for letters.
const LOOK_ALIKES: [(char, char); 24] = [
    ('а', 'a'),
    ('е', 'e'),
    ('о', 'o'),
    ('р', 'p'),
    ('с', 'c'),
    ('х', 'x'),
    ('у', 'y'),
    ('і', 'i'),
    ('ѕ', 's'),
    ('ԁ', 'd'),
    ('ѵ', 'v'),
    ('к', 'k'),
    ('м', 'm'),
    ('т', 't'),
    ('α', 'a'),
    ('ο', 'o'),
    ('ρ', 'p'),
    ('ν', 'v'),
    ('υ', 'u'),
    ('ι', 'i'),
    ('ı', 'i'),
    ('ɡ', 'g'),
    ('0', 'o'),
    ('1', 'l'),
];

/// What is done with a comment that has one of a group's words in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Does {
    /// It is put aside.
    Aside,
    /// Whoever looks at it is told.
    Look,
}

/// Where a word counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Place {
    /// In name and text.
    #[default]
    Anywhere,
    /// In the name alone.
    Name,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    label: String,
    does: Does,
    #[serde(default)]
    place: Place,
    words: Vec<String>,
    reason: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    group: Vec<Group>,
}

/// A list of words that can't be read. The operator's to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("site/words.toml: {0}")]
pub struct ContentError(String);

/// The local list.
#[derive(Clone, Debug)]
pub struct ContentCheck(Vec<Group>);

/// What the list finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What kind of word it is, as message keys have it.
    pub label: String,
    /// Whether the comment is put aside for it.
    pub aside: bool,
}

impl ContentCheck {
    /// The file that comes with the crate.
    #[must_use]
    pub const fn file() -> &'static str {
        BUILT_IN
    }

    /// The list that comes with the crate.
    ///
    /// # Errors
    /// [`ContentError`] for a faulty file; a test holds that it is none.
    pub fn built_in() -> Result<Self, ContentError> {
        Self::read(BUILT_IN)
    }

    /// A list of a file's text.
    ///
    /// # Errors
    /// [`ContentError`] says what is wrong and where.
    pub fn read(text: &str) -> Result<Self, ContentError> {
        let file: File = toml::from_str(text).map_err(|error| ContentError(error.to_string().trim_end().to_owned()))?;
        if file.version != 1 {
            return Err(ContentError(format!("version is {}, and only 1 is known", file.version)));
        }
        for group in &file.group {
            if group.reason.trim().is_empty() || group.source.trim().is_empty() {
                return Err(ContentError(format!("a group “{}” has no reason or no source", group.label)));
            }
            if let Some(word) = group.words.iter().find(|word| Folded::of(word).dense.is_empty()) {
                return Err(ContentError(format!("“{word}” in the group “{}” is no word", group.label)));
            }
        }
        Ok(Self(file.group))
    }

    /// What a name and a text have in them: the gravest first, else what comes first in the list. `None` for most.
    #[must_use]
    pub fn look(&self, name: &str, text: &str) -> Option<Found> {
        let (name, text) = (Folded::of(name), Folded::of(text));
        let hits = |group: &&Group| {
            group.words.iter().any(|word| {
                let word = Folded::of(word);
                name.has(&word) || (group.place == Place::Anywhere && text.has(&word))
            })
        };
        let found: Vec<&Group> = self.0.iter().filter(hits).collect();
        let worst = found.iter().find(|group| group.does == Does::Aside).or_else(|| found.first())?;
        Some(Found { label: worst.label.clone(), aside: worst.does == Does::Aside })
    }
}

/// A text without what hides words in it.
struct Folded {
    /// Letters and digits alone.
    dense: String,
    /// The same with one blank where there was anything else, and one at either end.
    spaced: String,
}

impl Folded {
    fn of(text: &str) -> Self {
        let (mut dense, mut spaced) = (String::new(), String::from(" "));
        for sign in text.nfkc().flat_map(char::to_lowercase) {
            if sign.is_alphanumeric() {
                let plain = LOOK_ALIKES.iter().find(|(from, _)| *from == sign).map_or(sign, |(_, to)| *to);
                dense.push(plain);
                spaced.push(plain);
            } else if !spaced.ends_with(' ') {
                spaced.push(' ');
            }
        }
        if !spaced.ends_with(' ') {
            spaced.push(' ');
        }
        Self { dense, spaced }
    }

    fn has(&self, word: &Self) -> bool {
        let alone = word.dense.is_ascii() && word.dense.len() <= SHORT;
        if alone { self.spaced.contains(&word.spaced) } else { self.dense.contains(&word.dense) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(name: &str, text: &str) -> Option<(String, bool)> {
        ContentCheck::built_in().unwrap().look(name, text).map(|found| (found.label, found.aside))
    }

    #[test]
    fn words_are_found_however_they_are_spelt() {
        for text in [
            "专业办证",
            "专 业 办 证",
            "专.业.办-证",
            "专\u{200B}业办\u{3000}证",
            "CASINO",
            "ｃａｓｉｎｏ",
            "с а s i n 0",
        ] {
            assert_eq!(label("读者", text), Some(("advert".to_owned(), true)), "{text}");
        }
        assert_eq!(label("读者", "想加微信问问"), Some(("advert".to_owned(), false)));
        assert_eq!(label("读者", "VX 联系"), Some(("advert".to_owned(), false)));
    }

    #[test]
    fn ordinary_questions_have_nothing_in_them() {
        for text in [
            "请问在惠州可以自己拍照吗？",
            "回执要多少天？20 元贵吗",
            "vxworks",
            "The office was closed on Monday.",
            "去派出所还是窗口？",
        ] {
            assert_eq!(label("读者", text), None, "{text}");
        }
    }

    #[test]
    fn a_name_that_poses_as_the_service_is_told_and_the_gravest_word_counts() {
        assert_eq!(label("官 方 客 服", "大家好"), Some(("posing".to_owned(), false)));
        assert_eq!(label("官方客服", "办假证找我"), Some(("advert".to_owned(), true)));
    }

    #[test]
    fn a_faulty_list_is_named() {
        for (text, said) in [
            ("version = 2\ngroup = []", "only 1"),
            (
                "version = 1\n[[group]]\nlabel = \"a\"\ndoes = \"look\"\nwords = [\"!\"]\nreason = \"r\"\nsource = \"s\"",
                "no word",
            ),
            (
                "version = 1\n[[group]]\nlabel = \"a\"\ndoes = \"look\"\nwords = []\nreason = \"\"\nsource = \"s\"",
                "no reason",
            ),
            ("version = 1\n[[group]]\nlabel = \"a\"\ndoes = \"burn\"", "burn"),
        ] {
            let error = ContentCheck::read(text).unwrap_err().to_string();
            assert!(error.starts_with("site/words.toml: ") && error.contains(said), "{error}");
        }
    }
}

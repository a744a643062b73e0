//! What is said to people, in two languages. The words are in `locales/*/*.ftl`, one file a noun.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::{Deserialize, Serialize};

/// A language that we speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Lang {
    /// 简体中文
    #[default]
    #[serde(rename = "zh-CN")]
    Zh,
    /// English
    #[serde(rename = "en")]
    En,
}

impl Lang {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// Its BCP 47 tag, as `lang` attributes and cookies carry it.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The language of a tag such as `zh`, `zh-Hans-CN` or `en-GB`; `None` for one that we do not speak.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        match tag.trim().split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

/// Words that can't be taken. Who wrote them has to mend them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct WordsError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: WordsFault,
}

/// What is wrong with a line of words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsFault {
    /// It is no message.
    #[error("there is no =")]
    NoSign,
    /// No message has this key.
    #[error("no message is called “{0}”")]
    Unknown(String),
    /// The message of this key says nothing.
    #[error("{0} is empty")]
    Empty(String),
    /// The message has other values than ours.
    #[error("{key}: its values must be {wanted}")]
    Values {
        /// Its key.
        key: String,
        /// Ours, as they are written.
        wanted: String,
    },
    /// The message of this key has values, and ours has none.
    #[error("{0}: it takes no values")]
    NoValues(String),
}

/// Messages by key in both languages. A file has one plain message a line, `key = text with { $value }`, in the syntax of
/// Fluent; lines that begin with `#` are comments.
#[derive(Clone, Debug, Default)]
pub struct Words {
    zh: BTreeMap<&'static str, &'static str>,
    en: BTreeMap<&'static str, &'static str>,
}

impl Words {
    /// Reads pairs of files, zh-CN and en.
    #[must_use]
    pub fn read(files: &[(&'static str, &'static str)]) -> Self {
        let mut words = Self::default();
        for (zh, en) in files {
            words.zh.extend(lines(zh));
            words.en.extend(lines(en));
        }
        words
    }

    /// These words with an operator's in the place of some, each file with its language. A message that is new stays in memory until the program
    /// ends, so that all can be borrowed: words are changed by hand, a few at a time.
    #[must_use]
    pub fn amended(&self, files: &[(Lang, &str)]) -> Self {
        let mut words = self.clone();
        for (lang, text) in files {
            let all = match lang {
                Lang::Zh => &mut words.zh,
                Lang::En => &mut words.en,
            };
            for (key, value) in lines(text) {
                if let Some(kept) = all.get_mut(key)
                    && *kept != value
                {
                    *kept = value.to_owned().leak();
                }
            }
        }
        words
    }

    /// Whether a file has only messages that are known, with the values that they have here.
    ///
    /// # Errors
    /// [`WordsError`], naming the line.
    pub fn check(&self, lang: Lang, text: &str) -> Result<(), WordsError> {
        for (at, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let fault = |fault: WordsFault| WordsError { line: at, fault };
            let (key, value) = line.split_once('=').ok_or_else(|| fault(WordsFault::NoSign))?;
            let (key, value) = (key.trim(), value.trim());
            let known = self.pattern(lang, key).ok_or_else(|| fault(WordsFault::Unknown(key.to_owned())))?;
            if value.is_empty() {
                return Err(fault(WordsFault::Empty(key.to_owned())));
            }
            if values(value) != values(known) {
                let wanted: Vec<String> = values(known).iter().map(|name| format!("{{ ${name} }}")).collect();
                let key = key.to_owned();
                return Err(fault(if wanted.is_empty() {
                    WordsFault::NoValues(key)
                } else {
                    WordsFault::Values { key, wanted: wanted.join(", ") }
                }));
            }
        }
        Ok(())
    }

    /// The message of a key with its values filled in; the key itself where there is none.
    #[must_use]
    pub fn say(&self, lang: Lang, key: &str, values: &[(&str, &dyn Display)]) -> String {
        let Some(pattern) = self.pattern(lang, key) else { return key.to_owned() };
        let mut text = pattern.to_owned();
        for (name, value) in values {
            text = text.replace(&format!("{{ ${name} }}"), &value.to_string());
        }
        text
    }

    /// The message of a key as it stands in the file.
    #[must_use]
    pub fn pattern(&self, lang: Lang, key: &str) -> Option<&'static str> {
        match lang {
            Lang::Zh => self.zh.get(key).copied(),
            Lang::En => self.en.get(key).copied(),
        }
    }

    /// What differs between the languages: keys that one of them lacks, and keys whose values are not the same.
    #[must_use]
    pub fn uneven(&self) -> Vec<String> {
        let keys = self.zh.keys().chain(self.en.keys());
        let mut uneven: Vec<String> = keys
            .filter(|key| match (self.zh.get(*key), self.en.get(*key)) {
                (Some(zh), Some(en)) => values(zh) != values(en),
                _ => true,
            })
            .map(|key| (*key).to_owned())
            .collect();
        uneven.sort();
        uneven.dedup();
        uneven
    }
}

fn lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
}

fn values(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = text.split("{ $").skip(1).filter_map(|rest| rest.split(" }").next()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_filled_in_and_unknown_keys_stand_as_they_are() {
        let words = Words::read(&[("# a comment\nhello = 你好，{ $name }", "hello = Hello, { $name }")]);
        assert_eq!(words.say(Lang::Zh, "hello", &[("name", &"惠州")]), "你好，惠州");
        assert_eq!(words.say(Lang::En, "no-such-key", &[]), "no-such-key");
        assert!(words.uneven().is_empty());
    }

    #[test]
    fn an_operators_words_stand_in_the_place_of_ours() {
        let ours = Words::read(&[("hello = 你好，{ $name }\nbye = 再见", "hello = Hello, { $name }\nbye = Bye")]);
        let text = "# ours\n\nhello = 您好，{ $name }";
        assert_eq!(ours.check(Lang::Zh, text), Ok(()));
        let amended = ours.amended(&[(Lang::Zh, text)]);
        assert_eq!(amended.say(Lang::Zh, "hello", &[("name", &"惠州")]), "您好，惠州");
        assert_eq!(amended.say(Lang::Zh, "bye", &[]), "再见", "what the file leaves out stays");
        assert_eq!(amended.say(Lang::En, "bye", &[]), "Bye");
        let told = |text: &str| ours.check(Lang::Zh, text).unwrap_err().to_string();
        assert_eq!(told("bye = 再会\nhello = 您好"), "line 2: hello: its values must be { $name }");
        assert_eq!(told("bye = 再会，{ $name }"), "line 1: bye: it takes no values");
        assert_eq!(told("# x\n\nhi = 嗨"), "line 3: no message is called “hi”");
        assert_eq!(told("bye ="), "line 1: bye is empty");
        assert_eq!(told("bye"), "line 1: there is no =");
    }

    #[test]
    fn a_message_that_one_language_lacks_is_told() {
        assert_eq!(Words::read(&[("a = { $x }\nb = 1", "a = { $y }\nb = 1")]).uneven(), ["a"]);
        assert_eq!(Words::read(&[("a = 1", "")]).uneven(), ["a"]);
    }

    #[test]
    fn tags_of_browsers_are_understood() {
        for (tag, lang) in [("zh-Hans-CN", Some(Lang::Zh)), ("en_GB", Some(Lang::En)), ("fr", None)] {
            assert_eq!(Lang::of_tag(tag), lang);
        }
    }
}

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

fn lines(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
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

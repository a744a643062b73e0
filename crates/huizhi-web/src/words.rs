//! All words of the pages: every file of `locales/`, in both languages, with the operator's in the place of some.

use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use huizhi_domain::words::{Lang, Words};

/// Name and text of every file, listed when the crate is built.
static ZH: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/words_zh.rs"));
static EN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/words_en.rs"));

static BUILT_IN: LazyLock<Arc<Words>> = LazyLock::new(|| {
    let texts: Vec<(&str, &str)> = ZH
        .iter()
        .map(|(name, zh)| (*zh, EN.iter().find(|(other, _)| other == name).map_or("", |(_, en)| *en)))
        .collect();
    Arc::new(Words::read(&texts))
});

/// The words that are said now. They belong to the process and not to an `App`, because they are said where no `App` is at hand.
static WORDS: LazyLock<RwLock<Arc<Words>>> = LazyLock::new(|| RwLock::new(Arc::clone(&BUILT_IN)));

/// The words.
#[must_use]
pub fn words() -> Arc<Words> {
    Arc::clone(&WORDS.read().unwrap_or_else(PoisonError::into_inner))
}

/// The words that come with the program.
#[must_use]
pub fn built_in() -> Arc<Words> {
    Arc::clone(&BUILT_IN)
}

/// Says other words from now on.
pub fn adopt(words: Arc<Words>) {
    *WORDS.write().unwrap_or_else(PoisonError::into_inner) = words;
}

/// The files that come with the program: the language's tag and the file's name, `zh-CN.order`, and text.
pub fn files() -> impl Iterator<Item = (String, &'static str)> {
    let named = |lang: Lang, files: &'static [(&'static str, &'static str)]| {
        let name = move |name: &str| format!("{}.{}", lang.tag(), name.trim_end_matches(".ftl"));
        files.iter().map(move |&(file, text)| (name(file), text))
    };
    named(Lang::Zh, ZH).chain(named(Lang::En, EN))
}

/// The language of a file's name.
#[must_use]
pub fn lang_of(name: &str) -> Option<Lang> {
    let tag = name.split('.').next()?;
    Lang::ALL.into_iter().find(|lang| lang.tag() == tag)
}

/// What a reader of files says of a fault in its own words, after the line that it names.
#[must_use]
pub fn unread(lang: Lang, text: &str) -> String {
    let mut lines =
        text.split("line ").skip(1).map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    match lines.find(|line| !line.is_empty()) {
        Some(line) => words().say(lang, "unread-line", &[("line", &line), ("text", &text)]),
        None => words().say(lang, "unread", &[("text", &text)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_files_and_messages_with_the_same_values() {
        let names = |files: &[(&'static str, &str)]| files.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        assert_eq!(names(ZH), names(EN));
        assert_eq!(words().uneven(), Vec::<String>::new());
    }

    #[test]
    fn no_message_stands_in_two_files() {
        let mut keys: Vec<&str> = ZH
            .iter()
            .flat_map(|(_, text)| text.lines())
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once('=').map(|(key, _)| key.trim()))
            .collect();
        keys.sort_unstable();
        let twice: Vec<_> = keys.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn a_readers_words_come_after_the_line_that_they_name() {
        let said = unread(Lang::Zh, "materials/id-card.toml, line 7: unclosed array");
        assert_eq!(said, "第 7 行读不懂：materials/id-card.toml, line 7: unclosed array");
        assert_eq!(unread(Lang::Zh, "no line is named"), "读不懂：no line is named");
    }
}

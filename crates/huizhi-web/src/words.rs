//! All words of the pages: every file of `locales/`, in both languages.

use std::sync::LazyLock;

use huizhi_domain::words::Words;

/// Name and text of every file, listed when the crate is built.
static ZH: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/words_zh.rs"));
static EN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/words_en.rs"));

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let texts: Vec<(&str, &str)> = ZH
        .iter()
        .map(|(name, zh)| (*zh, EN.iter().find(|(other, _)| other == name).map_or("", |(_, en)| *en)))
        .collect();
    Words::read(&texts)
});

/// The words.
#[must_use]
pub fn words() -> &'static Words {
    &WORDS
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
}

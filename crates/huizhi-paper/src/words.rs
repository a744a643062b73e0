//! The words on paper: `locales/*/receipt-paper.ftl`.

use std::sync::LazyLock;

use huizhi_domain::words::{Lang, Words};
use jiff::civil::Date;

pub(crate) static WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::read(&[(
        include_str!("../../../locales/zh-CN/receipt-paper.ftl"),
        include_str!("../../../locales/en/receipt-paper.ftl"),
    )])
});

/// A message without values.
pub(crate) fn word(lang: Lang, key: &str) -> String {
    WORDS.say(lang, key, &[])
}

/// A day as people write it in a language.
pub(crate) fn day(lang: Lang, date: Date) -> String {
    let pad = |n: i8| match lang {
        Lang::Zh => n.to_string(),
        Lang::En => format!("{n:02}"),
    };
    let (year, month, day) = (date.year(), pad(date.month()), pad(date.day()));
    WORDS.say(lang, "receipt-paper-day", &[("year", &year), ("month", &month), ("day", &day)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_messages() {
        assert_eq!(WORDS.uneven(), [""; 0]);
    }

    #[test]
    fn days_are_written_as_people_do() {
        let date = jiff::civil::date(2026, 5, 4);
        assert_eq!(day(Lang::Zh, date), "2026年5月4日");
        assert_eq!(day(Lang::En, date), "2026-05-04");
    }
}

//! Days and ages as people type them: digits of either width, the signs of any keyboard, and the words that follow a number in Chinese.

use std::str::FromStr;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization as _;

/// What stands between the parts of a day, or after them.
const BETWEEN: [char; 11] = ['-', '‐', '–', '—', '.', '。', '/', '年', '月', '日', '号'];

/// A day, written `1958-03-07`, `1958.3.7`, `1958/3/7`, `1958年3月7日` or `19580307`. `None` for everything else.
#[must_use]
pub fn read(text: &str) -> Option<Date> {
    let plain: String = text.nfkc().collect();
    let between = |letter: char| letter.is_whitespace() || BETWEEN.contains(&letter);
    let parts: Vec<&str> = plain.split(between).filter(|part| !part.is_empty()).collect();
    let (year, month, day) = match parts.as_slice() {
        [year, month, day] => (*year, *month, *day),
        [whole] if whole.len() == 8 => (whole.get(..4)?, whole.get(4..6)?, whole.get(6..)?),
        _ => return None,
    };
    // Two digits of a year leave the century open.
    if year.len() != 4 {
        return None;
    }
    Date::new(number(year)?, number(month)?, number(day)?).ok()
}

/// An age in full years, with 岁 or 周岁 behind it or without. `None` for everything else.
#[must_use]
pub fn years(text: &str) -> Option<u8> {
    let plain: String = text.nfkc().collect();
    let bare = plain.trim().trim_end_matches(['岁', '歲', '周', '週']);
    number(bare.trim_end())
}

/// Digits alone: no sign before them.
fn number<N: FromStr>(text: &str) -> Option<N> {
    let digits = text.bytes().all(|letter| letter.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_read_as_people_write_them() {
        for text in [
            "1958-03-07",
            "1958-3-7",
            "1958.3.7",
            "1958/03/07",
            "1958年3月7日",
            "1958 年 3 月 7 号",
            "19580307",
            " １９５８－０３－０７ ",
            "１９５８．３．７",
            "１９５８年3月７日",
        ] {
            assert_eq!(read(text), Some(date(1958, 3, 7)), "{text}");
        }
        for text in
            ["", "1958", "7 March 1958", "1958-13-01", "1958-02-30", "58-3-7", "580307", "+958-3-7", "1958-03-07-1"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn ages_are_read_with_their_word_and_without() {
        for text in ["67", "６７", " 67 ", "67岁", "67 岁", "６７周岁"] {
            assert_eq!(years(text), Some(67), "{text}");
        }
        for text in ["", "岁", "-1", "+67", "6.7", "sixty", "300"] {
            assert_eq!(years(text), None, "{text}");
        }
    }
}

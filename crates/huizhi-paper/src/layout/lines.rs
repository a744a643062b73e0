//! Where a text breaks into lines: between Chinese characters and at spaces; never before a closing mark or after an opening
//! one; inside a word only where it alone is longer than a line.

use crate::fonts::Fonts;

/// Marks that begin no line.
const CLOSING: &str = "，。、；：？！）》〉」』】〕〗’”…—·％℃,.;:?!)]}%";

/// Marks that end no line.
const OPENING: &str = "（《〈「『【〔〖‘“([{￥";

/// A line.
#[derive(Debug, PartialEq)]
pub(super) struct Line {
    /// Its text; spaces at its end stay, so that words do not run together when the text is copied.
    pub(super) text: String,
    /// Its width without them, em.
    pub(super) width: f32,
}

/// Breaks a text into lines at most so wide, em. An empty text has no line.
pub(super) fn wrap(fonts: &Fonts, text: &str, most: f32) -> Vec<Line> {
    // Sums of glyphs' widths may differ in the last digit from the widths of sums.
    let most = most + 1e-3;
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        let joined = fonts.width(line.as_str()) + fonts.width(piece.trim_end());
        if joined <= most {
            line.push_str(piece);
        } else if fonts.width(piece.trim_end()) <= most {
            lines.push(std::mem::replace(&mut line, piece.to_owned()));
        } else {
            for character in piece.chars() {
                let width = fonts.width(line.as_str()) + fonts.width(character.encode_utf8(&mut [0; 4]));
                if width > most && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(character);
            }
        }
    }
    lines.push(line);
    lines.retain(|line| !line.trim().is_empty());
    lines.into_iter().map(|text| Line { width: fonts.width(text.trim_end()), text }).collect()
}

/// Breaks a text into as few lines as [`wrap`] does, of about the same length.
pub(super) fn balance(fonts: &Fonts, text: &str, most: f32) -> Vec<Line> {
    let count = wrap(fonts, text, most).len();
    let least = fonts.width(text) / count.max(1) as f32;
    // A quarter of a letter at a time.
    let steps = ((most - least).max(0.0) * 4.0).ceil() as u32;
    let widths = (0..steps).map(|step| least + step as f32 / 4.0);
    let fitting = widths.map(|width| wrap(fonts, text, width)).find(|lines| lines.len() == count);
    fitting.unwrap_or_else(|| wrap(fonts, text, most))
}

/// The parts between which a line may break, each with its spaces behind it.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, character) in text.char_indices() {
        if before.is_some_and(|before| may_break(before, character)) {
            pieces.push(&text[start..at]);
            start = at;
        }
        before = Some(character);
    }
    pieces.push(&text[start..]);
    pieces
}

fn may_break(before: char, after: char) -> bool {
    // The CJK radicals begin at U+2E80.
    let wide = |c: char| c >= '\u{2E80}';
    match (before, after) {
        (_, ' ') => false,
        (' ', _) => true,
        (before, after) if CLOSING.contains(after) || OPENING.contains(before) => false,
        (before, after) => wide(before) || wide(after),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(text: &str, most: f32) -> Vec<String> {
        wrap(&Fonts::bundled().unwrap(), text, most).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn chinese_breaks_anywhere_but_around_marks() {
        assert_eq!(texts("请在有效期内办理。", 8.0), ["请在有效期内办", "理。"]);
        assert_eq!(texts("请带（户口本）来", 3.0), ["请带", "（户口", "本）来"]);
    }

    #[test]
    fn words_stay_whole_unless_longer_than_a_line() {
        assert_eq!(texts("Keep this sheet", 6.0), ["Keep this ", "sheet"]);
        assert_eq!(texts("abcdefghijkl", 3.0).concat(), "abcdefghijkl");
    }

    #[test]
    fn titles_break_in_the_middle() {
        let lines = balance(&Fonts::bundled().unwrap(), "广东省居民身份证数字相片采集（检测）回执", 13.5);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["广东省居民身份证数字", "相片采集（检测）回执"]);
        assert!(balance(&Fonts::bundled().unwrap(), "", 5.0).is_empty());
    }

    #[test]
    fn an_empty_text_has_no_line() {
        assert!(texts("", 5.0).is_empty() && texts("  ", 5.0).is_empty());
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked_and_nothing_is_lost(text in "[a-z惠州窗口，。（） ]{0,80}", most in 1.2_f32..20.0) {
            let fonts = Fonts::bundled().unwrap();
            let lines = wrap(&fonts, &text, most);
            for line in &lines {
                prop_assert!(line.width <= most + 2e-3, "{line:?}");
            }
            let kept: String = lines.iter().flat_map(|line| line.text.chars()).filter(|c| *c != ' ').collect();
            prop_assert_eq!(kept, text.replace(' ', ""));
        }
    }
}

//! What Markdown means to the rules: which characters are read, and which pictures and links there are. No parser: places have to be
//! those of the text as it is written.

use std::ops::Range;

/// A picture or a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// All of it, characters of the text.
    pub at: Range<usize>,
    /// The words in square brackets.
    pub words: String,
    /// Where it leads.
    pub target: String,
    /// Whether it is a picture.
    pub picture: bool,
}

/// The pictures and links `[words](target)` of a text, in its order.
#[must_use]
pub fn references(text: &str) -> Vec<Reference> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let Some(reference) = reference_at(&chars, at) else {
            at += 1;
            continue;
        };
        // A link may have a picture in it.
        at = if reference.picture { reference.at.end } else { at + 1 };
        found.push(reference);
    }
    found
}

/// The addresses of ours that a text links, each once, as they are asked: without what stands behind `#`.
#[must_use]
pub fn links(text: &str) -> Vec<String> {
    let mut links: Vec<String> =
        references(text).into_iter().filter_map(|it| own(&it.target).map(str::to_owned)).collect();
    links.sort();
    links.dedup();
    links
}

/// The address of ours that a target means; `None` for one elsewhere, and for a place on the same page.
pub(super) fn own(target: &str) -> Option<&str> {
    let path = target.split('#').next().unwrap_or_default();
    (path.starts_with('/') && !path.starts_with("//")).then_some(path)
}

fn reference_at(chars: &[char], at: usize) -> Option<Reference> {
    let picture = chars.get(at) == Some(&'!') && chars.get(at + 1) == Some(&'[');
    let opens = at + usize::from(picture);
    if chars.get(opens) != Some(&'[') {
        return None;
    }
    // Brackets may have pairs of their own in them: 图片[8]-….
    let mut depth = 0;
    let line = chars.get(opens..)?.split(|letter| *letter == '\n').next()?;
    let length = line.iter().position(|letter| {
        depth += match letter {
            '[' => 1,
            ']' => -1,
            _ => 0,
        };
        depth == 0
    })?;
    let closes = opens + length;
    if chars.get(closes + 1) != Some(&'(') {
        return None;
    }
    let begins = closes + 2;
    let ends = begins + chars.get(begins..)?.iter().position(|letter| *letter == ')' || *letter == '\n')?;
    if chars.get(ends) != Some(&')') {
        return None;
    }
    let inside: String = chars.get(begins..ends)?.iter().collect();
    Some(Reference {
        at: at..ends + 1,
        words: chars.get(opens + 1..closes)?.iter().collect(),
        // A title may stand behind the address.
        target: inside.split_whitespace().next().unwrap_or_default().to_owned(),
        picture,
    })
}

/// What is read of a text, each other character a space: no blocks `{{…}}`, no targets, no bare addresses, and not the words of pictures,
/// which have rules of their own.
pub(super) fn prose(text: &str) -> Vec<char> {
    let mut chars: Vec<char> = text.chars().collect();
    let mut blank = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let Some(range) = blank_at(&chars, at) else {
            at += 1;
            continue;
        };
        at = range.end;
        blank.push(range);
    }
    for place in blank.into_iter().flatten() {
        if let Some(letter) = chars.get_mut(place)
            && *letter != '\n'
        {
            *letter = ' ';
        }
    }
    chars
}

/// What begins at a place and is not read.
fn blank_at(chars: &[char], at: usize) -> Option<Range<usize>> {
    let rest = chars.get(at..)?.split(|letter| *letter == '\n').next()?;
    let until = |end: &[char]| rest.windows(end.len()).position(|part| part == end).map(|found| found + end.len());
    if rest.starts_with(&['{', '{']) {
        return until(&['}', '}']).map(|length| at..at + length);
    }
    if let Some(reference) = reference_at(chars, at).filter(|reference| reference.picture) {
        return Some(reference.at);
    }
    if rest.starts_with(&[']', '(']) {
        return until(&[')']).map(|length| at + 1..at + length);
    }
    if rest.starts_with(&['h', 't', 't', 'p']) {
        let address = |letter: &char| !letter.is_whitespace() && !"<>()[]，。；、！？".contains(*letter);
        let length = rest.iter().take_while(|letter| address(letter)).count();
        let is_address = rest.get(..length)?.iter().collect::<String>().contains("://");
        return is_address.then_some(at..at + length);
    }
    None
}

/// A sentence of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sentence<'a> {
    /// Where it begins, characters of the text.
    pub at: usize,
    /// Its characters.
    pub chars: &'a [char],
}

impl Sentence<'_> {
    /// Its text.
    pub(super) fn text(&self) -> String {
        self.chars.iter().collect()
    }
}

/// The sentences of a text. A line is never part of two.
pub(super) fn sentences(chars: &[char]) -> Vec<Sentence<'_>> {
    let mut found = Vec::new();
    let mut begins = 0;
    for (at, letter) in chars.iter().enumerate() {
        let full_stop = *letter == '.' && chars.get(at + 1).is_none_or(|next| next.is_whitespace());
        if full_stop || "。！？!?；;\n".contains(*letter) {
            found.push(Sentence { at: begins, chars: chars.get(begins..=at).unwrap_or_default() });
            begins = at + 1;
        }
    }
    found.push(Sentence { at: begins, chars: chars.get(begins..).unwrap_or_default() });
    found.retain(|sentence| sentence.chars.iter().any(|letter| !letter.is_whitespace()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_and_links_are_found_with_their_places() {
        let text =
            "看 ![一张 照片](/picture/a.jpg \"题\") 和[办理](/photo#top)、[外面](https://example.cn)。[没有](\n)";
        let found = references(text);
        assert_eq!(found.len(), 3);
        let picture = found.first().unwrap();
        assert!(picture.picture && picture.words == "一张 照片" && picture.target == "/picture/a.jpg");
        let there: String = text.chars().skip(picture.at.start).take(picture.at.len()).collect();
        assert!(there.starts_with("![") && there.ends_with(')'));
        assert_eq!(links(text), ["/photo", "/picture/a.jpg"]);
        assert_eq!(own("//evil.example"), None);
    }

    #[test]
    fn what_is_not_read_is_blank_and_nothing_moves() {
        let text = "在惠州{{receipt 441300}}办[这里](/photo/深圳)，见 https://a.cn/深圳 。\n![深圳](/picture/x.jpg)";
        let seen: String = prose(text).iter().collect();
        assert_eq!(seen.chars().count(), text.chars().count());
        assert!(
            seen.starts_with("在惠州") && seen.contains("[这里]") && !seen.contains("深圳") && !seen.contains("44")
        );
        assert_eq!(prose("{{open").iter().collect::<String>(), "{{open");
    }

    #[test]
    fn sentences_end_at_their_stops_and_at_lines() {
        let text: Vec<char> = "一。二\n三？ Fee is 4.5 yuan. Five".chars().collect();
        let said: Vec<String> = sentences(&text).iter().map(Sentence::text).collect();
        assert_eq!(said, ["一。", "二\n", "三？", " Fee is 4.5 yuan.", " Five"]);
        let second = sentences(&text).get(1).map(|it| it.at);
        assert_eq!(second, Some(2));
    }
}

//! A text is cut into tokens.

/// A token and where it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The token: letters and digits only, small, never empty.
    pub text: String,
    /// Its first character's place, in characters from 0.
    pub at: usize,
    /// How many characters of the text it covers.
    pub length: usize,
}

/// Characters of one sort that stand together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// The place of the first, in characters.
    pub(super) at: usize,
    /// Folded.
    pub(super) letters: Vec<char>,
    /// Whether they are written without spaces, and so cut into pairs.
    pub(super) is_han: bool,
}

/// Words longer than this are cut: nobody types them, and no database wants them as one token.
const WORD_MOST: usize = 40;

/// The tokens of a text, in its order. A run of Han characters gives each pair, and its last character alone, so that a query of one
/// character finds every place by what tokens begin with.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    for run in runs(text) {
        if !run.is_han {
            found.push(Token { text: stem(&run.letters), at: run.at, length: run.letters.len() });
            continue;
        }
        for (place, pair) in run.letters.windows(2).enumerate() {
            found.push(Token { text: pair.iter().collect(), at: run.at + place, length: 2 });
        }
        if let Some(last) = run.letters.last() {
            found.push(Token { text: last.to_string(), at: run.at + run.letters.len() - 1, length: 1 });
        }
    }
    found
}

/// The runs of a text.
pub(super) fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut open = false;
    for (at, letter) in text.chars().map(fold).enumerate() {
        if !letter.is_alphanumeric() {
            open = false;
            continue;
        }
        let is_han = is_han(letter);
        match runs.last_mut() {
            Some(run) if open && run.is_han == is_han && (is_han || run.letters.len() < WORD_MOST) => {
                run.letters.push(letter);
            }
            _ => runs.push(Run { at, letters: vec![letter], is_han }),
        }
        open = true;
    }
    runs
}

/// A character as it is compared: full width as half, capital as small. One gives one, so that places stay.
pub(super) fn fold(letter: char) -> char {
    let half = match letter {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        '\u{3000}' => ' ',
        _ => letter,
    };
    let mut small = half.to_lowercase();
    match (small.next(), small.next()) {
        (Some(one), None) => one,
        _ => half,
    }
}

/// A text as it is compared.
pub(super) fn folded(text: &str) -> String {
    text.chars().map(fold).collect()
}

/// Whether a character is written without spaces to the next: Han, and the kana that are written between them.
pub(super) fn is_han(letter: char) -> bool {
    matches!(letter,
        '\u{3005}' | '\u{3007}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

/// A word without the plural's s: receipts are found as receipt. Words that end otherwise stand as they are.
pub(super) fn stem(letters: &[char]) -> String {
    let word: String = letters.iter().collect();
    let plural = letters.len() > 3 && word.is_ascii() && !word.ends_with("ss") && !word.ends_with("us");
    match word.strip_suffix('s') {
        Some(one) if plural => one.to_owned(),
        _ => word,
    }
}

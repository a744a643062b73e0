//! Where in a text the words of a query stand, for readers to see.

use super::query::{Query, Term};
use super::token::{is_han, tokens};

/// Characters before the first find in a snippet, where no sentence begins nearer.
const BEFORE: usize = 12;
/// How far back a sentence's beginning is looked for.
const SENTENCE: usize = 36;
/// Characters of a text in which finds are looked for.
const TEXT_MOST: usize = 8000;

/// A text in pieces: those with `true` are what was asked for. Put together they are the text.
#[must_use]
pub fn highlight(query: &Query, text: &str) -> Vec<(String, bool)> {
    let letters: Vec<char> = text.chars().collect();
    pieces(&letters, &marks(query, text, letters.len()))
}

/// The part of a text that has most of what was asked for, in pieces as [`highlight`]; at most `most` characters, with … where something is
/// left out. The text's beginning where it has nothing of it.
#[must_use]
pub fn snippet(query: &Query, text: &str, most: usize) -> Vec<(String, bool)> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let letters: Vec<char> = text.chars().take(TEXT_MOST).collect();
    let known: String = letters.iter().collect();
    let marks = marks(query, &known, letters.len());
    let start = start(&letters, &marks, most);
    let end = (start + most).min(letters.len());
    let (Some(shown), Some(shown_marks)) = (letters.get(start..end), marks.get(start..end)) else {
        return Vec::new();
    };
    let mut pieces = pieces(shown, shown_marks);
    if start > 0 {
        pieces.insert(0, ("…".to_owned(), false));
    }
    if end < text.chars().count() {
        pieces.push(("…".to_owned(), false));
    }
    pieces
}

/// For each character, whether it is of what was asked for.
fn marks(query: &Query, text: &str, length: usize) -> Vec<bool> {
    let parts = query.parts();
    let mut marks = vec![false; length];
    for token in tokens(text) {
        let found = parts.iter().find_map(|part| match part {
            Term::Phrase(wanted) => (wanted.first() == Some(&token.text)).then_some(token.length),
            // Of a pair that begins with the one character that was asked for, this one.
            Term::Prefix(wanted) if wanted.chars().all(is_han) => {
                token.text.starts_with(wanted.as_str()).then(|| wanted.chars().count())
            }
            Term::Prefix(wanted) => token.text.starts_with(wanted.as_str()).then_some(token.length),
        });
        for mark in marks.iter_mut().skip(token.at).take(found.unwrap_or(0)) {
            *mark = true;
        }
    }
    marks
}

/// Where a snippet begins: at the beginning of the sentence, or a little before, of the stretch with most marks.
fn start(letters: &[char], marks: &[bool], most: usize) -> usize {
    if letters.len() <= most {
        return 0;
    }
    let (mut inside, mut best, mut best_at) = (0_usize, 0_usize, None);
    for (at, mark) in marks.iter().enumerate() {
        inside += usize::from(*mark);
        if at >= most && marks.get(at - most) == Some(&true) {
            inside -= 1;
        }
        if inside > best {
            (best, best_at) = (inside, Some(at));
        }
    }
    let Some(last) = best_at else { return 0 };
    let from = (last + 1).saturating_sub(most);
    let first = (from..=last).find(|at| marks.get(*at) == Some(&true)).unwrap_or(from);
    let back = first.saturating_sub(SENTENCE);
    let ends = |letter: char| matches!(letter, '。' | '！' | '？' | '；' | '.' | '!' | '?' | ';');
    let sentence = (back..first).rev().find(|at| letters.get(*at).copied().is_some_and(ends)).map(|at| at + 1);
    let start = sentence.unwrap_or_else(|| if back == 0 { 0 } else { first.saturating_sub(BEFORE) });
    // No space at the beginning, and no less than there is to show.
    let start = start.min(letters.len() - most);
    if letters.get(start) == Some(&' ') { start + 1 } else { start }
}

fn pieces(letters: &[char], marks: &[bool]) -> Vec<(String, bool)> {
    let mut pieces: Vec<(String, bool)> = Vec::new();
    for (letter, mark) in letters.iter().zip(marks) {
        match pieces.last_mut() {
            Some((piece, same)) if same == mark => piece.push(*letter),
            _ => pieces.push((letter.to_string(), *mark)),
        }
    }
    pieces
}

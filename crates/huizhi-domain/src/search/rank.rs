//! What comes first of what was found.

use std::collections::BTreeMap;

use super::query::{Query, Term};
use super::token::folded;

/// Characters of a text that are looked at; an article has a few thousand.
const TEXT_MOST: usize = 8000;
/// What share of a query has to be there, weighed by rarity, for a find to be shown as one; below it is only near.
const LEAST_SHARE: f64 = 0.6;

/// How many entries have a token, of one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many entries there are.
    pub entries: i64,
    /// How many of them have a token; tokens that none has are missing.
    pub of: BTreeMap<String, i64>,
}

impl Counts {
    /// Whether anything may have a part of a query. What tokens begin with is not counted.
    #[must_use]
    pub fn knows(&self, part: &Term) -> bool {
        match part {
            Term::Phrase(tokens) => tokens.iter().all(|token| self.count(token) > 0),
            Term::Prefix(_) => true,
        }
    }

    /// How much a part of a query says: much where few have it.
    #[must_use]
    pub fn weight(&self, part: &Term) -> f64 {
        match part {
            Term::Phrase(tokens) => tokens.iter().map(|token| self.rarity(token)).fold(0.0, f64::max),
            // Of the token alone it is known only where it is a whole one; else it is as rare as most.
            Term::Prefix(token) if self.count(token) > 0 => self.rarity(token),
            Term::Prefix(_) => (1.0 + self.entries as f64 / 10.0).ln(),
        }
    }

    /// How rare a token is: ln(1 + entries ÷ entries that have it).
    #[must_use]
    pub fn rarity(&self, token: &str) -> f64 {
        (1.0 + self.entries.max(1) as f64 / self.count(token).max(1) as f64).ln()
    }

    /// How many entries have a token.
    #[must_use]
    pub fn count(&self, token: &str) -> i64 {
        self.of.get(token).copied().unwrap_or(0)
    }
}

/// How well something fits a query; more is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score {
    /// Points.
    pub points: u32,
    /// Whether enough of the query is there; else it is only something near.
    pub fits: bool,
}

/// How well a title and a text fit a query. What stands in the title comes before all that does not, the whole before parts, rare parts
/// before common ones.
#[must_use]
pub fn score(query: &Query, counts: &Counts, title: &str, text: &str) -> Score {
    let title = folded(title);
    let text: String = text.chars().take(TEXT_MOST).collect();
    let text = folded(&text);
    let (mut whole, mut in_title, mut anywhere) = (0.0, 0.0, 0.0);
    for part in query.parts() {
        // A token that nothing has only joins two words; it takes nothing from what has all others.
        let weight = if counts.knows(&part) { counts.weight(&part) } else { 0.0 };
        whole += weight;
        let there = stands(&title, &part);
        if there {
            in_title += weight;
        }
        if there || stands(&text, &part) {
            anywhere += weight;
        }
    }
    if whole <= 0.0 || anywhere <= 0.0 {
        return Score::default();
    }
    let typed = folded(query.typed());
    let mut points = 1000.0 * in_title / whole + 300.0 * anywhere / whole;
    if title.contains(&typed) {
        points += 400.0;
    } else if text.contains(&typed) {
        points += 150.0;
    }
    if title.starts_with(&typed) {
        points += 100.0;
    }
    if title == typed {
        points += 1000.0;
    }
    // Of two titles that have it, the one that says little else.
    points += 40.0 / (1.0 + title.chars().count() as f64);
    Score { points: (points * 10.0) as u32, fits: anywhere / whole >= LEAST_SHARE }
}

/// Whether a part of a query stands in a folded text; words begin where words begin.
fn stands(text: &str, part: &Term) -> bool {
    let token = match part {
        Term::Phrase(tokens) => tokens.first().map(String::as_str).unwrap_or_default(),
        Term::Prefix(token) => token,
    };
    let whole = matches!(part, Term::Phrase(_));
    let is_word = token.is_ascii();
    text.match_indices(token).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + token.len()..).and_then(|after| after.chars().next());
        let ends = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_ascii_alphanumeric());
        !is_word || (ends(before) && (!whole || ends(after)))
    })
}

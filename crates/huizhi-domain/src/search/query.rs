//! What was asked for.

use super::rank::Counts;
use super::token::{runs, stem};

/// Characters of a query that are read. A question has thirty; nobody types more than this.
const TYPED_MOST: usize = 80;
/// Tokens of a query that are looked for.
const TOKENS_MOST: usize = 32;
/// How many of the rarest tokens are looked for where nothing has them all: enough for one to be right, few enough to be fast.
const RAREST: usize = 4;

/// A part of a query, as an index looks it up. Its tokens are letters and digits only, whatever was typed, so that they can stand in any
/// database's language of queries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// These tokens, one after the other.
    Phrase(Vec<String>),
    /// A token that begins so.
    Prefix(String),
}

/// Where the terms have to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// In the title.
    Title,
    /// In the title or the text.
    All,
}

/// What is looked for in an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Every term.
    Every(Within, Vec<Term>),
    /// At least one.
    Any(Within, Vec<Term>),
}

/// A query, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    typed: String,
    terms: Vec<Term>,
}

impl Query {
    /// Reads what was typed, whatever it is. Signs stand for nothing: there is no language of queries that could be got wrong.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let typed: String = text.trim().chars().filter(|it| !it.is_control()).take(TYPED_MOST).collect();
        let mut left = TOKENS_MOST;
        let mut terms = Vec::new();
        for run in runs(&typed) {
            if left == 0 {
                break;
            }
            let term = match (run.is_han, run.letters.as_slice()) {
                (true, [one]) => Term::Prefix(one.to_string()),
                (true, letters) => {
                    Term::Phrase(letters.windows(2).take(left).map(|pair| pair.iter().collect()).collect())
                }
                (false, [one]) => Term::Phrase(vec![one.to_string()]),
                (false, letters) => Term::Prefix(stem(letters)),
            };
            left = left.saturating_sub(match &term {
                Term::Phrase(tokens) => tokens.len(),
                Term::Prefix(_) => 1,
            });
            if !terms.contains(&term) {
                terms.push(term);
            }
        }
        Self { typed, terms }
    }

    /// What was typed, as it is shown again.
    #[must_use]
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it is written in Latin letters and digits alone, and may be pinyin.
    #[must_use]
    pub fn may_be_spelled(&self) -> bool {
        !self.is_empty() && self.typed.chars().map(super::token::fold).all(|letter| letter.is_ascii())
    }

    /// Its terms, in the order of typing.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Its tokens, each as a term of its own and once.
    #[must_use]
    pub fn parts(&self) -> Vec<Term> {
        let mut parts = Vec::new();
        for term in &self.terms {
            let of_term: Vec<Term> = match term {
                Term::Phrase(tokens) => tokens.iter().map(|token| Term::Phrase(vec![token.clone()])).collect(),
                Term::Prefix(_) => vec![term.clone()],
            };
            for part in of_term {
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
        }
        parts
    }

    /// The tokens whose counts are needed to rank by.
    #[must_use]
    pub fn tokens(&self) -> Vec<String> {
        let token = |part: Term| match part {
            Term::Phrase(tokens) => tokens.into_iter().next(),
            Term::Prefix(token) => Some(token),
        };
        self.parts().into_iter().filter_map(token).collect()
    }

    /// What to look for, the strictest first; who has found enough stops. Each is answered by an index, and none reads more than it gives:
    ///
    /// 1. all that was typed, as it was typed, in the title;
    /// 2. the same anywhere;
    /// 3. every token that anything has, in any order: a question that nobody has answered in the same words;
    /// 4. any of the rarest of them.
    #[must_use]
    pub fn lookups(&self, counts: &Counts) -> Vec<Lookup> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut lookups =
            vec![Lookup::Every(Within::Title, self.terms.clone()), Lookup::Every(Within::All, self.terms.clone())];
        let mut known: Vec<Term> = self.parts().into_iter().filter(|part| counts.knows(part)).collect();
        if known.is_empty() {
            return lookups;
        }
        if known != self.terms {
            lookups.push(Lookup::Every(Within::All, known.clone()));
        }
        if known.len() > 1 {
            // Stable: of two that are equally rare the one that was typed first.
            known.sort_by(|one, other| counts.weight(other).total_cmp(&counts.weight(one)));
            known.truncate(RAREST);
            lookups.push(Lookup::Any(Within::All, known));
        }
        lookups
    }
}

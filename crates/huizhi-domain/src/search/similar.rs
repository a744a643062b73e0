//! Which texts are alike: the angle between their tokens, each weighed by how often it stands there and how rare it is elsewhere (TF-IDF).
//!
//! An article is held against dozens of others, thousands of articles one after the other. So tokens are numbers here, and a text is a sorted
//! list of them.

use std::collections::{BTreeMap, HashMap};

use super::rank::Counts;
use super::token::{is_han, runs, stem, tokens};

/// How many times a token of the title counts.
const TITLE_TIMES: f64 = 3.0;

/// How rare each token is, by its number.
#[derive(Clone, Debug, Default)]
pub struct Rarities {
    of: HashMap<u64, f64>,
    /// Of a token that no entry has.
    unknown: f64,
}

impl Rarities {
    /// The rarities that follow from counts.
    #[must_use]
    pub fn of(counts: &Counts) -> Self {
        let of = counts.of.keys().map(|token| (number(token), counts.rarity(token))).collect();
        Self { of, unknown: counts.rarity("") }
    }
}

/// The tokens of a text, each with its weight, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    tokens: Vec<(u64, f64)>,
    length: f64,
}

/// Weighs the tokens of a title and a text. What stands there ten times does not say ten times as much; characters that only end a run say
/// nothing.
#[must_use]
pub fn weigh(title: &str, text: &str, rarities: &Rarities) -> Weights {
    let mut numbers = Vec::new();
    for (part, times) in [(title, TITLE_TIMES), (text, 1.0)] {
        for run in runs(part) {
            if run.is_han {
                let pairs = run.letters.iter().zip(run.letters.iter().skip(1));
                numbers.extend(pairs.map(|(one, other)| (pair_number(*one, *other), times)));
            } else {
                numbers.push((number(&stem(&run.letters)), times));
            }
        }
    }
    numbers.sort_by_key(|(number, _)| *number);
    let mut tokens: Vec<(u64, f64)> = Vec::new();
    for (number, times) in numbers {
        match tokens.last_mut() {
            Some((last, sum)) if *last == number => *sum += times,
            _ => tokens.push((number, times)),
        }
    }
    for (number, weight) in &mut tokens {
        *weight = (1.0 + weight.ln().max(0.0)) * rarities.of.get(&*number).copied().unwrap_or(rarities.unknown);
    }
    let length = tokens.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
    Weights { tokens, length }
}

/// How alike two texts are: 0 for nothing in common, 1 for the same.
#[must_use]
pub fn likeness(one: &Weights, other: &Weights) -> f64 {
    let mut common = 0.0;
    let mut rest = other.tokens.iter().peekable();
    for (number, weight) in &one.tokens {
        while rest.next_if(|(there, _)| there < number).is_some() {}
        if let Some((_, there)) = rest.next_if(|(there, _)| there == number) {
            common += weight * there;
        }
    }
    let lengths = one.length * other.length;
    if lengths > 0.0 { common / lengths } else { 0.0 }
}

/// The tokens that say most of a text and that something else has too: what to look for others with.
#[must_use]
pub fn characteristic(title: &str, text: &str, counts: &Counts, most: usize) -> Vec<String> {
    let mut times = BTreeMap::new();
    for (part, by) in [(title, TITLE_TIMES), (text, 1.0)] {
        for token in tokens(part).into_iter().filter(|token| token.length > 1 && counts.count(&token.text) > 1) {
            *times.entry(token.text).or_insert(0.0) += by;
        }
    }
    let mut said: Vec<(String, f64)> = Vec::with_capacity(times.len());
    for (token, times) in times {
        let weight = (1.0 + f64::ln(times).max(0.0)) * counts.rarity(&token);
        said.push((token, weight));
    }
    // Of two that say as much, the one that comes first in the order of characters: the same each time.
    said.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    said.into_iter().take(most).map(|(token, _)| token).collect()
}

/// The most alike of others, the nearest first; of two that are as near, the one whose key is less. Those with nothing in common are none.
#[must_use]
pub fn nearest<K: Ord + Copy>(own: &Weights, others: &[(K, Weights)], most: usize) -> Vec<K> {
    let alike = others.iter().map(|(key, weights)| (*key, likeness(own, weights)));
    let mut alike: Vec<(K, f64)> = alike.filter(|(_, likeness)| *likeness > 0.0).collect();
    alike.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    alike.into_iter().take(most).map(|(key, _)| key).collect()
}

/// The number of a token: of a pair, its two characters; of a word, a hash (FNV-1a), which no pair has.
fn number(token: &str) -> u64 {
    let mut letters = token.chars();
    match (letters.next(), letters.next(), letters.next()) {
        (Some(one), Some(other), None) if is_han(one) => pair_number(one, other),
        _ => {
            let hash = token
                .bytes()
                .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
            hash | (1 << 63)
        }
    }
}

fn pair_number(one: char, other: char) -> u64 {
    (u64::from(u32::from(one)) << 32) | u64::from(u32::from(other))
}

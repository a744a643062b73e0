//! Which texts are alike: the angle between their tokens, each weighed by how often it stands there and how rare it is elsewhere (TF-IDF).

use std::collections::BTreeMap;

use super::rank::Counts;
use super::token::tokens;

/// How many times a token of the title counts.
const TITLE_TIMES: f64 = 3.0;

/// How often each token stands in a text, the title's counted more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights(BTreeMap<String, f64>);

/// Weighs the tokens of a title and a text. Single characters that only end a run say nothing.
#[must_use]
pub fn weigh(title: &str, text: &str) -> Weights {
    let mut weights = BTreeMap::new();
    for (part, times) in [(title, TITLE_TIMES), (text, 1.0)] {
        for token in tokens(part).into_iter().filter(|token| token.length > 1) {
            *weights.entry(token.text).or_insert(0.0) += times;
        }
    }
    Weights(weights)
}

impl Weights {
    /// The tokens.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Each token with its weight; what stands there ten times does not say ten times as much.
    fn weighed<'a>(&'a self, counts: &'a Counts) -> impl Iterator<Item = (&'a str, f64)> {
        self.0.iter().map(|(token, times)| (token.as_str(), (1.0 + times.ln().max(0.0)) * counts.rarity(token)))
    }

    fn length(&self, counts: &Counts) -> f64 {
        self.weighed(counts).map(|(_, weight)| weight * weight).sum::<f64>().sqrt()
    }
}

/// How alike two texts are: 0 for nothing in common, 1 for the same.
#[must_use]
pub fn likeness(one: &Weights, other: &Weights, counts: &Counts) -> f64 {
    let of_other: BTreeMap<&str, f64> = other.weighed(counts).collect();
    let common: f64 =
        one.weighed(counts).filter_map(|(token, weight)| of_other.get(token).map(|there| weight * there)).sum();
    let lengths = one.length(counts) * other.length(counts);
    if lengths > 0.0 { common / lengths } else { 0.0 }
}

/// The tokens that say most of a text and that something else has too: what to look for others with.
#[must_use]
pub fn characteristic(weights: &Weights, counts: &Counts, most: usize) -> Vec<String> {
    let mut tokens: Vec<(&str, f64)> = weights.weighed(counts).filter(|(token, _)| counts.count(token) > 1).collect();
    // Of two that say as much, the one that comes first in the order of characters: the same each time.
    tokens.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(other.0)));
    tokens.into_iter().take(most).map(|(token, _)| token.to_owned()).collect()
}

/// The most alike of others, the nearest first; of two that are as near, the one whose key is less. Those with nothing in common are none.
#[must_use]
pub fn nearest<K: Ord + Copy>(own: &Weights, others: &[(K, Weights)], counts: &Counts, most: usize) -> Vec<K> {
    let alike = others.iter().map(|(key, weights)| (*key, likeness(own, weights, counts)));
    let mut alike: Vec<(K, f64)> = alike.filter(|(_, likeness)| *likeness > 0.0).collect();
    alike.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    alike.into_iter().take(most).map(|(key, _)| key).collect()
}

//! What is wrong with an article before anybody reads it: one rule a file, each told with its place and a remedy.
//!
//! The page that this service follows had a city of another article in an answer, another site's caption under a picture, and a name
//! of the photo that no standard knows (R50, R72). A machine finds those.

mod alt;
mod block;
mod caption;
mod city;
mod fact;
mod guide;
mod link;
pub mod markdown;
mod place;
mod stale;
mod term;
mod title;

use std::collections::BTreeSet;
use std::ops::Range;

use huizhi_photo::spec::Catalog;
use serde::Serialize;

use crate::city::Cities;
use crate::materials::Materials;
use crate::policy::Policies;
use crate::words::Lang;

pub use fact::Fees;

use super::terms::{Phrases, Terms};
use place::Places;

/// What a remark means for publishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It has to be mended first.
    Error,
    /// Somebody should look; it may be meant so.
    Warning,
}

/// Where in an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// The title.
    Title,
    /// The excerpt.
    Excerpt,
    /// The body.
    Body,
}

impl Field {
    /// Its word in addresses and in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Excerpt => "excerpt",
            Self::Body => "body",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// The rule's dotted code: `city.other`.
    pub rule: &'static str,
    /// What it means for publishing.
    pub severity: Severity,
    /// Where.
    pub field: Field,
    /// Where in the field, characters from its beginning.
    pub at: Range<usize>,
    /// What stands there.
    pub found: String,
    /// What the data, the title or the dictionary says; may be empty.
    pub right: String,
}

impl Remark {
    /// Key of its message, and, with `-remedy` behind it, of what to do.
    #[must_use]
    pub fn key(&self) -> String {
        format!("lint-{}", self.rule.replace('.', "-"))
    }
}

/// A text that is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its language.
    pub lang: Lang,
    /// Its title.
    pub title: &'a str,
    /// Its excerpt; may be empty.
    pub excerpt: &'a str,
    /// Its body, Markdown.
    pub body: &'a str,
    /// Of a translation: the version in Chinese that it translates.
    pub of_version: Option<i64>,
    /// Of a translation: the newest version in Chinese.
    pub newest: Option<i64>,
}

/// A picture with its words in another article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caption {
    /// The words.
    pub alt: String,
    /// The picture's address.
    pub picture: String,
    /// The other article's title.
    pub article: String,
}

/// What a text is held against.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Cities, by whose names places are found.
    pub cities: &'a Cities,
    /// What cities ask of receipts.
    pub policies: &'a Policies,
    /// What documents ask of photos.
    pub catalog: &'a Catalog,
    /// What to bring for what, by whose businesses blocks are held.
    pub materials: &'a Materials,
    /// What an ID card may cost.
    pub fees: &'a Fees,
    /// Words and subjects.
    pub terms: &'a Terms,
    /// The sentences of the shooting guide, in the text's language.
    pub guide: &'a [String],
    /// Pictures of other articles.
    pub captions: &'a [Caption],
    /// Addresses of ours that the text links and nobody answers; [`markdown::links`] lists those that have to be tried.
    pub dead: &'a BTreeSet<String>,
}

/// What every rule is given.
struct Case<'a> {
    subject: &'a Subject<'a>,
    facts: &'a Facts<'a>,
    places: &'a Places<'a>,
    /// By which words its sentences are understood.
    phrases: &'a Phrases,
    /// What is read of the body, character by character as long as the body itself.
    prose: Vec<char>,
    title: Vec<char>,
    excerpt: Vec<char>,
}

impl Case<'_> {
    /// The texts in which sentences are looked at, with their fields.
    fn texts(&self) -> [(Field, &[char]); 2] {
        [(Field::Excerpt, self.excerpt.as_slice()), (Field::Body, self.prose.as_slice())]
    }

    fn remark(&self, rule: &'static str, severity: Severity, field: Field, at: Range<usize>, right: String) -> Remark {
        let text = match field {
            Field::Title => self.subject.title,
            Field::Excerpt => self.subject.excerpt,
            Field::Body => self.subject.body,
        };
        let found = text.chars().skip(at.start).take(at.len()).collect();
        Remark { rule, severity, field, at, found, right }
    }
}

/// Looks a text through. Errors come before warnings, and both in the order of the text.
#[must_use]
pub fn lint(subject: &Subject<'_>, facts: &Facts<'_>) -> Vec<Remark> {
    let places = Places::of(facts.cities, facts.terms, subject.lang);
    let case = Case {
        subject,
        facts,
        places: &places,
        phrases: facts.terms.phrases(subject.lang),
        prose: markdown::prose(subject.body),
        title: subject.title.chars().collect(),
        excerpt: subject.excerpt.chars().collect(),
    };
    let mut remarks = Vec::new();
    for rule in [
        title::check,
        city::check,
        caption::check,
        alt::check,
        term::check,
        fact::check,
        link::check,
        block::check,
        guide::check,
        stale::check,
    ] {
        remarks.extend(rule(&case));
    }
    remarks.sort_by_key(|remark| (remark.severity, remark.field, remark.at.start));
    remarks
}

#[cfg(test)]
mod tests;

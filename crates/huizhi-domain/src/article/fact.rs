//! Facts: numbers inside a sentence that come from the service's data, as blocks do: `{{fact receipt-days 441300}}`.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::block::{BlockError, Words};

/// How a fact begins.
const BEGINS: &str = "{{fact ";

/// A number that the data have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Fact {
    /// How long a city's receipt is valid.
    ReceiptDays {
        /// The city's code.
        city: String,
        /// The document's id; the city's usual one without it.
        document: Option<String>,
    },
    /// What a receipt costs in a city.
    Price {
        /// The city's code.
        city: String,
        /// The document's id; the city's usual one without it.
        document: Option<String>,
    },
    /// Width and height of a document's photo in px.
    Pixels {
        /// The document's id.
        document: String,
    },
    /// How large a document's photo file may be.
    FileSize {
        /// The document's id.
        document: String,
    },
}

impl Fact {
    /// Its word, as it is written and in message keys.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::ReceiptDays { .. } => "receipt-days",
            Self::Price { .. } => "price",
            Self::Pixels { .. } => "pixels",
            Self::FileSize { .. } => "file-size",
        }
    }
}

/// One of each kind, as an example for who writes.
#[must_use]
pub fn facts() -> Vec<Fact> {
    let (city, document) = (|| "441300".to_owned(), || "cn-resident-id".to_owned());
    vec![
        Fact::ReceiptDays { city: city(), document: Some(document()) },
        Fact::Price { city: city(), document: Some(document()) },
        Fact::Pixels { document: document() },
        Fact::FileSize { document: document() },
    ]
}

impl FromStr for Fact {
    type Err = BlockError;

    /// Reads a fact, with or without its braces.
    fn from_str(text: &str) -> Result<Self, BlockError> {
        let mut words = Words::of(text);
        if words.kind != "fact" {
            return Err(BlockError::Kind(words.kind));
        }
        let kind = words.take("the kind of the fact")?;
        let fact = match kind.as_str() {
            "receipt-days" => Self::ReceiptDays { city: words.city()?, document: words.maybe_name()? },
            "price" => Self::Price { city: words.city()?, document: words.maybe_name()? },
            "pixels" => Self::Pixels { document: words.document()? },
            "file-size" => Self::FileSize { document: words.document()? },
            _ => return Err(BlockError::Kind(format!("fact {kind}"))),
        };
        words.end()?;
        Ok(fact)
    }
}

impl fmt::Display for Fact {
    /// As it is written in an article.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.word();
        match self {
            Self::ReceiptDays { city, document } | Self::Price { city, document } => match document {
                Some(document) => write!(f, "{BEGINS}{word} {city} {document}}}}}"),
                None => write!(f, "{BEGINS}{word} {city}}}}}"),
            },
            Self::Pixels { document } | Self::FileSize { document } => write!(f, "{BEGINS}{word} {document}}}}}"),
        }
    }
}

/// A text with a value in the place of each fact. One that is faulty, or without a value, leaves a dash.
#[must_use]
pub fn fill(markdown: &str, value: &dyn Fn(&Fact) -> Option<String>) -> String {
    let mut filled = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some((before, from)) = rest.split_once(BEGINS) {
        filled.push_str(before);
        let Some((inner, after)) = from.split_once("}}") else {
            filled.push_str(BEGINS);
            rest = from;
            continue;
        };
        let known = format!("fact {inner}").parse::<Fact>().ok().and_then(|fact| value(&fact));
        filled.push_str(known.as_deref().unwrap_or("—"));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// Each fact of a text, or what is wrong with it, with the place of its first byte.
#[must_use]
pub fn found(markdown: &str) -> Vec<(usize, Result<Fact, BlockError>)> {
    let places = markdown.match_indices(BEGINS);
    places
        .filter_map(|(at, _)| {
            let from = markdown.get(at..)?;
            let (inner, _) = from.split_once("}}")?;
            Some((at, format!("{inner}}}}}").parse::<Fact>()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_back_as_it_is_written() {
        for fact in facts() {
            assert_eq!(fact.to_string().parse(), Ok(fact));
        }
        let error = "{{fact weather 441300}}".parse::<Fact>().unwrap_err();
        assert_eq!(error.to_string(), "there is no block “fact weather”");
    }

    #[test]
    fn values_stand_in_the_place_of_facts() {
        let text =
            "有效{{fact receipt-days 441300}}天，像素{{fact pixels cn-resident-id}}；{{fact nothing}}。{{fact open";
        let value = |fact: &Fact| matches!(fact, Fact::ReceiptDays { .. }).then(|| "60".to_owned());
        assert_eq!(fill(text, &value), "有效60天，像素—；—。{{fact open");
        let found = found(text);
        assert_eq!(found.len(), 3);
        assert_eq!(found.first().map(|(at, fact)| (*at, fact.is_ok())), Some((6, true)));
        assert!(found.last().is_some_and(|(_, fact)| fact.is_err()));
    }
}

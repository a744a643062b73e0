//! Blocks: lines of an article in whose place the service's own data stand, so that an article can't contradict the service.
//!
//! A block has a line of its own: `{{receipt 441300 cn-resident-id}}`.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::city::RegionCode;

/// A block (资料块).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Block {
    /// How to take the photo for a document (拍照指南).
    Guide {
        /// The document's id.
        document: String,
    },
    /// The rules of a document's photo.
    Document {
        /// The document's id.
        document: String,
    },
    /// How long a city's receipt is valid, what it costs, and what it may be used for.
    Receipt {
        /// The city's code.
        city: String,
        /// The document's id; the city's usual one without it.
        document: Option<String>,
    },
    /// The card that leads to the service for a document: to tap on a telephone, to scan from a desk.
    Card {
        /// The document's id.
        document: String,
    },
    /// The cities that take the service's receipts.
    Cities,
    /// What to bring for a business.
    Materials {
        /// The business's id.
        business: String,
    },
    /// The offices of a city.
    Offices {
        /// The city's code.
        city: String,
    },
}

/// What is wrong with a block or a fact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// There is no such kind.
    #[error("there is no block “{0}”")]
    Kind(String),
    /// Something has to follow.
    #[error("after “{kind}” has to stand {wanted}")]
    Missing {
        /// The kind.
        kind: String,
        /// What.
        wanted: &'static str,
    },
    /// More follows than is read.
    #[error("“{rest}” is too much after “{kind}”")]
    TooMuch {
        /// The kind.
        kind: String,
        /// What is too much.
        rest: String,
    },
    /// No city has this code's shape.
    #[error("“{0}” is no code of a city; it has six digits")]
    City(String),
    /// No document and no business is called so.
    #[error("“{0}” is no id; it has small letters, digits and hyphens")]
    Name(String),
}

impl Block {
    /// The word that it begins with, also in message keys.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Guide { .. } => "guide",
            Self::Document { .. } => "document",
            Self::Receipt { .. } => "receipt",
            Self::Card { .. } => "card",
            Self::Cities => "cities",
            Self::Materials { .. } => "materials",
            Self::Offices { .. } => "offices",
        }
    }
}

/// One of each kind, as an example for who writes.
#[must_use]
pub fn blocks() -> Vec<Block> {
    let (city, document) = (|| "441300".to_owned(), || "cn-resident-id".to_owned());
    vec![
        Block::Guide { document: document() },
        Block::Document { document: document() },
        Block::Receipt { city: city(), document: Some(document()) },
        Block::Card { document: document() },
        Block::Cities,
        Block::Materials { business: "id-lost".to_owned() },
        Block::Offices { city: city() },
    ]
}

impl FromStr for Block {
    type Err = BlockError;

    /// Reads a block, with or without its braces.
    fn from_str(text: &str) -> Result<Self, BlockError> {
        let mut words = Words::of(text);
        let kind = words.kind.clone();
        let block = match kind.as_str() {
            "guide" => Self::Guide { document: words.document()? },
            "document" => Self::Document { document: words.document()? },
            "receipt" => Self::Receipt { city: words.city()?, document: words.maybe_name()? },
            "card" => Self::Card { document: words.document()? },
            "cities" => Self::Cities,
            "materials" => Self::Materials { business: words.name("the id of a business")? },
            "offices" => Self::Offices { city: words.city()? },
            _ => return Err(BlockError::Kind(kind)),
        };
        words.end()?;
        Ok(block)
    }
}

impl fmt::Display for Block {
    /// As it is written in an article.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.word();
        match self {
            Self::Guide { document } | Self::Document { document } | Self::Card { document } => {
                write!(f, "{{{{{word} {document}}}}}")
            }
            Self::Receipt { city, document: Some(document) } => write!(f, "{{{{{word} {city} {document}}}}}"),
            Self::Receipt { city, document: None } | Self::Offices { city } => write!(f, "{{{{{word} {city}}}}}"),
            Self::Cities => write!(f, "{{{{{word}}}}}"),
            Self::Materials { business } => write!(f, "{{{{{word} {business}}}}}"),
        }
    }
}

/// The words of a block or a fact, taken one after the other.
pub(super) struct Words {
    pub(super) kind: String,
    rest: Vec<String>,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim();
        let inner = text.strip_prefix("{{").and_then(|text| text.strip_suffix("}}")).unwrap_or(text);
        let mut words = inner.split_whitespace().map(str::to_owned);
        let kind = words.next().unwrap_or_default();
        let mut rest: Vec<String> = words.collect();
        rest.reverse();
        Self { kind, rest }
    }

    pub(super) fn city(&mut self) -> Result<String, BlockError> {
        let city = self.take("the code of a city")?;
        if city.parse::<RegionCode>().is_ok() { Ok(city) } else { Err(BlockError::City(city)) }
    }

    pub(super) fn document(&mut self) -> Result<String, BlockError> {
        self.name("the id of a document")
    }

    pub(super) fn maybe_name(&mut self) -> Result<Option<String>, BlockError> {
        self.rest.pop().map(name).transpose()
    }

    pub(super) fn end(mut self) -> Result<(), BlockError> {
        match self.rest.pop() {
            Some(rest) => Err(BlockError::TooMuch { kind: self.kind, rest }),
            None => Ok(()),
        }
    }

    pub(super) fn take(&mut self, wanted: &'static str) -> Result<String, BlockError> {
        self.rest.pop().ok_or_else(|| BlockError::Missing { kind: self.kind.clone(), wanted })
    }

    fn name(&mut self, wanted: &'static str) -> Result<String, BlockError> {
        name(self.take(wanted)?)
    }
}

fn name(text: String) -> Result<String, BlockError> {
    let written = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if written { Ok(text) } else { Err(BlockError::Name(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_back_as_it_is_written() {
        let more = [Block::Receipt { city: "441300".to_owned(), document: None }];
        for block in blocks().into_iter().chain(more) {
            assert_eq!(block.to_string().parse(), Ok(block));
        }
        assert_eq!("{{ card   cn-resident-id }}".parse(), Ok(Block::Card { document: "cn-resident-id".to_owned() }));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, why) in [
            ("{{guides cn-resident-id}}", "there is no block “guides”"),
            ("{{}}", "there is no block “”"),
            ("{{guide}}", "after “guide” has to stand the id of a document"),
            ("{{receipt 惠州}}", "“惠州” is no code of a city; it has six digits"),
            ("{{card CN/../x}}", "“CN/../x” is no id; it has small letters, digits and hyphens"),
            ("{{offices 441300 441900}}", "“441900” is too much after “offices”"),
        ] {
            assert_eq!(text.parse::<Block>().unwrap_err().to_string(), why);
        }
    }
}

//! The codes with which a photo or an order is sent back: read from `specs/rejections.toml`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::PhotoError;
use crate::spec::Name;

/// The list that comes with the crate.
const BUILT_IN: &str = include_str!("../../../specs/rejections.toml");

/// One reason for sending something back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejection {
    /// One upper-case letter and two digits: `G02`.
    pub code: String,
    /// `file`, `person`, `framing`, `light` …
    pub group: String,
    /// What is wrong.
    pub title: Name,
    /// What to do.
    pub fix: Name,
    /// Who can find it.
    pub stage: Stage,
    /// What it means for the order.
    pub severity: Weight,
    /// Where the code comes from.
    pub evidence: Vec<String>,
    /// `high`, `medium` or `low`.
    pub confidence: String,
}

/// Who can find a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The engine.
    Auto,
    /// A reviewer.
    Human,
    /// Either.
    Both,
}

/// What a code means for the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// It is sent back.
    Block,
    /// It may pass.
    Warn,
    /// Ours to try again; never the citizen's fault.
    Retry,
}

/// All codes, in the list's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejections {
    /// The codes.
    pub rejection: Vec<Rejection>,
}

/// The list's text that comes with the crate.
#[must_use]
pub fn file() -> &'static str {
    BUILT_IN
}

impl Rejections {
    /// The list that comes with the crate.
    ///
    /// # Errors
    /// As [`Rejections::from_toml`]; a test holds that there is no fault.
    pub fn built_in() -> Result<Self, PhotoError> {
        Self::from_toml(BUILT_IN)
    }

    /// Reads a list.
    ///
    /// # Errors
    /// [`PhotoError::Spec`], naming the code and the field at fault.
    pub fn from_toml(text: &str) -> Result<Self, PhotoError> {
        let fault = |why| PhotoError::Spec { id: "rejections".to_owned(), why };
        let list: Self = toml::from_str(text).map_err(|e| fault(e.to_string().trim_end().to_owned()))?;
        list.first_fault().map_err(fault)?;
        Ok(list)
    }

    /// The code's entry.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Rejection> {
        self.rejection.iter().find(|rejection| rejection.code == code)
    }

    fn first_fault(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for rejection in &self.rejection {
            let code = rejection.code.as_str();
            let [letter, tens, ones] = code.as_bytes() else {
                return Err(format!("code \"{code}\" is not a letter and two digits, such as G02"));
            };
            if !(letter.is_ascii_uppercase() && tens.is_ascii_digit() && ones.is_ascii_digit()) {
                return Err(format!("code \"{code}\" is not a letter and two digits, such as G02"));
            }
            if !seen.insert(code) {
                return Err(format!("code {code} stands twice"));
            }
            let texts = [
                ("group", &rejection.group),
                ("title.zh", &rejection.title.zh),
                ("title.en", &rejection.title.en),
                ("fix.zh", &rejection.fix.zh),
                ("fix.en", &rejection.fix.en),
            ];
            if let Some((field, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
                return Err(format!("{code}.{field} is empty"));
            }
            if rejection.evidence.is_empty() {
                return Err(format!("{code}.evidence is empty; name a source or own design"));
            }
            if !["high", "medium", "low"].contains(&rejection.confidence.as_str()) {
                return Err(format!("{code}.confidence is \"{}\"; write high, medium or low", rejection.confidence));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"
[[rejection]]
code = "G02"
group = "framing"
title = { zh = "头部过小", en = "Head too small" }
fix = { zh = "靠近", en = "Step closer" }
stage = "auto"
severity = "warn"
evidence = ["own design"]
confidence = "high"
"#;

    #[track_caller]
    fn refused(text: &str, words: &str) {
        let message = Rejections::from_toml(text).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }

    #[test]
    fn the_list_that_comes_along_is_valid_and_whole() {
        let list = Rejections::built_in().unwrap();
        assert_eq!(list.rejection.len(), 68);
        assert_eq!(list.get("G02").unwrap().title.zh, "头部过小");
        assert!(list.get("G99").is_none());
    }

    #[test]
    fn faulty_lists_are_refused_by_code_and_field() {
        Rejections::from_toml(ONE).unwrap();
        refused(&ONE.repeat(2), "code G02 stands twice");
        for code in ["g02", "G2", "GG2", "头2"] {
            refused(&ONE.replace("G02", code), "a letter and two digits");
        }
        refused(&ONE.replace("Step closer", ""), "G02.fix.en is empty");
        refused(&ONE.replace("\"own design\"", ""), "G02.evidence is empty");
        refused(&ONE.replace("\"high\"", "\"sure\""), "write high, medium or low");
        refused(&ONE.replace("\"warn\"", "\"stop\""), "severity");
    }
}

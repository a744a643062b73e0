//! Measures → findings. Every rule is a file in `specs/checks/`: what is measured, the limit, where the limit comes
//! from, how bad it is. No threshold stands in Rust.

mod place;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::PhotoError;
use crate::analysis::Analysis;
use crate::finding::{Finding, Severity};
use crate::measure::Measures;
use crate::pixels::Point;
use crate::spec::Spec;

/// How strictly a document's authority judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strictness {
    /// Chinese identity documents: neutral, both ears and brows, even light (R18–R25).
    Strict,
    /// ICAO-like documents: ears may be covered, a slight closed smile passes.
    Lenient,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Dotted code, also the file's name: `eyes.closed`.
    pub code: String,
    /// Code of `specs/rejections.toml` whose title and advice it takes.
    pub rejection: String,
    /// How bad it is.
    pub severity: Severity,
    /// Name of the measure.
    pub measure: String,
    /// It is a fault above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f32>,
    /// It is a fault below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f32>,
    /// The limit of lenient documents; absent where they don't ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lenient: Option<f32>,
    /// It is asked only where another measure says so: reflections on glasses, where there are glasses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Given>,
    /// Unit of measure and limits.
    pub unit: String,
    /// Part of the portrait that is marked: `eyes`, `mouth`, `picture` …
    pub place: String,
    /// The clause that asks for it, and the measurement that set the limit.
    pub clause: String,
    /// Labels that tell right from wrong, for evaluation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// What a rule presupposes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Name of the other measure.
    pub measure: String,
    /// It must lie above this.
    pub above: f32,
}

/// How a rule is evaluated on labelled portraits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Name in the evaluation's table.
    pub name: String,
    /// Column, without `label_`.
    pub label: String,
    /// Values that mean the fault is there.
    pub positive: Vec<String>,
    /// Values that mean it is not; others are borderline and left out. Empty: all others.
    #[serde(default)]
    pub negative: Vec<String>,
}

const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/checks.rs"));

/// The rules of `specs/checks/`.
///
/// # Errors
/// [`PhotoError::Spec`], naming the file and what is wrong with it.
pub fn built_in() -> Result<Vec<Rule>, PhotoError> {
    BUILT_IN.iter().map(|(name, text)| Rule::from_toml(name, text)).collect()
}

impl Rule {
    /// Reads one rule.
    ///
    /// # Errors
    /// [`PhotoError::Spec`], naming the file and what is wrong with it.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, PhotoError> {
        let fault = |why: String| PhotoError::Spec { id: format!("check {name}"), why };
        let rule: Self = toml::from_str(text).map_err(|e| fault(e.to_string()))?;
        if rule.code != name {
            return Err(fault(format!("its code is {:?}; code and file name must be the same", rule.code)));
        }
        if rule.above.is_some() == rule.below.is_some() {
            return Err(fault("it must have either `above` or `below`".to_owned()));
        }
        Ok(rule)
    }

    /// The limit under a strictness; `None` where it is not asked.
    #[must_use]
    pub fn limit(&self, strictness: Strictness) -> Option<f32> {
        match strictness {
            Strictness::Strict => self.above.or(self.below),
            Strictness::Lenient => self.lenient,
        }
    }

    /// How far towards the fault a measured value lies; larger is worse.
    #[must_use]
    pub fn badness(&self, measured: f32) -> f32 {
        if self.above.is_some() { measured } else { -measured }
    }

    /// The measured value and the limit, where it is a fault under a strictness.
    #[must_use]
    pub fn fault(&self, measures: &Measures, strictness: Strictness) -> Option<(f32, f32)> {
        let (measured, limit) = (measures.get(&self.measure)?, self.limit(strictness)?);
        let given = |it: &Given| measures.get(&it.measure).is_some_and(|value| value > it.above);
        let asked = self.given.as_ref().is_none_or(given);
        (asked && self.badness(measured) > self.badness(limit)).then_some((measured, limit))
    }
}

impl Spec {
    /// How strictly the document's authority judges: Chinese documents strictly, others as ICAO asks.
    #[must_use]
    pub fn strictness(&self) -> Strictness {
        if self.region.starts_with("CN") { Strictness::Strict } else { Strictness::Lenient }
    }
}

/// A corner to whole px; finer digits differ from machine to machine and say nothing.
fn whole(p: Point) -> Point {
    Point::new(libm::roundf(p.x), libm::roundf(p.y))
}

/// Judges what was measured; worst first.
#[must_use]
pub fn check(analysis: &Analysis, rules: &[Rule], strictness: Strictness) -> Vec<Finding> {
    let mut failed: Vec<(&Rule, f32, f32)> = rules
        .iter()
        .filter_map(|rule| {
            let (measured, limit) = rule.fault(&analysis.measures, strictness)?;
            Some((rule, measured, limit))
        })
        .collect();
    failed.sort_by(|(a, ..), (b, ..)| a.severity.cmp(&b.severity).then_with(|| a.code.cmp(&b.code)));
    // Of several rules about the same measure the worst speaks; the milder ones would only repeat it.
    let mut spoken = BTreeSet::new();
    failed.retain(|(rule, ..)| spoken.insert(rule.measure.as_str()));
    failed
        .into_iter()
        .map(|(rule, measured, limit)| Finding {
            code: rule.code.clone(),
            rejection: rule.rejection.clone(),
            severity: rule.severity,
            measured,
            limit,
            unit: rule.unit.clone(),
            clause: rule.clause.clone(),
            place: place::polygon(&rule.place, analysis).into_iter().map(whole).collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_asked_only_where_what_it_presupposes_is_there() {
        let rule = built_in().unwrap().into_iter().find(|rule| rule.code == "glasses.glare").unwrap();
        let fault = |glasses: f32| {
            let measures = [("glasses.glare".to_owned(), 0.1), ("seen.glasses".to_owned(), glasses)];
            rule.fault(&Measures(measures.into()), Strictness::Strict)
        };
        assert_eq!(fault(1.0), Some((0.1, 0.02)));
        assert_eq!(fault(-1.0), None);
        assert_eq!(rule.fault(&Measures([("glasses.glare".to_owned(), 0.1)].into()), Strictness::Strict), None);
    }
}

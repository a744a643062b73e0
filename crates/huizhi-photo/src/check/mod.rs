//! Measures → findings. Every rule is a file in `specs/checks/`: what is measured, the limit, where the limit comes
//! from, how bad it is. No threshold stands in Rust.

mod place;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::PhotoError;
use crate::analysis::Analysis;
use crate::finding::{Finding, Severity};
use crate::measure::{Measures, rounded};
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
    /// What the networks see of the same fault, which moves the measured value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
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

/// A probe that is weighed in: what is measured and what the networks see err on different portraits, and together tell the fault
/// better than either (docs/evaluation.md).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// Name of the probe.
    pub probe: String,
    /// What one whole of its answer, from no to undecided or from undecided to yes, is worth in the measure's unit.
    pub worth: f32,
    /// Beyond this the measured value is a fault whatever the networks see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alone: Option<f32>,
}

/// How a rule was broken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breach {
    /// What was measured; the probe's answer where that alone is within the limit.
    pub measured: f32,
    /// The limit of that.
    pub limit: f32,
    /// Whether both are a probe's answer, which has no unit that says something to people.
    pub by_probe: bool,
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

/// Before a probe's name, the name of the measure that keeps its answer.
const PROBED: &str = "seen.";

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

    /// The probe that the rule asks, alone or beside a measure.
    #[must_use]
    pub fn probe(&self) -> Option<&str> {
        self.seen.as_ref().map(|seen| seen.probe.as_str()).or_else(|| self.measure.strip_prefix(PROBED))
    }

    /// What is held against the limit: the measured value, moved towards the fault or away from it by what the networks see.
    #[must_use]
    pub fn value(&self, measures: &Measures) -> Option<f32> {
        let measured = measures.get(&self.measure)?;
        Some(self.answer(measures).map_or(measured, |(answer, worth)| measured + worth * answer))
    }

    /// The answer of the probe that is weighed in, and its worth with the sign that makes yes worse.
    fn answer(&self, measures: &Measures) -> Option<(f32, f32)> {
        let seen = self.seen.as_ref()?;
        let worth = if self.above.is_some() { seen.worth } else { -seen.worth };
        Some((measures.get(&format!("{PROBED}{}", seen.probe))?, worth))
    }

    /// How the rule is broken under a strictness; `None` where it is kept, or not asked.
    #[must_use]
    pub fn breach(&self, measures: &Measures, strictness: Strictness) -> Option<Breach> {
        let (value, limit) = (self.value(measures)?, self.limit(strictness)?);
        let given = |it: &Given| measures.get(&it.measure).is_some_and(|value| value > it.above);
        let asked = self.given.as_ref().is_none_or(given);
        let measured = measures.get(&self.measure)?;
        let alone = self.seen.as_ref().and_then(|seen| seen.alone);
        if let Some(limit) = alone.filter(|alone| asked && self.badness(measured) > self.badness(*alone)) {
            return Some(Breach { measured, limit, by_probe: false });
        }
        if !asked || self.badness(value) <= self.badness(limit) {
            return None;
        }
        match self.answer(measures) {
            // The measured value alone would pass: what decides is what the networks see.
            Some((answer, worth)) if self.badness(measured) <= self.badness(limit) => {
                Some(Breach { measured: answer, limit: (limit - measured) / worth, by_probe: true })
            }
            _ => Some(Breach { measured, limit, by_probe: false }),
        }
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
    let mut failed: Vec<(&Rule, Breach)> =
        rules.iter().filter_map(|rule| Some((rule, rule.breach(&analysis.measures, strictness)?))).collect();
    failed.sort_by(|(a, _), (b, _)| a.severity.cmp(&b.severity).then_with(|| a.code.cmp(&b.code)));
    // Of several rules about the same measure the worst speaks; the milder ones would only repeat it.
    let mut spoken = BTreeSet::new();
    failed.retain(|(rule, _)| spoken.insert(rule.measure.as_str()));
    failed
        .into_iter()
        .map(|(rule, breach)| Finding {
            code: rule.code.clone(),
            rejection: rule.rejection.clone(),
            severity: rule.severity,
            measured: rounded(breach.measured),
            limit: rounded(breach.limit),
            unit: if breach.by_probe { "score".to_owned() } else { rule.unit.clone() },
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
        let breach = |glasses: f32| {
            let measures = [("glasses.glare".to_owned(), 0.1), ("seen.glasses".to_owned(), glasses)];
            rule.breach(&Measures(measures.into()), Strictness::Strict)
        };
        assert_eq!(breach(1.0), Some(Breach { measured: 0.1, limit: 0.02, by_probe: false }));
        assert_eq!(breach(-1.0), None);
        assert_eq!(rule.breach(&Measures([("glasses.glare".to_owned(), 0.1)].into()), Strictness::Strict), None);
    }

    #[test]
    fn what_the_networks_see_moves_what_is_measured_and_the_finding_says_which_of_them_decided() {
        let rule = |side: &str, alone: f32| {
            let text = format!(
                "code = \"x\"\nrejection = \"P04\"\nseverity = \"fix\"\nmeasure = \"m\"\n{side} = 10.0\nunit = \"degrees\"\n\
                 place = \"face\"\nclause = \"c\"\n[seen]\nprobe = \"p\"\nworth = 8.0\nalone = {alone:.1}\n"
            );
            Rule::from_toml("x", &text).unwrap()
        };
        let breach = |side: &str, measured: f32, answer: f32| {
            let measures = [("m".to_owned(), measured), ("seen.p".to_owned(), answer)];
            rule(side, if side == "above" { 14.5 } else { 5.5 }).breach(&Measures(measures.into()), Strictness::Strict)
        };
        assert_eq!(breach("above", 12.0, 0.5), Some(Breach { measured: 12.0, limit: 10.0, by_probe: false }));
        assert_eq!(breach("above", 8.0, 0.5), Some(Breach { measured: 0.5, limit: 0.25, by_probe: true }));
        assert_eq!(breach("above", 8.0, 0.25), None);
        assert_eq!(breach("above", 12.0, -0.5), None, "the networks see an upright head");
        assert_eq!(breach("below", 12.0, 0.5), Some(Breach { measured: 0.5, limit: 0.25, by_probe: true }));
        assert_eq!(breach("below", 8.0, -0.5), None);
        assert_eq!(breach("above", 15.0, -1.0), Some(Breach { measured: 15.0, limit: 14.5, by_probe: false }));
        assert_eq!(breach("below", 5.0, -1.0), Some(Breach { measured: 5.0, limit: 5.5, by_probe: false }));
        // Where a probe gave no answer the measure decides alone.
        let alone = Measures([("m".to_owned(), 12.0)].into());
        assert!(rule("above", 14.5).breach(&alone, Strictness::Strict).is_some());
    }
}

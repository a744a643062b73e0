//! What is said about a photo: a verdict, and the findings behind it.

use serde::Serialize;

use crate::analysis::Analysis;
use crate::check::{self, Rule};
use crate::decode::SourceFile;
use crate::finding::{Finding, Severity};
use crate::measure::Measures;
use crate::spec::{EditPolicy, Spec};

/// Version of the report's form; counts up when a field changes its meaning or goes away.
pub const SCHEMA: u32 = 1;

/// The answer in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// 合格: nothing to mend, or only what the maker mends.
    Fits,
    /// 可提交，人工会看: faults that the citizen may explain.
    Review,
    /// 需要重拍: no usable photo.
    Retake,
}

/// A judged photo. The same bytes, engine, rules and document give the same report everywhere.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Version of the engine.
    pub engine: &'static str,
    /// The document's id.
    pub document: String,
    /// Version of its specification.
    pub spec_version: u32,
    /// The answer.
    pub verdict: Verdict,
    /// What is wrong, worst first.
    pub findings: Vec<Finding>,
    /// What was measured.
    pub measures: Measures,
    /// Facts of the file.
    pub file: SourceFile,
}

/// Judges an analysed portrait for a document.
#[must_use]
pub fn report(analysis: &Analysis, spec: &Spec, rules: &[Rule]) -> Report {
    let findings = within(spec.edit_policy, check::check(analysis, rules, spec.strictness()));
    Report {
        schema: SCHEMA,
        engine: env!("CARGO_PKG_VERSION"),
        document: spec.id.clone(),
        spec_version: spec.version,
        verdict: verdict(&findings),
        findings,
        measures: analysis.measures.clone(),
        file: analysis.portrait.file.clone(),
    }
}

/// Findings as an edit policy lets them be mended: where an authority refuses replaced backgrounds, a busy one is the
/// citizen's to mend, not the maker's.
fn within(policy: EditPolicy, mut findings: Vec<Finding>) -> Vec<Finding> {
    if policy != EditPolicy::Full {
        for finding in &mut findings {
            if finding.severity == Severity::Auto && finding.code.starts_with("background.") {
                finding.severity = Severity::Fix;
            }
        }
        findings.sort_by(|a, b| a.severity.cmp(&b.severity).then_with(|| a.code.cmp(&b.code)));
    }
    findings
}

/// The verdict that findings amount to.
#[must_use]
pub fn verdict(findings: &[Finding]) -> Verdict {
    match findings.iter().map(|f| f.severity).min() {
        Some(Severity::Block) => Verdict::Retake,
        Some(Severity::Fix) => Verdict::Review,
        Some(Severity::Auto | Severity::Note) | None => Verdict::Fits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(code: &str, severity: Severity) -> Finding {
        Finding {
            code: code.to_owned(),
            rejection: "B01".to_owned(),
            severity,
            measured: 5.0,
            limit: 1.5,
            unit: "luma per px".to_owned(),
            clause: "R26".to_owned(),
            place: Vec::new(),
        }
    }

    #[test]
    fn a_busy_background_is_the_citizens_to_mend_where_it_may_not_be_replaced() {
        let found = || vec![finding("gaze.aside", Severity::Fix), finding("background.busy", Severity::Auto)];
        assert_eq!(within(EditPolicy::Full, found())[1].severity, Severity::Auto);
        let strict = within(EditPolicy::CropOnly, found());
        assert_eq!(strict.iter().map(|f| f.code.as_str()).collect::<Vec<_>>(), ["background.busy", "gaze.aside"]);
        assert_eq!(verdict(&within(EditPolicy::None, found()[1..].to_vec())), Verdict::Review);
    }
}

//! What the engine found, as the desk shows it: a list, and numbered marks over the photo.

use huizhi_domain::words::Lang;
use huizhi_photo::finding::{Finding, Severity};
use huizhi_photo::overlay;
use huizhi_photo::pixels::Point;
use huizhi_photo::rejection::Rejections;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::say;
use crate::app::in_lang;

/// What a stored report says, as far as desks show it. Fields that it does not have are not asked for.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Judged {
    /// Findings, worst first; their order gives the numbers.
    #[serde(default)]
    findings: Vec<Found>,
    /// Facts of the file.
    #[serde(default)]
    file: Sides,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct Sides {
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
}

#[derive(Clone, Debug, Deserialize)]
struct Found {
    code: String,
    rejection: String,
    severity: Severity,
    measured: f32,
    limit: f32,
    unit: String,
    clause: String,
    #[serde(default)]
    place: Vec<Corner>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Corner {
    x: f32,
    y: f32,
}

/// One line of the list.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    number: usize,
    code: String,
    /// The rejection code that it maps to.
    pub rejection: String,
    title: String,
    severity: &'static str,
    measured: String,
    limit: String,
    unit: String,
    clause: String,
}

/// One mark on the photo. Px of the upright photo.
#[derive(Clone, Debug, Serialize)]
pub struct Mark {
    number: usize,
    severity: &'static str,
    /// The outline and the line to the number, as an SVG path; empty where the whole photo is meant.
    path: String,
    x: f32,
    y: f32,
    width: f32,
    height: f32,
    middle: f32,
    baseline: f32,
    letters: f32,
}

impl Judged {
    /// Reads what the worker kept: a report, alone or under `report`.
    #[must_use]
    pub fn of(report: Option<&Value>) -> Self {
        let inner = report.map(|value| value.get("report").unwrap_or(value));
        inner.and_then(|value| Self::deserialize(value).ok()).unwrap_or_default()
    }

    /// Columns and rows of the upright photo; `None` where the report does not say.
    #[must_use]
    pub fn size(&self) -> Option<(u32, u32)> {
        (self.file.width > 0 && self.file.height > 0).then_some((self.file.width, self.file.height))
    }

    /// The rejection codes of what was found, worst first, each once.
    #[must_use]
    pub fn codes(&self) -> Vec<&str> {
        let mut codes: Vec<&str> = Vec::new();
        for found in &self.findings {
            if !codes.contains(&found.rejection.as_str()) {
                codes.push(&found.rejection);
            }
        }
        codes
    }

    /// The list.
    #[must_use]
    pub fn lines(&self, rejections: &Rejections, lang: Lang) -> Vec<Line> {
        let line = |(i, found): (usize, &Found)| Line {
            number: i + 1,
            code: found.code.clone(),
            rejection: found.rejection.clone(),
            title: rejections
                .get(&found.rejection)
                .map_or_else(|| found.code.clone(), |rejection| in_lang(&rejection.title, lang).to_owned()),
            severity: word(found.severity),
            measured: short(found.measured),
            limit: short(found.limit),
            unit: unit(lang, &found.unit),
            clause: cited(&found.clause),
        };
        self.findings.iter().enumerate().map(line).collect()
    }

    /// The marks. Findings for the reviewer have theirs too, which the citizen does not see.
    #[must_use]
    pub fn marks(&self) -> Vec<Mark> {
        let Some((width, height)) = self.size() else { return Vec::new() };
        let findings: Vec<Finding> = self.findings.iter().map(Found::shown).collect();
        let marks = overlay::marks(&findings, width as f32, height as f32);
        marks.iter().map(|mark| self.mark(mark)).collect()
    }

    fn mark(&self, mark: &overlay::Mark) -> Mark {
        let at = |p: &Point| format!("{:.1},{:.1}", p.x, p.y);
        let mut path = String::new();
        if !mark.outline.is_empty() {
            let corners: Vec<String> = mark.outline.iter().map(at).collect();
            path = format!("M{}Z", corners.join("L"));
        }
        if let Some((from, to)) = &mark.leader {
            path = format!("{path}M{}L{}", at(from), at(to));
        }
        let badge = mark.badge;
        Mark {
            number: mark.number,
            severity: self.findings.get(mark.number.wrapping_sub(1)).map_or("note", |found| word(found.severity)),
            path,
            x: badge.x,
            y: badge.y,
            width: badge.width,
            height: badge.height,
            middle: badge.centre().x,
            baseline: badge.y + badge.height * 0.78,
            letters: badge.height * 0.8,
        }
    }
}

impl Found {
    /// As the overlay takes it, which leaves out what is for the reviewer only.
    fn shown(&self) -> Finding {
        Finding {
            code: self.code.clone(),
            rejection: self.rejection.clone(),
            severity: if self.severity == Severity::Note { Severity::Auto } else { self.severity },
            measured: self.measured,
            limit: self.limit,
            unit: self.unit.clone(),
            clause: self.clause.clone(),
            place: self.place.iter().map(|corner| Point::new(corner.x, corner.y)).collect(),
        }
    }
}

const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Block => "block",
        Severity::Fix => "fix",
        Severity::Auto => "auto",
        Severity::Note => "note",
    }
}

/// The message that says a unit of `specs/checks/`, whose words are the engine's own.
fn unit_key(unit: &str) -> String {
    format!("review-unit-{}", unit.to_lowercase().replace(' ', "-"))
}

/// A unit in words. Reports are kept for years: one that no check has any more stands as it is.
fn unit(lang: Lang, unit: &str) -> String {
    let key = unit_key(unit);
    let said = say(lang, &key, &[]);
    if said == key { unit.to_owned() } else { said }
}

/// What a clause is looked up by: the numbers of requirements and standards in it, each once. The rest says how a limit was found, which
/// is for those who set it.
fn cited(clause: &str) -> String {
    let is_requirement =
        |word: &str| word.strip_prefix('R').is_some_and(|rest| rest.len() == 2 && rest.parse::<u8>().is_ok());
    let mut words = clause.split([' ', ',', ';', ':']).filter(|word| !word.is_empty());
    let mut cited: Vec<String> = Vec::new();
    while let Some(word) = words.next() {
        let number = match word {
            "GA" | "GB/T" | "ISO/IEC" => words.next().map(|number| format!("{word} {number}")),
            _ => is_requirement(word).then(|| word.to_owned()),
        };
        cited.extend(number.filter(|number| !cited.contains(number)));
    }
    cited.join(", ")
}

/// Three significant digits, without zeros that say nothing.
fn short(value: f32) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".to_owned();
    }
    let places = (2 - value.abs().log10().floor() as i32).clamp(0, 4) as usize;
    let text = format!("{value:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What a worker keeps of a photo with three findings, one of them for the reviewer.
    pub fn stored() -> Value {
        serde_json::json!({
            "schema": 1,
            "verdict": "review",
            "file": { "width": 900, "height": 1200, "format": "jpeg" },
            "findings": [
                { "code": "hair.fringe", "rejection": "O01", "severity": "fix", "measured": 0.612, "limit": 0.35,
                  "unit": "share", "clause": "R23: hair does not cover the eyebrows",
                  "place": [{"x": 330.0, "y": 380.0}, {"x": 570.0, "y": 380.0}, {"x": 570.0, "y": 440.0}, {"x": 330.0, "y": 440.0}] },
                { "code": "background.busy", "rejection": "B01", "severity": "auto", "measured": 5.25, "limit": 1.5,
                  "unit": "luma", "clause": "R26: any background is fine, a white wall is best", "place": [] },
                { "code": "light.uneven", "rejection": "L01", "severity": "note", "measured": 0.41, "limit": 0.38,
                  "unit": "ratio", "clause": "R25: no shadow on the face",
                  "place": [{"x": 420.0, "y": 450.0}, {"x": 600.0, "y": 450.0}, {"x": 600.0, "y": 720.0}] },
            ],
        })
    }

    #[test]
    fn a_report_is_read_alone_and_under_its_name() {
        let alone = Judged::of(Some(&stored()));
        let under = Judged::of(Some(&serde_json::json!({ "report": stored() })));
        assert_eq!(alone.codes(), ["O01", "B01", "L01"]);
        assert_eq!(under.codes(), alone.codes());
        assert_eq!(alone.size(), Some((900, 1200)));
        assert_eq!(Judged::of(None).marks().len(), 0);
    }

    #[test]
    fn the_reviewer_sees_marks_of_notes_too() {
        let marks = Judged::of(Some(&stored())).marks();
        let mut numbers: Vec<(usize, &str)> = marks.iter().map(|mark| (mark.number, mark.severity)).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [(1, "fix"), (2, "auto"), (3, "note")]);
        let whole = marks.iter().find(|mark| mark.number == 2).unwrap();
        assert_eq!(whole.path, "");
    }

    #[test]
    fn every_unit_of_the_checks_is_said_in_words() {
        let rules = huizhi_photo::check::built_in().unwrap();
        let units = rules.iter().map(|rule| rule.unit.as_str()).chain(["score"]);
        for key in units.map(unit_key) {
            for lang in Lang::ALL {
                assert_ne!(say(lang, &key, &[]), key);
            }
        }
        assert_eq!(unit(Lang::Zh, "cubits"), "cubits");
    }

    #[test]
    fn a_clause_is_said_by_its_numbers() {
        for (clause, said) in [
            ("R18, R23: eyebrows must show; limit (docs/evaluation.md)", "R18, R23"),
            ("R30; GA 461-2004 face width 193 to 221 px: more; R30", "R30, GA 461-2004"),
            ("ISO/IEC 19794-5 asks 5 degrees; the mesh reads more", "ISO/IEC 19794-5"),
            ("natural skin colour; b* of accepted portraits ends at 25", ""),
            ("C02; blocks show from quality 45 down", ""),
        ] {
            assert_eq!(cited(clause), said, "{clause}");
        }
        let lines = Judged::of(Some(&stored())).lines(&Rejections::built_in().unwrap(), Lang::Zh);
        let said: Vec<(&str, &str)> = lines.iter().map(|line| (line.unit.as_str(), line.clause.as_str())).collect();
        assert_eq!(said, [("（占比）", "R23"), ("级亮度", "R26"), ("（比值）", "R25")]);
    }

    #[test]
    fn numbers_have_three_digits() {
        for (value, text) in
            [(0.612_34, "0.612"), (5.25, "5.25"), (61.0, "61"), (1234.5, "1234"), (0.0, "0"), (-0.05, "-0.05")]
        {
            assert_eq!(short(value), text);
        }
    }
}

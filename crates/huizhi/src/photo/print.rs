//! Reports for people at a terminal.

use std::fmt::Write;

use huizhi_photo::rejection::Rejections;
use huizhi_photo::{Finding, Report, Severity, Verdict};

use super::Told;
use super::make::Made;
use crate::text::Lang;

/// How reports are printed.
pub struct Printer {
    /// In which language.
    pub lang: Lang,
    /// Whether the terminal shows colours.
    pub colour: bool,
    /// Titles and advice by code.
    pub rejections: Rejections,
}

const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const DIM: &str = "2";

impl Printer {
    /// Everything that is said of one photo.
    pub fn told(&self, told: &Told) -> String {
        let mut text = String::new();
        if let Some(error) = &told.error {
            let _ = writeln!(text, "{}  {}  {error}", told.file, self.paint(RED, &self.lang.word("failed")));
        }
        if let Some(report) = &told.report {
            text.push_str(&self.report(&told.file, report));
        }
        if let Some(made) = &told.made {
            text.push_str(&self.made(made));
        }
        let why = told.obstacle.as_ref().map(|obstacle| self.lang.obstacle(obstacle)).or(told.not_made.clone());
        if let Some(why) = why {
            let _ = writeln!(text, "  {}: {why}", self.paint(RED, &self.lang.word("not-made")));
        }
        text
    }

    fn report(&self, file: &str, report: &Report) -> String {
        let (colour, key) = match report.verdict {
            Verdict::Fits => (GREEN, "verdict-fits"),
            Verdict::Review => (YELLOW, "verdict-review"),
            Verdict::Retake => (RED, "verdict-retake"),
        };
        let mut text = format!("{file}  {}\n", self.paint(colour, &self.lang.word(key)));
        if report.findings.is_empty() {
            let _ = writeln!(text, "  {}", self.lang.word("nothing-wrong"));
        }
        for (i, finding) in report.findings.iter().enumerate() {
            text.push_str(&self.finding(i + 1, finding));
        }
        text
    }

    fn finding(&self, number: usize, finding: &Finding) -> String {
        let lang = self.lang;
        let (title, fix) = self
            .rejections
            .get(&finding.rejection)
            .map_or((finding.code.as_str(), ""), |row| (lang.name(&row.title), lang.name(&row.fix)));
        let (colour, key) = match finding.severity {
            Severity::Block => (RED, "severity-block"),
            Severity::Fix => (RED, "severity-fix"),
            Severity::Auto => (YELLOW, "severity-auto"),
            Severity::Note => (DIM, "severity-note"),
        };
        let code = self.paint(DIM, &format!("{} {}", finding.rejection, finding.code));
        let mut text = format!("  {number}. {} · {title}  {code}\n", self.paint(colour, &lang.word(key)));
        let measured = lang.value(finding.measured, &finding.unit);
        let limit = lang.value(finding.limit, &finding.unit);
        let _ = writeln!(text, "     {}", lang.say("measured", &[("measured", &measured), ("limit", &limit)]));
        if !fix.is_empty() {
            let _ = writeln!(text, "     → {fix}");
        }
        text
    }

    fn made(&self, made: &Made) -> String {
        let lang = self.lang;
        let kb = format!("{:.1}", made.size_bytes as f32 / 1024.0);
        let line = lang.say(
            "made-line",
            &[
                ("file", &made.file),
                ("width", &made.certificate.width_px),
                ("height", &made.certificate.height_px),
                ("dpi", &made.dpi),
                ("kb", &kb),
            ],
        );
        let mut text = format!("  {}  {line}\n", self.paint(GREEN, &lang.word("made")));
        let edits: Vec<String> = made.edits.iter().map(|edit| edit_words(lang, edit)).collect();
        if !edits.is_empty() {
            let _ = writeln!(text, "  {}", lang.say("edits", &[("list", &edits.join(" · "))]));
        }
        for missing in &made.shortfalls {
            let rule = lang.word(&format!("rule-{}", missing.rule));
            let by = crate::text::number(missing.by_px);
            let key = if missing.by_px == 0.0 { "shortfall-plain" } else { "shortfall" };
            let _ = writeln!(text, "  {}", self.paint(YELLOW, &lang.say(key, &[("rule", &rule), ("by", &by)])));
        }
        if made.doubt.is_some() {
            let _ = writeln!(text, "  {}", self.paint(YELLOW, &lang.word("made-doubt")));
        }
        let broken: Vec<String> =
            made.certificate.broken().iter().map(|rule| lang.word(&format!("rule-{rule}"))).collect();
        let said = if broken.is_empty() {
            lang.say("made-holds", &[("count", &made.certificate.measures.len())])
        } else {
            self.paint(YELLOW, &lang.say("made-broken", &[("rules", &broken.join(" · "))]))
        };
        let _ = writeln!(text, "  {said}");
        text
    }

    /// Text in a colour, where colours are shown.
    pub fn paint(&self, colour: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

fn edit_words(lang: Lang, edit: &huizhi_photo::make::Edit) -> String {
    use huizhi_photo::make::Edit;
    let by = |key: &str, value: f32| lang.say(key, &[("by", &crate::text::number(value))]);
    match edit {
        Edit::Turned { degrees } => by("edit-turned", *degrees),
        Edit::Scaled { factor } => by("edit-scaled", *factor),
        Edit::Enlarged { factor } => by("edit-enlarged", *factor),
        Edit::Background { .. } => lang.word("edit-background"),
        Edit::Extended { .. } => lang.word("edit-extended"),
        Edit::Tone { .. } => lang.word("edit-tone"),
    }
}

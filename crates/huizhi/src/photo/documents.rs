//! `huizhi photo documents`

use std::fmt::Write;

use clap::Args;
use huizhi_photo::Spec;
use huizhi_photo::spec::{Bound, Catalog, EditPolicy, Unit};

use super::Output;
use crate::Exit;
use crate::text::{Lang, number};

/// Options of `documents`.
#[derive(Args)]
pub struct Options {
    /// Tell this one in detail.
    #[arg(value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// Groups in the order in which they are listed.
const GROUPS: [&str; 4] = ["gov", "edu", "foreign", "generic"];

/// Lists the documents, or tells one.
pub fn run(options: &Options) -> anyhow::Result<Exit> {
    let catalog = Catalog::built_in()?;
    let lang = options.output.lang();
    let text = match &options.id {
        Some(id) => {
            let spec = super::document(&catalog, id)?;
            if options.output.json { serde_json::to_string_pretty(spec)? + "\n" } else { one(spec, lang) }
        }
        None if options.output.json => serde_json::to_string_pretty(&catalog.iter().collect::<Vec<_>>())? + "\n",
        None => list(&catalog, lang),
    };
    crate::files::say(&text)?;
    Ok(Exit::Fits)
}

fn list(catalog: &Catalog, lang: Lang) -> String {
    let mut text = String::new();
    let widest = catalog.iter().map(|spec| spec.id.len()).max().unwrap_or(0);
    for group in GROUPS {
        let _ = writeln!(text, "{}", lang.word(&format!("group-{group}")));
        for spec in catalog.group(group) {
            let _ = writeln!(text, "  {:widest$}  {:>22}  {}", spec.id, size(spec), lang.name(&spec.name));
        }
    }
    let _ = writeln!(text, "{}", lang.say("documents-count", &[("count", &catalog.len())]));
    text
}

fn one(spec: &Spec, lang: Lang) -> String {
    let mut text = format!("{}  {}\n", spec.id, lang.name(&spec.name));
    let mut row = |key: &str, value: String| {
        if !value.is_empty() {
            let _ = writeln!(text, "  {}: {value}", lang.word(key));
        }
    };
    row("doc-region", spec.region.clone());
    row("doc-size", size(spec));
    let backgrounds: Vec<String> = spec
        .backgrounds
        .iter()
        .map(|b| format!("{} #{:02x}{:02x}{:02x}", b.name, b.rgb[0], b.rgb[1], b.rgb[2]))
        .collect();
    row("doc-background", backgrounds.join(", "));
    if let Some(file) = &spec.file {
        let mut said = format!("{:?}", file.format).to_uppercase();
        if let Some(quality) = file.quality {
            let _ = write!(said, ", quality {quality}");
        }
        if file.kb_min.is_some() || file.kb_max.is_some() {
            let _ = write!(said, ", {} KB", span(file.kb_min, file.kb_max));
        }
        row("doc-file", said);
    }
    let policy = match spec.edit_policy {
        EditPolicy::Full => "edit-policy-full",
        EditPolicy::CropOnly => "edit-policy-crop-only",
        EditPolicy::None => "edit-policy-none",
    };
    row("doc-edits", lang.word(policy));
    let bounds: Vec<String> = spec
        .geometry
        .bounds()
        .into_iter()
        .filter_map(|(rule, bound)| Some(format!("{} {}", lang.word(&format!("rule-{rule}")), in_words(bound?))))
        .collect();
    row("doc-geometry", bounds.join("; "));
    let rules: Vec<String> = spec.rules.iter().map(|(name, rule)| format!("\n    {name}: {rule}")).collect();
    row("doc-rules", rules.concat());
    let sources: Vec<String> =
        spec.sources.values().map(|s| format!("\n    {} ({}; {})", s.title, s.kind, s.confidence)).collect();
    row("doc-sources", sources.concat());
    text
}

fn size(spec: &Spec) -> String {
    let Some(size) = &spec.size else { return String::new() };
    let px = format!("{}×{} px", size.width_px, size.height_px);
    match (size.width_mm, size.height_mm) {
        (Some(width), Some(height)) => format!("{px}, {}×{} mm", number(width), number(height)),
        _ => px,
    }
}

fn in_words(bound: &Bound) -> String {
    match bound.unit {
        Unit::Px => format!("{} px", span(bound.min, bound.max)),
        Unit::Mm => format!("{} mm", span(bound.min, bound.max)),
        Unit::Share => format!("{} %", span(bound.min.map(|v| v * 100.0), bound.max.map(|v| v * 100.0))),
    }
}

fn span(min: Option<f32>, max: Option<f32>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("{}…{}", number(min), number(max)),
        (Some(min), None) => format!("≥ {}", number(min)),
        (None, Some(max)) => format!("≤ {}", number(max)),
        (None, None) => String::new(),
    }
}

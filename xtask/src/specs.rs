//! `cargo xtask specs`: validates `specs/` and renders it as one page.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{collections::BTreeMap, fs};

use anyhow::{Context as _, bail};
use huizhi_photo::rejection::Rejections;
use huizhi_photo::spec::{Bound, Catalog, EditPolicy, Size, Spec, Unit};

/// What to do with the specifications.
#[derive(clap::Args)]
pub struct Options {
    /// Validate only, whatever `--out` says.
    #[arg(long)]
    check: bool,
    /// Write the page here.
    #[arg(long, value_name = "FILE.html")]
    out: Option<PathBuf>,
}

const GROUPS: [(&str, &str, &str); 4] = [
    ("gov", "政务证件", "Government documents"),
    ("edu", "考试与学籍", "Exams and schools"),
    ("foreign", "国外证件与签证", "Foreign documents and visas"),
    ("generic", "通用尺寸", "Generic sizes"),
];

/// Validates everything, then draws the page where one is asked for.
///
/// # Errors
/// Names every faulty file.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
    let catalog = read_documents(&root.join("documents"))?;
    let file = root.join("rejections.toml");
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let rejections = Rejections::from_toml(&text)?;
    println!("{} documents and {} rejection codes are valid", catalog.len(), rejections.rejection.len());
    if let (Some(out), false) = (&options.out, options.check) {
        fs::write(out, page(&catalog)?).with_context(|| format!("cannot write {}", out.display()))?;
        println!("wrote {}", out.display());
    }
    Ok(())
}

/// Reads the folder itself rather than what is built in, and names every faulty file, not only the first.
fn read_documents(folder: &Path) -> anyhow::Result<Catalog> {
    let mut catalog = Catalog::default();
    let mut faults = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            faults.push(format!("{} is no .toml file", path.display()));
            continue;
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if let Err(error) = catalog.add_file(&name, &text) {
            faults.push(error.to_string());
        }
    }
    if !faults.is_empty() {
        bail!("{} of the files in {} are faulty:\n{}", faults.len(), folder.display(), faults.join("\n"));
    }
    Ok(catalog)
}

fn page(catalog: &Catalog) -> Result<String, std::fmt::Error> {
    let mut html = format!(
        "<!doctype html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>证件照规格 · Photo specifications</title><style>{}</style></head><body>\
         <header><h1>证件照规格 <span lang=\"en\">Photo specifications</span></h1><p>{} 种证件 · documents</p><nav>",
        include_str!("specs.css"),
        catalog.len()
    );
    for (group, zh, en) in GROUPS {
        write!(html, "<a href=\"#{group}\">{zh} <span lang=\"en\">{en}</span></a>")?;
    }
    html.push_str("</nav></header><main>");
    for (group, zh, en) in GROUPS {
        write!(html, "<h2 id=\"{group}\">{zh} <span lang=\"en\">{en}</span></h2>")?;
        overview(&mut html, catalog.group(group))?;
        for spec in catalog.group(group) {
            document(&mut html, spec)?;
        }
    }
    html.push_str("</main></body></html>\n");
    Ok(html)
}

fn overview<'a>(html: &mut String, specs: impl Iterator<Item = &'a Spec>) -> std::fmt::Result {
    html.push_str("<div class=\"wide\"><table><tr><th>证件 Document<th>像素 px<th>毫米 mm<th>修改 Edits</tr>");
    for spec in specs {
        let (px, mm) = spec.size.as_ref().map_or_else(|| ("–".into(), "–".into()), sides);
        let (id, zh, en) = (&spec.id, text(&spec.name.zh), text(&spec.name.en));
        let policy = policy(spec.edit_policy);
        write!(html, "<tr><td><a href=\"#{id}\">{zh}</a> <small lang=\"en\">{en}</small>")?;
        write!(html, "<td>{px}<td>{mm}<td>{policy}</tr>")?;
    }
    html.push_str("</table></div>");
    Ok(())
}

fn document(html: &mut String, spec: &Spec) -> std::fmt::Result {
    let (id, zh, en) = (&spec.id, text(&spec.name.zh), text(&spec.name.en));
    write!(html, "<article id=\"{id}\"><h3>{zh} <span lang=\"en\">{en}</span></h3>")?;
    write!(html, "<p><code>{id}</code> · {} · v{}</p><div class=\"columns\">", text(&spec.region), spec.version)?;
    if let Some(size) = &spec.size {
        drawing(html, spec, size)?;
    }
    html.push_str("<dl>");
    if let Some(size) = &spec.size {
        let (px, mm) = sides(size);
        let rule = format!("{:?}", size.px_rule).to_lowercase();
        row(html, "尺寸 Size", &format!("{px} px ({rule}) · {mm} mm · {} dpi", size.dpi), &badge(spec, &size.source))?;
    }
    for background in &spec.backgrounds {
        let [r, g, b] = background.rgb;
        let swatch = format!("<i class=\"swatch\" style=\"background:rgb({r},{g},{b})\"></i> {}", background.name);
        row(html, "背景 Background", &swatch, &badge(spec, &background.source))?;
    }
    for (field, bound) in spec.geometry.bounds() {
        let Some(bound) = bound else { continue };
        row(html, field_name(field), &interval(bound), &badge(spec, &bound.source))?;
    }
    if let Some(file) = &spec.file {
        let mut words = format!("{:?}", file.format).to_uppercase();
        if let Some(quality) = file.quality {
            write!(words, " · Q{quality}")?;
        }
        if file.kb_min.is_some() || file.kb_max.is_some() {
            let end = |kb: Option<f32>| kb.map_or_else(|| "…".to_owned(), |kb| kb.to_string());
            write!(words, " · {}–{} KB", end(file.kb_min), end(file.kb_max))?;
        }
        words.push_str(if file.kb_is_typical { "(仅为通常大小 typical)" } else { "" });
        row(html, "文件 File", &words, &badge(spec, &file.source))?;
    }
    let note = spec.edit_policy_note.as_deref().unwrap_or_default();
    row(html, "修改 Edits", &format!("{} {}", policy(spec.edit_policy), text(note)), "")?;
    for (key, words) in &spec.rules {
        row(html, &text(key), &text(words), "")?;
    }
    html.push_str("</dl></div>");
    notes(html, &spec.conflicts)?;
    sources(html, &spec.sources)?;
    html.push_str("</article>");
    Ok(())
}

fn row(html: &mut String, name: &str, value: &str, badge: &str) -> std::fmt::Result {
    write!(html, "<div><dt>{name}</dt><dd>{value} {badge}</dd></div>")
}

fn notes(html: &mut String, conflicts: &[String]) -> std::fmt::Result {
    if conflicts.is_empty() {
        return Ok(());
    }
    html.push_str("<h4>来源不一致 Conflicts and choices</h4><ul>");
    for conflict in conflicts {
        write!(html, "<li>{}</li>", text(conflict))?;
    }
    html.push_str("</ul>");
    Ok(())
}

fn sources(html: &mut String, sources: &BTreeMap<String, huizhi_photo::spec::Source>) -> std::fmt::Result {
    html.push_str("<details><summary>来源 Sources</summary><ul>");
    for (key, source) in sources {
        let (title, kind, checked) = (text(&source.title), text(&source.kind), text(&source.checked));
        write!(html, "<li><b>{}</b>: {title} ({kind}; {checked}; {})", text(key), text(&source.confidence))?;
        for url in &source.urls {
            let url = text(url);
            write!(html, "<br><a rel=\"noreferrer\" href=\"{url}\">{url}</a>")?;
        }
        html.push_str("</li>");
    }
    html.push_str("</ul></details>");
    Ok(())
}

/// The frame to scale, 4 px to the mm, with a band for each rule that has an end to draw.
fn drawing(html: &mut String, spec: &Spec, size: &Size) -> std::fmt::Result {
    let (w, h, dpi) = (size.width_px as f32, size.height_px as f32, f32::from(size.dpi));
    let wide = size.width_mm.unwrap_or(w / dpi * 25.4) * 4.0;
    let wide = wide.clamp(80.0, 280.0);
    let fill = spec.backgrounds.first().map_or([245, 245, 245], |background| background.rgb);
    write!(html, "<svg viewBox=\"0 0 {w} {h}\" style=\"width:{wide:.0}px\" role=\"img\" aria-label=\"{w}×{h} px\">")?;
    write!(html, "<rect width=\"{w}\" height=\"{h}\" fill=\"rgb({},{},{})\"/>", fill[0], fill[1], fill[2])?;
    let geometry = &spec.geometry;
    let ends = |bound: &Option<Bound>, side: f32| {
        bound.as_ref().map(|bound| bound.in_px(side, dpi)).map(|(min, max)| (min.max(0.0), max.min(side)))
    };
    let middle = |ends: Option<(f32, f32)>| ends.map(|(min, max)| f32::midpoint(min, max));
    let crown = middle(ends(&geometry.crown_top, h));
    let head =
        middle(ends(&geometry.head_height, h)).or_else(|| middle(ends(&geometry.face_width, w)).map(|f| f * 1.4));
    if let Some(head) = head {
        let crown = crown.unwrap_or((h - head) * 0.4);
        let face = middle(ends(&geometry.face_width, w)).or_else(|| middle(ends(&geometry.head_width, w)));
        let face = face.unwrap_or(head * 0.7);
        let (x, y) = (w / 2.0, crown + head / 2.0);
        write!(html, "<ellipse class=\"head\" cx=\"{x}\" cy=\"{y}\" rx=\"{}\" ry=\"{}\"/>", face / 2.0, head / 2.0)?;
    }
    for (class, from_top, bound) in [
        ("crown", true, &geometry.crown_top),
        ("eyes", true, &geometry.eyes_top),
        ("eyes", false, &geometry.eyes_bottom),
        ("chin", false, &geometry.chin_bottom),
    ] {
        let Some((min, max)) = ends(bound, h) else { continue };
        let (y, high) = (if from_top { min } else { h - max }, (max - min).max(h / 150.0));
        write!(
            html,
            "<rect class=\"{class}\" y=\"{y}\" width=\"{w}\" height=\"{high}\"><title>{class}</title></rect>"
        )?;
    }
    if let Some((_, face)) = ends(&geometry.face_width, w).or_else(|| ends(&geometry.head_width, w)) {
        for x in [(w - face) / 2.0, f32::midpoint(w, face)] {
            write!(html, "<line class=\"face\" x1=\"{x}\" x2=\"{x}\" y2=\"{h}\"/>")?;
        }
    }
    write!(html, "<rect class=\"frame\" width=\"{w}\" height=\"{h}\"/></svg>")
}

fn sides(size: &Size) -> (String, String) {
    let mm = match (size.width_mm, size.height_mm) {
        (Some(width), Some(height)) => format!("{width}×{height}"),
        _ => "–".to_owned(),
    };
    (format!("{}×{}", size.width_px, size.height_px), mm)
}

fn interval(bound: &Bound) -> String {
    let (factor, unit) = match bound.unit {
        Unit::Px => (1.0, "px"),
        Unit::Mm => (1.0, "mm"),
        Unit::Share => (100.0, "%"),
    };
    // One decimal: 0.69 as a 32-bit number times 100 is not 69.
    let number = |value: f32| format!("{:.1}", value * factor).trim_end_matches(".0").to_owned();
    match (bound.min, bound.max) {
        (Some(min), Some(max)) => format!("{}–{} {unit}", number(min), number(max)),
        (Some(min), None) => format!("≥ {} {unit}", number(min)),
        (None, Some(max)) => format!("≤ {} {unit}", number(max)),
        (None, None) => "–".to_owned(),
    }
}

fn field_name(field: &str) -> &str {
    match field {
        "face_width" => "脸宽 Face width",
        "head_width" => "头宽 Head width",
        "head_height" => "头高 Head height",
        "crown_top" => "头顶距上边 Crown to top",
        "eyes_bottom" => "眼睛距下边 Eyes to bottom",
        "eyes_top" => "眼睛距上边 Eyes to top",
        "eyes_left" => "两眼中点距左边 Eyes to left",
        "eye_distance" => "瞳距 Eye distance",
        "chin_bottom" => "下巴距下边 Chin to bottom",
        "off_centre" => "左右偏离 Off centre",
        other => other,
    }
}

fn policy(policy: EditPolicy) -> &'static str {
    match policy {
        EditPolicy::Full => "可换底 full",
        EditPolicy::CropOnly => "只可裁剪 crop only",
        EditPolicy::None => "不可修改 none",
    }
}

/// A badge with the confidence of a number's source.
fn badge(spec: &Spec, source: &str) -> String {
    let Some(found) = spec.sources.get(source) else { return String::new() };
    let level = found.confidence.split([' ', ':', ',', '(']).next().unwrap_or("low");
    format!("<b class=\"badge {level}\" title=\"{}\">{level}</b>", text(&found.confidence))
}

/// Text for HTML, in and out of attributes.
fn text(raw: &str) -> String {
    raw.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_every_document_and_no_raw_markup() {
        let catalog = Catalog::built_in().unwrap();
        let html = page(&catalog).unwrap();
        for spec in catalog.iter() {
            assert!(html.contains(&format!("<article id=\"{}\">", spec.id)));
        }
        assert_eq!(text("<a href=\"b\">&"), "&lt;a href=&quot;b&quot;&gt;&amp;");
    }

    #[test]
    fn shares_are_shown_as_rounded_percents() {
        let bound = Bound { min: Some(0.56), max: Some(0.69), unit: Unit::Share, source: String::new() };
        assert_eq!(interval(&bound), "56–69 %");
    }
}

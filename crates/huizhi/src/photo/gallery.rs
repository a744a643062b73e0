//! The batch's page: every photo with its marks, what was found, and what was made. One file, no script; both
//! languages are in it and switched by style alone.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use huizhi_photo::rejection::Rejections;
use huizhi_photo::{Severity, Spec};
use serde::Deserialize;

use super::batch::Done;
use crate::text::Lang;

const STYLE: &str = include_str!("gallery.css");

/// What of a finding is shown.
#[derive(Deserialize)]
struct Shown {
    rejection: String,
    severity: Severity,
    measured: f32,
    limit: f32,
    unit: String,
}

/// The page; `first` is the language that it opens in.
pub fn page(all: &[&Done], spec: &Spec, out: &Path, first: Lang) -> anyhow::Result<String> {
    let rejections = Rejections::built_in()?;
    let checked = |lang: Lang| if lang == first { " checked" } else { "" };
    let language = if first == Lang::Zh { "zh-CN" } else { "en" };
    let title = escaped(&format!("{} · {}", first.word("gallery-title"), first.name(&spec.name)));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n\
         <input type=\"radio\" name=\"lang\" id=\"zh\"{}><label for=\"zh\" lang=\"zh-CN\">中文</label>\n\
         <input type=\"radio\" name=\"lang\" id=\"en\"{}><label for=\"en\" lang=\"en\">English</label>\n",
        checked(Lang::Zh),
        checked(Lang::En)
    );
    let name = both(|lang| format!("{} · {}", lang.word("gallery-title"), lang.name(&spec.name)));
    let _ = write!(page, "<h1>{name}</h1>\n<div class=\"filters\">\n");
    for (id, key) in FILTERS {
        let count = all.iter().filter(|done| id == "all" || class(done) == id).count();
        let checked = if id == "all" { " checked" } else { "" };
        let _ = writeln!(
            page,
            "<input type=\"radio\" name=\"show\" id=\"show-{id}\"{checked}><label for=\"show-{id}\">{} <b>{count}</b></label>",
            both(|lang| lang.word(key))
        );
    }
    page.push_str("</div>\n<main>\n");
    for done in all {
        card(&mut page, done, out, &rejections);
    }
    page.push_str("</main>\n</body>\n</html>\n");
    Ok(page)
}

const FILTERS: [(&str, &str); 5] = [
    ("all", "gallery-all"),
    ("fits", "verdict-fits"),
    ("review", "verdict-review"),
    ("retake", "verdict-retake"),
    ("failed", "failed"),
];

/// The verdict as a class of the page.
fn class(done: &Done) -> &str {
    if done.error.is_some() { "failed" } else { done.verdict() }
}

fn card(page: &mut String, done: &Done, out: &Path, rejections: &Rejections) {
    let class = class(done);
    let verdict = FILTERS.iter().find(|(id, _)| *id == class).map_or("failed", |(_, key)| key);
    let file = escaped(&done.file);
    let _ = write!(
        page,
        "<article class=\"{class}\">\n<h2>{file}</h2>\n<p class=\"verdict\">{}</p>\n<div class=\"pictures\">\n",
        both(|lang| lang.word(verdict))
    );
    let small = fs::read(out.join("small").join(format!("{}.jpg", done.stem))).ok();
    if let Some(small) = small.filter(|_| done.error.is_none()) {
        // The marks lie over the picture and are drawn by the page, so that they stay sharp at any size.
        let _ = writeln!(
            page,
            "<figure class=\"marked\"><div><img alt=\"{file}\" src=\"data:image/jpeg;base64,{}\">{}</div>\
             <figcaption>{}</figcaption></figure>",
            base64(&small),
            done.marks.replacen("<svg ", "<svg aria-hidden=\"true\" ", 1),
            both(|lang| lang.word("gallery-original"))
        );
    }
    let made = done.made["file"].as_str().and_then(|name| Some((name, fs::read(out.join(name)).ok()?)));
    if let Some((name, bytes)) = made {
        let kind = if bytes.starts_with(b"\x89PNG") { "png" } else { "jpeg" };
        let _ = writeln!(
            page,
            "<figure class=\"made\"><a href=\"{0}\"><img alt=\"{0}\" src=\"data:image/{kind};base64,{1}\"></a>\
             <figcaption>{2}</figcaption></figure>",
            escaped(name),
            base64(&bytes),
            both(|lang| lang.word("gallery-made"))
        );
    }
    page.push_str("</div>\n");
    let findings: Vec<Shown> = serde_json::from_value(done.report["findings"].clone()).unwrap_or_default();
    if !findings.is_empty() {
        page.push_str("<ol>\n");
        for finding in &findings {
            item(page, finding, rejections);
        }
        page.push_str("</ol>\n");
    }
    if let Some(obstacle) = &done.obstacle {
        let _ = writeln!(page, "<p class=\"why\">{}</p>", both(|lang| lang.obstacle(obstacle)));
    } else if let Some(why) = done.error.as_ref().or(done.not_made.as_ref()) {
        let _ = writeln!(page, "<p class=\"why\" lang=\"en\">{}</p>", escaped(why));
    }
    let broken: Vec<&str> = done.made["certificate"]["measures"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|measure| measure["holds"] == serde_json::Value::Bool(false))
        .filter_map(|measure| measure["rule"].as_str())
        .collect();
    if !broken.is_empty() {
        let said = both(|lang| {
            let rules: Vec<String> = broken.iter().map(|rule| lang.word(&format!("rule-{rule}"))).collect();
            lang.say("made-broken", &[("rules", &rules.join(" · "))])
        });
        let _ = writeln!(page, "<p class=\"why\">{said}</p>");
    }
    page.push_str("</article>\n");
}

fn item(page: &mut String, finding: &Shown, rejections: &Rejections) {
    let row = rejections.get(&finding.rejection);
    let severity = match finding.severity {
        Severity::Block => "block",
        Severity::Fix => "fix",
        Severity::Auto => "auto",
        Severity::Note => "note",
    };
    let title = both(|lang| row.map_or(finding.rejection.clone(), |row| lang.name(&row.title).to_owned()));
    let fix = both(|lang| row.map_or(String::new(), |row| lang.name(&row.fix).to_owned()));
    let measured = both(|lang| {
        let measured = lang.value(finding.measured, &finding.unit);
        let limit = lang.value(finding.limit, &finding.unit);
        lang.say("measured", &[("measured", &measured), ("limit", &limit)])
    });
    let kind = both(|lang| lang.word(&format!("severity-{severity}")));
    let _ = writeln!(
        page,
        "<li class=\"{severity}\"><b>{title}</b> <i>{kind}</i><br>{fix}<br><small>{measured} · {}</small></li>",
        escaped(&finding.rejection)
    );
}

/// A text in both languages, of which the style shows one.
fn both(say: impl Fn(Lang) -> String) -> String {
    format!(
        "<span lang=\"zh-CN\">{}</span><span lang=\"en\">{}</span>",
        escaped(&say(Lang::Zh)),
        escaped(&say(Lang::En))
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = (0..3).fold(0_u32, |word, i| word << 8 | u32::from(group.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * i) & 63) as usize];
            text.push(if i > group.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (plain, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), text);
        }
    }

    #[test]
    fn names_cannot_break_out_of_the_page() {
        assert_eq!(escaped("<b a=\"&\">"), "&lt;b a=&quot;&amp;&quot;&gt;");
    }
}

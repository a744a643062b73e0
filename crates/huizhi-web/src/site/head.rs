//! What stands in a page's head for machines: where the page really is, in which languages, and how it looks when it is passed on.

use huizhi_domain::words::Lang;
use serde::Serialize;

use super::prefix;
use crate::app::App;
use crate::static_files;

/// Characters of a description: what search engines show.
pub const DESCRIPTION: usize = 110;

/// A page's head.
#[derive(Clone, Default, Serialize)]
pub struct Head {
    /// The address that counts, whatever led here.
    pub canonical: String,
    /// The same page by language.
    pub alternates: Vec<Alternate>,
    /// What the page is called when it is passed on.
    pub title: String,
    /// What it says, in a sentence or two.
    pub description: String,
    /// The whole address of the picture that it is passed on with.
    pub image: String,
    /// `article` or `website` (`OpenGraph`).
    pub kind: &'static str,
    /// `zh_CN` or `en_GB`.
    pub locale: &'static str,
    /// When it was published and last changed, RFC 3339; empty for lists.
    pub published: String,
    /// See there.
    pub changed: String,
    /// schema.org as JSON-LD, safe between the tags of a script; may be empty.
    pub schema: String,
    /// The feeds of the language.
    pub rss: String,
    /// See there.
    pub atom: String,
}

/// The same page in a language.
#[derive(Clone, Serialize)]
pub struct Alternate {
    /// The language's tag.
    pub tag: &'static str,
    /// The whole address.
    pub address: String,
}

impl Head {
    /// The head of a page that is at a path, and in other languages at others.
    #[must_use]
    pub fn new(app: &App, lang: Lang, path: &str, languages: &[(Lang, String)]) -> Self {
        let alternates = languages
            .iter()
            .map(|(lang, path)| Alternate { tag: lang.tag(), address: app.settings.address(path) })
            .collect();
        Self {
            canonical: app.settings.address(path),
            alternates,
            image: app.settings.address(static_files::url("share.png").unwrap_or_default()),
            kind: "website",
            locale: match lang {
                Lang::Zh => "zh_CN",
                Lang::En => "en_GB",
            },
            rss: format!("{}/feed.xml", prefix(lang)),
            atom: format!("{}/atom.xml", prefix(lang)),
            ..Self::default()
        }
    }

    /// Heads that go through every branch of the template.
    #[cfg(test)]
    pub fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let list = Self {
            canonical: text("https://id.example/sfz/"),
            title: text("身份证"),
            image: text("https://id.example/static/0/share.png"),
            kind: "website",
            locale: "zh_CN",
            rss: text("/feed.xml"),
            atom: text("/atom.xml"),
            ..Self::default()
        };
        let article = Self {
            canonical: text("https://id.example/sfz/9089.html"),
            alternates: vec![Alternate { tag: "en", address: text("https://id.example/en/sfz/9089.html") }],
            description: text("不能延期。"),
            kind: "article",
            published: text("2024-09-10T14:16:00+08:00"),
            changed: text("2024-09-11T14:16:00+08:00"),
            schema: text("{}"),
            ..list.clone()
        };
        vec![article, list]
    }
}

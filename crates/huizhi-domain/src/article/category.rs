//! What articles are about (栏目): a list that is data, `specs/site/categories.toml`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::words::Lang;

/// The list that comes with the crate.
const BUILT_IN: &str = include_str!("../../../../specs/site/categories.toml");

/// Letters that a slug has.
const SLUG: std::ops::RangeInclusive<usize> = 2..=8;

/// A category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// The first part of its articles' addresses: `sfz`.
    pub slug: String,
    /// Its name in simplified Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
}

impl Category {
    /// Its name in a language.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.name_zh,
            Lang::En => &self.name_en,
        }
    }

    /// Where its articles are listed: `/sfz/`, and `/en/sfz/` in English.
    #[must_use]
    pub fn address(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => format!("/{}/", self.slug),
            Lang::En => format!("/en/{}/", self.slug),
        }
    }
}

/// A list that can't be read. The operator's to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("site/categories.toml: {why}")]
pub struct CategoryError {
    /// The key and value at fault.
    pub why: String,
}

/// All categories, in the order in which they are listed.
#[derive(Clone, Debug)]
pub struct Categories(Vec<Category>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "source")]
    _source: Source,
    category: Vec<Category>,
}

/// Read so that a file without it is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "people read it in the file")]
struct Source {
    title: String,
    urls: Vec<String>,
    kind: String,
    checked: String,
    confidence: String,
}

impl Categories {
    /// The file that comes with the crate.
    #[must_use]
    pub const fn file() -> &'static str {
        BUILT_IN
    }

    /// The categories that come with the crate.
    ///
    /// # Errors
    /// [`CategoryError`] for a faulty list; a test holds that it is none.
    pub fn built_in() -> Result<Self, CategoryError> {
        Self::read(BUILT_IN)
    }

    /// Reads a list.
    ///
    /// # Errors
    /// [`CategoryError`] for a faulty text, a slug that is none or stands twice, or a name that is empty.
    pub fn read(text: &str) -> Result<Self, CategoryError> {
        let fault = |why: String| CategoryError { why };
        let file: File = toml::from_str(text).map_err(|error| fault(error.to_string().trim_end().to_owned()))?;
        let mut seen = BTreeSet::new();
        for category in &file.category {
            let slug = &category.slug;
            // Letters alone: it is a part of addresses, and is told from languages and pages by its own list.
            if !SLUG.contains(&slug.len()) || !slug.bytes().all(|byte| byte.is_ascii_lowercase()) || slug == "en" {
                return Err(fault(format!("slug “{slug}” is no word of 2 to 8 small letters")));
            }
            if !seen.insert(slug) {
                return Err(fault(format!("slug “{slug}” is given twice")));
            }
            if category.name_zh.trim().is_empty() || category.name_en.trim().is_empty() {
                return Err(fault(format!("{slug}: a name is empty")));
            }
        }
        Ok(Self(file.category))
    }

    /// The category of a slug.
    #[must_use]
    pub fn get(&self, slug: &str) -> Option<&Category> {
        self.0.iter().find(|category| category.slug == slug)
    }

    /// Each of them.
    pub fn all(&self) -> impl Iterator<Item = &Category> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole() {
        let categories = Categories::built_in().unwrap();
        let category = categories.get("sfz").unwrap();
        assert_eq!(category.name(Lang::Zh), "身份证");
        assert_eq!(category.address(Lang::En), "/en/sfz/");
        assert_eq!(categories.get("nothing"), None);
        assert_eq!(categories.all().next(), Some(category), "in the order of the file");
    }

    #[test]
    fn faults_are_named() {
        let (source, rest) = BUILT_IN.split_once("[[category]]").unwrap();
        let with = |slug: &str| format!("{source}[[category]]{}", rest.replacen("\"sfz\"", &format!("{slug:?}"), 1));
        for (slug, why) in [
            ("jzz", "slug “jzz” is given twice"),
            ("a/b", "slug “a/b” is no word of 2 to 8 small letters"),
            ("en", "slug “en” is no word of 2 to 8 small letters"),
        ] {
            assert_eq!(Categories::read(&with(slug)).unwrap_err().why, why);
        }
        assert!(Categories::read("[[category]]\nslug = \"sfz\"").is_err());
    }
}

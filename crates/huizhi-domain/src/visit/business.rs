//! What people come to a window for (业务), and which of it is done at the same windows.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::words::Lang;

/// The list that comes with the crate.
const BUILT_IN: &str = include_str!("../../../../specs/visit/businesses.toml");

/// The most consecutive places that one visit takes: an hour and a half of the longest slots that we know of.
const MOST_UNITS: i32 = 6;

/// Whether somebody has to book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Needed {
    /// Without an appointment nobody is served.
    Required,
    /// One comes as one likes, and can't book (D14).
    NotNeeded,
}

/// What a business is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusinessName {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl BusinessName {
    /// The name in a language.
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// What somebody comes for (业务).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Business {
    /// Its id: `id-renewal`.
    pub id: String,
    /// What it is called.
    pub name: BusinessName,
    /// The service (服务) whose places it takes: `id-card`.
    pub service: String,
    /// The document for which a photo is needed; `None` where none is.
    pub document: Option<String>,
    /// Whether one has to book.
    pub booking: Needed,
    /// How many consecutive places it takes.
    pub units: i32,
}

/// A list that can't be read. The operator's to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("visit/businesses.toml: {why}")]
pub struct BusinessError {
    /// The key and value at fault.
    pub why: String,
}

/// All businesses, in the order in which they are offered.
#[derive(Clone, Debug)]
pub struct Businesses(Vec<Business>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "source")]
    _source: Source,
    business: Vec<Business>,
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

/// The list that comes with the crate.
#[must_use]
pub fn businesses_file() -> &'static str {
    BUILT_IN
}

impl Businesses {
    /// The businesses that come with the crate.
    ///
    /// # Errors
    /// [`BusinessError`] for a faulty list; a test holds that it is none.
    pub fn built_in() -> Result<Self, BusinessError> {
        Self::read(BUILT_IN)
    }

    /// Reads a list.
    ///
    /// # Errors
    /// [`BusinessError`] for a faulty text, an id that stands twice, or units that no visit has.
    pub fn read(text: &str) -> Result<Self, BusinessError> {
        let fault = |why: String| BusinessError { why };
        let file: File = toml::from_str(text).map_err(|error| fault(error.to_string().trim_end().to_owned()))?;
        let mut seen = BTreeSet::new();
        for business in &file.business {
            if !seen.insert(&business.id) {
                return Err(fault(format!("business “{}” is given twice", business.id)));
            }
            if !(1..=MOST_UNITS).contains(&business.units) {
                return Err(fault(format!("{}: units {} is not in 1 to {MOST_UNITS}", business.id, business.units)));
            }
        }
        Ok(Self(file.business))
    }

    /// The business of an id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Business> {
        self.0.iter().find(|business| business.id == id)
    }

    /// Each of them.
    pub fn all(&self) -> impl Iterator<Item = &Business> {
        self.0.iter()
    }

    /// The services, each once, in alphabetical order.
    #[must_use]
    pub fn services(&self) -> Vec<&str> {
        let services: BTreeSet<&str> = self.0.iter().map(|business| business.service.as_str()).collect();
        services.into_iter().collect()
    }

    /// The businesses of a service.
    pub fn of_service<'a>(&'a self, service: &'a str) -> impl Iterator<Item = &'a Business> {
        self.0.iter().filter(move |business| business.service == service)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_that_comes_along_is_whole() {
        let all = Businesses::built_in().unwrap();
        assert_eq!(all.services(), ["id-card", "residence"]);
        assert_eq!(all.get("id-renewal").unwrap().document.as_deref(), Some("cn-resident-id"));
        assert_eq!(all.get("hmt-permit").unwrap().booking, Needed::NotNeeded, "D14");
        assert_eq!(all.get("foreign-registration").unwrap().booking, Needed::NotNeeded, "D14");
        assert!(all.get("id").is_none());
        assert_eq!(all.of_service("id-card").count(), 6);
    }

    #[test]
    fn a_faulty_list_says_what_is_wrong() {
        let source = "[source]\ntitle = \"\"\nurls = []\nkind = \"\"\nchecked = \"\"\nconfidence = \"\"\n";
        let one = |units: i32| {
            format!(
                "[[business]]\nid = \"a\"\nname = {{ zh = \"甲\", en = \"A\" }}\nservice = \"s\"\nbooking = \"required\"\nunits = {units}\n"
            )
        };
        let told = |text: String| Businesses::read(&text).unwrap_err().to_string();
        assert!(told(format!("{source}{}{}", one(1), one(1))).contains("twice"));
        assert!(told(format!("{source}{}", one(0))).contains("units 0"));
        assert!(told(one(1)).contains("source"));
    }
}

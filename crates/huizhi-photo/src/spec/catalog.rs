//! All specifications together, found by id or by Chinese name.

use std::collections::BTreeMap;

use crate::PhotoError;

use super::Spec;

/// Id and text of every file in `specs/documents`, listed when the crate is built.
static DOCUMENTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/documents.rs"));

/// Specifications by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    specs: BTreeMap<String, Spec>,
}

/// The files that come with the crate, id and text.
#[must_use]
pub fn files() -> &'static [(&'static str, &'static str)] {
    DOCUMENTS
}

impl Catalog {
    /// The documents that come with the crate.
    ///
    /// # Errors
    /// [`PhotoError::Spec`] for a faulty file; a test holds that there is none.
    pub fn built_in() -> Result<Self, PhotoError> {
        Self::read(DOCUMENTS)
    }

    /// Reads files, id and text.
    ///
    /// # Errors
    /// As [`Catalog::add_file`].
    pub fn read(files: &[(&str, &str)]) -> Result<Self, PhotoError> {
        let mut catalog = Self::default();
        for (name, text) in files {
            catalog.add_file(name, text)?;
        }
        Ok(catalog)
    }

    /// Adds one file's text; `name` is the file's name without `.toml` and must be the document's id.
    ///
    /// # Errors
    /// [`PhotoError::Spec`] for a faulty text, a name that is not the id, or an id that is taken.
    pub fn add_file(&mut self, name: &str, text: &str) -> Result<(), PhotoError> {
        let spec = Spec::from_toml(text)?;
        if spec.id != name {
            let why = format!("id is \"{}\", but the file is {name}.toml; make them equal", spec.id);
            return Err(PhotoError::Spec { id: name.to_owned(), why });
        }
        self.add(spec)
    }

    /// Adds a specification.
    ///
    /// # Errors
    /// [`PhotoError::Spec`] where its id is taken.
    pub fn add(&mut self, spec: Spec) -> Result<(), PhotoError> {
        if self.specs.contains_key(&spec.id) {
            return Err(PhotoError::Spec {
                id: spec.id,
                why: "the id is taken; every document has its own".to_owned(),
            });
        }
        self.specs.insert(spec.id.clone(), spec);
        Ok(())
    }

    /// The document with exactly this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Spec> {
        self.specs.get(id)
    }

    /// The document with this id, or else the only one whose Chinese name is or begins with the query.
    ///
    /// # Errors
    /// [`PhotoError::Spec`] that names the three nearest ids, or the ids that a name prefix leaves open.
    pub fn find(&self, query: &str) -> Result<&Spec, PhotoError> {
        let query = query.trim();
        if let Some(spec) = self.get(query) {
            return Ok(spec);
        }
        if let Some(spec) = self.iter().find(|spec| spec.name.zh == query) {
            return Ok(spec);
        }
        let fault = |why| Err(PhotoError::Spec { id: query.to_owned(), why });
        let begun: Vec<&Spec> = self.iter().filter(|s| !query.is_empty() && s.name.zh.starts_with(query)).collect();
        match begun.as_slice() {
            [spec] => Ok(spec),
            [] => fault(format!("no such document; the nearest are {}", self.nearest(query).join(", "))),
            several => {
                let ids: Vec<&str> = several.iter().map(|spec| spec.id.as_str()).collect();
                fault(format!("{} documents begin so; choose one of {}", ids.len(), ids.join(", ")))
            }
        }
    }

    /// All documents, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Spec> {
        self.specs.values()
    }

    /// The documents of one group, by id.
    pub fn group(&self, group: &str) -> impl Iterator<Item = &Spec> {
        self.iter().filter(move |spec| spec.group == group)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.specs.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.specs.is_empty()
    }

    /// The three ids that take the fewest changes to reach, by id or by Chinese name.
    fn nearest(&self, query: &str) -> Vec<&str> {
        let query = query.to_lowercase();
        let mut ranked: Vec<(usize, &str)> = self
            .iter()
            .map(|spec| (edits(&query, &spec.id).min(edits(&query, &spec.name.zh)), spec.id.as_str()))
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().take(3).map(|(_, id)| id).collect()
    }
}

/// How many letters have to be put in, taken out or changed (Levenshtein). Only the first 64 of each count,
/// so that a long query costs no more than a short one.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in to.iter().enumerate() {
            let change = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::super::{EditPolicy, Unit};
    use super::*;

    const SCHEMA: &str = include_str!("../../../../specs/document.schema.json");

    #[test]
    fn every_document_that_comes_along_is_valid() {
        for (name, text) in DOCUMENTS {
            Catalog::default().add_file(name, text).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        assert!(Catalog::built_in().unwrap().len() >= 65);
    }

    #[test]
    fn every_key_of_every_document_is_in_the_schema() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        for (name, text) in DOCUMENTS {
            let document: toml::Value = toml::from_str(text).unwrap();
            known(&schema, &schema, &document, name);
        }
    }

    fn known(root: &serde_json::Value, schema: &serde_json::Value, value: &toml::Value, place: &str) {
        let target = schema["$ref"].as_str().map(|path| &root["$defs"][path.trim_start_matches("#/$defs/")]);
        let schema = target.unwrap_or(schema);
        match value {
            toml::Value::Table(table) => {
                for (key, value) in table {
                    let place = format!("{place}.{key}");
                    let inner = schema["properties"].get(key).unwrap_or(&schema["additionalProperties"]);
                    assert!(inner.is_object(), "{place} is not in specs/document.schema.json");
                    known(root, inner, value, &place);
                }
            }
            toml::Value::Array(values) => values.iter().for_each(|value| known(root, &schema["items"], value, place)),
            _ => {}
        }
        if let Some(values) = schema["enum"].as_array() {
            assert!(values.iter().any(|known| known.as_str() == value.as_str()), "{place} is {value}");
        }
    }

    #[test]
    fn a_document_survives_being_written_and_read() {
        for spec in Catalog::built_in().unwrap().iter() {
            assert_eq!(Spec::from_toml(&toml::to_string(spec).unwrap()).unwrap(), *spec);
        }
    }

    #[test]
    fn the_resident_id_card_is_as_the_standard_says() {
        let catalog = Catalog::built_in().unwrap();
        let spec = catalog.get("cn-resident-id").unwrap();
        let size = spec.size.as_ref().unwrap();
        assert_eq!((size.width_px, size.height_px, size.dpi), (358, 441, 350));
        let px = |bound: &Option<super::super::Bound>| bound.as_ref().unwrap().in_px(441.0, 350.0);
        assert_eq!(px(&spec.geometry.face_width), (193.0, 221.0));
        assert_eq!(px(&spec.geometry.crown_top), (7.0, 21.0));
        assert_eq!(px(&spec.geometry.eyes_bottom), (207.0, f32::INFINITY));
        assert_eq!(spec.geometry.precedence, ["eyes_bottom", "face_width", "crown_top"]);
        assert!(spec.geometry.shoulders_to_corners);
        let file = spec.file.as_ref().unwrap();
        assert_eq!(
            (file.quality, file.kb_min, file.kb_max, file.kb_is_typical),
            (Some(70), Some(14.0), Some(20.0), true)
        );
    }

    #[test]
    fn the_us_passport_is_two_inches_with_the_head_in_shares() {
        let catalog = Catalog::built_in().unwrap();
        let spec = catalog.get("x-us-passport").unwrap();
        let size = spec.size.as_ref().unwrap();
        assert_eq!((size.width_px, size.height_px), (600, 600));
        let eyes = spec.geometry.eyes_bottom.as_ref().unwrap();
        assert_eq!((eyes.min, eyes.max, eyes.unit), (Some(0.56), Some(0.69), Unit::Share));
        assert_eq!(spec.edit_policy, EditPolicy::CropOnly);
    }

    #[test]
    fn a_document_is_found_by_id_or_by_the_start_of_its_chinese_name() {
        let catalog = Catalog::built_in().unwrap();
        for (query, id) in [("cn-ssc", "cn-ssc"), ("居民身份证", "cn-resident-id"), ("机动车", "cn-driver-licence")]
        {
            assert_eq!(catalog.find(query).unwrap().id, id);
        }
        assert_eq!(catalog.find("社会保障卡").unwrap().id, "cn-ssc", "the whole name wins over longer ones");
    }

    #[test]
    fn an_unknown_id_is_answered_with_the_three_nearest() {
        let catalog = Catalog::built_in().unwrap();
        let message = catalog.find("cn-residentid").unwrap_err().to_string();
        assert!(message.contains("the nearest are cn-resident-id, "), "{message}");
        assert_eq!(message.matches(", ").count(), 2, "{message}");
        assert!(catalog.find("").is_err());
    }

    #[test]
    fn a_name_that_leaves_several_open_is_answered_with_their_ids() {
        let message = Catalog::built_in().unwrap().find("出入境证件").map(|spec| spec.id.clone());
        assert_eq!(message.unwrap(), "cn-exit-entry-567x390");
        let message = Catalog::built_in().unwrap().find("美国").unwrap_err().to_string();
        assert!(message.contains("x-us-passport") && message.contains("choose one of"), "{message}");
    }

    #[test]
    fn an_id_is_taken_once_and_equals_its_file_name() {
        let mut catalog = Catalog::built_in().unwrap();
        let text = toml::to_string(catalog.get("cn-ssc").unwrap()).unwrap();
        assert!(catalog.add_file("cn-ssc", &text).unwrap_err().to_string().contains("is taken"));
        assert!(catalog.add_file("ssc", &text).unwrap_err().to_string().contains("make them equal"));
    }

    #[test]
    fn groups_hold_every_document_once() {
        let catalog = Catalog::built_in().unwrap();
        let sum: usize = ["gov", "edu", "foreign", "generic"].iter().map(|group| catalog.group(group).count()).sum();
        assert_eq!(sum, catalog.len());
    }
}

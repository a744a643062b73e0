//! Districts of a city (区县), and how far it is from one to another: what a directory of offices has in the place of a map.

use jiff::civil::Date;
use serde::Deserialize;

use crate::words::Lang;

/// A degree of latitude, in km.
const DEGREE_KM: f64 = 111.2;

/// A district.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct District {
    /// Its code; a development zone, which has none of its own, has ours.
    pub code: String,
    /// The code of its city.
    pub city: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Where its government sits, in degrees north and east, to a hundredth: about 1 km.
    pub north: f64,
    /// The same, east.
    pub east: f64,
}

impl District {
    /// Its name in a language.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }

    /// How far it is to another in a straight line, in whole km. Roads are longer.
    #[must_use]
    pub fn km_to(&self, other: &Self) -> u32 {
        // A city is small enough to be flat.
        let across = (self.east - other.east) * ((self.north + other.north) / 2.0).to_radians().cos();
        let up = self.north - other.north;
        (across.hypot(up) * DEGREE_KM).round() as u32
    }
}

/// Where the places come from. Read so that a file without it is refused.
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: Date,
    #[serde(rename = "source")]
    _source: Source,
    district: Vec<District>,
}

/// A table that can't be read. Ours to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("visit/districts.toml: {0}")]
pub struct DistrictError(String);

/// All districts that we know.
#[derive(Clone, Debug, Default)]
pub struct Districts(Vec<District>);

/// The table that comes with the crate.
#[must_use]
pub fn file() -> &'static str {
    include_str!("../../../../specs/visit/districts.toml")
}

impl Districts {
    /// The table that comes with the crate.
    ///
    /// # Errors
    /// [`DistrictError`] for a faulty file; a test holds that it is not.
    pub fn built_in() -> Result<Self, DistrictError> {
        Self::read(file())
    }

    /// Reads a table.
    ///
    /// # Errors
    /// [`DistrictError`] for a faulty text.
    pub fn read(text: &str) -> Result<Self, DistrictError> {
        let file: File =
            toml::from_str(text).map_err(|error| DistrictError(error.to_string().trim_end().to_owned()))?;
        Ok(Self(file.district))
    }

    /// A district by its code or its Chinese name; offices have either.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<&District> {
        self.0.iter().find(|district| district.code == text || district.zh == text)
    }

    /// Each of them, in the order of the file.
    pub fn all(&self) -> impl Iterator<Item = &District> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_between_the_seats_of_government() {
        let districts = Districts::built_in().unwrap();
        let km = |from: &str, to: &str| districts.find(from).unwrap().km_to(districts.find(to).unwrap());
        assert_eq!(km("441302", "惠城区"), 0);
        assert_eq!(km("惠城区", "惠阳区"), km("惠阳区", "惠城区"));
        // A hundredth of a degree is about 1 km, so nearer than this nobody can say.
        assert!((30..=37).contains(&km("惠城区", "惠阳区")), "{}", km("惠城区", "惠阳区"));
        assert!((10..=17).contains(&km("惠城区", "博罗县")), "{}", km("惠城区", "博罗县"));
        assert!((65..=80).contains(&km("惠城区", "龙门县")), "{}", km("惠城区", "龙门县"));
    }

    #[test]
    fn every_district_has_a_code_of_its_own_and_lies_in_its_city() {
        let districts = Districts::built_in().unwrap();
        let mut codes: Vec<&str> = districts.all().map(|it| it.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), districts.all().count());
        assert!(districts.all().all(|it| it.city == "441300" && !it.en.is_empty()));
        assert!(districts.find("nowhere").is_none());
    }

    #[test]
    fn a_faulty_table_is_named() {
        assert!(Districts::read("x").unwrap_err().to_string().starts_with("visit/districts.toml"));
    }
}

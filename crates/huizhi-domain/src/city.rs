//! Issuing cities (办证城市): what a citizen may write where a city is asked, and what was meant.
//!
//! A city is asked, never a province (R32). The four municipalities are cities; 吉林 may be either and is asked back; a
//! county leads to its city. Names, readings and their sources are `specs/cities/`.

mod search;
mod table;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub use search::{Choice, Issuing};

/// A place's code (GB/T 2260, six digits): `441300` is Huizhou, `440000` its province.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegionCode(u32);

/// Text that is no code of a place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no region code; it has six digits")]
pub struct NotARegionCode(pub String);

impl RegionCode {
    /// The whole country, by the custom of tables that need a row for it.
    pub const COUNTRY: Self = Self(100_000);

    /// The code of its province; of a municipality, its own.
    #[must_use]
    pub const fn province(self) -> Self {
        Self(self.0 / 10_000 * 10_000)
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl FromStr for RegionCode {
    type Err = NotARegionCode;

    fn from_str(text: &str) -> Result<Self, NotARegionCode> {
        let digits = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse() {
            Ok(code) if digits && code >= 100_000 => Ok(Self(code)),
            _ => Err(NotARegionCode(text.to_owned())),
        }
    }
}

impl TryFrom<String> for RegionCode {
    type Error = NotARegionCode;

    fn try_from(text: String) -> Result<Self, NotARegionCode> {
        text.parse()
    }
}

impl From<RegionCode> for String {
    fn from(code: RegionCode) -> Self {
        code.to_string()
    }
}

/// What kind of city.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CityKind {
    /// 地级市
    City,
    /// 直辖市: province and city at once.
    Municipality,
    /// 自治州
    AutonomousPrefecture,
    /// 地区
    Prefecture,
    /// 盟
    League,
    /// 省直辖县级: nothing stands between it and the province.
    CountyLevel,
}

/// A city that issues documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct City {
    /// Its code.
    pub code: RegionCode,
    /// Its full name: 惠州市.
    pub name: &'static str,
    /// Its name without the word for city: 惠州.
    pub short: &'static str,
    /// Its kind.
    pub kind: CityKind,
    /// The code of its province; of a municipality, its own.
    pub province: RegionCode,
    /// Its reading, a syllable a word, without tones: `hui zhou`.
    pub pinyin: &'static str,
    /// Its name in English: `Huizhou`.
    pub english: &'static str,
    keys: Keys,
}

/// A province, an autonomous region, or a place beyond the service; no issuing city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Province {
    /// Its code.
    pub code: RegionCode,
    /// Its full name: 广东省.
    pub name: &'static str,
    /// Its name without the word for province: 广东.
    pub short: &'static str,
    /// Its name in English.
    pub english: &'static str,
    /// Whether the service reaches it: Hong Kong, Macao and Taiwan have documents of their own.
    pub served: bool,
    keys: Keys,
}

/// A county, a district, a banner or a city of county level (县级): part of a city.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct County {
    /// Its code.
    pub code: RegionCode,
    /// Its full name: 惠阳区.
    pub name: &'static str,
    /// The code of its city.
    pub city: RegionCode,
}

/// What a name written in Latin letters is compared with: small letters only.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Keys {
    spelled: String,
    initials: String,
    english: String,
}

/// Full names of provinces and municipalities, read once: every name that somebody types is held against them.
static PROVINCE_NAMES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let name = |line: &'static str| {
        let mut columns = line.split(',');
        let (name, kind) = (columns.nth(1)?, columns.nth(1)?);
        matches!(kind, "province" | "municipality" | "sar").then_some(name)
    };
    table::CITIES.lines().filter_map(name).collect()
});

/// Whether a text is the full name of a province or a municipality: 广东省, 北京市.
pub(crate) fn is_province_name(text: &str) -> bool {
    PROVINCE_NAMES.contains(text)
}

/// A table that cannot be read. The operator's to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file} line {line}: {why}")]
pub struct CityError {
    /// The file's name.
    pub file: &'static str,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// The tables that come with the crate, name without `.csv` and text.
#[must_use]
pub fn files() -> [(&'static str, &'static str); 2] {
    [("cities", table::CITIES), ("counties", table::COUNTIES)]
}

fn lines(text: &'static str) -> Vec<&'static str> {
    text.lines().collect()
}

/// All cities, provinces and counties.
#[derive(Clone, Debug)]
pub struct Cities {
    all: Vec<City>,
    provinces: Vec<Province>,
    counties: Vec<County>,
}

impl Cities {
    /// The tables that come with the crate. Reading takes about a millisecond: keep what it gives.
    ///
    /// # Errors
    /// [`CityError`] for a faulty table; a test holds that there is none.
    pub fn built_in() -> Result<Self, CityError> {
        table::read(&lines(table::CITIES), &lines(table::COUNTIES))
    }

    /// Reads an operator's tables. Lines that are not ours stay in memory until the program ends, so that all names can be borrowed: a table
    /// is changed by hand, a few lines at a time.
    ///
    /// # Errors
    /// [`CityError`], naming the file, the line and what is wrong.
    pub fn read(cities: &str, counties: &str) -> Result<Self, CityError> {
        table::read(&table::kept(cities, table::CITIES), &table::kept(counties, table::COUNTIES))
    }

    /// All cities, in the order of their codes within each kind.
    #[must_use]
    pub fn cities(&self) -> &[City] {
        &self.all
    }

    /// All provinces, with those that the service does not reach.
    #[must_use]
    pub fn provinces(&self) -> &[Province] {
        &self.provinces
    }

    /// The city of a code.
    #[must_use]
    pub fn find(&self, code: RegionCode) -> Option<&City> {
        self.all.iter().find(|city| city.code == code)
    }

    /// The province of a code; none for a municipality, which is a city.
    #[must_use]
    pub fn province(&self, code: RegionCode) -> Option<&Province> {
        self.provinces.iter().find(|province| province.code == code)
    }

    /// The cities of a province.
    #[must_use]
    pub fn of_province(&self, code: RegionCode) -> Vec<&City> {
        self.all.iter().filter(|city| city.province == code).collect()
    }

    /// The counties of a city; none for those that have none.
    #[must_use]
    pub fn counties_of(&self, code: RegionCode) -> Vec<&County> {
        self.counties.iter().filter(|county| county.city == code).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_six_digits_and_know_their_province() {
        let huizhou: RegionCode = "441300".parse().unwrap();
        assert_eq!(huizhou.to_string(), "441300");
        assert_eq!(huizhou.province().to_string(), "440000");
        for wrong in ["", "44130", "4413000", "+41300", "000000", "惠州"] {
            assert!(wrong.parse::<RegionCode>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_city_has_a_province_and_is_found_by_its_code() {
        let cities = Cities::built_in().unwrap();
        assert_eq!(cities.cities().len(), 369);
        for city in cities.cities() {
            assert_eq!(cities.find(city.code), Some(city));
            assert_eq!(city.pinyin.split(' ').count(), city.short.chars().count(), "{}", city.name);
            let province = cities.province(city.province).is_some();
            assert_eq!(province, city.kind != CityKind::Municipality, "{}", city.name);
        }
        assert_eq!(cities.provinces().iter().filter(|p| p.served).count(), 27);
        assert_eq!(cities.counties_of("441300".parse().unwrap()).len(), 5);
    }

    #[test]
    fn characters_with_several_readings_are_read_as_the_place_is() {
        let cities = Cities::built_in().unwrap();
        let readings = [
            ("重庆", "chong qing"),
            ("厦门", "xia men"),
            ("六安", "lu an"),
            ("亳州", "bo zhou"),
            ("蚌埠", "beng bu"),
            ("台州", "tai zhou"),
            ("丽水", "li shui"),
            ("乐山", "le shan"),
            ("长春", "chang chun"),
            ("昌都", "chang du"),
        ];
        for (short, pinyin) in readings {
            let city = cities.cities().iter().find(|city| city.short == short).unwrap();
            assert_eq!(city.pinyin, pinyin);
        }
    }
}

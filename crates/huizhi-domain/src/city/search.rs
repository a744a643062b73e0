//! What was meant: from what a person types to a city, or to the question that has to be asked back.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use super::{Cities, City, CityKind, County, Province, RegionCode};

/// How many neighbours are offered for a name that is not known.
const NEAREST: usize = 5;

/// What a text typed as issuing city means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issuing<'a> {
    /// A city: go on.
    City(&'a City),
    /// A province: 请写城市. Its cities to choose from.
    Province {
        /// The province.
        province: &'a Province,
        /// Its cities.
        cities: Vec<&'a City>,
    },
    /// Hong Kong, Macao or Taiwan: no city there issues through this service.
    Outside(&'a Province),
    /// More than one place is called so, or is spelled so.
    Ambiguous {
        /// All of them.
        choices: Vec<Choice<'a>>,
    },
    /// A county: its city is meant, and has to be confirmed.
    County {
        /// The county.
        county: &'a County,
        /// Its city.
        city: &'a City,
    },
    /// No place that is known.
    Unknown {
        /// Cities that are written alike; may be empty.
        nearest: Vec<&'a City>,
    },
}

/// One of several places of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice<'a> {
    /// A city.
    City(&'a City),
    /// A province, whose cities come next.
    Province(&'a Province),
    /// A county, for its city.
    County {
        /// The county.
        county: &'a County,
        /// Its city.
        city: &'a City,
    },
}

impl Cities {
    /// What a typed text means: characters with or without 市 and with or without the province before it, full pinyin, the
    /// initials of pinyin, or the English name.
    #[must_use]
    pub fn search(&self, query: &str) -> Issuing<'_> {
        let text = normal(query);
        let found = if text.is_empty() {
            None
        } else if text.is_ascii() {
            self.spelled(&text)
        } else {
            self.written(&text)
        };
        found.unwrap_or_else(|| Issuing::Unknown { nearest: self.suggest(query, NEAREST) })
    }

    /// Cities for a list that follows the typing, the likeliest first: by characters, pinyin, initials, the province's
    /// name, a county's name, and at last by likeness.
    #[must_use]
    pub fn suggest(&self, query: &str, limit: usize) -> Vec<&City> {
        let text = normal(query);
        if text.is_empty() {
            return Vec::new();
        }
        let counties: BTreeSet<RegionCode> = self
            .counties
            .iter()
            .filter(|county| text.chars().count() > 1 && county.name.starts_with(&text))
            .map(|county| county.city)
            .collect();
        let rank = |city| Some((self.rank(city, &text, &counties)?, city));
        let mut ranked: Vec<(u8, &City)> = self.all.iter().filter_map(rank).collect();
        // Likeness is for what is not known; it is noise beside real finds.
        if ranked.iter().any(|(rank, _)| *rank < ALIKE) {
            ranked.retain(|(rank, _)| *rank < ALIKE);
        }
        ranked.sort_by_key(|(rank, city)| (*rank, city.code));
        ranked.into_iter().map(|(_, city)| city).take(limit).collect()
    }

    /// How near a city is to a text, 0 the nearest; `counties` are the cities of the counties that begin with it.
    fn rank(&self, city: &City, text: &str, counties: &BTreeSet<RegionCode>) -> Option<u8> {
        let keys = &city.keys;
        let province = self.province(city.province);
        let in_province = |p: &Province| {
            p.name.starts_with(text) || (text.len() > 1 && (p.keys.spelled == text || p.keys.english == text))
        };
        // 惠, and also 东莞市虎门镇, whose towns are in no table.
        let overlaps = || city.name.contains(text) || text.contains(city.name) || text.starts_with(city.short);
        if city.short == text || city.name == text || keys.spelled == text || keys.english == text {
            Some(0)
        } else if city.name.starts_with(text) {
            Some(1)
        } else if keys.initials == text {
            Some(2)
        } else if keys.spelled.starts_with(text) || keys.english.starts_with(text) {
            Some(3)
        } else if keys.initials.starts_with(text) && text.len() > 1 {
            Some(4)
        } else if province.is_some_and(in_province) {
            Some(5)
        } else if counties.contains(&city.code) || (!text.is_ascii() && overlaps()) {
            Some(6)
        } else {
            alike(city, text).then_some(ALIKE)
        }
    }

    /// A text in characters: a place, a place within its province, or a county within its city.
    fn written(&self, text: &str) -> Option<Issuing<'_>> {
        self.within(text, None).or_else(|| {
            self.provinces.iter().find_map(|province| {
                let rest = rest(text, province.name, province.short)?;
                self.within(rest, Some(province.code))
            })
        })
    }

    fn within(&self, text: &str, province: Option<RegionCode>) -> Option<Issuing<'_>> {
        self.named(text, province).or_else(|| {
            let cities = self.all.iter().filter(|city| province.is_none_or(|code| city.province == code));
            cities.into_iter().find_map(|city| {
                let rest = rest(text, city.name, city.short)?;
                let county = self.counties_of(city.code).into_iter().find(|county| county.is_called(rest))?;
                Some(Issuing::County { county, city })
            })
        })
    }

    /// A place by its whole name: a full name before a short one, a city before a county.
    fn named(&self, text: &str, province: Option<RegionCode>) -> Option<Issuing<'_>> {
        let inside = |code: RegionCode| province.is_none_or(|p| code.province() == p);
        if let Some(city) = self.all.iter().find(|city| inside(city.code) && city.is_fully(text)) {
            return Some(Issuing::City(city));
        }
        if province.is_none()
            && let Some(province) = self.provinces.iter().find(|province| province.name == text)
        {
            return Some(self.refused(province));
        }
        let cities = self.all.iter().filter(|city| inside(city.code) && city.short == text).collect();
        let provinces = self.provinces.iter().filter(|p| province.is_none() && p.short == text).collect();
        self.one_of(cities, provinces).or_else(|| {
            let counties = self.counties.iter().filter(|county| inside(county.code) && county.is_called(text));
            let choices = counties.filter_map(|county| Some(Choice::County { county, city: self.find(county.city)? }));
            self.asked(choices.collect())
        })
    }

    /// A text in Latin letters: pinyin or English, with or without the word for city; then initials.
    fn spelled(&self, text: &str) -> Option<Issuing<'_>> {
        let by_spelling = |text: &str| {
            let cities = self.all.iter().filter(|city| city.keys.spelled == text || city.keys.english == text);
            let provinces = self.provinces.iter().filter(|p| p.keys.spelled == text || p.keys.english == text);
            self.one_of(cities.collect(), provinces.collect())
        };
        let bare = |ending: &str| text.strip_suffix(ending).filter(|rest| rest.len() > 1);
        let by_initials = || {
            let cities = self.all.iter().filter(|city| city.keys.initials == text);
            let provinces = self.provinces.iter().filter(|province| province.keys.initials == text);
            self.one_of(cities.collect(), provinces.collect())
        };
        by_spelling(text)
            .or_else(|| ["shi", "city", "sheng", "province"].into_iter().find_map(|e| by_spelling(bare(e)?)))
            .or_else(by_initials)
    }

    fn one_of<'a>(&'a self, mut cities: Vec<&'a City>, provinces: Vec<&'a Province>) -> Option<Issuing<'a>> {
        if !provinces.is_empty() {
            // 海南 alone is the province; 海南藏族自治州 in Qinghai is always written in full.
            cities.retain(|city| city.kind != CityKind::AutonomousPrefecture);
        }
        let cities = cities.into_iter().map(Choice::City);
        self.asked(cities.chain(provinces.into_iter().map(Choice::Province)).collect())
    }

    fn asked<'a>(&'a self, choices: Vec<Choice<'a>>) -> Option<Issuing<'a>> {
        match choices.as_slice() {
            [] => None,
            [Choice::City(city)] => Some(Issuing::City(city)),
            [Choice::Province(province)] => Some(self.refused(province)),
            [Choice::County { county, city }] => Some(Issuing::County { county, city }),
            _ => Some(Issuing::Ambiguous { choices }),
        }
    }

    fn refused<'a>(&'a self, province: &'a Province) -> Issuing<'a> {
        if province.served {
            Issuing::Province { province, cities: self.of_province(province.code) }
        } else {
            Issuing::Outside(province)
        }
    }
}

impl City {
    /// Whether a text is its full name, or its short name with the word for its kind: 延边州 for 延边朝鲜族自治州.
    fn is_fully(&self, text: &str) -> bool {
        let word = match self.kind {
            CityKind::City | CityKind::Municipality => "市",
            CityKind::AutonomousPrefecture => "州",
            CityKind::Prefecture => "地区",
            CityKind::League => "盟",
            CityKind::CountyLevel => "县",
        };
        // 海南州 is left to be asked: it is easily written for the province.
        self.name == text || (self.short != "海南" && text.strip_suffix(word) == Some(self.short))
    }
}

impl County {
    /// Whether a text is its name, with or without the word for county.
    fn is_called(&self, text: &str) -> bool {
        self.name == text
            || ["新区", "区", "县", "市", "旗"]
                .into_iter()
                .filter_map(|word| self.name.strip_suffix(word))
                .any(|bare| bare == text && bare.chars().count() > 1)
    }
}

/// Rank of a city that is only written alike.
const ALIKE: u8 = 7;

/// Whether a text may be a slip of the pen for a city: one letter off in pinyin of five letters or more, or one character
/// of a name that has the same length.
fn alike(city: &City, text: &str) -> bool {
    if text.is_ascii() {
        return text.len() > 4 && one_off(city.keys.spelled.as_bytes(), text.as_bytes());
    }
    let bare = text.strip_suffix('市').unwrap_or(text);
    let (length, typed) = (city.short.chars().count(), bare.chars().count());
    let same: Vec<char> = city.short.chars().zip(bare.chars()).filter(|(a, b)| a == b).map(|(a, _)| a).collect();
    // One city in six ends with 州: that alone is no likeness.
    length == typed && same.len() + 1 == length && same.iter().any(|c| *c != '州')
}

/// Whether one letter changed, left out or added makes one text of the other.
fn one_off(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let head = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    match long.len() - short.len() {
        0 => short.len() > head && short[head + 1..] == long[head + 1..],
        1 => short[head..] == long[head + 1..],
        _ => false,
    }
}

/// What stands after a place's name; `None` where nothing does.
fn rest<'a>(text: &'a str, name: &str, short: &str) -> Option<&'a str> {
    text.strip_prefix(name).or_else(|| text.strip_prefix(short)).filter(|rest| !rest.is_empty())
}

/// A text as it is compared: full width made plain, small letters, no spaces, points or marks; ü as v where pinyin types it.
fn normal(text: &str) -> String {
    text.nfkc()
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'ü' { 'v' } else { c })
        .filter(|c| c.is_alphanumeric())
        .collect()
}

#[cfg(test)]
mod tests;

//! Names of cities in a text. A name that is longer goes before one that is part of it, and a province's name covers what it has in
//! common with a city's: 江西安福 is not 西安.

use std::collections::BTreeMap;

use crate::article::terms::Terms;
use crate::city::{Cities, RegionCode};
use crate::words::Lang;

/// A city in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    /// Where it begins, characters of the text.
    pub at: usize,
    /// How long the name is, characters.
    pub length: usize,
    /// Which city.
    pub city: RegionCode,
}

struct Name {
    chars: Vec<char>,
    /// `None` for a province.
    city: Option<RegionCode>,
}

/// All names, by their first character.
pub(super) struct Places<'a> {
    names: BTreeMap<char, Vec<Name>>,
    cities: &'a Cities,
    /// What makes a street or a school of a city's name: 中山路, 深圳大学.
    not_the_city: &'a [String],
    lang: Lang,
}

impl<'a> Places<'a> {
    /// The names of a language.
    pub(super) fn of(cities: &'a Cities, terms: &'a Terms, lang: Lang) -> Self {
        let not_the_city = &terms.phrases(lang).not_the_city;
        let mut places = Self { names: BTreeMap::new(), cities, not_the_city, lang };
        for province in cities.provinces() {
            let names = match lang {
                Lang::Zh => [province.name, province.short],
                Lang::En => [province.english, province.english],
            };
            for name in names {
                places.add(name, None);
            }
        }
        for city in cities.cities() {
            match lang {
                Lang::Zh => {
                    places.add(city.name, Some(city.code));
                    if !terms.is_word(city.short) {
                        places.add(city.short, Some(city.code));
                    }
                }
                Lang::En => places.add(city.english, Some(city.code)),
            }
        }
        // The longest first; of equal ones the first that was added, so that a province goes before a city of its name.
        for names in places.names.values_mut() {
            names.sort_by_key(|name| std::cmp::Reverse(name.chars.len()));
        }
        places
    }

    fn add(&mut self, name: &str, city: Option<RegionCode>) {
        if let Some(first) = name.chars().next() {
            self.names.entry(first).or_default().push(Name { chars: name.chars().collect(), city });
        }
    }

    /// The cities of a text, in its order.
    pub(super) fn within(&self, text: &[char]) -> Vec<Mention> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let Some(name) = self.name_at(text, at) else {
                at += 1;
                continue;
            };
            let length = name.chars.len();
            if let Some(city) = name.city
                && self.is_city(text.get(at + length..).unwrap_or_default())
            {
                found.push(Mention { at, length, city });
            }
            at += length;
        }
        found
    }

    fn name_at(&self, text: &[char], at: usize) -> Option<&Name> {
        let rest = text.get(at..)?;
        let letter = |place: Option<&char>| place.is_some_and(char::is_ascii_alphabetic);
        let names = self.names.get(rest.first()?)?;
        names.iter().find(|name| {
            let whole = |name: &Name| {
                let before = at.checked_sub(1).and_then(|before| text.get(before));
                self.lang == Lang::Zh || !letter(before) && !letter(rest.get(name.chars.len()))
            };
            rest.starts_with(&name.chars) && whole(name)
        })
    }

    fn is_city(&self, behind: &[char]) -> bool {
        let begins = |word: &String| behind.iter().take(word.chars().count()).copied().eq(word.chars());
        !self.not_the_city.iter().any(begins)
    }

    /// What a city is called in the text's language.
    pub(super) fn name(&self, code: RegionCode) -> String {
        let Some(city) = self.cities.find(code) else { return code.to_string() };
        match self.lang {
            Lang::Zh => city.short.to_owned(),
            Lang::En => city.english.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, lang: Lang) -> Vec<String> {
        let (cities, terms) = (Cities::built_in().unwrap(), Terms::built_in().unwrap());
        let places = Places::of(&cities, &terms, lang);
        let chars: Vec<char> = text.chars().collect();
        places.within(&chars).into_iter().map(|it| places.name(it.city)).collect()
    }

    #[test]
    fn cities_are_found_and_what_only_looks_like_one_is_not() {
        assert_eq!(found("在惠州市和深圳办", Lang::Zh), ["惠州", "深圳"]);
        assert_eq!(found("江西安福人，住中山路，大同小异，来自海南", Lang::Zh), Vec::<String>::new());
        assert_eq!(found("在大同市办", Lang::Zh), ["大同"]);
        assert_eq!(found("北京和中山", Lang::Zh), ["北京", "中山"]);
        assert_eq!(found("From Huizhou to Xi'an, Huizhouish", Lang::En).first().map(String::as_str), Some("Huizhou"));
        assert_eq!(found("Hainan and Jilin are provinces", Lang::En), Vec::<String>::new());
    }
}

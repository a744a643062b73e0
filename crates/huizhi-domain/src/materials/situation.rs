//! Who comes, for what, and when: what an answer depends on.

use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::applicant::age;
use crate::order::UnknownWord;

/// Which documents somebody has by their origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// Has a household registration (户籍) on the mainland.
    Mainland,
    /// A resident of Hong Kong or Macau (港澳居民).
    HongKongMacau,
    /// A resident of Taiwan (台湾居民).
    Taiwan,
    /// Of another nationality.
    Foreigner,
}

impl Who {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Mainland, Self::HongKongMacau, Self::Taiwan, Self::Foreigner];

    /// Its word in addresses, in the data and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mainland => "mainland",
            Self::HongKongMacau => "hong-kong-macau",
            Self::Taiwan => "taiwan",
            Self::Foreigner => "foreigner",
        }
    }

    /// Whether the household registration is asked: others have none.
    #[must_use]
    pub const fn has_home(self) -> bool {
        matches!(self, Self::Mainland)
    }

    /// The homes that they may have.
    #[must_use]
    pub const fn homes(self) -> &'static [Home] {
        if self.has_home() { &[Home::Here, Home::Province, Home::Elsewhere] } else { &[Home::NotApplicable] }
    }
}

impl FromStr for Who {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// Where the household registration (户籍) is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Home {
    /// In the city that the rules are for.
    Here,
    /// In another city of its province.
    Province,
    /// In another province.
    Elsewhere,
    /// There is none: who is no mainland resident.
    NotApplicable,
}

impl Home {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Here, Self::Province, Self::Elsewhere, Self::NotApplicable];

    /// Its word in addresses, in the data and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Province => "province",
            Self::Elsewhere => "elsewhere",
            Self::NotApplicable => "not-applicable",
        }
    }
}

impl FromStr for Home {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// How old somebody is. With the birth date it is counted on the day of the visit, and what changes soon after can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Age {
    /// Born on a day.
    Born(Date),
    /// Full years on the day of the visit.
    Years(u8),
}

impl Age {
    /// Full years on a day. Who was born later is 0.
    #[must_use]
    pub fn on(self, day: Date) -> u8 {
        match self {
            Self::Born(birth) => age(birth, day),
            Self::Years(years) => years,
        }
    }
}

/// What an answer depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Situation {
    /// Who it is for.
    pub who: Who,
    /// Where their household registration is.
    pub home: Home,
    /// How old they are; `None` while nobody said so, which answers only what holds at every age.
    pub age: Option<Age>,
    /// What they come for, by the id of a business.
    pub business: String,
    /// What else may stand in the way, by its id in the rules.
    pub obstacle: Option<String>,
    /// The day of the visit: its rules hold, and ages are counted on it.
    pub day: Date,
}

impl Situation {
    /// Somebody who was born on a day comes on another, with nothing in the way. Who has no household registration gets
    /// [`Home::NotApplicable`], whatever was said.
    #[must_use]
    pub fn new(who: Who, home: Home, birth: Date, business: &str, day: Date) -> Self {
        Self {
            who,
            home: if who.has_home() { home } else { Home::NotApplicable },
            age: Some(Age::Born(birth)),
            business: business.to_owned(),
            obstacle: None,
            day,
        }
    }

    /// Full years on the day of the visit, where the age is known.
    #[must_use]
    pub fn years(&self) -> Option<u8> {
        self.age.map(|age| age.on(self.day))
    }

    /// The same with another business, and nothing in the way.
    #[must_use]
    pub fn for_business(&self, business: &str) -> Self {
        Self { business: business.to_owned(), obstacle: None, ..self.clone() }
    }
}

/// On what a case, an item or a sentence depends. What is left out is no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct When {
    pub(super) who: Vec<Who>,
    pub(super) home: Vec<Home>,
    pub(super) business: Vec<String>,
    pub(super) obstacle: Vec<String>,
    pub(super) from_age: Option<u8>,
    pub(super) under_age: Option<u8>,
}

impl When {
    /// Whether it asks nothing.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether everything but the obstacle is as it asks. An age that nobody said fits no condition on the age.
    pub(super) fn fits(&self, situation: &Situation) -> bool {
        let years = situation.years();
        let one_of = |all: &[String], one: &String| all.is_empty() || all.contains(one);
        (self.who.is_empty() || self.who.contains(&situation.who))
            && (self.home.is_empty() || self.home.contains(&situation.home))
            && one_of(&self.business, &situation.business)
            && self.from_age.is_none_or(|from| years.is_some_and(|years| years >= from))
            && self.under_age.is_none_or(|under| years.is_some_and(|years| years < under))
    }

    /// Whether the obstacle is as it asks: none where it names none.
    pub(super) fn meets(&self, obstacle: Option<&str>) -> bool {
        match obstacle {
            Some(obstacle) => self.obstacle.iter().any(|it| it == obstacle),
            None => self.obstacle.is_empty(),
        }
    }

    /// Whether it asks for nothing that is known only of a whole situation: items and sentences ask for no business or obstacle.
    pub(super) fn is_of_part(&self) -> bool {
        self.business.is_empty() && self.obstacle.is_empty()
    }
}

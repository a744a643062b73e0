//! What an address says of a situation, and which question is still open. Pages and the interface read it alike.

use huizhi_domain::day;
use huizhi_domain::materials::{Age, Allowed, Home, Materials, Situation, Who};
use jiff::civil::{Date, date};
use serde::Deserialize;

use crate::citizen::quoted;

/// Above every life on record, years.
const OLDEST: u8 = 130;
/// Days beyond these are slips of the pen.
const DAYS: [Date; 2] = [date(2000, 1, 1), date(2099, 12, 31)];

/// The query of an address. What is empty was not said.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Who it is for.
    pub who: String,
    /// What they come for.
    pub business: String,
    /// Where their household registration is.
    pub home: String,
    /// Who it is of the account that asks, by the id; counts while `birth` is theirs.
    pub person: String,
    /// When they were born; goes before `age`.
    pub birth: String,
    /// Full years on the day of the visit.
    pub age: String,
    /// What else stands in the way.
    pub but: String,
    /// The day of the visit.
    pub day: String,
    /// The question that is to be shown though it is answered.
    pub ask: String,
    /// The question whose form was sent: left empty, it says so.
    pub sent: String,
}

/// A question, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// Who?
    Who,
    /// What for?
    Business,
    /// Where is the household registration?
    Home,
    /// How old?
    Age,
    /// On which day?
    Day,
}

impl Question {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Who, Self::Business, Self::Home, Self::Age, Self::Day];

    /// Its word in addresses and message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Who => "who",
            Self::Business => "business",
            Self::Home => "home",
            Self::Age => "age",
            Self::Day => "day",
        }
    }

    /// What is said where its form comes back empty.
    #[must_use]
    pub const fn empty(self) -> &'static str {
        if matches!(self, Self::Age) { "what-age-empty" } else { "what-day-wrong" }
    }

    /// The question of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|question| question.word() == word)
    }
}

/// Something in an address that can't be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The question that it answers.
    pub question: Question,
    /// The parameter, which is also the field's id.
    pub field: &'static str,
    /// The message's key.
    pub key: &'static str,
}

/// What is known of a situation.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Who.
    pub who: Option<Who>,
    /// The business.
    pub business: Option<String>,
    /// The household registration; of who has none, [`Home::NotApplicable`].
    pub home: Option<Home>,
    /// The age.
    pub age: Option<Age>,
    /// What stands in the way.
    pub obstacle: Option<String>,
    /// The day.
    pub day: Option<Date>,
}

impl Asked {
    /// Reads it; one fault for each parameter that can't be meant. Nobody is born after `today`.
    ///
    /// # Errors
    /// The faults, in the order of the questions.
    pub fn known(&self, rules: &Materials, today: Date) -> Result<Known, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut fault = |question, field, key| faults.push(Fault { question, field, key });
        let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let who = match said(&self.who).map(|text| text.parse::<Who>()) {
            Some(Err(_)) => {
                fault(Question::Who, "who", "what-who-wrong");
                None
            }
            Some(Ok(who)) => Some(who),
            None => None,
        };
        let business = said(&self.business);
        if business.as_ref().is_some_and(|id| rules.business(id).is_none()) {
            fault(Question::Business, "business", "what-business-wrong");
        }
        let home = match (who, said(&self.home).map(|text| text.parse::<Home>())) {
            (Some(who), _) if !who.has_home() => Some(Home::NotApplicable),
            (_, Some(Ok(home))) if home != Home::NotApplicable => Some(home),
            (_, Some(_)) => {
                fault(Question::Home, "home", "what-home-wrong");
                None
            }
            (_, None) => None,
        };
        let day = match said(&self.day).map(|text| day::read(&text)) {
            Some(Some(day)) if (DAYS[0]..=DAYS[1]).contains(&day) => Some(day),
            Some(_) => {
                fault(Question::Day, "day", "what-day-wrong");
                None
            }
            None => None,
        };
        let age = match (said(&self.birth), said(&self.age)) {
            (Some(birth), _) => {
                let latest = day.map_or(today, |day| day.min(today));
                born(&birth, latest).map_err(|key| fault(Question::Age, "birth", key)).ok()
            }
            (None, Some(age)) => years(&age).or_else(|| {
                fault(Question::Age, "age", "what-age-wrong");
                None
            }),
            (None, None) => None,
        };
        let obstacle = said(&self.but).filter(|id| rules.obstacle(id).is_some());
        faults.sort_by_key(|fault| fault.question);
        if faults.is_empty() { Ok(Known { who, business, home, age, obstacle, day }) } else { Err(faults) }
    }

    /// The path of these answers, with the question that is to be shown, or none.
    #[must_use]
    pub fn path(&self, ask: Option<Question>) -> String {
        let parts = [
            ("who", self.who.as_str()),
            ("business", self.business.as_str()),
            ("home", self.home.as_str()),
            ("person", self.person.as_str()),
            ("birth", self.birth.as_str()),
            ("age", self.age.as_str()),
            ("but", self.but.as_str()),
            ("day", self.day.as_str()),
            ("ask", ask.map_or("", Question::word)),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", quoted(value)))
            .collect();
        if parts.is_empty() { "/what".to_owned() } else { format!("/what?{}", parts.join("&")) }
    }

    /// The same answers as a situation says them.
    #[must_use]
    pub fn of(situation: &Situation) -> Self {
        let (birth, age) = match situation.age {
            Some(Age::Born(birth)) => (birth.to_string(), String::new()),
            Some(Age::Years(years)) => (String::new(), years.to_string()),
            None => (String::new(), String::new()),
        };
        let home = if situation.who.has_home() { situation.home.word() } else { "" };
        Self {
            who: situation.who.word().to_owned(),
            business: situation.business.clone(),
            home: home.to_owned(),
            birth,
            age,
            but: situation.obstacle.clone().unwrap_or_default(),
            day: situation.day.to_string(),
            ..Self::default()
        }
    }
}

/// A birth date: not after the latest day, and not before anybody living. The key of what is wrong with it.
fn born(text: &str, latest: Date) -> Result<Age, &'static str> {
    let birth = day::read(text).filter(|birth| birth.year() >= DAYS[0].year() - i16::from(OLDEST));
    match birth {
        Some(birth) if birth <= latest => Ok(Age::Born(birth)),
        Some(_) => Err("what-birth-later"),
        None => Err("what-birth-wrong"),
    }
}

fn years(text: &str) -> Option<Age> {
    day::years(text).filter(|years| *years <= OLDEST).map(Age::Years)
}

impl Known {
    /// The situation, or the next question. The day is asked of nobody who can't come, and the age of nobody whom it does not matter to;
    /// `usual` is the day where none is said.
    ///
    /// # Errors
    /// The question that is open.
    pub fn situation(&self, rules: &Materials, usual: Date) -> Result<Situation, Question> {
        let who = self.who.ok_or(Question::Who)?;
        let business = self.business.clone().ok_or(Question::Business)?;
        let home = self.home.ok_or(Question::Home)?;
        let (age, obstacle, day) = (self.age, self.obstacle.clone(), self.day.unwrap_or(usual));
        let situation = Situation { who, home, age, business, obstacle, day };
        if rules.answer(&situation).allowed == Allowed::No {
            return Ok(situation);
        }
        if age.is_none() {
            return Err(Question::Age);
        }
        self.day.map(|_| situation).ok_or(Question::Day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = date(2026, 11, 28);

    fn asked(query: [&str; 5]) -> Asked {
        let [who, business, home, birth, day] = query.map(str::to_owned);
        Asked { who, business, home, birth, day, ..Asked::default() }
    }

    #[test]
    fn questions_come_in_order_and_none_that_does_not_matter() {
        let rules = Materials::built_in().unwrap();
        let next = |query| asked(query).known(&rules, TODAY).unwrap().situation(&rules, date(2026, 11, 30)).err();
        assert_eq!(next(["", "", "", "", ""]), Some(Question::Who));
        assert_eq!(next(["mainland", "", "", "", ""]), Some(Question::Business));
        assert_eq!(next(["mainland", "id-first", "", "", ""]), Some(Question::Home));
        assert_eq!(next(["mainland", "id-first", "here", "", ""]), Some(Question::Age));
        assert_eq!(next(["mainland", "id-first", "here", "1990-03-07", ""]), Some(Question::Day));
        assert_eq!(next(["mainland", "id-first", "here", "1990-03-07", "2026-12-01"]), None);
        assert_eq!(next(["taiwan", "hmt-permit", "", "", ""]), Some(Question::Age));
        // Refused at every age and on every day.
        assert_eq!(next(["taiwan", "id-first", "", "", ""]), None);
    }

    #[test]
    fn what_can_not_be_meant_is_told_by_its_field() {
        let rules = Materials::built_in().unwrap();
        let faults =
            asked(["martian", "id-frist", "nowhere", "2027-01-01", "2026-12-01"]).known(&rules, TODAY).unwrap_err();
        let fields: Vec<&str> = faults.iter().map(|it| it.field).collect();
        assert_eq!(fields, ["who", "business", "home", "birth"]);
        assert_eq!(asked(["", "", "", "", "soon"]).known(&rules, TODAY).unwrap_err()[0].key, "what-day-wrong");
        let old = Asked { age: "131".to_owned(), ..Asked::default() };
        assert_eq!(old.known(&rules, TODAY).unwrap_err()[0].field, "age");
    }

    #[test]
    fn nobody_is_born_after_today_or_before_anybody_living() {
        assert_eq!(born("１９５８年3月7日", TODAY), Ok(Age::Born(date(1958, 3, 7))));
        assert_eq!(born("2026-11-29", TODAY), Err("what-birth-later"));
        for text in ["1800-01-01", "580307"] {
            assert_eq!(born(text, TODAY), Err("what-birth-wrong"), "{text}");
        }
        assert_eq!((years("67岁"), years("131")), (Some(Age::Years(67)), None));
    }

    #[test]
    fn a_path_has_all_that_was_said() {
        let said =
            Asked { but: "a b".to_owned(), ..asked(["mainland", "id-lost", "here", "1990-03-07", "2026-12-01"]) };
        let path = "/what?who=mainland&business=id-lost&home=here&birth=1990-03-07&but=a%20b&day=2026-12-01";
        assert_eq!(said.path(None), path);
        assert_eq!(said.path(Some(Question::Home)), format!("{path}&ask=home"));
        assert_eq!(Asked::default().path(None), "/what");
    }
}

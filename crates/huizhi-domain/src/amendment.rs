//! Amendments (修订): what a deployment changes of the data that come with the program, a file at a time.
//!
//! What comes with the program is never touched: an amendment's text stands in the place of a file, or beside them. It has versions, of which at
//! most one holds; an older one holds again by a new version with its text. What decides on money, on what photos have to be, and on
//! consent takes two persons.

pub mod bundle;
pub mod files;
pub mod place;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::StaffId;
use crate::order::UnknownWord;

pub use files::Files;

/// What a file is about: its folder in `specs/`, or the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// What a city asks of a document's receipt: days, price, whether one is taken.
    Policy,
    /// What a document asks of a photo.
    Document,
    /// What is consented to.
    Consent,
    /// Cities and counties.
    City,
    /// What to bring for what.
    Materials,
    /// How a receipt looks.
    Receipt,
    /// Words of the pages.
    Words,
    /// Working days.
    Calendar,
    /// Why a photo is sent back.
    Rejection,
    /// What people come to a window for, the notice before booking, and how far districts are from each other.
    Visit,
    /// At which pace of approvals the lead is told.
    Review,
    /// Ages and terms of residence declarations.
    Residence,
    /// The site: categories, topics of help, hours of support, words that are watched.
    Site,
}

impl Kind {
    /// All of them, those that are changed most first.
    pub const ALL: [Self; 13] = [
        Self::Policy,
        Self::Document,
        Self::Consent,
        Self::City,
        Self::Materials,
        Self::Receipt,
        Self::Words,
        Self::Calendar,
        Self::Rejection,
        Self::Visit,
        Self::Review,
        Self::Residence,
        Self::Site,
    ];

    /// Its word in the database, in addresses and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Document => "document",
            Self::Consent => "consent",
            Self::City => "city",
            Self::Materials => "materials",
            Self::Receipt => "receipt",
            Self::Words => "words",
            Self::Calendar => "calendar",
            Self::Rejection => "rejection",
            Self::Visit => "visit",
            Self::Review => "review",
            Self::Residence => "residence",
            Self::Site => "site",
        }
    }

    /// Whether a second person has to agree: where it is about money, about what photos have to be, or about consent.
    #[must_use]
    pub const fn takes_two(self) -> bool {
        matches!(self, Self::Policy | Self::Document | Self::Consent)
    }

    /// Whether there may be files that do not come with the program: another province, another year.
    #[must_use]
    pub const fn may_grow(self) -> bool {
        matches!(
            self,
            Self::Policy | Self::Document | Self::Materials | Self::Receipt | Self::Calendar | Self::Residence
        )
    }

    /// How the names of its files end.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::City => "csv",
            Self::Words => "ftl",
            _ => "toml",
        }
    }
}

impl FromStr for Kind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// Which file: its kind, and its name without ending.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// The kind.
    pub kind: Kind,
    /// The name: letters, digits, dots and hyphens.
    pub name: String,
}

/// The most characters of a file's name.
const NAME_MOST: usize = 60;

impl Target {
    /// A file of a kind; `None` for a name that no file has.
    #[must_use]
    pub fn new(kind: Kind, name: &str) -> Option<Self> {
        let letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '.';
        let fits = !name.is_empty() && name.len() <= NAME_MOST && !name.starts_with('.') && name.chars().all(letter);
        fits.then(|| Self { kind, name: name.to_owned() })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.word(), self.name)
    }
}

/// The number that a text gives itself, as `version = 3`.
#[must_use]
pub fn number_of(text: &str) -> Option<u32> {
    let number = |line: &str| {
        let (key, value) = line.split_once('=')?;
        let value = value.split('#').next().unwrap_or_default();
        if key.trim() == "version" { value.trim().parse().ok() } else { None }
    };
    text.lines().find_map(number)
}

/// Whether a text gives itself the number of one of the others, which is another text. Orders and reports note the numbers of the policies and
/// documents that they were made by, so a number is given once.
#[must_use]
pub fn gives_number_again<'a>(kind: Kind, text: &str, others: impl IntoIterator<Item = &'a str>) -> bool {
    if !matches!(kind, Kind::Policy | Kind::Document) {
        return false;
    }
    let number = number_of(text);
    number.is_some()
        && others.into_iter().any(|other| number_of(other) == number && other.trim_end() != text.trim_end())
}

/// Where a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It waits for a second person.
    Waiting,
    /// It holds.
    Live,
    /// It held once.
    Former,
    /// It was refused, or taken back before anybody agreed.
    Refused,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Live, Self::Former, Self::Refused];

    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Live => "live",
            Self::Former => "former",
            Self::Refused => "refused",
        }
    }
}

impl FromStr for State {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A version of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// Which file.
    pub target: Target,
    /// Its number, from 1 within the file.
    pub version: i64,
    /// The whole file; `None` where what comes with the program holds again.
    pub text: Option<String>,
    /// Why, in the words of who made it.
    pub note: String,
    /// Where it stands.
    pub state: State,
    /// Who made it; `None` for the operator at the machine.
    pub made_by: Option<StaffId>,
    /// When.
    pub made_at: Moment,
    /// Who agreed, where that takes a second person.
    pub agreed_by: Option<StaffId>,
    /// From when on it holds.
    pub live_at: Option<Moment>,
}

/// Why a change is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmendError {
    /// Who made it can't agree to it.
    #[error("another person has to agree")]
    SamePerson,
    /// It waits no more, or never did.
    #[error("this version does not wait any more")]
    Over,
    /// Somebody changed the file since it was looked at.
    #[error("the file was changed meanwhile")]
    Moved,
    /// Another version of the file waits for a second person already.
    #[error("another version of the file waits already")]
    Waits,
}

impl Amendment {
    /// Whether somebody may let it hold.
    ///
    /// # Errors
    /// [`AmendError::Over`], [`AmendError::SamePerson`].
    pub fn agreed_by(&self, who: StaffId) -> Result<(), AmendError> {
        if self.state != State::Waiting {
            return Err(AmendError::Over);
        }
        if self.made_by == Some(who) { Err(AmendError::SamePerson) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::tests::Dice;

    #[test]
    fn words_come_back_and_names_lead_nowhere_else() {
        for kind in Kind::ALL {
            assert_eq!(kind.word().parse(), Ok(kind));
        }
        for state in State::ALL {
            assert_eq!(state.word().parse(), Ok(state));
        }
        assert_eq!(Target::new(Kind::Words, "zh-CN.order").unwrap().to_string(), "words/zh-CN.order");
        for wrong in ["", ".", "../country", "a/b", "a b", "惠州", &"a".repeat(61)] {
            assert_eq!(Target::new(Kind::Policy, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_number_is_given_once() {
        let (first, second) = ("# a policy\nversion = 2 # two\nprice_fen = 0\n", "version = 3\nprice_fen = 5\n");
        assert_eq!((number_of(first), number_of(second), number_of("version = \"soon\"")), (Some(2), Some(3), None));
        let again = |kind: Kind, text: &str| gives_number_again(kind, text, [first, second]);
        assert!(again(Kind::Policy, "version = 3\nprice_fen = 9\n"));
        assert!(!again(Kind::Policy, first), "the former text comes back under its own number");
        assert!(!again(Kind::Document, "version = 4\nprice_fen = 9\n"));
        assert!(!again(Kind::Materials, "version = 3\nprice_fen = 9\n"));
    }

    #[test]
    fn who_made_a_change_does_not_agree_to_it() {
        let who = |seed| StaffId::new(Moment(0), &mut Dice(seed));
        let (maker, other) = (who(1), who(2));
        let waiting = Amendment {
            target: Target::new(Kind::Policy, "guangdong").unwrap(),
            version: 1,
            text: Some(String::new()),
            note: String::new(),
            state: State::Waiting,
            made_by: Some(maker),
            made_at: Moment(0),
            agreed_by: None,
            live_at: None,
        };
        assert_eq!(waiting.agreed_by(maker), Err(AmendError::SamePerson));
        assert_eq!(waiting.agreed_by(other), Ok(()));
        let operators = Amendment { made_by: None, ..waiting.clone() };
        assert_eq!(operators.agreed_by(maker), Ok(()), "the operator at the machine is a person too");
        assert_eq!(Amendment { state: State::Live, ..waiting }.agreed_by(other), Err(AmendError::Over));
    }
}

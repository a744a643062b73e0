//! The 29 cases that the rules were made from, as situations: what an editor is shown of a change before it goes live.

use jiff::civil::Date;
use serde::Deserialize;

use super::answer::Answer;
use super::situation::{Age, Home, Situation, Who};
use super::{Materials, MaterialsError};

const CASES: &str = include_str!("../../../../corpus/materials/cases.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    day: String,
    row: Vec<RowText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowText {
    id: String,
    situation: SituationText,
    expected: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SituationText {
    who: Who,
    home: Home,
    age: u8,
    business: String,
    obstacle: Option<String>,
}

/// What the table says of a situation, in the words of the interface.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Whether they may.
    pub allowed: String,
    /// What it costs, fen.
    pub fee_fen: Option<u32>,
    /// How long the document is good.
    pub validity: Option<String>,
    /// Whether a photo receipt is brought.
    pub receipt: String,
    /// Whether the residence is declared.
    pub residence: String,
    /// Whether a guardian comes along.
    pub guardian: bool,
    /// Whether an appointment is made.
    pub booking: String,
    /// What to bring, by the ids of items.
    pub items: Vec<String>,
    /// What is theirs instead, by the id of a business.
    pub instead: Option<String>,
}

/// A situation of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// The case that it is of.
    pub id: String,
    /// The situation.
    pub situation: Situation,
    /// What the table says.
    pub expected: Expected,
}

impl Expected {
    /// What an answer says of the same.
    #[must_use]
    pub fn of(answer: &Answer) -> Self {
        Self {
            allowed: answer.allowed.word().to_owned(),
            fee_fen: answer.fee_fen,
            validity: answer.validity.map(|it| it.term.word()),
            receipt: answer.receipt.word().to_owned(),
            residence: answer.residence.word().to_owned(),
            guardian: answer.guardian,
            booking: answer.booking.word().to_owned(),
            items: answer.items.iter().map(|item| item.id.clone()).collect(),
            instead: answer.instead.as_ref().map(|it| it.business.clone()),
        }
    }
}

/// The rows, on the day of the table.
///
/// # Errors
/// [`MaterialsError`] for a faulty table; a test holds that it is none.
pub fn rows() -> Result<Vec<Row>, MaterialsError> {
    let fault = |why: String| MaterialsError { file: "cases".to_owned(), line: 1, why };
    let file: FileText = toml::from_str(CASES).map_err(|error| fault(error.to_string()))?;
    let day = super::text::day("day", &file.day).map_err(fault)?;
    Ok(file.row.into_iter().map(|row| row.on(day)).collect())
}

impl RowText {
    fn on(self, day: Date) -> Row {
        let SituationText { who, home, age, business, obstacle } = self.situation;
        let situation = Situation { who, home, age: Some(Age::Years(age)), business, obstacle, day };
        Row { id: self.id, situation, expected: self.expected }
    }
}

/// What two sets of rules say of a situation on a day.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The situation, with the day.
    pub row: Row,
    /// The answer as the rules are.
    pub before: Answer,
    /// The answer as they would be.
    pub after: Answer,
}

impl Compared {
    /// Whether anything of the answer differs, a word included.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.before != self.after
    }
}

/// Compares two sets of rules on all rows, for visits on a day.
///
/// # Errors
/// As [`rows`].
pub fn compare(before: &Materials, after: &Materials, day: Date) -> Result<Vec<Compared>, MaterialsError> {
    let compared = rows()?.into_iter().map(|row| {
        let row = Row { situation: Situation { day, ..row.situation }, ..row };
        Compared { before: before.answer(&row.situation), after: after.answer(&row.situation), row }
    });
    Ok(compared.collect())
}

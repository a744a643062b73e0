//! What was typed of a dwelling place, and what of it is to be mended.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization as _;

use super::{Address, Dwelling};

/// Characters that a part of an address may have: the longest that we know of, a lane behind a village's name, has half of them.
pub const LONGEST: usize = 100;

/// What was typed.
#[derive(Clone, Copy, Default)]
pub struct DeclarationForm<'a> {
    /// The code of the city and the name of the district, of those that the service knows.
    pub place: Option<(&'a str, &'a str)>,
    /// Street, village or estate.
    pub street: &'a str,
    /// House, storey, room.
    pub house: &'a str,
    /// A [`Dwelling`]'s word.
    pub dwelling: &'a str,
    /// Since when, as [`crate::day::read`] takes it.
    pub since: &'a str,
    /// Whether it was said that all this is true.
    pub truth: bool,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Where.
    pub address: Address,
    /// How they live there.
    pub dwelling: Dwelling,
    /// Since when.
    pub since: Date,
}

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormField {
    /// City and district.
    District,
    /// Street, village or estate.
    Street,
    /// House, storey, room.
    House,
    /// How they live there.
    Dwelling,
    /// Since when.
    Since,
    /// That all this is true.
    Truth,
}

impl FormField {
    /// Its name in the form and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::District => "district",
            Self::Street => "street",
            Self::House => "house",
            Self::Dwelling => "dwelling",
            Self::Since => "since",
            Self::Truth => "truth",
        }
    }
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nothing was said.
    Missing,
    /// It has more than [`LONGEST`] characters.
    Long,
    /// It is no date.
    Wrong,
    /// It lies in the future.
    Later,
}

impl Why {
    /// Its word in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Long => "long",
            Self::Wrong => "wrong",
            Self::Later => "later",
        }
    }
}

/// One thing to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub field: FormField,
    /// What.
    pub why: Why,
}

/// Reads a form.
///
/// # Errors
/// A [`Fault`] for each thing to mend, in the order of the form.
pub fn parse(form: &DeclarationForm<'_>, today: Date) -> Result<Declared, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut note = |field: FormField, why: Why| faults.push(Fault { field, why });
    if form.place.is_none() {
        note(FormField::District, Why::Missing);
    }
    let street = line(form.street).map_err(|why| note(FormField::Street, why)).ok();
    let house = line(form.house).map_err(|why| note(FormField::House, why)).ok();
    let dwelling: Option<Dwelling> = form.dwelling.parse().ok();
    if dwelling.is_none() {
        note(FormField::Dwelling, Why::Missing);
    }
    let since = day(form.since, today).map_err(|why| note(FormField::Since, why)).ok();
    if !form.truth {
        note(FormField::Truth, Why::Missing);
    }
    match (form.place, street, house, dwelling, since) {
        (Some((city, district)), Some(street), Some(house), Some(dwelling), Some(since)) if faults.is_empty() => {
            let address = Address { city: city.to_owned(), district: district.to_owned(), street, house };
            Ok(Declared { address, dwelling, since })
        }
        _ => Err(faults),
    }
}

/// Text of one line: full width made plain, spaces trimmed and made one, signs without a shape gone.
fn line(text: &str) -> Result<String, Why> {
    let plain: String = text.nfkc().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let line = words.join(" ");
    if !line.chars().any(char::is_alphanumeric) {
        return Err(Why::Missing);
    }
    if line.chars().count() > LONGEST { Err(Why::Long) } else { Ok(line) }
}

fn day(text: &str, today: Date) -> Result<Date, Why> {
    if text.trim().is_empty() {
        return Err(Why::Missing);
    }
    match crate::day::read(text) {
        Some(day) if day > today => Err(Why::Later),
        Some(day) if day.year() >= 1900 => Ok(day),
        _ => Err(Why::Wrong),
    }
}

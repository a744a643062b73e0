//! The form of a city's policy: the fields that are changed most, written into the file that the city's rows stand in. Only the lines of these
//! fields change; rows, comments and sources stay as they are.

use crate::city::RegionCode;
use crate::policy::{Acceptance, Policy};

/// What the form says of a city and a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whether a receipt is taken.
    pub receipt: Acceptance,
    /// How many days it is good.
    pub days: u16,
    /// Whether a last day without work moves to the next working day.
    pub move_over_holidays: bool,
    /// The price, fen.
    pub price_fen: u32,
}

impl Terms {
    /// What a policy says.
    #[must_use]
    pub const fn of(policy: &Policy) -> Self {
        Self {
            receipt: policy.receipt.value,
            days: policy.validity.value.days,
            move_over_holidays: policy.validity.value.move_over_holidays,
            price_fen: policy.price_fen.value,
        }
    }
}

/// The source that rows name whose values were set at the desk.
const SOURCE: &str = "desk";

/// What stands for the source, where the file has none.
const SOURCE_TEXT: &str = "\n[sources.desk]\ntitle = \"Set by the operator at the desk\"\ntitle_zh = \"由运营人员在设置中填写\"\nurls = []\nkind = \"operator\"\nchecked = \"by the operator\"\n";

/// The name of the file that a city's rows stand in: its own rows', else its province's, else one of its own.
#[must_use]
pub fn file_of(files: &[(&str, &str)], city: RegionCode) -> String {
    let has = |text: &str, place: RegionCode| {
        let quoted = format!("\"{place}\"");
        text.lines().any(|line| key(line) == Some("region") && line.contains(&quoted))
    };
    let find = |place: RegionCode| files.iter().find(|(_, text)| has(text, place)).map(|(name, _)| (*name).to_owned());
    find(city).or_else(|| find(city.province())).unwrap_or_else(|| city.to_string())
}

/// The file with the terms of a city and a document written into it. What the file said before and still says stays: only what differs from
/// `before` is written. The file's own number becomes one more than it was, and than `newest`, the greatest that was given before.
#[must_use]
pub fn set(text: &str, of: (RegionCode, &str), (before, terms): (Terms, Terms), newest: u32) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        lines.push("version = 0".to_owned());
    }
    count_up(&mut lines, newest);
    let moves = if terms.move_over_holidays { ", move_over_holidays = true" } else { "" };
    let validity = format!("{{ days = {}{moves}, source = \"{SOURCE}\", confidence = \"high\" }}", terms.days);
    let receipt = match terms.receipt {
        Acceptance::Accepted => "\"accepted\"",
        Acceptance::None => "\"none\"",
    };
    let mut missing = Vec::new();
    let fields = [
        ("receipt", receipt.to_owned(), before.receipt != terms.receipt),
        ("validity", validity, (before.days, before.move_over_holidays) != (terms.days, terms.move_over_holidays)),
        ("price_fen", terms.price_fen.to_string(), before.price_fen != terms.price_fen),
    ];
    for (name, value, differs) in fields {
        if differs && !write(&mut lines, of, name, &value) {
            missing.push(format!("{name} = {value}"));
        }
    }
    if !missing.is_empty() {
        add_row(&mut lines, of, &missing);
    }
    let mut text = lines.join("\n");
    text.push('\n');
    if text.contains("source = \"desk\"") && !text.contains("[sources.desk]") {
        text.push_str(SOURCE_TEXT);
    }
    text
}

/// The key of a line such as `days = 60`.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    Some(key.trim())
}

fn count_up(lines: &mut [String], newest: u32) {
    let version = |line: &&mut String| key(line) == Some("version");
    if let Some(line) = lines.iter_mut().find(version) {
        let number: u32 = line.split_once('=').and_then(|(_, number)| number.trim().parse().ok()).unwrap_or_default();
        *line = format!("version = {}", number.max(newest).saturating_add(1));
    }
}

/// Writes a value over the one that a row of the city and the document has; whether there was one.
fn write(lines: &mut [String], (city, document): (RegionCode, &str), name: &str, value: &str) -> bool {
    let (place, named) = (format!("\"{city}\""), format!("\"{document}\""));
    let starts: Vec<usize> =
        (0..).zip(lines.iter()).filter(|(_, line)| line.starts_with('[')).map(|(at, _)| at).collect();
    let ends = starts.iter().copied().skip(1).chain([lines.len()]);
    for (from, to) in starts.iter().copied().zip(ends) {
        let Some(row) = lines.get_mut(from..to) else { continue };
        let is_row = row.first().is_some_and(|line| line.trim_end() == "[[policy]]");
        let says = |field: &str, word: &str| row.iter().any(|line| key(line) == Some(field) && line.contains(word));
        if !is_row || !says("region", &place) || !says("documents", &named) {
            continue;
        }
        if let Some(line) = row.iter_mut().find(|line| key(line) == Some(name)) {
            *line = format!("{name} = {value}");
            return true;
        }
    }
    false
}

/// Adds a row of the city and the document before the sources.
fn add_row(lines: &mut Vec<String>, (city, document): (RegionCode, &str), values: &[String]) {
    let mut row =
        vec!["[[policy]]".to_owned(), format!("region = \"{city}\""), format!("documents = [\"{document}\"]")];
    row.extend(values.iter().cloned());
    row.extend([format!("source = \"{SOURCE}\""), "confidence = \"high\"".to_owned(), String::new()]);
    let sources = lines.iter().position(|line| line.starts_with("[sources")).unwrap_or(lines.len());
    if sources == lines.len() {
        row.insert(0, String::new());
    }
    lines.splice(sources..sources, row);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{self, Policies};

    fn code(text: &str) -> RegionCode {
        text.parse().unwrap()
    }

    /// All files with the form's terms in them, and the file that was changed.
    fn changed(city: &str, document: &str, change: impl Fn(Terms) -> Terms) -> (Policies, String) {
        let city = code(city);
        let all = Policies::built_in().unwrap();
        let before = Terms::of(&all.of(city, document));
        let name = file_of(policy::files(), city);
        let text = policy::files().iter().find(|(it, _)| *it == name).map_or("", |(_, text)| *text);
        let text = set(text, (city, document), (before, change(before)), 0);
        let mut files: Vec<(&str, &str)> = policy::files().iter().copied().filter(|(it, _)| *it != name).collect();
        files.push((&name, &text));
        (Policies::read(&files).unwrap(), text.clone())
    }

    #[test]
    fn a_price_that_no_row_had_gets_one_and_the_rest_stays() {
        let (after, text) = changed("441300", "cn-resident-id", |it| Terms { price_fen: 1500, ..it });
        let policy = after.of(code("441300"), "cn-resident-id");
        assert_eq!(policy.price_fen.value, 1500);
        assert_eq!((policy.price_fen.region, policy.price_fen.source.en.contains("desk")), (code("441300"), true));
        assert_eq!(policy.validity.value.days, 60, "the province's, as before");
        assert_eq!(after.of(code("440100"), "cn-resident-id").price_fen.value, 0);
        assert!(text.starts_with("# What guangdong asks") && text.contains("version = 3\n"), "{text}");
    }

    #[test]
    fn a_value_that_a_row_has_is_written_over_for_all_documents_of_the_row() {
        let change = |it| Terms { days: 90, move_over_holidays: true, ..it };
        let (after, text) = changed("440300", "cn-resident-id", change);
        for document in ["cn-resident-id", "cn-gd-sz-residence-permit"] {
            let validity = after.of(code("440300"), document).validity.value;
            assert_eq!((validity.days, validity.move_over_holidays), (90, true), "{document}");
        }
        assert!(text.contains("[sources.desk]"), "{text}");
        let all = Policies::built_in().unwrap();
        assert_eq!(all.together(code("440300"), "cn-resident-id"), ["cn-gd-sz-residence-permit", "cn-resident-id"]);
    }

    #[test]
    fn a_city_whose_province_has_no_file_gets_one() {
        let (after, text) = changed("620100", "cn-resident-id", |it| Terms { receipt: Acceptance::Accepted, ..it });
        assert_eq!(after.of(code("620100"), "cn-resident-id").receipt.value, Acceptance::Accepted);
        assert!(text.contains("version = 1\n"), "{text}");
    }

    #[test]
    fn set_twice_is_as_set_once() {
        let (city, document) = (code("441300"), "cn-resident-id");
        let all = Policies::built_in().unwrap();
        let before = Terms::of(&all.of(city, document));
        let dear = Terms { price_fen: 1500, ..before };
        let text = policy::files().iter().find(|(name, _)| *name == "guangdong").unwrap().1;
        let once = set(text, (city, document), (before, dear), 0);
        let twice = set(&once, (city, document), (dear, Terms { price_fen: 2000, ..dear }), 3);
        assert_eq!(twice, once.replace("price_fen = 1500", "price_fen = 2000").replace("version = 3", "version = 4"));
    }
    #[test]
    fn a_number_that_was_given_is_not_given_again() {
        let (city, document) = (code("441300"), "cn-resident-id");
        let before = Terms::of(&Policies::built_in().unwrap().of(city, document));
        let text = set("version = 2\n", (city, document), (before, Terms { price_fen: 1, ..before }), 7);
        assert!(text.starts_with("version = 8\n"), "{text}");
    }
}

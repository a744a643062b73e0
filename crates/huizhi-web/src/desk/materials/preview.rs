//! A row of the preview: an answer before and after.

use huizhi_domain::materials::cases::Compared;
use huizhi_domain::materials::{Answer, Term};
use huizhi_domain::words::Lang;
use serde::Serialize;

use super::super::say;

/// A case, before and after.
#[derive(Clone, Debug, Serialize)]
pub struct RowView {
    id: String,
    situation: String,
    /// `unchanged`, `only-words`, `differs`.
    change: &'static str,
    cells: Vec<CellView>,
}

/// A part of the answer, before and after.
#[derive(Clone, Debug, Serialize)]
struct CellView {
    before: String,
    after: String,
    differs: bool,
}

impl RowView {
    /// Whether it gets another answer, if only in its words.
    pub fn is_changed(&self) -> bool {
        self.change != "unchanged"
    }

    /// One of each kind.
    #[cfg(test)]
    pub fn samples() -> Vec<Self> {
        let cell = |after: &str| CellView { before: "20".to_owned(), after: after.to_owned(), differs: after != "20" };
        ["unchanged", "only-words", "differs"]
            .map(|change| Self {
                id: "L-TEMP".to_owned(),
                situation: "mainland · here · 30".to_owned(),
                change,
                cells: vec![cell("20"), cell("40")],
            })
            .to_vec()
    }
}

/// A row in a language.
pub fn row(lang: Lang, compared: &Compared) -> RowView {
    let (before, after) = (shown(lang, &compared.before), shown(lang, &compared.after));
    let cells: Vec<CellView> = before
        .into_iter()
        .zip(after)
        .map(|(before, after)| CellView { differs: before != after, before, after })
        .collect();
    let change = match (compared.differs(), cells.iter().any(|cell| cell.differs)) {
        (_, true) => "differs",
        (true, false) => "only-words",
        (false, false) => "unchanged",
    };
    RowView { id: compared.row.id.clone(), situation: situation(lang, compared), change, cells }
}

/// Who, where from and how old; the case's name says the rest.
fn situation(lang: Lang, compared: &Compared) -> String {
    let situation = &compared.row.situation;
    let home = situation.who.has_home().then(|| say(lang, &format!("materials-home-{}", situation.home.word()), &[]));
    let years = situation.years().map(|years| say(lang, "what-age-years", &[("years", &years)]));
    let who = say(lang, &format!("what-who-{}", situation.who.word()), &[]);
    [Some(who), home, years, situation.obstacle.clone()].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The parts of an answer, in the order of the columns.
fn shown(lang: Lang, answer: &Answer) -> [String; 6] {
    let word = |kind: &str, word: &str| say(lang, &format!("materials-{kind}-{word}"), &[]);
    let none = || "–".to_owned();
    let comma = match lang {
        Lang::Zh => "、",
        Lang::En => ", ",
    };
    let items: Vec<&str> = answer.items.iter().map(|item| item.name.of(lang)).collect();
    [
        word("allowed", answer.allowed.word()),
        answer.fee_fen.map_or_else(none, |fen| format!("¥{}.{:02}", fen / 100, fen % 100)),
        answer.validity.map_or_else(none, |it| term(lang, it.term)),
        word("receipt", answer.receipt.word()),
        word("residence", answer.residence.word()),
        if items.is_empty() { none() } else { items.join(comma) },
    ]
}

fn term(lang: Lang, term: Term) -> String {
    match term {
        Term::Months(months) => say(lang, "what-months", &[("count", &months)]),
        Term::Years(years) => say(lang, "what-years", &[("count", &years)]),
        Term::LongTerm => say(lang, "what-long-term", &[]),
    }
}

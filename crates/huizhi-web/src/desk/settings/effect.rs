//! What a change would do, in the words of those whom it reaches: terms by city and document, facts of a document, days of the calendar, cases of
//! what to bring.

use huizhi_domain::amendment::place::Terms;
use huizhi_domain::amendment::{Files, Kind, Target};
use huizhi_domain::materials::cases::compare;
use huizhi_domain::policy::Acceptance;
use huizhi_domain::words::Lang;
use huizhi_photo::spec::Spec;
use jiff::ToSpan as _;
use serde::Serialize;

use crate::app::{App, in_lang};
use crate::data::Data;
use crate::desk::materials::preview::{RowView, row};
use crate::desk::say;
use crate::error::PageError;
use crate::page::day_text;

/// Rows that are shown at most: a country's row reaches 369 cities.
const MOST: usize = 60;

/// Days of the calendar that are compared, from today on.
const DAYS: i64 = 400;

/// A fact before and after.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    /// What it is of: a city and a document, a day.
    of: String,
    /// Which fact.
    part: String,
    before: String,
    after: String,
}

/// What a change would do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Effects {
    facts: Vec<Fact>,
    /// How many more there are than are shown.
    more: usize,
    /// Cases of what to bring whose answer changes.
    cases: Vec<RowView>,
}

impl Effects {
    /// Some of everything.
    #[cfg(test)]
    pub fn sample() -> Self {
        let fact = Fact {
            of: "Huizhou · Resident ID card".to_owned(),
            part: "Price".to_owned(),
            before: "¥0.00".to_owned(),
            after: "¥15.00".to_owned(),
        };
        Self { facts: vec![fact], more: 3, cases: RowView::samples() }
    }
}

/// What changed files would do. Kinds of which the lines say all have no effects of their own.
pub fn effects(app: &App, lang: Lang, target: &Target, files: Files) -> Result<Effects, PageError> {
    let after = Data::read(files).map_err(PageError::broken)?;
    let mut facts = match target.kind {
        Kind::Policy => terms(app, lang, &after),
        Kind::Document => document(lang, app.catalog.get(&target.name), after.catalog.get(&target.name)),
        Kind::Calendar => days(app, lang, &after),
        Kind::Consent => consent(app, lang, &after),
        _ => Vec::new(),
    };
    let more = facts.len().saturating_sub(MOST);
    facts.truncate(MOST);
    let mut cases = Vec::new();
    if target.kind == Kind::Materials {
        let day = app.calendar.next_working_day(app.today());
        let compared = compare(&app.materials, &after.materials, day).map_err(PageError::broken)?;
        cases.extend(compared.iter().filter(|it| it.differs()).map(|it| row(lang, it)));
    }
    Ok(Effects { facts, more, cases })
}

/// Facts that differ.
fn differing(of: &str, facts: Vec<(String, String, String)>) -> impl Iterator<Item = Fact> {
    let differ = facts.into_iter().filter(|(_, before, after)| before != after);
    differ.map(move |(part, before, after)| Fact { of: of.to_owned(), part, before, after })
}

/// A price as pages show it.
pub fn yuan(fen: u32) -> String {
    format!("¥{}.{:02}", fen / 100, fen % 100)
}

fn terms(app: &App, lang: Lang, after: &Data) -> Vec<Fact> {
    let mut documents = app.policies.documents();
    documents.extend(after.policies.documents());
    let mut facts = Vec::new();
    for city in after.cities.cities() {
        for document in &documents {
            let old = Terms::of(&app.policies.of(city.code, document));
            let new = Terms::of(&after.policies.of(city.code, document));
            // Where no receipt is taken, nobody meets the other terms.
            let taken = [old, new].iter().any(|it| it.receipt == Acceptance::Accepted);
            if old == new || !taken {
                continue;
            }
            let code = city.code.to_string();
            let of = format!("{} · {}", app.city_name(&code, lang), app.document_name(document, lang));
            let part = |key: &str, value: &dyn Fn(Terms) -> String| (say(lang, key, &[]), value(old), value(new));
            let all = vec![
                part("settings-place-receipt", &|it| acceptance(lang, it.receipt)),
                part("settings-place-days", &|it| it.days.to_string()),
                part("settings-place-moves", &|it| yes_or_no(lang, it.move_over_holidays)),
                part("settings-place-price", &|it| yuan(it.price_fen)),
            ];
            facts.extend(differing(&of, all));
        }
    }
    facts
}

/// Whether a receipt is taken, in words.
pub fn acceptance(lang: Lang, receipt: Acceptance) -> String {
    yes_or_no(lang, receipt == Acceptance::Accepted)
}

fn yes_or_no(lang: Lang, yes: bool) -> String {
    say(lang, if yes { "settings-yes" } else { "settings-no" }, &[])
}

fn document(lang: Lang, before: Option<&Spec>, after: Option<&Spec>) -> Vec<Fact> {
    let part = |key: &str, value: &dyn Fn(&Spec) -> String| {
        let shown = |spec: Option<&Spec>| spec.map_or_else(|| "–".to_owned(), value);
        (say(lang, key, &[]), shown(before), shown(after))
    };
    let of = after.or(before).map_or("", |spec| in_lang(&spec.name, lang));
    let all = vec![
        part("settings-part-name-zh", &|spec| spec.name.zh.clone()),
        part("settings-part-name-en", &|spec| spec.name.en.clone()),
        part("settings-part-px", &|spec| {
            spec.size.as_ref().map_or_else(String::new, |it| format!("{} × {}", it.width_px, it.height_px))
        }),
        part("settings-part-background", &|spec| {
            spec.backgrounds.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ")
        }),
    ];
    differing(of, all).collect()
}

fn days(app: &App, lang: Lang, after: &Data) -> Vec<Fact> {
    let today = app.today();
    let all = (0..DAYS).filter_map(|ahead| today.checked_add(ahead.days()).ok());
    let worked = |works: bool| say(lang, if works { "settings-day-works" } else { "settings-day-rests" }, &[]);
    let fact = |day: jiff::civil::Date| {
        let (old, new) = (app.calendar.is_working_day(day), after.calendar.is_working_day(day));
        (old != new).then(|| Fact {
            of: day_text(lang, &day.to_string()),
            part: say(lang, "settings-part-day", &[]),
            before: worked(old),
            after: worked(new),
        })
    };
    all.filter_map(fact).collect()
}

/// Who consented to another version of a text is asked again.
fn consent(app: &App, lang: Lang, after: &Data) -> Vec<Fact> {
    let mut facts = Vec::new();
    for purpose in huizhi_domain::consent::Purpose::ALL {
        let version = (app.consents.version(purpose), after.consents.version(purpose));
        let all = vec![(say(lang, "settings-part-version", &[]), version.0, version.1)];
        facts.extend(differing(&app.consents.of(purpose).words(lang).title, all));
    }
    facts
}

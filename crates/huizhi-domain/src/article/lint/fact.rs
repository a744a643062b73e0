//! Numbers that the data know better: how long a city's receipt is good, what it costs, what an ID card costs, how large a photo is.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::markdown::{Sentence, sentences};
use super::{Case, Field, Remark, Severity};
use crate::article::terms::Topic;
use crate::city::RegionCode;
use crate::materials::cases::rows;
use crate::materials::{Materials, MaterialsError, Situation};

/// What an ID card may cost in the city whose rules are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fees {
    city: RegionCode,
    fen: BTreeSet<u32>,
}

impl Fees {
    /// Reads them from the rules on what to bring, as they are on a day.
    ///
    /// # Errors
    /// [`MaterialsError`] for a faulty table of cases; a test holds that it is none.
    pub fn of(materials: &Materials, day: Date) -> Result<Self, MaterialsError> {
        let of_id_card = rows()?.into_iter().filter(|row| row.situation.business.starts_with("id-"));
        let fees = of_id_card.filter_map(|row| materials.answer(&Situation { day, ..row.situation }).fee_fen);
        Ok(Self { city: materials.city(), fen: fees.collect() })
    }
}

/// A number in a sentence.
#[derive(Clone, Copy, Debug)]
struct Number {
    at: usize,
    end: usize,
    /// In hundredths, so that prices have their fen.
    hundredths: u64,
}

/// What a sentence says a number of.
struct Said<'a> {
    sentence: Sentence<'a>,
    text: String,
    field: Field,
    cities: BTreeSet<RegionCode>,
    topics: Vec<&'a Topic>,
    /// Whether it, or the title, is about receipts.
    receipt: bool,
}

pub(super) fn check(case: &Case<'_>) -> Vec<Remark> {
    let mut found = Vec::new();
    for (field, text) in case.texts() {
        for sentence in sentences(text) {
            let said = said(case, field, sentence);
            for number in numbers(sentence.chars) {
                let remark = validity(case, &said, number)
                    .or_else(|| fee(case, &said, number))
                    .or_else(|| price(case, &said, number))
                    .or_else(|| size(case, &said, number));
                found.extend(remark);
            }
        }
    }
    found
}

/// A sentence, with what it leaves to the title.
fn said<'a>(case: &'a Case<'_>, field: Field, sentence: Sentence<'a>) -> Said<'a> {
    let cities = |text: &[char]| case.places.within(text).into_iter().map(|it| it.city).collect::<BTreeSet<_>>();
    let own = cities(sentence.chars);
    let text = sentence.text();
    let (lang, terms) = (case.subject.lang, case.facts.terms);
    let named = terms.topics_in(&text, lang);
    let receipt = [text.as_str(), case.subject.title].iter().any(|it| has(it, &case.phrases.receipt));
    Said {
        cities: if own.is_empty() { cities(&case.title) } else { own },
        topics: if named.is_empty() { terms.topics_in(case.subject.title, lang) } else { named },
        sentence,
        text,
        field,
        receipt,
    }
}

fn has(text: &str, words: &[String]) -> bool {
    let lower = text.to_lowercase();
    words.iter().any(|word| lower.contains(word))
}

impl Said<'_> {
    fn behind(&self, at: usize, most: usize) -> String {
        self.sentence.chars.iter().skip(at).take(most).collect::<String>().to_lowercase()
    }

    fn before(&self, at: usize, most: usize) -> String {
        let from = at.saturating_sub(most);
        self.sentence.chars.iter().skip(from).take(at - from).collect::<String>().to_lowercase()
    }

    /// Its one city.
    fn city(&self) -> Option<RegionCode> {
        self.cities.first().copied().filter(|_| self.cities.len() == 1)
    }

    /// The documents that are meant; those that the city takes receipts for where none is named.
    fn documents(&self, case: &Case<'_>, city: RegionCode) -> Vec<String> {
        let named: Vec<String> = self.topics.iter().flat_map(|topic| topic.documents.iter().cloned()).collect();
        if named.is_empty() { case.facts.policies.documents_of(city) } else { named }
    }

    fn remark(
        &self,
        case: &Case<'_>,
        rule: &'static str,
        severity: Severity,
        (at, end): (usize, usize),
        right: String,
    ) -> Remark {
        case.remark(rule, severity, self.field, self.sentence.at + at..self.sentence.at + end, right)
    }
}

/// “有效期 90 天” in a city where it is another number of days.
fn validity(case: &Case<'_>, said: &Said<'_>, number: Number) -> Option<Remark> {
    let phrases = case.phrases;
    let behind = said.behind(number.end, 14);
    let unit = behind.trim_start();
    let date = phrases.date_before.iter().any(|word| said.before(number.at, 1).ends_with(word));
    let in_days = !date && phrases.day.iter().any(|word| unit.starts_with(word));
    let before = said.before(number.at, 14);
    let lead = phrases.valid.iter().find_map(|word| before.rsplit_once(word)).map(|(_, lead)| lead);
    // “有效期满前 10 天” counts something else.
    let stated = lead.is_some_and(|lead| !has(lead, &phrases.valid_otherwise));
    let follows = unit.split(['，', ',', '。']).next().is_some_and(|rest| has(rest, &phrases.valid_behind));
    if !said.receipt || !in_days || !(stated || follows) {
        return None;
    }
    let city = said.city()?;
    let days: BTreeSet<u64> = said
        .documents(case, city)
        .iter()
        .map(|document| u64::from(case.facts.policies.of(city, document).validity.value.days))
        .collect();
    if days.is_empty() || days.contains(&(number.hundredths / 100)) {
        return None;
    }
    Some(said.remark(case, "fact.validity", Severity::Error, (number.at, number.end), listed(&days)))
}

/// What a number of yuan stands before, or behind.
fn is_yuan(case: &Case<'_>, said: &Said<'_>, number: Number) -> bool {
    let behind = said.behind(number.end, 6);
    let unit = behind.trim_start();
    let named = case.phrases.yuan.iter().any(|word| unit.starts_with(word));
    named || said.before(number.at, 2).trim_end().ends_with('¥')
}

/// What an ID card costs.
fn fee(case: &Case<'_>, said: &Said<'_>, number: Number) -> Option<Remark> {
    let fees = case.facts.fees;
    let about = said.topics.iter().any(|topic| topic.id == "id-card") && has(&said.text, &case.phrases.card_fee);
    let elsewhere =
        said.cities.iter().any(|city| *city != fees.city) || has(&said.text, &case.phrases.card_fee_otherwise);
    if !about || elsewhere || !is_yuan(case, said, number) || fees.fen.is_empty() {
        return None;
    }
    let known: BTreeSet<u64> = fees.fen.iter().map(|fen| u64::from(*fen)).collect();
    if known.contains(&number.hundredths) {
        return None;
    }
    let yuan: BTreeSet<u64> = known.iter().map(|fen| fen / 100).collect();
    Some(said.remark(case, "fact.fee", Severity::Error, (number.at, number.end), listed(&yuan)))
}

/// What a receipt costs. A warning: a shop's price may be what is meant.
fn price(case: &Case<'_>, said: &Said<'_>, number: Number) -> Option<Remark> {
    let about = has(&said.text, &case.phrases.receipt) && has(&said.text, &case.phrases.price);
    if !about || !is_yuan(case, said, number) || has(&said.text, &case.phrases.price_otherwise) {
        return None;
    }
    let city = said.city()?;
    let documents = said.documents(case, city);
    let prices = documents.iter().map(|it| u64::from(case.facts.policies.of(city, it).price_fen.value));
    let known: BTreeSet<u64> = prices.collect();
    if known.is_empty() || known.contains(&number.hundredths) {
        return None;
    }
    let yuan: BTreeSet<u64> = known.iter().map(|fen| fen / 100).collect();
    Some(said.remark(case, "fact.price", Severity::Warning, (number.at, number.end), listed(&yuan)))
}

/// “358×441 像素” of a document whose photo is of another size.
fn size(case: &Case<'_>, said: &Said<'_>, number: Number) -> Option<Remark> {
    if !has(&said.text, &case.phrases.pixels) {
        return None;
    }
    let behind = said.behind(number.end, 3);
    let begins = behind.trim_start().starts_with(['×', 'x', '*', '✕']);
    let second = numbers(said.sentence.chars).into_iter().find(|it| it.at > number.end && it.at <= number.end + 3)?;
    let said_px = (number.hundredths / 100, second.hundredths / 100);
    let mut known = BTreeSet::new();
    for document in said.topics.iter().flat_map(|topic| &topic.documents) {
        if let Some(size) = case.facts.catalog.get(document).and_then(|spec| spec.size.as_ref()) {
            let ends = [Some([size.width_px, size.height_px]), size.min_px, size.max_px];
            known.extend(ends.into_iter().flatten().map(|[width, height]| (u64::from(width), u64::from(height))));
        }
    }
    if !begins || known.is_empty() || known.contains(&said_px) {
        return None;
    }
    let sizes: Vec<String> = known.iter().map(|(width, height)| format!("{width}×{height}")).collect();
    Some(said.remark(case, "fact.size", Severity::Error, (number.at, second.end), sizes.join(" / ")))
}

fn listed(values: &BTreeSet<u64>) -> String {
    values.iter().map(u64::to_string).collect::<Vec<_>>().join(" / ")
}

/// The numbers of a sentence, those of dates and identifiers among them.
fn numbers(chars: &[char]) -> Vec<Number> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let digits = |from: usize| chars.iter().skip(from).take_while(|letter| letter.is_ascii_digit()).count();
        let whole = digits(at);
        if whole == 0 {
            at += 1;
            continue;
        }
        let mut end = at + whole;
        let mut fen = String::from("00");
        if chars.get(end) == Some(&'.') && digits(end + 1) > 0 {
            let decimals = digits(end + 1);
            fen = chars.iter().skip(end + 1).take(decimals).chain(&['0', '0']).take(2).collect();
            end += 1 + decimals;
        }
        let text: String = chars.iter().skip(at).take(whole).collect();
        // What has more digits than this is an identifier.
        if let (true, Ok(whole), Ok(fen)) = (whole <= 9, text.parse::<u64>(), fen.parse::<u64>()) {
            found.push(Number { at, end, hundredths: whole * 100 + fen });
        }
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_their_places() {
        let chars: Vec<char> = "共 20.5 元，358×441，441302199003070024".chars().collect();
        let read: Vec<(usize, usize, u64)> = numbers(&chars).iter().map(|it| (it.at, it.end, it.hundredths)).collect();
        assert_eq!(read, [(2, 6, 2050), (9, 12, 35800), (13, 16, 44100)]);
    }

    #[test]
    fn the_fees_are_those_of_the_rules() {
        let fees = Fees::of(&Materials::built_in().unwrap(), jiff::civil::date(2026, 12, 1)).unwrap();
        assert!(fees.fen.contains(&2000) && !fees.fen.contains(&3000), "{fees:?}");
    }
}

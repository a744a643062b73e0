//! A city's receipt for a document: whether it is taken, how long it is good, what it costs.

use huizhi_domain::policy::Acceptance;
use serde::Serialize;

use crate::app::App;
use crate::page::{Look, View};
use crate::site::fact::USUAL;

/// What a city says.
#[derive(Clone, Default, Serialize)]
pub struct ReceiptBlock {
    document: String,
    document_name: String,
    city: String,
    city_name: String,
    /// Whether it takes a receipt at all.
    taken: bool,
    days: u16,
    /// Whether a last day without work moves on.
    moves: bool,
    /// The day that it is, and until when a receipt of today is good.
    today: String,
    until: String,
    price_fen: u32,
    minutes_max: u16,
    reuse_years: u8,
    /// Other documents that it is good for.
    uses: Vec<String>,
    source: String,
}

impl View for ReceiptBlock {
    const TEMPLATE: &'static str = "site/block/receipt.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let full = Self {
            document: text("cn-resident-id"),
            document_name: text("居民身份证"),
            city: text("441300"),
            city_name: text("惠州市"),
            taken: true,
            days: 60,
            moves: true,
            today: text("2026-11-25"),
            until: text("2027-01-24"),
            price_fen: 1500,
            minutes_max: 30,
            reuse_years: 2,
            uses: vec![text("居住证"), text("社保卡")],
            source: text("广东公安"),
        };
        let plain = Self { moves: false, price_fen: 0, reuse_years: 0, uses: Vec::new(), ..full.clone() };
        vec![full.clone(), plain, Self { taken: false, ..full }]
    }
}

/// The block of a city and a document that there are.
pub fn view(app: &App, look: &Look, city: &str, document: Option<&str>) -> Option<ReceiptBlock> {
    let spec = app.document(document.unwrap_or(USUAL))?;
    let policy = app.policy(city, &spec.id)?;
    let (today, validity) = (app.today(), policy.validity.value);
    let others = policy.uses.value.iter().filter(|id| **id != spec.id);
    Some(ReceiptBlock {
        document: spec.id.clone(),
        document_name: app.document_name(&spec.id, look.lang),
        city: city.to_owned(),
        city_name: app.city_name(city, look.lang),
        taken: policy.receipt.value == Acceptance::Accepted,
        days: validity.days,
        moves: validity.move_over_holidays,
        today: today.to_string(),
        until: validity.until(today, &app.calendar).to_string(),
        price_fen: policy.price_fen.value,
        minutes_max: policy.turnaround.value.max,
        reuse_years: policy.reuse.as_ref().map_or(0, |reuse| reuse.value.years),
        uses: others.map(|id| app.document_name(id, look.lang)).collect(),
        source: policy.validity.source.of(look.lang).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::ReceiptBlock>();
    }
}

//! The places that say something of receipts, and what (R63).

use huizhi_domain::city::RegionCode;
use huizhi_domain::policy::Acceptance;
use huizhi_domain::words::Lang;
use serde::Serialize;

use crate::app::App;
use crate::page::{Look, View};
use crate::site::fact::USUAL;

/// The places.
#[derive(Serialize)]
pub struct CitiesBlock {
    document: &'static str,
    document_name: String,
    places: Vec<Place>,
}

/// A city, or a province for those of its cities that say nothing themselves.
#[derive(Clone, Serialize)]
struct Place {
    name: String,
    taken: bool,
    days: u16,
}

impl View for CitiesBlock {
    const TEMPLATE: &'static str = "site/block/cities.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let place = |taken| Place { name: "广东省".to_owned(), taken, days: 60 };
        let document_name = "居民身份证".to_owned();
        vec![Self { document: USUAL, document_name, places: vec![place(true), place(false)] }]
    }
}

/// The block: the document that is asked for most, by place.
pub fn view(app: &App, look: &Look) -> CitiesBlock {
    let regions = app.policies.regions().filter(|region| *region != RegionCode::COUNTRY);
    let places = regions.filter_map(|region| {
        let policy = app.policies.of(region, USUAL);
        let name = name(app, look.lang, region)?;
        Some(Place { name, taken: policy.receipt.value == Acceptance::Accepted, days: policy.validity.value.days })
    });
    CitiesBlock { document: USUAL, document_name: app.document_name(USUAL, look.lang), places: places.collect() }
}

fn name(app: &App, lang: Lang, region: RegionCode) -> Option<String> {
    let city = app.cities.find(region).map(|it| (it.name, it.english));
    let (zh, en) = city.or_else(|| app.cities.province(region).map(|it| (it.name, it.english)))?;
    Some(match lang {
        Lang::Zh => zh.to_owned(),
        Lang::En => en.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::CitiesBlock>();
    }
}

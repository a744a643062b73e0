//! Step 1, second half: which city issues the document? A city, never a province (R32).

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::city::{Choice, City, CityKind, Issuing, Province};
use huizhi_domain::words::Lang;
use serde::{Deserialize, Serialize};

use super::{quoted, see_other};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};

/// Asking for the city.
#[derive(Serialize)]
pub struct CityView {
    document: String,
    document_name: String,
    q: String,
    /// `ask`, `empty`, `province`, `outside`, `ambiguous`, `county`, `unknown`.
    outcome: &'static str,
    /// The place that was named, where it is no city.
    place: String,
    choices: Vec<CityLine>,
    provinces: Vec<String>,
    remembered: Option<CityLine>,
}

/// A city to choose, or a province whose cities come next.
#[derive(Clone, Serialize)]
pub struct CityLine {
    /// What it is called.
    name: String,
    /// What tells it from others of the name; may be empty.
    of: String,
    /// Its code; empty for a province.
    code: String,
}

impl View for CityView {
    const TEMPLATE: &'static str = "citizen/city.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line =
            |code: &str| CityLine { name: "惠州市".to_owned(), of: "广东省".to_owned(), code: code.to_owned() };
        ["ask", "empty", "province", "outside", "ambiguous", "county", "unknown"]
            .into_iter()
            .map(|outcome| Self {
                document: "cn-resident-id".to_owned(),
                document_name: "居民身份证".to_owned(),
                q: "广东".to_owned(),
                outcome,
                place: "广东省".to_owned(),
                choices: if outcome == "ask" { Vec::new() } else { vec![line("441300"), line("")] },
                provinces: vec!["广东".to_owned()],
                remembered: (outcome == "ask").then(|| line("441300")),
            })
            .collect()
    }
}

/// What was searched.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Search {
    q: Option<String>,
}

/// `/photo/{document}/city`
pub async fn city(
    State(app): State<App>,
    look: Look,
    Path(document): Path<String>,
    Query(search): Query<Search>,
    headers: axum::http::HeaderMap,
) -> Result<Response, PageError> {
    let spec = app.document(&document).ok_or(PageError::Absent)?;
    let q = search.q.as_deref().unwrap_or_default().trim().to_owned();
    let mut view = CityView {
        document_name: app.document_name(&spec.id, look.lang),
        document: spec.id.clone(),
        outcome: if search.q.is_some() { "empty" } else { "ask" },
        place: String::new(),
        choices: Vec::new(),
        provinces: provinces(&app, look.lang),
        remembered: None,
        q,
    };
    if view.q.is_empty() {
        let code = crate::visitor::cookie(&headers, "city").and_then(|code| code.parse().ok());
        view.remembered = code.and_then(|code| app.cities.find(code)).map(|city| line(&app, city, look.lang));
        return Ok(app.show(&look, &view)?.into_response());
    }
    let q = view.q.clone();
    match app.cities.search(&q) {
        Issuing::City(city) => {
            return Ok(see_other(&format!("/photo/{}/guide?city={}", quoted(&view.document), city.code)));
        }
        Issuing::Province { province: of, cities } => {
            view.outcome = "province";
            view.place = province(of, look.lang);
            view.choices =
                cities.into_iter().map(|city| CityLine { of: String::new(), ..line(&app, city, look.lang) }).collect();
        }
        Issuing::Outside(of) => {
            view.outcome = "outside";
            view.place = province(of, look.lang);
        }
        Issuing::Ambiguous { choices } => {
            view.outcome = "ambiguous";
            view.choices = choices.into_iter().map(|choice| of_choice(&app, choice, look.lang)).collect();
        }
        Issuing::County { county, city } => {
            view.outcome = "county";
            county.name.clone_into(&mut view.place);
            view.choices = vec![line(&app, city, look.lang)];
        }
        Issuing::Unknown { nearest } => {
            view.outcome = "unknown";
            view.choices = nearest.into_iter().map(|city| line(&app, city, look.lang)).collect();
        }
    }
    Ok(app.show(&look, &view)?.into_response())
}

/// The four municipalities, which are cities at once, then the provinces.
fn provinces(app: &App, lang: Lang) -> Vec<String> {
    let municipalities = app.cities.cities().iter().filter(|city| city.kind == CityKind::Municipality);
    let municipalities = municipalities.map(|city| match lang {
        Lang::Zh => city.short.to_owned(),
        Lang::En => city.english.to_owned(),
    });
    let provinces = app.cities.provinces().iter().filter(|it| it.served).map(|it| province(it, lang));
    municipalities.chain(provinces).collect()
}

fn province(of: &Province, lang: Lang) -> String {
    match lang {
        Lang::Zh => of.short.to_owned(),
        Lang::En => of.english.to_owned(),
    }
}

fn line(app: &App, city: &City, lang: Lang) -> CityLine {
    let of = app.cities.province(city.province).map_or_else(String::new, |of| province(of, lang));
    CityLine { name: city_name(city, lang), of, code: city.code.to_string() }
}

fn city_name(city: &City, lang: Lang) -> String {
    match lang {
        Lang::Zh => city.name.to_owned(),
        Lang::En => city.english.to_owned(),
    }
}

fn of_choice(app: &App, choice: Choice<'_>, lang: Lang) -> CityLine {
    match choice {
        Choice::City(city) => line(app, city, lang),
        Choice::Province(of) => CityLine { name: province_full(of, lang), of: String::new(), code: String::new() },
        Choice::County { county, city } => {
            CityLine { name: format!("{}（{}）", city_name(city, lang), county.name), ..line(app, city, lang) }
        }
    }
}

fn province_full(of: &Province, lang: Lang) -> String {
    match lang {
        Lang::Zh => of.name.to_owned(),
        Lang::En => of.english.to_owned(),
    }
}

/// The counter takes the photo itself: there is no receipt for this document in this city (I02).
#[derive(Serialize)]
pub struct CounterView {
    /// The document's id.
    pub document: String,
    /// Its name.
    pub document_name: String,
    /// The city's name.
    pub city_name: String,
    /// Whether the document is one of those that never use a receipt.
    pub never: bool,
}

impl View for CounterView {
    const TEMPLATE: &'static str = "citizen/counter.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        [true, false]
            .map(|never| Self {
                document: "cn-resident-id".to_owned(),
                document_name: "居民身份证".to_owned(),
                city_name: "成都市".to_owned(),
                never,
            })
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::renders;

    #[test]
    fn pages_render() {
        renders::<CityView>();
        renders::<CounterView>();
    }
}

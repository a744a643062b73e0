//! Step 1, second half: which city issues the document? A city, never a province (R32).

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::city::{Choice, City, CityKind, Issuing, Province, RegionCode};
use huizhi_domain::order::OrderState;
use huizhi_domain::policy::Acceptance;
use huizhi_domain::words::Lang;
use serde::{Deserialize, Serialize};

use super::{quoted, see_other};
use crate::app::App;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::{Look, View};
use crate::visitor::HeldOrder;

/// Asking for the city.
#[derive(Serialize)]
pub struct CityView {
    document: String,
    document_name: String,
    /// The draft whose city is changed; empty where none is begun yet.
    order: String,
    /// Its photo that was chosen; may be empty.
    photo: String,
    q: String,
    /// `ask`, `empty`, `confirm`, `province`, `outside`, `ambiguous`, `county`, `unknown`.
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
        ["ask", "empty", "confirm", "province", "outside", "ambiguous", "county", "unknown"]
            .into_iter()
            .flat_map(|outcome| [(outcome, ""), (outcome, "01ARZ3NDEKTSV4RRFFQ69G5FAV")])
            .map(|(outcome, order)| Self {
                document: "cn-resident-id".to_owned(),
                document_name: "居民身份证".to_owned(),
                order: order.to_owned(),
                photo: order.to_owned(),
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
    photo: String,
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
    let mut view = ask(&app, &look, &spec.id, search.q);
    if view.q.is_empty() {
        let code = crate::visitor::cookie(&headers, "city").and_then(|code| code.parse().ok());
        view.remembered = code.and_then(|code| app.cities.find(code)).map(|city| line(&app, city, look.lang));
    } else if let Some(city) = meant(&app, &look, &mut view) {
        return Ok(see_other(&format!("/photo/{}/guide?city={city}", quoted(&view.document))));
    }
    Ok(app.show(&look, &view)?.into_response())
}

/// `/order/{id}/city?photo=`: another city for a draft, its photo kept.
pub async fn of_order(
    State(app): State<App>,
    look: Look,
    HeldOrder(order): HeldOrder,
    Query(search): Query<Search>,
) -> Result<Response, PageError> {
    if order.state != OrderState::Draft {
        return Ok(see_other(&format!("/order/{}", order.id)));
    }
    let mut view = ask(&app, &look, &order.document, search.q);
    view.order = order.id.to_string();
    view.photo = search.photo;
    if !view.q.is_empty()
        && let Some(city) = meant(&app, &look, &mut view)
    {
        // A change takes a button.
        view.outcome = "confirm";
        view.choices = app.cities.find(city).map(|city| line(&app, city, look.lang)).into_iter().collect();
    }
    Ok(app.show(&look, &view)?.into_response())
}

/// A city that was chosen for a draft.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    city: String,
    photo: String,
}

/// POST `/order/{id}/city`
pub async fn change(
    State(app): State<App>,
    look: Look,
    HeldOrder(order): HeldOrder,
    Posted(chosen): Posted<Chosen>,
) -> Result<Response, PageError> {
    let policy = app.policy(&chosen.city, &order.document).ok_or(PageError::Form)?;
    if policy.receipt.value == Acceptance::None {
        let counter = CounterView {
            document_name: app.document_name(&order.document, look.lang),
            city_name: app.city_name(&chosen.city, look.lang),
            document: order.document,
            never: false,
        };
        return Ok(app.show(&look, &counter)?.into_response());
    }
    app.store.change_draft(order.id, None, Some(chosen.city)).await?;
    Ok(see_other(&format!("/order/{}/check?photo={}", order.id, quoted(&chosen.photo))))
}

fn ask(app: &App, look: &Look, document: &str, q: Option<String>) -> CityView {
    CityView {
        document: document.to_owned(),
        document_name: app.document_name(document, look.lang),
        order: String::new(),
        photo: String::new(),
        outcome: if q.is_some() { "empty" } else { "ask" },
        place: String::new(),
        choices: Vec::new(),
        provinces: provinces(app, look.lang),
        remembered: None,
        q: q.unwrap_or_default().trim().to_owned(),
    }
}

/// The city that was meant; where none surely was, the view asks back.
fn meant(app: &App, look: &Look, view: &mut CityView) -> Option<RegionCode> {
    let q = view.q.clone();
    match app.cities.search(&q) {
        Issuing::City(city) => return Some(city.code),
        Issuing::Province { province: of, cities } => {
            view.outcome = "province";
            view.place = province(of, look.lang);
            view.choices =
                cities.into_iter().map(|city| CityLine { of: String::new(), ..line(app, city, look.lang) }).collect();
        }
        Issuing::Outside(of) => {
            view.outcome = "outside";
            view.place = province(of, look.lang);
        }
        Issuing::Ambiguous { choices } => {
            view.outcome = "ambiguous";
            view.choices = choices.into_iter().map(|choice| of_choice(app, choice, look.lang)).collect();
        }
        Issuing::County { county, city } => {
            view.outcome = "county";
            county.name.clone_into(&mut view.place);
            view.choices = vec![line(app, city, look.lang)];
        }
        Issuing::Unknown { nearest } => {
            view.outcome = "unknown";
            view.choices = nearest.into_iter().map(|city| line(app, city, look.lang)).collect();
        }
    }
    None
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

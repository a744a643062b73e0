//! Where people live: declared, confirmed by the landlord, and shown by a code.

pub mod code;
pub mod declare;
pub mod landlord;
pub mod list;
pub mod one;
pub mod scanned;

use axum::Router;
use axum::routing::{get, post};
use huizhi_domain::city::{County, RegionCode};
use huizhi_domain::residence::{Address, Declaration, Standing};
use huizhi_domain::words::Lang;
use serde::Serialize;

use crate::app::App;
use crate::error::PageError;

/// The addresses of these pages. The two short ones are for who has a link or a code in hand, without an account.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/residence", get(list::list))
        .route("/residence/declare", get(declare::ask).post(declare::declare))
        .route("/residence/{declaration}", get(one::one))
        .route("/residence/{declaration}/link", post(one::draw_link))
        .route("/residence/{declaration}/link/withdraw", post(one::withdraw_link))
        .route("/residence/{declaration}/cancel", get(one::ask_cancel).post(one::cancel))
        .route("/residence/{declaration}/code", get(code::code).post(code::agree))
        .route("/r/{token}", get(landlord::ask).post(landlord::answer))
        .route("/rc/{token}", get(scanned::scanned))
}

/// A city with the districts to choose from.
#[derive(Clone, Debug, Serialize)]
pub struct CityChoice {
    /// The city's code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its districts.
    pub districts: Vec<District>,
}

/// A district to choose.
#[derive(Clone, Debug, Serialize)]
pub struct District {
    /// Its code.
    pub code: String,
    /// Its name in Chinese, as an address has it.
    pub zh: String,
    /// Its name in the reader's language, where we have one.
    pub name: String,
}

/// The cities that have an office, as one has to look after a declaration, with the districts that a visit is booked by; of a city
/// without any in that table, with its counties.
///
/// # Errors
/// As the store.
pub async fn cities(app: &App, lang: Lang) -> Result<Vec<CityChoice>, PageError> {
    let mut codes: Vec<String> = app.store.offices().await?.into_iter().map(|office| office.city).collect();
    codes.sort();
    codes.dedup();
    let choice = |code: String| {
        let known = app.districts.all().filter(|it| it.city == code);
        let mut districts: Vec<District> = known
            .map(|it| District { code: it.code.clone(), zh: it.zh.clone(), name: it.name(lang).to_owned() })
            .collect();
        if districts.is_empty() {
            let counties = code.parse().map(|region: RegionCode| app.cities.counties_of(region)).unwrap_or_default();
            let county =
                |it: &County| District { code: it.code.to_string(), zh: it.name.to_owned(), name: it.name.to_owned() };
            districts = counties.into_iter().map(county).collect();
        }
        if districts.is_empty() {
            let (zh, name) = (app.city_name(&code, Lang::Zh), app.city_name(&code, lang));
            districts.push(District { code: code.clone(), zh, name });
        }
        CityChoice { name: app.city_name(&code, lang), code, districts }
    };
    Ok(codes.into_iter().map(choice).collect())
}

/// An address on one line, as it is written in Chinese.
#[must_use]
pub fn address_line(app: &App, address: &Address) -> String {
    let city = app.city_name(&address.city, Lang::Zh);
    let district = if address.district == city { "" } else { address.district.as_str() };
    format!("{city}{district}{}{}", address.street, address.house)
}

/// The word for where a declaration stands today: its state's, or `lapsed`.
#[must_use]
pub fn state_word(app: &App, of: &Declaration) -> &'static str {
    if of.standing(app.today()) == Standing::Lapsed { "lapsed" } else { of.state.word() }
}

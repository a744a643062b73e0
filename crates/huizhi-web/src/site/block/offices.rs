//! The offices of a city, as they are today.

use huizhi_domain::city::RegionCode;
use huizhi_domain::staff::Office;
use serde::Serialize;

use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};

/// The offices.
#[derive(Serialize)]
pub struct OfficesBlock {
    city_name: String,
    offices: Vec<Line>,
}

/// An office.
#[derive(Serialize)]
struct Line {
    name: String,
    address: String,
    /// May be empty.
    phone: String,
}

impl View for OfficesBlock {
    const TEMPLATE: &'static str = "site/block/offices.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = |phone: &str| Line {
            name: "江北窗口".to_owned(),
            address: "惠州市江北".to_owned(),
            phone: phone.to_owned(),
        };
        let offices = [vec![line("0752-0000000"), line("")], Vec::new()];
        offices.map(|offices| Self { city_name: "惠州市".to_owned(), offices }).into()
    }
}

/// The block of a city that there is.
///
/// # Errors
/// As the store.
pub async fn view(app: &App, look: &Look, city: &str) -> Result<Option<OfficesBlock>, PageError> {
    let known = city.parse().is_ok_and(|code: RegionCode| app.cities.find(code).is_some());
    if !known {
        return Ok(None);
    }
    let offices = app.store.offices().await?.into_iter().filter(|office| office.city == city);
    let line = |office: Office| Line { name: office.name, address: office.address, phone: office.phone };
    Ok(Some(OfficesBlock { city_name: app.city_name(city, look.lang), offices: offices.map(line).collect() }))
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::OfficesBlock>();
    }
}

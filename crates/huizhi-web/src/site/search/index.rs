//! What is found beside articles: documents, cities and offices, from the data of the service.

use huizhi_domain::city::City;
use huizhi_domain::search::{Entry, Kind};
use huizhi_domain::staff::Office;
use huizhi_domain::words::Lang;
use huizhi_photo::spec::Spec;
use huizhi_store::StoreError;

use crate::app::{App, in_lang};
use crate::words::words;

/// Brings the index in line with the data. Where nothing changed nothing is written.
///
/// # Errors
/// As the store.
pub async fn index(app: &App) -> Result<(), StoreError> {
    let in_both = |entry: &dyn Fn(Lang) -> Entry| Lang::ALL.map(entry);
    let documents = app.catalog.iter().flat_map(|spec| in_both(&|lang| of_document(spec, lang))).collect();
    app.store.index_entries(Kind::Document, documents).await?;
    let cities = app.cities.cities().iter().flat_map(|city| in_both(&|lang| of_city(app, city, lang))).collect();
    app.store.index_entries(Kind::City, cities).await?;
    let offices = app.store.offices().await?;
    let offices = offices.iter().flat_map(|office| in_both(&|lang| of_office(office, lang))).collect();
    app.store.index_entries(Kind::Office, offices).await?;
    Ok(())
}

fn of_document(spec: &Spec, lang: Lang) -> Entry {
    let short = words().pattern(lang, &format!("document-short-{}", spec.id)).unwrap_or_default();
    let size = spec.size.as_ref().map_or_else(String::new, |size| format!("{}×{} px", size.width_px, size.height_px));
    Entry {
        kind: Kind::Document,
        key: spec.id.clone(),
        lang,
        title: in_lang(&spec.name, lang).to_owned(),
        text: listed(&[short, &size]),
        address: format!("/photo/{}/city", spec.id),
        reading: None,
        version: 0,
    }
}

fn of_city(app: &App, city: &City, lang: Lang) -> Entry {
    let province = app.cities.province(city.province);
    let (title, text, reading) = match lang {
        Lang::Zh => {
            let counties: Vec<&str> = app.cities.counties_of(city.code).iter().map(|county| county.name).collect();
            let text = listed(&[province.map_or("", |province| province.name), &counties.join(" ")]);
            (city.name, text, Some(city.pinyin.to_owned()))
        }
        Lang::En => (city.english, listed(&[city.name, province.map_or("", |province| province.english)]), None),
    };
    Entry {
        kind: Kind::City,
        key: city.code.to_string(),
        lang,
        title: title.to_owned(),
        text,
        address: format!("/photo/cn-resident-id/guide?city={}", city.code),
        reading,
        version: 0,
    }
}

fn of_office(office: &Office, lang: Lang) -> Entry {
    Entry {
        kind: Kind::Office,
        key: office.id.to_string(),
        lang,
        title: office.name.clone(),
        text: listed(&[&office.district, &office.address, &office.phone]),
        address: "/visit".to_owned(),
        reading: None,
        version: 0,
    }
}

/// Parts of a text, without those that are empty.
fn listed(parts: &[&str]) -> String {
    parts.iter().copied().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

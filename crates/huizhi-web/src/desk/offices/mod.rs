//! Offices: what is known of them, when they give places, when they are closed, and by which rules they are booked.

mod closures;
mod details;
mod directory;
mod openings;
mod policy;
mod preview;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use huizhi_domain::id::OfficeId;
use huizhi_domain::staff::{Office, Staff};
use huizhi_domain::words::Lang;
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::say;
use crate::app::App;
use crate::error::PageError;
use crate::form::FormErrors;
use crate::page::{Look, View};
use crate::words::words;

type Answer = Result<Response, PageError>;

/// Characters of a name or an address at most.
const MOST_CHARACTERS: usize = 80;

/// What was done, as the page after it says.
const TOLD: [&str; 6] = ["added", "changed", "applied", "applied-hit", "reopened", "policy"];

/// All addresses of offices.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(directory::routes())
        .merge(details::routes())
        .merge(openings::routes())
        .merge(closures::routes())
        .merge(policy::routes())
}

/// What a page was come back to with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    told: String,
    service: String,
}

fn told(lang: Lang, word: &str) -> Option<String> {
    TOLD.contains(&word).then(|| say(lang, &format!("offices-told-{word}"), &[]))
}

fn back(path: &str, told: &str) -> Response {
    let joint = if path.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{path}{joint}told={told}")).into_response()
}

/// The head that every page of an office has.
#[derive(Clone, Debug, Serialize)]
struct Head {
    id: String,
    name: String,
    /// Which of its pages this is.
    tab: &'static str,
}

/// Pages of an office, in the order of their links.
#[cfg(test)]
const TABS: [&str; 4] = ["details", "openings", "closures", "policy"];

impl Head {
    fn of(office: &Office, tab: &'static str) -> Self {
        Self { id: office.id.to_string(), name: office.name.clone(), tab }
    }

    #[cfg(test)]
    fn sample(tab: &'static str) -> Self {
        assert!(TABS.contains(&tab));
        Self { id: "01".to_owned(), name: "Jiangbei".to_owned(), tab }
    }
}

/// What is known of an office, as a form has it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Details {
    city: String,
    name: String,
    district: String,
    address: String,
    phone: String,
}

impl Details {
    /// What is to be mended; the city only where there is none yet.
    fn errors(&self, app: &App, lang: Lang, is_new: bool) -> FormErrors {
        let mut errors = FormErrors::default();
        let city = self.city.trim().parse().ok().and_then(|code| app.cities.find(code));
        if is_new && city.is_none() {
            errors.add_value("city", "offices-fault-city", self.city.as_str());
        }
        for (field, text, needed) in [
            ("name", &self.name, true),
            ("district", &self.district, false),
            ("address", &self.address, true),
            ("phone", &self.phone, false),
        ] {
            if needed && text.trim().is_empty() {
                errors.add(field, format!("offices-fault-{field}"));
            } else if text.chars().count() > MOST_CHARACTERS {
                errors.add_value(field, "offices-fault-long", MOST_CHARACTERS.to_string());
            }
        }
        let of_phone = |letter: char| letter.is_ascii_digit() || " +-(),/#*".contains(letter);
        if !self.phone.chars().all(of_phone) {
            errors.add_value("phone", "offices-fault-phone", self.phone.as_str());
        }
        errors.named(|field| say(lang, &format!("offices-{field}"), &[]))
    }
}

async fn office(app: &App, id: OfficeId) -> Result<Office, PageError> {
    app.store.office(id).await?.ok_or(PageError::Absent)
}

/// What a service is called; its id where it has no name here.
pub(super) fn service_name(lang: Lang, service: &str) -> String {
    let key = format!("offices-service-{service}");
    if words().pattern(lang, &key).is_some() { say(lang, &key, &[]) } else { service.to_owned() }
}

/// A page with what is to be mended on it, or not.
fn show<V: View>(app: &App, look: &Look, staff: &Staff, errors: &FormErrors, view: V) -> Answer {
    let mut page = frame::show(app, look, Place::of(staff, "offices"), view)?;
    if !errors.is_empty() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_every_page_and_every_service_has_its_words() {
        for lang in Lang::ALL {
            for word in TOLD {
                assert!(!told(lang, word).unwrap().starts_with("offices-"), "{word}");
            }
            for tab in TABS {
                assert_ne!(say(lang, &format!("offices-tab-{tab}"), &[]), format!("offices-tab-{tab}"));
            }
            for service in huizhi_domain::visit::Businesses::built_in().unwrap().services() {
                assert_ne!(service_name(lang, service), service);
            }
        }
    }
}

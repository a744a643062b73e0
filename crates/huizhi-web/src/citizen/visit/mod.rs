//! The citizen's appointment (预约): sign in, notice, who, what for, office, time, check, and what comes after. One thing a page; what
//! was chosen so far stands in the address, so that going back loses nothing.

mod booked;
mod bring;
mod business;
mod calendar;
mod check;
mod ending;
mod home;
mod level;
pub mod line;
mod moving;
mod notice;
mod office;
mod photo;
mod refusal;
mod time;
mod times;
mod who;

#[cfg(test)]
pub mod tests;

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use huizhi_domain::account::{Account, Act};
use huizhi_domain::id::{AppointmentId, OfficeId};
use huizhi_domain::person::Person;
use huizhi_domain::staff::Office;
use huizhi_domain::visit::{Appointment, Business, Needed, Visitor};
use serde::{Deserialize, Serialize};

use super::people::choice;
use super::{quoted, see_other};
use crate::account::{SignedIn, own, token};
use crate::app::App;
use crate::error::PageError;

/// The addresses of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/visit", get(home::home))
        .route("/visit/level", get(level::level).post(level::raise))
        .route("/visit/notice", get(notice::notice).post(notice::accept))
        .route("/visit/who", get(who::who))
        .route("/visit/business", get(business::business))
        .route("/visit/office", get(office::office))
        .route("/visit/time", get(time::time).post(time::hold))
        .route("/visit/check", get(check::check).post(check::confirm))
        .route("/visit/drop", post(check::drop_hold))
        .route("/visit/{id}", get(booked::booked))
        .route("/visit/{id}/cancel", get(ending::ask).post(ending::cancel))
        .route("/visit/{id}/move", get(moving::times_of).post(moving::go))
        .route("/visit/{id}/calendar.ics", get(calendar::file))
}

/// What was chosen so far, as addresses and forms carry it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The id of for whom it is.
    person: String,
    /// The id of what they come for.
    business: String,
    /// The id of where.
    office: String,
    /// The district by which offices are listed.
    district: String,
    /// The day whose times are shown.
    day: String,
}

impl Asked {
    /// A page's address with what was chosen.
    fn address(&self, page: &str) -> String {
        let all = [
            ("person", &self.person),
            ("business", &self.business),
            ("office", &self.office),
            ("district", &self.district),
            ("day", &self.day),
        ];
        let given: Vec<String> = all
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", quoted(value)))
            .collect();
        if given.is_empty() { page.to_owned() } else { format!("{page}?{}", given.join("&")) }
    }
}

/// Who is signed in, is sure enough who they are, and accepted the notice as it is now. Others are sent there and come back.
pub struct Booker(pub Account);

impl FromRequestParts<App> for Booker {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let SignedIn { account, .. } = SignedIn::from_request_parts(parts, app).await?;
        if !account.may(Act::Book) {
            return Err(see_other(&format!("/visit/level?to={}", quoted(&back(parts)))));
        }
        match accepted(app, &account).await {
            Ok(true) => Ok(Self(account)),
            Ok(false) => Err(see_other(&format!("/visit/notice?to={}", quoted(&back(parts))))),
            Err(error) => Err(error.into_response()),
        }
    }
}

/// Where to come back to: the page, with what was chosen where an address may carry it; what was being posted is not repeated.
fn back(parts: &Parts) -> String {
    if parts.method != Method::GET {
        return "/visit/who".to_owned();
    }
    let whole = parts.uri.path_and_query().map_or("/visit/who", axum::http::uri::PathAndQuery::as_str);
    if own(whole) == whole { whole.to_owned() } else { parts.uri.path().to_owned() }
}

/// A page of ours to go on to after a detour; anything else is the first question.
fn onward(to: &str) -> &str {
    let to = own(to);
    if to.starts_with("/visit") { to } else { "/visit/who" }
}

/// Whether the notice as it is now was accepted.
async fn accepted(app: &App, account: &Account) -> Result<bool, PageError> {
    let version = app.notice.version();
    Ok(app.store.accepted_notices(account.id).await?.iter().any(|(accepted, _)| *accepted == version))
}

/// Whether the window takes a document's photo by appointment (R69).
pub fn books(app: &App, document: &str) -> bool {
    let booked = |business: &Business| business.booking == Needed::Required;
    app.businesses.all().any(|business| business.document.as_deref() == Some(document) && booked(business))
}

/// For whom and what for.
pub struct Plan {
    person: Person,
    business: Business,
}

impl Plan {
    fn visitor(&self) -> Visitor {
        let details = &self.person.details;
        Visitor { name: details.name.clone(), number: details.number.clone(), birth: details.birth }
    }
}

/// What was chosen, or the address of the page where it is missing.
async fn plan(app: &App, account: &Account, asked: &Asked) -> Result<Result<Plan, String>, PageError> {
    let Some(person) = choice::chosen(app, Some(account), &asked.person).await? else {
        return Ok(Err(asked.address("/visit/who")));
    };
    let business = app.businesses.get(&asked.business).filter(|business| business.booking == Needed::Required);
    let Some(business) = business.cloned() else { return Ok(Err(asked.address("/visit/business"))) };
    Ok(Ok(Plan { person, business }))
}

/// An office by its id's text.
async fn office_of(app: &App, id: &str) -> Result<Option<Office>, PageError> {
    let Ok(id) = id.parse::<OfficeId>() else { return Ok(None) };
    Ok(app.store.offices().await?.into_iter().find(|office| office.id == id))
}

/// The appointment that an address names, if it is the account's.
async fn mine(app: &App, account: &Account, id: &str) -> Result<Appointment, PageError> {
    let id: AppointmentId = id.parse().map_err(|_| PageError::Absent)?;
    let found = app.store.appointment(id).await?;
    found.filter(|appointment| appointment.account == Some(account.id)).ok_or(PageError::Absent)
}

/// The appointment that the address names, of the account that is signed in; 404 for others', whether it exists or not.
pub struct Mine {
    account: Account,
    appointment: Appointment,
}

impl FromRequestParts<App> for Mine {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let SignedIn { account, .. } = SignedIn::from_request_parts(parts, app).await?;
        let path = Path::<String>::from_request_parts(parts, app).await;
        let Path(id) = path.map_err(|_| PageError::Absent.into_response())?;
        let appointment = mine(app, &account, &id).await.map_err(PageError::into_response)?;
        Ok(Self { account, appointment })
    }
}

/// The key of the session in whose name a place is taken: it must live still when it is.
fn session_key(app: &App, headers: &HeaderMap) -> Option<Vec<u8>> {
    token(headers).map(|token| app.store.session_key(&token))
}

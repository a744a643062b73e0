//! Offices and their free places, for everybody: what is free is no secret, and a key would only keep the next map or mini-program out.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{Extensions, HeaderMap};
use axum::response::Response;
use axum::{Router, routing};
use huizhi_domain::id::OfficeId;
use huizhi_domain::visit::{Free, Slot};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::asker::looks;
use super::caller::absent;
use super::problem::Problem;
use super::seconds;
use crate::app::App;

/// The addresses of offices.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/offices", routing::get(offices))
        .route("/api/v1/offices/{id}/slots", routing::get(slots))
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Which {
    city: Option<String>,
    service: Option<String>,
}

#[derive(Serialize)]
struct Offices {
    offices: Vec<OfficeBody>,
}

#[derive(Serialize)]
struct OfficeBody {
    id: String,
    city: String,
    district: String,
    name: String,
    address: String,
    phone: String,
    /// What it has hours for.
    services: Vec<String>,
    /// The first place that can be booked, of the service that was asked for.
    next: Option<SlotBody>,
}

#[derive(Serialize)]
struct SlotBody {
    /// By the clock on the office's wall: what is sent to book it.
    slot: String,
    starts_at: i64,
    length_min: i32,
    places: i32,
    left: i32,
}

impl SlotBody {
    fn of(free: &Free) -> Self {
        Self {
            slot: free.slot.to_string(),
            starts_at: seconds(free.starts_at),
            length_min: free.length_min,
            places: free.capacity,
            left: free.left(),
        }
    }
}

async fn offices(
    State(app): State<App>,
    headers: HeaderMap,
    extensions: Extensions,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Response, Problem> {
    looks(&app, &headers, &extensions)?;
    let Query(which) = which.map_err(|error| Problem::field("query", "unknown", error.body_text()))?;
    let service = which.service.as_deref().map(|service| known_service(&app, service)).transpose()?;
    let city = which.city.as_deref();
    if city.is_some_and(|code| code.parse().ok().and_then(|code| app.cities.find(code)).is_none()) {
        return Err(Problem::field("city", "unknown", "city is a code of six digits; /api/v1/cities?q= finds it"));
    }
    let (asked, now) =
        (format!("offices {} {}", city.unwrap_or_default(), service.unwrap_or_default()), app.store.now());
    if let Some(answer) = app.shared.machines.places.get(&asked, now) {
        return Ok(answer);
    }
    let mut offices = Vec::new();
    for office in app.store.offices().await?.into_iter().filter(|office| city.is_none_or(|city| city == office.city)) {
        let next = match service {
            Some(service) => next(&app, office.id, service).await?,
            None => None,
        };
        offices.push(OfficeBody {
            services: app.store.office_services(office.id).await?,
            id: office.id.to_string(),
            city: office.city,
            district: office.district,
            name: office.name,
            address: office.address,
            phone: office.phone,
            next,
        });
    }
    app.shared.machines.places.keep(asked, now, &Offices { offices })
}

async fn next(app: &App, office: OfficeId, service: &str) -> Result<Option<SlotBody>, Problem> {
    let (first, last) = bookable(app, office).await?;
    let free = app.store.free(office, service, first, last).await?;
    Ok(free.iter().find(|free| free.left() > 0).map(SlotBody::of))
}

/// The first and the last day that can be booked at an office now; none where the first is after the last.
async fn bookable(app: &App, office: OfficeId) -> Result<(Date, Date), Problem> {
    let (now, zone) = (app.store.now(), app.store.zone());
    let wall = Slot { day: now.day(zone), minute: now.minute(zone) };
    Ok(app.store.booking_policy(office).await?.bookable_at(wall, &app.calendar))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Span {
    service: String,
    from: Option<String>,
    to: Option<String>,
}

#[derive(Serialize)]
struct Places {
    office: String,
    service: String,
    /// The first and the last day that can be booked now.
    bookable_from: String,
    bookable_to: String,
    slots: Vec<SlotBody>,
}

async fn slots(
    State(app): State<App>,
    headers: HeaderMap,
    extensions: Extensions,
    id: Result<Path<String>, PathRejection>,
    span: Result<Query<Span>, QueryRejection>,
) -> Result<Response, Problem> {
    looks(&app, &headers, &extensions)?;
    let id: OfficeId = id.ok().and_then(|Path(id)| id.parse().ok()).ok_or_else(absent)?;
    let Query(span) = span.map_err(|error| Problem::field("query", "unknown", error.body_text()))?;
    let service = known_service(&app, &span.service)?;
    let (from, to) = (day("from", span.from.as_deref())?, day("to", span.to.as_deref())?);
    if app.store.office(id).await?.is_none() {
        return Err(absent());
    }
    let (first, last) = bookable(&app, id).await?;
    // What can't be booked is not shown: nobody can do anything about it.
    let (from, to) = (from.map_or(first, |from| from.max(first)), to.map_or(last, |to| to.min(last)));
    let (asked, now) = (format!("slots {id} {service} {from} {to}"), app.store.now());
    if let Some(answer) = app.shared.machines.places.get(&asked, now) {
        return Ok(answer);
    }
    let free = if from <= to { app.store.free(id, service, from, to).await? } else { Vec::new() };
    let body = Places {
        office: id.to_string(),
        service: service.to_owned(),
        bookable_from: first.to_string(),
        bookable_to: last.to_string(),
        slots: free.iter().map(SlotBody::of).collect(),
    };
    app.shared.machines.places.keep(asked, now, &body)
}

fn known_service<'a>(app: &App, service: &'a str) -> Result<&'a str, Problem> {
    let services = app.businesses.services();
    if services.contains(&service) {
        return Ok(service);
    }
    Err(Problem::field("service", "unknown", format!("no such service; there are {}", services.join(", "))))
}

fn day(field: &str, text: Option<&str>) -> Result<Option<Date>, Problem> {
    let wrong = || Problem::field(field, "not-a-day", format!("{field} is a day: 2026-12-01"));
    text.map(|text| text.parse().map_err(|_| wrong())).transpose()
}

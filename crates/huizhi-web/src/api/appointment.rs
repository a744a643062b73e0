//! Appointments by program: booked by a citizen's session or a photo shop's key; seen, moved and cancelled by their owner's session, or by
//! number and code.

use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use huizhi_domain::applicant::{FieldError, IdNumber, PersonName};
use huizhi_domain::id::{OfficeId, PersonId};
use huizhi_domain::visit::{
    Appointment, AppointmentNumber, Business, By, Needed, Refused, Rights, Slot, State as Stands, Visitor,
};
use huizhi_domain::words::Lang;
use huizhi_store::{Ask, Given};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::asker::{Asker, looks, no_session, signed_in, token};
use super::caller::absent;
use super::once::Sent;
use super::problem::{Body, FieldProblem, Problem};
use super::refusal::{problem, waiting};
use super::seconds;
use crate::app::App;
use crate::visit::gate::let_in;

/// The header that carries the six digits of an appointment.
const CODE: &str = "appointment-code";

/// The addresses of appointments.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/appointments", routing::post(book))
        .route("/api/v1/appointments/{number}", routing::get(one).delete(cancel))
        .route("/api/v1/appointments/{number}/move", routing::post(shift))
}

#[derive(Serialize)]
struct AppointmentBody {
    number: String,
    state: &'static str,
    office: String,
    service: String,
    business: String,
    slot: String,
    starts_at: i64,
    /// Consecutive places that it takes.
    units: i32,
    made_at: i64,
    changed_at: i64,
    /// The six digits, while it can be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// What the window reads, while it can be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pass: Option<String>,
}

impl AppointmentBody {
    fn of(app: &App, appointment: &Appointment, code: Option<String>) -> Self {
        let is_usable = matches!(appointment.state, Stands::Booked | Stands::Arrived);
        Self {
            number: appointment.number.to_string(),
            state: appointment.state_at(app.store.now()).word(),
            office: appointment.office.to_string(),
            service: appointment.service.clone(),
            business: appointment.business.clone(),
            slot: appointment.slot.to_string(),
            starts_at: seconds(appointment.starts_at),
            units: appointment.units,
            made_at: seconds(appointment.made_at),
            changed_at: seconds(appointment.changed_at),
            code: code.filter(|_| is_usable),
            pass: is_usable.then(|| app.store.visit_pass(appointment)),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    office: String,
    business: String,
    slot: String,
    /// Somebody of the account, or
    person: Option<String>,
    /// whoever comes.
    visitor: Option<Comes>,
    lang: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Comes {
    name: String,
    id_number: String,
    /// Needed where the number carries none.
    birth: Option<String>,
}

async fn book(State(app): State<App>, asker: Asker, sent: Sent) -> Result<Response, Problem> {
    let asked: Asked = sent.json()?;
    let ask = ask(&app, &asker, &sent, asked).await?;
    let person = app.store.person_key(&ask.visitor.number);
    passed(&app, ask.office, &ask.service, ask.slot.day, &person).await?;
    let (asked, begun) = ((ask.office, ask.business.clone(), ask.slot), app.store.now());
    let given = asker.store(&app).book(ask).await?.map_err(|refused| match refused {
        // The session that was known a moment ago is over.
        Refused::NotYours => no_session(),
        other => problem(&other),
    })?;
    let made = &given.appointment;
    let is_replayed = made.made_at < begun;
    // Moved since, it is still the one that was asked for.
    let is_moved = made.changed_at > made.made_at;
    let is_other = made.office != asked.0 || made.business != asked.1 || (made.slot != asked.2 && !is_moved);
    if is_replayed && is_other {
        let detail = "another booking of this person had this Idempotency-Key; use a new one for each booking";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused", detail));
    }
    let location = format!("/api/v1/appointments/{}", made.number.as_str());
    let mut response = (StatusCode::CREATED, [(LOCATION, location)], answer(&app, given)).into_response();
    if is_replayed {
        response.headers_mut().insert("idempotency-replayed", axum::http::HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn answer(app: &App, given: Given) -> Json<AppointmentBody> {
    Json(AppointmentBody::of(app, &given.appointment, Some(given.code)))
}

/// What is asked of the store, or the fields that are to be mended.
async fn ask(app: &App, asker: &Asker, sent: &Sent, asked: Asked) -> Result<Ask, Problem> {
    let lang = asked.lang.as_deref().map_or(Some(Lang::Zh), Lang::of_tag);
    let lang = lang.ok_or_else(|| Problem::field("lang", "unknown", "lang is zh-CN or en"))?;
    let office: OfficeId = asked.office.parse().map_err(|_| {
        Problem::field("office", "unknown", "office is the id of an office; /api/v1/offices lists them")
    })?;
    let slot: Slot = asked.slot.parse().map_err(|_| {
        Problem::field("slot", "not-a-slot", "slot is a day and time on the office's wall: 2026-12-01T08:30")
    })?;
    let business = business(app, &asked.business)?;
    let (account, session) = match asker {
        Asker::Citizen { account, session } => (Some(*account), Some(session.clone())),
        Asker::Shop(_) => (None, None),
    };
    let (visitor, person) = match (account, asked.person, asked.visitor) {
        (Some(account), Some(person), None) => {
            let known = || Problem::field("person", "unknown", "no such person of this account");
            let id: PersonId = person.parse().map_err(|_| known())?;
            let details = app.store.person(account, id).await?.ok_or_else(known)?.details;
            (Visitor { name: details.name, number: details.number, birth: details.birth }, Some(id))
        }
        (_, None, Some(comes)) => (visitor(app, lang, &comes)?, None),
        _ => {
            let detail = "say who comes: visitor with name and id_number, or, with a citizen's session, person";
            return Err(Problem::field("visitor", "missing", detail));
        }
    };
    let once = app.store.keys().ring.index("an appointment's request", &format!("{} {}", asker.name(), sent.key()));
    Ok(Ask {
        office,
        service: business.service.clone(),
        business: business.id.clone(),
        slot,
        units: business.units,
        visitor,
        account,
        person,
        rights: Rights::Public,
        lang,
        once: Some(BASE64.encode(once)),
        session,
    })
}

fn business<'a>(app: &'a App, id: &str) -> Result<&'a Business, Problem> {
    let known = || app.businesses.all().map(|business| business.id.as_str()).collect::<Vec<_>>().join(", ");
    let business = app.businesses.get(id);
    let business = business
        .ok_or_else(|| Problem::field("business", "unknown", format!("no such business; there are {}", known())))?;
    if business.booking == Needed::NotNeeded {
        let detail = "nobody needs an appointment for this; one goes to the office when it is open";
        return Err(Problem::field("business", "not-needed", detail));
    }
    Ok(business)
}

fn visitor(app: &App, lang: Lang, comes: &Comes) -> Result<Visitor, Problem> {
    let today = app.today();
    let mut errors = Vec::new();
    let mut wrong = |field: &str, error: FieldError| {
        let code = error.code.code();
        let detail = app.say(lang, code, &[("value", &error.value_shown)]);
        errors.push(FieldProblem { field: field.to_owned(), code: code.to_owned(), detail });
    };
    let name = PersonName::parse(&comes.name).map_err(|error| wrong("visitor.name", error)).ok();
    let number = IdNumber::parse(&comes.id_number, today).map_err(|error| wrong("visitor.id_number", error)).ok();
    let (Some(name), Some(number)) = (name, number) else { return Err(Problem::invalid(&errors)) };
    let said = comes.birth.as_deref().and_then(|birth| birth.parse::<Date>().ok()).filter(|birth| *birth <= today);
    let birth = number.birth().or(said).ok_or_else(|| {
        Problem::field("visitor.birth", "missing", "this number carries no birth date; send birth: 1990-03-07")
    })?;
    Ok(Visitor { name, number, birth })
}

/// Whether the waiting room, where there is one, has let somebody in.
async fn passed(app: &App, office: OfficeId, service: &str, day: Date, person: &[u8]) -> Result<(), Problem> {
    let passed = let_in(app, office, service, day, person).await?;
    passed.map_err(|wait| waiting(&wait, app.store.now()))
}

/// An appointment that the request may see and change.
struct Shown {
    appointment: Appointment,
    by: By,
}

impl FromRequestParts<App> for Shown {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        looks(app, &parts.headers, &parts.extensions)?;
        let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| absent())?;
        let named = params.iter().find(|(name, _)| *name == "number");
        let number: Option<AppointmentNumber> = named.and_then(|(_, text)| text.parse().ok());
        if let Some(code) = parts.headers.get(CODE) {
            let code = code.to_str().unwrap_or_default().to_owned();
            let number = number.ok_or_else(absent)?;
            let shown = app.store.appointment_by_code(&number, &code).await?;
            let appointment = shown.map_err(|refused| problem(&refused))?;
            return Ok(Self { appointment, by: By::Code { code } });
        }
        let token = token(&parts.headers).ok_or_else(no_session)?;
        let account = signed_in(app, &token).await?.id;
        let number = number.ok_or_else(absent)?;
        let appointment = app.store.appointment_by_number(&number).await?;
        let appointment = appointment.filter(|it| it.account == Some(account)).ok_or_else(absent)?;
        Ok(Self { appointment, by: By::Account(account) })
    }
}

async fn one(State(app): State<App>, shown: Shown) -> Result<Json<AppointmentBody>, Problem> {
    let code = app.store.code_of(shown.appointment.id).await?;
    Ok(Json(AppointmentBody::of(&app, &shown.appointment, code)))
}

/// Sent again, it gives the same answer: it is cancelled.
async fn cancel(State(app): State<App>, shown: Shown) -> Result<Json<AppointmentBody>, Problem> {
    let mut appointment = shown.appointment;
    if appointment.state != Stands::Cancelled {
        let cancelled = app.store.cancel_appointment(appointment.id, shown.by).await?;
        appointment = cancelled.map_err(|refused| problem(&refused))?;
    }
    Ok(Json(AppointmentBody::of(&app, &appointment, None)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Where {
    to: String,
}

/// Sent again, it gives the same answer: it is there.
async fn shift(
    State(app): State<App>,
    shown: Shown,
    Body(asked): Body<Where>,
) -> Result<Json<AppointmentBody>, Problem> {
    let to: Slot = asked.to.parse().map_err(|_| {
        Problem::field("to", "not-a-slot", "to is a day and time on the office's wall: 2026-12-01T08:30")
    })?;
    let appointment = shown.appointment;
    if appointment.slot == to && appointment.state == Stands::Booked {
        let code = app.store.code_of(appointment.id).await?;
        return Ok(Json(AppointmentBody::of(&app, &appointment, code)));
    }
    // A day that the waiting room guards is not reached through a place on another day.
    let visitor = app.store.visitor_of(appointment.id).await?.ok_or_else(absent)?;
    let person = app.store.person_key(&visitor.number);
    passed(&app, appointment.office, &appointment.service, to.day, &person).await?;
    let moved = app.store.move_appointment(appointment.id, to, shown.by).await?;
    Ok(answer(&app, moved.map_err(|refused| problem(&refused))?))
}

#[cfg(test)]
mod tests;

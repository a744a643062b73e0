//! `/visit/{id}/calendar.ics`: the appointment for a telephone's calendar.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::visit::ics::{self, Event, Method};

use super::line::{business_name, length};
use super::{Mine, office_of};
use crate::app::App;
use crate::error::PageError;
use crate::page::Look;

/// How long a visit takes where the office gives its time no more, minutes.
const USUAL_MIN: i32 = 20;

/// `/visit/{id}/calendar.ics`
pub async fn file(State(app): State<App>, look: Look, mine: Mine) -> Result<Response, PageError> {
    let appointment = &mine.appointment;
    let now = app.store.now();
    let method = Method::of(appointment.state_at(now)).ok_or(PageError::Absent)?;
    let office = office_of(&app, &appointment.office.to_string()).await?.ok_or(PageError::Absent)?;
    let policy = app.store.booking_policy(appointment.office).await?;
    let business = business_name(&app, &appointment.business, look.lang);
    let day = appointment.slot.day;
    let free = app.store.free(appointment.office, &appointment.service, day, day).await?;
    let own = free.iter().find(|it| it.slot == appointment.slot);
    let length_min = own.map_or(USUAL_MIN, |it| it.length_min).saturating_mul(appointment.units);
    let early = length(&app, look.lang, policy.check_in_from_min);
    // A calendar is often shared: neither the name nor the code stands in it.
    let number = appointment.number.to_string();
    let text = ics::file(&Event {
        method,
        uid: &format!("{}@{}", appointment.id, host(&app.settings.public_url)),
        sequence: appointment.changed_at.since_ms(appointment.made_at) / 1000,
        stamp: now,
        day,
        minute: appointment.slot.minute,
        length_min,
        summary: &app.say(look.lang, "visit-calendar-title", &[("business", &business)]),
        location: &format!("{} {}", office.name, office.address),
        description: &app.say(look.lang, "visit-calendar-text", &[("number", &number), ("early", &early)]),
        url: &app.settings.address(&format!("/visit/{}", appointment.id)),
    });
    let kind = match method {
        Method::Publish => "text/calendar; charset=utf-8; method=PUBLISH",
        Method::Cancel => "text/calendar; charset=utf-8; method=CANCEL",
    };
    let headers = [(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, "attachment; filename=\"visit.ics\"")];
    Ok((headers, text).into_response())
}

/// The host of an address, without scheme, port and path.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_events_name_ends_with_the_host() {
        assert_eq!(super::host("https://id.example/"), "id.example");
        assert_eq!(super::host("http://localhost:8080"), "localhost");
    }
}

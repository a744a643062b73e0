//! What is pressed in the hall.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Redirect, Response};
use huizhi_domain::id::TicketId;
use huizhi_domain::visit::ticket::{Act, Outcome, Ticket, window_name};
use huizhi_store::{StoreError, WalkIn};
use serde::Deserialize;

use super::super::session::Clerk;
use super::super::visit::ticket_why;
use super::super::{named, say};
use super::{Answer, HallView, show, windows};
use crate::app::App;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::Look;

/// A name for the window.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Naming {
    name: String,
}

/// The window's name is chosen once for a terminal.
pub async fn name(
    State(app): State<App>,
    clerk: Clerk,
    look: Look,
    headers: HeaderMap,
    Posted(form): Posted<Naming>,
) -> Answer {
    let Some(name) = window_name(&form.name) else {
        let fault = Some(say(look.lang, "hall-name-wrong", &[]));
        return show(&app, &clerk, &look, &headers, HallView { fault, naming: true, ..HallView::default() }).await;
    };
    if let Some(number) = busy(&app, &clerk, &headers, &name).await? {
        let fault = Some(say(look.lang, "hall-name-busy", &[("number", &number)]));
        return show(&app, &clerk, &look, &headers, HallView { fault, naming: true, ..HallView::default() }).await;
    }
    let cookie = named::cookie(&app, &name).ok_or_else(|| PageError::broken("a cookie of the wrong form"))?;
    let mut page = back("named", "", "");
    page.headers_mut().append(SET_COOKIE, cookie);
    Ok(page)
}

/// The number of somebody who is for the window by the name that it has: under another one it could not serve them.
async fn busy(app: &App, clerk: &Clerk, headers: &HeaderMap, name: &str) -> Result<Option<String>, PageError> {
    let (Some(office), Some(old)) = (&clerk.office, named::of(headers).filter(|old| old != name)) else {
        return Ok(None);
    };
    let tickets = app.store.hall(office.id, app.store.today()).await?;
    let theirs = |it: &&Ticket| it.window.as_ref() == Some(&old) || it.for_window.as_ref() == Some(&old);
    Ok(tickets.iter().find(theirs).map(Ticket::label))
}

/// What was pressed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Pressed {
    act: String,
    service: String,
    to_service: String,
    to_window: String,
}

/// Calls whoever is next.
pub async fn next(
    State(app): State<App>,
    clerk: Clerk,
    look: Look,
    headers: HeaderMap,
    Posted(form): Posted<Pressed>,
) -> Answer {
    let (Some(office), Some(_)) = (&clerk.office, named::of(&headers)) else {
        return Ok(back("", "", ""));
    };
    let desk = named::desk(&app, office, &headers);
    let service = app.businesses.services().into_iter().find(|it| *it == form.service);
    match app.store.call_next(&desk, service, clerk.staff.id).await? {
        Ok(Some(ticket)) => Ok(back("called", &ticket.label(), &form.service)),
        Ok(None) => Ok(back("empty", "", &form.service)),
        Err(why) => {
            let view =
                HallView { fault: Some(ticket_why(look.lang, &why)), service: form.service, ..HallView::default() };
            show(&app, &clerk, &look, &headers, view).await
        }
    }
}

/// Does something with a ticket.
pub async fn act(
    State(app): State<App>,
    clerk: Clerk,
    look: Look,
    headers: HeaderMap,
    Path(id): Path<TicketId>,
    Posted(form): Posted<Pressed>,
) -> Answer {
    let (Some(office), Some(_)) = (&clerk.office, named::of(&headers)) else {
        return Ok(back("", "", ""));
    };
    let act = act_of(&app, &form).ok_or(PageError::Form)?;
    if matches!(act, Act::Transfer { .. })
        && !form.to_window.is_empty()
        && !windows(&app, office).await?.contains(&form.to_window)
    {
        let fault = Some(say(look.lang, "hall-no-window", &[("window", &form.to_window)]));
        return show(&app, &clerk, &look, &headers, HallView { fault, ..HallView::default() }).await;
    }
    let desk = named::desk(&app, office, &headers);
    let said = match app.store.act_on_ticket(id, act.clone(), &desk, clerk.staff.id).await {
        // Another window was a moment earlier: asking again says which.
        Err(StoreError::Conflict(_)) => app.store.act_on_ticket(id, act.clone(), &desk, clerk.staff.id).await?,
        said => said?,
    };
    match said {
        Ok(ticket) => {
            let told = match act {
                Act::Recall => "recalled",
                Act::Transfer { .. } => "transferred",
                _ => ticket.state.word(),
            };
            Ok(back(told, &ticket.label(), &form.service))
        }
        Err(why) => {
            let view =
                HallView { fault: Some(ticket_why(look.lang, &why)), service: form.service, ..HallView::default() };
            show(&app, &clerk, &look, &headers, view).await
        }
    }
}

/// What a button said.
fn act_of(app: &App, form: &Pressed) -> Option<Act> {
    match form.act.as_str() {
        "call" => Some(Act::Call),
        "recall" => Some(Act::Recall),
        "skip" => Some(Act::Skip { behind: None }),
        "serve" => Some(Act::Serve),
        "miss" => Some(Act::Miss),
        "left" => Some(Act::Leave),
        "transfer" => {
            let service = app.businesses.services().into_iter().find(|it| *it == form.to_service)?;
            Some(Act::Transfer { service: service.to_owned(), window: window_name(&form.to_window) })
        }
        word => {
            let outcome = word.parse().ok().filter(|outcome| Outcome::CHOICES.contains(outcome))?;
            Some(Act::Finish(outcome))
        }
    }
}

/// What somebody came for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Walking {
    business: String,
    key: String,
}

/// Gives a ticket to somebody without an appointment.
pub async fn walk_in(State(app): State<App>, clerk: Clerk, Posted(form): Posted<Walking>) -> Answer {
    let Some(office) = &clerk.office else { return Ok(back("", "", "")) };
    let business = app.businesses.get(&form.business).ok_or(PageError::Form)?;
    let walk_in = WalkIn {
        office: office.id,
        service: business.service.clone(),
        business: business.id.clone(),
        key: (!form.key.is_empty() && form.key.len() <= 64).then_some(form.key),
        staff: clerk.staff.id,
    };
    let ticket = app.store.walk_in(walk_in).await?;
    Ok(Redirect::to(&format!("/desk/hall/slip/{}", ticket.id)).into_response())
}

fn back(told: &str, of: &str, service: &str) -> Response {
    let service: String = service.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
    Redirect::to(&format!("/desk/hall?told={told}&of={of}&service={service}")).into_response()
}

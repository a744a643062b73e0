//! The hall: who waits, who is called where, and tickets for those who came without an appointment. Everything is a button and a key.

mod lines;
mod press;

use std::collections::BTreeSet;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Router, routing};
use huizhi_domain::staff::Office;
use huizhi_domain::visit::ticket::Ticket;
use serde::{Deserialize, Serialize};

use lines::{Current, Line};

use super::frame::{self, Place};
use super::roster::Choice;
use super::session::Clerk;
use super::{business_name, named, say, screen};
use crate::app::App;
use crate::error::PageError;
use crate::gate::draw_token;
use crate::page::{Look, View};

type Answer = Result<Response, PageError>;

/// The hall's addresses at the desk.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/hall", routing::get(hall))
        .route("/desk/hall/window", routing::post(press::name))
        .route("/desk/hall/next", routing::post(press::next))
        .route("/desk/hall/ticket/{ticket}", routing::post(press::act))
        .route("/desk/hall/walk-in", routing::post(press::walk_in))
}

/// What the step before did. It is only shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    told: String,
    of: String,
    service: String,
    /// Asked for by who wants to give the window another name.
    name: String,
}

#[derive(Clone, Debug, Default, Serialize)]
struct HallView {
    told: Option<String>,
    fault: Option<String>,
    /// What the window is called.
    window: Option<String>,
    naming: bool,
    current: Option<Current>,
    waiting: Vec<Line>,
    /// Those whom other windows have.
    elsewhere: Vec<Line>,
    services: Vec<Choice>,
    service: String,
    businesses: Vec<Choice>,
    /// Names of other windows of today.
    windows: Vec<String>,
    /// The office's id, for its screen.
    office: String,
    /// What the list is known by, so that a page sees when it is old.
    stamp: String,
    /// The form's own name: what is sent twice is done once.
    key: String,
}

impl View for HallView {
    const TEMPLATE: &'static str = "desk/hall.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let choice = || vec![Choice { id: text("id-card"), name: text("ID cards") }];
        let empty = Self { office: text("01ARZ3NDEKTSV4RRFFQ69G5FAV"), ..Self::default() };
        let named = Self {
            window: Some(text("3")),
            services: choice(),
            service: text("id-card"),
            businesses: choice(),
            windows: vec![text("5"), text("North 1")],
            ..empty.clone()
        };
        let mut samples = vec![
            empty.clone(),
            Self { fault: Some(text("fault")), ..empty },
            Self { naming: true, ..named.clone() },
            Self { waiting: lines::samples(), elsewhere: lines::samples(), told: Some(text("told")), ..named.clone() },
        ];
        samples.extend(Current::samples().into_iter().map(|current| Self { current: Some(current), ..named.clone() }));
        samples
    }
}

async fn hall(
    State(app): State<App>,
    clerk: Clerk,
    look: Look,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Answer {
    let told = ["called", "empty", "recalled", "skipped", "serving", "transferred", "done", "missed", "left", "named"];
    let told = told.into_iter().find(|told| *told == asked.told);
    let of: String = asked.of.chars().filter(char::is_ascii_alphanumeric).take(6).collect();
    let told = told.map(|told| say(look.lang, &format!("hall-told-{told}"), &[("number", &of)]));
    let view = HallView { told, service: asked.service, naming: !asked.name.is_empty(), ..HallView::default() };
    show(&app, &clerk, &look, &headers, view).await
}

async fn show(app: &App, clerk: &Clerk, look: &Look, headers: &HeaderMap, view: HallView) -> Answer {
    let place = Place { staff: Some(&clerk.staff), office: clerk.office.as_ref(), here: "hall" };
    let Some(office) = &clerk.office else {
        let fault = Some(say(look.lang, "window-no-office-line", &[]));
        return frame::show(app, look, place, HallView { fault, ..view });
    };
    let view = filled(app, look, headers, office, view).await?;
    let status = if view.fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut page = frame::show(app, look, place, view)?;
    *page.status_mut() = status;
    Ok(page)
}

/// The page's content as the hall is now.
async fn filled(
    app: &App,
    look: &Look,
    headers: &HeaderMap,
    office: &Office,
    view: HallView,
) -> Result<HallView, PageError> {
    let window = named::of(headers);
    let tickets = app.store.hall(office.id, app.store.today()).await?;
    let is_mine = |it: &&Ticket| it.state.is_held() && it.window == window;
    let mine = tickets.iter().find(is_mine).filter(|_| window.is_some());
    let current = match mine {
        Some(ticket) => Some(Current::of(app, look.lang, ticket).await?),
        None => None,
    };
    let working = app.store.working_windows(office.id).await?;
    let line = |it| Line::of(app, look.lang, it, window.as_deref(), &working);
    let choice = |id: &str, name: String| Choice { id: id.to_owned(), name };
    let services = app.businesses.services().into_iter().map(|id| choice(id, service_name(look, id))).collect();
    let businesses = app.businesses.all().map(|it| choice(&it.id, business_name(app, look.lang, &it.id))).collect();
    let mut windows = windows(app, office).await?;
    windows.retain(|it| Some(it) != window.as_ref());
    Ok(HallView {
        naming: view.naming || window.is_none(),
        current,
        waiting: tickets.iter().filter(|it| it.state.waits()).map(line).collect(),
        elsewhere: tickets.iter().filter(|it| it.state.is_held() && !is_mine(it)).map(line).collect(),
        services,
        businesses,
        windows,
        office: office.id.to_string(),
        stamp: screen::stamp(&tickets),
        key: draw_token()?,
        window,
        ..view
    })
}

/// The windows that called somebody today, by name: a ticket is sent to one of them, and not to what somebody mistyped.
async fn windows(app: &App, office: &Office) -> Result<Vec<String>, PageError> {
    let tickets = app.store.tickets_on(office.id, app.store.today()).await?;
    let names: BTreeSet<String> = tickets.into_iter().filter_map(|it| it.window).collect();
    Ok(names.into_iter().collect())
}

fn service_name(look: &Look, id: &str) -> String {
    let key = format!("ticket-service-{id}");
    let name = say(look.lang, &key, &[]);
    if name == key { id.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<HallView>>();
    }
}

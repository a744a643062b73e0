//! Terminals of windows and the hours of offices: a terminal shows a code, a lead or an administrator types it and says whose it is.

use axum::extract::{Path, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Router, routing};
use huizhi_domain::id::{OfficeId, TerminalId};
use huizhi_domain::office::{Hours, Span};
use huizhi_domain::staff::Office;
use huizhi_store::{StoreError, Terminal};
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::roster::{Choice, choices};
use super::session::{Clerk, Keeper};
use super::{bound, say, short};
use crate::app::App;
use crate::error::PageError;
use crate::form::Posted;
use crate::gate::draw_token;
use crate::page::{Look, View, moment};

type Answer = Result<Response, PageError>;

/// The addresses of terminals and hours.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/window/terminal", routing::get(here).post(show_code))
        .route("/desk/terminals", routing::get(list).post(register))
        .route("/desk/terminals/{id}/revoke", routing::post(revoke))
        .route("/desk/terminals/hours/{office}", routing::post(set_hours))
}

/// What a clerk sees at a terminal.
#[derive(Clone, Debug, Default, Serialize)]
struct TerminalView {
    /// The code that it shows.
    code: Option<String>,
    /// The office that it is registered for.
    office: Option<String>,
    /// What administrators know it by.
    short: String,
}

impl View for TerminalView {
    const TEMPLATE: &'static str = "desk/terminal.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let empty = Self::default();
        let shown = Self { code: Some("ABCD2345".to_owned()), ..empty.clone() };
        let registered = Self { office: Some("Jiangbei".to_owned()), short: "A50YS0".to_owned(), ..empty.clone() };
        vec![empty, shown, registered]
    }
}

async fn known(app: &App, headers: &HeaderMap) -> Result<Option<Terminal>, PageError> {
    match bound::secret(headers) {
        Some(secret) => Ok(app.store.terminal(secret).await?),
        None => Ok(None),
    }
}

async fn here(State(app): State<App>, clerk: Clerk, look: Look, headers: HeaderMap) -> Answer {
    let terminal = known(&app, &headers).await?;
    let office = match terminal.as_ref().and_then(|terminal| terminal.office) {
        Some(id) => app.store.office(id).await?.map(|office| office.name),
        None => None,
    };
    let short = terminal.map_or_else(String::new, |terminal| short(terminal.id));
    show_here(&app, &clerk, &look, TerminalView { office, short, code: None })
}

fn show_here(app: &App, clerk: &Clerk, look: &Look, view: TerminalView) -> Answer {
    let place = Place { staff: Some(&clerk.staff), office: clerk.office.as_ref(), here: "window" };
    frame::show(app, look, place, view)
}

/// A terminal that is registered keeps its secret; another gets a new one with each code.
async fn show_code(State(app): State<App>, clerk: Clerk, look: Look, headers: HeaderMap) -> Answer {
    if known(&app, &headers).await?.is_some_and(|terminal| terminal.office.is_some()) {
        return Ok(Redirect::to("/desk/window/terminal").into_response());
    }
    let secret = draw_token()?;
    let code = app.store.terminal_code(&secret).await?;
    let cookie = bound::cookie(&app, &secret).ok_or_else(|| PageError::broken("a cookie of the wrong form"))?;
    let mut page = show_here(&app, &clerk, &look, TerminalView { code: Some(code), ..TerminalView::default() })?;
    page.headers_mut().append(SET_COOKIE, cookie);
    Ok(page)
}

#[derive(Clone, Debug, Default, Serialize)]
struct TerminalsView {
    fault: Option<String>,
    told: Option<String>,
    bound: bool,
    lines: Vec<Line>,
    offices: Vec<Choice>,
    hours: Vec<OfficeHours>,
}

#[derive(Clone, Debug, Serialize)]
struct Line {
    id: String,
    short: String,
    office: String,
    since: String,
}

#[derive(Clone, Debug, Serialize)]
struct OfficeHours {
    id: String,
    name: String,
    days: Vec<Day>,
}

#[derive(Clone, Debug, Serialize)]
struct Day {
    weekday: i32,
    span: String,
}

impl View for TerminalsView {
    const TEMPLATE: &'static str = "desk/terminals.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let empty = Self::default();
        let line = Line { id: text("01"), short: text("01"), office: text("Jiangbei"), since: text("then") };
        let days = (1..=7).map(|weekday| Day { weekday, span: text("09:00-17:00") }).collect();
        let full = Self {
            bound: true,
            lines: vec![line],
            hours: vec![OfficeHours { id: text("01"), name: text("Jiangbei"), days }],
            ..empty.clone()
        };
        vec![empty, Self { fault: Some(text("fault")), ..full.clone() }, Self { told: Some(text("told")), ..full }]
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    told: String,
}

async fn list(State(app): State<App>, keeper: Keeper, look: Look, Query(asked): Query<Asked>) -> Answer {
    let told = ["registered", "revoked", "hours"].into_iter().find(|told| *told == asked.told);
    let told = told.map(|told| say(look.lang, &format!("terminal-told-{told}"), &[]));
    show(&app, &keeper, &look, told, None).await
}

async fn show(app: &App, keeper: &Keeper, look: &Look, told: Option<String>, fault: Option<String>) -> Answer {
    let offices = app.store.offices().await?;
    let name =
        |id: OfficeId| offices.iter().find(|it| it.id == id).map_or_else(|| id.to_string(), |it| it.name.clone());
    let lines = app.store.terminals().await?.into_iter().map(|it| Line {
        id: it.id.to_string(),
        short: short(it.id),
        office: name(it.office),
        since: moment(look.lang, it.registered_at),
    });
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = TerminalsView {
        fault,
        told,
        bound: app.settings.windows == crate::app::Windows::Bound,
        lines: lines.collect(),
        offices: choices(&offices),
        hours: hours(app, &offices).await?,
    };
    let mut page = frame::show(app, look, Place::of(&keeper.staff, "terminals"), view)?;
    *page.status_mut() = status;
    Ok(page)
}

async fn hours(app: &App, offices: &[Office]) -> Result<Vec<OfficeHours>, PageError> {
    let mut all = Vec::new();
    for office in offices {
        let hours = app.store.office_hours(office.id).await?;
        let span = |weekday| hours.on(weekday).map_or_else(String::new, |span| span.to_string());
        let days = (1..=7).map(|weekday| Day { weekday, span: span(weekday) }).collect();
        all.push(OfficeHours { id: office.id.to_string(), name: office.name.clone(), days });
    }
    Ok(all)
}

/// Where somebody goes first whose proof is too old.
fn stale(keeper: &Keeper) -> Option<Response> {
    (!keeper.fresh).then(|| Redirect::to("/desk/prove?to=/desk/terminals&undone=1").into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Registering {
    code: String,
    office: String,
}

async fn register(State(app): State<App>, keeper: Keeper, look: Look, Posted(form): Posted<Registering>) -> Answer {
    if let Some(first) = stale(&keeper) {
        return Ok(first);
    }
    let office: OfficeId = form.office.parse().map_err(|_| PageError::Form)?;
    match app.store.register_terminal(&form.code, office, keeper.staff.id).await {
        Ok(()) => Ok(back("registered")),
        Err(StoreError::Absent(_)) => {
            let fault = say(look.lang, "terminal-code-wrong", &[]);
            show(&app, &keeper, &look, None, Some(fault)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn revoke(State(app): State<App>, keeper: Keeper, Path(id): Path<TerminalId>) -> Answer {
    if let Some(first) = stale(&keeper) {
        return Ok(first);
    }
    app.store.revoke_terminal(id, keeper.staff.id).await?;
    Ok(back("revoked"))
}

/// The hours of the seven days, Monday first; an empty one is closed, and seven empty ones are always open.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Week {
    day1: String,
    day2: String,
    day3: String,
    day4: String,
    day5: String,
    day6: String,
    day7: String,
}

impl Week {
    fn hours(&self) -> Result<Hours, String> {
        let Self { day1, day2, day3, day4, day5, day6, day7 } = self;
        let mut days = Vec::new();
        for (weekday, text) in (1..).zip([day1, day2, day3, day4, day5, day6, day7]) {
            if !text.trim().is_empty() {
                let span: Span = text.parse().map_err(|_| text.clone())?;
                days.push((weekday, span));
            }
        }
        Ok(Hours::of(days))
    }
}

async fn set_hours(
    State(app): State<App>,
    keeper: Keeper,
    look: Look,
    Path(office): Path<OfficeId>,
    Posted(week): Posted<Week>,
) -> Answer {
    if let Some(first) = stale(&keeper) {
        return Ok(first);
    }
    app.store.office(office).await?.ok_or(PageError::Absent)?;
    match week.hours() {
        Ok(hours) => {
            app.store.set_office_hours(office, &hours, Some(keeper.staff.id)).await?;
            Ok(back("hours"))
        }
        Err(text) => {
            let fault = say(look.lang, "terminal-hours-wrong", &[("text", &text)]);
            show(&app, &keeper, &look, None, Some(fault)).await
        }
    }
}

fn back(told: &str) -> Response {
    Redirect::to(&format!("/desk/terminals?told={told}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_pages_render_in_every_language() {
        crate::page::tests::renders::<Framed<TerminalView>>();
        crate::page::tests::renders::<Framed<TerminalsView>>();
    }
}

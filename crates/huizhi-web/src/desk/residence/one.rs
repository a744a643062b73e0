//! A declaration at the desk: all that was declared, and a yes by a paper or a no with its reason.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use huizhi_domain::id::DeclarationId;
use huizhi_domain::residence::{Declaration, Paper, Refusal, ResidenceError};
use huizhi_domain::staff::Office;
use huizhi_store::{OfficeAnswer, StoreError};
use serde::{Deserialize, Serialize};

use super::super::frame::{self, Place};
use super::super::say;
use super::super::session::Clerk;
use super::Answer;
use crate::app::App;
use crate::citizen::residence::address_line;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::{Look, View, day_text, moment};

/// A declaration.
#[derive(Clone, Debug, Default, Serialize)]
struct DeclarationView {
    fault: Option<String>,
    id: String,
    state: &'static str,
    name: String,
    number: String,
    relation: &'static str,
    address: String,
    dwelling: &'static str,
    since: String,
    declared_at: String,
    /// The landlord or agent who confirmed it before; empty where nobody did.
    answerer: String,
    /// Whether it waits for an answer still.
    waits: bool,
    papers: Vec<&'static str>,
    refusals: Vec<&'static str>,
}

impl View for DeclarationView {
    const TEMPLATE: &'static str = "desk/residence-one.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use huizhi_domain::residence::State as Stands;
        let view = |state: &Stands, waits: bool, answerer: &str| Self {
            fault: waits.then(|| "fault".to_owned()),
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            state: state.word(),
            name: "name".to_owned(),
            number: "number".to_owned(),
            relation: "child",
            address: "address".to_owned(),
            dwelling: "rented",
            since: "day".to_owned(),
            declared_at: "then".to_owned(),
            answerer: answerer.to_owned(),
            waits,
            papers: papers(),
            refusals: refusals(),
        };
        let waiting = [view(&Stands::Declared, true, ""), view(&Stands::Confirmed, true, "name, telephone")];
        waiting.into_iter().chain(Stands::ALL.iter().map(|state| view(state, false, ""))).collect()
    }
}

fn papers() -> Vec<&'static str> {
    Paper::ALL.iter().map(|it| it.word()).collect()
}

fn refusals() -> Vec<&'static str> {
    Refusal::ALL.iter().map(|it| it.word()).collect()
}

/// A declaration of the office's city; others are not there for this clerk.
async fn of_city<'a>(app: &App, clerk: &'a Clerk, id: &str) -> Result<(Declaration, &'a Office), PageError> {
    let office = clerk.office.as_ref().ok_or(PageError::Absent)?;
    let id: DeclarationId = id.parse().map_err(|_| PageError::Absent)?;
    let found = app.store.residence(id).await?;
    let found = found.filter(|it| it.details.address.city == office.city).ok_or(PageError::Absent)?;
    Ok((found, office))
}

/// `/desk/residence/{declaration}`: its owner is shown that somebody looked.
pub async fn one(State(app): State<App>, clerk: Clerk, look: Look, Path(id): Path<String>) -> Answer {
    let (found, office) = of_city(&app, &clerk, &id).await?;
    app.store.residence_viewed(found.id, clerk.staff.id, office.id).await?;
    show(&app, &clerk, &look, &found, None)
}

fn show(app: &App, clerk: &Clerk, look: &Look, of: &Declaration, fault: Option<&str>) -> Answer {
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let subject = &of.details.subject;
    let answerer = of.answerer.as_ref().map(|it| format!("{} · {}", it.name.as_str(), it.phone.as_str()));
    let view = DeclarationView {
        fault: fault.map(|key| say(look.lang, key, &[])),
        id: of.id.to_string(),
        state: of.state.word(),
        name: subject.name.as_str().to_owned(),
        number: subject.number.as_str().to_owned(),
        relation: subject.relation.word(),
        address: address_line(app, &of.details.address),
        dwelling: of.dwelling.word(),
        since: day_text(look.lang, &of.details.since.to_string()),
        declared_at: moment(look.lang, of.declared_at),
        answerer: answerer.unwrap_or_default(),
        waits: of.state.is_open(),
        papers: papers(),
        refusals: refusals(),
    };
    let place = Place { staff: Some(&clerk.staff), office: clerk.office.as_ref(), here: "residence" };
    let mut page = frame::show(app, look, place, view)?;
    *page.status_mut() = status;
    Ok(page)
}

/// What was chosen.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    paper: String,
    refusal: String,
}

/// POST `/desk/residence/{declaration}/confirm`
pub async fn confirm(
    State(app): State<App>,
    clerk: Clerk,
    look: Look,
    Path(id): Path<String>,
    Posted(chosen): Posted<Chosen>,
) -> Answer {
    let (found, office) = of_city(&app, &clerk, &id).await?;
    match chosen.paper.parse::<Paper>() {
        Ok(paper) => answer(&app, &clerk, office, &found, Ok(paper)).await,
        Err(_) => show(&app, &clerk, &look, &found, Some("desk-residence-paper-missing")),
    }
}

/// POST `/desk/residence/{declaration}/refuse`
pub async fn refuse(
    State(app): State<App>,
    clerk: Clerk,
    look: Look,
    Path(id): Path<String>,
    Posted(chosen): Posted<Chosen>,
) -> Answer {
    let (found, office) = of_city(&app, &clerk, &id).await?;
    match chosen.refusal.parse::<Refusal>() {
        Ok(refusal) => answer(&app, &clerk, office, &found, Err(refusal)).await,
        Err(_) => show(&app, &clerk, &look, &found, Some("desk-residence-refusal-missing")),
    }
}

async fn answer(
    app: &App,
    clerk: &Clerk,
    office: &Office,
    of: &Declaration,
    verdict: Result<Paper, Refusal>,
) -> Answer {
    let said = OfficeAnswer { staff: clerk.staff.id, office: office.id, verdict };
    let rules = app.residence.on(app.today());
    let told = match app.store.answer_residence(of.id, &office.city, said, rules).await {
        Ok(_) if verdict.is_ok() => "confirmed",
        Ok(_) => "refused",
        Err(StoreError::Residence(ResidenceError::State(_)) | StoreError::Conflict(_)) => "before",
        Err(error) => return Err(error.into()),
    };
    Ok(Redirect::to(&format!("/desk/residence?told={told}")).into_response())
}

#[cfg(test)]
mod tests {
    use super::super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<DeclarationView>>();
    }
}

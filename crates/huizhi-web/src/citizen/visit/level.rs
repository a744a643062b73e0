//! Booking needs an account of which it is sure whose it is (assurance 3): the page that says how to get there, and back.

use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::account::{Act, Assurance};
use huizhi_domain::applicant::IdKind;
use huizhi_domain::person::{Person, Relation};
use serde::{Deserialize, Serialize};

use super::onward;
use crate::account::SignedIn;
use crate::app::App;
use crate::citizen::outside::ways;
use crate::citizen::{quoted, see_other};
use crate::error::PageError;
use crate::form::Posted;
use crate::page::{Look, View};

/// The page.
#[derive(Serialize)]
pub struct LevelView {
    level: u8,
    to: String,
    /// The owner's name and number, masked; empty where they were not given.
    name: String,
    number: String,
    /// Whether the number is of a kind that carries its own check.
    checked: bool,
    /// Where name and number are given, and back.
    people: String,
    /// Whether there are other services that say who somebody is.
    ways: bool,
}

impl View for LevelView {
    const TEMPLATE: &'static str = "citizen/visit/level.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |name: &str, checked, ways| Self {
            level: 2,
            to: "/visit/who".to_owned(),
            name: name.to_owned(),
            number: "4413************24".to_owned(),
            checked,
            people: "/account/people?to=%2Fvisit%2Flevel".to_owned(),
            ways,
        };
        vec![view("", false, false), view("张*明", true, false), view("张*明", false, true)]
    }
}

/// Where to go on afterwards.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Onward {
    to: String,
}

/// Whether a number's own check digit was compared. Of other papers only the form is known.
const fn has_check(kind: IdKind) -> bool {
    matches!(
        kind,
        IdKind::ResidentId
            | IdKind::HkMacauResidencePermit
            | IdKind::TaiwanResidencePermit
            | IdKind::ForeignerPermanentResidence
    )
}

async fn owner(app: &App, account: huizhi_domain::id::AccountId) -> Result<Option<Person>, PageError> {
    Ok(app.store.people(account).await?.into_iter().find(|person| person.relation == Relation::Myself))
}

/// `/visit/level`
pub async fn level(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Query(asked): Query<Onward>,
) -> Result<Response, PageError> {
    let to = onward(&asked.to);
    if account.may(Act::Book) {
        return Ok(see_other(to));
    }
    let owner = owner(&app, account.id).await?;
    let details = owner.as_ref().map(|person| &person.details);
    let view = LevelView {
        level: account.assurance.number(),
        to: to.to_owned(),
        name: details.map(|details| details.name.masked()).unwrap_or_default(),
        number: details.map(|details| details.number.masked()).unwrap_or_default(),
        checked: details.is_some_and(|details| has_check(details.number.kind())),
        people: format!("/account/people?to={}", quoted("/visit/level")),
        ways: !ways(&app, look.lang).is_empty(),
    };
    Ok(app.show(&look, &view)?.into_response())
}

/// POST `/visit/level`: the owner says that it is them, with a number whose check digit fits. At the window person, paper and booking are
/// compared, and a booking under another's name is void (D9).
pub async fn raise(
    State(app): State<App>,
    SignedIn { account, .. }: SignedIn,
    Posted(form): Posted<Onward>,
) -> Result<Response, PageError> {
    let to = onward(&form.to);
    if account.may(Act::Book) {
        return Ok(see_other(to));
    }
    let owner = owner(&app, account.id).await?;
    if !owner.is_some_and(|person| has_check(person.details.number.kind())) {
        return Ok(see_other(&format!("/visit/level?to={}", quoted(to))));
    }
    app.store.assure(account.id, Assurance::NumberChecked).await?;
    Ok(see_other(to))
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::LevelView>();
    }
}

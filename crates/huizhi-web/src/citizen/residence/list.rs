//! What an account declared of its people, and for whom it may declare.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::residence::may_declare_for;
use serde::Serialize;

use super::{address_line, state_word};
use crate::account::SignedIn;
use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};

/// All declarations, and the people.
#[derive(Serialize)]
pub struct ListView {
    lines: Vec<Line>,
    people: Vec<PersonLine>,
    below_age: u8,
    above_age: u8,
}

/// A declaration.
#[derive(Serialize)]
struct Line {
    id: String,
    name: String,
    relation: &'static str,
    address: String,
    state: &'static str,
    /// The last day; empty before it is valid and after it is over.
    until: String,
}

/// Somebody of the account.
#[derive(Serialize)]
struct PersonLine {
    id: String,
    name: String,
    relation: &'static str,
    /// Whether the account may declare for them.
    may: bool,
}

impl View for ListView {
    const TEMPLATE: &'static str = "citizen/residence/list.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let states = ["declared", "confirmed", "valid", "lapsed", "refused", "cancelled", "ended"];
        let line = |state: &'static str| Line {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            name: "张小明".to_owned(),
            relation: "child",
            address: "惠州市惠城区江北街道 1 号".to_owned(),
            state,
            until: if state == "valid" { "2027-11-25".to_owned() } else { String::new() },
        };
        let person = |may| PersonLine { id: "01A".to_owned(), name: "张大明".to_owned(), relation: "myself", may };
        let view = |lines, people| Self { lines, people, below_age: 18, above_age: 60 };
        vec![
            view(states.map(line).into_iter().collect(), vec![person(true), person(false)]),
            view(Vec::new(), vec![person(true)]),
            view(Vec::new(), Vec::new()),
        ]
    }
}

/// `/residence`
pub async fn list(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
) -> Result<Response, PageError> {
    let today = app.today();
    let rules = app.residence.on(today);
    let declarations = app.store.residences_of(account.id).await?;
    let lines = declarations.iter().map(|it| {
        let state = state_word(&app, it);
        Line {
            id: it.id.to_string(),
            name: it.details.subject.name.as_str().to_owned(),
            relation: it.details.subject.relation.word(),
            address: address_line(&app, &it.details.address),
            state,
            until: it.valid_until.filter(|_| state == "valid").map(|day| day.to_string()).unwrap_or_default(),
        }
    });
    let lines = lines.collect();
    let people = app.store.people(account.id).await?;
    let people = people.iter().map(|it| PersonLine {
        id: it.id.to_string(),
        name: it.details.name.as_str().to_owned(),
        relation: it.relation.word(),
        may: may_declare_for(it, rules, today).is_ok(),
    });
    let (below_age, above_age) = (rules.family.below_age, rules.family.above_age);
    let view = ListView { lines, people: people.collect(), below_age, above_age };
    Ok(app.show(&look, &view)?.into_response())
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::ListView>();
    }
}

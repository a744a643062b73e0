//! `/visit/who`: for whom of the account's people.

use axum::extract::{Query, State};
use axum::response::Html;
use huizhi_domain::person::MOST_PEOPLE;
use serde::Serialize;

use super::{Asked, Booker};
use crate::app::App;
use crate::citizen::quoted;
use crate::error::PageError;
use crate::page::{Look, View};

/// Whom to choose.
#[derive(Serialize)]
pub struct WhoView {
    people: Vec<WhoLine>,
    /// Where somebody is added, and back; empty where there are as many as there may be.
    add: String,
}

/// Somebody to choose.
#[derive(Serialize)]
struct WhoLine {
    name: String,
    relation: &'static str,
    number: String,
    age: u8,
    /// Whether a guardian comes along (R9).
    accompanied: bool,
    /// The next page's address.
    to: String,
}

impl View for WhoView {
    const TEMPLATE: &'static str = "citizen/visit/who.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = |relation, accompanied| WhoLine {
            name: "张小明".to_owned(),
            relation,
            number: "4413************24".to_owned(),
            age: 12,
            accompanied,
            to: "/visit/business?person=1".to_owned(),
        };
        vec![
            Self { people: Vec::new(), add: "/account/people?to=%2Fvisit%2Fwho".to_owned() },
            Self { people: vec![line("myself", false), line("child", true), line("ward", false)], add: String::new() },
        ]
    }
}

/// `/visit/who`
pub async fn who(
    State(app): State<App>,
    look: Look,
    Booker(account): Booker,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, PageError> {
    let (people, today) = (app.store.people(account.id).await?, app.today());
    let line = |person: &huizhi_domain::person::Person| WhoLine {
        name: person.details.name.as_str().to_owned(),
        relation: person.relation.word(),
        number: person.details.number.masked(),
        age: person.age_on(today),
        accompanied: person.comes_accompanied(today),
        to: Asked { person: person.id.to_string(), ..asked.clone() }.address("/visit/business"),
    };
    let here = if asked.business.is_empty() {
        "/visit/who".to_owned()
    } else {
        format!("/visit/who?business={}", quoted(&asked.business))
    };
    let view = WhoView {
        people: people.iter().filter(|person| person.may_be_acted_for(today)).map(line).collect(),
        add: if people.len() < MOST_PEOPLE { format!("/account/people?to={}", quoted(&here)) } else { String::new() },
    };
    app.show(&look, &view)
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::WhoView>();
    }
}

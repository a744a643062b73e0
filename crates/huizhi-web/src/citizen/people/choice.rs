//! For whom? The people of the account that is signed in, for whom it may begin something.

use huizhi_domain::account::Account;
use huizhi_domain::id::PersonId;
use huizhi_domain::person::Person;
use serde::Serialize;

use crate::app::App;
use crate::error::PageError;

/// Somebody to choose.
#[derive(Clone, Serialize)]
pub struct Choice {
    id: String,
    name: String,
    relation: &'static str,
}

impl Choice {
    /// Two people.
    #[cfg(test)]
    pub fn samples() -> Vec<Self> {
        let one =
            |relation| Self { id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(), name: "张小明".to_owned(), relation };
        vec![one("myself"), one("child")]
    }
}

/// The people of an account for whom it may begin something; nobody where nobody is signed in.
///
/// # Errors
/// As the store.
pub async fn choices(app: &App, account: Option<&Account>) -> Result<Vec<Choice>, PageError> {
    let Some(account) = account else { return Ok(Vec::new()) };
    let people = app.store.people(account.id).await?;
    Ok(people
        .iter()
        .filter(|person| person.may_be_acted_for(app.today()))
        .map(|person| Choice {
            id: person.id.to_string(),
            name: person.details.name.as_str().to_owned(),
            relation: person.relation.word(),
        })
        .collect())
}

/// Who was chosen: one of the account's, for whom it may begin something.
///
/// # Errors
/// As the store.
pub async fn chosen(app: &App, account: Option<&Account>, id: &str) -> Result<Option<Person>, PageError> {
    let (Some(account), Ok(id)) = (account, id.parse::<PersonId>()) else { return Ok(None) };
    let person = app.store.person(account.id, id).await?;
    Ok(person.filter(|it| it.may_be_acted_for(app.today())))
}

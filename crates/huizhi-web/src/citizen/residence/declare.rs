//! Declaring where somebody lives: for whom, and one short form.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::id::{AccountId, PersonId};
use huizhi_domain::person::Person;
use huizhi_domain::residence::{DeclarationForm, Dwelling, LONGEST, ResidenceError, may_declare_for, parse};
use huizhi_store::{NewDeclaration, StoreError};
use serde::{Deserialize, Serialize};

use super::{CityChoice, cities};
use crate::account::SignedIn;
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};

/// The form.
#[derive(Serialize)]
pub struct DeclareView {
    person: String,
    name: String,
    relation: &'static str,
    cities: Vec<CityChoice>,
    dwellings: Vec<&'static str>,
    typed: Typed,
    errors: FormErrors,
}

/// For whom.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    person: String,
}

/// What was typed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    person: String,
    district: String,
    street: String,
    house: String,
    dwelling: String,
    since: String,
    truth: String,
}

impl View for DeclareView {
    const TEMPLATE: &'static str = "citizen/residence/declare.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use super::District;
        let district =
            |name: &str| District { code: "441302".to_owned(), zh: "惠城区".to_owned(), name: name.to_owned() };
        let districts = vec![district("惠城区"), district("Huicheng")];
        let view = |relation, typed, errors| Self {
            person: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            name: "张小明".to_owned(),
            relation,
            cities: vec![CityChoice {
                code: "441300".to_owned(),
                name: "惠州市".to_owned(),
                districts: districts.clone(),
            }],
            dwellings: dwellings(),
            typed,
            errors,
        };
        let typed = Typed {
            district: "441302".to_owned(),
            dwelling: "rented".to_owned(),
            truth: "1".to_owned(),
            ..Typed::default()
        };
        let mut all = FormErrors::default();
        for (field, why) in FAULTS {
            all.add_value(field, format!("residence-fault-{field}-{why}"), "100");
        }
        all.add("person", "residence-waits");
        vec![
            view("myself", Typed::default(), FormErrors::default()),
            view("child", typed.clone(), all),
            view("ward", typed, FormErrors::default()),
        ]
    }
}

/// What can be wrong with which field.
#[cfg(test)]
const FAULTS: [(&str, &str); 10] = [
    ("district", "missing"),
    ("street", "missing"),
    ("street", "long"),
    ("house", "missing"),
    ("house", "long"),
    ("dwelling", "missing"),
    ("since", "missing"),
    ("since", "wrong"),
    ("since", "later"),
    ("truth", "missing"),
];

fn dwellings() -> Vec<&'static str> {
    Dwelling::ALL.iter().map(|it| it.word()).collect()
}

/// Somebody of the account for whom it may declare.
async fn found(app: &App, account: AccountId, id: &str) -> Result<Option<Person>, PageError> {
    let Ok(id) = id.parse::<PersonId>() else { return Ok(None) };
    let today = app.today();
    let person = app.store.person(account, id).await?;
    Ok(person.filter(|it| may_declare_for(it, app.residence.on(today), today).is_ok()))
}

async fn view(
    app: &App,
    look: &Look,
    person: &Person,
    typed: Typed,
    errors: FormErrors,
) -> Result<DeclareView, PageError> {
    Ok(DeclareView {
        person: person.id.to_string(),
        name: person.details.name.as_str().to_owned(),
        relation: person.relation.word(),
        cities: cities(app, look.lang).await?,
        dwellings: dwellings(),
        typed,
        errors,
    })
}

/// `/residence/declare?person=…`; without somebody, the list asks for whom.
pub async fn ask(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let Some(person) = found(&app, account.id, &asked.person).await? else { return Ok(see_other("/residence")) };
    let view = view(&app, &look, &person, Typed::default(), FormErrors::default()).await?;
    Ok(app.show(&look, &view)?.into_response())
}

/// POST `/residence/declare`
pub async fn declare(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Posted(typed): Posted<Typed>,
) -> Result<Response, PageError> {
    let Some(person) = found(&app, account.id, &typed.person).await? else { return Ok(see_other("/residence")) };
    let today = app.today();
    let cities = cities(&app, look.lang).await?;
    let place = cities.iter().find_map(|city| {
        let district = city.districts.iter().find(|it| it.code == typed.district)?;
        Some((city.code.as_str(), district.zh.as_str()))
    });
    let form = DeclarationForm {
        place,
        street: &typed.street,
        house: &typed.house,
        dwelling: &typed.dwelling,
        since: &typed.since,
        truth: !typed.truth.is_empty(),
    };
    let errors = match parse(&form, today) {
        Ok(declared) => {
            let new =
                NewDeclaration { account: account.id, assurance: account.assurance, person: person.clone(), declared };
            match app.store.declare_residence(&new, app.residence.on(today)).await {
                Ok((id, _)) => return Ok(see_other(&format!("/residence/{id}"))),
                Err(StoreError::Residence(ResidenceError::Waits)) => FormErrors::one("person", "residence-waits"),
                Err(error) => return Err(error.into()),
            }
        }
        Err(faults) => {
            let mut errors = FormErrors::default();
            for fault in faults {
                let (field, why) = (fault.field.word(), fault.why.word());
                errors.add_value(field, format!("residence-fault-{field}-{why}"), LONGEST.to_string());
            }
            errors
        }
    };
    let view = view(&app, &look, &person, typed, errors).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response())
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::DeclareView>();
    }
}

//! The people of an account: the owner, children, wards. One short form each, so that no order asks again.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::applicant::{FormField, IdKind};
use huizhi_domain::consent::Purpose;
use huizhi_domain::id::{AccountId, PersonId};
use huizhi_domain::person::{
    self, Details, MOST_PEOPLE, Person, PersonFault, PersonForm, ProofKind, ProofStanding, Relation,
};
use huizhi_store::StoreError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::account::{SignedIn, own};
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};

const HERE: &str = "/account/people";

/// What was done before, as the page says.
const TOLD: [&str; 3] = ["added", "changed", "removed"];

/// The people, or one of them, with the form.
#[derive(Serialize)]
pub struct PeopleView {
    people: Vec<PersonLine>,
    /// The id of who is changed; empty where somebody is added.
    editing: String,
    can_add: bool,
    can_hand_over: bool,
    /// Whether the consent to keep numbers has to be given still.
    asks_consent: bool,
    /// Those to choose: a second owner is none of them.
    relations: Vec<&'static str>,
    proofs: [&'static str; 3],
    /// Where to go on afterwards; empty where nobody was sent here.
    to: String,
    /// One of [`TOLD`], or empty.
    told: &'static str,
    typed: Typed,
    errors: FormErrors,
}

/// Somebody in the list.
#[derive(Clone, Serialize)]
struct PersonLine {
    id: String,
    relation: &'static str,
    name: String,
    number: String,
    age: u8,
    /// The paper that shows the relation; empty for the owner.
    proof: &'static str,
    /// When a window saw it; 0 before.
    seen_at: i64,
    /// What a guardian does: `consents`, `comes`, nothing, or that the child has grown up.
    guardian: &'static str,
}

/// What was typed, or is known.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    relation: String,
    name: String,
    id_number: String,
    other_paper: String,
    birth: String,
    proof: String,
    consent: String,
    #[serde(skip_serializing)]
    to: String,
}

impl View for PeopleView {
    const TEMPLATE: &'static str = "citizen/people/people.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = |relation: Relation, guardian, seen_at| PersonLine {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            relation: relation.word(),
            name: "张小明".to_owned(),
            number: "4413************38".to_owned(),
            age: 12,
            proof: if relation == Relation::Myself { "" } else { ProofKind::HouseholdBook.word() },
            seen_at,
            guardian,
        };
        let people = vec![
            line(Relation::Myself, "", 0),
            line(Relation::Child, "consents", 0),
            line(Relation::Child, "comes", 1_764_051_360_000),
            line(Relation::Child, "grown", 0),
            line(Relation::Ward, "", 0),
        ];
        let view = |people: &[PersonLine], editing: &str, errors| Self {
            people: people.to_vec(),
            editing: editing.to_owned(),
            can_add: true,
            can_hand_over: !editing.is_empty(),
            asks_consent: editing.is_empty(),
            relations: relations(editing.is_empty()),
            proofs: ProofKind::ALL.map(ProofKind::word),
            told: "",
            to: if editing.is_empty() { "/visit/who".to_owned() } else { String::new() },
            typed: Typed { relation: "child".to_owned(), other_paper: "1".to_owned(), ..Typed::default() },
            errors,
        };
        let mut all = FormErrors::default();
        for (field, key) in [
            ("relation", "person-relation-missing"),
            ("relation", "person-second-owner"),
            ("relation", "person-grown-up"),
            ("name", "name.empty"),
            ("id_number", "id-number.fifteen-digits"),
            ("birth", "person-birth-missing"),
            ("birth", "person-birth-wrong"),
            ("proof", "person-proof-missing"),
            ("consent", "person-consent-missing"),
        ] {
            all.add(field, key);
        }
        let full = Self { can_add: false, ..view(&people, "", FormErrors::default()) };
        let told = TOLD.map(|told| Self { told, ..view(&people, "", FormErrors::default()) });
        let plain = [
            view(&[], "", FormErrors::default()),
            view(&people, "", all),
            view(&people, "01A", FormErrors::default()),
            full,
        ];
        plain.into_iter().chain(told).collect()
    }
}

/// Whom somebody can be to the owner.
fn relations(has_owner: bool) -> Vec<&'static str> {
    let free = |relation: &Relation| !has_owner || *relation != Relation::Myself;
    Relation::ALL.into_iter().filter(free).map(Relation::word).collect()
}

fn line(person: &Person, today: Date) -> PersonLine {
    let guardian = match person.relation {
        Relation::Myself => "",
        _ if !person.may_be_acted_for(today) => "grown",
        _ if person.needs_guardian_consent(today) => "consents",
        _ if person.comes_accompanied(today) => "comes",
        _ => "",
    };
    let seen_at = match person.standing {
        ProofStanding::SeenAtWindow { at, .. } => at.0,
        ProofStanding::Claimed => 0,
    };
    PersonLine {
        id: person.id.to_string(),
        relation: person.relation.word(),
        name: person.details.name.as_str().to_owned(),
        number: person.details.number.masked(),
        age: person.age_on(today),
        proof: person.details.proof.map_or("", ProofKind::word),
        seen_at,
        guardian,
    }
}

async fn view(app: &App, account: AccountId, typed: Typed, errors: FormErrors) -> Result<PeopleView, PageError> {
    let today = app.today();
    let people = app.store.people(account).await?;
    Ok(PeopleView {
        can_add: people.len() < MOST_PEOPLE,
        people: people.iter().map(|person| line(person, today)).collect(),
        editing: String::new(),
        can_hand_over: false,
        asks_consent: !keeps_numbers(app, account).await?,
        relations: relations(people.iter().any(|person| person.relation == Relation::Myself)),
        proofs: ProofKind::ALL.map(ProofKind::word),
        to: String::new(),
        told: "",
        typed,
        errors,
    })
}

/// Whether the account consented to keeping numbers, in the words of today.
async fn keeps_numbers(app: &App, account: AccountId) -> Result<bool, PageError> {
    let given = app.store.consented(account, Purpose::IdentityNumber).await?;
    Ok(given.is_some_and(|it| it.holds(&app.consents)))
}

/// Where to go on after somebody was added, and what was done before.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Onward {
    to: String,
    told: String,
}

/// `/account/people`
pub async fn people(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Query(asked): Query<Onward>,
) -> Result<Response, PageError> {
    let mut view = view(&app, account.id, Typed::default(), FormErrors::default()).await?;
    view.to = asked.to;
    view.told = TOLD.into_iter().find(|told| *told == asked.told).unwrap_or_default();
    Ok(app.show(&look, &view)?.into_response())
}

/// POST `/account/people`: adds somebody.
pub async fn add(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Posted(typed): Posted<Typed>,
) -> Result<Response, PageError> {
    if app.store.people(account.id).await?.len() >= MOST_PEOPLE {
        return Ok(see_other(HERE));
    }
    let errors = match checked(&app, account.id, &typed).await? {
        Ok((relation, details)) => {
            note_consent(&app, account.id).await?;
            match app.store.add_person(account.id, relation, &details).await {
                Ok(_) if typed.to.is_empty() => return Ok(done("added")),
                Ok(_) => return Ok(see_other(own(&typed.to))),
                Err(StoreError::Conflict(_)) => FormErrors::one("relation", "person-second-owner"),
                Err(error) => return Err(error.into()),
            }
        }
        Err(errors) => errors,
    };
    let to = typed.to.clone();
    let view = PeopleView { to, ..view(&app, account.id, typed, errors).await? };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response())
}

/// Back to the list, which says what was done.
fn done(told: &str) -> Response {
    see_other(&format!("{HERE}?told={told}"))
}

/// The consent of this page is ticked only where it was asked.
async fn note_consent(app: &App, account: AccountId) -> Result<(), PageError> {
    let version = app.consents.version(Purpose::IdentityNumber);
    Ok(app.store.consent(account, Purpose::IdentityNumber, &version).await?)
}

async fn checked(
    app: &App,
    account: AccountId,
    typed: &Typed,
) -> Result<Result<(Relation, Details), FormErrors>, PageError> {
    let form = PersonForm {
        relation: &typed.relation,
        name: &typed.name,
        number: &typed.id_number,
        other_paper: !typed.other_paper.is_empty(),
        birth: &typed.birth,
        proof: &typed.proof,
    };
    let read = person::parse(&form, app.today());
    let mut errors = FormErrors::default();
    for fault in read.as_ref().err().into_iter().flatten() {
        match fault {
            PersonFault::Relation => errors.add("relation", "person-relation-missing"),
            PersonFault::Field(error) => {
                let field = if error.field == FormField::IdNumber { "id_number" } else { "name" };
                errors.add_value(field, error.code.code(), error.value_shown.clone());
            }
            PersonFault::BirthMissing => errors.add("birth", "person-birth-missing"),
            PersonFault::BirthWrong => errors.add("birth", "person-birth-wrong"),
            PersonFault::GrownUp => errors.add("relation", "person-grown-up"),
            PersonFault::Proof => errors.add("proof", "person-proof-missing"),
        }
    }
    if typed.consent.is_empty() && !keeps_numbers(app, account).await? {
        errors.add("consent", "person-consent-missing");
    }
    Ok(match read {
        Ok(read) if errors.is_empty() => Ok(read),
        _ => Err(errors),
    })
}

async fn found(app: &App, account: AccountId, id: &str) -> Result<Person, PageError> {
    let id: PersonId = id.parse().map_err(|_| PageError::Absent)?;
    app.store.person(account, id).await?.ok_or(PageError::Absent)
}

async fn form_of(app: &App, account: AccountId, person: &Person) -> Result<PeopleView, PageError> {
    let details = &person.details;
    let typed = Typed {
        relation: person.relation.word().to_owned(),
        name: details.name.as_str().to_owned(),
        id_number: details.number.as_str().to_owned(),
        other_paper: if details.number.kind() == IdKind::OtherDocument { "1".to_owned() } else { String::new() },
        birth: if details.number.birth().is_none() { details.birth.to_string() } else { String::new() },
        proof: details.proof.map_or("", ProofKind::word).to_owned(),
        consent: String::new(),
        to: String::new(),
    };
    let mut view = view(app, account, typed, FormErrors::default()).await?;
    view.editing = person.id.to_string();
    view.people.retain(|line| line.id == view.editing);
    if person.relation == Relation::Myself {
        view.relations = relations(false);
    }
    view.can_hand_over = person.may_be_handed_over(app.today()).is_ok();
    Ok(view)
}

/// `/account/people/{person}`
pub async fn edit(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let person = found(&app, account.id, &id).await?;
    Ok(app.show(&look, &form_of(&app, account.id, &person).await?)?.into_response())
}

/// POST `/account/people/{person}`
pub async fn change(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
    Posted(typed): Posted<Typed>,
) -> Result<Response, PageError> {
    let person = found(&app, account.id, &id).await?;
    let errors = match checked(&app, account.id, &typed).await? {
        Ok((relation, details)) => {
            if (relation, &details) == (person.relation, &person.details) {
                return Ok(see_other(HERE));
            }
            note_consent(&app, account.id).await?;
            match app.store.change_person(account.id, person.id, relation, &details).await {
                Ok(()) => return Ok(done("changed")),
                Err(StoreError::Conflict(_)) => FormErrors::one("relation", "person-second-owner"),
                Err(error) => return Err(error.into()),
            }
        }
        Err(errors) => errors,
    };
    let view = PeopleView { typed, errors, ..form_of(&app, account.id, &person).await? };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response())
}

/// POST `/account/people/{person}/remove`
pub async fn remove(
    State(app): State<App>,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let person = found(&app, account.id, &id).await?;
    app.store.remove_person(account.id, person.id).await?;
    Ok(done("removed"))
}

/// The link that is handed over.
#[derive(Serialize)]
pub struct HandOverView {
    name: String,
    link: String,
}

impl View for HandOverView {
    const TEMPLATE: &'static str = "citizen/people/hand-over.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        vec![Self { name: "张小明".to_owned(), link: "http://localhost/account/take-over/abc".to_owned() }]
    }
}

/// POST `/account/people/{person}/hand-over`: shows a link that is good for a week, once.
pub async fn hand_over(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let person = found(&app, account.id, &id).await?;
    if let Err(error) = person.may_be_handed_over(app.today()) {
        return Err(PageError::Late(error.to_string()));
    }
    let code = app.store.hand_over(account.id, person.id).await?;
    let link = app.settings.address(&format!("/account/take-over/{code}"));
    let view = HandOverView { name: person.details.name.as_str().to_owned(), link };
    Ok(app.show(&look, &view)?.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_render() {
        crate::page::tests::renders::<PeopleView>();
        crate::page::tests::renders::<HandOverView>();
    }
}

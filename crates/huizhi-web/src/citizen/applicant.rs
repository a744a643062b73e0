//! Step 5: who the photo is for. Only what the city's policy for the document needs is asked (R16).

use std::collections::BTreeSet;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::applicant::{
    Applicant, ApplicantForm, FieldError, FormField, GuardianForm, GuardianPaper, IdKind, IdNumber,
};
use huizhi_domain::id::AccountId;
use huizhi_domain::order::Order;
use huizhi_domain::person::{Person, Relation};
use huizhi_domain::policy::Field;
use huizhi_store::ApplicantRecord;
use serde::{Deserialize, Serialize};

use super::people::choice::{self, Choice};
use super::{name, see_other};
use crate::account::MaybeSignedIn;
use crate::app::App;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};
use crate::visitor::HeldOrder;

/// The box that a guardian ticks (D31): asked before the photo, and again where the number shows a child.
const CONSENT: &str = "guardian_consent";

/// The applicant's form.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a part of the page that shows or not")]
pub struct ApplicantView {
    id: String,
    photo: String,
    asks_name: bool,
    asks_number: bool,
    /// Whether only a resident's number is taken.
    resident: bool,
    asks_phone: bool,
    asks_guardian: bool,
    /// Whether a guardian still has to consent: the number says that the applicant is under 14.
    asks_consent: bool,
    papers: Vec<String>,
    /// Of whose account's people it may be for one; empty where nobody is signed in, or where it was said.
    people: Vec<Choice>,
    /// Whose details are filled in; empty where they were typed.
    filled: String,
    typed: Typed,
    errors: FormErrors,
}

/// What was typed, or is known.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub photo: String,
    /// The id of whom of the account's people it is for.
    pub person: String,
    pub name: String,
    pub id_number: String,
    pub phone: String,
    pub email: String,
    pub guardian_name: String,
    pub guardian_paper: String,
    pub guardian_id_number: String,
    pub guardian_phone: String,
    pub guardian_consent: String,
}

impl View for ApplicantView {
    const TEMPLATE: &'static str = "citizen/applicant.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let papers = || papers();
        let view = |all: bool, errors| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            photo: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            asks_name: true,
            asks_number: true,
            resident: all,
            asks_phone: all,
            asks_guardian: all,
            asks_consent: all,
            papers: papers(),
            people: if all { Choice::samples() } else { Vec::new() },
            filled: if all { String::new() } else { "张".to_owned() },
            typed: Typed { name: "张".to_owned(), ..Typed::default() },
            errors,
        };
        let mut all = FormErrors::default();
        for fault in huizhi_domain::applicant::Fault::ALL {
            all.add_value("name", fault.code(), "1");
        }
        all.add("id_number", "applicant-number-resident");
        all.add("email", "applicant-email-wrong");
        all.add("guardian_consent", "guide-guardian-missing");
        vec![view(false, FormErrors::default()), view(true, all)]
    }
}

fn papers() -> Vec<String> {
    GuardianPaper::ALL.iter().map(word).collect()
}

/// The word by which a value is kept.
pub fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The photo that was chosen.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    photo: String,
    change: String,
    person: String,
}

/// What the order's policy asks.
pub fn asked(app: &App, order: &Order) -> BTreeSet<Field> {
    app.policy(&order.city, &order.document).map(|policy| policy.fields.value).unwrap_or_default()
}

/// Whether a number of that kind can be the applicant's.
fn takes(app: &App, order: &Order, kind: IdKind) -> bool {
    app.policy(&order.city, &order.document).is_none_or(|policy| policy.takes(kind))
}

/// Whether all that is asked is there.
pub fn is_complete(record: &ApplicantRecord, asked: &BTreeSet<Field>) -> bool {
    (record.name.is_some() || !asked.contains(&Field::Name))
        && (record.id_number.is_some() || !asked.contains(&Field::IdNumber))
        && (record.phone.is_some() || !asked.contains(&Field::Phone))
}

/// `/order/{id}/applicant?photo=`: asks, unless nothing is asked or all is known; nobody is asked twice.
pub async fn applicant(
    State(app): State<App>,
    look: Look,
    HeldOrder(order): HeldOrder,
    MaybeSignedIn(account): MaybeSignedIn,
    Query(chosen): Query<Chosen>,
) -> Result<Response, PageError> {
    if !order.takes_photos() {
        return Ok(see_other(&format!("/order/{}", order.id)));
    }
    let asked = asked(&app, &order);
    let record = app.store.applicant(order.id).await?.unwrap_or_default();
    if chosen.change.is_empty() && is_complete(&record, &asked) {
        return Ok(see_other(&check_path(&order, &chosen.photo)));
    }
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    let mut typed = Typed {
        photo: chosen.photo,
        person: String::new(),
        name: text(&record.name),
        id_number: text(&record.id_number),
        phone: text(&record.phone),
        email: text(&record.email),
        guardian_name: text(&record.guardian_name),
        guardian_paper: text(&record.guardian_id_kind),
        guardian_id_number: text(&record.guardian_id_number),
        guardian_phone: String::new(),
        guardian_consent: String::new(),
    };
    let known = app.store.person_of(order.id).await?;
    let asked_for = if chosen.person.is_empty() { known.map(|it| it.id.to_string()) } else { Some(chosen.person) };
    let person = choice::chosen(&app, account.as_ref(), &asked_for.unwrap_or_default()).await?;
    let mut filled = String::new();
    if let (Some(account), Some(person)) = (&account, &person)
        && (typed.id_number.is_empty() || chosen.change.is_empty())
    {
        fill_in(&app, account.id, person, &mut typed).await?;
        typed.name.clone_into(&mut filled);
    }
    let people = if person.is_some() { Vec::new() } else { choice::choices(&app, account.as_ref()).await? };
    let guardian = super::guide::by_guardian(&record);
    let view = ApplicantView { people, filled, ..view(&app, &order, typed, guardian, FormErrors::default()) };
    Ok(app.show(&look, &view)?.into_response())
}

/// Fills in what the account knows of a person, and for a minor the owner as the guardian (never ask twice, UX.md §4.2).
async fn fill_in(app: &App, account: AccountId, person: &Person, typed: &mut Typed) -> Result<(), PageError> {
    typed.person = person.id.to_string();
    person.details.name.as_str().clone_into(&mut typed.name);
    person.details.number.as_str().clone_into(&mut typed.id_number);
    if !person.comes_accompanied(app.today()) || !typed.guardian_name.is_empty() {
        return Ok(());
    }
    let people = app.store.people(account).await?;
    if let Some(owner) = people.iter().find(|it| it.relation == Relation::Myself && it.id != person.id) {
        let kind = owner.details.number.kind();
        owner.details.name.as_str().clone_into(&mut typed.guardian_name);
        owner.details.number.as_str().clone_into(&mut typed.guardian_id_number);
        let paper = GuardianPaper::ALL.into_iter().find(|paper| paper.carries(kind));
        typed.guardian_paper = paper.as_ref().map(word).unwrap_or_default();
    }
    Ok(())
}

fn check_path(order: &Order, photo: &str) -> String {
    format!("/order/{}/check?photo={}", order.id, super::quoted(photo))
}

fn view(app: &App, order: &Order, typed: Typed, guardian: bool, errors: FormErrors) -> ApplicantView {
    let asked = asked(app, order);
    ApplicantView {
        id: order.id.to_string(),
        photo: typed.photo.clone(),
        asks_name: asked.contains(&Field::Name),
        asks_number: asked.contains(&Field::IdNumber),
        resident: !takes(app, order, IdKind::OtherDocument),
        asks_phone: asked.contains(&Field::Phone),
        asks_consent: errors.concern(CONSENT),
        asks_guardian: guardian || !typed.guardian_name.is_empty() || !typed.guardian_id_number.is_empty(),
        papers: papers(),
        people: Vec::new(),
        filled: String::new(),
        typed,
        errors,
    }
}

/// POST `/order/{id}/applicant`
pub async fn save(
    State(app): State<App>,
    look: Look,
    HeldOrder(order): HeldOrder,
    MaybeSignedIn(account): MaybeSignedIn,
    Posted(typed): Posted<Typed>,
) -> Result<Response, PageError> {
    if !order.takes_photos() {
        return Ok(see_other(&format!("/order/{}", order.id)));
    }
    let record = app.store.applicant(order.id).await?.unwrap_or_default();
    let record = match checked(&app, &order, &typed, record) {
        Ok(record) => record,
        Err(errors) => {
            let minor = errors.concern("guardian_name") || errors.concern(CONSENT);
            let view = view(&app, &order, typed, minor, errors);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response());
        }
    };
    app.store.set_applicant(order.id, &record).await?;
    let person = choice::chosen(&app, account.as_ref(), &typed.person).await?;
    if let (Some(account), Some(person)) = (&account, &person) {
        super::guide::note(&app, account.id, &order, Some(person)).await?;
    }
    let asks_picture = record.name_picture.is_none() && name::needs_picture(&app, &record);
    let next = if asks_picture { name::path(&order, &typed.photo) } else { check_path(&order, &typed.photo) };
    Ok(see_other(&next))
}

/// Holds what was typed against what is asked, and fills the record with it.
///
/// # Errors
/// What is to be mended, by field.
pub fn checked(
    app: &App,
    order: &Order,
    typed: &Typed,
    mut record: ApplicantRecord,
) -> Result<ApplicantRecord, FormErrors> {
    let paper = GuardianPaper::ALL.into_iter().find(|paper| word(paper) == typed.guardian_paper);
    let given = !typed.guardian_name.trim().is_empty() || !typed.guardian_id_number.trim().is_empty();
    let form = ApplicantForm {
        name: &typed.name,
        id_number: &typed.id_number,
        phone: &typed.phone,
        guardian: given.then(|| GuardianForm {
            name: &typed.guardian_name,
            paper: paper.unwrap_or(GuardianPaper::ResidentId),
            id_number: &typed.guardian_id_number,
            phone: &typed.guardian_phone,
        }),
    };
    let parsed = Applicant::parse(&form, &asked(app, order), app.today());
    let email = typed.email.trim().to_owned();
    let mut errors = FormErrors::default();
    for FieldError { field, code, value_shown } in parsed.as_ref().err().into_iter().flatten() {
        errors.add_value(field_name(*field), code.code(), value_shown.clone());
    }
    let number = IdNumber::parse(&typed.id_number, app.today()).ok();
    if number.is_some_and(|number| !takes(app, order, number.kind())) {
        errors.add("id_number", "applicant-number-resident");
    }
    if !email.is_empty() && !is_address(&email) {
        errors.add("email", "applicant-email-wrong");
    }
    let child = parsed.as_ref().is_ok_and(|it| it.needs_guardian_consent(app.today()) == Some(true));
    let consents = !typed.guardian_consent.is_empty();
    if child && !consents && !super::guide::by_guardian(&record) {
        errors.add(CONSENT, "guide-guardian-missing");
    }
    let Some(applicant) = parsed.ok().filter(|_| errors.is_empty()) else { return Err(errors) };
    fill(&mut record, &applicant, &email);
    if child && consents {
        super::guide::record_consent(&mut record, app.store.now(), true);
    }
    Ok(record)
}

fn fill(record: &mut ApplicantRecord, applicant: &Applicant, email: &str) {
    let name = applicant.name.as_ref().map(|name| name.as_str().to_owned());
    if record.name != name {
        // It shows another name.
        record.name_picture = None;
    }
    record.name = name;
    record.id_kind = applicant.id.as_ref().map(|id| word(&id.kind()));
    record.id_number = applicant.id.as_ref().map(|id| id.as_str().to_owned());
    record.phone = applicant.phone.as_ref().map(|phone| phone.as_str().to_owned());
    record.email = (!email.is_empty()).then(|| email.to_owned());
    let guardian = applicant.guardian.as_ref();
    record.guardian_name = guardian.map(|it| it.name.as_str().to_owned());
    record.guardian_id_kind = guardian.map(|it| word(&it.paper));
    record.guardian_id_number = guardian.map(|it| it.id.as_str().to_owned());
}

const fn field_name(field: FormField) -> &'static str {
    match field {
        FormField::Name => "name",
        FormField::IdNumber => "id_number",
        FormField::Phone => "phone",
        FormField::GuardianName => "guardian_name",
        FormField::GuardianIdNumber => "guardian_id_number",
        FormField::GuardianPhone => "guardian_phone",
    }
}

/// Whether a text has the form of an e-mail address. Whether it exists only a letter can tell.
fn is_address(text: &str) -> bool {
    huizhi_outside::is_address(text) && text.split('@').next_back().is_some_and(|host| host.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_render() {
        crate::page::tests::renders::<ApplicantView>();
    }

    #[test]
    fn addresses_have_a_name_and_a_host() {
        for (text, good) in
            [("a@b.cn", true), ("a.b+c@qq.com", true), ("a@b", false), ("a b@c.cn", false), ("@c.cn", false)]
        {
            assert_eq!(is_address(text), good, "{text}");
        }
    }
}

//! `/visit/list`: what somebody waits for, what is offered to them, and, on the way from a full day, the form by which one joins.

use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::account::{Account, Act};
use huizhi_domain::id::OfficeId;
use huizhi_domain::staff::Office;
use huizhi_domain::visit::wish::{Wish, WishState};
use huizhi_domain::visit::{Businesses, Needed};
use huizhi_domain::words::Lang;
use serde::{Deserialize, Serialize};

use super::TIMES;
use crate::account::SignedIn;
use crate::app::App;
use crate::citizen::people::choice::{Choice, choices};
use crate::citizen::{quoted, see_other};
use crate::error::PageError;
use crate::form::FormErrors;
use crate::page::{Look, View};

/// What may have been done before.
const TOLD: [&str; 1] = ["joined"];

/// Wishes that are shown: the newest.
const SHOWN: usize = 20;

/// The waiting list, as somebody sees their part of it.
#[derive(Serialize)]
pub struct ListView {
    wishes: Vec<WishLine>,
    /// Where one joins; absent for who only looks.
    form: Option<Form>,
    typed: Typed,
    errors: FormErrors,
    /// The page that somebody came from: the day that they chose, else where visits begin.
    back: String,
    /// One of [`TOLD`], or empty.
    told: &'static str,
}

/// What was done before.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Told {
    told: String,
}

/// One wish.
#[derive(Clone, Serialize)]
struct WishLine {
    id: String,
    state: &'static str,
    business: String,
    office: String,
    name: String,
    from: String,
    to: String,
    times: &'static str,
    /// How many have waited longer for the same days.
    before: i64,
    /// The place that is offered, and until when it is held.
    day: String,
    time: String,
    until: i64,
}

/// The form.
#[derive(Clone, Serialize)]
struct Form {
    office_name: String,
    businesses: Vec<BusinessChoice>,
    people: Vec<Choice>,
    times: [&'static str; 3],
}

/// A business to choose.
#[derive(Clone, Serialize)]
struct BusinessChoice {
    id: String,
    name: String,
}

/// What was typed, or chosen on the way.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub person: String,
    pub business: String,
    pub office: String,
    /// The full day from which somebody came.
    pub day: String,
    pub from: String,
    pub to: String,
    pub times: String,
}

impl View for ListView {
    const TEMPLATE: &'static str = "citizen/wish/list.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = |state: WishState, before, to: &str| WishLine {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            state: state.word(),
            business: "身份证到期换领".to_owned(),
            office: "江北窗口".to_owned(),
            name: "张小明".to_owned(),
            from: "2026-12-01".to_owned(),
            to: to.to_owned(),
            times: if before > 0 { "morning" } else { "any" },
            before,
            day: "2026-12-01".to_owned(),
            time: "09:00".to_owned(),
            until: 1_795_572_000_000,
        };
        let mut wishes: Vec<WishLine> = WishState::ALL.iter().map(|state| line(*state, 3, "2026-12-03")).collect();
        wishes.push(line(WishState::Waiting, 0, "2026-12-01"));
        let business = BusinessChoice { id: "id-renewal".to_owned(), name: "身份证到期换领".to_owned() };
        let form = |people| Form {
            office_name: "江北窗口".to_owned(),
            businesses: vec![business.clone()],
            people,
            times: TIMES.map(|(word, _)| word),
        };
        let typed = Typed { office: "01A".to_owned(), times: "afternoon".to_owned(), ..Typed::default() };
        let mut all = FormErrors::default();
        for (field, key) in [
            ("person", "wish-person-missing"),
            ("business", "wish-business-missing"),
            ("from", "wish-days-wrong"),
            ("person", "wish-already"),
            ("offer", "wish-offer-over"),
        ] {
            all.add(field, key);
        }
        let view = |wishes, form, errors| Self {
            wishes,
            form,
            typed: typed.clone(),
            errors,
            back: "/visit".to_owned(),
            told: "",
        };
        vec![
            view(Vec::new(), None, FormErrors::default()),
            Self { told: TOLD[0], ..view(wishes.clone(), None, FormErrors::default()) },
            view(wishes, Some(form(Choice::samples())), all),
            view(Vec::new(), Some(form(Vec::new())), FormErrors::default()),
        ]
    }
}

/// The page, with what is to be mended in the form.
///
/// # Errors
/// As the store.
pub async fn view(
    app: &App,
    look: &Look,
    account: &Account,
    typed: Typed,
    errors: FormErrors,
) -> Result<ListView, PageError> {
    let businesses = &app.businesses;
    let offices = app.store.offices().await?;
    let people = app.store.people(account.id).await?;
    let mut wishes = Vec::new();
    for wish in app.store.wishes_of(account.id).await?.into_iter().take(SHOWN) {
        let name = people.iter().find(|person| person.id == wish.person);
        let name = name.map(|person| person.details.name.as_str().to_owned()).unwrap_or_default();
        let office = offices.iter().find(|office| office.id == wish.office);
        let office = office.map(|office| office.name.clone()).unwrap_or_default();
        wishes.push(line(app, look.lang, businesses, &wish, name, office).await?);
    }
    let form = match office_of(&offices, &typed.office) {
        Some(office) if app.store.booking_policy(office.id).await?.waiting_list => Some(Form {
            office_name: office.name.clone(),
            businesses: businesses
                .all()
                .filter(|business| business.booking == Needed::Required)
                .map(|it| BusinessChoice { id: it.id.clone(), name: it.name.in_lang(look.lang).to_owned() })
                .collect(),
            people: choices(app, Some(account)).await?,
            times: TIMES.map(|(word, _)| word),
        }),
        _ => None,
    };
    Ok(ListView { wishes, form, back: back(&typed), typed, errors, told: "" })
}

/// The times of the day from which somebody came, where they said what they come for; else where visits begin.
fn back(typed: &Typed) -> String {
    let Typed { person, business, office, day, from, .. } = typed;
    if [person, business, office].into_iter().any(String::is_empty) {
        return "/visit".to_owned();
    }
    let day = if day.is_empty() { from } else { day };
    let [person, business, office, day] = [person, business, office, day].map(|text| quoted(text));
    format!("/visit/time?person={person}&business={business}&office={office}&day={day}")
}

/// An office by its id's text.
pub fn office_of<'a>(offices: &'a [Office], id: &str) -> Option<&'a Office> {
    let id: OfficeId = id.parse().ok()?;
    offices.iter().find(|office| office.id == id)
}

async fn line(
    app: &App,
    lang: Lang,
    businesses: &Businesses,
    wish: &Wish,
    name: String,
    office: String,
) -> Result<WishLine, PageError> {
    let held = match wish.appointment.filter(|_| wish.state == WishState::Offered) {
        Some(id) => app.store.appointment(id).await?,
        None => None,
    };
    let before = if wish.state == WishState::Waiting { app.store.wishes_before(wish).await? } else { 0 };
    let business = businesses.get(&wish.business);
    Ok(WishLine {
        id: wish.id.to_string(),
        state: wish.state.word(),
        business: business.map_or_else(|| wish.business.clone(), |it| it.name.in_lang(lang).to_owned()),
        office,
        name,
        from: wish.from.to_string(),
        to: wish.to.to_string(),
        times: TIMES.iter().find(|(_, span)| *span == wish.times).map_or("any", |(word, _)| *word),
        before,
        day: held.as_ref().map(|it| it.slot.day.to_string()).unwrap_or_default(),
        time: held.as_ref().map(|it| it.slot.time()).unwrap_or_default(),
        until: held.and_then(|it| it.hold_until).map_or(0, |until| until.0),
    })
}

/// `/visit/list`
pub async fn list(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Query(typed): Query<Typed>,
    Query(before): Query<Told>,
) -> Result<Response, PageError> {
    if !typed.office.is_empty() && !account.may(Act::Book) {
        return Ok(see_other("/visit/level?to=/visit/list"));
    }
    let told = TOLD.into_iter().find(|told| *told == before.told).unwrap_or_default();
    let view = ListView { told, ..view(&app, &look, &account, typed, FormErrors::default()).await? };
    Ok(app.show(&look, &view)?.into_response())
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::ListView>();
    }
}

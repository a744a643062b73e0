//! `/visit/check`: check answers while the place is held, and confirm.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::account::Account;
use huizhi_domain::applicant::{ALONE_FROM_AGE, age};
use huizhi_domain::consent::Purpose;
use huizhi_domain::visit::{Appointment, Business, By, State as Standing, Visitor};
use serde::{Deserialize, Serialize};

use super::bring::{self, Bring};
use super::line::when;
use super::photo::{self, PhotoNeed, Wanted};
use super::refusal::{Refusal, refusal};
use super::times::Rules;
use super::{Asked, Booker, mine, office_of};
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::{Look, View};
use crate::visitor::Guest;

/// Answers to check.
#[derive(Default, Serialize)]
pub struct CheckView {
    held: String,
    /// Until when the place is held; 0 where it is no more.
    until: i64,
    when: String,
    business: String,
    office: String,
    address: String,
    name: String,
    number: String,
    /// Whether a guardian comes along (R9).
    accompanied: bool,
    /// Where each answer is changed.
    change: Change,
    rules: Rules,
    bring: Bring,
    photo: PhotoNeed,
    /// Whether messages by telephone or e-mail are offered.
    asks_notices: bool,
    refusal: Option<Refusal>,
}

/// Addresses of the questions.
#[derive(Default, Serialize)]
struct Change {
    who: String,
    business: String,
    office: String,
    time: String,
}

impl View for CheckView {
    const TEMPLATE: &'static str = "citizen/visit/check.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |bring, photo, more: bool| Self {
            held: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            until: i64::from(more) * 1_764_051_360_000,
            when: "2026年12月1日 星期二 08:30".to_owned(),
            business: "身份证到期换领".to_owned(),
            office: "惠城户政窗口".to_owned(),
            address: "演示路 1 号".to_owned(),
            name: "张小明".to_owned(),
            number: "4413************24".to_owned(),
            accompanied: more,
            change: Change::default(),
            rules: Rules::sample(),
            bring,
            photo,
            asks_notices: more,
            refusal: if more { None } else { Refusal::samples().pop() },
        };
        let bring = Bring::samples().into_iter().flat_map(|it| [(it.clone(), true), (it, false)]);
        let photos = PhotoNeed::samples().into_iter().cycle();
        bring.zip(photos).map(|((bring, more), photo)| view(bring, photo, more)).collect()
    }
}

/// The hold.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Held {
    held: String,
}

/// `/visit/check?held=`
pub async fn check(
    State(app): State<App>,
    look: Look,
    Booker(account): Booker,
    guest: Guest,
    Query(asked): Query<Held>,
) -> Result<Response, PageError> {
    let appointment = mine(&app, &account, &asked.held).await?;
    match appointment.state_at(app.store.now()) {
        Standing::Held | Standing::Lapsed => {
            let view = view(&app, &look, &account, &guest, &appointment, None).await?;
            Ok(app.show(&look, &view)?.into_response())
        }
        _ => Ok(see_other(&format!("/visit/{}", appointment.id))),
    }
}

async fn view(
    app: &App,
    look: &Look,
    account: &Account,
    guest: &Guest,
    appointment: &Appointment,
    refusal: Option<Refusal>,
) -> Result<CheckView, PageError> {
    let visitor = app.store.visitor_of(appointment.id).await?.ok_or(PageError::Absent)?;
    let office = office_of(app, &appointment.office.to_string()).await?.ok_or(PageError::Absent)?;
    let all = &app.businesses;
    let business = all.get(&appointment.business).ok_or(PageError::Absent)?;
    let (bring, photo) = needed(app, look, guest, appointment, &visitor, (business, office.city.as_str())).await?;
    let policy = app.store.booking_policy(appointment.office).await?;
    let held = appointment.state_at(app.store.now()) == Standing::Held;
    Ok(CheckView {
        held: appointment.id.to_string(),
        until: appointment.hold_until.filter(|_| held).map_or(0, |at| at.0),
        when: when(app, look.lang, appointment.slot),
        business: business.name.in_lang(look.lang).to_owned(),
        office: office.name,
        address: office.address,
        name: visitor.name.as_str().to_owned(),
        number: visitor.number.masked(),
        accompanied: is_accompanied(&visitor, appointment),
        change: change(appointment),
        rules: Rules::of(app, look.lang, &policy),
        bring,
        photo,
        asks_notices: asks_notices(app, account).await?,
        refusal,
    })
}

/// Under 16 on the day of the visit a guardian comes along.
pub fn is_accompanied(visitor: &Visitor, appointment: &Appointment) -> bool {
    age(visitor.birth, appointment.slot.day) < ALONE_FROM_AGE
}

/// What to bring, and how the photo's receipt stands on the day.
pub async fn needed(
    app: &App,
    look: &Look,
    guest: &Guest,
    appointment: &Appointment,
    visitor: &Visitor,
    (business, city): (&Business, &str),
) -> Result<(Bring, PhotoNeed), PageError> {
    let day = appointment.slot.day;
    let (answer, home) = bring::answer(app, visitor, &appointment.business, day);
    let wanted =
        Wanted { person: appointment.person, number: &visitor.number, business, city, day, receipt: answer.receipt };
    Ok((bring::shown(&answer, home, look.lang), photo::need(app, guest, &wanted).await?))
}

fn change(appointment: &Appointment) -> Change {
    let all = Asked {
        person: appointment.person.map(|id| id.to_string()).unwrap_or_default(),
        business: appointment.business.clone(),
        office: appointment.office.to_string(),
        day: appointment.slot.day.to_string(),
        ..Asked::default()
    };
    let who = Asked { person: String::new(), office: String::new(), day: String::new(), ..all.clone() };
    let business = Asked { business: String::new(), office: String::new(), day: String::new(), ..all.clone() };
    let office = Asked { office: String::new(), day: String::new(), ..all.clone() };
    Change {
        who: who.address("/visit/who"),
        business: business.address("/visit/business"),
        office: office.address("/visit/office"),
        time: all.address("/visit/time"),
    }
}

/// Whether there is somewhere to send messages to, and the consent to it is not given yet.
async fn asks_notices(app: &App, account: &Account) -> Result<bool, PageError> {
    if app.store.contact_of(account.id).await?.is_none() {
        return Ok(false);
    }
    let given = app.store.consented(account.id, Purpose::Notices).await?;
    Ok(!given.is_some_and(|given| given.holds(&app.consents)))
}

/// What is confirmed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Confirmed {
    held: String,
    notices: String,
}

/// POST `/visit/check`: the hold becomes an appointment. The second press of the button finds that it is.
pub async fn confirm(
    State(app): State<App>,
    look: Look,
    Booker(account): Booker,
    guest: Guest,
    Posted(form): Posted<Confirmed>,
) -> Result<Response, PageError> {
    let appointment = mine(&app, &account, &form.held).await?;
    let done = format!("/visit/{}?told=booked", appointment.id);
    if appointment.state == Standing::Booked {
        return Ok(see_other(&done));
    }
    if !form.notices.is_empty() && asks_notices(&app, &account).await? {
        app.store.consent(account.id, Purpose::Notices, &app.consents.version(Purpose::Notices)).await?;
    }
    match app.store.confirm(appointment.id, By::Account(account.id)).await? {
        Ok(_) => Ok(see_other(&done)),
        Err(refused) => {
            // Pressed twice at the same time, the first may have booked it since it was read.
            let appointment = mine(&app, &account, &form.held).await?;
            if appointment.state == Standing::Booked {
                return Ok(see_other(&done));
            }
            let refusal = refusal(&app, &look, &account, &refused).await?;
            let view = view(&app, &look, &account, &guest, &appointment, Some(refusal)).await?;
            Ok((StatusCode::CONFLICT, app.show(&look, &view)?).into_response())
        }
    }
}

/// POST `/visit/drop`: gives a held place back at once.
pub async fn drop_hold(
    State(app): State<App>,
    Booker(account): Booker,
    Posted(form): Posted<Held>,
) -> Result<Response, PageError> {
    let appointment = mine(&app, &account, &form.held).await?;
    if appointment.state == Standing::Held {
        // A refusal says that it is over, which is as good.
        let _ = app.store.cancel_appointment(appointment.id, By::Account(account.id)).await?;
    }
    Ok(see_other("/visit"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::CheckView>();
    }
}

//! `/visit/time`: which day and time. The place that is chosen is held while its citizen checks what they typed.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::account::Account;
use huizhi_domain::id::{AppointmentId, OfficeId};
use huizhi_domain::staff::Office;
use huizhi_domain::visit::{By, Refused, Rights, Slot, State as Standing};
use huizhi_store::Ask;
use serde::{Deserialize, Serialize};

use super::refusal::{Refusal, refusal};
use super::times::{Times, times};
use super::{Asked, Booker, Plan, office_of, plan, session_key};
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::form::Posted;
use crate::gate::draw_token;
use crate::page::{Look, View};
use crate::visit::gate;

/// Days and times.
#[derive(Serialize)]
pub struct TimeView {
    name: String,
    business: String,
    office: String,
    address: String,
    phone: String,
    asked: Asked,
    /// The same as a query, without the day.
    query: String,
    times: Times,
    /// Where days that are given out this morning have a waiting room.
    rooms: Vec<RoomLink>,
    /// What a repetition of the form is known by.
    once: String,
    refusal: Option<Refusal>,
    back: String,
    /// The waiting list for full days.
    list: String,
}

/// The way into a waiting room.
#[derive(Serialize)]
struct RoomLink {
    day: String,
    opens_at: i64,
    path: String,
}

impl View for TimeView {
    const TEMPLATE: &'static str = "citizen/visit/time.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let asked = || Asked { person: "1".to_owned(), business: "id-renewal".to_owned(), ..Asked::default() };
        let view = |times, refusal| Self {
            name: "张小明".to_owned(),
            business: "身份证到期换领".to_owned(),
            office: "惠城户政窗口".to_owned(),
            address: "演示路 1 号".to_owned(),
            phone: "0752-0000000".to_owned(),
            asked: asked(),
            query: asked().address("/visit/time"),
            times,
            rooms: vec![RoomLink {
                day: "2026-12-02".to_owned(),
                opens_at: 1_764_051_360_000,
                path: "/visit/room/1".to_owned(),
            }],
            once: "once".to_owned(),
            refusal,
            back: asked().address("/visit/office"),
            list: asked().address("/visit/list"),
        };
        let plain = Times::samples().into_iter().map(|times| view(times, None));
        let refused = Refusal::samples().into_iter().map(|it| view(Times::default(), Some(it)));
        plain.chain(refused).collect()
    }
}

/// `/visit/time?person=&business=&office=&day=`
pub async fn time(
    State(app): State<App>,
    look: Look,
    Booker(account): Booker,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let plan = match plan(&app, &account, &asked).await? {
        Ok(plan) => plan,
        Err(to) => return Ok(see_other(&to)),
    };
    let Some(office) = office_of(&app, &asked.office).await? else {
        return Ok(see_other(&asked.address("/visit/office")));
    };
    let view = view(&app, &look, &plan, &office, &asked, None).await?;
    Ok(app.show(&look, &view)?.into_response())
}

async fn view(
    app: &App,
    look: &Look,
    plan: &Plan,
    office: &Office,
    asked: &Asked,
    refusal: Option<Refusal>,
) -> Result<TimeView, PageError> {
    let business = &plan.business;
    let times = times(app, look, office.id, &business.service, business.units, &asked.day).await?;
    let elsewhere = Asked { office: String::new(), day: String::new(), ..asked.clone() };
    let here = Asked { day: String::new(), ..asked.clone() };
    let open = gate::open_now(app, office.id, &business.service).await?;
    let rooms = open.into_iter().map(|(day, times)| RoomLink {
        day: day.to_string(),
        opens_at: times.opens_at.0,
        path: here.address(&gate::path(office.id, &business.service, day)),
    });
    Ok(TimeView {
        rooms: rooms.collect(),
        name: plan.person.details.name.as_str().to_owned(),
        business: business.name.in_lang(look.lang).to_owned(),
        office: office.name.clone(),
        address: office.address.clone(),
        phone: office.phone.clone(),
        query: here.address("/visit/time"),
        list: here.address("/visit/list"),
        asked: asked.clone(),
        times,
        once: draw_token()?,
        refusal,
        back: elsewhere.address("/visit/office"),
    })
}

/// The time that was chosen.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    person: String,
    business: String,
    office: String,
    slot: String,
    once: String,
}

/// POST `/visit/time`: holds the place.
pub async fn hold(
    State(app): State<App>,
    look: Look,
    Booker(account): Booker,
    headers: HeaderMap,
    Posted(form): Posted<Chosen>,
) -> Result<Response, PageError> {
    let slot: Option<Slot> = form.slot.parse().ok();
    let asked = Asked {
        person: form.person,
        business: form.business,
        office: form.office,
        day: slot.map(|slot| slot.day.to_string()).unwrap_or_default(),
        ..Asked::default()
    };
    let plan = match plan(&app, &account, &asked).await? {
        Ok(plan) => plan,
        Err(to) => return Ok(see_other(&to)),
    };
    let (Some(office), Some(slot)) = (office_of(&app, &asked.office).await?, slot) else {
        return Ok(see_other(&asked.address("/visit/office")));
    };
    let visitor = plan.visitor();
    let key = app.store.person_key(&visitor.number);
    let service = &plan.business.service;
    if let Err(wait) = gate::let_in(&app, office.id, service, slot.day, &key).await? {
        return Ok(see_other(&asked.address(&wait.path)));
    }
    if let Some(held) = held_already(&app, &account, &plan, (office.id, slot)).await? {
        return Ok(see_other(&format!("/visit/check?held={held}")));
    }
    let ask = Ask {
        office: office.id,
        service: service.clone(),
        business: plan.business.id.clone(),
        slot,
        units: plan.business.units,
        visitor,
        account: Some(account.id),
        person: Some(plan.person.id),
        rights: Rights::Public,
        lang: look.lang,
        once: Some(form.once).filter(|once| !once.is_empty()),
        session: session_key(&app, &headers),
    };
    let mut answer = app.store.hold(ask.clone()).await?;
    if answer.as_ref().is_ok_and(|given| given.appointment.state_at(app.store.now()) != Standing::Held) {
        // The same page was used before, for a choice that was given back or has run out.
        answer = app.store.hold(Ask { once: None, ..ask }).await?;
    }
    match answer {
        Ok(given) => Ok(see_other(&format!("/visit/check?held={}", given.appointment.id))),
        Err(Refused::Waiting) => Ok(see_other(&asked.address(&gate::path(office.id, service, slot.day)))),
        Err(refused) => {
            let refusal = refusal(&app, &look, &account, &refused).await?;
            let view = view(&app, &look, &plan, &office, &asked, Some(refusal)).await?;
            Ok((StatusCode::CONFLICT, app.show(&look, &view)?).into_response())
        }
    }
}

/// The hold that is asked for once more, as by a second press. Others of the same person are given back: who chooses another time does
/// not need the one before.
async fn held_already(
    app: &App,
    account: &Account,
    plan: &Plan,
    (office, slot): (OfficeId, Slot),
) -> Result<Option<AppointmentId>, PageError> {
    let now = app.store.now();
    for held in app.store.appointments_of(account.id).await? {
        if held.person != Some(plan.person.id) || held.state_at(now) != Standing::Held {
            continue;
        }
        if (held.office, held.slot) == (office, slot) && held.business == plan.business.id {
            return Ok(Some(held.id));
        }
        // A refusal says that it is over, which is as good.
        let _ = app.store.cancel_appointment(held.id, By::Account(account.id)).await?;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::TimeView>();
    }
}

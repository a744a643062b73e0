//! `/visit/{id}/move`: another time at the same office. The old place is given back when the new one is had, never before.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::visit::{By, Refused, Slot, State as Standing};
use serde::{Deserialize, Serialize};

use super::line::{business_name, when};
use super::refusal::{Refusal, refusal};
use super::times::{Times, times};
use super::{Mine, office_of};
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::{Look, View};
use crate::visit::gate;

/// Days and times to move to.
#[derive(Serialize)]
pub struct MoveView {
    id: String,
    /// When it is now.
    now: String,
    business: String,
    office: String,
    phone: String,
    times: Times,
    /// Until when it can be moved; 0 where it can't be any more.
    until: i64,
    /// Whether its time was taken away, and why; empty where hours were changed.
    stranded: bool,
    reason: String,
    refusal: Option<Refusal>,
}

impl View for MoveView {
    const TEMPLATE: &'static str = "citizen/visit/move.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |times, until, refusal| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            now: "2026年12月1日 星期二 08:30".to_owned(),
            business: "身份证到期换领".to_owned(),
            office: "惠城户政窗口".to_owned(),
            phone: "0752-0000000".to_owned(),
            times,
            until,
            stranded: false,
            reason: String::new(),
            refusal,
        };
        let plain = Times::samples().into_iter().map(|times| view(times, 1_764_051_360_000, None));
        let refused = Refusal::samples().into_iter().map(|it| view(Times::default(), 0, Some(it)));
        let stranded = ["", "线路检修停电"].map(|reason| Self {
            stranded: true,
            reason: reason.to_owned(),
            ..view(Times::default(), 1_764_051_360_000, None)
        });
        plain.chain(refused).chain(stranded).collect()
    }
}

/// The day whose times are shown.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct OfDay {
    day: String,
}

async fn view(app: &App, look: &Look, mine: &Mine, day: &str, refusal: Option<Refusal>) -> Result<MoveView, PageError> {
    let appointment = &mine.appointment;
    let office = office_of(app, &appointment.office.to_string()).await?.ok_or(PageError::Absent)?;
    let policy = app.store.booking_policy(appointment.office).await?;
    let last = appointment.starts_at.after_s(policy.change_min.saturating_mul(-60));
    let stranded = appointment.state == Standing::Stranded;
    Ok(MoveView {
        id: appointment.id.to_string(),
        now: when(app, look.lang, appointment.slot),
        business: business_name(app, &appointment.business, look.lang),
        office: office.name,
        phone: office.phone,
        times: times(app, look, appointment.office, &appointment.service, appointment.units, day).await?,
        // Who lost their place to a change of hours may always choose another.
        until: if app.store.now() <= last || stranded { last.0 } else { 0 },
        stranded,
        reason: if stranded { app.store.why_closed(appointment).await? } else { String::new() },
        refusal,
    })
}

/// `/visit/{id}/move?day=`
pub async fn times_of(
    State(app): State<App>,
    look: Look,
    mine: Mine,
    Query(of): Query<OfDay>,
) -> Result<Response, PageError> {
    if !matches!(mine.appointment.state, Standing::Booked | Standing::Stranded) {
        return Ok(see_other(&format!("/visit/{}", mine.appointment.id)));
    }
    let view = view(&app, &look, &mine, &of.day, None).await?;
    Ok(app.show(&look, &view)?.into_response())
}

/// The time that was chosen.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    slot: String,
}

/// POST `/visit/{id}/move`
pub async fn go(
    State(app): State<App>,
    look: Look,
    mine: Mine,
    Posted(form): Posted<Chosen>,
) -> Result<Response, PageError> {
    let appointment = &mine.appointment;
    let Ok(slot) = form.slot.parse::<Slot>() else {
        return Ok(see_other(&format!("/visit/{}/move", appointment.id)));
    };
    let done = format!("/visit/{}?told=moved", appointment.id);
    if appointment.slot == slot && appointment.state == Standing::Booked {
        // The second press of the button.
        return Ok(see_other(&done));
    }
    let visitor = app.store.visitor_of(appointment.id).await?.ok_or(PageError::Absent)?;
    let key = app.store.person_key(&visitor.number);
    if let Err(wait) = gate::let_in(&app, appointment.office, &appointment.service, slot.day, &key).await? {
        return Ok(see_other(&wait.path));
    }
    match app.store.move_appointment(appointment.id, slot, By::Account(mine.account.id)).await? {
        Ok(_) => Ok(see_other(&done)),
        Err(Refused::Waiting) => Ok(see_other(&gate::path(appointment.office, &appointment.service, slot.day))),
        Err(refused) => {
            let refusal = refusal(&app, &look, &mine.account, &refused).await?;
            let view = view(&app, &look, &mine, &slot.day.to_string(), Some(refusal)).await?;
            Ok((StatusCode::CONFLICT, app.show(&look, &view)?).into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::MoveView>();
    }
}

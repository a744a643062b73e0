//! `/visit/{id}/cancel`: says what is lost, and gives the place back.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::visit::{By, State as Standing};
use serde::Serialize;

use super::line::{business_name, when};
use super::refusal::{Refusal, refusal};
use super::times::Rules;
use super::{Mine, office_of};
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::page::{Look, View};

/// The page before the step.
#[derive(Serialize)]
pub struct CancelView {
    id: String,
    when: String,
    business: String,
    office: String,
    phone: String,
    rules: Rules,
    /// Until when it can be cancelled; 0 where it can't be any more.
    until: i64,
    refusal: Option<Refusal>,
}

impl View for CancelView {
    const TEMPLATE: &'static str = "citizen/visit/cancel.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |until, refusal| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            when: "2026年12月1日 星期二 08:30".to_owned(),
            business: "身份证到期换领".to_owned(),
            office: "惠城户政窗口".to_owned(),
            phone: "0752-0000000".to_owned(),
            rules: Rules::sample(),
            until,
            refusal,
        };
        vec![view(1_764_051_360_000, None), view(0, None), view(0, Refusal::samples().pop())]
    }
}

async fn view(app: &App, look: &Look, mine: &Mine, refusal: Option<Refusal>) -> Result<CancelView, PageError> {
    let appointment = &mine.appointment;
    let office = office_of(app, &appointment.office.to_string()).await?.ok_or(PageError::Absent)?;
    let policy = app.store.booking_policy(appointment.office).await?;
    let last = appointment.starts_at.after_s(policy.cancel_min.saturating_mul(-60));
    Ok(CancelView {
        id: appointment.id.to_string(),
        when: when(app, look.lang, appointment.slot),
        business: business_name(app, &appointment.business, look.lang),
        office: office.name,
        phone: office.phone,
        rules: Rules::of(app, look.lang, &policy),
        // Who lost their place to a change of hours may always let it be.
        until: if app.store.now() <= last || appointment.state == Standing::Stranded { last.0 } else { 0 },
        refusal,
    })
}

/// `/visit/{id}/cancel`
pub async fn ask(State(app): State<App>, look: Look, mine: Mine) -> Result<Response, PageError> {
    if !matches!(mine.appointment.state, Standing::Booked | Standing::Stranded) {
        return Ok(see_other(&format!("/visit/{}", mine.appointment.id)));
    }
    let view = view(&app, &look, &mine, None).await?;
    Ok(app.show(&look, &view)?.into_response())
}

/// POST `/visit/{id}/cancel`. A second press finds it done.
pub async fn cancel(State(app): State<App>, look: Look, mine: Mine) -> Result<Response, PageError> {
    let id = mine.appointment.id;
    let done = format!("/visit/{id}?told=cancelled");
    if mine.appointment.state == Standing::Cancelled {
        return Ok(see_other(&done));
    }
    match app.store.cancel_appointment(id, By::Account(mine.account.id)).await? {
        Ok(_) => Ok(see_other(&done)),
        Err(refused) => {
            let refusal = refusal(&app, &look, &mine.account, &refused).await?;
            let view = view(&app, &look, &mine, Some(refusal)).await?;
            Ok((StatusCode::CONFLICT, app.show(&look, &view)?).into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::CancelView>();
    }
}

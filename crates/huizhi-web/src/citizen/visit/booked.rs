//! `/visit/{id}`: the appointment. Number, code, QR and what to bring; the page that is kept, bookmarked and printed.

use axum::extract::{Query, State};
use axum::response::Html;
use huizhi_domain::clock::Moment;
use huizhi_domain::visit::ics::Method;
use huizhi_domain::visit::{Appointment, State as Standing};
use serde::{Deserialize, Serialize};

use super::bring::Bring;
use super::check::{is_accompanied, needed};
use super::line::{business_name, when};
use super::photo::PhotoNeed;
use super::times::Rules;
use super::{Mine, office_of};
use crate::app::App;
use crate::citizen::receipt::qr;
use crate::error::PageError;
use crate::page::{Look, View};
use crate::visitor::Guest;

/// What may have been done before.
const TOLD: [&str; 3] = ["booked", "moved", "cancelled"];

/// The appointment.
#[derive(Default, Serialize)]
pub struct BookedView {
    id: String,
    /// In two groups.
    number: String,
    code: String,
    state: &'static str,
    /// Why its time was taken away; empty where hours were changed.
    reason: String,
    told: &'static str,
    when: String,
    business: String,
    office: String,
    address: String,
    phone: String,
    name: String,
    id_number: String,
    accompanied: bool,
    rules: Rules,
    /// Until when it can be cancelled and moved; 0 where it can't be any more.
    cancel_until: i64,
    change_until: i64,
    /// Whether it is still to come.
    open: bool,
    /// Whether a calendar can be told.
    calendar: bool,
    bring: Bring,
    photo: PhotoNeed,
    /// Modules of the QR code as one SVG path, and the side of its square; empty where it opens nothing.
    qr_path: String,
    qr_side: usize,
}

impl View for BookedView {
    const TEMPLATE: &'static str = "citizen/visit/booked.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |state: Standing, told, bring: &Bring, photo: &PhotoNeed| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            number: "K7Q2-M9XR".to_owned(),
            code: if state.is_open() { "123456".to_owned() } else { String::new() },
            state: state.word(),
            reason: if state == Standing::Stranded { "线路检修停电".to_owned() } else { String::new() },
            told,
            when: "2026年12月1日 星期二 08:30".to_owned(),
            business: "身份证到期换领".to_owned(),
            office: "惠城户政窗口".to_owned(),
            address: "演示路 1 号".to_owned(),
            phone: "0752-0000000".to_owned(),
            name: "张*明".to_owned(),
            id_number: "4413************24".to_owned(),
            accompanied: state.is_open(),
            rules: Rules::sample(),
            cancel_until: i64::from(told.is_empty()) * 1_764_051_360_000,
            change_until: i64::from(told.is_empty()) * 1_764_051_360_000,
            open: state.is_open(),
            calendar: Method::of(state).is_some(),
            bring: bring.clone(),
            photo: photo.clone(),
            qr_path: "M0 0h1v1h-1z".to_owned(),
            qr_side: 45,
        };
        let (brings, photos) = (Bring::samples(), PhotoNeed::samples());
        let states = Standing::ALL.into_iter().map(|state| view(state, "", &brings[0], &photos[1]));
        let told = TOLD.map(|told| view(Standing::Booked, told, &brings[1], &photos[0]));
        let photos = photos.iter().map(|photo| view(Standing::Booked, "", &brings[0], photo));
        states.chain(told).chain(photos).collect()
    }
}

/// What was done before.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Told {
    told: String,
}

/// `/visit/{id}`
pub async fn booked(
    State(app): State<App>,
    look: Look,
    guest: Guest,
    mine: Mine,
    Query(told): Query<Told>,
) -> Result<Html<String>, PageError> {
    let appointment = mine.appointment;
    let told = TOLD.into_iter().find(|it| *it == told.told).unwrap_or_default();
    let view = view(&app, &look, &guest, &appointment).await?;
    app.show(&look, &BookedView { told, ..view })
}

async fn view(app: &App, look: &Look, guest: &Guest, appointment: &Appointment) -> Result<BookedView, PageError> {
    let now = app.store.now();
    let state = appointment.state_at(now);
    let open = state == Standing::Booked && appointment.starts_at > now;
    let office = office_of(app, &appointment.office.to_string()).await?.ok_or(PageError::Absent)?;
    let policy = app.store.booking_policy(appointment.office).await?;
    let until = |minutes: i64| {
        let last = appointment.starts_at.after_s(minutes.saturating_mul(-60));
        if open && now <= last { last } else { Moment(0) }
    };
    let mut view = BookedView {
        id: appointment.id.to_string(),
        number: appointment.number.to_string(),
        state: state.word(),
        when: when(app, look.lang, appointment.slot),
        business: business_name(app, &appointment.business, look.lang),
        rules: Rules::of(app, look.lang, &policy),
        cancel_until: until(policy.cancel_min).0,
        change_until: until(policy.change_min).0,
        open,
        calendar: Method::of(state).is_some(),
        ..BookedView::default()
    };
    if state == Standing::Stranded {
        view.reason = app.store.why_closed(appointment).await?;
    }
    if let Some(visitor) = app.store.visitor_of(appointment.id).await? {
        view.name = visitor.name.masked();
        view.id_number = visitor.number.masked();
        view.accompanied = open && is_accompanied(&visitor, appointment);
        let all = &app.businesses;
        if let Some(business) = all.get(&appointment.business).filter(|_| open) {
            let found = needed(app, look, guest, appointment, &visitor, (business, office.city.as_str())).await?;
            (view.bring, view.photo) = found;
        }
    }
    if open || state == Standing::Arrived {
        view.code = app.store.code_of(appointment.id).await?.unwrap_or_default();
        (view.qr_path, view.qr_side) = qr(&app.store.visit_pass(appointment))?;
    }
    view.office = office.name;
    view.address = office.address;
    view.phone = office.phone;
    Ok(view)
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::BookedView>();
    }
}

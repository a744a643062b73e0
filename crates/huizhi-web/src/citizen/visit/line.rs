//! Appointments in words: when, where, what for.

use huizhi_domain::staff::Office;
use huizhi_domain::visit::{Appointment, Slot, State};
use huizhi_domain::words::Lang;
use jiff::civil::Date;
use serde::Serialize;

use crate::app::App;
use crate::page::day_text;

/// One appointment in a list.
#[derive(Clone, Serialize)]
pub struct VisitLine {
    id: String,
    number: String,
    business: String,
    /// For whom.
    who: String,
    office: String,
    when: String,
    state: &'static str,
    /// Whether it is still to come, or would be had the office not closed.
    open: bool,
}

impl VisitLine {
    /// The line of an appointment, and for whom it is.
    pub fn of(app: &App, lang: Lang, appointment: &Appointment, who: String, offices: &[Office]) -> Self {
        let state = appointment.state_at(app.store.now());
        let office = offices.iter().find(|office| office.id == appointment.office);
        Self {
            id: appointment.id.to_string(),
            number: appointment.number.to_string(),
            business: business_name(app, &appointment.business, lang),
            who,
            office: office.map(|office| office.name.clone()).unwrap_or_default(),
            when: when(app, lang, appointment.slot),
            state: state.word(),
            open: is_open(state) && appointment.starts_at > app.store.now(),
        }
    }

    /// Whether it is still to come, or would be had the office not closed.
    pub const fn is_open(&self) -> bool {
        self.open
    }

    /// Whether its time was taken away: another has to be chosen.
    pub fn is_stranded(&self) -> bool {
        self.state == State::Stranded.word()
    }

    /// One for each state.
    #[cfg(test)]
    pub fn samples() -> Vec<Self> {
        let line = |state: State| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            number: "K7Q2-M9XR".to_owned(),
            business: "身份证到期换领".to_owned(),
            who: if state.is_open() { "张小明".to_owned() } else { String::new() },
            office: "惠城户政窗口".to_owned(),
            when: "2026年12月1日 星期二 08:30".to_owned(),
            state: state.word(),
            open: is_open(state),
        };
        State::ALL.map(line).into()
    }
}

/// Whether somebody has to come, or to choose, still.
fn is_open(state: State) -> bool {
    state.is_open() || state == State::Stranded
}

/// What a business is called; its id where it is known no more.
pub fn business_name(app: &App, id: &str, lang: Lang) -> String {
    app.businesses.get(id).map_or_else(|| id.to_owned(), |business| business.name.in_lang(lang).to_owned())
}

/// A day with its day of the week: `2026年12月1日 星期二`.
pub fn day(app: &App, lang: Lang, day: Date) -> String {
    let weekday = app.say(lang, &format!("visit-weekday-{}", day.weekday().to_monday_one_offset()), &[]);
    format!("{} {weekday}", day_text(lang, &day.to_string()))
}

/// Day and time on the office's wall.
pub fn when(app: &App, lang: Lang, slot: Slot) -> String {
    format!("{} {}", day(app, lang, slot.day), slot.time())
}

/// A length of time: whole hours as hours, others as minutes.
pub fn length(app: &App, lang: Lang, minutes: i64) -> String {
    if minutes > 0 && minutes % 60 == 0 {
        app.say(lang, "visit-hours", &[("count", &(minutes / 60))])
    } else {
        app.say(lang, "visit-minutes", &[("count", &minutes)])
    }
}

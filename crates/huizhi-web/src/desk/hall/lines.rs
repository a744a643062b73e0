//! Lines of the hall, and who stands at the window.

use huizhi_domain::visit::ticket::{CALLS_BEFORE_MISSED, CALLS_MOST, Outcome, Ticket, TicketState};
use huizhi_domain::words::Lang;
use serde::Serialize;

use super::super::business_name;
use crate::app::App;
use crate::error::PageError;

/// Somebody who waits, or whom another window has.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    id: String,
    label: String,
    business: String,
    /// The time of their appointment; none for who came without one.
    appointed: Option<String>,
    waited_min: i64,
    state: &'static str,
    /// The window that has them, or that alone may call them.
    window: Option<String>,
    /// Whether this window may call them out of turn.
    can_call: bool,
}

impl Line {
    /// The line of a ticket, as a window sees it. Whoever waits for a window that is not at work is for any.
    pub fn of(app: &App, lang: Lang, ticket: &Ticket, here: Option<&str>, working: &[String]) -> Self {
        let window = ticket.window.clone().or_else(|| ticket.for_window.clone().filter(|it| working.contains(it)));
        let theirs = window.as_deref().is_some_and(|window| Some(window) != here);
        Self {
            id: ticket.id.to_string(),
            label: ticket.label(),
            business: business_name(app, lang, &ticket.business),
            appointed: appointed(app, ticket),
            waited_min: app.store.now().since_ms(ticket.arrived_at).max(0) / 60_000,
            state: ticket.state.word(),
            window,
            can_call: here.is_some() && ticket.state.waits() && !theirs,
        }
    }
}

fn appointed(app: &App, ticket: &Ticket) -> Option<String> {
    ticket.appointment?;
    // The time by which they should be called is the appointment's, until they are skipped.
    let wall = ticket.due_at.wall(app.store.zone());
    wall.split(' ').nth(1).map(str::to_owned)
}

/// Whom the window has.
#[derive(Clone, Debug, Serialize)]
pub struct Current {
    id: String,
    label: String,
    business: String,
    state: &'static str,
    calls: i32,
    calls_left: i32,
    can_miss: bool,
    /// The number of the appointment, by which the window opens its card.
    appointment: Option<String>,
    outcomes: [&'static str; Outcome::CHOICES.len()],
}

impl Current {
    /// Whom a ticket is of.
    ///
    /// # Errors
    /// As the store.
    pub async fn of(app: &App, lang: Lang, ticket: &Ticket) -> Result<Self, PageError> {
        let appointment = match ticket.appointment {
            Some(id) => app.store.appointment(id).await?.map(|it| it.number.to_string()),
            None => None,
        };
        Ok(Self {
            id: ticket.id.to_string(),
            label: ticket.label(),
            business: business_name(app, lang, &ticket.business),
            state: ticket.state.word(),
            calls: ticket.calls,
            calls_left: (CALLS_MOST - ticket.calls).max(0),
            can_miss: ticket.state == TicketState::Called && ticket.calls >= CALLS_BEFORE_MISSED,
            appointment,
            outcomes: Outcome::CHOICES.map(Outcome::word),
        })
    }

    /// Values that go through every branch of the template.
    #[cfg(test)]
    pub fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let called = Self {
            id: text("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            label: text("A007"),
            business: text("business"),
            state: TicketState::Called.word(),
            calls: 1,
            calls_left: 2,
            can_miss: false,
            appointment: Some(text("K7Q2-M9XR")),
            outcomes: Outcome::CHOICES.map(Outcome::word),
        };
        let last = Self { calls: 3, calls_left: 0, can_miss: true, appointment: None, ..called.clone() };
        let serving = Self { state: TicketState::Serving.word(), ..called.clone() };
        vec![called, last, serving]
    }
}

/// Lines that go through every branch of the template.
#[cfg(test)]
pub fn samples() -> Vec<Line> {
    let text = str::to_owned;
    let line = |state: TicketState, window: Option<&str>| Line {
        id: text("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        label: text("B008"),
        business: text("business"),
        appointed: window.map(|_| text("08:30")),
        waited_min: 4,
        state: state.word(),
        window: window.map(text),
        can_call: window.is_none(),
    };
    let all = TicketState::ALL.into_iter();
    all.flat_map(|state| [line(state, None), line(state, Some("5"))]).collect()
}

//! Tickets of the hall (号票): who waits, who is called where, and who may say so.
//!
//! Who is next: everybody has a moment by which they should be called. With an appointment it is the appointment's; without, half an
//! hour after coming. Whose moment is earliest is next. So an appointment is called at its time before whoever came a moment ago, people
//! without one fill the gaps, and nobody is overtaken for longer than half an hour.

mod state;

use jiff::civil::Date;

use crate::clock::Moment;
use crate::id::{AppointmentId, OfficeId, TicketId};

pub use state::{Outcome, TicketState};

/// How often somebody is called; after the last call a window can only say that they are not there. Three calls are what halls do.
pub const CALLS_MOST: i32 = 3;

/// How often somebody must have been called before a window may say that they are not there.
pub const CALLS_BEFORE_MISSED: i32 = 2;

/// How long after coming somebody without an appointment should be called.
pub const PATIENCE_MS: i64 = 30 * 60_000;

/// Behind how many others somebody goes who did not come when called.
pub const BEHIND: usize = 3;

/// The longest name of a window.
const WINDOW_CHARACTERS: usize = 12;

/// A ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// The office.
    pub office: OfficeId,
    /// The service whose windows call it.
    pub service: String,
    /// What they come for.
    pub business: String,
    /// The day; its number counts for this day only.
    pub day: Date,
    /// Which of the office's tickets of the day it is, from 1.
    pub ordinal: i32,
    /// The appointment; none for who came without one.
    pub appointment: Option<AppointmentId>,
    /// Where they stand.
    pub state: TicketState,
    /// The window that has or had them.
    pub window: Option<String>,
    /// The only window that may call them, where another sent them there.
    pub for_window: Option<String>,
    /// By when they should be called.
    pub due_at: Moment,
    /// How often they were called.
    pub calls: i32,
    /// When they came.
    pub arrived_at: Moment,
    /// When they were called last.
    pub called_at: Option<Moment>,
    /// When it was over.
    pub done_at: Option<Moment>,
    /// What came of it.
    pub outcome: Option<Outcome>,
}

/// Who acts on tickets: a window, today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desk {
    /// The window's office.
    pub office: OfficeId,
    /// What the window is called.
    pub window: String,
    /// The day at the office.
    pub today: Date,
}

/// What a window does with a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Calls somebody who waits.
    Call,
    /// Calls again who was called.
    Recall,
    /// Lets the next few go first. They stand behind the one who should be called at this moment.
    Skip {
        /// When the last of those should be called; `None` where nobody else waits.
        behind: Option<Moment>,
    },
    /// They came.
    Serve,
    /// Sends them on.
    Transfer {
        /// The service.
        service: String,
        /// The window, where only one will do.
        window: Option<String>,
    },
    /// They are served.
    Finish(Outcome),
    /// They are not there.
    Miss,
    /// They went away.
    Leave,
}

impl Act {
    /// Its word in the log: `ticket.called`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Call => "ticket.called",
            Self::Recall => "ticket.recalled",
            Self::Skip { .. } => "ticket.skipped",
            Self::Serve => "ticket.served",
            Self::Transfer { .. } => "ticket.transferred",
            Self::Finish(_) => "ticket.done",
            Self::Miss => "ticket.missed",
            Self::Leave => "ticket.left",
        }
    }
}

/// Why a window can't do something with a ticket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// It is another office's.
    #[error("the ticket is another office's")]
    Office,
    /// It is another day's.
    #[error("the ticket is of {0}")]
    Day(Date),
    /// Another window has them, or is to have them.
    #[error("window {0} has the ticket")]
    Elsewhere(String),
    /// It does not stand where that can be done.
    #[error("the ticket is {}", .0.word())]
    State(TicketState),
    /// They were not called often enough to be missing.
    #[error("called {0} times only")]
    TooSoon(i32),
    /// They were called as often as anybody is: what is left is that they came, or are missing.
    #[error("called {0} times already")]
    NoMoreCalls(i32),
    /// The window has somebody else already: their number.
    #[error("the window still has {0}")]
    Busy(String),
}

impl Ticket {
    /// Its number as it is shown and called: `A007` with an appointment, `B008` without. The digits are nobody else's that day.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}{:03}", if self.appointment.is_some() { 'A' } else { 'B' }, self.ordinal)
    }

    /// The ticket after an act of a window.
    ///
    /// # Errors
    /// [`TicketError`], by cause.
    pub fn after(&self, act: &Act, desk: &Desk, now: Moment) -> Result<Self, TicketError> {
        self.may(desk)?;
        let wrong = Err(TicketError::State(self.state));
        match (act, self.state) {
            (Act::Call, state) if state.waits() => Ok(self.called(desk, now)),
            // A key that is held, or pressed by habit, makes nobody a missing one: that has an act of its own.
            (Act::Recall | Act::Skip { .. }, TicketState::Called) if self.calls >= CALLS_MOST => {
                Err(TicketError::NoMoreCalls(self.calls))
            }
            (Act::Recall, TicketState::Called) => Ok(self.called(desk, now)),
            (Act::Skip { behind }, TicketState::Called) => {
                let after_them = behind.map_or(self.due_at, |last| last.after_ms(1));
                let due_at = self.due_at.max(after_them);
                Ok(Self { state: TicketState::Skipped, window: None, due_at, ..self.clone() })
            }
            (Act::Serve, TicketState::Called) => Ok(Self { state: TicketState::Serving, ..self.clone() }),
            (Act::Transfer { service, window }, state) if state.is_held() => Ok(Self {
                state: TicketState::Waiting,
                service: service.clone(),
                window: None,
                for_window: window.clone(),
                calls: 0,
                ..self.clone()
            }),
            // Whoever stands at the window need not have been called there.
            (Act::Finish(outcome), _) => Ok(self.over(TicketState::Done, Some(*outcome), desk, now)),
            (Act::Miss, TicketState::Called) if self.calls < CALLS_BEFORE_MISSED => {
                Err(TicketError::TooSoon(self.calls))
            }
            (Act::Miss, TicketState::Called) => Ok(self.over(TicketState::Missed, None, desk, now)),
            (Act::Leave, _) => Ok(self.over(TicketState::Left, None, desk, now)),
            _ => wrong,
        }
    }

    /// Whether a window may do anything with it.
    fn may(&self, desk: &Desk) -> Result<(), TicketError> {
        if self.office != desk.office {
            return Err(TicketError::Office);
        }
        if self.day != desk.today {
            return Err(TicketError::Day(self.day));
        }
        if self.state.is_over() {
            return Err(TicketError::State(self.state));
        }
        let theirs = if self.state.is_held() { &self.window } else { &self.for_window };
        match theirs {
            Some(window) if *window != desk.window => Err(TicketError::Elsewhere(window.clone())),
            _ => Ok(()),
        }
    }

    fn called(&self, desk: &Desk, now: Moment) -> Self {
        Self {
            state: TicketState::Called,
            window: Some(desk.window.clone()),
            calls: self.calls.saturating_add(1),
            called_at: Some(now),
            ..self.clone()
        }
    }

    fn over(&self, state: TicketState, outcome: Option<Outcome>, desk: &Desk, now: Moment) -> Self {
        Self { state, outcome, window: Some(desk.window.clone()), done_at: Some(now), ..self.clone() }
    }
}

/// The name of a window as it is shown in the hall: `3`, `3A`, `综合一`. `None` for what is none.
#[must_use]
pub fn window_name(text: &str) -> Option<String> {
    let name = text.trim();
    let fits = (1..=WINDOW_CHARACTERS).contains(&name.chars().count());
    (fits && name.chars().all(|c| c.is_alphanumeric() || c == ' ' || c == '-')).then(|| name.to_owned())
}

/// Whether a window's name is a number, which is said with the word for a window: `3`, `3A`. `综合一` is said alone.
#[must_use]
pub fn is_number(name: &str) -> bool {
    name.starts_with(char::is_numeric)
}

#[cfg(test)]
mod tests;

//! The visit at the window: whose appointment it is, what they need, and what came of it.

mod card;

use axum::http::HeaderMap;
use huizhi_domain::audit::Actor;
use huizhi_domain::id::AppointmentId;
use huizhi_domain::residence::read_pass;
use huizhi_domain::staff::Office;
use huizhi_domain::visit::check_in::CheckInError;
use huizhi_domain::visit::ticket::{Act, Outcome, TicketError};
use huizhi_domain::visit::{Appointment, State};
use huizhi_domain::words::Lang;
use huizhi_store::{Arrival, CheckedIn};

pub use card::Card;

use super::session::Clerk;
use super::typed::Typed;
use super::window::Note;
use super::{named, say};
use crate::app::App;
use crate::error::PageError;
use crate::page::{day_text, window_text};

/// What the clerk does with the visit on the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// They are here.
    Arrive,
    /// They were served.
    Finish(Outcome),
    /// They went away.
    Leave,
}

impl Step {
    /// What a button said.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "arrive" => Some(Self::Arrive),
            "left" => Some(Self::Leave),
            word => {
                let outcome = word.parse().ok().filter(|outcome| Outcome::CHOICES.contains(outcome))?;
                Some(Self::Finish(outcome))
            }
        }
    }
}

/// What the window says of a visit.
#[derive(Debug, Default)]
pub struct Seen {
    /// The page that shows it: what was done is not done again when that is loaded again.
    pub to: Option<String>,
    /// What was done.
    pub told: Option<Note>,
    /// Why something was not done.
    pub fault: Option<Note>,
    /// The visit.
    pub card: Option<Card>,
}

impl Seen {
    fn fault(note: Note) -> Self {
        Self { fault: Some(note), ..Self::default() }
    }

    /// On another page.
    #[must_use]
    pub fn at(to: String) -> Self {
        Self { to: Some(to), ..Self::default() }
    }
}

/// A clerk at their office, for one request.
pub struct At<'a> {
    /// The service.
    pub app: &'a App,
    /// The clerk.
    pub clerk: &'a Clerk,
    /// Their office.
    pub office: &'a Office,
    /// The request's headers, which have the window's name.
    pub headers: &'a HeaderMap,
    /// The clerk's language.
    pub lang: Lang,
}

impl At<'_> {
    /// What was typed, where it is about a visit; `None` for what is about a receipt.
    ///
    /// # Errors
    /// As the store.
    pub async fn typed(&self, typed: &Typed) -> Result<Option<Seen>, PageError> {
        let about = matches!(
            typed,
            Typed::Appointment(_)
                | Typed::Pass(_)
                | Typed::Other(_)
                | Typed::Person { .. }
                | Typed::Name
                | Typed::MistypedAppointment
        );
        if !about {
            return Ok(None);
        }
        let now = self.app.store.now();
        if let Some(until) = self.app.shared.desk.misses.waits_until(&self.clerk.staff.id, now) {
            let until = until.after_ms(59_999).wall(self.app.store.zone());
            let until = until.split(' ').nth(1).unwrap_or_default().to_owned();
            return Ok(Some(Seen::fault(self.note("window-locked", &[("until", &until)]))));
        }
        let found = match typed {
            Typed::Appointment(number) => self.app.store.appointment_by_number(number).await?,
            Typed::Pass(token) => match self.app.store.read_pass(token) {
                Some(pass) => self.app.store.appointment(pass.id).await?,
                None => return Ok(Some(Seen::fault(self.note("window-pass-wrong", &[])))),
            },
            Typed::Person { name, last_four } => self.person(name, last_four).await?,
            Typed::Name => return Ok(Some(Seen::fault(self.note("window-visit-name", &[])))),
            Typed::Other(token) => return Ok(Some(self.residence(token))),
            _ => return Ok(Some(Seen::fault(self.note("window-visit-mistyped", &[])))),
        };
        let Some(found) = found else {
            self.app.shared.desk.misses.failed(&self.clerk.staff.id, now);
            return Ok(Some(Seen::fault(self.note("window-visit-unknown", &[]))));
        };
        if found.office != self.office.id {
            let office = self.app.store.office(found.office).await?.map_or_else(String::new, |office| office.name);
            let at = card::when(self.lang, &found);
            let note = self.note("window-visit-elsewhere", &[("office", &office), ("at", &at)]);
            return Ok(Some(Seen::fault(note)));
        }
        Ok(Some(Seen::at(format!("/desk/window?visit={}", found.id))))
    }

    /// The card of a visit as it stands now, and what the step before did with it, which is only shown.
    ///
    /// # Errors
    /// As the store; [`PageError::Absent`] for another office's.
    pub async fn open(&self, id: AppointmentId, told: &str) -> Result<Seen, PageError> {
        let found = self.found(id).await?;
        let key = match told {
            "arrived" => Some("window-visit-arrived"),
            "before" => Some("window-visit-before"),
            "done" => Some("window-visit-done"),
            "left" => Some("window-visit-left"),
            _ => None,
        };
        let told = match key {
            Some(key) => self.app.store.ticket_of(id).await?.map(|it| self.note(key, &[("number", &it.label())])),
            None => None,
        };
        self.show(&found, told, None).await
    }

    async fn found(&self, id: AppointmentId) -> Result<Appointment, PageError> {
        let found = self.app.store.appointment(id).await?.filter(|it| it.office == self.office.id);
        found.ok_or(PageError::Absent)
    }

    /// Every look at a person's data is in the log, with who looked.
    async fn log_view(&self, found: &Appointment) -> Result<(), PageError> {
        let detail = [("office".to_owned(), serde_json::Value::from(self.office.id.to_string()))];
        let (actor, subject) = (Actor::Staff(self.clerk.staff.id), found.id.to_string());
        Ok(self.app.store.log(actor, "appointment.viewed", &subject, detail.into_iter().collect()).await?)
    }

    /// Who comes today by name; one that is still open before one that is over.
    async fn person(&self, name: &str, last_four: &str) -> Result<Option<Appointment>, PageError> {
        let (office, today) = (self.office.id, self.app.store.today());
        let mut found = self.app.store.appointments_by_person(office, today, name, last_four).await?;
        found.sort_by_key(|it| (!matches!(it.state, State::Booked | State::Arrived), it.starts_at));
        Ok(found.into_iter().next())
    }

    /// A residence code, proven by its signature.
    fn residence(&self, token: &str) -> Seen {
        let verifier = &self.app.store.keys().verifier;
        match read_pass(verifier, token, self.app.store.now()) {
            Ok(claims) => {
                let until = day_text(self.lang, &claims.u.to_string());
                let values: [(&str, &dyn std::fmt::Display); 4] =
                    [("name", &claims.n), ("last", &claims.l), ("district", &claims.q), ("until", &until)];
                Seen { told: Some(self.note("window-residence", &values)), ..Seen::default() }
            }
            Err(huizhi_domain::residence::PassError::Over) => Seen::fault(self.note("window-residence-over", &[])),
            Err(_) => Seen::fault(self.note("window-residence-wrong", &[])),
        }
    }

    /// Does something with the visit on the card. Each step is what the card said: one that is sent again does not become the next.
    ///
    /// # Errors
    /// As the store; [`PageError::Absent`] for another office's.
    pub async fn step(&self, id: AppointmentId, step: Step) -> Result<Seen, PageError> {
        self.found(id).await?;
        let said = match step {
            Step::Arrive => self.arrive(id).await?,
            Step::Finish(outcome) => self.act(id, Act::Finish(outcome), "done").await?,
            Step::Leave => self.act(id, Act::Leave, "left").await?,
        };
        match said {
            Ok(told) => Ok(Seen::at(format!("/desk/window?visit={id}&told={told}"))),
            Err(fault) => self.show(&self.found(id).await?, None, Some(fault)).await,
        }
    }

    /// A word for [`Self::open`], or why not.
    async fn arrive(&self, id: AppointmentId) -> Result<Result<&'static str, Note>, PageError> {
        let arrival = Arrival {
            appointment: id,
            office: self.office.id,
            at: self.app.store.now(),
            key: None,
            served: false,
            staff: self.clerk.staff.id,
        };
        Ok(match self.app.store.check_in(arrival).await? {
            Ok(CheckedIn::Now(_)) => Ok("arrived"),
            Ok(CheckedIn::Before(_)) => Ok("before"),
            Err(why) => Err(self.note("window-visit-no", &[("why", &why_not(self.app, self.lang, why))])),
        })
    }

    async fn act(
        &self,
        id: AppointmentId,
        act: Act,
        told: &'static str,
    ) -> Result<Result<&'static str, Note>, PageError> {
        let Some(ticket) = self.app.store.ticket_of(id).await? else {
            return Ok(Err(self.note("window-visit-not-here", &[])));
        };
        let desk = named::desk(self.app, self.office, self.headers);
        Ok(match self.app.store.act_on_ticket(ticket.id, act, &desk, self.clerk.staff.id).await? {
            Ok(_) => Ok(told),
            Err(why) => Err(self.note("window-visit-no", &[("why", &ticket_why(self.lang, &why))])),
        })
    }

    /// The card.
    async fn show(&self, found: &Appointment, told: Option<Note>, fault: Option<Note>) -> Result<Seen, PageError> {
        let card = card::of(self.app, self.lang, found).await?;
        self.log_view(found).await?;
        Ok(Seen { told, fault, card: Some(card), ..Seen::default() })
    }

    fn note(&self, key: &str, values: &[(&str, &dyn std::fmt::Display)]) -> Note {
        let line = say(self.lang, &format!("{key}-line"), values);
        Note::of(self.lang, key, vec![line])
    }
}

/// Why somebody can't check in, in a sentence.
#[must_use]
pub fn why_not(app: &App, lang: Lang, why: CheckInError) -> String {
    let clock =
        |at: huizhi_domain::clock::Moment| at.wall(app.store.zone()).split(' ').nth(1).unwrap_or_default().to_owned();
    match why {
        CheckInError::Office(_) => say(lang, "arrival-no-office", &[]),
        CheckInError::Day(day) => say(lang, "arrival-no-day", &[("day", &day_text(lang, &day.to_string()))]),
        CheckInError::TooEarly(from) => say(lang, "arrival-no-early", &[("at", &clock(from))]),
        CheckInError::TooLate(until) => say(lang, "arrival-no-late", &[("at", &clock(until))]),
        CheckInError::State(state) => say(lang, &format!("arrival-no-{}", state.word()), &[]),
    }
}

/// Why a window can't do something with a ticket, in a sentence.
#[must_use]
pub fn ticket_why(lang: Lang, why: &TicketError) -> String {
    match why {
        TicketError::Office => say(lang, "ticket-no-office", &[]),
        TicketError::Day(day) => say(lang, "ticket-no-day", &[("day", &day_text(lang, &day.to_string()))]),
        TicketError::Elsewhere(window) => say(lang, "ticket-no-elsewhere", &[("window", &window_text(lang, window))]),
        TicketError::State(state) => {
            let state = say(lang, &format!("ticket-state-{}", state.word()), &[]);
            say(lang, "ticket-no-state", &[("state", &state)])
        }
        TicketError::TooSoon(calls) => say(lang, "ticket-no-soon", &[("calls", calls)]),
        TicketError::NoMoreCalls(calls) => say(lang, "ticket-no-calls", &[("calls", calls)]),
        TicketError::Busy(number) => say(lang, "ticket-no-busy", &[("number", number)]),
    }
}

#[cfg(test)]
mod tests {
    use huizhi_domain::visit::ticket::TicketState;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn buttons_say_steps_and_nothing_else_does() {
        assert_eq!(Step::read("arrive"), Some(Step::Arrive));
        assert_eq!(Step::read("collected"), Some(Step::Finish(Outcome::Collected)));
        for word in ["", "offline", "fly"] {
            assert_eq!(Step::read(word), None, "{word}");
        }
    }

    #[test]
    fn every_refusal_of_a_ticket_has_words() {
        let day = date(2026, 11, 25);
        let mut whys =
            vec![TicketError::Office, TicketError::Day(day), TicketError::TooSoon(1), TicketError::NoMoreCalls(3)];
        whys.extend([TicketError::Elsewhere("2".to_owned()), TicketError::Busy("A001".to_owned())]);
        whys.extend(TicketState::ALL.map(TicketError::State));
        for lang in Lang::ALL {
            for why in &whys {
                let text = ticket_why(lang, why);
                assert!(!text.contains("ticket-") && !text.contains('$'), "{text}");
            }
            for state in State::ALL.into_iter().filter(|state| !matches!(state, State::Booked)) {
                let key = format!("arrival-no-{}", state.word());
                assert_ne!(say(lang, &key, &[]), key);
            }
        }
    }
}

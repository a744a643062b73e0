//! Why a time is not given, or a booking not changed: in plain words, with what can be done instead.

use huizhi_domain::account::Account;
use huizhi_domain::visit::{AppointmentNumber, Free, Refused};
use serde::Serialize;

use super::line::{day, length, when};
use crate::app::App;
use crate::error::PageError;
use crate::page::Look;

/// A refusal as a page shows it.
#[derive(Clone, Default, Serialize)]
pub struct Refusal {
    /// The message's key.
    key: String,
    /// Its `$value`.
    value: String,
    /// Its `$more`.
    more: String,
    /// The appointment that stands in the way; empty where that is none of the account's.
    link: String,
    /// The nearest times that are free.
    alternatives: Vec<Alternative>,
}

/// Another time.
#[derive(Clone, Serialize)]
struct Alternative {
    slot: String,
    when: String,
    left: i32,
}

impl Refusal {
    /// One for each cause.
    #[cfg(test)]
    pub fn samples() -> Vec<Self> {
        let keys = [
            "full",
            "full-none",
            "unknown",
            "past",
            "not-yet",
            "too-late",
            "same-day",
            "limit-open",
            "limit-days",
            "banned",
            "state",
            "lapsed",
            "not-yours",
            "waiting",
        ];
        let alternative =
            Alternative {
                slot: "2026-12-01T08:30".to_owned(), when: "2026年12月1日 星期二 08:30".to_owned(), left: 2
            };
        let refusal = |key: &str| Self {
            key: format!("visit-refused-{key}"),
            value: "1".to_owned(),
            more: "2".to_owned(),
            link: if key == "same-day" { "/visit/01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned() } else { String::new() },
            alternatives: if key == "full" { vec![alternative.clone()] } else { Vec::new() },
        };
        keys.map(refusal).into()
    }
}

/// A refusal in the reader's words.
///
/// # Errors
/// As the store.
pub async fn refusal(app: &App, look: &Look, account: &Account, refused: &Refused) -> Result<Refusal, PageError> {
    let lang = look.lang;
    let said = |key: &str, value: String, more: String| Refusal {
        key: format!("visit-refused-{key}"),
        value,
        more,
        ..Refusal::default()
    };
    let plain = |key: &str| said(key, String::new(), String::new());
    Ok(match refused {
        Refused::Full { alternatives } if alternatives.is_empty() => plain("full-none"),
        Refused::Full { alternatives } => {
            let alternatives = alternatives.iter().map(|free| other(app, look, free)).collect();
            Refusal { alternatives, ..plain("full") }
        }
        Refused::NotYet { from, to } => said("not-yet", day(app, lang, *from), day(app, lang, *to)),
        Refused::TooLate { minutes } => said("too-late", length(app, lang, *minutes), String::new()),
        Refused::SameDay { number } => {
            let link = link_of(app, account, number.as_ref()).await?;
            Refusal { link, ..plain("same-day") }
        }
        Refused::Limit { most, days: 0 } => said("limit-open", most.to_string(), String::new()),
        Refused::Limit { most, days } => said("limit-days", most.to_string(), days.to_string()),
        Refused::Banned { until } => said("banned", day(app, lang, *until), String::new()),
        Refused::State(state) => {
            said("state", app.say(lang, &format!("visit-state-{}", state.word()), &[]), String::new())
        }
        Refused::Unknown | Refused::Past | Refused::Lapsed | Refused::NotYours | Refused::Waiting => {
            plain(refused.word())
        }
    })
}

fn other(app: &App, look: &Look, free: &Free) -> Alternative {
    Alternative { slot: free.slot.to_string(), when: when(app, look.lang, free.slot), left: free.left() }
}

async fn link_of(app: &App, account: &Account, number: Option<&AppointmentNumber>) -> Result<String, PageError> {
    let Some(number) = number else { return Ok(String::new()) };
    let found = app.store.appointment_by_number(number).await?;
    let own = found.filter(|appointment| appointment.account == Some(account.id));
    Ok(own.map(|appointment| format!("/visit/{}", appointment.id)).unwrap_or_default())
}

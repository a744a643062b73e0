//! Why no place is given, each reason a kind of problem of its own, with what can be done about it.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::StatusCode;
use axum::{Json, Router, routing};
use huizhi_domain::clock::Moment;
use huizhi_domain::visit::{Free, Refused};
use serde::Serialize;
use serde_json::{Value, json};

use super::caller::absent;
use super::problem::Problem;
use super::seconds;
use crate::app::App;
use crate::visit::gate::Wait;

/// Where a kind is described.
const KINDS: &str = "/api/v1/problems";

/// The addresses of kinds of problems.
pub fn routes() -> Router<App> {
    Router::new().route("/api/v1/problems/{code}", routing::get(kind))
}

/// A kind of problem.
#[derive(Clone, Copy, Serialize)]
struct Kind {
    code: &'static str,
    status: u16,
    title: &'static str,
    remedy: &'static str,
}

const fn of(code: &'static str, status: u16, title: &'static str, remedy: &'static str) -> Kind {
    Kind { code, status, title, remedy }
}

/// All of them, by the words of [`Refused`].
const ALL: [Kind; 12] = [
    of(
        "full",
        409,
        "No place is left",
        "Book one of alternatives, which were free a moment ago, or join the waiting list.",
    ),
    of(
        "unknown",
        404,
        "There is no such slot",
        "Ask /api/v1/offices/{id}/slots again: the office may have changed its hours.",
    ),
    of("past", 409, "It has begun", "Take a later one."),
    of(
        "not-yet",
        409,
        "The day can't be booked now",
        "Take a day between from and to, or come back when the day has been opened.",
    ),
    of(
        "too-late",
        409,
        "It is too late for that",
        "Come, or telephone the office; what is not cancelled in time and not used counts as missed.",
    ),
    of(
        "same-day",
        409,
        "The person has an appointment on that day",
        "Move or cancel the one that there is; number says which, where the same account made it.",
    ),
    of("limit", 409, "The person has as many appointments as may be had", "Use or cancel one first."),
    of(
        "banned",
        403,
        "The person missed too many appointments",
        "Book again from the day until, or go to the office without an appointment.",
    ),
    of(
        "state",
        409,
        "The appointment stands where this can't be done",
        "Read the appointment again: state says where it stands.",
    ),
    of("lapsed", 410, "The hold is over", "Book again; the place may still be free."),
    of(
        "not-yours",
        403,
        "The number or the code is wrong, or the session is over",
        "Check the number and the six digits, or sign in again.",
    ),
    of(
        "waiting",
        429,
        "The waiting room has not let them in",
        "Wait for the turn in the waiting room of the day, then send it again.",
    ),
];

async fn kind(code: Result<Path<String>, PathRejection>) -> Result<Json<Kind>, Problem> {
    let Path(code) = code.map_err(|_| absent())?;
    ALL.into_iter().find(|kind| kind.code == code).map(Json).ok_or_else(absent)
}

/// What a refusal is to a program.
pub fn problem(refused: &Refused) -> Problem {
    let problem = of_kind(refused.word(), refused.to_string());
    match refused {
        Refused::Full { alternatives } => {
            problem.with("alternatives", alternatives.iter().map(alternative).collect::<Vec<Value>>())
        }
        Refused::NotYet { from, to } => problem.with("from", from.to_string()).with("to", to.to_string()),
        Refused::TooLate { minutes } => problem.with("minutes", *minutes),
        Refused::SameDay { number: Some(number) } => problem.with("number", number.to_string()),
        Refused::Limit { most, days } => problem.with("most", *most).with("days", *days),
        Refused::Banned { until } => problem.with("until", until.to_string()),
        Refused::State(state) => problem.with("state", state.word()),
        Refused::SameDay { number: None }
        | Refused::Unknown
        | Refused::Past
        | Refused::Lapsed
        | Refused::NotYours
        | Refused::Waiting => problem,
    }
}

/// The waiting room has not let them in.
pub fn waiting(wait: &Wait, now: Moment) -> Problem {
    let problem = of_kind(Refused::Waiting.word(), Refused::Waiting.to_string());
    // Up to the second in which something moves, not before it.
    let after_s = (wait.until.since_ms(now) + 999).div_euclid(1000);
    let problem = problem.with("path", wait.path.clone()).with("of", wait.of).after_s(after_s);
    match wait.place {
        Some(place) => problem.with("place", place),
        None => problem,
    }
}

fn of_kind(word: &str, detail: String) -> Problem {
    let Some(kind) = ALL.into_iter().find(|kind| kind.code == word) else { return Problem::broken() };
    let status = StatusCode::from_u16(kind.status).unwrap_or(StatusCode::CONFLICT);
    Problem::new(status, kind.code, detail).described_at(format!("{KINDS}/{}", kind.code)).with("remedy", kind.remedy)
}

fn alternative(free: &Free) -> Value {
    json!({
        "office": free.office.to_string(),
        "slot": free.slot.to_string(),
        "starts_at": seconds(free.starts_at),
        "length_min": free.length_min,
        "left": free.left(),
    })
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;
    use huizhi_domain::visit::State;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_refusal_is_a_kind_of_its_own_with_a_remedy() {
        let day = date(2026, 12, 1);
        let all = [
            Refused::Full { alternatives: Vec::new() },
            Refused::Unknown,
            Refused::Past,
            Refused::NotYet { from: day, to: day },
            Refused::TooLate { minutes: 120 },
            Refused::SameDay { number: None },
            Refused::Limit { most: 1, days: 0 },
            Refused::Banned { until: day },
            Refused::State(State::Done),
            Refused::Lapsed,
            Refused::NotYours,
            Refused::Waiting,
        ];
        let words: std::collections::BTreeSet<&str> = all.iter().map(Refused::word).collect();
        assert_eq!(words.len(), ALL.len());
        for refused in &all {
            let answer = problem(refused).into_response();
            assert!(answer.status().is_client_error(), "{refused}");
            assert!(ALL.iter().any(|kind| kind.code == refused.word() && !kind.remedy.is_empty()), "{refused}");
        }
    }
}

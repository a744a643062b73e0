//! Answers that many ask for at the same time, kept for a second: places are looked at far more often than they are taken, and who looks
//! must not slow down who books.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::clock::Moment;
use serde::Serialize;

use super::problem::Problem;

/// How long an answer is good, ms.
const GOOD_MS: i64 = 1000;
/// Answers that are kept at most; beyond, all are forgotten.
const MANY: usize = 1000;

/// Answers by what was asked.
#[derive(Debug, Default)]
pub struct Kept(Mutex<HashMap<String, (Moment, Bytes)>>);

impl Kept {
    /// The answer to a question, if one was given within the last second.
    pub fn get(&self, asked: &str, now: Moment) -> Option<Response> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, bytes) = kept.get(asked)?;
        (0..GOOD_MS).contains(&now.since_ms(*at)).then(|| answer(bytes.clone()))
    }

    /// Keeps an answer, and gives it.
    pub fn keep(&self, asked: String, now: Moment, body: &impl Serialize) -> Result<Response, Problem> {
        let bytes = Bytes::from(serde_json::to_vec(body).map_err(|_| Problem::broken())?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MANY {
            kept.clear();
        }
        kept.insert(asked, (now, bytes.clone()));
        drop(kept);
        Ok(answer(bytes))
    }
}

fn answer(bytes: Bytes) -> Response {
    ([(CONTENT_TYPE, "application/json")], bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_good_for_a_second_and_not_before_it_was_given() {
        let kept = Kept::default();
        kept.keep("a".to_owned(), Moment(5), &1).unwrap();
        assert!(kept.get("a", Moment(1004)).is_some());
        assert!(kept.get("a", Moment(1005)).is_none() && kept.get("a", Moment(4)).is_none());
        assert!(kept.get("b", Moment(5)).is_none());
        for n in 0..=MANY {
            kept.keep(n.to_string(), Moment(5), &n).unwrap();
        }
        assert!(kept.0.lock().unwrap().len() <= MANY);
    }
}

//! How often a key, an account or a network may ask: so many requests in a minute that begins with the first.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use huizhi_domain::clock::Moment;

const MINUTE_MS: i64 = 60_000;
/// Beyond this many who ask, those whose minute is over are forgotten.
const MANY: usize = 10_000;

/// Requests in the running minute, by whose they are.
#[derive(Debug, Default)]
pub struct Limits(Mutex<Minutes>);

#[derive(Debug, Default)]
struct Minutes {
    of: HashMap<String, (Moment, u32)>,
    /// Beyond this many they are looked through: twice as many as were left the last time, so that a crowd of whom nobody can be
    /// forgotten is not looked through with each request.
    most: usize,
}

/// What is left of a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Whether this request was within the limit.
    pub granted: bool,
    /// How many more are.
    pub requests: u32,
    /// Seconds until the next minute begins.
    pub reset_s: i64,
}

impl Limits {
    /// Takes one of `most` requests.
    pub fn take(&self, who: &str, most: u32, now: Moment) -> Left {
        let mut minutes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let runs = |since: Moment| (0..MINUTE_MS).contains(&now.since_ms(since));
        if minutes.of.len() > minutes.most.max(MANY) {
            minutes.of.retain(|_, (since, _)| runs(*since));
            minutes.most = 2 * minutes.of.len();
        }
        let (since, used) = minutes.of.get(who).copied().filter(|(since, _)| runs(*since)).unwrap_or((now, 0));
        let granted = used < most;
        let used = used + u32::from(granted);
        minutes.of.insert(who.to_owned(), (since, used));
        let reset_s = (MINUTE_MS - now.since_ms(since)).div_euclid(1000).max(1);
        Left { granted, requests: most.saturating_sub(used), reset_s }
    }
}

impl Left {
    /// Says it in the headers of draft-ietf-httpapi-ratelimit-headers.
    pub fn tell(self, most: u32, headers: &mut HeaderMap) {
        let policy = format!("\"key\";q={most};w=60");
        let left = format!("\"key\";r={};t={}", self.requests, self.reset_s);
        for (name, text) in [("ratelimit-policy", policy), ("ratelimit", left)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_holds_so_many_requests_and_the_next_begins_anew() {
        let limits = Limits::default();
        let granted = (0..5).filter(|_| limits.take("a", 3, Moment(1)).granted).count();
        assert_eq!(granted, 3);
        assert!(limits.take("b", 3, Moment(1)).granted);
        let late = limits.take("a", 3, Moment(MINUTE_MS));
        assert_eq!(late, Left { granted: false, requests: 0, reset_s: 1 });
        assert_eq!(limits.take("a", 3, Moment(MINUTE_MS + 1)), Left { granted: true, requests: 2, reset_s: 60 });
    }

    #[test]
    fn who_asked_long_ago_is_forgotten_and_a_crowd_is_not_looked_through_each_time() {
        let limits = Limits::default();
        let all = |now| {
            (0..2 * MANY).for_each(|n| {
                limits.take(&n.to_string(), 1, Moment(now));
            });
        };
        all(1);
        assert_eq!(limits.0.lock().unwrap().of.len(), 2 * MANY);
        assert!(limits.0.lock().unwrap().most > MANY);
        all(1 + MINUTE_MS);
        (0..=2 * MANY).for_each(|n| {
            limits.take(&format!("other {n}"), 1, Moment(1 + 2 * MINUTE_MS));
        });
        assert!(limits.0.lock().unwrap().of.len() < 3 * MANY);
        assert!(!limits.take("7", 0, Moment(1 + 2 * MINUTE_MS)).granted);
    }
}

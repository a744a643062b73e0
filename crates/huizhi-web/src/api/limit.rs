//! How often a key may ask: so many requests in a minute that begins with the first.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use huizhi_domain::clock::Moment;

const MINUTE_MS: i64 = 60_000;
/// Beyond this many who ask, those whose minute is over are forgotten.
const MANY: usize = 10_000;

/// Requests in the running minute, by whose they are.
#[derive(Debug, Default)]
pub struct Limits(Mutex<HashMap<String, (Moment, u32)>>);

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
        if minutes.len() > MANY {
            minutes.retain(|_, (since, _)| runs(*since));
        }
        let (since, used) = minutes.get(who).copied().filter(|(since, _)| runs(*since)).unwrap_or((now, 0));
        let granted = used < most;
        let used = used + u32::from(granted);
        minutes.insert(who.to_owned(), (since, used));
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
}

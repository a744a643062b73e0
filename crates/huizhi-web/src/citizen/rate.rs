//! How often something may be asked: a bucket that fills with time, one for each who asks.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use huizhi_domain::clock::Moment;

/// Tries that a full bucket holds.
const TRIES: i64 = 10;
/// A try comes back every 30 s: twenty an hour suffice for a clerk who types badly, and 80 random bits do not care.
const REFILL_MS: i64 = 30_000;
/// Beyond this many who ask, those whose bucket is full again are forgotten.
const MANY: usize = 10_000;

/// Buckets by name.
#[derive(Debug, Default)]
pub struct Rate(Mutex<HashMap<String, (i64, Moment)>>);

impl Rate {
    /// Takes a try from a bucket; `false` where it is empty.
    pub fn take(&self, who: &str, now: Moment) -> bool {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > MANY {
            buckets.retain(|_, (left, since)| *left + now.since_ms(*since) / REFILL_MS < TRIES);
        }
        let (left, since) = buckets.get(who).copied().unwrap_or((TRIES, now));
        let refilled = (now.since_ms(since) / REFILL_MS).max(0);
        let (left, since) = if left + refilled >= TRIES {
            (TRIES, now)
        } else {
            (left + refilled, since.after_ms(refilled * REFILL_MS))
        };
        buckets.insert(who.to_owned(), ((left - 1).max(0), since));
        left > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_run_out_and_come_back_with_time() {
        let rate = Rate::default();
        let taken = (0..20).filter(|_| rate.take("a", Moment(0))).count();
        assert_eq!(taken, 10);
        assert!(rate.take("b", Moment(0)));
        assert!(!rate.take("a", Moment(REFILL_MS - 1)));
        assert!(rate.take("a", Moment(REFILL_MS)));
        assert!(!rate.take("a", Moment(REFILL_MS)));
    }
}

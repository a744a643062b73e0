//! Budgets of failures: how often somebody may be wrong, and how long they wait then.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use huizhi_domain::account::Misses;
use huizhi_domain::clock::{Moment, Zone};

/// Entries beyond which those whose time is over are dropped, so that made-up names cannot fill the memory.
const MANY: usize = 10_000;

const HOUR_MS: i64 = 3_600_000;

/// How often a key may fail within an hour.
#[derive(Debug)]
pub struct Budget<K> {
    limit: usize,
    failures: Mutex<HashMap<K, Vec<Moment>>>,
}

impl<K: Eq + Hash + Clone> Budget<K> {
    /// A budget of so many failures an hour.
    #[must_use]
    pub fn an_hour(limit: usize) -> Self {
        Self { limit, failures: Mutex::default() }
    }

    /// Until when the key has to wait; `None` where it may go on.
    pub fn waits_until(&self, key: &K, now: Moment) -> Option<Moment> {
        let failures = self.lock();
        let recent: Vec<Moment> = failures.get(key)?.iter().copied().filter(|at| within_an_hour(*at, now)).collect();
        if recent.len() < self.limit {
            return None;
        }
        // As many as the limit are kept, so the oldest of them is the one that has to pass.
        recent.get(recent.len() - self.limit).map(|at| at.after_ms(HOUR_MS))
    }

    /// How many failures are left within the hour.
    pub fn left(&self, key: &K, now: Moment) -> usize {
        let failures = self.lock();
        let recent = failures.get(key).map_or(0, |times| times.iter().filter(|at| within_an_hour(**at, now)).count());
        self.limit.saturating_sub(recent)
    }

    /// Counts a failure.
    pub fn failed(&self, key: &K, now: Moment) {
        let mut failures = self.lock();
        if failures.len() >= MANY {
            failures.retain(|_, times| times.last().is_some_and(|at| within_an_hour(*at, now)));
        }
        let times = failures.entry(key.clone()).or_default();
        times.retain(|at| within_an_hour(*at, now));
        times.push(now);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Vec<Moment>>> {
        // A list of times is whole after every step, whatever happened to the thread that held it.
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn within_an_hour(at: Moment, now: Moment) -> bool {
    now.since_ms(at) < HOUR_MS
}

/// A network: one address of IPv4, or the 56 bits that a subscriber of IPv6 gets, because the rest is theirs to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(IpAddr);

impl Network {
    /// The network of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(v6) => Self(IpAddr::V6((u128::from(v6) >> 72 << 72).into())),
            v4 @ IpAddr::V4(_) => Self(v4),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The soft lock of staff's accounts, by [`Misses`]. Names that do not exist are locked like those that do.
#[derive(Debug)]
pub struct SoftLock {
    zone: Zone,
    accounts: Mutex<HashMap<String, Misses>>,
}

impl SoftLock {
    /// A lock whose midnight is that of a zone.
    #[must_use]
    pub fn new(zone: Zone) -> Self {
        Self { zone, accounts: Mutex::default() }
    }

    /// Until when the account is locked; `None` where its password may be tried.
    pub fn locked_until(&self, login: &str, now: Moment) -> Option<Moment> {
        self.lock().get(login).and_then(|misses| misses.waits_until(now))
    }

    /// Counts a wrong password.
    pub fn failed(&self, login: &str, now: Moment) {
        let mut accounts = self.lock();
        if accounts.len() >= MANY {
            accounts.retain(|_, misses| now < misses.forgotten_at);
        }
        let misses = Misses::and_one(accounts.get(login).copied(), now, self.zone);
        accounts.insert(login.to_owned(), misses);
    }

    /// Forgets the failures after the right password.
    pub fn succeeded(&self, login: &str) {
        self.lock().remove(login);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Misses>> {
        // An account is whole after every step, whatever happened to the thread that held it.
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_misses_an_hour_and_then_the_oldest_has_to_pass() {
        let budget = Budget::an_hour(20);
        for minute in 0..20 {
            assert_eq!(budget.waits_until(&"clerk", Moment(minute * 60_000)), None);
            budget.failed(&"clerk", Moment(minute * 60_000));
        }
        assert_eq!(budget.waits_until(&"clerk", Moment(20 * 60_000)), Some(Moment(HOUR_MS)));
        assert_eq!(budget.waits_until(&"other", Moment(20 * 60_000)), None);
        assert_eq!(budget.waits_until(&"clerk", Moment(HOUR_MS)), None);
    }

    #[test]
    fn the_right_password_clears_the_count() {
        let lock = SoftLock::new(Zone::CHINA);
        for _ in 0..5 {
            lock.failed("a", Moment(0));
        }
        lock.succeeded("a");
        assert_eq!(lock.locked_until("a", Moment(1)), None);
        lock.failed("a", Moment(1));
        assert_eq!(lock.locked_until("a", Moment(1)), Some(Moment(1001)));
    }

    #[test]
    fn a_subscriber_of_ipv6_is_one_network() {
        let of = |text: &str| Network::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2200::1"), of("2001:db8:1:22ff:9::9"));
        assert_ne!(of("2001:db8:1:2200::1"), of("2001:db8:1:2300::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}

//! What the desks keep in memory: how often somebody was wrong, and which codes people choose. All of it may be lost.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, PoisonError};

use huizhi_domain::clock::{Moment, Zone};
use huizhi_domain::id::{StaffId, TerminalId};
use huizhi_store::{Store, StoreError};

use crate::gate::budget::{Budget, Network, SoftLock};
use crate::gate::password::Passwords;

/// Unknown numbers that a clerk may look up an hour (D34; security.md, test S1).
const MISSES: usize = 20;

/// Photos that a terminal may fetch an hour: one a minute is more than a counter can serve (security.md, row 36).
const FETCHES: usize = 60;

/// Wrong passwords that a network may send an hour: an office behind one address mistypes less, and a thousand accounts
/// tried from one address are noticed after these.
const WRONG_PASSWORDS: usize = 60;

/// How far back the commonest codes are counted, and how long the count is good.
const FREQUENT_SPAN_MS: i64 = 90 * 24 * 3_600_000;
const FREQUENT_KEPT_MS: i64 = 10 * 60_000;

/// The desks' memory.
#[derive(Debug)]
pub struct Memory {
    /// Passwords, a few at a time.
    pub passwords: Passwords,
    /// Locked accounts.
    pub accounts: SoftLock,
    /// Wrong passwords by network.
    pub networks: Budget<Network>,
    /// Unknown receipt numbers by clerk.
    pub misses: Budget<StaffId>,
    /// Photos that terminals fetched: a budget counts uses as it counts failures.
    pub fetches: Budget<TerminalId>,
    frequent: Mutex<Option<(Moment, Vec<String>)>>,
}

impl Memory {
    /// An empty one, whose days begin at midnight of a zone.
    #[must_use]
    pub fn new(zone: Zone) -> Self {
        Self {
            passwords: Passwords::default(),
            accounts: SoftLock::new(zone),
            networks: Budget::an_hour(WRONG_PASSWORDS),
            misses: Budget::an_hour(MISSES),
            fetches: Budget::an_hour(FETCHES),
            frequent: Mutex::default(),
        }
    }

    /// The codes that people chose in the last 90 days, the commonest first.
    ///
    /// # Errors
    /// As the store.
    pub async fn frequent_codes(&self, store: &Store) -> Result<Vec<String>, StoreError> {
        let now = store.now();
        let kept = self.frequent.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, codes)) = kept.filter(|(at, _)| now.since_ms(*at) < FREQUENT_KEPT_MS) {
            let _ = at;
            return Ok(codes);
        }
        let mut lines = store.board(now.after_ms(-FREQUENT_SPAN_MS)).await?.codes;
        lines.sort_by_key(|line| std::cmp::Reverse(line.both + line.people_only));
        let chosen = lines.into_iter().filter(|line| line.both + line.people_only > 0);
        let codes: Vec<String> = chosen.map(|line| line.code).collect();
        *self.frequent.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, codes.clone()));
        Ok(codes)
    }
}

/// The network that a client's address belongs to; what is no address shares one budget.
#[must_use]
pub fn network(client: &str) -> Network {
    Network::of(client.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
}

//! The gate (放行) of a release: whoever books a day that is given out this morning needs the turn that the waiting room gives.
//!
//! A crowd asks here again and again. What is the same for all of them, an office's rules and a room's state, is remembered for a moment;
//! only somebody's own entry is looked up, by its index.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use huizhi_domain::clock::Moment;
use huizhi_domain::id::OfficeId;
use huizhi_domain::visit::BookingPolicy;
use huizhi_domain::visit::draw::{drawn_at, round_at};
use huizhi_domain::visit::release::{Times, given_out};
use huizhi_store::{Room, StoreError};
use jiff::civil::Date;

use super::crowd::Crowd;
use crate::app::App;
use crate::citizen::quoted;

/// How long an office's rules are remembered: who changes them waits as long.
const RULES_KEPT_MS: i64 = 10_000;
/// How long a room's state is remembered: the service tends to it once a second.
const ROOM_KEPT_MS: i64 = 1_000;
/// Beyond this many what is old is forgotten.
const MANY: usize = 10_000;

/// What is remembered of offices and their rooms. All of it may be lost.
#[derive(Debug, Default)]
pub struct Rooms {
    rules: Kept<OfficeId, BookingPolicy>,
    states: Kept<(OfficeId, String, Date), Option<Room>>,
    /// How often somebody knocks.
    pub crowd: Crowd,
}

/// That somebody has to wait, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Their place in the line; `None` before the draw, and for who is not in the room.
    pub place: Option<i64>,
    /// How many wait.
    pub of: i64,
    /// When something moves next.
    pub until: Moment,
    /// The room's page.
    pub path: String,
}

/// Whether somebody may book a day, by the keyed hash of their number. `Ok(Ok(()))` where the day is not given out this morning, where the
/// rush is over, and while their turn lasts.
///
/// # Errors
/// The outer one is the store's, the inner one says how long to wait.
pub async fn let_in(
    app: &App,
    office: OfficeId,
    service: &str,
    day: Date,
    person_key: &[u8],
) -> Result<Result<(), Wait>, StoreError> {
    let now = app.store.now();
    let Some(times) = times(app, office, day).await? else { return Ok(Ok(())) };
    if now >= times.ends_at {
        return Ok(Ok(()));
    }
    let mut wait = Wait { place: None, of: 0, until: next(times, now), path: path(office, service, day) };
    // Without a room it is not given out yet. Nobody gets past by coming before the room is there.
    let Some(room) = room(app, office, service, day).await? else { return Ok(Err(wait)) };
    if room.is_over(now) {
        return Ok(Ok(()));
    }
    let entered = app.store.entry_of_person(room.id, person_key).await?;
    if entered.is_some_and(|it| it.may_book(now)) {
        return Ok(Ok(()));
    }
    wait.place = entered.and_then(|it| it.before).map(|before| before + 1);
    wait.of = room.waiting;
    Ok(Err(wait))
}

/// When a day is given out, where that is today.
///
/// # Errors
/// As the store.
pub async fn times(app: &App, office: OfficeId, day: Date) -> Result<Option<Times>, StoreError> {
    let rules = rules(app, office).await?;
    Ok(Times::of(&rules, day, app.store.now(), &app.calendar, app.store.zone()))
}

/// The days of an office's service whose waiting room is open now.
///
/// # Errors
/// As the store.
pub async fn open_now(app: &App, office: OfficeId, service: &str) -> Result<Vec<(Date, Times)>, StoreError> {
    let (now, zone) = (app.store.now(), app.store.zone());
    let rules = rules(app, office).await?;
    let mut open = Vec::new();
    for day in given_out(&rules, now.day(zone), &app.calendar) {
        let times = Times::of(&rules, day, now, &app.calendar, zone);
        let Some(times) = times.filter(|times| (times.room_from..times.ends_at).contains(&now)) else { continue };
        if room(app, office, service, day).await?.is_some_and(|room| !room.is_over(now)) {
            open.push((day, times));
        }
    }
    Ok(open)
}

async fn rules(app: &App, office: OfficeId) -> Result<BookingPolicy, StoreError> {
    let (now, kept) = (app.store.now(), &app.shared.rooms.rules);
    match kept.recall(&office, now, RULES_KEPT_MS) {
        Some(rules) => Ok(rules),
        None => Ok(kept.keep(office, now, app.store.booking_policy(office).await?)),
    }
}

/// The waiting room of a day, as it was within the last second.
///
/// # Errors
/// As the store.
pub async fn room(app: &App, office: OfficeId, service: &str, day: Date) -> Result<Option<Room>, StoreError> {
    let (now, key) = (app.store.now(), (office, service.to_owned(), day));
    match app.shared.rooms.states.recall(&key, now, ROOM_KEPT_MS) {
        Some(room) => Ok(room),
        None => Ok(app.shared.rooms.states.keep(key, now, app.store.room(office, service, day).await?)),
    }
}

/// Reads a room anew when it is asked for next: who entered it finds themselves among those who wait.
pub fn forget(app: &App, office: OfficeId, service: &str, day: Date) {
    app.shared.rooms.states.forget(&(office, service.to_owned(), day));
}

/// When something moves next: the room opens, the places do, or another round is drawn.
#[must_use]
pub fn next(times: Times, now: Moment) -> Moment {
    if now < times.room_from { times.room_from } else { drawn_at(times.opens_at, round_at(times.opens_at, now)) }
}

/// The address of a room's page.
#[must_use]
pub fn path(office: OfficeId, service: &str, day: Date) -> String {
    format!("/visit/room/{office}/{}/{day}", quoted(service))
}

/// Values by key, each with when it was read.
#[derive(Debug)]
struct Kept<K, V>(Mutex<HashMap<K, (Moment, V)>>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// What was kept in the last so many ms. A clock that was set back makes it old.
    fn recall(&self, key: &K, now: Moment, kept_ms: i64) -> Option<V> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|(at, _)| (0..kept_ms).contains(&now.since_ms(*at))).map(|(_, value)| value.clone())
    }

    fn forget(&self, key: &K) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    fn keep(&self, key: K, now: Moment, value: V) -> V {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MANY {
            kept.clear();
        }
        kept.insert(key, (now, value.clone()));
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_remembered_for_its_time_and_not_beyond_a_clock_that_goes_back() {
        let kept = Kept::default();
        assert_eq!(kept.recall(&"a", Moment(1_000), 1_000), None);
        assert_eq!(kept.keep("a", Moment(1_000), 7), 7);
        assert_eq!(kept.recall(&"a", Moment(1_999), 1_000), Some(7));
        assert_eq!(kept.recall(&"a", Moment(2_000), 1_000), None);
        assert_eq!(kept.recall(&"a", Moment(999), 1_000), None);
        kept.forget(&"a");
        assert_eq!(kept.recall(&"a", Moment(1_000), 1_000), None);
    }

    #[test]
    fn it_moves_when_the_room_opens_when_the_places_do_and_every_round_after() {
        let at = |minutes: i64| Moment(minutes * 60_000);
        let times = Times { room_from: at(510), opens_at: at(540), ends_at: at(600) };
        assert_eq!(next(times, at(500)), at(510));
        assert_eq!(next(times, at(511)), at(540));
        assert_eq!(next(times, at(540)), at(540).after_s(10));
        assert_eq!(next(times, at(540).after_s(25)), at(540).after_s(30));
    }
}

//! The soft lock of accounts, as kanidm has it: a pause after every wrong password that grows with their number, and from the hundredth on
//! until midnight. During the pause no password is compared, right or wrong, so an account costs at most a hundred hashes a day.

use crate::clock::{Moment, Zone, midnight};

const DAY_MS: i64 = 24 * 3_600_000;

/// What is remembered of somebody's wrong passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misses {
    /// How many there were today.
    pub count: u32,
    /// Until when none is compared.
    pub until: Moment,
    /// When they are forgotten: midnight.
    pub forgotten_at: Moment,
}

impl Misses {
    /// With one more at a moment, after those that are known.
    #[must_use]
    pub fn and_one(known: Option<Self>, now: Moment, zone: Zone) -> Self {
        let next_day = now.day(zone).tomorrow().map_or(now.after_ms(DAY_MS), |day| midnight(day, zone));
        let known = known.filter(|it| now < it.forgotten_at);
        let count = known.map_or(0, |it| it.count).saturating_add(1);
        let until = pause_s(count).map_or(next_day, |seconds| now.after_s(seconds));
        Self { count, until, forgotten_at: next_day }
    }

    /// Until when no password is compared; `None` where one may be tried.
    #[must_use]
    pub fn waits_until(&self, now: Moment) -> Option<Moment> {
        (now < self.until).then_some(self.until)
    }
}

/// kanidm's curve: seconds of pause after so many wrong ones, `None` until midnight.
const fn pause_s(count: u32) -> Option<i64> {
    match count {
        0..3 => Some(1),
        3..9 => Some(3),
        9..25 => Some(5),
        25..100 => Some(10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_and_the_hundredth_lasts_until_midnight() {
        let (mut now, mut known, mut pauses) = (Moment(1_764_000_000_000), None, Vec::new());
        for _ in 0..100 {
            let misses = Misses::and_one(known, now, Zone::CHINA);
            let until = misses.waits_until(now).unwrap();
            pauses.push(until.since_ms(now) / 1000);
            (now, known) = (until, Some(misses));
        }
        assert_eq!([pauses[0], pauses[2], pauses[8], pauses[24], pauses[98]], [1, 3, 5, 10, 10]);
        assert_eq!(now.wall(Zone::CHINA).split(' ').nth(1), Some("00:00"));
        let next = Misses::and_one(known, now, Zone::CHINA);
        assert_eq!((next.count, next.until), (1, now.after_s(1)), "a new day begins anew");
    }
}

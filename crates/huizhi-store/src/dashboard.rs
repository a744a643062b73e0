//! The figures of the service for who runs it: orders by day, what became of them, how long photos wait, and receipts that nobody used; by city, and
//! nothing about anybody.

use std::collections::BTreeMap;

use huizhi_domain::clock::{Moment, midnight};
use jiff::civil::Date;

use crate::db::read;
use crate::figures::{Spread, spread};
use crate::{Result, Store};

/// The figures of a city, or of several together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CityFigures {
    /// Orders that were handed in for the first time, by day.
    pub orders: BTreeMap<Date, i64>,
    /// Orders that were approved.
    pub accepted: i64,
    /// Orders that were sent back and stayed so. What was sent back and handed in again is neither, while it is open.
    pub rejected: i64,
    /// How often each code was a reason that a citizen was told.
    pub codes: BTreeMap<String, i64>,
    /// How often a photo waited so many minutes for its first decision.
    pub waits: BTreeMap<i64, i64>,
    /// Receipts that were issued.
    pub issued: i64,
    /// Of them, those that a window used.
    pub used: i64,
    /// Of them, those that nobody used before their last day was over.
    pub unused: i64,
}

impl CityFigures {
    /// Orders of all days.
    #[must_use]
    pub fn all_orders(&self) -> i64 {
        self.orders.values().sum()
    }

    /// How long photos waited for their first decision; to the minute.
    #[must_use]
    pub fn wait(&self) -> Spread {
        spread(&self.waits, 60)
    }

    /// Of the orders that came to an end, how many were approved, from 0 to 1; `None` where there was none.
    #[must_use]
    pub fn accepted_share(&self) -> Option<f64> {
        let all = self.accepted + self.rejected;
        (all > 0).then(|| self.accepted as f64 / all as f64)
    }

    /// Adds another city's figures.
    pub fn add(&mut self, other: &Self) {
        for (minutes, times) in &other.waits {
            *self.waits.entry(*minutes).or_default() += times;
        }
        for (day, orders) in &other.orders {
            *self.orders.entry(*day).or_default() += orders;
        }
        for (code, times) in &other.codes {
            *self.codes.entry(code.clone()).or_default() += times;
        }
        self.accepted += other.accepted;
        self.rejected += other.rejected;
        self.issued += other.issued;
        self.used += other.used;
        self.unused += other.unused;
    }
}

impl Store {
    /// The figures of days, both of them too, by the code of the city.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn dashboard(&self, since: Date, until: Date) -> Result<BTreeMap<String, CityFigures>> {
        let zone = self.zone();
        let (from, to) = (midnight(since, zone), midnight(until.tomorrow().unwrap_or(until), zone));
        let offset_ms = i64::from(zone.0) * 60_000;
        let mut all: BTreeMap<String, CityFigures> = BTreeMap::new();
        for (city, day, times) in read!(self.0.db, dashboard::orders(from, to, offset_ms))? {
            let day = Moment(day * 86_400_000 - offset_ms).day(zone);
            *all.entry(city).or_default().orders.entry(day).or_default() += times;
        }
        for (city, accepted, times) in read!(self.0.db, dashboard::outcomes(from, to))? {
            let figures = all.entry(city).or_default();
            figures.accepted += if accepted { times } else { 0 };
            figures.rejected += if accepted { 0 } else { times };
        }
        for (city, codes, times) in read!(self.0.db, dashboard::reasons(from, to))? {
            let figures = all.entry(city).or_default();
            for code in codes {
                *figures.codes.entry(code).or_default() += times;
            }
        }
        for (city, minutes, times) in read!(self.0.db, dashboard::waits(from, to))? {
            *all.entry(city).or_default().waits.entry(minutes.max(0)).or_default() += times;
        }
        let today = self.now().day(zone);
        for (city, used, late, times) in read!(self.0.db, dashboard::receipts(from, to, today))? {
            let figures = all.entry(city).or_default();
            figures.issued += times;
            figures.used += if used { times } else { 0 };
            figures.unused += if late && !used { times } else { 0 };
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_cities_add_up() {
        let mut one = CityFigures { accepted: 3, rejected: 1, issued: 2, used: 1, ..CityFigures::default() };
        one.codes.insert("G02".to_owned(), 1);
        one.waits.insert(5, 4);
        let mut both = one.clone();
        both.add(&one);
        assert_eq!((both.accepted, both.rejected, both.issued, both.codes["G02"]), (6, 2, 4, 2));
        assert_eq!(both.accepted_share(), Some(0.75));
        assert_eq!(both.wait(), Spread { count: 8, half_s: Some(300), most_s: Some(300) });
        assert_eq!(CityFigures::default().accepted_share(), None);
    }
}

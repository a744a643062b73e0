//! Figures of visits for who runs the service (D35): demand, who does not come, how long people wait, and how far ahead they book. By
//! office and service; nothing about anybody.

use std::collections::BTreeMap;

use huizhi_domain::id::OfficeId;
use huizhi_domain::visit::State;
use jiff::civil::Date;

use crate::db::read;
use crate::{Result, Store};

/// A service of an office.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Of {
    pub office: OfficeId,
    pub service: String,
}

/// How often a duration was seen, in some unit.
#[derive(Clone, Debug)]
pub struct Seen {
    pub of: Of,
    pub unit: i64,
    pub times: i64,
}

/// How a duration is spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// How many were measured.
    pub count: i64,
    /// Half of them took no longer than this, in seconds.
    pub half_s: Option<i64>,
    /// Nine of ten took no longer than this, in seconds.
    pub most_s: Option<i64>,
}

/// The figures of a service at an office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitFigures {
    /// The office.
    pub office: OfficeId,
    /// The service.
    pub service: String,
    /// Places that were offered, public and the desk's.
    pub offered: i64,
    /// Appointments that were made, whatever became of them.
    pub booked: i64,
    /// Wishes of the waiting list: who found all places taken, and said so.
    pub wished: i64,
    /// Of the appointments, those that were given back.
    pub cancelled: i64,
    /// Of them, those whose place was taken away.
    pub stranded: i64,
    /// Of them, those to which nobody came.
    pub missed: i64,
    /// Of them, those to which somebody came.
    pub came: i64,
    /// From a ticket to its call, with and without appointment; to ten seconds.
    pub wait: Spread,
    /// From making an appointment to its time; to the hour.
    pub lead: Spread,
}

impl VisitFigures {
    fn none(of: Of) -> Self {
        Self {
            office: of.office,
            service: of.service,
            offered: 0,
            booked: 0,
            wished: 0,
            cancelled: 0,
            stranded: 0,
            missed: 0,
            came: 0,
            wait: Spread::default(),
            lead: Spread::default(),
        }
    }

    /// Of those who came or should have, how many did not, from 0 to 1; `None` where nobody was due yet.
    #[must_use]
    pub fn missed_share(&self) -> Option<f64> {
        let due = self.missed + self.came;
        (due > 0).then(|| self.missed as f64 / due as f64)
    }

    fn count(&mut self, state: State, visits: i64) {
        match state {
            // Nobody has booked by holding.
            State::Held | State::Lapsed => return,
            State::Booked => {}
            State::Arrived | State::Done => self.came += visits,
            State::Missed => self.missed += visits,
            State::Cancelled => self.cancelled += visits,
            State::Stranded => self.stranded += visits,
        }
        self.booked += visits;
    }
}

impl Store {
    /// The figures of visits on days, both of them too, by office and service.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn visit_figures(&self, from: Date, to: Date) -> Result<Vec<VisitFigures>> {
        let mut all: BTreeMap<Of, VisitFigures> = BTreeMap::new();
        let row = |of: &Of| VisitFigures::none(of.clone());
        for (of, places) in read!(self.0.db, figures::offered(from, to))? {
            all.entry(of.clone()).or_insert_with(|| row(&of)).offered = places;
        }
        for (of, state, visits) in read!(self.0.db, figures::appointments(from, to))? {
            let state: State =
                state.parse().map_err(|_| crate::StoreError::Row { what: "state", value: state.clone() })?;
            all.entry(of.clone()).or_insert_with(|| row(&of)).count(state, visits);
        }
        for (of, wishes) in read!(self.0.db, figures::wishes(from, to))? {
            all.entry(of.clone()).or_insert_with(|| row(&of)).wished = wishes;
        }
        for (of, spread) in spreads(read!(self.0.db, figures::waits(from, to))?, 10) {
            all.entry(of.clone()).or_insert_with(|| row(&of)).wait = spread;
        }
        for (of, spread) in spreads(read!(self.0.db, figures::leads(from, to))?, 3600) {
            all.entry(of.clone()).or_insert_with(|| row(&of)).lead = spread;
        }
        all.retain(|_, figures| figures.offered + figures.booked + figures.wished + figures.wait.count > 0);
        Ok(all.into_values().collect())
    }
}

/// How durations are spread, by service. A clock that was set back gives no time below none.
fn spreads(seen: Vec<Seen>, unit_s: i64) -> Vec<(Of, Spread)> {
    let mut by: BTreeMap<Of, BTreeMap<i64, i64>> = BTreeMap::new();
    for Seen { of, unit, times } in seen {
        *by.entry(of).or_default().entry(unit.max(0)).or_default() += times;
    }
    by.into_iter().map(|(of, times)| (of, spread(&times, unit_s))).collect()
}

pub(crate) fn spread(times: &BTreeMap<i64, i64>, unit_s: i64) -> Spread {
    let count: i64 = times.values().sum();
    // The least unit that so many in ten do not pass: the nearest rank.
    let reached = |tenths: i64| {
        let rank = (count * tenths + 9) / 10;
        let mut passed = 0;
        times.iter().find_map(|(unit, times)| {
            passed += times;
            (passed >= rank.max(1)).then_some(unit * unit_s)
        })
    };
    Spread { count, half_s: reached(5), most_s: reached(9) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_and_nine_of_ten_are_the_nearest_ranks() {
        let ten: BTreeMap<i64, i64> = (1..=10).map(|unit| (unit, 1)).collect();
        assert_eq!(spread(&ten, 10), Spread { count: 10, half_s: Some(50), most_s: Some(90) });
        let one = BTreeMap::from([(3, 1)]);
        assert_eq!(spread(&one, 60), Spread { count: 1, half_s: Some(180), most_s: Some(180) });
        let crowd = BTreeMap::from([(0, 80), (6, 15), (90, 5)]);
        assert_eq!(spread(&crowd, 10), Spread { count: 100, half_s: Some(0), most_s: Some(60) });
        assert_eq!(spread(&BTreeMap::new(), 10), Spread::default());
    }
}

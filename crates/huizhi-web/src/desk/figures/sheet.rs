//! The figures as a sheet.

use huizhi_domain::staff::Office;
use huizhi_domain::words::Lang;
use huizhi_store::VisitFigures;

use super::office_name;
use crate::desk::offices::service_name;
use crate::desk::{csv, say};

/// The columns of the sheet.
const COLUMNS: [&str; 11] = [
    "figures-office",
    "figures-service",
    "figures-offered",
    "figures-booked",
    "figures-wished",
    "figures-cancelled",
    "figures-stranded",
    "figures-came",
    "figures-missed",
    "figures-missed-share",
    "figures-called",
];
/// Those after them, which are durations.
const DURATIONS: [&str; 4] = ["figures-wait-half", "figures-wait-most", "figures-lead-half", "figures-lead-most"];

/// A line for each service of each office, under a line of titles.
pub(super) fn text(lang: Lang, offices: &[Office], figures: &[VisitFigures]) -> String {
    let mut head = COLUMNS.map(|key| say(lang, key, &[])).to_vec();
    head.extend(DURATIONS.map(|key| say(lang, "csv-seconds", &[("of", &say(lang, key, &[]))])));
    let seconds = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    let mut rows = vec![head];
    rows.extend(figures.iter().map(|of| {
        vec![
            office_name(offices, of.office),
            service_name(lang, &of.service),
            of.offered.to_string(),
            of.booked.to_string(),
            of.wished.to_string(),
            of.cancelled.to_string(),
            of.stranded.to_string(),
            of.came.to_string(),
            of.missed.to_string(),
            of.missed_share().map(|share| format!("{share:.4}")).unwrap_or_default(),
            of.wait.count.to_string(),
            seconds(of.wait.half_s),
            seconds(of.wait.most_s),
            seconds(of.lead.half_s),
            seconds(of.lead.most_s),
        ]
    }));
    csv::table(&rows)
}

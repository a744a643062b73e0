//! The dashboard's tables as sheets. Durations are seconds there, because sheets calculate.

use huizhi_domain::words::Lang;

use super::days::Days;
use super::{Found, codes};
use crate::app::App;
use crate::desk::{csv, say};

/// Orders by stretch, codes, or the cities.
pub fn text(app: &App, lang: Lang, days: Days, of: &str, found: &Found) -> String {
    let head = |keys: &[&str]| keys.iter().map(|key| say(lang, key, &[])).collect::<Vec<String>>();
    let counted = |(of, count): (String, i64)| vec![of, count.to_string()];
    let mut rows = Vec::new();
    match of {
        "orders" => {
            rows.push(head(&["dashboard-from", "dashboard-orders"]));
            rows.extend(days.counted(&found.together.orders).into_iter().map(counted));
        }
        "codes" => {
            rows.push(head(&["dashboard-code", "dashboard-times"]));
            rows.extend(codes(app, lang, &found.together).into_iter().map(counted));
        }
        _ => {
            rows.push(head(&[
                "dashboard-city",
                "dashboard-orders",
                "dashboard-accepted",
                "dashboard-rejected",
                "dashboard-wait-half-s",
                "dashboard-wait-most-s",
                "dashboard-issued",
                "dashboard-used",
                "dashboard-unused",
            ]));
            let seconds = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
            rows.extend(found.cities.iter().map(|(code, it)| {
                let wait = it.wait();
                let counts = [it.all_orders(), it.accepted, it.rejected].map(|count| count.to_string());
                let waits = [seconds(wait.half_s), seconds(wait.most_s)];
                let receipts = [it.issued, it.used, it.unused].map(|count| count.to_string());
                let name = [app.city_name(code, lang)];
                name.into_iter().chain(counts).chain(waits).chain(receipts).collect()
            }));
        }
    }
    csv::table(&rows)
}

//! The dashboard of the service: orders by day, week or month, what reviewers say, how long photos wait, and receipts that nobody used; by city, as
//! tables, as sheets, and drawn.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing};
use huizhi_domain::words::Lang;
use huizhi_store::CityFigures;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::plot::{self, Plot, Value, plot};
use super::session::FigureReader;
use super::{csv, say};
use crate::app::{App, in_lang};
use crate::error::PageError;
use crate::page::{Look, View};

type Answer = Result<Response, PageError>;

/// Spans that a button asks for: days before today, and by what they are drawn.
const SPANS: [(&str, i64, &str); 4] =
    [("week", 7, "day"), ("month", 30, "day"), ("quarter", 90, "week"), ("year", 365, "month")];

/// By what orders are counted.
const STEPS: [&str; 3] = ["day", "week", "month"];

/// Days that are counted at once at most.
const MOST_DAYS: i32 = 367;

/// What can be had as a sheet.
const SHEETS: [&str; 3] = ["orders", "codes", "cities"];

/// The addresses of the dashboard.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/dashboard", routing::get(dashboard)).route("/desk/dashboard.csv", routing::get(download))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    span: String,
    since: String,
    until: String,
    /// A word of [`STEPS`]; the button's where it is none.
    by: String,
    /// A city's code; all where it is empty.
    city: String,
    /// A word of [`SHEETS`].
    of: String,
}

/// The days that are asked for, both of them too, and by what they are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Days {
    since: Date,
    until: Date,
    /// The button's, where it is one of theirs.
    button: &'static str,
    step: &'static str,
}

impl Asked {
    /// The days; `None` where none can be meant.
    fn days(&self, today: Date) -> Option<Days> {
        let chosen = STEPS.into_iter().find(|step| *step == self.by);
        let button = |name: &str| SPANS.into_iter().find(|(known, ..)| *known == name);
        let bare = self.since.is_empty() && self.until.is_empty();
        if let Some((button, before, step)) = button(&self.span).or_else(|| button("month").filter(|_| bare)) {
            let since = today.checked_sub(before.days()).unwrap_or(today);
            return Some(Days { since, until: today, button, step: chosen.unwrap_or(step) });
        }
        let (since, until) = (self.since.parse::<Date>().ok()?, self.until.parse::<Date>().ok()?);
        let days = since.until(until).ok()?.get_days();
        let usual = if days > 120 { "month" } else { "day" };
        let step = chosen.unwrap_or(usual);
        (0..MOST_DAYS).contains(&days).then_some(Days { since, until, button: "", step })
    }
}

impl Days {
    /// The stretch that a day is counted in, by its first day: `2026-11-23`, or `2026-11` for a month.
    fn stretch(self, day: Date) -> String {
        match self.step {
            "week" => {
                let after_monday = i64::from(day.weekday().to_monday_zero_offset());
                day.checked_sub(after_monday.days()).unwrap_or(day).to_string()
            }
            "month" => format!("{:04}-{:02}", day.year(), day.month()),
            _ => day.to_string(),
        }
    }

    /// Orders by stretch, with those that have none.
    fn counted(self, orders: &BTreeMap<Date, i64>) -> BTreeMap<String, i64> {
        let mut counted = BTreeMap::new();
        let mut day = self.since;
        while day <= self.until {
            *counted.entry(self.stretch(day)).or_default() += orders.get(&day).copied().unwrap_or_default();
            let Ok(tomorrow) = day.tomorrow() else { break };
            day = tomorrow;
        }
        counted
    }
}

/// What is asked, of whom: figures of the cities, and all that are meant together.
struct Found {
    cities: BTreeMap<String, CityFigures>,
    together: CityFigures,
}

impl Found {
    async fn load(app: &App, days: Days, city: &str) -> Result<Self, PageError> {
        let cities = app.store.dashboard(days.since, days.until).await?;
        let mut together = CityFigures::default();
        for (_, figures) in cities.iter().filter(|(code, _)| city.is_empty() || *code == city) {
            together.add(figures);
        }
        Ok(Self { cities, together })
    }
}

#[derive(Clone, Debug, Default, Serialize)]
struct DashboardView {
    fault: bool,
    span: &'static str,
    since: String,
    until: String,
    by: &'static str,
    city: String,
    cities: Vec<Choice>,
    orders: i64,
    accepted_share: String,
    wait_half: String,
    wait_most: String,
    unused: i64,
    issued: i64,
    stretches: Vec<Counted>,
    codes: Vec<Counted>,
    rows: Vec<CityRow>,
    plots: Vec<Plot>,
}

/// A city that has figures.
#[derive(Clone, Debug, Serialize)]
struct Choice {
    code: String,
    name: String,
}

/// A line with a number.
#[derive(Clone, Debug, Serialize)]
struct Counted {
    of: String,
    count: i64,
}

#[derive(Clone, Debug, Default, Serialize)]
struct CityRow {
    name: String,
    orders: i64,
    accepted: i64,
    rejected: i64,
    share: String,
    wait_half: String,
    wait_most: String,
    issued: i64,
    used: i64,
    unused: i64,
}

impl View for DashboardView {
    const TEMPLATE: &'static str = "desk/dashboard.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let empty = Self { span: "month", by: "day", since: "2026-11-01".to_owned(), ..Self::default() };
        let counted = |of: &str| Counted { of: of.to_owned(), count: 3 };
        let full = Self {
            orders: 3,
            city: "441300".to_owned(),
            cities: vec![Choice { code: "441300".to_owned(), name: "Huizhou".to_owned() }],
            stretches: vec![counted("2026-11-25")],
            codes: vec![counted("G02 Head too small")],
            rows: vec![CityRow { name: "Huizhou".to_owned(), ..CityRow::default() }],
            plots: vec![Plot::sample()],
            ..empty.clone()
        };
        vec![empty.clone(), full, Self { fault: true, ..empty }]
    }
}

async fn dashboard(
    State(app): State<App>,
    FigureReader(staff): FigureReader,
    look: Look,
    Query(asked): Query<Asked>,
) -> Answer {
    let today = app.today();
    let Some(days) = asked.days(today) else {
        let view = DashboardView { fault: true, by: "day", ..DashboardView::default() };
        let mut page = frame::show(&app, &look, Place::of(&staff, "dashboard"), view)?;
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(page);
    };
    let found = Found::load(&app, days, &asked.city).await?;
    let view = view(&app, look.lang, days, &asked.city, &found);
    frame::show(&app, &look, Place::of(&staff, "dashboard"), view)
}

fn view(app: &App, lang: Lang, days: Days, city: &str, found: &Found) -> DashboardView {
    let wait = found.together.wait();
    let counted = |(of, count): (String, i64)| Counted { of, count };
    let choice = |code: &String| Choice { code: code.clone(), name: app.city_name(code, lang) };
    let stretches: Vec<Counted> = days.counted(&found.together.orders).into_iter().map(counted).collect();
    let codes: Vec<Counted> = codes(app, lang, &found.together).into_iter().map(counted).collect();
    let rows: Vec<CityRow> = found.cities.iter().map(|(code, figures)| row(app, lang, code, figures)).collect();
    DashboardView {
        fault: false,
        span: days.button,
        since: days.since.to_string(),
        until: days.until.to_string(),
        by: days.step,
        city: city.to_owned(),
        cities: found.cities.keys().map(choice).collect(),
        orders: found.together.all_orders(),
        accepted_share: percent(found.together.accepted_share()),
        wait_half: time(lang, wait.half_s),
        wait_most: time(lang, wait.most_s),
        unused: found.together.unused,
        issued: found.together.issued,
        plots: if rows.is_empty() { Vec::new() } else { plots(app, lang, found, &stretches, &codes) },
        stretches,
        codes,
        rows,
    }
}

/// Codes with what they mean, the most frequent first.
fn codes(app: &App, lang: Lang, figures: &CityFigures) -> Vec<(String, i64)> {
    let named = |(code, times): (&String, &i64)| {
        let title = app.rejection(code).map(|it| in_lang(&it.title, lang)).unwrap_or_default();
        (format!("{code} {title}").trim_end().to_owned(), *times)
    };
    let mut codes: Vec<(String, i64)> = figures.codes.iter().map(named).collect();
    codes.sort_by(|(a, a_times), (b, b_times)| b_times.cmp(a_times).then_with(|| a.cmp(b)));
    codes
}

fn row(app: &App, lang: Lang, code: &str, of: &CityFigures) -> CityRow {
    let wait = of.wait();
    CityRow {
        name: app.city_name(code, lang),
        orders: of.all_orders(),
        accepted: of.accepted,
        rejected: of.rejected,
        share: percent(of.accepted_share()),
        wait_half: time(lang, wait.half_s),
        wait_most: time(lang, wait.most_s),
        issued: of.issued,
        used: of.used,
        unused: of.unused,
    }
}

/// Whole percent; a dash where there is nothing to share.
fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

fn time(lang: Lang, seconds: Option<i64>) -> String {
    let minutes = |seconds: i64| say(lang, "figures-minutes", &[("count", &((seconds + 30) / 60))]);
    let hours = |seconds: i64| say(lang, "figures-hours", &[("count", &format!("{:.1}", seconds as f64 / 3600.0))]);
    match seconds {
        None => "–".to_owned(),
        Some(seconds) if seconds < 7200 => minutes(seconds),
        Some(seconds) => hours(seconds),
    }
}

/// What is drawn: orders, codes, waiting and receipts.
fn plots(app: &App, lang: Lang, found: &Found, stretches: &[Counted], codes: &[Counted]) -> Vec<Plot> {
    let number = |count: i64| Value { size: Some(count as f64), words: count.to_string() };
    let waited = |seconds: Option<i64>| Value { size: seconds.map(|it| it as f64), words: time(lang, seconds) };
    let title = |id: &str| say(lang, &format!("dashboard-plot-{id}"), &[]);
    let lines = |all: &[Counted]| -> Vec<plot::Row> {
        all.iter().map(|it| plot::Row { label: it.of.clone(), values: vec![number(it.count)] }).collect()
    };
    let by_city = |values: &dyn Fn(&CityFigures) -> Vec<Value>| -> Vec<plot::Row> {
        let row =
            |(code, of): (&String, &CityFigures)| plot::Row { label: app.city_name(code, lang), values: values(of) };
        found.cities.iter().map(row).collect()
    };
    vec![
        plot("orders", title("orders"), &lines(stretches)),
        plot("codes", title("codes"), &lines(codes)),
        plot("wait", title("wait"), &by_city(&|of| vec![waited(of.wait().half_s), waited(of.wait().most_s)])),
        plot("receipts", title("receipts"), &by_city(&|of| vec![number(of.issued), number(of.unused)])),
    ]
}

/// The same as a sheet. Durations are seconds there, because sheets calculate.
async fn download(
    State(app): State<App>,
    FigureReader(_): FigureReader,
    look: Look,
    Query(asked): Query<Asked>,
) -> Answer {
    let days = asked.days(app.today()).ok_or(PageError::Absent)?;
    let of = SHEETS.into_iter().find(|sheet| *sheet == asked.of).ok_or(PageError::Absent)?;
    let found = Found::load(&app, days, &asked.city).await?;
    let name = format!("attachment; filename=\"huizhi-{of}-{}-{}.csv\"", days.since, days.until);
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, sheet(&app, look.lang, days, of, &found)).into_response())
}

fn sheet(app: &App, lang: Lang, days: Days, of: &str, found: &Found) -> String {
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

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<DashboardView>>();
    }

    #[test]
    fn days_are_a_buttons_or_both_given_in_order() {
        let today = day("2026-11-25");
        let asked = |span: &str, since: &str, until: &str, by: &str| {
            let text = str::to_owned;
            let asked =
                Asked { span: text(span), since: text(since), until: text(until), by: text(by), ..Asked::default() };
            asked.days(today).map(|it| (it.since.to_string(), it.until.to_string(), it.step))
        };
        let days = |since: &str, until: &str, step: &'static str| Some((since.to_owned(), until.to_owned(), step));
        assert_eq!(asked("", "", "", ""), days("2026-10-26", "2026-11-25", "day"));
        assert_eq!(asked("year", "", "", ""), days("2025-11-25", "2026-11-25", "month"));
        assert_eq!(asked("quarter", "", "", "day"), days("2026-08-27", "2026-11-25", "day"));
        assert_eq!(asked("", "2026-01-01", "2026-11-01", ""), days("2026-01-01", "2026-11-01", "month"));
        assert_eq!(asked("", "2026-11-02", "2026-11-01", ""), None);
        assert_eq!(asked("", "2024-11-02", "2026-11-01", ""), None, "more than a year");
    }

    #[test]
    fn orders_are_counted_by_day_week_and_month_and_days_without_any_stand_too() {
        let orders = BTreeMap::from([(day("2026-11-29"), 2), (day("2026-11-30"), 3), (day("2026-12-01"), 4)]);
        let counted = |step: &'static str| {
            let days = Days { since: day("2026-11-28"), until: day("2026-12-01"), button: "", step };
            days.counted(&orders).into_iter().collect::<Vec<_>>()
        };
        let pair = |of: &str, count: i64| (of.to_owned(), count);
        assert_eq!(counted("month"), [pair("2026-11", 5), pair("2026-12", 4)]);
        assert_eq!(counted("week"), [pair("2026-11-23", 2), pair("2026-11-30", 7)]);
        assert_eq!(counted("day").first(), Some(&pair("2026-11-28", 0)));
    }
}

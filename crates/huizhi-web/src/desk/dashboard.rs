//! The dashboard of the service: orders by day, week or month, what became of them, how long photos wait, and receipts that nobody used; by city, as
//! tables, as sheets, and drawn.

mod days;
mod sheet;

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing};
use huizhi_domain::words::Lang;
use huizhi_store::CityFigures;
use serde::Serialize;

use super::frame::{self, Place};
use super::plot::{self, Plot, Value, plot};
use super::say;
use super::session::FigureReader;
use crate::app::{App, in_lang};
use crate::error::PageError;
use crate::page::{Look, View};
use days::{Asked, Days};

type Answer = Result<Response, PageError>;

/// What can be had as a sheet.
const SHEETS: [&str; 3] = ["orders", "codes", "cities"];

/// The addresses of the dashboard.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/dashboard", routing::get(dashboard)).route("/desk/dashboard.csv", routing::get(download))
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

/// The same as a sheet.
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
    Ok((headers, sheet::text(&app, look.lang, days, of, &found)).into_response())
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<DashboardView>>();
    }
}

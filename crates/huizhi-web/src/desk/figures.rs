//! Figures of visits for who runs the service (D35): demand, who does not come, how long people wait, how far ahead they book; by office
//! and service, as a table, as a sheet, and drawn.

mod sheet;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing};
use huizhi_domain::day;
use huizhi_domain::id::OfficeId;
use huizhi_domain::staff::Office;
use huizhi_domain::words::Lang;
use huizhi_store::{Spread, VisitFigures};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::offices::service_name;
use super::plot::{self, Plot, Value, plot};
use super::say;
use super::session::FigureReader;
use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};

type Answer = Result<Response, PageError>;

/// Spans that a button asks for: days before today, and days after it.
const SPANS: [(&str, i64, i64); 4] = [("week", 7, 0), ("month", 30, 0), ("quarter", 90, 0), ("coming", 0, 14)];

/// Days that are counted at once at most.
const MOST_DAYS: i32 = 366;

/// The addresses of the figures.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/figures", routing::get(figures)).route("/desk/figures.csv", routing::get(download))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    span: String,
    since: String,
    until: String,
}

/// The days that are asked for, both of them too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Days {
    since: Date,
    until: Date,
    /// The button's, where it is one of theirs.
    button: &'static str,
}

impl Asked {
    /// The days; `None` where none can be meant.
    fn days(&self, today: Date) -> Option<Days> {
        let button = |name: &str| SPANS.into_iter().find(|(known, ..)| *known == name);
        let bare = self.since.is_empty() && self.until.is_empty();
        if let Some((button, before, after)) = button(&self.span).or_else(|| button("month").filter(|_| bare)) {
            let since = today.checked_sub(before.days()).unwrap_or(today);
            return Some(Days { since, until: today.checked_add(after.days()).unwrap_or(today), button });
        }
        let (since, until) = (day::read(&self.since)?, day::read(&self.until)?);
        let days = since.until(until).ok()?.get_days();
        (0..MOST_DAYS).contains(&days).then_some(Days { since, until, button: "" })
    }
}

#[derive(Clone, Debug, Default, Serialize)]
struct FiguresView {
    fault: bool,
    span: &'static str,
    since: String,
    until: String,
    rows: Vec<Row>,
    plots: Vec<Plot>,
}

#[derive(Clone, Debug, Default, Serialize)]
struct Row {
    office: String,
    service: String,
    offered: i64,
    booked: i64,
    used: String,
    wished: i64,
    cancelled: i64,
    stranded: i64,
    came: i64,
    missed: i64,
    missed_share: String,
    called: i64,
    wait_half: String,
    wait_most: String,
    lead_half: String,
    lead_most: String,
}

impl View for FiguresView {
    const TEMPLATE: &'static str = "desk/figures.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let empty = Self { span: "month", since: "2026-11-01".to_owned(), ..Self::default() };
        let row = Row { office: "Jiangbei".to_owned(), service: "ID card".to_owned(), offered: 28, ..Row::default() };
        let full = Self { rows: vec![row], plots: vec![Plot::sample()], ..empty.clone() };
        vec![empty.clone(), full, Self { fault: true, ..empty }]
    }
}

async fn figures(
    State(app): State<App>,
    FigureReader(staff): FigureReader,
    look: Look,
    Query(asked): Query<Asked>,
) -> Answer {
    let today = app.today();
    let (days, fault) = match asked.days(today) {
        Some(days) => (days, false),
        None => (Days { since: today, until: today, button: "" }, true),
    };
    let offices = app.store.offices().await?;
    let figures = if fault { Vec::new() } else { app.store.visit_figures(days.since, days.until).await? };
    let view = FiguresView {
        fault,
        span: days.button,
        since: days.since.to_string(),
        until: days.until.to_string(),
        rows: figures.iter().map(|it| row(look.lang, &offices, it)).collect(),
        plots: if figures.is_empty() { Vec::new() } else { plots(look.lang, &offices, &figures) },
    };
    let mut page = frame::show(&app, &look, Place::of(&staff, "figures"), view)?;
    if fault {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

fn office_name(offices: &[Office], id: OfficeId) -> String {
    offices.iter().find(|office| office.id == id).map_or_else(|| id.to_string(), |office| office.name.clone())
}

fn row(lang: Lang, offices: &[Office], of: &VisitFigures) -> Row {
    let time = |seconds: Option<i64>| seconds.map_or_else(|| "–".to_owned(), |seconds| duration(lang, seconds));
    let used = (of.offered > 0).then(|| of.booked as f64 / of.offered as f64);
    Row {
        office: office_name(offices, of.office),
        service: service_name(lang, &of.service),
        offered: of.offered,
        booked: of.booked,
        used: percent(used),
        wished: of.wished,
        cancelled: of.cancelled,
        stranded: of.stranded,
        came: of.came,
        missed: of.missed,
        missed_share: percent(of.missed_share()),
        called: of.wait.count,
        wait_half: time(of.wait.half_s),
        wait_most: time(of.wait.most_s),
        lead_half: time(of.lead.half_s),
        lead_most: time(of.lead.most_s),
    }
}

/// Whole percent; a dash where there is nothing to share.
fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

fn duration(lang: Lang, seconds: i64) -> String {
    let (key, count) = match seconds {
        ..7200 => ("figures-minutes", ((seconds + 30) / 60).to_string()),
        7200..172_800 => ("figures-hours", format!("{:.1}", seconds as f64 / 3600.0)),
        _ => ("figures-days", format!("{:.1}", seconds as f64 / 86_400.0)),
    };
    say(lang, key, &[("count", &count)])
}

/// What is drawn: demand, who does not come, waiting, and how far ahead.
fn plots(lang: Lang, offices: &[Office], figures: &[VisitFigures]) -> Vec<Plot> {
    let time = |spread: &Spread| {
        let value = |seconds: Option<i64>| Value {
            size: seconds.map(|seconds| seconds as f64),
            words: seconds.map_or_else(|| "–".to_owned(), |seconds| duration(lang, seconds)),
        };
        vec![value(spread.half_s), value(spread.most_s)]
    };
    let number = |count: i64| Value { size: Some(count as f64), words: count.to_string() };
    let missed = |of: &VisitFigures| {
        let share = of.missed_share();
        vec![Value { size: share, words: percent(share) }]
    };
    let drawn = |id: &'static str, values: &dyn Fn(&VisitFigures) -> Vec<Value>| {
        let rows: Vec<plot::Row> = figures
            .iter()
            .map(|of| {
                let (office, service) = (office_name(offices, of.office), service_name(lang, &of.service));
                plot::Row { label: format!("{office} {service}"), values: values(of) }
            })
            .collect();
        plot(id, say(lang, &format!("figures-plot-{id}"), &[]), &rows)
    };
    vec![
        drawn("demand", &|of| vec![number(of.offered), number(of.booked)]),
        drawn("missed", &missed),
        drawn("wait", &|of| time(&of.wait)),
        drawn("lead", &|of| time(&of.lead)),
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
    let offices = app.store.offices().await?;
    let figures = app.store.visit_figures(days.since, days.until).await?;
    let name = format!("attachment; filename=\"huizhi-figures-{}-{}.csv\"", days.since, days.until);
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, sheet::text(look.lang, &offices, &figures)).into_response())
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<FiguresView>>();
    }

    #[test]
    fn days_are_a_buttons_or_both_given_in_order() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let today = day("2026-11-25");
        let asked = |span: &str, since: &str, until: &str| {
            let text = str::to_owned;
            Asked { span: text(span), since: text(since), until: text(until) }.days(today)
        };
        let days = |since, until, button| Some(Days { since: day(since), until: day(until), button });
        assert_eq!(asked("", "", ""), days("2026-10-26", "2026-11-25", "month"));
        assert_eq!(asked("coming", "", ""), days("2026-11-25", "2026-12-09", "coming"));
        assert_eq!(asked("", "2026-11-01", "2026-11-01"), days("2026-11-01", "2026-11-01", ""));
        assert_eq!(asked("", "2026-11-02", "2026-11-01"), None);
        assert_eq!(asked("", "2024-11-02", "2026-11-01"), None, "more than a year");
        assert_eq!(asked("", "soon", "2026-11-01"), None);
        assert_eq!(asked("", "2026-11-01", ""), None);
    }

    #[test]
    fn durations_and_shares_are_written_as_people_say_them() {
        assert_eq!(duration(Lang::En, 600), "10 min");
        assert_eq!(duration(Lang::En, 9000), "2.5 h");
        assert_eq!(duration(Lang::En, 259_200), "3.0 days");
        assert_eq!([percent(Some(0.125)), percent(None)], ["12 %", "–"]);
    }
}

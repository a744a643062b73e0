//! The lead's board: how engine and people agree, how long photos wait, and nothing about anybody's speed (D35).

use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing};
use huizhi_domain::clock::{Moment, midnight};
use huizhi_domain::words::Lang;
use huizhi_store::{Board, CodeLine, ReviewerLine};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::session::Lead;
use super::{csv, say};
use crate::app::{App, in_lang};
use crate::error::PageError;
use crate::page::{Look, View};

type Answer = Result<Response, PageError>;

/// Spans that a button asks for, in days.
const SPANS: [(&str, i64); 4] = [("day", 1), ("week", 7), ("month", 30), ("quarter", 90)];

/// The board's addresses.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/board", routing::get(board)).route("/desk/board.csv", routing::get(sheet))
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    span: Option<String>,
    since: Option<String>,
}

impl Asked {
    /// The first day, and the span where it is one of the buttons'. The error is the text that is no day in the past.
    fn since(&self, today: Date) -> Result<(Date, &'static str), String> {
        let span = |name: &str| SPANS.into_iter().find(|(known, _)| *known == name);
        let back = |(name, days): (&'static str, i64)| (today.checked_sub(days.days()).unwrap_or(today), name);
        if let Some(chosen) = self.span.as_deref().and_then(span) {
            return Ok(back(chosen));
        }
        match self.since.as_deref().filter(|text| !text.is_empty()) {
            None => Ok(back(SPANS[1])),
            Some(text) => match text.parse::<Date>() {
                Ok(day) if day <= today => Ok((day, "")),
                _ => Err(text.to_owned()),
            },
        }
    }
}

#[derive(Clone, Debug, Serialize)]
struct BoardPage {
    board: BoardView,
    fault: Option<String>,
}

impl View for BoardPage {
    const TEMPLATE: &'static str = "desk/board.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let empty = BoardView { span: "week", since: "2026-11-18".to_owned(), ..BoardView::default() };
        let code = CodeRow { code: "O01".to_owned(), both: 3, bar_both: 60.0, bar_engine: 40.0, ..CodeRow::default() };
        let reviewer = ReviewerRow { name: "Chen".to_owned(), decided: 9, ..ReviewerRow::default() };
        let full = BoardView { span: "", codes: vec![code], reviewers: vec![reviewer], decided: 9, ..empty.clone() };
        let page = |board, fault: Option<&str>| Self { board, fault: fault.map(str::to_owned) };
        vec![page(empty.clone(), None), page(empty, Some("no day")), page(full, None)]
    }
}

#[derive(Clone, Debug, Default, Serialize)]
struct BoardView {
    span: &'static str,
    since: String,
    decided: usize,
    accepted: usize,
    accepted_share: String,
    queue_p50: String,
    queue_p95: String,
    second_looks: usize,
    disagreements: usize,
    disagreement_share: String,
    probes_seen: usize,
    probes_right: usize,
    codes: Vec<CodeRow>,
    reviewers: Vec<ReviewerRow>,
}

#[derive(Clone, Debug, Default, Serialize)]
struct CodeRow {
    code: String,
    title: String,
    both: usize,
    engine_only: usize,
    person_only: usize,
    agreement: String,
    /// Shares of a bar of 100.
    bar_both: f32,
    bar_engine: f32,
    bar_person_x: f32,
    bar_person: f32,
}

#[derive(Clone, Debug, Default, Serialize)]
struct ReviewerRow {
    name: String,
    decided: usize,
    of_two: usize,
    agreed: usize,
    agreement: String,
}

async fn board(State(app): State<App>, Lead(staff): Lead, look: Look, Query(asked): Query<Asked>) -> Answer {
    let today = app.today();
    let (since, fault) = match asked.since(today) {
        Ok(since) => (since, None),
        Err(text) => (
            Asked::default().since(today).unwrap_or((today, "")),
            Some(say(look.lang, "board-date-wrong", &[("date", &text)])),
        ),
    };
    let board = app.store.board(moment(&app, since.0)).await?;
    let view = BoardPage { board: view(&app, look.lang, since, &board), fault };
    frame::show(&app, &look, Place::of(&staff, "board"), view)
}

fn moment(app: &App, day: Date) -> Moment {
    midnight(day, app.store.zone())
}

fn view(app: &App, lang: Lang, (since, span): (Date, &'static str), board: &Board) -> BoardView {
    let mut reviewers: Vec<&ReviewerLine> = board.reviewers.iter().collect();
    reviewers.sort_by(|a, b| a.name.cmp(&b.name));
    let waited = |seconds: Option<i64>| seconds.map_or_else(|| "–".to_owned(), |seconds| duration(lang, seconds));
    BoardView {
        span,
        since: since.to_string(),
        decided: board.decided,
        accepted: board.accepted,
        accepted_share: share(board.accepted, board.decided),
        queue_p50: waited(board.queue_p50_s),
        queue_p95: waited(board.queue_p95_s),
        second_looks: board.second_looks,
        disagreements: board.disagreements,
        disagreement_share: share(board.disagreements, board.second_looks),
        probes_seen: board.probes_seen,
        probes_right: board.probes_right,
        codes: board.codes.iter().map(|line| code_row(app, lang, line)).collect(),
        reviewers: reviewers.into_iter().map(reviewer_row).collect(),
    }
}

fn code_row(app: &App, lang: Lang, line: &CodeLine) -> CodeRow {
    let all = line.both + line.engine_only + line.people_only;
    let part = |count: usize| if all == 0 { 0.0 } else { (count as f32 / all as f32 * 1000.0).round() / 10.0 };
    let (both, engine) = (part(line.both), part(line.engine_only));
    CodeRow {
        code: line.code.clone(),
        title: app.rejections.get(&line.code).map_or("", |rejection| in_lang(&rejection.title, lang)).to_owned(),
        both: line.both,
        engine_only: line.engine_only,
        person_only: line.people_only,
        agreement: share(line.both, all),
        bar_both: both,
        bar_engine: engine,
        bar_person_x: both + engine,
        bar_person: part(line.people_only),
    }
}

fn reviewer_row(line: &ReviewerLine) -> ReviewerRow {
    ReviewerRow {
        name: line.name.clone(),
        decided: line.decided,
        of_two: line.compared,
        agreed: line.agreed,
        agreement: share(line.agreed, line.compared),
    }
}

/// Whole percent; a dash where there is nothing to share.
fn share(part: usize, whole: usize) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{} %", (part * 200 + whole) / (whole * 2)) }
}

fn duration(lang: Lang, seconds: i64) -> String {
    let (key, count) = match seconds {
        ..120 => ("board-seconds", seconds.to_string()),
        120..7200 => ("board-minutes", ((seconds + 30) / 60).to_string()),
        _ => ("board-hours", format!("{:.1}", seconds as f64 / 3600.0)),
    };
    say(lang, key, &[("count", &count)])
}

/// The same as a sheet. Durations are seconds there, because sheets calculate.
async fn sheet(State(app): State<App>, Lead(_): Lead, look: Look, Query(asked): Query<Asked>) -> Answer {
    let today = app.today();
    let (since, _) = asked.since(today).map_err(|_| PageError::Absent)?;
    let board = app.store.board(moment(&app, since)).await?;
    let name = format!("attachment; filename=\"huizhi-board-{since}.csv\"");
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, text(look.lang, since, &board)).into_response())
}

fn text(lang: Lang, since: Date, board: &Board) -> String {
    let title = |key: &str| say(lang, key, &[]);
    let number = |count: usize| count.to_string();
    let seconds = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    let mut rows: Vec<Vec<String>> = vec![
        vec![title("board-figure"), title("board-value")],
        vec![title("board-from"), since.to_string()],
        vec![title("board-decided"), number(board.decided)],
        vec![title("board-accepted"), number(board.accepted)],
        vec![format!("{} (s)", title("board-queue-p50")), seconds(board.queue_p50_s)],
        vec![format!("{} (s)", title("board-queue-p95")), seconds(board.queue_p95_s)],
        vec![title("board-second-looks"), number(board.second_looks)],
        vec![title("board-disagreements"), number(board.disagreements)],
        vec![title("board-probes"), format!("{} / {}", board.probes_right, board.probes_seen)],
        Vec::new(),
        ["board-code", "board-both", "board-engine-only", "board-person-only"].map(title).to_vec(),
    ];
    for line in &board.codes {
        rows.push(vec![line.code.clone(), number(line.both), number(line.engine_only), number(line.people_only)]);
    }
    rows.push(Vec::new());
    rows.push(["board-reviewer", "board-decided", "board-of-two", "board-agreed"].map(title).to_vec());
    for line in &board.reviewers {
        rows.push(vec![line.name.clone(), number(line.decided), number(line.compared), number(line.agreed)]);
    }
    csv::table(&rows)
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<BoardPage>>();
    }

    #[test]
    fn days_in_the_future_and_other_words_are_told_back() {
        let today: Date = "2026-11-25".parse().unwrap();
        let asked = |span: Option<&str>, since: Option<&str>| {
            Asked { span: span.map(str::to_owned), since: since.map(str::to_owned) }.since(today)
        };
        assert_eq!(asked(None, None), Ok(("2026-11-18".parse().unwrap(), "week")));
        assert_eq!(asked(Some("quarter"), Some("2026-11-01")), Ok(("2026-08-27".parse().unwrap(), "quarter")));
        assert_eq!(asked(None, Some("2026-11-01")), Ok(("2026-11-01".parse().unwrap(), "")));
        assert_eq!(asked(None, Some("2026-11-26")), Err("2026-11-26".to_owned()));
        assert_eq!(asked(None, Some("soon")), Err("soon".to_owned()));
    }

    #[test]
    fn shares_are_whole_percent() {
        assert_eq!([share(1, 3), share(2, 3), share(1, 2), share(0, 0)], ["33 %", "67 %", "50 %", "–"]);
    }
}

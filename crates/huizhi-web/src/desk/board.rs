//! The lead's board: how engine and people agree, how long photos wait, and nothing about anybody's speed (D35), unless nobody can have
//! looked at that pace.

use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing};
use huizhi_domain::clock::{Moment, midnight};
use huizhi_domain::day;
use huizhi_domain::stored_faces::FaceAlarm;
use huizhi_domain::words::Lang;
use huizhi_store::{Board, CodeLine, PeerQueue, ReviewerLine, TooFast};
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
    until: Option<String>,
}

/// The days that are asked for, both of them too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    since: Date,
    until: Date,
    /// The button's, where it is one of theirs.
    button: &'static str,
}

/// Why no days can be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
enum WrongSpan {
    /// No day, or one to come.
    NoDay(String),
    /// The end is before the beginning.
    Backwards(Date),
}

impl WrongSpan {
    fn says(&self, lang: Lang) -> String {
        match self {
            Self::NoDay(text) => say(lang, "board-date-wrong", &[("date", text)]),
            Self::Backwards(until) => say(lang, "board-until-wrong", &[("date", until)]),
        }
    }
}

impl Asked {
    fn days(&self, today: Date) -> Result<Span, WrongSpan> {
        let before = |day: Date, days: i64| day.checked_sub(days.days()).unwrap_or(day);
        let button = |name: &str| SPANS.into_iter().find(|(known, _)| *known == name);
        if let Some((button, days)) = self.span.as_deref().and_then(button) {
            return Ok(Span { since: before(today, days), until: today, button });
        }
        let asked = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let day = |text: String| match day::read(&text) {
            Some(day) if day <= today => Ok(day),
            _ => Err(WrongSpan::NoDay(text)),
        };
        let until = asked(&self.until).map_or(Ok(today), day)?;
        let Some(since) = asked(&self.since) else {
            let (button, days) = SPANS[1];
            let button = if until == today { button } else { "" };
            return Ok(Span { since: before(until, days), until, button });
        };
        let since = day(since)?;
        if until < since { Err(WrongSpan::Backwards(until)) } else { Ok(Span { since, until, button: "" }) }
    }
}

impl Span {
    /// From the first day's midnight to the one after the last day.
    fn moments(&self, app: &App) -> (Moment, Moment) {
        let after = self.until.tomorrow().unwrap_or(self.until);
        (midnight(self.since, app.store.zone()), midnight(after, app.store.zone()))
    }
}

#[derive(Clone, Debug, Serialize)]
struct BoardPage {
    board: BoardView,
    centres: Vec<CentreRow>,
    /// How many people's faces are kept, and what that asks of the operator: see [`FaceAlarm`].
    faces: u64,
    faces_alarm: &'static str,
    fault: Option<String>,
}

impl View for BoardPage {
    const TEMPLATE: &'static str = "desk/board.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let empty = BoardView { span: "week", since: "2026-11-18".to_owned(), ..BoardView::default() };
        let alarms = vec!["Chen: 14 within 60 s".to_owned()];
        let code = CodeRow { code: "O01".to_owned(), both: 3, bar_both: 60.0, bar_engine: 40.0, ..CodeRow::default() };
        let reviewer = ReviewerRow { name: "Chen".to_owned(), decided: 9, ..ReviewerRow::default() };
        let full =
            BoardView { span: "", codes: vec![code], reviewers: vec![reviewer], decided: 9, alarms, ..empty.clone() };
        let centre = CentreRow {
            name: "GZ".to_owned(),
            to_give: 2,
            given: 3,
            to_recall: 1,
            oldest: Some("12 min".to_owned()),
            fault: "time-out".to_owned(),
            down: Some("40 min".to_owned()),
        };
        let well = CentreRow { oldest: None, fault: String::new(), down: None, ..centre.clone() };
        let centres = vec![centre, well];
        let page = |board, faces, fault: Option<&str>| Self {
            board,
            centres: centres.clone(),
            faces,
            faces_alarm: FaceAlarm::of(faces).word(),
            fault: fault.map(str::to_owned),
        };
        vec![page(empty.clone(), 9, None), page(empty, 80_000, Some("no day")), page(full, 100_000, None)]
    }
}

/// What another centre is to hear and to decide.
#[derive(Clone, Debug, Serialize)]
struct CentreRow {
    name: String,
    to_give: i64,
    given: i64,
    to_recall: i64,
    /// For how long the oldest case waits.
    oldest: Option<String>,
    /// A code; empty where all is well.
    fault: String,
    /// For how long it is silent.
    down: Option<String>,
}

fn centre_row(lang: Lang, now: Moment, queue: PeerQueue) -> CentreRow {
    let ago = |since: Moment| duration(lang, now.since_ms(since).max(0).div_euclid(1000));
    CentreRow {
        name: queue.name,
        to_give: queue.to_give,
        given: queue.given,
        to_recall: queue.to_recall,
        oldest: queue.oldest.map(ago),
        fault: queue.fault.unwrap_or_default(),
        down: queue.down_since.map(ago),
    }
}

#[derive(Clone, Debug, Default, Serialize)]
struct BoardView {
    span: &'static str,
    since: String,
    until: String,
    /// Reviewers who approved at a pace at which nobody looks.
    alarms: Vec<String>,
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
    let (span, fault) = match asked.days(today) {
        Ok(span) => (span, None),
        Err(wrong) => {
            let week = Asked::default().days(today);
            (week.unwrap_or(Span { since: today, until: today, button: "" }), Some(wrong.says(look.lang)))
        }
    };
    let (since, until) = span.moments(&app);
    let (board, too_fast) = app.store.board_between(since, until, &app.paces).await?;
    let alarms = too_fast.iter().map(|it| alarm(look.lang, it)).collect();
    let now = app.store.now();
    let queues = app.store.peer_queues().await?;
    let centres = queues.into_iter().map(|queue| centre_row(look.lang, now, queue)).collect();
    let faces = app.store.stored_faces().await?;
    let faces_alarm = FaceAlarm::of(faces).word();
    let board = BoardView { alarms, ..view(&app, look.lang, span, &board) };
    let view = BoardPage { board, centres, faces, faces_alarm, fault };
    frame::show(&app, &look, Place::of(&staff, "board"), view)
}

fn alarm(lang: Lang, it: &TooFast) -> String {
    let at = crate::page::moment(lang, it.at);
    say(lang, "board-alarm", &[("name", &it.name), ("count", &it.approvals), ("seconds", &it.within_s), ("at", &at)])
}

fn view(app: &App, lang: Lang, span: Span, board: &Board) -> BoardView {
    let mut reviewers: Vec<&ReviewerLine> = board.reviewers.iter().collect();
    reviewers.sort_by(|a, b| a.name.cmp(&b.name));
    let waited = |seconds: Option<i64>| seconds.map_or_else(|| "–".to_owned(), |seconds| duration(lang, seconds));
    BoardView {
        span: span.button,
        since: span.since.to_string(),
        until: span.until.to_string(),
        alarms: Vec::new(),
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
    let span = asked.days(app.today()).map_err(|_| PageError::Absent)?;
    let (since, until) = span.moments(&app);
    let (board, too_fast) = app.store.board_between(since, until, &app.paces).await?;
    let name = format!("attachment; filename=\"huizhi-board-{}-{}.csv\"", span.since, span.until);
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, text(look.lang, span, &board, &too_fast)).into_response())
}

fn text(lang: Lang, span: Span, board: &Board, too_fast: &[TooFast]) -> String {
    let title = |key: &str| say(lang, key, &[]);
    let duration = |key: &str| say(lang, "csv-seconds", &[("of", &title(key))]);
    let number = |count: usize| count.to_string();
    let seconds = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    let mut rows: Vec<Vec<String>> = vec![
        vec![title("board-figure"), title("board-value")],
        vec![title("board-from"), span.since.to_string()],
        vec![title("board-to"), span.until.to_string()],
        vec![title("board-decided"), number(board.decided)],
        vec![title("board-accepted"), number(board.accepted)],
        vec![duration("board-queue-p50"), seconds(board.queue_p50_s)],
        vec![duration("board-queue-p95"), seconds(board.queue_p95_s)],
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
    if !too_fast.is_empty() {
        rows.push(Vec::new());
        rows.push(vec![title("board-alarms")]);
        rows.extend(too_fast.iter().map(|it| vec![alarm(lang, it)]));
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
    fn days_to_come_other_words_and_ends_before_the_beginning_are_told_back() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let today = day("2026-11-25");
        let asked = |span: &str, since: &str, until: &str| {
            let text = |text: &str| Some(text.to_owned());
            Asked { span: text(span), since: text(since), until: text(until) }.days(today)
        };
        let span = |since, until, button| Ok(Span { since: day(since), until: day(until), button });
        assert_eq!(asked("", "", ""), span("2026-11-18", "2026-11-25", "week"));
        assert_eq!(asked("quarter", "2026-11-01", ""), span("2026-08-27", "2026-11-25", "quarter"));
        assert_eq!(asked("", "2026-11-01", ""), span("2026-11-01", "2026-11-25", ""));
        assert_eq!(asked("", "2026-11-01", "2026-11-01"), span("2026-11-01", "2026-11-01", ""));
        assert_eq!(asked("", "", "2026-11-10"), span("2026-11-03", "2026-11-10", ""));
        assert_eq!(asked("", "2026-11-26", ""), Err(WrongSpan::NoDay("2026-11-26".to_owned())));
        assert_eq!(asked("", "2026-11-02", "2026-11-01"), Err(WrongSpan::Backwards(day("2026-11-01"))));
        assert_eq!(asked("", "soon", ""), Err(WrongSpan::NoDay("soon".to_owned())));
    }

    #[test]
    fn shares_are_whole_percent() {
        assert_eq!([share(1, 3), share(2, 3), share(1, 2), share(0, 0)], ["33 %", "67 %", "50 %", "–"]);
    }
}

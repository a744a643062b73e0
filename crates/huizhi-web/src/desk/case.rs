//! One photo before a reviewer, as its page shows it. Names and numbers of people are not in it, because they are not in what
//! the store gives (D24).

use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AttemptId, DecisionId};
use huizhi_domain::review::{Opinion, Seat, SecondLook, UNDO_MS};
use huizhi_domain::words::Lang;
use huizhi_photo::rejection::Rejections;
use huizhi_store::{Case, Photo, Queue};
use serde::Serialize;

use super::code::List;
use super::finding::{Judged, Line, Mark};
use super::ruler::Ruler;
use super::short;
use crate::app::{App, in_lang};

/// The queue in numbers.
#[derive(Clone, Debug, Serialize)]
pub struct QueueLine {
    /// Orders that wait.
    pub waiting: i64,
    oldest_min: Option<i64>,
    held: i64,
}

impl QueueLine {
    /// The queue at a moment.
    #[must_use]
    pub fn of(queue: &Queue, now: Moment) -> Self {
        let oldest_min = queue.oldest.map(|oldest| now.since_ms(oldest).max(0) / 60_000);
        Self { waiting: queue.waiting, oldest_min, held: queue.held }
    }

    #[cfg(test)]
    pub fn sample(waiting: i64) -> Self {
        Self { waiting, oldest_min: (waiting > 0).then_some(12), held: 1 }
    }
}

/// A decision that can still be undone.
#[derive(Clone, Debug, Serialize)]
pub struct Undo {
    decision: String,
    said: &'static str,
    short: String,
    left_ms: i64,
    left_s: i64,
    /// The photo that came after it, which goes back to the queue when the reviewer returns to the one before.
    current: Option<String>,
}

impl Undo {
    /// `None` once the ten seconds are over.
    #[must_use]
    pub fn of(
        decision: DecisionId,
        attempt: AttemptId,
        accepted: bool,
        decided_at: Moment,
        now: Moment,
    ) -> Option<Self> {
        let left_ms = decided_at.after_ms(UNDO_MS).since_ms(now);
        (left_ms > 0 && left_ms <= UNDO_MS).then(|| Self {
            decision: decision.to_string(),
            said: if accepted { "accept" } else { "reject" },
            short: short(attempt),
            left_ms,
            left_s: left_ms.div_euclid(1000) + 1,
            current: None,
        })
    }

    #[cfg(test)]
    pub fn sample() -> Option<Self> {
        let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        let undo = Self::of(id.parse().ok()?, id.parse().ok()?, true, Moment(0), Moment(2500))?;
        Some(undo.before(id.parse().ok()?))
    }

    /// With the photo that is held now.
    #[must_use]
    pub fn before(self, current: AttemptId) -> Self {
        Self { current: Some(current.to_string()), ..self }
    }
}

/// A fault of a rejection: in words, and the place on the page that it is about.
#[derive(Clone, Debug, Serialize)]
pub struct Fault {
    /// What is wrong and what to do.
    pub text: String,
    /// `#likely` or `#note`.
    pub place: &'static str,
}

/// What the reviewer had filled in when a rejection came back.
#[derive(Clone, Debug, Default)]
pub struct Filled {
    /// Codes.
    pub codes: Vec<String>,
    /// Words.
    pub note: String,
}

#[derive(Clone, Debug, Serialize)]
struct Reason {
    kind: &'static str,
    text: String,
}

/// A code of the rejection list.
#[derive(Clone, Debug, Serialize)]
pub struct Code {
    /// Itself.
    pub code: String,
    /// What it says.
    pub title: String,
}

#[derive(Clone, Debug, Serialize)]
struct Said {
    accepts: bool,
    codes: Vec<Code>,
    note: String,
}

#[derive(Clone, Debug, Serialize)]
struct Earlier {
    attempt: String,
    ordinal: i32,
    has_id_photo: bool,
    codes: Vec<Code>,
    note: String,
}

/// The page's photo.
#[derive(Clone, Debug, Serialize)]
pub struct CaseView {
    attempt: String,
    short: String,
    document: String,
    city: String,
    flags: Vec<&'static str>,
    reason: Option<Reason>,
    opinions: Vec<Said>,
    width: Option<u32>,
    height: Option<u32>,
    marks: Vec<Mark>,
    findings: Vec<Line>,
    has_id_photo: bool,
    ruler: Option<Ruler>,
    earlier: Vec<Earlier>,
    likely: Vec<super::code::Choice>,
    groups: Vec<super::code::Group>,
    note: String,
    may_ask_second: bool,
    left_ms: i64,
    held_until: String,
}

impl CaseView {
    /// The page of a case. `frequent` are the codes that people chose most often lately.
    #[must_use]
    pub fn of(app: &App, lang: Lang, case: &Case, frequent: &[String], filled: &Filled) -> Self {
        let (now, rejections) = (app.store.now(), &app.rejections);
        let judged = Judged::of(case.photo.report.as_ref());
        let size = judged.size();
        let list = List::of(rejections, lang, &judged.codes(), frequent, &filled.codes);
        let spec = app.catalog.get(&case.order.document);
        let spoken = |opinion: &Opinion| match opinion {
            Opinion::Accept => Said { accepts: true, codes: Vec::new(), note: String::new() },
            Opinion::Reject { codes, note } => {
                Said { accepts: false, codes: titled(rejections, codes, lang), note: note.clone() }
            }
        };
        Self {
            attempt: case.photo.id.to_string(),
            short: short(case.photo.id),
            document: app.document_name(&case.order.document, lang),
            city: app.city_name(&case.order.city, lang),
            flags: flags(case),
            reason: case.photo.reason.as_ref().map(|it| Reason { kind: it.kind.word(), text: it.text.clone() }),
            opinions: case.opinions.iter().map(spoken).collect(),
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
            marks: judged.marks(),
            findings: judged.lines(rejections, lang),
            has_id_photo: case.photo.has_id_photo,
            ruler: spec.and_then(Ruler::of),
            earlier: case.earlier.iter().filter(|it| shows(it)).map(|it| earlier(rejections, it, lang)).collect(),
            likely: list.likely,
            groups: list.groups,
            note: filled.note.clone(),
            may_ask_second: case.seat == Seat::First && case.second_look().is_none() && case.photo.round == 1,
            left_ms: case.held_until.since_ms(now).max(0),
            held_until: case.held_until.wall(app.store.zone()).split(' ').nth(1).unwrap_or_default().to_owned(),
        }
    }

    /// One with everything, and one with nothing.
    #[cfg(test)]
    pub fn samples() -> Vec<Self> {
        let rejections = Rejections::built_in().unwrap();
        let catalog = huizhi_photo::spec::Catalog::built_in().unwrap();
        let judged = Judged::of(Some(&super::finding::tests::stored()));
        let list = List::of(&rejections, Lang::Zh, &judged.codes(), &[], &[]);
        let code = || Code { code: "O01".to_owned(), title: "title".to_owned() };
        let said =
            |accepts| Said { accepts, codes: if accepts { vec![] } else { vec![code()] }, note: "note".to_owned() };
        let earlier = |ordinal| Earlier {
            attempt: "A".to_owned(),
            ordinal,
            has_id_photo: ordinal == 1,
            codes: if ordinal == 1 { vec![code()] } else { Vec::new() },
            note: "note".to_owned(),
        };
        let full = Self {
            attempt: "A".to_owned(),
            short: "Q69G5F".to_owned(),
            document: "document".to_owned(),
            city: "city".to_owned(),
            flags: vec!["lead", "at-window", "override", "child", "appeal"],
            reason: Some(Reason { kind: "medical", text: "text".to_owned() }),
            opinions: vec![said(true), said(false)],
            width: Some(900),
            height: Some(1200),
            marks: judged.marks(),
            findings: judged.lines(&rejections, Lang::Zh),
            has_id_photo: true,
            ruler: catalog.get("cn-resident-id").and_then(Ruler::of),
            earlier: vec![earlier(1), earlier(2)],
            likely: list.likely,
            groups: list.groups,
            note: "note".to_owned(),
            may_ask_second: true,
            left_ms: 240_000,
            held_until: "10:42".to_owned(),
        };
        let empty = Self {
            flags: Vec::new(),
            reason: None,
            opinions: Vec::new(),
            width: None,
            height: None,
            marks: Vec::new(),
            findings: Vec::new(),
            has_id_photo: false,
            ruler: None,
            earlier: Vec::new(),
            may_ask_second: false,
            ..full.clone()
        };
        let reasons = ["religious", "check-is-wrong"]
            .map(|kind| Self { reason: Some(Reason { kind, text: String::new() }), ..full.clone() });
        [full, empty].into_iter().chain(reasons).collect()
    }
}

/// What a reviewer should know before looking. Whether they are the first or the second is not among it, and neither is chance: who
/// knows that somebody looks after them looks less.
fn flags(case: &Case) -> Vec<&'static str> {
    [
        (case.seat == Seat::Lead, "lead"),
        (case.at_window, "at-window"),
        (case.second_look() == Some(SecondLook::Override) || case.photo.reason.is_some(), "override"),
        (case.child, "child"),
        (case.photo.round > 1, "appeal"),
    ]
    .into_iter()
    .filter_map(|(is, flag)| is.then_some(flag))
    .collect()
}

/// Photos that were before a reviewer; drafts are the citizen's own.
fn shows(photo: &Photo) -> bool {
    photo.submitted_at.is_some() && (photo.has_id_photo || photo.report.is_some())
}

fn earlier(rejections: &Rejections, photo: &Photo, lang: Lang) -> Earlier {
    let (codes, note) = match &photo.outcome {
        Some(Opinion::Reject { codes, note }) => (titled(rejections, codes, lang), note.clone()),
        Some(Opinion::Accept) | None => (Vec::new(), String::new()),
    };
    Earlier { attempt: photo.id.to_string(), ordinal: photo.ordinal, has_id_photo: photo.has_id_photo, codes, note }
}

/// Codes with their titles.
pub fn titled(rejections: &Rejections, codes: &[String], lang: Lang) -> Vec<Code> {
    let title = |code: &String| rejections.get(code).map_or("", |rejection| in_lang(&rejection.title, lang)).to_owned();
    codes.iter().map(|code| Code { code: code.clone(), title: title(code) }).collect()
}

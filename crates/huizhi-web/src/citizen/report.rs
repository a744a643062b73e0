//! Step 4: what the engine says of a photo. The faults are drawn on it with numbers, and the same numbers stand in the list.

use axum::extract::State;
use axum::response::{Html, IntoResponse as _, Response};
use huizhi_domain::words::Lang;
use huizhi_store::{Photo, PhotoState};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::see_other;
use crate::app::{App, in_lang};
use crate::error::PageError;
use crate::page::{Look, View};
use crate::visitor::{HeldOrder, HeldPhoto};

/// How many faults are open in the list; the others are behind a heading (UX.md §4.2).
const OPEN: usize = 3;

/// The report on one photo.
#[derive(Default, Serialize)]
pub struct ReportView {
    id: String,
    attempt: String,
    document_name: String,
    city_name: String,
    /// `waiting`, `unreadable`, `fits`, `review`, `retake`.
    outcome: String,
    /// Code of the engine's error, where it is unreadable.
    fault: String,
    /// Whether the photo may still be submitted: the order takes photos.
    open: bool,
    /// Photos side by side, this one included.
    kept: usize,
    /// SVG of our own engine: numbered marks over the preview.
    marks: String,
    preview_width: u64,
    preview_height: u64,
    has_id_photo: bool,
    width_mm: String,
    width_px: u64,
    height_px: u64,
    /// Why none was made, in the reader's words; may be empty.
    not_made: String,
    /// Faults for the citizen to mend, worst first.
    faults: Vec<FaultLine>,
    /// What the maker mended.
    mended: Vec<Mended>,
    /// How many faults are open in the list.
    open_faults: usize,
}

/// Something that the maker mended; its number is on the photo too.
#[derive(Serialize)]
struct Mended {
    number: usize,
    text: String,
}

/// One fault.
#[derive(Clone, Serialize)]
pub struct FaultLine {
    /// Its number on the photo.
    pub number: usize,
    /// `block` or `fix`.
    pub severity: String,
    /// What is wrong.
    pub title: String,
    /// Measured and asked, with units; empty where the number says nothing to people.
    pub measured: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// The drawing that shows it; may be empty.
    pub drawing: &'static str,
}

impl View for ReportView {
    const TEMPLATE: &'static str = "citizen/report.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let fault = |number, drawing| FaultLine {
            number,
            severity: "fix".to_owned(),
            title: "耳朵未露出".to_owned(),
            measured: "量得 12°，限值 8°".to_owned(),
            why: "窗口靠耳朵核对本人。".to_owned(),
            fix: "头发别到两耳后面".to_owned(),
            drawing,
        };
        let outcomes = ["waiting", "unreadable", "fits", "review", "retake"];
        let views = outcomes.into_iter().map(|outcome| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            attempt: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            outcome: outcome.to_owned(),
            fault: "truncated".to_owned(),
            open: true,
            kept: 2,
            marks: "<svg viewBox=\"0 0 9 9\"></svg>".to_owned(),
            has_id_photo: outcome != "retake",
            width_mm: "26".to_owned(),
            faults: if outcome == "fits" {
                Vec::new()
            } else {
                vec![fault(1, "hair-ears.svg"), fault(2, ""), fault(3, ""), fault(4, "")]
            },
            mended: vec![Mended { number: 5, text: "背景".to_owned() }],
            open_faults: OPEN,
            ..Self::default()
        });
        views.collect()
    }
}

/// What the worker kept of the engine's answer, as far as it is shown here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Kept {
    findings: Vec<Finding>,
    marks: String,
    preview_size: [u64; 2],
    made: Option<Made>,
    not_made: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Finding {
    code: String,
    rejection: String,
    severity: String,
    measured: f64,
    limit: f64,
    unit: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Made {
    width: u64,
    height: u64,
}

/// `/order/{id}/photo/{attempt}`
pub async fn report(
    State(app): State<App>,
    look: Look,
    HeldPhoto { order, photo }: HeldPhoto,
) -> Result<Html<String>, PageError> {
    let photos = app.store.photos(order.id).await?;
    let mut view = of_photo(&app, &look, &photo, &order.document);
    view.id = order.id.to_string();
    view.document_name = app.document_name(&order.document, look.lang);
    view.city_name = app.city_name(&order.city, look.lang);
    view.open = order.takes_photos() && !matches!(photo.state, PhotoState::Rejected | PhotoState::Dropped);
    view.kept = photos.iter().filter(|it| is_open(it)).count();
    app.show(&look, &view)
}

/// Whether a photo still waits to be chosen or thrown away.
pub fn is_open(photo: &Photo) -> bool {
    matches!(photo.state, PhotoState::Received | PhotoState::Judged | PhotoState::Unreadable)
}

/// What the engine says of a photo, without whose and which order it is.
pub fn of_photo(app: &App, look: &Look, photo: &Photo, document: &str) -> ReportView {
    let kept: Kept = photo.report.clone().and_then(|report| serde_json::from_value(report).ok()).unwrap_or_default();
    let outcome = match (photo.state, &photo.verdict) {
        (PhotoState::Received, _) => "waiting",
        (PhotoState::Unreadable, _) => "unreadable",
        (_, Some(verdict)) => verdict,
        (_, None) => "waiting",
    };
    let size = app.document(document).and_then(|spec| spec.size.as_ref());
    let made = kept.made.unwrap_or_default();
    ReportView {
        attempt: photo.id.to_string(),
        outcome: outcome.to_owned(),
        fault: photo.error.clone().unwrap_or_default(),
        has_id_photo: photo.has_id_photo,
        width_mm: size.and_then(|size| size.width_mm).map(|mm| mm.to_string()).unwrap_or_default(),
        width_px: made.width,
        height_px: made.height,
        not_made: kept.not_made.as_ref().map(|it| obstacle(app, look.lang, it)).unwrap_or_default(),
        faults: faults(app, look.lang, &kept.findings),
        mended: mended(app, look.lang, &kept.findings),
        marks: kept.marks,
        preview_width: kept.preview_size[0],
        preview_height: kept.preview_size[1],
        open_faults: OPEN,
        ..ReportView::default()
    }
}

/// What the citizen has to mend; notes are for reviewers, and what the maker mends is no fault. Numbers are the marks'.
fn faults(app: &App, lang: Lang, findings: &[Finding]) -> Vec<FaultLine> {
    let numbered = findings.iter().enumerate().filter(|(_, it)| it.severity == "block" || it.severity == "fix");
    numbered
        .map(|(index, it)| {
            let FaultWords { title, why, fix } = fault_words(app, lang, &it.code, &it.rejection);
            FaultLine {
                number: index + 1,
                severity: it.severity.clone(),
                title,
                measured: measured(app, lang, it),
                why,
                fix,
                drawing: drawing(&it.rejection),
            }
        })
        .collect()
}

/// What is said of a fault.
pub struct FaultWords {
    /// What is wrong.
    pub title: String,
    /// Why it matters; may be empty.
    pub why: String,
    /// What to do; may be empty.
    pub fix: String,
}

/// What is said of a fault, by its code and the code of the rejection that it maps to.
pub fn fault_words(app: &App, lang: Lang, code: &str, rejection: &str) -> FaultWords {
    let listed = app.rejection(rejection);
    let own = |key: String| crate::words::words().pattern(lang, &key).map(str::to_owned);
    FaultWords {
        title: own(format!("fault-{code}"))
            .or_else(|| listed.map(|it| in_lang(&it.title, lang).to_owned()))
            .unwrap_or_else(|| code.to_owned()),
        why: own(format!("why-{rejection}")).unwrap_or_default(),
        fix: own(format!("fix-{code}"))
            .or_else(|| listed.map(|it| in_lang(&it.fix, lang).to_owned()))
            .unwrap_or_default(),
    }
}

fn mended(app: &App, lang: Lang, findings: &[Finding]) -> Vec<Mended> {
    let numbered = findings.iter().enumerate().filter(|(_, it)| it.severity == "auto");
    numbered
        .map(|(index, it)| {
            let group = it.code.split('.').next().unwrap_or_default();
            let key = if group == "background" { "report-mended-background" } else { "report-mended-other" };
            Mended { number: index + 1, text: app.say(lang, key, &[]) }
        })
        .collect()
}

/// A number with its unit and limit, where both say something to people: scores of networks do not.
fn measured(app: &App, lang: Lang, it: &Finding) -> String {
    let (value, limit): (String, String) = match it.unit.as_str() {
        "degrees" => (format!("{:.0}°", it.measured), format!("{:.0}°", it.limit)),
        "px" | "count" => (format!("{:.0}", it.measured), format!("{:.0}", it.limit)),
        "share" => (format!("{:.0}%", it.measured * 100.0), format!("{:.0}%", it.limit * 100.0)),
        _ => return String::new(),
    };
    // A rounded value that looks like its limit explains nothing.
    if value == limit {
        return String::new();
    }
    let direction = if it.measured > it.limit { "report-at-most" } else { "report-at-least" };
    let unit = if it.unit == "px" { "-px" } else { "" };
    app.say(lang, &format!("{direction}{unit}"), &[("measured", &value), ("limit", &limit)])
}

/// Why no photo was made, in the words of `photo.ftl`.
fn obstacle(app: &App, lang: Lang, not_made: &Value) -> String {
    let (key, px) = match &not_made["obstacle"] {
        Value::Object(fields) => match fields.iter().next() {
            Some((key, inner)) => (key.as_str(), inner["px"].as_f64().unwrap_or(0.0)),
            None => return String::new(),
        },
        Value::String(key) => (key.as_str(), 0.0),
        _ => return String::new(),
    };
    match key {
        "no-face" | "NoFace" => app.say(lang, "report-no-face", &[]),
        "no-room" | "NoRoom" => app.say(lang, "report-no-room", &[("px", &format!("{px:.0}"))]),
        "other-shape" | "OtherShape" => app.say(lang, "report-other-shape", &[]),
        _ => String::new(),
    }
}

/// The drawing of a fault.
pub fn drawing(rejection: &str) -> &'static str {
    match rejection {
        "O01" | "O04" => "fringe.svg",
        "O02" => "hair-ears.svg",
        "O03" => "hair-shoulders.svg",
        "O05" => "earrings.svg",
        "O06" => "hat.svg",
        "O07" => "glasses.svg",
        "O08" | "O09" => "mask.svg",
        "L01" | "L05" => "shadow.svg",
        "L02" | "L04" => "glare.svg",
        "L03" => "dark.svg",
        "P01" | "P03" => "cut.svg",
        "P02" => "two.svg",
        "P04" => "tilted.svg",
        "X01" => "eyes-shut.svg",
        "X03" | "X04" => "smile.svg",
        "F03" | "G02" => "far.svg",
        "B01" | "B02" => "busy.svg",
        "C01" | "C02" => "blurred.svg",
        _ => "",
    }
}

/// Photos side by side.
#[derive(Serialize)]
pub struct PhotosView {
    id: String,
    open: bool,
    photos: Vec<PhotoCard>,
    most: usize,
}

/// One of them.
#[derive(Serialize)]
pub struct PhotoCard {
    attempt: String,
    /// As [`ReportView::outcome`], or `rejected`, `approved`, `submitted`.
    outcome: String,
    has_id_photo: bool,
    faults: Vec<String>,
    can_drop: bool,
}

impl View for PhotosView {
    const TEMPLATE: &'static str = "citizen/photos.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let outcomes = ["waiting", "unreadable", "fits", "review", "retake", "rejected", "approved", "submitted"];
        let photos = |outcomes: &[&str]| {
            let cards = outcomes.iter().enumerate().map(|(place, outcome)| PhotoCard {
                attempt: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
                outcome: (*outcome).to_owned(),
                has_id_photo: place % 2 == 1,
                faults: vec!["耳朵未露出".to_owned()],
                can_drop: place < 3,
            });
            cards.collect()
        };
        let id = || "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned();
        vec![
            Self { id: id(), open: true, photos: photos(&outcomes), most: 3 },
            Self { id: id(), open: false, photos: photos(&outcomes[..2]), most: 3 },
        ]
    }
}

/// `/order/{id}/photos`
pub async fn photos(State(app): State<App>, look: Look, HeldOrder(order): HeldOrder) -> Result<Response, PageError> {
    let photos = app.store.photos(order.id).await?;
    let shown: Vec<&Photo> = photos.iter().filter(|photo| photo.state != PhotoState::Dropped).collect();
    if shown.is_empty() && order.takes_photos() {
        return Ok(see_other(&format!("/order/{}/take", order.id)));
    }
    let cards = shown.into_iter().map(|photo| {
        let report = of_photo(&app, &look, photo, &order.document);
        let outcome = match photo.state {
            PhotoState::Rejected => "rejected".to_owned(),
            PhotoState::Approved => "approved".to_owned(),
            PhotoState::Submitted => "submitted".to_owned(),
            _ => report.outcome,
        };
        PhotoCard {
            attempt: report.attempt,
            outcome,
            has_id_photo: photo.has_id_photo,
            faults: report.faults.into_iter().map(|it| it.title).collect(),
            can_drop: order.takes_photos() && is_open(photo),
        }
    });
    let view = PhotosView {
        id: order.id.to_string(),
        open: order.takes_photos(),
        photos: cards.collect(),
        most: huizhi_domain::order::PHOTOS_AT_ONCE,
    };
    Ok(app.show(&look, &view)?.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::renders;

    #[test]
    fn pages_render() {
        renders::<ReportView>();
        renders::<PhotosView>();
    }

    #[test]
    fn every_drawing_that_a_fault_names_exists() {
        let codes = huizhi_photo::rejection::Rejections::built_in().unwrap().rejection;
        for code in codes {
            let name = drawing(&code.code);
            assert!(name.is_empty() || crate::static_files::url(name).is_some(), "{name}");
        }
    }
}

//! A change of an office's schedule: shown first, with the slots and bookings that it would touch, and then made.

use std::collections::BTreeMap;

use huizhi_domain::staff::{Office, Staff};
use huizhi_domain::visit::schedule::PlannedSlot;
use huizhi_domain::words::Lang;
use huizhi_store::{ScheduleEdit, SchedulePreview, SlotChange};
use serde::Serialize;

use super::{Answer, Head, back, service_name, show};
use crate::app::App;
use crate::desk::say;
use crate::form::FormErrors;
use crate::page::{Look, View, day_text};

/// What a form says, by its fields. They travel through the preview to the change itself.
pub(super) type Typed = BTreeMap<String, String>;

/// Fields of the forms themselves, which the preview writes anew.
const OF_THE_FORM: [&str; 2] = ["act", "seen"];

/// What a page shows of a change before it is made.
#[derive(Clone, Debug, Serialize)]
struct PreviewView {
    head: Head,
    /// The change in a sentence.
    what: String,
    /// Where it is posted to.
    to: String,
    /// The page that it was typed on.
    form: String,
    /// Every field of the form, to be posted again.
    fields: Vec<(String, String)>,
    /// The bookings that are seen here, so that no other is hit without being seen.
    seen: String,
    /// Whether more is hit by now than was seen.
    other: bool,
    days: Vec<DayRow>,
    hits: Vec<HitRow>,
    holds: usize,
    supported: usize,
    until: String,
    /// A year whose holidays are not known.
    unknown_year: Option<String>,
}

/// What changes on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct DayRow {
    day: String,
    service: String,
    come: usize,
    go: usize,
    more: usize,
    fewer: usize,
    /// Slots with as many places that are of another length.
    other: usize,
    /// Public places before and after, over the slots that change.
    before: i32,
    after: i32,
    /// The first and the last time that changes.
    from: String,
    to: String,
}

#[derive(Clone, Debug, Serialize)]
struct HitRow {
    number: String,
    service: String,
    day: String,
    time: String,
}

impl View for PreviewView {
    const TEMPLATE: &'static str = "desk/offices/preview.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let nothing = Self {
            head: Head::sample("closures"),
            what: text("Closed on 1 December"),
            to: text("/desk/offices/01/closures"),
            form: text("/desk/offices/01/closures"),
            fields: vec![(text("reason"), text("a \"power\" cut"))],
            seen: String::new(),
            other: false,
            days: Vec::new(),
            hits: Vec::new(),
            holds: 0,
            supported: 0,
            until: text("2 December 2026"),
            unknown_year: None,
        };
        let day = DayRow { day: text("2026-12-01"), service: text("ID card"), go: 3, before: 12, ..DayRow::default() };
        let hit = HitRow {
            number: text("K7Q2-M9XR"),
            service: text("ID card"),
            day: text("1 December 2026"),
            time: text("08:30"),
        };
        let much = Self {
            days: vec![day],
            hits: vec![hit],
            holds: 1,
            supported: 1,
            other: true,
            unknown_year: Some(text("2027")),
            ..nothing.clone()
        };
        vec![nothing, much]
    }
}

/// A change as it was asked for.
pub(super) struct Change {
    /// In a sentence.
    pub what: String,
    /// Where it is posted to.
    pub to: String,
    /// The page that it was typed on.
    pub form: String,
    /// Itself.
    pub edit: ScheduleEdit,
    /// The form.
    pub typed: Typed,
}

/// Shows what a change would do, or makes it where it was seen.
pub(super) async fn show_or_apply(
    app: &App,
    look: &Look,
    staff: &Staff,
    (office, tab): (&Office, &'static str),
    Change { what, to, form, edit, typed }: Change,
) -> Answer {
    let preview = app.store.preview_schedule(office.id, &edit, &app.calendar).await?;
    let seen: Vec<String> = preview.hits.iter().map(|hit| hit.number.to_string()).collect();
    let seen = seen.join(" ");
    let said = |field: &str| typed.get(field).map(String::as_str).unwrap_or_default();
    let applies = said("act") == "apply";
    if applies && said("seen") == seen {
        return apply(app, office, staff, edit, &form, !preview.hits.is_empty()).await;
    }
    let view = PreviewView {
        head: Head::of(office, tab),
        what,
        to,
        form,
        seen,
        other: applies,
        fields: typed.into_iter().filter(|(field, _)| !OF_THE_FORM.contains(&field.as_str())).collect(),
        days: days(look.lang, &preview.changes),
        hits: hits(look.lang, &preview),
        holds: preview.holds,
        supported: preview.supported,
        until: day_text(look.lang, &preview.until.to_string()),
        unknown_year: (!app.calendar.knows(preview.until)).then(|| preview.until.year().to_string()),
    };
    show(app, look, staff, &FormErrors::default(), view)
}

/// Makes a change, and goes back to the page of the form.
async fn apply(app: &App, office: &Office, staff: &Staff, edit: ScheduleEdit, to: &str, hits: bool) -> Answer {
    let told = match edit {
        ScheduleEdit::Reopen(_) => "reopened",
        _ if hits => "applied-hit",
        _ => "applied",
    };
    app.store.apply_schedule(office.id, edit, staff.id, &app.calendar).await?;
    app.shared.bell.notify_one();
    Ok(back(to, told))
}

/// What changes, a row a day and service.
fn days(lang: Lang, changes: &[SlotChange]) -> Vec<DayRow> {
    let mut rows: BTreeMap<(String, &str), DayRow> = BTreeMap::new();
    for change in changes {
        let slot = change.after.slot;
        let row = rows.entry((slot.day.to_string(), change.service.as_str())).or_default();
        let places = |planned: &PlannedSlot| planned.places + planned.staff_places;
        let (before, after) = (change.before.as_ref().map_or(0, places), places(&change.after));
        match (before, after) {
            (0, _) => row.come += 1,
            (_, 0) => row.go += 1,
            _ if after < before => row.fewer += 1,
            _ if after > before => row.more += 1,
            _ => row.other += 1,
        }
        row.before += before;
        row.after += after;
        if row.from.is_empty() {
            row.from = slot.time();
        }
        row.to = slot.time();
    }
    let named = |((day, service), row): ((String, &str), DayRow)| {
        let weekday = weekday(lang, &day);
        let day = say(lang, "offices-day-of", &[("day", &day_text(lang, &day)), ("weekday", &weekday)]);
        DayRow { day, service: service_name(lang, service), ..row }
    };
    rows.into_iter().map(named).collect()
}

fn weekday(lang: Lang, day: &str) -> String {
    let weekday = day.parse::<jiff::civil::Date>().map_or(1, |day| day.weekday().to_monday_one_offset());
    say(lang, &format!("terminals-day-{weekday}"), &[])
}

fn hits(lang: Lang, preview: &SchedulePreview) -> Vec<HitRow> {
    let row = |hit: &huizhi_store::HitBooking| HitRow {
        number: hit.number.to_string(),
        service: service_name(lang, &hit.service),
        day: day_text(lang, &hit.slot.day.to_string()),
        time: hit.slot.time(),
    };
    preview.hits.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use huizhi_domain::clock::Moment;
    use huizhi_domain::visit::Slot;
    use jiff::civil::date;

    use super::*;
    use crate::desk::frame::Framed;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<PreviewView>>();
    }

    #[test]
    fn changes_are_counted_by_day() {
        let planned = |minute, places| PlannedSlot {
            slot: Slot { day: date(2026, 12, 1), minute },
            starts_at: Moment(0),
            length_min: 15,
            places,
            staff_places: 0,
        };
        let change = |minute, before: i32, after| SlotChange {
            service: "id-card".to_owned(),
            before: (before > 0).then(|| planned(minute, before)),
            after: planned(minute, after),
        };
        let rows = days(Lang::En, &[change(510, 4, 0), change(525, 4, 2), change(540, 0, 3), change(555, 1, 2)]);
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((row.come, row.go, row.more, row.fewer), (1, 1, 1, 1));
        assert_eq!((row.before, row.after), (9, 7));
        assert_eq!((row.from.as_str(), row.to.as_str()), ("08:30", "09:15"));
        assert!(row.day.contains("1 December 2026") && row.service != "id-card", "{row:?}");
    }
}

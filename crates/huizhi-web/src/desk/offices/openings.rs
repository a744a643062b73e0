//! When an office gives places for a service: a row a day of the week.

use axum::extract::{Path, Query, State};
use axum::{Router, routing};
use huizhi_domain::id::OfficeId;
use huizhi_domain::office::Span;
use huizhi_domain::staff::{Office, Staff};
use huizhi_domain::visit::schedule::{EVERY_MIN, MOST_PLACES, Opening, check};
use huizhi_domain::words::Lang;
use huizhi_store::ScheduleEdit;
use serde::Serialize;

use super::preview::{self, Change, Typed};
use super::{Answer, Asked, Head, office, service_name, show, told};
use crate::app::App;
use crate::desk::say;
use crate::desk::session::Planner;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};

/// What stands between two spans of a day, however it was typed.
const BETWEEN: [char; 7] = [',', '，', '、', ';', '；', '\n', '\r'];

/// The address of the openings.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/offices/{office}/openings", routing::get(openings).post(change))
}

#[derive(Clone, Debug, Serialize)]
struct OpeningsView {
    head: Head,
    errors: FormErrors,
    told: Option<String>,
    service: String,
    services: Vec<(String, String)>,
    rows: Vec<Row>,
}

/// A day of the week as the form has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Row {
    weekday: i32,
    hours: String,
    every: String,
    places: String,
    desk: String,
}

impl View for OpeningsView {
    const TEMPLATE: &'static str = "desk/offices/openings.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let row = |weekday| Row {
            weekday,
            hours: text("08:30-12:00, 14:00-17:30"),
            every: text("15"),
            places: text("4"),
            desk: text("1"),
        };
        let view = Self {
            head: Head::sample("openings"),
            errors: FormErrors::default(),
            told: None,
            service: text("id-card"),
            services: vec![(text("id-card"), text("ID card")), (text("residence"), text("Residence"))],
            rows: (1..=7).map(row).collect(),
        };
        let mut errors = FormErrors::default();
        errors.add_value("hours3", "offices-fault-hours", "nine");
        vec![view.clone(), Self { told: Some(text("told")), errors, ..view }]
    }
}

async fn openings(
    State(app): State<App>,
    Planner(staff): Planner,
    look: Look,
    Path(id): Path<OfficeId>,
    Query(asked): Query<Asked>,
) -> Answer {
    let office = office(&app, id).await?;
    let known = app.businesses.services();
    let service = known.iter().find(|it| **it == asked.service).or(known.first()).ok_or(PageError::Absent)?;
    let rows = rows_of(&app.store.openings(id, service).await?);
    let (told, errors) = (told(look.lang, &asked.told), FormErrors::default());
    show_rows(&app, &look, &staff, &office, OpeningsRows { service: (*service).to_owned(), rows, told, errors })
}

/// What a page of openings is made of.
struct OpeningsRows {
    service: String,
    rows: Vec<Row>,
    told: Option<String>,
    errors: FormErrors,
}

fn show_rows(app: &App, look: &Look, staff: &Staff, office: &Office, rows: OpeningsRows) -> Answer {
    let OpeningsRows { service, rows, told, errors } = rows;
    let named = |service: &str| (service.to_owned(), service_name(look.lang, service));
    let errors = errors.named(|field| label(look.lang, field));
    let view = OpeningsView {
        head: Head::of(office, "openings"),
        errors: errors.clone(),
        told,
        service,
        services: app.businesses.services().into_iter().map(named).collect(),
        rows,
    };
    show(app, look, staff, &errors, view)
}

/// What a field of the week is called: its row and its column.
fn label(lang: Lang, field: &str) -> String {
    let (column, day) = field.split_at(field.len().saturating_sub(1));
    let column = if column == "desk" { "desk-places" } else { column };
    let (day, column) = (format!("terminals-day-{day}"), format!("offices-{column}"));
    format!("{} {}", say(lang, &day, &[]), say(lang, &column, &[]))
}

async fn change(
    State(app): State<App>,
    Planner(staff): Planner,
    look: Look,
    Path(id): Path<OfficeId>,
    Posted(typed): Posted<Typed>,
) -> Answer {
    let office = office(&app, id).await?;
    let service = typed.get("service").cloned().unwrap_or_default();
    if !app.businesses.services().contains(&service.as_str()) {
        return Err(PageError::Form);
    }
    let rows = typed_rows(&typed);
    match read(&rows) {
        Ok(openings) => {
            let name = service_name(look.lang, &service);
            let what = say(look.lang, "offices-what-openings", &[("service", &name)]);
            let to = format!("/desk/offices/{id}/openings?service={service}");
            let edit = ScheduleEdit::Openings { service, openings };
            let change = Change { what, form: to.clone(), to, edit, typed };
            preview::show_or_apply(&app, &look, &staff, (&office, "openings"), change).await
        }
        Err(errors) => show_rows(&app, &look, &staff, &office, OpeningsRows { service, rows, told: None, errors }),
    }
}

/// The rows of openings. A day's spans have the same places; where they were set otherwise elsewhere, the first span's show.
fn rows_of(openings: &[Opening]) -> Vec<Row> {
    let row = |weekday| {
        let of_day: Vec<&Opening> = openings.iter().filter(|opening| opening.weekday == weekday).collect();
        let hours: Vec<String> = of_day.iter().map(|opening| opening.span.to_string()).collect();
        let first = |number: fn(&Opening) -> i32| of_day.first().map(|it| number(it).to_string()).unwrap_or_default();
        Row {
            weekday,
            hours: hours.join(", "),
            every: first(|opening| opening.every_min),
            places: first(|opening| opening.places),
            desk: first(|opening| opening.staff_places),
        }
    };
    (1..=7).map(row).collect()
}

fn typed_rows(typed: &Typed) -> Vec<Row> {
    let row = |weekday| {
        let said = |field: &str| typed.get(&format!("{field}{weekday}")).cloned().unwrap_or_default();
        Row { weekday, hours: said("hours"), every: said("every"), places: said("places"), desk: said("desk") }
    };
    (1..=7).map(row).collect()
}

/// Reads the openings of rows; a day without hours has none, whatever its numbers are.
fn read(rows: &[Row]) -> Result<Vec<Opening>, FormErrors> {
    let (mut openings, mut errors) = (Vec::new(), FormErrors::default());
    for row in rows.iter().filter(|row| !row.hours.trim().is_empty()) {
        let weekday = row.weekday;
        let mut number = |field: &str, text: &str, most: i32| match text.trim().parse::<i32>() {
            Ok(number) if (0..=most).contains(&number) => number,
            _ => {
                errors.add_value(&format!("{field}{weekday}"), format!("offices-fault-{field}"), most.to_string());
                0
            }
        };
        let every_min = number("every", &row.every, *EVERY_MIN.end());
        let places = number("places", &row.places, MOST_PLACES);
        let desk = if row.desk.trim().is_empty() { "0" } else { row.desk.as_str() };
        let staff_places = number("desk", desk, MOST_PLACES);
        for text in row.hours.split(BETWEEN).map(str::trim).filter(|text| !text.is_empty()) {
            match text.parse::<Span>() {
                Ok(span) => openings.push(Opening { weekday, span, every_min, places, staff_places }),
                Err(_) => errors.add_value(&format!("hours{weekday}"), "offices-fault-hours", text),
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    match check(&openings) {
        Ok(()) => Ok(openings),
        Err((weekday, fault)) => {
            Err(FormErrors::one(&format!("hours{weekday}"), format!("offices-fault-opening-{}", fault.word())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::frame::Framed;
    use huizhi_domain::visit::schedule::OpeningError;

    fn row(hours: &str, every: &str, places: &str) -> Row {
        let text = str::to_owned;
        Row { weekday: 3, hours: text(hours), every: text(every), places: text(places), desk: String::new() }
    }

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<OpeningsView>>();
    }

    #[test]
    fn rows_are_read_as_they_were_written() {
        let openings = read(&[row("8:30–12:00， 14：00-17:30", "15", "4"), row("", "x", "x")]).unwrap();
        assert_eq!(openings.len(), 2);
        let shown = rows_of(&openings);
        assert_eq!(shown[2].hours, "08:30-12:00, 14:00-17:30");
        assert_eq!((shown[2].every.as_str(), shown[2].places.as_str(), shown[2].desk.as_str()), ("15", "4", "0"));
        assert!(shown[0].hours.is_empty());
        assert_eq!(read(&shown).unwrap(), openings);
    }

    #[test]
    fn every_field_of_the_week_has_a_name() {
        for field in ["hours1", "every3", "places5", "desk7"] {
            let name = label(Lang::En, field);
            assert!(!name.contains("terminals-") && !name.contains("offices-"), "{name}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_at_its_field() {
        let fields =
            |rows: &[Row]| -> Vec<String> { read(rows).unwrap_err().iter().map(|error| error.field.clone()).collect() };
        assert_eq!(fields(&[row("nine", "15", "4")]), ["hours3"]);
        assert_eq!(fields(&[row("9:00-10:00", "", "-1")]), ["every3", "places3"]);
        assert_eq!(fields(&[row("9:00-10:00, 9:30-11:00", "15", "4")]), ["hours3"]);
        assert_eq!(fields(&[row("9:00-10:00", "1", "4")]), ["hours3"]);
        for fault in [OpeningError::Hours, OpeningError::Length, OpeningError::Places, OpeningError::Overlap] {
            for lang in Lang::ALL {
                let key = format!("offices-fault-opening-{}", fault.word());
                assert_ne!(say(lang, &key, &[]), key);
            }
        }
    }
}

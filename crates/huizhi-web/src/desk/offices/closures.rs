//! When an office is closed, and taking a closure back.

use axum::extract::{Path, Query, State};
use axum::{Router, routing};
use huizhi_domain::day;
use huizhi_domain::id::{ClosureId, OfficeId};
use huizhi_domain::office::Span;
use huizhi_domain::staff::{Office, Staff};
use huizhi_domain::visit::schedule::Closure;
use huizhi_domain::words::Lang;
use huizhi_store::{NewClosure, ScheduleEdit};
use jiff::civil::Date;
use serde::Serialize;

use super::preview::{self, Change, Typed};
use super::{Answer, Asked, Head, MOST_CHARACTERS, back, office, service_name, show, told};
use crate::app::App;
use crate::desk::say;
use crate::desk::session::Planner;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View, day_text};

/// Days that one closure lasts at most: a year, in which an office is rebuilt.
const MOST_DAYS: i32 = 366;

/// The addresses of closures.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/offices/{office}/closures", routing::get(closures).post(close))
        .route("/desk/offices/{office}/closures/{closure}/undo", routing::post(reopen))
}

#[derive(Clone, Debug, Serialize)]
struct ClosuresView {
    head: Head,
    errors: FormErrors,
    told: Option<String>,
    services: Vec<(String, String)>,
    lines: Vec<Line>,
    typed: Typing,
}

/// A closure that is not over.
#[derive(Clone, Debug, Serialize)]
struct Line {
    id: String,
    what: String,
    reason: String,
}

/// The form as it was typed.
#[derive(Clone, Debug, Default, Serialize)]
struct Typing {
    service: String,
    from: String,
    to: String,
    hours: String,
    reason: String,
}

impl View for ClosuresView {
    const TEMPLATE: &'static str = "desk/offices/closures.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let empty = Self {
            head: Head::sample("closures"),
            errors: FormErrors::default(),
            told: None,
            services: vec![(text("id-card"), text("ID card"))],
            lines: Vec::new(),
            typed: Typing::default(),
        };
        let line = Line { id: text("02"), what: text("1 December 2026"), reason: text("power cut") };
        let typed = Typing { service: text("id-card"), from: text("soon"), ..Typing::default() };
        let wrong = FormErrors::one("from", "offices-fault-from");
        let full = Self { lines: vec![line], told: Some(text("told")), ..empty.clone() };
        vec![empty, Self { errors: wrong, typed, ..full.clone() }, full]
    }
}

impl Typing {
    fn of(typed: &Typed) -> Self {
        let said = |field: &str| typed.get(field).map(|text| text.trim().to_owned()).unwrap_or_default();
        Self {
            service: said("service"),
            from: said("from"),
            to: said("to"),
            hours: said("hours"),
            reason: said("reason"),
        }
    }

    /// The closure that is meant; a form without a last day means one day.
    fn read(&self, app: &App) -> Result<NewClosure, FormErrors> {
        let mut errors = FormErrors::default();
        let today = app.today();
        let from = day::read(&self.from);
        if from.is_none_or(|from| from < today) {
            errors.add("from", "offices-fault-from");
        }
        let to = if self.to.is_empty() { from } else { day::read(&self.to) };
        let days = from.zip(to).map(|(from, to)| from.until(to).map_or(i32::MAX, |span| span.get_days()));
        if !days.is_some_and(|days| (0..MOST_DAYS).contains(&days)) {
            errors.add_value("to", "offices-fault-to", MOST_DAYS.to_string());
        }
        let span = if self.hours.is_empty() { None } else { self.hours.parse::<Span>().ok() };
        if span.is_none() && !self.hours.is_empty() {
            errors.add_value("hours", "offices-fault-hours", self.hours.as_str());
        }
        if self.reason.is_empty() {
            errors.add("reason", "offices-fault-reason");
        } else if self.reason.chars().count() > MOST_CHARACTERS {
            errors.add_value("reason", "offices-fault-long", MOST_CHARACTERS.to_string());
        }
        if !self.service.is_empty() && !app.businesses.services().contains(&self.service.as_str()) {
            errors.add("service", "offices-fault-service");
        }
        match (from, to, errors.is_empty()) {
            (Some(from), Some(to), true) => Ok(NewClosure {
                service: (!self.service.is_empty()).then(|| self.service.clone()),
                from,
                to,
                span,
                reason: self.reason.clone(),
            }),
            _ => Err(errors),
        }
    }
}

/// A closure in a sentence: its days, its hours, its service.
fn what(lang: Lang, service: Option<&str>, (from, to): (Date, Date), span: Option<Span>) -> String {
    let (first, last) = (day_text(lang, &from.to_string()), day_text(lang, &to.to_string()));
    let days = if from == to { first } else { say(lang, "offices-days", &[("from", &first), ("to", &last)]) };
    let hours = span.map_or_else(|| say(lang, "offices-whole-day", &[]), |span| span.to_string());
    let service = service.map_or_else(|| say(lang, "offices-every-service", &[]), |it| service_name(lang, it));
    say(lang, "offices-what-closure", &[("days", &days), ("hours", &hours), ("service", &service)])
}

async fn closures(
    State(app): State<App>,
    Planner(staff): Planner,
    look: Look,
    Path(id): Path<OfficeId>,
    Query(asked): Query<Asked>,
) -> Answer {
    let office = office(&app, id).await?;
    let told = told(look.lang, &asked.told);
    page(&app, &look, &staff, &office, (told, FormErrors::default(), Typing::default())).await
}

async fn page(
    app: &App,
    look: &Look,
    staff: &Staff,
    office: &Office,
    (told, errors, typed): (Option<String>, FormErrors, Typing),
) -> Answer {
    let today = app.today();
    let line = |closure: Closure| Line {
        id: closure.id.to_string(),
        what: what(look.lang, closure.service.as_deref(), (closure.from, closure.to), closure.span),
        reason: closure.reason,
    };
    let closures = app.store.closures(office.id).await?;
    let named = |service: &str| (service.to_owned(), service_name(look.lang, service));
    let view = ClosuresView {
        head: Head::of(office, "closures"),
        errors: errors.clone(),
        told,
        services: app.businesses.services().into_iter().map(named).collect(),
        lines: closures.into_iter().filter(|closure| closure.to >= today).map(line).collect(),
        typed,
    };
    show(app, look, staff, &errors, view)
}

async fn close(
    State(app): State<App>,
    Planner(staff): Planner,
    look: Look,
    Path(id): Path<OfficeId>,
    Posted(form): Posted<Typed>,
) -> Answer {
    let office = office(&app, id).await?;
    let typed = Typing::of(&form);
    match typed.read(&app) {
        Ok(new) => {
            let sentence = what(look.lang, new.service.as_deref(), (new.from, new.to), new.span);
            let to = format!("/desk/offices/{id}/closures");
            let change = Change { what: sentence, form: to.clone(), to, edit: ScheduleEdit::Close(new), typed: form };
            preview::show_or_apply(&app, &look, &staff, (&office, "closures"), change).await
        }
        Err(errors) => page(&app, &look, &staff, &office, (None, errors, typed)).await,
    }
}

async fn reopen(
    State(app): State<App>,
    Planner(staff): Planner,
    look: Look,
    Path((id, closure)): Path<(OfficeId, ClosureId)>,
    Posted(form): Posted<Typed>,
) -> Answer {
    let office = office(&app, id).await?;
    let page = format!("/desk/offices/{id}/closures");
    let Some(found) = app.store.closures(id).await?.into_iter().find(|it| it.id == closure) else {
        // Taken back before, in another window.
        return Ok(back(&page, "reopened"));
    };
    let sentence = what(look.lang, found.service.as_deref(), (found.from, found.to), found.span);
    let sentence = say(look.lang, "offices-what-reopen", &[("closure", &sentence)]);
    let to = format!("{page}/{closure}/undo");
    let change = Change { what: sentence, to, form: page, edit: ScheduleEdit::Reopen(closure), typed: form };
    preview::show_or_apply(&app, &look, &staff, (&office, "closures"), change).await
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::desk::frame::Framed;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<ClosuresView>>();
    }

    #[test]
    fn a_closure_is_said_in_a_sentence() {
        let (first, last) = (date(2026, 12, 1), date(2026, 12, 3));
        let whole = what(Lang::En, None, (first, first), None);
        assert!(whole.contains("1 December 2026") && !whole.contains('{'), "{whole}");
        let part = what(Lang::En, Some("id-card"), (first, last), Some("14:00-17:30".parse().unwrap()));
        assert!(part.contains("3 December 2026") && part.contains("14:00-17:30"), "{part}");
    }
}

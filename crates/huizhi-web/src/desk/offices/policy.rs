//! By which rules an office is booked: every number with what it does, and the official default beside it.

use axum::extract::{Path, Query, State};
use axum::{Router, routing};
use huizhi_domain::id::OfficeId;
use huizhi_domain::staff::{Office, Staff};
use huizhi_domain::visit::BookingPolicy;
use serde::Serialize;
use serde_json::{Map, Value};

use super::preview::Typed;
use super::{Answer, Asked, Head, back, office, show, told};
use crate::app::App;
use crate::desk::say;
use crate::desk::session::Planner;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A whole number up to a most.
    Number(i64),
    /// Yes or no.
    Choice,
    /// A time of the day, or nothing.
    Time,
}

/// The policy's fields by their names there, in the order of a visit. The most is no rule, it catches slips: a year of days, a day of
/// minutes, more appointments than anybody has.
const FIELDS: [(&str, Kind); 18] = [
    ("days_ahead", Kind::Number(250)),
    ("same_day", Kind::Choice),
    ("earliest_min", Kind::Number(1440)),
    ("release_at", Kind::Time),
    ("hold_min", Kind::Number(60)),
    ("most_open", Kind::Number(50)),
    ("most_week", Kind::Number(50)),
    ("most_month", Kind::Number(100)),
    ("cancel_min", Kind::Number(14_400)),
    ("change_min", Kind::Number(14_400)),
    ("waiting_list", Kind::Choice),
    ("cool_down_min", Kind::Number(1440)),
    ("check_in_from_min", Kind::Number(480)),
    ("late_after_min", Kind::Number(480)),
    ("window_photo", Kind::Choice),
    ("misses", Kind::Number(50)),
    ("misses_within_days", Kind::Number(366)),
    ("ban_days", Kind::Number(366)),
];

/// The address of an office's rules.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/offices/{office}/policy", routing::get(policy).post(save))
}

#[derive(Clone, Debug, Serialize)]
struct PolicyView {
    head: Head,
    errors: FormErrors,
    told: Option<String>,
    fields: Vec<Field>,
}

#[derive(Clone, Debug, Serialize)]
struct Field {
    name: &'static str,
    /// The name as message keys have it.
    key: String,
    /// `number`, `choice` or `time`.
    kind: &'static str,
    value: String,
    /// What the official text says, or our own choice where it is silent.
    official: String,
}

impl View for PolicyView {
    const TEMPLATE: &'static str = "desk/offices/policy.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let values = values(&BookingPolicy { release_at: Some(540), ..BookingPolicy::default() });
        let view = Self {
            head: Head::sample("policy"),
            errors: FormErrors::default(),
            told: None,
            fields: fields(&values.unwrap_or_default(), |_| None),
        };
        let mut errors = FormErrors::default();
        errors.add_value("misses", "offices-fault-number", "50");
        let errors = errors.named(str::to_owned);
        vec![view.clone(), Self { errors, ..view.clone() }, Self { told: Some("told".to_owned()), ..view }]
    }
}

/// The values of a policy by their names.
fn values(policy: &BookingPolicy) -> Result<Map<String, Value>, PageError> {
    match serde_json::to_value(policy).map_err(PageError::broken)? {
        Value::Object(values) => Ok(values),
        _ => Err(PageError::broken("a policy that is no object")),
    }
}

/// A value as its field shows it.
fn text(kind: Kind, value: Option<&Value>) -> String {
    match (kind, value) {
        (Kind::Choice, Some(Value::Bool(true))) => "yes".to_owned(),
        (Kind::Choice, Some(_)) => "no".to_owned(),
        (Kind::Time, Some(value)) => {
            value.as_i64().map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60)).unwrap_or_default()
        }
        (Kind::Number(_), Some(value)) => value.to_string(),
        (_, None) => String::new(),
    }
}

/// All fields, with what was typed in the place of the values.
fn fields(current: &Map<String, Value>, typed: impl Fn(&str) -> Option<String>) -> Vec<Field> {
    let official = values(&BookingPolicy::default()).unwrap_or_default();
    let field = |&(name, kind): &(&'static str, Kind)| Field {
        name,
        key: name.replace('_', "-"),
        kind: match kind {
            Kind::Number(_) => "number",
            Kind::Choice => "choice",
            Kind::Time => "time",
        },
        value: typed(name).unwrap_or_else(|| text(kind, current.get(name))),
        official: text(kind, official.get(name)),
    };
    FIELDS.iter().map(field).collect()
}

/// Reads a form into a policy's values.
fn read(typed: &Typed) -> Result<Map<String, Value>, FormErrors> {
    let (mut values, mut errors) = (Map::new(), FormErrors::default());
    for (name, kind) in FIELDS {
        let said = typed.get(name).map(|text| text.trim()).unwrap_or_default();
        let value = match kind {
            Kind::Number(most) => {
                said.parse::<i64>().ok().filter(|number| (0..=most).contains(number)).map(Value::from)
            }
            Kind::Choice => matches!(said, "yes" | "no").then(|| Value::from(said == "yes")),
            Kind::Time if said.is_empty() => Some(Value::Null),
            Kind::Time => minute(said).map(Value::from),
        };
        match (value, kind) {
            (Some(value), _) => {
                values.insert(name.to_owned(), value);
            }
            (None, Kind::Number(most)) => errors.add_value(name, "offices-fault-number", most.to_string()),
            (None, Kind::Choice) => errors.add(name, "offices-fault-choice"),
            (None, Kind::Time) => errors.add(name, "offices-fault-time"),
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}

/// The minute of a time of the day.
fn minute(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once([':', '：'])?;
    let (hour, minute): (i64, i64) = (hour.trim().parse().ok()?, minute.trim().parse().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 60 + minute)
}

async fn policy(
    State(app): State<App>,
    Planner(staff): Planner,
    look: Look,
    Path(id): Path<OfficeId>,
    Query(asked): Query<Asked>,
) -> Answer {
    let office = office(&app, id).await?;
    let current = values(&app.store.booking_policy(id).await?)?;
    let told = told(look.lang, &asked.told);
    page(&app, &look, &staff, &office, (told, FormErrors::default(), fields(&current, |_| None)))
}

fn page(
    app: &App,
    look: &Look,
    staff: &Staff,
    office: &Office,
    (told, errors, fields): (Option<String>, FormErrors, Vec<Field>),
) -> Answer {
    let errors = errors.named(|field| say(look.lang, &format!("policy-{}", field.replace('_', "-")), &[]));
    let view = PolicyView { head: Head::of(office, "policy"), errors: errors.clone(), told, fields };
    show(app, look, staff, &errors, view)
}

async fn save(
    State(app): State<App>,
    Planner(staff): Planner,
    look: Look,
    Path(id): Path<OfficeId>,
    Posted(typed): Posted<Typed>,
) -> Answer {
    let office = office(&app, id).await?;
    match read(&typed) {
        Ok(values) => {
            let policy: BookingPolicy = serde_json::from_value(Value::Object(values)).map_err(PageError::broken)?;
            if policy != app.store.booking_policy(id).await? {
                app.store.set_booking_policy(id, policy, staff.id).await?;
            }
            app.store.open_slots(&app.calendar).await?;
            Ok(back(&format!("/desk/offices/{id}/policy"), "policy"))
        }
        Err(errors) => {
            let fields = fields(&Map::new(), |name| typed.get(name).cloned());
            page(&app, &look, &staff, &office, (None, errors, fields))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use huizhi_domain::words::Lang;

    use super::*;
    use crate::desk::frame::Framed;

    fn typed(policy: &BookingPolicy) -> Typed {
        let current = values(policy).unwrap();
        fields(&current, |_| None).into_iter().map(|field| (field.name.to_owned(), field.value)).collect()
    }

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<PolicyView>>();
    }

    #[test]
    fn every_field_of_a_policy_is_on_the_page_and_explained() {
        let all: BTreeSet<String> =
            values(&BookingPolicy::default()).unwrap().into_iter().map(|(name, _)| name).collect();
        let here: BTreeSet<String> = FIELDS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(here, all);
        for (name, _) in FIELDS {
            for lang in Lang::ALL {
                for end in ["", "-hint"] {
                    let key = format!("policy-{}{end}", name.replace('_', "-"));
                    assert_ne!(say(lang, &key, &[]), key);
                }
            }
        }
    }

    #[test]
    fn a_policy_that_is_shown_and_posted_is_the_same() {
        let policy = BookingPolicy { release_at: Some(540), same_day: true, days_ahead: 3, ..BookingPolicy::default() };
        let read = read(&typed(&policy)).unwrap();
        assert_eq!(serde_json::from_value::<BookingPolicy>(Value::Object(read)).unwrap(), policy);
    }

    #[test]
    fn what_is_no_number_or_too_large_is_told_at_its_field() {
        let mut form = typed(&BookingPolicy::default());
        form.insert("days_ahead".to_owned(), "251".to_owned());
        form.insert("release_at".to_owned(), "nine".to_owned());
        form.remove("waiting_list");
        let errors = read(&form).unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["days_ahead", "release_at", "waiting_list"]);
    }
}

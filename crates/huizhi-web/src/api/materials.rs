//! What somebody needs for a business, for programs: the answer of `/what` in JSON. Nothing personal is asked, so no key is.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::{Json, Router, routing};
use huizhi_domain::materials::{Answer, Item, Reason, Said, Situation, Source, Validity};
use huizhi_domain::policy::Confidence;
use serde::{Deserialize, Serialize};

use super::problem::{FieldProblem, Problem};
use crate::app::App;
use crate::citizen::what::asked::{Asked, Fault, Question};

/// Counts up when a field gets another meaning or goes; new fields do not count.
const SCHEMA: u32 = 1;

/// The address.
pub fn routes() -> Router<App> {
    Router::new().route("/api/v1/materials", routing::get(materials))
}

/// The query, as the page has it; others are refused, so that a slip is no other question.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Which {
    who: String,
    business: String,
    home: String,
    birth: String,
    age: String,
    but: String,
    day: String,
}

#[derive(Serialize)]
struct Names {
    #[serde(rename = "zh-CN")]
    zh: String,
    en: String,
}

impl Names {
    fn of(said: &Said) -> Self {
        Self { zh: said.zh.clone(), en: said.en.clone() }
    }
}

#[derive(Serialize)]
struct Body {
    schema: u32,
    case: String,
    /// The rule's first day, and the day that was asked about.
    from: String,
    day: String,
    city: String,
    allowed: &'static str,
    says: Names,
    reasons: Vec<ReasonBody>,
    conflicts: Vec<ReasonBody>,
    items: Vec<ItemBody>,
    fee_fen: Option<u32>,
    validity: Option<ValidityBody>,
    deadline: Option<DeadlineBody>,
    observed: Option<Names>,
    booking: &'static str,
    receipt: &'static str,
    reuse_years: Option<u8>,
    residence: &'static str,
    guardian: bool,
    fingerprint: Option<Names>,
    attends: Option<Names>,
    channels: Vec<Names>,
    obstacles: Vec<ObstacleBody>,
    instead: Option<InsteadBody>,
    sources: Vec<SourceBody>,
    confidence: Confidence,
}

#[derive(Serialize)]
struct ReasonBody {
    id: String,
    text: Names,
    source: Option<String>,
}

#[derive(Serialize)]
struct ItemBody {
    id: String,
    name: Names,
    why: Option<Names>,
    any_of: Vec<Names>,
    more: bool,
    advised: bool,
    guardian: bool,
    /// The path of a page of the service that gets it.
    solve: Option<String>,
}

#[derive(Serialize)]
struct ValidityBody {
    term: String,
    later: Option<LaterBody>,
}

#[derive(Serialize)]
struct LaterBody {
    from: String,
    term: String,
}

#[derive(Serialize)]
struct DeadlineBody {
    days: u16,
    remote_days: u16,
    working: bool,
}

#[derive(Serialize)]
struct ObstacleBody {
    id: String,
    text: Names,
}

#[derive(Serialize)]
struct InsteadBody {
    business: String,
    /// The path of the page with the answer.
    path: String,
}

#[derive(Serialize)]
struct SourceBody {
    id: String,
    title: String,
    urls: Vec<String>,
    kind: &'static str,
    checked: String,
}

/// GET `/api/v1/materials?who=&business=&home=&birth=&age=&but=&day=`; the day is the next working day where none is said.
async fn materials(State(app): State<App>, which: Result<Query<Which>, QueryRejection>) -> Result<Json<Body>, Problem> {
    let Query(which) = which.map_err(|error| Problem::field("query", "unknown", error.body_text()))?;
    let usual = app.calendar.next_working_day(app.today());
    let Which { who, business, home, birth, age, but, day } = which;
    let unknown_but = !but.is_empty() && app.materials.obstacle(&but).is_none();
    let day = if day.is_empty() { usual.to_string() } else { day };
    let asked = Asked { who, business, home, birth, age, but, day, ..Asked::default() };
    let known = asked.known(&app.materials, app.today());
    let known = known.map_err(|faults| Problem::invalid(&faults.iter().map(told).collect::<Vec<_>>()))?;
    if unknown_but {
        return Err(Problem::field("but", "unknown", "obstacles of an answer has their ids"));
    }
    let situation = known.situation(&app.materials, usual).map_err(missing)?;
    let body = body(&app, &app.materials.answer(&situation), &situation);
    Ok(Json(body))
}

fn told(fault: &Fault) -> FieldProblem {
    let detail = match fault.question {
        Question::Who => "who is mainland, hong-kong-macau, taiwan or foreigner",
        Question::Business => "business is one of those of appointments, such as id-renewal or hmt-permit",
        Question::Home => "home is here, province or elsewhere",
        Question::Age => "birth is a day such as 1958-03-07, not after today or the visit; age is 0 to 130",
        Question::Day => "day is one such as 2026-12-01",
    };
    FieldProblem { field: fault.field.to_owned(), code: "invalid".to_owned(), detail: detail.to_owned() }
}

fn missing(question: Question) -> Problem {
    let (field, detail) = match question {
        Question::Age => ("birth", "say birth or age: the answer depends on it"),
        other => (other.word(), "the answer depends on it"),
    };
    Problem::field(field, "missing", detail)
}

fn body(app: &App, answer: &Answer, situation: &Situation) -> Body {
    let some = |said: &Option<Said>| said.as_ref().map(Names::of);
    Body {
        schema: SCHEMA,
        case: answer.case_id.clone(),
        from: answer.from.to_string(),
        day: situation.day.to_string(),
        city: app.materials.city().to_string(),
        allowed: answer.allowed.word(),
        says: Names::of(&answer.says),
        reasons: answer.reasons.iter().map(reason).collect(),
        conflicts: answer.conflicts.iter().map(reason).collect(),
        items: answer.items.iter().map(item).collect(),
        fee_fen: answer.fee_fen,
        validity: answer.validity.map(validity),
        deadline: answer.deadline.map(|it| DeadlineBody {
            days: it.days,
            remote_days: it.remote_days,
            working: it.working,
        }),
        observed: some(&answer.observed),
        booking: answer.booking.word(),
        receipt: answer.receipt.word(),
        reuse_years: answer.reuse_years,
        residence: answer.residence.word(),
        guardian: answer.guardian,
        fingerprint: some(&answer.fingerprint),
        attends: some(&answer.attends),
        channels: answer.channels.iter().map(Names::of).collect(),
        obstacles: answer
            .obstacles
            .iter()
            .map(|it| ObstacleBody { id: it.id.clone(), text: Names::of(&it.said) })
            .collect(),
        instead: answer
            .instead
            .as_ref()
            .map(|it| InsteadBody { business: it.business.clone(), path: Asked::of(it).path(None) }),
        sources: answer.sources.iter().map(source).collect(),
        confidence: answer.confidence,
    }
}

fn reason(reason: &Reason) -> ReasonBody {
    ReasonBody { id: reason.id.clone(), text: Names::of(&reason.said), source: reason.source.clone() }
}

fn item(item: &Item) -> ItemBody {
    ItemBody {
        id: item.id.clone(),
        name: Names::of(&item.name),
        why: item.why.as_ref().map(Names::of),
        any_of: item.any_of.iter().map(Names::of).collect(),
        more: item.more,
        advised: item.advised,
        guardian: item.guardian,
        solve: item.solve.as_ref().map(|solve| solve.path.clone()),
    }
}

fn validity(validity: Validity) -> ValidityBody {
    let later = validity.later.map(|it| LaterBody { from: it.from.to_string(), term: it.term.word() });
    ValidityBody { term: validity.term.word(), later }
}

fn source(source: &Source) -> SourceBody {
    SourceBody {
        id: source.id.clone(),
        title: source.title.clone(),
        urls: source.urls.clone(),
        kind: source.kind.word(),
        checked: source.checked.clone(),
    }
}

#[cfg(test)]
mod tests {
    use huizhi_domain::materials::cases::rows;
    use serde_json::Value;

    use super::super::openapi::described::is_described;
    use crate::citizen::tests::{Browser, Says, Service};
    use crate::citizen::what::asked::Asked;

    async fn ask(browser: &mut Browser, query: &str) -> (u16, Value) {
        let path = format!("/api/v1/materials?{query}");
        let seen = browser.get(&path).await;
        is_described("GET", &path, seen.status, &seen.headers, &seen.bytes);
        (seen.status.as_u16(), serde_json::from_slice(&seen.bytes).unwrap())
    }

    #[tokio::test]
    async fn every_case_of_the_table_is_answered() {
        let service = Service::new(Says::Fits).await;
        let mut browser = service.browser();
        for row in rows().unwrap() {
            let path = Asked::of(&row.situation).path(None);
            let (status, said) = ask(&mut browser, path.trim_start_matches("/what?")).await;
            let (of, expected) = (format!("{} {path}: {said}", row.id), &row.expected);
            assert_eq!((status, said["schema"].as_u64()), (200, Some(1)), "{of}");
            assert_eq!(said["case"], row.id, "{of}");
            assert_eq!(said["allowed"], expected.allowed, "{of}");
            assert_eq!(said["fee_fen"].as_u64(), expected.fee_fen.map(u64::from), "{of}");
            assert_eq!(said["validity"]["term"].as_str(), expected.validity.as_deref(), "{of}");
            assert_eq!(said["receipt"], expected.receipt, "{of}");
            assert_eq!(said["residence"], expected.residence, "{of}");
            assert_eq!(said["guardian"], expected.guardian, "{of}");
            assert_eq!(said["booking"], expected.booking, "{of}");
            assert_eq!(said["instead"]["business"].as_str(), expected.instead.as_deref(), "{of}");
            let items: Vec<&str> =
                said["items"].as_array().unwrap().iter().filter_map(|it| it["id"].as_str()).collect();
            assert_eq!(items, expected.items, "{of}");
            assert!(!said["sources"].as_array().unwrap().is_empty(), "{of}");
        }
    }

    #[tokio::test]
    async fn what_is_missing_or_wrong_is_told_by_its_field() {
        let service = Service::new(Says::Fits).await;
        let mut browser = service.browser();
        for (query, field, code) in [
            ("", "who", "missing"),
            ("who=mainland", "business", "missing"),
            ("who=mainland&business=id-first", "home", "missing"),
            ("who=mainland&business=id-first&home=here", "birth", "missing"),
            ("who=martian&business=id-first", "who", "invalid"),
            ("who=taiwan&business=hmt-permit&age=200", "age", "invalid"),
            ("who=taiwan&business=hmt-permit&age=20&day=soon", "day", "invalid"),
            ("who=taiwan&business=hmt-permit&age=20&but=rain", "but", "unknown"),
        ] {
            let (status, said) = ask(&mut browser, query).await;
            assert_eq!(status, 422, "{query}: {said}");
            assert_eq!(said["errors"][0]["field"], field, "{query}");
            assert_eq!(said["errors"][0]["code"], code, "{query}");
        }
        assert_eq!(ask(&mut browser, "whom=taiwan").await.0, 422);
        let (status, said) = ask(&mut browser, "who=taiwan&business=id-lost").await;
        assert_eq!((status, said["instead"]["business"].as_str()), (200, Some("hmt-permit")));
        // The next working day after Wednesday, 25 November 2026.
        assert_eq!(said["day"], "2026-11-26");
    }
}

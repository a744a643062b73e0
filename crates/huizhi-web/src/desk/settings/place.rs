//! The form of a city's terms: whether a receipt is taken, how long it is good, what it costs. What it says is written into the file that the
//! city's rows stand in, and goes the way of every change from there.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::{Router, routing};
use huizhi_domain::amendment::place::{Terms, file_of, set};
use huizhi_domain::amendment::{Kind, Target, number_of};
use huizhi_domain::city::{City, RegionCode};
use huizhi_domain::policy::{Acceptance, Policies};
use huizhi_domain::staff::Staff;
use huizhi_domain::words::Lang;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::effect::{acceptance, yuan};
use super::file::{Draft, tried};
use crate::app::App;
use crate::desk::frame::{self, Place};
use crate::desk::session::Setter;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};

/// Days that a receipt may be good at most: ten years, which catches slips.
const DAYS_MOST: u16 = 3660;
/// The dearest receipt, fen: 1,000 yuan, which catches slips.
const PRICE_MOST: u32 = 100_000;

/// The address of the form.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/settings/place", routing::get(page).post(change))
}

/// Which city and document.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Of {
    city: String,
    document: String,
}

/// What the form says.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct Typed {
    city: String,
    document: String,
    receipt: String,
    days: String,
    moves: String,
    price: String,
    note: String,
}

/// A document to choose.
#[derive(Clone, Debug, Serialize)]
struct Choice {
    id: String,
    name: String,
}

/// What holds now.
#[derive(Clone, Debug, Serialize)]
struct Now {
    city_name: String,
    document_name: String,
    receipt: String,
    receipt_source: String,
    validity_source: String,
    price_source: String,
    /// The file that the city's rows stand in.
    file: String,
    /// Other documents whose terms stand in the same rows, and change with them.
    together: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize)]
struct PlaceView {
    errors: FormErrors,
    documents: Vec<Choice>,
    typed: Typed,
    now: Option<Now>,
}

impl View for PlaceView {
    const TEMPLATE: &'static str = "desk/settings/place.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let now = Now {
            city_name: "Huizhou".to_owned(),
            document_name: "Resident ID card".to_owned(),
            receipt: "yes".to_owned(),
            receipt_source: "a source".to_owned(),
            validity_source: "a source".to_owned(),
            price_source: "ours".to_owned(),
            file: "guangdong".to_owned(),
            together: vec!["Residence permit".to_owned()],
        };
        let choice = Choice { id: "cn-resident-id".to_owned(), name: "Resident ID card".to_owned() };
        let typed = Typed {
            city: "441300".to_owned(),
            document: "cn-resident-id".to_owned(),
            receipt: "yes".to_owned(),
            moves: "yes".to_owned(),
            ..Typed::default()
        };
        let full = Self { documents: vec![choice], typed, now: Some(now), ..Self::default() };
        let mut errors = FormErrors::default();
        errors.add_value("days", "settings-fault-days", "3660");
        errors.add_value("price", "settings-fault-price", "1000");
        vec![
            Self::default(),
            Self { errors: FormErrors::one("city", "settings-fault-city"), ..Self::default() },
            Self { errors, ..full.clone() },
            full,
        ]
    }
}

/// GET `/desk/settings/place?city=&document=`
async fn page(State(app): State<App>, Setter(staff): Setter, look: Look, Query(of): Query<Of>) -> Answer {
    let typed = Typed { city: of.city, document: of.document, ..Typed::default() };
    if typed.city.is_empty() {
        return show(&app, &look, &staff, typed, FormErrors::default());
    }
    match meant(&app, &typed) {
        Ok((city, document)) => {
            let terms = Terms::of(&app.policies.of(city.code, &document));
            let typed = Typed {
                city: city.code.to_string(),
                document,
                receipt: word(terms.receipt == Acceptance::Accepted),
                days: terms.days.to_string(),
                moves: word(terms.move_over_holidays),
                price: price_text(terms.price_fen),
                note: String::new(),
            };
            show(&app, &look, &staff, typed, FormErrors::default())
        }
        Err(errors) => show(&app, &look, &staff, typed, errors),
    }
}

/// POST `/desk/settings/place`: the file's page, with what the change would do.
async fn change(State(app): State<App>, Setter(staff): Setter, look: Look, Posted(typed): Posted<Typed>) -> Answer {
    let read = meant(&app, &typed).and_then(|of| terms(&typed).map(|terms| (of, terms)));
    let ((city, document), terms) = match read {
        Ok(read) => read,
        Err(errors) => return show(&app, &look, &staff, typed, errors),
    };
    let files = app.files.of(Kind::Policy);
    let name = file_of(&files, city.code);
    let target = Target::new(Kind::Policy, &name).ok_or(PageError::Absent)?;
    let versions = app.store.amendment_versions(&target).await?;
    let text = super::current(&app, &target, &versions).unwrap_or_default();
    let before = before(&app, &target, &text, city.code, &document);
    let newest = versions.iter().filter_map(|it| number_of(it.text.as_deref()?)).max().unwrap_or_default();
    let draft = Draft {
        text: set(&text, (city.code, document.as_str()), (before, terms), newest),
        note: typed.note.trim().to_owned(),
        on: versions.first().map_or(0, |newest| newest.version),
    };
    tried(&app, &look, &staff, &target, draft).await
}

/// The terms as the newest text of the file has them: this process may not have taken it over yet.
fn before(app: &App, target: &Target, text: &str, city: RegionCode, document: &str) -> Terms {
    let mut files = app.files.clone();
    files.put(target.clone(), text.to_owned());
    let policies = Policies::read(&files.of(Kind::Policy));
    Terms::of(&policies.as_ref().unwrap_or(&app.policies).of(city, document))
}

/// The city, by its code or its name, and the document.
fn meant<'a>(app: &'a App, typed: &Typed) -> Result<(&'a City, String), FormErrors> {
    let said = typed.city.trim();
    let code: Option<RegionCode> = said.parse().ok();
    let city = app.cities.cities().iter().find(|city| {
        Some(city.code) == code || city.name == said || city.short == said || city.english.eq_ignore_ascii_case(said)
    });
    let city = city.ok_or_else(|| FormErrors::one("city", "settings-fault-city"))?;
    if app.document(&typed.document).is_none() {
        return Err(FormErrors::one("document", "settings-fault-document"));
    }
    Ok((city, typed.document.clone()))
}

fn terms(typed: &Typed) -> Result<Terms, FormErrors> {
    let mut errors = FormErrors::default();
    let days: Option<u16> = typed.days.trim().parse().ok().filter(|days| (1..=DAYS_MOST).contains(days));
    if days.is_none() {
        errors.add_value("days", "settings-fault-days", DAYS_MOST.to_string());
    }
    let price = fen(typed.price.trim()).filter(|fen| *fen <= PRICE_MOST);
    if price.is_none() {
        errors.add_value("price", "settings-fault-price", (PRICE_MOST / 100).to_string());
    }
    match (days, price) {
        (Some(days), Some(price_fen)) => Ok(Terms {
            receipt: if typed.receipt == "yes" { Acceptance::Accepted } else { Acceptance::None },
            days,
            move_over_holidays: typed.moves == "yes",
            price_fen,
        }),
        _ => Err(errors),
    }
}

/// Fen of an amount of yuan with at most two decimals.
fn fen(text: &str) -> Option<u32> {
    let (yuan, rest) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(yuan) || !digits(rest) || rest.len() > 2 {
        return None;
    }
    let rest: u32 = format!("{rest:0<2}").parse().ok()?;
    yuan.parse::<u32>().ok()?.checked_mul(100)?.checked_add(rest)
}

/// An amount as the form takes it.
fn price_text(fen: u32) -> String {
    yuan(fen).trim_start_matches('¥').to_owned()
}

fn word(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

fn show(app: &App, look: &Look, staff: &Staff, typed: Typed, errors: FormErrors) -> Answer {
    let documents = app.policies.documents().into_iter();
    let choice = |id: &str| Choice { id: id.to_owned(), name: app.document_name(id, look.lang) };
    let now = meant(app, &typed).ok().map(|(city, document)| now(app, look.lang, city, &document));
    let wrong = !errors.is_empty();
    let view = PlaceView { errors, documents: documents.map(choice).collect(), typed, now };
    let mut page = frame::show(app, look, Place::of(staff, "settings"), view)?;
    if wrong {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

fn now(app: &App, lang: Lang, city: &City, document: &str) -> Now {
    let policy = app.policies.of(city.code, document);
    let others = app.policies.together(city.code, document).into_iter().filter(|other| other != document);
    Now {
        city_name: app.city_name(&city.code.to_string(), lang),
        document_name: app.document_name(document, lang),
        receipt: acceptance(lang, policy.receipt.value),
        receipt_source: policy.receipt.source.of(lang).to_owned(),
        validity_source: policy.validity.source.of(lang).to_owned(),
        price_source: policy.price_fen.source.of(lang).to_owned(),
        file: file_of(&app.files.of(Kind::Policy), city.code),
        together: others.map(|other| app.document_name(&other, lang)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<PlaceView>>();
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let read = ["15", "15.5", "0.05", "0"].map(fen);
        assert_eq!(read, [Some(1500), Some(1550), Some(5), Some(0)]);
        for wrong in ["", ".", "1.", "1.234", "-1", "1,5", "free", "99999999999"] {
            assert_eq!(fen(wrong), None, "{wrong}");
        }
        assert_eq!(price_text(1505), "15.05");
    }
}

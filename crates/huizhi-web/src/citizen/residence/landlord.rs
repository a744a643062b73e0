//! The landlord's page: what they confirm, with as little of the person as it takes, and a yes or a no. It needs no account, and its link
//! is used once.

use axum::extract::{Path, State};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::applicant::{PersonName, Phone};
use huizhi_domain::residence::{Answerer, Confirmer, Declaration, Refusal, ResidenceError, State as Stands};
use huizhi_store::StoreError;
use serde::{Deserialize, Serialize};

use super::address_line;
use crate::account::{MaybeSignedIn, who};
use crate::app::App;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};

/// Why a landlord says no.
const REFUSALS: [&str; 3] = [Refusal::UnknownPerson.word(), Refusal::NotHere.word(), Refusal::WrongAddress.word()];

/// What is confirmed, or what came of it.
#[derive(Clone, Default, Serialize)]
pub struct LandlordView {
    token: String,
    /// `ask`, `own`, `confirmed`, `refused` or `over`.
    step: &'static str,
    /// The name, all but its first character masked.
    name: String,
    address: String,
    dwelling: &'static str,
    since: String,
    refusals: [&'static str; REFUSALS.len()],
    typed: Typed,
    errors: FormErrors,
}

/// What was typed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    role: String,
    name: String,
    phone: String,
    truth: String,
    /// `yes` or `no`, by the button that was pressed.
    answer: String,
    refusal: String,
}

impl View for LandlordView {
    const TEMPLATE: &'static str = "citizen/residence/landlord.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use huizhi_domain::residence::Dwelling;
        let view = |step, dwelling: &Dwelling| Self {
            token: "abc".to_owned(),
            step,
            name: "张*".to_owned(),
            address: "惠州市惠城区江北街道 1 号".to_owned(),
            dwelling: dwelling.word(),
            since: "2026-09-01".to_owned(),
            refusals: REFUSALS,
            ..Self::default()
        };
        let mut all = FormErrors::default();
        for (field, key) in [
            ("name", "name.empty"),
            ("phone", "phone.empty"),
            ("truth", "landlord-truth-missing"),
            ("refusal", "landlord-refusal-missing"),
            ("answer", "landlord-answer-missing"),
        ] {
            all.add(field, key);
        }
        let typed = Typed {
            role: "agent".to_owned(),
            truth: "1".to_owned(),
            refusal: "not-here".to_owned(),
            ..Typed::default()
        };
        let steps = ["own", "confirmed", "refused", "over"].map(|step| view(step, &Dwelling::Rented));
        let asks = Dwelling::ALL.iter().map(|it| view("ask", it));
        let faulty = Self { typed, errors: all, ..view("ask", &Dwelling::Rented) };
        asks.chain(steps).chain([faulty]).collect()
    }
}

fn view(app: &App, token: String, of: &Declaration) -> LandlordView {
    LandlordView {
        token,
        step: "ask",
        name: of.details.subject.name.masked(),
        address: address_line(app, &of.details.address),
        dwelling: of.dwelling.word(),
        since: of.details.since.to_string(),
        refusals: REFUSALS,
        ..LandlordView::default()
    }
}

/// A page of its own for who used the link before, for who is too late, and for who declared it themselves.
fn ended(step: &'static str) -> LandlordView {
    LandlordView { step, ..LandlordView::default() }
}

fn counts(app: &App, headers: &HeaderMap, extensions: &Extensions) -> Result<(), PageError> {
    let name = format!("landlord {}", who(app, headers, extensions));
    if app.shared.asked.take(&name, app.store.now()) { Ok(()) } else { Err(PageError::TooMany) }
}

/// `/r/{token}`. Opening it changes nothing: link previews open links too.
pub async fn ask(
    State(app): State<App>,
    look: Look,
    MaybeSignedIn(account): MaybeSignedIn,
    headers: HeaderMap,
    extensions: Extensions,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    counts(&app, &headers, &extensions)?;
    let Some(declaration) = app.store.residence_by_link(&token).await? else {
        return Ok((StatusCode::GONE, app.show(&look, &ended("over"))?).into_response());
    };
    let own = account.is_some_and(|it| it.id == declaration.account);
    let view = if own { ended("own") } else { view(&app, token, &declaration) };
    Ok(app.show(&look, &view)?.into_response())
}

/// POST `/r/{token}`
pub async fn answer(
    State(app): State<App>,
    look: Look,
    MaybeSignedIn(account): MaybeSignedIn,
    headers: HeaderMap,
    extensions: Extensions,
    Path(token): Path<String>,
    Posted(typed): Posted<Typed>,
) -> Result<Response, PageError> {
    counts(&app, &headers, &extensions)?;
    let Some(declaration) = app.store.residence_by_link(&token).await? else {
        return Ok((StatusCode::GONE, app.show(&look, &ended("over"))?).into_response());
    };
    if account.is_some_and(|it| it.id == declaration.account) {
        return Ok((StatusCode::FORBIDDEN, app.show(&look, &ended("own"))?).into_response());
    }
    let (answerer, refusal) = match checked(&typed) {
        Ok(read) => read,
        Err(errors) => {
            let view = LandlordView { typed, errors, ..view(&app, token, &declaration) };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response());
        }
    };
    let by = if typed.role == Confirmer::Agent.word() { Confirmer::Agent } else { Confirmer::Landlord };
    let rules = app.residence.on(app.today());
    let (status, step) = match app.store.answer_residence_link(&token, by, &answerer, refusal, rules).await {
        Ok(Stands::Refused) => (StatusCode::OK, "refused"),
        Ok(_) => (StatusCode::OK, "confirmed"),
        Err(StoreError::Residence(ResidenceError::Link | ResidenceError::State(_))) => (StatusCode::GONE, "over"),
        Err(error) => return Err(error.into()),
    };
    Ok((status, app.show(&look, &ended(step))?).into_response())
}

/// Who answers, and why not where it is a no.
fn checked(typed: &Typed) -> Result<(Answerer, Option<Refusal>), FormErrors> {
    let mut errors = FormErrors::default();
    let name = PersonName::parse(&typed.name);
    if let Err(error) = &name {
        errors.add_value("name", error.code.code(), error.value_shown.clone());
    }
    let phone = Phone::parse(&typed.phone);
    if let Err(error) = &phone {
        errors.add_value("phone", error.code.code(), error.value_shown.clone());
    }
    let mut refusal = None;
    match typed.answer.as_str() {
        "yes" if typed.truth.is_empty() => errors.add("truth", "landlord-truth-missing"),
        "yes" => {}
        "no" if !REFUSALS.contains(&typed.refusal.as_str()) => errors.add("refusal", "landlord-refusal-missing"),
        "no" => refusal = typed.refusal.parse().ok(),
        _ => errors.add("answer", "landlord-answer-missing"),
    }
    match (name, phone) {
        (Ok(name), Ok(phone)) if errors.is_empty() => Ok((Answerer { name, phone }, refusal)),
        _ => Err(errors),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::LandlordView>();
    }
}

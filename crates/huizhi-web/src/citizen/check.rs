//! Step 6: check answers, declare, submit.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::applicant::{ALONE_FROM_AGE, IdNumber, PersonName};
use huizhi_domain::order::{Order, OrderError, OrderState, Override, OverrideKind, Terms};
use huizhi_store::{ApplicantRecord, Photo, StoreError};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::report::is_open;
use super::{applicant, guide, see_other};
use crate::app::App;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};
use crate::visitor::HeldOrder;

/// The longest reason that a citizen may write, characters.
pub const REASON_MOST: usize = 500;

/// Answers to check.
#[derive(Default, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a part of the page that shows or not")]
pub struct CheckView {
    id: String,
    photo: String,
    document: String,
    document_name: String,
    city_name: String,
    name: String,
    id_number: String,
    phone: String,
    email: String,
    guardian: String,
    /// Whether the name cannot be printed, and whether a picture of it is there.
    name_unprintable: bool,
    has_name_picture: bool,
    has_id_photo: bool,
    width_mm: String,
    /// Whether document and city may still change: nothing was submitted yet.
    draft: bool,
    /// What is due now, in fen.
    due_fen: i64,
    minutes_min: u16,
    minutes_max: u16,
    /// Whether the photo has faults, so that a reason is asked.
    needs_reason: bool,
    kinds: Vec<&'static str>,
    kind: String,
    reason: String,
    errors: FormErrors,
}

impl View for CheckView {
    const TEMPLATE: &'static str = "citizen/check.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |more: bool| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            photo: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            document: "cn-resident-id".to_owned(),
            document_name: "居民身份证".to_owned(),
            city_name: "惠州市".to_owned(),
            name: "张*".to_owned(),
            id_number: "441302 19900307 0024".to_owned(),
            phone: if more { "13800138000".to_owned() } else { String::new() },
            guardian: if more { "李*".to_owned() } else { String::new() },
            name_unprintable: more,
            has_name_picture: more,
            has_id_photo: !more,
            width_mm: "26".to_owned(),
            draft: !more,
            due_fen: i64::from(more) * 1500,
            minutes_min: 10,
            minutes_max: 30,
            needs_reason: more,
            kinds: OverrideKind::ALL.map(OverrideKind::word).into(),
            errors: if more { FormErrors::one("kind", "check-reason-missing") } else { FormErrors::default() },
            ..Self::default()
        };
        vec![view(false), view(true)]
    }
}

/// The photo that was chosen.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    photo: String,
}

/// `/order/{id}/check?photo=`
pub async fn check(
    State(app): State<App>,
    look: Look,
    HeldOrder(order): HeldOrder,
    Query(chosen): Query<Chosen>,
) -> Result<Response, PageError> {
    if !order.takes_photos() {
        return Ok(see_other(&format!("/order/{}", order.id)));
    }
    let Some(photo) = chosen_photo(&app, &order, &chosen.photo).await? else {
        return Ok(see_other(&format!("/order/{}/photos", order.id)));
    };
    let record = app.store.applicant(order.id).await?.unwrap_or_default();
    if !applicant::is_complete(&record, &applicant::asked(&app, &order)) {
        return Ok(see_other(&format!("/order/{}/applicant?photo={}", order.id, photo.id)));
    }
    Ok(app.show(&look, &view(&app, &look, &order, &photo, &record))?.into_response())
}

/// A photo of the order that may be submitted.
async fn chosen_photo(app: &App, order: &Order, id: &str) -> Result<Option<Photo>, PageError> {
    let photos = app.store.photos(order.id).await?;
    let usable = |photo: &Photo| is_open(photo) && photo.verdict.is_some();
    Ok(photos.into_iter().find(|photo| photo.id.to_string() == id && usable(photo)))
}

fn view(app: &App, look: &Look, order: &Order, photo: &Photo, record: &ApplicantRecord) -> CheckView {
    let policy = app.policy(&order.city, &order.document);
    let price = policy.as_ref().map_or(0, |policy| i64::from(policy.price_fen.value));
    let first = order.state == OrderState::Draft;
    let size = app.document(&order.document).and_then(|spec| spec.size.as_ref());
    let minutes = policy.as_ref().map(|policy| policy.turnaround.value);
    CheckView {
        id: order.id.to_string(),
        photo: photo.id.to_string(),
        document: order.document.clone(),
        document_name: app.document_name(&order.document, look.lang),
        city_name: app.city_name(&order.city, look.lang),
        name: record.name.clone().unwrap_or_default(),
        id_number: record.id_number.as_deref().map(grouped).unwrap_or_default(),
        phone: record.phone.clone().unwrap_or_default(),
        email: record.email.clone().unwrap_or_default(),
        guardian: record.guardian_name.clone().unwrap_or_default(),
        name_unprintable: super::name::needs_picture(app, record),
        has_name_picture: record.name_picture.is_some(),
        has_id_photo: photo.has_id_photo,
        width_mm: size.and_then(|size| size.width_mm).map(|mm| mm.to_string()).unwrap_or_default(),
        draft: first,
        due_fen: if first { price } else { order.due_fen() },
        minutes_min: minutes.map_or(0, |it| it.min),
        minutes_max: minutes.map_or(0, |it| it.max),
        needs_reason: needs_reason(photo),
        kinds: OverrideKind::ALL.map(OverrideKind::word).into(),
        ..CheckView::default()
    }
}

/// A number to compare with the card in the hand: that is what the page is for, and who sees it typed it a moment ago. Those of 18
/// characters stand in their parts, place, birth and the rest.
fn grouped(number: &str) -> String {
    match (number.get(..6), number.get(6..14), number.get(14..)) {
        (Some(place), Some(birth), Some(rest)) if rest.len() == 4 => format!("{place} {birth} {rest}"),
        _ => number.to_owned(),
    }
}

/// A number with its middle hidden, whatever document it is of.
pub fn masked_number(text: &str, today: Date) -> String {
    let number = IdNumber::parse(text, today).or_else(|_| IdNumber::of_other_document(text));
    number.map_or_else(|_| "…".to_owned(), |number| number.masked())
}

/// A name with its middle hidden.
pub fn masked_name(text: &str) -> String {
    PersonName::parse(text).map_or_else(|_| "…".to_owned(), |name| name.masked())
}

/// What is submitted.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Submission {
    photo: String,
    kind: String,
    reason: String,
}

/// POST `/order/{id}/check`: submits.
pub async fn submit(
    State(app): State<App>,
    look: Look,
    HeldOrder(order): HeldOrder,
    Posted(form): Posted<Submission>,
) -> Result<Response, PageError> {
    let on = see_other(&format!("/order/{}", order.id));
    if !order.takes_photos() {
        // The second press of the button: it is submitted already.
        return Ok(on);
    }
    let Some(photo) = chosen_photo(&app, &order, &form.photo).await? else {
        // Pressed twice at the same time, the first may have submitted it since the order was read.
        let submitted = app.store.order(order.id).await?.is_some_and(|order| !order.takes_photos());
        return Ok(if submitted { on } else { see_other(&format!("/order/{}/photos", order.id)) });
    };
    let record = app.store.applicant(order.id).await?.unwrap_or_default();
    if !applicant::is_complete(&record, &applicant::asked(&app, &order)) {
        return Ok(see_other(&format!("/order/{}/applicant?photo={}", order.id, photo.id)));
    }
    let reason = match reason(&photo, form.kind.parse().ok(), &form.reason) {
        Ok(reason) => reason,
        Err(errors) => {
            let base = view(&app, &look, &order, &photo, &record);
            let view = CheckView { kind: form.kind, reason: form.reason, errors, ..base };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response());
        }
    };
    let terms = terms(&app, &order).ok_or(PageError::Form)?;
    match app.store.submit(order.id, photo.id, reason, terms, is_child(&record, app.today())).await {
        Ok(_) | Err(StoreError::Order(OrderError::WrongState { .. })) => Ok(on),
        Err(StoreError::Order(OrderError::Unusable | OrderError::ReasonMissing)) => {
            Ok(see_other(&format!("/order/{}/photo/{}", order.id, photo.id)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Why a photo is submitted in spite of its faults, where it has any.
///
/// # Errors
/// What is to be mended: `kind` and `reason`.
pub fn reason(photo: &Photo, kind: Option<OverrideKind>, text: &str) -> Result<Option<Override>, FormErrors> {
    let (needed, text) = (needs_reason(photo), text.trim());
    let mut errors = FormErrors::default();
    if needed && kind.is_none() {
        errors.add("kind", "check-reason-missing");
    }
    if needed && kind == Some(OverrideKind::CheckIsWrong) && text.is_empty() {
        errors.add("reason", "check-reason-empty");
    }
    if text.chars().count() > REASON_MOST {
        errors.add_value("reason", "check-reason-long", REASON_MOST.to_string());
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(kind.filter(|_| needed).map(|kind| Override { kind, text: text.to_owned() }))
}

/// Whether a photo has faults that people may overrule. A hopeless one no reason helps.
#[must_use]
pub fn needs_reason(photo: &Photo) -> bool {
    photo.verdict.as_deref() == Some("review")
}

/// What is pinned when an order is submitted first; `None` where its city left the table since.
pub fn terms(app: &App, order: &Order) -> Option<Terms> {
    let policy = app.policy(&order.city, &order.document)?;
    Some(Terms { price_fen: i64::from(policy.price_fen.value), rules: policy.version })
}

/// Whether the applicant is under 16, as the number says; where it says nothing, as the guardian's consent does.
pub fn is_child(record: &ApplicantRecord, today: Date) -> bool {
    let number = record.id_number.as_deref().and_then(|text| IdNumber::parse(text, today).ok());
    let age = number.and_then(|number| number.birth()).map(|birth| full_years(birth, today));
    age.map_or_else(|| guide::by_guardian(record), |age| age < i16::from(ALONE_FROM_AGE))
}

fn full_years(birth: Date, day: Date) -> i16 {
    day.year() - birth.year() - i16::from((day.month(), day.day()) < (birth.month(), birth.day()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_render() {
        crate::page::tests::renders::<CheckView>();
    }

    #[test]
    fn numbers_of_18_stand_in_their_parts_and_others_as_they_are() {
        assert_eq!(grouped("11010519491231002X"), "110105 19491231 002X");
        for other in ["H12345678", "E12345678", "12345678", "ABC123456789012", "甲乙丙丁戊己"] {
            assert_eq!(grouped(other), other);
        }
    }
}

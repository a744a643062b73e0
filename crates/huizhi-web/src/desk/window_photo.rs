//! The photo that a window takes of who comes without a receipt (现场拍照): the consent, the camera, what the engine says, the review
//! by somebody else, and the receipt that the window fetches.

use axum::Json;
use axum::extract::{FromRequestParts, Multipart, Path, State};
use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Router, routing};
use huizhi_domain::applicant::{CONSENTS_FROM_AGE, age};
use huizhi_domain::audit::Actor;
use huizhi_domain::id::{AppointmentId, AttemptId};
use huizhi_domain::order::{Order, OrderError, OrderState, OverrideKind, Terms};
use huizhi_domain::policy::Acceptance;
use huizhi_domain::review::Opinion;
use huizhi_domain::visit::window_photo::document_for;
use huizhi_domain::visit::{Appointment, Visitor};
use huizhi_store::{ApplicantRecord, NewOrder, NewWindowPhoto, Photo, PhotoState, PictureKind, Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::case::{Code, titled};
use super::fetch::PURPOSES;
use super::frame::{self, Place};
use super::session::Clerk;
use super::{business_name, say};
use crate::app::App;
use crate::citizen::applicant::word;
use crate::citizen::check::{is_child, needs_reason, reason, terms};
use crate::citizen::guide::record_consent;
use crate::citizen::report::{ReportView, is_open, of_photo};
use crate::citizen::take::{picture_response, wait_for};
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};
use crate::upload;
use crate::visitor::param;

type Answer = Result<Response, PageError>;

/// The addresses; the one that takes a file in is among the uploads.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/window/photo/{appointment}", routing::get(page).post(begin))
        .route("/desk/window/photo/{appointment}/send", routing::post(send))
        .route("/desk/window/photo/{appointment}/end", routing::post(end))
        .route("/desk/window/photo/{appointment}/{attempt}/{kind}", routing::get(picture))
}

/// A visit of the clerk's office, and how far its photo is; it is not there for other offices.
pub struct Sitting {
    clerk: Clerk,
    appointment: Appointment,
    visitor: Option<Visitor>,
    /// For which document, or why no photo is taken: a word.
    document: Result<String, &'static str>,
    order: Option<Order>,
    photos: Vec<Photo>,
}

impl FromRequestParts<App> for Sitting {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let clerk = Clerk::from_request_parts(parts, app).await?;
        let id = param(parts, app, "appointment").await.and_then(|id| id.parse().ok());
        let id = id.ok_or_else(|| PageError::Absent.into_response())?;
        Self::of(app, clerk, id).await.map_err(PageError::into_response)
    }
}

impl Sitting {
    async fn of(app: &App, clerk: Clerk, id: AppointmentId) -> Result<Self, PageError> {
        let office = clerk.office.as_ref().ok_or(PageError::Absent)?;
        let appointment = app.store.appointment(id).await?.filter(|it| it.office == office.id);
        let appointment = appointment.ok_or(PageError::Absent)?;
        let policy = app.store.booking_policy(office.id).await?;
        let ticket = app.store.ticket_of(id).await?;
        let business = app.businesses.get(&appointment.business);
        let document = business.and_then(|it| it.document.as_deref());
        let issued = |document: &str| {
            let policy = app.policy(&office.city, document);
            policy.is_some_and(|policy| policy.receipt.value == Acceptance::Accepted)
        };
        let document = match document_for(&policy, document, ticket.as_ref()) {
            Ok(document) if issued(document) => Ok(document.to_owned()),
            Ok(_) => Err("no-receipt"),
            Err(why) => Err(why.word()),
        };
        let order = match app.store.window_photo_of(id).await? {
            Some(order) => app.store.order(order).await?,
            None => None,
        };
        let order = order.filter(|it| !matches!(it.state, OrderState::Withdrawn | OrderState::Expired));
        let photos = match &order {
            Some(order) => app.store.photos(order.id).await?,
            None => Vec::new(),
        };
        let visitor = app.store.visitor_of(id).await?;
        Ok(Self { clerk, appointment, visitor, document, order, photos })
    }

    /// The address of its page.
    fn address(&self) -> String {
        format!("/desk/window/photo/{}", self.appointment.id)
    }

    /// The store in the clerk's name.
    fn store(&self, app: &App) -> Store {
        app.store.by(Actor::Staff(self.clerk.staff.id), None)
    }

    /// Why nothing more is done here about an order that was begun: they have gone, so no photo is taken; and after the day the
    /// receipt's number is its owner's alone.
    fn closed(&self, app: &App) -> Option<&'static str> {
        let order = self.order.as_ref()?;
        match self.document {
            Err(why) if order.takes_photos() => Some(why),
            _ if self.appointment.slot.day != app.today() => Some("over"),
            _ => None,
        }
    }

    /// The order, where it takes photos and they are here.
    fn open(&self, app: &App) -> Option<&Order> {
        self.order.as_ref().filter(|order| order.takes_photos() && self.closed(app).is_none())
    }

    /// The photo that was taken last and waits to be sent or taken again.
    fn last(&self) -> Option<&Photo> {
        self.photos.iter().rev().find(|photo| is_open(photo))
    }

    /// Whether somebody of age has to consent for them.
    fn is_guarded(&self, app: &App) -> bool {
        self.visitor.as_ref().is_some_and(|it| age(it.birth, app.today()) < CONSENTS_FROM_AGE)
    }
}

#[derive(Default, Serialize)]
struct PhotoView {
    appointment: String,
    who: String,
    business: String,
    /// `no`, `consent`, `take`, `judging`, `report`, `review`, `issuing`, `ready`.
    stage: &'static str,
    /// Why no photo is taken.
    why: &'static str,
    for_document: String,
    document_id: String,
    guarded: bool,
    /// What the review said of the photo before.
    codes: Vec<Code>,
    note: String,
    /// What the engine says of the last photo.
    #[serde(flatten)]
    report: ReportView,
    needs_reason: bool,
    kinds: Vec<&'static str>,
    kind: String,
    reason: String,
    /// How many the review looks at first.
    before: i64,
    /// The receipt's number.
    number: String,
    purposes: Vec<&'static str>,
    /// What they came for, among these.
    purpose: &'static str,
    most_mib: usize,
    problems: FormErrors,
}

impl View for PhotoView {
    const TEMPLATE: &'static str = "desk/window-photo.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let stages = ["no", "consent", "take", "judging", "report", "review", "issuing", "ready"];
        let code = || Code { code: "O01".to_owned(), title: "title".to_owned() };
        let view = |stage, more: bool| Self {
            appointment: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            who: "甲** 4413************38".to_owned(),
            business: "business".to_owned(),
            stage,
            why: "off",
            for_document: "document".to_owned(),
            guarded: more,
            codes: if more { vec![code()] } else { Vec::new() },
            note: if more { "note".to_owned() } else { String::new() },
            needs_reason: more,
            kinds: OverrideKind::ALL.map(OverrideKind::word).into(),
            before: i64::from(more),
            number: "HZ0000".to_owned(),
            purposes: PURPOSES.into(),
            problems: if more { FormErrors::one("kind", "check-reason-missing") } else { FormErrors::default() },
            ..Self::default()
        };
        let whys = ["off", "no-document", "not-here", "over", "no-receipt", "unpaid"];
        // What stands in a report is another view's, and has samples of its own.
        let plain = stages
            .into_iter()
            .filter(|stage| *stage != "report")
            .flat_map(|stage| [view(stage, false), view(stage, true)]);
        let refused = whys.into_iter().map(|why| Self { why, ..view("no", false) });
        let faults = ["window-photo-consent-missing", "window-photo-guardian-missing"]
            .map(|key| Self { problems: FormErrors::one("consent", key), ..view("consent", true) });
        let reports = ReportView::samples().into_iter().map(|report| Self { report, ..view("report", true) });
        plain.chain(refused).chain(faults).chain(reports).collect()
    }
}

async fn page(State(app): State<App>, sitting: Sitting, look: Look) -> Answer {
    show(&app, &sitting, &look, view(&app, &look, &sitting).await?)
}

fn show(app: &App, sitting: &Sitting, look: &Look, view: PhotoView) -> Answer {
    let clerk = &sitting.clerk;
    let place = Place { staff: Some(&clerk.staff), office: clerk.office.as_ref(), here: "window" };
    let fits = view.problems.is_empty();
    let mut response = frame::show(app, look, place, view)?;
    if !fits {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

async fn view(app: &App, look: &Look, sitting: &Sitting) -> Result<PhotoView, PageError> {
    let lang = look.lang;
    let visitor = sitting.visitor.as_ref();
    let document = match (&sitting.order, &sitting.document) {
        (Some(order), _) => order.document.clone(),
        (None, Ok(document)) => document.clone(),
        (None, Err(_)) => String::new(),
    };
    let mut view = PhotoView {
        appointment: sitting.appointment.id.to_string(),
        who: visitor.map_or_else(String::new, |it| format!("{} {}", it.name.masked(), it.number.masked())),
        business: business_name(app, lang, &sitting.appointment.business),
        for_document: app.document_name(&document, lang),
        guarded: sitting.is_guarded(app),
        most_mib: upload::MOST_BYTES / (1024 * 1024),
        ..PhotoView::default()
    };
    let Some(order) = &sitting.order else {
        match sitting.document {
            Ok(_) => view.stage = "consent",
            Err(why) => (view.stage, view.why) = ("no", why),
        }
        return Ok(view);
    };
    if let Some(why) = sitting.closed(app) {
        (view.stage, view.why) = ("no", why);
        return Ok(view);
    }
    match order.state {
        OrderState::Draft | OrderState::Rejected => taking(app, look, sitting, order, &mut view),
        OrderState::Approved => match app.store.receipt_of(order.id).await? {
            Some(issued) => {
                view.stage = "ready";
                issued.number.reveal().clone_into(&mut view.number);
                view.document_id = document;
                view.purposes = PURPOSES.into();
                view.purpose = purpose_of(&sitting.appointment.business);
            }
            None => view.stage = "issuing",
        },
        // They sent it by themselves, from the account that holds it, at the city's price.
        OrderState::Unpaid => (view.stage, view.why) = ("no", "unpaid"),
        _ => {
            view.stage = "review";
            view.before = app.store.before_in_queue(order).await?.unwrap_or(0);
        }
    }
    Ok(view)
}

/// The purpose of fetching that a business has, by the end of its id; the clerk sees it and may choose another.
#[must_use]
pub fn purpose_of(business: &str) -> &'static str {
    match business.rsplit('-').next() {
        Some("renewal") => "renewal",
        Some("lost" | "damaged") => "replacement",
        Some("change") => "change",
        _ => "first",
    }
}

/// Before it is sent: what the engine says of the last photo, and what the review said of the one before.
fn taking(app: &App, look: &Look, sitting: &Sitting, order: &Order, view: &mut PhotoView) {
    if order.state == OrderState::Rejected
        && let Some(Opinion::Reject { codes, note }) = sitting.photos.iter().rev().find_map(|it| it.outcome.as_ref())
    {
        view.codes = titled(&app.rejections, codes, look.lang);
        view.note.clone_from(note);
    }
    let Some(photo) = sitting.last() else {
        view.stage = "take";
        return;
    };
    view.stage = if photo.state == PhotoState::Received { "judging" } else { "report" };
    view.report = of_photo(app, look, photo, &order.document);
    view.needs_reason = needs_reason(photo);
    view.kinds = OverrideKind::ALL.map(OverrideKind::word).into();
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Ticked {
    consent: String,
    guardian: String,
}

/// POST: they consented, and the order begins.
async fn begin(State(app): State<App>, sitting: Sitting, look: Look, Posted(form): Posted<Ticked>) -> Answer {
    let here = sitting.address();
    let (Some(office), Ok(document), None) = (&sitting.clerk.office, &sitting.document, &sitting.order) else {
        return Ok(Redirect::to(&here).into_response());
    };
    let guarded = sitting.is_guarded(&app);
    let mut problems = FormErrors::default();
    if form.consent.is_empty() {
        problems.add("consent", "window-photo-consent-missing");
    }
    if guarded && form.guardian.is_empty() {
        problems.add("guardian", "window-photo-guardian-missing");
    }
    if !problems.is_empty() {
        let view = PhotoView { problems, ..view(&app, &look, &sitting).await? };
        return show(&app, &sitting, &look, view);
    }
    let mut applicant = sitting.visitor.as_ref().map(applicant).unwrap_or_default();
    record_consent(&mut applicant, app.store.now(), guarded);
    let store = sitting.store(&app);
    let order = NewOrder { document: document.clone(), city: office.city.clone(), lang: sitting.appointment.lang };
    let appointment = &sitting.appointment;
    let new =
        NewWindowPhoto { appointment, order, applicant: &applicant, office: office.id, staff: sitting.clerk.staff.id };
    let order = store.begin_window_photo(new).await?;
    if let (Some(account), Some(person)) = (appointment.account, appointment.person) {
        store.set_person_of(order, account, person).await?;
    }
    Ok(Redirect::to(&here).into_response())
}

/// Who comes, as an order keeps it.
fn applicant(visitor: &Visitor) -> ApplicantRecord {
    let mut record = ApplicantRecord::default();
    record.name = Some(visitor.name.as_str().to_owned());
    record.id_kind = Some(word(&visitor.number.kind()));
    record.id_number = Some(visitor.number.as_str().to_owned());
    record
}

/// POST `…/photos`: takes a photo in. A script gets JSON, a form the next page.
///
/// # Errors
/// As the store; [`PageError::Absent`] for another office's visit.
pub async fn receive(
    State(app): State<App>,
    sitting: Sitting,
    look: Look,
    headers: HeaderMap,
    form: Multipart,
) -> Answer {
    let script = headers.get(ACCEPT).is_some_and(|kinds| kinds.as_bytes().starts_with(b"application/json"));
    let here = sitting.address();
    let on = |script: bool| {
        if script { Json(json!({ "next": here })).into_response() } else { Redirect::to(&here).into_response() }
    };
    let Some(order) = sitting.open(&app) else { return Ok(on(script)) };
    let bytes = match upload::photo(form).await {
        Ok(bytes) => bytes,
        Err(error) => {
            let mib = upload::MOST_BYTES / (1024 * 1024);
            if script {
                let text = say(look.lang, error.key(), &[("value", &mib)]);
                return Ok((error.status(), Json(json!({ "error": text }))).into_response());
            }
            let mut problems = FormErrors::default();
            problems.add_value("photo", error.key(), mib.to_string());
            let view = PhotoView { problems, ..view(&app, &look, &sitting).await? };
            return show(&app, &sitting, &look, view);
        }
    };
    let store = sitting.store(&app);
    // The window looks at one at a time: what was taken before and not sent goes.
    for photo in sitting.photos.iter().filter(|photo| is_open(photo)) {
        store.drop_photo(order.id, photo.id).await?;
    }
    let attempt = store.receive_photo(order.id, &bytes).await?;
    app.shared.bell.notify_one();
    wait_for(&app, attempt).await?;
    Ok(on(script))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Sent {
    photo: String,
    kind: String,
    reason: String,
}

/// POST `…/send`: to the review, which somebody else does.
async fn send(State(app): State<App>, sitting: Sitting, look: Look, Posted(form): Posted<Sent>) -> Answer {
    let here = Redirect::to(&sitting.address()).into_response();
    let (Some(order), Some(photo)) = (sitting.open(&app), sitting.last()) else { return Ok(here) };
    if photo.id.to_string() != form.photo || photo.verdict.is_none() {
        return Ok(here);
    }
    let why = match reason(photo, form.kind.parse().ok(), &form.reason) {
        Ok(why) => why,
        Err(problems) => {
            let base = view(&app, &look, &sitting).await?;
            let view = PhotoView { kind: form.kind, reason: form.reason, problems, ..base };
            return show(&app, &sitting, &look, view);
        }
    };
    // What the office takes for it is the office's own till's; the price is for what people do by themselves.
    let terms = Terms { price_fen: 0, ..terms(&app, order).ok_or(PageError::Form)? };
    let record = app.store.applicant(order.id).await?.unwrap_or_default();
    let child = is_child(&record, app.today());
    let store = sitting.store(&app);
    match store.submit(order.id, photo.id, why, terms, child).await {
        Ok(_) | Err(StoreError::Order(OrderError::WrongState { .. } | OrderError::Unusable)) => Ok(here),
        Err(error) => Err(error.into()),
    }
}

/// POST `…/end`: they want no photo from here after all.
async fn end(State(app): State<App>, sitting: Sitting) -> Answer {
    if let Some(order) = &sitting.order {
        let store = sitting.store(&app);
        match store.withdraw(order.id).await {
            // A reviewer holds it, or it is approved: the page says so.
            Ok(_) | Err(StoreError::Order(OrderError::WrongState { .. })) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Redirect::to(&sitting.address()).into_response())
}

/// The preview or the made photo.
async fn picture(
    State(app): State<App>,
    sitting: Sitting,
    Path((_, attempt, kind)): Path<(AppointmentId, AttemptId, String)>,
) -> Answer {
    let kind = match kind.as_str() {
        "preview" => PictureKind::Preview,
        "id-photo" => PictureKind::IdPhoto,
        _ => return Err(PageError::Absent),
    };
    // What lies before the review, or is a receipt by now, is fetched with the receipt's number and a purpose.
    sitting.open(&app).ok_or(PageError::Absent)?;
    let photo = sitting.last().filter(|photo| photo.id == attempt).ok_or(PageError::Absent)?;
    let picture =
        app.store.picture(photo.id, kind, Actor::Staff(sitting.clerk.staff.id)).await?.ok_or(PageError::Absent)?;
    Ok(picture_response(picture.bytes, picture.media, "inline"))
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<PhotoView>>();
    }

    #[test]
    fn what_they_came_for_is_the_purpose() {
        for business in huizhi_domain::visit::Businesses::built_in().unwrap().all() {
            assert!(PURPOSES.contains(&purpose_of(&business.id)), "{}", business.id);
        }
        assert_eq!(purpose_of("id-damaged"), "replacement");
    }

    #[test]
    fn every_reason_for_taking_no_photo_has_words() {
        use huizhi_domain::visit::window_photo::WindowPhotoError;
        use huizhi_domain::words::Lang;
        for lang in Lang::ALL {
            for why in WindowPhotoError::ALL.map(WindowPhotoError::word).into_iter().chain(["no-receipt", "unpaid"]) {
                let key = format!("window-photo-no-{why}");
                assert_ne!(say(lang, &key, &[]), key);
            }
        }
    }
}

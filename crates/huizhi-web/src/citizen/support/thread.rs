//! An inquiry: what was said, a box to write more, and an end with a word on how it went.

use axum::extract::{Multipart, Path, Query, State};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::audit::Actor;
use huizhi_domain::message::Happening;
use huizhi_domain::support::{Author, Ender, Inquiry, LONGEST, Rating, SupportError};
use huizhi_store::StoreError;
use serde::{Deserialize, Serialize};

use super::ask::read_text;
use super::order_name;
use super::picture::{self, MOST_MIB};
use crate::account::who;
use crate::app::App;
use crate::citizen::see_other;
use crate::citizen::take::picture_response;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};
use crate::upload;
use crate::visitor::{Guest, HeldInquiry};

/// An inquiry.
#[derive(Serialize)]
pub struct ThreadView {
    id: String,
    topic: String,
    /// The order that it is about, where the visitor holds it.
    order: String,
    order_name: String,
    state: &'static str,
    /// By when the first answer is promised; 0 once it is there.
    due_at: i64,
    said: Vec<Line>,
    ratings: Vec<&'static str>,
    rating: &'static str,
    /// Whether it was asked a moment ago.
    asked: bool,
    typed: String,
    longest: usize,
    most_mib: usize,
    errors: FormErrors,
}

/// What somebody said.
#[derive(Serialize)]
struct Line {
    place: i32,
    author: &'static str,
    text: String,
    at: i64,
    has_picture: bool,
}

impl View for ThreadView {
    const TEMPLATE: &'static str = "citizen/support/thread.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use huizhi_domain::support::State as Stands;
        let line = |author: Author, has_picture| Line {
            place: 1,
            author: author.word(),
            text: "a\nb".to_owned(),
            at: 1_764_051_360_000,
            has_picture,
        };
        let view = |state: Stands, rating: &'static str, errors| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            topic: "拍照和审核".to_owned(),
            order: if rating == "good" { String::new() } else { "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned() },
            order_name: "居民身份证".to_owned(),
            state: state.word(),
            due_at: if state == Stands::Open { 1_764_051_360_000 } else { 0 },
            said: vec![line(Author::Citizen, true), line(Author::Staff, false)],
            ratings: ratings(),
            rating,
            asked: state == Stands::Open,
            typed: String::new(),
            longest: LONGEST,
            most_mib: MOST_MIB,
            errors,
        };
        let rated = Rating::ALL.iter().map(|rating| view(Stands::Closed, rating.word(), FormErrors::default()));
        let open = Stands::ALL.iter().map(|state| view(*state, "", FormErrors::default()));
        let faulty = ["help-text-empty", "help-full"];
        let faulty = faulty.iter().map(|key| view(Stands::Answered, "", FormErrors::one("text", *key)));
        open.chain(rated).chain(faulty).collect()
    }
}

fn ratings() -> Vec<&'static str> {
    Rating::ALL.iter().map(|rating| rating.word()).collect()
}

/// What the page before did.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    told: String,
}

async fn view(
    app: &App,
    look: &Look,
    held: &HeldInquiry,
    typed: String,
    errors: FormErrors,
) -> Result<ThreadView, PageError> {
    let HeldInquiry { inquiry, guest } = held;
    let order = match inquiry.order {
        Some(order) => guest.order(app, order).await?,
        None => None,
    };
    let said = app.store.said_in(inquiry.id).await?.into_iter().filter(|it| it.author != Author::Note);
    let line = |it: huizhi_domain::support::Said| Line {
        place: it.place,
        author: it.author.word(),
        text: it.text,
        at: it.at.0,
        has_picture: it.has_picture,
    };
    Ok(ThreadView {
        id: inquiry.id.to_string(),
        topic: app.topics.name(&inquiry.topic, look.lang).to_owned(),
        order: order.as_ref().map(|order| order.id.to_string()).unwrap_or_default(),
        order_name: order.map(|order| order_name(app, &order, look.lang)).unwrap_or_default(),
        state: inquiry.state.word(),
        due_at: if inquiry.first_answer_at.is_none() { inquiry.due_at.0 } else { 0 },
        said: said.map(line).collect(),
        ratings: ratings(),
        rating: inquiry.rating.map_or("", Rating::word),
        asked: false,
        typed,
        longest: LONGEST,
        most_mib: MOST_MIB,
        errors,
    })
}

/// `/help/inquiries/{inquiry}`: whoever opens it has read it.
pub async fn thread(
    State(app): State<App>,
    look: Look,
    held: HeldInquiry,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let shown = view(&app, &look, &held, String::new(), FormErrors::default()).await?;
    if held.inquiry.is_unread() {
        mark_read(&app, &held.guest, &held.inquiry).await?;
    }
    Ok(app.show(&look, &ThreadView { asked: asked.told == "asked", ..shown })?.into_response())
}

/// Marks the answers as read, and what the inbox says of them.
async fn mark_read(app: &App, guest: &Guest, inquiry: &Inquiry) -> Result<(), PageError> {
    app.store.read_inquiry(inquiry.id).await?;
    let Some(order) = inquiry.order else { return Ok(()) };
    for message in guest.messages(app).await? {
        let of_this = message.order == order && message.happening == Happening::Answered;
        if of_this && message.read_at.is_none() {
            guest.read(app, message.id).await?;
        }
    }
    Ok(())
}

/// POST `/help/inquiries/{inquiry}`: a further word, with or without a picture.
pub async fn add(
    State(app): State<App>,
    look: Look,
    held: HeldInquiry,
    headers: HeaderMap,
    extensions: Extensions,
    form: Multipart,
) -> Result<Response, PageError> {
    if !app.shared.asked.take(&format!("inquiry {}", who(&app, &headers, &extensions)), app.store.now()) {
        return Err(PageError::TooMany);
    }
    let filled = upload::with_words(form).await;
    let typed = filled.words.get("text").to_owned();
    let mut errors = FormErrors::default();
    let said = read_text(&typed, &mut errors);
    let picture = picture::taken(&app, filled.photo, &mut errors).await?;
    if errors.is_empty() {
        match app.store.add_to_inquiry(held.inquiry.id, &said, picture.as_deref(), &app.support).await {
            Ok(()) => return Ok(see_other(&format!("/help/inquiries/{}", held.inquiry.id))),
            Err(StoreError::Support(SupportError::Full)) => errors.add("text", "help-full"),
            Err(error) => return Err(error.into()),
        }
    }
    let page = app.show(&look, &view(&app, &look, &held, typed, errors).await?)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// POST `/help/inquiries/{inquiry}/close`
pub async fn close(State(app): State<App>, held: HeldInquiry) -> Result<Response, PageError> {
    app.store.close_inquiry(held.inquiry.id, Ender::Citizen, Actor::Citizen).await?;
    Ok(see_other(&format!("/help/inquiries/{}", held.inquiry.id)))
}

/// How it went.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Rated {
    rating: String,
}

/// POST `/help/inquiries/{inquiry}/rate`
pub async fn rate(
    State(app): State<App>,
    held: HeldInquiry,
    Posted(rated): Posted<Rated>,
) -> Result<Response, PageError> {
    let rating = rated.rating.parse().map_err(|_| PageError::Form)?;
    app.store.rate_inquiry(held.inquiry.id, rating).await?;
    Ok(see_other(&format!("/help/inquiries/{}", held.inquiry.id)))
}

/// `/help/inquiries/{inquiry}/picture/{place}`
pub async fn picture(
    State(app): State<App>,
    held: HeldInquiry,
    Path((_, place)): Path<(String, i32)>,
) -> Result<Response, PageError> {
    let bytes = app.store.inquiry_picture(held.inquiry.id, place, Actor::Citizen).await?;
    Ok(picture_response(bytes.ok_or(PageError::Absent)?, "image/jpeg", "inline"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::ThreadView>();
    }
}

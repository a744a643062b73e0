//! An inquiry at the desk: what was said, and what a canned answer makes of it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use huizhi_domain::audit::Actor;
use huizhi_domain::id::{InquiryId, StaffId};
use huizhi_domain::staff::{Duty, Staff};
use huizhi_domain::support::{CannedAnswer, Inquiry, Rating};
use serde::Serialize;

use super::super::frame::{self, Place};
use super::super::short;
use super::{Answer, Supporter, name_of, names, order_of};
use crate::app::App;
use crate::citizen::support::{hours, order_name};
use crate::citizen::take::picture_response;
use crate::error::PageError;
use crate::page::{Look, View, moment};

/// An inquiry.
#[derive(Clone, Debug, Default, Serialize)]
struct InquiryView {
    fault: Option<String>,
    id: String,
    topic: String,
    order: String,
    order_state: &'static str,
    /// The language of who asked.
    asked_in: &'static str,
    state: &'static str,
    asked_at: String,
    due_at: String,
    late: bool,
    /// Who sees to it; empty where nobody does.
    keeper: String,
    mine: bool,
    /// Whether something can still be said.
    is_open: bool,
    rating: &'static str,
    said: Vec<Line>,
    typed: Typed,
    /// Why an inquiry may be closed without an answer.
    reasons: &'static [&'static str],
    canned: Vec<Choice>,
    colleagues: Vec<Choice>,
}

/// What somebody said.
#[derive(Clone, Debug, Serialize)]
struct Line {
    place: i32,
    author: &'static str,
    staff: String,
    text: String,
    at: String,
    has_picture: bool,
}

/// What was typed and chosen, in each of the page's forms.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Typed {
    /// The answer.
    pub answer: String,
    /// What it waits for.
    pub next: String,
    /// Whom the inquiry is handed to.
    pub to: String,
    /// The note that goes with it.
    pub note: String,
    /// Why it is closed without an answer, one of [`REASONS`].
    pub why: String,
    /// The same in one's own words.
    pub reason: String,
}

/// Why an inquiry may be closed without an answer; its citizen reads the sentence.
pub const REASONS: [&str; 3] = ["elsewhere", "twice", "unclear"];

/// A canned answer or a colleague to choose.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    /// Its id.
    pub id: String,
    name: String,
}

impl View for InquiryView {
    const TEMPLATE: &'static str = "desk/inquiries/one.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use huizhi_domain::support::{Author, State as Stands};
        let line = |author: &Author| Line {
            place: 1,
            author: author.word(),
            staff: if *author == Author::Citizen { String::new() } else { "Chen".to_owned() },
            text: "a\nb".to_owned(),
            at: "then".to_owned(),
            has_picture: *author == Author::Citizen,
        };
        let choice = || vec![Choice { id: "1".to_owned(), name: "name".to_owned() }];
        let view = |(at, state): (usize, &Stands)| Self {
            fault: (at == 0).then(|| "fault".to_owned()),
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            topic: "topic".to_owned(),
            order: if at == 0 { String::new() } else { "order".to_owned() },
            order_state: if at == 0 { "" } else { "waiting" },
            asked_in: "zh-CN",
            state: state.word(),
            asked_at: "then".to_owned(),
            due_at: if at == 0 { "soon".to_owned() } else { String::new() },
            late: at == 0,
            keeper: if at == 0 { String::new() } else { "Chen".to_owned() },
            mine: at == 1,
            is_open: state.is_open(),
            rating: if state.is_open() { "" } else { "good" },
            said: Author::ALL.iter().map(line).collect(),
            typed: Typed {
                answer: "typed".to_owned(),
                next: if at == 1 { "reply".to_owned() } else { String::new() },
                to: "1".to_owned(),
                why: "twice".to_owned(),
                ..Typed::default()
            },
            reasons: &REASONS,
            canned: if at == 0 { Vec::new() } else { choice() },
            colleagues: if at == 0 { Vec::new() } else { choice() },
        };
        Stands::ALL.iter().enumerate().map(view).collect()
    }
}

/// The inquiry of an address.
///
/// # Errors
/// [`PageError::Absent`] where there is none.
pub async fn found(app: &App, id: &str) -> Result<Inquiry, PageError> {
    let id: InquiryId = id.parse().map_err(|_| PageError::Absent)?;
    app.store.inquiry(id).await?.ok_or(PageError::Absent)
}

/// `/desk/inquiries/{inquiry}`
pub async fn one(State(app): State<App>, Supporter(staff): Supporter, look: Look, Path(id): Path<String>) -> Answer {
    let inquiry = found(&app, &id).await?;
    app.store.inquiry_viewed(inquiry.id, staff.id).await?;
    show(&app, &staff, &look, &inquiry, Typed::default(), None).await
}

/// A canned answer in the citizen's language, with what is known of the order.
///
/// # Errors
/// As the store.
pub async fn filled(app: &App, inquiry: &Inquiry, canned: &CannedAnswer) -> Result<String, PageError> {
    let (lang, order) = (inquiry.lang, order_of(app, inquiry).await?);
    let order = order.as_ref();
    let document = order.map(|it| app.document_name(&it.document, lang)).unwrap_or_default();
    let city = order.map(|it| app.city_name(&it.city, lang)).unwrap_or_default();
    let number = order.map(|it| short(it.id)).unwrap_or_default();
    let link = order.map(|it| app.settings.address(&format!("/order/{}", it.id))).unwrap_or_default();
    let hours = hours(app, lang);
    let values = [
        ("document", document.as_str()),
        ("city", city.as_str()),
        ("order", number.as_str()),
        ("link", link.as_str()),
        ("hours", hours.as_str()),
    ];
    Ok(canned.words.filled(lang, &values))
}

/// Shows it, with what is wrong with what was typed.
///
/// # Errors
/// As the store.
pub async fn show(
    app: &App,
    staff: &Staff,
    look: &Look,
    inquiry: &Inquiry,
    typed: Typed,
    fault: Option<String>,
) -> Answer {
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (order, names) = (order_of(app, inquiry).await?, names(app).await?);
    let line = |it: huizhi_domain::support::Said| Line {
        place: it.place,
        author: it.author.word(),
        staff: it.staff.map(|id| name_of(&names, id)).unwrap_or_default(),
        text: it.text,
        at: moment(look.lang, it.at),
        has_picture: it.has_picture,
    };
    let mine = inquiry.staff == Some(staff.id);
    let canned = app.store.canned_answers().await?;
    let unanswered = inquiry.first_answer_at.is_none();
    let view = InquiryView {
        fault,
        id: inquiry.id.to_string(),
        topic: app.topics.name(&inquiry.topic, look.lang).to_owned(),
        order_state: order.as_ref().map_or("", |order| order.state.word()),
        order: order.map(|order| order_name(app, &order, look.lang)).unwrap_or_default(),
        asked_in: inquiry.lang.tag(),
        state: inquiry.state.word(),
        asked_at: moment(look.lang, inquiry.asked_at),
        due_at: if unanswered { moment(look.lang, inquiry.due_at) } else { String::new() },
        late: unanswered && inquiry.due_at < app.store.now(),
        keeper: inquiry.staff.map(|id| name_of(&names, id)).unwrap_or_default(),
        mine,
        is_open: inquiry.state.is_open(),
        rating: inquiry.rating.map_or("", Rating::word),
        said: app.store.said_in(inquiry.id).await?.into_iter().map(line).collect(),
        typed,
        reasons: &REASONS,
        canned: canned.into_iter().map(|it| Choice { id: it.id.to_string(), name: it.words.name }).collect(),
        colleagues: colleagues(app, inquiry.staff).await?,
    };
    let mut page = frame::show(app, look, Place::of(staff, "inquiries"), view)?;
    *page.status_mut() = status;
    Ok(page)
}

/// Who an inquiry can be handed to: everybody of support but who has it.
///
/// # Errors
/// As the store.
pub async fn colleagues(app: &App, but: Option<StaffId>) -> Result<Vec<Choice>, PageError> {
    let lines = app.store.staff_lines().await?.into_iter();
    let able = lines.filter(|line| {
        let staff = &line.staff;
        line.suspended_at.is_none() && staff.role.may(Duty::Support) && Some(staff.id) != but
    });
    Ok(able.map(|line| Choice { id: line.staff.id.to_string(), name: line.staff.name }).collect())
}

/// `/desk/inquiries/{inquiry}/picture/{place}`
pub async fn picture(
    State(app): State<App>,
    Supporter(staff): Supporter,
    Path((id, place)): Path<(String, i32)>,
) -> Answer {
    let inquiry = found(&app, &id).await?;
    let bytes = app.store.inquiry_picture(inquiry.id, place, Actor::Staff(staff.id)).await?;
    Ok(picture_response(bytes.ok_or(PageError::Absent)?, "image/jpeg", "inline"))
}

#[cfg(test)]
mod tests {
    use super::super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<InquiryView>>();
    }

    #[test]
    fn every_reason_has_its_sentence() {
        for lang in huizhi_domain::words::Lang::ALL {
            for reason in REASONS {
                let key = format!("desk-inquiry-why-{reason}");
                assert!(crate::words::words().pattern(lang, &key).is_some(), "{key}");
            }
        }
    }
}

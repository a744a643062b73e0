//! Writing to support: what it is about, the order, the words and a picture.

use axum::extract::{Multipart, Query, State};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use huizhi_domain::order::Order;
use huizhi_domain::support::{LONGEST, SupportError, TextFault, text};
use huizhi_store::{NewInquiry, StoreError};
use serde::{Deserialize, Serialize};

use super::picture::{self, MOST_MIB};
use super::{Reach, TopicLine, order_name, topics};
use crate::account::who;
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::form::FormErrors;
use crate::page::{Look, View};
use crate::upload;
use crate::visitor::Guest;

/// The form.
#[derive(Serialize)]
pub struct AskView {
    topics: Vec<TopicLine>,
    orders: Vec<OrderChoice>,
    typed: Typed,
    reach: Reach,
    /// By when who asks now has an answer.
    answer_by: i64,
    longest: usize,
    most_mib: usize,
    errors: FormErrors,
}

/// An order to choose.
#[derive(Serialize)]
struct OrderChoice {
    id: String,
    name: String,
}

/// What was chosen and typed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    topic: String,
    order: String,
    text: String,
}

impl View for AskView {
    const TEMPLATE: &'static str = "citizen/support/ask.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |reach, orders: usize, errors| Self {
            topics: vec![TopicLine { id: "photo".to_owned(), name: "拍照和审核".to_owned() }],
            orders: (0..orders).map(|at| OrderChoice { id: at.to_string(), name: "居民身份证".to_owned() }).collect(),
            typed: Typed { topic: "photo".to_owned(), order: "0".to_owned(), text: "a\nb".to_owned() },
            reach,
            answer_by: 1_764_051_360_000,
            longest: LONGEST,
            most_mib: MOST_MIB,
            errors,
        };
        let [full, bare] = Reach::samples();
        let faulty = [
            ("topic", "help-topic-missing"),
            ("order", "help-order-gone"),
            ("text", "help-text-empty"),
            ("text", "help-text-long"),
            ("text", "help-too-many-open"),
            ("photo", "help-photo-again"),
            ("photo", "help-photo-unreadable"),
        ];
        let faulty = faulty.map(|(field, key)| view(bare.clone(), 1, FormErrors::one(field, key)));
        [view(full, 2, FormErrors::default()), view(bare.clone(), 0, FormErrors::default())]
            .into_iter()
            .chain(faulty)
            .collect()
    }
}

fn view(app: &App, look: &Look, orders: &[Order], typed: Typed, errors: FormErrors) -> AskView {
    let choice = |order: &Order| OrderChoice { id: order.id.to_string(), name: order_name(app, order, look.lang) };
    AskView {
        topics: topics(app, look.lang),
        orders: orders.iter().map(choice).collect(),
        typed,
        reach: Reach::of(app, look.lang),
        answer_by: app.support.answer_by(app.store.now(), &app.calendar, app.store.zone()).0,
        longest: LONGEST,
        most_mib: MOST_MIB,
        errors,
    }
}

/// `/help/ask?topic=&order=`
pub async fn ask(
    State(app): State<App>,
    look: Look,
    guest: Guest,
    Query(typed): Query<Typed>,
) -> Result<Html<String>, PageError> {
    let orders = guest.orders(&app).await?;
    app.show(&look, &view(&app, &look, &orders, typed, FormErrors::default()))
}

/// What is wrong with a text, noted beside its box; else the text.
pub fn read_text(typed: &str, errors: &mut FormErrors) -> String {
    match text(typed) {
        Ok(said) => said,
        Err(fault) => {
            let key = match fault {
                TextFault::Empty => "help-text-empty",
                TextFault::TooLong => "help-text-long",
            };
            errors.add_value("text", key, LONGEST.to_string());
            String::new()
        }
    }
}

/// POST `/help/ask`
pub async fn receive(
    State(app): State<App>,
    look: Look,
    guest: Guest,
    headers: HeaderMap,
    extensions: Extensions,
    form: Multipart,
) -> Result<Response, PageError> {
    if !app.shared.asked.take(&format!("inquiry {}", who(&app, &headers, &extensions)), app.store.now()) {
        return Err(PageError::TooMany);
    }
    let orders = guest.orders(&app).await?;
    let filled = upload::with_words(form).await;
    let word = |name: &str| filled.words.get(name).to_owned();
    let typed = Typed { topic: word("topic"), order: word("order"), text: word("text") };
    let mut errors = FormErrors::default();
    if app.topics.get(&typed.topic).is_none() {
        errors.add("topic", "help-topic-missing");
    }
    let order = orders.iter().find(|order| order.id.to_string() == typed.order).map(|order| order.id);
    if order.is_none() && !typed.order.is_empty() {
        errors.add("order", "help-order-gone");
    }
    let said = read_text(&typed.text, &mut errors);
    let picture = picture::taken(&app, filled.photo, &mut errors).await?;
    if !errors.is_empty() {
        return again(&app, &look, &orders, typed, errors);
    }
    let (visitor, keep) = guest.settle(&app)?;
    let due_at = app.support.answer_by(app.store.now(), &app.calendar, app.store.zone());
    let new = NewInquiry { visitor, order, topic: typed.topic.clone(), lang: look.lang, text: said, picture, due_at };
    match app.store.ask_support(&new, &app.support).await {
        Ok(id) => Ok((keep, see_other(&format!("/help/inquiries/{id}?told=asked"))).into_response()),
        Err(StoreError::Support(SupportError::TooManyOpen)) => {
            let errors = FormErrors::one("text", "help-too-many-open");
            again(&app, &look, &orders, typed, errors)
        }
        Err(error) => Err(error.into()),
    }
}

fn again(app: &App, look: &Look, orders: &[Order], typed: Typed, errors: FormErrors) -> Result<Response, PageError> {
    let page = app.show(look, &view(app, look, orders, typed, errors))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::AskView>();
    }
}

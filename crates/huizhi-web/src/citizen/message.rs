//! The inbox: what the service told the visitor.

use axum::extract::State;
use axum::response::{Html, Response};
#[cfg(test)]
use huizhi_domain::message::Happening;
use serde::Serialize;

use super::see_other;
use crate::app::{App, in_lang};
use crate::error::PageError;
use crate::notify::last_day;
use crate::page::{Look, View};
use crate::visitor::Guest;

/// The inbox.
#[derive(Serialize)]
pub struct MessagesView {
    messages: Vec<MessageLine>,
    unread: bool,
}

/// One message.
#[derive(Serialize)]
struct MessageLine {
    order: String,
    happening: &'static str,
    document_name: String,
    /// The receipt's last day, where the message speaks of it.
    day: String,
    at: i64,
    unread: bool,
    reasons: Vec<String>,
}

impl View for MessagesView {
    const TEMPLATE: &'static str = "citizen/messages.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = |happening: Happening| MessageLine {
            order: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            happening: happening.word(),
            document_name: "居民身份证".to_owned(),
            day: "2027年1月24日".to_owned(),
            at: 1_764_051_360_000,
            unread: happening == Happening::Rejected,
            reasons: vec!["耳朵未露出".to_owned()],
        };
        let all = Happening::ALL.map(line).into();
        vec![Self { messages: all, unread: true }, Self { messages: Vec::new(), unread: false }]
    }
}

/// `/messages`
pub async fn messages(State(app): State<App>, look: Look, guest: Guest) -> Result<Html<String>, PageError> {
    let orders = guest.orders(&app).await?;
    let mut messages = guest.messages(&app).await?;
    messages.sort_by_key(|message| std::cmp::Reverse(message.at));
    let mut lines = Vec::with_capacity(messages.len());
    for message in &messages {
        let order = orders.iter().find(|order| order.id == message.order);
        let title = |code: &String| app.rejection(code).map(|it| in_lang(&it.title, look.lang).to_owned());
        lines.push(MessageLine {
            order: message.order.to_string(),
            happening: message.happening.word(),
            document_name: order.map(|it| app.document_name(&it.document, look.lang)).unwrap_or_default(),
            day: last_day(&app, message, look.lang).await?,
            at: message.at.0,
            unread: message.read_at.is_none(),
            reasons: message.codes.iter().filter_map(title).collect(),
        });
    }
    let unread = lines.iter().any(|line| line.unread);
    app.show(&look, &MessagesView { messages: lines, unread })
}

/// POST `/messages/read`: marks all as read.
pub async fn read_all(State(app): State<App>, guest: Guest) -> Result<Response, PageError> {
    for message in guest.messages(&app).await? {
        if message.read_at.is_none() {
            guest.read(&app, message.id).await?;
        }
    }
    Ok(see_other("/messages"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::MessagesView>();
    }
}

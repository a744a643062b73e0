//! The inbox: what the service told the visitor.

use axum::extract::State;
use axum::response::{Html, Response};
use huizhi_domain::account::Account;
use huizhi_domain::message::Happening;
use huizhi_domain::support::Inquiry;
use huizhi_domain::visit::VisitHappening;
use serde::Serialize;

use super::see_other;
use super::visit::line::{business_name, when};
use super::whose::Whose;
use crate::account::MaybeSignedIn;
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
    /// The page of what it is about.
    link: String,
    /// Its words' key.
    key: String,
    document_name: String,
    /// For whom; may be empty.
    who: String,
    /// The receipt's last day, where the message speaks of it.
    day: String,
    /// When the visit is, where it is about one.
    when: String,
    at: i64,
    unread: bool,
    reasons: Vec<String>,
}

impl View for MessagesView {
    const TEMPLATE: &'static str = "citizen/messages.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = |key: String| MessageLine {
            link: "/order/01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            unread: key.ends_with("rejected"),
            key,
            document_name: "居民身份证".to_owned(),
            who: "张小明".to_owned(),
            day: "2027年1月24日".to_owned(),
            when: "2026年12月1日 星期二 08:30".to_owned(),
            at: 1_764_051_360_000,
            reasons: vec!["耳朵未露出".to_owned()],
        };
        let orders = Happening::ALL.map(|happening| line(format!("message-{}", happening.word())));
        let visits = VisitHappening::ALL.map(|happening| line(format!("visit-message-{}", happening.word())));
        let messages = orders.into_iter().chain(visits).collect();
        vec![Self { messages, unread: true }, Self { messages: Vec::new(), unread: false }]
    }
}

/// `/messages`
pub async fn messages(
    State(app): State<App>,
    look: Look,
    guest: Guest,
    MaybeSignedIn(account): MaybeSignedIn,
) -> Result<Html<String>, PageError> {
    let whose = Whose::of(&app, account.as_ref().map(|account| account.id)).await?;
    let mut lines = of_orders(&app, &look, &guest, &whose).await?;
    if let Some(account) = &account {
        lines.extend(of_visits(&app, &look, account, &whose).await?);
    }
    lines.extend(of_inquiries(&app, &look, &guest).await?);
    lines.sort_by_key(|line| std::cmp::Reverse(line.at));
    let unread = lines.iter().any(|line| line.unread);
    app.show(&look, &MessagesView { messages: lines, unread })
}

async fn of_orders(app: &App, look: &Look, guest: &Guest, whose: &Whose) -> Result<Vec<MessageLine>, PageError> {
    let (orders, messages) = (guest.orders(app).await?, guest.messages(app).await?);
    let names = whose.orders(app, messages.iter().map(|message| message.order).collect()).await?;
    let mut lines = Vec::new();
    for message in messages {
        let order = orders.iter().find(|order| order.id == message.order);
        let title = |code: &String| app.rejection(code).map(|it| in_lang(&it.title, look.lang).to_owned());
        lines.push(MessageLine {
            link: match message.happening {
                Happening::Answered => "/help/inquiries".to_owned(),
                _ => format!("/order/{}", message.order),
            },
            key: format!("message-{}", message.happening.word()),
            document_name: order.map(|it| app.document_name(&it.document, look.lang)).unwrap_or_default(),
            who: names.get(&message.order).cloned().unwrap_or_default(),
            day: last_day(app, &message, look.lang).await?,
            when: String::new(),
            at: message.at.0,
            unread: message.read_at.is_none(),
            reasons: message.codes.iter().filter_map(title).collect(),
        });
    }
    Ok(lines)
}

async fn of_visits(app: &App, look: &Look, account: &Account, whose: &Whose) -> Result<Vec<MessageLine>, PageError> {
    let appointments = app.store.appointments_of(account.id).await?;
    let mut lines = Vec::new();
    for message in app.store.visit_messages_of(account.id).await? {
        let Some(appointment) = appointments.iter().find(|it| it.id == message.appointment) else { continue };
        let reason = match message.happening {
            VisitHappening::Stranded => app.store.why_closed(appointment).await?,
            _ => String::new(),
        };
        lines.push(MessageLine {
            link: format!("/visit/{}", appointment.id),
            key: format!("visit-message-{}", message.happening.word()),
            document_name: business_name(app, &appointment.business, look.lang),
            who: whose.visit(app, appointment).await?,
            day: String::new(),
            when: when(app, look.lang, message.slot.unwrap_or(appointment.slot)),
            at: message.at.0,
            unread: message.read_at.is_none(),
            reasons: Some(reason).filter(|reason| !reason.is_empty()).into_iter().collect(),
        });
    }
    Ok(lines)
}

/// Answers to inquiries that are about no order; of the others the order's messages tell.
async fn of_inquiries(app: &App, look: &Look, guest: &Guest) -> Result<Vec<MessageLine>, PageError> {
    let inquiries = guest.inquiries(app).await?;
    let answered = inquiries.iter().filter(|it| it.order.is_none() && it.answered_to > 0);
    let line = |inquiry: &Inquiry| MessageLine {
        link: format!("/help/inquiries/{}", inquiry.id),
        key: format!("message-{}", Happening::Answered.word()),
        document_name: app.topics.name(&inquiry.topic, look.lang).to_owned(),
        who: String::new(),
        day: String::new(),
        when: String::new(),
        at: inquiry.changed_at.0,
        unread: inquiry.is_unread(),
        reasons: Vec::new(),
    };
    Ok(answered.map(line).collect())
}

/// POST `/messages/read`: marks all as read.
pub async fn read_all(
    State(app): State<App>,
    guest: Guest,
    MaybeSignedIn(account): MaybeSignedIn,
) -> Result<Response, PageError> {
    for message in guest.messages(&app).await? {
        if message.read_at.is_none() {
            guest.read(&app, message.id).await?;
        }
    }
    for inquiry in guest.inquiries(&app).await? {
        if inquiry.is_unread() {
            app.store.read_inquiry(inquiry.id).await?;
        }
    }
    if let Some(account) = account {
        for message in app.store.visit_messages_of(account.id).await? {
            if message.read_at.is_none() {
                app.store.read_visit_message(account.id, message.id).await?;
            }
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

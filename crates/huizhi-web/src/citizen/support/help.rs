//! Help by topic, and how support is reached.

use axum::extract::{Path, State};
use axum::response::{Html, Response};
use huizhi_domain::support::QuestionWords;
use serde::Serialize;

use super::{Reach, TopicLine, topics};
use crate::app::App;
use crate::citizen::take::picture_response;
use crate::error::PageError;
use crate::page::{Look, View};
use crate::visitor::Guest;

/// The topics, and how support is reached.
#[derive(Serialize)]
pub struct HelpView {
    reach: Reach,
    topics: Vec<TopicLine>,
    inquiries: usize,
    unread: usize,
}

impl View for HelpView {
    const TEMPLATE: &'static str = "citizen/help.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = TopicLine { id: "photo".to_owned(), name: "拍照和审核".to_owned() };
        let [full, bare] = Reach::samples();
        let view = |reach, inquiries, unread| Self { reach, topics: vec![line.clone()], inquiries, unread };
        vec![view(full, 3, 1), view(bare.clone(), 0, 0), view(bare, 1, 0)]
    }
}

/// `/help`
pub async fn help(State(app): State<App>, look: Look, guest: Guest) -> Result<Html<String>, PageError> {
    let inquiries = guest.inquiries(&app).await?;
    let view = HelpView {
        reach: Reach::of(&app, look.lang),
        topics: topics(&app, look.lang),
        unread: inquiries.iter().filter(|inquiry| inquiry.is_unread()).count(),
        inquiries: inquiries.len(),
    };
    app.show(&look, &view)
}

/// A topic: what is asked most, with answers, and a way to write.
#[derive(Serialize)]
pub struct TopicView {
    id: String,
    name: String,
    questions: Vec<QuestionWords>,
    links: Vec<LinkLine>,
    reach: Reach,
}

/// A page that says more.
#[derive(Serialize)]
struct LinkLine {
    name: String,
    address: String,
}

impl View for TopicView {
    const TEMPLATE: &'static str = "citizen/support/topic.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |reach, links| Self {
            id: "photo".to_owned(),
            name: "拍照和审核".to_owned(),
            questions: vec![QuestionWords { title: "要等多久？".to_owned(), text: "几分钟。".to_owned() }],
            links,
            reach,
        };
        let [full, bare] = Reach::samples();
        let link = LinkLine { name: "拍照".to_owned(), address: "/photo".to_owned() };
        vec![view(full, vec![link]), view(bare, Vec::new())]
    }
}

/// `/help/{topic}`
pub async fn topic(State(app): State<App>, look: Look, Path(id): Path<String>) -> Result<Html<String>, PageError> {
    let topic = app.topics.get(&id).ok_or(PageError::Absent)?;
    let lang = look.lang;
    let links = topic.links.iter();
    let view = TopicView {
        id: topic.id.clone(),
        name: topic.name.in_lang(lang).to_owned(),
        questions: topic.questions.iter().map(|question| question.in_lang(lang).clone()).collect(),
        links: links
            .map(|link| LinkLine { name: link.name.in_lang(lang).to_owned(), address: link.address(lang) })
            .collect(),
        reach: Reach::of(&app, lang),
    };
    app.show(&look, &view)
}

/// `/support/wechat`: the QR code of the operator's account in WeChat.
pub async fn wechat(State(app): State<App>) -> Result<Response, PageError> {
    let qr = app.settings.support.wechat_qr.as_ref().ok_or(PageError::Absent)?;
    Ok(picture_response(qr.bytes.clone(), qr.media, "inline"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::renders;

    #[test]
    fn pages_render() {
        renders::<HelpView>();
        renders::<TopicView>();
    }
}

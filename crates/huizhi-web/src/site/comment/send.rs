//! The form, and what is sent by it.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::article::Published;
use huizhi_domain::comment::{CommentFault, CommentForm, NewComment, parse};
use huizhi_domain::id::CommentId;
use huizhi_store::{CommentRefused, SentComment};
use serde::{Deserialize, Serialize};

use super::own::{OwnView, own};
use super::{CommentView, article_of, form_path, read_at};
use crate::app::{App, Comments, client};
use crate::citizen::see_other;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};
use crate::visitor::Guest;

/// Comments that may wait for a person. A flood stops here and not at the moderators.
const MOST_WAITING: i64 = 1000;

/// The page of the form.
#[derive(Clone, Default, Serialize)]
pub struct CommentFormView {
    /// Where the form goes.
    action: String,
    article_title: String,
    article_path: String,
    /// The comment that is answered.
    answered: Option<CommentView>,
    to: String,
    name: String,
    text: String,
    errors: FormErrors,
    /// `waits`, `deleted` or nothing.
    told: &'static str,
    /// `open`; `sign-in` where one has to be signed in, `closed` where nobody may write.
    door: &'static str,
    own: Vec<OwnView>,
}

impl View for CommentFormView {
    const TEMPLATE: &'static str = "site/comment.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let empty = Self {
            action: "/comments/9089".to_owned(),
            article_title: "照片回执过期了怎么办？".to_owned(),
            article_path: "/sfz/9089.html".to_owned(),
            door: "open",
            ..Self::default()
        };
        let mut all: Vec<Self> =
            CommentFault::ALL.iter().map(|fault| Self { errors: faults(&[*fault]), ..empty.clone() }).collect();
        all.push(Self { errors: FormErrors::one("text", "comment-answered-gone"), ..empty.clone() });
        all.push(Self {
            answered: CommentView::samples().pop(),
            to: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            name: "读者".to_owned(),
            text: "<b>".to_owned(),
            ..empty.clone()
        });
        all.push(Self { told: "waits", own: OwnView::samples(), ..empty.clone() });
        all.push(Self { told: "deleted", ..empty.clone() });
        all.extend(["sign-in", "closed"].map(|door| Self { door, ..empty.clone() }));
        all.push(empty);
        all
    }
}

fn faults(found: &[CommentFault]) -> FormErrors {
    let mut errors = FormErrors::default();
    for fault in found {
        errors.add(fault.field(), fault.key());
    }
    errors
}

/// What the page is told, and which comment is to be answered.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    told: String,
    to: String,
}

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    to: String,
    name: String,
    email: String,
    text: String,
    /// A field that people don't see, and programs fill in.
    website: String,
}

/// `/comments/{article}?to=`, `/en/comments/{article}?to=`
pub async fn form(
    State(app): State<App>,
    look: Look,
    guest: Guest,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let (article, look) = article_of(&app, look, &number).await?;
    let told = match asked.told.as_str() {
        "waits" => "waits",
        "deleted" => "deleted",
        _ => "",
    };
    let view = CommentFormView { told, ..view(&app, &article, &guest, &asked.to).await? };
    Ok(app.show(&look, &view)?.into_response())
}

/// Whether somebody may write, as the operator set it.
fn door(app: &App, guest: &Guest) -> &'static str {
    match app.settings.comments {
        Comments::Anybody => "open",
        Comments::Accounts if guest.is_signed_in() => "open",
        Comments::Accounts => "sign-in",
        Comments::Nobody => "closed",
    }
}

/// The page before anything was typed.
async fn view(app: &App, article: &Published, guest: &Guest, to: &str) -> Result<CommentFormView, PageError> {
    let answered = answered(app, article, to).await?;
    Ok(CommentFormView {
        action: form_path(article.id, article.lang),
        article_title: article.title.clone(),
        article_path: read_at(article),
        to: answered.as_ref().map(|it| it.id.clone()).unwrap_or_default(),
        answered,
        own: own(app, guest, article).await?,
        door: door(app, guest),
        ..CommentFormView::default()
    })
}

/// The comment that is to be answered, if it is shown under the article and no answer itself.
async fn answered(app: &App, article: &Published, to: &str) -> Result<Option<CommentView>, PageError> {
    let Ok(id) = to.parse::<CommentId>() else { return Ok(None) };
    let shown = app.store.comments_on(article.id, article.lang).await?;
    Ok(shown.iter().find(|it| it.id == id && it.answers.is_none()).map(CommentView::of))
}

/// POST `/comments/{article}`, `/en/comments/{article}`
pub async fn send(
    State(app): State<App>,
    look: Look,
    guest: Guest,
    headers: HeaderMap,
    extensions: Extensions,
    Path(number): Path<String>,
    Posted(typed): Posted<Typed>,
) -> Result<Response, PageError> {
    let (article, look) = article_of(&app, look, &number).await?;
    let path = form_path(article.id, article.lang);
    if door(&app, &guest) != "open" {
        return Ok(see_other(&path));
    }
    let waits = format!("{path}?told=waits");
    if !typed.website.is_empty() {
        // A program is told what it wants to hear.
        return Ok(see_other(&waits));
    }
    let written = parse(&CommentForm { name: &typed.name, email: &typed.email, text: &typed.text });
    let comment = match written {
        Ok(comment) => comment,
        Err(found) => return again(&app, &look, &article, &guest, (typed, faults(&found))).await,
    };
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let who = client(&headers, peer, &app.settings);
    if !app.shared.asked.take(&format!("comment {who}"), app.store.now()) {
        return Err(PageError::TooMany);
    }
    if app.store.comments_waiting().await?.waiting >= MOST_WAITING {
        return Err(PageError::Busy);
    }
    let (visitor, keep) = guest.clone().settle(&app)?;
    match app.store.send_comment(&visitor, &sent(&app, &article, &typed.to, comment)).await? {
        Ok(_) => Ok((keep, see_other(&waits)).into_response()),
        Err(CommentRefused::Article) => Err(PageError::Absent),
        Err(CommentRefused::Answered) => {
            let typed = Typed { to: String::new(), ..typed };
            let errors = FormErrors::one("text", "comment-answered-gone");
            again(&app, &look, &article, &guest, (typed, errors)).await
        }
    }
}

fn sent(app: &App, article: &Published, to: &str, comment: NewComment) -> SentComment {
    SentComment {
        article: article.id,
        lang: article.lang,
        answers: to.parse().ok(),
        found: app.content.look(&comment.name, &comment.text),
        comment,
    }
}

/// The form with what was typed, but for the address.
async fn again(
    app: &App,
    look: &Look,
    article: &Published,
    guest: &Guest,
    (typed, errors): (Typed, FormErrors),
) -> Result<Response, PageError> {
    let view = view(app, article, guest, &typed.to).await?;
    let view = CommentFormView { name: typed.name, text: typed.text, errors, ..view };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(look, &view)?).into_response())
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::CommentFormView>();
    }
}

//! What is to be known before booking (预约须知): shown, and accepted with its version (R5).

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::visit::notice::{Notice, NoticeWords};
use serde::{Deserialize, Serialize};

use super::onward;
use crate::account::{MaybeSignedIn, SignedIn};
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};

/// The notice.
#[derive(Serialize)]
pub struct NoticeView {
    items: Vec<NoticeWords>,
    version: String,
    /// Where to go on afterwards.
    to: String,
    /// When this version was accepted; 0 where it was not.
    accepted_at: i64,
    /// Whether an older one was accepted.
    changed: bool,
    /// Whether somebody is signed in who could accept it.
    is_in: bool,
    errors: FormErrors,
}

impl View for NoticeView {
    const TEMPLATE: &'static str = "citizen/visit/notice.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let notice = Notice::built_in().unwrap();
        let view = |accepted_at, changed, is_in, errors| Self {
            items: notice.words(huizhi_domain::words::Lang::Zh).cloned().collect(),
            version: notice.version(),
            to: "/visit/who".to_owned(),
            accepted_at,
            changed,
            is_in,
            errors,
        };
        vec![
            view(0, false, true, FormErrors::default()),
            view(0, true, true, FormErrors::one("accept", "visit-notice-missing")),
            view(1_764_051_360_000, false, true, FormErrors::default()),
            view(0, false, false, FormErrors::default()),
        ]
    }
}

/// Where to go on afterwards.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Onward {
    to: String,
}

/// `/visit/notice`
pub async fn notice(
    State(app): State<App>,
    look: Look,
    MaybeSignedIn(account): MaybeSignedIn,
    Query(asked): Query<Onward>,
) -> Result<Response, PageError> {
    let notice = &app.notice;
    let accepted = match &account {
        Some(account) => app.store.accepted_notices(account.id).await?,
        None => Vec::new(),
    };
    let view = view(&look, notice, &accepted, account.is_some(), onward(&asked.to), FormErrors::default());
    Ok(app.show(&look, &view)?.into_response())
}

fn view(
    look: &Look,
    notice: &Notice,
    accepted: &[(String, huizhi_domain::clock::Moment)],
    is_in: bool,
    to: &str,
    errors: FormErrors,
) -> NoticeView {
    let version = notice.version();
    let accepted_at = accepted.iter().find(|(it, _)| *it == version).map_or(0, |(_, at)| at.0);
    NoticeView {
        items: notice.words(look.lang).cloned().collect(),
        changed: accepted_at == 0 && !accepted.is_empty(),
        version,
        to: to.to_owned(),
        accepted_at,
        is_in,
        errors,
    }
}

/// What was ticked.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Accepted {
    accept: String,
    /// The version that was read: what changed meanwhile is read again.
    version: String,
    to: String,
}

/// POST `/visit/notice`
pub async fn accept(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Posted(form): Posted<Accepted>,
) -> Result<Response, PageError> {
    let notice = &app.notice;
    if form.accept.is_empty() || form.version != notice.version() {
        let accepted = app.store.accepted_notices(account.id).await?;
        let key = if form.accept.is_empty() { "visit-notice-missing" } else { "visit-notice-newer" };
        let errors = FormErrors::one("accept", key);
        let view = view(&look, notice, &accepted, true, onward(&form.to), errors);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response());
    }
    app.store.accept_notice(account.id, &form.version).await?;
    Ok(see_other(onward(&form.to)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::NoticeView>();
    }
}

//! Taking an invitation: who was invited sets a password that nobody else has seen, and is signed in.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Router, routing};
use huizhi_store::{Invitation, StoreError};
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::{refused, say, session};
use crate::app::App;
use crate::error::PageError;
use crate::form::Posted;
use crate::gate::draw_token;
use crate::gate::password::{PasswordError, SHORTEST, hash_password};
use crate::page::{Look, View};

type Answer = Result<Response, PageError>;

/// The address of an invitation.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/invitation/{token}", routing::get(ask).post(accept))
}

#[derive(Clone, Debug, Serialize)]
struct InvitationView {
    fault: Option<String>,
    token: String,
    login: String,
    name: String,
    role: &'static str,
    shortest: usize,
}

impl View for InvitationView {
    const TEMPLATE: &'static str = "desk/invitation.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |fault: Option<&str>| Self {
            fault: fault.map(str::to_owned),
            token: "token".to_owned(),
            login: "wu".to_owned(),
            name: "Wu".to_owned(),
            role: "clerk",
            shortest: SHORTEST,
        };
        vec![view(None), view(Some("fault"))]
    }
}

async fn ask(State(app): State<App>, look: Look, Path(token): Path<String>) -> Answer {
    match app.store.invitation(&token).await? {
        Some(invitation) => show(&app, &look, token, invitation, None),
        None => over(&app, &look).await,
    }
}

/// The link was used, or its time is over.
async fn over(app: &App, look: &Look) -> Answer {
    let mut page = refused::page(app, look, None, "invitation").await?;
    *page.status_mut() = StatusCode::NOT_FOUND;
    Ok(page)
}

fn show(app: &App, look: &Look, token: String, invitation: Invitation, fault: Option<String>) -> Answer {
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let staff = invitation.staff;
    let view = InvitationView {
        fault,
        token,
        login: staff.login,
        name: staff.name,
        role: staff.role.word(),
        shortest: SHORTEST,
    };
    let mut page = frame::show(app, look, Place { staff: None, office: None, here: "" }, view)?;
    *page.status_mut() = status;
    Ok(page)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chosen {
    password: String,
    again: String,
}

async fn accept(State(app): State<App>, look: Look, Path(token): Path<String>, Posted(form): Posted<Chosen>) -> Answer {
    let Some(invitation) = app.store.invitation(&token).await? else { return over(&app, &look).await };
    let fault = |key| Some(say(look.lang, key, &[("count", &SHORTEST)]));
    if form.password != form.again {
        return show(&app, &look, token, invitation, fault("invitation-differ"));
    }
    // Off the threads that answer: a hash takes tens of milliseconds.
    let hashed = tokio::task::spawn_blocking(move || hash_password(&form.password)).await.map_err(PageError::broken)?;
    let hash = match hashed {
        Ok(hash) => hash,
        Err(PasswordError::Short) => return show(&app, &look, token, invitation, fault("invitation-short")),
        Err(PasswordError::Long) => return show(&app, &look, token, invitation, fault("invitation-long")),
        Err(error) => return Err(PageError::broken(error)),
    };
    let staff = match app.store.accept_invitation(&token, &hash).await {
        Ok(staff) => staff,
        Err(StoreError::Conflict(_)) => return show(&app, &look, token, invitation, fault("invitation-login")),
        Err(StoreError::Absent(_)) => return over(&app, &look).await,
        Err(error) => return Err(error.into()),
    };
    let drawn = draw_token()?;
    app.store.begin_by_password(staff.id, &drawn).await?;
    let cookie = session::cookie(&app, &drawn).ok_or_else(|| PageError::broken("a cookie of the wrong form"))?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/desk/second")).into_response())
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<InvitationView>>();
    }
}

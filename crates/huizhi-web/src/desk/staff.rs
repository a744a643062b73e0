//! The administrator's page: who works here, who is invited, and what waits for a second person.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Router, routing};
use huizhi_domain::id::{ProposalId, StaffId};
use huizhi_domain::staff::Role;
use huizhi_store::{NewInvitation, StoreError};
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::roster::{Asked, Choice, Line, Waiting, choices, chosen, fault, line, told, waiting};
use super::say;
use super::session::{Admin, ProvedAdmin};
use crate::app::App;
use crate::error::PageError;
use crate::form::Posted;
use crate::gate::draw_token;
use crate::page::{Look, View, moment};

type Answer = Result<Response, PageError>;

/// The addresses of the list.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/staff", routing::get(list))
        .route("/desk/staff/invite", routing::post(invite))
        .route("/desk/staff/invitation/{id}/withdraw", routing::post(withdraw))
        .route("/desk/staff/proposal/{id}/confirm", routing::post(confirm))
        .route("/desk/staff/proposal/{id}/refuse", routing::post(refuse))
}

#[derive(Clone, Debug, Default, Serialize)]
struct StaffView {
    fault: Option<String>,
    told: Option<String>,
    /// The link of an invitation that was made just now.
    link: Option<String>,
    typed: Typed,
    lines: Vec<Line>,
    proposals: Vec<Waiting>,
    invitations: Vec<Invited>,
    roles: Vec<&'static str>,
    offices: Vec<Choice>,
}

#[derive(Clone, Debug, Serialize)]
struct Invited {
    id: String,
    login: String,
    name: String,
    role: &'static str,
    ends_at: String,
}

impl View for StaffView {
    const TEMPLATE: &'static str = "desk/staff.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let empty = Self { roles: invited_roles(), ..Self::default() };
        let full = Self {
            lines: Line::samples(),
            proposals: Waiting::samples(),
            invitations: vec![Invited {
                id: text("01"),
                login: text("wu"),
                name: text("Wu"),
                role: "clerk",
                ends_at: text("then"),
            }],
            offices: vec![Choice { id: text("01"), name: text("Jiangbei") }],
            ..empty.clone()
        };
        let typed = Typed { login: text("wu"), name: text("Wu"), role: text("clerk"), office: text("01") };
        vec![
            empty,
            Self { fault: Some(text("fault")), typed, ..full.clone() },
            Self { told: Some(text("told")), link: Some(text("https://id.example/desk/invitation/x")), ..full },
        ]
    }
}

/// What the form of an invitation says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Typed {
    login: String,
    name: String,
    role: String,
    office: String,
}

fn invited_roles() -> Vec<&'static str> {
    Role::ALL.into_iter().filter(|role| role.by_invitation()).map(Role::word).collect()
}

async fn list(State(app): State<App>, admin: Admin, look: Look, Query(asked): Query<Asked>) -> Answer {
    let view = StaffView { told: told(look.lang, &asked.told), ..StaffView::default() };
    show(&app, &admin, &look, view).await
}

async fn show(app: &App, admin: &Admin, look: &Look, view: StaffView) -> Answer {
    let offices = app.store.offices().await?;
    let all = app.store.staff_lines().await?;
    let proposals = app.store.proposals().await?;
    let invitations = app.store.invitations().await?;
    let status = if view.fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = StaffView {
        proposals: proposals.iter().map(|it| waiting(look.lang, &all, &offices, admin.staff.id, it)).collect(),
        lines: all.iter().map(|it| line(it, &offices)).collect(),
        invitations: invitations
            .into_iter()
            .map(|it| Invited {
                id: it.staff.id.to_string(),
                login: it.staff.login,
                name: it.staff.name,
                role: it.staff.role.word(),
                ends_at: moment(look.lang, it.ends_at),
            })
            .collect(),
        roles: invited_roles(),
        offices: choices(&offices),
        ..view
    };
    let mut page = frame::show(app, look, Place::of(&admin.staff, "staff"), view)?;
    *page.status_mut() = status;
    Ok(page)
}

async fn invite(
    State(app): State<App>,
    ProvedAdmin(staff): ProvedAdmin,
    look: Look,
    Posted(form): Posted<Typed>,
) -> Answer {
    let admin = Admin { staff, fresh: true };
    let fault_of =
        |key: &str| StaffView { fault: Some(say(look.lang, key, &[])), typed: form.clone(), ..StaffView::default() };
    let (login, name) = (form.login.trim(), form.name.trim());
    if login.is_empty() || name.is_empty() || login.contains(char::is_whitespace) {
        return show(&app, &admin, &look, fault_of("staff-fault-empty")).await;
    }
    let new = NewInvitation {
        login: login.to_owned(),
        name: name.to_owned(),
        role: form.role.parse().map_err(|_| PageError::Form)?,
        office: chosen(&form.office)?,
    };
    let token = draw_token()?;
    let view = match app.store.invite(new, &token, admin.staff.id).await {
        Ok(_) => StaffView {
            told: Some(say(look.lang, "staff-invited", &[("name", &name)])),
            link: Some(app.settings.address(&format!("/desk/invitation/{token}"))),
            ..StaffView::default()
        },
        Err(StoreError::Staff(error)) => {
            StaffView { fault: Some(fault(look.lang, error)), ..fault_of("staff-fault-role") }
        }
        Err(StoreError::Conflict(_)) => fault_of("staff-fault-login"),
        Err(error) => return Err(error.into()),
    };
    show(&app, &admin, &look, view).await
}

async fn withdraw(State(app): State<App>, ProvedAdmin(staff): ProvedAdmin, Path(id): Path<StaffId>) -> Answer {
    app.store.withdraw_invitation(id, staff.id).await?;
    Ok(back("withdrawn"))
}

async fn confirm(
    State(app): State<App>,
    ProvedAdmin(staff): ProvedAdmin,
    look: Look,
    Path(id): Path<ProposalId>,
) -> Answer {
    match app.store.confirm_proposal(id, Some(staff.id)).await {
        Ok(()) => Ok(back("confirmed")),
        Err(StoreError::Staff(error)) => {
            let view = StaffView { fault: Some(fault(look.lang, error)), ..StaffView::default() };
            show(&app, &Admin { staff, fresh: true }, &look, view).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn refuse(State(app): State<App>, ProvedAdmin(staff): ProvedAdmin, Path(id): Path<ProposalId>) -> Answer {
    match app.store.refuse(id, staff.id).await {
        Ok(()) => Ok(back("refused")),
        Err(StoreError::Staff(_)) => Ok(back("over")),
        Err(error) => Err(error.into()),
    }
}

fn back(told: &str) -> Response {
    Redirect::to(&format!("/desk/staff?told={told}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<StaffView>>();
    }
}

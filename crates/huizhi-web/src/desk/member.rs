//! One member of staff, and what an administrator does about them.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Router, routing};
use huizhi_domain::id::StaffId;
use huizhi_domain::staff::{Change, Role};
use huizhi_store::StoreError;
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::roster::{Asked, Choice, Line, Waiting, choices, chosen, fault, line, told, waiting};
use super::say;
use super::session::{Admin, ProvedAdmin};
use crate::app::App;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::{Look, View};

type Answer = Result<Response, PageError>;

/// The addresses of a member of staff.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/staff/{id}", routing::get(member))
        .route("/desk/staff/{id}/role", routing::post(role))
        .route("/desk/staff/{id}/reset", routing::post(reset))
        .route("/desk/staff/{id}/suspend", routing::post(suspend))
        .route("/desk/staff/{id}/reactivate", routing::post(reactivate))
        .route("/desk/staff/{id}/end", routing::post(end))
}

#[derive(Clone, Debug, Serialize)]
struct MemberView {
    fault: Option<String>,
    told: Option<String>,
    line: Line,
    /// The office where they work now, so that a change of role alone leaves it.
    office: Option<String>,
    /// Whether it is who looks.
    oneself: bool,
    /// Whether who looks has to prove first who they are.
    stale: bool,
    proposals: Vec<Waiting>,
    roles: Vec<&'static str>,
    offices: Vec<Choice>,
}

impl View for MemberView {
    const TEMPLATE: &'static str = "desk/member.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |line: Line| Self {
            fault: line.suspended.then(|| "fault".to_owned()),
            told: (!line.suspended).then(|| "told".to_owned()),
            oneself: line.role == "admin",
            stale: line.role == "lead",
            office: (line.role == "clerk").then(|| "01".to_owned()),
            line,
            proposals: Waiting::samples(),
            roles: Role::ALL.map(Role::word).to_vec(),
            offices: vec![Choice { id: "01".to_owned(), name: "Jiangbei".to_owned() }],
        };
        Line::samples().into_iter().map(view).collect()
    }
}

async fn member(
    State(app): State<App>,
    admin: Admin,
    look: Look,
    Path(id): Path<StaffId>,
    Query(asked): Query<Asked>,
) -> Answer {
    let told = told(look.lang, &asked.told);
    show(&app, &admin, &look, id, (told, None)).await
}

async fn show(
    app: &App,
    admin: &Admin,
    look: &Look,
    id: StaffId,
    (told, fault): (Option<String>, Option<String>),
) -> Answer {
    let offices = app.store.offices().await?;
    let all = app.store.staff_lines().await?;
    let found = all.iter().find(|line| line.staff.id == id).ok_or(PageError::Absent)?;
    let proposals = app.store.proposals().await?;
    let of_them = proposals.iter().filter(|proposal| proposal.subject == id);
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = MemberView {
        fault,
        told,
        line: line(found, &offices),
        office: found.staff.office.map(|id| id.to_string()),
        oneself: id == admin.staff.id,
        stale: !admin.fresh,
        proposals: of_them.map(|it| waiting(look.lang, &all, &offices, admin.staff.id, it)).collect(),
        roles: Role::ALL.map(Role::word).to_vec(),
        offices: choices(&offices),
    };
    let mut page = frame::show(app, look, Place::of(&admin.staff, "staff"), view)?;
    *page.status_mut() = status;
    Ok(page)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    role: String,
    office: String,
}

async fn role(
    State(app): State<App>,
    ProvedAdmin(staff): ProvedAdmin,
    look: Look,
    Path(id): Path<StaffId>,
    Posted(form): Posted<Wanted>,
) -> Answer {
    let role: Role = form.role.parse().map_err(|_| PageError::Form)?;
    // Only clerks have an office; a choice that was left there is not meant.
    let office = if role == Role::Clerk { chosen(&form.office)? } else { None };
    let done = app.store.propose(Change::Role { role, office }, id, staff.id).await.map(drop);
    after(&app, &Admin { staff, fresh: true }, &look, id, done, "proposed").await
}

async fn reset(State(app): State<App>, ProvedAdmin(staff): ProvedAdmin, look: Look, Path(id): Path<StaffId>) -> Answer {
    let done = app.store.propose(Change::Reset, id, staff.id).await.map(drop);
    after(&app, &Admin { staff, fresh: true }, &look, id, done, "proposed").await
}

async fn suspend(
    State(app): State<App>,
    ProvedAdmin(staff): ProvedAdmin,
    look: Look,
    Path(id): Path<StaffId>,
) -> Answer {
    let done = app.store.suspend(id, staff.id).await;
    after(&app, &Admin { staff, fresh: true }, &look, id, done, "suspended").await
}

async fn reactivate(
    State(app): State<App>,
    ProvedAdmin(staff): ProvedAdmin,
    look: Look,
    Path(id): Path<StaffId>,
) -> Answer {
    let done = app.store.reactivate(id, staff.id).await;
    after(&app, &Admin { staff, fresh: true }, &look, id, done, "reactivated").await
}

async fn end(State(app): State<App>, ProvedAdmin(staff): ProvedAdmin, look: Look, Path(id): Path<StaffId>) -> Answer {
    let done = app.store.end_sessions(id, staff.id).await;
    after(&app, &Admin { staff, fresh: true }, &look, id, done, "ended").await
}

/// The page after an act, with what it did or why it did not.
async fn after(app: &App, admin: &Admin, look: &Look, id: StaffId, done: Result<(), StoreError>, told: &str) -> Answer {
    let fault = match done {
        Ok(()) => return Ok(Redirect::to(&format!("/desk/staff/{id}?told={told}")).into_response()),
        Err(StoreError::Staff(error)) => fault(look.lang, error),
        Err(StoreError::Conflict(_)) => say(look.lang, "staff-fault-twice", &[]),
        Err(error) => return Err(error.into()),
    };
    show(app, admin, look, id, (None, Some(fault))).await
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<MemberView>>();
    }
}

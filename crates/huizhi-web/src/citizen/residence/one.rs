//! A declaration: where it stands, the landlord's link, and its end.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, DeclarationId};
use huizhi_domain::residence::{Confirmer, Declaration, Refusal, State as Stands};
use serde::Serialize;

use super::{address_line, state_word};
use crate::account::SignedIn;
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::page::{Look, View};

/// A declaration.
#[derive(Clone, Serialize)]
pub struct OneView {
    id: String,
    name: String,
    relation: &'static str,
    address: String,
    dwelling: &'static str,
    since: String,
    state: &'static str,
    /// The last day; empty before it was in force.
    until: String,
    steps: Vec<Step>,
    /// Why it was refused; empty where it was not.
    refusal: &'static str,
    /// The link that was drawn just now, which is shown once.
    link: String,
    /// Until when the landlord's link is good; 0 where there is none.
    link_until: i64,
    takes_link: bool,
    can_cancel: bool,
    /// Where it can be confirmed while it waits.
    offices: Vec<Place>,
}

/// A step of its way.
#[derive(Clone, Serialize)]
struct Step {
    key: &'static str,
    /// `done`, `now` or `todo`.
    state: &'static str,
    /// When; 0 where it has not been.
    at: i64,
    /// Who confirmed or refused; empty for other steps.
    by: &'static str,
}

/// An office.
#[derive(Clone, Serialize)]
struct Place {
    name: String,
    address: String,
}

impl View for OneView {
    const TEMPLATE: &'static str = "citizen/residence/one.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use huizhi_domain::residence::Dwelling;
        let step = |key, state, by| Step { key, state, at: i64::from(state == "done"), by };
        let view = |state: &'static str, dwelling: Dwelling| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            name: "张小明".to_owned(),
            relation: "child",
            address: "惠州市惠城区江北街道 1 号".to_owned(),
            dwelling: dwelling.word(),
            since: "2026-09-01".to_owned(),
            state,
            until: String::new(),
            steps: vec![step("declared", "done", ""), step("answered", "now", ""), step("valid", "todo", "")],
            refusal: "",
            link: String::new(),
            link_until: 0,
            takes_link: false,
            can_cancel: false,
            offices: Vec::new(),
        };
        let place = Place { name: "江北窗口".to_owned(), address: "惠州市江北".to_owned() };
        let waiting =
            Self { takes_link: true, can_cancel: true, offices: vec![place], ..view("declared", Dwelling::Rented) };
        let drawn = Self { link: "https://id.example/r/abc".to_owned(), link_until: 1, ..waiting.clone() };
        let open = Self { link_until: 1_764_051_360_000, ..waiting.clone() };
        let own = Self { takes_link: false, ..waiting.clone() };
        let mut all = vec![waiting, drawn, open, own];
        for dwelling in Dwelling::ALL {
            all.push(view("cancelled", *dwelling));
        }
        for by in Confirmer::ALL {
            let steps =
                vec![step("declared", "done", ""), step("answered", "done", by.word()), step("valid", "now", "")];
            all.push(Self { until: "2027-11-25".to_owned(), can_cancel: true, steps, ..view("valid", Dwelling::Own) });
        }
        for refusal in Refusal::ALL {
            let steps = vec![step("declared", "done", ""), step("refused", "done", "landlord")];
            all.push(Self { refusal: refusal.word(), steps, ..view("refused", Dwelling::School) });
        }
        for state in ["confirmed", "lapsed", "ended"] {
            let steps = vec![step("declared", "done", ""), step(state, "done", "")];
            all.push(Self { steps, ..view(state, Dwelling::Relative) });
        }
        all.push(Self { steps: vec![step("cancelled", "done", "")], ..view("cancelled", Dwelling::Rented) });
        all
    }
}

/// A declaration of an account; others' are not there.
///
/// # Errors
/// [`PageError::Absent`], or as the store.
pub async fn found(app: &App, account: AccountId, id: &str) -> Result<Declaration, PageError> {
    let id: DeclarationId = id.parse().map_err(|_| PageError::Absent)?;
    app.store.residence_of(account, id).await?.ok_or(PageError::Absent)
}

async fn view(app: &App, of: &Declaration) -> Result<OneView, PageError> {
    let waits = of.state.is_open();
    let offices = if waits { app.store.offices().await? } else { Vec::new() };
    let (details, state) = (&of.details, state_word(app, of));
    let now = app.store.now();
    Ok(OneView {
        id: of.id.to_string(),
        name: details.subject.name.as_str().to_owned(),
        relation: details.subject.relation.word(),
        address: address_line(app, &details.address),
        dwelling: of.dwelling.word(),
        since: details.since.to_string(),
        state,
        until: of.valid_until.map(|day| day.to_string()).unwrap_or_default(),
        steps: steps(of, state),
        refusal: of.refusal.map_or("", Refusal::word),
        link: String::new(),
        link_until: of.link_until.filter(|until| now < *until).map_or(0, |until| until.0),
        takes_link: of.takes_link(),
        can_cancel: waits || of.state == Stands::Valid,
        offices: offices
            .into_iter()
            .filter(|office| office.city == details.address.city)
            .map(|office| Place { name: office.name, address: office.address })
            .collect(),
    })
}

/// The way of a declaration, as far as it went and where it goes on.
fn steps(of: &Declaration, state: &'static str) -> Vec<Step> {
    let step = |key, state, at: Option<Moment>| Step { key, state, at: at.map_or(0, |at| at.0), by: "" };
    let by = of.confirmer.map_or("", Confirmer::word);
    let answered = |key| Step { by, ..step(key, "done", of.answered_at) };
    let declared = step("declared", "done", Some(of.declared_at));
    match of.state {
        Stands::Declared => vec![declared, step("answered", "now", None), step("valid", "todo", None)],
        Stands::Confirmed => vec![declared, answered("answered"), step("confirmed", "now", None)],
        Stands::Valid => vec![declared, answered("answered"), step(state, "now", None)],
        Stands::Refused => vec![declared, answered("refused")],
        Stands::Cancelled | Stands::Ended => {
            let middle = of.answered_at.map(|_| answered("answered"));
            [declared].into_iter().chain(middle).chain([step(state, "done", of.ended_at)]).collect()
        }
    }
}

/// `/residence/{declaration}`
pub async fn one(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let declaration = found(&app, account.id, &id).await?;
    Ok(app.show(&look, &view(&app, &declaration).await?)?.into_response())
}

/// POST `/residence/{declaration}/link`: draws a link for the landlord and shows it, once. The one before is good no more.
pub async fn draw_link(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let declaration = found(&app, account.id, &id).await?;
    if !declaration.takes_link() {
        return Ok(see_other(&format!("/residence/{}", declaration.id)));
    }
    let link = app.store.residence_link(account.id, declaration.id, app.residence.on(app.today())).await?;
    let view = OneView {
        link: app.settings.address(&format!("/r/{}", link.secret)),
        link_until: link.until.0,
        ..view(&app, &declaration).await?
    };
    Ok(app.show(&look, &view)?.into_response())
}

/// POST `/residence/{declaration}/link/withdraw`
pub async fn withdraw_link(
    State(app): State<App>,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let declaration = found(&app, account.id, &id).await?;
    app.store.withdraw_residence_link(account.id, declaration.id).await?;
    Ok(see_other(&format!("/residence/{}", declaration.id)))
}

/// Asks before a declaration is taken back, and says what is lost.
#[derive(Serialize)]
pub struct CancelView {
    id: String,
    address: String,
    /// Whether it is in force.
    valid: bool,
}

impl View for CancelView {
    const TEMPLATE: &'static str = "citizen/residence/cancel.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |valid| Self { id: "01A".to_owned(), address: "惠州市惠城区".to_owned(), valid };
        vec![view(true), view(false)]
    }
}

/// `/residence/{declaration}/cancel`
pub async fn ask_cancel(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let declaration = found(&app, account.id, &id).await?;
    let address = address_line(&app, &declaration.details.address);
    let valid = state_word(&app, &declaration) == "valid";
    let view = CancelView { id: declaration.id.to_string(), address, valid };
    Ok(app.show(&look, &view)?.into_response())
}

/// POST `/residence/{declaration}/cancel`
pub async fn cancel(
    State(app): State<App>,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let declaration = found(&app, account.id, &id).await?;
    app.store.cancel_residence(account.id, declaration.id).await?;
    Ok(see_other(&format!("/residence/{}", declaration.id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_render() {
        crate::page::tests::renders::<OneView>();
        crate::page::tests::renders::<CancelView>();
    }
}

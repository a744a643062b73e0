//! What an account consented to, a purpose at a time: given, and withdrawn as easily, after a page that says what follows.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::consent::{Consent, ConsentWords, Purpose};
use huizhi_domain::id::AccountId;
use huizhi_domain::order::OrderState;
use huizhi_store::StoreError;
use serde::{Deserialize, Serialize};

use crate::account::SignedIn;
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::{Look, View};

/// All purposes.
#[derive(Serialize)]
pub struct ConsentsView {
    purposes: Vec<PurposeLine>,
    /// What was just done: `given`, `withdrawn`, `held` (withdrawn, and a photo is being looked at still), or nothing.
    told: &'static str,
}

/// A purpose in the list.
#[derive(Serialize)]
struct PurposeLine {
    purpose: &'static str,
    title: String,
    /// `holds`, `family` (said for people of the account, and not for its owner), `old` (given to an older text) or `none`.
    state: &'static str,
    given_at: i64,
}

impl View for ConsentsView {
    const TEMPLATE: &'static str = "citizen/people/consents.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = |(purpose, state): (Purpose, &'static str)| PurposeLine {
            purpose: purpose.word(),
            title: "…".to_owned(),
            state,
            given_at: 1_764_051_360_000,
        };
        let all = || Purpose::ALL.into_iter().zip(["holds", "old", "none", "family"]).map(line).collect();
        ["", "given", "withdrawn", "held"].map(|told| Self { purposes: all(), told }).into()
    }
}

/// One purpose: its text, and the button that fits.
#[derive(Serialize)]
pub struct ConsentView {
    purpose: &'static str,
    words: ConsentWords,
    version: String,
    state: &'static str,
    given_at: i64,
    /// Whether the page before a withdrawal is shown.
    withdrawing: bool,
    history: Vec<HistoryLine>,
}

/// A consent that was given once.
#[derive(Serialize)]
struct HistoryLine {
    version: String,
    given_at: i64,
    withdrawn_at: i64,
    /// Whether a guardian gave it for a person of the account.
    for_person: bool,
}

impl View for ConsentView {
    const TEMPLATE: &'static str = "citizen/people/consent.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let texts = huizhi_domain::consent::ConsentTexts::built_in().unwrap();
        let view = |purpose: Purpose, state, withdrawing| Self {
            purpose: purpose.word(),
            words: texts.of(purpose).zh.clone(),
            version: texts.version(purpose),
            state,
            given_at: 1_764_051_360_000,
            withdrawing,
            history: [0, 1_764_051_360_000]
                .map(|withdrawn_at| HistoryLine {
                    version: texts.version(purpose),
                    given_at: 1_764_051_360_000,
                    withdrawn_at,
                    for_person: withdrawn_at > 0,
                })
                .into(),
        };
        let all = Purpose::ALL.into_iter().flat_map(|it| [view(it, "holds", false), view(it, "holds", true)]);
        all.chain(["old", "none", "family"].map(|state| view(Purpose::FacePhoto, state, false))).collect()
    }
}

/// What was done before this page.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Told {
    told: String,
}

fn state(app: &App, newest: Option<&Consent>) -> (&'static str, i64) {
    match newest {
        Some(it) if it.holds(&app.consents) => (if it.person.is_none() { "holds" } else { "family" }, it.given_at.0),
        Some(it) => ("old", it.given_at.0),
        None => ("none", 0),
    }
}

/// The newest that stands: the owner's own, or else one that was said for somebody of the account, which is withdrawn here too.
fn newest(all: &[Consent], purpose: Purpose) -> Option<&Consent> {
    let standing = || all.iter().filter(|it| it.purpose == purpose && it.withdrawn_at.is_none());
    standing().find(|it| it.person.is_none()).or_else(|| standing().next())
}

/// `/account/consents`
pub async fn consents(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Query(told): Query<Told>,
) -> Result<Response, PageError> {
    let all = app.store.consents(account.id).await?;
    let purposes = Purpose::ALL.map(|purpose| {
        let (state, given_at) = state(&app, newest(&all, purpose));
        let title = app.consents.of(purpose).words(look.lang).title.clone();
        PurposeLine { purpose: purpose.word(), title, state, given_at }
    });
    let told = ["given", "withdrawn", "held"].into_iter().find(|it| *it == told.told).unwrap_or("");
    Ok(app.show(&look, &ConsentsView { purposes: purposes.into(), told })?.into_response())
}

/// Whether the page before a withdrawal is asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Step {
    withdraw: String,
}

/// `/account/consents/{purpose}`
pub async fn consent(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Path(purpose): Path<String>,
    Query(step): Query<Step>,
) -> Result<Response, PageError> {
    let purpose: Purpose = purpose.parse().map_err(|_| PageError::Absent)?;
    let all = app.store.consents(account.id).await?;
    let (state, given_at) = state(&app, newest(&all, purpose));
    let line = |it: &Consent| HistoryLine {
        version: it.version.clone(),
        given_at: it.given_at.0,
        withdrawn_at: it.withdrawn_at.map_or(0, |at| at.0),
        for_person: it.person.is_some(),
    };
    let view = ConsentView {
        purpose: purpose.word(),
        words: app.consents.of(purpose).words(look.lang).clone(),
        version: app.consents.version(purpose),
        state,
        given_at,
        withdrawing: !step.withdraw.is_empty() && state != "none",
        history: all.iter().filter(|it| it.purpose == purpose).map(line).collect(),
    };
    Ok(app.show(&look, &view)?.into_response())
}

/// What the button says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Decided {
    wish: String,
}

/// POST `/account/consents/{purpose}`: gives or withdraws.
pub async fn decide(
    State(app): State<App>,
    SignedIn { account, .. }: SignedIn,
    Path(purpose): Path<String>,
    Posted(decided): Posted<Decided>,
) -> Result<Response, PageError> {
    let purpose: Purpose = purpose.parse().map_err(|_| PageError::Absent)?;
    match decided.wish.as_str() {
        "give" => {
            app.store.consent(account.id, purpose, &app.consents.version(purpose)).await?;
            Ok(see_other("/account/consents?told=given"))
        }
        "withdraw" => {
            app.store.withdraw_consent(account.id, purpose).await?;
            let held = follow(&app, account.id, purpose).await?;
            Ok(see_other(if held { "/account/consents?told=held" } else { "/account/consents?told=withdrawn" }))
        }
        _ => Err(PageError::Form),
    }
}

/// Does what a withdrawal's text says. Whether a reviewer holds a photo still, which goes with the order's end.
async fn follow(app: &App, account: AccountId, purpose: Purpose) -> Result<bool, PageError> {
    match purpose {
        Purpose::FacePhoto => return drop_photos(app, account).await,
        Purpose::FaceSignIn => {
            app.store.delete_face(account).await?;
        }
        Purpose::IdentityNumber => app.store.remove_people(account).await?,
        Purpose::Notices => app.store.silence(&app.store.account_visitor(account)).await?,
    }
    Ok(false)
}

/// Drops the photos of all orders that have no receipt yet, as their citizen can for each.
async fn drop_photos(app: &App, account: AccountId) -> Result<bool, PageError> {
    let mut held = false;
    for order in app.store.orders_of(&app.store.account_visitor(account)).await? {
        if order.state == OrderState::Approved {
            continue;
        }
        match app.store.delete_photos(order.id).await {
            Ok(()) => {}
            Err(StoreError::Order(_)) => held = true,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_render() {
        crate::page::tests::renders::<ConsentsView>();
        crate::page::tests::renders::<ConsentView>();
    }
}

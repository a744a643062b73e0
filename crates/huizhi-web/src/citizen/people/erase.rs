//! Erase me: a page that says what is lost, one more that asks for good, and what was deleted. No word has to be typed.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::id::AccountId;
use huizhi_domain::receipt::Standing;
use huizhi_store::{Erased, StoreError};
use serde::{Deserialize, Serialize};

use crate::account::SignedIn;
use crate::app::App;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::{Look, View};

/// The pages, one after the other.
#[derive(Serialize)]
pub struct EraseView {
    /// `what` (what is lost), `sure` (asks for good), `wait` (a photo is being looked at) or `done`.
    step: &'static str,
    orders: usize,
    people: usize,
    /// Receipts that are good until then.
    receipts: usize,
    refund_fen: i64,
}

impl View for EraseView {
    const TEMPLATE: &'static str = "citizen/people/erase.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |step, count: usize| Self {
            step,
            orders: count,
            people: count,
            receipts: count,
            refund_fen: if count > 0 { 1500 } else { 0 },
        };
        ["what", "sure", "wait", "done"].into_iter().flat_map(|step| [view(step, 2), view(step, 0)]).collect()
    }
}

async fn view(app: &App, account: AccountId, step: &'static str) -> Result<EraseView, PageError> {
    let (mut receipts, mut refund_fen) = (0, 0);
    for order in app.store.orders_of(&app.store.account_visitor(account)).await? {
        let issued = app.store.receipt_of(order.id).await?;
        let valid = issued.is_some_and(|it| it.receipt.standing(app.today()) == Standing::Valid);
        receipts += usize::from(valid);
        if order.clone().withdraw(app.store.now()).is_ok() {
            refund_fen += order.refund_fen();
        }
    }
    let (orders, people) = (app.store.orders_to_erase(account).await?, app.store.people(account).await?.len());
    Ok(EraseView { step, orders, people, receipts, refund_fen })
}

/// `/account/erase`: what is lost, and what stays.
pub async fn ask(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
) -> Result<Response, PageError> {
    Ok(app.show(&look, &view(&app, account.id, "what").await?)?.into_response())
}

/// Which page the button stands on.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Step {
    step: String,
}

/// POST `/account/erase`: the second page, and after it the erasure.
pub async fn erase(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Posted(step): Posted<Step>,
) -> Result<Response, PageError> {
    if step.step != "sure" {
        return Ok(app.show(&look, &view(&app, account.id, "sure").await?)?.into_response());
    }
    let people = app.store.people(account.id).await?.len();
    match app.store.erase_all_of(account.id).await {
        Ok(Erased { orders, receipts, refund_fen }) => {
            let view = EraseView { step: "done", orders, people, receipts, refund_fen };
            Ok(app.show(&look, &view)?.into_response())
        }
        Err(StoreError::InUse(_)) => {
            let page = app.show(&look, &view(&app, account.id, "wait").await?)?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::EraseView>();
    }
}

//! Taking over: somebody who grew up comes with the link that their guardian handed over, and proves that the number is theirs to know.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_store::TakenOver;
use serde::{Deserialize, Serialize};

use crate::account::SignedIn;
use crate::app::App;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};

/// Asks for the number, or says what came of it.
#[derive(Serialize)]
pub struct TakeOverView {
    code: String,
    /// `ask`, `done` or `no-code`.
    step: &'static str,
    orders: usize,
    errors: FormErrors,
}

impl View for TakeOverView {
    const TEMPLATE: &'static str = "citizen/people/take-over.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |step, errors| Self { code: "abc".to_owned(), step, orders: 2, errors };
        vec![
            view("ask", FormErrors::default()),
            view("ask", FormErrors::one("id_number", "take-over-wrong")),
            view("done", FormErrors::default()),
            view("no-code", FormErrors::default()),
        ]
    }
}

/// The number that was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Number {
    id_number: String,
}

/// `/account/take-over/{code}`
pub async fn ask(
    State(app): State<App>,
    look: Look,
    SignedIn { .. }: SignedIn,
    Path(code): Path<String>,
) -> Result<Response, PageError> {
    let step = if app.store.is_handed_over(&code).await? { "ask" } else { "no-code" };
    Ok(app.show(&look, &TakeOverView { code, step, orders: 0, errors: FormErrors::default() })?.into_response())
}

/// POST `/account/take-over/{code}`
pub async fn take_over(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Path(code): Path<String>,
    Posted(number): Posted<Number>,
) -> Result<Response, PageError> {
    let done = app.store.take_over(account.id, &code, &number.id_number).await?;
    let (status, step, orders, errors) = match done {
        TakenOver::Done { orders } => (StatusCode::OK, "done", orders, FormErrors::default()),
        TakenOver::NoCode => (StatusCode::GONE, "no-code", 0, FormErrors::default()),
        TakenOver::WrongNumber => {
            (StatusCode::UNPROCESSABLE_ENTITY, "ask", 0, FormErrors::one("id_number", "take-over-wrong"))
        }
    };
    Ok((status, app.show(&look, &TakeOverView { code, step, orders, errors })?).into_response())
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::TakeOverView>();
    }
}

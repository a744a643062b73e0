//! Following an order elsewhere: by its secret link, and the last four characters of the applicant's number where one is known.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};

use super::see_other;
use crate::app::App;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};
use crate::visitor::Guest;

/// Asks for the last four.
#[derive(Serialize)]
pub struct LinkView {
    secret: String,
    /// Whether the applicant's number is known, so that its end is asked.
    asks: bool,
    errors: FormErrors,
}

impl View for LinkView {
    const TEMPLATE: &'static str = "citizen/link.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |asks, errors| Self { secret: "abc".to_owned(), asks, errors };
        vec![
            view(true, FormErrors::default()),
            view(false, FormErrors::default()),
            view(true, FormErrors::one("four", "link-wrong")),
        ]
    }
}

/// `/o/{secret}`. Opening it changes nothing: link previews and scanners open links too.
pub async fn link(
    State(app): State<App>,
    look: Look,
    guest: Guest,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    let order = app.store.order_by_secret(&secret).await?.ok_or(PageError::Absent)?;
    if guest.order(&app, order.id).await?.is_some() {
        return Ok(see_other(&format!("/order/{}", order.id)));
    }
    let view = LinkView { secret, asks: asks(&app, order.id).await?, errors: FormErrors::default() };
    Ok(app.show(&look, &view)?.into_response())
}

/// Whether something is known of the applicant whose end can be asked.
pub async fn asks(app: &App, order: huizhi_domain::id::OrderId) -> Result<bool, PageError> {
    let record = app.store.applicant(order).await?;
    Ok(record.is_some_and(|record| record.id_number.is_some() || record.phone.is_some()))
}

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Four {
    four: String,
}

/// POST `/o/{secret}`
pub async fn follow(
    State(app): State<App>,
    look: Look,
    guest: Guest,
    Path(secret): Path<String>,
    Posted(form): Posted<Four>,
) -> Result<Response, PageError> {
    let order = app.store.order_by_secret(&secret).await?.ok_or(PageError::Absent)?;
    let asks = asks(&app, order.id).await?;
    if asks && !app.store.last_four_fit(order.id, &form.four).await? {
        let view = LinkView { secret, asks, errors: FormErrors::one("four", "link-wrong") };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response());
    }
    let (visitor, keep) = guest.settle(&app)?;
    app.store.hold_order(&visitor, order.id).await?;
    Ok((keep, see_other(&format!("/order/{}", order.id))).into_response())
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::LinkView>();
    }
}

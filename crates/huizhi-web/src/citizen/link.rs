//! Following an order elsewhere: by its secret link, and the last four characters of the applicant's number where one is known.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::id::OrderId;
use huizhi_store::Guess;
use serde::{Deserialize, Serialize};

use super::see_other;
use crate::app::App;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View, moment};
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
            view(true, FormErrors::one("four", "link-missing")),
            view(true, FormErrors::one("four", "link-wrong")),
            view(true, FormErrors::one("four", "link-locked")),
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
pub async fn asks(app: &App, order: OrderId) -> Result<bool, PageError> {
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
    let errors = if asks { heard(&app, &look, order.id, form.four.trim()).await? } else { FormErrors::default() };
    if !errors.is_empty() {
        let view = LinkView { secret, asks, errors };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response());
    }
    let (visitor, keep) = guest.settle(&app)?;
    app.store.hold_order(&visitor, order.id).await?;
    Ok((keep, see_other(&format!("/order/{}", order.id))).into_response())
}

/// What is to be mended of what was typed. What can't be right, because it is not four characters, costs no try.
async fn heard(app: &App, look: &Look, order: OrderId, four: &str) -> Result<FormErrors, PageError> {
    if four.chars().count() != 4 {
        return Ok(FormErrors::one("four", "link-missing"));
    }
    let mut errors = FormErrors::default();
    match app.store.guess_last_four(order, four).await? {
        Guess::Right => {}
        Guess::Wrong => errors.add("four", "link-wrong"),
        // The page says minutes: at the one that it names, the door is open.
        Guess::Deaf { until } => errors.add_value("four", "link-locked", moment(look.lang, until.after_ms(59_999))),
    }
    Ok(errors)
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::LinkView>();
    }
}

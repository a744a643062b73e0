//! What somebody does with a wish and with the place that is held for it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::id::WishId;
use huizhi_store::StoreError;

use super::HERE;
use super::list::{Typed, view};
use crate::account::SignedIn;
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::form::FormErrors;
use crate::page::Look;

/// POST `/visit/list/{id}/take`: the place is booked.
pub async fn take(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    match app.store.take_offer(account.id, wish(&id)?).await {
        Ok(Ok(given)) => Ok(see_other(&format!("/visit/{}", given.appointment.id))),
        // Its time is over, or it was taken before by the same press.
        Ok(Err(_)) | Err(StoreError::Absent("offer")) => {
            let errors = FormErrors::one("offer", "wish-offer-over");
            let view = view(&app, &look, &account, Typed::default(), errors).await?;
            Ok((StatusCode::CONFLICT, app.show(&look, &view)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// POST `/visit/list/{id}/refuse`: the next is asked at once.
pub async fn refuse(
    State(app): State<App>,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    if app.store.refuse_offer(account.id, wish(&id)?).await? {
        app.store.offer_places().await?;
    }
    Ok(see_other(HERE))
}

/// POST `/visit/list/{id}/leave`
pub async fn leave(
    State(app): State<App>,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    if !app.store.leave_wish(account.id, wish(&id)?).await? {
        return Err(PageError::Absent);
    }
    app.store.offer_places().await?;
    Ok(see_other(HERE))
}

fn wish(id: &str) -> Result<WishId, PageError> {
    id.parse().map_err(|_| PageError::Absent)
}

//! The price, paid with WeChat Pay: on this phone, or with a phone that reads a code.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::Extension;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::order::{Order, OrderError, OrderState};
use huizhi_store::{Checkout, StoreError, Way};
use serde::{Deserialize, Serialize};

use super::receipt::qr;
use super::see_other;
use crate::app::{App, client};
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};
use crate::pay::{address, ask, give_up};
use crate::visitor::HeldOrder;

/// The ways to pay, or the one that was chosen.
#[derive(Default, Serialize)]
pub struct PayView {
    id: String,
    due_fen: i64,
    /// `this-phone`, `code`, or empty: not chosen yet.
    way: &'static str,
    /// Where the phone goes.
    address: String,
    qr_path: String,
    qr_side: usize,
    ends_at: i64,
    errors: FormErrors,
}

impl View for PayView {
    const TEMPLATE: &'static str = "citizen/pay.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |way, errors| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            due_fen: 1500,
            way,
            address: "https://wx.tenpay.example/pay".to_owned(),
            qr_path: "M4 4h7v1h-7z".to_owned(),
            qr_side: 45,
            ends_at: 1_764_051_360_000,
            errors,
        };
        let none = FormErrors::default;
        vec![
            view("", none()),
            view("", FormErrors::one("way", "pay-unreachable")),
            view("this-phone", none()),
            view("code", none()),
        ]
    }
}

/// How it is paid.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    way: String,
}

/// `/order/{id}/pay`
pub async fn pay(State(app): State<App>, look: Look, HeldOrder(order): HeldOrder) -> Result<Response, PageError> {
    let Some(till) = app.till().filter(|_| order.state == OrderState::Unpaid) else {
        return Ok(see_other(&format!("/order/{}", order.id)));
    };
    let open = app.store.open_checkout(order.id).await?.filter(|open| open.address.is_some());
    if let Some(checkout) = &open {
        // Who looks here waits for it.
        ask(&app, &till, checkout).await?;
        let paid = app.store.order(order.id).await?.is_some_and(|order| order.state != OrderState::Unpaid);
        if paid {
            return Ok(see_other(&format!("/order/{}", order.id)));
        }
    }
    Ok(app.show(&look, &view(&order, open.as_ref(), FormErrors::default())?)?.into_response())
}

fn view(order: &Order, open: Option<&Checkout>, errors: FormErrors) -> Result<PayView, PageError> {
    let view = PayView { id: order.id.to_string(), due_fen: order.due_fen(), errors, ..PayView::default() };
    let Some((checkout, address)) = open.and_then(|open| Some((open, open.address.clone()?))) else {
        return Ok(view);
    };
    let (qr_path, qr_side) = qr(&address)?;
    Ok(PayView { way: checkout.way.word(), address, qr_path, qr_side, ends_at: checkout.ends_at().0, ..view })
}

/// POST `/order/{id}/pay`: begins.
pub async fn begin(
    State(app): State<App>,
    look: Look,
    HeldOrder(order): HeldOrder,
    from: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Posted(chosen): Posted<Chosen>,
) -> Result<Response, PageError> {
    let on = see_other(&format!("/order/{}", order.id));
    let Some(till) = app.till() else { return Ok(on) };
    let way: Way = chosen.way.parse().map_err(|_| PageError::Form)?;
    let Some(mut checkout) = open(&app, &order, way).await? else { return Ok(on) };
    if checkout.way != way {
        give_up(&app, &till, &checkout).await?;
        let Some(another) = open(&app, &order, way).await? else { return Ok(on) };
        checkout = another;
    }
    let client = client(&headers, from.map(|Extension(ConnectInfo(from))| from), &app.settings);
    // WeChat wants to know the address of a phone that pays.
    let client = client.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    match address(&app, &till, &checkout, client).await? {
        Ok(_) => Ok(see_other(&format!("/order/{}/pay", order.id))),
        Err(error) => {
            tracing::warn!(checkout = %checkout.id, %error, "a payment did not begin");
            let view = view(&order, None, FormErrors::one("way", "pay-unreachable"))?;
            Ok((StatusCode::SERVICE_UNAVAILABLE, app.show(&look, &view)?).into_response())
        }
    }
}

/// The checkout that is open, or a new one; `None` where nothing is due.
async fn open(app: &App, order: &Order, way: Way) -> Result<Option<Checkout>, PageError> {
    match app.store.begin_checkout(order.id, way).await {
        Ok(checkout) => Ok(Some(checkout)),
        Err(StoreError::Order(OrderError::WrongState { .. })) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// POST `/order/{id}/pay/other`: gives the payment that is open up, to choose another way.
pub async fn other(State(app): State<App>, HeldOrder(order): HeldOrder) -> Result<Response, PageError> {
    if let Some((till, checkout)) = app.till().zip(app.store.open_checkout(order.id).await?) {
        give_up(&app, &till, &checkout).await?;
    }
    Ok(see_other(&format!("/order/{}/pay", order.id)))
}

/// POST `/pay/told`: WeChat tells that a payment was made. It is not read: WeChat is asked, and its answer is signed.
pub async fn told() -> Response {
    axum::Json(serde_json::json!({ "code": "SUCCESS" })).into_response()
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::PayView>();
    }
}

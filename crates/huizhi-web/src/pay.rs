//! Payments that citizens make elsewhere: asked after until the money came or the time is over, and paid back where it came too late.

use std::net::IpAddr;
use std::time::Duration;

use huizhi_domain::clock::Moment;
use huizhi_domain::order::OrderState;
use huizhi_domain::words::Lang;
use huizhi_outside::{Bill, PayError, PayRefund, PayStanding, WechatPay};
use huizhi_store::{Checkout, Errand, StoreError, Way};

use crate::app::App;

/// Where WeChat tells that a payment was made. It has to be told an address; nobody has to listen, because it is asked anyway.
pub const BELL: &str = "/pay/told";
/// How often it is looked whether something is due.
const EVERY: Duration = Duration::from_secs(2);
/// Between two questions after one payment, ms.
const ASK_AGAIN_MS: i64 = 5_000;
/// After a fault, and while a refund is under way, ms.
const PATIENCE_MS: i64 = 60_000;
/// After a refund that needs the operator, ms.
const STUCK_MS: i64 = 3_600_000;
/// WeChat takes payments to the end of their time, and a moment longer; only then is a checkout given up.
const GRACE_MS: i64 = 60_000;

/// Works until it is dropped.
pub async fn pay(app: App, till: std::sync::Arc<WechatPay>) {
    loop {
        if let Err(error) = round(&app, &till).await {
            tracing::error!(%error, "looking after payments failed; it is tried again");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Does what is due.
pub async fn round(app: &App, till: &WechatPay) -> Result<(), StoreError> {
    for checkout in app.store.checkouts_due().await? {
        match checkout.errand {
            Errand::Ask => ask(app, till, &checkout).await?,
            Errand::PayBack => pay_back(app, till, &checkout).await?,
        }
    }
    Ok(())
}

/// Where the citizen pays. The row stands before WeChat is asked; where the answer gets lost, the same is asked again.
///
/// # Errors
/// [`PayError`]; the store's faults are ours.
pub async fn address(
    app: &App,
    till: &WechatPay,
    checkout: &Checkout,
    client: IpAddr,
) -> Result<Result<String, PayError>, StoreError> {
    if let Some(address) = &checkout.address {
        return Ok(Ok(address.clone()));
    }
    let order = app.store.order(checkout.order).await?.ok_or(StoreError::Absent("order"))?;
    let (id, now) = (checkout.id.to_string(), app.store.now());
    let bill = Bill {
        id: &id,
        fen: checkout.fen,
        // Chinese, as everything in WeChat's list of payments.
        what: &app.say(Lang::Zh, "pay-what", &[("document", &app.document_name(&order.document, Lang::Zh))]),
        until: &checkout.ends_at().rfc3339(app.store.zone()),
        bell: &app.settings.address(BELL),
    };
    let begun = match checkout.way {
        Way::ThisPhone => till.on_this_phone(&bill, client, now).await,
        Way::Code => till.by_code(&bill, now).await,
    };
    if let Ok(address) = &begun {
        app.store.set_checkout_address(checkout.id, address).await?;
    }
    Ok(begun)
}

/// Asks how a payment stands, and does what follows.
pub async fn ask(app: &App, till: &WechatPay, checkout: &Checkout) -> Result<(), StoreError> {
    let now = app.store.now();
    let again = |ms: i64| app.store.ask_checkout_at(checkout.id, now.after_ms(ms));
    match till.standing(&checkout.id.to_string(), now).await {
        Ok(PayStanding::Paid(fen)) => {
            let came = app.store.checkout_paid(checkout, fen).await?;
            tracing::info!(checkout = %checkout.id, ?came, "a payment came");
            app.shared.bell.notify_one();
            Ok(())
        }
        Ok(PayStanding::Over) => app.store.checkout_over(checkout.id).await,
        Ok(PayStanding::Waiting) if !wanted(app, checkout, now).await? => give_up(app, till, checkout).await,
        Ok(PayStanding::Waiting) => again(ASK_AGAIN_MS).await,
        Err(error) => {
            tracing::warn!(checkout = %checkout.id, %error, "a payment could not be asked after; it is tried again");
            again(PATIENCE_MS).await
        }
    }
}

/// Sees that a payment can't be made any more, so that another can begin.
pub async fn give_up(app: &App, till: &WechatPay, checkout: &Checkout) -> Result<(), StoreError> {
    let now = app.store.now();
    match till.close(&checkout.id.to_string(), now).await {
        Ok(()) | Err(PayError::Refused { status: 404, .. }) => app.store.checkout_over(checkout.id).await,
        // It was paid in this moment, or WeChat is not there: the next question says.
        Err(error) => {
            tracing::info!(checkout = %checkout.id, %error, "a payment was not closed; it is asked after again");
            app.store.ask_checkout_at(checkout.id, now.after_ms(ASK_AGAIN_MS)).await
        }
    }
}

/// Whether a payment would still be of use: the order waits for it, and its time is not over.
async fn wanted(app: &App, checkout: &Checkout, now: Moment) -> Result<bool, StoreError> {
    let order = app.store.order(checkout.order).await?;
    let waits = order.is_some_and(|order| order.state == OrderState::Unpaid);
    Ok(waits && now < checkout.ends_at().after_ms(GRACE_MS))
}

async fn pay_back(app: &App, till: &WechatPay, checkout: &Checkout) -> Result<(), StoreError> {
    let now = app.store.now();
    let again = |ms: i64| app.store.ask_checkout_at(checkout.id, now.after_ms(ms));
    match till.refund(&checkout.id.to_string(), checkout.fen, now).await {
        Ok(PayRefund::Done) => app.store.checkout_returned(checkout).await,
        Ok(PayRefund::UnderWay) => again(PATIENCE_MS).await,
        Ok(PayRefund::Stuck) => {
            tracing::error!(checkout = %checkout.id, "WeChat Pay cannot pay this back; see to it on the merchant platform");
            again(STUCK_MS).await
        }
        Err(error) => {
            tracing::warn!(checkout = %checkout.id, %error, "a payment could not be paid back; it is tried again");
            again(PATIENCE_MS).await
        }
    }
}

#[cfg(test)]
mod tests;

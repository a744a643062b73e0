//! Web hooks of photo shops: where they are told what happens to their orders, so that they need not ask.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Json, Router, routing};
use huizhi_domain::delivery::{Delivery, Outcome};
use huizhi_domain::id::HookId;
use huizhi_domain::message::Happening;
use huizhi_outside::hook::{HookCall, call};
use huizhi_outside::{Rules, check};
use huizhi_store::{Hook, HookSecret};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::Instant;

use super::caller::{Caller, HooksWrite, OrdersRead, absent};
use super::once::{Answer, Sent, once};
use super::problem::Problem;
use super::{limit_of, seconds};
use crate::app::App;

/// Hooks that a shop may have.
const MOST: usize = 10;
/// How often a hook may be tried out: whoever answers has not asked for it.
const TESTS_A_MINUTE: u32 = 10;
/// The longest address, bytes.
const ADDRESS_MOST: usize = 2000;

/// The addresses of hooks.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/hooks", routing::get(list).post(add))
        .route("/api/v1/hooks/{id}", routing::get(one).delete(delete))
        .route("/api/v1/hooks/{id}/secret", routing::post(renew))
        .route("/api/v1/hooks/{id}/test", routing::post(test))
        .route("/api/v1/hooks/{id}/deliveries", routing::get(deliveries))
}

#[derive(Serialize)]
struct HookBody {
    id: String,
    address: String,
    /// What it is told; everything where this is empty.
    happenings: Vec<Happening>,
    /// `active`, or `gone` after the address answered 410.
    state: &'static str,
    created_at: i64,
    /// Shown where it is drawn, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl HookBody {
    fn of(hook: Hook, secret: Option<&HookSecret>) -> Self {
        Self {
            id: hook.id.to_string(),
            address: hook.address,
            happenings: hook.happenings,
            state: if hook.gone { "gone" } else { "active" },
            created_at: seconds(hook.created_at),
            secret: secret.map(|secret| secret.reveal().to_owned()),
        }
    }
}

#[derive(Serialize)]
struct Hooks {
    hooks: Vec<HookBody>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    address: String,
    #[serde(default)]
    happenings: Vec<Happening>,
}

async fn list(State(app): State<App>, caller: Caller<OrdersRead>) -> Result<Json<Hooks>, Problem> {
    let hooks = app.store.hooks_of(caller.partner.id).await?;
    Ok(Json(Hooks { hooks: hooks.into_iter().map(|hook| HookBody::of(hook, None)).collect() }))
}

async fn one(
    State(app): State<App>,
    caller: Caller<OrdersRead>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<HookBody>, Problem> {
    let hook = app.store.hook(caller.partner.id, id_of(id)?).await?.ok_or_else(absent)?;
    Ok(Json(HookBody::of(hook, None)))
}

async fn add(State(app): State<App>, caller: Caller<HooksWrite>, sent: Sent) -> Result<Response, Problem> {
    let new: New = sent.json()?;
    let partner = caller.partner.id;
    once(&app, &caller, &sent, move |hand| async move {
        let (hook, secret) = if let Some(id) = hand.made.as_deref().and_then(|made| made.parse().ok()) {
            let hook = hand.store.hook(partner, id).await?.ok_or_else(absent)?;
            (hook, hand.store.hook_secret(partner, id).await?)
        } else {
            check_address(&hand.app, &new.address)?;
            if hand.store.hooks_of(partner).await?.len() >= MOST {
                let detail = format!("a shop has at most {MOST} hooks; delete one first");
                return Err(Problem::new(StatusCode::CONFLICT, "too-many-hooks", detail));
            }
            hand.once.add_hook(partner, &new.address, &new.happenings).await?
        };
        let location = format!("/api/v1/hooks/{}", hook.id);
        Ok(Answer::ok(&HookBody::of(hook, Some(&secret))).at(StatusCode::CREATED, location))
    })
    .await
}

async fn delete(
    State(app): State<App>,
    caller: Caller<HooksWrite>,
    id: Result<Path<String>, PathRejection>,
    sent: Sent,
) -> Result<Response, Problem> {
    let (partner, id) = (caller.partner.id, id_of(id)?);
    once(&app, &caller, &sent, move |hand| async move {
        if hand.made.is_none() {
            hand.once.delete_hook(partner, id).await?;
        }
        Ok(Answer::empty())
    })
    .await
}

/// A new secret. The one before signs beside it for a day.
async fn renew(
    State(app): State<App>,
    caller: Caller<HooksWrite>,
    id: Result<Path<String>, PathRejection>,
    sent: Sent,
) -> Result<Response, Problem> {
    let (partner, id) = (caller.partner.id, id_of(id)?);
    once(&app, &caller, &sent, move |hand| async move {
        let secret = match hand.made {
            Some(_) => hand.store.hook_secret(partner, id).await?,
            None => hand.once.renew_hook_secret(partner, id).await?,
        };
        let hook = hand.store.hook(partner, id).await?.ok_or_else(absent)?;
        Ok(Answer::ok(&HookBody::of(hook, Some(&secret))))
    })
    .await
}

#[derive(Serialize)]
struct Tested {
    /// The event's `webhook-id`.
    message: String,
    /// Whether a real event would count as received.
    received: bool,
    /// What the address answered with; `null` where no answer came.
    status: Option<u16>,
    /// What is wrong, as in deliveries.
    error: Option<String>,
    /// How long it took.
    ms: u64,
}

/// Sends an event of the type `test` now, signed as every other, and says what came back. Nothing follows from it: it is not sent again,
/// and 410 does not switch the hook off.
async fn test(
    State(app): State<App>,
    caller: Caller<HooksWrite>,
    id: Result<Path<String>, PathRejection>,
    sent: Sent,
) -> Result<Response, Problem> {
    let (partner, id) = (caller.partner.id, id_of(id)?);
    once(&app, &caller, &sent, move |hand| async move {
        hand.store.hook(partner, id).await?.ok_or_else(absent)?;
        let outside =
            hand.app.shared.outside.get().ok_or_else(|| Problem::of_status(StatusCode::SERVICE_UNAVAILABLE))?;
        let Some((hook, secrets)) = hand.store.hook_to_call(id).await? else {
            let detail = "the address has answered 410, so nothing is sent to it any more; set up another hook";
            return Err(Problem::new(StatusCode::CONFLICT, "hook-gone", detail));
        };
        let left = hand.app.shared.machines.tests.take(&id.to_string(), TESTS_A_MINUTE, hand.store.now());
        if !left.granted {
            let detail = format!("a hook may be tried out {TESTS_A_MINUTE} times a minute");
            return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate", detail).after_s(left.reset_s));
        }
        let message = match hand.made {
            Some(made) => made,
            None => hand.once.try_hook(partner, id).await?.to_string(),
        };
        let at = hand.store.now();
        let body = json!({ "type": "test", "timestamp": seconds(at), "data": { "hook": id.to_string() } });
        let secrets: Vec<&str> = secrets.iter().map(HookSecret::reveal).collect();
        let (address, body) = (hook.address.as_str(), body.to_string().into_bytes());
        let begun = Instant::now();
        let called = call(&outside.client, HookCall { address, secrets: &secrets, id: &message, at, body }).await;
        Ok(Answer::ok(&Tested {
            message,
            received: called.outcome == Outcome::Sent,
            status: called.status,
            error: called.outcome.code().map(str::to_owned),
            ms: begun.elapsed().as_millis().try_into().unwrap_or(u64::MAX),
        }))
    })
    .await
}

#[derive(Serialize)]
struct DeliveryBody {
    id: String,
    /// The `webhook-id` of every try.
    message: String,
    /// `due`, `sent`, `refused` or `given-up`.
    state: &'static str,
    tries: i32,
    /// When it is tried next, while it is due.
    next_at: Option<i64>,
    /// Why the last try failed.
    error: Option<String>,
    done_at: Option<i64>,
}

impl From<Delivery> for DeliveryBody {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            message: delivery.message.to_string(),
            state: delivery.state.word(),
            tries: delivery.tries,
            next_at: delivery.done_at.is_none().then(|| seconds(delivery.next_at)),
            error: delivery.error,
            done_at: delivery.done_at.map(seconds),
        }
    }
}

#[derive(Serialize)]
struct Deliveries {
    deliveries: Vec<DeliveryBody>,
    /// The cursor of the next page; `null` where this is the last.
    next: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Which {
    cursor: Option<String>,
    limit: Option<String>,
}

/// Newest first: what arrived, and what did not and why.
async fn deliveries(
    State(app): State<App>,
    caller: Caller<OrdersRead>,
    id: Result<Path<String>, PathRejection>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Deliveries>, Problem> {
    let Query(which) = which.map_err(|error| Problem::field("query", "unknown", error.body_text()))?;
    let hook = app.store.hook(caller.partner.id, id_of(id)?).await?.ok_or_else(absent)?;
    let before = which.cursor.as_deref().map(str::parse).transpose();
    let before = before.map_err(|_| Problem::field("cursor", "unknown", "take it from next of the page before"))?;
    let limit = limit_of(which.limit.as_deref())?;
    let mut found = app.store.deliveries_of_hook(hook.id, before, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Json(Deliveries { deliveries: found.into_iter().map(DeliveryBody::from).collect(), next }))
}

fn id_of(id: Result<Path<String>, PathRejection>) -> Result<HookId, Problem> {
    id.ok().and_then(|Path(id)| id.parse().ok()).ok_or_else(absent)
}

fn check_address(app: &App, address: &str) -> Result<(), Problem> {
    if address.len() > ADDRESS_MOST {
        return Err(Problem::field("address", "too-long", format!("an address has at most {ADDRESS_MOST} bytes")));
    }
    let checked = match app.shared.outside.get() {
        Some(outside) => outside.client.check(address),
        None => check(address, &Rules::default()),
    };
    checked.map(drop).map_err(|error| Problem::field("address", error.code(), error.to_string()))
}

#[cfg(test)]
mod tests;

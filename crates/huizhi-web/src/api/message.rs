//! What happened to a shop's orders, to be asked for again and again.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::{Json, Router, routing};
use huizhi_domain::message::Message;
use serde::{Deserialize, Serialize};

use super::caller::{Caller, Held, OrdersRead};
use super::problem::Problem;
use super::{limit_of, seconds};
use crate::app::App;

/// The addresses of messages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/messages", routing::get(all))
        .route("/api/v1/orders/{id}/messages", routing::get(of_order))
}

#[derive(Serialize)]
struct MessageBody {
    id: String,
    order: String,
    happening: &'static str,
    codes: Vec<String>,
    at: i64,
}

impl From<Message> for MessageBody {
    fn from(message: Message) -> Self {
        Self {
            id: message.id.to_string(),
            order: message.order.to_string(),
            happening: message.happening.word(),
            codes: message.codes,
            at: seconds(message.at),
        }
    }
}

#[derive(Serialize)]
struct Messages {
    messages: Vec<MessageBody>,
    /// What to ask for next time, as `after`.
    next: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Which {
    after: Option<String>,
    limit: Option<String>,
}

async fn all(
    State(app): State<App>,
    caller: Caller<OrdersRead>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Messages>, Problem> {
    let Query(which) = which.map_err(|error| Problem::field("query", "unknown", error.body_text()))?;
    let after = which.after.as_deref().map(str::parse).transpose();
    let after = after.map_err(|_| Problem::field("after", "unknown", "take it from next of the answer before"))?;
    let found = app.store.messages_after(&caller.visitor, after, limit_of(which.limit.as_deref())?).await?;
    let next = found.last().map(|message| message.id.to_string()).or(which.after);
    Ok(Json(Messages { messages: found.into_iter().map(MessageBody::from).collect(), next }))
}

async fn of_order(State(app): State<App>, held: Held<OrdersRead>) -> Result<Json<Messages>, Problem> {
    let found = app.store.messages_of(held.order.id).await?;
    let next = found.last().map(|message| message.id.to_string());
    Ok(Json(Messages { messages: found.into_iter().map(MessageBody::from).collect(), next }))
}

//! What peers say: envelopes are opened, done by their kind, and answered with an envelope (`docs/centre-protocol.md`).
//!
//! A yes and a no that hold are signed. All else, such as an envelope that does not open, is a bare problem from which nothing follows.

mod ask;
mod cases;
mod errands;
mod receipt;

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Router, routing};
use huizhi_domain::peer::Right;
use huizhi_domain::peer::body::{self, Hello, Refused};
use huizhi_domain::peer::envelope::{EnvelopeError, REFUSED};
use huizhi_domain::receipt::Issuer;
use huizhi_store::{Heard, StoreError};
use tower_http::timeout::TimeoutLayer;

use crate::api::limit::Limits;
use crate::api::problem::Problem;
use crate::app::{App, client};
use crate::gate::budget::Budget;

pub use ask::{AskError, Told, ask, hello};
pub use errands::errands;

/// The longest message: an envelope, and what goes beside a case. Previews have some 150 KB, ID photos at most 100, reports some 10.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// How long a message may take to come: its largest at 1 Mbit/s, and an answer.
const TIME: Duration = Duration::from_secs(30);

/// Questions that a peer may ask a minute: twenty a second, of which a province asks one.
const A_MINUTE: u32 = 1200;

/// Envelopes that do not open, by address and minute: what a peer with a wrong clock sends, not who guesses.
const UNOPENED_A_MINUTE: u32 = 120;

/// Unknown receipt numbers that a peer's windows may ask for an hour: those of ten clerks here.
const MISSES: usize = 200;

/// What is remembered of peers that speak. All of it may be lost.
#[derive(Debug)]
pub struct Spoken {
    peers: Limits,
    strangers: Limits,
    misses: Budget<Issuer>,
}

impl Default for Spoken {
    fn default() -> Self {
        Self { peers: Limits::default(), strangers: Limits::default(), misses: Budget::an_hour(MISSES) }
    }
}

/// What is said to a question.
pub struct Answer {
    /// The body, as text.
    body: String,
    /// What goes beside it.
    files: Vec<(&'static str, Vec<u8>)>,
}

impl Answer {
    /// A body alone.
    pub fn of<T: serde::Serialize>(said: &T) -> Self {
        Self { body: body::text(said), files: Vec::new() }
    }

    /// With a file beside it.
    #[must_use]
    pub fn with(mut self, name: &'static str, bytes: Vec<u8>) -> Self {
        self.files.push((name, bytes));
        self
    }
}

/// Why a question is not answered with what it asks for.
pub enum No {
    /// It holds: it is signed.
    Refused(Refused),
    /// It is ours to mend: the same question may be answered later.
    Store(StoreError),
}

impl No {
    /// A no without more to it.
    #[must_use]
    pub fn new(code: &str) -> Self {
        Self::Refused(Refused::new(code))
    }
}

impl From<StoreError> for No {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The addresses that take envelopes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/peer/v1/{*kind}", routing::post(hear))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIME))
}

async fn hear(
    State(app): State<App>,
    Path(kind): Path<String>,
    from: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    message: Bytes,
) -> Result<Response, Problem> {
    let now = app.store.now();
    let heard = match app.store.hear(&message).await? {
        Ok(heard) if heard.envelope.kind != kind => Err(EnvelopeError::OtherKind(heard.envelope.kind)),
        heard => heard,
    };
    let heard = match heard {
        Ok(heard) => heard,
        Err(error) => {
            let who = client(&headers, from.map(|Extension(ConnectInfo(from))| from), &app.settings);
            let left = app.shared.spoken.strangers.take(&who, UNOPENED_A_MINUTE, now);
            tracing::warn!(code = error.word(), "an envelope was not heard: {error}");
            return Err(if left.granted { unopened(&error) } else { too_many(left.reset_s) });
        }
    };
    let left = app.shared.spoken.peers.take(&heard.peer.code.to_string(), A_MINUTE, now);
    if !left.granted {
        return Err(too_many(left.reset_s));
    }
    let (kind, answer) = match done(&app, &heard).await {
        Ok(answer) => (kind.as_str(), answer),
        Err(No::Refused(refused)) => {
            tracing::warn!(peer = %heard.peer.code, kind, code = refused.code, "a peer was refused");
            (REFUSED, Answer::of(&refused))
        }
        Err(No::Store(error)) => return Err(error.into()),
    };
    let files: Vec<(&str, &[u8])> = answer.files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let message = app.store.reply(&heard.envelope, kind, answer.body, &files).await?;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], message).into_response())
}

/// What follows from a question, by its kind and by what was agreed on with who asks.
async fn done(app: &App, heard: &Heard) -> Result<Answer, No> {
    match heard.envelope.kind.as_str() {
        body::HELLO => said_hello(app, heard),
        body::GIVE => {
            agreed(heard, Right::WeReviewForIt)?;
            cases::give(app, heard).await
        }
        body::RECALL => {
            agreed(heard, Right::WeReviewForIt)?;
            cases::recall(app, heard).await
        }
        body::DECISIONS => {
            agreed(heard, Right::WeReviewForIt)?;
            cases::list(app, heard).await
        }
        body::ACKNOWLEDGE => {
            agreed(heard, Right::WeReviewForIt)?;
            cases::acknowledge(app, heard).await
        }
        // Whoever may not ask learns nothing of the number, not even whether there is such a receipt.
        body::FETCH => {
            agreed(heard, Right::Receipts)?;
            receipt::fetch(app, heard).await
        }
        body::CONSUME => {
            agreed(heard, Right::Receipts)?;
            receipt::consume(app, heard).await
        }
        body::RELEASE => {
            agreed(heard, Right::Receipts)?;
            receipt::release(app, heard).await
        }
        _ => Err(No::new("not-agreed")),
    }
}

/// Whether it was agreed on.
fn agreed(heard: &Heard, right: Right) -> Result<(), No> {
    if heard.peer.may(right) { Ok(()) } else { Err(No::new("not-agreed")) }
}

/// A question's body.
fn read<T: serde::de::DeserializeOwned>(heard: &Heard) -> Result<T, No> {
    body::read(&heard.envelope.body).ok_or_else(|| No::new("body"))
}

fn said_hello(app: &App, heard: &Heard) -> Result<Answer, No> {
    let _: Hello = read(heard)?;
    Ok(Answer::of(&ask::greeting(&app.store)))
}

fn unopened(error: &EnvelopeError) -> Problem {
    let status = match error {
        EnvelopeError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        EnvelopeError::Replayed => StatusCode::CONFLICT,
        EnvelopeError::Form
        | EnvelopeError::TooLong
        | EnvelopeError::Files
        | EnvelopeError::OtherKind(_)
        | EnvelopeError::OtherQuestion => StatusCode::BAD_REQUEST,
        _ => StatusCode::FORBIDDEN,
    };
    Problem::new(status, error.word(), error.to_string())
}

fn too_many(reset_s: i64) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate", "too many envelopes; wait").after_s(reset_s)
}

#[cfg(test)]
mod tests;

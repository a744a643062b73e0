//! Writes, each done once: every one comes with a key of its own, and sending it again gives the answer again.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use huizhi_store::{Reserved, Store};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::caller::Caller;
use super::problem::Problem;
use crate::app::App;

const NAME: &str = "idempotency-key";
const LONGEST: usize = 255;
/// How long a request waits for the one with the same key that is under way.
const WAIT: Duration = Duration::from_secs(10);
/// Where another process is at it, nobody rings the bell here.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A write as it came: its key, its body, and what tells it from others.
pub struct Sent {
    key: String,
    request: String,
    media: String,
    /// The body.
    pub bytes: Bytes,
}

impl FromRequest<App> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let bad = |code, detail| Problem::new(StatusCode::BAD_REQUEST, code, detail);
        let key = request.headers().get(NAME).ok_or_else(|| {
            bad("idempotency-key-missing", "send a header Idempotency-Key: a text of your own, such as a UUID, new for each write and the same when you send it again")
        })?;
        let fits = (1..=LONGEST).contains(&key.len()) && key.as_bytes().iter().all(u8::is_ascii_graphic);
        let key = key.to_str().ok().filter(|_| fits).map(str::to_owned).ok_or_else(|| {
            bad("idempotency-key-malformed", "an Idempotency-Key has 1 to 255 visible ASCII characters")
        })?;
        let media = request.headers().get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
        let told = format!("{}\n{}\n{media}\n", request.method(), request.uri());
        let bytes = Bytes::from_request(request, app).await.map_err(|error| Problem::of_status(error.status()))?;
        let request = format!("{told}{}", BASE64.encode(Sha256::digest(&bytes)));
        Ok(Self { key, request, media, bytes })
    }
}

impl Sent {
    /// The key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let kind = self.media.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "json",
                "send Content-Type: application/json",
            ));
        }
        let broken = |error: serde_json::Error| Problem::new(StatusCode::BAD_REQUEST, "json", error.to_string());
        let value: Value = serde_json::from_slice(&self.bytes).map_err(broken)?;
        serde_json::from_value(value)
            .map_err(|error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "json", error.to_string()))
    }
}

/// What a write works with.
pub struct Hand {
    /// The service.
    pub app: App,
    /// The store for the one change: it notes in the same transaction that the request is done.
    pub once: Store,
    /// The store for what may be done again.
    pub store: Store,
    /// The id of what was made before a process ended; then only the answer is owed.
    pub made: Option<String>,
}

/// What is answered, and kept for a day.
#[derive(Serialize, Deserialize)]
pub struct Answer {
    status: u16,
    location: Option<String>,
    body: Option<Value>,
}

impl Answer {
    /// 200 with a body.
    pub fn ok(body: &impl Serialize) -> Self {
        Self { status: 200, location: None, body: serde_json::to_value(body).ok() }
    }

    /// 204.
    pub const fn empty() -> Self {
        Self { status: 204, location: None, body: None }
    }

    /// Another status, and where the thing is that was made.
    #[must_use]
    pub fn at(self, status: StatusCode, location: String) -> Self {
        Self { status: status.as_u16(), location: Some(location), ..self }
    }

    fn response(self, replayed: bool) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = match self.body {
            Some(body) => (status, Json(body)).into_response(),
            None => status.into_response(),
        };
        let location = self.location.and_then(|location| HeaderValue::from_str(&location).ok());
        response.headers_mut().extend(location.map(|location| (LOCATION, location)));
        if replayed {
            let name = HeaderName::from_static("idempotency-replayed");
            response.headers_mut().insert(name, HeaderValue::from_static("true"));
        }
        response
    }
}

/// Does a write, unless it was done before; then gives the same answer. Refusals change nothing and are not kept.
pub async fn once<S, F, W>(app: &App, caller: &Caller<S>, sent: &Sent, work: F) -> Result<Response, Problem>
where
    F: FnOnce(Hand) -> W,
    W: Future<Output = Result<Answer, Problem>> + Send + 'static,
{
    let end = Instant::now() + WAIT;
    let (ticket, made) = loop {
        let rung = app.shared.machines.answered.notified();
        match app.store.reserve_request(caller.partner.id, &sent.key, &sent.request).await? {
            Reserved::Mine { ticket, made } => break (ticket, made),
            Reserved::Answered(kept) => {
                let answer: Answer = serde_json::from_slice(&kept).map_err(|_| Problem::broken())?;
                return Ok(answer.response(true));
            }
            Reserved::Other => {
                let detail = "another request had this Idempotency-Key; use a new one for each write";
                return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused", detail));
            }
            Reserved::Running if Instant::now() >= end => return Err(in_progress()),
            // Whichever comes first; both lead to another look.
            Reserved::Running => drop(tokio::time::timeout(LOOK_AGAIN, rung).await),
        }
    };
    let actor = caller.actor();
    let (once, store) = (app.store.by(actor, Some(ticket.clone())), app.store.by(actor, None));
    let (app, work) = (app.clone(), work(Hand { app: app.clone(), once, store, made }));
    // A task of its own: it goes on to its end when the caller hangs up.
    let done = tokio::spawn(async move {
        let done = match work.await {
            Ok(answer) => {
                let kept = app.store.answer_request(&ticket, &serde_json::to_vec(&answer).unwrap_or_default()).await;
                match kept {
                    Ok(true) => Ok(answer.response(false)),
                    Ok(false) => Err(in_progress()),
                    Err(error) => Err(error.into()),
                }
            }
            Err(problem) => Err(problem),
        };
        if done.is_err()
            && let Err(error) = app.store.release_request(&ticket).await
        {
            tracing::warn!(%error, "a request was not given back; it can be sent again in a minute");
        }
        app.shared.machines.answered.notify_waiters();
        done
    });
    done.await.map_err(|_| Problem::broken())?
}

fn in_progress() -> Problem {
    let detail = "the request with this Idempotency-Key is under way; send it again";
    Problem::new(StatusCode::CONFLICT, "in-progress", detail).after_s(1)
}

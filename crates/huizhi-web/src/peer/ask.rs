//! Asking a peer: a signed question over the guarded client, and an answer from which nothing follows unless it is signed.

use huizhi_domain::peer::Peer;
use huizhi_domain::peer::body::{self, HELLO, Hello, Refused};
use huizhi_domain::peer::envelope::{EnvelopeError, REFUSED};
use huizhi_outside::{Call, CallError, Client, HeaderMap, HeaderValue, Method};
use huizhi_store::{Files, Heard, Store, StoreError};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why a question has no answer. No text has anything of what was asked in it.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The call came to nothing.
    #[error(transparent)]
    Call(#[from] CallError),
    /// What came is not signed; what it says is only for the operator to read.
    #[error("the answer is not signed, status {status} {said}")]
    Unsigned {
        /// Its status.
        status: u16,
        /// The word of this protocol that it has, or nothing.
        said: &'static str,
    },
    /// What came does not open.
    #[error("the answer: {0}")]
    Envelope(#[from] EnvelopeError),
    /// The peer says no, and signs it.
    #[error("refused: {}", .0.code)]
    Refused(Refused),
    /// The peer signs what this protocol does not have.
    #[error("the answer's body is none of this protocol")]
    Body,
    /// Ours.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AskError {
    /// Its code, for tables and logs.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::Call(error) => error.code().to_owned(),
            Self::Unsigned { status, said: "" } => format!("unsigned-{status}"),
            Self::Unsigned { said, .. } => format!("unsigned-{said}"),
            Self::Envelope(error) => error.word().to_owned(),
            Self::Refused(refused) => format!("refused-{}", word(&refused.code)),
            Self::Body => "body".to_owned(),
            Self::Store(_) => "store".to_owned(),
        }
    }

    /// Whether the peer answered: the line is well, whatever it said.
    #[must_use]
    pub const fn is_an_answer(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

/// What a peer wrote, made fit for our tables.
fn word(text: &str) -> String {
    text.chars().filter(|it| it.is_ascii_lowercase() || *it == '-').take(40).collect()
}

/// An answer.
pub struct Told<T> {
    /// What is said.
    pub said: T,
    /// All of it.
    pub heard: Heard,
}

/// Asks, and notes whether the line is well.
///
/// # Errors
/// [`AskError`], by cause.
pub async fn ask<T: DeserializeOwned>(
    store: &Store,
    client: &Client,
    peer: &Peer,
    kind: &str,
    question: &str,
    files: Files<'_>,
) -> Result<Told<T>, AskError> {
    let told = once(store, client, peer, kind, question, files).await;
    let fault = match &told {
        Err(error) if !error.is_an_answer() => Some(error.code()),
        _ => None,
    };
    store.line_is(peer.code, fault.as_deref()).await?;
    told
}

async fn once<T: DeserializeOwned>(
    store: &Store,
    client: &Client,
    peer: &Peer,
    kind: &str,
    body: &str,
    files: Files<'_>,
) -> Result<Told<T>, AskError> {
    let question = store.question(peer.code, kind, body.to_owned(), files).await?;
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/octet-stream"));
    let address = format!("{}/peer/v1/{kind}", peer.address.trim_end_matches('/'));
    let answer = client.call(Call { method: Method::POST, address, headers, body: question.message }).await?;
    if !answer.status.is_success() {
        return Err(AskError::Unsigned { status: answer.status.as_u16(), said: said(&answer.body) });
    }
    let heard = store.hear_answer(peer, &question.envelope, &answer.body)?;
    if heard.envelope.kind == REFUSED {
        let refused = body::read(&heard.envelope.body).ok_or(AskError::Body)?;
        return Err(AskError::Refused(refused));
    }
    Ok(Told { said: body::read(&heard.envelope.body).ok_or(AskError::Body)?, heard })
}

/// The word of an unsigned problem: one of this protocol's, because everything else is a stranger's text.
fn said(body: &[u8]) -> &'static str {
    let problem: Option<Value> = serde_json::from_slice(body).ok();
    let code = problem.as_ref().and_then(|problem| problem["code"].as_str()).unwrap_or_default();
    EnvelopeError::WORDS.into_iter().chain(["rate"]).find(|word| *word == code).unwrap_or_default()
}

/// Asks whether a peer is there, and gives its greeting.
///
/// # Errors
/// [`AskError`], by cause.
pub async fn hello(store: &Store, client: &Client, peer: &Peer) -> Result<Hello, AskError> {
    ask(store, client, peer, HELLO, &body::text(&greeting(store)), &[]).await.map(|told| told.said)
}

pub fn greeting(store: &Store) -> Hello {
    Hello { version: env!("CARGO_PKG_VERSION").to_owned(), clock_ms: store.now().0 }
}

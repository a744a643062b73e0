//! The service's interface for machines, as far as a shop needs it (docs/api.md).

use std::time::Duration;

use anyhow::anyhow;
use serde_json::Value;
use ureq::http::{Method, Request, Response, StatusCode};
use ureq::{Agent, RequestExt as _};

use crate::UsageError;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often a request is tried while the service does not answer or says that it is busy, and the first pause; each doubles it.
const TRIES: u32 = 7;
const PAUSE: Duration = Duration::from_millis(500);
/// Longest pause that a service may ask for.
const LONGEST: Duration = Duration::from_mins(1);
/// Largest answer: a receipt as a file.
const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// The service said no, by a code for programs and in words.
#[derive(Debug, thiserror::Error)]
#[error("{detail} ({code})")]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The problem's code.
    pub code: String,
    /// The problem's words, with the fields at fault.
    pub detail: String,
}

/// A connection to a service.
pub struct Client {
    agent: Agent,
    server: String,
    authorization: String,
}

impl Client {
    /// For a server's address and a key.
    ///
    /// # Errors
    /// [`UsageError`] for an address that is none, or that would send the key in clear over a network.
    pub fn new(server: &str, key: &str) -> anyhow::Result<Self> {
        let server = server.trim_end_matches('/').to_owned();
        let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        if !server.starts_with("https://") && !local.iter().any(|it| server.starts_with(it)) {
            let error = format!(
                "--server “{server}”: write https://host; http sends key and photos in clear, and is taken on this machine alone"
            );
            return Err(UsageError(error).into());
        }
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(UsageError("the key is empty or has signs that no key has".to_owned()).into());
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        Ok(Self { agent, server, authorization: format!("Bearer {key}") })
    }

    /// Asks for JSON.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        json(&self.send(&Method::GET, path, None, "", &[])?)
    }

    /// Asks for a file.
    pub fn file(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        self.send(&Method::GET, path, None, "", &[])
    }

    /// Sends JSON under a key; the same key is done once, however often it is sent.
    pub fn write(&self, method: &Method, path: &str, key: &str, body: &Value) -> anyhow::Result<Value> {
        let bytes = serde_json::to_vec(body)?;
        json(&self.send(method, path, Some(key), "application/json", &bytes)?)
    }

    /// Sends a photo under a key.
    pub fn photo(&self, path: &str, key: &str, bytes: &[u8]) -> anyhow::Result<Value> {
        json(&self.send(&Method::POST, path, Some(key), media(bytes), bytes)?)
    }

    /// Sends until there is an answer that waiting does not change.
    fn send(
        &self,
        method: &Method,
        path: &str,
        key: Option<&str>,
        media: &str,
        body: &[u8],
    ) -> anyhow::Result<Vec<u8>> {
        let mut pause = PAUSE;
        let mut tries = 1;
        loop {
            let mut request = Request::builder()
                .method(method)
                .uri(format!("{}{path}", self.server))
                .header("authorization", &self.authorization);
            if let Some(key) = key {
                request = request.header("idempotency-key", key);
            }
            if !media.is_empty() {
                request = request.header("content-type", media);
            }
            let sent = if method == Method::GET {
                request.body(())?.with_agent(&self.agent).run()
            } else {
                request.body(body)?.with_agent(&self.agent).run()
            };
            let wait = match sent {
                Ok(answer) => match settled(answer)? {
                    Ok(bytes) => return Ok(bytes),
                    Err((refusal, _)) if tries >= TRIES => return Err(refusal.into()),
                    Err((_, wait)) => wait,
                },
                Err(error) if tries >= TRIES => {
                    return Err(anyhow!("{} does not answer: {error}", self.server));
                }
                Err(_) => None,
            };
            std::thread::sleep(wait.unwrap_or(pause).min(LONGEST));
            pause = LONGEST.min(pause * 2);
            tries += 1;
        }
    }
}

type Unsettled = (Refusal, Option<Duration>);

/// An answer's bytes, its refusal, or that it is worth another try and after how long.
fn settled(mut answer: Response<ureq::Body>) -> anyhow::Result<Result<Vec<u8>, Unsettled>> {
    let status = answer.status();
    let header = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let wait = header.and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let bytes = answer.body_mut().with_config().limit(MOST_BYTES).read_to_vec()?;
    if status.is_success() {
        return Ok(Ok(bytes));
    }
    let refusal = refusal(status, &bytes);
    let again = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS || refusal.code == "in-progress";
    if again { Ok(Err((refusal, wait))) } else { Err(refusal.into()) }
}

fn refusal(status: StatusCode, bytes: &[u8]) -> Refusal {
    let problem: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut detail = text(&problem["detail"]).unwrap_or_else(|| status.to_string());
    for error in problem["errors"].as_array().into_iter().flatten() {
        for part in [&error["field"], &error["detail"]] {
            if let Some(part) = part.as_str() {
                detail.push_str(" · ");
                detail.push_str(part);
            }
        }
    }
    let code = text(&problem["code"]).unwrap_or_else(|| format!("http-{}", status.as_u16()));
    Refusal { status: status.as_u16(), code, detail }
}

fn json(bytes: &[u8]) -> anyhow::Result<Value> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(bytes).map_err(|_| anyhow!("the service's answer is no JSON; is --server right?"))
}

/// A photo's type by its first bytes; the service looks again.
fn media(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xFF, 0xD8, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'R', b'I', b'F', b'F', ..] => "image/webp",
        _ if bytes.get(4..8) == Some(b"ftyp") => "image/heic",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_goes_over_no_network_in_clear() {
        assert!(Client::new("http://id.example", "k").err().unwrap().is::<UsageError>());
        assert!(Client::new("https://id.example/", "").err().unwrap().is::<UsageError>());
        assert!(Client::new("https://id.example/", "hz1_a_b").is_ok());
        assert!(Client::new("http://127.0.0.1:8080", "hz1_a_b").is_ok());
    }

    #[test]
    fn a_refusal_names_the_fields() {
        let body = br#"{"code":"invalid","detail":"not taken","errors":[{"field":"name","code":"name.digit","detail":"a digit"}]}"#;
        let refusal = refusal(StatusCode::UNPROCESSABLE_ENTITY, body);
        assert_eq!(refusal.to_string(), "not taken · name · a digit (invalid)");
        assert_eq!(super::refusal(StatusCode::BAD_GATEWAY, b"<html>").code, "http-502");
    }
}

//! Web hooks, signed by the scheme of Standard Webhooks 1.0: the receiver knows who speaks, when, and what it has heard before.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use huizhi_domain::clock::Moment;
use huizhi_domain::delivery::Outcome;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use sha2::Sha256;

use crate::address::AddressError;
use crate::client::{Call, CallError, Client};

/// What a secret's text begins with.
const PREFIX: &str = "whsec_";

/// One call of a hook.
pub struct HookCall<'a> {
    /// Where.
    pub address: &'a str,
    /// The secrets that sign, newest first, as `whsec_…`.
    pub secrets: &'a [&'a str],
    /// What the receiver knows a repetition by.
    pub id: &'a str,
    /// Now.
    pub at: Moment,
    /// The event, as JSON.
    pub body: Vec<u8>,
}

/// What a hook answered, and what is made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// The answer's status; `None` where no answer came.
    pub status: Option<u16>,
    /// Whether the event is there, is to be sent again, or never will be.
    pub outcome: Outcome,
}

impl Called {
    /// No answer came.
    const fn without(outcome: Outcome) -> Self {
        Self { status: None, outcome }
    }
}

/// Calls a hook. Any 2xx is done, 410 says that there is nobody any more; all else is tried again.
pub async fn call(client: &Client, hook: HookCall<'_>) -> Called {
    let seconds = hook.at.0.div_euclid(1000);
    let signatures: Option<Vec<String>> =
        hook.secrets.iter().map(|secret| sign(secret, hook.id, seconds, &hook.body)).collect();
    let Some(signatures) = signatures else { return Called::without(Outcome::refused("hook-secret")) };
    let mut call = Call::post_json(hook.address.to_owned(), hook.body);
    for (name, value) in [
        ("webhook-id", hook.id.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ] {
        let Ok(value) = HeaderValue::try_from(value) else { return Called::without(Outcome::refused("hook-id")) };
        call.headers.insert(HeaderName::from_static(name), value);
    }
    let (status, headers) = match client.call(call).await {
        Ok(answer) => (answer.status, answer.headers),
        // The receiver has it, however long its answer.
        Err(CallError::TooLong { status, .. }) => (status, HeaderMap::new()),
        // A name may be mended; a forbidden address is forbidden tomorrow too.
        Err(CallError::Address(error)) if !matches!(error, AddressError::Nowhere(_)) => {
            return Called::without(Outcome::refused(error.code()));
        }
        Err(error) => return Called::without(Outcome::later(error.code())),
    };
    Called { status: Some(status.as_u16()), outcome: outcome(status, &headers) }
}

fn outcome(status: StatusCode, headers: &HeaderMap) -> Outcome {
    if status.is_success() {
        return Outcome::Sent;
    }
    if status == StatusCode::GONE {
        return Outcome::refused("gone");
    }
    let after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Outcome::Later { code: format!("http-{}", status.as_u16()), after_s: after.filter(|s| *s > 0) }
}

/// The signature of an event, as `v1,…`; `None` where the secret's text is none.
#[must_use]
pub fn sign(secret: &str, id: &str, seconds: i64, body: &[u8]) -> Option<String> {
    let key = BASE64.decode(secret.strip_prefix(PREFIX)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", BASE64.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification's reference libraries.
    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        let signed = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            b"{\"test\": 2432232314}",
        );
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        assert_eq!(sign("no secret", "x", 0, b""), None);
    }
}

//! ID tokens: what is signed, for whom, by whom, when (`OpenID` Connect Core 1.0, 3.1.3.7; RFC 8725).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use huizhi_domain::clock::Moment;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::keys::{Algorithm, Key};

/// How far the provider's clock may be from ours, s.
const SKEW_S: i64 = 60;

/// Why an ID token does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// It is none.
    #[error("it is not three parts of base64 with JSON in them")]
    Form,
    /// It is signed in a way that is not taken: not at all, with a shared secret, or with what its key is not for.
    #[error("it is not signed with RS256, ES256 or EdDSA, or its key is not for that")]
    Algorithm,
    /// It is signed with a key that the provider does not publish.
    #[error("its key is not among the provider's")]
    UnknownKey,
    /// The signature is wrong.
    #[error("its signature is wrong")]
    Signature,
    /// It is another's.
    #[error("it comes from another issuer")]
    Issuer,
    /// It is for somebody else.
    #[error("it is for somebody else")]
    Audience,
    /// It is over.
    #[error("its time is over; see to the clocks")]
    Expired,
    /// It is from the future.
    #[error("it was made later than now; see to the clocks")]
    Early,
    /// It is from another sign-in.
    #[error("it is from another sign-in")]
    Nonce,
    /// It names nobody.
    #[error("the claim that says who somebody is is missing")]
    Subject,
}

impl TokenFault {
    /// Its code, for logs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Form => "token-form",
            Self::Algorithm => "token-algorithm",
            Self::UnknownKey => "token-key",
            Self::Signature => "token-signature",
            Self::Issuer => "token-issuer",
            Self::Audience => "token-audience",
            Self::Expired => "token-expired",
            Self::Early => "token-early",
            Self::Nonce => "token-nonce",
            Self::Subject => "token-subject",
        }
    }
}

/// What has to stand in a token.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub now: Moment,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// What a reader must understand. We understand none of it (RFC 7515 4.1.11).
    crit: Option<Value>,
}

/// The claims of a token that holds.
///
/// # Errors
/// [`TokenFault`].
pub fn verify(token: &str, keys: &[Key], expected: &Expected<'_>) -> Result<Map<String, Value>, TokenFault> {
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(TokenFault::Form);
    };
    let bytes = |part: &str| BASE64.decode(part).map_err(|_| TokenFault::Form);
    let said: Header = serde_json::from_slice(&bytes(header)?).map_err(|_| TokenFault::Form)?;
    let algorithm = Algorithm::of(&said.alg).filter(|_| said.crit.is_none()).ok_or(TokenFault::Algorithm)?;
    // Without a name, each key may be it.
    let named: Vec<&Key> =
        keys.iter().filter(|key| said.kid.is_none() || key.id.is_none() || key.id == said.kid).collect();
    if named.is_empty() {
        return Err(TokenFault::UnknownKey);
    }
    let fitting: Vec<&Key> = named.into_iter().filter(|key| key.algorithm() == algorithm).collect();
    if fitting.is_empty() {
        return Err(TokenFault::Algorithm);
    }
    let signature = bytes(signature)?;
    let text = &token.as_bytes()[..header.len() + 1 + payload.len()];
    if !fitting.iter().any(|key| key.signed(text, &signature)) {
        return Err(TokenFault::Signature);
    }
    let claims: Map<String, Value> = serde_json::from_slice(&bytes(payload)?).map_err(|_| TokenFault::Form)?;
    hold(&claims, expected)?;
    Ok(claims)
}

fn hold(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), TokenFault> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err(TokenFault::Issuer);
    }
    let ours = |value: &Value| value.as_str() == Some(expected.client_id);
    let (named, several) = match claims.get("aud") {
        Some(Value::Array(all)) => (all.iter().any(ours), all.len() > 1),
        Some(one) => (ours(one), false),
        None => (false, false),
    };
    // Where it is for several, it has to say that we asked for it.
    let party = match claims.get("azp") {
        Some(party) => ours(party),
        None => !several,
    };
    if !named || !party {
        return Err(TokenFault::Audience);
    }
    let now_s = expected.now.0.div_euclid(1000);
    // Seconds may have a fraction (RFC 7519 2).
    let seconds = |name: &str| claims.get(name).and_then(Value::as_f64).map(|at| at as i64);
    if seconds("exp").ok_or(TokenFault::Form)?.saturating_add(SKEW_S) <= now_s {
        return Err(TokenFault::Expired);
    }
    if seconds("iat").ok_or(TokenFault::Form)?.saturating_sub(SKEW_S) > now_s {
        return Err(TokenFault::Early);
    }
    if seconds("nbf").is_some_and(|at| at.saturating_sub(SKEW_S) > now_s) {
        return Err(TokenFault::Early);
    }
    if text("nonce") == Some(expected.nonce) { Ok(()) } else { Err(TokenFault::Nonce) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_token_is_called_so() {
        let expected = Expected { issuer: "i", client_id: "c", nonce: "n", now: Moment(0) };
        let head = |text: &str| BASE64.encode(text);
        for (token, fault) in [
            (String::new(), TokenFault::Form),
            ("a.b".to_owned(), TokenFault::Form),
            ("e30.e30.e30.e30".to_owned(), TokenFault::Form),
            ("....".to_owned(), TokenFault::Form),
            ("e30=.e30=.".to_owned(), TokenFault::Form),
            // No algorithm, and one that is no text.
            ("e30.e30.".to_owned(), TokenFault::Form),
            (format!("{}.e30.", head(r#"{"alg":1}"#)), TokenFault::Form),
            (format!("{}.e30.", head(r#"{"alg":"none"}"#)), TokenFault::Algorithm),
            (format!("{}.e30.", head(r#"{"alg":"rs256"}"#)), TokenFault::Algorithm),
            (format!("{}.e30.", head(r#"{"alg":"HS256"}"#)), TokenFault::Algorithm),
            (format!("{}.e30.", head(r#"{"alg":"RS256"}"#)), TokenFault::UnknownKey),
        ] {
            assert_eq!(verify(&token, &[], &expected), Err(fault), "{token}");
        }
    }
}

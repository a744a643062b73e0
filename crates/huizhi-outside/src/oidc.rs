//! Providers of identities outside the house (`OpenID` Connect Core 1.0): who somebody is there, by code and PKCE.
//!
//! Nothing follows from what a browser brings back but a question to the provider, over TLS, and from the answer only what the provider has
//! signed for us, in time, for this one sign-in.

mod description;
mod error;
mod keys;
mod settings;
mod token;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use huizhi_domain::clock::Moment;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;
use url::{Url, form_urlencoded};

use crate::client::{Call, CallError, Client};
use crate::secret::Secret;
use description::Description;
pub use error::OidcError;
use keys::Key;
pub use settings::{Authenticates, OidcSettings, OidcSettingsError, Shown};
pub use token::TokenFault;
use token::{Expected, verify};

/// How long a provider's own description is kept. Its keys are fetched again sooner, when one is not known.
const KEPT_MS: i64 = 3_600_000;
/// Keys are fetched again at most this often: tokens with invented key names must not become calls.
const KEYS_EVERY_MS: i64 = 60_000;
/// Characters of a code; none that a provider gives is longer.
const CODE_MOST: usize = 2048;
/// A provider that does not answer is left alone for so long: whoever signs in would wait for it one after the other.
const DOWN_MS: i64 = 5_000;

/// What a sign-in is begun with: all three are random, and none is used twice.
#[derive(Clone, Copy, Debug)]
pub struct Journey<'a> {
    /// Comes back with the browser.
    pub state: &'a str,
    /// Comes back in the ID token.
    pub nonce: &'a str,
    /// Shows the provider that who redeems the code has asked for it (RFC 7636): 43 to 128 characters.
    pub verifier: &'a str,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: Option<String>,
}

/// What is known of the provider, and since when.
#[derive(Default)]
struct Known {
    description: Option<(Description, Moment)>,
    keys: Option<(Vec<Key>, Moment)>,
    /// When it did not answer.
    down: Option<Moment>,
}

/// A provider.
pub struct Oidc {
    client: Client,
    settings: OidcSettings,
    secret: Secret,
    known: Mutex<Known>,
}

impl Oidc {
    /// A provider by its settings; nothing is called.
    ///
    /// # Errors
    /// [`OidcSettingsError`] names what is wrong in them.
    pub fn new(settings: OidcSettings, client: Client) -> Result<Self, OidcSettingsError> {
        settings.check(&client)?;
        let secret = settings.secret.read()?;
        Ok(Self { client, settings, secret, known: Mutex::new(Known::default()) })
    }

    /// What the operator set.
    #[must_use]
    pub const fn settings(&self) -> &OidcSettings {
        &self.settings
    }

    /// Where the browser goes; it comes back to `back`.
    ///
    /// # Errors
    /// [`OidcError`], where the provider does not say where that is.
    pub async fn address(&self, back: &str, journey: &Journey<'_>, now: Moment) -> Result<String, OidcError> {
        let description = self.description(now).await?;
        // Whatever the provider writes there, browsers are sent only to what could be called: https, or what the operator allows.
        self.client.check(&description.authorization_endpoint).map_err(CallError::from)?;
        let mut url = Url::parse(&description.authorization_endpoint)
            .map_err(|_| OidcError::Garbled("authorization_endpoint"))?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", back)
            .append_pair("scope", &self.settings.scopes.join(" "))
            .append_pair("state", journey.state)
            .append_pair("nonce", journey.nonce)
            .append_pair("code_challenge", &challenge(journey.verifier))
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    /// Who a code is: the subject. Access tokens, and all else that the provider says, are dropped here.
    ///
    /// # Errors
    /// [`OidcError`].
    pub async fn subject(
        &self,
        code: &str,
        back: &str,
        journey: &Journey<'_>,
        now: Moment,
    ) -> Result<String, OidcError> {
        if code.is_empty() || code.len() > CODE_MOST {
            return Err(OidcError::Code);
        }
        let description = self.description(now).await?;
        let token = self.redeem(&description, code, back, journey.verifier).await?;
        let expected =
            Expected { issuer: &self.settings.issuer, client_id: &self.settings.client_id, nonce: journey.nonce, now };
        let keys = self.keys(&description, now, false).await?;
        let claims = match verify(&token, &keys, &expected) {
            // The provider may have new keys.
            Err(TokenFault::UnknownKey) => verify(&token, &self.keys(&description, now, true).await?, &expected)?,
            verified => verified?,
        };
        let subject = match claims.get(self.settings.subject.as_str()) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let fits = (1..=255).contains(&subject.len()) && !subject.chars().any(char::is_control);
        if fits { Ok(subject) } else { Err(TokenFault::Subject.into()) }
    }

    /// Whether the provider answers, is the one that is meant, and can do what is needed.
    ///
    /// # Errors
    /// [`OidcError`].
    pub async fn check(&self, now: Moment) -> Result<(), OidcError> {
        let description = self.description(now).await?;
        self.client.check(&description.authorization_endpoint).map_err(CallError::from)?;
        self.client.check(&description.token_endpoint).map_err(CallError::from)?;
        let keys = self.keys(&description, now, true).await?;
        if keys.is_empty() {
            return Err(OidcError::Without("a key for RS256, ES256 or EdDSA"));
        }
        Ok(())
    }

    async fn redeem(
        &self,
        description: &Description,
        code: &str,
        back: &str,
        verifier: &str,
    ) -> Result<String, OidcError> {
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", back),
            ("code_verifier", verifier),
        ];
        if self.settings.authenticates == Authenticates::Post {
            pairs.extend([("client_id", self.settings.client_id.as_str()), ("client_secret", self.secret.reveal())]);
        }
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let mut call = Call::post_json(description.token_endpoint.clone(), form.into_bytes());
        call.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        call.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if self.settings.authenticates == Authenticates::Basic {
            call.headers.insert(AUTHORIZATION, self.basic()?);
        }
        let answer = self.client.call(call).await?;
        if !answer.status.is_success() {
            let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            return Err(match said["error"].as_str() {
                Some("invalid_grant") => OidcError::Code,
                Some("invalid_client" | "unauthorized_client") => OidcError::Client,
                _ => OidcError::Answer { what: "token", status: answer.status.as_u16() },
            });
        }
        let said: TokenAnswer = serde_json::from_slice(&answer.body).map_err(|_| OidcError::Garbled("token answer"))?;
        said.id_token.ok_or(OidcError::Garbled("id_token"))
    }

    /// RFC 6749 2.3.1: both parts are encoded as in forms before they are joined.
    fn basic(&self) -> Result<HeaderValue, OidcError> {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encoded(&self.settings.client_id), encoded(self.secret.reveal()));
        let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair)))
            .map_err(|_| OidcError::Garbled("client-id"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    async fn description(&self, now: Moment) -> Result<Description, OidcError> {
        let mut known = self.known.lock().await;
        if let Some((description, at)) = &known.description
            && (0..KEPT_MS).contains(&now.since_ms(*at))
        {
            return Ok(description.clone());
        }
        if known.down.is_some_and(|at| (0..DOWN_MS).contains(&now.since_ms(at))) {
            return Err(OidcError::Down);
        }
        let address = format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'));
        let found: Result<Description, OidcError> = self.fetch(address, "discovery").await;
        known.down = found.is_err().then_some(now);
        let found = found?;
        if found.issuer != self.settings.issuer {
            return Err(OidcError::Issuer(crate::shorten(&found.issuer, 200)));
        }
        found.fits(self.settings.authenticates)?;
        known.description = Some((found.clone(), now));
        Ok(found)
    }

    /// The provider's keys; `anew` asks for newer ones than those that are known.
    async fn keys(&self, description: &Description, now: Moment, anew: bool) -> Result<Vec<Key>, OidcError> {
        let mut known = self.known.lock().await;
        if let Some((keys, at)) = &known.keys {
            let kept_ms = if anew { KEYS_EVERY_MS } else { KEPT_MS };
            if (0..kept_ms).contains(&now.since_ms(*at)) {
                return Ok(keys.clone());
            }
        }
        let set: keys::KeySet = self.fetch(description.jwks_uri.clone(), "keys").await?;
        let keys = set.keys();
        known.keys = Some((keys.clone(), now));
        Ok(keys)
    }

    async fn fetch<T: DeserializeOwned>(&self, address: String, what: &'static str) -> Result<T, OidcError> {
        let mut call = Call::get(address);
        call.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let answer = self.client.call(call).await?;
        if !answer.status.is_success() {
            return Err(OidcError::Answer { what, status: answer.status.as_u16() });
        }
        serde_json::from_slice(&answer.body).map_err(|_| OidcError::Garbled(what))
    }
}

/// RFC 7636 4.2.
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        // Appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(super::challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}

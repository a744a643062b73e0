//! A provider's public keys (RFC 7517), and which signatures they make good (RFC 7518, RFC 8037). Only these three kinds: a key is read for
//! what it is, so that no token can say that it is something else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA, PKCS #1 v1.5, SHA-256.
    Rs256,
    /// ECDSA on P-256, SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// The algorithm of a name. `none` and those with a shared secret have none.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// A set of keys as it is published. What is unknown in it is passed over: sets hold keys for other uses too.
#[derive(Deserialize)]
pub struct KeySet {
    keys: Vec<Published>,
}

#[derive(Deserialize)]
struct Published {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// A key that signs tokens.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name, where it has one.
    pub id: Option<String>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// Modulus and exponent.
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// An uncompressed point.
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl KeySet {
    /// The keys of it that sign tokens.
    pub fn keys(&self) -> Vec<Key> {
        self.keys.iter().filter_map(Published::key).collect()
    }
}

impl Published {
    fn key(&self) -> Option<Key> {
        if self.purpose.as_deref().is_some_and(|it| it != "sig") {
            return None;
        }
        let kind = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => Kind::Rsa { n: number(self.n.as_deref()?)?, e: number(self.e.as_deref()?)? },
            ("EC", Some("P-256")) => {
                let (x, y) = (bytes(self.x.as_deref()?)?, bytes(self.y.as_deref()?)?);
                if x.len() != 32 || y.len() != 32 {
                    return None;
                }
                Kind::P256([vec![4], x, y].concat())
            }
            ("OKP", Some("Ed25519")) => Kind::Ed25519(bytes(self.x.as_deref()?)?),
            _ => return None,
        };
        let key = Key { id: self.kid.clone(), kind };
        match &self.alg {
            Some(name) if Algorithm::of(name) != Some(key.algorithm()) => None,
            _ => Some(key),
        }
    }
}

impl Key {
    /// The one algorithm that it is for.
    pub const fn algorithm(&self) -> Algorithm {
        match self.kind {
            Kind::Rsa { .. } => Algorithm::Rs256,
            Kind::P256(_) => Algorithm::Es256,
            Kind::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    /// Whether it has signed something.
    pub fn signed(&self, text: &[u8], signature: &[u8]) -> bool {
        match &self.kind {
            Kind::Rsa { n, e } => {
                let key = RsaPublicKeyComponents { n: n.as_slice(), e: e.as_slice() };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, text, signature).is_ok()
            }
            Kind::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(text, signature).is_ok()
            }
            Kind::Ed25519(point) => UnparsedPublicKey::new(&ED25519, point).verify(text, signature).is_ok(),
        }
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

/// A number without leading zeros, as the library wants it; some providers write them.
fn number(text: &str) -> Option<Vec<u8>> {
    let mut number = bytes(text)?;
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.drain(..zeros);
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_that_sign_in_one_of_three_ways_are_read() {
        let x = BASE64.encode([1; 32]);
        let set = format!(
            r#"{{ "keys": [
                {{ "kty": "OKP", "crv": "Ed25519", "x": "{x}", "kid": "good" }},
                {{ "kty": "RSA", "n": "AAAB", "e": "AQAB", "alg": "RS256", "use": "sig", "kid": "zeros" }},
                {{ "kty": "OKP", "crv": "Ed25519", "x": "{x}", "use": "enc" }},
                {{ "kty": "OKP", "crv": "X25519", "x": "{x}" }},
                {{ "kty": "OKP", "crv": "Ed25519", "x": "{x}", "alg": "RS256" }},
                {{ "kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "PS256" }},
                {{ "kty": "RSA", "n": "not base64", "e": "AQAB" }},
                {{ "kty": "EC", "crv": "P-256", "x": "{x}", "y": "AQ" }},
                {{ "kty": "EC", "crv": "P-384", "x": "{x}", "y": "{x}" }},
                {{ "kty": "oct", "k": "AQAB", "alg": "HS256" }}
            ] }}"#
        );
        let set: KeySet = serde_json::from_str(&set).unwrap();
        let keys = set.keys();
        let ids: Vec<&str> = keys.iter().filter_map(|key| key.id.as_deref()).collect();
        assert_eq!((keys.len(), ids.as_slice()), (2, ["good", "zeros"].as_slice()));
        // Neither is a key that ring takes for that; it says no, and does not panic.
        assert!(keys.iter().all(|key| !key.signed(b"text", &[0; 64])));
    }
}

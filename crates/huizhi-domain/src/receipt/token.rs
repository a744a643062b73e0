//! The signed token of a receipt: a compact JWS (RFC 7515) with `EdDSA` over Ed25519 (RFC 8037), small enough for a QR code
//! and readable by any window without a line to us.
//!
//! It proves that the receipt exists and how long it holds. It does not give the photo, and not the number.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::receipt::ReceiptNumber;

/// What a token says. Keys are short because every character widens the QR code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Version of this form.
    pub v: u32,
    /// The first 16 bytes of SHA-256 over the number's characters, base64url: who holds the sheet can show that number and
    /// token belong together, and who holds the token learns nothing of 80 random bits.
    pub n: String,
    /// Documents that the photo may be used for.
    pub d: Vec<String>,
    /// Code of the issuing city.
    pub c: String,
    /// When it was issued: seconds since 1970-01-01 UTC (RFC 7519).
    pub iat: i64,
    /// The first second on which it no longer holds (RFC 7519).
    pub exp: i64,
    /// SHA-256 of the photo file, base64url.
    pub p: String,
    /// Version of the rules that it was approved by.
    pub r: String,
}

impl Claims {
    /// What stands in `n` for a number.
    #[must_use]
    pub fn hash_of(number: &ReceiptNumber) -> String {
        BASE64.encode(&Sha256::digest(number.reveal().as_bytes())[..16])
    }

    /// What stands in `p` for a photo file.
    #[must_use]
    pub fn digest_of(photo: &[u8]) -> String {
        BASE64.encode(Sha256::digest(photo))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
}

/// Why a token is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It has not the form of a token.
    #[error("this is no receipt token")]
    Form,
    /// It names a key that is not ours.
    #[error("“{0}” is none of our keys")]
    UnknownKey(String),
    /// The signature does not fit: something was changed.
    #[error("the signature does not fit: the token was changed")]
    Signature,
}

/// Signs tokens.
pub struct Signer {
    id: String,
    key: SigningKey,
}

impl Signer {
    /// A signer from the 32 bytes of a secret key. Its id is the beginning of the public key's SHA-256.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(secret);
        Self { id: key_id(&key.verifying_key()), key }
    }

    /// The name of its key, as tokens carry it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its public key, 32 bytes.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// Signs any bytes: tokens, and heads of the log.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.key.sign(bytes).to_bytes()
    }

    /// Makes the token of bytes from [`to_be_signed`].
    #[must_use]
    pub fn token(&self, to_be_signed: &str) -> String {
        format!("{to_be_signed}.{}", BASE64.encode(self.sign(to_be_signed.as_bytes())))
    }
}

/// The exact bytes that are signed: header and claims, each base64url, with a dot between. They are stored before the
/// signature is made, so that nothing else can come to be signed under the same number.
#[must_use]
pub fn to_be_signed(claims: &Claims, key_id: &str) -> String {
    let part = |json: serde_json::Result<Vec<u8>>| BASE64.encode(json.unwrap_or_default());
    let header = Header { alg: "EdDSA".to_owned(), kid: key_id.to_owned() };
    format!("{}.{}", part(serde_json::to_vec(&header)), part(serde_json::to_vec(claims)))
}

/// Checks tokens. Keys are never forgotten, because receipts outlive them.
#[derive(Clone, Debug, Default)]
pub struct Verifier {
    keys: BTreeMap<String, VerifyingKey>,
}

impl Verifier {
    /// One that knows public keys of 32 bytes each; those that are no points of the curve are left out.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = [u8; 32]>) -> Self {
        let keys = keys.into_iter().filter_map(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        Self { keys: keys.map(|key| (key_id(&key), key)).collect() }
    }

    /// Whether a signature over bytes is by a key.
    ///
    /// # Errors
    /// [`TokenError::UnknownKey`], [`TokenError::Signature`].
    pub fn signed(&self, key_id: &str, bytes: &[u8], signature: &[u8]) -> Result<(), TokenError> {
        let key = self.keys.get(key_id).ok_or_else(|| TokenError::UnknownKey(key_id.to_owned()))?;
        let signature = Signature::from_slice(signature).map_err(|_| TokenError::Signature)?;
        key.verify_strict(bytes, &signature).map_err(|_| TokenError::Signature)
    }

    /// What a token says, after its signature was checked. Whether it still holds is for the caller to see, by `exp`.
    ///
    /// # Errors
    /// [`TokenError`], by cause.
    pub fn read(&self, token: &str) -> Result<Claims, TokenError> {
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Form)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::Form)?;
        let bytes = |part: &str| BASE64.decode(part).map_err(|_| TokenError::Form);
        let header: Header = serde_json::from_slice(&bytes(header)?).map_err(|_| TokenError::Form)?;
        if header.alg != "EdDSA" {
            return Err(TokenError::Form);
        }
        self.signed(&header.kid, signed.as_bytes(), &bytes(signature)?)?;
        serde_json::from_slice(&bytes(claims)?).map_err(|_| TokenError::Form)
    }
}

pub(crate) fn key_id(key: &VerifyingKey) -> String {
    BASE64.encode(&Sha256::digest(key.as_bytes())[..6])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims {
            v: 1,
            n: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
            d: vec!["cn-resident-id".to_owned()],
            c: "441300".to_owned(),
            iat: 1_764_000_000,
            exp: 1_769_184_000,
            p: Claims::digest_of(b"photo"),
            r: "2026.1".to_owned(),
        }
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let signer = Signer::new(&[7; 32]);
        let verifier = Verifier::new([signer.public()]);
        let token = signer.token(&to_be_signed(&claims(), signer.id()));
        assert_eq!(verifier.read(&token), Ok(claims()));
        for at in 0..token.len() {
            for bit in 0..8 {
                let mut bytes = token.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let read = String::from_utf8(bytes).map(|text| verifier.read(&text));
                assert!(!matches!(read, Ok(Ok(_))), "byte {at} bit {bit}");
            }
        }
    }

    #[test]
    fn other_keys_and_other_algorithms_are_refused() {
        let signer = Signer::new(&[7; 32]);
        let token = signer.token(&to_be_signed(&claims(), signer.id()));
        let other = Verifier::new([Signer::new(&[8; 32]).public()]);
        assert!(matches!(other.read(&token), Err(TokenError::UnknownKey(_))));
        let none = BASE64.encode(format!("{{\"alg\":\"none\",\"kid\":\"{}\"}}", signer.id()));
        let forged = format!("{none}.{}.", token.split('.').nth(1).unwrap());
        assert_eq!(Verifier::new([signer.public()]).read(&forged), Err(TokenError::Form));
    }

    #[test]
    fn a_token_fits_a_qr_code() {
        let signer = Signer::new(&[7; 32]);
        // A QR code of version 16 at level M, 81 modules wide, takes 450 bytes; a link adds about 40.
        assert!(signer.token(&to_be_signed(&claims(), signer.id())).len() < 410);
    }
}

//! Passkeys (WebAuthn level 3), as far as staff need them: ES256, no attestation, the user verified each time. The browser says the
//! authenticator's data apart from their envelope, so that no CBOR has to be read: the one key that we take has one form.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use huizhi_store::Passkey;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// Flags of the authenticator's data (§6.1): the user was there, was verified, and a new key follows.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const NEW_KEY: u8 = 0x40;

/// The data begin with a hash of the relying party's name; a new key with the model of its authenticator.
const HASH_BYTES: usize = 32;
const MODEL_BYTES: usize = 16;

/// A name for a key may have so many bytes (§4, credential ID).
const LONGEST_ID: usize = 1023;

/// An ES256 key in COSE (RFC 9053, §7.1.1), as the canonical CBOR of CTAP2 has it: kind EC2, algorithm −7, curve P-256, x, y.
const KEY_BEFORE_X: [u8; 10] = [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
const KEY_BEFORE_Y: [u8; 3] = [0x22, 0x58, 0x20];
const COORDINATE_BYTES: usize = 32;

/// Why a passkey is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// The browser's answer has another form.
    #[error("the browser's answer has another form")]
    Form,
    /// It was made for another site, or for another act.
    #[error("the answer was made elsewhere")]
    Elsewhere,
    /// The authenticator did not verify who uses it.
    #[error("the user was not verified")]
    Unverified,
    /// The key is of a kind that is not taken.
    #[error("the key is not one of ES256")]
    Kind,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    Signature,
}

/// For whom passkeys are made: the service, as browsers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relying {
    /// `https://id.example:8443`.
    origin: String,
    /// `id.example`.
    pub id: String,
}

/// What a browser says to an act of a passkey, in base64url; what does not belong to the act is empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Said {
    credential: String,
    client_data: String,
    authenticator_data: String,
    signature: String,
}

#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    act: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

/// What is in the authenticator's data.
struct Data<'a> {
    flags: u8,
    counter: u32,
    rest: &'a [u8],
}

impl Relying {
    /// The service at its public URL; `None` where that is none.
    #[must_use]
    pub fn of(public_url: &str) -> Option<Self> {
        let (scheme, rest) = public_url.split_once("://")?;
        let authority = rest.split('/').next().filter(|authority| !authority.is_empty())?;
        let host = authority.split(':').next()?;
        Some(Self { origin: format!("{scheme}://{authority}"), id: host.to_owned() })
    }

    /// A new passkey, and the challenge that it answered. Whether that is ours, the store knows.
    ///
    /// # Errors
    /// [`PasskeyError`], by cause.
    pub fn enrolled(&self, said: &Said) -> Result<(Passkey, String), PasskeyError> {
        let (challenge, _) = self.client_data(said, "webauthn.create")?;
        let data = decoded(&said.authenticator_data)?;
        let data = self.data(&data)?;
        if data.flags & NEW_KEY == 0 {
            return Err(PasskeyError::Form);
        }
        let (length, rest) =
            data.rest.get(MODEL_BYTES..).and_then(<[u8]>::split_first_chunk::<2>).ok_or(PasskeyError::Form)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length > LONGEST_ID {
            return Err(PasskeyError::Form);
        }
        let (id, key) = rest.split_at_checked(length).ok_or(PasskeyError::Form)?;
        if decoded(&said.credential)? != id {
            return Err(PasskeyError::Form);
        }
        Ok((Passkey { id: id.to_vec(), point: point(key)?, counter: data.counter }, challenge))
    }

    /// Checks the signature of one of somebody's passkeys. Gives it as it counts now, and the challenge that it answered.
    ///
    /// # Errors
    /// [`PasskeyError`], by cause.
    pub fn proved(&self, said: &Said, known: &[Passkey]) -> Result<(Passkey, String), PasskeyError> {
        let (challenge, client_data) = self.client_data(said, "webauthn.get")?;
        let id = decoded(&said.credential)?;
        let passkey = known.iter().find(|passkey| passkey.id == id).ok_or(PasskeyError::Signature)?;
        let mut signed = decoded(&said.authenticator_data)?;
        let counter = self.data(&signed)?.counter;
        signed.extend(Sha256::digest(client_data));
        let signature = decoded(&said.signature)?;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &passkey.point);
        key.verify(&signed, &signature).map_err(|_| PasskeyError::Signature)?;
        Ok((Passkey { counter, ..passkey.clone() }, challenge))
    }

    /// The challenge that the browser gave to the authenticator, and its data's bytes.
    fn client_data(&self, said: &Said, act: &str) -> Result<(String, Vec<u8>), PasskeyError> {
        let bytes = decoded(&said.client_data)?;
        let data: ClientData = serde_json::from_slice(&bytes).map_err(|_| PasskeyError::Form)?;
        if data.act != act || data.origin != self.origin || data.cross_origin {
            return Err(PasskeyError::Elsewhere);
        }
        let challenge = String::from_utf8(decoded(&data.challenge)?).map_err(|_| PasskeyError::Form)?;
        Ok((challenge, bytes))
    }

    fn data<'a>(&self, bytes: &'a [u8]) -> Result<Data<'a>, PasskeyError> {
        let (hash, rest) = bytes.split_first_chunk::<HASH_BYTES>().ok_or(PasskeyError::Form)?;
        let (flags, rest) = rest.split_first().ok_or(PasskeyError::Form)?;
        let (counter, rest) = rest.split_first_chunk::<4>().ok_or(PasskeyError::Form)?;
        if Sha256::digest(self.id.as_bytes()).as_slice() != hash.as_slice() {
            return Err(PasskeyError::Elsewhere);
        }
        if flags & PRESENT == 0 || flags & VERIFIED == 0 {
            return Err(PasskeyError::Unverified);
        }
        Ok(Data { flags: *flags, counter: u32::from_be_bytes(*counter), rest })
    }
}

/// The point of a key: `04`, x, y.
fn point(key: &[u8]) -> Result<Vec<u8>, PasskeyError> {
    let rest = key.strip_prefix(&KEY_BEFORE_X).ok_or(PasskeyError::Kind)?;
    let (x, rest) = rest.split_at_checked(COORDINATE_BYTES).ok_or(PasskeyError::Kind)?;
    let rest = rest.strip_prefix(&KEY_BEFORE_Y).ok_or(PasskeyError::Kind)?;
    let y = rest.get(..COORDINATE_BYTES).ok_or(PasskeyError::Kind)?;
    Ok([&[4][..], x, y].concat())
}

fn decoded(text: &str) -> Result<Vec<u8>, PasskeyError> {
    BASE64.decode(text).map_err(|_| PasskeyError::Form)
}

#[cfg(test)]
pub mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};

    use super::*;

    /// An authenticator in memory.
    pub struct Authenticator {
        pair: EcdsaKeyPair,
        pub counter: u32,
        pub flags: u8,
    }

    impl Authenticator {
        pub fn new() -> Self {
            let (kind, random) = (&ECDSA_P256_SHA256_ASN1_SIGNING, SystemRandom::new());
            let document = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
            let pair = EcdsaKeyPair::from_pkcs8(kind, document.as_ref(), &random).unwrap();
            Self { pair, counter: 0, flags: PRESENT | VERIFIED }
        }

        /// What a browser says when it makes this key.
        pub fn create(&self, origin: &str, challenge: &str) -> Said {
            let point = self.pair.public_key().as_ref();
            let mut data = self.head(self.flags | NEW_KEY);
            data.extend([0; MODEL_BYTES]);
            data.extend([0, 3]);
            data.extend(b"key");
            data.extend(KEY_BEFORE_X);
            data.extend(&point[1..33]);
            data.extend(KEY_BEFORE_Y);
            data.extend(&point[33..]);
            Said {
                credential: BASE64.encode("key"),
                client_data: client_data("webauthn.create", origin, challenge),
                authenticator_data: BASE64.encode(data),
                signature: String::new(),
            }
        }

        /// What a browser says when this key signs.
        pub fn get(&mut self, origin: &str, challenge: &str) -> Said {
            self.counter += 1;
            let data = self.head(self.flags);
            let client_data = client_data("webauthn.get", origin, challenge);
            let signed = [data.as_slice(), Sha256::digest(BASE64.decode(&client_data).unwrap()).as_slice()].concat();
            let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
            Said {
                credential: BASE64.encode("key"),
                client_data,
                authenticator_data: BASE64.encode(data),
                signature: BASE64.encode(signature),
            }
        }

        fn head(&self, flags: u8) -> Vec<u8> {
            let mut data = Sha256::digest(b"localhost").to_vec();
            data.push(flags);
            data.extend(self.counter.to_be_bytes());
            data
        }
    }

    impl Said {
        /// As a page's form posts it.
        pub fn form(&self) -> String {
            let Self { credential, client_data, authenticator_data, signature } = self;
            format!(
                "credential={credential}&client_data={client_data}&authenticator_data={authenticator_data}&signature={signature}"
            )
        }
    }

    fn client_data(act: &str, origin: &str, challenge: &str) -> String {
        let challenge = BASE64.encode(challenge);
        let data = serde_json::json!({ "type": act, "challenge": challenge, "origin": origin, "crossOrigin": false });
        BASE64.encode(data.to_string())
    }

    const HERE: &str = "http://localhost:8080";

    fn here() -> Relying {
        Relying::of(HERE).unwrap()
    }

    #[test]
    fn the_relying_party_is_the_public_host() {
        let of = |url: &str| Relying::of(url).map(|relying| (relying.origin, relying.id));
        let said = |origin: &str, id: &str| Some((origin.to_owned(), id.to_owned()));
        assert_eq!(of("https://id.example:8443/"), said("https://id.example:8443", "id.example"));
        assert_eq!(of("https://id.example"), said("https://id.example", "id.example"));
        assert_eq!(of("id.example"), None);
    }

    #[test]
    fn a_key_is_enrolled_and_its_signature_found_right() {
        let mut key = Authenticator::new();
        let (known, challenge) = here().enrolled(&key.create(HERE, "c1")).unwrap();
        assert_eq!((known.id.as_slice(), known.point.len(), challenge.as_str()), (&b"key"[..], 65, "c1"));
        let (used, challenge) = here().proved(&key.get(HERE, "c2"), std::slice::from_ref(&known)).unwrap();
        assert_eq!((used.counter, challenge.as_str()), (1, "c2"));
        assert_eq!(here().proved(&key.get(HERE, "c3"), &[]), Err(PasskeyError::Signature));
    }

    #[test]
    fn what_was_made_elsewhere_or_for_another_act_or_by_another_is_refused() {
        let mut key = Authenticator::new();
        let (known, _) = here().enrolled(&key.create(HERE, "c")).unwrap();
        let known = [known];
        let proved = |said: &Said| here().proved(said, &known).unwrap_err();
        assert_eq!(proved(&key.get("http://evil.example", "c")), PasskeyError::Elsewhere);
        assert_eq!(here().enrolled(&key.get(HERE, "c")), Err(PasskeyError::Elsewhere));
        let other = Relying::of("https://id.example").unwrap();
        assert_eq!(other.proved(&key.get("https://id.example", "c"), &known), Err(PasskeyError::Elsewhere));
        assert_eq!(proved(&Authenticator::new().get(HERE, "c")), PasskeyError::Signature);
        let mixed = Said { client_data: client_data("webauthn.get", HERE, "other"), ..key.get(HERE, "c") };
        assert_eq!(proved(&mixed), PasskeyError::Signature);
        key.flags = PRESENT;
        assert_eq!(proved(&key.get(HERE, "c")), PasskeyError::Unverified);
        assert_eq!(proved(&Said::default()), PasskeyError::Form);
    }

    #[test]
    fn broken_answers_are_refused_and_never_a_panic() {
        let said = Authenticator::new().create(HERE, "c");
        let data = BASE64.decode(&said.authenticator_data).unwrap();
        for length in 0..data.len() {
            let said = Said { authenticator_data: BASE64.encode(&data[..length]), ..said.clone() };
            assert!(here().enrolled(&said).is_err(), "{length} bytes");
        }
    }
}

//! Envelopes: what servers say to each other, signed, for one receiver, good for two minutes, once.
//!
//! An envelope is a compact JWS (RFC 7515, RFC 8037). Photos go beside it and are named in it by SHA-256; [`pack`] and [`unpack`] say
//! how. Nothing follows from an answer that is not signed, except that the question is asked again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rand_core::Rng;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Peer;
use crate::audit::Head;
use crate::clock::Moment;
use crate::receipt::{Issuer, Signer, TokenError, Verifier};

/// Keeps envelopes apart from receipts' tokens and from what windows get.
pub const TYPE: &str = "huizhi-peer+jws";

/// The longest life of an envelope, seconds: an answer comes within a minute or not at all.
pub const LIFE_S: i64 = 120;

/// How far two clocks may be apart, seconds (security.md, row 26).
pub const SLACK_S: i64 = 60;

/// The largest envelope without what goes beside it. The longest that is sent, fifty decisions with notes, has some 100 KB.
pub const MOST_BYTES: usize = 256 * 1024;

/// The kind of a signed refusal.
pub const REFUSED: &str = "refused";

/// What an envelope says. Unknown fields are refused: what they meant would be lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Version of this form: 1.
    pub v: u32,
    /// Who speaks.
    pub iss: Issuer,
    /// To whom.
    pub aud: Issuer,
    /// When, in seconds since 1970-01-01 UTC.
    pub iat: i64,
    /// The first second on which it is no longer good.
    pub exp: i64,
    /// Its own random name, 128 bits in base64url: the same is heard once.
    pub jti: String,
    /// What it is: `cases/give`, `receipts/fetch` … An answer has the kind of its question, or `refused`.
    pub kind: String,
    /// For an answer, the `jti` of its question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re: Option<String>,
    /// What goes beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileMark>,
    /// How far the speaker's log is, signed: what it denies later, it denies against its own signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<SpokenHead>,
    /// What is said: JSON as text, so that its digest is the same in every language.
    pub body: String,
}

/// A file beside an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileMark {
    /// Its name: `preview`, `id-photo`, `report`, `photo`.
    pub name: String,
    /// How long it is.
    pub bytes: usize,
    /// Its SHA-256, base64url.
    pub sha256: String,
}

/// A log's head as envelopes carry it. [`Head::text`] says what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpokenHead {
    /// Entries.
    pub size: u64,
    /// Base64url.
    pub root: String,
    /// When the newest entry was made, ms.
    pub at_ms: i64,
    /// The key's name.
    pub key_id: String,
    /// Base64url.
    pub signature: String,
}

impl SpokenHead {
    /// A head as envelopes carry it.
    #[must_use]
    pub fn of(head: &Head) -> Self {
        Self {
            size: head.size,
            root: BASE64.encode(head.root),
            at_ms: head.at.0,
            key_id: head.key_id.clone(),
            signature: BASE64.encode(&head.signature),
        }
    }

    /// The head; `None` where it has not the form of one. Its signature is not checked.
    #[must_use]
    pub fn head(&self) -> Option<Head> {
        Some(Head {
            size: self.size,
            root: BASE64.decode(&self.root).ok()?.try_into().ok()?,
            at: Moment(self.at_ms),
            key_id: self.key_id.clone(),
            signature: BASE64.decode(&self.signature).ok()?,
        })
    }
}

/// Why an envelope is not heard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It has not the form of one.
    #[error("this is no envelope of this protocol, version 1")]
    Form,
    /// It is larger than anything that is said here.
    #[error("the envelope is too large")]
    TooLarge,
    /// It is for somebody else.
    #[error("the envelope is for “{0}”")]
    OtherAudience(Issuer),
    /// Nobody here knows who speaks.
    #[error("“{0}” is none of our peers")]
    UnknownPeer(Issuer),
    /// The key is none of the speaker's.
    #[error("“{0}” is none of the speaker's keys")]
    UnknownKey(String),
    /// The key is not good yet.
    #[error("the key “{0}” is not good yet")]
    KeyTooEarly(String),
    /// The key is not good any more.
    #[error("the key “{0}” is not good any more")]
    KeyExpired(String),
    /// It was changed, or signed by somebody else.
    #[error("the signature does not fit")]
    Signature,
    /// It is from the future: one of the clocks is wrong.
    #[error("the envelope is {0} s ahead of our clock; set the clocks")]
    Ahead(i64),
    /// Its time is over: it was under way too long, or one of the clocks is wrong.
    #[error("the envelope ended {0} s ago by our clock; set the clocks")]
    Over(i64),
    /// It claims a longer life than any has.
    #[error("an envelope lives {LIFE_S} s at most")]
    TooLong,
    /// It was heard before.
    #[error("the envelope was heard before")]
    Replayed,
    /// It says something else than was asked for.
    #[error("the envelope is a “{0}”")]
    OtherKind(String),
    /// It answers another question.
    #[error("the envelope answers another question")]
    OtherQuestion,
    /// What goes beside it is not what it names.
    #[error("what goes beside the envelope is not what it names")]
    Files,
}

impl EnvelopeError {
    /// All words, for documentation and tests.
    pub const WORDS: [&str; 15] = [
        "form",
        "too-large",
        "other-audience",
        "unknown-peer",
        "unknown-key",
        "key-too-early",
        "key-expired",
        "signature",
        "ahead",
        "over",
        "too-long",
        "replayed",
        "other-kind",
        "other-question",
        "files",
    ];

    /// Its word in problems and in the test vectors.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        Self::WORDS[match self {
            Self::Form => 0,
            Self::TooLarge => 1,
            Self::OtherAudience(_) => 2,
            Self::UnknownPeer(_) => 3,
            Self::UnknownKey(_) => 4,
            Self::KeyTooEarly(_) => 5,
            Self::KeyExpired(_) => 6,
            Self::Signature => 7,
            Self::Ahead(_) => 8,
            Self::Over(_) => 9,
            Self::TooLong => 10,
            Self::Replayed => 11,
            Self::OtherKind(_) => 12,
            Self::OtherQuestion => 13,
            Self::Files => 14,
        }]
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

impl Envelope {
    /// A question.
    pub fn ask(iss: Issuer, aud: Issuer, kind: &str, body: String, now: Moment, random: &mut dyn Rng) -> Self {
        let mut name = [0; 16];
        random.fill_bytes(&mut name);
        let iat = now.0.div_euclid(1000);
        Self {
            v: 1,
            iss,
            aud,
            iat,
            exp: iat + LIFE_S,
            jti: BASE64.encode(name),
            kind: kind.to_owned(),
            re: None,
            files: Vec::new(),
            log: None,
            body,
        }
    }

    /// The answer to this one.
    #[must_use]
    pub fn answer(&self, kind: &str, body: String, now: Moment, random: &mut dyn Rng) -> Self {
        Self { re: Some(self.jti.clone()), ..Self::ask(self.aud, self.iss, kind, body, now, random) }
    }

    /// With what goes beside it.
    #[must_use]
    pub fn with(mut self, files: &[(&str, &[u8])]) -> Self {
        let mark = |(name, bytes): &(&str, &[u8])| FileMark {
            name: (*name).to_owned(),
            bytes: bytes.len(),
            sha256: BASE64.encode(Sha256::digest(bytes)),
        };
        self.files = files.iter().map(mark).collect();
        self
    }

    /// Signs it.
    #[must_use]
    pub fn seal(&self, signer: &Signer) -> String {
        let header = Header { alg: "EdDSA".to_owned(), kid: signer.id().to_owned(), typ: TYPE.to_owned() };
        let part = |json: serde_json::Result<Vec<u8>>| BASE64.encode(json.unwrap_or_default());
        signer.token(&format!("{}.{}", part(serde_json::to_vec(&header)), part(serde_json::to_vec(self))))
    }

    /// Who says to speak, of which nothing is proven yet: whose keys to look for.
    ///
    /// # Errors
    /// [`EnvelopeError::Form`], [`EnvelopeError::TooLarge`].
    pub fn speaker(jws: &str) -> Result<Issuer, EnvelopeError> {
        read(jws).map(|(_, envelope)| envelope.iss)
    }

    /// What a peer says to `us`, after all that one envelope shows was checked: form, receiver, key and its dates, signature, time.
    /// Whether it was heard before is for the caller to see, by `jti`.
    ///
    /// # Errors
    /// [`EnvelopeError`], by cause.
    pub fn open(jws: &str, peer: &Peer, us: Issuer, now: Moment) -> Result<Self, EnvelopeError> {
        let (kid, envelope) = read(jws)?;
        if envelope.aud != us {
            return Err(EnvelopeError::OtherAudience(envelope.aud));
        }
        if envelope.iss != peer.code {
            return Err(EnvelopeError::UnknownPeer(envelope.iss));
        }
        let key = peer.keys.iter().find(|key| key.id == kid).ok_or_else(|| EnvelopeError::UnknownKey(kid.clone()))?;
        let (signed, signature) = jws.rsplit_once('.').ok_or(EnvelopeError::Form)?;
        let signature = BASE64.decode(signature).map_err(|_| EnvelopeError::Form)?;
        match Verifier::new([key.public]).signed(&kid, signed.as_bytes(), &signature) {
            Ok(()) => {}
            Err(TokenError::UnknownKey(_)) => return Err(EnvelopeError::UnknownKey(kid)),
            Err(_) => return Err(EnvelopeError::Signature),
        }
        let said = Moment(envelope.iat.saturating_mul(1000));
        if said.after_s(SLACK_S) < key.from {
            return Err(EnvelopeError::KeyTooEarly(kid));
        }
        if key.until.is_some_and(|until| said >= until) {
            return Err(EnvelopeError::KeyExpired(kid));
        }
        envelope.in_time(now)?;
        Ok(envelope)
    }

    fn in_time(&self, now: Moment) -> Result<(), EnvelopeError> {
        let now = now.0.div_euclid(1000);
        if self.exp.saturating_sub(self.iat) > LIFE_S || self.exp <= self.iat {
            return Err(EnvelopeError::TooLong);
        }
        if self.iat > now + SLACK_S {
            return Err(EnvelopeError::Ahead(self.iat - now));
        }
        if self.exp <= now - SLACK_S {
            return Err(EnvelopeError::Over(now - self.exp));
        }
        Ok(())
    }

    /// Until when the same is not to be heard again: after that its time is over anyway.
    #[must_use]
    pub const fn forgotten_at(&self) -> Moment {
        Moment(0).after_s(self.exp.saturating_add(SLACK_S))
    }

    /// Whether it answers a question of ours.
    ///
    /// # Errors
    /// [`EnvelopeError::OtherQuestion`], [`EnvelopeError::OtherKind`].
    pub fn answers(&self, question: &Self) -> Result<(), EnvelopeError> {
        if self.re.as_deref() != Some(question.jti.as_str()) {
            return Err(EnvelopeError::OtherQuestion);
        }
        if self.kind != question.kind && self.kind != REFUSED {
            return Err(EnvelopeError::OtherKind(self.kind.clone()));
        }
        Ok(())
    }

    /// The digest of what is said, as both logs keep it: SHA-256 over kind, line feed and body, base64url.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&self.kind, &self.body)
    }
}

/// The digest of a body of a kind: SHA-256 over kind, line feed and body, base64url.
#[must_use]
pub fn digest(kind: &str, body: &str) -> String {
    BASE64.encode(Sha256::new().chain_update(kind).chain_update("\n").chain_update(body).finalize())
}

fn read(jws: &str) -> Result<(String, Envelope), EnvelopeError> {
    if jws.len() > MOST_BYTES {
        return Err(EnvelopeError::TooLarge);
    }
    let mut parts = jws.split('.');
    let (Some(header), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(EnvelopeError::Form);
    };
    let bytes = |part: &str| BASE64.decode(part).map_err(|_| EnvelopeError::Form);
    let header: Header = serde_json::from_slice(&bytes(header)?).map_err(|_| EnvelopeError::Form)?;
    let envelope: Envelope = serde_json::from_slice(&bytes(payload)?).map_err(|_| EnvelopeError::Form)?;
    // 16 bytes are 22 characters; fewer could be guessed, more would fill the table of those that were heard.
    if header.alg != "EdDSA" || header.typ != TYPE || envelope.v != 1 || envelope.jti.len() != 22 {
        return Err(EnvelopeError::Form);
    }
    Ok((header.kid, envelope))
}

/// Puts an envelope and what goes beside it into one message: the JWS, a line feed, the files one after the other.
#[must_use]
pub fn pack(jws: &str, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(jws.len() + 1 + files.iter().map(|(_, file)| file.len()).sum::<usize>());
    bytes.extend(jws.as_bytes());
    bytes.push(b'\n');
    for (_, file) in files {
        bytes.extend(*file);
    }
    bytes
}

/// The envelope of a message, and the bytes beside it.
///
/// # Errors
/// [`EnvelopeError::Form`], [`EnvelopeError::TooLarge`].
pub fn unpack(message: &[u8]) -> Result<(&str, &[u8]), EnvelopeError> {
    let head = message.get(..MOST_BYTES + 1).unwrap_or(message);
    let end = head.iter().position(|byte| *byte == b'\n').ok_or(if message.len() > MOST_BYTES {
        EnvelopeError::TooLarge
    } else {
        EnvelopeError::Form
    })?;
    let jws = std::str::from_utf8(&message[..end]).map_err(|_| EnvelopeError::Form)?;
    Ok((jws, &message[end + 1..]))
}

/// The files of an envelope, each held against its digest.
///
/// # Errors
/// [`EnvelopeError::Files`].
pub fn files<'a>(envelope: &'a Envelope, beside: &'a [u8]) -> Result<Vec<(&'a str, &'a [u8])>, EnvelopeError> {
    let mut rest = beside;
    let mut files = Vec::with_capacity(envelope.files.len());
    for mark in &envelope.files {
        let (file, after) = rest.split_at_checked(mark.bytes).ok_or(EnvelopeError::Files)?;
        if BASE64.encode(Sha256::digest(file)) != mark.sha256 {
            return Err(EnvelopeError::Files);
        }
        files.push((mark.name.as_str(), file));
        rest = after;
    }
    if rest.is_empty() { Ok(files) } else { Err(EnvelopeError::Files) }
}

#[cfg(test)]
#[path = "envelope/tests.rs"]
mod tests;

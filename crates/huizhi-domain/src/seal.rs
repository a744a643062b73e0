//! Sealing: each photo under a random key of its own, that key under the server's or under the receipt's number, and names and
//! numbers found again by a keyed hash. A stolen database or folder shows no face and no name.

use std::collections::BTreeMap;
use std::fmt;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

use crate::receipt::ReceiptNumber;

/// Form of a sealed text: this byte, the id of the key, 24 bytes of nonce, the sealed bytes with their tag.
const FORM: u8 = 1;
const NONCE: usize = 24;

/// Sealed bytes that can't be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// They are not in our form.
    #[error("these bytes were not sealed by us")]
    Form,
    /// Their key is not in the ring.
    #[error("key {0} is not in the ring")]
    UnknownKey(u8),
    /// They were changed, or belong to something else.
    #[error("the sealed bytes were changed, or belong to something else")]
    Changed,
}

/// A key of 32 bytes that wipes itself.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; 32]>);

impl SecretKey {
    /// Takes 32 bytes as a key.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Draws a key.
    pub fn draw(random: &mut dyn CryptoRng) -> Self {
        let mut bytes = [0; 32];
        random.fill_bytes(&mut bytes);
        let key = Self::new(bytes);
        bytes.zeroize();
        key
    }

    /// Its bytes, for those who have to keep it.
    #[must_use]
    pub fn reveal(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals bytes; `about` says what they are, and the same words open them (AAD).
    pub fn seal(&self, about: &str, plain: &[u8], random: &mut dyn CryptoRng) -> Vec<u8> {
        self.seal_as(0, about, plain, random)
    }

    /// Opens what [`Self::seal`] sealed.
    ///
    /// # Errors
    /// [`SealError::Form`], [`SealError::Changed`].
    pub fn open(&self, about: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (&form, rest) = sealed.split_first().ok_or(SealError::Form)?;
        let (_, rest) = rest.split_first().ok_or(SealError::Form)?;
        if form != FORM || rest.len() < NONCE {
            return Err(SealError::Form);
        }
        let (nonce, body) = rest.split_at(NONCE);
        let nonce = XNonce::try_from(nonce).map_err(|_| SealError::Form)?;
        let payload = Payload { msg: body, aad: about.as_bytes() };
        self.cipher().decrypt(&nonce, payload).map(Zeroizing::new).map_err(|_| SealError::Changed)
    }

    fn seal_as(&self, id: u8, about: &str, plain: &[u8], random: &mut dyn CryptoRng) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        random.fill_bytes(&mut nonce);
        let payload = Payload { msg: plain, aad: about.as_bytes() };
        let mut sealed = vec![FORM, id];
        sealed.extend(nonce);
        // The only failure is a text of over 256 GiB, which no limit of ours lets in.
        sealed.extend(self.cipher().encrypt(&XNonce::from(nonce), payload).unwrap_or_default());
        sealed
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.0))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// The server's keys, by id. New things are sealed under the newest; old ones open old things.
#[derive(Clone, Debug)]
pub struct Ring {
    keys: BTreeMap<u8, SecretKey>,
    pepper: SecretKey,
}

impl Ring {
    /// A ring of master keys by id, and the pepper of the keyed hashes, which never changes. `None` without a key.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = (u8, SecretKey)>, pepper: SecretKey) -> Option<Self> {
        let keys: BTreeMap<u8, SecretKey> = keys.into_iter().collect();
        (!keys.is_empty()).then_some(Self { keys, pepper })
    }

    /// Seals bytes under the newest key. `about` names the thing and its use, such as `order 01ARZ… applicant`.
    pub fn seal(&self, about: &str, plain: &[u8], random: &mut dyn CryptoRng) -> Vec<u8> {
        let Some((id, key)) = self.keys.last_key_value() else { return Vec::new() };
        derived(key, "seal").seal_as(*id, about, plain, random)
    }

    /// Opens what was sealed under any key of the ring.
    ///
    /// # Errors
    /// [`SealError`], by cause.
    pub fn open(&self, about: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let id = *sealed.get(1).ok_or(SealError::Form)?;
        let key = self.keys.get(&id).ok_or(SealError::UnknownKey(id))?;
        derived(key, "seal").open(about, sealed)
    }

    /// A keyed hash by which a secret text is found again; `kind` keeps the kinds apart.
    #[must_use]
    pub fn index(&self, kind: &str, text: &str) -> [u8; 32] {
        let key = derived(&self.pepper, kind);
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.reveal()) else { return [0; 32] };
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// The key that wraps a receipt's photo key: from its number and a secret of the server, so that neither the database
    /// alone nor the sheet alone opens the photo.
    #[must_use]
    pub fn of_number(&self, number: &ReceiptNumber) -> SecretKey {
        let mut key = [0; 32];
        let kdf = Hkdf::<Sha256>::new(Some(self.pepper.reveal()), number.reveal().as_bytes());
        // 32 bytes are within what HKDF-SHA-256 gives.
        let _ = kdf.expand(b"huizhi receipt photo", &mut key);
        let wrapped = SecretKey::new(key);
        key.zeroize();
        wrapped
    }
}

fn derived(key: &SecretKey, purpose: &str) -> SecretKey {
    let mut bytes = [0; 32];
    // 32 bytes are within what HKDF-SHA-256 gives.
    let _ = Hkdf::<Sha256>::new(None, key.reveal()).expand(purpose.as_bytes(), &mut bytes);
    let derived = SecretKey::new(bytes);
    bytes.zeroize();
    derived
}

#[cfg(test)]
pub(crate) mod tests {
    use std::convert::Infallible;

    use super::*;

    /// Numbers that look random and come again: `SplitMix64`.
    pub struct Dice(pub u64);

    impl rand_core::TryRng for Dice {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            self.try_next_u64().map(|n| n as u32)
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            Ok(z ^ (z >> 31))
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            for chunk in bytes.chunks_mut(8) {
                let Ok(n) = self.try_next_u64();
                chunk.copy_from_slice(&n.to_le_bytes()[..chunk.len()]);
            }
            Ok(())
        }
    }

    impl rand_core::TryCryptoRng for Dice {}

    fn ring(ids: &[u8]) -> Ring {
        Ring::new(ids.iter().map(|id| (*id, SecretKey::new([*id; 32]))), SecretKey::new([9; 32])).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_with_the_same_words_only() {
        let ring = ring(&[1]);
        let sealed = ring.seal("order A applicant", b"secret", &mut Dice(1));
        assert_eq!(ring.open("order A applicant", &sealed).unwrap().as_slice(), b"secret");
        assert_eq!(ring.open("order B applicant", &sealed), Err(SealError::Changed));
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn every_flipped_bit_of_a_sealed_text_is_found() {
        let ring = ring(&[1]);
        let sealed = ring.seal("x", b"secret", &mut Dice(1));
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[at] ^= 1 << bit;
                assert!(ring.open("x", &changed).is_err(), "byte {at} bit {bit}");
            }
        }
    }

    #[test]
    fn a_new_key_seals_and_old_ones_still_open() {
        let old = ring(&[1]).seal("x", b"old", &mut Dice(1));
        let both = ring(&[1, 2]);
        assert_eq!(both.open("x", &old).unwrap().as_slice(), b"old");
        let new = both.seal("x", b"new", &mut Dice(2));
        assert_eq!(ring(&[1]).open("x", &new), Err(SealError::UnknownKey(2)));
    }

    #[test]
    fn numbers_give_keys_of_their_own() {
        let ring = ring(&[1]);
        let number = |seed| ReceiptNumber::draw("HZ".parse().unwrap(), &mut Dice(seed));
        let sealed = ring.of_number(&number(1)).seal("photo", b"jpeg", &mut Dice(3));
        assert_eq!(ring.of_number(&number(1)).open("photo", &sealed).unwrap().as_slice(), b"jpeg");
        assert_eq!(ring.of_number(&number(2)).open("photo", &sealed), Err(SealError::Changed));
    }

    #[test]
    fn indexes_of_different_kinds_do_not_meet() {
        let ring = ring(&[1]);
        assert_ne!(ring.index("receipt", "x"), ring.index("applicant", "x"));
        assert_eq!(ring.index("receipt", "x"), ring.index("receipt", "x"));
    }
}

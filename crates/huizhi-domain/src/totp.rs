//! Codes of an authenticator app (RFC 6238): six digits that change every 30 seconds, from a secret that both sides have.

use std::fmt::Write as _;

use rand_core::CryptoRng;
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::clock::Moment;

/// 160 bits, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;

/// How long a code is shown.
pub const STEP_S: i64 = 30;

/// How often a code may be wrong before its step is over. With a step on either side accepted, a guess is right in three of a million.
const TRIES: i32 = 3;

/// The alphabet of base32 (RFC 4648, §6), in which apps take secrets that are typed.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The secret of an authenticator. It wipes itself.
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<[u8; SECRET_BYTES]>);

impl TotpSecret {
    /// Draws one.
    pub fn draw(random: &mut dyn CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        random.fill_bytes(bytes.as_mut_slice());
        Self(bytes)
    }

    /// One that was kept; `None` for bytes of another length.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// Its bytes, for those who have to keep it.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// As somebody types it into an app: groups of four.
    #[must_use]
    pub fn typed(&self) -> String {
        let text = base32(self.reveal());
        let groups: Vec<&str> = (0..text.len()).step_by(4).filter_map(|at| text.get(at..at + 4)).collect();
        groups.join(" ")
    }

    /// As an app reads it from a QR code.
    #[must_use]
    pub fn address(&self, issuer: &str, login: &str) -> String {
        let (issuer, login) = (percent(issuer), percent(login));
        let secret = base32(self.reveal());
        format!(
            "otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP_S}"
        )
    }

    /// The code at a moment.
    #[must_use]
    pub fn code(&self, now: Moment) -> String {
        self.totp().generate(seconds(now)).to_string()
    }

    /// The step whose code this is: the one of the moment, the one before or the one after; `None` for a wrong code.
    #[must_use]
    pub fn step_of(&self, code: &str, now: Moment) -> Option<i64> {
        if !is_code(code) {
            return None;
        }
        self.totp().check(code, seconds(now)).and_then(|step| i64::try_from(step).ok())
    }

    /// SHA-1, six digits, 30 seconds, one step of grace: what every app can do.
    fn totp(&self) -> Totp {
        Builder::new().with_secret(Secret::new_stack(*self.0)).build_noncompliant()
    }
}

/// Whether a text looks like a code, and not like a word for recovery.
#[must_use]
pub fn is_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What is kept of an authenticator's use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// The newest step whose code was used; it and those before are used up.
    pub last_step: i64,
    /// The step in which the wrong tries were.
    pub tried_step: i64,
    /// How many of them.
    pub tries: i32,
}

/// What a code is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeAnswer {
    /// It is right, and used up now.
    Right,
    /// It is wrong, or was used before.
    Wrong,
    /// Too many were wrong in this step; it was not looked at.
    Wait,
}

impl Uses {
    /// Judges a code, and gives what is to be kept from now on.
    #[must_use]
    pub fn judge(self, secret: &TotpSecret, code: &str, now: Moment) -> (Self, CodeAnswer) {
        let step = now.0.div_euclid(STEP_S * 1000);
        let tries = if self.tried_step == step { self.tries } else { 0 };
        if tries >= TRIES {
            return (self, CodeAnswer::Wait);
        }
        match secret.step_of(code, now).filter(|step| *step > self.last_step) {
            Some(used) => (Self { last_step: used, tried_step: step, tries: 0 }, CodeAnswer::Right),
            None => (Self { tried_step: step, tries: tries + 1, ..self }, CodeAnswer::Wrong),
        }
    }
}

fn seconds(now: Moment) -> u64 {
    u64::try_from(now.0.div_euclid(1000)).unwrap_or_default()
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    // Five bytes are eight characters, and a secret is four times five bytes.
    for chunk in bytes.chunks_exact(5) {
        let bits = chunk.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        for at in (0..8).rev() {
            text.push(char::from(BASE32[((bits >> (5 * at)) & 31) as usize]));
        }
    }
    text
}

fn percent(text: &str) -> String {
    let mut said = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            said.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(said, "%{byte:02X}");
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, SHA-1.
    fn of_the_rfc() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(of_the_rfc().code(Moment(second * 1000)), code);
        }
    }

    #[test]
    fn a_step_of_grace_on_either_side_and_no_more() {
        let (secret, now) = (of_the_rfc(), Moment(1_795_572_000_000));
        let step = now.0 / 30_000;
        for off in [-1, 0, 1] {
            assert_eq!(secret.step_of(&secret.code(now.after_s(off * STEP_S)), now), Some(step + off));
        }
        for off in [-2, 2] {
            assert_eq!(secret.step_of(&secret.code(now.after_s(off * STEP_S)), now), None);
        }
        assert_eq!(secret.step_of("12345", now), None);
        assert_eq!(secret.step_of("１２３４５６", now), None);
    }

    #[test]
    fn a_code_is_used_once_and_three_tries_end_the_step() {
        let (secret, now) = (of_the_rfc(), Moment(1_795_572_000_000));
        let (uses, answer) = Uses::default().judge(&secret, &secret.code(now), now);
        assert_eq!(answer, CodeAnswer::Right);
        assert_eq!(uses.judge(&secret, &secret.code(now), now).1, CodeAnswer::Wrong);
        assert_eq!(uses.judge(&secret, &secret.code(now.after_s(-STEP_S)), now).1, CodeAnswer::Wrong);
        let next = now.after_s(STEP_S);
        assert_eq!(uses.judge(&secret, &secret.code(next), next).1, CodeAnswer::Right);
        let mut tried = Uses::default();
        for _ in 0..TRIES {
            let (after, answer) = tried.judge(&secret, "000000", now);
            assert_eq!(answer, CodeAnswer::Wrong);
            tried = after;
        }
        assert_eq!(tried.judge(&secret, &secret.code(now), now), (tried, CodeAnswer::Wait));
        assert_eq!(tried.judge(&secret, &secret.code(next), next).1, CodeAnswer::Right);
    }

    #[test]
    fn apps_read_the_secret_however_it_is_given() {
        assert_eq!(of_the_rfc().typed(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let address = of_the_rfc().address("回执 Huizhi", "chen");
        assert!(
            address.starts_with("otpauth://totp/%E5%9B%9E%E6%89%A7%20Huizhi:chen?secret=GEZDGNBVGY3TQOJQ"),
            "{address}"
        );
    }
}

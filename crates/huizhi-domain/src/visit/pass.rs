//! The signed pass of an appointment (预约凭证): a compact JWS that a window reads without a line to us, as it does a receipt's token.
//!
//! It proves that the appointment was given, for where and when. Who it is for does not stand in it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

use crate::id::{AppointmentId, OfficeId};
use crate::receipt::{TokenError, Verifier};

/// What keeps a pass apart from everything else that is signed.
pub const TYPE: &str = "huizhi-visit+jws";

/// What a pass says. Keys are short because every character widens the QR code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pass {
    /// Version of this form.
    pub v: u32,
    /// The appointment.
    pub id: AppointmentId,
    /// Its number, as it is shown.
    pub n: String,
    /// The office.
    pub o: OfficeId,
    /// What they come for.
    pub b: String,
    /// Day and time by the clock on the office's wall: `2026-12-01T08:30`.
    pub t: String,
    /// The same in seconds since 1970-01-01 UTC.
    pub at: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// The exact bytes that are signed.
#[must_use]
pub fn to_be_signed(pass: &Pass, key_id: &str) -> String {
    let part = |json: serde_json::Result<Vec<u8>>| BASE64.encode(json.unwrap_or_default());
    let header = Header { alg: "EdDSA".to_owned(), kid: key_id.to_owned(), typ: TYPE.to_owned() };
    format!("{}.{}", part(serde_json::to_vec(&header)), part(serde_json::to_vec(pass)))
}

/// The `typ` of a token, not proven; `None` where it says none, as receipts do.
#[must_use]
pub fn type_of(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Typed {
        typ: Option<String>,
    }
    let header = BASE64.decode(token.split('.').next()?).ok()?;
    serde_json::from_slice::<Typed>(&header).ok()?.typ
}

/// What a pass says, after its signature was checked.
///
/// # Errors
/// [`TokenError`], by cause.
pub fn read(verifier: &Verifier, token: &str) -> Result<Pass, TokenError> {
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Form)?;
    let (header, pass) = signed.split_once('.').ok_or(TokenError::Form)?;
    let bytes = |part: &str| BASE64.decode(part).map_err(|_| TokenError::Form);
    let header: Header = serde_json::from_slice(&bytes(header)?).map_err(|_| TokenError::Form)?;
    if header.alg != "EdDSA" || header.typ != TYPE {
        return Err(TokenError::Form);
    }
    verifier.signed(&header.kid, signed.as_bytes(), &bytes(signature)?)?;
    serde_json::from_slice(&bytes(pass)?).map_err(|_| TokenError::Form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::receipt::Signer;
    use crate::seal::tests::Dice;

    fn pass() -> Pass {
        let now = Moment(1_795_572_000_000);
        Pass {
            v: 1,
            id: AppointmentId::new(now, &mut Dice(1)),
            n: "K7Q2-M9XR".to_owned(),
            o: OfficeId::new(now, &mut Dice(2)),
            b: "foreign-registration".to_owned(),
            t: "2026-12-01T08:30".to_owned(),
            at: 1_796_085_000,
        }
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let signer = Signer::new(&[7; 32]);
        let verifier = Verifier::new([signer.public()]);
        let token = signer.token(&to_be_signed(&pass(), signer.id()));
        assert_eq!(read(&verifier, &token), Ok(pass()));
        assert_eq!(type_of(&token).as_deref(), Some(TYPE));
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] ^= 1;
            let said = String::from_utf8(bytes).map(|text| read(&verifier, &text));
            assert!(!matches!(said, Ok(Ok(_))), "byte {at}");
        }
    }

    #[test]
    fn a_pass_is_no_receipt_and_a_receipt_is_no_pass() {
        let signer = Signer::new(&[7; 32]);
        let verifier = Verifier::new([signer.public()]);
        let token = signer.token(&to_be_signed(&pass(), signer.id()));
        assert_eq!(verifier.read(&token), Err(TokenError::Form));
        let claims = crate::receipt::Claims {
            v: 1,
            n: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
            d: Vec::new(),
            c: "441300".to_owned(),
            iat: 1,
            exp: 2,
            p: String::new(),
            r: "1".to_owned(),
        };
        let receipt = signer.token(&crate::receipt::to_be_signed(&claims, signer.id()));
        assert_eq!(read(&verifier, &receipt), Err(TokenError::Form));
        assert_eq!(type_of(&receipt), None);
    }

    #[test]
    fn a_pass_fits_a_qr_code() {
        let signer = Signer::new(&[7; 32]);
        // As a receipt's token: version 16 at level M takes 450 bytes.
        assert!(signer.token(&to_be_signed(&pass(), signer.id())).len() < 450);
    }
}

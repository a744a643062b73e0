//! The residence code (居住码): a signed token for a few minutes, a compact JWS as the receipt's is, with a `typ` of its own, so that
//! neither is ever taken for the other. Any window reads it with our public keys alone, without a line to us.
//!
//! It says that somebody's usual residence is valid, in which district and until when, and by two signs whose it is, so that a clerk can
//! hold it against the identity card. It says neither address nor number.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::DeclarationId;
use crate::receipt::{TokenError, Verifier};

/// What the header says that it is.
const TYP: &str = "huizhi-residence+jws";

/// A window's clock may be this much behind ours; a code that seems to come from later than that is refused.
const BEHIND_S: i64 = 120;

/// What a code says. Keys are short because every character widens the QR code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassClaims {
    /// Version of this form.
    pub v: u32,
    /// The declaration's id, by which we know whether it is valid still.
    pub r: DeclarationId,
    /// The name, all but its first character masked.
    pub n: String,
    /// The last four characters of the number.
    pub l: String,
    /// The code of the city.
    pub c: String,
    /// The district.
    pub q: String,
    /// The last day on which the residence is valid.
    pub u: Date,
    /// When the code was drawn: seconds since 1970-01-01 UTC (RFC 7519).
    pub iat: i64,
    /// The first second on which the code no longer holds (RFC 7519).
    pub exp: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// Why a code is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassError {
    /// It has not the form of a code, names no key of ours, or was changed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Its minutes are over; its holder draws another.
    #[error("the code is over")]
    Over,
}

/// The exact text that is signed: header and claims, each base64url, with a dot between. `Signer::token` adds the signature.
#[must_use]
pub fn to_be_signed(claims: &PassClaims, key_id: &str) -> String {
    let part = |json: serde_json::Result<Vec<u8>>| BASE64.encode(json.unwrap_or_default());
    let header = Header { alg: "EdDSA".to_owned(), kid: key_id.to_owned(), typ: TYP.to_owned() };
    format!("{}.{}", part(serde_json::to_vec(&header)), part(serde_json::to_vec(claims)))
}

/// What a code says at a moment, after its signature was checked. Nothing but public keys is needed for it.
///
/// # Errors
/// [`PassError`], by cause.
pub fn read_pass(verifier: &Verifier, token: &str, now: Moment) -> Result<PassClaims, PassError> {
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Form)?;
    let (header, claims) = signed.split_once('.').ok_or(TokenError::Form)?;
    let bytes = |part: &str| BASE64.decode(part).map_err(|_| TokenError::Form);
    let header: Header = serde_json::from_slice(&bytes(header)?).map_err(|_| TokenError::Form)?;
    if header.alg != "EdDSA" || header.typ != TYP {
        return Err(TokenError::Form.into());
    }
    verifier.signed(&header.kid, signed.as_bytes(), &bytes(signature)?)?;
    let claims: PassClaims = serde_json::from_slice(&bytes(claims)?).map_err(|_| TokenError::Form)?;
    let now_s = now.0.div_euclid(1000);
    if claims.v != 1 {
        return Err(TokenError::Form.into());
    }
    if now_s >= claims.exp || now_s < claims.iat - BEHIND_S { Err(PassError::Over) } else { Ok(claims) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::receipt::{Claims, Signer, to_be_signed as receipt_to_be_signed};

    const DRAWN: i64 = 1_795_572_000;

    fn claims() -> PassClaims {
        PassClaims {
            v: 1,
            r: "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            n: "张**".to_owned(),
            l: "0024".to_owned(),
            c: "441300".to_owned(),
            q: "惠城区".to_owned(),
            u: date(2027, 11, 25),
            iat: DRAWN,
            exp: DRAWN + 180,
        }
    }

    fn at(seconds: i64) -> Moment {
        Moment((DRAWN + seconds) * 1000)
    }

    #[test]
    fn a_code_is_good_for_its_minutes_and_every_flipped_bit_is_found() {
        let signer = Signer::new(&[7; 32]);
        let verifier = Verifier::new([signer.public()]);
        let token = signer.token(&to_be_signed(&claims(), signer.id()));
        for seconds in [-120, 0, 179] {
            assert_eq!(read_pass(&verifier, &token, at(seconds)), Ok(claims()), "{seconds}");
        }
        for seconds in [-121, 180, 86_400] {
            assert_eq!(read_pass(&verifier, &token, at(seconds)), Err(PassError::Over), "{seconds}");
        }
        for place in 0..token.len() {
            for bit in 0..8 {
                let mut bytes = token.clone().into_bytes();
                bytes[place] ^= 1 << bit;
                let read = String::from_utf8(bytes).map(|text| read_pass(&verifier, &text, at(0)));
                assert!(!matches!(read, Ok(Ok(_))), "byte {place} bit {bit}");
            }
        }
    }

    #[test]
    fn other_keys_and_cut_or_longer_codes_are_refused() {
        let signer = Signer::new(&[7; 32]);
        let token = signer.token(&to_be_signed(&claims(), signer.id()));
        let other = Verifier::new([Signer::new(&[8; 32]).public()]);
        let refused = read_pass(&other, &token, at(0));
        assert!(matches!(refused, Err(PassError::Token(TokenError::UnknownKey(_)))), "{refused:?}");
        let verifier = Verifier::new([signer.public()]);
        for wrong in ["", ".", "..", &token[1..], &token[..token.len() - 1], &format!("{token}A"), &format!("{token}.")]
        {
            assert!(read_pass(&verifier, wrong, at(0)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_receipts_token_is_no_residence_code_and_the_other_way_round() {
        let signer = Signer::new(&[7; 32]);
        let verifier = Verifier::new([signer.public()]);
        let receipt = Claims {
            v: 1,
            n: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
            d: vec!["cn-resident-id".to_owned()],
            c: "441300".to_owned(),
            iat: DRAWN,
            exp: DRAWN + 180,
            p: Claims::digest_of(b"photo"),
            r: "2026.1".to_owned(),
        };
        let receipt = signer.token(&receipt_to_be_signed(&receipt, signer.id()));
        assert_eq!(read_pass(&verifier, &receipt, at(0)), Err(PassError::Token(TokenError::Form)));
        let pass = signer.token(&to_be_signed(&claims(), signer.id()));
        assert_eq!(verifier.read(&pass), Err(TokenError::Form));
    }

    #[test]
    fn a_code_fits_a_phones_screen() {
        let signer = Signer::new(&[7; 32]);
        // A QR code of version 18 at level L, 89 modules wide, takes 718 bytes; a link adds about 60.
        let long = PassClaims { q: "克孜勒苏柯尔克孜自治州乌恰县".to_owned(), ..claims() };
        assert!(signer.token(&to_be_signed(&long, signer.id())).len() < 650);
    }
}

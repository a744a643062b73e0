//! A receipt (照片回执): the proof that a photo passed, and the key by which a window fetches it.
//!
//! It exists if and only if a review approved the photo; one approval, one receipt (R36).

mod number;
mod token;

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::{AttemptId, OfficeId, OrderId, ReceiptId};
use crate::order::UnknownWord;

pub use number::{Issuer, NumberError, ReceiptNumber};
pub(crate) use token::key_id;
pub use token::{Claims, Signer, TokenError, Verifier, to_be_signed};

/// How long a window may hold a photo before it says that it used it (DESIGN.md §3).
pub const RESERVED_MS: i64 = 10 * 60_000;

/// Where a receipt stands. Expiry is by date and not stored: see [`Receipt::standing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiptState {
    /// Its number is drawn and the bytes to be signed are stored; the signature is not yet there.
    Signing,
    /// It is out.
    Issued,
    /// Its photo is deleted, after expiry or the last use; the number stays taken.
    Tombstone,
    /// Taken back, by its citizen or after an error.
    Revoked,
}

impl ReceiptState {
    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Issued => "issued",
            Self::Tombstone => "tombstone",
            Self::Revoked => "revoked",
        }
    }
}

impl fmt::Display for ReceiptState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for ReceiptState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [Self::Signing, Self::Issued, Self::Tombstone, Self::Revoked]
            .into_iter()
            .find(|state| state.word() == text)
            .ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// What one document did with the photo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// The document's id.
    pub document: String,
    /// The office.
    pub office: OfficeId,
    /// Until when the window holds it; after that it is free again, unless consumed.
    pub reserved_until: Moment,
    /// When it was used for good.
    pub consumed_at: Option<Moment>,
}

impl Use {
    /// Whether it keeps others out at a moment.
    #[must_use]
    pub fn blocks(&self, now: Moment) -> bool {
        self.consumed_at.is_some() || now < self.reserved_until
    }
}

/// A receipt without its number, which nobody keeps in clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Its record's id.
    pub id: ReceiptId,
    /// The order.
    pub order: OrderId,
    /// The approved attempt.
    pub attempt: AttemptId,
    /// Where it stands.
    pub state: ReceiptState,
    /// The documents that its photo may be used for, each once (D2).
    pub documents: Vec<String>,
    /// When it was issued.
    pub issued_at: Moment,
    /// The last day on which a window takes it.
    pub valid_until: Date,
    /// What windows did with it.
    pub uses: Vec<Use>,
}

/// What anybody may know of a receipt (R62).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// 合格
    Valid,
    /// 已使用: for all its documents.
    Used,
    /// 过期
    Expired,
    /// 已撤销
    Revoked,
}

impl Standing {
    /// Its word in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Used => "used",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// Why a window does not get the photo.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// There is no such receipt, or it is not for outsiders to know.
    #[error("no such receipt")]
    Unknown,
    /// It is expired, revoked or used up.
    #[error("the receipt is {}", .0.word())]
    NotValid(Standing),
    /// It is not for this document.
    #[error("the receipt is not for “{0}”")]
    OtherDocument(String),
    /// Another window has it, or used it.
    #[error("the photo was taken for this document before")]
    Taken(Use),
}

impl Receipt {
    /// How it stands on a day.
    #[must_use]
    pub fn standing(&self, today: Date) -> Standing {
        let consumed = |document: &String| self.uses.iter().any(|u| u.document == *document && u.consumed_at.is_some());
        match self.state {
            ReceiptState::Revoked => Standing::Revoked,
            _ if self.documents.iter().all(consumed) => Standing::Used,
            _ if today > self.valid_until => Standing::Expired,
            ReceiptState::Tombstone => Standing::Expired,
            ReceiptState::Signing | ReceiptState::Issued => Standing::Valid,
        }
    }

    /// Whether a window may take the photo for a document now; the same office asking again gets what it holds.
    ///
    /// # Errors
    /// [`FetchError`], by cause.
    pub fn may_reserve(&self, document: &str, office: OfficeId, today: Date, now: Moment) -> Result<(), FetchError> {
        if !self.documents.iter().any(|allowed| allowed == document) {
            return Err(FetchError::OtherDocument(document.to_owned()));
        }
        let used = self.uses.iter().find(|u| u.document == document && u.blocks(now));
        match used {
            Some(used) if used.consumed_at.is_some() || used.office != office => {
                return Err(FetchError::Taken(used.clone()));
            }
            _ => {}
        }
        match self.standing(today) {
            Standing::Valid => Ok(()),
            standing => Err(FetchError::NotValid(standing)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

    fn receipt() -> Receipt {
        Receipt {
            id: ID.parse().unwrap(),
            order: ID.parse().unwrap(),
            attempt: ID.parse().unwrap(),
            state: ReceiptState::Issued,
            documents: vec!["cn-resident-id".to_owned(), "cn-residence-permit".to_owned()],
            issued_at: Moment(0),
            valid_until: Date::constant(2026, 12, 1),
            uses: Vec::new(),
        }
    }

    fn used(office: OfficeId, consumed_at: Option<Moment>) -> Use {
        Use { document: "cn-resident-id".to_owned(), office, reserved_until: Moment(600), consumed_at }
    }

    #[test]
    fn each_document_uses_the_photo_once() {
        let day = Date::constant(2026, 12, 1);
        let office: OfficeId = ID.parse().unwrap();
        let mut it = receipt();
        it.uses.push(used(office, Some(Moment(5))));
        assert!(matches!(it.may_reserve("cn-resident-id", office, day, Moment(900)), Err(FetchError::Taken(_))));
        assert_eq!(it.may_reserve("cn-residence-permit", office, day, Moment(900)), Ok(()));
        assert_eq!(it.standing(day), Standing::Valid);
        it.uses.push(Use { document: "cn-residence-permit".to_owned(), ..used(office, Some(Moment(6))) });
        assert_eq!(it.standing(day), Standing::Used);
    }

    #[test]
    fn a_reservation_keeps_other_offices_out_until_it_lapses() {
        let day = Date::constant(2026, 12, 1);
        let (here, there) = (ID.parse().unwrap(), "01ARZ3NDEKTSV4RRFFQ69G5FAW".parse().unwrap());
        let mut it = receipt();
        it.uses.push(used(here, None));
        assert_eq!(it.may_reserve("cn-resident-id", here, day, Moment(599)), Ok(()));
        assert!(matches!(it.may_reserve("cn-resident-id", there, day, Moment(599)), Err(FetchError::Taken(_))));
        assert_eq!(it.may_reserve("cn-resident-id", there, day, Moment(600)), Ok(()));
    }

    #[test]
    fn it_holds_through_its_last_day_and_for_its_documents_only() {
        let office = ID.parse().unwrap();
        let it = receipt();
        assert_eq!(it.standing(Date::constant(2026, 12, 1)), Standing::Valid);
        assert_eq!(it.standing(Date::constant(2026, 12, 2)), Standing::Expired);
        let day = Date::constant(2026, 11, 30);
        let other = it.may_reserve("cn-passport", office, day, Moment(0));
        assert_eq!(other, Err(FetchError::OtherDocument("cn-passport".to_owned())));
    }
}

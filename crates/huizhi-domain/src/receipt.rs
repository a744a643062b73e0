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

/// Who takes a photo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Taker {
    /// An office of ours.
    Office(OfficeId),
    /// An office of a peer's.
    Peer(PeerOffice),
}

/// An office of a peer's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerOffice {
    /// The peer.
    pub peer: Issuer,
    /// The peer's id of the office.
    pub office: String,
    /// What the office is called.
    pub name: String,
    /// The peer's own name for this reservation: who knows it may use the photo, as often as it is said, once.
    pub act: String,
}

impl Taker {
    /// Whether both are the same office.
    #[must_use]
    pub fn is_at(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Office(one), Self::Office(other)) => one == other,
            (Self::Peer(one), Self::Peer(other)) => (one.peer, &one.office) == (other.peer, &other.office),
            _ => false,
        }
    }
}

/// What one document did with the photo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// The document's id.
    pub document: String,
    /// Who took it.
    pub by: Taker,
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
    Taken(Box<Use>),
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
    pub fn may_reserve(&self, document: &str, by: &Taker, today: Date, now: Moment) -> Result<(), FetchError> {
        if !self.documents.iter().any(|allowed| allowed == document) {
            return Err(FetchError::OtherDocument(document.to_owned()));
        }
        let used = self.uses.iter().find(|u| u.document == document && u.blocks(now));
        match used {
            Some(used) if used.consumed_at.is_some() || !used.by.is_at(by) => {
                return Err(FetchError::Taken(Box::new(used.clone())));
            }
            _ => {}
        }
        match self.standing(today) {
            Standing::Valid => Ok(()),
            standing => Err(FetchError::NotValid(standing)),
        }
    }

    /// Whether who holds the photo may use it for good, and whether it did so before. An office of ours has ten minutes. A peer says it
    /// when the line lets it: it counts as long as nobody has taken the photo since.
    ///
    /// # Errors
    /// [`FetchError`], by cause.
    pub fn may_consume(&self, document: &str, by: &Taker, now: Moment) -> Result<Consuming, FetchError> {
        let held = self.uses.iter().find(|it| it.document == document);
        let held = held.ok_or_else(|| FetchError::OtherDocument(document.to_owned()))?;
        let mine = match (&held.by, by) {
            (Taker::Office(one), Taker::Office(other)) => {
                one == other && held.consumed_at.is_none() && now < held.reserved_until
            }
            (Taker::Peer(one), Taker::Peer(other)) => (one.peer, &one.act) == (other.peer, &other.act),
            _ => false,
        };
        match held.consumed_at {
            _ if !mine => Err(FetchError::Taken(Box::new(held.clone()))),
            Some(_) => Ok(Consuming::Before(held.clone())),
            None => Ok(Consuming::Now(Use { consumed_at: Some(now), ..held.clone() })),
        }
    }
}

/// What comes of using a photo for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consuming {
    /// It is used.
    Now(Use),
    /// The same was said before.
    Before(Use),
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

    fn used(by: Taker, consumed_at: Option<Moment>) -> Use {
        Use { document: "cn-resident-id".to_owned(), by, reserved_until: Moment(600), consumed_at }
    }

    fn office(last: char) -> Taker {
        Taker::Office(format!("{}{last}", &ID[..25]).parse().unwrap())
    }

    fn peer(office: &str, act: &str) -> Taker {
        let text = str::to_owned;
        Taker::Peer(PeerOffice {
            peer: "GZ".parse().unwrap(),
            office: text(office),
            name: text("天河"),
            act: text(act),
        })
    }

    #[test]
    fn each_document_uses_the_photo_once() {
        let day = Date::constant(2026, 12, 1);
        let office = office('V');
        let mut it = receipt();
        it.uses.push(used(office.clone(), Some(Moment(5))));
        assert!(matches!(it.may_reserve("cn-resident-id", &office, day, Moment(900)), Err(FetchError::Taken(_))));
        assert_eq!(it.may_reserve("cn-residence-permit", &office, day, Moment(900)), Ok(()));
        assert_eq!(it.standing(day), Standing::Valid);
        it.uses.push(Use { document: "cn-residence-permit".to_owned(), ..used(office, Some(Moment(6))) });
        assert_eq!(it.standing(day), Standing::Used);
    }

    #[test]
    fn a_reservation_keeps_other_offices_out_until_it_lapses() {
        let day = Date::constant(2026, 12, 1);
        for (here, there) in [
            (office('V'), office('W')),
            (office('V'), peer("1", "a")),
            (peer("1", "a"), peer("2", "a")),
            (peer("1", "a"), office('V')),
        ] {
            let mut it = receipt();
            it.uses.push(used(here.clone(), None));
            assert_eq!(it.may_reserve("cn-resident-id", &here, day, Moment(599)), Ok(()));
            assert!(matches!(it.may_reserve("cn-resident-id", &there, day, Moment(599)), Err(FetchError::Taken(_))));
            assert_eq!(it.may_reserve("cn-resident-id", &there, day, Moment(600)), Ok(()));
        }
    }

    #[test]
    fn an_office_uses_what_it_holds_within_its_time_and_a_peer_as_long_as_nobody_else_took_it() {
        let says = |held: &Taker, consumed_at, by: &Taker, now| {
            let mut it = receipt();
            it.uses.push(used(held.clone(), consumed_at));
            it.may_consume("cn-resident-id", by, Moment(now))
        };
        let (here, there) = (office('V'), peer("1", "a"));
        assert!(matches!(says(&here, None, &here, 599), Ok(Consuming::Now(_))));
        assert!(matches!(says(&here, None, &here, 600), Err(FetchError::Taken(_))));
        assert!(matches!(says(&here, Some(Moment(5)), &here, 6), Err(FetchError::Taken(_))));
        assert!(matches!(says(&there, None, &there, 600_000), Ok(Consuming::Now(_))));
        let Ok(Consuming::Before(before)) = says(&there, Some(Moment(5)), &there, 600_000) else { panic!() };
        assert_eq!(before.consumed_at, Some(Moment(5)), "the same answer as the first time");
        for other in [peer("1", "b"), office('V')] {
            assert!(matches!(says(&there, None, &other, 5), Err(FetchError::Taken(_))), "{other:?}");
        }
        assert!(matches!(receipt().may_consume("cn-resident-id", &here, Moment(1)), Err(FetchError::OtherDocument(_))));
    }

    #[test]
    fn it_holds_through_its_last_day_and_for_its_documents_only() {
        let office = office('V');
        let it = receipt();
        assert_eq!(it.standing(Date::constant(2026, 12, 1)), Standing::Valid);
        assert_eq!(it.standing(Date::constant(2026, 12, 2)), Standing::Expired);
        let day = Date::constant(2026, 11, 30);
        let other = it.may_reserve("cn-passport", &office, day, Moment(0));
        assert_eq!(other, Err(FetchError::OtherDocument("cn-passport".to_owned())));
    }
}
